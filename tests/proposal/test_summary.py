"""The first page says all that a director needs, on one sheet, in words that need no explanation."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from slo_workbench.analysis.assessment import assess
from slo_workbench.document.model import Policy, PolicyClause
from slo_workbench.history.store import write_history
from slo_workbench.proposal.case import case_of, open_case
from slo_workbench.proposal.plain_promise import out_of, plain_promise
from slo_workbench.proposal.summary_part import summary_lines
from tests.conftest import STAGEDOOR

OBJECTIVES = (
    "browse-availability-28d", "seats-availability-28d", "buy-availability-28d", "buy-latency-28d", "ticket-freshness-28d", "settlement-coverage-28d",
)  # fmt: skip
MOST_WORDS = 480  # looked at in print: with so many the sheet is full
JARGON = (
    "SLI", "SLO", "SLA", "burn rate", "burn", "rolling", "percentile", "quantile", "latency", "availability", "error budget", "budget", "indicator",
    "objective", "valid", "threshold", "confidence", "distribution", "bootstrap", "aspirational", "achievable", "stakeholder", "p99", "outage", "NaN",
    "None", "nan",
)  # fmt: skip
OF_THE_WORKBOOK = ("for-whom", "going-well", "missed")
UNITS = r"%|days?|d|h|min|s|ms|requests?|items?|runs?|slices?|users?|bad|windows?|of|times?|objections?|doubts?|stretch(?:es)?|coming|such|usual|fewer"
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}")


@pytest.fixture(scope="module")
def opened(stagedoor_history, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "h"
    write_history(stagedoor_history, folder)
    return cache(lambda objective, **more: open_case(str(STAGEDOOR / "workbook.yaml"), objective, history_dir=str(folder), **more))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_first_page_is_short_and_free_of_words_of_the_trade(opened, objective):
    case = opened(objective, as_of="2026-05-04")
    text = f"{case.title().text}\n{case.summary().text}"
    assert 150 < len(text.split()) <= MOST_WORDS
    own = plain_promise(case) + "\n" + "\n".join(said for name, said in summary_lines(case).items() if name not in OF_THE_WORKBOOK)
    found = [word for word in JARGON if re.search(rf"\b{re.escape(word)}s?\b", own)]
    assert found == []


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_number_of_the_first_page_has_a_unit(opened, objective):
    case = opened(objective)
    lines = {name: said for name, said in summary_lines(case).items() if name not in OF_THE_WORKBOOK}
    for said in (plain_promise(case), *lines.values()):
        text = DAY.sub("a day", said)
        for number in NUMBER.finditer(text):
            before, after = text[: number.start()], text[number.end() :]
            after_words = after.strip().split()[:1]
            has_unit = bool(after_words) and re.fullmatch(rf"\(?(?:{UNITS})[;:,.)]*", after_words[0]) is not None
            is_money = before.endswith("EUR ")
            is_part_of_a_whole = (
                re.match(r"[ ,(]*(?:[\d.,]+ %|went wrong|met nothing|more went wrong|may go)", after.replace("(", "")) is not None
            )
            is_the_whole = re.search(r"(?:of|of every|of about|least [\d.,]+ of) $", before) is not None
            assert has_unit or is_money or is_part_of_a_whole or is_the_whole, f"{number[0]} in {said!r}"


def test_the_first_page_answers_every_question_of_a_director(opened):
    case = opened("buy-availability-28d", as_of="2026-05-04")
    assert plain_promise(case) == (
        "We promise that in 28 days at most 9 of every 1,000 requests of “Buy a ticket” go wrong; "
        "about 98 of 100 such stretches should keep it."
    )
    said = summary_lines(case)
    assert list(said) == [
        "for-whom", "going-well", "since-when", "how-sure", "cost", "missed", "people", "money", "who-decides", "asked",
    ]  # fmt: skip
    assert said["for-whom"].startswith("Buyers;")
    assert "56 days of records (2026-03-02 to 2026-04-26)" in said["since-when"]
    assert "About 98 of 100 coming stretches of 28 days should keep it" in said["how-sure"]
    # (1 - 0.991) × 15,487 valid requests a window, and 0.9 % of 28 days
    assert "139 requests may go wrong in 28 days, of about 15,487" in said["cost"]
    assert "6 h 2 min of usual traffic" in said["cost"]
    assert "When all of that room is used: No releases but fixes" in said["missed"]
    assert "Head of product and head of engineering decide together." in said["missed"]
    assert "for 45 (0.55 %) more went wrong than the promise allows" in said["people"]
    assert "EUR 14,778" in said["money"]
    assert (
        "Ticketing team answers for it; it is proposed, not agreed yet. To sign: Product, Engineering and Operations."
        in said["who-decides"]
    )
    assert "looked at again on 3 May 2027" in said["who-decides"]


def test_a_promise_that_the_records_do_not_support_says_what_is_missing(opened):
    said = summary_lines(opened("seats-availability-28d"))
    assert (
        "The records do not support it: with that certainty they support at most 69 of every 10,000 requests going wrong."
        in said["how-sure"]
    )
    # 99.5 % stated less 99.31 % supported, of 62,964 requests and of 28 days
    assert "takes 120 fewer requests going wrong in 28 days, or 1 h 16 min less of nothing working" in said["cost"]
    assert said["missed"] == "Nothing: it is a goal, and says where the team wants to be."


def test_a_number_that_nobody_has_chosen_is_called_suggested_and_nobody_is_asked_to_sign(opened):
    case = opened("browse-availability-28d")
    assert plain_promise(case).startswith("Suggested: in 28 days at most")
    assert "To sign" not in summary_lines(case)["who-decides"]
    assert "nobody has chosen it yet" in summary_lines(case)["asked"]


def test_an_agreed_promise_that_lacks_signatures_still_asks_for_them(opened):
    case = opened("buy-availability-28d")
    agreed = replace(case, objective=case.objective.model_copy(update={"status": "agreed"}))
    assert summary_lines(agreed)["asked"] == (
        "Complete the agreement: it is called agreed, but nobody has signed it as it stands for product, engineering and operations."
    )


def test_a_review_whose_day_has_passed_is_said_to_be_late(opened):
    said = summary_lines(opened("buy-availability-28d", as_of="2027-06-01"))["who-decides"]
    assert said.endswith("It should have been looked at again on 3 May 2027.")


def test_without_rules_for_a_miss_the_page_says_that_nothing_follows(opened):
    case = opened("buy-availability-28d")
    bare = replace(case, workbook=case.workbook.model_copy(update={"policy": Policy()}))
    assert summary_lines(bare)["missed"].startswith("Nothing yet")


def test_a_rule_about_one_bad_spell_is_told_as_such(opened):
    case = opened("buy-availability-28d")
    clause = PolicyClause(id="look-back", budget_spent=Decimal("0.2"), by="incident", action="A written look back")
    workbook = case.workbook.model_copy(update={"policy": Policy(clauses=(clause,), agreed_by=("product",))})
    assert (
        summary_lines(replace(case, workbook=workbook))["missed"] == "When one bad spell alone uses 20 % of that room: A written look back."
    )


def test_too_little_history_refuses_on_the_first_page_and_says_what_else(stagedoor_workbook, stagedoor_history):
    objective = stagedoor_workbook.objective("browse-availability-28d")
    case = case_of(stagedoor_workbook, objective, stagedoor_history, path=STAGEDOOR / "workbook.yaml")
    long = objective.model_copy(update={"window": type(objective.window)(84)})
    one = assess(
        stagedoor_history,
        "browse-availability",
        window=long.window,
        confidence=long.confidence,
        rng=np.random.default_rng(1),
        event="request",
    )
    refused = replace(case, objective=long, assessment=one)
    text = refused.summary().text
    assert "No promise can be made for “Browse events” yet." in text
    assert "cannot carry a promise over 84 days" in text
    assert "What is asked of you" in text


def test_what_people_wrote_is_text_and_no_markup(opened):
    hostile = "<script>alert(1)</script>"
    case = opened("buy-availability-28d")
    journeys = tuple(one.model_copy(update={"users": hostile, "why": hostile, "name": hostile}) for one in case.workbook.journeys)
    case = replace(
        case,
        workbook=case.workbook.model_copy(update={"journeys": journeys}),
        objective=case.objective.model_copy(update={"owner": hostile}),
    )
    for piece in (case.title(), case.summary()):
        assert "<script" not in piece.html


@pytest.mark.parametrize(("bad_share", "words"), [("0.5", (50, 100)), ("0.009", (9, 1000)), ("0.00012", (12, 100_000)), ("0.1", (10, 100))])
def test_a_share_becomes_whole_things_of_a_round_number(bad_share, words):
    assert out_of(Decimal(bad_share)) == words
