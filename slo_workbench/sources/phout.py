"""phout, the results of Yandex.Tank: twelve values a line, separated by tabs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.line_patterns import LinePattern, is_mostly, read_pattern
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_phout", "read_phout"]

_LOOKS_LIKE = re.compile(r"^\d+\.\d+\t[^\t]*(?:\t\d+){10}$")


def is_phout(lines: Sequence[str]) -> bool:
    """Whether at least half of the first lines look like phout."""
    return is_mostly(_LOOKS_LIKE, lines)


_US = ("interval_real", "connect_time", "send_time", "latency", "receive_time", "interval_event")
_LINES = LinePattern(
    "a-phout-line",
    groups={
        "time": r"(\d{1,11}\.\d{1,9})",
        "tag": r"\t([^\t]*)",
        **dict.fromkeys(_US, r"\t(\d+)"),
        **dict.fromkeys(("size_out", "size_in", "net_code", "proto_code"), r"\t(\d+)"),
        "_rest": r"\s*",
    },
    columns={
        "time": "TRY(make_timestamptz((TRY_CAST(part.time AS DECIMAL(20, 6)) * 1000000)::BIGINT))",
        # behind # stands the number of the shot, where the tank was told to write it
        "route": r"nullif(regexp_replace(part.tag, '#\d*$', ''), '')",
        "status": "nullif(TRY_CAST(part.proto_code AS INTEGER), 0)",
        "latency_ms": "TRY_CAST(part.interval_real AS DOUBLE) / 1000",
        "tag": "part.tag",
        "net_code": "TRY_CAST(part.net_code AS INTEGER)",
        **{f"{name}_us": f"TRY_CAST(part.{name} AS BIGINT)" for name in _US},
        "n_bytes": "TRY_CAST(part.size_in AS BIGINT)",
        "n_bytes_sent": "TRY_CAST(part.size_out AS BIGINT)",
    },
    required="time",
)


def read_phout(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read phout lines; a line of another shape is refused.

    ``latency_ms`` is ``interval_real``, the whole of connecting, sending, waiting and receiving. ``net_code`` other than
    0 means that the network failed (110 is a timeout); there is then no status.

    References
    ----------
    Yandex.Tank, *Artifacts: phout.log*, https://yandextank.readthedocs.io/en/latest/core_and_modules.html#artifacts.
    """
    return read_pattern(connection, files, _LINES, table=table, source=request.name)
