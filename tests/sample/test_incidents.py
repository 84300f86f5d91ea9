"""The known truth can be seen in the data, and nothing shows where nothing was wrong."""

from __future__ import annotations

import pandas as pd
import pytest

from slo_workbench.sample import INCIDENTS, Sample

ROUTES = {
    "browse": ["GET /events", "GET /events/{id}", "GET /search"],
    "choose-seats": ["GET /seatmap/{id}", "POST /holds"],
    "buy": ["POST /orders"],
}
ON_REQUESTS = [(i.id, journey) for i in INCIDENTS for journey in i.journeys if journey in ROUTES]


def is_within(times: pd.Series, incident: pd.Series) -> pd.Series:
    return (times >= incident["start"]) & (times < incident["end"])


def find_people(requests: pd.DataFrame, journey: str) -> pd.DataFrame:
    return requests[requests["by_people"] & requests["call"].isin(ROUTES[journey])]


@pytest.mark.parametrize(("incident", "journey"), ON_REQUESTS)
def test_an_incident_raises_the_bad_share_of_its_journey(
    requests: pd.DataFrame, incidents: pd.DataFrame, incident: str, journey: str
) -> None:
    calls = find_people(requests, journey)
    bad = calls["degraded"] if incident == "stale-event-list" else calls["failed"]
    inside = is_within(calls["time"], incidents.loc[incident])
    quiet = ~inside
    for _, other in incidents[incidents["journeys"].str.contains(journey)].iterrows():
        quiet &= ~is_within(calls["time"], other)
    assert bad[inside].mean() > 4 * bad[quiet].mean()
    assert bad[inside].sum() >= 3


@pytest.mark.parametrize(
    ("incident", "call", "factor"),
    [("payment-slow", "POST /orders", 5), ("connection-leak", "GET /seatmap/{id}", 1.4), ("connection-leak", "POST /holds", 1.4)],
)
def test_a_slow_dependency_raises_the_median_latency(
    requests: pd.DataFrame, incidents: pd.DataFrame, incident: str, call: str, factor: float
) -> None:
    calls = requests[requests["call"] == call]
    inside = is_within(calls["time"], incidents.loc[incident])
    assert calls["latency_ms"][inside].median() > factor * calls["latency_ms"][~inside].median()


def test_lost_shards_hit_some_users_always_and_most_never(requests: pd.DataFrame, incidents: pd.DataFrame) -> None:
    maps = requests[requests["by_people"] & (requests["route"] == "/seatmap/{id}")]
    per_user = maps[is_within(maps["time"], incidents.loc["seatmap-shards"])].groupby("user", observed=True)["failed"].mean()
    assert 0.1 < (per_user > 0.9).mean() < 0.5
    assert ((per_user > 0.1) & (per_user < 0.9)).mean() < 0.15


def test_a_retry_storm_comes_from_the_app_hammering(requests: pd.DataFrame, incidents: pd.DataFrame) -> None:
    holds = requests[requests["call"] == "POST /holds"]
    storm = holds[is_within(holds["time"], incidents.loc["retry-storm"]) & holds["failed"]]
    failures_each = storm.groupby(["client", "user"], observed=True).size().groupby("client", observed=True).mean()
    assert failures_each["app"] > 1.5 * failures_each["web"]


def test_the_health_check_stays_green_during_the_bad_deploy(requests: pd.DataFrame, incidents: pd.DataFrame) -> None:
    probes = requests[requests["client"] == "probe"]
    inside = probes[is_within(probes["time"], incidents.loc["bad-deploy"])]
    assert len(inside) >= 7
    assert set(inside["status"]) == {200}


def test_the_hole_in_the_monitoring_has_no_request_of_any_kind(requests: pd.DataFrame, incidents: pd.DataFrame) -> None:
    assert is_within(requests["time"], incidents.loc["monitoring-hole"]).sum() == 0


def test_tickets_are_sold_and_delivered_on_time_inside_the_hole(deliveries: pd.DataFrame, incidents: pd.DataFrame) -> None:
    inside = deliveries[is_within(deliveries["time"], incidents.loc["monitoring-hole"])]
    assert len(inside) > 30
    assert (inside["delay_ms"] < 600_000).mean() > 0.98


def test_outside_the_hole_the_log_is_never_silent_for_ten_minutes(requests: pd.DataFrame) -> None:
    gaps = requests["time"].diff()
    assert (gaps > pd.Timedelta(minutes=10)).sum() == 1


def test_a_delivery_backlog_makes_nearly_all_tickets_late(deliveries: pd.DataFrame, incidents: pd.DataFrame) -> None:
    late = deliveries["delay_ms"].isna() | (deliveries["delay_ms"] > 600_000)
    inside = is_within(deliveries["time"], incidents.loc["delivery-backlog"])
    assert late[inside].mean() > 0.9
    assert late[~inside].mean() < 0.006


def test_two_settlement_runs_are_bad_and_named(sample: Sample, incidents: pd.DataFrame) -> None:
    runs = sample.settlement.to_pandas()
    times = pd.to_datetime(runs["time"])
    left = 1 - runs["rows_processed"] / runs["rows_expected"]
    wrong = runs["rows_wrong"] / runs["rows_processed"]
    assert len(runs) == 56
    assert list(times[left > 0.1]) == list(times[is_within(times, incidents.loc["settlement-half-done"])])
    assert list(times[wrong > 0.01]) == list(times[is_within(times, incidents.loc["settlement-duplicates"])])


def test_only_the_run_that_broke_off_was_not_done_in_time(sample: Sample, incidents: pd.DataFrame) -> None:
    runs = sample.settlement.to_pandas()
    times = pd.to_datetime(runs["time"])
    assert set(runs["runs_due"]) == {1}
    assert set(runs["runs_done_in_time"]) == {0, 1}
    late = times[runs["runs_done_in_time"] == 0]
    assert list(late) == list(times[is_within(times, incidents.loc["settlement-half-done"])])
    assert len(late) == 1


def test_each_month_of_buying_is_a_realistic_one(requests: pd.DataFrame) -> None:
    orders = find_people(requests, "buy")
    month = (orders["time"] >= pd.Timestamp("2026-03-30", tz="UTC")).rename("second")
    share = 1 - orders.groupby(month)["failed"].mean()
    assert share.between(0.996, 0.999).all()


def test_buying_is_better_than_999_in_1000_outside_incidents(requests: pd.DataFrame, incidents: pd.DataFrame) -> None:
    orders = find_people(requests, "buy")
    for _, incident in incidents[incidents["journeys"].str.contains("buy")].iterrows():
        orders = orders[~is_within(orders["time"], incident)]
    assert orders["failed"].mean() < 0.002


def test_support_tickets_follow_the_harm(requests: pd.DataFrame, sample: Sample, incidents: pd.DataFrame) -> None:
    tickets = sample.tickets.to_pandas().set_index("day")["tickets"].drop("2026-04-16")
    people = requests[requests["by_people"]]
    harm = people.groupby(people["time"].dt.strftime("%Y-%m-%d"))["failed"].sum().drop("2026-04-16")
    assert tickets.rank().corr(harm.rank()) > 0.35


def test_one_day_has_many_support_tickets_and_no_harm(requests: pd.DataFrame, sample: Sample) -> None:
    tickets = sample.tickets.to_pandas().set_index("day")["tickets"]
    that_day = requests[requests["by_people"] & (requests["time"].dt.strftime("%Y-%m-%d") == "2026-04-16")]
    assert tickets["2026-04-16"] > 5 * tickets.median()
    assert that_day["failed"].mean() < 0.001


def test_nobody_writes_because_of_the_hole(sample: Sample) -> None:
    tickets = sample.tickets.to_pandas().set_index("day")["tickets"]
    assert tickets["2026-03-26"] < 2 * tickets.median()


def test_incidents_do_not_overlap_and_stand_in_order(incidents: pd.DataFrame) -> None:
    assert (incidents["start"].iloc[1:].to_numpy() >= incidents["end"].iloc[:-1].to_numpy()).all()
