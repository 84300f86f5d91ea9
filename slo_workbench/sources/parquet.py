"""Parquet files, read lazily: only the columns a question needs are touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.files import unreadable
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["read_parquet"]


def read_parquet(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read Parquet files as one table; columns that not all files have are null where missing."""
    import duckdb

    try:
        rows = connection.read_parquet([str(file) for file in files], union_by_name=True)
        return RawRows(rows, int(rows.count().to_pyarrow().as_py()))
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        message = f"{files[0].name} cannot be read as Parquet: {first}"
        raise unreadable("source-damaged", request.name, message, "was the copy cut short?") from None
