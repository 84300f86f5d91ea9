"""Tickets and lost budget are compared by rank, and days on which they disagree are named, both ways."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slo_workbench.analysis.tickets_against_budget import (
    LOSS_WITHOUT_TICKETS,
    TICKETS_WITHOUT_LOSS,
    compare_tickets,
    rank_correlation,
)
from slo_workbench.analysis.windows import complete_days_of
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.sources.daily_numbers import read_daily_numbers
from tests.conftest import STAGEDOOR

TARGET = Decimal("0.99")
NUMBERS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=40)


def tables(bad, tickets, valid=1000, start="2026-03-02"):
    days = pd.date_range(start, periods=len(bad))
    return pd.DataFrame({"day": days, "valid": valid, "good": valid - np.array(bad)}), pd.DataFrame({"day": days, "value": tickets})


def compare(bad, tickets, seed=1, **more):
    daily, counted = tables(bad, tickets, **more)
    return compare_tickets(daily, counted, target=TARGET, window_days=28, rng=np.random.default_rng(seed), event="request")


# https://en.wikipedia.org/wiki/Spearman's_rank_correlation_coefficient, IQ and hours of television: -29/165
def test_the_rank_correlation_is_that_of_the_textbook_example():
    iq = np.array([106, 86, 100, 101, 99, 103, 97, 113, 112, 110])
    hours = np.array([7, 0, 27, 50, 28, 29, 20, 12, 6, 17])
    assert rank_correlation(iq, hours) == pytest.approx(-29 / 165)


@given(NUMBERS)
def test_ties_share_their_mean_rank_as_pandas_does_it(pairs):
    x, y = (np.array(numbers, dtype=float) for numbers in zip(*pairs, strict=True))
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    assert rank_correlation(x, y) == pytest.approx(pd.Series(x).rank().corr(pd.Series(y).rank()))


@given(NUMBERS)
def test_only_the_order_of_the_numbers_matters(pairs):
    x, y = (np.array(numbers, dtype=float) for numbers in zip(*pairs, strict=True))
    here = rank_correlation(x, y)
    assert rank_correlation(np.exp(x), 3 * y + 1) == (pytest.approx(here) if here is not None else None)
    assert rank_correlation(y, x) == (pytest.approx(here) if here is not None else None)
    assert here is None or -1 <= here <= 1


def test_numbers_that_never_change_go_with_nothing():
    assert rank_correlation(np.ones(5), np.arange(5.0)) is None
    found = compare([3] * 20, list(range(20)))
    assert (found.correlation, found.low) == (None, None)
    assert "the same on each" in found.sentences[0]


def test_days_that_lost_more_and_had_more_tickets_go_together():
    bad = [0, 1, 0, 2, 0, 40, 1] * 8
    found = compare(bad, [5 + n // 2 for n in bad])
    assert found.correlation > 0.8
    assert found.low > 0.7
    assert found.n_weeks == 8
    assert "had more tickets, strongly so (Spearman's rank correlation" in found.sentences[0]
    assert "from 8 weeks only, so rather wider" in found.sentences[0]


def test_tickets_that_have_nothing_to_do_with_the_budget_are_not_talked_up():
    rng = np.random.default_rng(5)
    found = compare(rng.poisson(5, 56).tolist(), rng.poisson(8, 56))
    assert found.low < 0 < found.high
    assert "it cannot be told whether" in found.sentences[0]


def test_both_kinds_of_outliers_are_found_and_usual_days_are_none():
    # a window of 28 days allows 280 bad events: an even share is 10 a day, a tenth 28
    bad, tickets = [5] * 28, [8] * 28
    bad[3], tickets[10] = 40, 60
    bad[20], tickets[20] = 40, 60
    outliers = compare(bad, tickets).table["outlier"]
    assert outliers[outliers != ""].to_dict() == {3: LOSS_WITHOUT_TICKETS, 10: TICKETS_WITHOUT_LOSS}


def test_an_outlier_begins_where_the_rule_says():
    bad, tickets = [5] * 28, [9] * 28
    bad[3], bad[4] = 28, 27
    tickets[10], tickets[11] = 24, 23
    outliers = compare(bad, tickets).table["outlier"]
    assert outliers[outliers != ""].index.tolist() == [3, 10]


def test_days_without_data_or_without_a_count_of_tickets_are_left_out_and_told():
    daily, counted = tables([1, 2, 3, 4, 5] * 6, [1, 2, 3, 4, 5] * 6)
    daily.loc[5:6, ["valid", "good"]] = 0
    found = compare_tickets(daily, counted.drop(index=[0, 1, 2]), target=TARGET, window_days=28, rng=np.random.default_rng(1))
    assert (len(found.table), found.n_days_without_data, found.n_days_without_tickets) == (25, 2, 3)
    assert found.sentences[-1] == (
        "Left out: 2 days without a valid event, which are neither good nor bad and 3 days for which nobody counted tickets."
    )


def test_too_few_days_or_weeks_are_refused_or_have_no_interval():
    with pytest.raises(TooLittleData, match="13 days with both counts and tickets tell nothing"):
        compare([1, 2] * 6 + [1], [1, 2] * 6 + [1])
    short = compare([1, 2] * 7, [1, 2] * 7)
    assert (short.correlation, short.low, short.n_weeks) == (pytest.approx(1), None, 2)
    assert "without an interval, for which 2 weeks are too few" in short.sentences[0]


def test_what_cannot_be_compared_is_refused():
    daily, counted = tables([1] * 20, [1] * 20)
    ask = {"window_days": 28, "rng": np.random.default_rng(1)}
    with pytest.raises(UnusableValue, match="below 1"):
        compare_tickets(daily, counted, target=Decimal(1), **ask)
    with pytest.raises(UnusableValue, match="one row in either table"):
        compare_tickets(daily, pd.concat([counted, counted.head(1)]), target=TARGET, **ask)


def test_the_same_draws_give_the_same_interval_and_others_nearly_so():
    rng = np.random.default_rng(2)
    bad = rng.poisson(5, 70)
    tickets = bad + rng.poisson(4, 70)
    first, again, other = (compare(bad.tolist(), tickets, seed=seed) for seed in (1, 1, 2))
    assert (first.low, first.high) == (again.low, again.high)
    assert (first.low, first.high) == (pytest.approx(other.low, abs=0.05), pytest.approx(other.high, abs=0.05))


def test_an_interval_holds_the_true_correlation_about_as_often_as_it_says():
    # independent days: the true correlation is 0; 26 weeks, 40 histories. A wrong bound, such as the middle half, holds it in 20 of them
    rng = np.random.default_rng(11)
    held = 0
    for seed in range(40):
        found = compare(rng.poisson(50, 182).tolist(), rng.poisson(50, 182), seed=seed)
        held += found.low <= 0 <= found.high
    assert held >= 33


def test_the_day_of_the_postponed_tour_stands_out_for_its_tickets_alone(stagedoor_history):
    tickets, _ = read_daily_numbers(STAGEDOOR / "tickets.csv")
    daily, _ = complete_days_of(stagedoor_history, "buy-availability")
    found = compare_tickets(daily, tickets, target=Decimal("0.991"), window_days=28, rng=np.random.default_rng(1), event="order")
    outliers = found.table[found.table["outlier"] != ""].set_index("day")
    assert outliers.loc["2026-04-16", "outlier"] == TICKETS_WITHOUT_LOSS
    # other journeys' incidents: seat maps, a release, deliveries
    assert set(outliers.index.strftime("%m-%d")) == {"03-14", "03-18", "03-31", "04-16"}
    assert found.sentences[1].startswith("Many tickets, little lost: 2026-04-16 (81 tickets, 0 % of the budget)")
    assert 0.3 < found.low < found.correlation < found.high
