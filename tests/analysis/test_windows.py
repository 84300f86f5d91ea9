import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.windows import complete_days, daily_counts, pooled_sli, rolling_sli
from slo_workbench.errors import UnusableValue


def daily_of(pairs, start="2026-03-02"):
    valid, good = zip(*pairs, strict=True)
    return pd.DataFrame({"day": pd.date_range(start, periods=len(pairs)), "valid": valid, "good": good})


PAIRS = st.lists(st.integers(0, 1000).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid))), min_size=1, max_size=60)


def test_ratios_are_pooled_and_never_averaged():
    # 23 hours of 10,000 with one bad, and one hour with 9 bad of 10: pooled 99.986 %, the mean of ratios would say 96.240 %
    counts = pd.DataFrame({"valid": [10_000] * 23 + [10], "good": [9_999] * 23 + [1]})
    assert round(pooled_sli(counts), 5) == 0.99986


def test_nothing_valid_has_no_sli_and_is_not_perfect():
    assert pooled_sli(pd.DataFrame({"valid": [0], "good": [0]})) is None
    assert rolling_sli(daily_of([(0, 0), (0, 0)]), 2)["sli"].isna().all()


def test_days_are_cut_in_the_zone_of_the_team():
    minutes = pd.DatetimeIndex(["2026-03-01 23:30", "2026-07-01 22:30", "2026-07-01 23:30"]).as_unit("us")
    series = pd.DataFrame({"minute": minutes, "valid": [1, 1, 1], "good": [1, 1, 1]})
    in_london = daily_counts(series, time_zone="Europe/London").query("valid > 0")["day"]
    assert in_london.dt.strftime("%m-%d").tolist() == ["03-01", "07-01", "07-02"]


def test_counts_by_the_day_stay_on_their_day_in_every_zone():
    series = daily_of([(5, 5), (6, 6)]).rename(columns={"day": "minute"})
    assert daily_counts(series, time_zone="America/New_York", resolution_minutes=1440)["valid"].tolist() == [5, 6]


def test_a_first_and_a_last_day_that_are_covered_in_part_are_left_out():
    daily = daily_of([(1, 1)] * 4)
    kept = complete_days(daily, first_time=pd.Timestamp("2026-03-02 10:05"), last_time=pd.Timestamp("2026-03-05 21:00"))
    assert kept["day"].dt.day.tolist() == [3, 4]
    assert len(complete_days(daily, first_time=pd.Timestamp("2026-03-02 00:40"), last_time=pd.Timestamp("2026-03-05 23:30"))) == 4


@given(PAIRS, st.integers(1, 12))
def test_every_window_has_the_sum_of_its_days(pairs, window_days):
    daily = daily_of(pairs)
    rolling = rolling_sli(daily, window_days)
    assert len(rolling) == max(0, len(pairs) - window_days + 1)
    for number, row in enumerate(rolling.itertuples()):
        part = daily.iloc[number : number + window_days]
        assert (row.valid, row.good, row.last_day) == (part["valid"].sum(), part["good"].sum(), part["day"].iloc[-1])


@given(PAIRS, st.integers(1, 6), st.integers(1, 4))
def test_the_worst_long_window_is_never_worse_than_the_worst_short_one(pairs, short, times):
    daily = daily_of([(valid + 1, good) for valid, good in pairs])
    long_windows, short_windows = rolling_sli(daily, short * times), rolling_sli(daily, short)
    if len(long_windows):
        assert long_windows["sli"].min() >= short_windows["sli"].min() - 1e-12


def test_a_window_of_no_days_is_refused():
    with pytest.raises(UnusableValue):
        rolling_sli(daily_of([(1, 1)]), 0)


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 50)), min_size=1, max_size=50), st.sampled_from(["UTC", "Europe/London"]))
def test_no_event_is_lost_between_minutes_and_days(events, zone):
    minutes = pd.DatetimeIndex(np.datetime64("2026-03-20") + np.array([minute for minute, _ in events]).astype("timedelta64[m]")).as_unit(
        "us"
    )
    series = pd.DataFrame({"minute": minutes, "valid": [n for _, n in events], "good": [n - 1 for _, n in events]})
    daily = daily_counts(series, time_zone=zone)
    assert (daily["valid"].sum(), daily["good"].sum()) == (series["valid"].sum(), series["good"].sum())
