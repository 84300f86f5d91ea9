"""The commands that measure: ``compare`` two measurements, ``compose`` a journey's steps, and replay a list of incidents."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.arguments import trusted_places
from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, render_findings
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.progress import Step, show_progress
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.units import format_count, format_share

if TYPE_CHECKING:
    from slo_workbench.document.model import Workbook

__all__ = ["compare", "compose", "replay"]

GOOD, FOUND = 0, 1


def compare(given: Namespace) -> int:
    """Compare two measurements of one specification."""
    from slo_workbench.analysis.implementation_comparison import ReadingCost, compare_implementations
    from slo_workbench.document import read_workbook
    from slo_workbench.history.from_workbook import reduce_workbook

    workbook = read_workbook(given.workbook)
    ids = [given.one, given.other or _twin_of(workbook, given.one)]
    _refuse_unknown_indicators(ids, workbook)
    with show_progress() as tell:
        history = reduce_workbook(workbook, given.workbook.parent, only=set(ids), places=trusted_places(given, workbook), progress=tell)
    thresholds = [max(workbook.indicator(id).thresholds_ms, default=None) for id in ids]
    sources = [history.source_of(id) for id in ids]
    costs = tuple(
        ReadingCost(one.n_rows_read, sum(int(file.get("n_bytes", 0)) for file in one.files), _span_days(one.first_time, one.last_time)) for one in sources
    )  # fmt: skip
    found = compare_implementations(
        *(history.series_of(id, threshold) for id, threshold in zip(ids, thresholds, strict=True)), names=(ids[0], ids[1]),
        bin_minutes=given.bin_minutes, resolution_minutes=(sources[0].resolution_minutes, sources[1].resolution_minutes),
        costs=(costs[0], costs[1]), event="event",
    )  # fmt: skip
    print("\n".join(found.sentences))
    if len(found.incidents):
        rows = [
            (f"{row['start']:%Y-%m-%d %H:%M}", f"{row['end']:%m-%d %H:%M}", *(f"{row[f'bad_{side}']:,} of {row[f'valid_{side}']:,}" for side in ("one", "other")),
             {"both": "both", "one": ids[0], "other": ids[1]}[row["seen_by"]])
            for row in found.incidents.to_dict("records")
        ]  # fmt: skip
        print(
            "\n" + text_table(["start (UTC)", "end", f"bad in {ids[0]}", f"bad in {ids[1]}", "seen by"], rows, columns=terminal_columns())
        )
    if found.findings:
        print(render_findings(found.findings))
    return GOOD if is_clean(found.findings) else FOUND


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


def _span_days(first: str, last: str) -> float:
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    return max(seconds / 86_400, 1 / 1440)


def compose(given: Namespace) -> int:
    """Put the steps of journeys together, by events and by visits."""
    from slo_workbench.analysis.journey_sli import compose_events
    from slo_workbench.document import read_workbook
    from slo_workbench.history.from_workbook import reduce_workbook

    workbook = read_workbook(given.workbook)
    weights = _steps(given, workbook)
    _refuse_unknown_indicators(list(weights), workbook)
    places = trusted_places(given, workbook)
    with show_progress() as tell:
        history = reduce_workbook(workbook, given.workbook.parent, only=set(weights), places=places, progress=tell)
    series = {id: history.series_of(id, max(workbook.indicator(id).thresholds_ms, default=None)) for id in weights}
    by_events = compose_events(series, weights, event="event")
    rows = [
        (row["step"], f"{row['weight']:g}", format_count(row["valid"]), format_share(row["sli"]) if row["valid"] else "no data", format_share(row["event_share"]))
        for row in by_events.steps.to_dict("records")
    ]  # fmt: skip
    print(text_table(["step", "weight", "valid events", "share good", "share of all events"], rows, columns=terminal_columns()))
    print("\n" + "\n".join(by_events.sentences))
    findings = [*by_events.findings, *_print_visits(given, workbook, list(weights), places)]
    if findings:
        print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _steps(given: Namespace, workbook: Workbook) -> dict[str, float]:
    if given.step:
        weights: dict[str, float] = {}
        for item in given.step:
            name, _, weight = item.partition("=")
            try:
                weights[name.strip()] = float(weight or 1)
            except ValueError:
                raise UnusableValue(f"--step takes INDICATOR=WEIGHT with a number, not {item!r}") from None
        return weights
    journeys = {journey.id for journey in workbook.journeys}
    for id in given.journey:
        if id not in journeys:
            raise FindingsError([Finding("unknown-journey", f"there is no journey {id!r}", hint=nearest_hint(id, journeys))])
    # one measurement of each request: availability says whether it worked, and a second kind would count it twice
    steps = [
        one.id
        for id in given.journey
        for one in workbook.indicators
        if one.journey == id and one.kind == "availability" and one.same_as is None
    ]
    if not steps:
        raise UnusableValue("no availability indicator speaks for this journey; name its steps: --step INDICATOR")
    return dict.fromkeys(steps, 1.0)


def _print_visits(given: Namespace, workbook: Workbook, steps: Sequence[str], places: Mapping[str, str]) -> Sequence[Finding]:
    """Print how many visits went well, where the steps come from one source that knows users; else say why not."""
    from slo_workbench.analysis.journey_sessions import compose_sessions
    from slo_workbench.history.from_workbook import is_asked_of_prometheus, query_of, source_request
    from slo_workbench.history.journey_events import read_journey_events
    from slo_workbench.sources.anywhere import open_anywhere

    sources = list(dict.fromkeys(workbook.indicator(id).source for id in steps))
    if len(sources) > 1 or is_asked_of_prometheus(workbook, sources[0], places):
        why = "come from different sources" if len(sources) > 1 else "are counters of a Prometheus, without users"
        return [
            Finding(
                "no-visits", f"the steps {why}, so visits cannot be followed", severity="note", hint="log requests with a user in one place"
            )
        ]
    folder: Path = given.workbook.parent
    request = source_request(sources[0], workbook.sources[sources[0]], folder, place=places.get(sources[0]))
    try:
        with show_progress() as tell, open_anywhere(request, folder=folder) as source:
            tell(Step(f"{sources[0]}: visits", source.n_rows_used))
            events = read_journey_events(source, [query_of(workbook.indicator(id)) for id in steps])
        visits = compose_sessions(events, steps=steps, gap_minutes=given.gap_minutes, time_zone=workbook.service.time_zone)
    except (FindingsError, TooLittleData) as error:
        return error.findings if isinstance(error, FindingsError) else [Finding("no-visits", str(error), severity="note")]
    rows = [
        (row["step"], format_count(row["n_sessions"]), format_count(row["n_good"]), format_count(row["n_good_after_retries"]))
        for row in visits.funnel.to_dict("records")
    ]
    print("\n" + text_table(["step", "visits", "without a bad event", "well in the end"], rows, columns=terminal_columns()))
    print("\n" + "\n".join(visits.sentences))
    return visits.findings


def replay(given: Namespace, workbook: Workbook, journeys: Sequence[str], columns: int) -> list[Finding]:
    """Replay a list of incidents on the history of the journeys' indicators."""
    from slo_workbench.analysis.incident_replay import replay_incidents
    from slo_workbench.history.from_workbook import reduce_workbook
    from slo_workbench.sources.incident_list import read_incidents

    incidents, odd = read_incidents(given.incidents, time_zone=workbook.service.time_zone)
    indicators = [indicator for indicator in workbook.indicators if indicator.journey in journeys]
    if not indicators:
        raise UnusableValue("no indicator speaks for this journey yet, so no incident can be replayed; choose some first")
    with show_progress() as tell:
        history = reduce_workbook(
            workbook, given.workbook.parent, only={one.id for one in indicators}, places=trusted_places(given, workbook), progress=tell
        )
    series, budgets, resolutions, journeys_of = {}, {}, {}, {}
    for indicator in indicators:
        for threshold in indicator.thresholds_ms or (None,):
            name = indicator.id if threshold is None else f"{indicator.id} within {threshold:g} ms"
            series[name] = history.series_of(indicator.id, threshold)
            resolutions[name] = history.source_of(indicator.id).resolution_minutes
            journeys_of[name] = indicator.journey
            for objective in workbook.objectives:
                if objective.indicator == indicator.id and objective.target and workbook.threshold_ms_of(objective) == threshold:
                    budgets[name] = (objective.target, objective.window.days)
    replay = replay_incidents(
        series, _of_journeys(incidents, journeys), journeys_of=journeys_of, budgets=budgets, resolution_minutes=resolutions,
        slack_minutes=given.slack_minutes, event="event",
    )  # fmt: skip
    rows = [
        (row["incident"], f"{row['start']:%Y-%m-%d %H:%M}", row["title"], row["verdict"], row["indicator"] or "")
        for row in replay.incidents.to_dict("records")
    ]
    print(text_table(["incident", "start (UTC)", "what it was", "verdict", "best seen by"], rows, columns=columns))
    print("\n" + "\n".join(replay.sentences) + "\n")
    return [*odd, *replay.findings]


def _of_journeys(incidents: Any, journeys: Sequence[str]) -> Any:
    """Keep the incidents of these journeys, and those that name none."""
    asked = set(journeys)
    kept = incidents[[not names or bool(asked.intersection(names)) for names in incidents["journeys"]]].reset_index(drop=True)
    return kept.assign(journeys=[tuple(name for name in names if name in asked) for names in kept["journeys"]])
