"""An independent reader of Mermaid must find the same participants and messages, and refuse the same texts."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from slo_workbench.document.findings import has_errors
from slo_workbench.journeys import parse_diagram

merman = pytest.importorskip("merman", reason="merman, a Mermaid parser in Rust, is not installed: pip install merman")

KNOWN_GAPS = {
    "par_over": "merman 0.9 refuses `and` inside par_over, which Mermaid's own grammar allows",
}
# Mermaid's numbers for line types, read off its parser and put beside the spelling.
LINE_TYPES = dict(
    enumerate(["->>", "-->>", None, "-x", "--x", "->", "-->"])
) | dict(
    zip(
        [24, 25, 33, 34, 41, 42, 43, 44, 45, 46, 47, 48, 51, 52, 53, 54, 55, 56, 57, 58],
        ["-)", "--)", "<<->>", "<<-->>", "-|\\", "-|/", "-\\\\", "-//", "/|-", "\\|-", "//-", "\\\\-",
         "--|\\", "--|/", "--\\\\", "--//", "/|--", "\\|--", "//--", "\\\\--"],
        strict=True,
    )
)  # fmt: skip


def read_by_merman(text: str) -> dict[str, Any] | None:
    try:
        return json.loads(merman.Merman().parse_json(text, None))
    except merman.MermanError:
        return None


def as_read_by_people(text: str) -> str:
    """Mermaid marks entity codes with placeholders until it draws."""
    text = re.sub("ﬂ°°(\\d+)¶ß", r"&#\1;", text)
    text = re.sub("ﬂ°(\\w+)¶ß", r"&\1;", text)
    return html.unescape(re.sub(r"<br\s*/?>", "\n", text))


def test_participants_and_messages_agree(diagram_file: Path, diagram_text: str) -> None:
    diagram, findings = parse_diagram(diagram_text)
    if has_errors(findings) or diagram_file.stem in KNOWN_GAPS:
        return
    theirs = read_by_merman(diagram_text)
    assert theirs is not None
    people = [
        (name, as_read_by_people(theirs["actors"][name]["description"]), theirs["actors"][name]["type"]) for name in theirs["actorOrder"]
    ]
    assert people == [(person.name, person.shown, person.kind) for person in diagram.participants]
    arrows = [
        item for item in theirs["messages"] if item.get("from") and item.get("to") and item["type"] in LINE_TYPES and item["type"] != 2
    ]
    expected = [(item["from"], item["to"], as_read_by_people(item["message"]), LINE_TYPES[item["type"]]) for item in arrows]
    assert expected == [(message.sender, message.receiver, message.text, message.arrow) for message in diagram.messages]


def test_titles_and_boxes_agree(diagram_file: Path, diagram_text: str) -> None:
    diagram, findings = parse_diagram(diagram_text)
    theirs = None if has_errors(findings) else read_by_merman(diagram_text)
    if theirs is not None:
        assert (theirs.get("accTitle") or "") == diagram.accessible_title
        assert [box["actorKeys"] for box in theirs["boxes"] if box["actorKeys"]] == [list(box.names) for box in diagram.boxes]


@pytest.mark.parametrize("name", KNOWN_GAPS)
def test_known_gaps_are_still_gaps(name: str, request: pytest.FixtureRequest) -> None:
    text = (Path(request.config.rootpath) / "tests/golden/diagrams" / f"{name}.mmd").read_text(encoding="utf-8")
    assert read_by_merman(text) is None, f"merman reads {name} now: take it out of KNOWN_GAPS"


@pytest.mark.parametrize(
    "lines",
    [
        "A->B", "A->>B: x", "A+B->>C: x", "A->>B:", "A-xylophone: z", "my-xbox->>B: z", "A-->B-->C: z", "A->>B,C: z", "A: hi", "note->>B: x",
        "A->>end: x", "end user->>B: x", "participant end", "participantA", "Note over A,B,C: x", "Note left of A x", "A->>B: x\nend",
        "loop x\nA->>B:x", "else foo", "activate A\ndeactivate A\ndeactivate A", "A-->>-B: x", "box G\nparticipant A\nA->>B: x\nend",
        "create participant B\nC->>D: x", "A->>B: x\ndestroy A\nB->>C: x", "A(x)->>B(y): q", "A->>+()B: x", "A->>()+B: x", "A → B: x",
        "note over A,B\nmulti\nend note", "activate", "participant", "participant A, B", "autonumber x", "critical x\noption y\noption\nend",
        "title Foo\nA->>B: x", "autonumber 1.5 .25\nA->>B: x", "A--x B: x", "A ()-->>() B: x", "A=b->>C|d: x", "loop:wrap: x\nend",
    ],
)  # fmt: skip
def test_the_same_texts_are_refused(lines: str) -> None:
    text = f"sequenceDiagram\n{lines}"
    assert (read_by_merman(text) is None) == has_errors(parse_diagram(text)[1])
