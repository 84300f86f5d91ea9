"""How far apart the lifelines stand: each gap is as wide as the widest thing that has to fit into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from slo_workbench.journeys.overlay import Overlay, Sign
from slo_workbench.journeys.sequence import Declaration, Diagram, Fragment, Message, Note, Participant, Statement, walk
from slo_workbench.journeys.text_measure import LINE_HEIGHT, text_width, wrap_text

__all__ = ["Card", "Columns", "place_columns", "tag_width", "tags_width"]

LABEL_PX, HEAD_PX, NOTE_PX, TAG_PX, CAPTION_PX = 13.0, 13.5, 12.0, 10.5, 11.0
LOOP_WIDTH = 30.0
FRAME_PAD = 12.0
NOTE_PAD = 9.0
BESIDE_LIFELINE = 14.0
ICON_PX, GLYPH_PX = 18.0, 14.0
BLIND_WIDTH = 14.0
TAG_GAP = 4.0
BESIDE_GLYPH, CAPTION_GAP = 5.0, 3.0
_ARROW_ROOM = 44.0
_CARD_GAP = 26.0
_GROUP_PAD = 12.0


@dataclass(frozen=True)
class Card:
    """The wrapped label of a participant with the captions under it, and the size of the card around them."""

    participant: Participant
    lines: tuple[str, ...]
    captions: tuple[tuple[Sign, tuple[str, ...]], ...]
    width: float

    @property
    def name_height(self) -> float:
        """Height of the card without captions."""
        return len(self.lines) * HEAD_PX * LINE_HEIGHT + 20.0

    @property
    def height(self) -> float:
        """Height of the whole card."""
        return self.name_height + sum(caption_height(lines) + CAPTION_GAP for _, lines in self.captions) + (4.0 if self.captions else 0.0)


@dataclass(frozen=True)
class Columns:
    """Where each participant's lifeline runs.

    Parameters
    ----------
    x : mapping from name to float
        The lifelines, from left to right.
    cards : mapping from name to Card
    label_limit : float
        Width at which labels between neighbours are wrapped.
    created : mapping from name to int
        Number of the message that creates the participant.
    """

    x: Mapping[str, float]
    cards: Mapping[str, Card]
    label_limit: float
    created: Mapping[str, int]
    width: float

    @property
    def order(self) -> tuple[str, ...]:
        """Names from left to right."""
        return tuple(self.x)

    def between(self, first: str, second: str) -> float:
        """Distance of two lifelines."""
        return abs(self.x[first] - self.x[second])

    def card_inset(self, message: Message, index: int) -> float:
        """How much earlier an arrow ends because it meets the card it creates."""
        return self.cards[message.receiver].width / 2 if self.created.get(message.receiver) == index else 0.0


def caption_height(lines: Sequence[str]) -> float:
    """Height of a caption of so many lines."""
    return max(len(lines) * CAPTION_PX * LINE_HEIGHT, GLYPH_PX)


def tag_width(sign: Sign, text: str) -> float:
    """Width of the tag that shows `text`."""
    return BLIND_WIDTH if sign == "blind" else text_width(text, TAG_PX, bold=True) + 14.0


def tags_width(tags: Sequence[tuple[Sign, str]], limit: float) -> float:
    """Width in which to stand `tags`: side by side up to `limit`, and never less than the widest of them."""
    widths = [tag_width(*tag) for tag in tags]
    return max(max(widths), min(sum(widths) + TAG_GAP * (len(widths) - 1), limit)) if widths else 0.0


def place_columns(diagram: Diagram, *, overlay: Overlay, width_px: float) -> Columns:
    """Find the place of every lifeline.

    Parameters
    ----------
    diagram : Diagram
    overlay : Overlay
        Tags and captions need room too.
    width_px : float
        Width to aim at. Labels are wrapped more tightly the more participants share it; the result may still be wider.
    """
    people = diagram.participants
    share = (width_px - 80.0) / max(len(people) - 1, 1) - _ARROW_ROOM
    limit = min(max(share, 92.0), 230.0)
    cards = {person.name: _card(person, min(limit, 150.0), overlay) for person in people}
    created = _creating_messages(diagram)
    gaps = _Gaps(diagram, tuple(cards), cards, limit)
    gaps.fit_cards(diagram)
    for statement, depth, index in _with_depth(diagram.statements):
        gaps.fit(statement, depth * FRAME_PAD, overlay.tags(index), created)
    edges = list(accumulate(gaps.widths))
    return Columns(dict(zip(cards, edges, strict=False)), cards, limit, created, edges[-1] if edges else 0.0)


def _card(person: Participant, limit: float, overlay: Overlay) -> Card:
    lines = wrap_text(person.shown, limit, HEAD_PX, bold=True)
    icon = 0.0 if person.kind == "participant" else ICON_PX + 6.0
    width = max(text_width(line, HEAD_PX, bold=True) for line in lines) + icon
    captions = tuple((sign, wrap_text(text, max(width, limit), CAPTION_PX)) for sign, text in overlay.captions(person.name))
    beside_glyph = max((text_width(line, CAPTION_PX) for _, lines in captions for line in lines), default=-GLYPH_PX - BESIDE_GLYPH)
    return Card(person, lines, captions, max(width + 26.0, GLYPH_PX + BESIDE_GLYPH + beside_glyph + 18.0, 84.0))


def _creating_messages(diagram: Diagram) -> dict[str, int]:
    """Return who is created by which message; whoever was mentioned before stands at the top like everybody else."""
    created: dict[str, int] = {}
    mentioned: set[str] = set()
    waiting, index = "", 0
    for statement in walk(diagram.statements):
        if isinstance(statement, Declaration):
            name = statement.participant.name
            waiting = name if statement.creates and name not in mentioned else ""
            mentioned.add(name)
        elif isinstance(statement, Message):
            if waiting and statement.receiver == waiting != statement.sender:
                created[waiting] = index
            mentioned |= {statement.sender, statement.receiver}
            waiting, index = "", index + 1
    return created


def _with_depth(statements: tuple[Statement, ...]) -> Iterator[tuple[Message | Note, int, int]]:
    """Yield messages and notes with the number of frames around them and the number of the message."""
    index = -1

    def inside(items: tuple[Statement, ...], depth: int) -> Iterator[tuple[Message | Note, int, int]]:
        nonlocal index
        for item in items:
            if isinstance(item, Fragment):
                for section in item.sections:
                    yield from inside(section.statements, depth + 1)
            elif isinstance(item, Message):
                index += 1
                yield item, depth, index
            elif isinstance(item, Note):
                yield item, depth, -1

    yield from inside(statements, 0)


class _Gaps:
    """The width needed before each column, and after the last one."""

    def __init__(self, diagram: Diagram, names: tuple[str, ...], cards: Mapping[str, Card], limit: float) -> None:
        self.index = {name: number for number, name in enumerate(names)}
        self.cards = cards
        self.limit = limit
        self.widths = [0.0] * (len(names) + 1) if names else []

    def need(self, gap: int, width: float) -> None:
        self.widths[gap] = max(self.widths[gap], width)

    def fit_cards(self, diagram: Diagram) -> None:
        group = {name: number for number, box in enumerate(diagram.boxes) for name in box.names}
        names = list(self.cards)
        halves = [0.0, *(self.cards[name].width / 2 for name in names), 0.0]
        for gap in range(len(self.widths)):
            sides = [group.get(names[i], -1) if 0 <= i < len(names) else -1 for i in (gap - 1, gap)]
            n_borders = len(set(sides) - {-1}) if sides[0] != sides[1] else 0
            inner = _CARD_GAP if 0 < gap < len(names) else 0.0
            self.need(gap, halves[gap] + halves[gap + 1] + inner + n_borders * _GROUP_PAD)

    def fit(self, statement: Message | Note, frames: float, tags: Sequence[tuple[Sign, str]], created: Mapping[str, int]) -> None:
        if isinstance(statement, Note):
            self._fit_note(statement, frames)
            return
        first, second = sorted((self.index[statement.sender], self.index[statement.receiver]))
        label, tagged = self._label_width(statement.shown, LABEL_PX), tags_width(tags, self.limit)
        card = self.cards[statement.receiver].width / 2 if statement.receiver in created else 0.0
        if first == second:
            self.need(first + 1, LOOP_WIDTH + BESIDE_LIFELINE + 8.0 + max(label, tagged) + BESIDE_LIFELINE + frames)
        elif second == first + 1:
            self.need(second, max(label, tagged) + _ARROW_ROOM + card)
        elif tagged:
            # Labels of long arrows are wrapped to what lies between, but a tag stays on one line.
            self.need(second, tagged + _ARROW_ROOM + card - sum(self.widths[first + 1 : second]))

    def _fit_note(self, note: Note, frames: float) -> None:
        places = sorted(self.index[name] for name in note.participants)
        width = self._label_width(note.text, NOTE_PX) + 2 * NOTE_PAD
        if note.placement == "right of":
            self.need(places[0] + 1, width + 2 * BESIDE_LIFELINE + 6.0 + frames)
        elif note.placement == "left of":
            self.need(places[0], width + 2 * BESIDE_LIFELINE + frames)
        elif places[0] == places[-1]:
            for gap in (places[0], places[0] + 1):
                self.need(gap, width / 2 + BESIDE_LIFELINE + frames)

    def _label_width(self, text: str, size: float) -> float:
        return max(text_width(line, size) for line in wrap_text(text, self.limit, size))
