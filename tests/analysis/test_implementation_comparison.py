"""Two measurements of one specification: what they share, what only one sees, and what each costs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.implementation_comparison import Agreement, ReadingCost, compare_implementations
from slo_workbench.errors import TooLittleData, UnusableValue

NAMES = ("load balancer", "application")
HOURS = pd.date_range("2026-03-02", periods=14 * 24, freq="h", unit="us")


def hourly(valid=1_000, bad=1, hours=HOURS, **changed):
    """Counts by the hour; ``changed`` is hour_N=(valid, bad)."""
    counts = pd.DataFrame({"minute": hours, "valid": valid, "good": valid - bad})
    for name, (n_valid, n_bad) in changed.items():
        counts.loc[int(name.removeprefix("hour_")), ["valid", "good"]] = n_valid, n_valid - n_bad
    return counts


def compare(one, other, **options):
    return compare_implementations(one, other, names=NAMES, **options)


def test_the_same_counts_twice_are_the_same_in_every_respect():
    found = compare(hourly(hour_30=(1_000, 300)), hourly(hour_30=(1_000, 300)))
    assert found.valid_ratio == 1
    assert found.sli_difference_points == 0
    assert (found.agreement.same_share, found.agreement.kappa, found.agreement.n_both_bad) == (1, 1, 1)
    assert found.incidents["seen_by"].tolist() == ["both"]
    assert found.blind.empty


def test_slis_and_the_ratio_are_sums_of_bins_with_data_in_both():
    one = hourly(hour_5=(2_000, 1_000)).drop(index=[7])
    other = hourly(valid=500, bad=1).drop(index=[5, 8])
    found = compare(one, other)
    n_both = len(HOURS) - 3
    assert len(found.in_both) == n_both
    assert found.n_bins_only == (2, 1)
    assert found.valid_ratio == 0.5
    assert found.sli_shares == pytest.approx((0.999, 0.998))
    assert found.sli_difference_points == pytest.approx(-0.1)
    assert "2 bins in load balancer only and 1 bin in application only" in found.sentences[0]
    assert "0.1 points lower in application" in found.sentences[1]


def test_incidents_are_told_by_who_saw_them_with_what_each_counted():
    one = hourly(hour_30=(1_000, 300), hour_100=(1_000, 400), hour_200=(1_000, 2))
    other = hourly(hour_30=(1_000, 280), hour_100=(600, 1), hour_200=(1_000, 90))
    found = compare(one, other)
    assert found.incidents[["bad_one", "bad_other", "seen_by"]].to_numpy().tolist() == [
        [300, 280, "both"],
        [400, 1, "one"],
        [2, 90, "other"],
    ]
    assert found.agreement == Agreement(len(HOURS) - 3, 1, 1, 1)
    text = " ".join(found.sentences)
    assert (
        "3 stretches of trouble: 1 seen by both; 1 only by load balancer from 2026-03-06 04:00 (400 bad events there, 1 in application); "
        "1 only by application from 2026-03-10 08:00 (90 bad events there, 2 in load balancer)." in text
    )
    assert "In 3 bins more was bad than usual; both saw it in 1 of them" in text


def test_what_is_the_same_is_said_plainly():
    text = compare(hourly(), hourly()).sentences[0]
    assert text.endswith("application counts as many valid events as load balancer.")
    assert "about as many" in compare(hourly(valid=10_000), hourly(valid=10_001)).sentences[0]
    one, other = hourly(), hourly()
    other.loc[:100, ["valid", "good"]] = 900, 899
    assert "0.97 times as many valid events as load balancer; in 90 of 100 bins 0.9 to 1 times." in compare(one, other).sentences[0]


@pytest.mark.parametrize(("n_bad", "said"), [(300, "both saw it"), (1, "only one of them saw it")])
def test_one_bin_of_trouble_is_told_as_one(n_bad, said):
    text = " ".join(compare(hourly(hour_30=(1_000, 300)), hourly(hour_30=(1_000, n_bad))).sentences)
    assert f"In 1 bin more was bad than usual; {said}, and they agree" in text
    assert "1 stretch of trouble: 1 " in text


@pytest.mark.parametrize("bin_minutes", [0, -60, 10_081, 10**9])
def test_bins_of_a_length_that_makes_no_sense_are_refused(bin_minutes):
    with pytest.raises(UnusableValue, match="between 1 and 10,080 minutes"):
        compare(hourly(), hourly(), bin_minutes=bin_minutes)


def test_overlapping_incidents_of_both_are_one_stretch():
    one = hourly(hour_30=(1_000, 300), hour_31=(1_000, 300))
    other = hourly(hour_31=(1_000, 300), hour_32=(1_000, 300))
    found = compare(one, other).incidents
    assert found[["start", "end"]].to_numpy().tolist() == [[HOURS[30], HOURS[33]]]
    assert found[["bad_one", "bad_other", "seen_by"]].to_numpy().tolist() == [[601, 601, "both"]]


def test_requests_that_never_arrived_are_counted_from_the_middle_ratio():
    one = hourly(hour_30=(1_000, 900), hour_50=(3_000, 3))
    other = hourly(valid=900, hour_30=(100, 0), hour_50=(2_700, 2))
    found = compare(one, other)
    assert found.blind.to_numpy().tolist() == [[HOURS[30], 1_000, 100, 800.0]]
    assert (
        "application missed most in the 1 h from 2026-03-03 06:00: about 800 events that load balancer counted (1,000 there, 100 here)"
        in " ".join(found.sentences)
    )


def test_a_time_without_any_row_in_the_other_is_blind_and_no_disagreement():
    found = compare(hourly(), hourly().drop(index=range(100, 104)))
    assert found.blind["valid_other"].tolist() == [0] * 4
    assert found.agreement.n_bins == len(HOURS) - 4
    assert found.agreement.same_share == 1


def test_only_whole_bins_of_the_common_span_count():
    minutes = pd.date_range("2026-03-02 10:30", periods=60 * 60, freq="min", unit="us")
    one = pd.DataFrame({"minute": minutes, "valid": 10, "good": 10})
    other = one[one["minute"] >= "2026-03-02 12:15"]
    found = compare(one, other)
    assert (found.start, found.end) == (pd.Timestamp("2026-03-02 13:00"), pd.Timestamp("2026-03-04 22:00"))
    assert found.valid_ratio == 1


def test_minutes_and_hours_are_compared_by_the_hour_and_days_by_the_day():
    minutes = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=60 * 1440, freq="min", unit="us"), "valid": 10, "good": 10})
    found = compare(minutes, hourly(), bin_minutes=15)
    assert found.bin_minutes == 60
    assert [finding.code for finding in found.findings] == ["comparison-coarser"]
    assert "as application counts no finer" in found.findings[0].message
    days = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=60, unit="us"), "valid": 14_400, "good": 14_400})
    assert compare(minutes, days).bin_minutes == 1440
    assert compare(minutes, days).valid_ratio == 1


def test_the_cost_of_a_day_is_told_beside_the_results():
    costs = (ReadingCost(28_000_000, 5_600_000_000, 28), ReadingCost(40_320, 2_000_000, 28))
    last = compare(hourly(), hourly(), costs=costs).sentences[-1]
    assert last == "To measure a day, load balancer reads 1,000,000 rows (200 MB) and application reads 1,440 rows (71.4 kB)."
    with pytest.raises(UnusableValue, match="more than 0 days"):
        ReadingCost(1, 1, 0)


def test_a_time_in_which_nothing_stood_out_does_not_claim_agreement_on_trouble():
    found = compare(hourly(), hourly())
    assert found.agreement.kappa is None
    assert "does not tell whether they would agree on trouble" in " ".join(found.sentences)


# the worked example of https://en.wikipedia.org/wiki/Cohen%27s_kappa (50 grant proposals, kappa 0.4), and by hand: 0.7 agree, 0.68 by chance
@pytest.mark.parametrize(
    ("cells", "kappa"), [((15, 20, 5, 10), 0.4), ((65, 5, 15, 15), 0.0625), ((0, 0, 5, 5), -1.0), ((0, 9, 0, 0), None)]
)
def test_agreement_beyond_chance_comes_out_as_published(cells, kappa):
    found = Agreement(*cells).kappa
    assert found == (None if kappa is None else pytest.approx(kappa))


def test_too_little_in_common_is_refused_with_what_to_do():
    with pytest.raises(TooLittleData, match="no time in common"):
        compare(hourly(), hourly(hours=HOURS + pd.Timedelta(days=30)))
    with pytest.raises(TooLittleData, match="both have data in 23 bins"):
        compare(hourly(), hourly().head(23))
    assert len(compare(hourly(), hourly().head(24)).in_both) == 24
    with pytest.raises(TooLittleData, match="application has no valid event"):
        compare(hourly(), hourly().head(0))


def test_an_application_that_payment_failures_never_reach_is_told_so_on_the_worked_example(stagedoor_history):
    balancer = stagedoor_history.series_of("buy-availability")
    is_down = balancer["minute"].between("2026-04-14 19:15", "2026-04-14 19:32")
    application = balancer.assign(valid=balancer["good"].where(is_down, balancer["valid"]))
    found = compare(balancer, application, bin_minutes=60, event="order")
    only_one = found.incidents[found.incidents["seen_by"] == "one"]
    # 14 orders of that hour failed: tests of the replay say the same
    assert only_one[["start", "bad_one", "bad_other"]].to_numpy().tolist() == [[pd.Timestamp("2026-04-14 19:00"), 14, 0]]
    assert found.blind["start"].tolist() == []  # 14 missing of 42 are not beyond five deviations: too few to call it blind by volume


PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9), st.integers(0, 9)), min_size=30, max_size=60)


@given(PAIRS)
def test_every_bin_is_counted_once_and_swapping_both_swaps_what_only_one_sees(rows):
    def side(place):
        valid = np.array([row[place] for row in rows])
        bad = np.minimum(valid, [row[place + 2] for row in rows])
        return pd.DataFrame({"minute": HOURS[: len(rows)], "valid": valid, "good": valid - bad})

    one, other = side(0), side(1)
    try:
        found, swapped = compare(one, other), compare(other, one)
    except TooLittleData:
        return
    agreement, mirrored = found.agreement, swapped.agreement
    assert agreement.n_bins == len(found.in_both)
    assert (agreement.n_only_one_bad, agreement.n_only_other_bad) == (mirrored.n_only_other_bad, mirrored.n_only_one_bad)
    assert agreement.kappa == mirrored.kappa
    assert found.n_bins_only == swapped.n_bins_only[::-1]
    assert len(found.incidents) == len(swapped.incidents)
    assert found.sli_difference_points == pytest.approx(-swapped.sli_difference_points)
    assert len(found.sentences) >= 4
