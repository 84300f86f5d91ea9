"""How far to the left and right each statement reaches, before anything is known about heights."""

from __future__ import annotations

from collections.abc import Iterable

from slo_workbench.journeys.columns import BESIDE_LIFELINE, FRAME_PAD, LABEL_PX, LOOP_WIDTH, NOTE_PAD, NOTE_PX, Columns
from slo_workbench.journeys.sequence import Fragment, Message, Note, Statement
from slo_workbench.journeys.text_measure import text_width, wrap_text

__all__ = ["TAB_PX", "Span", "fragment_span", "note_lines", "note_span", "self_label_lines", "tab_width"]

Span = tuple[float, float]
TAB_PX = 11.0
_AROUND_LIFELINE = 14.0
_SHORTEST_CONDITION = 130.0


def tab_width(kind: str) -> float:
    """Width of the tab that names a fragment's kind."""
    return text_width(kind, TAB_PX, bold=True) + 16.0


def self_label_lines(message: Message, columns: Columns) -> tuple[str, ...]:
    """Lines of the label beside a message to oneself."""
    return wrap_text(message.shown, columns.label_limit, LABEL_PX)


def note_lines(note: Note, columns: Columns) -> tuple[str, ...]:
    """Lines of a note; one over two participants is as wide as what lies between them."""
    names = note.participants
    limit = max(columns.label_limit, columns.between(names[0], names[-1]) + 20.0)
    return wrap_text(note.text, limit, NOTE_PX)


def note_span(note: Note, columns: Columns) -> Span:
    """Left and right edge of a note."""
    width = max(text_width(line, NOTE_PX) for line in note_lines(note, columns)) + 2 * NOTE_PAD
    xs = sorted(columns.x[name] for name in note.participants)
    if note.placement == "right of":
        return xs[0] + BESIDE_LIFELINE, xs[0] + BESIDE_LIFELINE + width
    if note.placement == "left of":
        return xs[0] - BESIDE_LIFELINE - width, xs[0] - BESIDE_LIFELINE
    reach = max(width, xs[-1] - xs[0] + 38.0) if len(xs) > 1 else width
    middle = (xs[0] + xs[-1]) / 2
    return middle - reach / 2, middle + reach / 2


def _message_span(message: Message, columns: Columns) -> Span:
    xs = sorted((columns.x[message.sender], columns.x[message.receiver]))
    right = xs[1] + _AROUND_LIFELINE
    if message.sender == message.receiver:
        label = max(text_width(line, LABEL_PX) for line in self_label_lines(message, columns))
        right = xs[1] + LOOP_WIDTH + BESIDE_LIFELINE + label
    if message.receiver in columns.created:
        half = columns.cards[message.receiver].width / 2
        return min(xs[0], columns.x[message.receiver] - half) - _AROUND_LIFELINE, max(right, columns.x[message.receiver] + half)
    return xs[0] - _AROUND_LIFELINE, right


def _span_of(statements: Iterable[Statement], columns: Columns) -> Span | None:
    spans: list[Span] = []
    for item in statements:
        if isinstance(item, Message):
            spans.append(_message_span(item, columns))
        elif isinstance(item, Note):
            spans.append(note_span(item, columns))
        elif isinstance(item, Fragment):
            spans.append(fragment_span(item, columns))
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None


def fragment_span(fragment: Fragment, columns: Columns) -> Span:
    """Left and right edge of a fragment's frame: around all it holds, and wide enough for its tab and first condition."""
    inside = _span_of((item for section in fragment.sections for item in section.statements), columns)
    if inside is None:
        xs = list(columns.x.values()) or [0.0]
        inside = xs[0] - _AROUND_LIFELINE, xs[-1] + _AROUND_LIFELINE
    left, right = inside[0] - FRAME_PAD, inside[1] + FRAME_PAD
    if fragment.kind == "rect":
        return left, right
    condition = min(max(text_width(section.label, NOTE_PX) for section in fragment.sections) + 12.0, _SHORTEST_CONDITION)
    return left, max(right, left + tab_width(fragment.kind) + condition + 16.0)
