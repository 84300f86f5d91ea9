"""User-uptime weighs users by their time, not by their requests; its golden values are those of the reference."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.user_uptime import user_uptime, windowed_user_uptime
from slo_workbench.errors import TooLittleData, UnusableValue

START = pd.Timestamp("2026-03-02")


def events_at(seconds, good, user="ann"):
    times = START + pd.to_timedelta(np.asarray(seconds, dtype=float), unit="s")
    return pd.DataFrame({"user": user, "time": times, "is_good": np.asarray(good, dtype=bool)})


def hand_case():
    return events_at([0, 60, 120, 180, 4_000], [True, True, False, True, True])


# "Golden values. Hand case" in shared/reference/domain.md, section 10 (user-uptime after Hauer et al., NSDI 2020)
@pytest.mark.parametrize(
    ("cutoff_seconds", "long_gaps", "up_seconds", "all_seconds"),
    [(300, "drop", 120, 180), (300, "cap", 420, 480), (math.inf, "cap", 3_940, 4_000), (math.inf, "drop", 3_940, 4_000)],
)
def test_the_hand_case_of_the_reference_comes_out(cutoff_seconds, long_gaps, up_seconds, all_seconds):
    found = user_uptime(hand_case(), cutoff_minutes=cutoff_seconds / 60, long_gaps=long_gaps)
    assert found.up_minutes == pytest.approx(up_seconds / 60)
    assert found.user_uptime_share == pytest.approx(up_seconds / all_seconds)
    assert found.success_share == 0.8


def toy_outage(rng, seconds_while_failing):
    """400 users for an hour, nothing works from minute 30 to 45, exponential gaps of 60 s in mean: the truth is 75 %."""
    rows = []
    for user in range(400):
        now = rng.exponential(60)
        while now < 3_600:
            is_good = not 1_800 <= now < 2_700
            rows.append((user, now, is_good))
            now += rng.exponential(60 if is_good else seconds_while_failing)
    users, seconds, good = zip(*rows, strict=True)
    return events_at(seconds, good, user=users)


def gap_quantile_minutes(events, q):
    gaps = events.sort_values(["user", "time"]).groupby("user")["time"].diff().dropna()
    return gaps.quantile(q) / pd.Timedelta(minutes=1)


# Table "Toy outage" in shared/reference/domain.md, section 10: range over 60 seeds, in percent. The reference does not say when the outage
# began; in the middle of the hour gives its cutoffs (178 and 810 s). Half a point is left on each side for another seed.
@pytest.mark.parametrize(
    ("seconds_while_failing", "cutoff_seconds", "ranges"),
    [
        (5, 178, {"success": (21.0, 21.7), "drop": (71.3, 71.8), "cap": (74.6, 75.1), "no cutoff": (75.5, 76.0)}),
        (600, 810, {"success": (93.8, 94.4), "drop": (78.3, 80.6), "cap": (69.7, 72.3), "no cutoff": (67.4, 69.6)}),
    ],
    ids=["retry", "give up"],
)
def test_user_uptime_stays_near_the_truth_of_the_toy_outage_where_the_success_ratio_does_not(seconds_while_failing, cutoff_seconds, ranges):
    events = toy_outage(np.random.default_rng(20260302), seconds_while_failing)
    cutoff = gap_quantile_minutes(events, 0.99)
    assert cutoff * 60 == pytest.approx(cutoff_seconds, rel=0.1)
    found = {way: user_uptime(events, cutoff_minutes=cutoff, long_gaps=way) for way in ("drop", "cap")}
    shares = {way: result.user_uptime_share * 100 for way, result in found.items()}
    shares["no cutoff"] = user_uptime(events, cutoff_minutes=math.inf).user_uptime_share * 100
    shares["success"] = found["cap"].success_share * 100
    for way, (low, high) in ranges.items():
        assert low - 0.5 <= shares[way] <= high + 0.5, way
    assert found["cap"].n_long_gaps / found["cap"].n_gaps == pytest.approx(0.01, abs=0.001)


def test_an_event_without_a_following_one_contributes_nothing():
    before = user_uptime(events_at([0, 60], [True, True]), cutoff_minutes=30)
    after = user_uptime(pd.concat([events_at([0, 60], [True, False]), events_at([30], [False], user="bob")]), cutoff_minutes=30)
    assert (before.up_minutes, before.down_minutes) == (after.up_minutes, after.down_minutes) == (1.0, 0.0)
    assert (after.n_users, after.n_events, after.n_gaps) == (2, 3, 1)


def test_a_gap_as_long_as_the_cutoff_is_no_long_gap():
    events = events_at([0, 300], [False, True])
    assert user_uptime(events, cutoff_minutes=5, long_gaps="drop").down_minutes == 5
    with pytest.raises(TooLittleData, match="raise the cutoff"):
        user_uptime(events, cutoff_minutes=4.99, long_gaps="drop")


def test_of_events_at_one_moment_a_bad_one_decides_in_either_order():
    for good in ([True, False, True], [False, True, True]):
        assert user_uptime(events_at([0, 0, 60], good), cutoff_minutes=5).user_uptime_share == 0


def test_what_a_busy_user_does_a_thousand_times_weighs_by_time_alone():
    busy = events_at(np.arange(3_601), [False] * 3_601, user="script")
    calm = events_at([0, 3_600], [True, True], user="ann")
    found = user_uptime(pd.concat([busy, calm]), cutoff_minutes=60)
    assert found.user_uptime_share == 0.5
    assert found.success_share < 0.001


def test_the_sentences_name_the_cutoff_and_what_became_of_long_gaps():
    capped = " ".join(user_uptime(hand_case(), cutoff_minutes=5).sentences)
    assert "For 88 % of the 8 minutes that 1 user" in capped
    assert "80 % were good" in capped
    assert "1 gap of 4 longer than 5 min were counted up to that length" in capped
    assert "left out" in " ".join(user_uptime(hand_case(), cutoff_minutes=5, long_gaps="drop").sentences)


@pytest.mark.parametrize(
    ("events", "cutoff_minutes", "words"),
    [
        (hand_case().drop(columns="user"), 5, "user is not"),
        (hand_case().assign(user=[None, "a", "a", "a", "a"]), 5, "leave such rows out"),
        (hand_case().assign(is_good=["True", "False"] * 2 + ["True"]), 5, "True or False"),
        (hand_case().assign(time=range(5)), 5, "datetime"),
        (hand_case(), 0, "longer than 0"),
        (hand_case(), math.nan, "longer than 0"),
    ],
)
def test_what_is_no_event_or_cutoff_is_refused_with_a_way_out(events, cutoff_minutes, words):
    with pytest.raises(UnusableValue, match=words):
        user_uptime(events, cutoff_minutes=cutoff_minutes)


def test_an_unknown_way_with_long_gaps_is_refused():
    with pytest.raises(UnusableValue, match="'cap' or 'drop'"):
        user_uptime(hand_case(), cutoff_minutes=5, long_gaps="keep")


def test_single_events_say_nothing_of_time():
    for events in (events_at([0], [True]), events_at([], []), events_at([0, 0], [True, True])):
        with pytest.raises(TooLittleData, match="share of good events"):
            user_uptime(events, cutoff_minutes=5)


def test_zones_and_units_of_time_do_not_matter():
    events = hand_case()
    shifted = events.assign(time=events["time"].dt.tz_localize("UTC").dt.tz_convert("Europe/London").dt.as_unit("ns"))
    assert user_uptime(shifted, cutoff_minutes=5) == user_uptime(events, cutoff_minutes=5)


some_events = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 600), st.booleans()), min_size=2, max_size=40)


def frame_of(rows):
    users, seconds, good = zip(*rows, strict=True)
    return events_at(seconds, good, user=users)


def found_or_none(rows, **options):
    try:
        return user_uptime(frame_of(rows), **options)
    except TooLittleData:
        return None


@given(some_events, st.randoms(use_true_random=False), st.sampled_from(["cap", "drop"]))
def test_the_order_of_rows_does_not_matter(rows, random, long_gaps):
    shuffled = list(rows)
    random.shuffle(shuffled)
    options = {"cutoff_minutes": 2, "long_gaps": long_gaps}
    assert found_or_none(rows, **options) == found_or_none(shuffled, **options)


@given(some_events)
def test_dropping_counts_no_more_than_capping_and_capping_no_more_than_the_whole(rows):
    ways = [{"cutoff_minutes": 2, "long_gaps": "drop"}, {"cutoff_minutes": 2, "long_gaps": "cap"}, {"cutoff_minutes": math.inf}]
    found = [found_or_none(rows, **way) for way in ways]
    lengths = [result.up_minutes + result.down_minutes if result else 0 for result in found]
    assert lengths == sorted(lengths)
    spans = frame_of(rows).groupby("user")["time"].agg(lambda times: times.max() - times.min())
    assert lengths[-1] == pytest.approx(spans.sum() / pd.Timedelta(minutes=1))


# "MCR" among the golden values of shared/reference/domain.md, section 10
def outage_of_the_reference():
    down = np.full(28 * 1440, 0.1)
    down[10_000:10_120] = 80.1
    return 1_000 - down, down


@pytest.mark.parametrize(
    ("minutes", "percent", "digits"),
    [(1, 91.99, 2), (60, 91.99, 2), (120, 91.99, 2), (240, 95.99, 2), (1440, 99.323, 3), (7 * 1440, 99.895, 3), (28 * 1440, 99.966, 3)],
)
def test_the_worst_windows_of_the_reference_come_out(minutes, percent, digits):
    found = windowed_user_uptime(*outage_of_the_reference(), first_minute=START, window_minutes=[minutes]).worst
    assert round(found["user_uptime_share"][0] * 100, digits) == percent


def test_the_worst_window_lies_where_the_outage_was():
    worst = windowed_user_uptime(*outage_of_the_reference(), first_minute=START, window_minutes=[120, 1, 1440]).worst
    assert worst["window_minutes"].tolist() == [1, 120, 1440]
    assert worst["worst_start"].tolist()[:2] == [START + pd.Timedelta(minutes=10_000)] * 2
    assert worst["worst_end"][1] == START + pd.Timedelta(minutes=10_120)
    assert worst["worst_start"][2] <= START + pd.Timedelta(minutes=10_000) < worst["worst_end"][2]


def test_without_lengths_the_curve_runs_from_a_minute_to_the_whole_period_with_hour_day_and_week():
    found = windowed_user_uptime(*outage_of_the_reference(), first_minute=START)
    lengths = found.worst["window_minutes"].tolist()
    assert {1, 2, 64, 32_768, 60, 1440, 10_080} <= set(lengths)
    assert lengths[-1] == 28 * 1440
    assert found.sentences[1] == "In the worst 1 h, from 2026-03-08 22:40 (UTC), the service was up for 92 % of the users' time."
    assert len(found.sentences) == 4


def test_a_stretch_without_data_counts_neither_way():
    up, down = np.full(600, 10.0), np.zeros(600)
    up[100:160], down[100:160] = 0.0, 10.0
    up[300], down[300] = 5.0, 5.0
    gaps = pd.DataFrame({"start": [START + pd.Timedelta(minutes=100)], "end": [START + pd.Timedelta(minutes=160)]})
    worst = windowed_user_uptime(up, down, first_minute=START, window_minutes=[60], gaps=gaps).worst
    assert worst["worst_start"][0] > START + pd.Timedelta(minutes=160)
    assert worst["user_uptime_share"][0] == pytest.approx(1 - 5 / 600)


@pytest.mark.parametrize(("n_crowd", "expected"), [(25, 400), (3, 400)])
def test_the_worst_window_has_users_enough_or_those_with_most(n_crowd, expected):
    up, down = np.full(600, 10.0), np.zeros(600)
    down[100], down[400] = 90.0, 5.0
    lonely = pd.DataFrame({"user": ["one"] * 5, "time": START + pd.to_timedelta([100] * 5, unit="min")})
    crowd = pd.DataFrame({"user": [f"u{n}" for n in range(n_crowd)] * 2, "time": START + pd.Timedelta(minutes=400)})
    events = pd.concat([lonely, crowd], ignore_index=True)
    found = windowed_user_uptime(up, down, first_minute=START, window_minutes=[1], events=events, time_zone="Europe/London")
    assert found.worst["worst_start"][0] == START + pd.Timedelta(minutes=expected)
    assert found.worst["n_users"][0] == n_crowd
    assert ("too few to judge by" in found.sentences[0]) == (n_crowd < 20)


def test_users_of_a_window_are_counted_once_each():
    rng = np.random.default_rng(4)
    minute, user = rng.integers(0, 200, 300), rng.integers(0, 40, 300)
    events = pd.DataFrame({"user": user, "time": START + pd.to_timedelta(minute, unit="min")})
    found = windowed_user_uptime(np.ones(200), rng.random(200), first_minute=START, window_minutes=[7, 30, 200], events=events).worst
    for length, start, n_users in zip(found["window_minutes"], found["worst_start"], found["n_users"], strict=True):
        first = (start - START).total_seconds() / 60
        assert n_users == len(set(user[(minute >= first) & (minute < first + length)]))


def test_minutes_without_users_are_no_bad_windows():
    up, down = np.zeros(600), np.zeros(600)
    up[100], down[100] = 0.3, 0.1
    up[300] = 1e6
    worst = windowed_user_uptime(up, down, first_minute=START, window_minutes=[1, 600]).worst
    assert worst["user_uptime_share"][0] == 0.75
    assert worst["worst_start"][0] == START + pd.Timedelta(minutes=100)


@pytest.mark.parametrize(
    ("up", "down", "lengths", "words"),
    [
        ([1.0, 1.0], [0.0], None, "one number a minute each"),
        ([1.0, math.nan], [0.0, 0.0], None, "write 0"),
        ([1.0, -1.0], [0.0, 0.0], None, "from 0 up"),
        ([1.0, 1.0], [0.0, 0.0], [3], "1 to 2 whole minutes"),
        ([1.0, 1.0], [0.0, 0.0], [0], "1 to 2 whole minutes"),
        ([1.0, 1.0], [0.0, 0.0], [], "none at all"),
    ],
)
def test_what_are_no_minutes_or_lengths_is_refused(up, down, lengths, words):
    with pytest.raises(UnusableValue, match=words):
        windowed_user_uptime(up, down, first_minute=START, window_minutes=lengths)


def test_a_period_without_users_has_no_worst_window():
    for nobody in ([], [0.0, 0.0]):
        with pytest.raises(TooLittleData, match="no user was there"):
            windowed_user_uptime(nobody, nobody, first_minute=START)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=12, max_size=12), st.integers(1, 4), st.integers(1, 3))
def test_a_window_of_a_whole_multiple_of_the_length_is_never_worse(minutes, length, times):
    up, down = np.array(minutes, dtype=float).T
    if up.sum() + down.sum() == 0:
        return
    short, long = (
        windowed_user_uptime(up, down, first_minute=START, window_minutes=[n]).worst["user_uptime_share"][0]
        for n in (length, length * times)
    )
    assert long >= short - 1e-12
