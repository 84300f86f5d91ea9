"""Lines of text with the box they fill, the card of a participant, and tags side by side."""

from __future__ import annotations

from collections.abc import Sequence

from slo_workbench.journeys.columns import (
    BESIDE_GLYPH,
    CAPTION_GAP,
    CAPTION_PX,
    GLYPH_PX,
    HEAD_PX,
    ICON_PX,
    TAG_GAP,
    TAG_PX,
    Card,
    caption_height,
    tag_width,
)
from slo_workbench.journeys.overlay import Sign
from slo_workbench.journeys.shapes import CaptionShape, HeadShape, Rect, TagShape, TextBlock
from slo_workbench.journeys.text_measure import LINE_HEIGHT, text_width

__all__ = ["TAG_HEIGHT", "block_height", "caption_shape", "centred_block", "head_shape", "left_block", "tag_shapes"]

TAG_HEIGHT = 15.0
_BETWEEN_TAG_ROWS = 3.0


def block_height(lines: Sequence[str], size: float) -> float:
    """Height of lines of text; nothing for a single empty line."""
    return len(lines) * size * LINE_HEIGHT if any(lines) else 0.0


def _width(lines: Sequence[str], size: float, bold: bool) -> float:
    return max(text_width(line, size, bold=bold) for line in lines)


def centred_block(lines: tuple[str, ...], middle: float, y: float, size: float, *, bold: bool = False) -> TextBlock:
    """Lines centred on the x `middle`, from the height `y` downwards."""
    width = _width(lines, size, bold)
    return TextBlock(lines, Rect(middle - width / 2, y, width, block_height(lines, size)), size)


def left_block(lines: tuple[str, ...], x: float, y: float, size: float, *, bold: bool = False) -> TextBlock:
    """Lines that begin at `x`, from the height `y` downwards."""
    return TextBlock(lines, Rect(x, y, _width(lines, size, bold), block_height(lines, size)), size, "start")


def caption_shape(sign: Sign, lines: tuple[str, ...], x: float, y: float, *, size: float, place_width: float) -> CaptionShape:
    """A sign at (`x`, `y`) with lines of text beside it; the sign stands before the middle of the first line."""
    label = left_block(lines, x + place_width + BESIDE_GLYPH, y, size)
    return CaptionShape(sign, Rect(x, y + (label.box.height / len(lines) - GLYPH_PX) / 2, place_width, GLYPH_PX), label)


def head_shape(card: Card, x: float, y: float) -> HeadShape:
    """Place a participant's card on its lifeline, its icon left of its label and its captions below."""
    box = Rect(x - card.width / 2, y, card.width, card.height)
    has_icon = card.participant.kind != "participant"
    shift = (ICON_PX + 6.0) / 2 if has_icon else 0.0
    label = centred_block(card.lines, x + shift, y + (card.name_height - block_height(card.lines, HEAD_PX)) / 2, HEAD_PX, bold=True)
    icon = Rect(label.box.x - ICON_PX - 6.0, y + (card.name_height - ICON_PX) / 2, ICON_PX, ICON_PX) if has_icon else None
    return HeadShape(card.participant, box, label, icon, _captions(card, x, y + card.name_height - 4.0))


def _captions(card: Card, middle: float, y: float) -> tuple[CaptionShape, ...]:
    """Place captions one below the other, all beginning at the same x and together in the middle."""
    if not card.captions:
        return ()
    width = max(_width(lines, CAPTION_PX, bold=False) for _, lines in card.captions) + GLYPH_PX + BESIDE_GLYPH
    shapes = []
    for sign, lines in card.captions:
        shapes.append(caption_shape(sign, lines, middle - width / 2, y, size=CAPTION_PX, place_width=GLYPH_PX))
        y += caption_height(lines) + CAPTION_GAP
    return tuple(shapes)


def tag_shapes(tags: Sequence[tuple[Sign, str]], x: float, y: float, width: float, *, centred: bool) -> tuple[TagShape, ...]:
    """Stand tags side by side from `x` on, in as many rows as `width` needs; `y` is the middle of the first row.

    Examples
    --------
    >>> tags = [("mark", "availability"), ("mark", "latency")]
    >>> [tag.label.box.y for tag in tag_shapes(tags, 0, 7.5, 200, centred=True)]
    [0.0, 0.0]
    >>> [tag.label.box.y for tag in tag_shapes(tags, 0, 7.5, 100, centred=True)]
    [0.0, 18.0]
    """
    shapes: list[TagShape] = []
    for number, row in enumerate(_tag_rows(tags, width)):
        row_width = sum(tag_width(*tag) for tag in row) + TAG_GAP * (len(row) - 1)
        left = x + (width - row_width) / 2 if centred else x
        top = y - TAG_HEIGHT / 2 + number * (TAG_HEIGHT + _BETWEEN_TAG_ROWS)
        for sign, text in row:
            shapes.append(TagShape(sign, TextBlock((text,), Rect(left, top, tag_width(sign, text), TAG_HEIGHT), TAG_PX)))
            left = shapes[-1].label.box.right + TAG_GAP
    return tuple(shapes)


def _tag_rows(tags: Sequence[tuple[Sign, str]], width: float) -> list[list[tuple[Sign, str]]]:
    rows: list[list[tuple[Sign, str]]] = []
    used = 0.0
    for tag in tags:
        used += TAG_GAP + tag_width(*tag)
        if not rows or used > width + 0.01:
            rows.append([])
            used = tag_width(*tag)
        rows[-1].append(tag)
    return rows
