import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.count_bins import add_up_bins, bin_minutes_of
from slo_workbench.errors import UnusableValue


@pytest.mark.parametrize(("every", "minutes"), [("min", 1), ("5min", 5), ("15min", 15), ("h", 60), ("D", 1440), ("7min", 5)])
def test_the_length_of_bins_is_told_from_how_far_apart_they_lie(every, minutes):
    assert bin_minutes_of(pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=100, freq=every)})) == minutes


def test_the_series_of_the_worked_example_are_minutes_and_nights(stagedoor_history):
    assert bin_minutes_of(stagedoor_history.series_of("buy-availability")) == 1
    assert bin_minutes_of(stagedoor_history.series_of("settlement-coverage")) == 1440


def test_one_row_says_nothing_of_its_length_and_counts_as_a_minute():
    assert bin_minutes_of(pd.DataFrame({"minute": pd.to_datetime(["2026-03-02"])})) == 1


ROWS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 9)), max_size=30)


@given(ROWS, st.sampled_from([1, 5, 60, 1440]), st.randoms(use_true_random=False))
def test_adding_up_loses_no_event_whatever_the_order_and_length(rows, bin_minutes, random):
    def series_of(rows):
        minutes = pd.Timestamp("2026-03-02") + pd.to_timedelta([minute for minute, _ in rows], unit="min")
        return pd.DataFrame({"minute": minutes, "valid": [valid for _, valid in rows], "good": [valid // 2 for _, valid in rows]})

    binned = add_up_bins(series_of(rows), bin_minutes)
    assert binned["valid"].sum() == sum(valid for _, valid in rows)
    assert binned["minute"].is_monotonic_increasing
    assert binned["minute"].is_unique
    assert (binned["valid"] > 0).all()
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(binned, add_up_bins(series_of(shuffled), bin_minutes))


def test_a_bin_of_no_length_is_refused():
    with pytest.raises(UnusableValue, match="at least a minute"):
        add_up_bins(pd.DataFrame({"minute": pd.to_datetime([]), "valid": [], "good": []}), 0)
