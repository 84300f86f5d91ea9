"""What is left of the budget is known at each step from what came before it, and a mid-period figure is never without its name."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.budget_over_time import budget_over_time
from slo_workbench.analysis.windows import complete_days_of, daily_counts, rolling_sli
from slo_workbench.errors import UnusableValue
from slo_workbench.units import Window, parse_window

TARGET = Decimal("0.99")
PAIRS = st.lists(st.integers(0, 1000).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid))), min_size=8, max_size=70)
PERIODS = st.sampled_from(["week", "month", "quarter"])
SHARES = ["so_far_spent_share", "extrapolated_spent_share"]


def daily_of(pairs, start="2026-03-02"):
    valid, good = zip(*pairs, strict=True)
    return pd.DataFrame({"day": pd.date_range(start, periods=len(pairs)), "valid": valid, "good": good})


def has_data(daily):
    return bool(daily["valid"].sum())


# The Site Reliability Workbook, chapter 2: 3,663,253 requests at 97 %; 14,066 errors are 13 % of the budget, 72,000 are 65 % (65.5)
@pytest.mark.parametrize(("bad", "spent"), [(14_066, 0.128), (72_000, 0.655)])
def test_the_share_spent_is_that_of_the_workbook(bad, spent):
    daily = daily_of([(3_663_253, 3_663_253 - bad)])
    found = budget_over_time(daily, target=Decimal("0.97"), window=Window(1))
    assert found.frame["spent_share"].iloc[0] == pytest.approx(spent, abs=5e-4)


@given(PAIRS, st.integers(1, 30))
def test_a_rolling_window_spends_what_its_sli_lacks(pairs, window_days):
    daily = daily_of(pairs)
    if not has_data(daily):
        return
    found = budget_over_time(daily, target=TARGET, window=Window(window_days))
    windows = rolling_sli(daily, window_days)
    np.testing.assert_array_equal(found.frame["is_judged"].tail(len(windows)), windows["valid"].astype(float) > 0)
    assert not found.frame["is_judged"].head(len(daily) - len(windows)).any()
    expected = (1 - windows["sli"].astype(float)) / 0.01
    np.testing.assert_allclose(found.frame["spent_share"].tail(len(windows)).to_numpy(), expected, rtol=1e-9, atol=1e-9)


@given(PAIRS, PERIODS, st.integers(0, 62))
def test_nothing_looks_ahead(pairs, period, n_cut):
    daily = daily_of(pairs)
    head = daily.head(max(len(daily) - n_cut, 1))
    if not has_data(head):
        return
    for window in (Window(7), parse_window(period)):
        whole = budget_over_time(daily, target=TARGET, window=window).frame
        pd.testing.assert_frame_equal(whole.head(len(head)), budget_over_time(head, target=TARGET, window=window).frame)


@given(PAIRS, PERIODS)
def test_at_the_end_of_a_period_both_figures_are_the_same(pairs, period):
    daily = daily_of(pairs, "2026-03-01")
    if not has_data(daily):
        return
    frame = budget_over_time(daily, target=TARGET, window=parse_window(period)).frame
    last = frame[(frame["end"] == frame["period_end"]) & frame["is_judged"]]
    np.testing.assert_allclose(last[SHARES[0]], last[SHARES[1]])
    np.testing.assert_array_equal(last["valid"], last["expected_valid"])


@given(PAIRS, PERIODS, st.integers(2, 1000))
def test_more_traffic_of_the_same_kind_changes_no_share(pairs, period, times):
    daily = daily_of(pairs)
    if not has_data(daily):
        return
    more = daily.assign(valid=daily["valid"] * times, good=daily["good"] * times)
    for window, names in ((Window(7), ["spent_share"]), (parse_window(period), SHARES)):
        one, other = (budget_over_time(counts, target=TARGET, window=window).frame[names] for counts in (daily, more))
        np.testing.assert_allclose(one, other)


@given(PAIRS, st.integers(0, 69))
def test_one_bad_event_more_leaves_no_more(pairs, place):
    daily = daily_of(pairs)
    place %= len(daily)
    worse = daily.copy()
    worse.loc[place, "good"] = max(worse.loc[place, "good"] - 1, 0)
    if not has_data(daily):
        return
    for window, names in ((Window(7), ["left_share"]), (parse_window("month"), ["so_far_left_share", "extrapolated_left_share"])):
        before, after = (budget_over_time(counts, target=TARGET, window=window).frame[names].fillna(0) for counts in (daily, worse))
        assert (after <= before).all(axis=None)


def test_half_way_through_a_week_the_two_figures_have_their_names():
    # a usual week of 1,000 a day on weekdays and 2,000 at weekends, then three days of the next, 30 bad
    daily = daily_of([(1000, 1000)] * 5 + [(2000, 2000)] * 2 + [(1000, 990)] * 3)
    found = budget_over_time(daily, target=TARGET, window=parse_window("week"), event="request")
    last = found.frame.iloc[-1]
    assert last["so_far_spent_share"] == pytest.approx(30 / (0.01 * 3000))
    assert last["expected_valid"] == 3000 + 2 * 1000 + 2 * 2000
    assert last["extrapolated_spent_share"] == pytest.approx(30 / (0.01 * 9000))
    assert found.sentences[0].startswith(
        "So far, from 2026-03-09 to 2026-03-11, 30 of 3,000 valid requests were bad: 100 % of what 99 % allows"
    )
    assert found.sentences[1].startswith("Extrapolated: of the budget of the whole week to 2026-03-15 33 % is spent, 67 % is left.")


def test_a_period_that_the_history_begins_within_is_not_judged():
    found = budget_over_time(daily_of([(10, 9)] * 40, "2026-01-15"), target=TARGET, window=parse_window("month"))
    assert found.frame["is_judged"].tolist() == [False] * 17 + [True] * 23
    early = budget_over_time(daily_of([(10, 9)] * 10, "2026-01-15"), target=TARGET, window=parse_window("month"))
    assert early.sentences[0].startswith("Nobody can say what is left at 2026-01-24: the data does not cover the beginning of this month")


def test_a_weekday_that_was_never_seen_cannot_be_extrapolated():
    found = budget_over_time(daily_of([(10, 10)] * 3), target=TARGET, window=parse_window("week"))
    assert np.isnan(found.frame["extrapolated_spent_share"]).all()
    assert "cannot be extrapolated: not every weekday" in found.sentences[1]


def test_a_hole_is_neither_good_nor_bad_and_is_told():
    daily = daily_of([(100, 99)] * 10 + [(0, 0)] * 4 + [(100, 99)] * 14)
    for one in (daily, daily[daily["valid"] > 0]):
        found = budget_over_time(one, target=TARGET, window=Window(28), event="request")
        assert found.frame["spent_share"].iloc[-1] == pytest.approx(1.0)
        assert found.n_days_without_data == 4
        assert "4 days had no valid request: that is neither good nor bad" in " ".join(found.sentences)


def test_nothing_valid_in_a_whole_window_is_not_a_full_budget():
    daily = daily_of([(100, 99)] * 7 + [(0, 0)] * 8)
    found = budget_over_time(daily, target=TARGET, window=Window(7))
    assert found.frame["is_judged"].tolist()[-3:] == [True, False, False]
    assert np.isnan(found.frame["left_share"].iloc[-1])
    assert "nan" not in " ".join(found.sentences).lower()


def test_minutes_and_their_days_tell_the_same():
    rng = np.random.default_rng(3)
    minutes = pd.date_range("2026-03-02", periods=20 * 1440, freq="min")
    valid = rng.poisson(5, len(minutes))
    series = pd.DataFrame({"minute": minutes, "valid": valid, "good": rng.binomial(valid, 0.99)})
    for zone in ("UTC", "Europe/London"):
        by_minute = budget_over_time(series, target=TARGET, window=Window(7), time_zone=zone, resolution_minutes=1)
        by_day = budget_over_time(daily_counts(series, time_zone=zone), target=TARGET, window=Window(7))
        pd.testing.assert_frame_equal(by_minute.frame.head(20), by_day.frame.head(20).iloc[:20])
    hourly = budget_over_time(series, target=TARGET, window=Window(7), every_minutes=60, resolution_minutes=1)
    assert len(hourly.frame) == 20 * 24
    midnights = hourly.frame[hourly.frame["end"] == hourly.frame["end"].dt.normalize()].reset_index(drop=True)
    pd.testing.assert_frame_equal(midnights, budget_over_time(series, target=TARGET, window=Window(7), resolution_minutes=1).frame)


def test_a_day_that_is_not_over_counts_what_it_has_seen_and_expects_the_rest():
    minutes = pd.date_range("2026-03-02", "2026-03-11 11:59", freq="min")
    series = pd.DataFrame({"minute": minutes, "valid": 1, "good": 1})
    frame = budget_over_time(series, target=TARGET, window=parse_window("week"), resolution_minutes=1).frame
    assert frame["end"].iloc[-1] == pd.Timestamp("2026-03-11 12:00")
    assert (frame["valid"].iloc[-1], frame["expected_valid"].iloc[-1]) == (2 * 1440 + 720, 7 * 1440)


def test_as_much_bad_as_may_be_is_gone_and_one_less_is_not():
    # 0.003 has no exact float: 3 of 1,000 at 99.7 % are all of the budget
    daily = daily_of([(1000, 997), (1000, 998)])
    found = budget_over_time(daily, target=Decimal("0.997"), window=Window(1))
    assert found.n_gone == 1
    assert (
        "Of 2 days with 1 day behind them the budget was gone at the end of 1; most was spent at the end of 2026-03-02: 100 %."
        in found.sentences
    )


def test_what_cannot_be_asked_is_refused():
    daily = daily_of([(10, 9)] * 3)
    for target in (Decimal(1), Decimal(0), 0.99):
        with pytest.raises(UnusableValue, match="exact decimal above 0 and below 1"):
            budget_over_time(daily, target=target, window=Window(1))
    for every_minutes in (60, 2880, 7):
        with pytest.raises(UnusableValue, match="no shorter than the counts"):
            budget_over_time(daily, target=TARGET, window=Window(1), every_minutes=every_minutes)
    with pytest.raises(UnusableValue, match="at least a day"):
        budget_over_time(daily, target=TARGET, window=Window(0))


def test_the_worked_example_keeps_two_thirds_of_its_budget(stagedoor_history):
    daily, _ = complete_days_of(stagedoor_history, "buy-availability", time_zone="Europe/London")
    found = budget_over_time(daily, target=Decimal("0.991"), window=Window(28), event="order")
    assert found.sentences[:2] == (
        "In the 28 days up to 2026-04-26, 48 of 15,813 valid orders were bad: 34 % of the budget of 99.1 % is spent, 66 % is left.",
        "Of 29 days with 28 days behind them the budget was gone at the end of none; most was spent at the end of 2026-04-01: 42 %.",
    )
    assert {one.verdict for one in found.forecasts} == {"lasts"}
