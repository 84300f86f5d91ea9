"""Logs in the W3C extended format, as IIS writes them: fields named by a header that may change within a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.engine import quoted
from slo_workbench.sources.line_patterns import NotRequests, filled
from slo_workbench.sources.rows import RawRows, Refusal, SourceRequest
from slo_workbench.sources.text_files import identifier, read_lines

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_iis_log", "read_iis_log"]

_DIRECTIVES = NotRequests("starts_with(line, '#')", "directives such as #Fields")


def is_iis_log(lines: Sequence[str]) -> bool:
    """Whether the first lines name fields as the W3C extended format does, time among them."""
    return lines[0].startswith("#") and any(line.startswith("#Fields:") and " time " in f"{line} " for line in lines)


# Field to column and SQL over its text ``{}``; other fields keep their names, with _ for what is no letter.
_KNOWN = {
    "cs-method": ("method", "{}"),
    "sc-status": ("status", "nullif(TRY_CAST({} AS INTEGER), 0)"),
    "time-taken": ("latency_ms", "TRY_CAST({} AS DOUBLE)"),
    "c-ip": ("user", "{}"),
    "cs-username": ("account", "{}"),
    "cs-version": ("protocol", "{}"),
    "cs(User-Agent)": ("user_agent", "replace({}, '+', ' ')"),
    "cs(Referer)": ("referrer", "{}"),
    "sc-bytes": ("n_bytes", "TRY_CAST({} AS BIGINT)"),
    "cs-bytes": ("n_bytes_received", "TRY_CAST({} AS BIGINT)"),
}


def read_iis_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read W3C extended logs; each line is read by the last ``#Fields`` above it in its file.

    Lines with another number of values than fields are refused, and so are lines above any ``#Fields`` and lines
    whose fields lack ``date`` or ``time``. Directives are no rows. Times are UTC and ``time-taken`` is
    milliseconds, as IIS writes them; other servers may differ.

    References
    ----------
    W3C, *Extended log file format*, https://www.w3.org/TR/WD-logfile.html. Microsoft, *W3C logging*,
    https://learn.microsoft.com/windows/win32/http/w3c-logging; times taken:
    https://learn.microsoft.com/troubleshoot/developer/webapps/iis/site-behavior-performance/time-taken-fields-in-http-logging.
    """
    lines = _read_governed(connection, files, table)
    n_directives, example = connection.raw_sql(f"SELECT count(*), min(line) FROM lines_{table} WHERE {_DIRECTIVES.condition}").fetchone()
    rows = f"(SELECT * FROM lines_{table} WHERE NOT ({_DIRECTIVES.condition}))"
    headers = [row[0] for row in connection.raw_sql(f"SELECT DISTINCT header FROM {rows} ORDER BY header").fetchall()]
    usable = [header for header in headers if header and {"date", "time"} <= set(_fields_of(header))]
    if not usable:
        message = f"no line of {files[0].name} stands below a #Fields line that names date and time"
        raise FindingsError([Finding("source-no-rows", message, where=request.name, hint="log the fields date and time")])
    selects = " UNION ALL BY NAME ".join(_select(rows, header) for header in usable)
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS {selects}")
    refusals = lines.refusals + _refusals(connection, rows, usable)
    connection.raw_sql(f"DROP TABLE lines_{table}")
    findings = (_DIRECTIVES.finding(n_directives, example, source=request.name),) if n_directives else ()
    return RawRows(connection.table(table), lines.n_rows_read - n_directives, refusals, findings)


def _read_governed(connection: Backend, files: Sequence[Path], table: str) -> RawRows:
    """Read lines, each with the ``#Fields`` line that governs it: the last one above it in its file."""
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE lines_{table} (line VARCHAR, header VARCHAR)")
    n_read = 0
    refusals: list[Refusal] = []
    for number, file in enumerate(files):
        name = f"file_{number}_{table}"
        raw = read_lines(connection, [file], table=name)
        n_read, refusals = n_read + raw.n_rows_read, [*refusals, *raw.refusals]
        headers = f"SELECT rowid AS place, regexp_replace(line, '[[:cntrl:]]+', ' ', 'g') AS header FROM {name} WHERE starts_with(line, '#Fields:')"
        connection.raw_sql(
            f"INSERT INTO lines_{table} SELECT line, header FROM (SELECT rowid AS place, line FROM {name}) AS l "
            f"ASOF LEFT JOIN ({headers}) AS h ON l.place >= h.place; DROP TABLE {name}"
        )
    reasons = dict.fromkeys(refusal.reason for refusal in refusals)
    together = [[refusal for refusal in refusals if refusal.reason == reason] for reason in reasons]
    return RawRows(
        connection.table(f"lines_{table}"),
        n_read,
        tuple(Refusal(same[0].reason, sum(refusal.n_rows for refusal in same), same[0].example) for same in together),
    )


def _fields_of(header: str) -> list[str]:
    return header.removeprefix("#Fields:").split()


def _select(rows: str, header: str) -> str:
    fields = _fields_of(header)
    value = {name: filled(f"part[{number}]") for number, name in reversed(list(enumerate(fields, start=1)))}
    columns = {"time": f"{value['date']} || ' ' || {value['time']} || 'Z'"}
    if stem := value.get("cs-uri-stem"):
        columns |= {"route": stem, "path": f"concat_ws('?', {stem}, {value.get('cs-uri-query', 'NULL')})"}
    for name, text in value.items():
        column, sql = _KNOWN.get(name, (re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower(), "{}"))
        if name not in ("date", "time") and column:
            columns.setdefault(column, sql.format(text))
    listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
    return f"SELECT {listed} FROM ({_split(rows)}) WHERE header = {quoted(header)} AND len(part) = {len(fields)}"


def _split(rows: str) -> str:
    return f"SELECT line, header, string_split(rtrim(line, ' '), ' ') AS part FROM {rows}"


def _refusals(connection: Backend, rows: str, usable: Sequence[str]) -> tuple[Refusal, ...]:
    listed = ", ".join(quoted(header) for header in usable)
    n_fields = " ".join(f"WHEN {quoted(header)} THEN {len(_fields_of(header))}" for header in usable)
    reason = (
        f"CASE WHEN header IS NULL THEN 'above-any-fields-line' WHEN header NOT IN ({listed}) THEN 'no-date-or-time-field' "
        f"WHEN len(part) < CASE header {n_fields} END THEN 'missing-columns' WHEN len(part) > CASE header {n_fields} END THEN 'too-many-columns' END"
    )
    found = connection.raw_sql(
        f"SELECT reason, count(*), min(line) FROM (SELECT {reason} AS reason, line FROM ({_split(rows)})) WHERE reason IS NOT NULL GROUP BY reason ORDER BY 1"
    ).fetchall()
    return tuple(Refusal(*row) for row in found)
