from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.journeys import Diagram, Message, draw_svg, lay_out, parse_diagram, to_mermaid
from slo_workbench.journeys.sequence import Box, Declaration, Fragment, Participant, Section

# Pieces of the language, and what is likely to upset it: ends, comments, entity codes, control characters.
PIECES = (
    "participant ", "actor ", " as ", "A", "B", "end", "->>", "-->", "-x", "--)", "\\\\-", "//-", "/|-", "()", "+", "-", ": ", "\n", ";", "#35;",
    "#", "%%", "%%{", "}%%", "<br/>", "alt ", "else ", "par ", "and ", "loop ", "box ", "Aqua ", "rect ", "rgb(1,2,3)", "Note over ",
    "Note right of ", ",", "title ", "title: ", "accTitle: ", "accDescr {", "}", "wrap:", "nowrap:", "create ", "destroy ", "activate ",
    "deactivate ", "link ", "autonumber ", "10 ", "1.5", "---\n", "```mermaid\n", "@{", '"type": "queue"', '"alias": "x"', "#32;", "#133;",
    "#10;", "#13;", "\x85", "\x1c", "critical ", "option ", "break ", "太郎", "<", ">", ":", "transparent ", "#37;", "#125;", "#58;", "#45;", "#97;",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)


def assert_round_trip(text: str) -> None:
    diagram = parse_diagram(text)[0]
    written = to_mermaid(diagram)
    again = parse_diagram(written)[0]
    assert diagram == again, written
    assert written == to_mermaid(again)


def test_golden_diagrams_survive_writing_and_reading(diagram_text: str) -> None:
    assert_round_trip(diagram_text)


def test_writing_adds_no_errors(diagram_file: Path, diagram_text: str) -> None:
    diagram, findings = parse_diagram(diagram_text)
    before = {finding.code for finding in findings}
    after = {finding.code for finding in parse_diagram(to_mermaid(diagram))[1]}
    assert after <= before, diagram_file


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_is_read_without_raising_and_survives_writing(text: str) -> None:
    assert_round_trip("sequenceDiagram\n" + text)
    assert_round_trip(text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_any_label_and_any_name_survive_writing(text: str) -> None:
    names = [name for name in ("太郎", text) if name]
    labels = text.replace("\x00", "").replace("\r", "").strip()
    statements = (
        Declaration(Participant(names[-1], "" if labels == names[-1] else labels)),
        *(Message(names[-1], name, labels) for name in names),
        Fragment("loop", (Section(labels),)),
        Box(labels),
    )
    diagram = Diagram(statements, title=labels, accessible_title=labels, accessible_description=labels)
    if "\x00" not in text and "\r" not in text and not any(0xD800 <= ord(char) < 0xE000 for char in text):
        assert diagram == parse_diagram(to_mermaid(diagram))[0]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_whatever_was_read_can_be_drawn(text: str) -> None:
    diagram = parse_diagram("sequenceDiagram\n" + text)[0]
    assert lay_out(diagram).bounds.width > 0
    assert draw_svg(diagram, theme="light").endswith("</svg>")


def test_only_statements_are_written() -> None:
    with pytest.raises(TypeError, match="no statement"):
        to_mermaid(Diagram(("A->>B: x",)))  # type: ignore[arg-type]
