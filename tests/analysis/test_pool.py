"""The team's other services as a pool, wherever their histories lie; a default one where there is none."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from slo_workbench.analysis.assessment import assess
from slo_workbench.analysis.default_pool import INCIDENT_DAY_SHARES, INCIDENT_MINUTES, default_pool
from slo_workbench.analysis.fit import fit_target
from slo_workbench.analysis.pool import pool_of
from slo_workbench.analysis.predicted_window import pool_weight, predict_window
from slo_workbench.analysis.walk_forward import walk_forward
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import TooLittleData
from slo_workbench.history.pool import read_pool
from slo_workbench.history.store import write_history
from slo_workbench.units import parse_window
from tests.analysis.test_fit import days_of, rng


def test_the_default_pool_has_the_days_it_was_distilled_from():
    for days, share in zip(default_pool(counts_time=True), INCIDENT_DAY_SHARES, strict=True):
        assert (days > 0).mean() == pytest.approx(share, rel=0.01)
        assert days[days > 0].mean() * 1440 == pytest.approx(np.mean(INCIDENT_MINUTES))


def test_requests_are_taken_to_fail_a_third_as_much_as_minutes():
    # the mean of Beta(1, 2) is 1/3
    partly, wholly = (np.mean([days.mean() for days in default_pool(counts_time=kind)]) for kind in (False, True))
    assert partly / wholly == pytest.approx(1 / 3, rel=0.01)


def test_a_perfect_history_is_warned_by_the_default_pool_and_time_more_than_requests():
    requests, time = (predict_window(days_of([0] * 28), window_days=28, rng=rng(), counts_time=kind) for kind in (False, True))
    assert time.quantile(0.1) < requests.quantile(0.1) < 1


def test_slices_without_an_outage_do_not_promise_more_than_days_can_show():
    """Four weeks of good minutes are 40,320 good events, but only 28 days."""
    fit = fit_target(days_of([0] * 28, valid=1_440), rng=rng(), counts_time=True)
    assert float(fit.target) < 0.995


def test_the_reasons_say_which_pool_spoke_and_how_much_it_weighed():
    alone = fit_target(days_of([5] * 90), rng=rng())
    pooled = fit_target(days_of([5] * 90), rng=rng(), pool=[days_of([5] * 90)] * 2)
    assert pool_weight(90) == pytest.approx(28 / (28 + 63))
    assert "31 of 100 days from a pool (public incident history)" in alone.reasons[0]
    assert "31 of 100 days from a pool (2 other services)" in pooled.reasons[0]


def test_a_pool_is_read_from_histories_and_from_files_of_counts(stagedoor_history, tmp_path):
    write_history(stagedoor_history, tmp_path / "other")
    days = pd.date_range("2026-01-01", periods=40)
    pd.DataFrame({"day": days, "valid": 100, "good": 99}).to_csv(tmp_path / "search.csv", index=False)
    pool = pool_of(read_pool(["other", "search.csv"], folder=tmp_path))
    assert len(pool) == len(stagedoor_history.provenance.indicators) + 1
    assert pool[-1]["good"].sum() == 40 * 99


def test_a_place_without_a_history_and_one_that_leads_away_are_findings(tmp_path):
    (tmp_path / "workbook").mkdir()
    with pytest.raises(FindingsError, match="pool-unreadable"):
        read_pool(["workbook"], folder=tmp_path)
    with pytest.raises(FindingsError, match="source-missing"):
        read_pool(["nowhere.csv"], folder=tmp_path)
    (tmp_path / "secret.csv").write_text("day,valid,good\n2026-01-01,1,1\n")
    (tmp_path / "workbook" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FindingsError, match="path-outside"):
        read_pool(["link.csv"], folder=tmp_path / "workbook", inside=tmp_path / "workbook")


def test_a_pool_of_better_services_promises_no_more_than_the_usual_own_day():
    own, better = days_of([50] * 365), [days_of([1] * 365)]
    for n_days in (28, 365):
        assert float(fit_target(own.head(n_days), rng=rng(), pool=better).target) <= 0.995


def test_promises_the_past_did_not_keep_are_a_warning_and_a_few_broken_ones_are_not():
    worse = days_of(np.linspace(1, 200, 168).astype(int))
    asked = {"window_days": 28, "confidence": Decimal("0.9")}
    (found,) = walk_forward(worse, rng=rng(), **asked).findings
    assert found.code == "promises-not-kept"
    assert "of 5 times in the past, and 90 % was asked for" in found.message
    assert walk_forward(days_of([10] * 365), rng=rng(), **asked).findings == ()


def test_a_pool_without_a_valid_event_and_a_place_named_twice_are_refused(tmp_path):
    days = pd.date_range("2026-01-01", periods=40)
    pd.DataFrame({"day": days, "valid": 1, "good": 1}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(FindingsError, match="pool-repeated"):
        read_pool(["a.csv", "./a.csv"], folder=tmp_path)
    pd.DataFrame({"day": days, "valid": 0, "good": 0}).to_csv(tmp_path / "zero.csv", index=False)
    with pytest.raises(TooLittleData, match="no service of the pool"):
        pool_of(read_pool(["zero.csv"], folder=tmp_path))


def test_a_history_that_is_its_own_pool_is_told(stagedoor_history):
    pool = pool_of([stagedoor_history])
    one = assess(stagedoor_history, "buy-availability", window=parse_window("28d"), confidence=Decimal("0.9"), rng=rng(), pool=pool)
    assert "pool-is-itself" in [finding.code for finding in one.findings]
