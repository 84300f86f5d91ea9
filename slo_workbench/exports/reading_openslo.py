"""OpenSLO v1 read back (OpenSLO, Apache-2.0, https://github.com/OpenSLO/OpenSLO)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Literal

from slo_workbench.document.findings import Finding
from slo_workbench.exports.document_fields import Fields
from slo_workbench.exports.events import Events, events_of
from slo_workbench.exports.openslo import ANNOTATIONS
from slo_workbench.exports.reading import ReadTarget, counter_in, days_of, target_of
from slo_workbench.exports.selectors import Selector
from slo_workbench.exports.yaml_documents import read_documents
from slo_workbench.units import CalendarPeriod

__all__ = ["read_openslo"]

_CALENDAR: dict[str, tuple[CalendarPeriod, int]] = {"1w": ("week", 7), "1M": ("month", 30), "1Q": ("quarter", 91)}
_DAYS_OF = {"M": 30, "Q": 90, "Y": 365}
MOST_NAMED = 5


def read_openslo(text: str) -> tuple[tuple[ReadTarget, ...], tuple[Finding, ...]]:
    """Read the objectives of OpenSLO v1 documents; other kinds are told, not read.

    Parameters
    ----------
    text : str
        Any number of YAML documents.

    Returns
    -------
    (tuple of ReadTarget, tuple of Finding)
        An SLO with several objectives gives one target each.
    """
    documents, findings = read_documents(text)
    found = list(findings)
    parts = [Fields(document, document.data, found) for document in documents]
    kinds: dict[str, list[Fields]] = {}
    for fields in parts:
        version = fields.text("apiVersion")
        if version == "openslo/v1":
            kinds.setdefault(fields.text("kind"), []).append(fields)
        else:
            fields.tell(
                "version-unread", f"only openslo/v1 is read, not {version[:40]!r}", "apiVersion", hint="convert it with OpenSLO's own tool"
            )
    indicators = {fields.part("metadata").text("name"): fields.part("spec") for fields in kinds.pop("SLI", [])}
    targets = [target for fields in kinds.pop("SLO", []) for target in _targets(fields, indicators)]
    kinds.pop("Service", None)
    for kind, others in kinds.items():
        names = [fields.part("metadata").text("name") for fields in others]
        shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        message = f"documents of kind {kind or 'without name'} are not carried over: {shown}"
        found.append(Finding("not-carried", message, "note", "alerts are decided below alerting: tiers of the workbook"))
    return tuple(targets), tuple(found)


def _targets(fields: Fields, indicators: Mapping[str, Fields]) -> list[ReadTarget]:
    metadata, spec = fields.part("metadata"), fields.part("spec")
    labels, notes = metadata.texts("labels"), metadata.texts("annotations")
    name = metadata.text("name", is_needed=True)
    days, calendar = _window(spec)
    method = spec.text("budgetingMethod")
    if method not in ("", "Occurrences"):
        message = f"the budget of {name!r} is counted in {method}; here it is counted in events"
        spec.tell(
            "not-carried", message, "budgetingMethod", severity="warning", hint="targets in slices and in events differ on the same data"
        )
    objectives = spec.parts("objectives")
    if not objectives:
        spec.tell("missing-key", f"{name!r} has no objectives", hint="an SLO has an objective with a target")
    shared = _events(spec, indicators, name) if not any("indicator" in each or "indicatorRef" in each for each in objectives) else None
    targets = []
    for number, objective in enumerate(objectives):
        is_percent = "targetPercent" in objective
        target = target_of(objective, "targetPercent" if is_percent else "target", is_percent=is_percent)
        own = shared or _events(objective, indicators, name)
        objective.skip("displayName")
        if target is not None:
            own_name = f"{name}-{number + 1}" if len(objectives) > 1 else name
            named = notes.get(f"{ANNOTATIONS}/objective", "") if len(objectives) == 1 else ""
            more = {"journey": labels.get("journey", ""), "kind": labels.get("kind", ""), "measured_at": labels.get("measured-at", "")}
            owner = notes.get(f"{ANNOTATIONS}/owner", "")
            read = ReadTarget(
                spec.text("service"),
                own_name,
                target,
                days,
                own,
                calendar,
                named,
                **more,
                description=spec.text("description"),
                owner=owner,
            )
            targets.append(read)
    metadata.skip("displayName")
    fields.tell_unread()
    return targets


def _window(spec: Fields) -> tuple[int | None, CalendarPeriod | None]:
    windows = spec.parts("timeWindow")
    if len(windows) != 1:
        spec.tell("missing-key", "exactly one time window is needed", "timeWindow", hint="timeWindow: [{duration: 28d, isRolling: true}]")
        return None, None
    window = windows[0]
    duration, is_rolling = window.text("duration"), window.is_true("isRolling")
    if not is_rolling and duration in _CALENDAR:
        calendar, days = _CALENDAR[duration]
        _tell_lost_calendar(window.part("calendar"), calendar)
        return days, calendar
    days_named = days_of(duration)
    if days_named is None and duration[:-1].isascii() and duration[:-1].isdigit() and len(duration) < 6:
        # months, quarters and years have the days that OpenSLO's own code gives them
        days_named = int(duration[:-1]) * _DAYS_OF.get(duration[-1], 0) or None
    if days_named is None or not 1 <= days_named <= 3660:
        window.tell("window-unreadable", f"{duration[:40]!r} is no window of whole days", "duration", hint="28d is the usual choice")
        return None, None
    return days_named, None


def _tell_lost_calendar(calendar: Fields, period: CalendarPeriod) -> None:
    """Tell where periods begin elsewhere than the workbook's, and a time zone, which a workbook has for its service alone."""
    start, zone = calendar.text("startTime")[:40], calendar.text("timeZone")[:40]
    if start and not _begins_as_ours(start, period):
        message = f"a {period} counted from {start!r} becomes the calendar {period}"
        hint = "a week begins on Monday, a month and a quarter on their first day, at midnight; say so to those who agreed to the other"
        calendar.tell("calendar-start-lost", message, "startTime", severity="warning", hint=hint)
    if zone and zone not in {"UTC", "Etc/UTC"}:
        message = f"the time zone {zone!r} is not carried over: a workbook has one for all its objectives"
        calendar.tell("calendar-zone-lost", message, "timeZone", severity="note", hint=f"write 'time_zone: {zone}' under 'service:'")


def _begins_as_ours(start: str, period: CalendarPeriod) -> bool:
    try:
        moment = datetime.strptime(start, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    is_first = {"week": moment.weekday() == 0, "month": moment.day == 1, "quarter": moment.day == 1 and moment.month % 3 == 1}
    return is_first[period] and moment.time() == time.min


def _events(holder: Fields, indicators: Mapping[str, Fields], name: str) -> Events | None:
    reference = holder.text("indicatorRef")
    if reference and reference not in indicators:
        holder.tell("unknown-indicator", f"there is no SLI {reference[:63]!r} among the documents", "indicatorRef", severity="warning")
        return None
    inline = holder.part("indicator")
    inline.skip("metadata")
    spec = indicators[reference] if reference else inline.part("spec")
    if "thresholdMetric" in spec:
        message = f"{name!r} compares a metric with a threshold; only ratios of counted events are carried over"
        spec.tell("not-carried", message, "thresholdMetric", severity="warning", hint="count events below the threshold and all of them")
        spec.skip("thresholdMetric")
        return None
    return _ratio(spec.part("ratioMetric"), name)


def _ratio(ratio: Fields, name: str) -> Events | None:
    ratio.skip("counter")
    side: Literal["bad", "good"] = "bad" if "bad" in ratio else "good"
    counted, valid = _counter(ratio, side, name), _counter(ratio, "total", name)
    return events_of(valid, counted, as_bad=side == "bad") if counted is not None and valid is not None else None


def _counter(ratio: Fields, side: str, name: str) -> Selector | None:
    source = ratio.part(side).part("metricSource")
    source.skip("type", "metricSourceRef")
    query = source.part("spec").text("query")
    selector = counter_in(query)
    if selector is None:
        message = f"the {side} events of {name!r} are no sum of one Prometheus counter, and are not carried over"
        ratio.tell("not-carried", message, side, severity="warning", hint="write the indicator's selectors by hand")
    return selector
