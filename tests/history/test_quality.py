import numpy as np
import pandas as pd

from slo_workbench.history.quality import find_gaps, gap_findings


def rows_a_minute(minutes, n_rows=3):
    return pd.DataFrame({"minute": pd.DatetimeIndex(minutes).as_unit("us"), "n_rows": n_rows})


def test_a_hole_of_three_hours_in_steady_traffic_is_a_gap():
    minutes = pd.date_range("2026-03-02", periods=14 * 1440, freq="min")
    kept = minutes[(minutes < "2026-03-10 12:30") | (minutes >= "2026-03-10 15:30")]
    gaps = find_gaps(rows_a_minute(kept))
    assert gaps["start"].tolist() == [pd.Timestamp("2026-03-10 12:30")]
    assert gaps["end"].tolist() == [pd.Timestamp("2026-03-10 15:30")]
    assert 30 < gaps["n_expected"][0] <= 540


def test_silence_that_thin_traffic_explains_is_no_gap():
    rng = np.random.default_rng(4)
    minutes = pd.date_range("2026-03-02", periods=14 * 1440, freq="min")
    assert find_gaps(rows_a_minute(minutes[rng.random(len(minutes)) < 0.01], 1)).empty


def test_quiet_nights_are_no_gaps():
    minutes = pd.date_range("2026-03-02", periods=14 * 1440, freq="min")
    assert find_gaps(rows_a_minute(minutes[(minutes.hour >= 7) & (minutes.hour < 23)])).empty


def test_a_missing_day_in_counts_by_the_day_is_a_gap():
    days = pd.date_range("2026-03-02", periods=30, freq="D").delete(10)
    gaps = find_gaps(rows_a_minute(days, 1), resolution_minutes=1440)
    assert gaps["start"].tolist() == [pd.Timestamp("2026-03-12")]


def test_no_rows_at_all_is_no_gap():
    assert find_gaps(rows_a_minute([])).empty


def test_the_worked_examples_monitoring_hole_is_found_and_nothing_else(stagedoor_history):
    found = [finding for finding in gap_findings(stagedoor_history) if finding.where == "requests"]
    assert [(finding.count, finding.example) for finding in found] == [(1, "2026-03-26 12:30 to 2026-03-26 15:30 UTC")]
