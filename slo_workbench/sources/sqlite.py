"""SQLite: a file opened read-only, and the types its columns really hold."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["connect_sqlite", "sqlite_engine", "sqlite_rows"]


@contextmanager
def connect_sqlite(path: Path, *, source: str) -> Iterator[Any]:
    """Open a file for reading, as Ibis' backend.

    With a write-ahead log, every query sees the same state. Without one a long read would keep writers waiting, so
    none is held, and a file that was written meanwhile is reported.

    Raises
    ------
    FindingsError
        ``source-damaged`` for another kind of file; ``source-changed`` when it was written while it was read.
    """
    import ibis

    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            message = f"{path.name} is no SQLite database"
            raise FindingsError([Finding("source-damaged", message, where=source, hint="a file of requests needs no sqlite:// before it")])
    with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, isolation_level=None)) as connection:
        backend = ibis.sqlite.from_connection(connection)
        connection.execute("PRAGMA query_only = ON")
        # Ibis' own takes four times as long, and reading times as text is most of the work
        connection.create_function("_ibis_regex_search", 2, _matches, deterministic=True)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("BEGIN")
        before = connection.execute("PRAGMA data_version").fetchone()
        yield backend
        if connection.execute("PRAGMA data_version").fetchone() != before:
            message = f"{path.name} was written while it was read, so its counts may not agree"
            raise FindingsError([Finding("source-changed", message, where=source, hint="read a copy: sqlite3 live.db '.backup copy.db'")])


def sqlite_engine() -> str:
    """Return what runs the queries, such as ``SQLite 3.40.1``."""
    return f"SQLite {sqlite3.sqlite_version}"


def sqlite_rows(backend: Any, table: str | None, *, query: str | None, source: str) -> ir.Table:
    """Return the rows of a table or of a checked query.

    SQLite's columns hold what each row put there, whatever was declared. So the types come from one look at all
    values: whole numbers, numbers, or else text, which is then read like text of any source. Times are text here.

    Raises
    ------
    FindingsError
        ``source-table-unknown`` with the nearest name; ``query-columns`` for two columns of one name.
    """
    connection = backend.con
    name = _table(backend, table, source) if table is not None else ""
    text = query if query is not None else f"SELECT * FROM {_quoted(name)}"
    names = [column[0] for column in connection.execute(f"SELECT * FROM ({text}) LIMIT 0").description]
    repeated = sorted({one for one in names if names.count(one) > 1})
    if repeated:
        message = f"the query gives two columns the name {repeated[0]!r}"
        raise FindingsError([Finding("query-columns", message, where=source, hint="name each once: SELECT a AS one, b AS other")])
    declared = {row[1]: str(row[2]).lower() for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")} if name else {}
    schema = _held_types(connection, text, names, declared)
    chosen = ", ".join(f"CAST({_quoted(one)} AS TEXT) AS {_quoted(one)}" if schema[one] == "string" else _quoted(one) for one in names)
    rows: ir.Table = backend.sql(f"SELECT {chosen} FROM ({text}) AS requests", schema=schema)
    return rows


@cache
def _pattern(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


def _matches(text: str | None, pattern: str) -> bool | None:
    return None if text is None else _pattern(pattern)(text) is not None


def _held_types(connection: sqlite3.Connection, text: str, names: list[str], declared: dict[str, str]) -> dict[str, str]:
    looks = [f"sum(typeof({_quoted(name)}) = '{kind}')" for name in names for kind in ("integer", "real", "text", "blob")]
    looks += [f"max({_quoted(name)})" for name in names]
    seen = connection.execute(f"SELECT {', '.join(looks)} FROM ({text})").fetchone()
    schema = {}
    for place, name in enumerate(names):
        n_whole, n_real, n_text, n_blob = (count or 0 for count in seen[4 * place : 4 * place + 4])
        largest = seen[4 * len(names) + place]
        if n_text or n_blob or not (n_whole or n_real):
            schema[name] = "string"
        elif n_real:
            schema[name] = "float64"
        else:
            schema[name] = "boolean" if "bool" in declared.get(name, "") and largest in (0, 1) else "int64"
    return schema


def _table(backend: Any, name: str, source: str) -> str:
    known = backend.list_tables()
    for one in known:
        if one.lower() == name.removeprefix("main.").lower():
            return str(one)
    message = f"there is no table {name!r}"
    raise FindingsError([Finding("source-table-unknown", message, where=source, hint=nearest_hint(name, known))])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
