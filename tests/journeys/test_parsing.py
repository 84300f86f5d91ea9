from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import pytest

from slo_workbench.document.findings import Finding
from slo_workbench.journeys import Diagram, Message, parse_diagram
from slo_workbench.journeys.arrows import ARROWS
from slo_workbench.journeys.sequence import (
    Activation,
    ActorExtra,
    Autonumber,
    Box,
    Comment,
    Declaration,
    Destroy,
    Fragment,
    Note,
    Participant,
)

DELIBERATELY_WRONG = {"hostile", "mistakes", "unclosed_frame"}


def read(*lines: str) -> Diagram:
    """Parse lines that must be free of errors."""
    diagram, findings = parse_diagram("\n".join(["sequenceDiagram", *lines]))
    assert [str(finding) for finding in findings if finding.severity == "error"] == []
    return diagram


def findings_of(*lines: str) -> tuple[Finding, ...]:
    return parse_diagram("\n".join(["sequenceDiagram", *lines]))[1]


def test_there_are_at_least_forty_golden_diagrams(request: pytest.FixtureRequest) -> None:
    assert len(list((Path(request.config.rootpath) / "tests/golden/diagrams").glob("*.mmd"))) >= 40


def test_golden_diagrams_have_errors_only_where_meant(diagram_file: Path, diagram_text: str) -> None:
    errors = [finding for finding in parse_diagram(diagram_text)[1] if finding.severity == "error"]
    assert (diagram_file.stem in DELIBERATELY_WRONG) == bool(errors)


def test_every_finding_has_a_place_inside_the_text_and_errors_have_a_hint(diagram_text: str) -> None:
    lines = diagram_text.split("\n")
    for finding in parse_diagram(diagram_text)[1]:
        assert finding.line is not None
        assert finding.column is not None
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
        assert finding.hint or finding.severity != "error"


@pytest.mark.parametrize("arrow", ARROWS)
def test_every_arrow_is_read_with_and_without_spaces(arrow: str) -> None:
    expected = (Message("A", "B", "x", arrow), Message("A", "B", "y", arrow))
    assert expected == read(f"A{arrow}B: x", f"A {arrow} B : y").statements


def test_a_message_knows_its_line_and_column() -> None:
    first, second = parse_diagram("sequenceDiagram\n\n  A->>B: x; B-->>A: y")[0].messages
    assert ((first.line, first.column), (second.line, second.column)) == ((3, 3), (3, 13))


def test_messages_count_through_frames_in_the_order_of_the_text() -> None:
    diagram = read("A->>B: 0", "alt x", "loop y", "A->>B: 1", "end", "else", "A->>B: 2", "end", "A->>B: 3")
    assert [message.text for message in diagram.messages] == ["0", "1", "2", "3"]


def test_plus_minus_and_circles_are_kept() -> None:
    begin, end, touch = read("A->>+B: a", "B-->>-A: b", "A()->>()B: c").messages
    assert begin.activates
    assert end.deactivates
    assert touch.dot_at_sender
    assert touch.dot_at_receiver


def test_participants_come_in_the_order_of_first_mention_with_their_last_label() -> None:
    diagram = read("participant B as Bee", "A->>C: x", "participant A as Ay", "actor B")
    assert (Participant("B", "Bee", "actor"), Participant("A", "Ay"), Participant("C")) == diagram.participants


def test_activate_and_destroy_do_not_bring_anybody_in() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\nA->>B: x\nactivate Bee\n")
    assert [person.name for person in diagram.participants] == ["A", "B"]
    assert [finding.code for finding in findings] == ["unknown-participant"]


def test_typed_participants_take_type_and_alias_and_prefer_the_outer_alias() -> None:
    diagram = read('participant A@{ "type": "database", "alias": "inner" } as outer', "participant B@{ type: queue, alias: 'q' }")
    assert (Participant("A", "outer", "database"), Participant("B", "q", "queue")) == diagram.participants


def test_an_unknown_participant_type_is_an_error_that_names_the_nearest() -> None:
    (finding,) = findings_of('participant A@{ "type": "databse" }')
    assert finding.code == "participant-setting"
    assert "database" in finding.hint


def test_notes_take_every_place() -> None:
    left, right, over = read("Note left of A: l", "note RIGHT of B: r", "Note over A , B: o").statements
    assert (Note("left of", ("A",), "l"), Note("right of", ("B",), "r"), Note("over", ("A", "B"), "o")) == (left, right, over)


@pytest.mark.parametrize(
    ("word", "branch"),
    [("alt", "else"), ("par", "and"), ("par_over", "and"), ("critical", "option"), ("opt", ""), ("loop", ""), ("break", "")],
)
def test_frames_hold_their_branches(word: str, branch: str) -> None:
    lines = [f"{word} first", "A->>B: 1", *([f"{branch} second", "A->>B: 2", branch] if branch else []), "end"]
    (fragment,) = read(*lines).statements
    assert isinstance(fragment, Fragment)
    assert word == fragment.kind
    assert (["first", "second", ""] if branch else ["first"]) == [section.label for section in fragment.sections]


def test_boxes_take_colour_label_both_or_neither() -> None:
    texts = ["box Aqua Front of house", "box rgb(1, 2, 3)", "box Back office", "box transparent Aqua", "box"]
    boxes = [read(text, f"participant P{i}", "end").statements[0] for i, text in enumerate(texts)]
    expected = [("Aqua", "Front of house"), ("rgb(1, 2, 3)", ""), ("", "Back office"), ("", "Aqua"), ("", "")]
    assert expected == [(box.colour, box.label) for box in boxes if isinstance(box, Box)]


def test_a_rect_without_a_colour_is_a_warning_and_is_drawn_neutrally() -> None:
    (finding,) = findings_of("rect url(x)", "A->>B: x", "end")
    assert (finding.code, finding.severity, finding.line) == ("colour-not-understood", "warning", 2)


def test_small_statements_become_data() -> None:
    statements = read(
        "autonumber 10 0.5", "autonumber off", "A->>B: x", "activate B", "deactivate B", "%% why", "destroy B", "A-xB: y"
    ).statements
    assert Autonumber(True, Decimal(10), Decimal("0.5")) == statements[0]
    assert Autonumber(visible=False) == statements[1]
    assert (Activation("B"), Activation("B", begins=False), Comment("why"), Destroy("B")) == statements[3:7]


def test_created_participants_are_declared_where_they_are_created() -> None:
    statements = read("A->>B: x", "create actor C as See", "A->>C: hello").statements
    assert Declaration(Participant("C", "See", "actor"), creates=True) == statements[1]


def test_links_are_kept_and_reported_as_not_drawn() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\nlink A: Wiki @ https://wiki.example.org")
    assert (ActorExtra("link", "A", "Wiki @ https://wiki.example.org"),) == diagram.statements
    assert [(finding.code, finding.severity) for finding in findings] == [("actor-extra-not-drawn", "note")]


def test_directives_are_kept_and_reported_and_do_not_shift_lines() -> None:
    diagram, findings = parse_diagram('%%{init: {\n "theme": "dark"}\n}%%\nsequenceDiagram\nA->>B: x')
    assert diagram.directives == ('%%{init: {\n "theme": "dark"}\n}%%',)
    assert [(finding.code, finding.severity, finding.line) for finding in findings] == [("directive-not-drawn", "note", 1)]
    assert diagram.messages[0].line == 5


def test_front_matter_gives_the_heading_unless_there_is_a_title() -> None:
    text = "---\ntitle: 'From above'\n---\nsequenceDiagram\n"
    assert parse_diagram(text)[0].heading == "From above"
    assert parse_diagram(text + "title From within")[0].heading == "From within"


def test_accessible_texts_may_run_over_lines_and_hold_semicolons() -> None:
    diagram = read("accTitle: one; still one # too", "accDescr {", "  first;", "  second", "}", "A->>B: x")
    assert diagram.accessible_title == "one; still one # too"
    assert diagram.accessible_description == "first;\n  second"
    assert diagram.messages[0].line == 7


def test_labels_are_decoded() -> None:
    texts = [message.text for message in read("A->>B: I #9829; #35;1 #quot;", "A->>B: a<br>b<BR />c", "A->>B: #0;#99999999;").messages]
    assert texts == ['I ♥ #1 "', "a\nb\nc", "\ufffd\ufffd"]


def test_of_markdown_links_only_the_words_are_shown_and_a_note_says_so() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\nA->>B: see [the docs](https://docs.example.org)")
    assert (diagram.messages[0].text, diagram.messages[0].shown) == ("see [the docs](https://docs.example.org)", "see the docs")
    assert [(finding.code, finding.severity) for finding in findings] == [("link-not-drawn", "note")]


def test_text_after_a_hash_is_a_comment_that_is_pointed_at() -> None:
    diagram, (finding,) = parse_diagram("sequenceDiagram\nA->>B: issue #12")
    assert ("issue", Comment("12")) == (diagram.messages[0].text, diagram.statements[1])
    assert (finding.code, finding.severity, finding.line, finding.column) == ("hash-begins-comment", "warning", 2, 14)


def test_names_may_begin_like_keywords() -> None:
    diagram = read("optimizer->>ending: x", "notes->>parser: y", "boxes->>alternative: z")
    assert [person.name for person in diagram.participants] == ["optimizer", "ending", "notes", "parser", "boxes", "alternative"]


def test_a_markdown_fence_is_left_out_with_a_note() -> None:
    diagram, findings = parse_diagram("```mermaid\nsequenceDiagram\nA->>B: x\n```\n")
    assert [finding.code for finding in findings] == ["markdown-fence"]
    assert diagram.messages[0].line == 3


@pytest.mark.parametrize(
    ("lines", "code", "line", "column"),
    [
        (["  Fan=>Shop: x"], "not-understood", 2, 3),
        (["Fan->>Shop"], "message-without-text", 2, 11),
        (["A->>: x"], "participant-missing", 2, 1),
        (["  A->>B+C: x"], "name-not-allowed", 2, 8),
        (["A->>end: x"], "name-reserved", 2, 5),
        (["end user->>A: x"], "name-reserved", 2, 1),
        (["note->>B: x"], "note-not-understood", 2, 1),
        (["Note over A,B,C: x"], "note-over-too-many", 2, 1),
        (["alt x", "and y", "end"], "branch-misplaced", 3, 1),
        (["A->>B: x", "end"], "end-misplaced", 3, 1),
        (["A->>B: x", "  loop y"], "frame-not-closed", 3, 3),
        (["box X", "participant A", "A->>B: x", "end"], "box-holds-participants", 4, 1),
        (["box X", "create participant A", "end", "B->>A: x"], "created-in-box", 3, 1),
        (["A->>B: x", "deactivate B"], "not-active", 3, 1),
        (["create participant A", "B->>C: x"], "not-created", 2, 1),
        (["B->>A: x", "create participant A", "B->>A: x"], "created-too-late", 3, 1),
        (["A->>B: x", "A->>C: x", "destroy C", "A->>B: x"], "not-destroyed", 4, 1),
        (["box", "participant A", "end", "box", "participant A", "end"], "participant-in-two-boxes", 5, 1),
        (["autonumber x"], "autonumber-not-understood", 2, 1),
        (["create B"], "create-incomplete", 2, 1),
        (["link A"], "link-not-understood", 2, 1),
        (["%%{init: {}"], "directive-not-closed", 2, 1),
        (["accDescr {", "no end"], "description-not-closed", 2, 1),
        (["sequenceDiagram"], "not-understood", 2, 1),
    ],
)
def test_what_mermaid_refuses_is_an_error_with_its_place(lines: list[str], code: str, line: int, column: int) -> None:
    errors = [finding for finding in findings_of(*lines) if finding.severity == "error"]
    assert [(code, line, column)] == [(error.code, error.line, error.column) for error in errors]


def test_one_mistake_does_not_hide_the_rest() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\nA->>B: one\nnonsense\nB-->>A: two\n=>\n")
    assert [message.text for message in diagram.messages] == ["one", "two"]
    assert [finding.line for finding in findings] == [3, 5]


def test_a_forgotten_end_of_a_box_costs_one_finding_only() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\nbox X\nparticipant A\nA->>B: one\nalt y\nB->>A: two\nend\nend")
    assert [finding.code for finding in findings] == ["box-holds-participants"]
    assert len(diagram.messages) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "diagram-empty"),
        ("%% only a comment", "diagram-empty"),
        ("A->>B: x", "header-missing"),
        ("SequenceDiagram\nA->>B: x", "header-misspelt"),
        ("flowchart LR\n A-->B", "other-diagram"),
    ],
)
def test_a_text_that_is_no_sequence_diagram_gets_one_error(text: str, code: str) -> None:
    assert [code] == [finding.code for finding in parse_diagram(text)[1]]


def test_too_deep_nesting_is_refused_not_a_crash() -> None:
    diagram, findings = parse_diagram("sequenceDiagram\n" + "loop x\n" * 3000 + "A->>B: y\n" + "end\n" * 3000)
    assert {"nested-too-deep"} == {finding.code for finding in findings}
    assert len(diagram.messages) == 1


def test_a_huge_text_is_refused_at_once() -> None:
    assert [finding.code for finding in parse_diagram("sequenceDiagram\n" + "A->>B: x\n" * 10_000)[1]] == ["diagram-too-long"]


def test_diagrams_are_frozen_and_equal_wherever_their_statements_stand() -> None:
    diagram = read("A->>B: x")
    assert diagram == read("", "", "   A ->> B : x")
    with pytest.raises(FrozenInstanceError):
        diagram.messages[0].text = "y"  # type: ignore[misc]
