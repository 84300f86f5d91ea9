"""A ballot is what one person wrote: the same after a trip through its file, and refused in plain words when it is none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from slo_workbench.ballots.ballot import (
    Ballot,
    RecordedDissent,
    Score,
    checked_ballot,
    is_identifier,
    merge_ballots,
    parse_part,
    read_name,
    read_role,
    render_part,
)
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue

HEAD = "version: 1\njourney: buy-ticket\nparticipant: developer\ncast_at: 2026-03-02T09:30:00Z\n"
ids = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
points = st.integers(1, 5)
scores = st.builds(Score, happiness=points, measurability=points, cost=points, comment=texts)
names = texts.filter(lambda text: any(char.isalnum() for char in text)).map(lambda text: "".join(c for c in text if c.isprintable())[:40])


def codes(text):
    return [finding.code for finding in parse_part(text, Ballot)[1]]


@given(ids, names.filter(str.strip), st.datetimes(timezones=st.just(UTC)), st.dictionaries(ids, scores, max_size=4))
def test_what_is_written_reads_back_the_same(journey, name, moment, given_scores):
    try:
        ballot = Ballot(journey=journey, participant=name, cast_at=moment, scores=given_scores)
    except ValidationError:
        return
    assert parse_part(render_part(ballot), Ballot) == (ballot, ())


@pytest.mark.parametrize(
    "name", ["no", "12", "null", "2026-01-01", "- a", "# b", "a: b", "*x", "!tag", "'", '"', "{}", "Ж", "李" * 80, "👩‍🚒", "علی‌رضا"]
)
def test_a_name_that_means_something_in_yaml_stays_a_name(name):
    ballot = Ballot(journey="buy-ticket", participant=name, cast_at="2026-03-02T09:30Z", scores={})
    assert parse_part(render_part(ballot), Ballot)[0].participant == name


def test_a_name_is_the_same_however_its_accents_are_typed_and_its_blanks_are_set():
    typed = [Ballot(journey="j", participant=name, cast_at="2026-03-02T09:30Z", scores={}) for name in ("Zoe\u0301 B", " Zo\u00e9 \n B")]
    assert typed[0] == typed[1]


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202eabc", "a\x07", "x" * 81, "\ufeff", "a\x1b[2J"])
def test_a_name_that_nobody_could_read_is_refused(name):
    with pytest.raises(ValidationError):
        Ballot(journey="j", participant=name, cast_at="2026-03-02T09:30Z", scores={})


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202eabc", "a\x07", "x" * 81, "\ufeff", "a\x1b[2J", "\udcff"])
def test_a_name_that_nobody_could_read_is_refused_in_one_sentence_that_is_safe_to_print(name):
    with pytest.raises(UnusableValue) as refused:
        read_name(name, "--by")
    assert str(refused.value).startswith("--by cannot be '")
    assert str(refused.value).isprintable()


def test_a_role_may_be_empty_and_is_kept_on_one_line():
    assert [read_role(role) for role in ("", " on\n call ")] == ["", "on call"]
    with pytest.raises(UnusableValue, match="a role cannot be"):
        read_role("a\x07")


def test_a_later_ballot_lies_over_the_earlier_one_candidate_by_candidate():
    def scored(role="", **happiness):
        scores = {id: {"happiness": points, "measurability": 3, "cost": 3} for id, points in happiness.items()}
        return Ballot(journey="j", participant="a", role=role, cast_at="2026-03-02T09:30Z", scores=scores)

    both = merge_ballots(scored("product", paid=1, fast=2), scored(paid=5, fresh=3))
    assert {id: score.happiness for id, score in both.scores.items()} == {"paid": 5, "fast": 2, "fresh": 3}
    assert both.role == "product"
    assert merge_ballots(both, scored("operations")).role == "operations"


def test_fields_that_make_no_ballot_are_findings():
    with pytest.raises(FindingsError) as refused:
        checked_ballot(journey="j", participant="a", cast_at="2026-03-02T09:30Z", scores={"paid": {"happiness": 9}})
    assert {finding.where for finding in refused.value.findings} == {
        f"scores.paid.{name}" for name in ("happiness", "measurability", "cost")
    }


@pytest.mark.parametrize("value", ["0", "6", "-1", "true", "3.5", "4.0", "'4'", "many", "[4]", "1e400", "9" * 59])
def test_points_that_are_no_whole_number_from_1_to_5_are_refused(value):
    text = HEAD + f"scores:\n  paid:\n    happiness: {value}\n    measurability: 3\n    cost: 3\n"
    ballot, (finding,) = parse_part(text, Ballot)
    assert ballot is None
    assert (finding.code, finding.where, finding.line) == ("points-out-of-range", "scores.paid.happiness", 7)


def test_a_misspelt_key_is_answered_with_the_keys_of_a_ballot_and_not_of_a_workbook():
    _, findings = parse_part(HEAD + "scors: {}\nscores:\n  paid: {hapiness: 3, measurability: 3, cost: 3}\n", Ballot)
    told = {finding.where: finding.hint for finding in findings}
    assert told["scors"] == "did you mean 'scores'?"
    assert told["scores.paid.hapiness"] == "did you mean 'happiness'?"
    assert told["scores.paid.happiness"].startswith("add a line 'happiness: …'. How closely")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wrong-type"),
        ("- a\n", "wrong-type"),
        ("a: [1\n", "yaml-syntax"),
        ("!!python/object/apply:os.system ['true']\n", "tag-refused"),
        (HEAD + "scores: {}\nscores: {}\n", "duplicate-key"),
        (HEAD + "scores: {}\n---\na: 1\n", "several-documents"),
        (HEAD + "scores: []\n", "wrong-type"),
        (HEAD + "scores: {Bad Id: {happiness: 3, measurability: 3, cost: 3}}\n", "bad-id"),
        (HEAD.replace("version: 1", "version: 2") + "scores: {}\n", "unknown-version"),
        (HEAD.replace("Z\n", "\n") + "scores: {}\n", "time-not-utc"),
        (HEAD.replace("2026-03-02T09:30:00Z", "yesterday") + "scores: {}\n", "time-not-utc"),
        (HEAD.replace("2026-03-02T09:30:00Z", "'0001-01-01T00:00:00+14:00'") + "scores: {}\n", "time-not-utc"),
    ],
)
def test_what_is_no_ballot_says_why(text, code):
    assert codes(text) == [code]


def test_a_text_full_of_mistakes_is_told_of_five_of_them():
    assert len(codes(HEAD + "scores:\n" + "".join(f"  c{i}: 1\n" for i in range(500)))) == 5


def test_a_ballot_cannot_carry_more_candidates_than_a_room_can_score():
    row = "{happiness: 3, measurability: 3, cost: 3}"
    assert codes(HEAD + "scores:\n" + "".join(f"  c{i}: {row}\n" for i in range(201))) == ["wrong-type"]


def test_a_time_in_another_zone_is_kept_as_utc():
    ballot = Ballot(journey="j", participant="a", cast_at=datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2))), scores={})
    assert ballot.cast_at == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert "cast_at: '2026-03-01T23:00:00Z'" in render_part(ballot)


def test_every_criterion_says_that_higher_is_better():
    told = {name: field.description for name, field in Score.model_fields.items()}
    assert [name for name in ("happiness", "measurability", "cost") if "5: " not in told[name]] == []
    assert "nearly free" in told["cost"]


def test_a_dissent_without_a_reason_is_none():
    with pytest.raises(ValidationError):
        RecordedDissent(journey="j", participant="a", dissent={"paid": "  "})


@pytest.mark.parametrize(
    ("text", "expected"), [("buy-ticket", True), ("a", True), ("..", False), ("", False), ("Buy", False), ("a\n", False)]
)
def test_an_id_is_what_the_workbook_takes_for_one(text, expected):
    assert is_identifier(text) is expected
