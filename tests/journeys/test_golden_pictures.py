"""Pictures compared with golden outlines: what stands in them, which lifelines it touches, and between which arrows; no pixels.

A change of sizes and colours leaves an outline as it is. When a picture changes on purpose, look at it, then write the outlines again and
read their difference:

    python tests/journeys/test_golden_pictures.py
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slo_workbench.journeys import Diagram, Overlay, draw_svg, parse_diagram

GOLDEN = Path(__file__).parents[1] / "golden"
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"-?\d+(?:\.\d+)?"
LINE = re.compile(rf"M({NUMBER}) ({NUMBER})H({NUMBER})")
ARROWS = ("call", "reply", "faint")

OVERLAYS = {
    "three_messages": Overlay(
        marks={0: ("availability", "latency")}, through={1: ("availability",)}, blind=frozenset({2}), points={"Shop": ("load balancer log",)},
        targets={"Seats": "99.9 %"},
    ),
    "japanese": Overlay(marks={1: ("空席の可用性",)}, through={2: ("空席の可用性",)}, targets={"決": "99.5 %"}),
    "self_message": Overlay(marks={1: ("freshness",)}, blind=frozenset({0})),
}  # fmt: skip
NAMES = (
    "three_messages", "japanese", "self_message", "arrows_all", "alt_else", "boxes", "create_destroy", "activations_stacked", "notes",
    "forty_messages",
)  # fmt: skip


class Outline:
    """What stands in a picture, line by line, with places told by lifelines and arrows."""

    def __init__(self, svg: str) -> None:
        self.elements = [element for element in ElementTree.fromstring(svg) if element.get("class") not in (None, "paper")]
        self.lifelines = dict(self._cards())
        self.arrow_ys = [float(line[2]) for element in self.elements if (line := self._arrow(element))]

    def __str__(self) -> str:
        return "\n".join(filter(None, map(self._told, self.elements))) + "\n"

    def _cards(self) -> Iterator[tuple[float, str]]:
        """Yield the middle of each card with the text that comes after it."""
        for number, element in enumerate(self.elements):
            if element.get("class") == "card":
                yield middle(element), next(words(one) for one in self.elements[number:] if one.tag == f"{SVG}text")

    def _arrow(self, element: ElementTree.Element) -> re.Match[str] | None:
        return LINE.match(element.get("d", "")) if element.get("class") in ARROWS else None

    def _told(self, element: ElementTree.Element) -> str:
        kind, css, d = element.tag.removeprefix(SVG), element.get("class", ""), element.get("d", "")
        if kind == "text":
            ys = [float(line.get("y", "")) for line in element]
            return f"text {css} {self.row(sum(ys) / len(ys))}: {words(element)}" if ys else ""
        if kind == "circle":
            return f"circle on {self.near(float(element.get('cx', '')))} {self.row(float(element.get('cy', '')) + 2.0)}"
        if line := self._arrow(element):
            dashed = ", dashed" if element.get("stroke-dasharray") else ""
            loop = ", loop" if "q" in d else ""
            return f"arrow {css}: {self.touched(float(line[1]), float(line[2]))} → {self._end(element, line)}{dashed}{loop}"
        if kind == "rect":
            return self._rectangle(element, css)
        xs, ys = coordinates(d)
        if css.removesuffix("-f") in ARROWS:
            # The tip of a filled head comes first, and second of an open one; the other ends are behind it.
            tip, back = (xs[0], xs[1]) if css.endswith("-f") or len(xs) == 2 else (xs[1], xs[0])
            return f"  head {css}, {len(xs)} corners, pointing {'right' if tip > back else 'left'}"
        if css in ("life", "cross"):
            return f"{css} of {self.near(xs[0])} from {self.row(min(ys))} to {self.row(max(ys))}"
        if css == "note":
            return f"note {self.row(max(ys))} over {self.inside(min(xs), max(xs))}"
        return f"path {css}"

    def _end(self, element: ElementTree.Element, line: re.Match[str]) -> str:
        ends = re.findall(rf"H({NUMBER})", element.get("d", ""))
        return self.touched(float(ends[-1]), float(line[2]))

    def _rectangle(self, element: ElementTree.Element, css: str) -> str:
        x, y, width, height = (float(element.get(name, "")) for name in ("x", "y", "width", "height"))
        if css == "card":
            return f"card {self.row(y)}"
        if css == "bar":
            return f"bar on {self.near(x + width / 2)} from {self.row(y + 1.0)} to {self.row(y + height + 1.0)}"
        if css in ("mark", "through", "blind", "number"):
            return f"tag {css} {self.row(y + height)}"
        return f"rect {css} from {self.row(y)} to {self.row(y + height)} around {self.inside(x, x + width)}"

    def row(self, y: float) -> str:
        return f"after arrow {sum(one < y for one in self.arrow_ys)}"

    def near(self, x: float) -> str:
        return self.lifelines[min(self.lifelines, key=lambda line: abs(line - x))]

    def inside(self, left: float, right: float) -> str:
        return ", ".join(self.lifelines[x] for x in sorted(self.lifelines) if left < x < right) or "no lifeline"

    def touched(self, x: float, y: float) -> str:
        """An arrow ends at a card that it creates, or at a lifeline with the bars on it."""
        for card in (element for element in self.elements if element.get("class") == "card"):
            left, top, width, height = (float(card.get(name, "")) for name in ("x", "y", "width", "height"))
            if top < y < top + height and min(abs(x - left), abs(x - left - width)) < 1.0:
                return f"card of {self.near(middle(card))}"
        return self.near(x)


def middle(card: ElementTree.Element) -> float:
    return float(card.get("x", "")) + float(card.get("width", "")) / 2


def words(element: ElementTree.Element) -> str:
    return " / ".join(line.text or "" for line in element)


def coordinates(path: str) -> tuple[list[float], list[float]]:
    """Return the points of a path, and the heights of its vertical lines."""
    points = re.findall(rf"[ML]({NUMBER})[ ,]({NUMBER})", path)
    xs = [float(x) for x, _ in points] + [float(x) for x in re.findall(rf"H({NUMBER})", path)]
    ys = [float(y) for _, y in points] + [float(y) for y in re.findall(rf"V({NUMBER})", path)]
    return xs, ys


def outline(diagram: Diagram, overlay: Overlay | None = None) -> str:
    return str(Outline(draw_svg(diagram, theme="light", overlay=overlay)))


def drawn(name: str) -> str:
    return outline(parse_diagram((GOLDEN / "diagrams" / f"{name}.mmd").read_text(encoding="utf-8"))[0], OVERLAYS.get(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_holds_what_its_golden_outline_holds(name: str) -> None:
    assert (GOLDEN / "pictures" / f"{name}.txt").read_text(encoding="utf-8") == drawn(name)


def test_every_golden_outline_belongs_to_a_picture() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in (GOLDEN / "pictures").glob("*.txt"))


@pytest.mark.parametrize(
    "changed",
    [
        "A->>B: ask\nB-->>A: answer",
        "A->>B: ask\nA-->>B: answer\nA->>A: rest",
        "A->>B: ask\nB-->>A:\nA->>A: rest",
        "A->>B: ask\nB->>A: answer\nA->>A: rest",
        "A->>B: ask\nB--)A: answer\nA->>A: rest",
        "B-->>A: answer\nA->>B: ask\nA->>A: rest",
        "A->>B: ask\nB-->>A: answer\nB->>B: rest",
        "A->>+B: ask\nB-->>A: answer\nA->>A: rest",
        "A->>B: ask\nloop x\nB-->>A: answer\nend\nA->>A: rest",
        "A->>B: ask\nNote over A: x\nB-->>A: answer\nA->>A: rest",
        "actor A\nA->>B: ask\nB-->>A: answer\nA->>A: rest",
    ],
    ids=["dropped", "reversed", "unlabelled", "solid", "open head", "order", "other lifeline", "bar", "frame", "note", "icon"],
)
def test_an_outline_tells_apart_what_must_not_be_lost(changed: str) -> None:
    before, after = (parse_diagram("sequenceDiagram\n" + text)[0] for text in ("A->>B: ask\nB-->>A: answer\nA->>A: rest", changed))
    assert outline(before) != outline(after)


def test_an_outline_does_not_change_with_sizes() -> None:
    svg = draw_svg(parse_diagram("sequenceDiagram\nA->>B: ask\nB-->>A: answer")[0], theme="light")
    larger = re.sub(r'(?<=\by=")[\d.]+', lambda y: str(float(y.group()) + 0.7), svg)
    assert svg != larger
    assert str(Outline(svg)) == str(Outline(larger))


if __name__ == "__main__":
    for one in NAMES:
        (GOLDEN / "pictures" / f"{one}.txt").write_text(drawn(one), encoding="utf-8")
