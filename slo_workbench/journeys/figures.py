"""Small figures made of SVG: lines of text, tags and signs, the ends of arrows, and the icons of participants."""

from __future__ import annotations

import re
from html import escape

from slo_workbench.journeys.arrows import ArrowEnd
from slo_workbench.journeys.overlay import Sign
from slo_workbench.journeys.sequence import ParticipantKind
from slo_workbench.journeys.shapes import Rect, TagShape, TextBlock
from slo_workbench.journeys.text_measure import LINE_HEIGHT

__all__ = ["arrow_end", "cross", "escape_text", "glyph", "icon", "number", "rectangle", "tag", "text_block"]

# What XML 1.0 cannot hold at all, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD_LENGTH, _HEAD_HALF = 9.0, 4.0


def escape_text(text: str) -> str:
    """Return text that is only text in XML and HTML, in elements as in attributes.

    Examples
    --------
    >>> escape_text("<b>")
    '&lt;b&gt;'
    """
    return escape(_NOT_XML.sub("\ufffd", text))


def number(value: float) -> str:
    """Return a coordinate as SVG text, to a tenth of a pixel.

    Examples
    --------
    >>> number(10.0), number(2.349)
    ('10', '2.3')
    """
    return f"{value:.1f}".removesuffix(".0")


def rectangle(box: Rect, css: str, radius: float, more: str = "") -> str:
    """Draw a rectangle with rounded corners; `more` are further attributes."""
    sides = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
    return f'<rect class="{css}" {sides} rx="{number(radius)}" {more}/>'


def text_block(block: TextBlock, css: str, *, bold: bool = False) -> str:
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


def arrow_end(end: ArrowEnd, x: float, y: float, direction: int, css: str) -> str:
    """Draw what stands at the end of an arrow whose tip is at (`x`, `y`).

    Parameters
    ----------
    direction : {1, -1}
        1 if the tip points to the right.
    css : str
        Class of the line; the class of its filling has ``-f`` appended.
    """
    back, up, down = x - direction * _HEAD_LENGTH, y - _HEAD_HALF, y + _HEAD_HALF
    tip = f"{number(x)} {number(y)}"
    upper, lower, middle = (f"{number(back)} {number(height)}" for height in (up, down, y))
    filled = {
        "filled": f"M{tip}L{upper}L{lower}Z",
        "half-top": f"M{tip}L{upper}L{middle}Z",
        "half-bottom": f"M{tip}L{middle}L{lower}Z",
    }
    lines = {"open": f"M{upper}L{tip}L{lower}", "stick-top": f"M{upper}L{tip}", "stick-bottom": f"M{lower}L{tip}"}
    if end in filled:
        return f'<path class="{css}-f" d="{filled[end]}"/>'
    if end in lines:
        return f'<path class="{css}" d="{lines[end]}" fill="none" stroke-width="1.5" stroke-linecap="round"/>'
    if end == "cross":
        return cross(x - direction * 7.0, y, 4.5, css)
    return ""


def cross(x: float, y: float, half: float, css: str) -> str:
    """Draw a cross with its centre at (`x`, `y`)."""
    left, right, top, bottom = (number(value) for value in (x - half, x + half, y - half, y + half))
    return f'<path class="{css}" d="M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}" fill="none" stroke-width="1.8"/>'


# Paths in a square of 18 by 18.
_ICONS: dict[ParticipantKind, str] = {
    "actor": "M9 2.5a3.2 3.2 0 1 1 0 6.4a3.2 3.2 0 1 1 0 -6.4M2.5 16.5c0-4 2.8-6 6.5-6s6.5 2 6.5 6",
    "database": "M3 4.5c0-1.4 2.7-2.5 6-2.5s6 1.1 6 2.5s-2.7 2.5-6 2.5s-6-1.1-6-2.5v9c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5v-9M3 9c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5",
    "queue": "M4.5 4h9c1.2 0 2.2 2.2 2.2 5s-1 5-2.2 5h-9c-1.2 0-2.2-2.2-2.2-5s1-5 2.2-5M13.5 4c-1.2 0-2.2 2.2-2.2 5s1 5 2.2 5",
    "boundary": "M2 4v10M2 9h3.5M5.5 9a5 5 0 1 1 10 0a5 5 0 1 1 -10 0",
    "control": "M9 4.6a5.6 5.6 0 1 1 -.1 0M11.6 1.8L8.6 4.6L11.6 7.4",
    "entity": "M9 2.5a5.5 5.5 0 1 1 -.1 0M3 16h12",
    "collections": "M5.5 5.5v-3h10v9h-3M2.5 5.5h10v10h-10z",
}


def icon(kind: ParticipantKind, box: Rect) -> str:
    """Draw the icon of a kind of participant into `box`."""
    place = f"translate({number(box.x)} {number(box.y)})"
    return f'<path class="icon" transform="{place}" d="{_ICONS[kind]}" fill="none" stroke-width="1.4" stroke-linejoin="round"/>'


# Paths in a square of 14 by 14: an eye, and a bullseye.
_GLYPHS: dict[Sign, str] = {
    "point": "M.8 7q6.2-8.4 12.4 0q-6.2 8.4-12.4 0ZM7 5.1a1.9 1.9 0 1 1-.1 0",
    "target": "M7 1.4a5.6 5.6 0 1 1-.1 0M7 4.6a2.4 2.4 0 1 1-.1 0",
}


def glyph(sign: Sign, place: Rect) -> str:
    """Draw the sign of a measuring point or of a target in the middle of `place`."""
    path = _GLYPHS[sign]
    return f'<path class="sign" transform="translate({number(place.middle - 7.0)} {number(place.y)})" d="{path}" fill="none" stroke-width="1.3"/>'


def tag(shape: TagShape) -> str:
    """Draw a tag: filled, hollow with a dotted edge, or a question mark in a circle."""
    box = shape.label.box
    radius = box.width / 2 if shape.sign == "blind" else 4.0
    edge = {"mark": "", "through": 'stroke-width="1.1" stroke-dasharray="2 1.5"', "blind": 'stroke-width="1.1"'}[shape.sign]
    return rectangle(box, shape.sign, radius, edge) + text_block(shape.label, f"{shape.sign}t", bold=shape.sign != "through")
