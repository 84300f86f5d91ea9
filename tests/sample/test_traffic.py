"""Days, weeks, crowds and people look like those of a real shop."""

from __future__ import annotations

import pandas as pd
import pytest


def count_by_people(requests: pd.DataFrame, start: str, minutes: int) -> int:
    begin = pd.Timestamp(start, tz="UTC")
    inside = (requests["time"] >= begin) & (requests["time"] < begin + pd.Timedelta(minutes=minutes))
    return int((inside & requests["by_people"]).sum())


def test_the_example_has_about_half_a_million_requests(requests: pd.DataFrame) -> None:
    assert 450_000 < len(requests) < 600_000


def test_evenings_are_busier_than_mornings_and_nights(requests: pd.DataFrame) -> None:
    people = requests[requests["by_people"]]
    by_hour = people.groupby(people["time"].dt.tz_convert("Europe/London").dt.hour).size()
    assert by_hour[20] > 1.5 * by_hour[8] > 1.5 * by_hour[3]


def test_saturdays_are_busier_than_mondays(requests: pd.DataFrame) -> None:
    people = requests[requests["by_people"]]
    by_weekday = people.groupby(people["time"].dt.weekday).size()
    assert by_weekday[5] > 1.3 * by_weekday[0]


@pytest.mark.parametrize(
    ("opens_utc", "day_before"),
    [("2026-03-27 10:00", "2026-03-25 10:00"), ("2026-04-17 09:00", "2026-04-15 09:00")],
    ids=["winter time", "summer time"],
)
def test_big_sales_open_at_ten_in_london_and_bring_a_crowd(requests: pd.DataFrame, opens_utc: str, day_before: str) -> None:
    assert 15 < count_by_people(requests, opens_utc, 20) / count_by_people(requests, day_before, 20) < 60
    hour_later = str(pd.Timestamp(opens_utc) + pd.Timedelta(minutes=90))
    assert count_by_people(requests, hour_later, 20) < 0.25 * count_by_people(requests, opens_utc, 20)


def test_a_crowd_slows_the_shop_down(requests: pd.DataFrame) -> None:
    seats = requests[requests["route"] == "/seatmap/{id}"].set_index("time")["latency_ms"].sort_index()
    assert seats["2026-03-27 10:02":"2026-03-27 10:17"].median() > 1.8 * seats.median()  # type: ignore[misc]


def test_crawlers_come_at_night(requests: pd.DataFrame) -> None:
    crawled = requests[requests["client"] == "crawler"]["time"].dt.tz_convert("Europe/London").dt.hour
    assert crawled.between(1, 4).mean() > 0.8


def test_the_busiest_users_do_hundreds_of_times_what_the_laziest_do(requests: pd.DataFrame) -> None:
    per_user = requests["user"].value_counts()
    assert per_user.max() > 500 * per_user.min()
    assert per_user.head(len(per_user) // 100).sum() / per_user.sum() > 0.08


def test_orders_are_clearly_slower_than_browsing(requests: pd.DataFrame) -> None:
    median = requests.groupby("call")["latency_ms"].median()
    assert median["POST /orders"] > 5 * median["GET /events"]


def test_every_route_has_a_heavy_tail(requests: pd.DataFrame) -> None:
    served = requests[~requests["failed"]].groupby("call")["latency_ms"]
    assert (served.quantile(0.99) > 3 * served.median()).all()


def test_failures_make_some_users_try_again_and_succeed(requests: pd.DataFrame) -> None:
    orders = requests[requests["call"] == "POST /orders"].sort_values(["user", "time"])
    followed = orders["user"].eq(orders["user"].shift(-1)) & (orders["time"].shift(-1) - orders["time"] < pd.Timedelta(minutes=2))
    assert 0.3 < followed[orders["failed"]].mean() < 0.8
    assert followed[orders["status"] == 201].mean() < 0.02
