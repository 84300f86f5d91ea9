"""The box keeps every vote, shows none before the reveal, takes none after it, and notices what changes later."""

import hashlib
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.ballots import silent_box
from slo_workbench.ballots.ballot import Ballot, Reveal, one_line, parse_part
from slo_workbench.ballots.ballot_box import BallotBox, file_name_of
from slo_workbench.errors import TooLittleData, UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
CANDIDATES = ["paid-orders", "search-fast"]


def ballot(participant, *, journey="buy-ticket", happiness=4, candidates=("paid-orders",)):
    scores = {name: {"happiness": happiness, "measurability": 3, "cost": 2} for name in candidates}
    return Ballot(journey=journey, participant=participant, cast_at=AT, scores=scores)


@pytest.fixture
def box(tmp_path):
    return BallotBox(tmp_path / "votes" / "buy-ticket")


def revealed(box):
    return box.reveal(decided_candidates=CANDIDATES, at=AT)


def test_before_the_reveal_only_who_has_voted_is_told(box):
    for name, points in (("product", 5), ("developer", 1)):
        box.cast(ballot(name, happiness=points))
    status = box.status()
    assert (status.n_voted, status.participants, status.is_revealed) == (2, ("developer", "product"), False)
    assert "2 participants voted on 'buy-ticket': developer, product." in status.sentence
    assert "happiness" not in repr(status)


def test_scores_cannot_be_read_before_the_reveal(box):
    box.cast(ballot("developer"))
    with pytest.raises(UnusableValue, match="stay unseen until the reveal"):
        box.read_all()


def test_a_broken_ballot_gives_no_score_away_before_the_reveal(box):
    file = box.cast(ballot("developer"))
    file.write_text(file.read_text().replace("happiness: 4", "happiness: 47").replace("cost: 2", "cost: 29"))
    (finding,) = box.status().findings
    assert finding.code == "scores-unreadable"
    assert "47" not in finding.message + finding.hint + finding.where
    assert (finding.line, finding.example) == (None, None)


def test_a_second_ballot_takes_the_place_of_the_first(box):
    box.cast(ballot("developer", happiness=1))
    box.cast(ballot(" developer ", happiness=5))
    ballots, findings = revealed(box)
    assert [one.scores["paid-orders"].happiness for one in ballots] == [5]
    assert findings == ()


def test_the_reveal_gives_all_ballots_by_name_and_a_second_one_changes_nothing(box):
    for name in "CAB":
        box.cast(ballot(name))
    first = revealed(box)
    marker = (box.folder / "revealed.yaml").read_bytes()
    again = box.reveal(decided_candidates=CANDIDATES, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert [one.participant for one in first[0]] == ["A", "B", "C"]
    assert first == again == box.read_all()
    assert (box.folder / "revealed.yaml").read_bytes() == marker


def test_the_marker_holds_the_time_the_names_and_the_hash_of_every_file(box):
    file = box.cast(ballot("developer"))
    revealed(box)
    marker, _ = parse_part((box.folder / "revealed.yaml").read_text(), Reveal)
    assert (marker.revealed_at, marker.candidates) == (AT, tuple(CANDIDATES))
    assert [(one.participant, one.file, one.sha256) for one in marker.counted] == [
        ("developer", file.name, hashlib.sha256(file.read_bytes()).hexdigest())
    ]
    status = box.status()
    assert (status.is_revealed, status.revealed_at, status.candidates) == (True, AT, tuple(CANDIDATES))


def test_after_the_reveal_nobody_votes_until_the_box_is_reopened(box):
    box.cast(ballot("developer", happiness=1))
    revealed(box)
    with pytest.raises(UnusableValue, match="reopen the vote"):
        box.cast(ballot("developer", happiness=5))
    assert box.read_all()[0][0].scores["paid-orders"].happiness == 1
    assert box.reopen().name == "revealed-1.yaml.old"
    box.cast(ballot("developer", happiness=5))
    ballots, findings = revealed(box)
    assert (ballots[0].scores["paid-orders"].happiness, findings) == (5, ())
    assert box.reopen().name == "revealed-2.yaml.old"
    assert box.reopen() is None


def test_a_ballot_changed_after_the_reveal_is_noticed(box):
    file = box.cast(ballot("developer", happiness=1))
    box.cast(ballot("product"))
    revealed(box)
    file.write_text(file.read_text().replace("happiness: 1", "happiness: 5"))
    ballots, (finding,) = box.read_all()
    assert (finding.code, finding.file) == ("ballot-changed-after-reveal", file.name)
    assert "developer" in finding.message
    assert [one.participant for one in ballots] == ["developer", "product"]


def test_a_ballot_that_became_somebody_elses_after_the_reveal_does_not_count(box):
    file = box.cast(ballot("A"))
    box.cast(ballot("B"))
    revealed(box)
    file.write_text(file.read_text().replace("participant: A", "participant: C"))
    ballots, (finding,) = box.read_all()
    assert [one.participant for one in ballots] == ["B"]
    assert "does not count" in finding.message


def test_a_ballot_that_is_broken_or_gone_after_the_reveal_is_noticed(box):
    broken, gone = box.cast(ballot("A")), box.cast(ballot("B"))
    revealed(box)
    broken.write_text("a: [")
    gone.unlink()
    ballots, findings = box.read_all()
    assert ballots == ()
    assert sorted(one.code for one in findings) == ["ballot-changed-after-reveal", "ballot-gone-after-reveal", "yaml-syntax"]


def test_a_ballot_that_came_after_the_reveal_does_not_count_and_is_named(box, tmp_path):
    box.cast(ballot("A"))
    revealed(box)
    late = BallotBox(tmp_path / "elsewhere" / "buy-ticket").cast(ballot("B"))
    late.rename(box.folder / late.name)
    ballots, (finding,) = box.read_all()
    assert [one.participant for one in ballots] == ["A"]
    assert (finding.code, finding.file) == ("ballot-not-revealed", late.name)


def test_a_score_for_an_unknown_candidate_is_a_finding_with_the_nearest_name(box):
    box.cast(ballot("A", candidates=["paid-order"]))
    _, (finding,) = revealed(box)
    assert (finding.code, finding.hint) == ("unknown-candidate", "did you mean 'paid-orders'?")


def test_revealing_for_other_candidates_later_is_said(box):
    box.cast(ballot("A"))
    revealed(box)
    _, (finding,) = box.reveal(decided_candidates=["paid-orders"], at=AT)
    assert finding.code == "revealed-for-others"


@pytest.mark.parametrize(
    ("candidates", "at"),
    [([], AT), (["Bad Id"], AT), (["paid", "paid"], AT), (["paid"], datetime(2026, 3, 2)), ([f"c{i}" for i in range(201)], AT)],
)
def test_a_reveal_that_cannot_be_is_refused_and_leaves_the_box_open(box, candidates, at):
    box.cast(ballot("A"))
    with pytest.raises(UnusableValue):
        box.reveal(decided_candidates=candidates, at=at)
    assert not box.is_revealed


def test_an_error_before_the_box_closes_leaves_it_open(box):
    box.cast(ballot("A"))
    with pytest.raises(ZeroDivisionError):
        box.reveal(decided_candidates=CANDIDATES, at=AT, before=lambda _: 1 / 0)
    assert not box.is_revealed
    box.cast(ballot("A", happiness=5))


def test_what_is_seen_before_the_box_closes_is_what_is_revealed(box):
    box.cast(ballot("A", candidates=["paid-order"]))
    seen = []
    revealed = box.reveal(decided_candidates=CANDIDATES, at=AT, before=seen.append)
    assert seen == [revealed]
    box.reveal(decided_candidates=CANDIDATES, at=AT, before=seen.append)
    assert len(seen) == 1


def test_a_participants_own_ballot_is_found_however_its_file_is_called(box):
    assert box.ballot_of("A") is None
    box.cast(ballot("A", happiness=1)).rename(box.folder / "by-hand.yaml")
    box.cast(ballot("B", happiness=5))
    assert box.ballot_of(" A ").scores["paid-orders"].happiness == 1
    (box.folder / "by-hand.yaml").write_text("a: [")
    assert box.ballot_of("A") is None


def test_no_message_of_a_box_speaks_of_its_functions(box):
    box.cast(ballot("A"))
    for refused in (box.read_all, lambda: box.cast(ballot("B", journey="sign-in"))):
        with pytest.raises(UnusableValue) as told:
            refused()
        assert "()" not in str(told.value)
    revealed(box)
    with pytest.raises(UnusableValue) as told:
        box.cast(ballot("B"))
    assert "()" not in str(told.value)
    (box.folder / "revealed.yaml").write_text("a: [")
    assert "()" not in " ".join(map(str, box.read_all()[1]))


def test_an_empty_box_is_not_revealed(box):
    with pytest.raises(TooLittleData, match="nobody has voted"):
        revealed(box)
    assert box.status().n_voted == 0
    assert not box.folder.exists()


def test_a_ballot_for_another_journey_is_not_cast(box):
    with pytest.raises(UnusableValue, match="votes/sign-in"):
        box.cast(ballot("A", journey="sign-in"))


@pytest.mark.parametrize("name", ["..", "Buy Ticket", "buy ticket", "é"])
def test_a_box_is_called_as_a_journey_is(tmp_path, name):
    with pytest.raises(UnusableValue, match="id of its journey"):
        BallotBox(tmp_path / "A" / "B" / name)


def test_a_ballot_too_long_to_read_back_is_not_written(box):
    long = ballot("A", candidates=[f"c{i}" for i in range(20)])
    scores = {name: score.model_copy(update={"comment": "ж" * 9_000}) for name, score in long.scores.items()}
    with pytest.raises(UnusableValue, match="shorten"):
        box.cast(long.model_copy(update={"scores": scores}))


def test_a_write_that_is_cut_off_leaves_the_old_ballot_and_nothing_beside(box, monkeypatch):
    file = box.cast(ballot("A", happiness=1))
    before = file.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            box.cast(ballot("A", happiness=5))
    assert file.read_bytes() == before
    assert os.listdir(box.folder) == [file.name]


def test_what_a_killed_process_left_beside_is_no_ballot(box):
    file = box.cast(ballot("A"))
    (box.folder / f".{file.name}.1234abcd.tmp").write_bytes(file.read_bytes()[:40])
    assert (box.status().participants, box.status().findings) == (("A",), ())


def test_a_reveal_that_is_cut_off_leaves_the_box_open(box, monkeypatch):
    box.cast(ballot("A"))

    def full(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="no space"):
            revealed(box)
    assert not box.is_revealed


def test_a_ballot_that_was_cast_just_before_the_marker_stood_there_counts(box, monkeypatch):
    box.cast(ballot("A"))
    write, waiting = silent_box.write_room_file, [ballot("B")]

    def write_after_another_cast(file, part):
        if file.name == "revealed.yaml" and waiting:
            box.cast(waiting.pop())
        write(file, part)

    monkeypatch.setattr(silent_box, "write_room_file", write_after_another_cast)
    ballots, findings = revealed(box)
    assert ([one.participant for one in ballots], findings) == (["A", "B"], ())


def test_a_reveal_in_the_middle_of_a_cast_is_said_to_whoever_casts(box, monkeypatch):
    box.cast(ballot("A"))
    write = silent_box.write_room_file

    def write_after_the_reveal(file, part):
        monkeypatch.setattr(silent_box, "write_room_file", write)
        revealed(box)
        write(file, part)

    monkeypatch.setattr(silent_box, "write_room_file", write_after_the_reveal)
    with pytest.raises(UnusableValue, match="may not count"):
        box.cast(ballot("B"))
    assert [finding.code for finding in box.read_all()[1]] == ["ballot-not-revealed"]


CAST_AT_ONE_WORD = """
import sys, time
from pathlib import Path
from slo_workbench.ballots.ballot import Ballot
from slo_workbench.ballots.ballot_box import BallotBox
folder, number, go = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
score = {"happiness": 1 + number % 5, "measurability": 3, "cost": 3}
ballot = Ballot(journey="buy-ticket", participant=f"participant {number}", cast_at="2026-03-02T10:00Z", scores={"paid-orders": score})
Path(f"{go}.{number}").touch()
while not go.exists():
    time.sleep(0.001)
BallotBox(folder).cast(ballot)
BallotBox(folder).cast(ballot)
"""


def test_twenty_processes_casting_at_once_lose_nothing(box, tmp_path):
    go = tmp_path / "go"
    command = [sys.executable, "-c", CAST_AT_ONE_WORD, str(box.folder)]
    running = [subprocess.Popen([*command, str(number), str(go)]) for number in range(20)]
    try:
        until = time.monotonic() + 120
        while len(list(tmp_path.glob("go.*"))) < 20 and time.monotonic() < until:
            time.sleep(0.01)
        go.touch()
        assert [process.wait(60) for process in running] == [0] * 20
    finally:
        for process in running:
            process.kill()
            process.wait()
    ballots, findings = revealed(box)
    points = {one.participant: one.scores["paid-orders"].happiness for one in ballots}
    assert points == {f"participant {number}": 1 + number % 5 for number in range(20)}
    assert findings == ()


NAMES = [
    "..",
    ".",
    "/etc/passwd",
    "CON",
    "nul.txt",
    "a/b",
    "a\\b",
    "C:",
    "w" * 80,
    "👩‍🚒",
    "李" * 80,
    "ﷺ" * 80,
    "Ω",
    "-rf",
    "~",
    "revealed",
    "dissent",
    "A",
    "a",
    "Ａ",
]


def test_names_in_any_script_and_names_that_mean_something_to_a_system_have_a_file_each(box):
    files = [box.cast(ballot(name)) for name in NAMES]
    assert len({file.name.lower() for file in files}) == len(NAMES)
    assert {file.parent for file in files} == {box.folder}
    assert max(len(file.name) for file in files) == 40 + len("-0123456789abcdef.yaml")
    ballots, findings = revealed(box)
    assert sorted(one.participant for one in ballots) == sorted(NAMES)
    assert {finding.code for finding in findings} == {"similar-names"}
    assert len(findings) == 3


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_file_name_is_plain_and_short_and_two_names_never_share_one(one, other):
    files = [file_name_of(one), file_name_of(other)]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") and len(name) <= 62 and name.count(".") == 1 for name in files)
    assert (files[0] == files[1]) == (one_line(one) == one_line(other))
