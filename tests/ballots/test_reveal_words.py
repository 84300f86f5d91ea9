"""What a room sees when the scores are revealed: a table that fits, the sentences, every comment, every dissent."""

from datetime import UTC, datetime

from slo_workbench.ballots.ballot import Ballot, RecordedDissent
from slo_workbench.ballots.reveal_words import reveal_text
from slo_workbench.ballots.tally import tally

LONG = "buy-availability-client"


def ballot(who, **scores):
    names = ("happiness", "measurability", "cost", "comment")
    given = {id.replace("_", "-"): dict(zip(names, score, strict=False)) for id, score in scores.items()}
    return Ballot(journey="buy", participant=who, cast_at=datetime(2026, 3, 2, tzinfo=UTC), scores=given)


def shown(ballots, candidates, **more):
    return reveal_text(tally(ballots, candidates), ballots, **more)


def test_the_table_fits_eighty_columns_with_ids_whole_and_headers_whole():
    room = [ballot("A", buy_availability_client=(1, 2, 3)), ballot("B", buy_availability_client=(4, 5, 4))]
    lines = shown(room, [LONG], columns=80).partition("\n\n")[0].split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["candidate", "rank", "score", "happy", "measured", "cost", "votes", "disputed"]
    assert lines[2].startswith(f"{LONG}  1 ")


def test_a_candidate_without_votes_has_an_empty_row():
    lines = shown([ballot("A", a=(5, 5, 5))], ["a", "b"]).split("\n")
    assert [line.split() for line in lines[2:4]] == [["a", "1", "5.0", "5", "5", "5", "1"], ["b", "0"]]
    assert lines[3].index("0") == lines[2].rindex("1")


def test_nobody_having_voted_is_a_table_all_the_same():
    assert shown([], ["a"]).endswith("\n\nNobody has voted.")


def test_comments_are_told_candidate_by_candidate_on_one_line_each_and_cannot_steer_the_terminal():
    room = [ballot("A", b=(5, 5, 5, "later"), a=(5, 5, 5, "one\ntwo \x1b[2J")), ballot("B", a=(5, 5, 5, "me too"), b=(5, 5, 5))]
    told = shown(room, ["a", "b"]).split("\n")[-3:]
    assert told == ["A on a: one two \\x1b[2J", "B on a: me too", "A on b: later"]


def test_a_comment_on_what_is_not_decided_on_is_not_told():
    assert "old" not in shown([ballot("A", gone=(5, 5, 5, "old"))], ["a"])


def test_dissent_is_told_after_the_comments():
    said = RecordedDissent(journey="buy", participant="B", dissent={"a": "nobody\nfeels it"})
    text = shown([ballot("A", a=(5, 5, 5, "good"))], ["a"], dissent=[said])
    assert text.endswith("A on a: good\ndissent of B on a: nobody feels it")
