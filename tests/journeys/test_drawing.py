import base64
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys import Diagram, DiagramPicture, Message, alt_text, draw_svg, draw_svg_parts, parse_diagram, to_mermaid
from slo_workbench.journeys.sequence import Box, Declaration, Fragment, Note, Participant, Section

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan"}
ATTRIBUTES = {
    "id", "role", "aria-labelledby", "width", "height", "viewBox", "font-family", "class", "x", "y", "rx", "d", "fill", "stroke-width", "cx",
    "cy", "r", "stroke-dasharray", "stroke-opacity", "fill-opacity", "font-size", "font-weight", "text-anchor", "transform", "style",
    "stroke-linejoin", "stroke-linecap",
}  # fmt: skip


def parsed(text: str) -> Diagram:
    return parse_diagram("sequenceDiagram\n" + text)[0]


def assert_harmless(svg: str) -> ElementTree.Element:
    """Well-formed, made only of elements and attributes that can neither run nor fetch anything."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        assert re.fullmatch(r"fill:[\w(),.%/ \t-]+", element.get("style", "fill:red"))
    style = root.findtext(f"{SVG}style") or ""
    assert not re.search(r"url|@import|expression|\\", style)
    return root


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_golden_diagrams_become_harmless_pictures(diagram_text: str, theme: str) -> None:
    assert_harmless(draw_svg(parse_diagram(diagram_text)[0], theme=theme))  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=40).map(lambda text: text + "<script>]]>&\"'"))
def test_no_label_can_add_anything(text: str) -> None:
    statements = (
        Box(text, text, (Declaration(Participant("A", text)),)),
        Message("A", text, text),
        Note("over", ("A",), text),
        Fragment("loop", (Section(text),)),
        Fragment("rect", (Section(),), text),
    )
    diagram = Diagram(statements, title=text, accessible_title=text, accessible_description=text, front_matter=text, directives=(text,))
    assert_harmless(draw_svg(diagram, marks={0: text}))
    ElementTree.fromstring(DiagramPicture(diagram).html.replace(">", "/>"))


def test_every_label_is_in_the_picture() -> None:
    svg = draw_svg(parsed('title The heading\nactor A as Ayşe\nA->>B: <b>"hi"</b>\nNote over A: noted\nalt one\nelse two\nend'))
    texts = ["".join(element.itertext()) for element in assert_harmless(svg).iter(f"{SVG}text")]
    for expected in ["The heading", "Ayşe", "B", '<b>"hi"</b>', "noted", "alt", "[one]", "[two]"]:
        assert expected in texts


def test_calls_replies_and_asynchronous_arrows_look_different() -> None:
    root = assert_harmless(draw_svg(parsed("A->>B: call\nB-->>A: reply\nA-)B: async")))
    lines = [path for path in root.iter(f"{SVG}path") if path.get("class") in ("call", "reply")]
    call, reply, asynchronous, open_head = lines
    assert (call.get("class"), call.get("stroke-dasharray")) == ("call", None)
    assert reply.get("class") == "reply"
    assert reply.get("stroke-dasharray")
    assert asynchronous.get("class") == "call"
    assert open_head.get("stroke-linecap") == "round"


def test_marks_are_drawn_and_explained_and_blind_arrows_are_faint() -> None:
    root = assert_harmless(draw_svg(parsed("A->>B: x\nA->>C: y\nA->>A: z"), marks={0: "page-ok", 2: "page-fast"}, blind=[1]))
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    assert {
        "page-ok",
        "page-fast",
        "A tag names the indicator that measures the request.",
        "A faint arrow is seen by no indicator.",
    } <= set(texts)
    assert [path for path in root.iter(f"{SVG}path") if path.get("class") == "faint"]
    assert len([box for box in root.iter(f"{SVG}rect") if box.get("class") == "badge"]) == 2


def test_ids_carry_the_prefix_and_the_title_and_description_are_linked() -> None:
    root = assert_harmless(draw_svg(parsed("A->>B: x"), id_prefix="journey-1"))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids == ["journey-1", "journey-1-title", "journey-1-desc"]
    assert root.get("aria-labelledby") == "journey-1-title journey-1-desc"
    assert all(rule.startswith("#journey-1 ") for rule in re.findall(r"[^{}]+(?={)", root.findtext(f"{SVG}style") or "") if "@" not in rule)


def test_different_diagrams_get_different_prefixes_and_the_same_one_the_same() -> None:
    first, second = parsed("A->>B: x"), parsed("A->>B: y")
    assert draw_svg(first) == draw_svg(first)
    assert ElementTree.fromstring(draw_svg(first)).get("id") != ElementTree.fromstring(draw_svg(second)).get("id")


def test_auto_holds_both_themes_and_the_others_one() -> None:
    diagram = parsed("A->>B: x")
    pictures = {theme: draw_svg(diagram, theme=theme) for theme in ("light", "dark", "auto")}  # type: ignore[arg-type]
    assert ["prefers-color-scheme" in pictures[theme] for theme in ("light", "dark", "auto")] == [False, False, True]
    assert "#ffffff" in pictures["light"]
    assert "#ffffff" not in pictures["dark"]


@pytest.mark.parametrize("wrong", [{"theme": "blue"}, {"id_prefix": "1<"}, {"marks": {7: "x"}}])
def test_unusable_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UnusableValue):
        draw_svg(parsed("A->>B: x"), **wrong)  # type: ignore[arg-type]


def test_tall_diagrams_come_in_parts_that_repeat_the_participants() -> None:
    diagram = parsed("A->>B: x\n" * 60)
    parts = draw_svg_parts(diagram)
    assert len(parts) > 1
    for part in parts:
        cards = [box for box in assert_harmless(part).iter(f"{SVG}rect") if box.get("class") == "card"]
        assert len(cards) >= 2
    assert len({ElementTree.fromstring(part).get("id") for part in parts}) == len(parts)
    assert draw_svg_parts(parsed("A->>B: x")) == (draw_svg(parsed("A->>B: x")),)


def test_a_picture_shows_itself_as_image_svg_and_source() -> None:
    diagram = parsed("A->>B: x < y")
    bundle = DiagramPicture(diagram, theme="light")._repr_mimebundle_()
    assert to_mermaid(diagram) == bundle["text/plain"]
    assert draw_svg(diagram, theme="light") == bundle["image/svg+xml"]
    source = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    assert source is not None
    assert base64.b64decode(source.group(1)).decode() == bundle["image/svg+xml"]
    assert "max-width:100%" in bundle["text/html"]
    assert 'alt="Sequence diagram of 1 message between A and B. It begins with A to B: x &lt; y."' in bundle["text/html"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Sequence diagram without content."),
        ("actor A\nactor B", "Sequence diagram of A and B, without messages."),
        ("A->>A: tick", "Sequence diagram of 1 message of A to itself. It begins with A to A: tick."),
        (
            "title Pay\nA->>B: x\nloop y\nB->>C: z\nend\nloop w\nend",
            "Sequence diagram “Pay” of 2 messages between A, B and C, with 2 loops. It begins with A to B: x, and ends with B to C: z.",
        ),
        ("accDescr: In my own\nA->>B: x", "In my own"),
    ],
)
def test_alt_text_tells_who_speaks_about_what(text: str, expected: str) -> None:
    assert expected == alt_text(parsed(text))
