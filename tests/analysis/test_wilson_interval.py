import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.wilson_interval import wilson_interval
from slo_workbench.errors import UnusableValue


# R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3
@pytest.mark.parametrize(
    ("n_good", "n_valid", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals_come_out(n_good, n_valid, low, high):
    assert wilson_interval(n_good, n_valid, confidence=0.95) == pytest.approx((low, high), abs=0.00005)


def test_of_nothing_counted_every_share_is_possible():
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors_when_good_and_bad_swap(counts):
    good, valid = counts
    low, high = wilson_interval(good, valid)
    assert 0 <= low <= good / valid <= high <= 1
    assert wilson_interval(valid - good, valid) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("n_good", "n_valid", "confidence"), [(2, 1, 0.9), (-1, 1, 0.9), (1, 1, 1.0), (1, 1, 0.0)])
def test_what_is_no_share_or_no_confidence_is_refused(n_good, n_valid, confidence):
    with pytest.raises(UnusableValue):
        wilson_interval(n_good, n_valid, confidence=confidence)
