"""Text files as tables: lines, separated values and JSON lines, with every unreadable row kept count of.

Files are read by the embedded DuckDB; what a team's own engine holds never comes this way.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.engine import quoted
from slo_workbench.sources.files import first_lines
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["read_delimited", "read_json_lines", "read_lines"]

SEPARATORS = (",", "\t", ";", "|")
LONGEST_LINE_BYTES = 16_000_000


def _read_csv(connection: Backend, files: Sequence[Path], columns: Sequence[str], options: str, *, table: str) -> tuple[Refusal, ...]:
    """Run DuckDB's reader into a temporary table; return what it refused."""
    import duckdb

    paths = "[" + ", ".join(quoted(str(file)) for file in files) + "]"
    types = "{" + ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns) + "}"
    query = (
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_csv({paths}, columns={types}, auto_detect=false, {options}, "
        f"ignore_errors=true, store_rejects=true, rejects_table='rejects_{table}', rejects_scan='scans_{table}', max_line_size={LONGEST_LINE_BYTES})"
    )
    try:
        connection.raw_sql(query)
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise FindingsError(
            [Finding("source-damaged", f"{files[0].name} cannot be read: {first}", hint="was the file cut short?")]
        ) from None
    rows = connection.raw_sql(
        f"SELECT reason, count(*), any_value(csv_line) FROM (SELECT any_value(lower(replace(error_type::VARCHAR, ' ', '-'))) AS reason, "
        f"any_value(csv_line) AS csv_line FROM rejects_{table} GROUP BY scan_id, file_id, line) GROUP BY reason ORDER BY reason"
    ).fetchall()
    return tuple(Refusal(reason, n_rows, example or "") for reason, n_rows, example in rows)


def _n_rows(connection: Backend, table: str) -> int:
    return int(connection.raw_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def read_lines(connection: Backend, files: Sequence[Path], *, table: str) -> RawRows:
    """Read text files as one column ``line``; blank lines are skipped and are no rows.

    Bytes that are not UTF-8 make a refused row (``invalid-encoding``).
    """
    options = "header=false, delim='\x1e', quote='', escape='', strict_mode=false, new_line='\\n'"
    refusals = _read_csv(connection, files, ["line"], options, table=f"all_{table}")
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT rtrim(line, chr(13)) AS line FROM all_{table} WHERE trim(line, ' \t' || chr(13)) <> ''"
    )
    connection.raw_sql(f"DROP TABLE all_{table}")
    n_read = _n_rows(connection, table) + sum(refusal.n_rows for refusal in refusals)
    return RawRows(connection.table(table), n_read, refusals)


def read_delimited(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read separated values with a header row; the separator is the one that splits the header best.

    A row with too few or too many values, or a broken quote, is refused. Columns whose every value is a
    number or true/false become so; all others stay text.
    """
    header = next((line for line in first_lines(files[0]) if line.strip()), "").lstrip("\ufeff")
    separator = max(SEPARATORS, key=header.count)
    columns = [name.strip() or f"column_{number}" for number, name in enumerate(next(csv.reader([header], delimiter=separator)), start=1)]
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise FindingsError(
            [Finding("column-repeated", f"{files[0].name} has the column {repeated[0]!r} twice", hint="give each column a name of its own")]
        )
    options = f"header=true, delim={quoted(separator)}, quote='\"', escape='\"'"
    refusals = _read_csv(connection, files, columns, options, table=f"text_{table}")
    typed = ", ".join(_typed_columns(connection, f"text_{table}", columns))
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {typed} FROM text_{table}")
    connection.raw_sql(f"DROP TABLE text_{table}")
    n_read = _n_rows(connection, table) + sum(refusal.n_rows for refusal in refusals)
    return RawRows(connection.table(table), n_read, refusals)


def _typed_columns(connection: Backend, table: str, columns: Sequence[str]) -> list[str]:
    """Give each text column the narrowest type that holds every value; codes such as 007 stay text."""
    looks = []
    for column in columns:
        name = _identifier(column)
        filled = f"{name} IS NOT NULL AND {name} <> ''"
        looks.append(
            f"count(*) FILTER ({filled}), count(*) FILTER ({filled} AND regexp_matches({name}, '^-?0[0-9]+')), "
            f"count(TRY_CAST(nullif({name}, '') AS BIGINT)) FILTER (NOT contains({name}, '.')), count(TRY_CAST(nullif({name}, '') AS DOUBLE)), "
            f"count(*) FILTER (lower({name}) IN ('true', 'false'))"
        )
    counts = connection.raw_sql(f"SELECT {', '.join(looks)} FROM {table}").fetchone()
    typed = []
    for number, column in enumerate(columns):
        n_filled, n_codes, n_integers, n_numbers, n_booleans = counts[number * 5 : number * 5 + 5]
        kind = "VARCHAR"
        if n_filled and not n_codes and n_numbers == n_filled:
            kind = "BIGINT" if n_integers == n_filled else "DOUBLE"
        elif n_filled and n_booleans == n_filled:
            kind = "BOOLEAN"
        typed.append(f"CAST(nullif({_identifier(column)}, '') AS {kind}) AS {_identifier(column)}")
    return typed


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read_json_lines(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read one JSON object a line; a line that is no JSON object is refused.

    A field that is sometimes a number and sometimes text becomes text. Nested objects and lists stay
    JSON text.
    """
    lines = read_lines(connection, files, table=f"lines_{table}")
    is_object = "json_valid(line) AND json_type(CASE WHEN json_valid(line) THEN line ELSE '0' END) = 'OBJECT'"
    structure = connection.raw_sql(f"SELECT json_group_structure(CASE WHEN {is_object} THEN line::JSON END) FROM lines_{table}").fetchone()[
        0
    ]
    fields = _json_fields(structure)
    if not fields:
        raise FindingsError([Finding("source-no-rows", f"{files[0].name} has no line that is a JSON object", hint="one object a line")])
    columns = ", ".join(f"item.{_identifier(name)} AS {_identifier(name)}" for name in fields)
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM "
        f"(SELECT json_transform(line, {quoted(_as_json(fields))}) AS item FROM lines_{table} WHERE {is_object})"
    )
    refused = connection.raw_sql(f"SELECT count(*), any_value(line) FROM lines_{table} WHERE NOT ({is_object})").fetchone()
    connection.raw_sql(f"DROP TABLE lines_{table}")
    refusals = lines.refusals + ((Refusal("not-a-json-object", refused[0], refused[1]),) if refused[0] else ())
    return RawRows(connection.table(table), lines.n_rows_read, refusals)


def _json_fields(structure: str | None) -> dict[str, str]:
    import json

    found: Any = json.loads(structure) if structure else {}
    if not isinstance(found, dict):
        return {}
    numbers = {"UBIGINT": "BIGINT", "HUGEINT": "DOUBLE", "NULL": "VARCHAR", "JSON": "VARCHAR"}
    return {name: numbers.get(kind, kind) if isinstance(kind, str) else "VARCHAR" for name, kind in found.items()}


def _as_json(fields: dict[str, str]) -> str:
    import json

    return json.dumps(fields)
