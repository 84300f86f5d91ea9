"""Access logs in the common and combined formats, as Apache and nginx write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.engine import quoted
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.text_files import read_lines

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["ACCESS_LOG_COLUMNS", "is_access_log", "read_access_log"]

_LOOKS_LIKE = re.compile(r'^\S+ \S+ .{1,200}? \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:[\d:]{8} [+-]\d{4}\] "')


def is_access_log(lines: Sequence[str]) -> bool:
    """Whether most of the first lines look like common or combined log lines."""
    return sum(bool(_LOOKS_LIKE.match(line)) for line in lines) > len(lines) / 2


# Apache documentation, "Common Log Format" and "Combined Log Format":
# https://httpd.apache.org/docs/current/logs.html#accesslog ; a quote inside a field is written \".
_FIELDS = {
    "client_address": r"(\S+)",
    "identity": r"\S+",
    "account": r"(.+?)",
    "time": r"\[([^\]]+)\]",
    "request": r'"((?:[^"\\]|\\.)*)"',
    "status": r"(\d{3}|-)",
    "n_bytes": r"(\d+|-)",
}
_LINE = "^" + " ".join(_FIELDS.values()) + r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?\s*$'
_GROUPS = ("client_address", "account", "time", "request", "status", "n_bytes", "referrer", "user_agent")

ACCESS_LOG_COLUMNS = ("time", "route", "method", "status", "user", "path", "protocol", "account", "n_bytes", "referrer", "user_agent")
"""Columns an access log gives: ``route`` is the path without its query, ``user`` the client's address."""


def read_access_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read common or combined log lines; a line of another shape is refused.

    A request line that is not ``METHOD path protocol`` (scanners send such) is kept, with no method and
    the whole text as path: the server did answer it.
    """
    lines = read_lines(connection, files, table=f"lines_{table}")
    names = "[" + ", ".join(quoted(name) for name in _GROUPS) + "]"
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE parsed_{table} AS SELECT line, regexp_extract(line, {quoted(_LINE)}, {names}) AS part FROM lines_{table}"
    )
    matched = "part.time <> ''"
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS {_columns_query(f'parsed_{table}')} WHERE {matched}")
    refused = connection.raw_sql(f"SELECT count(*), any_value(line) FROM parsed_{table} WHERE NOT ({matched})").fetchone()
    connection.raw_sql(f"DROP TABLE parsed_{table}; DROP TABLE lines_{table}")
    refusals = lines.refusals + ((Refusal("not-an-access-log-line", refused[0], refused[1]),) if refused[0] else ())
    return RawRows(connection.table(table), lines.n_rows_read, refusals)


def _columns_query(parsed: str) -> str:
    request = r"regexp_extract(part.request, '^(\S+) (.*?)(?: (\S+))?$', ['method', 'path', 'protocol'])"
    return (
        f"SELECT try_strptime(part.time, '%d/%b/%Y:%H:%M:%S %z') AS time, "
        f"CASE WHEN is_request THEN regexp_extract(req.path, '^[^?#]*') ELSE part.request END AS route, "
        f"CASE WHEN is_request THEN req.method END AS method, TRY_CAST(part.status AS INTEGER) AS status, part.client_address AS user, "
        f"CASE WHEN is_request THEN req.path ELSE part.request END AS path, nullif(req.protocol, '') AS protocol, "
        f"nullif(part.account, '-') AS account, TRY_CAST(part.n_bytes AS BIGINT) AS n_bytes, nullif(nullif(part.referrer, '-'), '') AS referrer, "
        f"nullif(nullif(part.user_agent, '-'), '') AS user_agent "
        f"FROM (SELECT part, {request} AS req, regexp_matches(part.request, '^[A-Z]+ \\S') AS is_request FROM {parsed})"
    )
