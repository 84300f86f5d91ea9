"""Separated values with a quote that is never closed: it would swallow all rows up to the next quote, or to the end.

A quoted value may hold line ends. So only where lines were swallowed the file is gone through line by line, and a row
that opens a quote is taken together with the lines that follow only if that makes a row and they are none themselves.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slo_workbench.sources.compressed_files import unpacked
from slo_workbench.sources.rows import Refusal

__all__ = ["LONGEST_VALUE_LINES", "without_stray_quotes"]

LONGEST_VALUE_LINES = 50


@contextmanager
def without_stray_quotes(
    files: Sequence[Path], *, separator: str, n_columns: int
) -> Iterator[tuple[tuple[Path, ...], tuple[Refusal, ...]]]:
    """Give copies of files without the lines that open a quote and do not close it, and those lines as refused.

    Parameters
    ----------
    files : sequence of Path
    separator : str
    n_columns : int
        How many values a row has.
    """
    refused: list[str] = []
    with tempfile.TemporaryDirectory(prefix="slo-workbench-") as folder:
        copies = tuple(Path(folder) / f"{number}.txt" for number in range(len(files)))
        for file, copy in zip(files, copies, strict=True):
            with copy.open("wb") as out:
                out.writelines(_whole_rows(_lines(file), separator, n_columns, refused))
        yield copies, (Refusal("unquoted-value", len(refused), refused[0]),) if refused else ()


def _lines(file: Path) -> Iterator[bytes]:
    held = b""
    for part in unpacked(file):
        lines = (held + part).replace(b"\r\n", b"\n").split(b"\n")
        held = lines.pop()
        yield from (line + b"\n" for line in lines)
    if held:
        yield held


def _whole_rows(lines: Iterator[bytes], separator: str, n_columns: int, refused: list[str]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    while (line := waiting.pop(0) if waiting else next(lines, None)) is not None:
        if line.count(b'"') % 2 == 0:
            yield line
            continue
        following = _rest_of_row(line, waiting, lines, separator, n_columns)
        if following is None:
            refused.append(line.decode("utf-8", errors="replace").rstrip("\r\n")[:200])
        else:
            yield line + b"".join(following)


def _rest_of_row(line: bytes, waiting: list[bytes], lines: Iterator[bytes], separator: str, n_columns: int) -> list[bytes] | None:
    """Return the lines that close the quote, taken from ``waiting``; ``None`` when they are rows, or too many, or make none."""
    taken = 0
    while taken < LONGEST_VALUE_LINES:
        if taken == len(waiting):
            more = next(lines, None)
            if more is None:
                return None
            waiting.append(more)
        taken += 1
        if waiting[taken - 1].count(b'"') % 2:
            break
    following = waiting[:taken]
    text = (line + b"".join(following)).decode("utf-8", errors="replace")
    own = separator.encode()
    if any(other.count(own) >= n_columns - 1 for other in following) or not _is_one_row(text, separator, n_columns):
        return None
    del waiting[:taken]
    return following


def _is_one_row(text: str, separator: str, n_columns: int) -> bool:
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True))
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) == n_columns
