"""Opens whatever holds requests, as one lazy table in the canonical columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.access_logs import read_access_log
from slo_workbench.sources.columns import to_canonical
from slo_workbench.sources.files import FORMATS, SourceFile, find_files, fingerprint, recognise_format
from slo_workbench.sources.text_files import RawRows, Refusal, read_delimited, read_json_lines

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["RequestTable", "SourceRequest", "open_source"]

# One refused row in a thousand is the noise of real logs; more deserves a look before numbers are trusted.
NOISE_SHARE = 0.001


@dataclass(frozen=True)
class SourceRequest:
    """What to open, and how to read it.

    Parameters
    ----------
    path : Path
        A file, a pattern, or a folder of Parquet files.
    name : str
        Name of the source in findings and provenance.
    format : str
        One of ``auto``, ``parquet``, ``csv``, ``jsonl``, ``access_log``.
    columns : mapping of str to str
        Canonical name to column or expression.
    where, time_zone : str, optional
        See :func:`slo_workbench.sources.columns.to_canonical`.
    """

    path: Path
    name: str = "requests"
    format: str = "auto"
    columns: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True)
class RequestTable:
    """An opened source: usable rows, and an account of all others.

    ``n_rows_read = n_rows_used + n_rows_left_out + rows refused`` always holds.
    """

    name: str
    table: ir.Table
    format: str
    files: tuple[SourceFile, ...]
    n_rows_read: int
    n_rows_left_out: int
    first_time: datetime
    last_time: datetime
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]

    @property
    def n_rows_refused(self) -> int:
        """Rows that could not be used."""
        return sum(refusal.n_rows for refusal in self.refusals)

    @property
    def n_rows_used(self) -> int:
        """Rows that carry a usable time and usable values."""
        return self.n_rows_read - self.n_rows_left_out - self.n_rows_refused


def open_source(connection: Backend, request: SourceRequest) -> RequestTable:
    """Open a source with the embedded engine.

    Raises
    ------
    FindingsError
        When it cannot be opened at all: missing, empty, of no known format, without a time column, or
        without a single usable row.
    """
    files = find_files(request.path, source=request.name)
    found_format = _format_of(files, request)
    raw = _read(connection, files, found_format, table=f"rows_{request.name.replace('-', '_')}", source=request.name)
    rows = to_canonical(raw.table, columns=request.columns, where=request.where, time_zone=request.time_zone, source=request.name)
    refusals = (*raw.refusals, *rows.refusals)
    findings = (*rows.findings, *_refusal_findings(refusals, raw.n_rows_read, request.name))
    if rows.first_time is None or rows.last_time is None:
        raise FindingsError([*findings, _no_rows(request, rows.n_chosen)])
    n_left_out = raw.n_rows_read - sum(refusal.n_rows for refusal in raw.refusals) - rows.n_chosen
    return RequestTable(
        request.name,
        rows.table,
        found_format,
        tuple(fingerprint(file) for file in files),
        raw.n_rows_read,
        n_left_out,
        rows.first_time,
        rows.last_time,
        refusals,
        findings,
    )


def _no_rows(request: SourceRequest, n_chosen: int) -> Finding:
    if request.where is not None and n_chosen == 0:
        place = f"{request.name}.where"
        return Finding("where-chose-nothing", f"no row matches {request.where!r}", where=place, hint="look at its spelling")
    return Finding("source-no-rows", "no row can be used", where=request.name, hint="see the refusals; an empty table has none either")


def _format_of(files: Sequence[Path], request: SourceRequest) -> str:
    if request.format != "auto":
        if request.format not in FORMATS:
            raise FindingsError(
                [
                    Finding(
                        "format-unknown",
                        f"unknown format {request.format!r}",
                        where=request.name,
                        hint=nearest_hint(request.format, FORMATS),
                    )
                ]
            )
        return request.format
    formats = {recognise_format(file) for file in files}
    if len(formats) > 1:
        raise FindingsError(
            [Finding("formats-mixed", f"the files have {' and '.join(sorted(formats))}", where=request.name, hint="one source each")]
        )
    return formats.pop()


def _read(connection: Backend, files: Sequence[Path], found_format: str, *, table: str, source: str) -> RawRows:
    match found_format:
        case "parquet":
            return _read_parquet(connection, files, source)
        case "csv":
            return read_delimited(connection, files, table=table)
        case "jsonl":
            return read_json_lines(connection, files, table=table)
        case _:
            return read_access_log(connection, files, table=table)


def _read_parquet(connection: Backend, files: Sequence[Path], source: str) -> RawRows:
    import duckdb

    try:
        table = connection.read_parquet([str(file) for file in files])
        return RawRows(table, int(table.count().to_pyarrow().as_py()))
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise FindingsError(
            [Finding("source-damaged", f"{files[0].name} cannot be read as Parquet: {first}", where=source, hint="was the copy cut short?")]
        ) from None


def _refusal_findings(refusals: Sequence[Refusal], n_rows_read: int, source: str) -> list[Finding]:
    found = []
    for refusal in refusals:
        share = refusal.n_rows / max(n_rows_read, 1)
        found.append(
            Finding(
                f"refused-{refusal.reason}",
                f"{refusal.n_rows:,} of {n_rows_read:,} rows refused: {_REASONS.get(refusal.reason, refusal.reason.replace('-', ' '))}",
                severity="note" if share <= NOISE_SHARE else "warning",
                where=source,
                count=refusal.n_rows,
                example=refusal.example,
                hint=_HINTS.get(refusal.reason, "look at the example; mend the export, or leave such rows out with where"),
            )
        )
    return found


_REASONS = {
    "not-an-access-log-line": "not a line of the common or combined log format",
    "not-a-json-object": "not a JSON object",
    "invalid-encoding": "not UTF-8 text",
    "missing-columns": "fewer values than the header has columns",
    "too-many-columns": "more values than the header has columns",
    "unquoted-value": "a quote that is never closed",
    "time-missing": "no time",
    "time-unreadable": "the time cannot be read",
    "time-without-zone": "a time without zone among times that have one",
    "weight-not-positive": "the weight is not a whole number of at least 1",
}
_HINTS = {
    "time-unreadable": "write times as 2026-03-29T01:30:00Z, or as seconds since 1970",
    "time-without-zone": "say which zone they are in: time_zone: Europe/London in the source, or --time-zone",
    "invalid-encoding": "convert the file to UTF-8",
}
