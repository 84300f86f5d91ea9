"""How long does a sequence diagram take from text to picture?

Usage: python bench/diagrams.py

Prints the shortest of several runs, in milliseconds, beside what is asked for; and as a multiple of what the standard library takes to read
as much text: the diagram as JSON, and its picture as XML.
"""

import json
import time
from pathlib import Path
from xml.etree import ElementTree

from slo_workbench.journeys import Overlay, draw_svg, draw_svg_parts, parse_diagram

LONG_DIAGRAM = Path(__file__).parents[1] / "tests" / "golden" / "diagrams" / "forty_messages.mmd"
FORTIETH_MESSAGE = "    Web-->>Fan: good night\n"


def milliseconds(action, n_runs: int = 31) -> float:
    times = []
    for _ in range(n_runs):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def busy_overlay(n_messages: int) -> Overlay:
    """Put two tags on a third of the messages, one on another, and leave the last unseen."""
    return Overlay(
        marks=dict.fromkeys(range(0, n_messages, 3), ("availability", "latency")),
        through=dict.fromkeys(range(1, n_messages, 3), ("availability",)),
        blind=frozenset(range(2, n_messages, 3)),
        points={"Web": ("load balancer log: availability",)},
        targets={"Pay": "99.9 %"},
    )


def main() -> None:
    text = LONG_DIAGRAM.read_text(encoding="utf-8") + FORTIETH_MESSAGE
    diagram = parse_diagram(text)[0]
    overlay, picture, as_json = busy_overlay(len(diagram.messages)), draw_svg(diagram), json.dumps(text.splitlines())
    parse = milliseconds(lambda: parse_diagram(text))
    both = milliseconds(lambda: draw_svg(parse_diagram(text)[0]))
    seen = milliseconds(lambda: draw_svg(parse_diagram(text)[0], overlay=overlay))
    parts = milliseconds(lambda: draw_svg_parts(parse_diagram(text)[0], overlay=overlay))
    read_json, read_xml = milliseconds(lambda: json.loads(as_json)), milliseconds(lambda: ElementTree.fromstring(picture))
    print(f"{len(diagram.messages)} messages, {len(text):,} characters; the picture has {len(picture):,}")
    print(f"read: {parse:.2f} ms, {parse / read_json:.0f} times reading the lines as JSON")
    print(f"read and draw: {both:.1f} ms (asked: 20), {both / read_xml:.1f} times reading the picture as XML")
    print(f"read and draw with an overlay: {seen:.1f} ms; in parts for a printer: {parts:.1f} ms")
    endless = "sequenceDiagram\n" + "A->>B: x\n" * 10_000
    (refusal,) = parse_diagram(endless)[1]
    print(f"10,000 lines: refused in {milliseconds(lambda: parse_diagram(endless)):.3f} ms: {refusal.message}")


if __name__ == "__main__":
    main()
