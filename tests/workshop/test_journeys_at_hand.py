"""A journey is read message by message; one to come has a diagram to start with."""

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.journeys_at_hand import journey_at_hand, journeys_at_hand
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture(scope="module")
def stagedoor():
    return open_workshop(str(STAGEDOOR / "workbook.yaml"))


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    return open_workshop(str(tmp_path / "workbook.yaml"))


def test_journeys_are_listed_with_how_far_each_is(stagedoor):
    lines = journeys_at_hand(stagedoor).text.splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("Buy a ticket  ")
    assert lines[2].endswith("9 messages  3 SLIs")


def test_every_arrow_that_asks_for_something_can_fail(stagedoor):
    lines = journey_at_hand(stagedoor, "buy").messages().text.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["1", "2", "3", "4", "6"]  # answers are no questions
    assert "never arrives" in lines[1]
    assert "is handed over and never done" in lines[4]


def test_the_text_has_numbered_lines_as_the_findings_count_them(stagedoor):
    assert journey_at_hand(stagedoor, "buy").text().text.splitlines()[2] == " 3    actor Buyer"


def test_a_journey_to_come_has_a_diagram_to_start_with_and_an_id_of_its_name(empty):
    journey = journey_at_hand(empty, name="Pay a bill")
    assert (journey.id, journey.known_id, journey.is_there) == ("pay-a-bill", "", False)
    assert "not in the workbook yet" in journey.sentences[0]
    assert journey.look().is_whole
    assert "messages" in journey.look().sentences[0]
    assert "no journey yet" in journeys_at_hand(empty).text


def test_what_the_parameters_say_is_looked_at_before_it_is_written(stagedoor):
    drawn = journey_at_hand(stagedoor, "buy", diagram="sequenceDiagram\n  Fan->>Shop: GET /<script>\n")
    assert drawn.known_id == "buy"
    assert "<script>" not in drawn.messages().html
    assert "/<script>" in drawn.messages().text
    nothing = journey_at_hand(stagedoor, "buy", diagram="sequenceDiagram\n  actor Fan\n")
    assert "no message in it yet" in nothing.messages().text


def test_a_journey_to_come_says_what_the_parameters_say_and_the_editor_begins_with_it_once_it_is_written(empty):
    drawn = "sequenceDiagram\n  actor Fan\n  Fan->>Shop: GET /tickets\n"
    journey = journey_at_hand(empty, name="Pay a bill", users="Fans", why="All the revenue", diagram=drawn)
    assert journey.sentences == (
        "Pay a bill (pay-a-bill): not in the workbook yet; this is what the parameters say.",
        "Users: Fans",
        "Why it matters: All the revenue",
    )
    decide(empty.path, "journey", journey.id, name="Pay a bill", diagram=drawn)
    assert journey.known_id == "pay-a-bill"
    again = journey_at_hand(empty, name="Pay a bill", users="Fans", diagram=drawn)
    assert again.sentences[0] == "Pay a bill (pay-a-bill), with users as the parameters say."


def test_an_unknown_id_without_a_name_is_refused_and_with_one_is_a_new_journey(stagedoor):
    with pytest.raises(FindingsError, match="did you mean 'browse'"):
        journey_at_hand(stagedoor, "brows")
    assert journey_at_hand(stagedoor, "give", name="Give a ticket").id == "give"
    assert journey_at_hand(stagedoor, name="Buy!").is_there  # the id made of it is there
