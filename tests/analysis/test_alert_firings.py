"""When a tier starts and stops firing: by hand, against a rule followed minute by minute, and what never changes it."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.alert_firings import CountGrid, firing_stretches, is_above
from slo_workbench.analysis.alert_tiers import AlertTier
from tests.analysis.alert_histories import (
    START,
    TICKET,
    counts,
    firing_minutes,
    histories,
    minute,
    played,
    stretches,
    stretches_by_hand,
    tiers,
)


def test_a_total_outage_fires_at_the_first_evaluation_after_52_seconds():
    # 14.4 times over 1 h detects a total outage in 51.84 s: The Site Reliability Workbook (2018), chapter 5, with one window
    replay = played(counts(outages=[(600, 700, 1_000)]))
    # quiet again 5 min (1 - 0.0144) after the end
    assert stretches(replay) == [(601, 705)]
    assert replay.firings["start"].iloc[0] == minute(601)
    assert replay.firings["bad"].tolist() == [1_000]


# slo-generator rounds the burn rate before it compares, so that 14.44 against 14.4 is silent
@pytest.mark.parametrize(("n_bad", "expected"), [(1_444, 1), (1_441, 1), (1_440, 0)])
def test_a_burn_rate_must_be_exceeded_by_however_little(n_bad, expected):
    assert len(played(counts(valid=100_000, usual_bad=n_bad)).firings) == expected


@pytest.mark.parametrize("scale", [1, 10**9])
def test_a_third_is_compared_exactly_even_with_counts_beyond_binary_floats(scale):
    bad, valid = np.array([333_333_333, 333_333_334]) * scale, np.array([10**9, 10**9]) * scale
    assert is_above(bad, valid, Fraction(1, 3)).tolist() == [False, True]
    # 49 * (1 / 49) is 0.9999999999999999 in binary
    assert is_above(np.array([1]), np.array([49]), Fraction(1, 49)).tolist() == [False]
    assert is_above(np.array([2**60, 2**60 + 1]), np.array([2**61, 2**61]), Fraction(1, 2)).tolist() == [False, True]


def test_a_window_without_valid_events_is_neither_good_nor_bad():
    series = counts(outages=[(600, 700, 1_000)])
    silent = pd.concat([series[:640], series[680:]])
    # what fires stops when the short window has run empty, and is back with the first bad event
    assert stretches(played(silent)) == [(601, 645), (681, 705)]


def test_what_still_fires_at_the_end_of_the_data_has_no_end():
    replay = played(counts(outages=[(1_400, 1_440, 1_000)]))
    assert stretches(replay) == [(1_401, None)]
    assert replay.alerts["end"].isna().tolist() == [True]
    assert "1 call still goes on at its end" in replay.sentences[0]


def test_the_pending_time_delays_and_forgets_what_ends_before():
    tier = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"), pending_minutes=10)
    assert stretches(played(counts(outages=[(600, 700, 1_000)]), [tier])) == [(611, 705)]
    # five minutes of errors keep the short window burning for less than ten minutes
    assert stretches(played(counts(outages=[(600, 604, 1_000)]), [tier])) == []


def test_keeping_it_firing_joins_stretches_but_only_those_that_fired():
    flapping = counts(outages=[(600, 605, 1_000), (620, 625, 1_000)])
    assert stretches(played(flapping)) == [(601, 610), (621, 630)]
    kept = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"), keep_firing_minutes=11)
    assert stretches(played(flapping, [kept])) == [(601, 641)]
    patient = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"), pending_minutes=9, keep_firing_minutes=20)
    assert stretches(played(flapping, [patient])) == []


def test_a_rule_that_burns_again_at_the_very_evaluation_that_would_end_it_goes_on():
    burns = np.array([1, 0, 0, 1, 0, 0, 0], dtype=bool)
    assert [part.tolist() for part in firing_stretches(burns, keep_firing=2)] == [[0], [6]]
    assert [part.tolist() for part in firing_stretches(burns, keep_firing=1)] == [[0, 3], [2, 5]]
    assert [len(part) for part in firing_stretches(np.zeros(0, dtype=bool))] == [0, 0]


@given(histories(), tiers, st.sampled_from(["0.9", "0.95", "0.99"]))
def test_firings_equal_those_of_a_rule_followed_minute_by_minute(series, tier, target):
    assert stretches(played(series, [tier], target=Decimal(target)), "t") == stretches_by_hand(series, tier, Decimal(target))


@given(histories(), tiers)
def test_firings_of_a_tier_never_overlap_and_last_at_least_a_minute(series, tier):
    edges = [edge for stretch in stretches(played(series, [tier], target=Decimal("0.95")), "t") for edge in stretch]
    edges = [edge for edge in edges if edge is not None]
    assert edges == sorted(set(edges))


@given(histories(), tiers, st.integers(2, 30))
def test_a_tier_with_a_higher_burn_rate_fires_only_while_the_lower_one_does(series, tier, times):
    lower, higher = (
        set(firing_minutes(played(series, [one], target=Decimal("0.99")), series))
        for one in (tier, AlertTier("t", "page", tier.long_minutes, tier.short_minutes, tier.burn_rate * times / 2, tier.pending_minutes,
                                    tier.keep_firing_minutes))
    )  # fmt: skip
    assert higher <= lower


@given(histories(), tiers, st.randoms(use_true_random=False))
def test_rows_in_any_order_split_or_without_events_change_nothing(series, tier, random):
    expected = stretches(played(series, [tier], target=Decimal("0.95")), "t")
    half = (series[["valid", "good"]] // 2).assign(minute=series["minute"])
    rest = series.assign(valid=series["valid"] - half["valid"], good=series["good"] - half["good"])
    enough = (rest["good"] <= rest["valid"]) & (half["good"] <= half["valid"])
    silent = pd.DataFrame(
        {"minute": pd.date_range(START - pd.Timedelta(days=1), periods=4_000, freq="min", unit="us"), "valid": 0, "good": 0}
    )
    parts = [series[~enough], half[enough], rest[enough], silent]
    random.shuffle(parts)
    assert stretches(played(pd.concat(parts), [tier], target=Decimal("0.95")), "t") == expected


@given(histories(), tiers, st.integers(-100_000, 100_000))
def test_shifting_time_shifts_the_firings(series, tier, n_minutes):
    shift = pd.Timedelta(minutes=n_minutes)
    before, after = (
        played(one, [tier]).firings.loc[:, :"budget_spent_share"] for one in (series, series.assign(minute=series["minute"] + shift))
    )
    pd.testing.assert_frame_equal(before.assign(start=before["start"] + shift, end=before["end"] + shift), after)


@given(histories(), tiers)
def test_days_replayed_after_their_long_window_equal_the_whole(series, tier):
    # without states that reach back further than the long window
    tier = AlertTier("t", "page", tier.long_minutes, tier.short_minutes, tier.burn_rate)
    whole = set(firing_minutes(played(series, [tier]), series))
    cut = series["minute"].iloc[0] + pd.Timedelta(minutes=tier.long_minutes)
    first = int((series["minute"].iloc[0] - START) // pd.Timedelta(minutes=1))
    later = series[series["minute"] >= minute(first + 20)]
    if len(later) and (later["valid"] > 0).any():
        cut = int((later.loc[later["valid"] > 0, "minute"].iloc[0] - START) // pd.Timedelta(minutes=1)) + tier.long_minutes
        part = set(firing_minutes(played(later, [tier]), later))
        assert {at for at in part if at >= cut} == {at for at in whole if at >= cut}


def test_in_the_first_days_long_windows_hold_what_there_is_and_react_faster():
    # 100 t bad of 1,000 (600 + t) exceed 0.003 after 18.6 min, not after 43.2
    assert stretches(played(counts(outages=[(600, 700, 100)]), [TICKET]), "ticket")[0][0] == 619


def test_a_pending_time_between_bins_waits_for_the_next_evaluation():
    every_5 = counts(1440, outages=[(600, 700, 1_000)])[::5]
    tier = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"), pending_minutes=7, keep_firing_minutes=6)
    assert stretches(played(every_5, [tier], resolution_minutes=5)) == [(615, 715)]


def test_a_grid_holds_what_is_there_and_sums_windows_from_the_end_of_a_bin():
    grid = CountGrid.of(pd.DataFrame({"minute": [minute(7), minute(5)], "valid": [4, 2], "good": [1, 2]}), 1)
    assert (grid.start, grid.end, grid.n_bins) == (minute(5), minute(8), 3)
    assert [part.tolist() for part in grid.in_last(2)] == [[0, 2, 2, 4], [0, 0, 0, 3]]
    assert [part.tolist() for part in grid.in_last(100)] == [[0, 2, 2, 6], [0, 0, 0, 3]]
