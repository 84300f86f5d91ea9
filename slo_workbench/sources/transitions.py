"""Up and down times, as status pages and monitors keep them: outages from … to …, turned into up seconds of all seconds.

Every second of the watched span counts once, whether a thousand people called in it or nobody, and however many outages
lie over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.clock import EARLIEST_TIME, LATEST_TIME, ReadTime, read_time
from slo_workbench.sources.columns import CanonicalRows, choose_rows, column_named, finding_of
from slo_workbench.sources.predicates import PredicateError
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.text_files import read_delimited
from slo_workbench.units import counted, format_days, format_duration

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["BIN_SECONDS", "merge_spans", "read_transitions", "seconds_by_bin"]

Seconds = npt.NDArray[np.int64]

BIN_SECONDS = 900
"""A quarter of an hour: the longest bin of which the days of every time zone are made."""

_NAMES = {
    "start": ("start", "from", "start_at", "started_at", "start_time"),
    "end": ("end", "to", "end_at", "ended_at", "end_time"),
    "status": ("status", "state"),
}
_DOWN = ("down", "offline", "unavailable", "outage", "false", "0")
_UP = ("up", "online", "available", "operational", "ok", "true", "1")


def merge_spans(starts: Seconds, ends: Seconds) -> tuple[Seconds, Seconds]:
    """Put spans that overlap or touch together, so that no second lies in two of them.

    Parameters
    ----------
    starts, ends : array of int64, shape (n,)
        Half-open spans in any order.

    Returns
    -------
    (array, array)
        Disjoint spans in order of time.

    Examples
    --------
    >>> [spans.tolist() for spans in merge_spans(np.array([50, 0, 10]), np.array([60, 20, 30]))]
    [[0, 50], [30, 60]]
    """
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    is_first = np.append(True, starts[1:] > reach[:-1])[: len(starts)]
    return starts[is_first], reach[np.append(is_first[1:], True)[: len(starts)]]


def seconds_by_bin(starts: Seconds, ends: Seconds) -> pd.Series[int]:
    """Return how many seconds of disjoint spans lie in each bin that they touch.

    Parameters
    ----------
    starts, ends : array of int64, shape (n,)
        Seconds since 1970; half-open, disjoint, none empty.

    Returns
    -------
    Series
        Seconds, by the number of the bin since 1970; see :data:`BIN_SECONDS`.

    Examples
    --------
    >>> seconds_by_bin(np.array([800]), np.array([1900])).to_dict()
    {0: 100, 1: 900, 2: 100}
    """
    first, n_bins = starts // BIN_SECONDS, (ends - 1) // BIN_SECONDS - starts // BIN_SECONDS + 1
    within = np.arange(n_bins.sum()) - np.repeat(np.cumsum(n_bins) - n_bins, n_bins)
    bins = np.repeat(first, n_bins) + within
    from_second = np.maximum(np.repeat(starts, n_bins), bins * BIN_SECONDS)
    to_second = np.minimum(np.repeat(ends, n_bins), (bins + 1) * BIN_SECONDS)
    seconds: pd.Series[int] = pd.Series(to_second - from_second, dtype="int64").groupby(bins).sum()
    return seconds


def read_transitions(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read rows ``start, end`` and perhaps ``status`` as ``time, valid, good``: seconds watched and seconds up, by quarter of an hour.

    Without a status every row is an outage, and all time from the first start to the last known time is watched. With
    rows that are ``up``, watched is what the rows cover, and time that none covers is no data; so one row that is up,
    from first to last, gives the span. Where rows disagree, down wins. An outage without an end lasts to the end of
    the span. A second that is touched by an outage is down. Rows that do not end after they start are refused.

    Raises
    ------
    FindingsError
        Without columns for start and end.
    """
    raw = read_delimited(connection, files, table=f"given_{table}", request=request)
    rows, findings = _read_rows(raw.table, request)
    usable = rows[rows["refused"].isna()]
    spans = _whole_seconds(usable)
    bins = _count_seconds(spans)
    made: Any = connection.create_table(table, bins, temp=True, overwrite=True)
    first, last = (bins["time"].min().to_pydatetime(), bins["time"].max().to_pydatetime()) if len(bins) else (None, None)
    notes = (*findings, *_notes(spans, bins, request.name))
    canonical = CanonicalRows(made, len(usable), len(rows), first, last, _refusals_of(rows), notes)
    return RawRows(raw.table, raw.n_rows_read, raw.refusals, raw.findings, canonical)


def _mapped(table: ir.Table, request: SourceRequest) -> dict[str, Any]:
    """Return the columns start, end and, where there is one, status."""
    findings = []
    mapped: dict[str, Any] = {}
    for name in request.columns:
        if name not in _NAMES:
            message = f"up and down times have no {name!r}: they have start, end and status"
            place = f"{request.name}.columns.{name}"
            findings.append(Finding("unknown-canonical-column", message, where=place, hint="conditions may use all other columns"))
    folded = {column.casefold(): column for column in reversed(table.columns)}
    for name, aliases in _NAMES.items():
        expression = request.columns.get(name) or next((folded[alias] for alias in aliases if alias in folded), None)
        if expression is None:
            if name != "status":
                hint = f"map it: columns: {{{name}: …}} in the source, or --map {name}=…; the columns are {', '.join(table.columns[:30])}"
                findings.append(Finding(f"{name}-column-missing", f"there is no {name} column", where=request.name, hint=hint))
            continue
        try:
            mapped[name] = column_named(table, expression)
        except PredicateError as error:
            findings.append(finding_of(error, where=f"{request.name}.columns.{name}"))
    if findings:
        raise FindingsError(findings)
    return mapped


def _read_rows(table: ir.Table, request: SourceRequest) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return ``start, end, is_down, refused, example`` of each row that ``where`` chose; times are UTC."""
    import ibis

    mapped: Any = _mapped(table, request)
    chosen: Any = choose_rows(table, request.where, request.name)
    start, end = (read_time(mapped[name], chosen, time_zone=request.time_zone, source=request.name) for name in ("start", "end"))
    word = mapped["status"].cast("string").strip().lower() if "status" in mapped else ibis.literal("down")
    refused = ibis.cases(*_reasons(mapped, start, end, word), else_=ibis.null().cast("string"))
    example = ibis.literal("from ") + mapped["start"].cast("string").fill_null("?") + " to " + mapped["end"].cast("string").fill_null("?")
    seen = chosen.select(start=start.value, end=end.value, is_down=word.isin(_DOWN), refused=refused, example=example)
    codes = {finding.code for finding in start.findings}
    return seen.to_pandas(), (*start.findings, *[finding for finding in end.findings if finding.code not in codes])


def _reasons(mapped: Any, start: ReadTime, end: ReadTime, word: Any) -> list[tuple[Any, str]]:
    """Return the conditions under which a row is refused, in order; the first that holds counts."""
    begins: Any = start.value
    ends: Any = end.value
    has_end = mapped["end"].notnull()
    return [
        (mapped["start"].isnull(), "time-missing"),
        *start.reasons,
        ((begins < EARLIEST_TIME) | (begins >= LATEST_TIME), "time-unlikely"),
        *[(has_end & condition, reason) for condition, reason in end.reasons],
        (word.isnull() | ~word.isin((*_DOWN, *_UP)), "status-unknown"),
        (has_end & (ends <= begins), "end-not-after-start"),
    ]


def _refusals_of(rows: pd.DataFrame) -> tuple[Refusal, ...]:
    refused = rows[rows["refused"].notna()].groupby("refused", sort=True)["example"]
    return tuple(Refusal(str(reason), len(examples), str(examples.max())) for reason, examples in refused)


def _whole_seconds(usable: pd.DataFrame) -> pd.DataFrame:
    """Return ``start, end`` in seconds since 1970, outwards to whole ones, and ``is_down, is_open``.

    What has no end, or one that nobody lives to see (9999-12-31), ends with the last time known.
    """
    start = usable["start"].astype("datetime64[us]").astype("int64").to_numpy() // 10**6
    is_open = (usable["end"].isna() | (usable["end"] >= pd.Timestamp(LATEST_TIME))).to_numpy()
    end = -(-usable["end"].where(~is_open, usable["start"]).astype("datetime64[us]").astype("int64").to_numpy() // 10**6)
    last = int(max(start.max(), end.max())) if len(usable) else 0
    return pd.DataFrame(
        {"start": start, "end": np.where(is_open, last, end), "is_down": usable["is_down"].to_numpy(bool), "is_open": is_open}
    )


def _count_seconds(spans: pd.DataFrame) -> pd.DataFrame:
    """Return ``time, valid, good`` of every bin with a watched second."""
    filled = spans[spans["end"] > spans["start"]]
    down = filled[filled["is_down"]]
    watched = filled if len(down) < len(filled) else filled.agg({"start": "min", "end": "max"}).to_frame().T if len(filled) else filled
    valid = seconds_by_bin(*merge_spans(watched["start"].to_numpy("int64"), watched["end"].to_numpy("int64")))
    bad = seconds_by_bin(*merge_spans(down["start"].to_numpy("int64"), down["end"].to_numpy("int64"))).reindex(valid.index, fill_value=0)
    times = (valid.index.to_numpy() * BIN_SECONDS).astype("datetime64[s]").astype("datetime64[us]")
    return pd.DataFrame({"time": times, "valid": valid.to_numpy(), "good": (valid - bad).to_numpy()})


def _notes(spans: pd.DataFrame, bins: pd.DataFrame, source: str) -> list[Finding]:
    """Say how much was watched and down, what was taken for granted, and what seconds cannot answer."""
    if bins.empty:
        return []
    down = spans[spans["is_down"]]
    n_down, n_watched = int((bins["valid"] - bins["good"]).sum()), int(bins["valid"].sum())
    n_again = int((down["end"] - down["start"]).sum()) - n_down
    again = f"; another {format_duration(n_again / 60)} lay in several and count once" if n_again else ""
    message = (
        f"{counted(len(down), 'outage')} took {format_duration(n_down / 60)} of {format_days(n_watched / 86_400)}{again}. Seconds are counted, "
        "not requests: a second of a quiet night weighs like one of a peak. Not answered: questions about users, revenue and latency"
    )
    hint = "for those, read requests, or counts of requests (format: csv)"
    found = [Finding("up-and-down-times", message, severity="note", where=source, hint=hint), _about_the_span(spans, n_watched, source)]
    n_open = int(down["is_open"].sum())
    if n_open:
        message = f"{counted(n_open, 'outage')} without an end: taken as down until {_utc(spans['end'].max())}, the last time in the data"
        hint = "give it an end; or give the span that was watched, as a row with the status up"
        found.append(Finding("outage-open", message, severity="warning", where=source, count=n_open, hint=hint))
    return found


def _about_the_span(spans: pd.DataFrame, n_watched: int, source: str) -> Finding:
    first, last = int(spans["start"].min()), int(spans["end"].max())
    span = f"from {_utc(first)} to {_utc(last)}"
    if spans["is_down"].all():
        message = f"time outside the outages, {span}, counts as up: nobody reported otherwise"
        hint = "the span begins and ends with an outage; give the one that was watched as a row with the status up, from its first to its last moment"
        return Finding("span-from-outages", message, severity="note", where=source, hint=hint)
    uncovered = last - first - n_watched
    message = f"the span {span} is covered by rows" + (f", all but {format_duration(uncovered / 60)}: no data" if uncovered else "")
    return Finding("span-from-rows", message, severity="note", where=source)


def _utc(second: int) -> str:
    return f"{pd.Timestamp(int(second), unit='s'):%Y-%m-%d %H:%M:%S} UTC"
