"""OpenSLO v1: a service, its objectives, and a policy with its condition for each tier of alerts.

OpenSLO (Apache-2.0, https://github.com/OpenSLO/OpenSLO, checks in https://github.com/OpenSLO/go-sdk) cannot say all
that a workbook decides. A condition has one window, so the short one of a tier is an annotation; journeys, kinds and
maturity are labels; the rest is in a companion document (:mod:`slo_workbench.exports.openslo_companion`), which every
objective names with its hash. Documents stay in what both the v1 code and the older JSON schema accept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Workbook
from slo_workbench.exports.events import Events, bucket_selector
from slo_workbench.exports.exact_numbers import exact_text, percent_text, window_text, written_factor
from slo_workbench.exports.openslo_companion import render_companion
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_documents

__all__ = ["ANNOTATIONS", "render_openslo"]

ANNOTATIONS = "slo-workbench"
LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_NAME = 63, 1050, 63
# A Monday that begins a week, a month and a quarter: calendar windows are counted from it.
CALENDAR_START = "2024-01-01 00:00:00"
_CALENDAR = {"week": "1w", "month": "1M", "quarter": "1Q"}
_NOTES = """\
Total counts valid events, not all. Thresholds of conditions are burn rates of the long window alone; the short window
is an annotation, so the Prometheus rules are the exact alerts. Burn rates of formats are not interchangeable."""
_LOST = (
    "OpenSLO v1 has one window for each condition: the short windows are annotations",
    "journey, kind, measuring point and status are labels; owner, review date and aspirational target are annotations",
    "rationale, policy, exclusions, rejected candidates and reviews are in the companion document",
    "who is told is a name only: AlertNotificationTargets say 'pager' and 'tickets'",
)


def render_openslo(workbook: Workbook, objectives: Sequence[ExportedObjective]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Write the documents of a service in one file, and the companion in another.

    Returns
    -------
    (dict of file name to text, tuple of Finding)
        One note says what v1 could not hold and where it went; others name texts that were cut.
    """
    service, origin = objectives[0].service, objectives[0].origin
    file, companion = f"{service}.yaml", f"{service}-companion.yaml"
    companion_text = render_companion(workbook, objectives, file)
    annotations = {
        f"{ANNOTATIONS}/workbook": origin.workbook,
        f"{ANNOTATIONS}/workbook-sha256": origin.sha256,
        f"{ANNOTATIONS}/version": origin.version,
        f"{ANNOTATIONS}/companion": companion,
        f"{ANNOTATIONS}/companion-sha256": hashlib.sha256(companion_text.encode()).hexdigest(),
    }
    findings = [Finding("openslo-carried", "; ".join(_LOST), "note", f"read {companion} beside {file}", service)]
    documents = [_service(workbook, annotations), *(_target(service, severity) for severity in _severities(objectives))]
    for one in objectives:
        documents += [_slo(one, annotations, findings), *(part for tier in one.tiers for part in _alert(one, tier))]
    header = comment_lines(origin, f"OpenSLO of {service}", _NOTES)
    return {file: render_documents(documents, header), companion: companion_text}, tuple(findings)


def _document(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _service(workbook: Workbook, annotations: dict[str, str]) -> dict[str, Any]:
    service = workbook.service
    title = {"displayName": _shortened(service.title, LONGEST_TITLE)} if service.title else {}
    owner = {f"{ANNOTATIONS}/owner": service.owner} if service.owner else {}
    spec = {"description": _shortened(service.description or service.title or service.name, LONGEST_DESCRIPTION)}
    return _document("Service", {"name": service.name, **title, "annotations": {**annotations, **owner}}, spec)


def _severities(objectives: Sequence[ExportedObjective]) -> list[str]:
    used = {tier.severity for one in objectives for tier in one.tiers}
    return [severity for severity in ("page", "ticket") if severity in used]


def _target(service: str, severity: str) -> dict[str, Any]:
    words = {"page": ("pager", "Wakes whoever is on call."), "ticket": ("tickets", "Goes on the list of the working day.")}
    target, description = words[severity]
    return _document("AlertNotificationTarget", {"name": _named(service, severity)}, {"description": description, "target": target})


def _slo(objective: ExportedObjective, annotations: dict[str, str], findings: list[Finding]) -> dict[str, Any]:
    text = f"{objective.specification} Total counts valid events only. {objective.reason}".strip()
    if len(text) > LONGEST_DESCRIPTION:
        message = f"the description of {objective.id!r} has {len(text):,} characters and is cut to {LONGEST_DESCRIPTION:,}"
        findings.append(Finding("openslo-cut", message, "note", "the companion has all of it", objective.id))
    spec: dict[str, Any] = {
        "description": _shortened(text, LONGEST_DESCRIPTION),
        "service": objective.service,
        "indicator": {"metadata": {"name": _named(objective.name, "sli")}, "spec": {"ratioMetric": _ratio(objective.events)}},
        "timeWindow": [_window(objective)],
        "budgetingMethod": "Occurrences",
        "objectives": [{"displayName": "Achievable", "target": objective.target}],
    }
    if objective.tiers:
        spec["alertPolicies"] = [{"alertPolicyRef": _named(objective.name, tier.id)} for tier in objective.tiers]
    metadata = {
        "name": objective.name,
        "displayName": _shortened(f"{objective.journey_name}: {objective.kind}", LONGEST_TITLE),
        "labels": {
            "journey": objective.journey,
            "kind": objective.kind,
            "measured-at": objective.measured_at,
            "status": objective.status,
        },
        "annotations": {**annotations, **_own_annotations(objective)},
    }
    return _document("SLO", metadata, spec)


def _own_annotations(objective: ExportedObjective) -> dict[str, str]:
    aspiration, review = objective.aspirational_target, objective.next_review
    named = {
        "objective": objective.id,
        "owner": objective.owner,
        "next-review": review.isoformat() if review else "",
        "aspirational-target": exact_text(aspiration) if aspiration else "",
    }
    return {f"{ANNOTATIONS}/{name}": value for name, value in named.items() if value}


def _ratio(events: Events) -> dict[str, Any]:
    side = "bad" if events.bad is not None else "good"
    counted = events.bad or events.good or bucket_selector(events)
    return {"counter": True, side: _metric(f"sum({counted})"), "total": _metric(f"sum({events.valid})")}


def _metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def _window(objective: ExportedObjective) -> dict[str, Any]:
    if objective.calendar is None:
        return {"duration": f"{objective.window_days}d", "isRolling": True}
    # older readers know zones of the form Region/City only
    zone = "Etc/UTC" if objective.time_zone == "UTC" else objective.time_zone
    return {"duration": _CALENDAR[objective.calendar], "isRolling": False, "calendar": {"startTime": CALENDAR_START, "timeZone": zone}}


def _alert(objective: ExportedObjective, tier: AlertTier) -> tuple[dict[str, Any], dict[str, Any]]:
    name = _named(objective.name, tier.id)
    spent = percent_text(written_factor(tier.budget_spent_share(objective.window_days)))
    annotations = {f"{ANNOTATIONS}/short-window": window_text(tier.short_minutes), f"{ANNOTATIONS}/budget-percent": spent}
    if tier.keep_firing_minutes:
        annotations[f"{ANNOTATIONS}/keep-firing"] = window_text(tier.keep_firing_minutes)
    policy = {
        "alertWhenBreaching": True,
        "alertWhenResolved": False,
        "alertWhenNoData": False,
        "conditions": [{"conditionRef": name}],
        "notificationTargets": [{"targetRef": _named(objective.service, tier.severity)}],
    }
    condition: dict[str, Any] = {
        "kind": "burnrate",
        "op": "gt",
        "threshold": written_factor(tier.burn_rate),
        "lookbackWindow": window_text(tier.long_minutes),
    }
    if tier.pending_minutes:
        condition["alertAfter"] = window_text(tier.pending_minutes)
    return (
        _document("AlertPolicy", {"name": name, "annotations": annotations}, policy),
        _document("AlertCondition", {"name": name}, {"severity": tier.severity, "condition": condition}),
    )


def _named(name: str, part: str) -> str:
    """Join a name and its part; what would be too long is cut, and stays unique by its hash.

    Examples
    --------
    >>> _named("shop-answered", "page-fast"), len(_named("s" * 63, "page-fast"))
    ('shop-answered-page-fast', 63)
    """
    joined = f"{name}-{part}"
    if len(joined) <= LONGEST_NAME:
        return joined
    mark = hashlib.sha256(joined.encode()).hexdigest()[:8]
    return f"{joined[: LONGEST_NAME - len(mark) - 1].rstrip('-')}-{mark}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
