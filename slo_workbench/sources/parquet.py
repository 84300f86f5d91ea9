"""Parquet files, read lazily: only the columns a question needs are touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding
from slo_workbench.sources.engine import quoted
from slo_workbench.sources.files import unreadable
from slo_workbench.sources.rows import RawRows, SourceRequest
from slo_workbench.units import counted

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["read_parquet"]


def read_parquet(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read Parquet files as one table; columns that not all files have are null where missing."""
    import duckdb

    try:
        rows = connection.read_parquet([str(file) for file in files], union_by_name=True)
        n_rows = int(rows.count().to_pyarrow().as_py())
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        message = f"{_first_damaged(connection, files).name} cannot be read as Parquet: {first}"
        raise unreadable("source-damaged", request.name, message, "was the copy cut short?") from None
    return RawRows(rows, n_rows, findings=_column_findings(connection, files, request.name))


def _first_damaged(connection: Backend, files: Sequence[Path]) -> Path:
    import duckdb

    for file in files:
        try:
            connection.raw_sql(f"SELECT 1 FROM parquet_file_metadata({quoted(str(file))})").fetchone()
        except duckdb.Error:
            return file
    return files[0]


def _column_findings(connection: Backend, files: Sequence[Path], source: str) -> tuple[Finding, ...]:
    """Report columns that some files lack, and those that hold times in one file and something else in another."""
    if len(files) == 1:
        return ()
    listed = "[" + ", ".join(quoted(str(file)) for file in files) + "]"
    described = connection.raw_sql(
        f"SELECT name, list(DISTINCT file_name ORDER BY file_name), list(DISTINCT duckdb_type ORDER BY duckdb_type) FROM parquet_schema({listed}) "
        "WHERE type IS NOT NULL AND num_children IS NULL GROUP BY name ORDER BY name"
    ).fetchall()
    found = []
    for name, having, kinds in described:
        lacking = [file for file in files if str(file) not in having]
        if lacking:
            message = f"{len(lacking)} of {counted(len(files), 'file')} have no column {name!r}; it is empty in their rows"
            hint = "a condition on it does not hold there: give such files a source of their own, or leave them out"
            found.append(Finding("column-missing-in-files", message, "warning", hint, source, count=len(lacking), example=lacking[0].name))
        are_times = {kind.startswith(("TIMESTAMP", "DATE")) for kind in kinds}
        if len(are_times) > 1:
            message = f"the column {name!r} holds {' in one file and '.join(kinds)} in another"
            raise unreadable("columns-differ", source, message, "one source each, or bring them into one form")
    return tuple(found)
