"""How wide a line of text will be, and where to break it, without asking a font.

The picture is drawn by whatever shows it, with whatever sans-serif font is there, so widths are those of a common one (Helvetica and its
metric twins Arial and Liberation Sans), rounded up to classes and enlarged a little. East Asian characters are a full em wide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from math import ceil

__all__ = ["LINE_HEIGHT", "text_width", "wrap_text"]

LINE_HEIGHT = 1.3
_SAFETY = 1.05
_BOLD = 1.07
_EM_WIDTHS = {
    char: width
    for width, chars in (
        (0.24, "ijl'|"), (0.29, " !,./:;I[]\\ft"), (0.35, "\"()-`r{}"), (0.40, "*"), (0.51, "Jcksvxyz^"),
        (0.57, "#$0123456789?L_abdeghnopqu"), (0.60, "+<=>~FTZ"), (0.68, "&ABEKPSVXY"), (0.74, "CDHNRUw"), (0.79, "GOQ"), (0.85, "mM"),
        (0.90, "%"), (0.96, "W"), (1.03, "@"),
    )
    for char in chars
}  # fmt: skip
_OTHER_LETTER = 0.66
# Inside long words, break after these and between camelCase words, so that paths and identifiers come apart at their joints.
_JOINTS = re.compile(r"(?<=[/._?&=,:+-])(?=[^/._?&=,:+\s-])|(?<=[a-z])(?=[A-Z])")
# Kinsoku: these may not begin a line, or may not end one.
_NOT_AT_START = "、。，．・：；？！ー」』）】〕〉》］｝ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々〜…,.!?)]}:;"
_NOT_AT_END = "「『（【〔〈《［｛([{"


@lru_cache(maxsize=4096)
def _char_width(char: str) -> float:
    if char in _EM_WIDTHS:
        return _EM_WIDTHS[char]
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    is_symbol = unicodedata.category(char).startswith("S")
    if unicodedata.east_asian_width(char) in ("W", "F"):
        return 1.3 if is_symbol else 1.0
    return 1.0 if is_symbol else _OTHER_LETTER


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how many pixels wide `text` is at a font size of `size` pixels; rather too many than too few.

    Examples
    --------
    >>> text_width("注文", 10.0)
    21.0
    """
    return sum(map(_char_width, text)) * size * _SAFETY * (_BOLD if bold else 1.0)


def wrap_text(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    r"""Break `text` into lines no wider than `width` pixels, about equally long.

    Parameters
    ----------
    text : str
        ``\n`` breaks always; other breaks come at spaces, between East Asian characters, and inside words that are too long.
    width : float
        Greatest width of a line in pixels; a single character may be wider.
    size : float
        Font size in pixels.

    Examples
    --------
    >>> wrap_text("GET /orders/{id}/tickets", 90, 12)
    ('GET /orders/', '{id}/tickets')
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        pieces = list(_pieces(paragraph, width, size, bold))
        first = _fill(pieces, width, size, bold)
        lines += _balanced(pieces, first, width, size, bold) if len(first) > 1 else first
    return tuple(lines)


def _pieces(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Yield the parts that stay together; those that may end a line carry their trailing space."""
    for word in re.findall(r"\S+\s*", text):
        if text_width(word.rstrip(), size, bold=bold) <= width and not any(_is_wide(char) for char in word):
            yield word
            continue
        for part in _JOINTS.split(word):
            yield from _characters(part, width, size, bold)


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def _characters(word: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Cut between East Asian characters, and elsewhere only where a part alone is too wide."""
    whole = text_width(word.rstrip(), size, bold=bold)
    # Equal parts, so that no single letter is left for the last line.
    width = whole / ceil(whole / width) + size / 2 if whole > width else width
    part, part_width = "", 0.0
    for char in word:
        char_width = text_width(char, size, bold=bold)
        wide_joint = part and (_is_wide(char) or _is_wide(part[-1])) and char not in _NOT_AT_START and part[-1] not in _NOT_AT_END
        if part and not char.isspace() and (wide_joint or part_width + char_width > width):
            yield part
            part, part_width = "", 0.0
        part += char
        part_width += char_width
    if part:
        yield part


def _fill(pieces: list[str], width: float, size: float, bold: bool) -> list[str]:
    lines, line, line_width = [], "", 0.0
    for piece in pieces:
        if line and line_width + text_width(piece.rstrip(), size, bold=bold) > width:
            lines.append(line.rstrip())
            line, line_width = "", 0.0
        line += piece
        line_width += text_width(piece, size, bold=bold)
    return [*lines, line.rstrip()]


def _balanced(pieces: list[str], first: list[str], width: float, size: float, bold: bool) -> list[str]:
    """Narrow the lines as far as their number allows: two lines of 60 read better than one of 100 and one of 20."""
    low, high, best = width / 2, width, first
    for _ in range(6):
        middle = (low + high) / 2
        tried = _fill(pieces, middle, size, bold)
        fits = len(tried) <= len(first) and all(text_width(line, size, bold=bold) <= width for line in tried)
        low, high, best = (low, middle, tried) if fits else (middle, high, best)
    return best
