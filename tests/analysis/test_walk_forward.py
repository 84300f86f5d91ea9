"""Promises made on past days are judged by the windows that followed, and know nothing of them."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from slo_workbench.analysis.walk_forward import walk_forward


def days_of(bad, valid=10_000, start="2025-01-01"):
    bad = np.asarray(bad)
    return pd.DataFrame({"day": pd.date_range(start, periods=len(bad)), "valid": valid, "good": valid - bad})


def tried(daily, **changes):
    usual = {"window_days": 28, "confidence": Decimal("0.9"), "rng": np.random.default_rng(5)}
    return walk_forward(daily, **{**usual, **changes})


def test_the_windows_lie_side_by_side_and_end_with_the_last_day():
    found = tried(days_of([10] * 100))
    assert found.promises["n_days"].tolist() == [44, 72]
    assert found.promises["made_on"].tolist() == [pd.Timestamp("2025-02-14"), pd.Timestamp("2025-03-14")]
    assert (found.n_kept, found.n_promises) == (2, 2)


def test_a_disaster_breaks_the_promise_made_before_it_and_loosens_the_one_made_after():
    bad = np.full(112, 10)
    bad[60] = 9_000
    found = tried(days_of(bad)).promises
    assert found["is_kept"].tolist() == [True, False, True]
    assert found["sli"].iloc[1] == pytest.approx(1 - (27 * 10 + 9_000) / 280_000)
    assert found["target"].iloc[2] < found["target"].iloc[1]


def test_what_comes_after_a_promise_does_not_change_it():
    bad = np.full(84, 10)
    worse = bad.copy()
    worse[56:] = 5_000
    calm, later = tried(days_of(bad)).promises, tried(days_of(worse)).promises
    assert calm["target"].iloc[0] == later["target"].iloc[0]


def test_of_a_pool_only_what_lay_before_the_promise_is_known():
    other = days_of([0] * 56 + [9_999] * 28)
    with_pool = tried(days_of([0] * 84), pool=[other]).promises
    # at both origins the other service had been perfect
    assert (with_pool["target"] > Decimal("0.999")).all()
    # a pool that begins later says nothing yet, so the default one speaks
    later = tried(days_of([0] * 56), pool=[days_of([0] * 56, start="2026-01-01")]).promises
    assert later["target"].iloc[0] < with_pool["target"].iloc[0]


def test_a_history_too_short_for_one_promise_says_so():
    found = tried(days_of([10] * 55))
    assert found.n_promises == 0
    assert "takes 56 days of history" in found.sentence


def test_the_sentence_counts_kept_promises_and_says_when_they_are_few():
    assert "would have been kept, the one time it can be tried (90 % was asked for): too few" in tried(days_of([10] * 56)).sentence
    long = tried(days_of([10] * 365)).sentence
    assert "from 29 to 337 days of history" in long
    assert "kept 12 of 12 times (90 % was asked for)." in long


def test_windows_without_a_valid_event_judge_nothing():
    daily = days_of([0] * 112)
    daily.loc[56:83, ["valid", "good"]] = 0
    assert tried(daily).promises["n_days"].tolist() == [28, 84]
