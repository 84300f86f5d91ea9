"""What a source really holds: its columns, the values they take, and how long each route takes; enough to suggest predicates that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slo_workbench.sources.rows import RequestTable

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ColumnShape", "RouteShape", "SourceShape", "describe_source"]

MOST_VALUES = 60
MOST_ROUTES = 500
_TAKES_VALUES = ("text", "boolean", "whole number")


@dataclass(frozen=True)
class ColumnShape:
    """One column.

    Parameters
    ----------
    name : str
    kind : {"text", "boolean", "whole number", "number", "time", "other"}
    values : tuple of (str or int or bool, int)
        The values it takes with how many rows, most frequent first; empty for numbers that measure, and where there are more than 60.
    n_null : int
        Rows in which it has no value.
    p90, p99 : float, optional
        Of a number: what 90 % and 99 % of the rows with a value stay within.
    """

    name: str
    kind: str
    values: tuple[tuple[Any, int], ...] = ()
    n_null: int = 0
    p90: float | None = None
    p99: float | None = None

    @property
    def value_set(self) -> frozenset[Any]:
        """The values alone."""
        return frozenset(value for value, _ in self.values)


@dataclass(frozen=True)
class RouteShape:
    """One route as the data calls it: how many rows, and within how many ms 90 % and 99 % of those with a latency were answered."""

    method: str
    route: str
    n_rows: int
    p90_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class SourceShape:
    """What a source holds.

    Parameters
    ----------
    name, format : str
        Name of the source in the workbook, and how it was read.
    columns : mapping of name to ColumnShape
    routes : tuple of RouteShape
        Most frequent first; empty without a column ``route``, and where there are more than 500: then ids stand in the paths.
    n_rows, n_days : int, float
        Usable rows, and the time they span.
    n_distinct_routes : int
        How many routes there are; many more than a service has when ids stand in the paths.
    """

    name: str
    format: str
    columns: Mapping[str, ColumnShape] = field(default_factory=dict)
    routes: tuple[RouteShape, ...] = ()
    n_rows: int = 0
    n_days: float = 0.0
    n_distinct_routes: int = 0

    def has(self, *columns: str) -> bool:
        """Whether there are all these columns."""
        return all(column in self.columns for column in columns)


def describe_source(source: RequestTable) -> SourceShape:
    """Look at the columns of an opened source, the values of those that take few, and its routes.

    Three or four scans by the engine; nothing is read row by row.
    """
    table: Any = source.table
    kinds = {name: _kind(dtype) for name, dtype in table.schema().items()}
    figures = _figures(table, kinds)
    columns = {
        name: ColumnShape(
            name, kind, _values(table, name) if 0 < figures.get(f"distinct {name}", 0) <= MOST_VALUES else (),
            n_null=int(figures[f"null {name}"]), p90=_number(figures.get(f"p90 {name}")), p99=_number(figures.get(f"p99 {name}")),
        ) for name, kind in kinds.items()
    }  # fmt: skip
    span_days = (source.last_time - source.first_time).total_seconds() / 86_400
    return SourceShape(
        source.name, source.format, columns, _routes(table, kinds), source.n_rows_used, span_days, int(figures.get("distinct route", 0))
    )


def _kind(dtype: Any) -> str:
    if dtype.is_string():
        return "text"
    if dtype.is_boolean():
        return "boolean"
    if dtype.is_integer():
        return "whole number"
    if dtype.is_numeric():
        return "number"
    return "time" if dtype.is_temporal() else "other"


def _figures(table: Any, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return what one scan tells of all columns: rows without a value, distinct values, quantiles of numbers."""
    asked: dict[str, Any] = {}
    with_quantiles = _can_tell_quantiles(table)
    for name, kind in kinds.items():
        column = table[name]
        asked[f"null {name}"] = column.isnull().sum()
        if kind in _TAKES_VALUES:
            asked[f"distinct {name}"] = column.nunique()
        if kind in ("number", "whole number") and with_quantiles and name.endswith("_ms"):
            asked |= {f"p90 {name}": column.quantile(0.9), f"p99 {name}": column.quantile(0.99)}
    (row,) = table.aggregate(**asked).to_pyarrow().to_pylist()
    return {name: value or 0 for name, value in row.items() if value is not None or name.startswith("null")}


def _values(table: ir.Table, name: str) -> tuple[tuple[Any, int], ...]:
    counts = table.filter(table[name].notnull()).group_by(name).aggregate(n_rows=lambda rows: rows.count())
    rows = counts.to_pyarrow().to_pylist()
    return tuple((row[name], int(row["n_rows"])) for row in sorted(rows, key=lambda row: (-row["n_rows"], str(row[name]))))


def _routes(table: Any, kinds: Mapping[str, str]) -> tuple[RouteShape, ...]:
    if kinds.get("route") != "text":
        return ()
    keys = ["method", "route"] if kinds.get("method") == "text" else ["route"]
    named = table.filter(table["route"].notnull())
    figures: dict[str, Any] = {"n_rows": named.count()}
    if kinds.get("latency_ms") in ("number", "whole number") and _can_tell_quantiles(named):
        figures |= {"p90_ms": named["latency_ms"].quantile(0.9), "p99_ms": named["latency_ms"].quantile(0.99)}
    grouped = named.group_by(keys).aggregate(**figures)
    rows = grouped.order_by(grouped["n_rows"].desc()).limit(MOST_ROUTES + 1).to_pyarrow().to_pylist()
    if len(rows) > MOST_ROUTES:
        return ()
    found = [
        RouteShape(row.get("method") or "", row["route"], int(row["n_rows"]), _number(row.get("p90_ms")), _number(row.get("p99_ms")))
        for row in rows
    ]
    return tuple(sorted(found, key=lambda route: (-route.n_rows, route.route, route.method)))


def _can_tell_quantiles(table: Any) -> bool:
    """Whether the engine knows quantiles; SQLite, for one, need not."""
    import ibis.expr.operations as ops

    return bool(table.get_backend().has_operation(ops.Quantile))


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
