"""Counts are summed between any two moments, and days are those of the team's zone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.count_timeline import CountTimeline, usual_between, usual_by_weekday
from slo_workbench.analysis.windows import daily_counts
from slo_workbench.errors import TooLittleData, UnusableValue

PAIRS = st.lists(st.integers(0, 50).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid))), min_size=1, max_size=60)


def minutes_of(pairs, start="2026-03-02", freq="37min"):
    valid, good = zip(*pairs, strict=True)
    return pd.DataFrame({"minute": pd.date_range(start, periods=len(pairs), freq=freq), "valid": valid, "good": good})


@given(PAIRS, st.integers(-5, 65), st.integers(-5, 65), st.randoms())
def test_sums_are_those_of_the_rows_that_begin_in_between(pairs, first, length, random):
    series = minutes_of(pairs)
    if not series["valid"].sum():
        return
    since = series["minute"].iloc[0] + pd.Timedelta(minutes=37 * first)
    until = since + pd.Timedelta(minutes=37 * max(length, 0))
    inside = series[(series["minute"] >= since) & (series["minute"] < until)]
    order = list(range(len(series)))
    random.shuffle(order)
    timeline = CountTimeline.of(series.iloc[order], resolution_minutes=1)
    assert timeline.sum_between(since, until) == (inside["valid"].sum(), (inside["valid"] - inside["good"]).sum())


@pytest.mark.parametrize("zone", ["Europe/London", "America/Sao_Paulo", "Asia/Kathmandu"])
def test_days_are_those_of_the_zone_when_the_clocks_change_as_well(zone):
    series = minutes_of([(7, 6)] * 400, start="2026-03-27 00:05", freq="17min")
    days = CountTimeline.of(series, time_zone=zone, resolution_minutes=1).days
    whole = daily_counts(series, time_zone=zone).set_index("day").loc[days["day"]]
    assert len(days) >= 3
    np.testing.assert_array_equal(days["valid"], whole["valid"])
    np.testing.assert_array_equal(days["bad"], whole["valid"] - whole["good"])


def test_a_day_is_whole_although_the_first_request_of_a_quiet_night_comes_late():
    late = minutes_of([(1, 1)] * 200, start="2026-03-02 00:59", freq="20min")
    assert CountTimeline.of(late, resolution_minutes=1).days["day"].iloc[0] == pd.Timestamp("2026-03-02")
    later = minutes_of([(1, 1)] * 200, start="2026-03-02 01:01", freq="20min")
    assert CountTimeline.of(later, resolution_minutes=1).days["day"].iloc[0] == pd.Timestamp("2026-03-03")


def test_counts_of_days_are_days_whatever_time_they_were_taken_at():
    nightly = minutes_of([(10, 9)] * 5, start="2026-03-02 03:20", freq="1436min")
    timeline = CountTimeline.of(nightly, time_zone="Europe/London")
    assert (timeline.bin_minutes, timeline.zone, len(timeline.days)) == (1440, None, 5)


def test_a_weekday_that_never_has_traffic_is_expected_to_have_none_and_a_hole_is_left_out():
    # two weeks; Sundays are closed, and the second Monday was not measured
    valid = [10, 20, 20, 20, 20, 20, 0, 0, 20, 20, 20, 20, 20, 0]
    days = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=14), "valid": valid})
    usual = usual_by_weekday(days, pd.Timestamp("2026-03-16"))
    assert usual.tolist() == [10, 20, 20, 20, 20, 20, 0]
    assert usual_between(usual, pd.Timestamp("2026-03-16"), pd.Timestamp("2026-03-30")) == 2 * 110


def test_what_comes_later_is_not_known_and_what_is_older_than_four_weeks_is_forgotten():
    days = pd.DataFrame({"day": pd.date_range("2026-01-05", periods=70), "valid": [1000] * 7 + [10] * 28 + [99] * 35})
    assert usual_by_weekday(days, pd.Timestamp("2026-02-09")).tolist() == [10] * 7
    assert np.isnan(usual_by_weekday(days, pd.Timestamp("2026-01-06"))).tolist() == [False] + [True] * 6


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(UnusableValue, match="a column day or minute; these have time"):
        CountTimeline.of(minutes_of([(1, 1)]).rename(columns={"minute": "time"}))
    with pytest.raises(UnusableValue, match="between none and all"):
        CountTimeline.of(minutes_of([(1, 2)]))
    with pytest.raises(TooLittleData, match="nothing was valid"):
        CountTimeline.of(minutes_of([(0, 0)]))
