"""Metrics per interval, such as a mean latency every five minutes: each row is a slice of time, never a request.

A slice is good or bad as a whole, whether ten requests or ten thousand lie behind its value, so a share of good slices
is no share of good requests. What counts slices is called by that name everywhere: see :func:`event_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.columns import CanonicalRows, choose_rows, column_named, finding_of, to_canonical
from slo_workbench.sources.files import first_lines
from slo_workbench.sources.predicates import PredicateError
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.text_files import SEPARATORS, read_delimited, read_separated, split_values
from slo_workbench.sources.text_values import cast_or_null
from slo_workbench.units import counted, format_duration

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["SLICES", "event_of", "read_intervals", "slice_minutes", "stacked_header", "usual_distance_seconds"]

SLICES = {"intervals": "slice", "transitions": "second"}
"""Formats whose rows are no requests, and what is counted instead."""

_TIME_NAMES = ("time", "timestamp", "ts", "@timestamp", "datetime", "unix_timestamp", "minute", "hour", "day", "date")
_BLANKS = ("", "-", "na", "n/a", "nan", "null", "none")
_MOST_HEADER_ROWS = 6
_SINGLE_SLICE_SECONDS = 900  # of a single slice no distance is known; up and down times are cut into quarters of an hour
_MOST_REPEATED_SHARE = 0.1  # an hour told twice when the clocks go back is less; several series in one file are more
_LEAST_REGULAR_SHARE = 0.9


def event_of(format: str, default: str) -> str:
    """Return what one counted event of a source is called, where its rows are no requests; else the default.

    Parameters
    ----------
    format : str
        Of the source, as in :class:`slo_workbench.history.history.SourceRecord`; several joined by commas after a merge.

    Examples
    --------
    >>> event_of("intervals", "request"), event_of("transitions", "request"), event_of("csv", "request")
    ('slice', 'second', 'request')
    """
    return next((event for name, event in SLICES.items() if name in format.split(", ")), default)


def usual_distance_seconds(times: Any) -> int:
    """Return how far apart times usually lie: the median distance, in whole seconds, at least 1.

    Parameters
    ----------
    times : array of datetime64, shape (n,)
        In any order; of a time given twice one counts.

    Examples
    --------
    >>> usual_distance_seconds(np.array(["2026-03-01T10:00", "2026-03-01T10:05", "2026-03-01T10:10", "2026-03-01T12:10"], "datetime64[us]"))
    300
    """
    distances = np.diff(np.unique(np.asarray(times).astype("datetime64[s]").astype("int64")))
    return max(1, int(np.median(distances))) if len(distances) else _SINGLE_SLICE_SECONDS


def slice_minutes(times: Any) -> int:
    """Return the length of a slice in whole minutes, at least 1 and at most a day; see :func:`usual_distance_seconds`."""
    return min(max(1, round(usual_distance_seconds(times) / 60)), 1440)


def read_intervals(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read one metric per interval: ``time`` and ``value``, and all other columns under their own names.

    Only ``time`` and ``value`` can be mapped; a column that happens to be called ``user`` or ``weight`` has no meaning
    here. A wide table holds many metrics: one is chosen, by mapping ``value``. Header rows on top of each other become
    names such as ``PetSite.latency.Average``. A blank value, a value that is no finite number, and a time with several
    values are refused: no data is neither good nor bad. Of equal rows one is used.

    Raises
    ------
    FindingsError
        Without a time or a value column, with fewer than two slices, or when one time in ten has several rows.
    """
    raw, findings = _read_table(connection, files, f"given_{table}", request)
    time, value, named = _time_and_value(raw.table, request)
    chosen = choose_rows(raw.table, request.where, request.name)
    rows = _with_time(chosen, time, value, request)
    judged = connection.create_table(f"judged_{table}", _judge(rows.table), temp=True, overwrite=True)
    usable: Any = judged.filter(judged["refused"].isnull()).drop("refused")
    refusals = (*rows.refusals, *_refusals_of(judged))
    times = usable.select("time").to_pyarrow()["time"].to_numpy()
    _refuse_unless_slices(times, refusals, request.name)
    canonical = CanonicalRows(
        usable, len(times), rows.n_chosen, times.min().astype(object), times.max().astype(object), refusals,
        (*rows.findings, *_notes(usable, times, named, request.name)),
    )  # fmt: skip
    return RawRows(raw.table, raw.n_rows_read, raw.refusals, (*raw.findings, *findings), canonical)


def stacked_header(lines: Sequence[str]) -> tuple[str, tuple[str, ...], int] | None:
    """Recognise a table whose columns are named by several rows, as pandas writes them: separator, names, header rows.

    The last of the rows names the first column only. ``None`` for a table with a single header row.

    Examples
    --------
    >>> stacked_header(["service,cart,cart", "metric,latency,requests", "unix_timestamp,,", "1693922400.0,0.2,31"])
    (',', ('unix_timestamp', 'cart.latency', 'cart.requests'), 3)
    """
    separator = max(SEPARATORS, key=lines[0].count) if lines else ","
    rows = [split_values(line, separator) for line in lines[:_MOST_HEADER_ROWS]]
    for n_rows, row in enumerate(rows[2:], start=3):
        is_last = row[0] and not row[0][0].isdigit() and len(row) > 1 and not any(row[1:])
        if is_last and all(len(above) == len(row) for above in rows[:n_rows]):
            levels = zip(*[above[1:] for above in rows[: n_rows - 1]], strict=True)
            return separator, (row[0], *[".".join(part for part in parts if part) for parts in levels]), n_rows
    return None


def _read_table(connection: Backend, files: Sequence[Path], table: str, request: SourceRequest) -> tuple[RawRows, tuple[Finding, ...]]:
    headers = [stacked_header([line for line in first_lines(file) if line.strip()]) for file in files]
    found = headers[0]
    if any(header != found for header in headers):
        message = "the files have other columns, or in another order"
        raise FindingsError([Finding("columns-differ", message, where=request.name, hint="one source each, or bring them into one form")])
    if found is None:
        return read_delimited(connection, files, table=table, request=request), ()
    separator, given, n_rows = found
    names = _told_apart(given)
    renamed = [name for name, before in zip(names, given, strict=True) if name != before]
    findings = [
        Finding("header-rows", f"{n_rows} header rows were put together into names such as {names[1]!r}", "note", where=request.name)
    ]
    if renamed:
        message = f"{counted(len(renamed), 'column name')} differ from others in case only, or not at all; a number was put behind them"
        findings.append(Finding("columns-renamed", message, "note", where=request.name, count=len(renamed), example=renamed[0]))
    raw = read_separated(connection, files, names, separator, table=table, has_header=False, n_skipped=n_rows)
    return raw, tuple(findings)


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Give each column a name of its own; the engine does not tell large letters from small ones."""
    seen: set[str] = set()
    apart = []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate.casefold())
        apart.append(candidate)
    return tuple(apart)


def _time_and_value(table: ir.Table, request: SourceRequest) -> tuple[Any, Any, str]:
    """Return the two columns as mapped or as called, and the name of the value."""
    usual = {"time": _TIME_NAMES, "value": ("value",)}
    found: dict[str, Any] = {}
    named: dict[str, str] = {}
    findings = [_no_such_meaning(name, request.name) for name in request.columns if name not in usual]
    for name, aliases in usual.items():
        folded = {column.casefold(): column for column in reversed(table.columns)}
        expression = request.columns.get(name) or next((folded[alias] for alias in aliases if alias in folded), None)
        if expression is None:
            known = ", ".join(table.columns[:30]) + (", …" if len(table.columns) > 30 else "")
            hint = f"choose one: columns: {{{name}: …}} in the source, or --map {name}=…; the columns are {known}"
            findings.append(Finding(f"{name}-column-missing", f"there is no {name} column", where=request.name, hint=hint))
            continue
        try:
            found[name], named[name] = column_named(table, expression), expression
        except PredicateError as error:
            findings.append(finding_of(error, where=f"{request.name}.columns.{name}"))
    if findings:
        raise FindingsError(findings)
    return found["time"], _as_number(found["value"], request.name), named["value"]


def _no_such_meaning(name: str, source: str) -> Finding:
    message = f"a metric per interval has no {name!r}: a slice of time has a time and a value"
    hint = "map time and value; conditions may use all other columns under their own names"
    return Finding("unknown-canonical-column", message, where=f"{source}.columns.{name}", hint=hint)


def _as_number(value: Any, source: str) -> Any:
    """Return the number; null for a blank, infinite for what is no number."""
    import ibis

    kind = value.type()
    if kind.is_string():
        stripped = value.strip()
        number = cast_or_null(stripped, "float64")
        return ibis.cases(
            (stripped.isnull() | stripped.lower().isin(_BLANKS), ibis.null().cast("float64")), else_=number.fill_null(float("inf"))
        )
    if kind.is_numeric() or kind.is_boolean():
        number = value.cast("float64")
        return ibis.ifelse(number.isnan(), ibis.null().cast("float64"), number)
    hint = "map a column of numbers: columns: {value: …}"
    raise FindingsError([Finding("value-unreadable", f"the value column holds {kind}, which is no number", where=source, hint=hint)])


def _with_time(chosen: ir.Table, time: Any, value: Any, request: SourceRequest) -> CanonicalRows:
    """Give rows their time in UTC, as requests get it; no other column takes on a meaning by its name."""
    others = {f"column_{place}": name for place, name in enumerate(chosen.columns) if name.casefold() not in ("time", "value")}
    hidden: Any = chosen.select(time=time, metric=value, **{hidden: chosen[name] for hidden, name in others.items()})
    rows = to_canonical(hidden, columns={}, time_zone=request.time_zone, source=request.name)
    shown: Any = rows.table.select("time", value=rows.table["metric"], **{name: rows.table[hidden] for hidden, name in others.items()})
    return CanonicalRows(shown, rows.n_usable, rows.n_chosen, rows.first_time, rows.last_time, rows.refusals, rows.findings)


def _judge(rows: Any) -> ir.Table:
    """Say in a column ``refused`` why a row is no slice; null for slices."""
    import ibis

    missing, unreadable = rows["value"].isnull(), rows["value"].isinf()
    refused = ibis.cases((missing, "value-missing"), (unreadable, "value-unreadable"), else_=ibis.null().cast("string"))
    marked = rows.mutate(refused=refused, value=ibis.ifelse(unreadable, ibis.null().cast("float64"), rows["value"]))
    # rows without a value come last and contradict nobody: least and largest pass over them
    same_time = ibis.window(group_by=marked["time"])
    place = ibis.row_number().over(ibis.window(group_by=marked["time"], order_by=marked["value"].asc(nulls_first=False)))
    differ = marked["value"].min().over(same_time) != marked["value"].max().over(same_time)
    repeated = marked["refused"].isnull() & ((place > 0) | differ)
    judged: ir.Table = marked.mutate(refused=ibis.ifelse(repeated, "time-repeated", marked["refused"])).order_by("time")
    return judged


def _refusals_of(judged: Any) -> tuple[Refusal, ...]:
    refused = judged.filter(judged["refused"].notnull())
    rows = refused.group_by("refused").aggregate(n=refused.count(), example=refused["time"].max()).order_by("refused").to_pyarrow()
    return tuple(Refusal(row["refused"], row["n"], f"time {row['example']}") for row in rows.to_pylist())


def _refuse_unless_slices(times: Any, refusals: Sequence[Refusal], source: str) -> None:
    n_repeated = sum(refusal.n_rows for refusal in refusals if refusal.reason == "time-repeated")
    if n_repeated > _MOST_REPEATED_SHARE * (n_repeated + len(times)):
        message = f"{n_repeated:,} rows share their time with another that has another value, or repeat it; a slice has one value"
        hint = "choose one series: where: host = '…', or --where"
        raise FindingsError([Finding("times-repeated", message, where=source, count=n_repeated, hint=hint)])
    if len(times) < 2:
        message = f"{counted(len(times), 'row')} with a time and a value: how long a slice is cannot be told"
        refused = ", ".join(f"{refusal.n_rows:,} {refusal.reason}" for refusal in refusals)
        hint = "look at the value column that was chosen" + (f"; refused: {refused}" if refused else "")
        raise FindingsError([Finding("interval-unknown", message, where=source, hint=hint)])


def _notes(usable: Any, times: Any, named: str, source: str) -> list[Finding]:
    """Say what a slice is, how long, and what slices cannot answer."""
    value = usable["value"]
    row = (
        usable.aggregate(low=value.min(), middle=value.quantile(0.5), high=value.max(), zeros=(value == 0).sum())
        .to_pyarrow()
        .to_pylist()[0]
    )
    step = usual_distance_seconds(times)
    found = [
        Finding(
            "interval-metrics",
            f"each row is a slice of {format_duration(step / 60)}, the usual distance between rows, with one value of {named!r}; slices are counted, "
            "not requests. Not answered: questions about users, about revenue, latency thresholds over requests, and budgets in requests. "
            "A mean hides the tail, and a slice of a quiet night weighs like one of a peak",
            severity="note",
            where=source,
            count=len(times),
            hint="for those, read requests, or counts of requests by interval (format: csv)",
        ),
        Finding(
            "values-as-given",
            f"values of {named!r} lie between {row['low']:g} and {row['high']:g}, half of them at most {row['middle']:g}; "
            "no unit is converted: a latency may be in seconds, a share in percent",
            severity="note",
            where=source,
            hint="write the condition in that unit",
        ),
    ]
    if row["zeros"]:
        message = f"{counted(row['zeros'], 'slice')} of {len(times):,} with the value 0: none at all, or no calls"
        hint = "if it means that nobody called, leave them out: valid: value > 0"
        found.append(Finding("values-zero", message, severity="note", where=source, count=row["zeros"], hint=hint))
    return [*found, *_irregular(times, step, source)]


def _irregular(times: Any, step: int, source: str) -> list[Finding]:
    """Report slices that do not lie a whole number of steps apart; a gap of some steps is none of them."""
    steps = np.diff(np.sort(times).astype("datetime64[us]").astype("int64")) / (step * 1e6)
    odd = (np.abs(steps - np.round(steps)) > 0.1) | (np.round(steps) < 1)
    if odd.mean() <= 1 - _LEAST_REGULAR_SHARE:
        return []
    message = f"{odd.sum():,} of {len(steps):,} rows lie no whole number of {format_duration(step / 60)} behind the one before: slices of unlike length"
    return [
        Finding("interval-irregular", message, severity="warning", where=source, count=int(odd.sum()), hint="export at a fixed interval")
    ]
