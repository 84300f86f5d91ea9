"""Compare, compose and the replay of incidents, from the outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import STAGEDOOR

WORKBOOK = STAGEDOOR / "workbook.yaml"
INCIDENTS = STAGEDOOR / "incidents.csv"
HEADER = "id,start,end,title,journeys\n"
PAYMENT = "2026-04-14T19:15:00Z,2026-04-14T19:33:00Z"


@pytest.fixture
def replayed(run, tmp_path: Path):
    """Replay a list written for the test, on one journey of the worked example or all."""

    def replay(rows: str, *arguments: str):
        (tmp_path / "incidents.csv").write_text(HEADER + rows, encoding="utf-8")
        status, out, err = run("gaps", WORKBOOK, *arguments, "--incidents", tmp_path / "incidents.csv")
        return status, out, err

    return replay


SHOP = """version: 1
service: {name: shop}
sources:
  requests: {path: requests.csv}
journeys:
  - {id: buy, name: Buy a ticket, diagram: "sequenceDiagram\\n  Fan->>Shop: POST /buy"}
indicators:
  - {id: buy-availability, journey: buy, kind: availability, specification: answered, measured_at: application_metric, source: requests,
     valid: route = '/buy', good: status < 500}
  - {id: buy-latency, journey: buy, kind: latency, specification: quick, measured_at: application_metric, source: requests,
     valid: route = '/buy', good: status < 500, thresholds_ms: [THRESHOLDS]}
  - {id: buy-latency-front, journey: buy, kind: latency, specification: quick, measured_at: load_balancer, source: requests,
     same_as: buy-latency, valid: route = '/buy', good: status < 500, thresholds_ms: [OTHERS]}
"""


@pytest.fixture
def shop(tmp_path: Path):
    """A workbook of a small shop: 60 hours of one request a quarter of an hour, taking 2 s, 4 s, 6 s and 8 s in turn."""

    def write(*, thresholds: str = "3000, 5000, 7000", others: str = "3000, 5000", with_user: bool = True) -> Path:
        rows = ["time,route,status,latency_ms" + (",user" if with_user else "")]
        for number in range(240):
            time = f"2026-03-{2 + number // 96:02d}T{number // 4 % 24:02d}:{number % 4 * 15:02d}:00Z"
            rows.append(f"{time},/buy,200,{2000 * (number % 4 + 1)}" + (f",fan{number}" if with_user else ""))
        (tmp_path / "requests.csv").write_text("\n".join(rows) + "\n")
        (tmp_path / "workbook.yaml").write_text(SHOP.replace("THRESHOLDS", thresholds).replace("OTHERS", others))
        return tmp_path / "workbook.yaml"

    return write


# thresholds


def test_compose_judges_events_and_visits_within_the_same_smallest_threshold_and_names_it(run, shop) -> None:
    status, out, _ = run("compose", shop(), "buy", "--step", "buy-latency")
    assert status == 0
    # one of four requests, and each of another user
    events, visits = (line.split() for line in out.splitlines() if line.startswith("buy-latency within 3 s "))
    assert events[4:] == ["1", "240", "25", "%", "100", "%"]
    assert visits[4:] == ["240", "60", "60"]


@pytest.mark.parametrize(("asked", "within", "n_good"), [("5000", "5 s", "120"), ("7000", "7 s", "180")])
def test_compose_takes_the_threshold_that_is_asked_for_events_and_visits(run, shop, asked, within, n_good) -> None:
    _, out, _ = run("compose", shop(), "buy", "--step", "buy-latency", "--threshold-ms", asked)
    assert f"buy-latency within {within}  240     {n_good}" in out
    assert out.count("within 3 s") == 0


def test_compose_refuses_a_threshold_that_no_step_has(run, shop) -> None:
    status, _, err = run("compose", shop(), "buy", "--step", "buy-latency", "--threshold-ms", "4000")
    assert status == 2
    assert "4000 is a threshold of no step; there is: 3000, 5000, 7000" in err
    status, _, err = run("compose", shop(), "buy", "--step", "buy-latency", "--threshold-ms", "3000", "--threshold-ms", "5000")
    assert status == 2
    assert "chooses one threshold of buy-latency" in err


def test_compare_takes_the_largest_threshold_that_both_have_and_names_it(run, shop) -> None:
    status, out, _ = run("compare", shop(), "buy-latency")
    assert status == 0
    assert out.startswith("Good means within 5 s in both, the largest threshold they share.")
    # of 60 hours the last is not whole: its last minute is 45
    assert "The SLI is 50 % in buy-latency (236 events) and 50 % in buy-latency-front (236): the same." in out
    assert "The SLI is 25 %" in run("compare", shop(), "buy-latency", "--threshold-ms", "3000")[1]


def test_compare_refuses_measurements_without_a_common_threshold_and_says_what_each_has(run, shop) -> None:
    status, _, err = run("compare", shop(others="1000"), "buy-latency")
    assert status == 1
    assert "no threshold in common: buy-latency has 3000 ms, 5000 ms, 7000 ms and buy-latency-front has 1000 ms" in err
    status, _, err = run("compare", shop(), "buy-latency", "--threshold-ms", "7000")
    assert status == 2
    assert "none of buy-latency-front, which has 3000 ms, 5000 ms" in err


def test_where_only_one_has_thresholds_the_user_says_which_of_them_the_other_means(run, shop) -> None:
    book = shop(others="")
    book.write_text(book.read_text().replace("kind: latency", "kind: freshness"))
    status, _, err = run("compare", book, "buy-latency")
    assert status == 1
    assert "buy-latency-front has none" in err
    assert "name the one that both mean: --threshold-ms" in err
    status, out, _ = run("compare", book, "buy-latency", "--threshold-ms", "3000")
    assert status == 0
    assert "within 3 s in buy-latency; buy-latency-front has no threshold of its own" in out


# journeys of incidents


def test_incidents_of_other_journeys_are_left_out_without_a_word(run) -> None:
    status, out, _ = run("gaps", WORKBOOK, "settle", "--incidents", INCIDENTS)
    assert status == 0
    assert "settlement-half-done" in out
    assert "payment-down" not in out
    assert "choose-seats" not in out.partition("incident  ")[2]


def test_names_that_are_no_journey_are_one_finding_with_count_example_and_nearest_name(replayed) -> None:
    status, out, _ = replayed(f"a,{PAYMENT},down,buy\nb,{PAYMENT},down,buyy\nc,{PAYMENT},down,buyy;Checkout\n", "buy")
    assert status == 1
    assert out.count("incident-journey-unknown") == 1
    assert "2 incidents name 2 journeys that are none of the workbook" in out
    assert "for example: buyy" in out
    assert "did you mean 'buy'?" in out
    assert "1 warning" in out


@pytest.mark.parametrize("name", ["buy", "Buy", "BUY", "Buy a ticket", "buy A  TICKET"])
def test_a_journey_is_known_by_its_id_or_its_name_in_any_case(replayed, name) -> None:
    status, out, _ = replayed(f"payment,{PAYMENT},down,{name}\n", "buy")
    assert status == 0
    assert "The one incident with data would have been visible." in out


def test_a_list_that_does_not_concern_the_journey_says_so(replayed) -> None:
    status, out, _ = replayed(f"a,{PAYMENT},down,buy\nb,{PAYMENT},down,choose-seats\n", "settle")
    assert status == 0
    assert "None of the 2 incidents of the list concerns the journey settle." in out
    assert "The one incident of the list does not concern the journey settle." in replayed(f"a,{PAYMENT},down,buy\n", "settle")[1]


def test_all_journeys_are_asked_when_none_is_named(replayed) -> None:
    status, out, _ = replayed(f"a,{PAYMENT},down,nowhere\n")
    assert status == 1
    assert "The one incident of the list does not concern any journey of the workbook." in out


# strangers' texts


def test_an_incident_list_does_not_steer_the_terminal(run, tmp_path) -> None:
    start, end = PAYMENT.split(",")
    listed = [
        {"id": "a\x1b[31m", "start": start, "end": end, "title": "t\x1b]0;owned\x07\u202e" + "x" * 500, "journeys": ["buy", "\x1b[2J"]}
    ]
    (tmp_path / "incidents.json").write_text(json.dumps(listed))
    _, out, err = run("gaps", WORKBOOK, "buy", "--incidents", tmp_path / "incidents.json")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", out + err)
    assert "a\\x1b[31m" in out
    assert out.count("x") < 300


# arguments


@pytest.mark.parametrize("weight", ["1e300", "0", "-1", "nan", "inf", "1e-300"])
def test_compose_refuses_a_weight_that_is_none(run, weight) -> None:
    status, out, err = run("compose", WORKBOOK, "buy", "--step", f"buy-availability={weight}")
    assert (status, out) == (2, "")
    assert "the weight of a --step lies above 0" in err


@pytest.mark.parametrize(
    ("command", "option", "value", "said"),
    [
        *[("compose", "--gap-minutes", value, "between 1 and 43,200 minutes") for value in ("1e300", "0", "nan", "-5")],
        *[("compare", "--bin-minutes", value, "between 1 and 10,080 minutes") for value in ("0", "-60", "1000000000")],
        *[("gaps", "--slack-minutes", value, "between 0 and 1,440 minutes") for value in ("99999999999999", "-1")],
    ],
)
def test_lengths_of_time_that_make_no_sense_are_refused_with_what_would(run, command, option, value, said) -> None:
    what = "buy-availability" if command == "compare" else "buy"
    more = ["--incidents", INCIDENTS] if command == "gaps" else []
    status, _, err = run(command, WORKBOOK, what, *more, f"{option}={value}")
    assert status == 2
    assert f"{option} lies {said}" in err


def test_a_step_named_twice_is_refused(run) -> None:
    status, _, err = run("compose", WORKBOOK, "buy", "--step", "buy-availability", "--step", "buy-availability=2")
    assert status == 2
    assert "--step names buy-availability twice" in err


def test_an_unknown_journey_is_an_error_even_where_steps_are_named(run) -> None:
    status, out, err = run("compose", WORKBOOK, "by", "nonsense", "--step", "buy-availability")
    assert (status, out) == (1, "")
    assert "there is no journey 'by'" in err
    assert "there is no journey 'nonsense'" in err
    assert "did you mean 'buy'?" in err


def test_an_indicator_is_not_compared_with_itself(run) -> None:
    status, out, err = run("compare", WORKBOOK, "buy-availability", "buy-availability")
    assert (status, out) == (2, "")
    assert "compared with itself tells nothing" in err


def test_an_unknown_indicator_is_told_with_the_nearest_one(run) -> None:
    status, _, err = run("compare", WORKBOOK, "buy-availabilty")
    assert status == 1
    assert "did you mean 'buy-availability'?" in err


def test_indicators_that_are_not_one_specification_are_compared_with_a_warning(run, shop) -> None:
    status, out, _ = run("compare", WORKBOOK, "seats-availability", "buy-availability")
    assert status == 1
    assert "warning[not-one-specification] neither of seats-availability (availability of choose-seats)" in out
    assert "not-one-specification" not in run("compare", WORKBOOK, "buy-availability-service", "buy-availability")[1]
    # a kind alike in one journey may be one specification, and nobody has said so yet
    book = shop()
    book.write_text(book.read_text().replace("     same_as: buy-latency, ", "     "))
    status, out, _ = run("compare", book, "buy-latency", "buy-latency-front")
    assert status == 0
    assert "note[not-one-specification]" in out


def test_without_users_compose_adds_up_events_and_says_once_that_visits_cannot_be_followed(run, shop) -> None:
    status, out, _ = run("compose", shop(with_user=False), "buy")
    assert status == 0
    assert "100 % of 240 events of 1 step were good." in out
    assert out.count("no-visits") == 1
    assert "note[no-visits] visits cannot be followed: the requests do not say whose they are" in out
    assert out.endswith("1 note\n")


# slack


def test_trouble_beyond_the_slack_is_neither_shown_nor_matched(replayed) -> None:
    # the payment provider was down from 19:15 to 19:33 UTC, which the hour from 19:00 to 20:00 shows
    late = "2026-04-14T20:18:00Z,2026-04-14T20:40:00Z"
    _, out, _ = replayed(f"late,{late},down,buy\n", "buy")
    assert "The one incident with data would not have been visible." in out
    assert re.search(r"\d+ stretches stood out in an indicator, none at the time of a listed incident", out)


def test_at_most_three_stretches_that_are_not_listed_are_named_and_times_are_said_to_be_utc_once(run) -> None:
    _, out, _ = run("gaps", WORKBOOK, "--incidents", INCIDENTS)
    (line,) = [line for line in out.splitlines() if line.startswith("Not on the list")]
    assert line.count("events bad)") == 3
    assert " and 21 more. " in line
    assert out.count("All times are UTC.") == 1
    _, out, _ = run("compare", WORKBOOK, "buy-availability")
    assert out.count("all times are UTC") == 1


def test_the_end_of_the_list_is_that_of_the_whole_list_and_not_of_one_journey(replayed) -> None:
    payment = f"payment,{PAYMENT},down,buy\n"
    around = (
        "seats,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,x,choose-seats\nend,2026-05-01T10:00:00Z,2026-05-01T11:00:00Z,x,choose-seats\n"
    )
    assert "before the first or after the last entry" in replayed(payment, "buy")[1]
    assert "before the first or after the last entry" not in replayed(payment + around, "buy")[1]
