"""A picture that is light in light surroundings and dark in dark ones: rules inside the SVG that the reader's system switches."""

from __future__ import annotations

import re

from slo_workbench.plots.style import COLOURS

__all__ = ["DARK_COLOURS", "with_dark_rules"]

DARK_COLOURS = {
    "#ffffff": "#14191f",
    COLOURS["text"]: "#e4e8ec",
    COLOURS["grid"]: "#35404b",
    COLOURS["quiet"]: "#9aa5b1",
    COLOURS["good"]: "#56b4e9",
    COLOURS["bad"]: "#ff8a4c",
    COLOURS["target"]: "#3ccb9f",
    COLOURS["incident"]: "#f0b429",
    "#d6e6f2": "#23405a",
}
"""Each colour of a picture and what stands for it in the dark; Okabe and Ito's hues, lighter."""


def with_dark_rules(svg: str) -> str:
    """Return an SVG of matplotlib with rules for dark surroundings; on paper it stays light.

    Examples
    --------
    >>> drawn = with_dark_rules('<svg width="9pt"><path style="fill: #ffffff; stroke: #1f2933"/></svg>')
    >>> "prefers-color-scheme: dark" in drawn, '[style*="fill: #ffffff"]{fill:#14191f!important}' in drawn
    (True, True)
    """
    rules = "".join(
        f'[style*="{part}: {light.lower()}"]{{{part}:{dark}!important}}'
        for light, dark in DARK_COLOURS.items()
        for part in ("fill", "stroke")
    )
    style = f"<style>@media screen and (prefers-color-scheme: dark){{{rules}}}</style>"
    # text without a colour of its own is black
    default = '@media screen and (prefers-color-scheme: dark){text:not([style*="fill"]){fill:#e4e8ec}}'
    return re.sub(r"(<svg\b[^>]*>)", lambda found: found[1] + style.replace("</style>", f"{default}</style>"), svg, count=1)
