"""Tables for a terminal: columns as wide as they need, long texts wrapped inside theirs, ids whole."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["printable", "shown_width", "terminal_columns", "text_table", "without_controls"]

_GAP = "  "
_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NARROWEST = 8
_LONGEST_WORD = 48
_FEWEST_COLUMNS = 60


def terminal_columns() -> int:
    """Return how many columns the terminal has, at least 60; 120 where there is none."""
    return max(_FEWEST_COLUMNS, shutil.get_terminal_size((120, 40)).columns or 120)


def shown_width(text: str) -> int:
    r"""Return how many columns of a terminal a text takes: wide characters two, marks upon others none.

    Wide are those that Unicode Standard Annex #11 calls wide or full-width.

    Examples
    --------
    >>> shown_width("buy"), shown_width("買う"), shown_width("Zoe\u0301")
    (3, 4, 3)
    """
    return sum(_char_width(char) for char in text)


def printable(text: str) -> str:
    """Spell out control characters, so that strangers' data does not steer the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def without_controls(text: str) -> str:
    r"""Spell out what would steer a terminal or turn the direction of a text, but not the ends of its lines and tabs.

    Examples
    --------
    >>> print(without_controls("one \x1b[31mred\ntwo"))
    one \x1b[31mred
    two
    """
    return _STEERS.sub(lambda found: found[0] if found[0] in "\n\t" else found[0].encode("unicode_escape").decode(), text)


def _harmless(text: str) -> str:
    """Spell out what would steer a terminal; joiners and other marks inside words stay."""
    return _STEERS.sub(lambda match: match.group(0).encode("unicode_escape").decode(), text)


def text_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, columns: int = 120) -> str:
    """Write rows as a table.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences
        As many cells as the header has. The first is what people copy, such as an id: its words are never broken.
    columns : int
        How wide it may be. The widest columns are wrapped first, between words as far as that goes; where that does not do, words
        of all columns but the first are broken, down to eight characters a column. A table that needs more is wider than asked.

    Examples
    --------
    >>> print(text_table(["id", "what it says"], [["a", "one two three four"]], columns=18))
    id  what it says
    --  --------------
    a   one two three
        four
    """
    body = [[_harmless(" ".join(str(cell).split())) for cell in row] for row in rows]
    widths = _widths([list(header), *body], columns - len(_GAP) * (len(header) - 1))
    lines = [*_lines(header, widths), _line(["-" * width for width in widths], widths)]
    for row in body:
        lines += _lines(row, widths)
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    n_columns = range(len(rows[0]))
    widths = [max(shown_width(row[i]) for row in rows) for i in n_columns]
    longest_words = [max(shown_width(word) for row in rows for word in (row[i].split() or [""])) for i in n_columns]
    between_words = [longest_words[0], *(min(longest, _LONGEST_WORD) for longest in longest_words[1:])]
    for floors in (between_words, [longest_words[0], *[_NARROWEST] * (len(widths) - 1)]):
        while sum(widths) > room and any(width > floor for width, floor in zip(widths, floors, strict=True)):
            widest = max(n_columns, key=lambda i: widths[i] if widths[i] > floors[i] else 0)
            widths[widest] -= 1
    return widths


def _lines(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return [_line([cell[i] if i < len(cell) else "" for cell in wrapped], widths) for i in range(max(map(len, wrapped)))]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - shown_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap a text between words; a word that is longer than a line begins a new one and is broken."""
    lines: list[str] = []
    for word in text.split():
        if lines and shown_width(lines[-1]) + 1 + shown_width(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += _pieces(word, width)
    return lines or [""]


def _pieces(word: str, width: int) -> list[str]:
    """Break a word into pieces that fit, never between a character and the marks upon it."""
    pieces, used = [""], 0
    for char in word:
        wide = _char_width(char)
        if pieces[-1] and wide and used + wide > width:
            pieces.append("")
            used = 0
        pieces[-1] += char
        used += wide
    return pieces


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
