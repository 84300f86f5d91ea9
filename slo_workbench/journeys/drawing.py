"""A diagram as an SVG picture that needs nothing from outside: no script, no font, no network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys.colours import is_colour
from slo_workbench.journeys.figures import arrow_end, cross, escape_text, glyph, icon, number, rectangle, tag, text_block
from slo_workbench.journeys.layout import lay_out
from slo_workbench.journeys.mermaid_text import to_mermaid
from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.paging import Part, cut_into_parts, heads_alive_at, shown_in
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.shapes import (
    ArrowShape,
    CaptionShape,
    FrameShape,
    GroupShape,
    HeadShape,
    Layout,
    Lifeline,
    NoteShape,
    Rect,
    TagShape,
    TextBlock,
)
from slo_workbench.journeys.theme import FONT_STACK, Theme, style_sheet
from slo_workbench.journeys.wording import alt_text

__all__ = ["draw_svg", "draw_svg_parts"]

_DOT_RADIUS = 4.5
_EXAMPLE_PX = 10.0


def draw_svg(
    diagram: Diagram, *, theme: Theme = "auto", id_prefix: str | None = None, overlay: Overlay | None = None,
    width_px: float = 960.0,
) -> str:  # fmt: skip
    r"""Draw the diagram.

    Parameters
    ----------
    diagram : Diagram
    theme : {"auto", "light", "dark"}
        ``auto`` follows the system of whoever looks at it, and is light on paper. The picture brings its own background.
    id_prefix : str, optional
        Begins every id in the picture, so that several can stand in one page; by default made from the content.
    overlay : Overlay, optional
        What is measured, as tags on arrows and captions on cards, each kind explained below the picture.
    width_px : float
        Width to aim at, in pixels.

    Returns
    -------
    str
        One ``<svg>`` element. All text is escaped: a label cannot add elements, scripts or links.

    Raises
    ------
    UnusableValue
        If `theme` or `id_prefix` cannot be used, or `overlay` names a message or participant that is not there.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> svg = draw_svg(parse_diagram("sequenceDiagram\n Fan->>Shop: <b>buy</b>")[0], theme="light")
    >>> svg.startswith("<svg"), "&lt;b&gt;buy&lt;/b&gt;" in svg
    (True, True)
    """
    layout = lay_out(diagram, overlay=overlay, width_px=width_px)
    body = "".join(_body(layout))
    return _document(layout.bounds, body, _prefix(diagram, body, theme, id_prefix), theme, _title(diagram), alt_text(diagram, overlay))


def draw_svg_parts(
    diagram: Diagram, *, part_height_px: float | None = None, theme: Theme = "auto", id_prefix: str | None = None,
    overlay: Overlay | None = None, width_px: float = 960.0,
) -> tuple[str, ...]:  # fmt: skip
    r"""Draw the diagram in as many pictures as it needs for none to be higher than `part_height_px`.

    A printer cannot break a picture, and a long journey squeezed into one page cannot be read. Each part begins with the cards of the
    participants and is cut where no text or arrow stands. By default a part fits a page of A4. The other parameters are those of `draw_svg`.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> long_journey = parse_diagram("sequenceDiagram\n" + "Fan->>Shop: buy\n" * 60)[0]
    >>> len(draw_svg_parts(long_journey))
    3
    """
    layout = lay_out(diagram, overlay=overlay, width_px=width_px)
    body = "".join(_body(layout))
    prefix, title, description = _prefix(diagram, body, theme, id_prefix), _title(diagram), alt_text(diagram, overlay)
    first, *others = cut_into_parts(layout, part_height_px)
    if not others:
        return (_document(layout.bounds, body, prefix, theme, title, description),)
    n_parts = len(others) + 1
    texts = [(title, description)] + [
        (f"{title}, part {i} of {n_parts}", f"Continued: part {i} of {n_parts}.") for i in range(2, n_parts + 1)
    ]
    return tuple(_document(*_slice(layout, part), f"{prefix}-{i}", theme, *texts[i]) for i, part in enumerate([first, *others]))


def _slice(layout: Layout, part: Part) -> tuple[Rect, str]:
    """Show a slice of the picture; what lies above it is covered by the repeated cards on blank paper."""
    bounds, (top, bottom) = layout.bounds, part
    body = "".join(_body(shown_in(layout, part)))
    heads = heads_alive_at(layout, top) if top > bounds.y else ()
    if not heads:
        return Rect(bounds.x, top, bounds.width, bottom - top), body
    above = max(head.box.height for head in heads) + 20.0
    cover = rectangle(Rect(bounds.x, bounds.y - 1.0, bounds.width, top - bounds.y + 1.0), "paper", 0)
    cards = "".join(_head(head.moved_to(top - 6.0 - head.box.height)) for head in heads)
    stubs = "".join(f'<path class="life" d="M{number(head.box.middle)} {number(top - 6.0)}v6" stroke-width="1.2"/>' for head in heads)
    return Rect(bounds.x, top - above, bounds.width, bottom - top + above), body + cover + cards + stubs


def _title(diagram: Diagram) -> str:
    return diagram.accessible_title or diagram.heading or "Sequence diagram"


def _prefix(diagram: Diagram, body: str, theme: str, id_prefix: str | None) -> str:
    if theme not in ("light", "dark", "auto"):
        raise UnusableValue(f"theme must be 'light', 'dark' or 'auto', not {theme!r}")
    if id_prefix is None:
        return "seq-" + hashlib.sha256((to_mermaid(diagram) + theme + body).encode("utf-8", "replace")).hexdigest()[:10]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,60}", id_prefix):
        raise UnusableValue(f"id_prefix must be a letter followed by letters, digits, - or _, not {id_prefix!r}")
    return id_prefix


def _document(view: Rect, body: str, prefix: str, theme: Theme, title: str, description: str) -> str:
    width, height = number(view.width), number(view.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" role="img" aria-labelledby="{prefix}-title {prefix}-desc" '
        f'width="{width}" height="{height}" viewBox="{number(view.x)} {number(view.y)} {width} {height}" '
        f'font-family="{FONT_STACK}">'
        f'<title id="{prefix}-title">{escape_text(title)}</title>'
        f'<desc id="{prefix}-desc">{escape_text(description)}</desc>'
        f"<style>{style_sheet(prefix, theme)}</style>"
        f"{rectangle(view, 'paper', 0)}{body}</svg>"
    )


def _body(layout: Layout) -> Iterator[str]:
    """Yield the picture from back to front."""
    yield from map(_group, layout.groups)
    yield from map(_frame, layout.frames)
    yield from map(_lifeline, layout.lifelines)
    yield from (rectangle(bar, "bar", 1.5, 'stroke-width="1"') for bar in layout.bars)
    yield from map(_arrow, layout.arrows)
    yield from (rectangle(box, "paper", 2, 'fill-opacity="0.88"') for box in _on_bars(layout))
    yield from map(_head, layout.heads)
    yield from map(_note, layout.notes)
    yield from map(_frame_texts, layout.frames)
    yield from map(_arrow_texts, layout.arrows)
    if layout.title:
        yield text_block(layout.title, "t", bold=True)
    yield from map(_legend_entry, layout.legend)


def _on_bars(layout: Layout) -> Iterator[Rect]:
    """Yield the boxes of texts that a bar would run through; they get a plate, where lifelines are cut instead."""
    blocks = [arrow.label for arrow in layout.arrows if arrow.label]
    blocks += [block for frame in layout.frames for block in frame.conditions]
    yield from (block.box for block in blocks if any(block.box.overlaps(bar) for bar in layout.bars))


def _tint(colour: str, opacity: float) -> str:
    """Paint with a colour from the text, so thinly that labels stay readable on light and dark alike."""
    return f'style="fill:{escape_text(colour)}" fill-opacity="{opacity}"' if is_colour(colour) else f'fill-opacity="{opacity / 2}"'


def _group(group: GroupShape) -> str:
    label = text_block(group.label, "q", bold=True) if group.label else ""
    return rectangle(group.box, "group tint", 6, _tint(group.colour, 0.13) + ' stroke-width="1" stroke-opacity="0.4"') + label


def _frame(frame: FrameShape) -> str:
    if frame.kind == "rect":
        return rectangle(frame.box, "tint", 4, _tint(frame.colour, 0.3))
    return rectangle(frame.box, "frame", 4, 'fill-opacity="0.04" stroke-width="1.2"') + "".join(
        f'<path class="divider" d="M{number(frame.box.x)} {number(y)}H{number(frame.box.right)}" stroke-width="1" stroke-dasharray="3 3"/>'
        for y in frame.dividers
    )


def _frame_texts(frame: FrameShape) -> str:
    return (_tab(frame.tab) if frame.tab else "") + "".join(text_block(block, "q") for block in frame.conditions)


def _tab(tab_block: TextBlock) -> str:
    box = tab_block.box
    x, right, bottom = (number(value) for value in (box.x, box.right, box.bottom))
    corner = f"M{x} {bottom}V{number(box.y + 4)}q0-4 4-4H{right}V{number(box.bottom - 6)}l-6 6Z"
    return f'<path class="tab" d="{corner}" stroke-width="1.2"/>' + text_block(tab_block, "tabt", bold=True)


def _lifeline(line: Lifeline) -> str:
    path = "".join(f"M{number(line.x)} {number(start)}V{number(end)}" for start, end in line.pieces)
    end = cross(line.x, line.ends_at, 6.5, "cross") if line.ends_at is not None else ""
    return (f'<path class="life" d="{path}" stroke-width="1.2"/>' if path else "") + end


def _arrow_class(arrow: ArrowShape) -> str:
    return "faint" if arrow.is_blind else "reply" if arrow.message.is_reply else "call"


def _arrow(arrow: ArrowShape) -> str:
    style, css = arrow.message.style, _arrow_class(arrow)
    to_right = 1 if arrow.x_end > arrow.x_start else -1
    dash = ' stroke-dasharray="5 3.5"' if style.dashed else ""
    width = "1.1" if arrow.is_blind else "1.5"
    y, y_end = arrow.y, arrow.y + arrow.loop_height
    if arrow.loop_height:
        turn = number(max(arrow.x_start, arrow.x_end) + arrow.loop_width - 5)
        path = f"M{number(arrow.x_start)} {number(y)}H{turn}q5 0 5 5V{number(y_end - 5)}q0 5 -5 5H{number(arrow.x_end)}"
        to_right, tail_direction = -1, -1
    else:
        path, tail_direction = f"M{number(arrow.x_start)} {number(y)}H{number(arrow.x_end)}", -to_right
    tip = arrow.x_end - (to_right * _DOT_RADIUS if arrow.message.dot_at_receiver else 0.0)
    back = arrow.x_start - (tail_direction * _DOT_RADIUS if arrow.message.dot_at_sender else 0.0)
    return (
        f'<path class="{css}" d="{path}" fill="none" stroke-width="{width}"{dash}/>'
        + arrow_end(style.head, tip, y_end, to_right, css)
        + arrow_end(style.tail, back, y, tail_direction, css)
        + (_dot(arrow.x_start, y) if arrow.message.dot_at_sender else "")
        + (_dot(arrow.x_end, y_end) if arrow.message.dot_at_receiver else "")
    )


def _dot(x: float, y: float) -> str:
    return f'<circle class="hollow" cx="{number(x)}" cy="{number(y)}" r="{_DOT_RADIUS}" stroke-width="1.5"/>'


def _arrow_texts(arrow: ArrowShape) -> str:
    parts = [text_block(arrow.label, "q" if arrow.is_blind or arrow.message.is_reply else "t")] if arrow.label else []
    if arrow.number:
        box = arrow.number.box
        parts += [rectangle(box, "number", box.height / 2), text_block(arrow.number, "numbert", bold=True)]
    return "".join([*parts, *map(tag, arrow.tags)])


def _caption(caption: CaptionShape) -> str:
    return glyph(caption.sign, caption.place) + text_block(caption.label, "q")


def _legend_entry(entry: CaptionShape) -> str:
    """Draw an example of the sign before its explanation."""
    if entry.sign in ("point", "target"):
        return _caption(entry)
    place = entry.place
    text, width = ("?", place.height) if entry.sign == "blind" else ("SLI", place.width)
    example = tag(TagShape(entry.sign, TextBlock((text,), Rect(place.middle - width / 2, place.y, width, place.height), _EXAMPLE_PX)))
    line = f"M{number(place.x)} {number(place.y + place.height / 2)}H{number(place.right)}"
    behind = f'<path class="faint" d="{line}" fill="none" stroke-width="1.1"/>' if entry.sign == "blind" else ""
    return behind + example + text_block(entry.label, "q")


def _head(head: HeadShape) -> str:
    picture = icon(head.participant.kind, head.icon) if head.icon else ""
    return (
        rectangle(head.box, "card", 6, 'stroke-width="1.2"')
        + picture
        + text_block(head.label, "t", bold=True)
        + "".join(map(_caption, head.captions))
    )


def _note(note: NoteShape) -> str:
    box = note.box
    x, y, right, bottom = (number(value) for value in (box.x, box.y, box.right, box.bottom))
    fold = f"M{x} {y}H{number(box.right - 7)}L{right} {number(box.y + 7)}V{bottom}H{x}Z"
    return f'<path class="note" d="{fold}" stroke-width="1.1" stroke-linejoin="round"/>' + text_block(note.label, "t")
