"""Rows of a text file that were read once in a notebook, kept in a compact file of their own while the notebook runs."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from slo_workbench.sources.rows import RequestTable

__all__ = ["RowsReadOnce", "keep_rows"]

_QUICK = "parquet"


@dataclass(frozen=True)
class RowsReadOnce:
    """Usable rows of a source, beside the account of how they were read; the file goes when nobody holds this any more.

    Parameters
    ----------
    account : RequestTable
        As it was when the source was read; its table is closed.
    file : Path
        Parquet, in a folder that only this user can read.
    """

    account: RequestTable
    file: Path

    @contextmanager
    def opened(self) -> Iterator[RequestTable]:
        """Open the rows again, without reading the text."""
        from slo_workbench.sources.engine import connect_engine

        with connect_engine() as connection:
            yield replace(self.account, table=connection.read_parquet(self.file))


def keep_rows(opened: RequestTable) -> RowsReadOnce | None:
    """Keep the rows of an opened source; nothing of one that is quick to open again, or that lies in a database of its own."""
    if not opened.files or opened.format == _QUICK:
        return None
    folder = Path(tempfile.mkdtemp(prefix="slo-workbench-rows-"))
    kept = RowsReadOnce(opened, folder / "rows.parquet")
    weakref.finalize(kept, shutil.rmtree, folder, ignore_errors=True)
    opened.table.to_parquet(kept.file)
    return kept
