"""The tally counts every vote once, names what the room disputes, and keeps on record who disagrees."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.ballots.ballot import Ballot, Score
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.dissent import read_dissent, record_dissent
from slo_workbench.ballots.tally import Weights, tally
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
CANDIDATES = ["a", "b", "c"]
points = st.integers(1, 5)
some_scores = st.dictionaries(st.sampled_from(CANDIDATES), st.builds(Score, happiness=points, measurability=points, cost=points))
rooms = st.lists(some_scores, max_size=6).map(lambda given: [as_ballot(f"participant {i}", scores) for i, scores in enumerate(given)])


def as_ballot(participant, scores, role="", journey="buy-ticket"):
    return Ballot(journey=journey, participant=participant, role=role, cast_at=AT, scores=scores)


def vote(participant, role="", **triples):
    names = ("happiness", "measurability", "cost")
    return as_ballot(participant, {name: dict(zip(names, three, strict=True)) for name, three in triples.items()}, role)


def of(counted, name):
    return next(one for one in counted.candidates if one.candidate == name)


def test_the_score_is_the_mean_of_twice_happiness_and_the_others_by_hand():
    one = of(tally([vote("A", a=(5, 4, 3)), vote("B", a=(4, 2, 2))], ["a"]), "a")
    assert one.score == Fraction((2 * 5 + 4 + 3) + (2 * 4 + 2 + 2), 2 * 4)
    assert (one.n_votes, one.rank, one.spread) == (2, 1, 1)
    assert {name: (part.median, part.lowest, part.highest) for name, part in one.criteria.items()} == {
        "happiness": (4.5, 4, 5),
        "measurability": (3.0, 2, 4),
        "cost": (2.5, 2, 3),
    }


def test_other_weights_give_another_order():
    room = [vote("A", a=(5, 1, 1), b=(2, 4, 4))]
    assert [one.candidate for one in tally(room, ["a", "b"]).candidates] == ["a", "b"]
    assert [one.candidate for one in tally(room, ["a", "b"], weights=Weights(1, 1, 1)).candidates] == ["b", "a"]


@pytest.mark.parametrize("parts", [(0, 0, 0), (-1, 1, 1), (1.5, 1, 1), (True, 1, 1)])
def test_weights_that_cannot_be_are_refused(parts):
    with pytest.raises(UnusableValue, match="whole numbers"):
        Weights(*parts)


def test_ties_share_a_rank_and_stand_by_id():
    counted = tally([vote("A", b=(3, 3, 3), a=(3, 3, 3), c=(2, 2, 2))], ["c", "b", "a"])
    assert [(one.candidate, one.rank) for one in counted.candidates] == [("a", 1), ("b", 1), ("c", 3)]


def test_who_did_not_score_a_candidate_does_not_count_for_it():
    counted = tally([vote("A", a=(4, 4, 4)), vote("B")], ["a", "b"])
    assert (of(counted, "a").score, of(counted, "a").n_votes) == (4, 1)
    assert (of(counted, "b").score, of(counted, "b").rank, of(counted, "b").n_votes) == (None, None, 0)
    assert counted.candidates[-1].candidate == "b"
    assert "'a' was scored by 1 of 2 participants." in counted.sentences
    assert "'b' was scored by nobody." in counted.sentences


def test_three_points_apart_on_happiness_are_a_dispute_and_two_are_none():
    counted = tally([vote("A", a=(5, 3, 3), b=(5, 3, 3)), vote("B", a=(2, 3, 3), b=(3, 3, 3))], ["a", "b"])
    assert (of(counted, "a").disputed, of(counted, "b").disputed) == (True, False)


def test_who_stands_at_the_extremes_is_asked_to_explain():
    room = [vote("A", "developer", a=(5, 3, 3)), vote("B", "product", a=(1, 3, 3)), vote("C", a=(1, 3, 3)), vote("D", a=(3, 3, 3))]
    told = [sentence for sentence in tally(room, ["a"]).sentences if "disagrees" in sentence]
    assert told == [
        "The room disagrees on 'a': for happiness A (developer) gave 5 and B (product) and C 1; let them say what they have seen."
    ]


def test_a_crowd_at_an_extreme_is_not_listed_name_by_name():
    room = [*(vote(f"P{number:02}", a=(5, 3, 3)) for number in range(30)), vote("Q", a=(1, 3, 3))]
    (told,) = [sentence for sentence in tally(room, ["a"]).sentences if "disagrees" in sentence]
    assert "P00, P01, P02 and 27 others gave 5 and Q 1" in told


def test_an_order_that_hangs_on_one_vote_is_a_dispute_of_both():
    room = [vote("A", a=(3, 3, 3), b=(4, 3, 3)), vote("B", a=(3, 3, 3), b=(4, 3, 3)), vote("C", a=(5, 5, 5), b=(3, 3, 3))]
    counted = tally(room, ["a", "b"])
    assert [one.candidate for one in counted.candidates] == ["a", "b"]
    assert (of(counted, "a").swaps, of(counted, "b").swaps) == ((("C", "b"),), (("C", "a"),))
    assert of(counted, "a").spread < 3
    assert of(counted, "a").disputed
    assert "'a' and 'b' would change places without the vote of C." in counted.sentences


def test_with_two_ballots_an_order_always_hangs_on_one_and_is_no_dispute():
    counted = tally([vote("A", a=(5, 3, 3), b=(4, 3, 3)), vote("B", a=(3, 3, 3), b=(4, 4, 3))], ["a", "b"])
    assert not any(one.disputed for one in counted.candidates)


def test_what_is_clearly_in_scores_four_undisputed_and_was_scored_by_more_than_half():
    room = [
        vote("A", "", good=(4, 4, 4), rare=(5, 5, 5), split=(5, 5, 5), low=(3, 4, 5)),
        vote("B", "", good=(4, 4, 4), split=(5, 5, 5), low=(3, 4, 5)),
        vote("C", "", good=(4, 4, 4), split=(2, 5, 5), low=(3, 4, 5)),
    ]
    counted = tally(room, ["good", "rare", "split", "low"])
    assert [one.candidate for one in counted.clearly_in] == ["good"]
    assert "Clearly in: 'good' (4)." in counted.sentences


def test_no_candidate_clearly_in_is_said_with_the_rule():
    assert "No candidate is clearly in (score 4 or more, not disputed, scored by more than half)." in tally([vote("A")], ["a"]).sentences


def test_nobody_having_voted_is_said():
    counted = tally([], ["a"])
    assert counted.sentences == ("Nobody has voted.",)
    assert counted.candidates[0].rank is None


def test_a_score_for_what_is_not_decided_on_does_not_count():
    assert [one.candidate for one in tally([vote("A", a=(1, 1, 1), z=(5, 5, 5))], ["a"]).candidates] == ["a"]


@pytest.mark.parametrize(
    ("ballots", "candidates", "message"),
    [
        ([vote("A"), vote("A")], ["a"], "participant has one ballot"),
        ([vote("A")], ["a", "a"], "candidate is named once"),
        ([vote("A"), as_ballot("B", {}, journey="sign-in")], ["a"], "one journey"),
    ],
)
def test_what_would_count_twice_or_mix_journeys_is_refused(ballots, candidates, message):
    with pytest.raises(UnusableValue, match=message):
        tally(ballots, candidates)


@given(rooms, st.randoms(use_true_random=False), st.permutations(CANDIDATES))
def test_the_order_of_ballots_and_candidates_does_not_matter(room, random, candidates):
    shuffled = random.sample(room, len(room))
    assert tally(shuffled, candidates) == tally(room, CANDIDATES)
    assert tally(shuffled, candidates).sentences == tally(room, CANDIDATES).sentences


@given(rooms, st.sampled_from(CANDIDATES))
def test_a_ballot_with_all_fives_never_lowers_a_score_and_one_with_all_ones_never_raises_it(room, name):
    before = of(tally(room, CANDIDATES), name).score
    five, one = (of(tally([*room, vote("Z", **{name: (p, p, p)})], CANDIDATES), name).score for p in (5, 1))
    assert one <= (before if before is not None else one) <= five


@given(rooms)
def test_every_vote_is_counted_once_and_stays_between_one_and_five(room):
    counted = tally(room, CANDIDATES)
    assert sum(one.n_votes for one in counted.candidates) == sum(len(ballot.scores) for ballot in room)
    assert all(1 <= one.score <= 5 for one in counted.candidates if one.score is not None)
    total = sum(one.score * one.n_votes * 4 for one in counted.candidates if one.score is not None)
    assert total == sum(2 * score.happiness + score.measurability + score.cost for ballot in room for score in ballot.scores.values())


@given(rooms)
def test_ranks_follow_scores(room):
    ranked = [one for one in tally(room, CANDIDATES).candidates if one.rank is not None]
    for upper in ranked:
        for lower in ranked:
            assert (upper.rank < lower.rank) == (upper.score > lower.score)


@pytest.fixture
def box(tmp_path):
    box = BallotBox(tmp_path / "votes" / "buy-ticket")
    box.cast(vote("A", a=(5, 5, 5)))
    box.cast(vote("李", a=(1, 1, 1)))
    return box


def reveal(box):
    box.reveal(decided_candidates=["a", "b"], at=AT)


def test_dissent_is_recorded_after_the_reveal_and_read_back(box):
    reveal(box)
    record_dissent(box, "李", "a", "Nobody feels it.")
    record_dissent(box, "李", "b", "first")
    file = record_dissent(box, "李", "b", "second")
    (one,), findings = read_dissent(box)
    assert (one.participant, one.dissent, findings) == ("李", {"a": "Nobody feels it.", "b": "second"}, ())
    assert file.parent == box.folder / "dissent"
    assert box.read_all()[1] == ()


def test_dissent_waits_for_the_reveal(box):
    with pytest.raises(UnusableValue, match="after the reveal"):
        record_dissent(box, "A", "a", "no")
    assert read_dissent(box) == ((), ())


@pytest.mark.parametrize(
    ("participant", "candidate", "text", "message"),
    [
        ("B", "a", "no", "no participant of this vote is called 'B'"),
        ("../../x", "a", "no", "no participant"),
        ("A", "aa", "no", "no candidate of this vote is called 'aa'"),
        ("A", "a", " \n", "says why"),
    ],
)
def test_dissent_of_a_stranger_or_about_nothing_is_refused(box, participant, candidate, text, message):
    reveal(box)
    with pytest.raises(UnusableValue, match=message):
        record_dissent(box, participant, candidate, text)


def test_a_dissent_that_cannot_be_read_is_named_and_not_overwritten(box):
    reveal(box)
    file = record_dissent(box, "A", "a", "no")
    file.write_text("by hand, and no YAML: [")
    with pytest.raises(FindingsError):
        record_dissent(box, "A", "a", "no")
    assert file.read_text().startswith("by hand")
    assert [finding.file for finding in read_dissent(box)[1]] == [file.name]


def test_a_dissent_folder_that_leads_elsewhere_is_neither_read_nor_written(box, tmp_path):
    reveal(box)
    (tmp_path / "elsewhere").mkdir()
    (box.folder / "dissent").symlink_to(tmp_path / "elsewhere")
    assert [finding.code for finding in read_dissent(box)[1]] == ["not-a-folder"]
    with pytest.raises(UnusableValue, match="left alone"):
        record_dissent(box, "A", "a", "no")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_dissent_too_long_to_be_read_is_refused(box):
    reveal(box)
    with pytest.raises(UnusableValue, match="4,000"):
        record_dissent(box, "A", "a", "x" * 4_001)
