"""Access logs in the common and combined formats, as Apache and nginx write them, with or without a time taken behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding
from slo_workbench.sources.line_patterns import REQUEST_COLUMNS, LinePattern, filled, is_mostly, read_pattern, request_steps
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["CLF_TIME", "is_access_log", "read_access_log", "read_combined_s", "read_combined_us"]

_LOOKS_LIKE = re.compile(r'^\S+ \S+ .{1,200}? \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:[\d:]{8} [+-]\d{4}\] "')

CLF_TIME = "try_strptime({}, '%d/%b/%Y:%H:%M:%S %z')"
"""SQL for a time as the common log format writes it: 10/Oct/2000:13:55:36 -0700."""


def is_access_log(lines: Sequence[str]) -> bool:
    """Whether at least half of the first lines look like common or combined log lines."""
    return is_mostly(_LOOKS_LIKE, lines)


# Apache documentation, "Common Log Format" and "Combined Log Format":
# https://httpd.apache.org/docs/current/logs.html#accesslog ; a quote inside a field is written \".
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINES = LinePattern(
    "an-access-log-line",
    groups={
        "client_address": r"(\S+)",
        "account": r" \S+ (.+?)",
        "time": r" \[([^\]]+)\]",
        "request": f" {_QUOTED}",
        "status": r" (\d{3}|-)",
        "n_bytes": r" (\d+|-)",
        "referrer": f"(?: {_QUOTED}",
        "user_agent": f" {_QUOTED})?",
        "taken": r"(?: (\d+(?:\.\d+)?|-))?",
        "_rest": r"\s*",
    },
    columns={
        "time": CLF_TIME.format("part.time"),
        **REQUEST_COLUMNS,
        "status": "nullif(TRY_CAST(part.status AS INTEGER), 0)",
        "user": "part.client_address",
        "account": filled("part.account"),
        "n_bytes": "TRY_CAST(part.n_bytes AS BIGINT)",
        "referrer": filled("part.referrer"),
        "user_agent": filled("part.user_agent"),
        "time_taken": filled("part.taken"),
    },
    required="time",
    steps=request_steps("part.request"),
)


def read_access_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read common or combined log lines, with or without the time taken as a last value.

    A last value with a decimal point is seconds, as nginx's ``$request_time`` writes it. Whole numbers may be
    seconds (Apache's ``%T``) or microseconds (``%D``): a factor of a million that is not guessed. They stay in
    ``time_taken``, and the formats ``combined_s`` and ``combined_us`` say which they are.

    ``user`` is the client's address.

    References
    ----------
    Apache, *Log files*, https://httpd.apache.org/docs/current/logs.html#accesslog, and *mod_log_config*,
    https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats.
    """
    raw = read_pattern(connection, files, _LINES, table=table, source=request.name)
    taken = raw.table["time_taken"]
    seen = raw.table.aggregate(n=taken.count(), n_points=taken.contains(".").sum(), example=taken.max()).to_pyarrow()
    n_taken, n_points, example = (seen[name][0].as_py() for name in ("n", "n_points", "example"))
    if not n_taken:
        return replace(raw, table=raw.table.drop("time_taken"))
    if not n_points:
        return replace(raw, findings=(*raw.findings, _unit_unknown(request.name, n_taken, example)))
    return _with_latency(raw, 1000.0, request.name, "seconds, as they have a decimal point")


def _reader_in(unit_ms: float, words: str) -> Callable[..., RawRows]:
    def read(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
        """Read common or combined log lines whose last value is the time taken, in a known unit."""
        return _with_latency(read_pattern(connection, files, _LINES, table=table, source=request.name), unit_ms, request.name, words)

    return read


read_combined_s = _reader_in(1000.0, "seconds, as the format combined_s says")
"""Read access logs that end in seconds: nginx's ``$request_time``, Apache's ``%T``."""

read_combined_us = _reader_in(0.001, "microseconds, as the format combined_us says")
"""Read access logs that end in microseconds: Apache's ``%D``."""


def _with_latency(raw: RawRows, unit_ms: float, source: str, words: str) -> RawRows:
    taken = raw.table["time_taken"].try_cast("float64")
    latency = (taken * unit_ms).round(3)
    note = Finding("latency-unit", f"the last value of each line is the time taken, read in {words}", severity="note", where=source)
    return replace(raw, table=raw.table.mutate(latency_ms=latency).drop("time_taken"), findings=(*raw.findings, note))


def _unit_unknown(source: str, n_taken: int, example: str) -> Finding:
    return Finding(
        "latency-unit-unknown",
        f"{n_taken:,} lines end in a whole number, which may be seconds or microseconds; it is kept as time_taken and not used as latency",
        severity="note",
        where=source,
        count=n_taken,
        example=example,
        hint="say which: format combined_us (Apache's %D), combined_s (%T), or map latency_ms from time_taken",
    )
