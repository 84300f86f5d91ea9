"""The log holds every dissent once: what the room's files say, and what stands in the document."""

from datetime import UTC, date, datetime

import pytest

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.dissent import record_dissent
from slo_workbench.ballots.dissent_log import read_dissent_log

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
WORKBOOK = """\
service: {name: shop}
journeys:
  - id: pay
    name: Pay
    choice:
      decided_on: 2026-05-04
      dissent:
        - {about: uptime, by: product, text: Nobody feels it.}
  - {id: buy, name: Buy}
"""


@pytest.fixture
def workbook(tmp_path):
    file = tmp_path / "workbook.yaml"
    file.write_text(WORKBOOK)
    return file


def revealed_box(workbook, journey, *participants):
    box = BallotBox(workbook.parent / "votes" / journey)
    for name in participants:
        box.cast(Ballot(journey=journey, participant=name, cast_at=AT, scores={}))
    box.reveal(decided_candidates=["uptime", "paid"], at=AT)
    return box


def test_files_and_document_are_one_log_by_journey_and_candidate(workbook):
    box = revealed_box(workbook, "buy", "developer", "operations")
    record_dissent(box, "operations", "uptime", "It pages us.", at=AT)
    record_dissent(box, "developer", "paid", "Too late.", at=AT.replace(day=3))
    log = read_dissent_log(workbook)
    assert log.rows == [
        ("pay", "product", "uptime", "Nobody feels it.", "2026-05-04"),
        ("buy", "developer", "paid", "Too late.", "2026-03-03"),
        ("buy", "operations", "uptime", "It pages us.", "2026-03-02"),
    ]
    assert [one.is_in_document for one in log.entries] == [True, False, False]
    assert log.sentence == "3 people put dissent on record, 3 times. Not in the workbook yet: 2; slo-workbench choose writes it there."


def test_what_stands_in_both_is_told_once_with_the_day_it_was_said(workbook):
    box = revealed_box(workbook, "pay", "product")
    record_dissent(box, "product", "uptime", "Nobody\n feels it.", at=AT)
    (entry,) = read_dissent_log(workbook).entries
    assert (entry.on, entry.is_in_document) == (date(2026, 3, 2), True)


def test_a_dissent_that_was_written_anew_keeps_its_own_time_and_the_others_theirs(workbook):
    box = revealed_box(workbook, "buy", "developer")
    record_dissent(box, "developer", "uptime", "one", at=AT)
    record_dissent(box, "developer", "paid", "two")
    record_dissent(box, "developer", "paid", "three", at=AT.replace(day=9))
    log = read_dissent_log(workbook)
    assert [(one.text, str(one.on)) for one in log.entries if one.journey == "buy"] == [("three", "2026-03-09"), ("one", "2026-03-02")]


def test_a_dissent_recorded_without_a_time_says_so(workbook):
    record_dissent(revealed_box(workbook, "buy", "developer"), "developer", "paid", "two")
    assert read_dissent_log(workbook).rows[-1][-1] == "not known"


def test_junk_is_named_and_dissent_about_a_journey_that_is_gone_too(workbook):
    box = revealed_box(workbook, "buy", "developer")
    record_dissent(box, "developer", "paid", "two")
    (box.folder / "dissent" / "junk.yaml").write_bytes(b"\xff\xfe")
    gone = revealed_box(workbook, "gone", "developer")
    record_dissent(gone, "developer", "paid", "two")
    log = read_dissent_log(workbook)
    assert sorted(one.code for one in log.findings) == ["dissent-of-no-journey", "not-utf8"]
    assert len(log.entries) == 2


def test_nobody_disagreeing_is_a_sentence(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}")
    assert read_dissent_log(tmp_path / "workbook.yaml").text() == "Nobody has put dissent on record."
