"""A journey's sequence diagram: parsed, written, drawn and questioned."""

from slo_workbench.journeys.drawing import draw_svg, draw_svg_parts
from slo_workbench.journeys.layout import lay_out
from slo_workbench.journeys.mermaid_text import to_mermaid
from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.parsing import parse_diagram
from slo_workbench.journeys.picture import DiagramPicture
from slo_workbench.journeys.sequence import Diagram, Message
from slo_workbench.journeys.wording import alt_text

__all__ = [
    "Diagram", "DiagramPicture", "Message", "Overlay", "alt_text", "draw_svg", "draw_svg_parts", "lay_out", "parse_diagram", "to_mermaid",
]  # fmt: skip
