"""From requests to counts: one reduction, written in Ibis, so that any engine runs it.

Nothing larger than a History ever leaves the engine, and nothing is written into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.given_counts import add_up_counts, refusal_findings, refuse_impossible, resolution_minutes
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord, as_table, empty_table
from slo_workbench.history.indicators import CompiledIndicator, compile_indicator
from slo_workbench.history.outcomes import in_codes
from slo_workbench.history.quality import repeated_times_finding, share_findings, unknown_latency_findings
from slo_workbench.history.request_counts import (
    count_latencies,
    count_minutes,
    rows_by_minute,
    series_of_requests,
    unknown_latencies,
    value_of_requests,
)
from slo_workbench.history.user_counts import USER_WINDOW_DAYS, count_users
from slo_workbench.progress import Step, Tell, silent
from slo_workbench.sources.intervals import SLICES, slice_minutes
from slo_workbench.sources.rows import Refusal, RequestTable

__all__ = ["reduce_requests"]

Tables = dict[str, pd.DataFrame]


def reduce_requests(sources: Mapping[str, RequestTable], indicators: Sequence[IndicatorQuery], *, progress: Tell = silent) -> History:
    """Reduce opened sources to a History.

    Parameters
    ----------
    sources : mapping of str to RequestTable
        Opened sources by name.
    indicators : sequence of IndicatorQuery
        What to count; ids are unique.
    progress : callable, optional
        Told each step as it starts, with its rows and its share of the work.

    Raises
    ------
    FindingsError
        With every expression that cannot be used, when there is one: an unknown source or column, a
        missing ``latency_ms``, conditions mixed with counts.
    """
    unknown = [query for query in indicators if query.source not in sources]
    if unknown:
        raise FindingsError([Finding("unknown-source", f"unknown source {query.source!r}", where=query.id) for query in unknown])
    work = [(source, _compile_all(source, indicators)) for source in sources.values() if any(q.source == source.name for q in indicators)]
    steps = _steps(work)
    parts = [_reduce_source(source, compiled, lambda: progress(next(steps))) for source, compiled in work]
    tables = {name: as_table(name, [part[0][name] for part in parts]) for name in TABLES}
    engines = ", ".join(dict.fromkeys(source.engine for source, _ in work))
    engine = f"{engines} through Ibis {version('ibis-framework')}"
    provenance = Provenance(tuple(indicators), tuple(part[1] for part in parts), engine, version("slo-workbench"), USER_WINDOW_DAYS)
    return History(**tables, provenance=provenance, findings=tuple(finding for part in parts for finding in part[2]))


def _compile_all(source: RequestTable, queries: Sequence[IndicatorQuery]) -> list[CompiledIndicator]:
    compiled: list[CompiledIndicator] = []
    findings: list[Finding] = []
    for query in queries:
        if query.source != source.name:
            continue
        try:
            compiled.append(compile_indicator(query, source.table, format=source.format))
        except FindingsError as error:
            findings.extend(error.findings)
    if len({indicator.is_counted for indicator in compiled}) > 1:
        message, hint = "some indicators count rows and others add up counts of the same source", "give the counts a source of their own"
        findings.append(Finding("counts-and-requests-mixed", message, where=source.name, hint=hint))
    if findings:
        raise FindingsError(findings)
    return compiled


# What a look at every row costs, next to the look that was taken when the source was opened.
_COSTS = {"counts": 1, "events a minute": 3, "latencies": 3, "users": 5}


def _looks(source: RequestTable, indicators: Sequence[CompiledIndicator]) -> list[str]:
    """Return what is asked of every row of a source, in order."""
    if indicators[0].is_counted:
        return ["counts"]
    looks = ["events a minute"]
    looks += ["latencies"] if "latency_ms" in source.table.columns else []
    looks += ["users"] if "user" in source.table.columns else []
    return looks * len(in_codes(indicators))


def _steps(work: Sequence[tuple[RequestTable, list[CompiledIndicator]]]) -> Iterator[Step]:
    """Yield the steps of a reduction, each with the share of the work before and after it."""
    looks = [(source, look) for source, indicators in work for look in _looks(source, indicators)]
    done = sum(source.n_rows_used for source, _ in work)
    total = done + sum(source.n_rows_used * _COSTS[look] for source, look in looks)
    for source, look in looks:
        until = done + source.n_rows_used * _COSTS[look]
        yield Step(f"{source.name}: {look}", source.n_rows_used, done / total, until / total)
        done = until


def _reduce_source(
    source: RequestTable, indicators: Sequence[CompiledIndicator], next_step: Callable[[], None]
) -> tuple[Tables, SourceRecord, tuple[Finding, ...]]:
    tables = {name: empty_table(name) for name in TABLES}
    if indicators[0].is_counted:
        next_step()
        found, findings = _reduce_counts(source, indicators)
        step = slice_minutes if source.format in SLICES else resolution_minutes
        record = _record(source, found.refusals, step(found.rows["minute"]))
    else:
        found, findings = _reduce_events(source, indicators, next_step)
        record = _record(source, (), 1)
    tables |= found.tables
    tables["rows"] = as_table("rows", [found.rows.assign(source=source.name)])
    if found.rows.empty:
        raise FindingsError(
            [*source.findings, *findings, Finding("source-no-rows", "no row can be used", where=source.name, hint="see above")]
        )
    findings += share_findings(tables["series"], tables["rows"], [indicator.query for indicator in indicators], source.name)
    return tables, record, (*source.findings, *findings)


class _Found:
    """Tables of one source, its rows by minute, and rows that were refused on the way."""

    def __init__(self, tables: Tables, rows: pd.DataFrame, refusals: tuple[Refusal, ...] = ()) -> None:
        self.tables, self.rows, self.refusals = tables, rows, refusals


def _reduce_counts(source: RequestTable, indicators: Sequence[CompiledIndicator]) -> tuple[_Found, list[Finding]]:
    table, refusals = refuse_impossible(source.table, indicators)
    compiled = [compile_indicator(indicator.query, table, format=source.format) for indicator in indicators]
    series, rows = add_up_counts(table, compiled)
    findings = refusal_findings(refusals, n_rows_read=source.n_rows_read, source=source.name)
    findings += repeated_times_finding(table, source.name)
    return _Found({"series": series}, rows, refusals), findings


def _reduce_events(
    source: RequestTable, indicators: Sequence[CompiledIndicator], next_step: Callable[[], None]
) -> tuple[_Found, list[Finding]]:
    table: Any = source.table
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    unknown: dict[str, int] = {}
    rows = pd.DataFrame()
    for code in in_codes(indicators):
        next_step()
        minutes = count_minutes(table, code)
        rows = rows_by_minute(minutes)
        parts["series"].append(series_of_requests(minutes, code))
        parts["value"].append(value_of_requests(minutes, code))
        unknown |= unknown_latencies(minutes, code)
        if "latency_ms" in table.columns:
            next_step()
            parts["latency"].append(count_latencies(table, code))
        if "user" in table.columns:
            next_step()
            with_money = set(parts["value"][-1]["indicator"])
            parts["users"].append(count_users(table, code.indicators, with_money=with_money))
    tables = {name: as_table(name, parts[name]) for name in ("series", "value", "latency", "users")}
    return _Found(tables, rows), unknown_latency_findings(unknown)


def _record(source: RequestTable, refusals: Sequence[Refusal], resolution: int) -> SourceRecord:
    refused: dict[str, int] = {}
    for refusal in (*source.refusals, *refusals):
        refused[refusal.reason] = refused.get(refusal.reason, 0) + refusal.n_rows
    return SourceRecord(
        name=source.name,
        format=source.format,
        files=tuple({"name": file.name, "n_bytes": file.n_bytes, "sha256": file.sha256} for file in source.files),
        n_rows_read=source.n_rows_read,
        n_rows_used=source.n_rows_used - sum(refusal.n_rows for refusal in refusals),
        n_rows_refused=sum(refused.values()),
        n_rows_left_out=source.n_rows_left_out,
        refused=refused,
        first_time=source.first_time.isoformat() + "Z",
        last_time=source.last_time.isoformat() + "Z",
        resolution_minutes=resolution,
    )
