"""The candidate board: what is set on it is seen at once, and Apply writes it, never over what others chose."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.widgets.candidate_board import CandidateBoard, candidate_board
from slo_workbench.workshop.opening import Workshop, open_workshop
from slo_workbench.workshop.room_votes import ballot_box_of
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return open_workshop(str(tmp_path / "shop" / "workbook.yaml"))


def row(board: CandidateBoard, id: str):
    return next(one for one in board.rows if one.one.id == id)


def test_the_board_begins_as_the_workbook_stands_and_applied_so_writes_nothing(workshop) -> None:
    before = workshop.path.read_bytes()
    board = candidate_board(workshop, "buy")
    assert {one.one.id: one.choice.value for one in board.rows if not one.one.indicator} == {
        "buy-freshness": "reject",
        "buy-availability-client": "reject",
    }
    assert "✓ chosen as buy-latency" in row(board, "buy-latency").view.children[0].value
    board.apply.click()
    assert "Nothing is decided here" in board.apply.said.value
    assert workshop.path.read_bytes() == before


def test_what_nobody_sees_follows_what_is_taken_and_left_out(workshop) -> None:
    board = candidate_board(workshop, "buy")
    assert "As chosen: 4 indicators see 7 of 15" in board.coverage.value
    assert "is done too late" in board.coverage.value
    row(board, "buy-freshness").choice.value = "take"
    assert "5 indicators see 8 of 15" in board.coverage.value
    assert "1 way more than now" in board.coverage.value
    assert "is done too late" not in board.coverage.value
    assert "buy-freshness" in board.diagram.value.partition('alt="')[2]
    row(board, "buy-latency").leave_out.value = True
    assert "without buy-latency" in board.coverage.value


def test_apply_writes_what_is_taken_with_its_thresholds_and_can_be_taken_back(workshop) -> None:
    before = workshop.path.read_text()
    board = candidate_board(workshop, "buy")
    row(board, "buy-freshness").choice.value = "take"
    row(board, "buy-freshness").within_ms.value = "300000, 60000"
    board.decided_by.value = "product, operations"
    board.apply.click()
    workbook = read_workbook(workshop.path)
    assert workbook.indicator("buy-freshness").thresholds_ms == (60_000.0, 300_000.0)
    assert workbook.journey("buy").choice.decided_by == ("product", "operations")
    assert [one.id for one in workbook.journey("buy").choice.rejected] == ["buy-availability-client"]
    assert "+  - id: buy-freshness" in board.apply.said.value.replace("</span>", "").replace(
        '<span style="color:#1a7f37;font-weight:600">', ""
    )
    assert row(board, "buy-freshness").one.indicator == "buy-freshness"
    board.apply.take_back.click()
    assert workshop.path.read_text() == before
    assert row(board, "buy-freshness").choice.value == "reject"


def test_a_rejection_needs_a_reason_and_every_one_that_lacks_it_is_named(workshop) -> None:
    board = candidate_board(workshop, "buy")
    for id in ("buy-freshness", "buy-availability-client"):
        row(board, id).reason.value = " "
    board.apply.click()
    assert "buy-freshness is rejected without a reason" in board.apply.said.value
    assert "buy-availability-client is rejected without a reason" in board.apply.said.value
    row(board, "buy-freshness").reason.value = "counted elsewhere"
    row(board, "buy-availability-client").reason.value = "no <b>events</b>"
    board.apply.click()
    rejected = {one.id: one.reason for one in read_workbook(workshop.path).journey("buy").choice.rejected}
    assert rejected == {"buy-freshness": "counted elsewhere", "buy-availability-client": "no <b>events</b>"}
    assert "<b>events</b>" not in "".join(one.view.children[0].value for one in board.rows) + board.apply.said.value


def test_a_reason_is_asked_where_it_is_rejected_and_thresholds_where_it_is_taken(workshop) -> None:
    one = row(candidate_board(workshop, "buy"), "buy-freshness")
    assert (one.reason.layout.display, one.within_ms.layout.display) == ("", "none")
    one.choice.value = "take"
    assert (one.reason.layout.display, one.within_ms.layout.display) == ("none", "")
    assert one.within_ms.value == "70000, 325000"


def test_what_cannot_be_counted_yet_can_be_looked_at_but_not_applied(workshop) -> None:
    before = workshop.path.read_bytes()
    board = candidate_board(workshop, "buy")
    row(board, "buy-availability-client").choice.value = "take"
    assert "more than now" in board.coverage.value
    board.apply.click()
    assert "cannot be counted yet" in board.apply.said.value
    assert "--reject" not in board.apply.said.value
    assert workshop.path.read_bytes() == before


def test_of_two_boards_the_second_is_told_what_the_first_decided_and_nothing_is_lost(workshop) -> None:
    one, other = candidate_board(workshop, "buy"), candidate_board(open_workshop(str(workshop.path)), "buy")
    row(one, "buy-freshness").choice.value = "take"
    row(other, "buy-freshness").reason.value = "too many already"
    row(other, "buy-availability-client").reason.value = "not yet"
    one.apply.click()
    other.apply.click()
    assert "somebody else has decided on" in other.apply.said.value
    assert "chosen as buy-freshness" in row(other, "buy-freshness").view.children[0].value
    assert row(other, "buy-availability-client").reason.value == "not yet"
    other.apply.click()  # what is left of it does not touch what the first decided
    workbook = read_workbook(workshop.path)
    assert "buy-freshness" in {indicator.id for indicator in workbook.indicators}
    assert {rejected.id: rejected.reason for rejected in workbook.journey("buy").choice.rejected} == {"buy-availability-client": "not yet"}


def test_two_boards_that_decide_on_different_candidates_are_both_kept(workshop) -> None:
    one, other = candidate_board(workshop, "buy"), candidate_board(open_workshop(str(workshop.path)), "buy")
    row(one, "buy-freshness").choice.value = "take"
    row(other, "buy-availability-client").reason.value = "not yet"
    one.apply.click()
    other.apply.click()
    workbook = read_workbook(workshop.path)
    assert "buy-freshness" in {indicator.id for indicator in workbook.indicators}
    assert [(rejected.id, rejected.reason) for rejected in workbook.journey("buy").choice.rejected] == [
        ("buy-availability-client", "not yet")
    ]


def test_a_revealed_vote_goes_into_the_choice(workshop) -> None:
    box, now = ballot_box_of(workshop, "buy"), datetime(2026, 5, 4, 9, tzinfo=UTC)
    score = {"happiness": 5, "measurability": 4, "cost": 3}
    box.cast(Ballot(journey="buy", participant="developer", cast_at=now, scores={"buy-freshness": score}))
    box.reveal(decided_candidates=["buy-freshness"], at=now)
    board = candidate_board(workshop, "buy")
    assert board.decided_by.value == "developer"
    row(board, "buy-freshness").choice.value = "take"
    board.apply.click()
    choice = read_workbook(workshop.path).journey("buy").choice
    assert {one.id: (one.happiness, one.n_votes) for one in choice.scores}["buy-freshness"] == (5, 1)
    assert choice.decided_by == ("developer",)


def test_hostile_texts_of_the_workbook_are_escaped(workshop) -> None:
    text = workshop.path.read_text().replace("It is the promise of the journey that waits", "<script>alert(1)</script> waits")
    workshop.path.write_text(text.replace("name: Buy a ticket", "name: <script>alert(2)</script>"))
    board = candidate_board(workshop, "buy")
    assert "waits" in row(board, "buy-freshness").view.children[0].value
    shown = "".join(one.view.children[0].value for one in board.rows) + board._head.value + board.coverage.value + board.diagram.value
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_a_journey_without_a_diagram_is_a_sentence(workshop) -> None:
    workshop.path.write_text("service: {name: shop}\njourneys: [{id: buy, name: Buy}]\n")
    with pytest.raises(FindingsError, match="has no diagram"):
        candidate_board(workshop)
