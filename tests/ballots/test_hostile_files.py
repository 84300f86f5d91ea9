"""Whatever a stranger leaves in the box is named and left out; it is never followed, never overwritten, and the others count."""

import os
import time
from datetime import UTC, datetime

import pytest

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.ballots.ballot_box import BallotBox, file_name_of
from slo_workbench.errors import UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SCORE = {"happiness": 4, "measurability": 3, "cost": 2}


def ballot(participant, **changes):
    return Ballot(**{"journey": "buy-ticket", "participant": participant, "cast_at": AT, "scores": {"paid": SCORE}, **changes})


@pytest.fixture
def box(tmp_path):
    box = BallotBox(tmp_path / "votes" / "buy-ticket")
    box.cast(ballot("developer"))
    return box


def assert_only_the_developer_counts(box, *codes):
    assert sorted(finding.code for finding in box.status().findings) == sorted(codes)
    ballots, findings = box.reveal(decided_candidates=["paid"], at=AT)
    assert [one.participant for one in ballots] == ["developer"]
    assert {finding.severity for finding in findings} <= {"warning"}
    assert all(finding.file for finding in findings)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "wrong-type"),
        (b"a: [", "yaml-syntax"),
        (b"\x00\x01\x02", "yaml-syntax"),
        (b"\xff\xfea\x00", "not-utf8"),
        (b"!!python/object/apply:os.system ['touch pwned']", "tag-refused"),
        (b"&a [*a]", "alias-in-itself"),
        (b"[" * 100_000, "too-deep"),
        (b"x" * 10_000_000, "file-too-large"),
        (b"version: 1\njourney: buy-ticket\n" + b"#" * 200_000, "file-too-large"),
        (b"- &a [1,1]\n- &b [*a,*a]\n" + b"".join(b"- &%c [*%c,*%c]\n" % (c + 1, c, c) for c in range(98, 121)), "too-many-values"),
    ],
    ids=["empty", "cut off", "binary", "utf-16", "tag", "loop", "deep", "10 MB", "long comment", "a billion laughs"],
)
def test_junk_is_named_and_skipped(box, content, code):
    (box.folder / "stranger.yaml").write_bytes(content)
    begun = time.monotonic()
    assert_only_the_developer_counts(box, code)
    assert time.monotonic() - begun < 20


def test_wrong_keys_and_another_journey_are_named_and_skipped(box, tmp_path):
    good = (box.folder / file_name_of("developer")).read_text().replace("developer", "stranger")
    (box.folder / "keys.yaml").write_text(good + "admin: true\n")
    (box.folder / "journey.yaml").write_text(good.replace("buy-ticket", "sign-in"))
    assert_only_the_developer_counts(box, "unknown-key", "other-journey")


def test_a_link_out_of_the_folder_is_not_followed(box, tmp_path):
    outside = BallotBox(tmp_path / "outside" / "buy-ticket").cast(ballot("stranger"))
    (box.folder / "link.yaml").symlink_to(outside)
    (box.folder / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    assert_only_the_developer_counts(box, "not-a-file", "not-a-file")


def test_a_pipe_does_not_stop_the_count_and_a_folder_is_no_ballot(box):
    os.mkfifo(box.folder / "pipe.yaml")
    (box.folder / "folder.yaml").mkdir()
    assert_only_the_developer_counts(box, "not-a-file", "not-a-file")


def test_a_file_that_may_not_be_read_is_named(box, monkeypatch):
    (box.folder / "locked.yaml").write_text("a: 1")
    opened = os.open

    def refuse_locked(path, *rest, **named):
        if str(path).endswith("locked.yaml"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **named)

    monkeypatch.setattr(os, "open", refuse_locked)
    assert_only_the_developer_counts(box, "file-unreadable")


def test_notes_and_copies_of_an_editor_are_named_and_hidden_files_are_not_looked_at(box):
    (box.folder / ".DS_Store").write_text("x")
    (box.folder / "notes.txt").write_text("x")
    (box.folder / f"{file_name_of('developer')}~").write_bytes((box.folder / file_name_of("developer")).read_bytes())
    assert_only_the_developer_counts(box, "not-a-ballot", "not-a-ballot")


def test_a_file_name_that_steers_the_terminal_is_spelt_out(box):
    name = b"a\x1b[2J\xff.yaml"
    with open(os.path.join(os.fsencode(box.folder), name), "wb") as file:
        file.write((box.folder / file_name_of("developer")).read_bytes().replace(b"developer", b"stranger"))
    (finding,) = box.status().findings
    assert "\x1b" not in str(finding)
    assert str(finding).encode("utf-8")
    assert_only_the_developer_counts(box, "not-a-ballot")


def test_of_two_files_of_one_participant_the_one_the_box_named_counts(box):
    text = (box.folder / file_name_of("developer")).read_text()
    (box.folder / "a-copy.yaml").write_text(text.replace("happiness: 4", "happiness: 1"))
    assert box.status().n_voted == 1
    assert_only_the_developer_counts(box, "participant-twice")
    assert box.read_all()[0][0].scores["paid"].happiness == 4


def test_of_two_files_of_one_participant_that_were_named_by_hand_neither_counts_until_it_is_cast_again(box):
    text = (box.folder / file_name_of("developer")).read_text().replace("developer", "product")
    for name in ("one.yaml", "two.yaml"):
        (box.folder / name).write_text(text)
    assert box.status().participants == ("developer",)
    box.cast(ballot("product"))
    assert box.status().participants == ("developer", "product")


def test_a_ballot_written_by_hand_under_any_name_counts(box):
    text = (box.folder / file_name_of("developer")).read_text().replace("developer", "product")
    (box.folder / "product.yaml").write_text("\ufeff" + text.replace("\n", "\r\n"), encoding="utf-8")
    assert (box.status().participants, box.status().findings) == (("developer", "product"), ())


def test_a_link_in_the_place_of_a_ballot_is_not_written_through(box, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("years of work")
    (box.folder / file_name_of("product")).symlink_to(precious)
    with pytest.raises(UnusableValue, match="left alone"):
        box.cast(ballot("product"))
    assert precious.read_text() == "years of work"


def test_a_folder_in_the_place_of_a_ballot_or_a_file_in_that_of_the_box_is_left_alone(box, tmp_path):
    (box.folder / file_name_of("product")).mkdir()
    with pytest.raises(UnusableValue, match="left alone"):
        box.cast(ballot("product"))
    (tmp_path / "sign-in").write_text("x")
    blocked = BallotBox(tmp_path / "sign-in")
    assert [finding.code for finding in blocked.status().findings] == ["not-a-folder"]
    with pytest.raises(UnusableValue, match="left alone"):
        blocked.cast(ballot("product", journey="sign-in"))


@pytest.mark.parametrize("content", ["", "a: [", "version: 1\njourney: sign-in\n"])
def test_a_marker_that_cannot_be_read_shows_no_score_and_reopen_puts_it_aside(box, content):
    (box.folder / "revealed.yaml").write_text(content)
    ballots, findings = box.read_all()
    assert (ballots, findings[-1].code) == ((), "reveal-unreadable")
    assert "reopen the vote" in findings[-1].hint
    with pytest.raises(UnusableValue, match="reopen the vote"):
        box.cast(ballot("product"))
    box.reopen()
    assert_only_the_developer_counts(box)


def test_a_marker_that_is_a_link_is_not_followed_and_not_written_through(box, tmp_path):
    (box.folder / "revealed.yaml").symlink_to(tmp_path / "nowhere")
    assert box.read_all()[0] == ()
    box.reopen()
    assert_only_the_developer_counts(box)
    assert not (tmp_path / "nowhere").exists()


def test_a_thousand_unknown_candidates_are_told_of_five(box):
    box.cast(ballot("product", scores={f"c{number}": SCORE for number in range(200)}))
    _, findings = box.reveal(decided_candidates=["paid"], at=AT)
    assert [finding.code for finding in findings] == ["unknown-candidate"] * 5


def test_a_vote_is_not_written_through_a_link_in_the_place_of_the_votes(tmp_path):
    outside, shop = tmp_path / "outside", tmp_path / "shop"
    outside.mkdir()
    shop.mkdir()
    (shop / "votes").symlink_to(outside)
    score = {"happiness": 5, "measurability": 3, "cost": 4}
    ballot = Ballot(journey="buy", participant="developer", cast_at="2026-03-02T09:30Z", scores={"paid": score})
    with pytest.raises(UnusableValue, match="is a link and leads elsewhere"):
        BallotBox(shop / "votes" / "buy").cast(ballot)
    assert not list(outside.iterdir())
