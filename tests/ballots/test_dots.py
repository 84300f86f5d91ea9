"""Dots are counted at the reveal, ties are told, and whoever takes too many has none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.ballots.ballot import Ballot, merge_ballots, parse_part, render_part
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.dots import count_dots, read_dots, refuse_too_many_dots
from slo_workbench.ballots.reveal_words import reveal_text
from slo_workbench.ballots.tally import tally
from slo_workbench.errors import UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SCORE = {"happiness": 5, "measurability": 4, "cost": 3}


def ballot(who, scores=(), **dots):
    return Ballot(journey="buy", participant=who, cast_at=AT, scores=dict.fromkeys(scores, SCORE), dots=dots)


def test_several_dots_on_one_candidate_are_several():
    count = count_dots([ballot("A", paid=2, fast=1), ballot("B", paid=3)], ["fast", "paid", "uptime"])
    assert [(one.candidate, one.n_dots, one.rank) for one in count.candidates] == [("paid", 5, 1), ("fast", 1, 2), ("uptime", 0, 3)]
    assert count.candidates[0].by == (("A", 2), ("B", 3))
    assert count.sentences == ("2 participants put 6 dots, of 3 dots each.", "Most dots: 'paid' with 5 dots.")


def test_ties_are_told_at_the_top_and_further_down():
    count = count_dots([ballot("A", a=1, b=1, c=1), ballot("B", a=1, b=1, d=1)], ["a", "b", "c", "d"])
    assert [one.rank for one in count.candidates] == [1, 1, 3, 3]
    assert "Most dots, a tie: 'a' and 'b' with 2 dots each." in count.sentences
    assert "A tie further down: 'c' and 'd' with 1 dot each." in count.sentences


def test_whoever_takes_too_many_has_none_that_counts():
    count = count_dots([ballot("A", a=4), ballot("B", b=3)], ["a", "b"])
    assert [(one.candidate, one.n_dots) for one in count.candidates] == [("b", 3), ("a", 0)]
    assert "The dots of A do not count: 4, and each had 3 dots." in count.sentences
    assert count_dots([ballot("A", a=4)], ["a"], each=5).candidates[0].n_dots == 4
    with pytest.raises(UnusableValue, match="each has 3 dots"):
        refuse_too_many_dots(ballot("A", a=2, b=2))


@pytest.mark.parametrize("each", [0, -1, 101])
def test_a_number_of_dots_that_nobody_can_have_is_refused(each):
    with pytest.raises(UnusableValue, match="from 1 to 100 dots"):
        count_dots([], ["a"], each=each)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "two", "", "²", "101", "9" * 5000])
def test_dots_that_are_no_number_are_refused(text):
    with pytest.raises(UnusableValue, match="whole number of dots"):
        read_dots("paid", text)


@pytest.mark.parametrize("value", ["0", "true", "1.5", "'2'", "101"])
def test_dots_in_a_file_are_whole_numbers(value):
    text = f"journey: buy\nparticipant: A\ncast_at: 2026-03-02T10:00Z\nscores: {{}}\ndots: {{paid: {value}}}\n"
    assert [finding.code for finding in parse_part(text, Ballot)[1]] == ["dots-out-of-range"]


def test_dots_read_back_and_a_later_spread_takes_the_place_of_all_earlier_dots():
    both = merge_ballots(ballot("A", ["a"], a=1, b=2), ballot("A", b=1))
    assert parse_part(render_part(both), Ballot) == (both, ())
    assert (both.dots, list(both.scores)) == ({"b": 1}, ["a"])


def test_dots_stay_unseen_until_the_reveal_and_are_shown_there(tmp_path):
    box = BallotBox(tmp_path / "votes" / "buy")
    file = box.cast(ballot("A", ["a"], b=2))
    assert "dots" not in repr(box.status())
    file.write_text(file.read_text().replace("b: 2", "b: 777"))
    assert "777" not in str(box.status().findings)
    box.cast(ballot("A", ["a"], b=2, gone=1))
    ballots, (finding,) = box.reveal(decided_candidates=["a", "b"], at=AT)
    assert (finding.code, "dots on it do not count" in finding.message) == ("unknown-candidate", True)
    text = reveal_text(tally(ballots, ["a", "b"]), ballots, dots=count_dots(ballots, ["a", "b"]))
    assert "Most dots: 'b' with 2 dots." in text
    assert "score" in text


def test_a_room_that_only_put_dots_sees_the_dots_alone():
    room = [ballot("A", a=1)]
    text = reveal_text(tally(room, ["a", "b"]), room, dots=count_dots(room, ["a", "b"]))
    assert "happy" not in text
    assert text.splitlines()[2].split() == ["a", "1", "1", "A", "1"]


def test_a_room_without_dots_sees_what_it_saw_before():
    room = [ballot("A", ["a"])]
    counted = tally(room, ["a"])
    assert reveal_text(counted, room, dots=count_dots(room, ["a"])) == reveal_text(counted, room)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), max_size=3), max_size=8))
def test_no_dot_is_lost_and_none_is_made(given_dots):
    room = [ballot(f"p{number}", **dots) for number, dots in enumerate(given_dots)]
    count = count_dots(room, list("abc"), each=9)
    assert sum(one.n_dots for one in count.candidates) == sum(sum(dots.values()) for dots in given_dots)
