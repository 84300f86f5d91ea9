"""From a workbook to its History: which sources to open, and what to count in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, time
from pathlib import Path
from typing import NamedTuple

from slo_workbench.document.findings import Finding, FindingsError, has_errors, nearest_hint
from slo_workbench.document.model import Indicator, Source, Workbook
from slo_workbench.history.from_prometheus import read_prometheus
from slo_workbench.history.history import History, IndicatorQuery, put_side_by_side
from slo_workbench.history.indicators import compile_indicator, count_totals
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.progress import Step, Tell, silent
from slo_workbench.sources.anywhere import open_anywhere, refuse_network
from slo_workbench.sources.columns import finding_of
from slo_workbench.sources.locations import is_prometheus, is_url
from slo_workbench.sources.predicates import PredicateError, parse_expression
from slo_workbench.sources.prometheus import PrometheusQuery
from slo_workbench.sources.rows import RequestTable, SourceRequest

__all__ = [
    "EventTotals",
    "check_data",
    "check_expressions",
    "is_asked_of_prometheus",
    "prometheus_query",
    "query_of",
    "reduce_workbook",
    "source_request",
]


class EventTotals(NamedTuple):
    """Valid and good events of an indicator, and the days they span."""

    valid: int
    good: int
    n_days: float


def query_of(indicator: Indicator) -> IndicatorQuery:
    """Return what to count for an indicator of the document."""
    return IndicatorQuery(indicator.id, indicator.source, indicator.valid, indicator.good, tuple(sorted(set(indicator.thresholds_ms))))


def source_request(name: str, source: Source, folder: Path, *, place: str | None = None) -> SourceRequest:
    """Return what to open for a source of the document.

    Parameters
    ----------
    folder : Path
        The workbook's folder; a source lies in it or below, links followed.
    place : str, optional
        A path or URL the user gave instead, which may lie anywhere.
    """
    wanted = place if place is not None else source.url or source.path
    url = wanted if is_url(wanted) else None
    path = Path(wanted) if place is not None else folder / source.path
    return SourceRequest(
        path, name, source.format, dict(source.columns), source.where, source.time_zone, source.log_format,
        inside=folder if place is None else None, url=url,
    )  # fmt: skip


def prometheus_query(indicator: Indicator, source: Source, *, place: str | None = None) -> PrometheusQuery:
    """Return what to ask a Prometheus for an indicator of the document.

    With thresholds ``good`` is the selector of a histogram, and ``valid``, when it is another, a counter of all valid events.

    Raises
    ------
    FindingsError
        For a source without days, or with parts that only rows have; for selectors that are none.
    """
    where = f"sources.{indicator.source}"
    without_meaning = [part for part in ("columns", "where", "time_zone", "log_format") if getattr(source, part)]
    if without_meaning:
        message = f"{without_meaning[0]} is for rows, and a Prometheus has counters"
        hint = "choose with labels in the selectors of the indicators"
        raise FindingsError([Finding("prometheus-source", message, where=f"{where}.{without_meaning[0]}", hint=hint)])
    if source.since is None or source.until is None:
        hint = "since: 2026-03-02 and until: 2026-06-01, the day after the last"
        raise FindingsError([Finding("prometheus-source", "a Prometheus is asked for days, and none are given", where=where, hint=hint)])
    start, end = (datetime.combine(day, time(), UTC) for day in (source.since, source.until))
    of_histogram = bool(indicator.thresholds_ms)
    return PrometheusQuery(
        place or source.url or "", start, end,
        valid="" if of_histogram and indicator.valid == indicator.good else indicator.valid,
        good="" if of_histogram else indicator.good,
        histogram=indicator.good if of_histogram else "",
        thresholds_ms=query_of(indicator).thresholds_ms,
        indicator=indicator.id,
        source=indicator.source,
    )  # fmt: skip


def is_asked_of_prometheus(workbook: Workbook, source: str, places: Mapping[str, str] | None = None) -> bool:
    """Whether a source of the document, or the place given instead of it, is a Prometheus."""
    wanted = (places or {}).get(source) or (workbook.sources[source].url if source in workbook.sources else None)
    return is_prometheus(wanted or "")


def check_expressions(workbook: Workbook) -> tuple[Finding, ...]:
    """Report every expression of a workbook that is outside the predicate language; no data is read."""
    found: list[Finding] = []
    texts: list[tuple[str, str]] = []
    for number, indicator in enumerate(workbook.indicators):
        if is_asked_of_prometheus(workbook, indicator.source):
            found.extend(_prometheus_mistakes(indicator, workbook.sources[indicator.source], number))
        else:
            texts += [(f"indicators[{number}].{part}", getattr(indicator, part)) for part in ("valid", "good")]
    for name, source in workbook.sources.items():
        texts += [(f"sources.{name}.columns.{column}", text) for column, text in source.columns.items() if not _is_plain_name(text)]
        texts += [(f"sources.{name}.where", source.where)] if source.where else []
    for where, text in texts:
        try:
            parse_expression(text)
        except PredicateError as error:
            found.append(finding_of(error, where=where))
    return tuple(dict.fromkeys(found))


def _prometheus_mistakes(indicator: Indicator, source: Source, number: int) -> list[Finding]:
    try:
        prometheus_query(indicator, source)
    except FindingsError as error:
        return [_at_indicator(found, indicator.id, number) for found in error.findings]
    return []


def _at_indicator(found: Finding, id: str, number: int) -> Finding:
    """Point a finding about an indicator at its place in the document; the reading calls a histogram what the document calls good."""
    place, _, part = found.where.partition(".")
    if place != id:
        return found
    return found.at(where=".".join(filter(None, (f"indicators[{number}]", "good" if part == "histogram" else part))))


def _is_plain_name(text: str) -> bool:
    """Whether a mapping names a column, perhaps an odd one such as ``sc-status``, and is no expression."""
    return all(char.isalnum() or char in "_-@. " for char in text)


def _open_all(
    workbook: Workbook, folder: Path, names: Collection[str], places: Mapping[str, str], stack: ExitStack, progress: Tell
) -> tuple[dict[str, RequestTable], list[Finding]]:
    opened: dict[str, RequestTable] = {}
    findings = [
        Finding("unknown-source", f"the workbook has no source {name!r}", hint=nearest_hint(name, workbook.sources))
        for name in places
        if name not in workbook.sources
    ]
    for name in names:
        progress(Step(f"{name}: opening"))
        request = source_request(name, workbook.sources[name], folder, place=places.get(name))
        try:
            opened[name] = stack.enter_context(open_anywhere(request, folder=folder))
        except FindingsError as error:
            findings.extend(_in_document(found, name) for found in error.findings)
    return opened, findings


def _in_document(found: Finding, source: str) -> Finding:
    """Point a source's finding at the source's place in the document."""
    if found.where == source or not found.where:
        return found.at(where=f"sources.{source}")
    return found.at(where=f"sources.{found.where}") if found.where.startswith(f"{source}.") else found


def reduce_workbook(
    workbook: Workbook,
    folder: Path,
    *,
    only: Collection[str] | None = None,
    places: Mapping[str, str] | None = None,
    progress: Tell = silent,
) -> History:
    """Reduce the requests behind a workbook's indicators, each source read once.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        The workbook's folder, from which source paths are read.
    only : collection of str, optional
        Ids of the indicators wanted; all by default.
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    progress : callable, optional
        Told each step.

    Raises
    ------
    FindingsError
        With everything that keeps a source or an indicator from being counted.
    """
    indicators = [indicator for indicator in workbook.indicators if only is None or indicator.id in only]
    asked = [indicator for indicator in indicators if is_asked_of_prometheus(workbook, indicator.source, places)]
    counted = [indicator for indicator in indicators if indicator not in asked]
    names = list(dict.fromkeys(indicator.source for indicator in counted))
    with ExitStack() as stack:
        opened, findings = _open_all(workbook, folder, names, places or {}, stack, progress)
        queries, refused = _queries(workbook, folder, asked, places or {})
        if has_errors([*findings, *refused]):
            raise FindingsError([*findings, *refused])
        parts = [reduce_requests(opened, [query_of(indicator) for indicator in counted], progress=progress)] if counted else []
    parts += [read_prometheus(queries, progress=progress)] if queries else []
    return put_side_by_side(parts, [indicator.id for indicator in indicators]) if len(parts) > 1 else parts[0]


def _queries(
    workbook: Workbook, folder: Path, asked: Sequence[Indicator], places: Mapping[str, str]
) -> tuple[list[PrometheusQuery], list[Finding]]:
    """Return what to ask of which Prometheus, and what keeps it from being asked."""
    queries: list[PrometheusQuery] = []
    findings: list[Finding] = []
    for indicator in asked:
        source, place = workbook.sources[indicator.source], places.get(indicator.source)
        try:
            refuse_network(place or source.url or "", source_request(indicator.source, source, folder, place=place))
            queries.append(prometheus_query(indicator, source, place=place))
        except FindingsError as error:
            findings.extend(_in_document(found, indicator.source) for found in error.findings)
    return queries, list(dict.fromkeys(findings))


def check_data(
    workbook: Workbook, folder: Path, *, places: Mapping[str, str] | None = None
) -> tuple[tuple[Finding, ...], dict[str, EventTotals]]:
    """Open every source, compile every expression on its real columns, and count what is valid and good.

    Returns
    -------
    (tuple of Finding, dict)
        What is wrong, and for each indicator that can be counted its valid and its good rows (events, where rows are
        counts), whatever their latency, and the days they span.
    """
    totals: dict[str, EventTotals] = {}
    asked = [indicator for indicator in workbook.indicators if is_asked_of_prometheus(workbook, indicator.source, places)]
    known = [indicator.source for indicator in workbook.indicators if indicator.source in workbook.sources and indicator not in asked]
    with ExitStack() as stack:
        opened, findings = _open_all(workbook, folder, list(dict.fromkeys(known)), places or {}, stack, silent)
        for source in opened.values():
            findings.extend(_in_document(found, source.name) for found in source.findings)
        for number, indicator in enumerate(workbook.indicators):
            if indicator in asked:
                findings.extend(_check_prometheus(workbook, folder, indicator, number, places or {}, totals))
            if indicator.source not in opened:
                continue
            try:
                compiled = compile_indicator(query_of(indicator), opened[indicator.source].table, format=opened[indicator.source].format)
                source = opened[indicator.source]
                n_days = (source.last_time - source.first_time).total_seconds() / 86_400
                totals[indicator.id] = EventTotals(*count_totals(source.table, compiled), n_days)
                if not totals[indicator.id].valid:
                    findings.append(_nothing_valid(number, opened[indicator.source]))
            except FindingsError as error:
                findings.extend(_at_indicator(found, indicator.id, number) for found in error.findings)
    return tuple(findings), totals


def _check_prometheus(
    workbook: Workbook, folder: Path, indicator: Indicator, number: int, places: Mapping[str, str], totals: dict[str, EventTotals]
) -> list[Finding]:
    """Read one indicator from its Prometheus; with thresholds, good is within the largest."""
    queries, findings = _queries(workbook, folder, [indicator], places)
    try:
        history = read_prometheus(queries) if queries else None
    except FindingsError as error:
        return [_at_indicator(found, indicator.id, number) for found in error.findings]
    if history is not None:
        series = history.series_of(indicator.id, max(history.query(indicator.id).thresholds_ms, default=None))
        n_days = (series["minute"].max() - series["minute"].min()).total_seconds() / 86_400 if len(series) else 0.0
        totals[indicator.id] = EventTotals(int(series["valid"].sum()), int(series["good"].sum()), n_days)
        findings += history.findings
    return [_at_indicator(found, indicator.id, number) for found in findings]


def _nothing_valid(number: int, source: RequestTable) -> Finding:
    return Finding(
        "nothing-valid",
        f"none of {source.n_rows_used:,} rows of {source.name} is valid",
        severity="warning",
        where=f"indicators[{number}].valid",
        hint="compare the condition with the values its columns really hold, spelling and case included",
    )
