"""What people do after a bad request, next to what they do after a good one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.conversion import conversion_after
from slo_workbench.analysis.user_minutes import user_minutes
from slo_workbench.analysis.user_uptime import user_uptime
from slo_workbench.errors import TooLittleData, UnusableValue

START = pd.Timestamp("2026-03-02 10:00")


def visits(n_users, *, bad, buys_after_minutes):
    """Every user looks once, and those who buy do so later; ``bad`` and ``buys`` say by user what happens."""
    rows = []
    for user in range(n_users):
        rows.append((f"u{user}", START + pd.Timedelta(hours=user), not bad(user), 0))
        if (after := buys_after_minutes(user)) is not None:
            rows.append((f"u{user}", START + pd.Timedelta(hours=user, minutes=after), True, 4_200))
    return pd.DataFrame(rows, columns=["user", "time", "is_good", "value_cents"])


def after(events, within_minutes=60):
    return conversion_after(events, within_minutes=within_minutes, rng=np.random.default_rng(5))


def test_purchases_are_counted_after_good_and_bad_events_apart():
    # the first 100 meet a bad request: a quarter of them buys; of the other 100 half do
    events = visits(200, bad=lambda u: u < 100, buys_after_minutes=lambda u: 10 if (u % 4 == 0 if u < 100 else u % 2 == 0) else None)
    found = after(events)
    assert (found.after_good_share, found.after_bad_share) == (0.5, 0.25)
    assert (found.n_users_good, found.n_users_bad) == (100, 100)
    assert 0 < found.low < 0.25 < found.high
    assert "more than luck" in found.sentences[1]


def test_what_comes_too_late_or_before_is_no_purchase_after_it():
    late = visits(100, bad=lambda u: u < 50, buys_after_minutes=lambda u: 61)
    assert (after(late).after_good_share, after(late).after_bad_share) == (0, 0)
    assert after(late, within_minutes=61).after_good_share == 1
    before = visits(100, bad=lambda u: u < 50, buys_after_minutes=lambda u: -5)
    assert after(before).after_good_share == 0


def test_a_user_of_many_events_weighs_like_one_of_few():
    few = visits(60, bad=lambda u: u < 30, buys_after_minutes=lambda u: 10)
    crowd = pd.DataFrame({"user": "u59", "time": START + pd.Timedelta(days=9), "is_good": True, "value_cents": 0}, index=range(1_000))
    assert after(pd.concat([few, crowd])).after_good_share == pytest.approx(1 - (1 - 1 / 1_001) / 30)


def test_no_difference_is_called_none():
    same = visits(400, bad=lambda u: u < 200, buys_after_minutes=lambda u: 10 if u % 3 == 0 else None)
    assert "shows no difference" in after(same).sentences[1]


def test_too_few_users_and_no_money_are_refused_with_what_to_do():
    with pytest.raises(TooLittleData, match="29 users with a bad event"):
        after(visits(100, bad=lambda u: u < 29, buys_after_minutes=lambda u: 10))
    with pytest.raises(TooLittleData, match="map the column value"):
        after(visits(100, bad=lambda u: u < 50, buys_after_minutes=lambda u: None))
    with pytest.raises(UnusableValue):
        after(visits(100, bad=lambda u: u < 50, buys_after_minutes=lambda u: 10), within_minutes=0)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20_000), st.booleans()), min_size=2, max_size=40),
    st.sampled_from([1, 7.5, 60]),
)
def test_minutes_add_up_to_what_user_uptime_counts(rows, cutoff_minutes):
    events = pd.DataFrame(rows, columns=["user", "second", "is_good"])
    events["time"] = START + pd.to_timedelta(events["second"], unit="s")
    try:
        whole = user_uptime(events, cutoff_minutes=cutoff_minutes)
    except TooLittleData:
        return
    first, up, down = user_minutes(events, cutoff_minutes=cutoff_minutes)
    assert first == events["time"].min().floor("min")
    assert up.sum() == pytest.approx(whole.up_minutes)
    assert down.sum() == pytest.approx(whole.down_minutes)
    assert (up >= 0).all()
    # no more user-minutes in a minute than there are users
    assert (up + down <= 3 + 1e-9).all()
