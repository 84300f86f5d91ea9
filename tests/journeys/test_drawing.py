import base64
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys import (
    Diagram,
    DiagramPicture,
    Message,
    Overlay,
    alt_text,
    draw_svg,
    draw_svg_parts,
    lay_out,
    parse_diagram,
    to_mermaid,
)
from slo_workbench.journeys.diagram_page import PageDiagram, diagram_page
from slo_workbench.journeys.sequence import Box, Declaration, Fragment, Note, Participant, Section

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan"}
ATTRIBUTES = {
    "id", "role", "aria-labelledby", "width", "height", "viewBox", "font-family", "class", "x", "y", "rx", "d", "fill", "stroke-width", "cx",
    "cy", "r", "stroke-dasharray", "stroke-opacity", "fill-opacity", "font-size", "font-weight", "text-anchor", "transform", "style",
    "stroke-linejoin", "stroke-linecap",
}  # fmt: skip


ELEMENTS_OF_A_PAGE = {"body", "main", "h1", "h2", "section", "p", "figure", *ELEMENTS - {"circle"}}


def page_body(page: str) -> ElementTree.Element:
    """The body is XML too, which the head with its `meta` is not."""
    return ElementTree.fromstring(page[page.index("<body>") : page.index("</body>") + len("</body>")])


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
    overlay = Overlay(marks={0: (text,)}, points={"A": (text,)}, targets={"A": text})
    assert_harmless(draw_svg(diagram, overlay=overlay))
    page = diagram_page([PageDiagram(text, DiagramPicture(diagram, overlay=overlay), [text])], title=text)
    assert {element.tag.removeprefix(SVG) for element in page_body(page).iter()} == ELEMENTS_OF_A_PAGE
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


@pytest.mark.parametrize("wrong", [{"theme": "blue"}, {"id_prefix": "1<"}, {"overlay": Overlay(blind=frozenset({7}))}])
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


def test_later_parts_say_which_part_they_are() -> None:
    first, *others = [assert_harmless(part) for part in draw_svg_parts(parsed("title Buy\n" + "A->>B: x\n" * 90))]
    assert first.findtext(f"{SVG}title") == "Buy"
    assert [part.findtext(f"{SVG}title") for part in others] == ["Buy, part 2 of 4", "Buy, part 3 of 4", "Buy, part 4 of 4"]
    assert [part.findtext(f"{SVG}desc") for part in others] == [f"Continued: part {i} of 4." for i in (2, 3, 4)]


def test_every_text_but_names_on_cards_stands_in_exactly_one_part(diagram_text: str) -> None:
    diagram = parse_diagram(diagram_text)[0]
    layout = lay_out(diagram)
    names = {"".join(head.label.lines) for head in layout.heads}

    def texts(*pictures: str) -> list[str]:
        found = ("".join(text.itertext()) for picture in pictures for text in ElementTree.fromstring(picture).iter(f"{SVG}text"))
        return sorted(text for text in found if text not in names)

    parts = draw_svg_parts(diagram, part_height_px=360.0)
    assert len(parts) > 1 or layout.bounds.height <= 360.0
    assert texts(draw_svg(diagram)) == texts(*parts)


def test_each_line_of_text_finds_its_own_direction_and_the_page_around_does_not_matter() -> None:
    style = assert_harmless(draw_svg(parsed("A->>B: שלום"), id_prefix="p")).findtext(f"{SVG}style") or ""
    assert "#p text{direction:ltr}" in style
    assert "#p tspan{unicode-bidi:plaintext}" in style


def page_of(*texts: str, **options: str) -> str:
    return diagram_page(
        [PageDiagram(f"Journey {i}", DiagramPicture(parsed(text)), ["Who: fans"]) for i, text in enumerate(texts)], **options
    )


def test_a_page_has_a_heading_words_and_a_picture_for_each_diagram() -> None:
    body = page_body(page_of("A->>B: x", "A->>B: y", title="Two journeys"))
    assert [heading.text for heading in body.iter("h1")] == ["Two journeys"]
    assert [heading.text for heading in body.iter("h2")] == ["Journey 0", "Journey 1"]
    assert [line.text for line in body.iter("p")] == ["Who: fans"] * 2
    assert len(list(body.iter(f"{SVG}svg"))) == 2


def test_the_links_of_a_page_lead_to_its_headings_and_no_id_stands_twice() -> None:
    body = page_body(page_of("A->>B: x", "A->>B: x"))
    ids = [element.get("id") for element in body.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert [link.get("href") for link in body.iter("a")] == [f"#{heading.get('id')}" for heading in body.iter("h2")]
    assert "<nav" not in page_of("A->>B: x")


def test_a_tall_diagram_stands_on_a_page_in_parts_each_described() -> None:
    pictures = list(page_body(page_of("A->>B: x\n" * 60)).iter(f"{SVG}svg"))
    assert len(pictures) == len(draw_svg_parts(parsed("A->>B: x\n" * 60))) > 1
    assert all(picture.findtext(f"{SVG}desc") for picture in pictures)
    assert all(picture.get("role") == "img" for picture in pictures)


def test_a_page_fetches_and_runs_nothing_and_names_its_language() -> None:
    page = page_of("A->>B: https://example.org <script>", language="pt-BR")
    assert '<html lang="pt-BR">' in page
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|<iframe|src=|@import|url\(|\son\w+=", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_a_language_that_is_no_tag_is_refused() -> None:
    with pytest.raises(UnusableValue, match="language"):
        page_of("A->>B: x", language='en"><script>')


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
