"""Times that do not count are taken out, exactly, and every figure is told with and without them."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from slo_workbench.analysis.assessment import assess
from slo_workbench.analysis.exclusions import excluded_times, without_excluded
from slo_workbench.document.model import Exclusion, Service, Workbook
from slo_workbench.document.references import find_reference_problems
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord, empty_table
from slo_workbench.units import parse_window


def exclusion(start, end, **changes):
    return Exclusion(**{"start": start, "end": end, "reason": "announced", "author": "the team", **changes})


def times(*exclusions, first="2026-03-01", last="2026-04-30", time_zone="UTC"):
    return excluded_times(exclusions, indicator="buy", first=pd.Timestamp(first), last=pd.Timestamp(last), time_zone=time_zone)


def starts(found):
    return found["start"].dt.strftime("%m-%d %H:%M").tolist()


def test_local_times_become_utc_and_a_weekly_one_keeps_its_local_hour_when_the_clocks_change():
    weekly = exclusion("2026-03-22 02:30", "2026-03-22 03:30", repeats="weekly", time_zone="Europe/London", repeats_until="2026-04-10")
    # the clocks go forward on 29 March: 02:30 is 01:30 UTC from then on
    assert starts(times(weekly)) == ["03-22 02:30", "03-29 01:30", "04-05 01:30"]


def test_what_lies_outside_the_history_or_is_for_another_indicator_is_left_out():
    assert times(exclusion("2026-02-01 00:00", "2026-02-02 00:00")).empty
    assert times(exclusion("2026-03-05 00:00", "2026-03-06 00:00", indicators=("browse",))).empty
    assert len(times(exclusion("2026-03-05 00:00", "2026-03-06 00:00", indicators=("buy",)))) == 1


def test_a_daily_one_lasts_to_the_end_of_the_history():
    assert len(times(exclusion("2026-04-28 01:00", "2026-04-28 02:00", repeats="daily"), last="2026-04-30 12:00")) == 3


@pytest.mark.parametrize(
    ("start", "end", "repeats"),
    [
        ("2026-03-02 10:00", "2026-03-02 10:00", "never"),
        ("2026-03-02 10:00", "2026-03-03 10:00", "daily"),
        ("2026-03-02T10:00Z", "2026-03-03", "never"),
    ],
)
def test_an_exclusion_that_ends_before_it_starts_or_never_or_has_a_zone_in_its_times_is_refused(start, end, repeats):
    with pytest.raises(ValidationError):
        exclusion(start, end, repeats=repeats)


def test_an_indicator_and_a_zone_that_do_not_exist_are_findings():
    odd = exclusion("2026-03-02", "2026-03-03", indicators=("nothing",), time_zone="Europe/Nowhere")
    found = find_reference_problems(Workbook(service=Service(name="shop"), exclusions=(odd,)))
    assert {(one.code, one.where) for one in found} == {
        ("unknown-indicator", "exclusions[0].indicators[0]"), ("unknown-time-zone", "exclusions[0].time_zone"),
    }  # fmt: skip


def test_counts_inside_are_taken_out_to_the_minute_and_those_of_other_indicators_are_not(stagedoor_history):
    found = times(exclusion("2026-03-10 12:00", "2026-03-10 13:00"), exclusion("2026-03-10 12:30", "2026-03-10 14:00"))
    rest, taken = without_excluded(stagedoor_history, found, indicator="buy-availability")
    before, after = (one.series_of("buy-availability") for one in (stagedoor_history, rest))
    inside = (before["minute"] >= "2026-03-10 12:00") & (before["minute"] < "2026-03-10 14:00")
    pd.testing.assert_frame_equal(after, before[~inside].reset_index(drop=True))
    assert (taken.n_minutes, taken.n_valid) == (120, int(before["valid"][inside].sum()))
    assert taken.n_bad == int((before["valid"] - before["good"])[inside].sum())
    pd.testing.assert_frame_equal(rest.series_of("browse-availability"), stagedoor_history.series_of("browse-availability"))


def test_an_assessment_tells_every_figure_with_and_without(stagedoor_history):
    series = stagedoor_history.series_of("buy-availability")
    by_hour = (series["valid"] - series["good"]).groupby(series["minute"].dt.floor("h")).sum()
    worst = by_hour.idxmax().to_pydatetime()
    asked = {"window": parse_window("28d"), "confidence": Decimal("0.9"), "event": "request"}
    plain = assess(stagedoor_history, "buy-availability", rng=np.random.default_rng(3), **asked)
    one = assess(
        stagedoor_history, "buy-availability", rng=np.random.default_rng(3),
        exclusions=[exclusion(worst, datetime(worst.year, worst.month, worst.day, worst.hour, 59))], **asked,
    )  # fmt: skip
    assert one.n_bad < plain.n_bad == one.with_excluded.n_bad
    assert one.n_valid + one.excluded.n_valid == plain.n_valid
    assert one.fit.target > plain.fit.target
    assert "1 stretch of time (59 min together, with " in one.excluded_sentence
    assert "of valid requests were good and the target would be" in one.excluded_sentence
    assert one.to_json()["excluded_sentence"] == one.excluded_sentence
    assert plain.excluded is None is plain.excluded_sentence


def test_a_day_that_is_excluded_as_a_whole_is_no_day_of_the_history(stagedoor_history):
    asked = {"window": parse_window("28d"), "confidence": Decimal("0.9"), "rng": np.random.default_rng(3)}
    one = assess(stagedoor_history, "buy-availability", exclusions=[exclusion("2026-03-10", "2026-03-11")], **asked)
    assert pd.Timestamp("2026-03-10") not in set(one.daily["day"])
    assert len(one.daily) == len(one.with_excluded.daily) - 1


def daily_history(n_days=60):
    days = pd.DataFrame({"day": pd.date_range("2026-03-01", periods=n_days), "valid": 1_000, "good": 990})
    rows = pd.DataFrame({"source": "s", "minute": days["day"] + pd.Timedelta(hours=3), "n_rows": 1})
    series = days.rename(columns={"day": "minute"}).assign(indicator="a", threshold_ms=np.nan, minute=rows["minute"])
    tables = {name: empty_table(name) for name in TABLES}
    tables |= {"series": series[list(TABLES["series"])].astype(TABLES["series"]), "rows": rows.astype(TABLES["rows"])}
    first, last = (f"{moment.isoformat()}Z" for moment in (rows["minute"].iloc[0], rows["minute"].iloc[-1]))
    record = SourceRecord("s", "csv", (), n_days, n_days, 0, 0, {}, first, last, 1_440)
    return History(**tables, provenance=Provenance((IndicatorQuery("a", "s", "valid", "good"),), (record,), "", ""))


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Tokyo", "America/New_York"])
def test_a_whole_local_day_takes_out_the_count_of_that_day_whenever_it_was_taken(zone):
    one = assess(
        daily_history(), "a", window=parse_window("28d"), confidence=Decimal("0.9"), rng=np.random.default_rng(3), time_zone=zone,
        exclusions=[exclusion("2026-04-09", "2026-04-10")],
    )  # fmt: skip
    assert (one.excluded.n_valid, one.excluded.n_bad) == (1_000, 10)
    assert pd.Timestamp("2026-04-09") not in set(one.daily["day"])


def test_an_exclusion_that_takes_nothing_out_is_a_warning():
    asked = {"window": parse_window("28d"), "confidence": Decimal("0.9"), "rng": np.random.default_rng(3)}
    one = assess(daily_history(), "a", exclusions=[exclusion("2026-04-09 01:00", "2026-04-09 05:00")], **asked)
    assert one.findings[0].code == "exclusion-takes-nothing"
    everything = assess(daily_history(), "a", exclusions=[exclusion("2026-01-01", "2026-12-31")], **asked)
    assert everything.findings[0].code == "exclusion-always"
    assert everything.fit is None


def test_the_figures_with_excluded_times_are_those_of_a_run_without_exclusions(stagedoor_history):
    asked = {"window": parse_window("28d"), "confidence": Decimal("0.9")}
    plain = assess(stagedoor_history, "buy-availability", rng=np.random.default_rng(3), **asked)
    one = assess(
        stagedoor_history,
        "buy-availability",
        rng=np.random.default_rng(3),
        exclusions=[exclusion("2026-04-02 10:00", "2026-04-02 11:00")],
        **asked,
    )
    assert one.with_excluded.fit.target == plain.fit.target


def test_a_local_time_that_never_happens_is_the_moment_the_clocks_moved():
    found = times(
        exclusion("2026-03-29 01:30", "2026-03-29 02:30", time_zone="Europe/London"),
        exclusion("2026-03-29 00:30", "2026-03-29 01:45", time_zone="Europe/London"),
        time_zone="Europe/London",
    )
    assert [(str(row.start.time()), str(row.end.time())) for row in found.itertuples()] == [
        ("00:30:00", "01:00:00"),
        ("01:00:00", "01:30:00"),
    ]


def test_only_time_within_the_history_is_told(stagedoor_history):
    found = times(exclusion("2026-01-01", "2026-03-03"), first="2026-03-02")
    _, taken = without_excluded(stagedoor_history, found, indicator="buy-availability")
    assert taken.n_minutes == pytest.approx(1_440, abs=2)


def test_no_window_of_the_history_holds_a_day_that_does_not_count():
    asked = {"window": parse_window("28d"), "confidence": Decimal("0.9"), "rng": np.random.default_rng(3)}
    one = assess(daily_history(), "a", exclusions=[exclusion("2026-03-20", "2026-03-21")], **asked)
    assert set(one.rolling["valid"]) == {28_000}
    assert len(one.rolling) == 33 - 20
