"""A diagram that shows itself in notebooks, in HTML made from them, and in terminals."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from slo_workbench.journeys.drawing import draw_svg, draw_svg_parts
from slo_workbench.journeys.figures import escape_text
from slo_workbench.journeys.mermaid_text import to_mermaid
from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.theme import Theme
from slo_workbench.journeys.wording import alt_text

__all__ = ["DiagramPicture"]


@dataclass(frozen=True)
class DiagramPicture:
    r"""A diagram with how to draw it; the last expression of a notebook cell shows it.

    Parameters
    ----------
    diagram : Diagram
    theme, overlay, width_px
        As in `draw_svg`.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> picture = DiagramPicture(parse_diagram("sequenceDiagram\n Fan->>Shop: buy")[0])
    >>> sorted(picture._repr_mimebundle_())
    ['image/svg+xml', 'text/html', 'text/plain']
    """

    diagram: Diagram
    theme: Theme = "auto"
    overlay: Overlay | None = None
    width_px: float = 960.0

    @property
    def svg(self) -> str:
        """The picture as an ``<svg>`` element."""
        return draw_svg(self.diagram, theme=self.theme, overlay=self.overlay, width_px=self.width_px)

    @property
    def html(self) -> str:
        """The picture as ``<img>`` elements that hold all of themselves; a tall one comes in parts that fit a page each.

        Inside an image nothing can run, and it survives notebooks that are not trusted, where inline SVG is removed.
        """
        parts = draw_svg_parts(self.diagram, theme=self.theme, overlay=self.overlay, width_px=self.width_px)
        texts = [alt_text(self.diagram, self.overlay), *(f"Continued: part {i} of {len(parts)}." for i in range(2, len(parts) + 1))]
        return "".join(_image(svg, text) for svg, text in zip(parts, texts, strict=True))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "image/svg+xml": self.svg, "text/plain": to_mermaid(self.diagram)}


def _image(svg: str, text: str) -> str:
    data = base64.b64encode(svg.encode()).decode()
    style = "max-width:100%;display:block;break-inside:avoid"
    return f'<img class="sequence-diagram" src="data:image/svg+xml;base64,{data}" style="{style}" alt="{escape_text(text)}">'
