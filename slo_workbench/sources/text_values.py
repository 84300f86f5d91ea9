"""Numbers and times in text columns, on engines that try a cast and on those that only cast.

DuckDB, Spark and most warehouses have a cast that gives null for what it cannot read. PostgreSQL and SQLite have none
(a cast of ``'abc'`` ends the query there, or gives 0), so what does not look right is set aside before it is cast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["cast_or_null", "engine_of"]

_TRIES = frozenset({"athena", "bigquery", "clickhouse", "databricks", "duckdb", "mssql", "pyspark", "snowflake", "trino"})
_LONG_MONTH = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTH = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_LEAP_YEAR = r"([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)"
_DAY = rf"([12][0-9]{{3}}-({_LONG_MONTH}|{_SHORT_MONTH}|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = r"(Z|z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?"
# Every text of one of these shapes can be cast: no 30 February, no number too large.
_SHAPES = {
    "int64": r"^[+-]?[0-9]{1,18}$",
    "float64": r"^[+-]?([0-9]{1,100}([.][0-9]{0,100})?|[.][0-9]{1,100})([eE][+-]?[0-9]{1,2})?$",
    "timestamp('UTC')": rf"^{_DAY}([T ]{_CLOCK}{_OFFSET})?$",
}


def engine_of(value: Any) -> str:
    """Return Ibis' name of the engine that a value or table belongs to, such as ``duckdb``."""
    return str(value.get_backend().name)


def cast_or_null(text: ir.Value, kind: str) -> ir.Value:
    """Cast text to ``int64``, ``float64`` or ``timestamp('UTC')``; what cannot be read becomes null."""
    import ibis

    column: Any = text
    if engine_of(column) in _TRIES:
        tried: ir.Value = column.try_cast(kind)
        return tried
    stripped = column.strip()
    guarded: ir.Value = ibis.cases((stripped.re_search(_SHAPES[kind]), stripped.cast(kind)), else_=ibis.null().cast(kind))
    return guarded
