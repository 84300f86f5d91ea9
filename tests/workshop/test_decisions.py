"""A decision of the room is written whole, shown as a change, and never over what somebody else decided meanwhile."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.workshop.decisions import decide, undo

WORKBOOK = """\
service: {name: shop, owner: Web team}   # who answers
journeys:
- id: buy
  name: Buy
indicators:
- {id: paid, journey: buy, kind: availability, specification: s, measured_at: server_log, source: requests, valid: 'true', good: status < 500}
sources:
  requests: {path: requests.csv}
objectives:
- id: paid-28d
  indicator: paid
  target: 99%    # for now
  reason: What last month kept.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "workbook.yaml"
    path.write_text(WORKBOOK)
    return path


def test_a_decision_shows_the_lines_it_changed_and_touches_no_other(file):
    made = decide(file, "objective", "paid-28d", target="99.5%", reason="Users shrug below this.")
    assert [line for line in made.diff.splitlines() if line[0] in "+-"][2:] == [
        "-  target: 99%    # for now",
        "-  reason: What last month kept.",
        "+  target: 99.5%    # for now",
        "+  reason: Users shrug below this.",
    ]
    assert "# who answers" in file.read_text()
    assert made.said == "Written to workbook.yaml: target, reason of the objective paid-28d."


def test_only_what_changed_is_said_to_be_written(file):
    made = decide(file, "objective", "paid-28d", target="99%", owner="Shop team", ambition="achievable")
    assert made.said == "Written to workbook.yaml: owner of the objective paid-28d."


def test_what_is_left_empty_is_not_decided(file):
    made = decide(file, "objective", "paid-28d", target="", reason="", owner=None, threshold_ms=None)
    assert not made.is_change
    assert file.read_text() == WORKBOOK


def test_a_part_that_is_not_there_is_added(file):
    decide(file, "risk", "fire", title="Fire", minutes_to_detect=5, minutes_to_resolve=90, users_hit="100%", days_between=3650)
    decide(file, "source", "log", path="access.log")
    decide(file, "clause", "freeze", budget_spent="100%", action="Only fixes are released.")
    decide(file, "alerting", preset="sloth")
    workbook = read_workbook(file)
    assert [risk.id for risk in workbook.risks] == ["fire"]
    assert set(workbook.sources) == {"requests", "log"}
    assert workbook.policy.clauses[0].action == "Only fixes are released."
    assert workbook.alerting.preset == "sloth"


def test_a_new_part_that_lacks_something_is_a_finding_and_writes_nothing(file):
    with pytest.raises(FindingsError, match="the key 'title' is missing"):
        decide(file, "risk", "fire", minutes_to_detect=5)
    assert file.read_text() == WORKBOOK


def test_a_new_target_needs_a_reason_of_its_own(file):
    with pytest.raises(FindingsError, match="a target needs a reason"):
        decide(file, "objective", "paid-28d", target="99.9%")
    assert not decide(file, "objective", "paid-28d", target="99%").is_change


def test_who_decides_second_about_the_same_field_is_told_and_nothing_is_lost(file):
    seen = read_workbook(file)
    decide(file, "objective", "paid-28d", seen=seen, target="99.5%", reason="The first.")
    text = file.read_text()
    with pytest.raises(FindingsError) as raised:
        decide(file, "objective", "paid-28d", seen=seen, target="98%", reason="The second.")
    assert {finding.code for finding in raised.value.findings} == {"changed-meanwhile"}
    assert "it is now '0.995'" in str(raised.value)
    assert file.read_text() == text


def test_two_decisions_about_different_parts_are_both_kept(file):
    seen = read_workbook(file)
    decide(file, "objective", "paid-28d", seen=seen, target="99.5%", reason="The first.")
    decide(file, "service", seen=seen, owner="Shop team")
    workbook = read_workbook(file)
    assert (str(workbook.objectives[0].target), workbook.service.owner) == ("0.995", "Shop team")


def test_the_same_decision_twice_is_no_conflict(file):
    seen = read_workbook(file)
    decide(file, "service", seen=seen, owner="Shop team")
    assert not decide(file, "service", seen=seen, owner="Shop team").is_change


def test_of_two_who_add_the_same_part_at_once_the_second_is_told(file):
    seen = read_workbook(file)
    decide(file, "journey", "browse", seen=seen, name="Browse")
    with pytest.raises(FindingsError, match="somebody else has changed 'name' of the journey browse"):
        decide(file, "journey", "browse", seen=seen, name="Look around")


def test_twenty_who_decide_at_once_about_different_things_lose_nothing(file):
    def add(number: int) -> None:
        decide(file, "journey", f"journey-{number}", name=f"Journey {number}")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {journey.id for journey in read_workbook(file).journeys} == {"buy", *(f"journey-{number}" for number in range(20))}


def test_a_decision_is_taken_back_as_long_as_nobody_wrote_since(file):
    made = decide(file, "service", owner="Shop team")
    assert undo(file, made).is_change
    assert file.read_text() == WORKBOOK
    made = decide(file, "service", owner="Shop team")
    decide(file, "service", title="The shop")
    with pytest.raises(FindingsError, match="taking this back would lose that"):
        undo(file, made)
    assert "The shop" in file.read_text()


def test_words_from_the_workbook_are_escaped_where_they_are_shown(file):
    shown = decide(file, "service", owner="<script>alert(1)</script>").to_html()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


KILLED = """
import os, signal, sys
from slo_workbench.workshop.decisions import decide
real = os.fsync
def die(descriptor):
    real(descriptor)
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = die
decide(sys.argv[1], "service", owner="Shop team")
"""


def test_killed_in_the_middle_of_a_write_the_old_document_stands(file):
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.read_text() == WORKBOOK
    assert any(name.endswith(".tmp") for name in os.listdir(file.parent))  # it was in the middle
    assert decide(file, "service", owner="Shop team").is_change  # and holds nobody up


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(file, monkeypatch):
    import errno

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FindingsError, match="workbook.yaml cannot be changed: No space left on device"):
        decide(file, "service", owner="Shop team")
    monkeypatch.undo()
    assert file.read_text() == WORKBOOK
    (file.parent / ".workbook.yaml.lock").mkdir()
    with pytest.raises(FindingsError, match="cannot be changed"):
        decide(file, "service", owner="Shop team")
