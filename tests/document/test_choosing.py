"""Writing down a choice: indicators are added, the rejected kept with their reasons, and nothing else in the file moves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from slo_workbench.document.choosing import write_choice
from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import FindingsError
from slo_workbench.document.journey_model import Dissent, RejectedCandidate
from slo_workbench.document.model import Indicator
from slo_workbench.document.yaml_file import read_workbook

TEXT = """\
service: {name: shop}
sources:
  log: {path: log.csv}   # the only one
journeys:
  - id: buy
    name: Buy   # all the money
  - id: browse
    name: Browse
indicators:
  - {id: old, journey: browse, kind: quality, specification: '', measured_at: client, source: log, valid: a, good: b}
"""
ON = date(2026, 5, 4)


def new(id: str = "fast", **more: object) -> Indicator:
    usual = {"id": id, "journey": "buy", "kind": "availability", "specification": "The share", "measured_at": "client", "source": "log"}
    return Indicator.model_validate({**usual, "valid": "a", "good": "b", **more})


def no(id: str, reason: str = "no data") -> RejectedCandidate:
    return RejectedCandidate(id=id, kind="latency", reason=reason)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "workbook.yaml"
    path.write_text(TEXT)
    return path


def test_what_is_taken_becomes_an_indicator_and_what_is_not_keeps_its_reason(file: Path) -> None:
    diff = write_choice(file, "buy", take=[new()], reject=[no("slow")], decided_by=["product", "operations"], decided_on=ON)
    workbook = read_workbook(file)
    assert [one.id for one in workbook.indicators] == ["old", "fast"]
    choice = workbook.journey("buy").choice
    assert (choice.decided_on, choice.decided_by, choice.rejected) == (ON, ("product", "operations"), (no("slow"),))
    assert not [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert "# the only one" in file.read_text()


def test_choosing_again_adds_to_what_was_decided(file: Path) -> None:
    write_choice(file, "buy", take=[new()], reject=[no("slow"), no("late")], decided_by=["product"], decided_on=ON)
    said = Dissent(about="late", by="operations", text="tickets come late")
    write_choice(file, "buy", take=[new("late")], reject=[no("slow", "still no data")], dissent=[said], decided_on=date(2026, 6, 1))
    choice = read_workbook(file).journey("buy").choice
    assert [(one.id, one.reason) for one in choice.rejected] == [("slow", "still no data")]
    assert choice.dissent == (said,)


def test_names_stay_on_the_day_of_their_decision_and_are_nobodys_on_another(file: Path) -> None:
    write_choice(file, "buy", reject=[no("slow")], decided_by=["product"], decided_on=ON)
    write_choice(file, "buy", reject=[no("late")], decided_on=ON)
    assert read_workbook(file).journey("buy").choice.decided_by == ("product",)
    write_choice(file, "buy", reject=[no("wrong")], decided_on=date(2026, 6, 1))
    assert read_workbook(file).journey("buy").choice.decided_by == ()
    assert "decided_by" not in file.read_text()


def test_who_dissents_anew_about_the_same_candidate_is_heard_once(file: Path) -> None:
    first, other, second = (Dissent(about="late", by=by, text=text) for by, text in (("ops", "no"), ("product", "no"), ("ops", "still no")))
    write_choice(file, "buy", dissent=[first, other], decided_on=ON)
    write_choice(file, "buy", dissent=[second], decided_on=ON)
    assert read_workbook(file).journey("buy").choice.dissent == (second, other)


def test_the_same_choice_twice_changes_nothing(file: Path) -> None:
    write_choice(file, "buy", take=[new()], reject=[no("slow")], decided_on=ON)
    assert write_choice(file, "buy", take=[new()], reject=[no("slow")], decided_on=ON) == ""


@pytest.mark.parametrize("id", ["fast", "old"])
def test_what_is_an_indicator_is_not_rejected(file: Path, id: str) -> None:
    write_choice(file, "buy", take=[new()], decided_on=ON)
    before = file.read_text()
    with pytest.raises(FindingsError, match="rejects-indicator"):
        write_choice(file, "buy", reject=[no(id)], decided_on=ON)
    assert file.read_text() == before


def test_a_name_too_long_for_the_workbook_is_a_finding(file: Path) -> None:
    with pytest.raises(FindingsError, match=r"choice.decided_by\[0\]"):
        write_choice(file, "buy", decided_by=["x" * 20_001], decided_on=ON)
    assert file.read_text() == TEXT


def test_a_trial_writes_nothing_and_waits_for_nobody(file: Path) -> None:
    with exclusive_change(file):
        assert "+  - id: fast" in write_choice(file, "buy", take=[new()], decided_on=ON, is_trial=True)
    assert file.read_text() == TEXT


CHOOSE_AT_ONE_WORD = """
import sys, time
from datetime import date
from pathlib import Path
from slo_workbench.document.choosing import write_choice
from slo_workbench.document.journey_model import RejectedCandidate
from slo_workbench.document.model import Indicator
file, go, number = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
taken = Indicator(id=f"taken-{number}", journey="buy", kind="availability", specification="", measured_at="client", source="log", valid="a", good="b")
rejected = RejectedCandidate(id=f"rejected-{number}", kind="latency", reason="no data")
Path(f"{go}.{number}").touch()
while not go.exists():
    time.sleep(0.001)
write_choice(file, "buy", take=[taken], reject=[rejected], decided_on=date(2026, 5, 4))
"""


def test_eight_who_choose_at_once_lose_nothing(file: Path, run_at_once) -> None:
    run_at_once(CHOOSE_AT_ONE_WORD, file, n_processes=8)
    workbook = read_workbook(file)
    assert {one.id for one in workbook.indicators} == {"old", *(f"taken-{number}" for number in range(8))}
    assert {one.id for one in workbook.journey("buy").choice.rejected} == {f"rejected-{number}" for number in range(8)}
    assert "# the only one" in file.read_text()


@pytest.mark.parametrize(
    ("journey", "taken", "code"),
    [("bye", new(), "unknown-journey"), ("buy", new("old"), "duplicate-id"), ("buy", new(source="lgo"), "unknown-source")],
)
def test_a_choice_that_does_not_fit_is_refused_and_the_file_left_alone(file: Path, journey: str, taken: Indicator, code: str) -> None:
    with pytest.raises(FindingsError) as refused:
        write_choice(file, journey, take=[taken], decided_on=ON)
    assert code in [finding.code for finding in refused.value.findings]
    assert file.read_text() == TEXT
