"""A diagram as an SVG picture that needs nothing from outside: no script, no font, no network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys.colours import is_colour
from slo_workbench.journeys.figures import arrow_end, cross, escape_text, icon, number
from slo_workbench.journeys.layout import lay_out
from slo_workbench.journeys.mermaid_text import to_mermaid
from slo_workbench.journeys.paging import Part, cut_into_parts, heads_alive_at
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.shapes import ArrowShape, FrameShape, GroupShape, HeadShape, Layout, Lifeline, NoteShape, Rect, TextBlock
from slo_workbench.journeys.text_measure import LINE_HEIGHT
from slo_workbench.journeys.theme import FONT_STACK, Theme, style_sheet
from slo_workbench.journeys.wording import alt_text

__all__ = ["draw_svg", "draw_svg_parts"]

_DOT_RADIUS = 4.5


def draw_svg(
    diagram: Diagram, *, theme: Theme = "auto", id_prefix: str | None = None, marks: Mapping[int, str] | None = None,
    blind: Collection[int] = (), width_px: float = 960.0,
) -> str:  # fmt: skip
    r"""Draw the diagram.

    Parameters
    ----------
    diagram : Diagram
    theme : {"auto", "light", "dark"}
        ``auto`` follows the system of whoever looks at it, and is light on paper. The picture brings its own background.
    id_prefix : str, optional
        Begins every id in the picture, so that several can stand in one page; by default made from the content.
    marks : mapping from int to str, optional
        Short tags, such as indicator ids, for messages by their position in ``diagram.messages``.
    blind : collection of int, optional
        Messages that no indicator sees; drawn faintly.
    width_px : float
        Width to aim at, in pixels.

    Returns
    -------
    str
        One ``<svg>`` element. All text is escaped: a label cannot add elements, scripts or links.

    Raises
    ------
    UnusableValue
        If `theme` or `id_prefix` cannot be used, or `marks` or `blind` name a message that is not there.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> svg = draw_svg(parse_diagram("sequenceDiagram\n Fan->>Shop: <b>buy</b>")[0], theme="light")
    >>> svg.startswith("<svg"), "&lt;b&gt;buy&lt;/b&gt;" in svg
    (True, True)
    """
    layout = lay_out(diagram, marks=marks, blind=blind, width_px=width_px)
    body = "".join(_body(layout))
    return _document(diagram, layout.bounds, body, _prefix(diagram, body, theme, id_prefix), theme)


def draw_svg_parts(
    diagram: Diagram, *, part_height_px: float | None = None, theme: Theme = "auto", id_prefix: str | None = None,
    marks: Mapping[int, str] | None = None, blind: Collection[int] = (), width_px: float = 960.0,
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
    layout = lay_out(diagram, marks=marks, blind=blind, width_px=width_px)
    body = "".join(_body(layout))
    prefix = _prefix(diagram, body, theme, id_prefix)
    parts = cut_into_parts(layout, part_height_px)
    if len(parts) == 1:
        return (_document(diagram, layout.bounds, body, prefix, theme),)
    return tuple(_part(diagram, layout, body, part, f"{prefix}-{i}", theme) for i, part in enumerate(parts))


def _part(diagram: Diagram, layout: Layout, body: str, part: Part, prefix: str, theme: Theme) -> str:
    """Show a slice of the picture; what lies above it is covered by the repeated cards on blank paper."""
    bounds, (top, bottom) = layout.bounds, part
    heads = heads_alive_at(layout, top) if top > bounds.y else ()
    card = max((head.box.height for head in heads), default=0.0)
    view = Rect(bounds.x, top - card - 20.0 if heads else top, bounds.width, bottom - top + (card + 20.0 if heads else 0.0))
    if heads:
        cover = _rect(Rect(bounds.x, bounds.y - 1.0, bounds.width, top - bounds.y + 1.0), "paper", 0)
        body += cover + "".join(_head(head.moved_to(top - 6.0 - head.box.height)) for head in heads)
        body += "".join(f'<path class="life" d="M{number(head.box.middle)} {number(top - 6.0)}v6" stroke-width="1.2"/>' for head in heads)
    return _document(diagram, view, body, prefix, theme)


def _prefix(diagram: Diagram, body: str, theme: str, id_prefix: str | None) -> str:
    if theme not in ("light", "dark", "auto"):
        raise UnusableValue(f"theme must be 'light', 'dark' or 'auto', not {theme!r}")
    if id_prefix is None:
        return "seq-" + hashlib.sha256((to_mermaid(diagram) + theme + body).encode("utf-8", "replace")).hexdigest()[:10]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,60}", id_prefix):
        raise UnusableValue(f"id_prefix must be a letter followed by letters, digits, - or _, not {id_prefix!r}")
    return id_prefix


def _document(diagram: Diagram, view: Rect, body: str, prefix: str, theme: Theme) -> str:
    width, height = number(view.width), number(view.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" role="img" aria-labelledby="{prefix}-title {prefix}-desc" '
        f'width="{width}" height="{height}" viewBox="{number(view.x)} {number(view.y)} {width} {height}" '
        f'font-family="{FONT_STACK}">'
        f'<title id="{prefix}-title">{escape_text(diagram.accessible_title or diagram.heading or "Sequence diagram")}</title>'
        f'<desc id="{prefix}-desc">{escape_text(alt_text(diagram))}</desc>'
        f"<style>{style_sheet(prefix, theme)}</style>"
        f"{_rect(view, 'paper', 0)}{body}</svg>"
    )


def _body(layout: Layout) -> Iterator[str]:
    """Yield the picture from back to front."""
    yield from map(_group, layout.groups)
    yield from map(_frame, layout.frames)
    yield from map(_lifeline, layout.lifelines)
    yield from (_rect(bar, "bar", 1.5, 'stroke-width="1"') for bar in layout.bars)
    yield from map(_arrow, layout.arrows)
    yield from (_rect(box, "paper", 2, 'fill-opacity="0.88"') for box in _on_bars(layout))
    yield from map(_head, layout.heads)
    yield from map(_note, layout.notes)
    yield from map(_frame_texts, layout.frames)
    yield from map(_arrow_texts, layout.arrows)
    if layout.title:
        yield _block(layout.title, "t", bold=True)
    yield from (_block(block, "q") for block in layout.legend)


def _on_bars(layout: Layout) -> Iterator[Rect]:
    """Yield the boxes of texts that a bar would run through; they get a plate, where lifelines are cut instead."""
    blocks = [arrow.label for arrow in layout.arrows if arrow.label]
    blocks += [block for frame in layout.frames for block in frame.conditions]
    yield from (block.box for block in blocks if any(block.box.overlaps(bar) for bar in layout.bars))


def _rect(box: Rect, css: str, radius: float, more: str = "") -> str:
    sides = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
    return f'<rect class="{css}" {sides} rx="{number(radius)}" {more}/>'


def _block(block: TextBlock, css: str, *, bold: bool = False) -> str:
    """Draw lines of text, each on its own baseline: line breaks inside SVG text are no standard."""
    x = block.box.middle if block.align == "middle" else block.box.x
    step = block.size * LINE_HEIGHT
    # Centre the lines, then go down to the baseline, about 0.36 em below the middle of a line.
    first = block.box.y + (block.box.height - step * len(block.lines)) / 2 + step / 2 + block.size * 0.36
    attributes = f'class="{css}" font-size="{number(block.size)}" text-anchor="{block.align}"' + (' font-weight="600"' if bold else "")
    lines = (
        f'<tspan x="{number(x)}" y="{number(first + step * i)}">{escape_text(line)}</tspan>' for i, line in enumerate(block.lines) if line
    )
    return f"<text {attributes}>{''.join(lines)}</text>"


def _tint(colour: str, opacity: float) -> str:
    """Paint with a colour from the text, so thinly that labels stay readable on light and dark alike."""
    return f'style="fill:{escape_text(colour)}" fill-opacity="{opacity}"' if is_colour(colour) else f'fill-opacity="{opacity / 2}"'


def _group(group: GroupShape) -> str:
    label = _block(group.label, "q", bold=True) if group.label else ""
    return _rect(group.box, "group tint", 6, _tint(group.colour, 0.13) + ' stroke-width="1" stroke-opacity="0.4"') + label


def _frame(frame: FrameShape) -> str:
    if frame.kind == "rect":
        return _rect(frame.box, "tint", 4, _tint(frame.colour, 0.3))
    return _rect(frame.box, "frame", 4, 'fill-opacity="0.04" stroke-width="1.2"') + "".join(
        f'<path class="divider" d="M{number(frame.box.x)} {number(y)}H{number(frame.box.right)}" stroke-width="1" stroke-dasharray="3 3"/>'
        for y in frame.dividers
    )


def _frame_texts(frame: FrameShape) -> str:
    if not frame.tab:
        return ""
    box = frame.tab.box
    x, y, right, bottom = (number(value) for value in (box.x, box.y, box.right, box.bottom))
    corner = f"M{x} {bottom}V{number(box.y + 4)}q0-4 4-4H{right}V{number(box.bottom - 6)}l-6 6Z"
    tab = f'<path class="tab" d="{corner}" stroke-width="1.2"/>' + _block(frame.tab, "tabt", bold=True)
    return tab + "".join(_block(block, "q") for block in frame.conditions)


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
    parts = [_block(arrow.label, "q" if arrow.is_blind or arrow.message.is_reply else "t")] if arrow.label else []
    pills: list[tuple[TextBlock | None, str, Callable[[Rect], float]]] = [
        (arrow.number, "number", lambda box: box.height / 2),
        (arrow.badge, "badge", lambda box: 4.0),
    ]
    for block, css, radius in pills:
        if block:
            parts += [_rect(block.box, css, radius(block.box)), _block(block, css + "t", bold=True)]
    return "".join(parts)


def _head(head: HeadShape) -> str:
    picture = icon(head.participant.kind, head.icon) if head.icon else ""
    return _rect(head.box, "card", 6, 'stroke-width="1.2"') + picture + _block(head.label, "t", bold=True)


def _note(note: NoteShape) -> str:
    box = note.box
    x, y, right, bottom = (number(value) for value in (box.x, box.y, box.right, box.bottom))
    fold = f"M{x} {y}H{number(box.right - 7)}L{right} {number(box.y + 7)}V{bottom}H{x}Z"
    return f'<path class="note" d="{fold}" stroke-width="1.1" stroke-linejoin="round"/>' + _block(note.label, "t")
