"""The canonical columns: what a row of any source means once its owner's columns are mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.clock import read_time
from slo_workbench.sources.predicates import PredicateError, compile_expression, parse_expression
from slo_workbench.sources.text_files import Refusal

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CANONICAL_COLUMNS", "CanonicalRows", "finding_of", "to_canonical"]

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
    n_left_out : int
        Rows that ``where`` did not choose.
    refusals : tuple of Refusal
    findings : tuple of Finding
    """

    table: ir.Table
    n_left_out: int
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
    mapped = _map_columns(raw, columns, source)
    chosen, n_left_out = _choose(raw, where, source)
    time = read_time(mapped["time"], chosen, time_zone=time_zone, source=source)
    values, reasons, findings = _typed_values(mapped, chosen, source)
    values["time"] = time.value
    reason = _first_reason([(mapped["time"].isnull(), "time-missing"), *reasons], otherwise=time.reason)
    order = [name for name in CANONICAL_COLUMNS if name in values]
    others = [name for name in chosen.columns if name not in values]
    # renaming keeps what a predicate sees: the canonical columns win over columns of the same name
    judged = chosen.select(
        *[values[name].name(name) for name in order], *others, refused_because=reason, row_as_text=_as_text(mapped["time"])
    )
    refusals = _count_refusals(judged)
    usable = judged.filter(judged.refused_because.isnull()).drop("refused_because", "row_as_text")
    return CanonicalRows(usable, n_left_out, refusals, (*time.findings, *findings))


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
            mapped[name] = raw[expression] if expression in raw.columns else compile_expression(parse_expression(expression), raw)
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


def _choose(raw: ir.Table, where: str | None, source: str) -> tuple[ir.Table, int]:
    if where is None:
        return raw, 0
    try:
        chosen_by = compile_expression(parse_expression(where), raw)
        if not chosen_by.type().is_boolean():
            raise PredicateError(f"{where!r} is not true or false", code="predicate-type", hint="such as component = 'Webhooks'")
    except PredicateError as error:
        raise FindingsError([finding_of(error, where=f"{source}.where")]) from None
    keep = chosen_by.fill_null(False)
    counts = raw.aggregate(kept=keep.sum(), all=raw.count()).to_pyarrow()
    kept, everything = counts["kept"][0].as_py() or 0, counts["all"][0].as_py()
    if not kept:
        raise FindingsError(
            [Finding("where-chose-nothing", f"no row matches {where!r}", where=f"{source}.where", hint="look at its spelling")]
        )
    return raw.filter(keep), everything - kept


def _typed_values(mapped: Mapping[str, Any], table: Any, source: str) -> tuple[dict[str, Any], list[tuple[Any, str]], list[Finding]]:
    """Cast the optional canonical columns; what cannot be cast is a reason to refuse the row."""
    import ibis

    values: dict[str, Any] = {}
    reasons: list[tuple[Any, str]] = []
    findings: list[Finding] = []
    for name, raw_value in mapped.items():
        if name in ("route", "method", "user"):
            values[name] = raw_value.cast("string")
        elif name in ("status", "latency_ms", "value", "weight"):
            text_null = raw_value.isin(["", "-"]) if raw_value.type().is_string() else ibis.literal(False)
            number = _as_number(raw_value, "int64" if name in ("status", "weight") else "float64")
            values[name] = number
            reasons.append((raw_value.notnull() & ~text_null & number.isnull(), f"{name}-unreadable"))
    if "latency_ms" in values:
        latency = values["latency_ms"]
        findings += _negative_latencies(table, latency, source)
        values["latency_ms"] = ibis.ifelse((latency < 0) | latency.isnan() | latency.isinf(), ibis.null().cast("float64"), latency)
    if "weight" in values:
        reasons.append((values["weight"].isnull() | (values["weight"] < 1), "weight-not-positive"))
    return values, reasons, findings


def _as_number(value: Any, kind: str) -> Any:
    if value.type().is_string():
        return value.try_cast(kind)
    return value.cast(kind) if value.type().is_numeric() or value.type().is_boolean() else value.cast("string").try_cast(kind)


def _negative_latencies(table: Any, latency: Any, source: str) -> list[Finding]:
    row = table.aggregate(n=((latency < 0) | latency.isnan() | latency.isinf()).sum(), least=latency.min()).to_pyarrow()
    n_rows = row["n"][0].as_py() or 0
    if not n_rows:
        return []
    return [
        Finding(
            "latency-negative",
            f"{n_rows:,} latencies are negative or not finite; they are taken as unknown, so those requests are bad for latency",
            severity="warning",
            where=source,
            count=n_rows,
            example=f"{row['least'][0].as_py():g} ms",
            hint="look at the clock that measured them, or choose rows with where: latency_ms >= 0",
        )
    ]


def _first_reason(cases: list[tuple[Any, str]], *, otherwise: Any) -> Any:
    import ibis

    return ibis.cases(*cases, else_=otherwise)


def _as_text(time: Any) -> Any:
    return time.cast("string")


def _count_refusals(judged: Any) -> tuple[Refusal, ...]:
    refused = judged.filter(judged.refused_because.notnull())
    rows = refused.group_by("refused_because").aggregate(n=refused.count(), example=refused.row_as_text.max()).order_by("refused_because")
    return tuple(
        Refusal(row["refused_because"], row["n"], f"time {row['example']}" if row["example"] is not None else "a row without time")
        for row in rows.to_pyarrow().to_pylist()
    )
