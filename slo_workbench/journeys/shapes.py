"""The finished layout of a diagram: every box, line and label with its coordinates in pixels; y grows downwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from slo_workbench.journeys.sequence import FragmentKind, Message, Participant

__all__ = ["ArrowShape", "FrameShape", "GroupShape", "HeadShape", "Layout", "Lifeline", "NoteShape", "Rect", "TextBlock"]


@dataclass(frozen=True)
class Rect:
    """A rectangle.

    Examples
    --------
    >>> Rect(0, 0, 10, 10).overlaps(Rect(9, 9, 5, 5)), Rect(0, 0, 10, 10).overlaps(Rect(10, 0, 5, 5))
    (True, False)
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of the centre."""
        return self.x + self.width / 2

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def lowered(self, shift: float) -> Rect:
        """Return the same rectangle `shift` pixels further down."""
        return replace(self, y=self.y + shift)

    def encloses(self, other: Rect) -> bool:
        """Whether `other` lies inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True)
class TextBlock:
    """Lines of text in the box they fill; `size` is the font size in pixels."""

    lines: tuple[str, ...]
    box: Rect
    size: float
    align: Literal["middle", "start"] = "middle"


@dataclass(frozen=True)
class HeadShape:
    """A participant's card, at the top, at the bottom, or where the participant is created."""

    participant: Participant
    box: Rect
    label: TextBlock
    icon: Rect | None

    def moved_to(self, y: float) -> HeadShape:
        """Return the same card with its upper edge at `y`."""
        shift = y - self.box.y
        label = replace(self.label, box=self.label.box.lowered(shift))
        return replace(self, box=self.box.lowered(shift), label=label, icon=self.icon.lowered(shift) if self.icon else None)


@dataclass(frozen=True)
class Lifeline:
    """A participant's line, in pieces that leave out the labels it would run through; `ends_at` is the y of a cross."""

    x: float
    pieces: tuple[tuple[float, float], ...]
    ends_at: float | None


@dataclass(frozen=True)
class ArrowShape:
    """One message: an arrow at height `y` from `x_start` to `x_end`, or a loop `loop_width` wide and `loop_height` high."""

    index: int
    message: Message
    y: float
    x_start: float
    x_end: float
    label: TextBlock | None
    number: TextBlock | None
    badge: TextBlock | None
    is_blind: bool
    loop_width: float = 0.0
    loop_height: float = 0.0


@dataclass(frozen=True)
class NoteShape:
    """A note and its text."""

    box: Rect
    label: TextBlock


@dataclass(frozen=True)
class FrameShape:
    """A fragment: its frame, the tab with its kind, the conditions of its branches and the heights of the lines between them."""

    kind: FragmentKind
    box: Rect
    colour: str
    tab: TextBlock | None = None
    conditions: tuple[TextBlock, ...] = ()
    dividers: tuple[float, ...] = ()


@dataclass(frozen=True)
class GroupShape:
    """A box around participants."""

    box: Rect
    colour: str
    label: TextBlock | None


@dataclass(frozen=True)
class Layout:
    """Everything a picture of the diagram shows, and the `bounds` around it."""

    bounds: Rect
    title: TextBlock | None
    groups: tuple[GroupShape, ...]
    lifelines: tuple[Lifeline, ...]
    heads: tuple[HeadShape, ...]
    frames: tuple[FrameShape, ...]
    bars: tuple[Rect, ...]
    arrows: tuple[ArrowShape, ...]
    notes: tuple[NoteShape, ...]
    legend: tuple[TextBlock, ...]

    def solid_boxes(self) -> Iterator[tuple[str, Rect]]:
        """Yield, with a name, every box that must not overlap another: cards, notes and texts."""
        if self.title:
            yield "title", self.title.box
        for head in self.heads:
            yield f"card of {head.participant.name}", head.box
        for note in self.notes:
            yield f"note {note.label.lines[0]}", note.box
        yield from ((f"label of group {block.lines[0]}", block.box) for group in self.groups if (block := group.label))
        for arrow in self.arrows:
            for part in ("label", "number", "badge"):
                block = getattr(arrow, part)
                if block:
                    yield f"{part} of message {arrow.index}", block.box
        for frame in self.frames:
            if frame.tab:
                yield f"tab of {frame.kind}", frame.tab.box
            yield from ((f"condition {block.lines[0]}", block.box) for block in frame.conditions)
        yield from ((f"legend {block.lines[0]}", block.box) for block in self.legend)
