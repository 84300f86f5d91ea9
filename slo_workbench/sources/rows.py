"""What a source is on its way: what to open, the rows as they stand, and the rows with their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from slo_workbench.sources.columns import CanonicalRows

__all__ = ["RawRows", "Refusal", "RequestTable", "SourceFile", "SourceRequest"]


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
        ``auto``, or the name of a format: see :data:`slo_workbench.sources.formats.FORMATS`.
    columns : mapping of str to str
        Canonical name to column or expression.
    where, time_zone : str, optional
        See :func:`slo_workbench.sources.columns.to_canonical`.
    url : str, optional
        A database's or cluster's address instead of the path; see docs/engines.md.
    inside : Path, optional
        A folder that every file must lie in, links followed: for paths that a stranger's workbook names.
    log_format : str, optional
        nginx's ``log_format`` text, for logs written with it.
    """

    path: Path
    name: str = "requests"
    format: str = "auto"
    columns: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    time_zone: str | None = None
    log_format: str | None = None
    inside: Path | None = None
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SourceFile:
    """A file that was read: name, size in bytes and SHA-256 of its content."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Refusal:
    """Rows that could not be used: why, how many, and one of them."""

    reason: str
    n_rows: int
    example: str


@dataclass(frozen=True)
class RawRows:
    """Rows as they stand in the files, before their columns get a meaning.

    Parameters
    ----------
    table : ibis.Table
        The rows that could be read.
    n_rows_read : int
        All rows met, refused ones included.
    refusals : tuple of Refusal
    findings : tuple of Finding
        What else the reader noticed.
    canonical : CanonicalRows, optional
        Of a reader that gave the columns their meaning itself, as rows that are no requests need.
    """

    table: ir.Table
    n_rows_read: int
    refusals: tuple[Refusal, ...] = ()
    findings: tuple[Finding, ...] = ()
    canonical: CanonicalRows | None = None


@dataclass(frozen=True)
class RequestTable:
    """An opened source: usable rows, and an account of all others.

    ``n_rows_read = n_rows_used + n_rows_left_out + rows refused`` always holds.

    Parameters
    ----------
    format : str
        How it was read.
    engine : str
        What runs its queries, such as ``DuckDB 1.5.6``.
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
    engine: str = ""

    @property
    def n_rows_refused(self) -> int:
        """Rows that could not be used."""
        return sum(refusal.n_rows for refusal in self.refusals)

    @property
    def n_rows_used(self) -> int:
        """Rows that carry a usable time and usable values."""
        return self.n_rows_read - self.n_rows_left_out - self.n_rows_refused
