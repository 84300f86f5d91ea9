"""Which words are colours: boxes and backgrounds take a colour from the text, and the picture must not take anything else."""

from __future__ import annotations

import re

__all__ = ["is_colour", "split_colour"]

# CSS Color Module Level 4, section 6.1, https://www.w3.org/TR/css-color-4/#named-colors
_NAMED = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue chartreuse
    chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet
    deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green
    greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral
    lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
    lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple
    mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite
    navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink
    plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue
    slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato transparent turquoise violet wheat white whitesmoke
    yellow yellowgreen
    """.split()  # noqa: SIM905 - a hundred and fifty quoted words would be no easier to compare with the source
)
_FUNCTION = re.compile(r"(?:rgb|hsl)a?\([ \t0-9.,%/]{1,60}\)", re.IGNORECASE | re.ASCII)


def is_colour(text: str) -> bool:
    """Whether `text` is a CSS colour by name, or by ``rgb()``, ``rgba()``, ``hsl()`` or ``hsla()``.

    Examples
    --------
    >>> is_colour("Aqua"), is_colour("rgb(33, 66, 99)"), is_colour("url(x)")
    (True, True, False)
    """
    return text.lower() in _NAMED or _FUNCTION.fullmatch(text) is not None


def split_colour(text: str) -> tuple[str, str]:
    """Return the colour that `text` begins with, if any, and the rest.

    Examples
    --------
    >>> split_colour("Aqua Back office"), split_colour("Back office")
    (('Aqua', 'Back office'), ('', 'Back office'))
    """
    function = _FUNCTION.match(text)
    first = function.group(0) if function else text.split(maxsplit=1)[0] if text else ""
    return (first, text[len(first) :].strip()) if is_colour(first) else ("", text)
