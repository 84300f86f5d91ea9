from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_count, format_duration, format_share, parse_share, parse_window, round_bad_share_up


def test_a_percent_and_a_share_are_the_same_exact_decimal():
    assert parse_share("99.9%") == parse_share("0.999") == Decimal("0.999")
    assert str(parse_share("99.9 %")) == "0.999"


def test_a_binary_float_is_refused_as_a_share():
    with pytest.raises(UnusableValue, match=r"0\.999 or 99\.9%"):
        parse_share(0.999)


@pytest.mark.parametrize("text", ["99.9", "-1%", "101%", "abc", "", "1e-3", "٣%", "nan"])
def test_text_that_is_no_share_is_refused(text):
    with pytest.raises(UnusableValue):
        parse_share(text)


@pytest.mark.parametrize(("text", "days"), [("28d", 28), ("4w", 28), (" 7D ", 7), ("month", 30), ("quarter", 91), ("week", 7)])
def test_windows_are_read_in_days_and_weeks_and_calendar_periods(text, days):
    assert parse_window(text).days == days


@pytest.mark.parametrize("text", ["0d", "28", "d", "1y", "-3d", "99999d", "fortnight", "3661d"])
def test_text_that_is_no_window_is_refused(text):
    with pytest.raises(UnusableValue):
        parse_window(text)


def test_rounding_the_bad_share_up_reproduces_the_workbooks_example():
    # The Site Reliability Workbook, chapter 2: 97.123 % measured became a target of 97 %
    measured_bad = Decimal(1) - Decimal(3_557_865) / Decimal(3_663_253)
    assert 1 - round_bad_share_up(measured_bad, digits=1) == Decimal("0.97")


def test_a_target_near_one_never_rounds_to_one():
    assert 1 - round_bad_share_up(0.0005) == Decimal("0.9995")
    assert 1 - round_bad_share_up(1e-9) < 1


@given(st.floats(min_value=1e-12, max_value=1), st.integers(1, 5))
def test_rounding_never_tightens_and_loosens_by_less_than_one_step(bad_share, digits):
    rounded = round_bad_share_up(bad_share, digits=digits)
    assert Decimal(str(bad_share)) <= rounded <= min(Decimal(1), Decimal(str(bad_share)) * (1 + Decimal(10) ** (1 - digits)))


@given(st.decimals(min_value=0, max_value=1, places=7))
def test_an_exact_share_survives_being_written_and_read(share):
    assert parse_share(format_share(share)) == share


def test_measured_shares_keep_the_digits_of_their_bad_part():
    assert format_share(0.9998608) == "99.986 %"
    assert format_share(0.99) == "99 %"
    assert format_share(1.0) == "100 %"
    assert format_share(0.0) == "0 %"


def test_durations_are_said_with_their_two_largest_units():
    # outage arithmetic of the field: 99.95 % of 28 days is 20.16 minutes
    assert format_duration(28 * 1440 * 0.0005) == "20 min 10 s"
    assert format_duration(1e-5) == "0.0006 s"
    assert format_count(1234.6) == "1,235"


def test_a_share_of_nothing_is_no_data_and_never_nan():
    assert format_share(float("nan")) == "no data"
