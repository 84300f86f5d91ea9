"""What a slider says is what the proposal says; a looser target is never harder to keep."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.assessment import assess
from slo_workbench.analysis.revenue import value_at_risk
from slo_workbench.analysis.target_exploration import TargetExploration
from slo_workbench.analysis.target_steps import TARGETS, target_steps
from slo_workbench.analysis.threshold_counts import latency_counts
from slo_workbench.analysis.user_coverage import cover_users
from slo_workbench.document.model import Exclusion
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import TABLES, empty_table
from slo_workbench.history.latency_buckets import upper_edge_ms
from slo_workbench.units import Window, parse_window

ZONE, SEED = "Europe/London", 7
SURE = Decimal("0.9")


@pytest.fixture(scope="module")
def latency(stagedoor_history):
    return exploration_of(stagedoor_history, "buy-latency")


@pytest.fixture(scope="module")
def settlement(stagedoor_history):
    return exploration_of(stagedoor_history, "settlement-coverage", event="item")


def exploration_of(history, indicator, *, window="28d", event="request", **more):
    return TargetExploration(history, indicator, parse_window(window), SURE, seed=SEED, time_zone=ZONE, event=event, currency="EUR", **more)


def without(history, *names):
    """Return a History without the rows of some tables."""
    return replace(history, **{name: empty_table(name) for name in names})


def first_days(history, indicator, n_days):
    source = history.source_of(indicator)
    end = pd.Timestamp(source.first_time).tz_localize(None).normalize() + pd.Timedelta(days=n_days)
    tables = {
        name: (frame := getattr(history, name))[frame["minute" if "minute" in frame else "hour"] < end]
        for name in TABLES
        if name != "users"
    }
    record = replace(source, last_time=f"{end - pd.Timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}")
    return replace(history, **tables, provenance=replace(history.provenance, sources=(record,)))


@pytest.mark.parametrize(("indicator", "threshold_ms"), [("buy-latency", 3000.0), ("buy-availability", None)])
def test_figures_are_those_of_the_assessment_and_of_users_and_money_asked_directly(stagedoor_history, indicator, threshold_ms):
    target = Decimal("0.97")
    found = exploration_of(stagedoor_history, indicator).at(threshold_ms, target)
    same = {"threshold_ms": threshold_ms, "event": "request"}
    alone = assess(
        stagedoor_history, indicator, window=Window(28), confidence=SURE, rng=np.random.default_rng(SEED), stated_target=target,
        time_zone=ZONE, **same,
    )  # fmt: skip
    assert (found.fitted_target, found.assessment.fit.suggestions) == (alone.fit.target, alone.fit.suggestions)
    assert found.assessment.stated_sentence == alone.stated_sentence
    assert alone.stated_sentence.endswith(
        f"Of the {found.windows_kept[1]} windows of that length in the history, which overlap, {found.windows_kept[0]} kept it."
    )
    assert found.budget == alone.budget
    assert found.chance_of_keeping == alone.fit.predicted.chance_of_keeping(target)
    pd.testing.assert_frame_equal(found.assessment.rolling, alone.rolling)
    assert found.users.sentences == cover_users(stagedoor_history, indicator, target=target, **same).sentences
    money = value_at_risk(
        stagedoor_history, indicator, rng=np.random.default_rng(SEED), currency="EUR", target=target, time_zone=ZONE, **same
    )
    assert found.money.sentences == money.sentences


def test_the_order_of_moves_changes_nothing(stagedoor_history, latency):
    other = exploration_of(stagedoor_history, "buy-latency")
    other.at(1500.0, Decimal("0.9"))
    other.at(3000.0, Decimal("0.5"))
    other.at(10_000.0, Decimal("0.999"))
    assert other.at(3000.0, Decimal("0.96")).sentences == latency.at(3000.0, Decimal("0.96")).sentences


@given(two=st.tuples(*[st.sampled_from(TARGETS)] * 2), threshold_ms=st.sampled_from([1200.0, 3000.0, 10_000.0]))
def test_a_looser_target_is_never_harder_to_keep(latency, two, threshold_ms):
    looser, tighter = (latency.at(threshold_ms, target) for target in sorted(two))
    if tighter.chance_of_keeping is not None:
        assert looser.chance_of_keeping >= tighter.chance_of_keeping
    assert looser.windows_kept[0] >= tighter.windows_kept[0]
    assert looser.budget.bad_events_allowed >= tighter.budget.bad_events_allowed
    if threshold_ms != 1200.0:
        assert looser.users.shown.below_target_share <= tighter.users.shown.below_target_share


@given(st.tuples(*[st.sampled_from([600.0, 800.0, 1000.0, 2000.0, 3000.0, 5000.0, 10_000.0, 15_000.0])] * 2))
def test_a_longer_threshold_is_never_harder_to_keep(latency, two):
    shorter, longer = (latency.at(threshold_ms, Decimal("0.95")).assessment for threshold_ms in sorted(two))
    assert shorter.n_bad >= longer.n_bad
    assert (shorter.rolling["sli"].to_numpy() <= longer.rolling["sli"].to_numpy()).all()


def test_latencies_give_the_same_as_the_counted_threshold_within_a_bucket(stagedoor_history):
    counts = latency_counts(stagedoor_history, "buy-latency")
    exact = stagedoor_history.series_of("buy-latency", 3000.0)
    within = counts.within(3000.0)
    assert within.n_valid == exact["valid"].sum()
    assert within.n_good <= exact["good"].sum() <= within.n_good + within.n_perhaps


def test_at_a_bucket_edge_nothing_is_uncertain(stagedoor_history):
    assert latency_counts(stagedoor_history, "buy-latency").within(float(upper_edge_ms(700))).n_perhaps == 0


def test_between_the_indicators_thresholds_users_and_money_are_refused_with_what_would_help(latency):
    found = latency.at(2000.0, Decimal("0.9"))
    assert (found.users, found.money) == (None, None)
    said = " ".join(found.sentences)
    assert "only at the indicator's own thresholds (3 s and 10 s)" in said
    assert "Add 2 s to its thresholds_ms" in said
    assert "in steps of 1 %" in said


def test_a_budget_below_one_event_is_refused_with_alternatives_and_no_chance(latency):
    found = latency.at(3000.0, Decimal("0.99999"))
    assert found.chance_of_keeping is None
    assert found.title == "99.999 % within 3 s: a single bad request breaks it"
    assert "a longer window" in found.answers[0].behind


def test_a_short_history_is_refused_but_shows_what_was_measured(stagedoor_history):
    short = exploration_of(first_days(stagedoor_history, "buy-availability", 10), "buy-availability")
    found = short.at(None, short.first_target(None))
    assert found.target == Decimal("0.99")
    assert found.chance_of_keeping is None
    assert found.windows_kept == (0, 0)
    assert "cannot carry a promise over 28 days" in " ".join(found.sentences)
    assert "nan" not in " ".join(found.sentences).lower()


def test_an_empty_history_says_so_and_shows_no_nan(stagedoor_history):
    empty = exploration_of(without(stagedoor_history, "series", "latency", "users", "value"), "buy-availability")
    found = empty.at(None, Decimal("0.99"))
    assert found.budget is None
    assert "No request of the history is valid" in " ".join(found.sentences)
    assert "nan" not in " ".join(found.sentences).lower()


def test_without_latencies_only_the_indicators_own_thresholds_can_be_asked(stagedoor_history):
    bare = exploration_of(without(stagedoor_history, "latency"), "buy-latency")
    assert bare.thresholds_ms == (3000.0, 10_000.0)
    assert "only its own thresholds can be looked at (3 s, 10 s)" in bare.why_fixed
    with pytest.raises(TooLittleData, match="latency_ms"):
        bare.at(2000.0, Decimal("0.9"))


def test_daily_counts_are_told_without_users_money_or_minutes(settlement):
    found = settlement.at(None, Decimal("0.98"))
    said = {answer.question: answer for answer in found.answers}
    assert said["Whom does it cover?"].state == said["What money is at risk?"].state == "refused"
    assert "outage" not in " ".join(said["What may go wrong?"].sentences)
    assert "no threshold" in settlement.why_fixed


def test_calendar_windows_are_counted_by_whole_periods_too(stagedoor_history):
    found = exploration_of(stagedoor_history, "buy-availability", window="month").at(None, Decimal("0.99"))
    n_kept, n_seen = found.periods_kept
    assert 0 <= n_kept <= n_seen
    assert "calendar month" in found.answers[1].behind


def test_excluded_times_are_left_out_between_thresholds_too_and_said(stagedoor_history):
    times = Exclusion.model_validate({"start": "2026-03-16 00:00", "end": "2026-03-17 00:00", "reason": "moved", "author": "Operations"})
    found = exploration_of(stagedoor_history, "buy-latency", exclusions=(times,))
    whole, between = found.at(3000.0, Decimal("0.96")), found.at(2000.0, Decimal("0.9"))
    assert whole.assessment.n_valid == between.assessment.n_valid
    assert "An hour that begins in an excluded time" in " ".join(between.sentences)
    assert "This counts all times" in " ".join(whole.sentences)


@pytest.mark.parametrize("target", [Decimal(0), Decimal(1), 0.99, Decimal("1.5")])
def test_what_is_no_target_is_refused(latency, target):
    with pytest.raises(UnusableValue, match="above 0 % and below 100 %"):
        latency.at(3000.0, target)


@pytest.mark.parametrize("threshold_ms", [0.0, -3.0, float("nan")])
def test_what_is_no_threshold_is_refused(latency, threshold_ms):
    with pytest.raises(UnusableValue, match="time above 0 ms"):
        latency.at(threshold_ms, Decimal("0.9"))


def test_steps_rise_are_exact_and_hold_the_document_and_the_history(stagedoor_history):
    steps = target_steps(Decimal("0.9948"), Decimal("0.99"))
    assert list(steps) == sorted(set(steps))
    assert (steps[0], steps[-1]) == (Decimal("0.9"), Decimal("0.99999"))
    asked = exploration_of(stagedoor_history, "buy-latency", document_target=Decimal("0.9333"))
    assert {Decimal("0.9333"), asked.fitted_target(3000.0)} <= set(asked.targets(3000.0))
    assert {3000.0, 10_000.0} < set(asked.thresholds_ms)
