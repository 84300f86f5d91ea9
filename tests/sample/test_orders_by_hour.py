"""The order service counts what the load balancer logs, and differs exactly where the two stand in different places."""

from __future__ import annotations

import pandas as pd
import pytest

from slo_workbench.sample import INCIDENTS, Sample, make_sample

HOLE = next(incident for incident in INCIDENTS if incident.hides_requests)


@pytest.fixture(scope="module")
def service(sample: Sample) -> pd.DataFrame:
    """What the service counted, by the start of the hour."""
    frame = sample.orders_by_hour.to_pandas()
    return frame.assign(time=pd.to_datetime(frame["time"])).set_index("time")


@pytest.fixture(scope="module")
def log(requests: pd.DataFrame, service: pd.DataFrame) -> pd.DataFrame:
    """What the load balancer logged of people's orders in the same hours: all, the good ones, and each status."""
    orders = requests[requests["by_people"] & (requests["call"] == "POST /orders")]
    hour = orders["time"].dt.floor("h")
    by_status = pd.crosstab(hour, orders["status"]).reindex(service.index, fill_value=0)
    by_status["all"] = by_status.sum(axis="columns")
    by_status["good"] = orders.groupby(hour)["failed"].agg(lambda failed: (~failed).sum()).reindex(service.index, fill_value=0)
    return by_status


def hours_of(incident: pd.Series) -> slice:
    """The hours an incident touches, as a slice of an hourly index."""
    return slice(incident["start"].floor("h"), incident["end"] - pd.Timedelta(milliseconds=1))


def is_in_hole(hours: pd.Index) -> pd.Series:
    return pd.Series((hours + pd.Timedelta(hours=1) > HOLE.start) & (hours < HOLE.end), index=hours)


def test_every_hour_of_the_season_has_a_row_also_those_in_which_nobody_ordered(sample: Sample, service: pd.DataFrame) -> None:
    every = pd.date_range("2026-03-02", "2026-04-27", freq="h", tz="UTC", inclusive="left")
    assert list(service.index) == list(every)
    assert sample.orders_by_hour["time"][0].as_py() == "2026-03-02T00:00:00Z"
    assert (service["orders_received"] == 0).any()


def test_no_more_orders_are_answered_well_than_received(service: pd.DataFrame) -> None:
    assert (service["orders_answered_well"] <= service["orders_received"]).all()
    assert (service >= 0).all(axis=None)


def test_outside_the_hole_the_service_misses_refusals_and_nothing_else(service: pd.DataFrame, log: pd.DataFrame) -> None:
    missed = (log["all"] - service["orders_received"])[~is_in_hole(service.index)]
    pd.testing.assert_series_equal(missed, log[[429, 499, 503]].sum(axis="columns")[missed.index], check_names=False)
    assert missed.sum() > 0


def test_outside_the_hole_the_service_praises_itself_for_time_outs_and_nothing_else(service: pd.DataFrame, log: pd.DataFrame) -> None:
    praised = (service["orders_answered_well"] - log["good"])[~is_in_hole(service.index)]
    pd.testing.assert_series_equal(praised, log[504][praised.index], check_names=False)
    assert praised.sum() > 0


def test_in_nearly_all_hours_both_measurements_agree(service: pd.DataFrame, log: pd.DataFrame) -> None:
    agree = (service["orders_received"] == log["all"]) & (service["orders_answered_well"] == log["good"])
    assert 0.95 < agree.mean() < 1


@pytest.mark.parametrize("incident", ["payment-down", "bad-deploy"])
def test_both_see_the_failures_that_the_service_answers_itself(
    service: pd.DataFrame, log: pd.DataFrame, incidents: pd.DataFrame, incident: str
) -> None:
    hours = hours_of(incidents.loc[incident])
    bad = service.loc[hours, "orders_received"] - service.loc[hours, "orders_answered_well"]
    assert bad.sum() == (log["all"] - log["good"])[hours].sum() >= 4


def test_when_payments_are_slow_the_service_sees_errors_but_not_the_time_outs(
    service: pd.DataFrame, log: pd.DataFrame, incidents: pd.DataFrame
) -> None:
    hours = hours_of(incidents.loc["payment-slow"])
    assert (service.loc[hours, "orders_received"] == log.loc[hours, "all"]).all()
    bad = (service.loc[hours, "orders_received"] - service.loc[hours, "orders_answered_well"]).sum()
    assert 0 < bad == log.loc[hours, 502].sum() < (log["all"] - log["good"])[hours].sum()
    assert log.loc[hours, 504].sum() >= 5


def test_during_the_retry_storm_the_service_saw_nothing_wrong(service: pd.DataFrame, log: pd.DataFrame, incidents: pd.DataFrame) -> None:
    storm = hours_of(incidents.loc["retry-storm"])
    assert (service.loc[storm, "orders_answered_well"] == service.loc[storm, "orders_received"]).all()
    assert (log["all"] - service["orders_received"])[storm].sum() >= 10
    assert log.loc[storm, 503].sum() >= 10


def test_the_service_counts_on_while_the_log_has_a_hole(service: pd.DataFrame, log: pd.DataFrame, incidents: pd.DataFrame) -> None:
    hole = hours_of(incidents.loc["monitoring-hole"])
    assert len(service.loc[hole]) == 4
    assert (service.loc[hole, "orders_received"] > log.loc[hole, "all"]).all()
    assert (log.loc[hole, "all"] == 0).sum() == 2
    assert (service.loc[hole, "orders_answered_well"] > 0.9 * service.loc[hole, "orders_received"]).all()


def test_the_service_counts_the_hole_s_tickets_as_deliveries_do(
    service: pd.DataFrame, log: pd.DataFrame, deliveries: pd.DataFrame, incidents: pd.DataFrame
) -> None:
    hole = incidents.loc["monitoring-hole"]
    sold = ((deliveries["time"] >= hole["start"]) & (deliveries["time"] < hole["end"])).sum()
    unlogged = (service["orders_answered_well"] - log["good"])[hours_of(hole)].sum()
    assert sold <= unlogged <= 1.15 * sold  # the rest: declined cards, taken seats, time-outs


def test_a_short_and_nearly_empty_world_has_all_its_hours_too() -> None:
    counts = make_sample(weeks=1, scale=0.01).orders_by_hour.to_pandas()
    assert len(counts) == 168
    assert counts["orders_received"].iloc[0] == 0
