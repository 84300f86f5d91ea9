"""The rows of a diagram: messages, notes and frames placed one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from slo_workbench.journeys.bars import BarStacks
from slo_workbench.journeys.columns import BESIDE_LIFELINE, BLIND_WIDTH, LABEL_PX, LOOP_WIDTH, NOTE_PX, Columns, tags_width
from slo_workbench.journeys.numbering import message_numbers
from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.sequence import Activation, Destroy, Diagram, Fragment, Message, Note, Section, Statement
from slo_workbench.journeys.shapes import ArrowShape, FrameShape, HeadShape, NoteShape, Rect, TagShape, TextBlock
from slo_workbench.journeys.spans import TAB_PX, Span, fragment_span, note_lines, note_span, self_label_lines, tab_width
from slo_workbench.journeys.text_blocks import TAG_HEIGHT, block_height, centred_block, head_shape, left_block, tag_shapes
from slo_workbench.journeys.text_measure import text_width, wrap_text

__all__ = ["Rows"]

NUMBER_PX = 9.5
LOOP_HEIGHT = 22.0
TAB_HEIGHT = 19.0
_MANY_MESSAGES = 20
# Room at both ends of an arrow for its head and its number, and below its tags.
_BESIDE_TAGS, _BELOW_TAGS = 16.0, 7.0


class Rows:
    """Places statements from top to bottom; `y` is where the next one goes."""

    def __init__(self, diagram: Diagram, columns: Columns, overlay: Overlay, top: float) -> None:
        self.columns = columns
        self.overlay = overlay
        self.numbers = message_numbers(diagram)
        self.row_gap = 15.0 if len(self.numbers) <= _MANY_MESSAGES else 10.0
        self.y = top + 16.0
        self.last_arrow_y = self.y
        self.bars = BarStacks(columns.x)
        self.arrows: list[ArrowShape] = []
        self.notes: list[NoteShape] = []
        self.frames: list[FrameShape] = []
        self.heads: list[HeadShape] = []
        self.destroyed: dict[str, float] = {}
        self.dying: str = ""
        self.texts: list[Rect] = []

    def extents(self) -> Iterator[Rect]:
        """Yield the boxes that decide how wide the picture must be."""
        yield from (frame.box for frame in self.frames)
        yield from (note.box for note in self.notes)
        yield from self.texts
        yield from (Rect(arrow.x_end, arrow.y, arrow.loop_width + 6.0, arrow.loop_height) for arrow in self.arrows if arrow.loop_height)

    def place(self, statements: Iterable[Statement]) -> None:
        """Place statements one below the other."""
        for item in statements:
            if isinstance(item, Message):
                self._message(item)
            elif isinstance(item, Note):
                self._note(item)
            elif isinstance(item, Fragment):
                self.y += 4.0
                self._fragment(item)
            elif isinstance(item, Destroy):
                self.dying = item.name
            elif isinstance(item, Activation):
                (self.bars.begin if item.begins else self.bars.end)(item.name, self.last_arrow_y)

    def _message(self, message: Message) -> None:
        index = len(self.arrows)
        arrow = self._loop(message, index) if message.sender == message.receiver else self._straight(message, index)
        self.arrows.append(arrow)
        self.texts += [block.box for part, block in arrow.texts() if part != "number"]
        self.last_arrow_y = arrow.y + arrow.loop_height
        if message.deactivates:
            self.bars.end(message.sender, self.last_arrow_y)
        if self.dying in (message.sender, message.receiver):
            self.bars.end_all(self.dying, self.last_arrow_y)
            self.destroyed[self.dying] = self.last_arrow_y
            self.y += 4.0
        self.dying = ""

    def _straight(self, message: Message, index: int) -> ArrowShape:
        """Place an arrow with its label above it, and the card of whom it creates at its end."""
        x, columns = self.columns.x, self.columns
        to_right = x[message.receiver] > x[message.sender]
        span = columns.between(message.sender, message.receiver) - columns.card_inset(message, index)
        lines = wrap_text(message.shown, max(span - 40.0, 60.0), LABEL_PX)
        height = block_height(lines, LABEL_PX)
        tags = self.overlay.tags(index)
        has_pill = bool(self.numbers[index] or tags)
        above = height + (10.0 if has_pill else 5.0)
        y = self.y + above
        half_card = columns.cards[message.receiver].height / 2 if columns.created.get(message.receiver) == index else 0.0
        y = max(y, self.y + half_card)
        start = self.bars.edge(message.sender, right=to_right)
        if message.activates:
            self.bars.begin(message.receiver, y)
        end = self.bars.edge(message.receiver, right=not to_right)
        if half_card:
            card = columns.cards[message.receiver]
            self.heads.append(head_shape(card, x[message.receiver], y - half_card))
            end = x[message.receiver] + (-1 if to_right else 1) * card.width / 2
        if self.dying == message.receiver:
            end += -8.0 if to_right else 8.0
        middle = (start + end) / 2
        label = centred_block(lines, middle, y - above, LABEL_PX) if height else None
        number = self._number(index, x[message.sender], y)
        room = tags_width(tags, abs(end - start) - 2 * _BESIDE_TAGS)
        shapes = tag_shapes(tags, middle - room / 2, y, room, centred=True)
        below = max((shape.label.box.bottom - y for shape in shapes), default=TAG_HEIGHT / 2 if number else 0.0)
        self.y = y + max(self.row_gap, half_card + 8.0, below + _BELOW_TAGS if has_pill else 0.0)
        return ArrowShape(index, message, y, start, end, label, number, shapes)

    def _loop(self, message: Message, index: int) -> ArrowShape:
        """Place a message to oneself: a loop to the right of the lifeline with its label beside it."""
        x = self.columns.x[message.sender]
        lines = self_label_lines(message, self.columns)
        height = block_height(lines, LABEL_PX)
        y = self.y + max(height - LOOP_HEIGHT, 0.0) / 2 + (4.0 if self.numbers[index] else 0.0)
        start = self.bars.edge(message.sender, right=True)
        if message.activates:
            self.bars.begin(message.receiver, y + LOOP_HEIGHT)
        end = self.bars.edge(message.receiver, right=True)
        beside = x + LOOP_WIDTH + BESIDE_LIFELINE + (BLIND_WIDTH / 2 - 1.0 if index in self.overlay.blind else 0.0)
        label = left_block(lines, beside, y + (LOOP_HEIGHT - height) / 2, LABEL_PX) if height else None
        self.y = max(y + LOOP_HEIGHT, label.box.bottom if label else 0.0)
        tags = self._loop_tags(index, x, y + LOOP_HEIGHT / 2)
        self.y = max([self.y, *(tag.label.box.bottom for tag in tags)]) + self.row_gap
        reach = x + LOOP_WIDTH + 6.0 - max(start, end)
        return ArrowShape(index, message, y, start, end, label, self._number(index, x, y), tags, reach, LOOP_HEIGHT)

    def _loop_tags(self, index: int, x: float, middle_y: float) -> tuple[TagShape, ...]:
        """Place tags under the label beside a loop; a question mark stands on the loop itself."""
        tags = self.overlay.tags(index)
        if index in self.overlay.blind:
            return tag_shapes(tags, x + LOOP_WIDTH + 6.0 - BLIND_WIDTH / 2, middle_y, BLIND_WIDTH, centred=True)
        beside = x + LOOP_WIDTH + BESIDE_LIFELINE
        return tag_shapes(tags, beside, self.y + 4.0 + TAG_HEIGHT / 2, tags_width(tags, self.columns.label_limit), centred=False)

    def _number(self, index: int, x: float, y: float) -> TextBlock | None:
        text = self.numbers[index]
        width = max(text_width(text, NUMBER_PX, bold=True) + 7.0, TAG_HEIGHT)
        return TextBlock((text,), Rect(x - width / 2, y - TAG_HEIGHT / 2, width, TAG_HEIGHT), NUMBER_PX) if text else None

    def _note(self, note: Note) -> None:
        lines = note_lines(note, self.columns)
        left, right = note_span(note, self.columns)
        box = Rect(left, self.y, right - left, max(block_height(lines, NOTE_PX), NOTE_PX) + 12.0)
        self.notes.append(NoteShape(box, centred_block(lines, box.middle, box.y + 6.0, NOTE_PX)))
        self.last_arrow_y = box.bottom
        self.y = box.bottom + self.row_gap

    def _fragment(self, fragment: Fragment) -> None:
        """Place a frame around its branches. Outer frames come first in `frames`, so that inner ones are drawn over them."""
        span = fragment_span(fragment, self.columns)
        slot, n_texts = len(self.frames), len(self.texts)
        shape = FrameShape(fragment.kind, Rect(span[0], self.y, span[1] - span[0], 0.0), fragment.colour)
        self.frames.append(shape)
        top, conditions, dividers = self.y, [], []
        if fragment.kind == "rect":
            self.y += 10.0
        for number, section in enumerate(fragment.sections):
            if number:
                dividers.append(self.y)
                self.y += 4.0
            if fragment.kind != "rect":
                conditions += self._condition(fragment, section, span, is_first=number == 0)
            self.place(section.statements)
            self.y += 0.0 if section.statements else 8.0
        lowest = max((box.bottom for box in self.texts[n_texts:]), default=top)
        self.y = max(self.y - self.row_gap + 10.0, lowest + _BELOW_TAGS)
        box = Rect(span[0], top, span[1] - span[0], self.y - top)
        kind = "par" if fragment.kind == "par_over" else fragment.kind
        tab_box = Rect(span[0], top, tab_width(kind), TAB_HEIGHT)
        tab = None if kind == "rect" else TextBlock((kind,), tab_box, TAB_PX)
        self.frames[slot] = replace(shape, box=box, tab=tab, conditions=tuple(conditions), dividers=tuple(dividers))
        self.texts += [block.box for block in ([tab] if tab else []) + conditions]
        self.y += self.row_gap

    def _condition(self, fragment: Fragment, section: Section, span: Span, *, is_first: bool) -> list[TextBlock]:
        """Place the condition of a branch: beside the tab for the first branch, under the dividing line for the others."""
        x = span[0] + tab_width(fragment.kind) + 8.0
        lines = wrap_text(f"[{section.label}]" if section.label else "", span[1] - x - 8.0, NOTE_PX)
        block = left_block(lines, x, self.y + (2.0 if is_first else 0.0), NOTE_PX)
        least = TAB_HEIGHT if is_first else 0.0
        self.y += max(least, block.box.height + (2.0 if is_first else 0.0)) + 8.0
        return [block] if section.label else []
