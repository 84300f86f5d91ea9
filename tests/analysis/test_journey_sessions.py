"""Visits are cut at pauses, and each is judged by all of its events and by how its steps ended."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.journey_sessions import compose_sessions
from slo_workbench.analysis.wilson_interval import wilson_interval
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.from_workbook import query_of
from slo_workbench.history.journey_events import read_journey_events
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.conftest import STAGEDOOR

STEPS = ("list", "seat", "buy")
START = pd.Timestamp("2026-03-02 10:00")


def events_of(*rows):
    """Events as (user, minute, step, is good)."""
    users, minutes, steps, good = zip(*rows, strict=True)
    times = START + pd.to_timedelta(np.array(minutes, dtype=float), unit="min")
    return pd.DataFrame({"user": users, "time": times, "step": steps, "is_good": np.array(good, dtype=bool)})


HAND_CASE = events_of(
    ("ann", 0, "list", True),
    ("ann", 1, "seat", False),
    ("ann", 2, "seat", True),
    ("ann", 3, "buy", True),  # got through with a retry
    ("ann", 40, "list", True),  # after a pause of 37 minutes: another visit, all good
    ("bob", 0, "list", True),
    ("bob", 5, "buy", True),
    ("bob", 6, "buy", False),  # the second order fails, and bob leaves
    ("cat", 10, "seat", True),
)


def test_a_case_to_check_by_hand():
    found = compose_sessions(HAND_CASE, steps=STEPS)
    rows = found.sessions[["user", "n_events", "is_good", "is_good_after_retries", "ended_bad"]].to_numpy().tolist()
    assert rows == [
        ["ann", 4, False, True, False],
        ["bob", 3, False, False, True],
        ["cat", 1, True, True, False],
        ["ann", 1, True, True, False],
    ]
    assert (found.n_sessions, found.n_users, found.sli_share, found.sli_after_retries_share) == (4, 3, 0.5, 0.75)
    assert found.users_all_good_share == 1 / 3
    funnel = found.funnel.drop(columns="step").to_numpy().tolist()
    # sessions, good, good in the end, events, bad
    assert funnel == [[3, 3, 3, 3, 0], [2, 1, 2, 3, 1], [2, 1, 1, 3, 1]]
    assert found.daily.to_numpy().tolist() == [[pd.Timestamp("2026-03-02"), 4, 2, 3]]


def test_with_any_a_step_that_went_well_once_went_well():
    found = compose_sessions(HAND_CASE, steps=STEPS, retries="any")
    assert found.sli_after_retries_share == 1
    assert found.sli_share == 0.5
    assert "at least one event was good" in found.sentences[1]


@pytest.mark.parametrize(("pause_minutes", "n_sessions"), [(30, 1), (30.001, 2)])
def test_a_pause_as_long_as_the_gap_does_not_end_a_visit_and_a_longer_one_does(pause_minutes, n_sessions):
    events = events_of(("ann", 0, "list", True), ("ann", pause_minutes, "buy", True))
    assert compose_sessions(events, steps=STEPS, gap_minutes=30).n_sessions == n_sessions


def test_events_of_other_steps_neither_count_nor_hold_a_visit_together():
    events = events_of(("ann", 0, "list", True), ("ann", 20, "help", False), ("ann", 40, "list", True))
    found = compose_sessions(events, steps=STEPS)
    assert (found.n_sessions, found.sli_share) == (2, 1)


def test_events_without_a_user_are_left_out_and_counted():
    events = pd.concat([HAND_CASE, events_of((None, 1, "list", False), (None, 2, "buy", True), (None, 2, "help", True))])
    found = compose_sessions(events, steps=STEPS)
    assert found.n_without_user == 2
    pd.testing.assert_frame_equal(found.sessions, compose_sessions(HAND_CASE, steps=STEPS).sessions, check_dtype=False)
    assert "2 of 11 valid events have no user and were left out." in found.sentences
    one = compose_sessions(pd.concat([HAND_CASE, events_of((None, 1, "list", False))]), steps=STEPS)
    assert "1 of 10 valid events has no user and was left out." in one.sentences
    assert not any("no user" in sentence for sentence in compose_sessions(HAND_CASE, steps=STEPS).sentences)
    assert [(finding.code, finding.count) for finding in found.findings] == [("events-without-user", 2)]


def test_of_events_at_one_moment_the_bad_one_comes_last():
    events = events_of(("ann", 0, "buy", False), ("ann", 0, "buy", True))
    for rows in (events, events.iloc[::-1]):
        assert compose_sessions(rows, steps=STEPS).sli_after_retries_share == 0


def test_visits_count_on_the_local_day_they_begin():
    times = pd.to_datetime(["2026-07-01 22:50", "2026-07-01 23:10", "2026-07-03 12:00"])
    events = pd.DataFrame({"user": ["ann", "bob", "cat"], "time": times, "step": "list", "is_good": [True, False, True]})
    assert compose_sessions(events, steps=STEPS).daily["valid"].tolist() == [2, 0, 1]
    found = compose_sessions(events, steps=STEPS, time_zone="Europe/London").daily
    assert found[["valid", "good"]].to_numpy().tolist() == [[1, 1], [1, 0], [1, 1]]


def test_visits_near_an_end_of_the_data_are_counted_as_perhaps_cut():
    events = events_of(("first", 0, "list", True), ("early", 30, "list", True), ("mid", 100, "list", True), ("last", 200, "list", True))
    assert compose_sessions(events, steps=STEPS).n_at_edge == 3


def test_the_interval_takes_users_and_not_their_visits_as_independent():
    one_each = events_of(*[(f"u{number}", 0, "list", number >= 10) for number in range(100)])
    found = compose_sessions(one_each, steps=STEPS)
    # each user one visit: the ratio's variance is that of the share
    assert found.interval() == pytest.approx(wilson_interval(90, 100))
    ten_each = events_of(*[(f"u{number}", 60 * visit, "list", number >= 10) for number in range(100) for visit in range(10)])
    same = compose_sessions(ten_each, steps=STEPS)
    assert same.n_sessions == 1_000
    assert same.interval() == pytest.approx(wilson_interval(90, 100))


def test_where_every_visit_was_good_each_user_counts_as_one():
    events = events_of(*[(f"u{number}", 60 * visit, "list", True) for number in range(5) for visit in range(10)])
    assert compose_sessions(events, steps=STEPS).interval() == wilson_interval(5, 5)


def test_the_sentences_say_what_stands_behind_the_shares_and_what_they_do_not_tell():
    text = " ".join(compose_sessions(HAND_CASE, steps=STEPS).sentences)
    for part in (
        "50 % of 4 visits of 3 users in 40 min met no bad event",
        "33 % of the users met none in any visit",
        "75 % got through in the end: of each step they reached, the last event was good",
        "seat was reached by 2 and went well for 50 %",
        "1 visit ended with a bad event; who gave up because of it and who was leaving anyway, nobody can tell",
        "A visit ends with a pause of more than 30 min; ",
        "Retries mended the difference.",
        "Where a user is an address",
    ):
        assert part in text


def test_a_step_nobody_reached_is_a_row_of_zeros_and_a_finding():
    found = compose_sessions(events_of(("ann", 0, "list", True)), steps=STEPS)
    assert found.funnel["n_sessions"].tolist() == [1, 0, 0]
    assert [finding.where for finding in found.findings if finding.code == "step-without-events"] == ["seat", "buy"]
    assert "buy was reached by none" in " ".join(found.sentences)


@pytest.mark.parametrize(
    "options",
    [
        {"steps": ()},
        {"steps": ("a", "a")},
        {"gap_minutes": 0},
        {"gap_minutes": math.inf},
        {"gap_minutes": math.nan},
        {"gap_minutes": 1e300},
        {"retries": "best"},
    ],
)
def test_what_makes_no_visits_is_refused(options):
    with pytest.raises(UnusableValue):
        compose_sessions(HAND_CASE, **{"steps": STEPS, **options})


def test_events_without_a_column_a_type_or_any_user_are_refused():
    with pytest.raises(UnusableValue, match="step is not so"):
        compose_sessions(HAND_CASE.drop(columns="step"), steps=STEPS)
    with pytest.raises(UnusableValue, match="a type is not so"):
        compose_sessions(HAND_CASE.astype({"time": "str"}), steps=STEPS)
    with pytest.raises(TooLittleData, match="has a user"):
        compose_sessions(HAND_CASE.assign(user=None), steps=STEPS)


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 300), st.sampled_from(STEPS), st.booleans()), min_size=1, max_size=60
)  # fmt: skip


def visits_one_by_one(rows, gap_minutes):
    """Cut and judge visits the slow way."""
    visits = []
    for user in sorted({user for user, *_ in rows}):
        before = -math.inf
        for minute, is_bad, step in sorted((minute, not good, step) for one, minute, step, good in rows if one == user):
            if minute - before > gap_minutes:
                visits.append([])
            visits[-1].append((step, not is_bad))
            before = minute
    strict = sum(all(good for _, good in visit) for visit in visits)
    last = sum(all(dict(visit).values()) for visit in visits)
    some = sum(all(any(good for one, good in visit if one == step) for step, _ in visit) for visit in visits)
    return len(visits), strict, last, some


@given(ROWS, st.integers(1, 60), st.randoms(use_true_random=False))
def test_visits_are_those_cut_one_by_one_in_any_order_of_rows(rows, gap_minutes, random):
    shuffled = events_of(*random.sample(rows, len(rows)))
    last, some = (compose_sessions(shuffled, steps=STEPS, gap_minutes=gap_minutes, retries=way) for way in ("last", "any"))
    sums = [
        int(found.sessions[name].sum())
        for found, name in ((last, "is_good"), (last, "is_good_after_retries"), (some, "is_good_after_retries"))
    ]
    assert (last.n_sessions, *sums) == visits_one_by_one(rows, gap_minutes)
    assert last.sli_share <= last.sli_after_retries_share <= some.sli_after_retries_share
    pd.testing.assert_frame_equal(last.sessions, compose_sessions(events_of(*rows), steps=STEPS, gap_minutes=gap_minutes).sessions)


@given(ROWS, st.integers(1, 60))
def test_every_visit_and_every_event_is_counted_once(rows, gap_minutes):
    found = compose_sessions(events_of(*rows), steps=STEPS, gap_minutes=gap_minutes)
    assert found.daily["valid"].sum() == found.n_sessions
    assert found.sessions["n_events"].sum() == found.funnel["n_events"].sum() == len(rows)
    assert found.daily["good"].sum() == found.sessions["is_good"].sum()
    assert (found.funnel["n_good"] <= found.funnel["n_good_after_retries"]).all()
    assert (found.funnel["n_good_after_retries"] <= found.funnel["n_sessions"]).all()
    low, high = found.interval()
    assert 0 <= low <= found.sli_share <= high <= 1


def test_on_the_worked_example_retries_mend_most_visits_that_met_a_bad_event(stagedoor_workbook):
    steps = ("browse-availability", "seats-availability", "buy-availability")
    queries = [query_of(one) for one in stagedoor_workbook.indicators if one.id in steps]
    request = SourceRequest(STAGEDOOR / "requests.parquet", columns=dict(stagedoor_workbook.sources["requests"].columns))
    with connect_engine() as engine:
        events = read_journey_events(open_source(engine, request), queries)
    found = compose_sessions(events, steps=steps, time_zone="Europe/London")
    assert found.sessions["n_events"].sum() == len(events)
    # 109 bad events of browsing, 435 of choosing seats, 105 of buying: the sums of the History
    assert found.funnel["n_bad"].tolist() == [109, 435, 105]
    assert found.funnel["n_sessions"].is_monotonic_decreasing
    n_bad, n_bad_in_the_end = (int((~found.sessions[name]).sum()) for name in ("is_good", "is_good_after_retries"))
    assert 0 < n_bad_in_the_end < n_bad / 2
    # eight weeks of UTC reach into one more day of London's summer time
    assert len(found.daily) == 57
