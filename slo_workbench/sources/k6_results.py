"""k6's CSV output: a row for every metric of every request, put together again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.engine import quoted
from slo_workbench.sources.line_patterns import route_of
from slo_workbench.sources.rows import RawRows, SourceRequest
from slo_workbench.sources.text_files import find_columns, identifier, read_separated

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_k6_csv", "read_k6_csv"]

_HEADER = ("metric_name", "timestamp", "metric_value")
# Metric to column, for those that k6 writes once for each request beside http_req_duration.
_PARTS = {
    "http_req_failed": "failed",
    "http_req_blocked": "blocked_ms",
    "http_req_connecting": "connecting_ms",
    "http_req_tls_handshaking": "tls_handshaking_ms",
    "http_req_sending": "sending_ms",
    "http_req_waiting": "waiting_ms",
    "http_req_receiving": "receiving_ms",
}


def is_k6_csv(lines: Sequence[str]) -> bool:
    """Whether the first line is the header of k6's CSV output."""
    return tuple(lines[0].split(",")[:3]) == _HEADER


def read_k6_csv(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read the requests of k6's CSV output: each row of ``http_req_duration`` is one.

    Rows carry no number of their request, so the other metrics are put beside the duration that agrees with them in
    time and in all tags, the first to the first, the second to the second. Requests that agree in everything may then
    swap their parts, but no sum or count changes. All other metrics are no requests.

    ``latency_ms`` is sending, waiting and receiving, without connecting. ``route`` is ``name``, and of an address its
    path. ``success`` is the opposite of ``http_req_failed``. Status 0 means that no answer came, and is empty.

    References
    ----------
    Grafana, *k6: CSV output*, https://grafana.com/docs/k6/latest/results-output/real-time/csv/, and *Built-in metrics*,
    https://grafana.com/docs/k6/latest/using-k6/metrics/reference/.
    """
    separator, columns = find_columns(files)
    missing = [name for name in (*_HEADER, "name", "status") if name not in columns]
    if missing:
        message = f"{files[0].name} has no column {', '.join(missing)}"
        raise FindingsError([Finding("column-missing", message, where=request.name, hint="k6 writes it unless systemTags leaves it out")])
    raw = read_separated(connection, files, columns, separator, table=f"long_{table}")
    tags = [name for name in columns if name not in _HEADER]
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS {_requests_query(f'long_{table}', tags)}")
    findings = _others(connection, f"long_{table}", request.name)
    n_others = sum(finding.count or 0 for finding in findings)
    connection.raw_sql(f"DROP TABLE long_{table}")
    return RawRows(connection.table(table), raw.n_rows_read - n_others, raw.refusals, findings)


def _requests_query(long: str, tags: Sequence[str]) -> str:
    """Return SQL that puts the metrics of each request into one row."""
    alike = ", ".join(identifier(name) for name in ("timestamp", *tags))
    numbered = (
        f"SELECT *, row_number() OVER (PARTITION BY metric_name, {alike} ORDER BY rowid) AS place "
        f"FROM {long} WHERE starts_with(metric_name::VARCHAR, 'http_req_')"
    )
    parts = ", ".join(f"TRY_CAST({_value_of(metric)} AS DOUBLE) AS {column}" for metric, column in _PARTS.items())
    together = (
        f"SELECT {alike}, place, {_value_of('http_req_duration')} AS latency_ms, {parts} FROM ({numbered}) GROUP BY {alike}, place "
        f"HAVING count(*) FILTER (WHERE metric_name = 'http_req_duration') > 0"
    )
    name = "name::VARCHAR"
    route = f"CASE WHEN regexp_matches({name}, '^https?://') THEN coalesce(nullif({route_of(name)}, ''), '/') ELSE {name} END"
    return (
        f"SELECT timestamp AS time, {route} AS route, nullif(TRY_CAST(status AS INTEGER), 0) AS status, failed = 0 AS success, "
        f"* EXCLUDE (place, timestamp, name, status, failed) FROM ({together})"
    )


def _value_of(metric: str) -> str:
    return f"max(metric_value) FILTER (WHERE metric_name = {quoted(metric)})"


def _others(connection: Backend, long: str, source: str) -> tuple[Finding, ...]:
    found = connection.raw_sql(
        f"SELECT metric_name, count(*) FROM {long} WHERE metric_name IS DISTINCT FROM 'http_req_duration' GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    if not found:
        return ()
    n_rows = sum(n for _, n in found)
    message = f"{n_rows:,} rows are other metrics: no requests, and not counted as rows"
    named = ", ".join(f"{name} {n:,}" for name, n in found)
    return (Finding("lines-not-requests", message, severity="note", where=source, count=n_rows, example=named),)
