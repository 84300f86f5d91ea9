"""Calendar periods add up to the history, partial ones say so, and the best, worst and typical window are found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.calendar_windows import calendar_sli, summarize_windows
from slo_workbench.analysis.windows import complete_days_of, rolling_sli
from slo_workbench.errors import TooLittleData, UnusableValue

PERIODS = ("week", "month", "quarter")
PAIRS = st.lists(st.integers(0, 1000).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid))), min_size=1, max_size=200)
STARTS = st.dates(pd.Timestamp("2023-01-01").date(), pd.Timestamp("2027-12-31").date())


def daily_of(pairs, start="2026-03-02"):
    valid, good = zip(*pairs, strict=True)
    return pd.DataFrame({"day": pd.date_range(start, periods=len(pairs)), "valid": valid, "good": good})


def test_weeks_start_on_monday_and_end_before_the_next():
    # 2026-03-04 is a Wednesday
    weeks = calendar_sli(daily_of([(10, 9)] * 12, "2026-03-04"), "week")
    assert weeks["start"].tolist() == [pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-09")]
    assert weeks["end"].tolist() == [pd.Timestamp("2026-03-09"), pd.Timestamp("2026-03-16")]
    assert weeks["valid"].tolist() == [50, 70]
    assert weeks["is_complete"].tolist() == [False, True]


def test_months_and_quarters_have_the_length_the_calendar_gives_them():
    # 2024 was a leap year
    leap = daily_of([(1, 1)] * 366, "2024-01-01")
    assert calendar_sli(leap, "month")["n_days"].tolist() == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert calendar_sli(leap, "quarter")["n_days"].tolist() == [91, 91, 92, 92]
    assert calendar_sli(leap, "quarter")["is_complete"].all()


def test_a_year_ends_within_a_week_and_the_week_stays_whole():
    weeks = calendar_sli(daily_of([(1, 1)] * 14, "2025-12-29"), "week")
    assert weeks["name"].tolist() == ["week of 2025-12-29", "week of 2026-01-05"]


def test_periods_the_history_covers_in_part_are_kept_and_say_so():
    months = calendar_sli(daily_of([(1, 1)] * 50, "2026-01-15"), "month")
    assert months["name"].tolist() == ["January 2026 (from 2026-01-15)", "February 2026", "March 2026 (so far)"]
    assert months["n_days_seen"].tolist() == [17, 28, 5]
    within = calendar_sli(daily_of([(1, 1)] * 3, "2026-05-05"), "quarter")
    assert within["name"].tolist() == ["second quarter of 2026 (from 2026-05-05, so far)"]


def test_days_without_data_are_counted_whether_their_row_is_missing_or_zero():
    daily = daily_of([(10, 10)] * 3 + [(0, 0)] * 2 + [(10, 10)] * 9)
    missing = daily.drop(index=[3, 4])
    for one in (daily, missing):
        weeks = calendar_sli(one, "week")
        assert weeks["n_days_without_data"].tolist() == [2, 0]
        assert weeks["n_days_seen"].tolist() == [5, 7]
        assert weeks["is_complete"].all()
    assert "2 days had no valid request" in summarize_windows(calendar_sli(daily, "week"), event="request").sentences[-1]


def test_ratios_are_pooled_within_a_period():
    # 6 days of 10,000 with one bad, and one day with 9 bad of 10: the mean of ratios would say 87 %
    week = calendar_sli(daily_of([(10_000, 9_999)] * 6 + [(10, 1)]), "week")
    assert week["sli"].tolist() == [(6 * 9_999 + 1) / 60_010]


def test_a_period_in_which_nothing_was_valid_is_neither_perfect_nor_forgotten():
    daily = daily_of([(10, 9)] * 7 + [(0, 0)] * 7 + [(10, 10)] * 7)
    weeks = calendar_sli(daily, "week")
    assert weeks["sli"].isna().tolist() == [False, True, False]
    summary = summarize_windows(weeks)
    assert (summary.n_windows, summary.n_empty) == (2, 1)
    assert "nan" not in " ".join(summary.sentences).lower()


def test_no_days_give_no_periods_and_unknown_periods_are_refused():
    empty = calendar_sli(daily_of([(1, 1)]).iloc[:0], "month")
    assert len(empty) == 0
    assert empty.columns.tolist() == calendar_sli(daily_of([(1, 1)]), "month").columns.tolist()
    with pytest.raises(UnusableValue, match="week, month, quarter"):
        calendar_sli(daily_of([(1, 1)]), "year")


@given(PAIRS, STARTS, st.sampled_from(PERIODS))
def test_periods_touch_and_add_up_to_the_whole(pairs, start, period):
    daily = daily_of(pairs, start)
    found = calendar_sli(daily, period)
    assert (found["valid"].sum(), found["good"].sum()) == (daily["valid"].sum(), daily["good"].sum())
    assert found["n_days_seen"].sum() + found["n_days_without_data"].sum() == len(daily)
    assert (found["start"].iloc[1:].to_numpy() == found["end"].iloc[:-1].to_numpy()).all()
    assert (found["n_days_seen"] + found["n_days_without_data"] <= found["n_days"]).all()
    complete = found[found["is_complete"]]
    assert (complete["n_days_seen"] + complete["n_days_without_data"] == complete["n_days"]).all()


@given(PAIRS, STARTS, st.sampled_from(PERIODS), st.randoms())
def test_days_may_come_in_any_order_and_in_parts(pairs, start, period, random):
    daily = daily_of(pairs, start)
    halves = [daily.assign(valid=daily["valid"] - daily["good"], good=0), daily.assign(valid=daily["good"])]
    parts = pd.concat(halves, ignore_index=True)
    order = list(range(len(parts)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(calendar_sli(parts.iloc[order], period), calendar_sli(daily, period))


@given(PAIRS, STARTS, st.integers(1, 1000), st.sampled_from(PERIODS))
def test_more_traffic_of_the_same_kind_changes_no_share(pairs, start, times, period):
    daily = daily_of(pairs, start)
    scaled = daily.assign(valid=daily["valid"] * times, good=daily["good"] * times)
    np.testing.assert_array_equal(calendar_sli(scaled, period)["sli"], calendar_sli(daily, period)["sli"])


def test_best_worst_and_typical_are_windows_that_really_were():
    weeks = calendar_sli(daily_of([(100, good) for good in [90] * 7 + [99] * 7 + [95] * 7 + [97] * 7]), "week")
    summary = summarize_windows(weeks, event="request")
    assert [one.sli for one in (summary.worst, summary.typical, summary.best)] == [0.90, 0.95, 0.99]
    assert summary.best.start == pd.Timestamp("2026-03-09")
    assert summary.best.last_day == pd.Timestamp("2026-03-15")
    assert summary.sentences == (
        "Best of 4 windows: week of 2026-03-09, 99 % of 700 valid requests good.",
        "Worst: week of 2026-03-02, 90 % of 700 valid requests good.",
        "Typical, in the middle of all: week of 2026-03-16, 95 % of 700 valid requests good.",
    )


def test_windows_that_differ_by_less_than_a_float_can_show_are_still_told_apart():
    huge = 10**17
    frame = pd.DataFrame({"last_day": pd.date_range("2026-01-01", periods=2), "valid": huge, "good": [huge - 1, huge - 2]})
    assert frame["good"][0] / huge == frame["good"][1] / huge
    summary = summarize_windows(frame)
    assert (summary.best.good, summary.worst.good) == (huge - 1, huge - 2)


def test_of_equal_windows_the_earliest_is_named():
    summary = summarize_windows(rolling_sli(daily_of([(10, 9)] * 5), 2))
    assert summary.best.last_day == summary.worst.last_day == pd.Timestamp("2026-03-03")


def test_partial_windows_are_compared_only_when_there_is_no_complete_one():
    daily = daily_of([(100, 0)] * 2 + [(100, 90)] * 7 + [(100, 100)] * 3, "2026-03-07")
    summary = summarize_windows(calendar_sli(daily, "week"))
    assert (summary.n_windows, summary.n_partial, summary.worst.sli) == (1, 2, 0.9)
    assert summary.sentences[-1] == "Left out: 2 windows that the history covers only in part."
    so_far = summarize_windows(calendar_sli(daily, "month"))
    assert so_far.is_so_far
    assert "nothing is extrapolated" in so_far.sentences[-1]


def test_no_valid_event_in_any_window_is_refused_with_alternatives():
    with pytest.raises(TooLittleData, match="shorter window or a calendar period, gather more days"):
        summarize_windows(rolling_sli(daily_of([(1, 1)] * 5), 28))


@given(PAIRS, st.integers(1, 30))
def test_typical_lies_between_worst_and_best(pairs, window_days):
    frame = rolling_sli(daily_of(pairs), window_days)
    seen = frame[frame["valid"].astype(int) > 0]
    if seen.empty:
        return
    summary = summarize_windows(frame)
    assert summary.worst.sli <= summary.typical.sli <= summary.best.sli
    assert (summary.worst.sli, summary.best.sli) == (seen["sli"].min(), seen["sli"].max())
    n_no_better = int((seen["sli"] <= summary.typical.sli).sum())
    assert n_no_better >= len(seen) / 2


def test_the_worked_example_has_eight_whole_weeks_and_two_months_in_part(stagedoor_history, stagedoor_workbook):
    daily, _ = complete_days_of(stagedoor_history, "buy-availability", time_zone=stagedoor_workbook.service.time_zone)
    weeks, months = calendar_sli(daily, "week"), calendar_sli(daily, "month")
    assert (len(weeks), weeks["is_complete"].all()) == (8, True)
    assert months["name"].tolist() == ["March 2026 (from 2026-03-02)", "April 2026 (so far)"]
    assert months["valid"].sum() == weeks["valid"].sum() == daily["valid"].sum()
    summary = summarize_windows(weeks, event="request")
    assert (summary.worst.name, summary.worst.valid, summary.worst.good) == ("week of 2026-03-02", 3_857, 3_830)
