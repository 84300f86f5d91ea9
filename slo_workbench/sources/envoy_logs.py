"""Envoy's access log in its default text format, and in the default of Istio, which adds three fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.line_patterns import REQUEST_COLUMNS, LinePattern, filled, is_mostly, read_pattern, request_steps
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_envoy_log", "read_envoy_log"]

_LOOKS_LIKE = re.compile(r'^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "[^"]*" \d+ \S+ ')


def is_envoy_log(lines: Sequence[str]) -> bool:
    """Whether at least half of the first lines look like Envoy's default format."""
    return is_mostly(_LOOKS_LIKE, lines)


_TEXT = r'"([^"]*)"'
_LINES = LinePattern(
    "an-envoy-log-line",
    groups={
        "time": r"\[([^\]]+)\]",
        "request": f" {_TEXT}",
        "status": r" (\d+|-)",
        "response_flags": r" (\S+)",
        # Istio: %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%"
        "response_code_details": r"(?: (\S+)",
        "termination_details": r" (\S+)",
        "failure_reason": f" {_TEXT})?",
        "n_bytes_received": r" (\d+)",
        "n_bytes": r" (\d+)",
        "duration": r" (\d+|-)",
        "upstream": r" (\d+|-)",
        "forwarded_for": f" {_TEXT}",
        "user_agent": f" {_TEXT}",
        "request_id": f" {_TEXT}",
        "authority": f" {_TEXT}",
        "upstream_host": f" {_TEXT}",
        "_more": r"(?: .*)?\s*",
    },
    columns={
        "time": "part.time",
        **REQUEST_COLUMNS,
        "status": "nullif(TRY_CAST(part.status AS INTEGER), 0)",
        "latency_ms": "TRY_CAST(part.duration AS DOUBLE)",
        "user": filled("trim(split_part(part.forwarded_for, ',', 1))"),
        "upstream_ms": "TRY_CAST(part.upstream AS DOUBLE)",
        **{name: filled(f"part.{name}") for name in ("response_flags", "response_code_details", "user_agent", "request_id")},
        **{name: filled(f"part.{name}") for name in ("authority", "upstream_host")},
        "n_bytes": "TRY_CAST(part.n_bytes AS BIGINT)",
        "n_bytes_received": "TRY_CAST(part.n_bytes_received AS BIGINT)",
    },
    required="time",
    steps=request_steps("part.request"),
)


def read_envoy_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read Envoy's default access log; a line of another shape is refused.

    Status 0 means that no answer was begun, mostly because the client went away: ``status`` is then empty, and a
    condition such as ``status < 500`` does not hold. ``latency_ms`` lasts until the last byte was sent; ``upstream_ms``
    is what the upstream took. ``user`` is the first address of ``X-Forwarded-For``.

    References
    ----------
    Envoy, *Access logging: default format string*,
    https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string.
    Istio, *Envoy access logs*, https://istio.io/latest/docs/tasks/observability/logs/access-log/.
    """
    return read_pattern(connection, files, _LINES, table=table, source=request.name)
