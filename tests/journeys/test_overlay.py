import re
from xml.etree import ElementTree

import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys import Diagram, DiagramPicture, Overlay, alt_text, draw_svg, draw_svg_parts, lay_out, parse_diagram
from slo_workbench.journeys.overlay import LEGEND
from slo_workbench.journeys.paging import cut_into_parts
from slo_workbench.journeys.shapes import ArrowShape, Layout, Rect

SVG = "{http://www.w3.org/2000/svg}"
JOURNEY = parse_diagram("sequenceDiagram\nFan->>Shop: buy\nShop->>Pay: charge\nPay-->>Shop: charged\nShop-->>Fan: ticket")[0]
SEEN = Overlay(
    marks={0: ("availability", "latency")}, through={1: ("availability",), 2: ("availability",)}, blind=frozenset({3}),
    points={"Shop": ("load balancer log: availability",)}, targets={"Pay": "99.9 %"},
)  # fmt: skip


def parsed(*lines: str) -> Diagram:
    return parse_diagram("\n".join(["sequenceDiagram", *lines]))[0]


def tag_boxes(layout: Layout, message: int) -> list[Rect]:
    return [tag.label.box for tag in layout.arrows[message].tags]


def texts_of(arrow: ArrowShape) -> list[tuple[str, Rect]]:
    return [(part, block.box) for part, block in arrow.texts()]


def elements(svg: str, kind: str, css: str) -> list[ElementTree.Element]:
    return [element for element in ElementTree.fromstring(svg).iter(f"{SVG}{kind}") if element.get("class") == css]


def texts(svg: str, css: str) -> list[str]:
    return ["".join(element.itertext()) for element in elements(svg, "text", css)]


def test_each_message_has_the_tags_of_the_slis_that_count_it() -> None:
    tags = [[(tag.sign, tag.label.lines[0]) for tag in arrow.tags] for arrow in lay_out(JOURNEY, overlay=SEEN).arrows]
    through = [("through", "availability")]
    assert tags == [[("mark", "availability"), ("mark", "latency")], through, through, [("blind", "?")]]


def test_tags_stand_side_by_side_where_there_is_room() -> None:
    first, second = tag_boxes(lay_out(JOURNEY, overlay=SEEN), 0)
    assert first.y == second.y
    assert first.right < second.x


def test_tags_that_do_not_fit_beside_one_another_wrap_into_rows_between_the_lifelines() -> None:
    layout = lay_out(JOURNEY, overlay=Overlay(marks={0: tuple(f"availability-{i}" for i in range(7))}), width_px=300.0)
    boxes, arrow = tag_boxes(layout, 0), layout.arrows[0]
    assert len({box.y for box in boxes}) > 1
    assert all(arrow.x_start < box.x and box.right < arrow.x_end for box in boxes)
    assert max(box.bottom for box in boxes) < layout.arrows[1].label.box.y  # type: ignore[union-attr]


def test_a_tag_wider_than_what_lies_between_moves_the_lifelines_apart() -> None:
    diagram = parsed("participant A", "participant B", "participant C", "A->>C: x")
    layout = lay_out(diagram, overlay=Overlay(marks={0: ("the-availability-of-everything-" * 3,)}))
    (box,), arrow = tag_boxes(layout, 0), layout.arrows[0]
    assert arrow.x_start < box.x < box.right < arrow.x_end


def test_tags_of_a_message_to_oneself_stand_under_its_label_and_a_question_mark_on_its_loop() -> None:
    diagram = parsed("A->>A: think", "A->>A: think again")
    layout = lay_out(diagram, overlay=Overlay(marks={0: ("latency",)}, blind=frozenset({1})))
    seen, blind = layout.arrows
    assert tag_boxes(layout, 0)[0].y > seen.label.box.bottom  # type: ignore[union-attr]
    assert blind.y < tag_boxes(layout, 1)[0].y + 7.5 < blind.y + blind.loop_height


def test_an_unseen_arrow_is_faint_and_says_so_by_a_shape_too() -> None:
    svg = draw_svg(JOURNEY, overlay=Overlay(blind=frozenset({3})), theme="light")
    assert texts(svg, "blindt") == ["?", "?"], "one on the arrow, one in the legend"
    line, head, _ = [path for path in ElementTree.fromstring(svg).iter(f"{SVG}path") if (path.get("class") or "").startswith("faint")]
    assert line.get("stroke-dasharray"), "a reply stays dashed"
    assert head.get("class") == "faint-f"


def test_a_tag_that_sees_only_the_answer_is_hollow_and_dotted() -> None:
    svg = draw_svg(JOURNEY, overlay=SEEN)
    assert all(box.get("stroke-dasharray") for box in elements(svg, "rect", "through"))
    assert not any(box.get("stroke-dasharray") for box in elements(svg, "rect", "mark"))
    assert texts(svg, "throught") == ["availability", "availability", "SLI"]
    assert texts(svg, "markt") == ["availability", "latency", "SLI"]


def test_cards_grow_for_their_captions_and_stand_on_one_line() -> None:
    cards = {head.participant.name: head for head in lay_out(JOURNEY, overlay=SEEN).heads}
    assert cards["Fan"].box.height < cards["Pay"].box.height < cards["Shop"].box.height
    assert len({card.box.bottom for card in cards.values()}) == 1
    assert [(caption.sign, " ".join(caption.label.lines)) for caption in cards["Shop"].captions] == [
        ("point", "load balancer log: availability")
    ]
    assert [(caption.sign, caption.label.lines) for caption in cards["Pay"].captions] == [("target", ("99.9 %",))]


def test_captions_stand_on_created_cards_too_and_are_not_repeated_below() -> None:
    created = lay_out(parsed("A->>B: x", "create participant C", "B->>C: make"), overlay=Overlay(targets={"C": "99 %"}))
    assert [len(head.captions) for head in created.heads if head.participant.name == "C"] == [1]
    tall = lay_out(parsed(*["A->>B: x"] * 40), overlay=Overlay(targets={"B": "99 %"}))
    assert [len(head.captions) for head in tall.heads if head.participant.name == "B"] == [1, 0]


@pytest.mark.parametrize(
    ("overlay", "explained"),
    [
        (Overlay(), ()),
        (Overlay(marks={0: ()}, through={1: ()}, points={"Shop": ()}), ()),
        (Overlay(marks={0: ("latency",)}), ("mark",)),
        (Overlay(through={0: ("latency",)}, targets={"Pay": "99 %"}), ("through", "target")),
        (Overlay(blind=frozenset({2}), points={"Shop": ("log",)}), ("blind", "point")),
        (SEEN, ("mark", "through", "blind", "point", "target")),
    ],
)
def test_the_legend_explains_the_signs_that_occur_and_no_others(overlay: Overlay, explained: tuple[str, ...]) -> None:
    legend = lay_out(JOURNEY, overlay=overlay).legend
    assert tuple(entry.sign for entry in legend) == explained
    assert [" ".join(entry.label.lines) for entry in legend] == [LEGEND[entry.sign] for entry in legend]


def test_an_empty_overlay_changes_nothing() -> None:
    assert draw_svg(JOURNEY) == draw_svg(JOURNEY, overlay=Overlay())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Overlay(marks={4: ("x",)}), "message 4; this diagram has 4, numbered from 0"),
        (Overlay(through={-1: ("x",)}), "message -1"),
        (Overlay(blind=frozenset({9})), "message 9"),
        (Overlay(points={"Bank": ("log",)}), "participant 'Bank'; this diagram has Fan, Shop, Pay"),
        (Overlay(targets={"Bank": "99 %"}), "participant 'Bank'"),
        (Overlay(marks={1: ("x",)}, blind=frozenset({1})), "message 1 .* yet an SLI sees it"),
        (Overlay(through={1: ("x", " ")}), "blank"),
        (Overlay(targets={"Pay": ""}), "blank"),
    ],
)
def test_what_cannot_be_shown_is_refused(wrong: Overlay, words: str) -> None:
    with pytest.raises(UnusableValue, match=words):
        lay_out(JOURNEY, overlay=wrong)


def test_the_words_for_those_who_do_not_see_the_picture_say_what_is_seen_and_what_is_not() -> None:
    assert alt_text(JOURNEY, SEEN).removeprefix(alt_text(JOURNEY)) == (
        " SLIs availability and latency count Fan to Shop: buy."
        " Seen only through the answer of an arrow above: Shop to Pay: charge; Pay to Shop: charged."
        " No SLI sees 1 of 4 messages: Shop to Fan: ticket."
        " Measured at Shop (load balancer log: availability)."
        " Targets of dependencies: Pay 99.9 %."
    )


def test_long_lists_of_messages_are_cut_short_in_words() -> None:
    assert alt_text(parsed(*["A->>B: x"] * 40), Overlay(blind=frozenset(range(40)))).endswith("A to B: x; and 36 more.")


def test_an_authors_own_description_is_followed_by_what_is_seen() -> None:
    own = parsed("accDescr: In my own words.", "A->>B: x")
    assert alt_text(own, Overlay(marks={0: ("latency",)})) == "In my own words. SLI latency counts A to B: x."


def test_a_picture_is_drawn_and_described_with_its_overlay() -> None:
    picture = DiagramPicture(JOURNEY, overlay=SEEN)
    assert picture.svg == draw_svg(JOURNEY, overlay=SEEN)
    assert "No SLI sees 1 of 4 messages" in picture.html
    assert "No SLI sees 1 of 4 messages" in picture.svg


def test_every_tag_of_a_tall_diagram_is_whole_in_one_of_its_parts() -> None:
    diagram = parsed(*["A->>B: x"] * 60)
    overlay = Overlay(marks=dict.fromkeys(range(60), ("availability", "latency", "freshness")))
    views = [
        Rect(*map(float, match.groups()))
        for part in draw_svg_parts(diagram, overlay=overlay, width_px=200.0)
        if (match := re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', part))
    ]
    assert len(views) > 1
    layout = lay_out(diagram, overlay=overlay, width_px=200.0)
    cut = [tag for arrow in layout.arrows for tag in arrow.tags if not any(view.encloses(tag.label.box) for view in views)]
    assert cut == []


@pytest.mark.parametrize("part_height_px", range(280, 420, 3))
def test_an_arrow_stays_with_its_label_and_all_its_tags_wherever_a_picture_is_cut(part_height_px: float) -> None:
    diagram = parsed(*["A->>B: x"] * 20)
    layout = lay_out(diagram, overlay=Overlay(marks=dict.fromkeys(range(20), ("availability", "latency", "freshness"))), width_px=200.0)
    cuts = [bottom for _, bottom in cut_into_parts(layout, part_height_px)[:-1]]
    reaches = [(min(box.y for _, box in texts), max(box.bottom for _, box in texts)) for texts in map(texts_of, layout.arrows)]
    assert cuts
    assert [(cut, reach) for cut in cuts for reach in reaches if reach[0] < cut < reach[1]] == []


def test_a_frame_leaves_room_under_the_tags_of_its_last_arrow() -> None:
    layout = lay_out(parsed("loop x", "A->>B: x", "end"), overlay=Overlay(marks={0: ("availability", "latency")}), width_px=200.0)
    assert layout.frames[0].box.bottom >= max(box.bottom for box in tag_boxes(layout, 0)) + 5.0


def test_the_question_mark_on_a_loop_keeps_its_distance_from_the_label() -> None:
    layout = lay_out(parsed("A->>A: think"), overlay=Overlay(blind=frozenset({0})))
    assert layout.arrows[0].label.box.x >= tag_boxes(layout, 0)[0].right + 4.0  # type: ignore[union-attr]
