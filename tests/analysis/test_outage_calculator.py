"""The calculator gives the published tables to the last digit, in both directions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.outage_calculator import (
    allow,
    allow_bad_events,
    allow_minutes,
    format_minutes,
    nines_of,
    outage_table,
    target_of_nines,
)
from slo_workbench.errors import UnusableValue

# Full outage allowed in a year of 365, a quarter of 90, a month of 30, 28 and 7 days. Years, quarters and 30 days: Site Reliability
# Engineering (2016), appendix A, sre.google/sre-book/availability-table/; 28 days: The Art of SLOs, participant handbook.
TABLE = """
90     36.5 d     9 d        3 d       2.8 d      16.8 h
95     18.25 d    4.5 d      36 h      33.6 h     8.4 h
99     3.65 d     21.6 h     7.2 h     6.72 h     100.8 min
99.5   43.8 h     10.8 h     216 min   201.6 min  50.4 min
99.9   8.76 h     129.6 min  43.2 min  40.32 min  10.08 min
99.95  4.38 h     64.8 min   21.6 min  20.16 min  5.04 min
99.99  52.56 min  12.96 min  4.32 min  4.032 min  60.48 s
99.999 5.256 min  77.76 s    25.92 s   24.192 s   6.048 s
"""
SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
TARGETS = st.integers(1, 10**8 - 1).map(lambda number: Decimal(number).scaleb(-8))


def rows_of(text):
    for line in text.strip().splitlines():
        percent, *cells = line.split()
        lengths = zip(cells[::2], cells[1::2], strict=True)
        yield Decimal(percent) / 100, [Decimal(amount) * SECONDS[unit] for amount, unit in lengths]


def test_the_table_is_the_published_one_to_the_last_digit():
    table = outage_table()
    expected = list(rows_of(TABLE))
    assert table["target"].tolist() == [target for target, _ in expected]
    for (_, row), (_, seconds) in zip(table.iterrows(), expected, strict=True):
        assert [row[days] * 60 for days in (365, 90, 30, 28, 7)] == seconds


@pytest.mark.parametrize(("target", "seconds"), list(rows_of(TABLE)))
def test_each_outage_of_the_table_leads_back_to_its_target(target, seconds):
    for days, length in zip((365, 90, 30, 28, 7), seconds, strict=True):
        assert abs(allow_minutes(length / 60, window_days=days).target - target) < Decimal("1E-18")
    assert allow_minutes(seconds[3] * 10 / 60, window_days=28, error_share=Decimal("0.1")).target == pytest.approx(target)


# The Art of SLOs, participant handbook: 99.95 % over 28 days
@pytest.mark.parametrize(("percent", "length"), [("100", "20.16 min"), ("10", "3.36 h"), ("1", "33.6 h"), ("0.1", "14 d")])
def test_a_part_that_fails_may_do_so_for_longer(percent, length):
    amount, unit = length.split()
    allowed = allow(Decimal("0.9995"), window_days=28)
    minutes = allowed.minutes_at(Decimal(percent) / 100)
    assert minutes * 60 == Decimal(amount) * SECONDS[unit]
    assert format_minutes(minutes) == length
    assert allowed.error_share_over(minutes) == Decimal(percent) / 100


def test_what_stays_in_budget_for_good_has_no_end():
    allowed = allow(Decimal("0.99"), window_days=28)
    assert allowed.minutes_at(Decimal("0.0099")) is None
    assert allowed.minutes_at(Decimal("0.01")) == 28 * 1440
    assert allowed.error_share_over(60) is None
    assert "0.1 % bad all the time would stay in budget." in allowed.sentences[2]


def test_bad_events_are_whole_and_exact():
    # The Site Reliability Workbook, chapter 2: 3,663,253 requests at 97 %, 90 % and 99 %
    for target, bad in (("0.97", 109_897), ("0.90", 366_325), ("0.99", 36_632)):
        assert allow(Decimal(target), window_days=28, valid_events=3_663_253).bad_events == bad
    assert allow(Decimal("0.999"), window_days=28, valid_events=1000).bad_events == 1
    assert allow(Decimal("0.999"), window_days=28, valid_events=999).sentences[-1] == "Of 999 valid events it allows not a single bad one."
    assert allow(Decimal("0.999"), window_days=28).bad_events is None


def test_nines_and_targets_are_the_same_thing():
    for nines in (1, 2, 3, 4, 5, 9, 18):
        assert nines_of(target_of_nines(nines)) == nines
    assert str(target_of_nines(3)) == "0.999"
    assert nines_of(Decimal("0.9995")) == Decimal("3.3010")
    for nines in (0, 19, 2.5, True):
        with pytest.raises(UnusableValue, match="whole number from 1 to 18"):
            target_of_nines(nines)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Decimal(1), "nothing could ever fail"),
        (Decimal("1.2"), "nothing could ever fail"),
        (Decimal(0), "promise nothing"),
        (Decimal("-0.1"), "promise nothing"),
        (0.999, "exact decimal"),
        (Decimal("NaN"), "exact decimal"),
        (Decimal("0." + "9" * 21), "at most 20 places"),
    ],
)
def test_a_target_of_everything_or_nothing_or_no_number_is_refused(target, why):
    with pytest.raises(UnusableValue, match=why):
        allow(target, window_days=28)
    with pytest.raises(UnusableValue):
        nines_of(target)


def test_outages_that_cannot_be_are_refused():
    for minutes in (0, -5, 28 * 1440, 20.16):
        with pytest.raises(UnusableValue):
            allow_minutes(minutes, window_days=28)
    for share in (Decimal(0), Decimal("1.1"), 0.5):
        with pytest.raises(UnusableValue, match="above 0 and at most 1"):
            allow(Decimal("0.99"), window_days=28).minutes_at(share)
    for bad, valid in ((0, 10), (10, 10), (-1, 10)):
        with pytest.raises(UnusableValue, match="at least one and fewer than all"):
            allow_bad_events(bad, valid_events=valid, window_days=28)
    with pytest.raises(UnusableValue, match="within the window"):
        allow(Decimal("0.99"), window_days=1).error_share_over(1441)


@given(TARGETS, st.integers(1, 3660))
def test_there_and_back_gives_the_same_target(target, window_days):
    allowed = allow(target, window_days=window_days)
    assert Fraction(allowed.full_outage_minutes) == Fraction(1 - target) * window_days * 1440
    assert allow_minutes(allowed.full_outage_minutes, window_days=window_days).target == target


@given(st.integers(1, 10**9), st.integers(2, 10**9))
def test_a_target_made_from_bad_events_allows_them_and_not_one_more(bad, valid):
    if bad >= valid:
        return
    found = allow_bad_events(bad, valid_events=valid, window_days=28)
    assert found.bad_events == bad
    assert len(found.target.as_tuple().digits) <= 20


@given(TARGETS, TARGETS, st.integers(1, 365))
def test_a_stricter_target_allows_less(one, other, window_days):
    strict, loose = (allow(target, window_days=window_days, valid_events=10**6) for target in (max(one, other), min(one, other)))
    assert strict.full_outage_minutes <= loose.full_outage_minutes
    assert strict.bad_events <= loose.bad_events
    assert nines_of(strict.target) >= nines_of(loose.target)
