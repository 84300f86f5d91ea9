"""Formats with one row a line, told by a regular expression: each line is a row, is no row, or is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding
from slo_workbench.sources.engine import quoted
from slo_workbench.sources.rows import RawRows, Refusal
from slo_workbench.sources.text_files import identifier, read_lines

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = [
    "REQUEST_COLUMNS",
    "LinePattern",
    "NotRequests",
    "filled",
    "is_mostly",
    "milliseconds",
    "read_pattern",
    "request_steps",
    "route_of",
]


@dataclass(frozen=True)
class NotRequests:
    """Lines that belong to a format and are no requests: comments, records of another kind.

    Parameters
    ----------
    condition : str
        SQL over ``line``.
    what : str
        What they are, in the plural, such as ``records of other kinds``.
    """

    condition: str
    what: str

    def finding(self, n_lines: int, example: str, *, source: str) -> Finding:
        """Return the note that tells how many there were."""
        message = f"{n_lines:,} lines are {self.what}: no requests, and not counted as rows"
        return Finding("lines-not-requests", message, severity="note", where=source, count=n_lines, example=example)


@dataclass(frozen=True)
class LinePattern:
    """A format of lines.

    Parameters
    ----------
    name : str
        For the reason ``not-…`` of refused lines, such as ``an-access-log-line``.
    groups : mapping of str to str
        Name to regular expression (RE2), in order: each with one capturing group, and all put one after the other,
        they match a whole line. The expression of a name that starts with ``_`` captures nothing.
    columns : mapping of str to str
        Column to SQL over the struct ``part``, whose fields are the groups' text; empty where nothing matched.
    required : str
        The group that is never empty in a line of this format.
    steps : tuple of mapping of str to str
        What several columns need, worked out once: name to SQL over ``part`` and the steps before.
    not_requests : NotRequests, optional
    """

    name: str
    groups: Mapping[str, str]
    columns: Mapping[str, str]
    required: str
    steps: tuple[Mapping[str, str], ...] = ()
    not_requests: NotRequests | None = None

    @property
    def expression(self) -> str:
        """The regular expression of a whole line."""
        return "^" + "".join(self.groups.values()) + "$"

    @property
    def names(self) -> tuple[str, ...]:
        """The groups that capture something."""
        return tuple(name for name in self.groups if not name.startswith("_"))


def read_pattern(connection: Backend, files: Sequence[Path], pattern: LinePattern, *, table: str, source: str) -> RawRows:
    """Read files whose lines follow a pattern, in one pass over the lines; a line that does not is refused."""
    lines = read_lines(connection, files, table=f"lines_{table}")
    n_others, findings = _count_others(connection, pattern.not_requests, f"lines_{table}", source)
    is_row = f"NOT ({pattern.not_requests.condition})" if pattern.not_requests else "true"
    names = "[" + ", ".join(quoted(name) for name in pattern.names) + "]"
    query = f"SELECT line, regexp_extract(line, {quoted(pattern.expression)}, {names}) AS part FROM lines_{table} WHERE {is_row}"
    for step in pattern.steps:
        query = f"SELECT *, {_listed(step)} FROM ({query})"
    refused = f"CASE WHEN part.{pattern.required} = '' THEN line END AS line_refused"
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {refused}, {_listed(pattern.columns)} FROM ({query})")
    connection.raw_sql(f"DROP TABLE lines_{table}")
    n_refused, example = connection.raw_sql(f"SELECT count(line_refused), min(line_refused) FROM {table}").fetchone()
    refusals = lines.refusals + ((Refusal(f"not-{pattern.name}", n_refused, example),) if n_refused else ())
    rows = connection.table(table)
    usable = rows.filter(rows["line_refused"].isnull()).drop("line_refused")
    return RawRows(usable, lines.n_rows_read - n_others, refusals, findings)


def is_mostly(shape: re.Pattern[str], lines: Sequence[str]) -> bool:
    """Whether at least half of the lines start as a format does."""
    return 2 * sum(bool(shape.match(line)) for line in lines) >= len(lines)


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())


def _count_others(connection: Backend, others: NotRequests | None, lines: str, source: str) -> tuple[int, tuple[Finding, ...]]:
    if others is None:
        return 0, ()
    n_lines, example = connection.raw_sql(f"SELECT count(*), any_value(line) FROM {lines} WHERE {others.condition}").fetchone()
    return n_lines, (others.finding(n_lines, example, source=source),) if n_lines else ()


def filled(text: str) -> str:
    """Return SQL for a text that is null where the log has nothing or ``-``."""
    return f"nullif(nullif({text}, '-'), '')"


def milliseconds(seconds: str) -> str:
    """Return SQL for milliseconds of a text of seconds, null where it is no number, to the microsecond.

    Seconds such as 0.29 have no exact binary form: without rounding they would be 290.00000000000006 ms.
    """
    return f"round(TRY_CAST({seconds} AS DOUBLE) * 1000, 3)"


def route_of(path: str) -> str:
    """Return SQL for the path without query and fragment; of a whole address, only its path."""
    without_host = f"CASE WHEN starts_with({path}, 'http') THEN regexp_replace({path}, '^https?://[^/?#]*', '') ELSE {path} END"
    return f"split_part(split_part({without_host}, '?', 1), '#', 1)"


def request_steps(request: str) -> tuple[Mapping[str, str], ...]:
    """Return the steps from a request line such as ``GET /orders?page=2 HTTP/1.1`` to :data:`REQUEST_COLUMNS`."""
    path = f"CASE WHEN NOT asked THEN {request} WHEN len(words) <= 3 THEN words[2] ELSE array_to_string(words[2:-2], ' ') END"
    return {"words": f"string_split({request}, ' ')", "asked": f"regexp_matches({request}, '^[A-Z]+ \\S')"}, {"target": path}


REQUEST_COLUMNS = {
    "route": f"CASE WHEN asked THEN {route_of('target')} ELSE target END",
    "method": "CASE WHEN asked THEN words[1] END",
    "path": "target",
    "protocol": "CASE WHEN asked AND len(words) > 2 THEN words[-1] END",
}
"""Columns a request line gives.

What is no request line (scanners send such) is kept as path and route, without a method: the server did answer it.
"""
