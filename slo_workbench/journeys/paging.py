"""Where a tall picture may be cut, so that each part fits a page and no text or arrow is cut through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from math import ceil

from slo_workbench.journeys.shapes import ArrowShape, FrameShape, HeadShape, Layout, Rect

__all__ = ["Part", "cut_into_parts", "heads_alive_at", "shown_in"]

Part = tuple[float, float]
_SHORTEST_PART = 120.0
_AROUND_ARROW = 7.0
# From a condition into the first message under it, wherever its number and its lines of text put it.
_TO_FIRST_LINE = 20.0
# A4 with margins of 15 mm, at 96 pixels an inch, and room for a heading.
_PAGE_WIDTH_PX = 680.0
_PAGE_HEIGHT_TO_WIDTH = 1.3


def heads_alive_at(layout: Layout, y: float) -> tuple[HeadShape, ...]:
    """Return one card for each participant whose lifeline runs at height `y`."""
    alive = {line.x for line in layout.lifelines if line.pieces and line.pieces[0][0] <= y <= line.pieces[-1][1]}
    cards = {head.participant.name: head for head in layout.heads if any(abs(head.box.middle - x) < 0.01 for x in alive)}
    return tuple(cards.values())


def shown_in(layout: Layout, part: Part) -> Layout:
    """Return what a part shows; lines and frames reach beyond it where they go on."""
    top, bottom = part

    def is_inside(box: Rect) -> bool:
        return box.y < bottom and box.bottom > top

    reaches = ((arrow, *_reach(arrow)) for arrow in layout.arrows)
    return replace(
        layout,
        title=layout.title if layout.title and is_inside(layout.title.box) else None,
        groups=tuple(group if group.label and is_inside(group.label.box) else replace(group, label=None) for group in layout.groups),
        heads=tuple(head for head in layout.heads if is_inside(head.box)),
        frames=tuple(_frame_in(frame, is_inside) for frame in layout.frames if is_inside(frame.box)),
        bars=tuple(bar for bar in layout.bars if is_inside(bar)),
        arrows=tuple(arrow for arrow, upper, lower in reaches if upper < bottom and lower > top),
        notes=tuple(note for note in layout.notes if is_inside(note.box)),
        legend=tuple(entry for entry in layout.legend if is_inside(entry.label.box)),
    )


def _frame_in(frame: FrameShape, is_inside: Callable[[Rect], bool]) -> FrameShape:
    tab = frame.tab if frame.tab and is_inside(frame.tab.box) else None
    return replace(frame, tab=tab, conditions=tuple(block for block in frame.conditions if is_inside(block.box)))


def _obstacles(layout: Layout) -> Iterator[tuple[float, float]]:
    for _, box in layout.solid_boxes():
        yield box.y, box.bottom
    for frame in layout.frames:
        # A condition stays with the first line of what it governs.
        yield from ((block.box.y - 8.0, block.box.bottom + _TO_FIRST_LINE) for block in (frame.tab, *frame.conditions) if block)
    yield from map(_reach, layout.arrows)


def _reach(arrow: ArrowShape) -> tuple[float, float]:
    """Return where an arrow with its label and tags begins and ends."""
    boxes = [block.box for _, block in arrow.texts()]
    upper = min([arrow.y - _AROUND_ARROW, *(box.y for box in boxes)])
    return upper, max([arrow.y + arrow.loop_height + _AROUND_ARROW, *(box.bottom for box in boxes)])


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
    if bounds.height <= part_height_px:
        return ((bounds.y, bounds.bottom),)
    # The last card of each participant is the one that later parts repeat.
    head = max({card.participant.name: card.box.height for card in layout.heads}.values(), default=0.0) + 20.0
    room = max(part_height_px - head, 2 * _SHORTEST_PART)
    obstacles = list(_obstacles(layout))
    # Cuts that went up to a clear height may leave too much for the last part; then cut less evenly, or into one part more.
    tries = ((n_parts, slack) for n_parts in count(ceil((bounds.height - head) / room)) for slack in (24.0, 72.0, room))
    for n_parts, slack in tries:
        cuts = _cuts(obstacles, bounds, n_parts, slack=slack, rooms=(room + head, room))
        if bounds.bottom - cuts[-1] <= room:
            break
    return tuple(zip(cuts, [*cuts[1:], bounds.bottom], strict=True))


def _cuts(obstacles: list[tuple[float, float]], bounds: Rect, n_parts: int, *, slack: float, rooms: tuple[float, float]) -> list[float]:
    """Return the upper edges of `n_parts` parts: `slack` higher than an equal share, at most the room of a first or a later part."""
    cuts = [bounds.y]
    for left_over in range(n_parts, 1, -1):
        rest = bounds.bottom - cuts[-1]
        share = min(rest / left_over + slack, rooms[left_over < n_parts], 0.9 * rest)
        cuts.append(_clear_height(obstacles, cuts[-1], cuts[-1] + share))
    return cuts
