from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.journeys import Diagram, Message, Overlay, lay_out, parse_diagram
from slo_workbench.journeys.paging import cut_into_parts
from slo_workbench.journeys.sequence import Autonumber, Fragment, Note, Section
from slo_workbench.journeys.shapes import Layout, Rect
from slo_workbench.journeys.text_measure import text_width, wrap_text


def collisions(layout: Layout) -> list[tuple[str, str]]:
    boxes = list(layout.solid_boxes())
    found = [(name, other) for (name, box), (other, second) in combinations(boxes, 2) if box.overlaps(second)]
    # A straight arrow may not run through any text but its own tags and number, nor through a note or card.
    for arrow in layout.arrows:
        left, right = sorted((arrow.x_start, arrow.x_end))
        line = Rect(left + 2.0, arrow.y - 0.8, max(right - left - 4.0, 0.0), 1.6)
        own = {f"{part} of message {arrow.index}" for part, _ in arrow.texts() if part != "label"}
        found += [
            (f"line of message {arrow.index}", name)
            for name, box in boxes
            if name not in own and not arrow.loop_height and line.overlaps(box)
        ]
    found += [("bounds", name) for name, box in boxes if not layout.bounds.encloses(box)]
    for head in layout.heads:
        inner = list(head.inner_boxes())
        found += [(name, other) for (name, box), (other, second) in combinations(inner, 2) if box.overlaps(second)]
        found += [("edge of card", name) for name, box in inner if not head.box.encloses(box)]
    return found


def layout_of(*lines: str, **options: object) -> Layout:
    return lay_out(parse_diagram("\n".join(["sequenceDiagram", *lines]))[0], **options)  # type: ignore[arg-type]


def busy_overlay(diagram: Diagram) -> Overlay:
    """Signs of every kind everywhere: up to six tags on an arrow, two captions on each card."""
    n_messages, names = len(diagram.messages), [person.name for person in diagram.participants]
    return Overlay(
        marks={index: tuple(f"checkout-availability-{i}" for i in range(index % 5)) for index in range(n_messages) if index % 3},
        through=dict.fromkeys(range(0, n_messages, 6), ("latency", "freshness of all tickets")),
        blind=frozenset(range(3, n_messages, 6)),
        points=dict.fromkeys(names[::2], ("load balancer log: checkout-availability", "probe")),
        targets=dict.fromkeys(names, "99.9 %"),
    )


def test_nothing_collides_in_any_golden_diagram(diagram_text: str) -> None:
    assert collisions(lay_out(parse_diagram(diagram_text)[0])) == []


@pytest.mark.parametrize("width_px", [300.0, 2000.0])
def test_nothing_collides_with_tags_on_every_arrow_and_captions_on_every_card_at_any_width(diagram_text: str, width_px: float) -> None:
    diagram = parse_diagram(diagram_text)[0]
    assert collisions(lay_out(diagram, overlay=busy_overlay(diagram), width_px=width_px)) == []


NAMES = st.sampled_from(["A", "Payment service", "決済", "x" * 30])
LABELS = st.text(alphabet="ab 漢/.W\n", max_size=60)
LEAVES = st.builds(Message, NAMES, NAMES, LABELS, st.sampled_from(["->>", "-->>", "-)"]), activates=st.booleans()) | st.builds(
    lambda place, name, text: Note(place, (name,), text), st.sampled_from(["left of", "right of", "over"]), NAMES, LABELS
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda kind, sections: Fragment(kind, tuple(sections)),
        st.sampled_from(["alt", "loop", "rect"]),
        st.lists(st.builds(lambda label, items: Section(label, tuple(items)), LABELS, st.lists(inner, max_size=3)), min_size=1, max_size=2),
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.lists(TREES, max_size=6), st.booleans())
def test_nothing_collides_in_generated_diagrams(statements: list[object], numbered: bool) -> None:
    diagram = Diagram((*([Autonumber()] if numbered else []), *statements))  # type: ignore[arg-type]
    assert collisions(lay_out(diagram, overlay=busy_overlay(diagram))) == []


def test_lifelines_stand_in_the_order_of_the_participants_at_equal_heights() -> None:
    layout = layout_of("participant C", "A->>B: x")
    middles = [head.box.middle for head in layout.heads]
    assert [head.participant.name for head in layout.heads] == ["C", "A", "B"]
    assert middles == sorted(middles)
    assert len({head.box.bottom for head in layout.heads}) == 1


def test_arrows_run_down_the_page_from_lifeline_to_lifeline() -> None:
    layout = layout_of("A->>B: x", "B-->>A: y")
    x = {head.participant.name: head.box.middle for head in layout.heads}
    first, second = layout.arrows
    assert ((x["A"], x["B"]), (x["B"], x["A"])) == ((first.x_start, first.x_end), (second.x_start, second.x_end))
    assert first.y < second.y


def test_arrows_stop_at_the_edge_of_an_activation() -> None:
    layout = layout_of("A->>+B: x", "B-->>-A: y")
    (bar,) = layout.bars
    assert (bar.x, bar.x) == (layout.arrows[0].x_end, layout.arrows[1].x_start)
    assert (bar.y, bar.bottom) == (layout.arrows[0].y, layout.arrows[1].y)


def test_a_created_participant_has_its_card_at_the_arrow_and_none_at_the_top() -> None:
    layout = layout_of("A->>B: x", "create participant C", "B->>C: make")
    (card,) = [head for head in layout.heads if head.participant.name == "C"]
    assert card.box.x == layout.arrows[1].x_end
    assert card.box.y < layout.arrows[1].y < card.box.bottom


def test_a_destroyed_lifeline_ends_at_its_last_message() -> None:
    layout = layout_of("A->>B: x", "destroy B", "A-xB: bye", "A->>C: still here")
    ended, going_on = layout.lifelines[1], layout.lifelines[2]
    assert ended.ends_at == layout.arrows[1].y == ended.pieces[-1][1]
    assert going_on.pieces[-1][1] > layout.arrows[2].y


def test_lifelines_leave_out_the_labels_they_would_strike_through() -> None:
    layout = layout_of("participant A", "participant B", "participant C", "A->>C: passes B")
    label = layout.arrows[0].label
    assert label is not None
    assert all(end <= label.box.y or start >= label.box.bottom for start, end in layout.lifelines[1].pieces)
    assert len(layout.lifelines[1].pieces) == 2


def test_frames_enclose_what_they_hold() -> None:
    layout = layout_of("loop outer", "A->>B: x", "alt inner", "B->>B: y", "end", "end")
    outer, inner = layout.frames
    assert outer.box.encloses(inner.box)
    assert all(inner.box.encloses(block.box) for block in [layout.arrows[1].label, *inner.conditions] if block)


def test_tall_pictures_repeat_the_participants_at_the_bottom() -> None:
    assert len(layout_of("A->>B: x").heads) == 2
    assert len(layout_of(*["A->>B: x"] * 40).heads) == 4


def test_more_participants_share_the_width() -> None:
    long_text = "a fairly long question that would like to stand on a single line"
    two = layout_of(f"A->>B: {long_text}").arrows[0].label
    eight = layout_of(*[f"{a}->>{b}: {long_text}" for a, b in pairwise("ABCDEFGH")]).arrows[0].label
    assert two is not None
    assert eight is not None
    assert len(eight.lines) > len(two.lines)


def test_parts_cover_everything_once_and_cut_through_nothing(diagram_text: str) -> None:
    layout = lay_out(parse_diagram(diagram_text)[0])
    parts = cut_into_parts(layout, 400.0)
    assert (layout.bounds.y, layout.bounds.bottom) == (parts[0][0], parts[-1][1])
    assert all(upper[1] == lower[0] for upper, lower in pairwise(parts))
    cuts = [bottom for _, bottom in parts[:-1]]
    assert [(name, cut) for name, box in layout.solid_boxes() for cut in cuts if box.y < cut < box.bottom] == []
    assert all(bottom - top <= 400.0 for top, bottom in parts)


def test_a_picture_is_cut_less_evenly_rather_than_into_one_part_more(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "tests/golden/diagrams/deeply_nested.mmd").read_text(encoding="utf-8")
    assert len(cut_into_parts(lay_out(parse_diagram(text)[0]), 475.0)) == 2


@pytest.mark.parametrize("part_height_px", range(280, 420, 3))
def test_a_condition_is_never_cut_off_from_the_first_message_under_it(part_height_px: float) -> None:
    layout = layout_of("autonumber", *["loop again", "A->>A: a question<br/>over three<br/>lines", "end"] * 8)
    cuts = [bottom for _, bottom in cut_into_parts(layout, part_height_px)[:-1]]
    assert cuts
    together = [(frame.tab.box.y, arrow.y) for frame, arrow in zip(layout.frames, layout.arrows, strict=True) if frame.tab]
    assert [(cut, both) for cut in cuts for both in together if both[0] < cut < both[1]] == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.floats(20.0, 400.0))
def test_wrapping_loses_nothing_but_white_space_and_keeps_the_width(text: str, width: float) -> None:
    lines = wrap_text(text, width, 12.0)
    assert "".join(text.split()) == "".join("".join(lines).split())
    assert all(text_width(line, 12.0) <= width + 20.0 for line in lines)


def test_japanese_lines_do_not_begin_with_a_full_stop() -> None:
    lines = wrap_text("座席は十分間だけ仮押さえされます。時間を過ぎると、自動的に解放されます。", 100.0, 12.0)
    assert len(lines) > 2
    assert not any(line.startswith(("。", "、")) for line in lines)
