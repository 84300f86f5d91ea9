"""The layout of a diagram: statement by statement down the page, each below the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slo_workbench.journeys.columns import Columns, place_columns
from slo_workbench.journeys.overlay import LEGEND, Overlay, Sign
from slo_workbench.journeys.rows import Rows
from slo_workbench.journeys.sequence import Box, Diagram
from slo_workbench.journeys.shapes import CaptionShape, GroupShape, Layout, Lifeline, Rect, TextBlock
from slo_workbench.journeys.text_blocks import block_height, caption_shape, centred_block, head_shape, left_block
from slo_workbench.journeys.text_measure import wrap_text

__all__ = ["lay_out"]

MARGIN = 16.0
TITLE_PX, GROUP_PX, LEGEND_PX = 16.0, 12.0, 11.0
# Taller pictures repeat the participants at the bottom, so that nobody has to scroll up to see whose line it is.
REPEAT_HEADS_ABOVE_PX = 560.0
_LEGEND_SIGN_WIDTH = 34.0


def lay_out(diagram: Diagram, *, overlay: Overlay | None = None, width_px: float = 960.0) -> Layout:
    r"""Give everything in the diagram its place.

    Parameters
    ----------
    diagram : Diagram
    overlay : Overlay, optional
        What is measured, as tags on arrows and captions on cards.
    width_px : float
        Width to aim at, in pixels; many participants or long words may need more.

    Returns
    -------
    Layout
        Coordinates in pixels. Boxes from `Layout.solid_boxes` never overlap.

    Raises
    ------
    UnusableValue
        If `overlay` names a message or participant that is not there.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> layout = lay_out(parse_diagram("sequenceDiagram\n Fan->>Shop: buy")[0])
    >>> layout.arrows[0].label.lines
    ('buy',)
    """
    overlay = overlay or Overlay()
    overlay.check(diagram)
    columns = place_columns(diagram, overlay=overlay, width_px=width_px)
    top = max((card.height for card in columns.cards.values()), default=0.0)
    rows = Rows(diagram, columns, overlay, top)
    rows.place(diagram.statements)
    return _assemble(diagram, columns, rows, top, overlay.signs)


def _assemble(diagram: Diagram, columns: Columns, rows: Rows, top: float, signs: Sequence[Sign]) -> Layout:
    """Put what depends on the final height around the rows: lifelines, repeated cards, groups, title and legend."""
    bottom = rows.y + 6.0
    heads = [head_shape(card, columns.x[name], top - card.height) for name, card in columns.cards.items() if name not in columns.created]
    foot = 0.0
    if bottom > REPEAT_HEADS_ABOVE_PX:
        staying = [name for name in columns.cards if name not in rows.destroyed]
        heads += [head_shape(replace(columns.cards[name], captions=()), columns.x[name], bottom) for name in staying]
        foot = max((columns.cards[name].name_height for name in staying), default=0.0)
    groups = tuple(_group(box, columns, bottom + foot) for box in diagram.boxes)
    shapes = [*(head.box for head in [*heads, *rows.heads]), *rows.extents(), *(group.box for group in groups)]
    left = min((box.x for box in shapes), default=0.0)
    right = max((box.right for box in shapes), default=200.0)
    title, upper = _title(diagram.heading, left, right, min((group.box.y for group in groups), default=0.0))
    legend, lower = _legend(signs, left, right, max([bottom + foot, *(group.box.bottom for group in groups)]) + 10.0)
    right = max([right, *(entry.label.box.right for entry in legend), *([title.box.right] if title else [])])
    left = min(left, title.box.x if title else left)
    bounds = Rect(left - MARGIN, upper - MARGIN, right - left + 2 * MARGIN, lower - upper + 2 * MARGIN)
    for name in columns.x:
        rows.bars.end_all(name, rows.destroyed.get(name, bottom))
    lifelines = tuple(_lifeline(name, columns, rows, top, bottom) for name in columns.x)
    return Layout(
        bounds, title, groups, lifelines, (*heads, *rows.heads), tuple(rows.frames), tuple(sorted(rows.bars.finished, key=lambda bar: bar.x)), tuple(rows.arrows),
        tuple(rows.notes), legend,
    )  # fmt: skip


def _lifeline(name: str, columns: Columns, rows: Rows, top: float, bottom: float) -> Lifeline:
    """Cut the line where a label stands, so that no text is struck through."""
    x = columns.x[name]
    start = next((head.box.bottom for head in rows.heads if head.participant.name == name), top)
    end = rows.destroyed.get(name, bottom)
    cuts = sorted((box.y - 1.0, box.bottom + 1.0) for box in rows.texts if box.x - 2.0 < x < box.right + 2.0)
    pieces: list[tuple[float, float]] = []
    for cut_start, cut_end in cuts:
        if cut_start > start:
            pieces.append((start, min(cut_start, end)))
        start = max(start, cut_end)
    if end > start:
        pieces.append((start, end))
    return Lifeline(x, tuple(piece for piece in pieces if piece[1] > piece[0]), rows.destroyed.get(name))


def _group(box: Box, columns: Columns, bottom: float) -> GroupShape:
    sides = [(columns.x[name] - columns.cards[name].width / 2, columns.x[name] + columns.cards[name].width / 2) for name in box.names]
    left, right = min(low for low, _ in sides) - 10.0, max(high for _, high in sides) + 10.0
    if not box.label:
        return GroupShape(Rect(left, -10.0, right - left, bottom + 20.0), box.colour, None)
    lines = wrap_text(box.label, right - left - 12.0, GROUP_PX, bold=True)
    height = block_height(lines, GROUP_PX)
    label = centred_block(lines, (left + right) / 2, -height - 8.0, GROUP_PX, bold=True)
    return GroupShape(Rect(left, label.box.y - 6.0, right - left, bottom + 10.0 - label.box.y + 6.0), box.colour, label)


def _title(text: str, left: float, right: float, upper: float) -> tuple[TextBlock | None, float]:
    """Return the title above the picture and the new upper edge."""
    if not text.strip():
        return None, upper
    lines = wrap_text(text, max(right - left, 280.0), TITLE_PX, bold=True)
    y = upper - 14.0 - block_height(lines, TITLE_PX)
    return left_block(lines, left, y, TITLE_PX, bold=True), y


def _legend(signs: Sequence[Sign], left: float, right: float, y: float) -> tuple[tuple[CaptionShape, ...], float]:
    """Return an explanation of each sign below the picture and the new lower edge."""
    entries: list[CaptionShape] = []
    for sign in signs:
        lines = wrap_text(LEGEND[sign], max(right - left - _LEGEND_SIGN_WIDTH, 240.0), LEGEND_PX)
        y = max(y, entries[-1].label.box.bottom + 3.0 if entries else y + 4.0)
        entries.append(caption_shape(sign, lines, left, y, size=LEGEND_PX, place_width=_LEGEND_SIGN_WIDTH))
    return tuple(entries), entries[-1].label.box.bottom if entries else y - 10.0
