"""Thresholds are looked at on a few rows, over the history and beside what people do; what cannot be told is said."""

import shutil

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.opening import open_workshop
from slo_workbench.workshop.patience import PATIENCE_LIMITS, limits_of_patience
from slo_workbench.workshop.thresholds_at_hand import parse_thresholds, thresholds_at_hand, what_people_do_after
from tests.conftest import STAGEDOOR


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thresholds") / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    return open_workshop(str(folder / "workbook.yaml"))


def test_a_few_rows_go_from_the_quickest_to_the_slowest(workshop):
    few = thresholds_at_hand(workshop, "buy-latency").few_rows(10).frame
    assert len(few) == 10
    assert few["latency_ms"].is_monotonic_increasing
    assert set(few["route"]) == {"/orders"}
    assert few["latency_ms"].mean() > few["latency_ms"].median()


def test_shares_are_those_that_the_history_counted(workshop):
    speed = thresholds_at_hand(workshop, "buy-latency")
    series = workshop.history_of("buy-latency").series_of("buy-latency", 10_000.0)
    least, most = speed.frontier.share_within(10_000.0)
    assert least <= series["good"].sum() / series["valid"].sum() <= most
    assert len(speed.shares().text.splitlines()) == 2
    assert len(speed.shares(500, 500, 1000).text.splitlines()) == 2


def test_a_share_that_no_time_serves_is_told(workshop):
    assert "never: too many failed" in thresholds_at_hand(workshop, "buy-latency").times().text


def test_the_curve_says_in_words_what_it_shows(workshop):
    speed = thresholds_at_hand(workshop, "buy-latency")
    assert "Within 3 s" in speed.curve().text
    assert "Within 700 ms" in speed.curve(700).text
    assert "<svg" not in speed.curve().html  # one picture with its alternative text
    assert 'alt="Share of valid requests' in speed.curve().html


def test_pairs_of_threshold_and_target_are_listed_with_the_least_share_reached(workshop):
    assert [line.split()[0] for line in thresholds_at_hand(workshop, "seats-latency").pairs().text.splitlines()[:2]] == ["typical", "tail"]


def test_an_empty_id_takes_the_first_indicator_with_thresholds(workshop):
    assert thresholds_at_hand(workshop).indicator.id == "browse-latency"
    assert thresholds_at_hand(workshop, journey_id="buy").indicator.id == "buy-latency"


def test_counts_without_latencies_say_what_to_do(workshop):
    with pytest.raises(FindingsError, match="map the column in notebook 02"):
        thresholds_at_hand(workshop, "settlement-coverage")


def test_purchases_stand_beside_slow_and_quick_answers(workshop):
    told = what_people_do_after(workshop, "seats-latency", seed=1).text
    assert "A purchase followed within 1 h after" in told
    assert "no proof of a cause" in told
    assert what_people_do_after(workshop, "seats-latency", seed=1) == what_people_do_after(workshop, "seats-latency", seed=1)


def test_of_the_purchase_itself_nothing_comes_after_and_a_step_before_is_asked_for(workshop):
    told = what_people_do_after(workshop, "buy-latency", seed=1).text
    assert "are purchases themselves" in told
    assert "step_indicator_id" in told
    assert "longer history" not in told


def test_before_a_guess_no_figure_is_shown_and_equal_bounds_are_one_figure(workshop):
    speed = thresholds_at_hand(workshop, "buy-latency")
    assert not any(str(int(threshold)) in speed.measured.text for threshold in speed.indicator.thresholds_ms)
    shares = [line.split("  ")[1].split(" to ") for line in speed.shares(700, 1234, 3000).text.splitlines()]
    assert all(len(set(share)) == len(share) for share in shares)


def test_where_no_money_is_known_that_is_said_and_no_error(workshop):
    assert "cannot be told from this data: no request has money on it" in what_people_do_after(workshop, "ticket-freshness").text


def test_thresholds_are_written_as_text_and_kept_when_empty(workshop):
    assert parse_thresholds(" 10000,3000 ,3000") == (3000.0, 10000.0)
    for wrong in ("3s", "-1", "0", "nan", "1e15"):
        with pytest.raises(UnusableValue, match="milliseconds"):
            parse_thresholds(wrong)
    assert not decide(workshop.path, "indicator", "seats-latency", thresholds_ms=parse_thresholds("")).is_change
    assert decide(workshop.path, "indicator", "seats-latency", thresholds_ms=parse_thresholds("900, 2000")).is_change
    assert workshop.indicator("seats-latency").thresholds_ms == (900.0, 2000.0)


def test_borrowed_limits_link_their_source():
    assert "https://www.nngroup.com" in limits_of_patience().html
    assert [limit for limit, _ in PATIENCE_LIMITS] == sorted(limit for limit, _ in PATIENCE_LIMITS)
