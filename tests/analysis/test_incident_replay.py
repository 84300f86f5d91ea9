"""Which incidents of a list the indicators would have shown; the truth about the worked example is in its incidents.csv."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.incident_replay import VERDICTS, replay_incidents
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.sources.incident_list import read_incidents
from tests.conftest import STAGEDOOR

DAYS = 14
MINUTES = pd.date_range("2026-03-02", periods=DAYS * 1440, freq="min", unit="us")


def counts(bad_between=(), *, valid=20, usual_every=50):
    """One bad event in 1,000 (each 50th minute of 20 events), and of each minute so many more in the given stretches."""
    bad = np.where(np.arange(len(MINUTES)) % usual_every == 0, 1, 0)
    for start, end, n_bad in bad_between:
        bad[(start <= MINUTES) & (end > MINUTES)] = n_bad
    return pd.DataFrame({"minute": MINUTES, "valid": valid, "good": valid - bad})


def listed(*rows):
    ids, starts, ends, journeys = zip(*((*row, ())[:4] for row in rows), strict=True)
    times = {"start": list(map(pd.Timestamp, starts)), "end": list(map(pd.Timestamp, ends))}
    return pd.DataFrame({"id": list(ids), **times, "title": "", "journeys": pd.Series(list(journeys), dtype=object)})


def verdicts(replay):
    return replay.table.set_index(["incident", "indicator"])["verdict"].to_dict()


@pytest.fixture(scope="module")
def stagedoor_replay(stagedoor_history, stagedoor_workbook):
    series = {
        query.id: stagedoor_history.series_of(query.id, min(query.thresholds_ms, default=None))
        for query in stagedoor_history.provenance.indicators
    }
    incidents, _ = read_incidents(STAGEDOOR / "incidents.csv")
    targets = {"seats-availability": (Decimal("0.995"), 28), "buy-availability": (Decimal("0.991"), 28)}
    return replay_incidents(series, incidents, journeys_of={one.id: one.journey for one in stagedoor_workbook.indicators}, budgets=targets)


# what was injected where: column injected of data/stagedoor/incidents.csv
@pytest.mark.parametrize(
    ("incident", "indicator", "verdict"),
    [
        ("payment-slow", "buy-latency", "shown"),
        ("payment-slow", "buy-availability", "shown"),
        ("seatmap-shards", "seats-availability", "shown"),
        ("bad-deploy", "browse-availability", "shown"),
        ("bad-deploy", "browse-quality", "not shown"),
        ("settlement-duplicates", "settlement-correctness", "shown"),
        ("settlement-duplicates", "settlement-coverage", "not shown"),
        ("settlement-half-done", "settlement-coverage", "shown"),
        ("monitoring-hole", "buy-availability", "no data"),
        ("monitoring-hole", "ticket-freshness", "not shown"),
        ("delivery-backlog", "ticket-freshness", "shown"),
        ("retry-storm", "seats-availability", "shown"),
        ("stale-event-list", "browse-availability", "not shown"),
        ("stale-event-list", "browse-quality", "shown"),
        ("payment-down", "buy-availability", "shown"),
        ("tour-postponed", "seats-availability", "not shown"),
        ("connection-leak", "seats-availability", "shown"),
    ],
)
def test_the_worked_example_shows_what_was_injected_where_it_was(stagedoor_replay, incident, indicator, verdict):
    assert verdicts(stagedoor_replay)[incident, indicator] == verdict


def test_of_the_worked_example_only_the_day_without_a_fault_is_not_shown(stagedoor_replay):
    by_incident = stagedoor_replay.incidents.set_index("incident")["verdict"]
    assert by_incident[by_incident != "shown"].to_dict() == {"monitoring-hole": "no data", "tour-postponed": "not shown"}
    assert stagedoor_replay.recall_share == 10 / 11
    assert "10 of 11 incidents with data would have been visible" in stagedoor_replay.sentences[0]
    text = " ".join(stagedoor_replay.sentences)
    assert "tour-postponed (" in text
    assert "of 394 events bad in ticket-page-latency" in text.partition("tour-postponed (")[2]
    assert "1 incident cannot be judged, as an indicator had no data then: monitoring-hole." in text


def test_a_nightly_run_is_judged_by_the_one_night_of_the_incident(stagedoor_replay):
    row = stagedoor_replay.table.set_index(["incident", "indicator"]).loc[("settlement-half-done", "settlement-coverage")]
    assert (row["valid"], row["bad"], row["n_minutes_with_data"]) == (1_146, 535, 60)


def test_what_stands_out_in_the_worked_example_and_is_not_listed_are_the_mornings_of_big_sales(stagedoor_replay):
    missed = stagedoor_replay.runs[stagedoor_replay.runs["incident"].isna()]
    # the sales of the sample open at 10:00 in London
    assert set(missed["start"].dt.tz_localize("UTC").dt.tz_convert("Europe/London").dt.hour) <= {10}
    assert stagedoor_replay.precision_share == 21 / 43
    at_retry_storm = missed[missed["start"] == pd.Timestamp("2026-04-02 09:00")]
    assert set(at_retry_storm["other_incident"]) == {"retry-storm"}


def test_a_case_to_check_by_hand():
    series = counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])
    replay = replay_incidents(
        {"buy": series}, listed(("down", "2026-03-05 10:00", "2026-03-05 10:20")), budgets={"buy": (Decimal("0.999"), 28)}
    )
    (row,) = replay.table.to_dict("records")
    assert (row["valid"], row["bad"], row["n_minutes_with_data"], row["slack_minutes"]) == (400, 200, 20, 0)
    # 404 minutes have a bad event; half an hour on each side is not usual either, which leaves out 80 minutes and those at 09:40 and 10:30
    assert row["usual_bad_share"] == (404 - 2) / ((DAYS * 1440 - 80) * 20)
    assert row["excess_bad"] == pytest.approx(200 - 400 * row["usual_bad_share"])
    assert row["budget_share"] == pytest.approx(row["excess_bad"] / (0.001 * 20 * 1440 * 28))
    assert row["verdict"] == "shown"


@pytest.mark.parametrize(
    ("n_bad_a_minute", "minutes", "target", "verdict"),
    [
        (4, 1, None, "not shown"),  # four bad events are less than five more than usual
        (6, 1, None, "shown"),
        (6, 1, Decimal("0.999"), "faint"),  # 6 of a budget of 806
        (6, 2, Decimal("0.999"), "shown"),  # 12 of it
    ],
)
def test_the_rule_for_shown_and_faint(n_bad_a_minute, minutes, target, verdict):
    end = pd.Timestamp("2026-03-05 10:01") + pd.Timedelta(minutes=minutes)
    series = counts([("2026-03-05 10:01", str(end), n_bad_a_minute)])
    replay = replay_incidents(
        {"buy": series}, listed(("x", "2026-03-05 10:01", end)), budgets={"buy": (target, 28)} if target else None, slack_minutes=0
    )
    assert replay.table["verdict"].tolist() == [verdict]


def test_more_than_chance_but_less_than_twice_the_usual_is_faint():
    days = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=28, unit="us"), "valid": 100_000, "good": 99_000})
    days.loc[10, "good"] = 98_400
    replay = replay_incidents({"buy": days}, listed(("slow", "2026-03-12 08:00", "2026-03-12 09:00")))
    assert replay.table[["verdict", "bad"]].to_numpy().tolist() == [["faint", 1_600]]
    assert "slow (1,600 of 100,000 events bad in buy, usually 1 %) would have been faint" in " ".join(replay.sentences)
    assert replay.recall_share == 0


@pytest.mark.parametrize(("n_bad", "verdict"), [(35, "not shown"), (36, "shown")])
def test_five_deviations_of_a_poisson_count_must_be_exceeded(n_bad, verdict):
    days = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=28, unit="us"), "valid": 16_000, "good": 16_000 - 16})
    days.loc[10, "good"] = 16_000 - n_bad
    # 16 are usual, of which 5 deviations are 20
    assert replay_incidents({"buy": days}, listed(("x", "2026-03-12 08:00", "2026-03-12 09:00"))).table["verdict"].tolist() == [verdict]


def test_chance_alone_shows_fewer_than_one_stretch_in_1600():
    def tail(expected):
        least = math.ceil(round(expected + max(5, 5 * math.sqrt(expected)), 9))
        return 1 - sum(math.exp(-expected) * expected**n / math.factorial(n) for n in range(least))

    assert max(tail(expected) for expected in np.arange(0.01, 60, 0.01)) < 1 / 1_600


def test_an_incident_written_down_late_is_seen_within_the_slack_and_not_without():
    series = counts([("2026-03-05 10:01", "2026-03-05 10:15", 10)])
    late = listed(("late", "2026-03-05 10:20", "2026-03-05 10:40"))
    (row,) = replay_incidents({"buy": series}, late).table.to_dict("records")
    assert (row["verdict"], row["slack_minutes"], row["valid"]) == ("shown", 30, 80 * 20)
    assert replay_incidents({"buy": series}, late, slack_minutes=0).table["verdict"].tolist() == ["not shown"]


def test_slack_does_not_take_the_bad_events_of_a_neighbouring_incident():
    series = counts([("2026-03-05 10:01", "2026-03-05 10:15", 10)])
    two = listed(("real", "2026-03-05 10:00", "2026-03-05 10:15"), ("rumour", "2026-03-05 10:20", "2026-03-05 10:40"))
    assert replay_incidents({"buy": series}, two).table["verdict"].tolist() == ["shown", "not shown"]


def test_a_hole_is_no_data_and_neither_good_nor_bad():
    series = counts()
    hole = series[(series["minute"] < "2026-03-05 10:00") | (series["minute"] >= "2026-03-05 11:00")]
    replay = replay_incidents({"buy": hole}, listed(("hole", "2026-03-05 10:00", "2026-03-05 11:00")))
    (row,) = replay.table.to_dict("records")
    assert (row["verdict"], row["valid"]) == ("no data", 0)
    assert math.isnan(row["excess_bad"])
    assert replay.recall_share is None


def test_incidents_before_and_after_the_data_are_outside_it_and_do_not_count():
    replay = replay_incidents(
        {"buy": counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])},
        listed(
            ("before", "2025-01-01", "2026-03-02"), ("in", "2026-03-05 10:00", "2026-03-05 10:20"), ("after", "2026-03-16", "2026-03-17")
        ),
    )
    assert replay.table["verdict"].tolist() == ["outside the data", "shown", "outside the data"]
    assert (replay.n_with_data, replay.recall_share) == (1, 1.0)
    assert "2 incidents happened outside the time of the data: before and after" in " ".join(replay.sentences)


def test_an_incident_is_asked_of_the_indicators_of_its_journeys_and_of_all_when_it_names_none():
    series = {"a": counts(), "b": counts(), "c": counts()}
    incidents = listed(
        ("one", "2026-03-05 10:00", "2026-03-05 10:20", ("x",)),
        ("all", "2026-03-06 10:00", "2026-03-06 10:20", ()),
        ("none", "2026-03-07 10:00", "2026-03-07 10:20", ("z",)),
    )
    replay = replay_incidents(series, incidents, journeys_of={"a": "x", "b": "x", "c": "y"})
    assert replay.table[["incident", "indicator"]].to_numpy().tolist() == [
        ["one", "a"],
        ["one", "b"],
        ["all", "a"],
        ["all", "b"],
        ["all", "c"],
    ]
    assert replay.incidents["verdict"].tolist() == ["not shown", "not shown", "no indicator"]
    assert replay.incidents["indicator"].tolist() == [None] * 3
    assert [finding.code for finding in replay.findings] == ["journey-not-measured"]


def test_runs_match_an_incident_of_their_journey_or_tell_of_one_in_another():
    bad = [("2026-03-05 10:00", "2026-03-05 10:20", 10), ("2026-03-08 10:00", "2026-03-08 10:20", 10)]
    replay = replay_incidents(
        {"a": counts(bad)},
        listed(("mine", "2026-03-05 10:45", "2026-03-05 11:40", ("x",)), ("other", "2026-03-08 10:00", "2026-03-08 10:20", ("y",))),
        journeys_of={"a": "x"},
    )
    assert replay.runs[["incident", "other_incident"]].to_numpy().tolist() == [["mine", None], [None, "other"]]
    assert replay.precision_share == 0.5
    text = " ".join(replay.sentences)
    assert (
        "2 stretches stood out in an indicator: 1 at the time of a listed incident of its journey, give or take 30 min; 1 not "
        "(1 at the time of an incident in another journey)." in text
    )
    assert "Not on the list: a on 2026-03-08 from 10:00 (200 of 1,200 events bad)." in text


@pytest.mark.parametrize("bin_minutes", [1, 60])
@pytest.mark.parametrize(("noted", "is_seen"), [("10:40", True), ("11:05", False), ("12:00", False)])
def test_what_stands_out_matches_an_incident_just_where_the_incident_is_shown(noted, is_seen, bin_minutes):
    # the hour from 10:00 stands out, but the trouble is over at 10:20
    series = counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])
    series = series.groupby(series["minute"].dt.floor(f"{bin_minutes}min"))[["valid", "good"]].sum().reset_index()
    late = listed(("late", f"2026-03-05 {noted}", "2026-03-05 13:00"))
    replay = replay_incidents({"a": series}, late, slack_minutes=30, resolution_minutes={"a": bin_minutes})
    found = replay.table["verdict"].tolist(), replay.runs["incident"].tolist()
    assert found == ((["shown"], ["late"]) if is_seen else (["not shown"], [None]))


def test_a_stretch_belongs_to_the_long_incident_that_holds_it_even_where_the_whole_of_it_is_not_shown():
    # one bad event in ten hours is usual: five in an hour stand out, but are less than five more than usual
    series = counts([("2026-03-05 10:01", "2026-03-05 10:02", 5)], usual_every=600)
    replay = replay_incidents({"a": series}, listed(("day", "2026-03-05", "2026-03-06")))
    assert replay.table["verdict"].tolist() == ["not shown"]
    assert replay.runs["incident"].tolist() == ["day"]


def test_slack_does_not_match_a_stretch_in_the_time_of_another_journeys_incident():
    series = counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])
    two = listed(("theirs", "2026-03-05 10:00", "2026-03-05 10:20", ("y",)), ("mine", "2026-03-05 10:25", "2026-03-05 10:40", ("x",)))
    replay = replay_incidents({"a": series}, two, journeys_of={"a": "x"}, journeys=["x"])
    assert verdicts(replay) == {("mine", "a"): "not shown"}
    assert replay.runs[["incident", "other_incident"]].to_numpy().tolist() == [[None, "theirs"]]
    assert replay.incidents["incident"].tolist() == ["mine"]
    assert replay.findings == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "2025-01-01", "2025-01-02")], "The data tells nothing of the one incident."),
        ([("a", "2025-01-01", "2025-01-02"), ("b", "2025-01-03", "2025-01-04")], "The data tells nothing of any of the 2 incidents."),
        ([("a", "2026-03-05 10:00", "2026-03-05 10:20")], "The one incident with data would have been visible."),
        ([("a", "2026-03-07 10:00", "2026-03-07 10:20")], "The one incident with data would not have been visible."),
    ],
)
def test_one_incident_is_told_as_one(rows, said):
    replay = replay_incidents({"a": counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])}, listed(*rows))
    assert replay.sentences[0] == said
    assert replay.sentences[-1].endswith("All times are UTC.")


def test_one_stretch_at_the_time_of_an_incident_is_told_as_one():
    replay = replay_incidents(
        {"a": counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])}, listed(("a", "2026-03-05 10:00", "2026-03-05 10:20"))
    )
    said = "1 stretch stood out in an indicator, at the time of a listed incident of its journey, give or take 30 min."
    assert said in replay.sentences


def test_where_incidents_cover_all_of_the_data_the_middle_bin_is_the_usual():
    series = counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])
    replay = replay_incidents({"a": series}, listed(("always", "2026-03-01", "2026-03-20"), ("in", "2026-03-05 10:00", "2026-03-05 10:20")))
    assert replay.table["verdict"].tolist()[1] == "shown"


def test_what_cannot_be_replayed_is_refused():
    one = listed(("x", "2026-03-05", "2026-03-06"))
    empty = counts().head(0)
    with pytest.raises(TooLittleData, match="at least one incident"):
        replay_incidents({"a": counts()}, one.head(0))
    with pytest.raises(TooLittleData, match="no indicator has a valid event"):
        replay_incidents({"a": empty}, one)
    assert [finding.code for finding in replay_incidents({"a": counts(), "b": empty}, one).findings] == ["indicator-without-data"]
    for budget in ((Decimal(1), 28), (Decimal("0.99"), 0)):
        with pytest.raises(UnusableValue):
            replay_incidents({"a": counts()}, one, budgets={"a": budget})
    for slack_minutes in (-1, 1441, 99_999_999_999_999):
        with pytest.raises(UnusableValue, match="a slack lies between 0 and 1,440 minutes"):
            replay_incidents({"a": counts()}, one, slack_minutes=slack_minutes)


STRETCHES = st.lists(st.tuples(st.integers(-2_000, DAYS * 1440 + 500), st.integers(1, 3_000)), min_size=1, max_size=8)


@given(STRETCHES, st.sampled_from([1, 60, 1440]))
def test_the_counts_of_each_stretch_are_those_counted_row_by_row(stretches, bin_minutes):
    series = counts([("2026-03-05 10:00", "2026-03-05 10:20", 10)])
    series = series.groupby(series["minute"].dt.floor(f"{bin_minutes}min"))[["valid", "good"]].sum().reset_index()
    starts = [MINUTES[0] + pd.Timedelta(minutes=start) for start, _ in stretches]
    ends = [start + pd.Timedelta(minutes=length) for start, (_, length) in zip(starts, stretches, strict=True)]
    incidents = listed(*[(str(number), start, end) for number, (start, end) in enumerate(zip(starts, ends, strict=True))])
    replay = replay_incidents({"a": series}, incidents, slack_minutes=0, resolution_minutes={"a": bin_minutes})
    length = pd.Timedelta(minutes=bin_minutes)
    for start, end, row in zip(starts, ends, replay.table.to_dict("records"), strict=True):
        inside = series[(series["minute"] + length > start) & (series["minute"] < end)]
        assert (row["valid"], row["bad"]) == (inside["valid"].sum(), (inside["valid"] - inside["good"]).sum())
        assert row["verdict"] in VERDICTS
        assert (row["verdict"] == "outside the data") == inside.empty
