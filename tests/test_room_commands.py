"""The commands for a room of people, from the outside: silent numbers, dots and signatures."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from slo_workbench.arguments import build_parser
from tests.conftest import STAGEDOOR

OBJECTIVE = "buy-availability-28d"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A copy of the worked example."""
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return tmp_path / "shop" / "workbook.yaml"


def answer(run, workbook: Path, who: str, value: str, *more: str) -> tuple[int, str, str]:
    return run("estimate", workbook, "buy-too-slow", "--by", who, "--value", value, *more)


@pytest.mark.parametrize("command", ["estimate", "sign"])
def test_the_example_in_the_help_runs_on_the_worked_example(run, workbook, command) -> None:
    (commands,) = [action.choices for action in build_parser()._actions if isinstance(action.choices, dict)]
    example = commands[command].epilog.removeprefix("example:\n  ")
    for line in example.replace("data/stagedoor/workbook.yaml", str(workbook)).split(" && "):
        program, *arguments = shlex.split(line)
        status, _, err = run(*arguments)
        assert (program, status, err) == ("slo-workbench", 0, "")


# ----------------------------------------------------------------------------------------------- estimate


def test_a_room_answers_silently_and_reveals(run, workbook) -> None:
    status, out, _ = answer(run, workbook, "developer", "500ms", "--role", "backend", "--reason", "what we measure")
    assert (status, out.splitlines()[0]) == (0, "developer answered")
    status, out, _ = answer(run, workbook, "product", "3s")
    assert "2 participants answered 'buy-too-slow': developer, product. No estimate is shown before the reveal." in out
    assert "3" not in out
    _, out, _ = answer(run, workbook, "product", "2s")
    assert "product answered, in the place of an earlier answer" in out
    status, out, _ = run("estimate", workbook, "buy-too-slow", "--reveal")
    assert status == 0
    assert [line.split() for line in out.splitlines()[2:4]] == [
        ["developer", "backend", "500", "ms", "what", "we", "measure"],
        ["product", "2", "s"],
    ]
    assert "Let these two speak first: developer (backend) gave the lowest, 500 ms; product the highest, 2 s." in out
    again = f"slo-workbench estimate {workbook} buy-too-slow --reopen"
    assert f"to answer again: {again}" in out
    status, _, err = answer(run, workbook, "operations", "1s")
    assert status == 2
    assert again in err
    assert "kept as revealed-1.yaml.old" in run(*shlex.split(again)[1:])[1]
    assert answer(run, workbook, "operations", "1s")[0] == 0


def test_without_a_question_all_are_told_and_an_unknown_one_names_those_there_are(run, workbook) -> None:
    assert "nobody has answered a question yet" in run("estimate", workbook)[1]
    answer(run, workbook, "developer", "1s")
    run("estimate", workbook, "buy-target", "--by", "developer", "--value", "99.9%")
    _, out, _ = run("estimate", workbook)
    assert [line.split("'")[1] for line in out.splitlines()] == ["buy-target", "buy-too-slow"]
    _, out, _ = run("estimate", workbook, "buy-to-slow")
    assert "0 participants answered 'buy-to-slow'" in out
    assert "questions that somebody answered: buy-target, buy-too-slow" in out


def test_money_is_told_in_the_currency_of_the_workbook(run, workbook) -> None:
    for who, value in (("product", "1500"), ("finance", "900.50")):
        run("estimate", workbook, "bad-hour", "--by", who, "--value", value, "--unit", "money")
    assert "from 900.5 EUR to 1,500 EUR" in run("estimate", workbook, "bad-hour", "--reveal")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["buy-too-slow", "--value", "1s"], "takes both --value NUMBER and --by NAME"),
        (["buy-too-slow", "--by", "product"], "takes both --value NUMBER and --by NAME"),
        (["--by", "product", "--value", "1s"], "needs to know which question"),
        (["--reveal"], "needs to know which question"),
        (["buy-too-slow", "--reveal", "--by", "product"], "--by belongs to an answer and --reveal to all of them"),
        (["buy-too-slow", "--by", "product", "--value", "3"], "'3' has no unit"),
        (["../x", "--by", "product", "--value", "3s"], "lower-case letters, digits and hyphens"),
        (["buy-too-slow", "--by", "a\x1b[2J", "--value", "3s"], "--by cannot be 'a\\x1b[2J'"),
        (["buy-too-slow", "--by", "product", "--role", "\x07", "--value", "3s"], "--role cannot be"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_nothing_is_written(run, workbook, arguments, said) -> None:
    status, _, err = run("estimate", workbook, *arguments)
    assert status == 2
    assert said in err
    assert not (workbook.parent / "estimates").exists()


def test_revealing_what_nobody_answered_is_said(run, workbook) -> None:
    status, _, err = run("estimate", workbook, "buy-too-slow", "--reveal")
    assert (status, "nobody has answered 'buy-too-slow' yet" in err) == (1, True)


def test_junk_among_the_answers_is_a_finding(run, workbook) -> None:
    answer(run, workbook, "developer", "1s")
    (workbook.parent / "estimates" / "buy-too-slow" / "junk.yaml").write_bytes(b"\x00")
    status, out, _ = run("estimate", workbook, "buy-too-slow", "--reveal")
    assert status == 1
    assert "junk.yaml:1:1: warning[yaml-syntax]" in out
    assert "Only developer answered 'buy-too-slow': 1 s." in out


# ----------------------------------------------------------------------------------------------- dots


def test_dots_are_put_with_a_vote_and_shown_at_the_reveal(run, workbook) -> None:
    status, out, _ = run("vote", workbook, "buy", "--by", "product", "--dots", "buy-availability=2", "buy-latency=1")
    assert (status, out.splitlines()[0]) == (0, "product put 3 dots")
    status, out, _ = run("vote", workbook, "buy", "--by", "product", "--dots", "buy-latency=1")
    assert "product put 1 dot; in the place of earlier dots on: buy-availability, buy-latency" in out
    run("vote", workbook, "buy", "--by", "developer", "--score", "buy-latency=5,4,4", "--dots", "buy-latency=3")
    run("vote", workbook, "buy", "--by", "developer", "--score", "buy-coverage=3,3,3")
    _, out, _ = run("reveal", workbook, "buy")
    assert "Most dots: 'buy-latency' with 4 dots." in out
    assert "developer 3, product 1" in out


@pytest.mark.parametrize(
    ("dots", "said"),
    [
        (["buy-latency=4"], "each has 3 dots to put, not 4"),
        (["buy-latency=2", "buy-coverage=2"], "each has 3 dots to put, not 4"),
        (["buy-latency=0"], "a whole number of dots from 1"),
        (["buy-latency"], "--dots takes CANDIDATE=NUMBER"),
        (["nope=1"], "there is no candidate 'nope'"),
    ],
)
def test_dots_that_nobody_has_are_refused(run, workbook, dots, said) -> None:
    status, _, err = run("vote", workbook, "buy", "--by", "product", "--dots", *dots)
    assert status in (1, 2)
    assert said in err
    assert not (workbook.parent / "votes").exists()


def test_a_room_may_agree_on_another_number_of_dots(run, workbook) -> None:
    assert run("vote", workbook, "buy", "--by", "product", "--dots", "buy-latency=5", "--dots-each", "5")[0] == 0
    assert "'buy-latency' with 5 dots" in run("reveal", workbook, "buy", "--dots-each", "5")[1]
    assert "do not count: 5, and each had 3 dots" in run("reveal", workbook, "buy")[1]


# ----------------------------------------------------------------------------------------------- sign


def test_an_objective_is_signed_and_a_later_target_leaves_the_signatures_behind(run, workbook) -> None:
    _, out, _ = run("sign", workbook, OBJECTIVE)
    assert "Nobody has signed what stands there now." in out
    status, out, _ = run("sign", workbook, OBJECTIVE, "--by", "A", "--role", "product")
    assert status == 0
    assert out.splitlines()[0] == "Over 28 days, 99.1 % of valid requests of the journey “Buy a ticket” are good."
    run("sign", workbook, OBJECTIVE, "--by", "B", "--role", "operations", "--disagree", "--note", "the provider breaks it")
    status, out, _ = run("sign", workbook, OBJECTIVE)
    assert "Signed by 1: A (product)." in out
    assert "B (operations) does not agree: the provider breaks it." in out
    assert "Not heard yet: Engineering." in out
    workbook.write_text(workbook.read_text(encoding="utf-8").replace("target: 99.1%", "target: 99.2%"), encoding="utf-8")
    status, out, _ = run("sign", workbook, OBJECTIVE)
    assert status == 0
    assert "2 signatures are for an earlier version and do not count." in out
    assert "the target was 99.1 % and is 99.2 % now" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([OBJECTIVE, "--role", "product"], "--role needs to know who signs"),
        ([OBJECTIVE, "--disagree"], "--disagree needs to know who signs"),
        ([OBJECTIVE, "--by", "A"], "a signature says for whom"),
        ([OBJECTIVE, "--by", "A", "--role", " "], "a signature says for whom"),
        ([OBJECTIVE, "--by", "a\x1b[2J", "--role", "product"], "--by cannot be 'a\\x1b[2J'"),
        (["buy-latency-28d", "--by", "A", "--role", "product"], "has no target, so there is nothing to sign"),
        (["buy-availability", "--by", "A", "--role", "product"], f"did you mean '{OBJECTIVE}'?"),
        (["../x"], "there is no objective"),
    ],
)
def test_a_signature_that_is_none_is_refused_and_nothing_is_written(run, workbook, arguments, said) -> None:
    status, _, err = run("sign", workbook, *arguments)
    assert status in (1, 2)
    assert said in err
    assert not (workbook.parent / "signatures").exists()


def test_an_objective_without_a_target_is_told_as_unsigned(run, workbook) -> None:
    status, out, _ = run("sign", workbook, "buy-latency-28d")
    assert (status, "buy-latency-28d has no target yet." in out) == (0, True)


def test_a_stranger_among_the_signatures_is_a_finding(run, workbook) -> None:
    run("sign", workbook, OBJECTIVE, "--by", "A", "--role", "product")
    (workbook.parent / "signatures" / OBJECTIVE / "junk.yaml").write_text("a: [")
    status, out, _ = run("sign", workbook, OBJECTIVE)
    assert (status, "Signed by 1: A (product)." in out) == (1, True)
    assert "junk.yaml:" in out
