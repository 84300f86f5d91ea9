"""Times of any kind as UTC: zones, offsets, seconds to nanoseconds, days.

Engine-neutral: local times are shifted by the offsets of their zone, worked out here and handed to the
engine as plain comparisons, so every engine gives the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.text_values import cast_or_null, engine_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["EARLIEST_TIME", "LATEST_TIME", "ReadTime", "load_zone", "read_time", "steps_since_1970", "zone_offsets"]

_HAS_OFFSET = r":\d\d.*(Z|z|[+-]\d\d(:?\d\d){0,2}|UTC|GMT|[A-Za-z_]+/[A-Za-z_/]+)$"
# Nobody has requests from before 1973 or from after 2199; days written as 20260301 lie below.
_EARLIEST_EPOCH = 1e8
_LATEST_EPOCH_SECONDS = 7_258_118_400
EARLIEST_TIME, LATEST_TIME = datetime(1970, 1, 1), datetime(2200, 1, 1)
_EPOCH_UNITS = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (0, "s"))


@dataclass(frozen=True)
class ReadTime:
    """A time column made UTC: its value, conditions under which a row is refused, and what was noticed."""

    value: ir.Value
    reasons: tuple[tuple[ir.BooleanValue, str], ...] = ()
    findings: tuple[Finding, ...] = ()


def load_zone(name: str, *, where: str) -> ZoneInfo:
    """Return a time zone by its IANA name; an unknown one is a finding."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FindingsError(
            [Finding("time-zone-unknown", f"unknown time zone {name!r}", where=where, hint="an IANA name such as Europe/London or UTC")]
        ) from None


def zone_offsets(zone: ZoneInfo, first_local: datetime, last_local: datetime) -> tuple[tuple[datetime, timedelta], ...]:
    """Return from which local time on which offset to UTC holds, between two local times.

    A local time that happens twice is taken as the first; one that never happens moves forward.

    Examples
    --------
    >>> from datetime import datetime
    >>> for start, offset in zone_offsets(ZoneInfo("Europe/London"), datetime(2026, 3, 1), datetime(2026, 4, 1)):
    ...     print(start, offset)
    2026-03-01 00:00:00 0:00:00
    2026-03-29 02:00:00 1:00:00
    """
    moment = (first_local - timedelta(days=2)).replace(tzinfo=UTC)
    end = (last_local + timedelta(days=2)).replace(tzinfo=UTC)
    offset = _offset(zone, moment)
    steps = [(first_local, offset)]
    while moment < end:
        later = moment + timedelta(days=1)
        if _offset(zone, later) != offset:
            change = _change_between(zone, moment, later)
            new = _offset(zone, change)
            steps.append((change.replace(tzinfo=None) + max(offset, new), new))
            offset, later = new, change
        moment = later
    before = [step for step in steps if step[0] <= first_local]
    return ((first_local, before[-1][1]), *[step for step in steps if first_local < step[0] <= last_local])


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    start = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0) if middle.replace(microsecond=0) > before else middle
        before, after = (middle, after) if _offset(zone, middle) == start else (before, middle)
    return after.replace(microsecond=0)


def read_time(column: ir.Value, table: ir.Table, *, time_zone: str | None, source: str) -> ReadTime:
    """Turn a column of any time-like type into UTC timestamps.

    Parameters
    ----------
    column : ibis value
        Timestamps with or without zone, dates, text (ISO 8601), or numbers (seconds to nanoseconds since 1970).
    table : ibis.Table
        The table the column belongs to.
    time_zone : str, optional
        Zone of times that carry none. Without it they are read as UTC, and a finding says so.
    source : str
        Name for the findings.
    """
    kind = column.type()
    if kind.is_date():
        return ReadTime(column.cast("timestamp"))
    if kind.is_timestamp() and kind.timezone is not None:
        return ReadTime(without_zone(column, table))
    if kind.is_timestamp():
        return _read_naive(column, table, time_zone, source)
    if kind.is_numeric():
        return _read_epoch(column, table, source)
    if kind.is_string():
        return _read_text(column, table, time_zone, source)
    raise FindingsError(
        [
            Finding(
                "time-unreadable",
                f"the time column holds {kind}, which is no time",
                where=source,
                hint="map another column: columns: {time: …}",
            )
        ]
    )


def _read_epoch(column: Any, table: Any, source: str) -> ReadTime:
    import ibis

    column = column.cast("float64") if column.type().is_decimal() else column
    typical = _typical(column, table)
    if 0 < typical < _EARLIEST_EPOCH:  # 0: every time is missing, which is said row by row
        message = f"times are numbers around {typical:.0f}: as seconds since 1970 that would be early in 1970"
        hint = "days written as 20260301 are not read; write 2026-03-01, or map another column: columns: {time: …}"
        raise FindingsError([Finding("time-unreadable", message, where=source, hint=hint)])
    least, unit = next((least, unit) for least, unit in _EPOCH_UNITS if typical >= least)
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    # a number too small for the unit of most is a time in another unit, or none
    is_odd = (column < least) | (column > _LATEST_EPOCH_SECONDS * per_second)
    if column.type().is_floating() and engine_of(table) != "sqlite":
        # asked for by name: DuckDB trusts the least and largest value in a Parquet file, which pass over NaN; SQLite has none
        is_odd = is_odd | column.isnan()
    microseconds = _microseconds(ibis.ifelse(is_odd, 0, column).cast(column.type()), unit)
    seconds = (microseconds // 1_000_000).cast("int64")
    value = _moment(seconds, table)
    if not _counts_in_seconds(table):
        value = value + (microseconds - seconds * 1_000_000).as_interval("us")
    note = Finding("time-epoch", f"times are numbers and were read as {_UNIT_NAMES[unit]} since 1970 in UTC", severity="note", where=source)
    return ReadTime(value, ((is_odd, "time-unlikely"),), (note,))


def _typical(column: Any, table: Any) -> float:
    """Return the median size of numbers; SQLite knows no median, and a few hundred of them tell the unit as well."""
    if engine_of(table) == "sqlite":
        sizes = sorted(table.filter(column.notnull()).select(size=column.abs().cast("float64")).limit(999).to_pyarrow()["size"].to_pylist())
        return float(sizes[len(sizes) // 2]) if sizes else 0.0
    return float(table.aggregate(typical=column.abs().cast("float64").quantile(0.5)).to_pyarrow()["typical"][0].as_py() or 0)


def _moment(seconds: Any, table: Any) -> Any:
    """Return the UTC timestamp of whole seconds since 1970."""
    import ibis.expr.operations as ops

    knows = table.get_backend().has_operation(ops.TimestampFromUNIX)
    return (seconds.as_timestamp("s") if knows else seconds.cast("timestamp('UTC')")).cast("timestamp")


def _counts_in_seconds(table: Any) -> bool:
    """Whether an engine's arithmetic with times knows no fractions of a second: SQLite's before 3.42; no count needs them."""
    return engine_of(table) == "sqlite"


def _microseconds(column: Any, unit: str) -> Any:
    """Return whole microseconds; finer digits of nanoseconds are cut off, as timestamps hold none."""
    if column.type().is_integer():
        whole = column.cast("int64")
        return {"s": whole * 1_000_000, "ms": whole * 1_000, "us": whole, "ns": whole // 1_000}[unit].cast("int64")
    return (column * {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]).round().cast("int64")


_UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _read_naive(column: Any, table: Any, time_zone: str | None, source: str) -> ReadTime:
    if time_zone is None:
        n_rows = table.filter(column.notnull()).count().to_pyarrow().as_py()
        return ReadTime(column.cast("timestamp"), findings=(_without_zone(n_rows, source),))
    return ReadTime(_to_utc(column.cast("timestamp"), table, time_zone, source))


def _read_text(column: Any, table: Any, time_zone: str | None, source: str) -> ReadTime:
    import ibis

    text = column.strip()
    has_offset, is_day = text.re_search(_HAS_OFFSET), text.re_search(r"^\d{4}-\d\d-\d\d$")
    parsed = without_zone(cast_or_null(text, "timestamp('UTC')"), table)
    is_naive = parsed.notnull() & ~has_offset & ~is_day
    counts = table.aggregate(
        zoned=(parsed.notnull() & has_offset).sum(), naive=is_naive.sum(), example=text.max(where=is_naive)
    ).to_pyarrow()
    n_zoned, n_naive, example = (counts[name][0].as_py() for name in ("zoned", "naive", "example"))
    unreadable = (parsed.isnull(), "time-unreadable")
    if not n_naive:
        return ReadTime(parsed, (unreadable,))
    if time_zone is not None:
        return ReadTime(ibis.ifelse(is_naive, _to_utc(parsed, table, time_zone, source), parsed), (unreadable,))
    if not n_zoned:
        return ReadTime(parsed, (unreadable,), (_without_zone(n_naive, source, example),))
    mixed = Finding(
        "time-zones-mixed",
        f"{n_zoned:,} times carry a zone or offset and {n_naive:,} carry none; those without are refused",
        severity="warning",
        where=source,
        count=n_naive,
        example=example,
        hint="say which zone they are in: time_zone: Europe/London in the source, or --time-zone",
    )
    return ReadTime(parsed, ((is_naive, "time-without-zone"), unreadable), (mixed,))


def without_zone(column: Any, table: Any) -> Any:
    """Return zoned timestamps as UTC timestamps without zone.

    DuckDB's own cast asks the zone database for every row, which is seven times slower than going by microseconds.
    """
    if engine_of(table) != "duckdb":
        return column.cast("timestamp")
    import ibis

    make_timestamp = ibis.udf.scalar.builtin(_nothing, name="make_timestamp", signature=(("int64",), "timestamp"))
    return make_timestamp(_epoch_us("timestamp('UTC')")(column))


def steps_since_1970(table: Any, step_seconds: int, *, start_seconds: int = 0) -> Any:
    """Return in which minute, hour or other step of time each row of a table lies, a whole number.

    Parameters
    ----------
    table : ibis.Table
        With ``time``, UTC without zone.
    step_seconds : int
        Length of a step.
    start_seconds : int
        Start of step 0, in seconds since 1970; no time may lie before it.
    """
    if engine_of(table) == "duckdb":  # whole numbers throughout: its seconds are doubles, and so is Ibis's division
        import ibis

        divide = ibis.udf.scalar.builtin(_nothing_of_two, name="divide", signature=(("int64", "int64"), "int64"))
        return divide(_epoch_us("timestamp")(table["time"]) - start_seconds * 1_000_000, step_seconds * 1_000_000)
    return ((table["time"].epoch_seconds() - start_seconds) // step_seconds).cast("int64")


def _epoch_us(kind: str) -> Any:
    import ibis

    return ibis.udf.scalar.builtin(_nothing, name="epoch_us", signature=((kind,), "int64"))


def _nothing(value: Any) -> None:
    """Stand for a function that the engine has already."""


def _nothing_of_two(first: Any, second: Any) -> None:
    """Stand for one of two values."""


def _without_zone(n_rows: int, source: str, example: str | None = None) -> Finding:
    return Finding(
        "time-without-zone",
        f"{n_rows:,} times carry no zone or offset and were read as UTC",
        severity="warning",
        where=source,
        count=n_rows,
        example=example,
        hint="say which zone they are in: time_zone: UTC (or Europe/London, …) in the source, or --time-zone",
    )


def _to_utc(local: Any, table: Any, time_zone: str, source: str) -> Any:
    import ibis

    zone = load_zone(time_zone, where=source)
    is_likely = (local >= EARLIEST_TIME) & (local < LATEST_TIME)  # others are refused, and Python's datetime may not have their year
    ends = table.aggregate(first=local.min(where=is_likely), last=local.max(where=is_likely)).to_pyarrow()
    first, last = ends["first"][0].as_py(), ends["last"][0].as_py()
    if first is None:
        return local
    steps = zone_offsets(zone, first, last)
    branches = [(local >= ibis.literal(start), _earlier(local, offset, table)) for start, offset in reversed(steps)]
    return ibis.cases(*branches, else_=local)


def _earlier(local: Any, offset: timedelta, table: Any) -> Any:
    import ibis

    seconds = int(offset.total_seconds())
    if _counts_in_seconds(table):
        return _moment(local.epoch_seconds() - seconds, table)
    return local - ibis.interval(seconds=seconds)
