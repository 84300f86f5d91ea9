"""Tables for a terminal: columns as wide as they need, long texts wrapped inside theirs."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["terminal_columns", "text_table"]

_GAP = "  "
_NARROWEST = 8
_LONGEST_WORD = 48


def terminal_columns() -> int:
    """Return how many columns the terminal has; 120 where there is none."""
    return max(60, shutil.get_terminal_size((120, 40)).columns or 120)


def text_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, columns: int = 120) -> str:
    """Write rows as a table.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences
        As many cells as the header has.
    columns : int
        How wide it may be; the widest columns are wrapped first, between words as far as that goes.

    Examples
    --------
    >>> print(text_table(["id", "what it says"], [["a", "one two three four"]], columns=18))
    id  what it says
    --  --------------
    a   one two three
        four
    """
    body = [[" ".join(str(cell).split()) for cell in row] for row in rows]
    widths = _widths([list(header), *body], columns - len(_GAP) * (len(header) - 1))
    lines = [_line(header, widths), _line(["-" * width for width in widths], widths)]
    for row in body:
        cells = [textwrap.wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(row, widths, strict=True)]
        lines += [_line([cell[i] if i < len(cell) else "" for cell in cells], widths) for i in range(max(map(len, cells)))]
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    n_columns = range(len(rows[0]))
    widths = [max(len(row[i]) for row in rows) for i in n_columns]
    longest_words = [min(max(len(word) for row in rows for word in (row[i].split() or [""])), _LONGEST_WORD) for i in n_columns]
    for floors in (longest_words, [_NARROWEST] * len(widths)):
        while sum(widths) > room and any(width > floor for width, floor in zip(widths, floors, strict=True)):
            widest = max(n_columns, key=lambda i: widths[i] if widths[i] > floors[i] else 0)
            widths[widest] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
