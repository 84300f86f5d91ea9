"""The parts of a page that answer the room's questions, on the worked example, and where the data cannot answer."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from slo_workbench.analysis.assessment import assess
from slo_workbench.document.journey_model import JourneyDependency
from slo_workbench.document.model import Exclusion
from slo_workbench.history.store import write_history
from slo_workbench.proposal import evidence
from slo_workbench.proposal.case import open_case
from tests.conftest import STAGEDOOR


@pytest.fixture(scope="module")
def case_of(stagedoor_history, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "h"
    write_history(stagedoor_history, folder)
    return lambda objective: open_case(str(STAGEDOOR / "workbook.yaml"), objective, history_dir=str(folder))


def test_the_page_says_how_many_users_fell_below_the_target(case_of):
    text = evidence.users_part(case_of("buy-availability-28d")).text
    # counted user by user from the requests in tests/analysis/test_user_coverage.py
    assert "Of 8,109 users" in text
    assert "45 (0.55 %) fell below the 99.1 % target themselves" in text


def test_money_is_told_for_every_threshold_and_said_not_to_be_lost(case_of):
    part = evidence.money_part(case_of("buy-latency-28d"))
    assert "Bad is not the same as lost" in part.text
    assert part.html.count("<tr>") == 3
    assert "EUR" in part.text


def test_a_source_without_users_or_money_says_what_to_do(case_of):
    case = case_of("settlement-coverage-28d")
    assert "columns: {user: customer_id}" in evidence.users_part(case).text
    assert "What to do: map the column that holds it" in evidence.money_part(case).text


def test_months_that_are_covered_in_part_say_so(case_of):
    text = evidence.months_part(case_of("buy-availability-28d")).text
    assert "March 2026 (from 2026-03-02)" in text
    assert "April 2026 (so far)" in text


def test_thresholds_are_suggested_for_latency_and_nothing_is_said_for_others(case_of):
    text = evidence.latency_part(case_of("buy-latency-28d")).text
    assert "Typical: 90 % of valid requests good within" in text
    assert "never: too many fail" in text
    assert evidence.latency_part(case_of("buy-availability-28d")).html == ""


def test_traffic_and_budgeting_methods_stand_beside_the_budget(case_of):
    case = case_of("buy-latency-28d")
    assert "one bad request costs 0.18 % of the budget" in evidence.traffic_part(case).text
    assert "by occurrences" in evidence.budgeting_part(case).text
    # counts that come once a day have no slices of five minutes
    assert evidence.budgeting_part(case_of("settlement-coverage-28d")).html == ""


def test_hard_dependencies_of_the_journey_set_a_ceiling_and_a_target_above_it_is_a_finding(case_of):
    case = case_of("buy-availability-28d")
    assert "at most 99.9 % of events" in evidence.dependencies_part(case).text
    assert evidence.dependencies_part(case_of("ticket-freshness-28d")).html == ""
    bank = JourneyDependency(name="Bank", target=Decimal("0.99"))
    mail = JourneyDependency(name="Mail", target=Decimal("0.9"), is_hard=False)
    journeys = tuple(one.model_copy(update={"dependencies": (bank, mail)}) for one in case.workbook.journeys)
    limited = replace(case, workbook=case.workbook.model_copy(update={"journeys": journeys}))
    text = evidence.dependencies_part(limited).text
    assert "at most 99 % of events" in text
    assert "Left out as soft: Mail" in text
    assert "above-the-ceiling" in [finding.code for finding in limited.findings()]


def test_the_first_page_says_what_is_left_out_of_the_count_and_what_is_not(case_of):
    case = case_of("buy-availability-28d")
    assert "left out of the count" not in case.summary().text
    hour = Exclusion(start="2026-04-02 10:00", end="2026-04-02 11:00", reason="Provider outage", author="the team")
    one = assess(
        case.history, "buy-availability", window=case.objective.window, confidence=case.objective.confidence, rng=np.random.default_rng(3),
        stated_target=case.objective.target, exclusions=[hour], event="request",
    )  # fmt: skip
    text = replace(case, assessment=one).summary().text
    assert "1 stretch of time (1 h together) is left out of the count; with them, 0.34 % went wrong." in text
    assert "This counts all times, those that are left out elsewhere included." in text
