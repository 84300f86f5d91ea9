"""Colours of the picture, for light and dark surroundings.

Blue and orange tell apart what must be told apart, which most kinds of colour blindness allow; dashes and shapes say it again.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Theme", "style_sheet"]

Theme = Literal["light", "dark", "auto"]

# Helvetica and its twins come first because widths are estimated for them; the rest is for Japanese text.
FONT_STACK = (
    "'Helvetica Neue', Arial, 'Liberation Sans', 'Hiragino Sans', 'Yu Gothic', Meiryo, 'Noto Sans CJK JP', 'Noto Sans JP', "
    "'Noto Sans', sans-serif"
)

_LIGHT = {
    "paper": "#ffffff", "ink": "#1d2733", "quiet": "#566472", "lifeline": "#b9c3ce", "card": "#edf3fa", "card-edge": "#86a1bf",
    "call": "#1f4e79", "reply": "#52687d", "frame": "#93a1b1", "frame-fill": "#5b7690", "tab": "#dfe6ee", "tab-ink": "#33475b",
    "note": "#fff7da", "note-edge": "#dcc06a", "bar": "#d6e4f4", "tag-fill": "#b8500a", "tag-text": "#ffffff", "faint": "#8795a3",
}  # fmt: skip
_DARK = {
    "paper": "#14181d", "ink": "#e8edf3", "quiet": "#a3b1bf", "lifeline": "#4a5663", "card": "#222d3a", "card-edge": "#6484a6",
    "call": "#9dc6f3", "reply": "#9aaec2", "frame": "#66758a", "frame-fill": "#9db4cc", "tab": "#2d3947", "tab-ink": "#c9d6e3",
    "note": "#38321a", "note-edge": "#8f7d3a", "bar": "#2f4a68", "tag-fill": "#f0a35e", "tag-text": "#1c1206", "faint": "#6b7887",
}  # fmt: skip


def _rules(root: str, colours: dict[str, str]) -> str:
    """Colour rules for one theme; every selector begins with the picture's own id, so that none leaks into the page around it."""
    fills = {
        "paper": "paper", "t": "ink", "q": "quiet", "card": "card", "bar": "bar", "frame": "frame-fill", "tab": "tab", "tabt": "tab-ink",
        "note": "note", "numbert": "paper", "number": "call", "call-f": "call", "reply-f": "reply",
        "faint-f": "faint", "hollow": "paper", "tint": "frame-fill",
        "mark": "tag-fill", "markt": "tag-text", "through": "paper", "throught": "quiet", "blind": "paper", "blindt": "quiet",
    }  # fmt: skip
    strokes = {
        "life": "lifeline", "card": "card-edge", "icon": "card-edge", "bar": "card-edge", "frame": "frame", "divider": "frame", "tab": "frame",
        "note": "note-edge", "call": "call", "reply": "reply", "faint": "faint", "cross": "ink", "hollow": "call", "group": "frame",
        "through": "quiet", "blind": "faint", "sign": "quiet",
    }  # fmt: skip
    rules = [f"{root} .{name}{{fill:{colours[colour]}}}" for name, colour in fills.items()]
    return "".join(rules + [f"{root} .{name}{{stroke:{colours[colour]}}}" for name, colour in strokes.items()])


def style_sheet(prefix: str, theme: Theme) -> str:
    """Return the style sheet of a picture whose root element has the id `prefix`; ``auto`` follows the reader's system."""
    root = f"#{prefix}"
    # A page written from right to left must not turn the picture around; each line of text finds its own direction.
    direction = f"{root} text{{direction:ltr}}{root} tspan{{unicode-bidi:plaintext}}"
    rules = direction + _rules(root, _DARK if theme == "dark" else _LIGHT)
    if theme == "auto":
        rules += f"@media screen and (prefers-color-scheme:dark){{{_rules(root, _DARK)}}}"
    return rules
