"""Where a tall picture may be cut, so that each part fits a page and no text or arrow is cut through."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from slo_workbench.journeys.shapes import HeadShape, Layout, Rect

__all__ = ["Part", "cut_into_parts", "heads_alive_at"]

Part = tuple[float, float]
_SHORTEST_PART = 120.0
_AROUND_ARROW = 7.0
# A4 with margins of 15 mm, at 96 pixels an inch, and room for a heading.
_PAGE_WIDTH_PX = 680.0
_PAGE_HEIGHT_TO_WIDTH = 1.3


def heads_alive_at(layout: Layout, y: float) -> tuple[HeadShape, ...]:
    """Return one card for each participant whose lifeline runs at height `y`."""
    alive = {line.x for line in layout.lifelines if line.pieces and line.pieces[0][0] <= y <= line.pieces[-1][1]}
    cards = {head.participant.name: head for head in layout.heads if any(abs(head.box.middle - x) < 0.01 for x in alive)}
    return tuple(cards.values())


def _obstacles(layout: Layout) -> Iterator[tuple[float, float]]:
    for _, box in layout.solid_boxes():
        yield box.y, box.bottom
    for frame in layout.frames:
        # A condition stays with the first line of what it governs.
        yield from ((block.box.y - 8.0, block.box.bottom + 10.0) for block in (frame.tab, *frame.conditions) if block)
    for arrow in layout.arrows:
        upper = min([arrow.y - _AROUND_ARROW, *([arrow.label.box.y] if arrow.label else [])])
        yield upper, arrow.y + arrow.loop_height + _AROUND_ARROW


def _clear_height(obstacles: list[tuple[float, float]], start: float, wanted: float) -> float:
    """Go up from `wanted` to the first height that nothing crosses; if there is none, cut all the same."""
    y = wanted
    while crossed := [top for top, bottom in obstacles if top < y < bottom]:
        y = min(crossed)
        if y < start + _SHORTEST_PART:
            return wanted
    return y


def cut_into_parts(layout: Layout, part_height_px: float | None = None) -> tuple[Part, ...]:
    """Return the upper and lower height of each part, about equally high and none higher than `part_height_px`.

    Later parts repeat the participants' cards, which takes some of their height. By default a part fits below a heading on a page of
    A4, to whose width a wide picture is scaled down.
    """
    bounds: Rect = layout.bounds
    part_height_px = part_height_px or _PAGE_HEIGHT_TO_WIDTH * max(bounds.width, _PAGE_WIDTH_PX)
    head = max((card.box.height for card in layout.heads), default=0.0) + 20.0
    room = max(part_height_px - head, 2 * _SHORTEST_PART)
    if bounds.height <= part_height_px:
        return ((bounds.y, bounds.bottom),)
    n_parts = ceil((bounds.height - head) / room)
    obstacles = list(_obstacles(layout))
    cuts = [bounds.y]
    while bounds.bottom - cuts[-1] > room:
        left_over = max(n_parts - len(cuts) + 1, 1)
        share = min((bounds.bottom - cuts[-1]) / left_over + 24.0, room)
        cuts.append(_clear_height(obstacles, cuts[-1], cuts[-1] + share))
    return tuple(zip(cuts, [*cuts[1:], bounds.bottom], strict=True))
