"""Opens whatever holds requests, as one lazy table in the canonical columns."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.columns import to_canonical
from slo_workbench.sources.files import find_files, fingerprint
from slo_workbench.sources.formats import format_of
from slo_workbench.sources.rows import RawRows, Refusal, RequestTable, SourceFile, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["RequestTable", "SourceRequest", "account_for", "open_source"]

# One refused row in a thousand is the noise of real logs; more deserves a look before numbers are trusted.
NOISE_SHARE = 0.001


def open_source(connection: Backend, request: SourceRequest) -> RequestTable:
    """Open a source with the embedded engine.

    Raises
    ------
    FindingsError
        When it cannot be opened at all: missing, empty, of no known format, without a time column, or
        without a single usable row.
    """
    files = find_files(request.path, source=request.name)
    _refuse_outside(files, request)
    found = format_of(files, request)
    raw = found.read(connection, files, table=f"rows_{request.name.replace('-', '_')}", request=request)
    fingerprints = tuple(fingerprint(file) for file in files)
    return account_for(raw, request, format=found.name, files=fingerprints, engine=f"DuckDB {version('duckdb')}")


def _refuse_outside(files: Sequence[Path], request: SourceRequest) -> None:
    """A link below the workbook's folder may lead anywhere, so every file is looked at, not only the pattern."""
    if request.inside is None:
        return
    folder = request.inside.resolve()
    outside = [file for file in files if not file.resolve().is_relative_to(folder)]
    if outside:
        hint = f"if you trust it, name the file yourself: --source {request.name}=PATH"
        message = f"{outside[0].name} leads out of the workbook's folder"
        raise FindingsError([Finding("path-outside", message, where=f"{request.name}.path", hint=hint)])


def account_for(raw: RawRows, request: SourceRequest, *, format: str, files: tuple[SourceFile, ...], engine: str) -> RequestTable:
    """Give rows of any origin their canonical columns, and account for those that cannot be used.

    Raises
    ------
    FindingsError
        Without a time column, or without a single usable row.
    """
    rows = raw.canonical or to_canonical(
        raw.table, columns=request.columns, where=request.where, time_zone=request.time_zone, source=request.name
    )
    refusals = (*raw.refusals, *rows.refusals)
    findings = (*raw.findings, *rows.findings, *_refusal_findings(refusals, raw.n_rows_read, request.name))
    if rows.first_time is None or rows.last_time is None:
        raise FindingsError([*findings, _no_rows(request, rows.n_chosen)])
    n_left_out = raw.n_rows_read - sum(refusal.n_rows for refusal in raw.refusals) - rows.n_chosen
    return RequestTable(
        request.name, rows.table, format, files, raw.n_rows_read, n_left_out, rows.first_time, rows.last_time, refusals, findings, engine
    )  # fmt: skip


def _no_rows(request: SourceRequest, n_chosen: int) -> Finding:
    if request.where is not None and n_chosen == 0:
        place = f"{request.name}.where"
        return Finding("where-chose-nothing", f"no row matches {request.where!r}", where=place, hint="look at its spelling")
    return Finding("source-no-rows", "no row can be used", where=request.name, hint="see the refusals; an empty table has none either")


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
    "time-unlikely": "a time before 1970 or after 2199, or in another unit than most",
    "value-unlikely": "more money than a request can be worth",
    "time-without-zone": "a time without zone among times that have one",
    "weight-not-positive": "the weight is not a whole number from 1 to a thousand million",
    "weight-unreadable": "the weight is not a whole number",
    "status-unreadable": "the status is not a whole number",
    "value-missing": "no value; no data is neither good nor bad",
    "time-repeated": "another row has the same time, and a slice has one value",
    "status-unknown": "the status is neither up nor down",
    "end-not-after-start": "it does not end after it starts",
}
_HINTS = {
    "not-an-access-log-line": "look at how the example ends; if nginx wrote it in a format of its own, give its log_format",
    "time-unreadable": "write times as 2026-03-29T01:30:00Z, or as seconds since 1970",
    "time-without-zone": "say which zone they are in: time_zone: Europe/London in the source, or --time-zone",
    "invalid-encoding": "convert the file to UTF-8",
    "status-unknown": "say which is which: columns: {status: case when impact = 'critical' then 'down' else 'up' end}",
}
