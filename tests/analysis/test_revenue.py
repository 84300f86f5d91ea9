"""Money on good and bad requests adds up to the cent, is bounded by its days, and is refused where there is none."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.revenue import format_money, value_at_risk
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import History, IndicatorQuery, Provenance, SourceRecord, empty_table

FIRST = pd.Timestamp("2026-03-02")


def history_of(days, thresholds=(), start=FIRST):
    """Make a History with a request at noon for each day's ``(good cents, bad cents)``; thresholds share the money of their day."""
    record = SourceRecord(
        "shop", "csv", (), 0, 0, 0, 0, {}, f"{start:%FT%TZ}", f"{start + pd.Timedelta(days=len(days), minutes=-1):%FT%TZ}", 1
    )
    noons = start + pd.to_timedelta(np.arange(len(days)), unit="D") + pd.Timedelta(hours=12)
    series, value = [], []
    for threshold in thresholds or (np.nan,):
        same = {"indicator": "buy", "threshold_ms": threshold}
        series.append(pd.DataFrame({**same, "minute": noons, "valid": 100, "good": 99}))
        for place, is_good in enumerate((True, False)):
            value.append(pd.DataFrame({**same, "hour": noons, "is_good": is_good, "value_cents": [day[place] for day in days]}))
    # a row every five minutes, so that no silence is found
    steady = pd.date_range(start, periods=288 * len(days), freq="5min")
    return History(
        series=pd.concat(series), latency=empty_table("latency"), users=empty_table("users"), value=pd.concat(value),
        rows=pd.DataFrame({"source": "shop", "minute": steady, "n_rows": 1}),
        provenance=Provenance((IndicatorQuery("buy", "shop", "true", "true", tuple(thresholds)),), (record,), "none", "0"),
    )  # fmt: skip


def asked(history, indicator="buy", **changes):
    return value_at_risk(history, indicator, **{"rng": np.random.default_rng(7), "currency": "EUR", **changes})


def test_money_is_written_with_its_code_thousands_and_cents():
    written = [format_money(cents, "EUR") for cents in (0, 5, 99, 100, 123_456_789, -5, -100_000)]
    assert written == ["EUR 0.00", "EUR 0.05", "EUR 0.99", "EUR 1.00", "EUR 1,234,567.89", "EUR -0.05", "EUR -1,000.00"]
    assert [format_money(cents, is_rounded=True) for cents in (49, 50, -49, -50, 99_950)] == ["0", "1", "0", "-1", "1,000"]
    # a float would lose the cent
    assert format_money(90_071_992_547_409_93, "GBP") == "GBP 90,071,992,547,409.93"


def test_even_days_give_a_window_known_to_the_cent():
    found = asked(history_of([(10_000, 250)] * 28))
    row = found.chosen
    assert (row["good_cents"], row["bad_cents"]) == (280_000, 7_000)
    assert (row["window_bad_cents"], row["window_bad_cents_low"], row["window_bad_cents_high"]) == (7_000, 7_000, 7_000)
    assert found.sentences[0] == ("In 28 days, EUR 2,800.00 hung on requests that were good and EUR 70.00 on bad ones (2.4 % of both).")
    assert "28 complete days of history" in found.sentences[1]
    assert "Bad is not the same as lost" in found.sentences[-1]


def test_a_window_of_another_length_is_scaled_by_days_and_rounded_to_a_cent():
    row = asked(history_of([(100, 1)] * 14 + [(100, 2)]), window_days=7).chosen
    # 16 cents in 15 days are 7.47 in 7
    assert (row["window_good_cents"], row["window_bad_cents"]) == (700, 7)


def test_one_bad_day_in_twenty_eight_is_missing_from_a_third_of_windows_and_comes_again_in_others():
    row = asked(history_of([(10_000, 0)] * 27 + [(0, 10_000)])).chosen
    # times drawn: binomial(28, 1/28); 36 % of windows have none, 98 % at most three, 92 % at most two
    assert (row["window_bad_cents_low"], row["window_bad_cents"], row["window_bad_cents_high"]) == (0, 10_000, 30_000)
    assert row["window_good_cents_low"] == 250_000


def test_the_same_seed_gives_the_same_bounds_and_another_seed_nearly_so():
    days = [(10_000, int(bad)) for bad in np.random.default_rng(3).integers(0, 1_000, 60)]
    one, again, other = (asked(history_of(days), rng=np.random.default_rng(seed)).chosen for seed in (1, 1, 2))
    assert one == again
    assert one["window_bad_cents_high"] == pytest.approx(other["window_bad_cents_high"], rel=0.03)


def test_days_without_money_are_part_of_every_window():
    found = asked(history_of([(7_000, 700)] * 10 + [(0, 0)] * 10))
    assert (found.n_days, found.chosen["window_bad_cents"]) == (20, 9_800)


def test_days_are_cut_in_the_zone_of_the_team():
    history = history_of([(0, 0)] * 20)
    midnight = pd.Timestamp("2026-03-10 23:00")
    value = pd.DataFrame({"indicator": "buy", "threshold_ms": np.nan, "hour": [midnight], "is_good": False, "value_cents": 500})
    only = replace(history, value=value, series=history.series[history.series["minute"] > "2026-03-11"])
    # 23:00 in UTC is the 11th in Berlin, the first day with a request
    assert asked(only, time_zone="Europe/Berlin").chosen.get("bad_cents") == 500
    assert (asked(only, time_zone="Europe/Berlin").value_cents, asked(only).value_cents) == (500, 0)


def test_a_target_is_said_in_money_of_average_value():
    found = asked(history_of([(9_900, 100)] * 28), target=Decimal("0.99"))
    # 2,800 requests of 100 cents each, 28 may be bad
    assert (found.bad_events_allowed(Decimal("0.99")), found.cents_at_risk(Decimal("0.99"))) == (28, 2_800)
    # 27 requests of 100.5 cents each are 2,713.5
    assert asked(history_of([(9_950, 100)] * 28)).cents_at_risk(Decimal("0.9903")) == 2_714
    assert found.sentences[2] == "99 % over 28 days allows 28 bad requests; at the average value of one, EUR 28 would hang on them."


def test_only_whole_events_may_be_bad():
    found = asked(history_of([(10_000, 0)] * 28))
    assert [found.bad_events_allowed(Decimal(target)) for target in ("0.999", "0.9989", "0.9999")] == [2, 3, 0]
    assert found.cents_at_risk(Decimal("0.9999")) == 0


def test_each_threshold_has_its_row_and_the_smallest_is_told():
    found = asked(history_of([(100, 10)] * 20, (3000.0, 500.0)))
    assert found.table["threshold_ms"].tolist() == [3000.0, 500.0]
    assert found.threshold_ms == 500
    assert "good within 500 ms" in found.sentences[0]
    assert "good within 3 s" in asked(history_of([(100, 10)] * 20, (3000.0, 500.0)), threshold_ms=3000.0).sentences[0]


def test_too_few_days_give_totals_and_no_typical_window():
    found = asked(history_of([(100, 10)] * 13), target=Decimal("0.99"))
    assert (found.chosen["good_cents"], [finding.code for finding in found.findings]) == (1_300, ["value-few-days"])
    assert "gather 1 more day" in found.findings[0].hint
    assert "window_bad_cents" not in found.table
    assert "Only 13 complete days stand behind this" in found.sentences[1]
    with pytest.raises(TooLittleData, match="at least 14"):
        found.cents_at_risk(Decimal("0.99"))
    assert not asked(history_of([(100, 10)] * 14)).findings


def test_without_money_the_finding_says_how_to_map_it():
    history = replace(history_of([(1, 1)] * 20), value=empty_table("value"))
    found = asked(history)
    assert (len(found.table), [finding.code for finding in found.findings]) == (0, ["no-value"])
    assert "sources: {shop: {columns: {value: order_total}}}" in found.findings[0].hint
    assert found.sentences == ("No money can be told for buy: no money hangs on its requests.",)
    with pytest.raises(TooLittleData, match="map the column"):
        _ = found.chosen


def test_what_cannot_be_used_is_refused():
    history = history_of([(1, 1)] * 20, (500.0,))
    with pytest.raises(KeyError):
        asked(history, "sell")
    with pytest.raises(UnusableValue, match="it has: 500 ms"):
        asked(history, threshold_ms=400.0)
    with pytest.raises(UnusableValue, match="below 100 %"):
        asked(history, target=Decimal(1))
    with pytest.raises(UnusableValue, match="at least a day"):
        asked(history, window_days=0)


def test_what_these_figures_do_not_tell_comes_with_them():
    limits = " ".join(asked(history_of([(1, 1)] * 20)).limits)
    for part in ("not the same as lost", "a History cannot tell", "left no request", "must not be added"):
        assert part in limits


CENTS = st.integers(-(10**9), 10**11)
DAYS = st.lists(st.tuples(CENTS, st.integers(0, 10**11)), min_size=14, max_size=50)


@given(DAYS, st.integers(1, 60))
def test_totals_are_exact_and_bounds_are_ordered_and_possible(days, window_days):
    found = asked(history_of(days), window_days=window_days)
    row = found.chosen
    for place, name in enumerate(("good", "bad")):
        each = [day[place] for day in days]
        assert row[f"{name}_cents"] == sum(each)
        low, high = row[f"window_{name}_cents_low"], row[f"window_{name}_cents_high"]
        assert min(each) * window_days <= low <= high <= max(each) * window_days
        assert abs(row[f"window_{name}_cents"] * len(days) - sum(each) * window_days) * 2 <= len(days)


@given(DAYS, st.randoms())
def test_rows_may_come_in_any_order(days, random):
    history = history_of(days)
    order = list(range(len(history.value)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(asked(replace(history, value=history.value.iloc[order])).table, asked(history).table)


@given(DAYS, st.integers(2, 100))
def test_larger_amounts_scale_every_sum_of_the_history(days, times):
    one, other = (asked(history_of([(good * n, bad * n) for good, bad in days])).chosen for n in (1, times))
    for name in ("good_cents", "bad_cents", "window_bad_cents_low", "window_bad_cents_high"):
        assert other[name] == times * one[name]


def test_the_worked_example_is_exact_to_the_cent(stagedoor_history, stagedoor_workbook):
    service = stagedoor_workbook.service
    usual = {"currency": service.currency, "time_zone": service.time_zone}
    bought = asked(stagedoor_history, "buy-availability", target=Decimal("0.991"), **usual)
    # summed over the orders of data/stagedoor/requests.parquet by web and app, by their status
    assert bought.sentences[0].startswith("In 56 days, EUR 3,281,443.80 hung on requests that were good and EUR 11,882.75 on bad ones")
    assert bought.n_days == 56
    assert bought.sentences[2].startswith("99.1 % over 28 days allows 139 bad requests; at the average value of one, EUR 14,7")
    quick = asked(stagedoor_history, "buy-latency", **usual)
    assert quick.table["threshold_ms"].tolist() == [3000.0, 10000.0]
    sums = quick.table["good_cents"] + quick.table["bad_cents"]
    assert set(sums) == {bought.chosen["good_cents"] + bought.chosen["bad_cents"]}
    # what is slow even by the looser threshold is slow by the other
    assert quick.table["window_bad_cents_low"].is_monotonic_decreasing
    assert asked(stagedoor_history, "browse-availability", **usual).findings[0].code == "no-value"
