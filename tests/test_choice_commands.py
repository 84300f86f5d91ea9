"""The commands with which a room chooses, from the outside: what is refused, what is kept, and what is said."""

from __future__ import annotations

import shlex
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from slo_workbench.arguments import build_parser
from slo_workbench.ballots import reveal_words
from slo_workbench.document import read_workbook
from tests.conftest import STAGEDOOR


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A copy of the worked example, where buying has four indicators and two rejected candidates."""
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return tmp_path / "shop" / "workbook.yaml"


@pytest.fixture
def empty_choice(workbook: Path) -> Path:
    """The worked example before anything was chosen for buying; the indicators are there."""
    text = workbook.read_text(encoding="utf-8")
    start = text.index("    choice:", text.index("- id: buy\n"))
    end = text.index("  - id: receive", start)
    workbook.write_text(text[:start] + "\n" + text[end:], encoding="utf-8")
    return workbook


def without_indicators(workbook: Path, *ids: str) -> None:
    text = workbook.read_text(encoding="utf-8")
    for id in ids:
        start = text.index(f"  - id: {id}\n")
        text = text[:start] + text[text.index("  - id: ", start + 5) :]
    workbook.write_text(text, encoding="utf-8")


def cast(run, workbook: Path, who: str, *scores: str) -> tuple[int, str, str]:
    return run("vote", workbook, "buy", "--by", who, "--score", *scores)


def reopen_line(workbook: Path) -> str:
    return f"slo-workbench reveal {workbook} buy --reopen"


@pytest.mark.parametrize("command", ["vote", "reveal", "choose"])
def test_the_example_in_the_help_runs_on_the_worked_example(run, workbook, command) -> None:
    (commands,) = [action.choices for action in build_parser()._actions if isinstance(action.choices, dict)]
    example = commands[command].epilog.removeprefix("example:\n  ")
    for line in example.replace("data/stagedoor/workbook.yaml", str(workbook)).split(" && "):
        program, *arguments = shlex.split(line)
        status, _, err = run(*arguments)
        assert (program, status, err) == ("slo-workbench", 0, "")


def test_a_room_votes_silently_reveals_and_chooses(run, empty_choice) -> None:
    assert cast(run, empty_choice, "developer", "buy-availability=5,5,5", "buy-coverage=4,4,4", "buy-freshness=1,4,4")[0] == 0
    status, out, _ = cast(run, empty_choice, "product", "buy-availability=5,4,5", "buy-coverage=5,3,4", "buy-freshness=5,4,4")
    assert status == 0
    assert "2 participants voted on 'buy'" in out
    assert "5" not in out.partition("2 participants")[2]
    status, out, _ = run("reveal", empty_choice, "buy")
    assert status == 0
    assert "developer" in out
    status, _, err = cast(run, empty_choice, "operations", "buy-availability=1,1,1")
    assert status == 2
    assert reopen_line(empty_choice) in err
    run("vote", empty_choice, "buy", "--by", "product", "--dissent", "buy-freshness=buyers wait for the mail")
    rejected = "buy-availability-client=no such events yet"
    status, out, _ = run("choose", empty_choice, "buy", "--take", "buy-freshness", "--reject", rejected, "--on", "2026-05-04")
    assert status == 0
    assert "+  - id: buy-freshness" in out
    assert "nobody is named" not in out
    workbook = read_workbook(empty_choice)
    choice = workbook.journey("buy").choice
    assert workbook.indicator("buy-freshness").thresholds_ms == (70_000.0, 325_000.0)
    assert workbook.indicator("buy-freshness").arrows == ("ticket sold",)
    assert [one.id for one in choice.rejected] == ["buy-availability-client"]
    assert [(one.by, one.about) for one in choice.dissent] == [("product", "buy-freshness")]
    assert choice.decided_by == ("developer", "product")
    assert {one.id for one in choice.scores} == {"buy-availability", "buy-coverage", "buy-freshness"}
    assert run("check", empty_choice)[0] == 0


# ----------------------------------------------------------------------------------------------- vote


@pytest.mark.parametrize(
    "score", ["buy-availability=6,5,5", "buy-availability=5,5", "buy-availability", "buy-availability=a,b,c", "nope=5,5,5"]
)
def test_a_score_that_is_none_is_refused(run, workbook, score) -> None:
    assert cast(run, workbook, "developer", score)[0] in (1, 2)
    assert not (workbook.parent / "votes").exists()


def test_who_votes_again_keeps_the_scores_for_other_candidates_and_is_told_so(run, workbook) -> None:
    run("vote", workbook, "buy", "--by", "developer", "--role", "backend", "--score", "buy-availability=5,5,4", "buy-latency=4,5,5",
        "--comment", "buy-availability=felt at once", "--comment", "buy-latency=felt later")  # fmt: skip
    status, out, _ = cast(run, workbook, "developer", "buy-availability=1,1,1", "buy-coverage=3,3,3")
    assert status == 0
    assert out.splitlines()[0] == (
        "developer scored 2 candidates; in the place of earlier scores: buy-availability; their earlier comments are gone: buy-availability; "
        "kept from the earlier ballot: buy-latency; not scored: buy-freshness, buy-availability-client"
    )
    _, out, _ = run("reveal", workbook, "buy")
    rows = {line.split()[0]: line.split()[3:6] for line in out.splitlines()[2:5]}
    assert rows == {"buy-latency": ["4", "5", "5"], "buy-coverage": ["3", "3", "3"], "buy-availability": ["1", "1", "1"]}
    assert "developer on buy-latency: felt later" in out
    assert "felt at once" not in out


def test_a_comment_stands_beside_a_score_given_earlier_and_is_read_at_the_reveal(run, workbook) -> None:
    cast(run, workbook, "developer", "buy-latency=4,5,5")
    status, out, _ = run("vote", workbook, "buy", "--by", "developer", "--comment", "buy-latency=people\n\x1b[2Jreload")
    assert status == 0
    assert "developer commented on 1 candidate; kept from the earlier ballot: buy-latency" in out
    assert "reload" not in out
    _, out, _ = run("reveal", workbook, "buy")
    assert "developer on buy-latency: people \\x1b[2Jreload" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "developer", "--comment", "buy-latency=slow"], "add --score buy-latency=5,4,3"),
        (["--score", "buy-latency=4,5,5"], "--score needs to know who votes; add --by NAME"),
        (["--comment", "buy-latency=slow"], "--comment needs to know who votes"),
        (["--dissent", "buy-latency=slow"], "--dissent needs to know who votes"),
        (["--role", "product"], "--role needs to know who votes"),
        (["--by", "developer", "--role", "product"], "add --score"),
        (["--by", "developer", "--score", "buy-latency=4,5,5", "--dissent", "buy-coverage=no"], "dissent after it"),
        (["--by", "developer", "--dissent", "buy-coverage=no"], "dissent comes after the reveal"),
        (["--by", "", "--score", "buy-latency=4,5,5"], "--by cannot be '': it is empty"),
        (["--by", " ", "--score", "buy-latency=4,5,5"], "it is empty"),
        (["--by", "a\x1b[2J", "--score", "buy-latency=4,5,5"], "--by cannot be 'a\\x1b[2J': it holds control characters"),
        (["--by", "\u202eabc", "--score", "buy-latency=4,5,5"], "turns the direction"),
        (["--by", "\u200b", "--score", "buy-latency=4,5,5"], "shows nothing"),
        (["--by", "x" * 81, "--score", "buy-latency=4,5,5"], "longer than 80"),
        (["--by", "\udcff", "--score", "buy-latency=4,5,5"], "--by cannot be"),
        (["--by", "a", "--role", "b\x07", "--score", "buy-latency=4,5,5"], "--role cannot be 'b\\x07': it holds control characters"),
        (["--by", "a", "--score", "buy-latency=4,5,5", "--comment", "buy-latency=" + "x" * 20_001], "at most 20,000 are allowed"),
    ],
)
def test_a_vote_that_cannot_be_is_refused_in_one_sentence_and_nothing_is_written(run, workbook, arguments, said) -> None:
    status, _, err = run("vote", workbook, "buy", *arguments)
    assert status in (1, 2)
    assert said in err
    assert "ValidationError" not in err
    assert "pydantic" not in err
    assert not (workbook.parent / "votes").exists()


# ----------------------------------------------------------------------------------------------- reveal


def test_a_candidate_that_nobody_scored_is_revealed_without_points(run, workbook) -> None:
    cast(run, workbook, "developer", "buy-latency=4,5,5")
    status, out, _ = run("reveal", workbook, "buy")
    assert status == 0
    assert "'buy-coverage' was scored by nobody." in out
    assert [line.split() for line in out.splitlines() if line.startswith("buy-coverage ")] == [["buy-coverage", "0"]]


def test_an_error_in_the_reveal_leaves_the_box_open_and_shows_nothing(run, workbook, monkeypatch) -> None:
    cast(run, workbook, "developer", "buy-latency=4,5,5")

    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(reveal_words, "reveal_text", broken)
        status, out, err = run("reveal", workbook, "buy")
    assert (status, out) == (1, "")
    assert "ZeroDivisionError" in err
    assert cast(run, workbook, "product", "buy-latency=1,1,1")[0] == 0


def test_the_reveal_names_the_command_that_opens_the_vote_again(run, workbook) -> None:
    cast(run, workbook, "developer", "buy-latency=4,5,5")
    _, out, _ = run("reveal", workbook, "buy")
    assert f"to vote again: {reopen_line(workbook)}" in out
    status, out, _ = run(*shlex.split(reopen_line(workbook))[1:])
    assert (status, out) == (0, "people can vote again; what was revealed is kept as revealed-1.yaml.old\n")
    assert cast(run, workbook, "developer", "buy-latency=1,1,1")[0] == 0


def test_an_empty_box_says_that_nobody_has_voted(run, workbook) -> None:
    status, _, err = run("reveal", workbook, "buy")
    assert status == 1
    assert "nobody has voted on 'buy' yet" in err
    assert "()" not in err


@pytest.mark.parametrize("journey", ["../..", "..", "/tmp", "nope", "buy/../buy", ""])
@pytest.mark.parametrize("command", [["reveal", "--reopen"], ["reveal"], ["vote"], ["choose", "--reject", "buy-coverage=no"]])
def test_a_journey_that_the_workbook_does_not_have_leads_nowhere(run, workbook, command, journey) -> None:
    outside = workbook.parent.parent / "revealed.yaml"
    outside.write_text("precious")
    status, _, err = run(command[0], workbook, journey, *command[1:])
    assert status == 1
    assert "error[unknown-journey]" in err
    assert outside.read_text() == "precious"


# ----------------------------------------------------------------------------------------------- choose


def test_a_trial_shows_what_would_change_and_writes_nothing(run, workbook) -> None:
    before = workbook.read_bytes()
    status, out, _ = run("choose", workbook, "buy", "--take", "buy-freshness", "--dry-run")
    assert status == 0
    assert "+  - id: buy-freshness" in out
    assert workbook.read_bytes() == before


def days_from_now(days: int) -> str:
    return str(datetime.now().astimezone().date() + timedelta(days=days))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--take", "buy-availability-client"], "not-measurable"), (["--take", "buy-freshnes"], "did you mean 'buy-freshness'?"),
        (["--take", "buy-freshness", "--reject", "buy-freshness=no"], "taken and rejected"), ([], "name what is chosen"),
        (["--reject", "buy-freshness"], "CANDIDATE=WHY"), (["--take", "buy-freshness", "--on", "4 May"], "2026-05-04"),
        (["--take", "buy-freshness", "--on", "1999-12-31"], "from 2000-01-01"), (["--take", "buy-freshness", "--on", days_from_now(3)], "to today"),
        (["--take", "buy-freshness", "--by", ""], "--by cannot be '': it is empty"), (["--take", "buy-freshness", "--by", " "], "it is empty"),
        (["--take", "buy-freshness", "--by", "a\x1b[2J"], "it holds control characters"),
        (["--reject", "buy-freshness=" + "x" * 4_001], "at most 4,000 are allowed"),
        (["--reject", "buy-latency=no"], "take the indicator 'buy-latency' out of the workbook first, or leave it"),
        (["--reject", "buy-availability-service=no"], "is an indicator already"),
        (["--take", "buy-freshness", "--threshold-ms", "300"], "CANDIDATE=MS"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshness=0"], "milliseconds above 0"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshness=-1"], "milliseconds above 0"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshness=nan"], "milliseconds above 0"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshness=300,inf"], "milliseconds above 0"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshness=300,"], "milliseconds above 0"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-latency=300"], "'buy-latency' is not taken"),
        (["--take", "buy-freshness", "--threshold-ms", "buy-freshnes=300"], "did you mean 'buy-freshness'?"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_refused_and_nothing_is_written(run, workbook, arguments, said) -> None:
    before = workbook.read_bytes()
    status, _, err = run("choose", workbook, "buy", *arguments)
    assert status in (1, 2)
    assert said in err
    assert "pydantic" not in err
    assert "ValidationError" not in err
    assert workbook.read_bytes() == before


@pytest.mark.parametrize("option", ["--take", "--reject"])
def test_a_candidate_that_is_an_indicator_under_another_name_is_neither_taken_nor_rejected(run, workbook, option) -> None:
    value = "receive-latency" + ("=late" if option == "--reject" else "")
    before = workbook.read_bytes()
    status, _, err = run("choose", workbook, "receive", option, value)
    assert status == 1
    assert "under the name 'ticket-page-latency'" in err
    assert "take the indicator 'ticket-page-latency' out of the workbook first, or leave it" in err
    assert workbook.read_bytes() == before


def test_an_indicator_that_is_taken_again_stays_as_it_is_written_and_that_is_said(run, workbook) -> None:
    indicator = read_workbook(workbook).indicator("buy-latency")
    status, out, _ = run("choose", workbook, "buy", "--take", "buy-latency", "--by", "Product")
    assert status == 0
    assert "buy-latency is an indicator already and stays as it is written" in out
    assert read_workbook(workbook).indicator("buy-latency") == indicator


def test_thresholds_are_set_for_the_candidate_they_name_sorted_and_once(run, workbook) -> None:
    status, _, _ = run("choose", workbook, "buy", "--take", "buy-freshness", "--threshold-ms", "buy-freshness=300000,60000,60000.0")
    assert status == 0
    assert read_workbook(workbook).indicator("buy-freshness").thresholds_ms == (60_000.0, 300_000.0)


def test_a_kind_without_thresholds_takes_none(run, workbook) -> None:
    without_indicators(workbook, "buy-coverage")
    status, _, err = run("choose", workbook, "buy", "--take", "buy-coverage", "--threshold-ms", "buy-coverage=300")
    assert status == 1
    assert "'buy-coverage' is of the kind coverage, which has no threshold" in err


def test_a_choice_of_another_day_that_names_nobody_is_nobodys(run, workbook) -> None:
    assert read_workbook(workbook).journey("buy").choice.decided_by
    _, out, _ = run("choose", workbook, "buy", "--take", "buy-freshness", "--on", "2026-05-04")
    assert "nobody is named" not in out
    assert read_workbook(workbook).journey("buy").choice.decided_by == ("Ticketing team", "Product", "Operations")
    _, out, _ = run("choose", workbook, "buy", "--reject", "buy-availability-client=later", "--on", "2026-05-05")
    assert "nobody is named; --by says who decided" in out
    assert read_workbook(workbook).journey("buy").choice.decided_by == ()


def test_a_ballot_changed_after_the_reveal_is_said_when_the_choice_is_written(run, workbook) -> None:
    cast(run, workbook, "developer", "buy-freshness=1,1,1")
    run("reveal", workbook, "buy")
    (ballot,) = (workbook.parent / "votes" / "buy").glob("developer-*.yaml")
    ballot.write_text(ballot.read_text().replace("happiness: 1", "happiness: 5"))
    status, out, _ = run("choose", workbook, "buy", "--take", "buy-freshness")
    assert status == 1
    assert "warning[ballot-changed-after-reveal]" in out
    assert f"to reopen the vote: {reopen_line(workbook)}" in out
    assert read_workbook(workbook).indicator("buy-freshness")


def test_fewer_than_three_and_more_than_five_are_noted(run, workbook) -> None:
    without_indicators(workbook, "buy-availability-service", "buy-coverage")
    _, out, _ = run("choose", workbook, "buy", "--reject", "buy-coverage=counted elsewhere")
    assert "note[few-indicators] 2 indicators for this journey; three to five are usual" in out
