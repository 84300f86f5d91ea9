"""Lines of text with the box they fill, and the card of a participant."""

from __future__ import annotations

from collections.abc import Sequence

from slo_workbench.journeys.columns import HEAD_PX, ICON_PX, Card
from slo_workbench.journeys.shapes import HeadShape, Rect, TextBlock
from slo_workbench.journeys.text_measure import LINE_HEIGHT, text_width

__all__ = ["block_height", "centred_block", "head_shape", "left_block"]


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


def head_shape(card: Card, x: float, y: float) -> HeadShape:
    """Place a participant's card on its lifeline, its icon left of its label."""
    box = Rect(x - card.width / 2, y, card.width, card.height)
    has_icon = card.participant.kind != "participant"
    shift = (ICON_PX + 6.0) / 2 if has_icon else 0.0
    label = centred_block(card.lines, x + shift, y + (card.height - block_height(card.lines, HEAD_PX)) / 2, HEAD_PX, bold=True)
    icon = Rect(label.box.x - ICON_PX - 6.0, y + (card.height - ICON_PX) / 2, ICON_PX, ICON_PX) if has_icon else None
    return HeadShape(card.participant, box, label, icon)
