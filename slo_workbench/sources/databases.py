"""Requests in a database, by URL: the reduction runs where they lie, and only counts come back."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import MissingExtra
from slo_workbench.sources.driver_errors import explain_errors
from slo_workbench.sources.engine import quiet_ibis
from slo_workbench.sources.files import find_files, fingerprint
from slo_workbench.sources.locations import DatabaseUrl, name_query, parse_database_url
from slo_workbench.sources.open import account_for
from slo_workbench.sources.postgres import connect_postgres, postgres_engine, postgres_rows
from slo_workbench.sources.rows import RawRows, RequestTable, SourceRequest
from slo_workbench.sources.safe_query import check_query
from slo_workbench.sources.sqlite import connect_sqlite, sqlite_engine, sqlite_rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ENGINES", "Engine", "open_url"]


@dataclass(frozen=True)
class Engine:
    """A kind of database: its name, Ibis' name of it, sqlglot's, its driver's module and how to install that."""

    words: str
    backend: str
    dialect: str
    driver: str
    install: str


def _engine(words: str, backend: str, driver: str, dialect: str | None = None) -> Engine:
    return Engine(words, backend, dialect or backend, driver, f"pip install 'ibis-framework[{backend}]'")


_POSTGRES = Engine("PostgreSQL", "postgres", "postgres", "psycopg", "pip install 'slo-workbench[postgres]'")
ENGINES: dict[str, Engine] = {
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "sqlite": Engine("SQLite", "sqlite", "sqlite", "sqlite3", ""),
    "athena": _engine("Athena", "athena", "pyathena"),
    "bigquery": _engine("BigQuery", "bigquery", "google.api_core.exceptions"),
    "clickhouse": _engine("ClickHouse", "clickhouse", "clickhouse_connect.dbapi"),
    "databricks": _engine("Databricks", "databricks", "databricks.sql"),
    "mssql": _engine("SQL Server", "mssql", "pyodbc", "tsql"),
    "mysql": _engine("MySQL", "mysql", "MySQLdb"),
    "oracle": _engine("Oracle", "oracle", "oracledb"),
    "snowflake": _engine("Snowflake", "snowflake", "snowflake.connector"),
    "trino": _engine("Trino", "trino", "trino.exceptions"),
}
"""Kinds of databases by the scheme of their URL. PostgreSQL and SQLite are tested; the others go the same way through Ibis."""


@contextmanager
def open_url(url: str, request: SourceRequest, *, folder: Path = Path()) -> Iterator[RequestTable]:
    """Open a table or query of a database; to be reduced inside the ``with`` block.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:5432/db?table=schema.requests``, ``sqlite:///file.db?table=requests`` (four slashes for
        an absolute path), or another of :data:`ENGINES`; instead of ``table=``, ``query=SELECT …`` percent-encoded.
    request : SourceRequest
        Name, columns, ``where`` and time zone; its path and format are not used.
    folder : Path
        Where relative paths of SQLite files start.

    Raises
    ------
    MissingExtra
        When the driver is not installed.
    FindingsError
        When it cannot be reached, read or understood, and for errors of the database inside the block. Passwords
        are in no message.
    """
    place = parse_database_url(url, source=request.name)
    if place.scheme not in ENGINES:
        hint = nearest_hint(place.scheme, ENGINES)
        raise FindingsError([Finding("source-url", f"unknown kind of database {place.scheme!r}", where=request.name, hint=hint)])
    engine = ENGINES[place.scheme]
    query = check_query(place.query, dialect=engine.dialect, source=request.name) if place.query else None
    with quiet_ibis(), explain_errors(_driver_errors(engine), words=engine.words, url=url, source=request.name):
        if engine.backend == "sqlite":
            with _open_sqlite(place, request, folder=folder, query=query) as opened:
                yield opened
        elif engine.backend == "postgres":
            with connect_postgres(place, source=request.name) as backend:
                rows = postgres_rows(backend, place, query=query, source=request.name)
                yield _account(rows, request, engine, place, postgres_engine(backend))
        else:
            with _connect_any(url, engine, place) as backend:
                rows = _rows_of_any(backend, place, query=query, source=request.name)
                yield _account(rows, request, engine, place, f"{engine.words} {_version_of(backend)}".strip())


@contextmanager
def _open_sqlite(place: DatabaseUrl, request: SourceRequest, *, folder: Path, query: str | None) -> Iterator[RequestTable]:
    if place.host or place.options:
        hint = "write sqlite:///folder/file.db?table=NAME, or sqlite:////folder/file.db?table=NAME for an absolute path"
        raise FindingsError([Finding("source-url", "the URL of an SQLite file has no host and no options", where=request.name, hint=hint)])
    (path,) = find_files(folder / place.database, source=request.name)
    with connect_sqlite(path, source=request.name) as backend:
        rows = sqlite_rows(backend, place.table, query=query, source=request.name)
        yield replace(_account(rows, request, ENGINES["sqlite"], place, sqlite_engine()), files=(fingerprint(path),))


def _account(rows: ir.Table, request: SourceRequest, engine: Engine, place: DatabaseUrl, version: str) -> RequestTable:
    raw = RawRows(rows, int(rows.count().to_pyarrow().as_py()))
    table = account_for(raw, request, format=f"{engine.backend} table", files=(), engine=version)
    return replace(table, files=(name_query(place.shown, request.where, table.first_time, table.last_time, table.n_rows_read),))


def _driver_errors(engine: Engine) -> tuple[type[Exception], ...]:
    """Return the driver's base exception (PEP 249), once the driver is loaded."""
    try:
        driver: Any = importlib.import_module(engine.driver)
    except ImportError:
        return ()
    found = [getattr(driver, name, None) for name in ("Error", "GoogleAPIError")]
    return tuple(one for one in found if isinstance(one, type) and issubclass(one, Exception))


@contextmanager
def _connect_any(url: str, engine: Engine, place: DatabaseUrl) -> Iterator[Any]:
    """Connect through Ibis' own URL form; without its driver, say how to install it."""
    import ibis

    try:
        backend = ibis.connect(url.partition("?")[0] + (f"?{urlencode(place.options)}" if place.options else ""))
    except ImportError as error:
        raise MissingExtra(f"{engine.words} needs its driver ({error.name or 'not found'}): {engine.install}") from None
    try:
        yield backend
    finally:
        backend.disconnect()


def _rows_of_any(backend: Any, place: DatabaseUrl, *, query: str | None, source: str) -> ir.Table:
    rows: ir.Table
    if query is not None:
        rows = backend.sql(query)
        return rows
    from ibis.common.exceptions import TableNotFound

    *database, table = (place.table or "").split(".")
    try:
        rows = backend.table(table, database=tuple(database) or None)
    except TableNotFound:
        hint = nearest_hint(table, backend.list_tables(database=tuple(database) or None))
        raise FindingsError([Finding("source-table-unknown", f"there is no table {place.table!r}", where=source, hint=hint)]) from None
    return rows


def _version_of(backend: Any) -> str:
    try:
        return str(backend.version)
    except NotImplementedError:
        return ""
