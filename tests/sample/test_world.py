"""What holds in every made-up world, and what makes two of them equal."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.errors import UnusableValue
from slo_workbench.sample import Sample, content_hash, make_sample


def hash_all(sample: Sample) -> dict[str, str]:
    return {field.name: content_hash(getattr(sample, field.name)) for field in dataclasses.fields(sample)}


def test_the_same_seed_gives_the_same_values() -> None:
    assert hash_all(make_sample(seed=7, weeks=1, scale=0.05)) == hash_all(make_sample(seed=7, weeks=1, scale=0.05))


def test_another_seed_changes_everything_but_the_incidents() -> None:
    one, other = hash_all(make_sample(seed=7, weeks=1, scale=0.05)), hash_all(make_sample(seed=8, weeks=1, scale=0.05))
    assert {name for name in one if one[name] == other[name]} == {"incidents"}


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), weeks=st.integers(1, 2))
def test_every_world_is_sorted_inside_its_weeks_and_consistent(seed: int, weeks: int) -> None:
    made = make_sample(seed=seed, weeks=weeks, scale=0.03)
    requests, deliveries, settlement = made.requests.to_pandas(), made.deliveries.to_pandas(), made.settlement.to_pandas()
    start = pd.Timestamp("2026-03-02", tz="UTC")
    assert requests["time"].is_monotonic_increasing
    assert requests["time"].iloc[0] >= start
    assert requests["time"].iloc[-1] < start + pd.Timedelta(weeks=weeks)
    is_order = (requests["route"] == "/orders") & (requests["method"] == "POST")
    pd.testing.assert_series_equal(requests["value"].notna(), is_order, check_names=False)
    machine = requests["client"].isin(["crawler", "probe"])
    pd.testing.assert_series_equal(requests["user"].isna(), machine, check_names=False)
    # No hole in the first two weeks: each successful order is one delivery.
    assert (is_order & (requests["status"] == 201)).sum() == len(deliveries)
    assert (settlement["rows_wrong"] <= settlement["rows_processed"]).all()
    assert (settlement["rows_processed"] <= settlement["rows_expected"]).all()
    assert (settlement["runs_done_in_time"] <= settlement["runs_due"]).all()
    assert len(settlement) == made.tickets.num_rows == 7 * weeks
    counted = made.orders_by_hour.to_pandas()
    assert len(counted) == 7 * 24 * weeks
    assert (counted["orders_answered_well"] <= counted["orders_received"]).all()
    assert len(deliveries) <= counted["orders_answered_well"].sum() <= counted["orders_received"].sum() <= is_order.sum()


def test_a_bigger_scale_brings_more_people_in_proportion() -> None:
    small, large = (make_sample(weeks=1, scale=scale).deliveries.num_rows for scale in (0.1, 0.4))
    assert 3.5 < large / small < 4.5


def test_a_short_world_lists_only_incidents_that_end_inside_it() -> None:
    assert make_sample(weeks=1, scale=0.01).incidents["id"].to_pylist() == ["payment-slow"]


@pytest.mark.parametrize("knobs", [{"weeks": 0}, {"scale": 0.0}, {"scale": float("nan")}, {"scale": float("inf")}])
def test_impossible_knobs_are_refused_by_name(knobs: dict[str, float]) -> None:
    (name,) = knobs
    with pytest.raises(UnusableValue, match=f"{name}="):
        make_sample(**knobs)  # type: ignore[arg-type]


def test_latencies_are_unknown_only_where_the_server_never_finished(requests: pd.DataFrame) -> None:
    unknown = requests[requests["latency_ms"].isna()]
    assert 5 <= len(unknown) <= 100
    assert set(unknown["status"]) <= {499, 504}


def test_latencies_are_positive_tenths_of_milliseconds(requests: pd.DataFrame) -> None:
    latency = requests["latency_ms"].dropna().to_numpy()
    assert latency.min() > 0
    np.testing.assert_array_equal(latency, np.round(latency, 1))


def test_a_repeated_order_keeps_its_value(requests: pd.DataFrame) -> None:
    failed = requests[(requests["call"] == "POST /orders") & requests["failed"]]
    bought = requests[requests["status"].eq(201) & requests["value"].notna()]
    later = failed.merge(bought, on="user", suffixes=("", "_again"))
    soon = later[(later["time_again"] > later["time"]) & (later["time_again"] < later["time"] + pd.Timedelta(minutes=3))]
    assert len(soon) >= 10
    assert (soon["value"] == soon["value_again"]).mean() > 0.9
