from decimal import Decimal

import pandas as pd
import pytest

from slo_workbench.analysis.budget import error_budget


def steady(valid, bad=0, days=28):
    daily = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=days), "valid": valid, "good": valid - bad})
    return daily, daily.rename(columns={"day": "minute"})


# outage arithmetic of the field for 28 days (The Art of SLOs, participant handbook)
@pytest.mark.parametrize(("target", "minutes"), [("0.9", 4032), ("0.99", 403.2), ("0.999", 40.32), ("0.9995", 20.16), ("0.9999", 4.032)])
def test_minutes_of_full_outage_are_those_of_the_handbook(target, minutes):
    daily, series = steady(1_000)
    assert error_budget(daily, series, target=Decimal(target), window_days=28).outage_minutes_average == pytest.approx(minutes)


def test_bad_events_are_whole_and_exact():
    # The Site Reliability Workbook, chapter 2: 3,663,253 requests at 97 %, 90 % and 99 % allow 109,897, 366,325 and 36,632 bad ones
    daily, series = steady(3_663_253, days=1)
    for target, allowed in (("0.97", 109_897), ("0.90", 366_325), ("0.99", 36_632)):
        assert error_budget(daily, series, target=Decimal(target), window_days=1).bad_events_allowed == allowed
    daily, series = steady(1_000, days=1)
    assert error_budget(daily, series, target=Decimal("0.999"), window_days=1).bad_events_allowed == 1  # 1 - 0.999 in binary would lose it


def test_the_share_spent_is_that_of_the_last_window():
    daily, series = steady(1_000)
    daily.loc[27, "good"] -= 14
    budget = error_budget(daily, series, target=Decimal("0.999"), window_days=28)
    assert budget.spent_share == pytest.approx(0.5)
    assert error_budget(daily.tail(20), series, target=Decimal("0.999"), window_days=28).spent_share is None


def test_an_outage_that_begins_with_the_busiest_hour_lasts_by_the_traffic_that_followed():
    minutes = pd.DatetimeIndex(["2026-01-01 09:00", "2026-01-01 10:00", "2026-01-01 10:30", "2026-01-02 03:00"]).as_unit("us")
    series = pd.DataFrame({"minute": minutes, "valid": [100, 100, 900, 100], "good": [100, 100, 900, 100]})
    daily = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", "2026-01-02"]), "valid": [1_100, 100], "good": [1_100, 100]})
    budget = error_budget(daily, series, target=Decimal("0.9"), window_days=2)
    assert budget.bad_events_allowed == 120
    # 100 come at 10:00, the other 20 of the 900 that come in the minute of 10:30
    assert budget.outage_minutes_peak == pytest.approx(30 + 20 / 900)
    assert error_budget(daily, series, target=Decimal("0.01"), window_days=2).outage_minutes_peak is None
    assert error_budget(daily, series, target=Decimal("0.9"), window_days=2, resolution_minutes=1440).outage_minutes_peak is None


def test_the_budget_speaks_in_the_words_of_its_events():
    daily, series = steady(1_000)
    sentences = error_budget(daily, series, target=Decimal("0.999"), window_days=28, event="request").sentences
    assert sentences[0] == "99.9 % over 28 days allows 28 bad requests of about 28,000 valid ones."
