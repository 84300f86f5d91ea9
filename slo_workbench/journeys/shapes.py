"""The finished layout of a diagram: every box, line and label with its coordinates in pixels; y grows downwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from slo_workbench.journeys.overlay import Sign
from slo_workbench.journeys.sequence import FragmentKind, Message, Participant

__all__ = [
    "ArrowShape", "CaptionShape", "FrameShape", "GroupShape", "HeadShape", "Layout", "Lifeline", "NoteShape", "Rect", "TagShape", "TextBlock",
]  # fmt: skip


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

    def lowered(self, shift: float) -> TextBlock:
        """Return the same lines `shift` pixels further down."""
        return replace(self, box=self.box.lowered(shift))


@dataclass(frozen=True)
class TagShape:
    """A tag on an arrow: the id of an SLI, or the question mark of an arrow that none sees."""

    sign: Sign
    label: TextBlock


@dataclass(frozen=True)
class CaptionShape:
    """Words beside the sign they explain: on a participant's card, or in the legend."""

    sign: Sign
    place: Rect
    label: TextBlock

    def lowered(self, shift: float) -> CaptionShape:
        """Return the same caption `shift` pixels further down."""
        return replace(self, place=self.place.lowered(shift), label=self.label.lowered(shift))


@dataclass(frozen=True)
class HeadShape:
    """A participant's card, at the top, at the bottom, or where the participant is created."""

    participant: Participant
    box: Rect
    label: TextBlock
    icon: Rect | None
    captions: tuple[CaptionShape, ...] = ()

    def moved_to(self, y: float) -> HeadShape:
        """Return the same card with its upper edge at `y`."""
        shift = y - self.box.y
        return replace(
            self,
            box=self.box.lowered(shift),
            label=self.label.lowered(shift),
            icon=self.icon.lowered(shift) if self.icon else None,
            captions=tuple(caption.lowered(shift) for caption in self.captions),
        )

    def inner_boxes(self) -> Iterator[tuple[str, Rect]]:
        """Yield, with a name, every box that must lie inside the card and not overlap another."""
        name = self.participant.name
        yield f"name on card of {name}", self.label.box
        if self.icon:
            yield f"icon on card of {name}", self.icon
        for caption in self.captions:
            yield f"{caption.sign} on card of {name}", caption.place
            yield f"caption {caption.label.lines[0]} on card of {name}", caption.label.box


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
    tags: tuple[TagShape, ...] = ()
    loop_width: float = 0.0
    loop_height: float = 0.0

    @property
    def is_blind(self) -> bool:
        """Whether no SLI sees the message."""
        return any(tag.sign == "blind" for tag in self.tags)

    def texts(self) -> Iterator[tuple[str, TextBlock]]:
        """Yield the label, the number and the tags, each with what it is."""
        yield from ((part, block) for part, block in (("label", self.label), ("number", self.number)) if block)
        yield from ((f"tag {number}", tag.label) for number, tag in enumerate(self.tags))


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
    legend: tuple[CaptionShape, ...]

    def solid_boxes(self) -> Iterator[tuple[str, Rect]]:
        """Yield, with a name, every box that must not overlap another: cards with all they hold, notes, tags and texts."""
        if self.title:
            yield "title", self.title.box
        yield from ((f"card of {head.participant.name}", head.box) for head in self.heads)
        yield from ((f"note {note.label.lines[0]}", note.box) for note in self.notes)
        yield from ((f"label of group {block.lines[0]}", block.box) for group in self.groups if (block := group.label))
        for arrow in self.arrows:
            yield from ((f"{part} of message {arrow.index}", block.box) for part, block in arrow.texts())
        for frame in self.frames:
            if frame.tab:
                yield f"tab of {frame.kind}", frame.tab.box
            yield from ((f"condition {block.lines[0]}", block.box) for block in frame.conditions)
        for entry in self.legend:
            yield f"legend's {entry.sign}", entry.place
            yield f"legend {entry.label.lines[0]}", entry.label.box
