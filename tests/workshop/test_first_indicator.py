"""The way from an own file to a first SLI: drafted, counted by hand and in bulk, and written with its journey."""

import pandas as pd
import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.workshop import checks
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.first_indicator import decide_first_indicator, first_indicator, with_every_error_bad
from slo_workbench.workshop.opening import open_workshop
from slo_workbench.workshop.requests_at_hand import requests_at_hand

N_DAYS = 4


@pytest.fixture
def workshop(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    times = pd.date_range("2026-05-04 00:00", periods=N_DAYS * 1440, freq="min")
    status = [500 if minute % 1000 == 700 else 404 if minute % 10 == 3 else 200 for minute in range(len(times))]
    route = ["/pay" if minute % 4 < 2 else "/health" for minute in range(len(times))]
    frame = pd.DataFrame({"time": times.strftime("%Y-%m-%dT%H:%M:%SZ"), "route": route, "status": status})
    frame.to_csv(tmp_path / "calls.csv", index=False)
    return open_workshop(str(tmp_path / "workbook.yaml"))


@pytest.fixture
def hand(workshop):
    return requests_at_hand(workshop, path="calls.csv")


def test_a_draft_counts_all_rows_and_calls_server_errors_bad(hand):
    first = first_indicator(hand)
    assert (first.valid, first.good) == ("true", "status < 500 and status <> 429")
    assert "of 5,760 valid events were good, and 6 bad" in first.over_history().text


def test_a_few_rows_hold_the_first_bad_one_and_some_that_do_not_count(hand):
    few = first_indicator(hand, valid="route = '/pay'").few_rows(10).frame
    assert len(few) == 10
    assert few["time"].is_monotonic_increasing
    bad = few[few["valid"].astype(bool) & ~few["good"].astype(bool)]
    assert bad["status"].tolist()[0] == 500
    assert (~few["valid"].astype(bool)).sum() == 2
    assert not few.loc[~few["valid"].astype(bool), "good"].any()


def test_a_row_that_does_not_count_is_neither_good_nor_bad(hand):
    lines = first_indicator(hand, valid="route = '/pay'").few_rows(10).shown.text.splitlines()
    assert {tuple(line.split("  ")[-2:]) for line in lines} == {("yes", "yes"), ("yes", "no"), ("no", "–")}
    assert all(line[:19].endswith(":00") and line[19] == " " for line in lines)


def test_a_file_that_begins_with_its_first_bad_row_still_gives_as_many(hand):
    assert len(first_indicator(hand, good="status <> 200").few_rows(10)) == 10


def test_rows_that_do_not_count_are_told(hand):
    assert "2,880 of 5,760 rows are not valid" in first_indicator(hand, valid="route = '/pay'").over_history().text


def test_every_error_bad_counts_the_clients_mistakes_too(hand):
    assert "and 582 bad" in with_every_error_bad(first_indicator(hand)).text


def test_without_a_status_somebody_must_say_what_is_good(workshop):
    file = workshop.folder / "calls.csv"
    file.write_text(file.read_text().replace("time,route,status", "time,route,code"))
    with pytest.raises(UnusableValue, match='columns: str = "status=code"'):
        first_indicator(requests_at_hand(workshop, path="calls.csv"))


def test_counts_are_taken_as_they_are_given(workshop):
    hours = pd.date_range("2026-05-04", periods=72, freq="h").strftime("%Y-%m-%dT%H:%M:%SZ")
    pd.DataFrame({"time": hours, "valid": 10, "good": 9}).to_csv(workshop.folder / "hours.csv", index=False)
    first = first_indicator(requests_at_hand(workshop, path="hours.csv"))
    assert "90 % of 720 valid events" in first.over_history().text.replace("\u00a0", " ")
    assert first.few_rows(5).frame["good"].sum() == 45


def test_a_draft_that_nobody_confirmed_is_not_written(workshop, hand):
    before = workshop.path.read_bytes()
    decision = decide_first_indicator(first_indicator(hand))
    assert not decision.is_change
    assert decision.said.startswith("No first SLI yet")
    with pytest.raises(checks.CheckFailed, match="no first SLI yet"):
        checks.check_first_indicator(workshop)
    assert workshop.path.read_bytes() == before


def test_what_somebody_said_is_written_with_its_journey_once_the_source_is(workshop, hand):
    first = first_indicator(hand, journey_name="Pay a bill", valid="route = '/pay'", good="status < 500")
    with pytest.raises(FindingsError, match="no source 'requests' yet"):
        decide_first_indicator(first)
    decide(workshop.path, "source", hand.name, **hand.given)
    assert decide_first_indicator(first).is_change
    written = workshop.indicator()
    assert (written.id, written.journey, written.source) == ("pay-a-bill-availability", "pay-a-bill", "requests")
    assert workshop.journey().name == "Pay a bill"
    assert decide_first_indicator(first).said.startswith("workbook.yaml says so already")


def test_the_workbooks_own_indicator_comes_before_any_draft(workshop, hand):
    decide(workshop.path, "source", hand.name, **hand.given)
    decide_first_indicator(first_indicator(hand, good="status < 400"))
    again = first_indicator(requests_at_hand(workshop))
    assert again.good == "status < 400"
    assert again.said.startswith("As the workbook has it")


def test_a_condition_that_cannot_be_used_is_told_before_anything_is_written(workshop, hand):
    with pytest.raises(FindingsError, match="stats"):
        first_indicator(hand, good="stats < 500").over_history()
    assert "indicators" not in workshop.path.read_text()
