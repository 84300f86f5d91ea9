"""A picture is readable in light and in dark surroundings."""

import base64
import re

from slo_workbench.plots.dark_surroundings import DARK_COLOURS
from slo_workbench.plots.style import COLOURS, axes_of, plot_style
from slo_workbench.proposal.fragments import picture


def drawn_svg() -> str:
    with plot_style():
        ax = axes_of(None, size_inches=(4, 2))
        for name, colour in COLOURS.items():
            ax.plot([0, 1], [0, 1], color=colour, label=name)
        html = picture(ax, alt="Every colour").html
    encoded = re.search(r"base64,([^\"]+)", html)
    assert encoded
    return base64.b64decode(encoded[1]).decode()


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_every_colour_of_a_drawn_picture_has_one_for_the_dark():
    svg = drawn_svg()
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg))
    assert used >= {colour.lower() for name, colour in COLOURS.items() if name != "grid"}
    for colour in used:
        assert f'[style*="stroke: {colour}"]{{stroke:' in svg


def test_what_must_be_read_stands_out_in_the_dark():
    paper = DARK_COLOURS["#ffffff"]
    assert contrast(DARK_COLOURS[COLOURS["text"]], paper) >= 7  # WCAG 2.2, level AAA for text
    for name in ("good", "bad", "target", "incident", "quiet"):
        assert contrast(DARK_COLOURS[COLOURS[name]], paper) >= 4.5


def test_on_paper_a_picture_stays_light():
    assert "@media screen and (prefers-color-scheme: dark)" in drawn_svg()
