"""Gatling's simulation log, as Gatling 3 writes it up to the release that made it binary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.line_patterns import LinePattern, NotRequests, filled, read_pattern
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_gatling_log", "read_gatling_log"]


def is_gatling_log(lines: Sequence[str]) -> bool:
    """Whether the file starts with the record of a run, behind assertions if there are some."""
    kinds = [line.split("\t", 1)[0] for line in lines]
    return "RUN" in kinds and set(kinds[: kinds.index("RUN")]) <= {"ASSERTION"} and lines[kinds.index("RUN")].count("\t") >= 4


_LINES = LinePattern(
    "a-gatling-record",
    groups={
        # Gatling 3.0 to 3.3 put the virtual user's number before the groups
        "virtual_user": r"REQUEST\t(?:(\d+)\t)?",
        "groups": r"([^\t]*)\t",
        "name": r"([^\t]+)\t",
        "start": r"(\d{1,18})\t",
        "end": r"(\d{1,18})\t",
        "outcome": r"(OK|KO)",
        "message": r"(?:\t(.*))?",
    },
    columns={
        "time": "TRY(make_timestamptz(TRY_CAST(part.start AS BIGINT) * 1000))",
        "route": "part.name",
        "latency_ms": "(TRY_CAST(part.end AS BIGINT) - TRY_CAST(part.start AS BIGINT))::DOUBLE",
        "success": "part.outcome = 'OK'",
        "groups": filled("part.groups"),
        "message": "nullif(trim(part.message), '')",
        "virtual_user": filled("part.virtual_user"),
    },
    required="name",
    not_requests=NotRequests(
        r"regexp_matches(line, '^(RUN|USER|GROUP|ERROR|ASSERTION)\t')", "records of users, groups, errors and the run itself"
    ),
)


def read_gatling_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read the requests of a ``simulation.log``; other records are no requests, and lines of another shape are refused.

    ``success`` tells ``OK`` from ``KO``; the log has no status codes. ``time`` is when the request was sent.

    References
    ----------
    Gatling, ``LogFileDataWriter.scala``,
    https://github.com/gatling/gatling/blob/v3.5.1/gatling-core/src/main/scala/io/gatling/core/stats/writer/LogFileDataWriter.scala.
    """
    return read_pattern(connection, files, _LINES, table=table, source=request.name)
