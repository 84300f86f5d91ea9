"""The arithmetic of the risk catalogue: bad minutes a year against the budget of a year."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.risks import weigh_risks
from slo_workbench.document.model import Risk
from slo_workbench.errors import UnusableValue


def risk(name, *, detect=10, resolve=50, hit="30%", between=90):
    return Risk(id=name, title=name.capitalize(), minutes_to_detect=detect, minutes_to_resolve=resolve, users_hit=hit, days_between=between)


@pytest.mark.parametrize(("target", "share", "is_large"), [("0.999", 0.1389, False), ("0.9999", 1.3889, True)])
def test_the_golden_case(target, share, is_large):
    # Google CRE's formula, worked by hand: (10 + 50) × 0.3 × 365.25 / 90 = 73.05 min; 0.001 × 365.25 × 1440 = 525.96 min
    found = weigh_risks([risk("dep")], target=Decimal(target), window_days=28)
    row = found.table.iloc[0]
    assert row["bad_minutes_a_year"] == pytest.approx(73.05)
    assert row["budget_share"] == pytest.approx(share, abs=1e-4)
    assert bool(row["is_large"]) is is_large
    assert row["chance_share"] == pytest.approx(1 - math.exp(-28 / 90))


def test_the_most_expensive_comes_first_and_what_does_not_fit_is_named():
    found = weigh_risks([risk("small", hit="1%"), risk("huge", hit="100%", between=9)], target=Decimal("0.999"), window_days=28)
    assert found.table["id"].tolist() == ["huge", "small"]
    assert found.too_large_alone == ("Huge",)
    assert not found.fit_together
    said = " ".join(found.sentences)
    assert "more than there is" in said
    assert "Too large even alone: Huge." in said
    assert "Without the most expensive (Huge) the rest would fit: 2 min 26 s a year." in said


def test_risks_that_fit_alone_and_not_together_are_told_as_such():
    found = weigh_risks([risk(name, hit="60%", between=30) for name in ("a", "b", "c")], target=Decimal("0.999"), window_days=28)
    # each (60 × 0.6 × 365.25 / 30 =) 438.3 of 525.96 min
    assert found.too_large_alone == ()
    assert "Without the most expensive (A; B) the rest would fit" in " ".join(found.sentences)
    assert "More than 25 % of a year's budget each: A; B; C." in found.sentences


def test_one_risk_too_large_is_not_said_to_leave_a_rest():
    said = " ".join(weigh_risks([risk("huge", hit="100%", between=1)], target=Decimal("0.9999"), window_days=28).sentences)
    assert "the one risk costs" in said
    assert "Only without all of them" in said


def test_without_risks_nobody_is_said_to_be_safe():
    found = weigh_risks([], target=Decimal("0.99"), window_days=28)
    assert found.bad_minutes_a_year == 0
    assert "nobody has asked" in found.sentences[0]


@pytest.mark.parametrize("target", [Decimal(0), Decimal(1)])
def test_a_target_without_a_budget_is_refused(target):
    with pytest.raises(UnusableValue, match="above 0 % and below 100 %"):
        weigh_risks([risk("dep")], target=target, window_days=28)


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.001, 1), st.floats(0.01, 1e5)), max_size=8), st.decimals("0.5", "0.99999", places=5)
)
def test_shares_add_up_whatever_the_risks(given_risks, target):
    risks = [
        Risk(id=f"r{n}", title="x", minutes_to_detect=0, minutes_to_resolve=m, users_hit=Decimal(str(round(s, 6))), days_between=d)
        for n, (m, s, d) in enumerate(given_risks)
    ]
    found = weigh_risks(risks, target=target, window_days=28)
    assert math.fsum(found.table["budget_share"]) == pytest.approx(found.bad_minutes_a_year / found.budget_minutes_a_year)
    assert found.table["bad_minutes_a_year"].is_monotonic_decreasing
    assert all("nan" not in said and "inf" not in said for said in found.sentences)
