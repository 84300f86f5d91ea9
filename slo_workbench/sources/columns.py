"""The canonical columns: what a row of any source means once its owner's columns are mapped."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.clock import EARLIEST_TIME, LATEST_TIME, read_time
from slo_workbench.sources.predicates import PredicateError, compile_expression, parse_expression
from slo_workbench.sources.rows import Refusal
from slo_workbench.sources.text_values import cast_or_null

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CANONICAL_COLUMNS", "CanonicalRows", "choose_rows", "column_named", "finding_of", "to_canonical"]

CANONICAL_COLUMNS: dict[str, str] = {
    "time": "when the request came, UTC after conversion; required",
    "route": "what was asked for, identifiers folded",
    "method": "HTTP method",
    "status": "HTTP status code",
    "latency_ms": "time to answer, in milliseconds; for freshness the age or delay",
    "user": "who asked",
    "value": "money that hangs on the request",
    "weight": "requests this row stands for; 1 when there is no such column",
}
# Only names that say the same thing in the same unit; anything else the owner maps.
_ALIASES: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "ts", "@timestamp", "datetime", "day", "date"),
    "route": ("route",),
    "method": ("method", "http_method", "verb"),
    "status": ("status", "status_code", "http_status"),
    "latency_ms": ("latency_ms", "duration_ms", "elapsed_ms", "response_time_ms"),
    "user": ("user", "user_id"),
    "value": ("value",),
    "weight": ("weight",),
}


@dataclass(frozen=True)
class CanonicalRows:
    """Rows with canonical columns in front and the owner's other columns behind.

    Parameters
    ----------
    table : ibis.Table
        Usable rows; ``time`` is a UTC timestamp without zone.
    n_usable : int
    n_chosen : int
        Rows that ``where`` chose, usable or not.
    first_time, last_time : datetime or None
        Of the usable rows, UTC; ``None`` when there is none.
    refusals : tuple of Refusal
    findings : tuple of Finding
    """

    table: ir.Table
    n_usable: int
    n_chosen: int
    first_time: datetime | None
    last_time: datetime | None
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]


def finding_of(error: PredicateError, *, where: str) -> Finding:
    """Turn a refused expression into a finding at its place."""
    return Finding(error.code, str(error), where=where, hint=error.hint)


def to_canonical(
    raw: ir.Table, *, columns: Mapping[str, str], where: str | None = None, time_zone: str | None = None, source: str = "requests"
) -> CanonicalRows:
    """Give a source's columns their canonical names and types, and refuse rows that cannot have them.

    Parameters
    ----------
    raw : ibis.Table
    columns : mapping of str to str
        Canonical name to a column of the source, or an expression over its columns.
    where : str, optional
        Predicate choosing the rows that belong here.
    time_zone : str, optional
        Zone of times that carry none.
    source : str
        Name for the findings.

    Raises
    ------
    FindingsError
        When there is no time column, or a mapping cannot be read.
    """
    import ibis

    mapped = _map_columns(raw, columns, source)
    chosen = choose_rows(raw, where, source)
    time = read_time(mapped["time"], chosen, time_zone=time_zone, source=source)
    values, reasons = _typed_values(mapped)
    latency = values.get("latency_ms")
    unlikely = (time.value < EARLIEST_TIME) | (time.value >= LATEST_TIME)
    because = _Because([(mapped["time"].isnull(), "time-missing"), *reasons, *time.reasons, (unlikely, "time-unlikely")])
    account = _take_account(chosen, because, time.value, latency)
    if latency is not None and account.n_negative:
        values["latency_ms"] = ibis.ifelse(_is_no_latency(latency), ibis.null().cast("float64"), latency)
    values["time"] = time.value
    order = [name for name in CANONICAL_COLUMNS if name in values]
    others = [name for name in chosen.columns if name not in values]
    # what one look has shown to be so for no row need not be asked of every row again, in each query to come
    kept = chosen.filter(because.code() == USABLE) if account.n_usable < account.n_rows else chosen
    # the canonical columns win over columns of the same name
    usable = kept.select(*[values[name].name(name) for name in order], *others)
    findings = [*time.findings, *_negative_latencies(account, source)]
    return CanonicalRows(
        usable,
        account.n_usable,
        account.n_rows,
        account.first,
        account.last,
        _refusals(chosen, because, account, mapped["time"]),
        tuple(findings),
    )


def _map_columns(raw: ir.Table, columns: Mapping[str, str], source: str) -> dict[str, Any]:
    findings: list[Finding] = []
    mapped: dict[str, Any] = {}
    for name, expression in columns.items():
        place = f"{source}.columns.{name}"
        if name not in CANONICAL_COLUMNS:
            hint = nearest_hint(name, CANONICAL_COLUMNS) + "; other columns keep their own names and need no mapping"
            findings.append(Finding("unknown-canonical-column", f"{name!r} is no canonical column", where=place, hint=hint))
            continue
        try:
            mapped[name] = column_named(raw, expression)
        except PredicateError as error:
            findings.append(finding_of(error, where=place))
    for name, aliases in _ALIASES.items():
        found = [alias for alias in aliases if alias in raw.columns]
        if name not in columns and found:
            mapped[name] = raw[found[0]]
    if "time" not in mapped and "time" not in columns:
        known = ", ".join(raw.columns[:30])
        hint = f"map it: columns: {{time: …}} in the source, or --map time=…; the columns are {known}"
        findings.append(Finding("time-column-missing", "there is no time column", where=source, hint=hint))
    if findings:
        raise FindingsError(findings)
    return mapped


def column_named(raw: ir.Table, expression: str) -> Any:
    """Return the column of that very name, or of that name in other case, else what the expression gives."""
    same = [column for column in raw.columns if column == expression] or [c for c in raw.columns if c.lower() == expression.lower()]
    value: Any = raw[same[0]] if len(same) == 1 else compile_expression(parse_expression(expression), raw)
    if not hasattr(value, "nunique"):
        raise PredicateError(
            f"{expression!r} names no column", code="predicate-type", hint="write the name of a column, or an expression over columns"
        )
    return value


def choose_rows(raw: ir.Table, where: str | None, source: str) -> ir.Table:
    """Return the rows that belong to a source: those for which ``where`` holds, or all."""
    if where is None:
        return raw
    try:
        chosen_by: Any = compile_expression(parse_expression(where), raw)
        if not chosen_by.type().is_boolean():
            raise PredicateError(f"{where!r} is not true or false", code="predicate-type", hint="such as component = 'Webhooks'")
    except PredicateError as error:
        raise FindingsError([finding_of(error, where=f"{source}.where")]) from None
    return raw.filter(chosen_by.fill_null(False))


MOST_WEIGHT, MOST_VALUE = 10**9, 10**9


def _typed_values(mapped: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[Any, str]]]:
    """Cast the optional canonical columns; what cannot be cast is a reason to refuse the row."""
    import ibis

    values: dict[str, Any] = {}
    reasons: list[tuple[Any, str]] = []
    for name, raw_value in mapped.items():
        if name in ("route", "method", "user"):
            values[name] = raw_value.cast("string")
        elif name in ("latency_ms", "value"):
            values[name] = number = _as_number(raw_value, "float64")
            if raw_value.type().is_string():
                reasons.append((raw_value.notnull() & ~raw_value.isin(["", "-"]) & number.isnull(), f"{name}-unreadable"))
        elif name in ("status", "weight") and raw_value.type().is_integer():
            values[name] = raw_value.cast("int64")
        elif name in ("status", "weight"):
            number = _as_number(raw_value, "float64")
            blank = raw_value.isin(["", "-"]) if raw_value.type().is_string() else ibis.literal(False)
            nothing = ibis.null().cast("float64")
            # NaN and the infinities sort above all numbers, and no engine's floor takes them
            small = ibis.ifelse(number.abs() < 10**15, number, nothing)
            whole = ibis.ifelse(small.floor() == small, small, nothing)
            reasons.append((raw_value.notnull() & ~blank & whole.isnull(), f"{name}-unreadable"))
            values[name] = whole.cast("int64")
    if "weight" in values:
        weight = values["weight"]
        reasons.append((weight.isnull() | (weight < 1) | (weight > MOST_WEIGHT), "weight-not-positive"))
    if "value" in values and not _cannot_exceed(mapped["value"].type(), MOST_VALUE):
        reasons.append((values["value"].abs() > MOST_VALUE, "value-unlikely"))
    return values, reasons


def _cannot_exceed(kind: Any, most: int) -> bool:
    """Whether a decimal type has too few digits for a larger number, so that nobody need look."""
    return bool(kind.is_decimal() and kind.precision is not None and 10 ** (kind.precision - (kind.scale or 0)) <= most)


USABLE = 0


@dataclass(frozen=True)
class _Because:
    """Why rows are refused: conditions in order, the first that holds counts."""

    reasons: list[tuple[Any, str]]

    def code(self) -> Any:
        import ibis

        cases = [(condition, number) for number, (condition, _) in enumerate(self.reasons, start=USABLE + 1)]
        return ibis.cases(*cases, else_=USABLE).cast("int32")


@dataclass(frozen=True)
class _Account:
    """What one look at all rows tells."""

    n_by_code: dict[int, int]
    first: datetime | None
    last: datetime | None
    n_negative: int
    least_latency: float | None

    @property
    def n_rows(self) -> int:
        return sum(self.n_by_code.values())

    @property
    def n_usable(self) -> int:
        return self.n_by_code.get(USABLE, 0)


def _is_no_latency(latency: Any) -> Any:
    # every engine sorts NaN above all numbers, and SQLite, which has none, knows no isnan
    return (latency < 0) | (latency > sys.float_info.max)


def _take_account(chosen: Any, because: _Because, time: Any, latency: Any | None) -> _Account:
    import ibis

    odd = _is_no_latency(latency).fill_null(False) if latency is not None else ibis.literal(False)
    least = latency if latency is not None else ibis.null().cast("float64")
    seen = chosen.select(code=because.code(), time=time, odd=odd, least=least)
    is_usable = seen.code == USABLE  # a refused time may lie in a year that Python's datetime has not
    groups = seen.group_by("code").aggregate(
        n=seen.count(),
        first=seen.time.min(where=is_usable),
        last=seen.time.max(where=is_usable),
        n_odd=seen.odd.sum(),
        least=seen.least.min(),
    )
    rows = {row["code"]: row for row in groups.to_pyarrow().to_pylist()}
    usable = rows.get(USABLE, {})
    lowest = [row["least"] for row in rows.values() if row["least"] is not None]
    return _Account(
        {code: row["n"] for code, row in rows.items()},
        usable.get("first"),
        usable.get("last"),
        sum(int(row["n_odd"] or 0) for row in rows.values()),
        min(lowest, default=None),
    )


def _refusals(chosen: Any, because: _Because, account: _Account, time: Any) -> tuple[Refusal, ...]:
    """Count refusals by reason, with the time of one such row as it stands in the source."""
    refused = {code: n for code, n in account.n_by_code.items() if code != USABLE}
    if not refused:
        return ()
    seen = chosen.select(code=because.code(), text=time.cast("string"))
    examples = seen.group_by("code").aggregate(text=seen.text.max()).to_pyarrow().to_pylist()
    texts = {row["code"]: "a row without time" if row["text"] is None else f"time {row['text']}" for row in examples}
    return tuple(Refusal(because.reasons[code - 1][1], n, texts[code]) for code, n in sorted(refused.items()))


def _as_number(value: Any, kind: str) -> Any:
    if value.type().is_string():
        return cast_or_null(value, kind)
    return value.cast(kind) if value.type().is_numeric() or value.type().is_boolean() else cast_or_null(value.cast("string"), kind)


def _negative_latencies(account: _Account, source: str) -> list[Finding]:
    if not account.n_negative:
        return []
    return [
        Finding(
            "latency-negative",
            f"{account.n_negative:,} latencies are negative or not finite; they are taken as unknown, so those requests are bad for latency",
            severity="warning",
            where=source,
            count=account.n_negative,
            example=f"{account.least_latency:g} ms" if account.least_latency is not None and account.least_latency < 0 else "not a number",
            hint="look at the clock that measured them, or choose rows with where: latency_ms >= 0",
        )
    ]
