import numpy as np
import pandas as pd
import pytest

from slo_workbench.analysis.incidents import find_incidents

MINUTES = pd.date_range("2026-03-02", periods=7 * 1440, freq="min", unit="us")


def series_with(bad_between=(), share=0.001, seed=3):
    rng = np.random.default_rng(seed)
    shares = np.full(len(MINUTES), share)
    for start, end, level in bad_between:
        shares[(start <= MINUTES) & (end > MINUTES)] = level
    bad = rng.binomial(20, shares)
    return pd.DataFrame({"minute": MINUTES, "valid": 20, "good": 20 - bad})


def test_an_hour_of_trouble_is_found_within_the_hours_it_touches():
    found = find_incidents(series_with([("2026-03-04 10:20", "2026-03-04 11:10", 0.3)]))
    assert found[["start", "end"]].to_numpy().tolist() == [[pd.Timestamp("2026-03-04 10:00"), pd.Timestamp("2026-03-04 12:00")]]
    assert found["bad"][0] > 200


def test_trouble_that_pauses_for_an_hour_is_one_incident_and_for_a_day_two():
    near = [("2026-03-04 10:00", "2026-03-04 11:00", 0.3), ("2026-03-04 12:00", "2026-03-04 13:00", 0.3)]
    far = [("2026-03-04 10:00", "2026-03-04 11:00", 0.3), ("2026-03-05 12:00", "2026-03-05 13:00", 0.3)]
    assert len(find_incidents(series_with(near))) == 1
    assert len(find_incidents(series_with(far))) == 2


def test_steady_errors_are_no_incident_however_many():
    assert find_incidents(series_with(share=0.05)).empty


def test_a_service_that_never_fails_and_an_empty_one_have_none():
    assert find_incidents(series_with(share=0)).empty
    assert find_incidents(series_with().head(0)).empty


def test_bad_days_of_daily_counts_are_found_and_neighbours_are_one():
    days = pd.date_range("2026-01-01", periods=60, unit="us")
    good = np.full(60, 1440)
    good[[10, 11, 30]] = 1000
    found = find_incidents(pd.DataFrame({"day": days, "valid": 1440, "good": good}), time="day", bin_minutes=1440)
    assert found["bad"].tolist() == [880, 440]


def test_the_injected_incidents_of_the_worked_example_are_found(stagedoor_history):
    found = find_incidents(stagedoor_history.series_of("buy-availability"))
    for moment in ("2026-03-05 19:30", "2026-04-02 09:08", "2026-04-14 19:20"):
        assert ((found["start"] <= moment) & (found["end"] > moment)).any(), moment


@pytest.mark.parametrize("n_days_out", [1, 5, 6, 10])
def test_a_long_outage_does_not_become_the_usual_and_hide_itself(n_days_out):
    days = pd.DataFrame({"minute": pd.date_range("2026-01-01", periods=28), "valid": 10_000, "good": 9_999})
    days.loc[10 : 9 + n_days_out, "good"] = 0
    found = find_incidents(days, bin_minutes=1_440)
    assert len(found) == 1
    assert found["bad"].iloc[0] == 10_000 * n_days_out
