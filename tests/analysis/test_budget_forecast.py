"""A forecast says how much haste there is, and rests on enough events or says that it does not."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.budget_forecast import burn_rates, forecast_exhaustion
from slo_workbench.analysis.count_timeline import CountTimeline
from slo_workbench.units import parse_window

TARGET = Decimal("0.999")


def timeline_of(bad, valid=1000, start="2026-03-02"):
    days = pd.date_range(start, periods=len(bad))
    return CountTimeline.of(pd.DataFrame({"day": days, "valid": valid, "good": [valid - one for one in bad]}))


def forecasts(bad, window="28d", target=TARGET, **more):
    found = forecast_exhaustion(timeline_of(bad, **more), target=target, window=parse_window(window))
    return {one.over_days: one for one in found}


def test_while_clean_days_fall_out_the_budget_lasts_its_rest_by_the_burn_rate():
    # a day at 10 times the burn that is allowed spends 10/28; the other 18/28 last 1.8 days
    one = forecasts([0] * 27 + [10])[1]
    assert (one.verdict, one.valid, one.bad, one.burn_rate) == ("gone", 1000, 10, pytest.approx(10))
    assert one.gone_in_days == pytest.approx(1.8)
    assert one.gone_at == pd.Timestamp("2026-03-30") + pd.Timedelta(days=1.8)


def test_at_most_the_burn_that_is_allowed_lasts_for_good():
    # 14 bad of 28 allowed at 0.7 times the burn: what falls out makes room
    even = forecasts([5] + [0] * 20 + [7] * 7, valid=10_000)
    assert {one.verdict for one in even.values()} == {"lasts"}


def test_bad_days_that_fall_out_make_room():
    # 263 of 280 are spent and 9 a day follow: where the two worst days leave first it lasts, where they stay 17 are left for 17 / 9 days
    leaving = forecasts([100, 100] + [0] * 19 + [9] * 7, valid=10_000)[7]
    staying = forecasts([0] * 19 + [100, 100] + [9] * 7, valid=10_000)[7]
    assert leaving.verdict == "lasts"
    assert (staying.verdict, staying.gone_in_days) == ("gone", pytest.approx(17 / 9))


def test_without_bad_events_there_is_no_forecast_of_an_end():
    clean = forecasts([0] * 28, valid=100_000)
    assert all((one.verdict, one.gone_in_days, one.burn_rate) == ("lasts", None, 0) for one in clean.values())
    few = forecasts([0] * 28, valid=100)[1]
    assert (few.verdict, few.gone_in_days) == ("unknown", None)


def test_few_bad_events_do_not_cry_wolf():
    # 4 bad of 1,000 would be a burn of 4; one event less, and it would be 3
    one = forecasts([0] * 27 + [4])[1]
    assert (one.verdict, one.gone_in_days, one.gone_at) == ("unknown", None, None)
    assert "fewer than 5 bad ones" in one.sentence


def test_a_budget_that_is_gone_says_so_and_one_event_less_does_not():
    assert {one.verdict for one in forecasts([28] + [0] * 27).values()} == {"already gone"}
    assert forecasts([27] + [0] * 26 + [5])[1].verdict == "already gone"
    assert "already gone" not in {one.verdict for one in forecasts([27] + [0] * 27).values()}


def test_a_history_shorter_than_the_window_or_the_look_back_gives_no_forecast():
    assert forecasts([1] * 27)[7].why == "the history is shorter than 28 days"
    assert [one.why for one in forecasts([5] * 2, window="1d", valid=10_000).values()] == ["for 1 day", *["the history is shorter"] * 2]


def test_a_calendar_period_begins_anew_and_lasts_when_it_does_to_its_end():
    # Sunday 2026-03-08 ends a week; the next allows 7 of 7,000, at 2 a day they are gone in 3.5 days
    fresh = forecasts([0] * 6 + [6], window="week")[1]
    assert fresh.gone_in_days == pytest.approx(7 / 6)
    # the same burn, but the week ends tomorrow
    late = forecasts([0] * 12 + [6], window="week")[1]
    assert (late.verdict, late.gone_in_days) == ("gone", pytest.approx(1 / 6))
    assert forecasts([0] * 7 + [0] * 5 + [5], window="week", valid=2_000)[1].verdict == "lasts"
    partial = forecasts([1] * 20, window="quarter")[1]
    assert (partial.verdict, partial.why) == ("unknown", "the history begins within this quarter, so what was lost before is unknown")


def test_an_hour_of_a_fast_burn_is_seen_in_the_hour_and_hardly_in_three_days():
    minutes = pd.date_range("2026-03-02", periods=3 * 1440, freq="min")
    series = pd.DataFrame({"minute": minutes, "valid": 10, "good": 10})
    series.loc[series.index[-30:], "good"] = 9
    burns = burn_rates(CountTimeline.of(series), target=TARGET).set_index("hours")
    assert burns["burn_rate"].tolist() == pytest.approx([50, 30 / 3600 / 0.001, 30 / 14_400 / 0.001, 30 / 43_200 / 0.001])
    assert burns["bad"].tolist() == [30] * 4


# The Site Reliability Workbook, chapter 5: a burn rate of 14.4 for an hour spends 2 % of a 30-day budget, one of 6 for six hours 5 %
@pytest.mark.parametrize(("hours", "burn", "spent"), [(1, "14.4", "0.02"), (6, "6", "0.05"), (72, "1", "0.10")])
def test_burn_rates_are_those_of_the_workbook(hours, burn, spent):
    n_minutes = hours * 60
    minutes = pd.date_range("2026-03-02", periods=30 * 1440, freq="min")
    series = pd.DataFrame({"minute": minutes, "valid": 100_000, "good": 100_000})
    series.loc[series.index[-n_minutes:], "good"] -= int(Decimal(burn) * 100)
    burns = burn_rates(CountTimeline.of(series), target=TARGET).set_index("hours")
    assert burns.loc[hours, "burn_rate"] == pytest.approx(float(burn))
    assert burns.loc[hours, "bad"] / (0.001 * series["valid"].sum()) == pytest.approx(float(spent))


def test_what_cannot_be_known_of_a_burn_rate_is_said():
    burns = burn_rates(timeline_of([1, 1]), target=TARGET)
    assert burns["why"].tolist() == ["the counts lie 1 d apart", "the counts lie 1 d apart", "", "the history is shorter"]
    assert burns["burn_rate"].isna().tolist() == [True, True, False, True]
    silent = CountTimeline.of(pd.DataFrame({"day": pd.date_range("2026-03-02", periods=5), "valid": [9, 9, 9, 9, 0], "good": 0}))
    assert burn_rates(silent, target=TARGET)["why"].tolist()[2] == "nothing was valid"


BAD = st.lists(st.integers(0, 40), min_size=14, max_size=40)


@given(BAD, st.sampled_from(["7d", "14d", "week"]))
def test_a_stricter_target_is_gone_no_later(bad, window):
    order = {"already gone": -1.0, "gone": 0.0, "lasts": 1e9}
    strict, loose = (forecasts(bad, window, target=target) for target in (Decimal("0.999"), Decimal("0.995")))
    for days in (1, 3, 7):
        one, other = strict[days], loose[days]
        if "unknown" in (one.verdict, other.verdict):
            continue
        assert (one.gone_in_days or order[one.verdict]) <= (other.gone_in_days or order[other.verdict]) + 1e-9


@given(BAD, st.integers(2, 50))
def test_more_traffic_of_the_same_kind_is_gone_at_the_same_time(bad, times):
    small = forecasts([5 + one for one in bad], "7d")
    large = forecasts([(5 + one) * times for one in bad], "7d", valid=1000 * times)
    for days in (1, 3, 7):
        assert small[days].verdict == large[days].verdict
        assert small[days].gone_in_days == pytest.approx(large[days].gone_in_days)
