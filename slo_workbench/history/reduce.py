"""From requests to counts: one reduction, written in Ibis, so that any engine runs it.

Nothing larger than a History ever leaves the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord, empty_table
from slo_workbench.history.latency_buckets import bucket_of
from slo_workbench.history.quality import latency_findings, repeated_times_finding, share_findings
from slo_workbench.sources.columns import finding_of
from slo_workbench.sources.open import RequestTable
from slo_workbench.sources.predicates import PredicateError, compile_expression, parse_expression
from slo_workbench.sources.text_files import Refusal

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["USER_WINDOW_DAYS", "compile_pair", "reduce_requests"]

USER_WINDOW_DAYS = 28
# User windows lie on one grid for all histories (Mondays, counted from 1970-01-05), so that they merge.
_GRID_START = pd.Timestamp("1970-01-05")


@dataclass(frozen=True)
class _Counter:
    """One pair of counts: an indicator with one of its thresholds, as columns of the prepared table."""

    query: IndicatorQuery
    threshold_ms: float | None
    valid: str
    good: str


def reduce_requests(
    sources: Mapping[str, RequestTable], indicators: Sequence[IndicatorQuery], *, progress: Callable[[str], None] = lambda step: None
) -> History:
    """Reduce opened sources to a History.

    Parameters
    ----------
    sources : mapping of str to RequestTable
        Opened sources by name.
    indicators : sequence of IndicatorQuery
        What to count; ids are unique.
    progress : callable, optional
        Told the name of each step as it starts.

    Raises
    ------
    FindingsError
        With every expression that cannot be used, when there is one: an unknown source or column, a
        missing ``latency_ms``, counts that are no whole numbers.
    """
    unknown = [query for query in indicators if query.source not in sources]
    if unknown:
        raise FindingsError([Finding("unknown-source", f"unknown source {query.source!r}", where=query.id) for query in unknown])
    parts = [
        _reduce_source(source, [query for query in indicators if query.source == source.name], progress) for source in sources.values()
        if any(query.source == source.name for query in indicators)
    ]  # fmt: skip
    tables = {name: pd.concat([part[0][name] for part in parts], ignore_index=True) if parts else empty_table(name) for name in TABLES}
    provenance = Provenance(tuple(indicators), tuple(part[1] for part in parts), _engine_name(), _own_version(), USER_WINDOW_DAYS)
    return History(**tables, provenance=provenance, findings=tuple(finding for part in parts for finding in part[2]))


def _engine_name() -> str:
    return f"DuckDB {version('duckdb')} through Ibis {version('ibis-framework')}"


def _own_version() -> str:
    return version("slo-workbench")


def _reduce_source(
    source: RequestTable, queries: Sequence[IndicatorQuery], progress: Callable[[str], None]
) -> tuple[dict[str, pd.DataFrame], SourceRecord, tuple[Finding, ...]]:
    prepared, counters, is_counted, refusals = _prepare(source, queries)
    progress(f"{source.name}: events a minute")
    minutes = _minutes(prepared, counters)
    tables = {
        "series": _series(minutes, counters),
        "rows": _rows(minutes, source.name),
        "latency": empty_table("latency"),
        "users": empty_table("users"),
        "value": empty_table("value"),
    }
    if "latency_ms" in prepared.columns:
        progress(f"{source.name}: latencies")
        tables["latency"] = _latency(prepared, counters)
    if "value" in prepared.columns and not is_counted:
        progress(f"{source.name}: value")
        tables["value"] = _value(prepared, counters)
    if "user" in prepared.columns and not is_counted:
        progress(f"{source.name}: users")
        tables["users"] = _users(prepared, counters)
    record = _record(source, refusals, prepared, minutes, is_counted)
    findings = [
        *source.findings,
        *_count_findings(refusals, source),
        *share_findings(tables["series"], tables["rows"], queries, source.name),
    ]
    findings += latency_findings(prepared, [(c.query.id, c.valid) for c in counters if c.threshold_ms is not None])
    if is_counted:
        findings += repeated_times_finding(prepared, source.name)
    return tables, record, tuple(findings)


def _prepare(source: RequestTable, queries: Sequence[IndicatorQuery]) -> tuple[ir.Table, tuple[_Counter, ...], bool, tuple[Refusal, ...]]:
    """Add one column of valid and one of good events a counter, and refuse rows whose counts cannot be."""
    import ibis

    table = source.table
    findings: list[Finding] = []
    weight = table["weight"] if "weight" in table.columns else ibis.literal(1, type="int64")
    columns: dict[str, Any] = {}
    counters: list[_Counter] = []
    impossible: list[tuple[Any, str]] = []
    is_counted = False
    for number, query in enumerate(queries):
        try:
            valid, good = compile_pair(query, table)
        except FindingsError as error:
            findings.extend(error.findings)
            continue
        if valid.type().is_boolean():
            columns[f"valid_{number}"] = ibis.ifelse(valid.fill_null(False), weight, 0).cast("int64")
            good_events = ibis.ifelse((valid & good).fill_null(False), weight, 0).cast("int64")
        else:
            is_counted = True
            impossible += _impossible_counts(valid, good)
            columns[f"valid_{number}"], good_events = valid.cast("int64"), good.cast("int64")
        for threshold in query.thresholds_ms or (None,):
            name = f"good_{number}" if threshold is None else f"good_{number}_{len(counters)}"
            in_time = good_events if threshold is None else ibis.ifelse((table["latency_ms"] <= threshold).fill_null(False), good_events, 0)
            columns[name] = in_time
            counters.append(_Counter(query, threshold, f"valid_{number}", name))
        columns[f"otherwise_good_{number}"] = good_events
    if findings:
        raise FindingsError(findings)
    prepared = table.mutate(**columns)
    return *_refuse_impossible(prepared, counters, impossible), is_counted, _count_impossible(prepared, impossible)


def _refuse_impossible(
    prepared: Any, counters: Sequence[_Counter], impossible: Sequence[tuple[Any, str]]
) -> tuple[Any, tuple[_Counter, ...]]:
    import ibis

    if impossible:
        prepared = prepared.filter(ibis.cases(*impossible, else_=ibis.null().cast("string")).isnull())
    return prepared, tuple(counters)


def _count_impossible(prepared: Any, impossible: Sequence[tuple[Any, str]]) -> tuple[Refusal, ...]:
    import ibis

    if not impossible:
        return ()
    because = ibis.cases(*impossible, else_=ibis.null().cast("string"))
    judged = prepared.mutate(refused_because=because).filter(lambda t: t.refused_because.notnull())
    rows = (
        judged.group_by("refused_because")
        .aggregate(n=judged.count(), example=judged["time"].max().cast("string"))
        .order_by("refused_because")
    )
    return tuple(Refusal(row["refused_because"], row["n"], f"time {row['example']}") for row in rows.to_pyarrow().to_pylist())


def _impossible_counts(valid: Any, good: Any) -> list[tuple[Any, str]]:
    return [
        (valid.isnull() | good.isnull(), "count-missing"),
        ((valid < 0) | (good < 0), "count-negative"),
        ((valid.round() != valid) | (good.round() != good), "count-not-whole"),
        (good > valid, "good-exceeds-valid"),
    ]


def compile_pair(query: IndicatorQuery, table: Any) -> tuple[Any, Any]:
    """Compile an indicator's ``valid`` and ``good`` on a table: two conditions, or two counts.

    Raises
    ------
    FindingsError
        With what is wrong in either, and with a missing ``latency_ms`` where there are thresholds.
    """
    findings = []
    compiled: dict[str, Any] = {}
    for part in ("valid", "good"):
        try:
            value = compile_expression(parse_expression(getattr(query, part)), table)
            if not (value.type().is_boolean() or value.type().is_numeric()):
                raise PredicateError(f"{part} is {value.type()}", code="predicate-type", hint="a condition, or a column of counts")
            compiled[part] = value
        except PredicateError as error:
            findings.append(finding_of(error, where=f"{query.id}.{part}"))
    if len(compiled) == 2 and compiled["valid"].type().is_boolean() != compiled["good"].type().is_boolean():
        findings.append(
            Finding(
                "predicate-type",
                "valid and good must both be conditions, or both be counts",
                where=query.id,
                hint="see the columns they name",
            )
        )
    if query.thresholds_ms and "latency_ms" not in table.columns:
        hint = "map it: columns: {latency_ms: …} in the source, or --map latency_ms=…"
        findings.append(Finding("latency-column-missing", "a threshold needs the column latency_ms", where=query.id, hint=hint))
    if findings:
        raise FindingsError(findings)
    return compiled["valid"], compiled["good"]


def _minutes(prepared: Any, counters: Sequence[_Counter]) -> pd.DataFrame:
    names = dict.fromkeys(name for counter in counters for name in (counter.valid, counter.good))
    by_minute = prepared.group_by(minute=prepared["time"].truncate("m"))
    sums = {name: prepared[name].sum() for name in names}
    frame: pd.DataFrame = by_minute.aggregate(n_rows=prepared.count(), **sums).order_by("minute").to_pandas()
    return frame


def _series(minutes: pd.DataFrame, counters: Sequence[_Counter]) -> pd.DataFrame:
    parts = []
    for counter in counters:
        seen = minutes[minutes[counter.valid] > 0]
        parts.append(_labelled(seen[["minute", counter.valid, counter.good]].set_axis(["minute", "valid", "good"], axis=1), counter))
    return _as_table("series", parts)


def _labelled(frame: pd.DataFrame, counter: _Counter) -> pd.DataFrame:
    return frame.assign(indicator=counter.query.id, threshold_ms=np.nan if counter.threshold_ms is None else counter.threshold_ms)


def _as_table(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty_table(name)
    return pd.concat(filled, ignore_index=True)[list(TABLES[name])].astype(TABLES[name])


def _rows(minutes: pd.DataFrame, source: str) -> pd.DataFrame:
    return _as_table("rows", [minutes[["minute", "n_rows"]].assign(source=source)])


def _latency(prepared: Any, counters: Sequence[_Counter]) -> pd.DataFrame:
    parts = []
    for query, column in {c.query.id: f"otherwise_good_{c.valid.removeprefix('valid_')}" for c in counters}.items():
        good = prepared.filter((prepared[column] > 0) & prepared["latency_ms"].notnull())
        grouped = good.group_by(hour=good["time"].truncate("h"), bucket=bucket_of(good["latency_ms"])).aggregate(
            n_requests=good[column].sum()
        )
        parts.append(grouped.order_by("hour", "bucket").to_pandas().assign(indicator=query))
    return _as_table("latency", parts)


def _value(prepared: Any, counters: Sequence[_Counter]) -> pd.DataFrame:
    priced = prepared.filter(prepared["value"].notnull())
    priced = priced.mutate(cents=_cents(priced))
    sums = {}
    for number, counter in enumerate(counters):
        is_valid, is_good = priced[counter.valid] > 0, priced[counter.good] > 0
        sums[f"good_cents_{number}"] = priced["cents"].sum(where=is_valid & is_good)
        sums[f"bad_cents_{number}"] = priced["cents"].sum(where=is_valid & ~is_good)
    hours = priced.group_by(hour=priced["time"].truncate("h")).aggregate(**sums).order_by("hour").to_pandas()
    parts = []
    for number, counter in enumerate(counters):
        for is_good, name in ((True, f"good_cents_{number}"), (False, f"bad_cents_{number}")):
            seen = hours[hours[name].notna() & (hours[name] != 0)]
            frame = seen[["hour", name]].set_axis(["hour", "value_cents"], axis=1).assign(is_good=is_good)
            parts.append(_labelled(frame, counter))
    return _as_table("value", parts)


def _cents(table: Any) -> Any:
    """Money as whole cents, so that sums are exact whatever the order."""
    per_row = (table["value"] * 100).round().cast("int64")
    return per_row * table["weight"] if "weight" in table.columns else per_row


def _users(prepared: Any, counters: Sequence[_Counter]) -> pd.DataFrame:
    import ibis

    known = prepared.filter(prepared["user"].notnull())
    days = (known["time"].epoch_seconds() - int(_GRID_START.timestamp())) // 86_400
    cents = _cents(known).fill_null(0) if "value" in known.columns else ibis.literal(0, type="int64")
    names = dict.fromkeys(name for counter in counters for name in (counter.valid, counter.good))
    worth = {f"cents_{valid}": ibis.ifelse(known[valid] > 0, cents, 0).sum() for valid in dict.fromkeys(c.valid for c in counters)}
    per_user = known.group_by(block=(days // USER_WINDOW_DAYS).cast("int64"), user=known["user"])
    # kept in the engine: there may be many more users than rows of a History
    per_user = per_user.aggregate(**{name: known[name].sum() for name in names}, **worth).cache()
    parts = []
    for counter in counters:
        seen = per_user.filter(per_user[counter.valid] > 0)
        grouped = seen.group_by("block", valid=seen[counter.valid], good=seen[counter.good])
        frame = (
            grouped.aggregate(n_users=seen.count(), value_cents=seen[f"cents_{counter.valid}"].sum())
            .order_by("block", "valid", "good")
            .to_pandas()
        )
        starts = _GRID_START + pd.to_timedelta(frame["block"] * USER_WINDOW_DAYS, unit="D")
        parts.append(_labelled(frame.assign(window_start=starts), counter))
    return _as_table("users", parts)


def _record(source: RequestTable, refusals: Sequence[Refusal], prepared: Any, minutes: pd.DataFrame, is_counted: bool) -> SourceRecord:
    ends = prepared.aggregate(first=prepared["time"].min(), last=prepared["time"].max()).to_pandas()
    if pd.isna(ends["first"][0]):
        raise FindingsError([*source.findings, Finding("source-no-rows", "no row can be used", where=source.name, hint="see the refusals")])
    all_refusals = (*source.refusals, *refusals)
    refused = {refusal.reason: 0 for refusal in all_refusals}
    for refusal in all_refusals:
        refused[refusal.reason] += refusal.n_rows
    return SourceRecord(
        name=source.name,
        format=source.format,
        files=tuple({"name": file.name, "n_bytes": file.n_bytes, "sha256": file.sha256} for file in source.files),
        n_rows_read=source.n_rows_read,
        n_rows_used=source.n_rows_read - source.n_rows_left_out - sum(refused.values()),
        n_rows_refused=sum(refused.values()),
        n_rows_left_out=source.n_rows_left_out,
        refused=refused,
        first_time=ends["first"][0].isoformat() + "Z",
        last_time=ends["last"][0].isoformat() + "Z",
        resolution_minutes=_resolution_minutes(minutes["minute"]) if is_counted else 1,
    )


_USUAL_STEPS_MINUTES = (1, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)


def _resolution_minutes(minutes: pd.Series[Any]) -> int:
    """Return how far apart counts lie: the usual step nearest to their median distance, at most a day.

    Nightly runs end a little earlier or later each night, and an hour off when the clocks change.
    """
    distances = np.diff(minutes.astype("datetime64[s]").astype("int64").to_numpy() // 60)
    typical = float(np.median(distances)) if len(distances) else 1440.0
    return min(_USUAL_STEPS_MINUTES, key=lambda step: abs(np.log(step / max(typical, 1.0))))


def _count_findings(refusals: Sequence[Refusal], source: RequestTable) -> list[Finding]:
    words = {
        "count-missing": "a count is missing",
        "count-negative": "a count is negative",
        "count-not-whole": "a count is no whole number",
        "good-exceeds-valid": "more good events than valid ones",
    }
    return [
        Finding(
            f"refused-{refusal.reason}",
            f"{refusal.n_rows:,} of {source.n_rows_read:,} rows refused: {words[refusal.reason]}",
            severity="warning",
            where=source.name,
            count=refusal.n_rows,
            example=refusal.example,
            hint="look at what valid and good name; both are counts, and good is a part of valid",
        )
        for refusal in refusals
    ]
