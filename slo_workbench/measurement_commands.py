"""The commands that measure: ``compare`` two measurements, ``compose`` a journey's steps, and replay a list of incidents."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.arguments import trusted_places
from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, render_findings
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.progress import Step, show_progress
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.units import counted, format_count, format_ms, format_share

if TYPE_CHECKING:
    from decimal import Decimal

    from slo_workbench.analysis.implementation_comparison import ImplementationComparison, ReadingCost
    from slo_workbench.analysis.incident_replay import IncidentReplay
    from slo_workbench.analysis.journey_sessions import JourneySessions
    from slo_workbench.analysis.journey_sli import ComposedEvents
    from slo_workbench.document.model import Indicator, Workbook
    from slo_workbench.history.history import History, SourceRecord

__all__ = ["compare", "compose", "replay"]

GOOD, FOUND = 0, 1


@dataclass(frozen=True)
class _Measured:
    """An indicator at one of its thresholds, or at none."""

    indicator: Indicator
    threshold_ms: float | None = None

    @property
    def name(self) -> str:
        if self.threshold_ms is None:
            return self.indicator.id
        within = format_ms(self.threshold_ms)
        alike = [other for other in set(self.indicator.thresholds_ms) if format_ms(other) == within]
        return f"{self.indicator.id} within {within if len(alike) == 1 else f'{self.threshold_ms:.12g} ms'}"


# ------------------------------------------------------------------------------------------------ compare


def compare(given: Namespace) -> int:
    """Compare two measurements of one specification."""
    from slo_workbench.analysis.implementation_comparison import LONGEST_BIN_MINUTES, compare_implementations
    from slo_workbench.document import read_workbook
    from slo_workbench.history.from_workbook import reduce_workbook

    _refuse_outside("--bin-minutes", given.bin_minutes, 1, LONGEST_BIN_MINUTES)
    workbook = read_workbook(given.workbook)
    one, other = _pair(given, workbook)
    odd = _kinship(one, other)
    measured = _at_one_threshold(one, other, given.threshold_ms, odd)
    with show_progress() as tell:
        history = reduce_workbook(
            workbook, given.workbook.parent, only={one.id, other.id}, places=trusted_places(given, workbook), progress=tell
        )
    sources = history.source_of(one.id), history.source_of(other.id)
    found = compare_implementations(
        *(history.series_of(side.indicator.id, side.threshold_ms) for side in measured), names=(one.id, other.id),
        bin_minutes=given.bin_minutes, resolution_minutes=(sources[0].resolution_minutes, sources[1].resolution_minutes),
        costs=(_cost(sources[0]), _cost(sources[1])), event="event",
    )  # fmt: skip
    _print_comparison(found, _threshold_words(measured, asked=given.threshold_ms is not None))
    findings = [*odd, *found.findings]
    if findings:
        print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _pair(given: Namespace, workbook: Workbook) -> tuple[Indicator, Indicator]:
    _refuse_unknown_indicators([id for id in (given.one, given.other) if id], workbook)
    other = given.other or _twin_of(workbook, given.one)
    if other == given.one:
        raise UnusableValue(f"{other} compared with itself tells nothing; name another indicator of the same specification")
    return workbook.indicator(given.one), workbook.indicator(other)


def _twin_of(workbook: Workbook, one: str) -> str:
    twins = [indicator.id for indicator in workbook.indicators if indicator.same_as == one]
    twins += [indicator.same_as for indicator in workbook.indicators if indicator.id == one and indicator.same_as]
    if not twins:
        raise UnusableValue(f"no indicator says same_as: {one}; name the other one to compare with")
    return twins[0]


def _refuse_unknown_indicators(ids: Sequence[str], workbook: Workbook) -> None:
    known = [indicator.id for indicator in workbook.indicators]
    findings = [
        Finding("unknown-indicator", f"there is no indicator {id!r}", hint=nearest_hint(id, known)) for id in ids if id not in known
    ]
    if findings:
        raise FindingsError(findings)


def _refuse_outside(option: str, minutes: float, least: int, most: int) -> None:
    # a comparison with nan is never true
    if not least <= minutes <= most:
        raise UnusableValue(f"{option} lies between {least:,} and {most:,} minutes, not {minutes:,}")


def _kinship(one: Indicator, other: Indicator) -> list[Finding]:
    """Tell where nothing says that both measure one specification."""
    if one.same_as == other.id or other.same_as == one.id or (one.same_as and one.same_as == other.same_as):
        return []
    described = " and ".join(f"{side.id} ({side.kind} of {side.journey})" for side in (one, other))
    is_alike = (one.kind, one.journey) == (other.kind, other.journey)
    message = f"neither of {described} says same_as the other, so what differs may be what they count and not where they count it"
    hint = "if they are one specification, say so: same_as in the workbook"
    return [Finding("not-one-specification", message, "note" if is_alike else "warning", hint)]


def _at_one_threshold(one: Indicator, other: Indicator, wanted: float | None, odd: Sequence[Finding]) -> tuple[_Measured, _Measured]:
    """Return both at the threshold asked for, or else at the largest that they share."""
    with_any = [side for side in (one, other) if side.thresholds_ms]
    shared = set(one.thresholds_ms) & set(other.thresholds_ms)
    if wanted is None and with_any and not shared:
        told = " and ".join(f"{side.id} has {_thresholds(side)}" for side in (one, other))
        hint = "give both one in the workbook" if len(with_any) == 2 else "name the one that both mean: --threshold-ms"
        raise FindingsError([*odd, Finding("no-common-threshold", f"they have no threshold in common: {told}", hint=hint)])
    if wanted is not None:
        for side in with_any or (one,):
            if wanted not in side.thresholds_ms:
                raise UnusableValue(f"--threshold-ms is none of {side.id}, which has {_thresholds(side)}")
    chosen = max(shared, default=None) if wanted is None else wanted
    return _Measured(one, chosen if one.thresholds_ms else None), _Measured(other, chosen if other.thresholds_ms else None)


def _thresholds(indicator: Indicator) -> str:
    return ", ".join(f"{one:g} ms" for one in sorted(set(indicator.thresholds_ms))) or "none"


def _threshold_words(measured: tuple[_Measured, _Measured], *, asked: bool) -> str:
    with_any = [side for side in measured if side.threshold_ms is not None]
    if not with_any:
        return ""
    within = f"Good means within {format_ms(with_any[0].threshold_ms or 0)}"
    if len(with_any) == 1:
        without = measured[1 - measured.index(with_any[0])]
        return f"{within} in {with_any[0].indicator.id}; {without.indicator.id} has no threshold of its own."
    several = not asked and any(len(side.indicator.thresholds_ms) > 1 for side in measured)
    return f"{within} in both{', the largest threshold they share' if several else ''}."


def _cost(source: SourceRecord) -> ReadingCost:
    from slo_workbench.analysis.implementation_comparison import ReadingCost

    seconds = (datetime.fromisoformat(source.last_time) - datetime.fromisoformat(source.first_time)).total_seconds()
    n_bytes = sum(int(file.get("n_bytes", 0)) for file in source.files)
    return ReadingCost(source.n_rows_read, n_bytes, max(seconds / 86_400, 1 / 1440))


def _print_comparison(found: ImplementationComparison, threshold: str) -> None:
    print("\n".join(filter(None, [threshold, *found.sentences])))
    if found.incidents.empty:
        return
    one, other = found.names
    seen = {"both": "both", "one": one, "other": other}
    rows = [
        (f"{row['start']:%Y-%m-%d %H:%M}", f"{row['end']:%m-%d %H:%M}",
         *(f"{row[f'bad_{side}']:,} of {row[f'valid_{side}']:,}" for side in ("one", "other")), seen[row["seen_by"]])
        for row in found.incidents.to_dict("records")
    ]  # fmt: skip
    print("\n" + text_table(["start (UTC)", "end", f"bad in {one}", f"bad in {other}", "seen by"], rows, columns=terminal_columns()))


# ------------------------------------------------------------------------------------------------ compose


def compose(given: Namespace) -> int:
    """Put the steps of journeys together, by events and by visits."""
    from slo_workbench.analysis.journey_sessions import LONGEST_GAP_MINUTES
    from slo_workbench.analysis.journey_sli import compose_events
    from slo_workbench.document import read_workbook
    from slo_workbench.history.from_workbook import reduce_workbook

    _refuse_outside("--gap-minutes", given.gap_minutes, 1, LONGEST_GAP_MINUTES)
    workbook = read_workbook(given.workbook)
    _refuse_unknown_journeys(given.journey, workbook)
    weights = _weights(given, workbook)
    steps = _at_thresholds([workbook.indicator(id) for id in weights], given.threshold_ms)
    places = trusted_places(given, workbook)
    with show_progress() as tell:
        history = reduce_workbook(workbook, given.workbook.parent, only=set(weights), places=places, progress=tell)
    by_events = compose_events(
        {step.name: history.series_of(step.indicator.id, step.threshold_ms) for step in steps},
        {step.name: weights[step.indicator.id] for step in steps}, event="event",
    )  # fmt: skip
    _print_events(by_events)
    visits, findings = _visits(given, workbook, steps, places)
    if visits:
        _print_visits(visits)
    findings = [*by_events.findings, *findings]
    if findings:
        print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _refuse_unknown_journeys(ids: Sequence[str], workbook: Workbook) -> None:
    known = [journey.id for journey in workbook.journeys]
    findings = [Finding("unknown-journey", f"there is no journey {id!r}", hint=nearest_hint(id, known)) for id in ids if id not in known]
    if findings:
        raise FindingsError(findings)


def _weights(given: Namespace, workbook: Workbook) -> dict[str, float]:
    """Return the indicators of the steps in their order, each with its weight."""
    from slo_workbench.analysis.journey_sli import LARGEST_WEIGHT

    weights: dict[str, float] = {}
    for item in given.step:
        name, _, text = (part.strip() for part in item.partition("="))
        try:
            weight = float(text or 1)
        except ValueError:
            raise UnusableValue(f"--step takes INDICATOR=WEIGHT with a number, not {item!r}") from None
        if not 1 / LARGEST_WEIGHT <= weight <= LARGEST_WEIGHT:
            raise UnusableValue(f"the weight of a --step lies above 0 (a millionth to {LARGEST_WEIGHT:,}), not {item!r}")
        if name in weights:
            raise UnusableValue(f"--step names {name} twice; once is enough, with one weight")
        weights[name] = weight
    _refuse_unknown_indicators(list(weights), workbook)
    return weights or dict.fromkeys(_steps_of(given.journey, workbook), 1.0)


def _steps_of(journeys: Sequence[str], workbook: Workbook) -> list[str]:
    # one measurement of each request: availability says whether it worked, and a second kind would count it twice
    steps = [
        one.id for id in journeys for one in workbook.indicators if one.journey == id and one.kind == "availability" and one.same_as is None
    ]
    if not steps:
        which = "this journey" if len(journeys) == 1 else "these journeys"
        raise UnusableValue(f"no availability indicator speaks for {which}; name the steps: --step INDICATOR")
    others = [one.id for id in journeys for one in workbook.indicators if one.journey == id and one.id not in steps]
    print(f"Steps are the availability of each request: {', '.join(steps)}.")
    if others:
        print(f"Left out, as they count the same requests again, or other things: {', '.join(others)}; --step takes them in.")
    return steps


def _at_thresholds(indicators: Sequence[Indicator], wanted: Sequence[float]) -> list[_Measured]:
    """Return each step at the threshold asked for, or else at its smallest: what its users should feel."""
    known = {threshold for one in indicators for threshold in one.thresholds_ms}
    for threshold in wanted:
        if threshold not in known:
            there = ", ".join(f"{one:g}" for one in sorted(known)) or "none"
            raise UnusableValue(f"--threshold-ms {threshold:g} is a threshold of no step; there is: {there}")
    steps = []
    for one in indicators:
        chosen = set(wanted) & set(one.thresholds_ms)
        if len(chosen) > 1 or (wanted and not chosen and len(set(one.thresholds_ms)) > 1):
            raise UnusableValue(f"--threshold-ms chooses one threshold of {one.id}, which has {_thresholds(one)}")
        steps.append(_Measured(one, min(chosen or one.thresholds_ms, default=None)))
    return steps


def _print_events(found: ComposedEvents) -> None:
    rows = [
        (row["step"], f"{row['weight']:g}", format_count(row["valid"]), format_share(row["sli"]) if row["valid"] else "no data",
         format_share(row["event_share"]))
        for row in found.steps.to_dict("records")
    ]  # fmt: skip
    print(text_table(["step", "weight", "valid events", "share good", "share of all events"], rows, columns=terminal_columns()))
    print("\n" + "\n".join(found.sentences))


def _visits(
    given: Namespace, workbook: Workbook, steps: Sequence[_Measured], places: Mapping[str, str]
) -> tuple[JourneySessions | None, Sequence[Finding]]:
    """Follow visits where the steps come from one source that knows users; else say in one note why not."""
    from slo_workbench.analysis.journey_sessions import compose_sessions
    from slo_workbench.history.from_workbook import is_asked_of_prometheus, query_of, source_request
    from slo_workbench.history.journey_events import read_journey_events
    from slo_workbench.sources.anywhere import open_anywhere

    name, *others = dict.fromkeys(step.indicator.source for step in steps)
    if others or is_asked_of_prometheus(workbook, name, places):
        why = "the steps come from different sources" if others else "a Prometheus counts, and knows no users"
        return None, [_no_visits(why, "log requests with a user in one place")]
    thresholds = [() if step.threshold_ms is None else (step.threshold_ms,) for step in steps]
    queries = [replace(query_of(step.indicator), id=step.name, thresholds_ms=own) for step, own in zip(steps, thresholds, strict=True)]
    folder: Path = given.workbook.parent
    request = source_request(name, workbook.sources[name], folder, place=places.get(name))
    try:
        with show_progress() as tell, open_anywhere(request, folder=folder) as source:
            tell(Step(f"{name}: visits", source.n_rows_used))
            events = read_journey_events(source, queries)
        visits = compose_sessions(
            events, steps=[step.name for step in steps], gap_minutes=given.gap_minutes, time_zone=workbook.service.time_zone
        )
    except FindingsError as error:
        # the same expressions were counted before, so what fails here is that events stand alone or have no user
        return None, [_no_visits(error.findings[0].message, error.findings[0].hint)]
    except TooLittleData as error:
        return None, [_no_visits(str(error))]
    return visits, visits.findings


def _no_visits(why: str, hint: str = "") -> Finding:
    return Finding("no-visits", f"visits cannot be followed: {why}", "note", hint)


def _print_visits(visits: JourneySessions) -> None:
    rows = [
        (row["step"], format_count(row["n_sessions"]), format_count(row["n_good"]), format_count(row["n_good_after_retries"]))
        for row in visits.funnel.to_dict("records")
    ]
    print("\n" + text_table(["step", "visits", "without a bad event", "well in the end"], rows, columns=terminal_columns()))
    print("\n" + "\n".join(visits.sentences))


# ------------------------------------------------------------------------------------------------- replay


def replay(given: Namespace, workbook: Workbook, journeys: Sequence[str], columns: int) -> list[Finding]:
    """Replay a list of incidents on the history of the journeys' indicators; of all journeys when the user named none."""
    from slo_workbench.analysis.incident_journeys import name_journeys
    from slo_workbench.analysis.incident_replay import LONGEST_SLACK_MINUTES, replay_incidents
    from slo_workbench.sources.incident_list import read_incidents
    from slo_workbench.sources.team_lists import team_file

    _refuse_outside("--slack-minutes", given.slack_minutes, 0, LONGEST_SLACK_MINUTES)
    names = {journey.id: journey.name for journey in workbook.journeys}
    asked = list(journeys) if given.journey else list(names)
    path = given.incidents
    if path == Path():
        if workbook.incidents is None:
            raise UnusableValue("the workbook names no incidents; write 'incidents: incidents.csv', or --incidents FILE")
        path = team_file(given.workbook.parent, workbook.incidents, where="incidents")
    listed, odd = read_incidents(path, time_zone=workbook.service.time_zone)
    incidents, unknown = name_journeys(listed, names)
    findings = [*odd, *(finding.at(file=path.name) for finding in unknown)]
    if not any(not named or not set(asked).isdisjoint(named) for named in incidents["journeys"]):
        print(_none_concerns(len(incidents), asked, is_all=not given.journey) + "\n")
        return findings
    measured = [
        _Measured(one, threshold) for one in workbook.indicators if one.journey in asked for threshold in one.thresholds_ms or (None,)
    ]
    if not measured:
        which = "these journeys" if len(asked) > 1 else "this journey"
        raise UnusableValue(f"no indicator speaks for {which} yet, so no incident can be replayed; choose some first")
    history = _reduced(given, workbook, measured)
    found = replay_incidents(
        {one.name: history.series_of(one.indicator.id, one.threshold_ms) for one in measured}, incidents, journeys=asked,
        journeys_of={one.name: one.indicator.journey for one in measured}, budgets=_budgets(workbook, measured),
        resolution_minutes={one.name: history.source_of(one.indicator.id).resolution_minutes for one in measured},
        slack_minutes=given.slack_minutes, event="event",
    )  # fmt: skip
    _print_replay(found, columns)
    return [*findings, *found.findings]


def _none_concerns(n_incidents: int, asked: Sequence[str], *, is_all: bool) -> str:
    what = "any journey of the workbook" if is_all else f"the {'journey' if len(asked) == 1 else 'journeys'} {', '.join(asked)}"
    if n_incidents == 1:
        return f"The one incident of the list does not concern {what}."
    return f"None of the {counted(n_incidents, 'incident')} of the list concerns {what}."


def _reduced(given: Namespace, workbook: Workbook, measured: Sequence[_Measured]) -> History:
    from slo_workbench.history.from_workbook import reduce_workbook

    ids = {one.indicator.id for one in measured}
    with show_progress() as tell:
        return reduce_workbook(workbook, given.workbook.parent, only=ids, places=trusted_places(given, workbook), progress=tell)


def _budgets(workbook: Workbook, measured: Sequence[_Measured]) -> dict[str, tuple[Decimal, int]]:
    """Return target and window in days of what has an objective with a target."""
    return {
        one.name: (objective.target, objective.window.days)
        for one in measured
        for objective in workbook.objectives
        if objective.indicator == one.indicator.id and objective.target and workbook.threshold_ms_of(objective) == one.threshold_ms
    }


def _print_replay(found: IncidentReplay, columns: int) -> None:
    rows = [
        (row["incident"], f"{row['start']:%Y-%m-%d %H:%M}", row["title"], row["verdict"], row["indicator"] or "")
        for row in found.incidents.to_dict("records")
    ]
    print(text_table(["incident", "start (UTC)", "what it was", "verdict", "best seen by"], rows, columns=columns))
    print("\n" + "\n".join(found.sentences) + "\n")
