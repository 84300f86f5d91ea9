"""Text files with one kind of line end.

DuckDB's strict reader of separated values gives up on a whole file when line ends are mixed; its lenient one would
drop values in silence.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slo_workbench.sources.compressed_files import unpacked

__all__ = ["with_even_line_ends"]


@contextmanager
def with_even_line_ends(files: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Give copies of files whose every line ends in a line feed; they last as long as the block.

    A carriage return, with or without a line feed, becomes one, inside quotes as well.
    """
    with tempfile.TemporaryDirectory(prefix="slo-workbench-") as folder:
        copies = tuple(Path(folder) / f"{number}.txt" for number in range(len(files)))
        for file, copy in zip(files, copies, strict=True):
            _copy(file, copy)
        yield copies


def _copy(file: Path, copy: Path) -> None:
    with copy.open("wb") as out:
        held = b""
        for part in unpacked(file):
            # a carriage return at the end of a part may belong to the line feed that starts the next
            text = held + part
            held = b"\r" if text.endswith(b"\r") else b""
            out.write(text.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        out.write(b"\n" if held else b"")
