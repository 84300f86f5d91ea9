"""What an objective is to an exporter: an exact target over a window, how its events are called, and who is told.

Drafts without target, retired and aspirational objectives are left out, each with a finding: the first two promise
nothing, and an aspiration triggers no alert. Nothing about Prometheus is guessed: selectors are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from slo_workbench.analysis.alert_tier_findings import tier_findings
from slo_workbench.analysis.alert_tiers import AlertTier, tiers_of
from slo_workbench.document.alerting_model import Alerting
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Indicator, Objective, Workbook
from slo_workbench.document.yaml_nodes import path_of
from slo_workbench.exports.events import Events
from slo_workbench.exports.indicator_events import events_of_indicator
from slo_workbench.exports.origin import Origin
from slo_workbench.units import CalendarPeriod, format_share

__all__ = ["ExportedObjective", "TiersOf", "export_objectives"]

TiersOf = Callable[[Alerting, int], tuple[tuple[AlertTier, ...], tuple[Finding, ...]]]
LONGEST_NAME = 63
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class ExportedObjective:
    """An objective that other tools can watch.

    Parameters
    ----------
    service, id : str
    name : str
        ``<service>-<id>``, a label by RFC 1123 of at most 63 characters.
    journey, journey_name, kind, measured_at : str
        What it speaks for, and where it is counted.
    events : Events
    target : Decimal
        Exact share of valid events that must be good, above 0 and below 1.
    window_days : int
    calendar : {"week", "month", "quarter"}, optional
        The calendar period, of which ``window_days`` is the usual length.
    time_zone : str
    tiers : tuple of AlertTier
        Those that can fire.
    specification, reason, owner, status, next_review
        As the workbook has them.
    aspirational_target : Decimal, optional
        What is aimed at beside it: the aspirational objective of the same indicator, threshold and window.
    origin : Origin
    """

    service: str
    id: str
    name: str
    journey: str
    journey_name: str
    kind: str
    measured_at: str
    events: Events
    target: Decimal
    window_days: int
    calendar: CalendarPeriod | None
    time_zone: str
    tiers: tuple[AlertTier, ...]
    specification: str
    reason: str
    owner: str
    status: str
    next_review: date | None
    aspirational_target: Decimal | None
    origin: Origin

    @property
    def budget_share(self) -> Decimal:
        """The exact share of valid events that may be bad."""
        return 1 - self.target

    @property
    def window_words(self) -> str:
        """The window as rules see it: always rolling."""
        return f"{self.window_days} days" if self.window_days > 1 else "1 day"


def export_objectives(
    workbook: Workbook, origin: Origin, *, tiers: TiersOf = tiers_of
) -> tuple[tuple[ExportedObjective, ...], tuple[Finding, ...]]:
    """Give the objectives that can be exported, in the workbook's order, and why the others cannot.

    Parameters
    ----------
    workbook : Workbook
        One whose references lead somewhere.
    origin : Origin
    tiers : callable, optional
        Gives the alert tiers of a window.

    Examples
    --------
    >>> from slo_workbench.document.model import Service
    >>> objectives, findings = export_objectives(Workbook(service=Service(name="shop")), Origin("workbook.yaml", "", "0"))
    >>> objectives, [finding.code for finding in findings]
    ((), ['nothing-to-export'])
    """
    findings: list[Finding] = []
    promised = [(place, one) for place, one in enumerate(workbook.objectives) if not _reasons_to_leave_out(one, place, findings)]
    events: dict[tuple[str, Decimal | None], Events | None] = {}
    exported = []
    for place, objective in promised:
        indicator, threshold = workbook.indicator(objective.indicator), _threshold_seconds(workbook, objective)
        key = indicator.id, threshold
        if key not in events:
            where = path_of(("indicators", workbook.indicators.index(indicator)))
            source = workbook.sources.get(indicator.source)
            events[key], found = events_of_indicator(indicator, threshold, where, url=source.url if source else None)
            findings += (finding for finding in found if finding not in findings)
        if objective.window.period:
            findings.append(_rolling(objective, place))
        named = events[key]
        name = _checked_name(workbook.service.name, objective.id, place, findings)
        if named is not None and name:
            exported.append(_exported(workbook, objective, indicator, named, name, origin))
    kept = tuple(_with_tiers(one, workbook.alerting, tiers, findings) for one in exported)
    if not kept:
        hint = "an objective needs a target, and its indicator selectors: {valid: …, bad: …}"
        findings.append(Finding("nothing-to-export", "no objective can be exported", hint=hint, where="objectives"))
    return kept, tuple(findings)


def _reasons_to_leave_out(objective: Objective, place: int, findings: list[Finding]) -> bool:
    if objective.status == "retired":
        why, hint = "is retired", "delete its rules where an earlier export put them"
    elif objective.target is None:
        why, hint = "has no target yet", "'slo-workbench fit' proposes one from the history"
    elif objective.ambition == "aspirational":
        why, hint = "is aspirational and triggers no alert", "where an achievable one stands beside it, OpenSLO carries it as an annotation"
    else:
        return False
    message = f"{objective.id!r} {why}, and is left out"
    findings.append(Finding("objective-left-out", message, severity="note", hint=hint, where=f"objectives[{place}]"))
    return True


def _rolling(objective: Objective, place: int) -> Finding:
    message = f"rules watch {objective.window.days} rolling days for {objective.id!r}, not the calendar {objective.window.period}"
    hint = "OpenSLO holds the calendar; within a period, what is left of the budget is a forecast anyway"
    return Finding("window-rolls", message, severity="note", hint=hint, where=f"objectives[{place}].window")


def _threshold_seconds(workbook: Workbook, objective: Objective) -> Decimal | None:
    threshold_ms = workbook.threshold_ms_of(objective)
    return None if threshold_ms is None else Decimal(repr(threshold_ms)).scaleb(-3)


def _checked_name(service: str, id: str, place: int, findings: list[Finding]) -> str:
    name = f"{service}-{id}"
    if len(name) <= LONGEST_NAME and _NAME.fullmatch(name):
        return name
    message = f"the name {name!r} has {len(name)} characters; rules and Kubernetes take at most {LONGEST_NAME}"
    hint = f"shorten the id by {len(name) - LONGEST_NAME}; the service's name stands in front of it"
    findings.append(Finding("name-too-long", message, hint=hint, where=f"objectives[{place}].id"))
    return ""


def _exported(
    workbook: Workbook, objective: Objective, indicator: Indicator, events: Events, name: str, origin: Origin
) -> ExportedObjective:
    assert objective.target is not None
    journeys = {journey.id: journey.name for journey in workbook.journeys}
    return ExportedObjective(
        service=workbook.service.name,
        id=objective.id,
        name=name,
        journey=indicator.journey,
        journey_name=journeys.get(indicator.journey, indicator.journey),
        kind=indicator.kind,
        measured_at=indicator.measured_at,
        events=events,
        target=objective.target,
        window_days=objective.window.days,
        calendar=objective.window.period,
        time_zone=workbook.service.time_zone,
        tiers=(),
        specification=indicator.specification,
        reason=objective.reason,
        owner=objective.owner or workbook.service.owner,
        status=objective.status,
        next_review=objective.next_review,
        aspirational_target=next(_aspirations(workbook, objective), None),
        origin=origin,
    )


def _aspirations(workbook: Workbook, objective: Objective) -> Iterator[Decimal]:
    for other in workbook.objectives:
        same = other.indicator == objective.indicator and other.window == objective.window
        same_threshold = workbook.threshold_ms_of(other) == workbook.threshold_ms_of(objective)
        if same and same_threshold and other.ambition == "aspirational" and other.target is not None and other.status != "retired":
            yield other.target


def _with_tiers(exported: ExportedObjective, alerting: Alerting, tiers: TiersOf, findings: list[Finding]) -> ExportedObjective:
    found, problems = tiers(alerting, exported.window_days)
    findings += (problem for problem in problems if problem not in findings)
    kept = []
    for tier in found:
        remarks = tier_findings(tier, target=exported.target, window_days=exported.window_days)
        is_kept = all(remark.severity != "error" for remark in remarks)
        kept += [tier] if is_kept else []
        for remark in remarks:
            told = _told(remark, exported)
            findings += [] if any(same.code == told.code and same.message == told.message for same in findings) else [told]
    return replace(exported, tiers=tuple(kept))


def _told(remark: Finding, exported: ExportedObjective) -> Finding:
    if remark.severity != "error":
        return remark
    message = f"left out for {exported.id!r} ({format_share(exported.target)}): {remark.message}"
    return remark.at(severity="warning", message=message)
