"""What spent the budget is ranked, and what is spread or hidden in the whole is told as well."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.budget_spenders import spend_by_group, spend_by_incident
from slo_workbench.errors import TooLittleData, UnusableValue

TARGET = Decimal("0.999")


def week(outages=(), spread=0):
    """A week of 10 events a minute, ``spread`` bad ones an hour, and outages of (first minute, minutes, bad a minute)."""
    minutes = pd.date_range("2026-03-02", periods=7 * 1440, freq="min")
    series = pd.DataFrame({"minute": minutes, "valid": 10, "good": 10})
    series.loc[series.index[50::60], "good"] -= spread
    for first, length, bad in outages:
        series.loc[first : first + length - 1, "good"] -= bad
    return series


def test_incidents_are_shares_of_a_typical_windows_budget_worst_first():
    # 28 days of 14,400 allow 403.2 bad events
    found = spend_by_incident(week([(600, 10, 10), (4000, 20, 10)]), target=TARGET, window_days=28, event="request")
    assert found.budget_events == pytest.approx(403.2)
    assert found.table["bad"].tolist() == [200, 100]
    assert found.table["budget_share"].tolist() == pytest.approx([200 / 403.2, 100 / 403.2])
    assert found.table["start"].tolist() == [pd.Timestamp("2026-03-04 18:00"), pd.Timestamp("2026-03-02 10:00")]
    assert found.outside_share == 0


# The Site Reliability Workbook, chapter 2: of 109,897 allowed errors 14,066 are 13 % and 72,000 are 65 % (65.5)
@pytest.mark.parametrize(("bad", "share"), [(14_066, 0.128), (72_000, 0.655)])
def test_the_share_of_an_incident_is_that_of_the_workbook(bad, share):
    days = pd.date_range("2026-03-02", periods=28)
    series = pd.DataFrame({"minute": days, "valid": [130_830] * 27 + [3_663_253 - 27 * 130_830], "good": 0})
    series["good"] = series["valid"] - np.where(days == days[9], bad, 0)
    found = spend_by_incident(series, target=Decimal("0.97"), window_days=28)
    assert found.table["budget_share"].tolist() == pytest.approx([share], abs=5e-4)


def test_what_fails_steadily_is_no_incident_and_told_with_its_price():
    found = spend_by_incident(week([(600, 10, 10)], spread=1), target=TARGET, window_days=28, event="request")
    assert (found.n_bad, found.n_bad_in_incidents, len(found.table)) == (268, 101, 1)
    assert found.sentences[-1] == (
        "167 of 268 bad requests (62 %) lie in no incident: spread over the days, they spend 166 % of a window's budget."
    )


def test_nothing_bad_is_said_and_no_data_is_refused():
    assert spend_by_incident(week(), target=TARGET, window_days=28).sentences == ("None of 100,800 valid events was bad.",)
    with pytest.raises(TooLittleData, match="nothing was valid"):
        spend_by_incident(week().assign(valid=0, good=0), target=TARGET, window_days=28)
    for target, days in ((Decimal(1), 28), (Decimal(0), 28), (TARGET, 0)):
        with pytest.raises(UnusableValue):
            spend_by_incident(week(), target=target, window_days=days)


@given(st.lists(st.tuples(st.integers(0, 9900), st.integers(1, 90), st.integers(1, 10)), max_size=4), st.integers(0, 2))
def test_incidents_and_the_rest_add_up_to_all_that_was_bad(outages, spread):
    series = week(outages, spread)
    series["good"] = series["good"].clip(lower=0)
    found = spend_by_incident(series, target=TARGET, window_days=28)
    n_bad = int((series["valid"] - series["good"]).sum())
    assert found.n_bad == n_bad
    assert found.n_bad_in_incidents == found.table["bad"].sum() <= n_bad
    assert found.table["bad"].is_monotonic_decreasing
    assert found.table["budget_share"].astype(float).sum() == pytest.approx(found.n_bad_in_incidents / found.budget_events)


def groups_of(*rows):
    return pd.DataFrame(rows, columns=["group", "valid", "good"])


def test_a_group_that_breaks_the_target_alone_is_named_although_the_whole_keeps_it():
    found = spend_by_group(groups_of(("/list", 99_000, 98_990), ("/buy", 1000, 960)), target=TARGET, column="route", event="request")
    assert found.table[["group", "bad", "bad_share", "share_of_bad", "budget_share"]].values.tolist() == [
        ["/buy", 40, 0.04, 0.8, pytest.approx(0.4)],
        ["/list", 10, 10 / 99_000, 0.2, pytest.approx(0.1)],
    ]
    assert found.sentences[-1] == "All together keep 99.9 %; alone it would be missed by /buy."
    assert found.sentences[1] == "/buy: 40 bad, 80 % of all bad ones and 40 % of the budget; of its own 1,000 requests 4 % failed."


def test_a_group_at_its_target_is_not_named_and_none_is_when_the_whole_misses_it():
    just = spend_by_group(groups_of(("/list", 99_000, 99_000), ("/buy", 1000, 999)), target=TARGET)
    assert not any("alone" in sentence for sentence in just.sentences)
    over = spend_by_group(groups_of(("/list", 99_000, 99_000), ("/buy", 1000, 998)), target=TARGET)
    assert over.sentences[-1].endswith("alone it would be missed by /buy.")
    missed = spend_by_group(groups_of(("/list", 99_000, 98_000), ("/buy", 1000, 960)), target=TARGET)
    assert not any("alone" in sentence for sentence in missed.sentences)


def test_the_rest_is_one_row_that_says_how_many_it_holds():
    many = groups_of(*[(f"/{number}", 100, 100 - number) for number in range(20)])
    found = spend_by_group(many, target=TARGET, most_groups=3)
    assert found.table["group"].tolist() == ["/19", "/18", "/17", "(17 others)"]
    assert found.table["n_groups"].tolist() == [1, 1, 1, 17]
    assert (found.n_groups, found.table["bad"].sum(), found.table["valid"].sum()) == (20, sum(range(20)), 2000)


def test_rows_that_stand_for_several_groups_already_stay_in_the_rest():
    folded = groups_of(("/a", 100, 90), (None, 50, 49), (None, 1000, 900)).assign(n_groups=[1, 1, 40])
    found = spend_by_group(folded, target=TARGET)
    assert found.table[["group", "bad"]].values.tolist() == [["/a", 10], ["(none)", 1], ["(40 others)", 100]]
    assert found.n_groups == 42


def test_a_group_called_none_and_rows_without_one_stay_apart():
    found = spend_by_group(groups_of(("(none)", 100, 90), (None, 100, 95), (float("nan"), 100, 99)), target=TARGET)
    assert found.table[["group", "valid", "bad"]].values.tolist() == [["(none)", 100, 10], ["(none)", 200, 6]]


def test_groups_without_bad_events_divide_by_nothing():
    found = spend_by_group(groups_of(("/a", 100, 100)), target=TARGET, column="route", event="request")
    assert found.sentences == ("None of 100 valid requests was bad, in any route.",)
    assert found.table["share_of_bad"].isna().all()


def test_impossible_groups_are_refused():
    with pytest.raises(UnusableValue, match="between none and all"):
        spend_by_group(groups_of(("/a", 1, 2)), target=TARGET)
    with pytest.raises(TooLittleData, match="no group has a valid event"):
        spend_by_group(groups_of(("/a", 0, 0)), target=TARGET)
    with pytest.raises(UnusableValue, match="at least one group"):
        spend_by_group(groups_of(("/a", 1, 1)), target=TARGET, most_groups=0)
    with pytest.raises(UnusableValue, match="below 1"):
        spend_by_group(groups_of(("/a", 1, 1)), target=Decimal(1))


ROWS = st.lists(
    st.integers(0, 1000).flatmap(lambda valid: st.tuples(st.sampled_from("abcdefgh"), st.just(valid), st.integers(0, valid))), min_size=1
)


@given(ROWS, st.integers(1, 10), st.randoms())
def test_shares_of_groups_add_up_whatever_their_order(rows, most_groups, random):
    if not sum(valid for _, valid, _ in rows):
        return
    found = spend_by_group(groups_of(*rows), target=TARGET, most_groups=most_groups)
    shuffled = list(rows)
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(found.table, spend_by_group(groups_of(*shuffled), target=TARGET, most_groups=most_groups).table)
    assert found.table["bad"].sum() == sum(valid - good for _, valid, good in rows)
    assert found.table["n_groups"].sum() == len({name for name, valid, _ in rows if valid})
    if found.n_bad:
        assert found.table["share_of_bad"].sum() == pytest.approx(1)


def test_the_worked_example_lost_most_to_the_incidents_that_were_injected(stagedoor_history):
    found = spend_by_incident(stagedoor_history.series_of("buy-availability"), target=Decimal("0.991"), window_days=28, event="order")
    assert found.table["start"].dt.strftime("%Y-%m-%d").tolist()[:3] == ["2026-04-02", "2026-03-05", "2026-04-14"]
    assert found.table["bad"].tolist()[:3] == [16, 14, 14]
    assert found.sentences[0] == "A typical window of 28 days allows 139.4 bad orders at 99.1 %; 5 incidents stood out in 56 days."
