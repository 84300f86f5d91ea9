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
from slo_workbench.sources.line_ends import with_even_line_ends
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.stray_quotes import without_stray_quotes

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["find_columns", "identifier", "read_delimited", "read_json_lines", "read_lines", "read_separated", "split_values"]

SEPARATORS = (",", "\t", ";", "|")
LONGEST_LINE_BYTES = 16_000_000
_COLUMNS_AT_ONCE = 40  # looking at 274 columns in one query takes ten times as long as in seven


def _read_csv(
    connection: Backend, files: Sequence[Path], columns: Sequence[str], options: str, *, table: str, where: str = "true"
) -> tuple[Refusal, ...]:
    """Run DuckDB's reader into a temporary table; return what it refused."""
    import duckdb

    types = "{" + ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns) + "}"

    def read(paths: Sequence[Path]) -> None:
        listed = "[" + ", ".join(quoted(str(path)) for path in paths) + "]"
        connection.raw_sql(
            f"DROP TABLE IF EXISTS rejects_{table}; DROP TABLE IF EXISTS scans_{table}; "
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_csv({listed}, columns={types}, auto_detect=false, {options}, "
            f"ignore_errors=true, store_rejects=true, rejects_table='rejects_{table}', rejects_scan='scans_{table}', "
            f"max_line_size={LONGEST_LINE_BYTES}) WHERE {where}"
        )

    try:
        try:
            read(files)
        except duckdb.InvalidInputException as error:
            if "state machine" not in str(error):  # what it says of mixed line ends
                raise
            with with_even_line_ends(files) as copies:
                read(copies)
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise FindingsError(
            [Finding("source-damaged", f"{files[0].name} cannot be read: {first}", hint="was the file cut short?")]
        ) from None
    rows = connection.raw_sql(
        f"SELECT reason, count(*), any_value(csv_line) FROM (SELECT any_value(lower(replace(error_type::VARCHAR, ' ', '-'))) AS reason, "
        f"any_value(csv_line) AS csv_line FROM rejects_{table} GROUP BY scan_id, file_id, line) GROUP BY reason ORDER BY reason"
    ).fetchall()
    connection.raw_sql(f"DROP TABLE rejects_{table}; DROP TABLE scans_{table}")
    return tuple(Refusal(reason, n_rows, example or "") for reason, n_rows, example in rows)


def _n_rows(connection: Backend, table: str) -> int:
    return int(connection.raw_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def read_lines(connection: Backend, files: Sequence[Path], *, table: str) -> RawRows:
    """Read text files as one column ``line``, in the order of the files; blank lines are skipped and are no rows.

    Bytes that are not UTF-8 make a refused row (``invalid-encoding``), and so does a line of more than 16 MB.
    A carriage return ends a line, with or without a line feed.
    """
    # What would separate columns must not occur, as the rest of such a line would be dropped in silence.
    options = "header=false, delim='\x1e\x1f\x1e\x1f', quote='', escape='', strict_mode=false, new_line='\\n'"
    refusals = _read_csv(connection, files, ["line"], options, table=table, where="NOT regexp_full_match(line, '[ \t]*')")
    n_read = _n_rows(connection, table) + sum(refusal.n_rows for refusal in refusals)
    return RawRows(connection.table(table), n_read, refusals)


def read_delimited(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read separated values with a header row; the separator is the one that splits the header best.

    A row with too few or too many values, or a broken quote, is refused. Columns whose every value is a
    number or true/false become so; all others stay text.
    """
    separator, columns = find_columns(files)
    return read_separated(connection, files, columns, separator, table=table)


def find_columns(files: Sequence[Path]) -> tuple[str, tuple[str, ...]]:
    """Return the separator and the column names that the header rows of files have in common.

    Raises
    ------
    FindingsError
        ``column-repeated`` for a name given twice, ``columns-differ`` when a file has other columns than the first.
    """
    separator, columns = _header(files[0])
    folded = [name.casefold() for name in columns]
    repeated = sorted({name for name in columns if folded.count(name.casefold()) > 1})
    if repeated:
        raise FindingsError(
            [Finding("column-repeated", f"{files[0].name} has the column {repeated[0]!r} twice", hint="give each column a name of its own")]
        )
    for file in files[1:]:
        if _header(file) != (separator, columns):
            message = f"{file.name} has other columns, or in another order, than {files[0].name}"
            raise FindingsError([Finding("columns-differ", message, hint="one source each, or bring them into one form")])
    return separator, columns


def _header(file: Path) -> tuple[str, tuple[str, ...]]:
    header = next((line for line in first_lines(file) if line.strip()), "")
    separator = max(SEPARATORS, key=header.count)
    return separator, tuple(name or f"column_{number}" for number, name in enumerate(split_values(header, separator), start=1))


def split_values(line: str, separator: str) -> list[str]:
    """Return the values of a line without blanks around them; at least one."""
    try:
        values = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a value longer than the csv module takes
        values = line.split(separator)
    return [value.strip() for value in values] or [""]


def read_separated(
    connection: Backend,
    files: Sequence[Path],
    columns: Sequence[str],
    separator: str,
    *,
    table: str,
    has_header: bool = True,
    n_skipped: int = 0,
) -> RawRows:
    """Read separated values whose columns are known, typed as :func:`read_delimited` says; ``n_skipped`` lines on top are passed over."""
    options = f"header={str(has_header).lower()}, skip={n_skipped}, delim={quoted(separator)}, quote='\"', escape='\"'"
    refusals = _read_csv(connection, files, columns, options, table=f"text_{table}")
    if _swallowed_lines(connection, f"text_{table}", columns, refusals):
        with without_stray_quotes(files, separator=separator, n_columns=len(columns)) as (copies, stray):
            refusals = (*_read_csv(connection, copies, columns, options, table=f"text_{table}"), *stray)
    batches = [columns[start : start + _COLUMNS_AT_ONCE] for start in range(0, len(columns), _COLUMNS_AT_ONCE)]
    typed = ", ".join(column for batch in batches for column in _typed_columns(connection, f"text_{table}", batch))
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {typed} FROM text_{table}")
    connection.raw_sql(f"DROP TABLE text_{table}")
    n_read = _n_rows(connection, table) + sum(refusal.n_rows for refusal in refusals)
    return RawRows(connection.table(table), n_read, refusals)


def _swallowed_lines(connection: Backend, table: str, columns: Sequence[str], refusals: Sequence[Refusal]) -> bool:
    """Whether a value holds a line end, or a quote was never closed: then one row may have swallowed others."""
    if any(refusal.reason == "unquoted-value" or "\n" in (refusal.example or "") for refusal in refusals):
        return True
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        has_line_end = " OR ".join(f"contains({identifier(column)}, chr(10))" for column in columns[start : start + _COLUMNS_AT_ONCE])
        if connection.raw_sql(f"SELECT 1 FROM {table} WHERE {has_line_end} LIMIT 1").fetchone():
            return True
    return False


def _typed_columns(connection: Backend, table: str, columns: Sequence[str]) -> list[str]:
    """Give each text column the narrowest type that holds every value; codes such as 007 stay text."""
    looks = []
    for column in columns:
        name = identifier(column)
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
        typed.append(f"CAST(nullif({identifier(column)}, '') AS {kind}) AS {identifier(column)}")
    return typed


def identifier(name: str) -> str:
    """Quote a column name as an SQL identifier.

    Examples
    --------
    >>> identifier('cs(User-Agent)')
    '"cs(User-Agent)"'
    """
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
    items = f"(SELECT json_transform(line, {quoted(_as_json(fields))}) AS item FROM lines_{table} WHERE {is_object})"
    fields = _with_large_numbers_as_text(connection, fields, items)
    items = f"(SELECT json_transform(line, {quoted(_as_json(fields))}) AS item FROM lines_{table} WHERE {is_object})"
    columns = ", ".join(_json_column(name, kind) for name, kind in fields.items())
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM {items}")
    refused = connection.raw_sql(f"SELECT count(*), any_value(line) FROM lines_{table} WHERE NOT ({is_object})").fetchone()
    connection.raw_sql(f"DROP TABLE lines_{table}")
    refusals = lines.refusals + ((Refusal("not-a-json-object", refused[0], refused[1]),) if refused[0] else ())
    return RawRows(connection.table(table), lines.n_rows_read, refusals)


def _json_fields(structure: str | None) -> dict[str, str]:
    import json

    found: Any = json.loads(structure) if structure else {}
    if not isinstance(found, dict):
        return {}
    folded = [name.casefold() for name in found]
    repeated = [name for name in found if folded.count(name.casefold()) > 1]
    if repeated:
        message = f"the field {repeated[0]!r} stands there in other case, too"
        raise FindingsError([Finding("column-repeated", message, hint="give each field a name of its own")])
    plain = {"HUGEINT": "VARCHAR", "NULL": "VARCHAR", "JSON": "VARCHAR"}
    return {
        name: plain.get(kind, kind) if isinstance(kind, str) else "VARCHAR" for name, kind in found.items() if name and "\0" not in name
    }


def _with_large_numbers_as_text(connection: Backend, fields: dict[str, str], items: str) -> dict[str, str]:
    """Read whole numbers that do not fit into 63 bits as text: they are names, not amounts."""
    whole = [name for name, kind in fields.items() if kind == "UBIGINT"]
    if not whole:
        return fields
    largest = connection.raw_sql(f"SELECT {', '.join(f'max(item.{identifier(name)})' for name in whole)} FROM {items}").fetchone()
    too_large = {name for name, most in zip(whole, largest, strict=True) if most is not None and most >= 2**63}
    return {name: "VARCHAR" if name in too_large else kind for name, kind in fields.items()}


def _json_column(name: str, kind: str) -> str:
    value = f"item.{identifier(name)}"
    return f"{value if kind != 'UBIGINT' else f'CAST({value} AS BIGINT)'} AS {identifier(name)}"


def _as_json(fields: dict[str, str]) -> str:
    import json

    return json.dumps(fields)
