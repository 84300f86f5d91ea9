"""Estimates stay unseen until the reveal, are exact, and say who should speak first; a stranger's file costs nobody's answer."""

import os
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.ballots.estimate import Estimate, exact_value, read_estimate, written_estimate
from slo_workbench.ballots.estimate_box import EstimateBox
from slo_workbench.ballots.estimates import (
    cast_estimate,
    estimate_status,
    estimated_questions,
    reopen_estimates,
    reveal_estimates,
    summarise_estimates,
)
from slo_workbench.ballots.room_files import file_name_of
from slo_workbench.ballots.room_part import parse_part, render_part
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import TooLittleData, UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
QUESTION = "buy-too-slow"


@pytest.fixture
def workbook(tmp_path):
    """The place of a workbook; what is beside it does not ask what is in it."""
    return tmp_path / "workbook.yaml"


def answer(workbook, participant, value, *, question=QUESTION, at=AT, **more):
    return cast_estimate(workbook, question, participant=participant, value=value, at=at, **more)


def revealed(workbook, **more):
    return reveal_estimates(workbook, QUESTION, at=AT, **more)


# ----------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("300ms", None, ("ms", "300")),
        (" 1.5 s ", None, ("ms", "1500")),
        ("2min", None, ("ms", "120000")),
        ("1h", None, ("ms", "3600000")),
        ("99.9%", None, ("share", "0.999")),
        ("0.999", "share", ("share", "0.999")),
        ("99.95 %", "share", ("share", "0.9995")),
        ("12000", "count", ("count", "12000")),
        ("12.50", "money", ("money", "12.50")),
        ("300", "ms", ("ms", "300")),
    ],
)
def test_a_number_is_read_with_its_unit_and_exactly(text, unit, expected):
    assert read_estimate(text, unit) == (expected[0], Decimal(expected[1]))


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("300", None, "has no unit"),
        ("300ms", "share", "leave one of the two out"),
        ("99,9%", None, "with a point for decimals"),
        ("0ms", None, "milliseconds above 0"),
        ("101%", None, "between 0 and 1"),
        ("1.5", "count", "a whole number"),
        ("-3", "count", "is a number such as"),
        ("1e400", "count", "is a number such as"),
        ("nan", "ms", "is a number such as"),
        ("9" * 40, "ms", "is a number such as"),
        ("٣", "count", "is a number such as"),
        ("3", "furlongs", "one of share, ms, count, money"),
    ],
)
def test_what_is_no_estimate_is_refused_with_what_to_write(text, unit, said):
    with pytest.raises(UnusableValue, match=said):
        read_estimate(text, unit)


def test_a_share_is_never_a_binary_float(workbook):
    with pytest.raises(UnusableValue, match="binary float"):
        exact_value(0.999, "share")
    with pytest.raises(UnusableValue, match="binary float"):
        answer(workbook, "product", 0.999, unit="share")
    file = answer(workbook, "product", "99.9%")
    assert "value: 99.9%\n" in file.read_text()
    assert revealed(workbook).estimates[0].value == Decimal("0.999")


units_and_values = st.one_of(
    st.tuples(st.just("share"), st.decimals(0, 1, places=6)),
    st.tuples(st.just("ms"), st.decimals("0.001", 10**9, places=3)),
    st.tuples(st.just("money"), st.decimals(0, 10**9, places=2)),
    st.tuples(st.just("count"), st.integers(0, 10**15 - 1).map(Decimal)),
)


@given(units_and_values)
def test_what_is_written_reads_back_the_same(unit_and_value):
    unit, value = unit_and_value
    estimate = Estimate(question="q", participant="a", cast_at=AT, unit=unit, value=value, reason="no: 12 #x")
    assert parse_part(render_part(estimate), Estimate) == (estimate, ())


@pytest.mark.parametrize(("value", "shown"), [("999.5", "999.5 ms"), ("61400", "61.4 s"), ("60000", "1 min"), ("1234567", "1,234.567 s")])
def test_milliseconds_are_told_exactly(value, shown):
    assert written_estimate(Decimal(value), "ms") == shown


# ----------------------------------------------------------------------------------------------- silence


def test_before_the_reveal_only_who_has_answered_is_told(workbook):
    answer(workbook, "product", "7777ms", reason="because 7777")
    answer(workbook, "developer", "300ms")
    status = estimate_status(workbook, QUESTION)
    assert (status.participants, status.n_answered, status.is_revealed) == (("developer", "product"), 2, False)
    assert "7777" not in repr(status) + status.sentence
    with pytest.raises(UnusableValue, match="stay unseen until the reveal"):
        EstimateBox(workbook.parent / "estimates" / QUESTION).read_all()


def test_a_broken_estimate_gives_no_value_away_before_the_reveal(workbook):
    file = answer(workbook, "product", "7777ms")
    file.write_text(file.read_text().replace("value: 7777", "value: 7777ms"))
    (finding,) = estimate_status(workbook, QUESTION).findings
    assert finding.code == "estimates-unreadable"
    assert "7777" not in str(finding)


def test_answers_in_different_units_are_told_before_the_reveal_and_the_usual_one_counts(workbook):
    for who, value in (("a", "300ms"), ("b", "99%"), ("c", "500ms")):
        answer(workbook, who, value)
    (finding,) = estimate_status(workbook, QUESTION).findings
    assert "ms by a, c; share by b" in finding.message
    shown = revealed(workbook)
    assert [one.participant for one in shown.estimates] == ["a", "c"]
    assert [one.code for one in shown.findings] == ["other-unit"]


def test_of_two_units_used_as_often_the_one_given_first_counts_unless_one_is_named(workbook):
    answer(workbook, "a", "99%", at=AT)
    answer(workbook, "b", "300ms", at=AT.replace(hour=9))
    assert revealed(workbook).summary.unit == "ms"
    reopen_estimates(workbook, QUESTION)
    assert revealed(workbook, unit="share").summary.unit == "share"
    reopen_estimates(workbook, QUESTION)
    with pytest.raises(UnusableValue, match="nobody answered"):
        revealed(workbook, unit="money")
    assert not estimate_status(workbook, QUESTION).is_revealed


def test_after_the_reveal_nobody_answers_until_the_question_is_reopened(workbook):
    answer(workbook, "a", "300ms")
    first = revealed(workbook)
    with pytest.raises(UnusableValue, match="reopen the question, let everybody answer again"):
        answer(workbook, "b", "1s")
    assert revealed(workbook) == first
    assert reopen_estimates(workbook, QUESTION).name == "revealed-1.yaml.old"
    answer(workbook, "b", "1s")
    assert revealed(workbook).summary.n == 2


def test_an_estimate_changed_after_the_reveal_is_noticed(workbook):
    file = answer(workbook, "a", "300ms")
    revealed(workbook)
    file.write_text(file.read_text().replace("300", "900"))
    shown = revealed(workbook)
    assert [one.code for one in shown.findings] == ["estimate-changed-after-reveal"]
    assert shown.summary.median == 900


def test_a_second_answer_takes_the_place_of_the_first(workbook):
    answer(workbook, "a", "300ms")
    answer(workbook, " a ", "2s")
    assert [one.value for one in revealed(workbook).estimates] == [2000]


def test_nothing_is_revealed_where_nobody_answered(workbook):
    with pytest.raises(TooLittleData, match="nobody has answered"):
        revealed(workbook)
    assert os.listdir(workbook.parent) == []


@pytest.mark.parametrize("question", ["..", "../votes", "a/b", "", "Buy", "/etc", "a\x1b[2J"])
def test_a_question_leads_to_no_other_folder(workbook, question):
    with pytest.raises(UnusableValue, match="lower-case letters"):
        answer(workbook, "a", "1s", question=question)
    assert os.listdir(workbook.parent) == []


@pytest.mark.parametrize("fields", [{"participant": "a\x1b[2J"}, {"participant": ""}, {"role": "x" * 81}, {"at": datetime(2026, 3, 2)}])
def test_a_name_role_or_time_that_is_none_is_a_finding(workbook, fields):
    with pytest.raises(FindingsError):
        cast_estimate(workbook, QUESTION, **{"participant": "a", "value": "1s", "at": AT, **fields})


def test_the_questions_that_somebody_answered_are_listed(workbook):
    assert estimated_questions(workbook) == ()
    answer(workbook, "a", "1s")
    answer(workbook, "a", "99%", question="buy-target")
    (workbook.parent / "estimates" / "Notes").mkdir()
    (workbook.parent / "estimates" / "link").symlink_to(workbook.parent)
    assert estimated_questions(workbook) == ("buy-target", QUESTION)


# ----------------------------------------------------------------------------------------------- what they say together


def room(unit, **values):
    return [Estimate(question="q", participant=who, cast_at=AT, unit=unit, value=value) for who, value in values.items()]


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle_and_is_exact():
    summary = summarise_estimates(room("share", a="99.9%", b="99.95%", c="99%", d="95%"))
    assert (summary.median, summary.lowest, summary.highest) == (Decimal("0.9945"), Decimal("0.95"), Decimal("0.9995"))
    assert (summary.lowest_by, summary.highest_by) == (("d",), ("b",))


def test_of_shares_near_the_whole_the_rest_is_compared_and_of_others_not():
    assert "leaves 10 times as much to 100 %" in summarise_estimates(room("share", a="99.9%", b="99%")).sentences[1]
    assert summarise_estimates(room("share", a="10%", b="30%")).sentences[1] == "They lie 20 percentage points apart."
    assert summarise_estimates(room("share", a="100%", b="99%")).sentences[1] == "They lie 1 percentage point apart."


def test_nothing_is_divided_by_nothing():
    assert summarise_estimates(room("count", a=0, b=5)).sentences[1] == "They lie 5 apart."


def test_all_who_stand_at_an_end_are_named_and_those_who_agree_need_not_speak():
    assert (
        "Let them speak first: a and c gave the lowest, 1 s; b the highest, 2 s."
        in summarise_estimates(room("ms", a=1000, b=2000, c=1000)).sentences
    )
    assert summarise_estimates(room("ms", a=1000, b=1000)).sentences == ("All 2 who answered 'q' say 1 s.",)
    assert summarise_estimates(room("ms", a=1000)).sentences == ("Only a answered 'q': 1 s.",)


def test_money_is_told_in_the_services_currency():
    assert "from 5 EUR to 1,500.5 EUR" in summarise_estimates(room("money", a=5, b="1500.50"), currency="EUR").sentences[0]


def test_estimates_of_two_questions_or_units_have_no_summary():
    for mixed in ([], [*room("ms", a=1), *room("count", b=1)]):
        with pytest.raises(UnusableValue, match="one question, all in one unit"):
            summarise_estimates(mixed)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=9), st.randoms())
def test_the_order_of_files_changes_nothing_and_the_median_lies_in_the_range(values, rng):
    estimates = room("ms", **{f"p{number}": value for number, value in enumerate(values)})
    mixed = rng.sample(estimates, len(estimates))
    summary = summarise_estimates(estimates)
    assert summarise_estimates(mixed) == summary
    assert summary.lowest <= summary.median <= summary.highest


def test_what_is_shown_cannot_steer_the_terminal(workbook):
    answer(workbook, "a", "1s", reason="one\ntwo \x1b[2J")
    assert "\x1b" not in revealed(workbook).text()


# ----------------------------------------------------------------------------------------------- strangers


def test_junk_is_named_and_skipped_and_the_others_count(workbook, tmp_path):
    answer(workbook, "developer", "300ms")
    folder = workbook.parent / "estimates" / QUESTION
    good = (folder / file_name_of("developer")).read_text()
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    (folder / "tag.yaml").write_text("!!python/object/apply:os.system ['touch pwned']")
    (folder / "large.yaml").write_bytes(b"x" * 10_000_000)
    (folder / "link.yaml").symlink_to(folder / file_name_of("developer"))
    (folder / "question.yaml").write_text(good.replace(QUESTION, "buy-target").replace("developer", "stranger"))
    (folder / "float.yaml").write_text(good.replace("value: 300", "value: 1e300").replace("developer", "stranger"))
    (folder / "notes.txt").write_text("x")
    codes = {one.file: one.code for one in estimate_status(workbook, QUESTION).findings}
    assert codes == {
        "binary.yaml": "not-utf8", "tag.yaml": "tag-refused", "large.yaml": "file-too-large", "link.yaml": "not-a-file",
        "question.yaml": "other-question", "float.yaml": "estimates-unreadable", "notes.txt": "not-an-estimate",
    }  # fmt: skip
    shown = revealed(workbook)
    assert [one.participant for one in shown.estimates] == ["developer"]
    assert {one.severity for one in shown.findings} == {"warning"}
