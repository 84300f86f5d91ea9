"""Prometheus rules in our plain form: recorded bad shares, and alerts on budget burn, missing data and a spent budget.

The share of bad events ``e`` is compared with ``B * b``, burn rate times budget share, in a long and a short window
at once (B. Beyer et al., The Site Reliability Workbook, O'Reilly 2018, chapter 5,
https://sre.google/workbook/alerting-on-slos/). Record names differ from Sloth's and Pyrra's on purpose, so that all
can live in one Prometheus (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS, AlertTier
from slo_workbench.exports.events import bad_events, bad_share
from slo_workbench.exports.exact_numbers import exact_text, factor_text, percent_text, window_text
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.selectors import escaped_value
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document

__all__ = [
    "FEWEST_BAD_EVENTS",
    "NO_DATA_MINUTES",
    "alert_annotations",
    "alert_labels",
    "alerts_group_name",
    "recordings_group_name",
    "render_prometheus_rules",
    "render_rule_resource",
    "shortest_window",
    "template_text",
]

NO_DATA_MINUTES = 15
USUAL_WINDOW_MINUTES = 5
_NOTES = """\
Prometheus keeps 15 days unless told otherwise; the longest window here needs --storage.tsdb.retention.time={days}d.
A series younger than a window is averaged over its short life: long windows react faster in the first days.
Burn rates are those of this file's windows; those of Sloth, Pyrra and others are not interchangeable with them.
A latency threshold must be an edge of its histogram; where it is none there is no sample, and SLONoData fires.
So it does where no valid event comes within the shortest window for 15 minutes: silence it for services that sleep.
A page needs at least {fewest} bad events in its long window, so that one failure at night wakes nobody."""


def recordings_group_name(objective: ExportedObjective) -> str:
    """Give the name of the group that records an objective's shares."""
    return f"slo-{objective.name}-recordings"


def alerts_group_name(objective: ExportedObjective) -> str:
    """Give the name of the group that alerts for an objective."""
    return f"slo-{objective.name}-alerts"


def template_text(text: str) -> str:
    """Write text so that Prometheus's templates, which look for double braces, leave it as it is.

    Examples
    --------
    >>> template_text("GET /{{id}}")
    'GET /{{ "{{" }}id}}'
    """
    return text.replace("{{", '{{ "{{" }}')


def render_prometheus_rules(objectives: Sequence[ExportedObjective], *, fewest_bad_events: int = FEWEST_BAD_EVENTS) -> str:
    """Write the rules of a service as a file for ``rule_files``.

    Parameters
    ----------
    objectives : sequence of ExportedObjective
        At least one, all of one service.
    fewest_bad_events : int
        Bad events that a page needs in its long window: rule 4 of low traffic, where one failure is enough for any burn rate.
    """
    return render_document({"groups": _groups(objectives, fewest_bad_events)}, _header(objectives, "Alert rules", fewest_bad_events))


def render_rule_resource(objectives: Sequence[ExportedObjective], *, fewest_bad_events: int = FEWEST_BAD_EVENTS) -> str:
    """Write the same rules as a ``PrometheusRule`` for the Prometheus operator (Apache-2.0)."""
    service = objectives[0].service
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": f"slo-{service}"[:63].rstrip("-"), "labels": {"slo-service": service}},
        "spec": {"groups": _groups(objectives, fewest_bad_events)},
    }
    return render_document(resource, _header(objectives, "PrometheusRule", fewest_bad_events))


def _header(objectives: Sequence[ExportedObjective], what: str, fewest: int) -> str:
    one = objectives[0]
    factors = [
        f"  {days} days: " + "; ".join(f"{tier.id} {factor_text(tier.burn_rate)} over {_windows(tier)}" for tier in tiers)
        for days, tiers in {each.window_days: each.tiers for each in objectives}.items()
    ]
    notes = _NOTES.format(fewest=fewest, days=max(each.window_days for each in objectives) + 1)
    return comment_lines(one.origin, f"{what} of {one.service}", notes, "Burn rates and windows, by length of the SLO window:", *factors)


def _windows(tier: AlertTier) -> str:
    return f"{window_text(tier.long_minutes)} and {window_text(tier.short_minutes)}"


def _groups(objectives: Sequence[ExportedObjective], fewest: int) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for one in objectives:
        groups.append({"name": recordings_group_name(one), "interval": "30s", "rules": _recordings(one)})
        groups.append({"name": alerts_group_name(one), "rules": _alerts(one, fewest)})
    return groups


def shortest_window(objective: ExportedObjective) -> int:
    """Give the minutes of the shortest window that is recorded."""
    return min((tier.short_minutes for tier in objective.tiers), default=USUAL_WINDOW_MINUTES)


def _ids(objective: ExportedObjective) -> dict[str, str]:
    return {"slo_id": objective.name, "slo_service": objective.service}


def _chosen(objective: ExportedObjective) -> str:
    return f'{{slo_id="{escaped_value(objective.name)}"}}'


def _recordings(objective: ExportedObjective) -> list[dict[str, Any]]:
    period = f"{objective.window_days}d"
    minutes = {length for tier in objective.tiers for length in (tier.short_minutes, tier.long_minutes)} | {shortest_window(objective)}
    windows = [window_text(each) for each in sorted(minutes) if each != objective.window_days * 1440]
    expressions = {f"slo:bad_share:ratio_rate{each}": bad_share(objective.events, each) for each in windows}
    # over the whole period by counts, so that a busy hour weighs more than a quiet one
    expressions[f"slo:bad_share:ratio_rate{period}"] = bad_share(objective.events, period, function="increase")
    budget = exact_text(objective.budget_share)
    expressions["slo:budget_share:ratio"] = f"vector({budget})"
    spent = f"slo:bad_share:ratio_rate{period}{_chosen(objective)} / {budget}"
    expressions[f"slo:budget_remaining:ratio{period}"] = f"1 - {spent}"
    return [{"record": record, "expr": expression, "labels": _ids(objective)} for record, expression in expressions.items()]


def _alerts(objective: ExportedObjective, fewest: int) -> list[dict[str, Any]]:
    rules = [_burn_alert(objective, tier, fewest) for tier in objective.tiers]
    short = f"slo:bad_share:ratio_rate{window_text(shortest_window(objective))}{_chosen(objective)}"
    left = f"slo:budget_remaining:ratio{objective.window_days}d{_chosen(objective)}"
    plain = [("SLONoData", f"absent({short})", f"{NO_DATA_MINUTES}m"), ("SLOBudgetExhausted", f"{left} <= 0", "")]
    for name, expression, pending in plain:
        rule = {"alert": name, "expr": expression} | ({"for": pending} if pending else {})
        rules.append(rule | {"labels": alert_labels(objective), "annotations": alert_annotations(objective, name, as_template=True)})
    return rules


def alert_labels(objective: ExportedObjective, tier: AlertTier | None = None) -> dict[str, str]:
    """Give the labels of an alert; the ids tell the rules of two objectives apart."""
    labels = {"severity": tier.severity if tier else "ticket"} | ({"slo_tier": tier.id} if tier else {})
    return labels | _ids(objective)


def alert_annotations(
    objective: ExportedObjective, alert: str, tier: AlertTier | None = None, *, as_template: bool = False
) -> dict[str, str]:
    """Give the annotations of an alert: as people read them, or as Prometheus fills them in."""
    written = template_text if as_template else str
    if tier is not None:
        spent = percent_text(tier.budget_spent_share(objective.window_days).quantize(Decimal("0.0001")))
        who = "{{ $labels.slo_id }}" if as_template else objective.name
        summary = f"{spent} % of the {objective.window_days}-day budget of {who} burned within {window_text(tier.long_minutes)}"
    elif alert == "SLONoData":
        summary = f"nothing has been known about {objective.name} for {NO_DATA_MINUTES} minutes"
    else:
        summary = f"the {objective.window_days}-day budget of {objective.name} is spent"
    target = f"Target: {percent_text(objective.target)} % in {objective.window_words}."
    description = written(f"{objective.specification} {target}".strip())
    return {"summary": summary, "description": description} | ({"owner": written(objective.owner)} if objective.owner else {})


def _burn_alert(objective: ExportedObjective, tier: AlertTier, fewest: int) -> dict[str, Any]:
    limit = f"({factor_text(tier.burn_rate)} * {exact_text(objective.budget_share)})"
    long, short = window_text(tier.long_minutes), window_text(tier.short_minutes)
    lines = [
        f"slo:bad_share:ratio_rate{long}{_chosen(objective)} > {limit}",
        f"and slo:bad_share:ratio_rate{short}{_chosen(objective)} > {limit}",
    ]
    if tier.severity == "page" and fewest > 1:
        lines.append(f"and on() ({bad_events(objective.events, long, function='increase', or_zero=False)} >= {fewest})")
    rule: dict[str, Any] = {"alert": "SLOBudgetBurn", "expr": "\n".join(lines)}
    rule |= {"for": window_text(tier.pending_minutes)} if tier.pending_minutes else {}
    rule |= {"keep_firing_for": window_text(tier.keep_firing_minutes)} if tier.keep_firing_minutes else {}
    annotations = alert_annotations(objective, "SLOBudgetBurn", tier, as_template=True)
    return rule | {"labels": alert_labels(objective, tier), "annotations": annotations}
