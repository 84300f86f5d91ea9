from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.fit import fit_target, history_findings, target_of
from slo_workbench.analysis.predicted_window import PredictedWindow, pool_weight, predict_window
from slo_workbench.errors import TooLittleData, UnusableValue


def rng():
    return np.random.default_rng(20260302)


def days_of(bad, valid=10_000):
    bad = np.asarray(bad)
    return pd.DataFrame({"day": pd.date_range("2026-01-01", periods=len(bad)), "valid": valid, "good": valid - bad})


def test_a_calm_history_gives_a_target_just_below_its_level_and_leaves_room_for_what_has_not_happened():
    fit = fit_target(days_of([10] * 90), rng=rng())
    assert fit.target <= Decimal("0.999")
    assert fit.target > Decimal("0.997")
    assert fit.n_days == 90
    assert (fit.n_valid, fit.n_bad) == (900_000, 900)


def test_the_target_is_exact_and_its_bad_share_has_two_significant_digits():
    fit = fit_target(days_of([10, 20, 15, 12] * 20), rng=rng())
    bad = (1 - fit.target).normalize()
    assert len(bad.as_tuple().digits) <= 2
    assert float(fit.target) <= fit.unrounded
    assert float(bad) - (1 - fit.unrounded) < float(bad) * 0.1


def test_more_confidence_never_gives_a_tighter_target():
    daily = days_of(np.random.default_rng(1).poisson(20, 60))
    targets = [fit_target(daily, confidence=c, rng=rng()).target for c in (0.99, 0.95, 0.9, 0.75, 0.5)]
    assert targets == sorted(targets)
    suggestions = fit_target(daily, rng=rng()).suggestions
    assert suggestions["conservative"] <= suggestions["suggested"] <= suggestions["stretch"]


def test_the_same_seed_gives_the_same_target_and_another_seed_nearly():
    daily = days_of(np.random.default_rng(1).poisson(20, 60))
    one, same, other = (fit_target(daily, rng=np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one.target == same.target
    assert abs(one.unrounded - other.unrounded) < 0.1 * (1 - one.unrounded)


def test_a_history_without_a_single_failure_does_not_promise_a_hundred_percent():
    fit = fit_target(days_of([0] * 60), rng=rng())
    assert fit.target < 1
    # rule of three and kin: so many events without failure show a bad share of at most -ln(1 - c) / n
    assert 1 - fit.target >= Decimal(str(-np.log(0.1) / 600_000))
    assert any("No event was bad" in reason for reason in fit.reasons)


def test_a_history_shorter_than_the_window_is_refused_with_alternatives():
    with pytest.raises(TooLittleData) as caught:
        fit_target(days_of([1] * 20), rng=rng())
    for part in ("20 complete days", "28 days", "gather 8 more days", "14 days", "aspirational"):
        assert part in str(caught.value)


def test_a_service_that_rests_at_weekends_has_a_history_and_one_that_hardly_runs_has_none():
    daily = days_of([1] * 56)
    daily.loc[daily["day"].dt.dayofweek >= 5, ["valid", "good"]] = 0
    assert history_findings(daily, window_days=28) == ()
    assert fit_target(daily, rng=rng()).predicted.valid_events == pytest.approx(200_000)
    daily.loc[3:, ["valid", "good"]] = 0
    assert "only 2 days of 56" in history_findings(daily, window_days=28)[0].message


def test_a_service_that_always_fails_is_not_promised_at_0_percent():
    with pytest.raises(TooLittleData, match="no target above 0 %"):
        fit_target(days_of([10_000] * 60), rng=rng())


def test_no_event_at_all_is_refused():
    with pytest.raises(TooLittleData, match="no valid event"):
        fit_target(days_of([0] * 40, valid=0), rng=rng())


def test_a_budget_of_less_than_one_event_is_refused_and_of_a_few_is_doubted():
    with pytest.raises(TooLittleData, match="less than one"):
        # two events a day, almost none bad: a window holds 56
        fit_target(days_of([0] * 2_000, valid=2), rng=rng())
    doubtful = fit_target(days_of([0, 1, 0, 0, 0, 0, 0] * 8, valid=10), rng=rng())
    assert [finding.code for finding in doubtful.findings] == ["budget-few-events"]


@pytest.mark.parametrize("confidence", [0.4, 1.0, 0.9999, 0])
def test_a_confidence_no_history_can_give_is_refused(confidence):
    with pytest.raises(TooLittleData, match="between 0.5 and 0.999"):
        fit_target(days_of([1] * 60), confidence=confidence, rng=rng())


def test_a_pool_of_worse_services_loosens_a_short_history_and_fades_with_a_long_one():
    worse = [days_of([500] * 100) for _ in range(3)]
    short_alone, short_pooled = (
        predict_window(days_of([5] * 28), window_days=28, rng=rng(), pool=pool) for pool in ([days_of([5] * 100)], worse)
    )
    long_alone, long_pooled = (
        predict_window(days_of([5] * 1_500), window_days=28, rng=rng(), pool=pool) for pool in ([days_of([5] * 100)], worse)
    )
    assert short_pooled.quantile(0.5) < short_alone.quantile(0.5)
    assert (short_alone.quantile(0.5) - short_pooled.quantile(0.5)) > 5 * (long_alone.quantile(0.5) - long_pooled.quantile(0.5))


def test_every_service_of_the_pool_weighs_the_same_however_long_its_history():
    pool = [days_of([0] * 1_000), days_of([1_000] * 10)]
    predicted = predict_window(days_of([0] * 28), window_days=28, rng=rng(), pool=pool)
    # half of the foreign days have 10 % bad
    assert np.mean(predicted.bad_shares) == pytest.approx(pool_weight(28) * 0.05, rel=0.05)


def test_the_predicted_mean_is_that_of_the_history_where_the_tail_is_thin():
    predicted = predict_window(days_of([100] * 2_000), window_days=28, rng=rng())
    assert np.median(predicted.bad_shares) == pytest.approx(0.01, rel=1e-3)


def test_a_share_of_zero_to_one_whatever_is_drawn():
    predicted = predict_window(days_of([9_999, 10_000] * 20), window_days=28, rng=rng())
    assert (predicted.bad_shares >= 0).all()
    assert (predicted.bad_shares <= 1).all()


def test_quantile_and_chance_answer_each_other():
    predicted = PredictedWindow(np.sort(np.linspace(0, 0.1, 1_001)), 28, 1_000.0)
    assert predicted.quantile(0.1) == pytest.approx(0.91)
    assert predicted.chance_of_keeping(Decimal("0.91")) == pytest.approx(0.9, abs=0.002)
    assert predicted.chance_of_keeping(1) == pytest.approx(1 / 1_001)
    assert predicted.histogram()["share"].sum() == pytest.approx(1)


def test_a_promise_of_ninety_percent_is_kept_by_about_that_many_next_windows_of_a_steady_world():
    """Walk forward over 200 made-up services whose days are alike: the promise must hold."""
    world = np.random.default_rng(11)
    kept = 0
    for _ in range(200):
        bad = world.poisson(world.gamma(2, 10, size=84))
        target = fit_target(days_of(bad[:56]), rng=world).target
        kept += 1 - bad[56:].sum() / 280_000 >= float(target)
    assert 170 <= kept <= 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda days: days.drop(columns="good"), "good is not there"),
        (lambda days: days.assign(good=days["valid"] + 1), "more good events than valid ones"),
        (lambda days: days.assign(good=days["good"].where(days.index != 3)), "1 of 60 days have no counts"),
        (lambda days: days[::-1], "in order"),
        (lambda days: pd.concat([days, days]).sort_values("day"), "each once"),
    ],
)
def test_counts_that_cannot_be_are_refused_with_the_first_such_day(change, said):
    with pytest.raises(UnusableValue, match=said):
        fit_target(change(days_of([1] * 60)), rng=rng())


def test_fewer_than_seven_days_carry_no_promise_over_any_window():
    with pytest.raises(TooLittleData, match="5 complete days of history are fewer than 7"):
        fit_target(days_of([1] * 5), window_days=3, rng=rng())
    assert fit_target(days_of([1] * 7), window_days=3, rng=rng()).n_days == 7


@given(st.lists(st.integers(0, 300), min_size=28, max_size=60), st.integers(2, 1_000))
def test_a_service_of_many_times_the_traffic_and_the_same_shares_gets_the_same_prediction(bad, times):
    daily = days_of(bad)
    larger = daily.assign(valid=daily["valid"] * times, good=daily["good"] * times)
    one, other = (predict_window(days, window_days=28, rng=rng(), n_draws=500) for days in (daily, larger))
    np.testing.assert_allclose(one.bad_shares, other.bad_shares, rtol=1e-9, atol=1e-12)


@given(st.lists(st.integers(0, 10_000), min_size=28, max_size=60))
def test_whatever_the_days_were_more_confidence_never_raises_the_target(bad):
    predicted = predict_window(days_of(bad), window_days=28, rng=rng(), n_draws=500)
    targets = [target_of(predicted, confidence, 10_000 * len(bad)) for confidence in (0.5, 0.75, 0.9, 0.95, 0.99)]
    assert targets == sorted(targets, reverse=True)
    assert all(0 <= target < 1 for target in targets)
