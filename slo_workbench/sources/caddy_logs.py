"""Caddy's access log: one JSON object a line, with the request as an object of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.sources.engine import quoted
from slo_workbench.sources.line_patterns import NotRequests, route_of
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.text_files import read_lines

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_caddy_log", "read_caddy_log"]


def is_caddy_log(lines: Sequence[str]) -> bool:
    """Whether at least one of the first lines is an entry of Caddy's access log."""
    return any(_is_entry(line) for line in lines)


def _is_entry(line: str) -> bool:
    try:
        entry: Any = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and isinstance(entry.get("request"), dict) and "uri" in entry["request"] and "duration" in entry


_SHAPE = {
    "ts": "VARCHAR",
    "level": "VARCHAR",
    "logger": "VARCHAR",
    "msg": "VARCHAR",
    "request": dict.fromkeys(("remote_ip", "client_ip", "proto", "method", "host", "uri"), "VARCHAR"),
    "user_id": "VARCHAR",
    "duration": "VARCHAR",
    "size": "VARCHAR",
    "bytes_read": "VARCHAR",
    "status": "VARCHAR",
}
_OTHERS = NotRequests("item.request.uri IS NULL", "entries of Caddy's other loggers")
_COLUMNS = {
    "route": route_of("item.request.uri"),
    "method": "item.request.method",
    "status": "nullif(TRY_CAST(item.status AS INTEGER), 0)",
    # with duration_format "string" a duration has a unit: it is kept as it is, and refused as no number
    "latency_ms": "coalesce(round(TRY_CAST(item.duration AS DOUBLE) * 1000, 6)::VARCHAR, item.duration)",
    "user": "coalesce(item.request.client_ip, item.request.remote_ip)",
    "path": "item.request.uri",
    "protocol": "item.request.proto",
    "host": "item.request.host",
    "account": "nullif(item.user_id, '')",
    "n_bytes": "TRY_CAST(item.size AS BIGINT)",
    "n_bytes_received": "TRY_CAST(item.bytes_read AS BIGINT)",
    "level": "item.level",
    "logger": "item.logger",
}


def read_caddy_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read Caddy's JSON access log; what is no JSON object is refused, entries of other loggers are no requests.

    ``duration`` is seconds, Caddy's default; ``user`` is ``client_ip``, which heeds trusted proxies. Status 0 (the
    connection was taken over, or the client went away) is empty.

    References
    ----------
    Caddy, *How logging works: access logs*, https://caddyserver.com/docs/logging#access-logs, and *log (directive)*,
    https://caddyserver.com/docs/caddyfile/directives/log.
    """
    lines = read_lines(connection, files, table=f"lines_{table}")
    is_object = "json_valid(line) AND json_type(CASE WHEN json_valid(line) THEN line ELSE '0' END) = 'OBJECT'"
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE items_{table} AS SELECT CASE WHEN item IS NULL OR {_OTHERS.condition} THEN line END AS line, item FROM "
        f"(SELECT line, CASE WHEN {is_object} THEN json_transform(line, {quoted(json.dumps(_SHAPE))}) END AS item FROM lines_{table})"
    )
    look = f"count(*) FILTER (item IS NULL), min(line) FILTER (item IS NULL), count(*) FILTER (item IS NOT NULL AND {_OTHERS.condition})"
    numeric = "count(item.ts) = count(TRY_CAST(item.ts AS DOUBLE))"
    n_refused, example, n_others, other, is_epoch = connection.raw_sql(
        f"SELECT {look}, min(line) FILTER (item IS NOT NULL), {numeric} FROM items_{table}"
    ).fetchone()
    time = "TRY(make_timestamptz((TRY_CAST(item.ts AS DOUBLE) * 1000000)::BIGINT))" if is_epoch else "item.ts"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in {"time": time, **_COLUMNS}.items())
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM items_{table} WHERE item IS NOT NULL AND NOT ({_OTHERS.condition})"
    )
    connection.raw_sql(f"DROP TABLE lines_{table}; DROP TABLE items_{table}")
    refusals = lines.refusals + ((Refusal("not-a-json-object", n_refused, example),) if n_refused else ())
    findings = (_OTHERS.finding(n_others, other, source=request.name),) if n_others else ()
    return RawRows(connection.table(table), lines.n_rows_read - n_others, refusals, findings)
