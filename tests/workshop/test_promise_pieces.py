"""The pieces of notebooks 05 to 08: promises tried on the past, users one by one, policies side by side, what is open, what would watch."""

import pandas as pd
import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.workshop.budget_in_hand import budget_in_hand, one_bad_breaks_it, partial_outage
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.monitoring_files import monitoring_excerpt, monitoring_files
from slo_workbench.workshop.open_points import open_points, open_points_part
from slo_workbench.workshop.opening import open_workshop
from slo_workbench.workshop.past_promises import naive_promises, telling_days, try_naive_promises
from slo_workbench.workshop.policy_choices import decide_policy, policies_side_by_side, policy_calendar
from slo_workbench.workshop.promise_draft import draft_objective
from slo_workbench.workshop.tickets_part import tickets_part
from slo_workbench.workshop.user_questions import ask_users
from slo_workbench.workshop.within_reach import at_target, ceiling_part, reach_part
from slo_workbench.workshop.worst_stretch import worst_stretch

BUY = "buy-availability-28d"
CSV = "time,status,user,value\n" + "".join(f"2026-03-{day:02}T10:0{m}:00Z,200,u{m},100\n" for day in range(2, 6) for m in range(10))


@pytest.fixture
def bare(tmp_path):
    """A workbook with four days of ten good requests each, and nothing else that is optional."""
    (tmp_path / "log.csv").write_text(CSV)
    (tmp_path / "workbook.yaml").write_text(
        "service: {name: shop}\nsources: {log: {path: log.csv}}\njourneys:\n- {id: buy, name: Buy}\nindicators:\n"
        "- {id: buy-ok, journey: buy, kind: availability, specification: Orders that work., measured_at: server_log, source: log,"
        " valid: 'true', good: status < 500}\n"
    )
    return open_workshop(str(tmp_path / "workbook.yaml"))


# --------------------------------------------------------------------------------------------- the target


def test_the_naive_rule_is_tried_on_windows_that_lie_side_by_side():
    days = pd.date_range("2026-03-02", periods=10)
    daily = pd.DataFrame({"day": days, "valid": 100, "good": [99, 99, 98, 98, 97, 99, 99, 99, 0, 0]})
    made = naive_promises(daily.iloc[:8], window_days=2)
    assert made["made_on"].dt.day.tolist() == [4, 6, 8]
    assert made["is_kept"].tolist() == [False, True, True]


def test_windows_in_which_nothing_was_valid_promise_nothing():
    daily = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=4), "valid": [0, 0, 5, 5], "good": [0, 0, 5, 5]})
    assert naive_promises(daily, window_days=2).empty


def test_the_past_of_the_worked_example_breaks_the_naive_promise_more_often_than_the_fitted_one(workshop):
    case = workshop.case(BUY)
    said = try_naive_promises(case, window_days=7).text
    assert "would have missed it 4 of 7 times" in said
    assert "would have been missed 0 of 7 times" in said
    days = telling_days(case)
    assert {days["valid"].min(), days["valid"].max()} == {case.assessment.daily["valid"].min(), case.assessment.daily["valid"].max()}


def test_a_draft_needs_an_indicator_and_is_made_once(bare):
    with pytest.raises(FindingsError, match="there is: buy-ok"):
        draft_objective(bare)
    first, again = draft_objective(bare, indicator_id="buy-ok", window="7d"), draft_objective(bare, indicator_id="buy-ok")
    assert first.objective_id == again.objective_id == "buy-ok-7d"
    assert first.decision.is_change
    assert not again.decision.is_change
    assert str(bare.objective().window) == "7d"


def test_reach_and_ceiling_speak_of_the_target_in_hand(workshop):
    decide(workshop.path, "objective", BUY, target="99.95%", reason="To see.")
    case = workshop.case(BUY)
    assert "does not support" in reach_part(case).text
    assert "99.95" in ceiling_part(case).text
    assert "lies below that" not in ceiling_part(case).text
    assert "At 99.9 % about" in at_target(case, "99.9%")


# ------------------------------------------------------------------------------- a history that is too short


def test_a_history_of_four_days_is_spoken_of_and_never_breaks_a_cell(bare):
    objective = draft_objective(bare, indicator_id="buy-ok").objective_id
    case, users = bare.case(objective), ask_users(bare, objective)
    assert "No target stands in the workbook yet" in reach_part(case).text
    assert "Your draft is 99.5 %" in reach_part(case, draft_target="99.5%").text
    assert "cannot tell" in at_target(case, "99.9%")
    assert "names no dependency" in ceiling_part(case).text
    assert "That takes 14 complete days" in try_naive_promises(case).text
    assert "Without a target" in budget_in_hand(case).text + one_bad_breaks_it(case) + policies_side_by_side(case).text
    assert "no policy to draw" in policy_calendar(case).text
    assert "names no list of tickets" in tickets_part(case).text
    assert "40 valid requests carry a user; 10 users stand" in users.summary().text
    assert "fewer than 30" in users.after_a_bad_one().text
    assert worst_stretch(case)["bad"].sum() == 0
    assert "No rule speaks of" in monitoring_excerpt(bare, objective).text
    assert ("missing", "No target is decided.", "notebook 05") in open_points(bare, objective)


def test_where_no_user_is_known_every_answer_says_so(workshop):
    users = ask_users(workshop, "settlement-coverage-28d")
    assert users.events.empty
    for answer in (users.summary(), users.uptime(), users.customers(), users.after_a_bad_one()):
        assert answer.text.startswith("Nobody can speak of users here")


# ------------------------------------------------------------------------------------------------- users


def test_users_and_customers_are_told_apart(workshop):
    users = ask_users(workshop, BUY)
    assert len(users.events) == workshop.case(BUY).assessment.n_valid
    paid = users.around[users.around["is_good"] & (users.around["value_cents"] > 0)]["user"]
    n_customers = users.events[users.events["user"].isin(set(paid))]["user"].nunique()
    assert f"customers: they bought  {n_customers:,}" in users.customers().text
    assert "the service was up for" in users.uptime().text
    assert "(Europe/London)" in users.uptime().text
    assert "too few to judge by" not in users.uptime().text
    # in the hole of that day nobody knows
    assert "2026-03-26 1" not in users.uptime().text
    assert "A purchase followed within 1 h" in users.after_a_bad_one().text


# ---------------------------------------------------------------------------------------- budget and policy


def test_every_example_policy_stands_beside_the_teams_own(workshop):
    text = policies_side_by_side(workshop.case(BUY)).text
    assert [name for name in ("yours", "gentle", "four-thresholds", "strict") if name in text] == [
        "yours", "gentle", "four-thresholds", "strict",
    ]  # fmt: skip
    assert "data:image/svg+xml" in policy_calendar(workshop.case(BUY), "strict").html
    with pytest.raises(UnusableValue, match="did you mean 'strict'"):
        policy_calendar(workshop.case(BUY), "strickt")


def test_a_policy_taken_by_name_is_written_with_who_agreed_and_undecided_it_stays(workshop):
    before = workshop.path.read_bytes()
    assert not decide_policy(workshop.path).is_change
    assert workshop.path.read_bytes() == before
    decide_policy(workshop.path, policy_name="strict", agreed_by="Product, Operations ,", agreed_on="2026-05-04")
    policy = workshop.workbook.policy
    assert [clause.id for clause in policy.clauses] == ["learn-from-incident", "look", "slow-down", "freeze"]
    assert policy.agreed_by == ("Product", "Operations")


def test_the_worst_stretch_holds_what_the_worst_incident_spent(workshop):
    case = workshop.case(BUY)
    stretch = worst_stretch(case)
    assert stretch["bad"].sum() == case.assessment.incidents["bad"].max()
    assert len(stretch) <= 12
    assert list(stretch)[0] == "from (Europe/London)"
    # 09:00 UTC in summer
    assert stretch.iloc[0, 0] == "2026-04-02 10:00"


def test_the_budget_in_hand_is_plain_arithmetic(workshop):
    assert budget_in_hand(workshop.case(BUY), "99.95%").text.startswith("99.95 % over 28 days allows 20.16 min of full outage")


def test_tickets_stand_beside_the_budget(workshop):
    assert "2026-04-16 (81 tickets" in tickets_part(workshop.case(BUY)).text


# ----------------------------------------------------------------------------------------- before it is signed


def test_open_points_name_what_nobody_filled_what_nobody_sees_and_who_dissents(workshop):
    kinds = [kind for kind, _, _ in open_points(workshop, BUY)]
    assert kinds == ["missing", "gap", "dissent"]
    decide_policy(workshop.path, agreed_by="Product")
    assert "Nobody has agreed" not in open_points_part(workshop, BUY).text
    assert "my-service" not in open_points_part(workshop, BUY).text
    decide(workshop.path, "service", name="my-service")
    assert "notebook 00: service_name" in open_points_part(workshop, BUY).text


def test_the_files_for_monitoring_are_listed_and_none_is_written(workshop):
    before = sorted(workshop.folder.rglob("*"))
    assert "stagedoor.rules.yml" in monitoring_files(workshop).text
    assert "slo:bad_share:ratio_rate5m" in monitoring_excerpt(workshop, BUY).text
    assert sorted(workshop.folder.rglob("*")) == before


def test_each_objective_says_what_it_lacks_to_be_watched(bare):
    draft_objective(bare, indicator_id="buy-ok")
    text = monitoring_files(bare).text
    assert "buy-ok-28d cannot be watched yet: it lacks a target (notebook 05 sets one) and selectors of its indicator buy-ok." in text
    assert "selectors:" in text
    decide(bare.path, "objective", "buy-ok-28d", target="99%", reason="Kept so far.")
    assert "it lacks selectors of its indicator buy-ok." in monitoring_files(bare).text


def test_refused_rows_are_something_to_look_at(workshop):
    case = workshop.case(BUY)
    n_refused = case.history.source_of(case.indicator.id).n_rows_refused
    told = [what for kind, what, _ in open_points(workshop, BUY) if kind == "data"]
    assert bool(told) == bool(n_refused)


def test_a_draft_stands_beside_what_the_workbook_says(workshop):
    assert "In the workbook: 99.1 %" in reach_part(workshop.case(BUY), draft_target="99.5%").text
    assert "Your draft" not in reach_part(workshop.case(BUY), draft_target="99.1%").text


def test_one_in_ten_may_fail_for_ten_times_as_long(workshop):
    assert partial_outage(workshop.case(BUY), "10%").startswith("For 2 d 12 h")
    assert partial_outage(workshop.case(BUY), "0.1%").startswith("All the time")


@pytest.mark.parametrize("rows", ["2026-03-02T10:00:00Z,200\n", "2026-03-02T10:00:00Z,700\n2026-03-02T10:01:00Z,700\n"])
def test_too_little_to_add_up_by_hand_is_refused_and_never_nan(tmp_path, rows):
    (tmp_path / "log.csv").write_text("time,status\n" + rows)
    (tmp_path / "workbook.yaml").write_text(
        "service: {name: shop}\nsources: {log: {path: log.csv}}\njourneys: [{id: buy, name: Buy}]\nindicators:\n"
        "- {id: up, journey: buy, kind: availability, specification: s, measured_at: server_log, source: log, valid: status < 600, good: status < 500}\n"
        "objectives: [{id: up-28d, indicator: up}]\n"
    )
    case = open_workshop(str(tmp_path / "workbook.yaml")).case()
    with pytest.raises(TooLittleData, match="nothing to add up"):
        telling_days(case)
    if "700" in rows:
        with pytest.raises(TooLittleData, match="nothing burnt the budget"):
            worst_stretch(case)
