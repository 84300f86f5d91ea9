"""PostgreSQL: one read-only snapshot, the columns of a table or query, and names near a misspelt one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import MissingExtra
from slo_workbench.sources.locations import DatabaseUrl

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["connect_postgres", "postgres_engine", "postgres_rows"]

_OPTIONS = ("application_name", "channel_binding", "connect_timeout", "sslmode", "sslrootcert", "target_session_attrs")
CONNECT_SECONDS = 10


@contextmanager
def connect_postgres(place: DatabaseUrl, *, source: str) -> Iterator[Any]:
    """Open a database for reading, as Ibis' backend; every query sees the same state of it.

    A password that the URL does not carry comes from where libpq looks: ``PGPASSWORD`` or ``~/.pgpass``.

    Raises
    ------
    MissingExtra
        Without the driver.
    FindingsError
        ``source-url`` for an option that is not passed on.
    """
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("PostgreSQL needs its driver: pip install 'slo-workbench[postgres]'") from None
    import ibis

    for option in place.options:
        if option not in _OPTIONS:
            hint = nearest_hint(option, (*_OPTIONS, "table", "query"))
            raise FindingsError([Finding("source-url", f"the URL's option {option!r} is not passed on", where=source, hint=hint)])
    options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "slo-workbench", **place.options}
    given: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "user": place.user,
        "password": place.password,
        "dbname": place.database,
    }
    connection = psycopg.connect(**{name: value for name, value in given.items() if value}, **options)
    try:
        # Ibis reads through cursors on the server, whose closing after an error hides it; what comes back here is small
        plain: Any = _plain_cursor
        connection.server_cursor_factory = plain
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        backend = ibis.postgres.from_connection(connection)
        # opens the transaction that all later queries are part of; read-only cannot be taken back inside it
        connection.execute("SELECT 1")
        yield backend
    finally:
        connection.close()


def _plain_cursor(connection: Any, name: str, **options: Any) -> Any:
    import psycopg

    return psycopg.Cursor(connection)


def postgres_engine(backend: Any) -> str:
    """Return what runs the queries, such as ``PostgreSQL 15.18``."""
    return f"PostgreSQL {str(backend.con.info.parameter_status('server_version')).split()[0]}"


def postgres_rows(backend: Any, place: DatabaseUrl, *, query: str | None, source: str) -> ir.Table:
    """Return the rows of a table or of a checked query; columns of unusual types (enums, addresses) become text.

    Raises
    ------
    FindingsError
        ``source-table-unknown`` with the nearest name there is; ``query-columns`` for two columns of one name.
    """
    text = query if query is not None else f"SELECT * FROM {_table(backend, place.table or '', source)}"
    names, kinds = _columns(backend, text)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"the query gives two columns the name {repeated[0]!r}"
        raise FindingsError([Finding("query-columns", message, where=source, hint="name each once: SELECT a AS one, b AS other")])
    chosen = ", ".join(_chosen(name, kind) for name, kind in kinds.items())
    rows: ir.Table = backend.sql(
        f"SELECT {chosen} FROM ({text}) AS requests", schema={name: _read_as(kind) for name, kind in kinds.items()}
    )
    return rows


def _columns(backend: Any, text: str) -> tuple[list[str], dict[str, Any]]:
    """Return the columns' names, and Ibis' types by name."""
    described = backend.con.execute(f"SELECT * FROM ({text}) AS requests LIMIT 0").description
    oids = list({column.type_code for column in described})
    words = dict(backend.con.execute("SELECT oid::int8, format_type(oid, NULL) FROM pg_type WHERE oid = ANY(%s)", (oids,)).fetchall())
    kind_of = backend.compiler.type_mapper.from_string
    return [column.name for column in described], {column.name: kind_of(words[column.type_code]) for column in described}


def _read_as(kind: Any) -> Any:
    """Return the type a column is read as: exact decimals as doubles, as Ibis needs their digits; what is unusual as text."""
    if kind.is_decimal():
        return "float64"
    return kind if kind.is_numeric() or kind.is_boolean() or kind.is_timestamp() or kind.is_date() else "string"


def _chosen(name: str, kind: Any) -> str:
    if kind.is_decimal():
        return f"CAST({_quoted(name)} AS DOUBLE PRECISION) AS {_quoted(name)}"
    return f"CAST({_quoted(name)} AS TEXT) AS {_quoted(name)}" if _read_as(kind) == "string" else _quoted(name)


def _table(backend: Any, name: str, source: str) -> str:
    tables = backend.con.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
        "ORDER BY array_position(current_schemas(false), n.nspname)"
    ).fetchall()
    for wanted in (name, name.lower()):
        for schema, table in tables:
            if wanted in (table, f"{schema}.{table}"):
                return f"{_quoted(schema)}.{_quoted(table)}"
    known = [f"{schema}.{table}" if "." in name else table for schema, table in tables]
    message = f"there is no table {name!r} that this user may see"
    raise FindingsError([Finding("source-table-unknown", message, where=source, hint=nearest_hint(name, known))])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
