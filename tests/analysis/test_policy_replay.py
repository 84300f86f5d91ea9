"""A replay of a policy counts the days on which a clause would have been in force, of those that can be judged."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.budget_spenders import spend_by_incident
from slo_workbench.analysis.policy_replay import replay_policy
from slo_workbench.analysis.windows import complete_days_of
from slo_workbench.document.model import PolicyClause
from slo_workbench.errors import TooLittleData, UnusableValue

PAIRS = st.lists(st.integers(0, 300).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid))), min_size=1, max_size=50)
TARGETS = st.integers(1, 999).map(lambda number: Decimal(number) / 1000)


def clause(id="freeze", spent="100%", by="window"):
    return PolicyClause(id=id, budget_spent=spent, by=by, action="Something is done.")


FREEZE, LOOK, LEARN = clause(), clause("look", "50%"), clause("learn", "20%", "incident")


def daily_of(pairs, start="2026-03-02"):
    valid, good = zip(*pairs, strict=True)
    return pd.DataFrame({"day": pd.date_range(start, periods=len(pairs)), "valid": valid, "good": good})


def bad_days(bad, n_days, valid=100):
    return daily_of([(valid, valid - bad.get(day, 0)) for day in range(n_days)])


def incidents_of(*rows):
    return pd.DataFrame(rows, columns=["end", "bad"]).astype({"end": "datetime64[us]"})


def replay(daily, *clauses, targets=("0.99",), window_days=4, **more):
    return replay_policy(daily, clauses=clauses, targets={text: Decimal(text) for text in targets}, window_days=window_days, **more)


def test_a_clause_is_in_force_while_its_share_is_in_the_window():
    # 5 bad on day 4 of 100 a day: windows of 4 days allow 4 at 99 %
    row = replay(bad_days({4: 5}, 12), FREEZE).table.iloc[0]
    assert (row["n_days_in_force"], row["n_days_judged"], row["n_stretches"], row["longest_days"]) == (4, 9, 1, 4)
    assert (row["first_day"], row["last_day"]) == (pd.Timestamp("2026-03-06"), pd.Timestamp("2026-03-09"))
    assert row["in_force_share"] == pytest.approx(4 / 9)
    assert row["days_a_year"] == pytest.approx(365.25 * 4 / 9)


def test_stretches_are_told_apart():
    found = replay(bad_days({4: 5, 10: 3, 11: 3}, 20), FREEZE)
    row = found.table.iloc[0]
    # days 4 to 7, and 11 to 13, as only then both bad days are in the window
    assert (row["n_days_in_force"], row["n_stretches"], row["longest_days"]) == (7, 2, 4)
    assert "in 2 stretches, the longest of 4 days, between 2026-03-06 and 2026-03-15." in found.sentences[1]


def test_a_year_of_days_is_told_by_the_days_that_were_judged():
    # one bad day in a year keeps the freeze for a whole window: 28 of 365 - 27 judged days
    found = replay(bad_days({100: 300}, 365, valid=1000), FREEZE, window_days=28)
    row = found.table.iloc[0]
    assert (row["n_days_in_force"], row["n_days_judged"]) == (28, 338)
    assert row["days_a_year"] == pytest.approx(365.25 * 28 / 338)
    assert "on 28 of 338 judged days (30 days a year), in one stretch, 2026-06-10 to 2026-07-07." in found.sentences[1]


def test_only_days_with_a_whole_window_behind_them_are_judged():
    found = replay(bad_days({0: 50, 1: 50}, 6), FREEZE)
    assert found.calendar["is_judged"].tolist() == [False] * 3 + [True] * 3
    assert found.calendar["is_in_force"].tolist() == [False] * 3 + [True, True, False]
    assert found.n_days_judged == 3
    with pytest.raises(TooLittleData, match="no day has 4 days behind it .* the history has 3 days"):
        replay(bad_days({}, 3), FREEZE)


def test_a_window_without_a_valid_event_is_not_judged():
    found = replay(daily_of([(100, 90)] * 4 + [(0, 0)] * 5 + [(100, 100)] * 4), FREEZE)
    judged = found.calendar["is_judged"].tolist()
    assert judged == [False] * 3 + [True] * 4 + [False] * 2 + [True] * 4
    # nothing of nothing may be bad, but the two empty windows are no freeze
    assert found.table[["n_days_in_force", "n_days_judged"]].values.tolist() == [[4, 8]]


def test_all_of_the_budget_is_spent_when_as_much_is_bad_as_may_be():
    # 3 of 1,000 at 99.7 %, which no float holds; one event less is not all
    for bad, days in ((3, 1), (2, 0)):
        found = replay(bad_days({0: bad}, 1, valid=1000), FREEZE, targets=["0.997"], window_days=1)
        assert found.table["n_days_in_force"].tolist() == [days]


def test_a_clause_by_incident_is_in_force_from_the_day_it_ends_until_its_window_has_passed():
    # a typical window of 4 days allows 4 bad events, of which 20 % is 0.8
    daily = bad_days({}, 14)
    found = replay(daily, LEARN, incidents=incidents_of(("2026-03-08 10:00", 1), ("2026-03-12 10:00", 0)))
    row = found.table.iloc[0]
    assert (row["first_day"], row["last_day"], row["n_days_in_force"]) == (pd.Timestamp("2026-03-08"), pd.Timestamp("2026-03-11"), 4)
    assert "A clause about one incident was asked of 2 incidents" in found.sentences[-1]


def test_an_incident_ends_on_the_day_of_its_last_moment_in_the_teams_zone():
    for end, zone, first in (
        ("2026-03-08 00:00", "UTC", "2026-03-07"),
        ("2026-03-08 23:30", "Europe/Berlin", "2026-03-09"),
        ("2026-03-08 23:00", "Europe/Berlin", "2026-03-08"),
    ):
        found = replay(bad_days({}, 14), LEARN, incidents=incidents_of((end, 9)), time_zone=zone)
        assert found.table["first_day"].iloc[0] == pd.Timestamp(first)


def test_an_incident_before_the_first_judged_day_still_counts_while_its_window_lasts():
    found = replay(bad_days({}, 8), LEARN, incidents=incidents_of(("2026-03-03 12:00", 9)))
    assert found.calendar["is_in_force"].tolist() == [False] * 3 + [True, True] + [False] * 3


def test_targets_and_clauses_stand_in_the_order_they_were_given():
    found = replay(bad_days({5: 6}, 12), FREEZE, LOOK, targets=["0.99", "0.95"])
    assert found.table[["target_name", "clause", "n_days_in_force"]].values.tolist() == [
        ["0.99", "freeze", 4], ["0.99", "look", 4], ["0.95", "freeze", 0], ["0.95", "look", 0],
    ]  # fmt: skip
    assert "With 0.95, 95 %, 'look' (50 % of the budget spent) would have been in force on none of 9 judged days." in found.sentences


def test_what_cannot_be_replayed_is_refused():
    daily = bad_days({}, 8)
    for message, clauses, more in (
        ("at least one target and one clause", (), {}),
        ("at least one target and one clause", (FREEZE,), {"targets": []}),
        ("above 0 and below 1", (FREEZE,), {"targets": ["1"]}),
        ("an id of its own", (FREEZE, FREEZE), {}),
        ("at 0 % would always be in force", (clause(spent="0%"),), {}),
        ("needs the incidents", (LEARN,), {}),
    ):
        with pytest.raises(UnusableValue, match=message):
            replay(daily, *clauses, **more)
    with pytest.raises(UnusableValue, match="without holes"):
        replay(daily.drop(index=3), FREEZE)


@given(PAIRS, TARGETS, TARGETS, st.integers(1, 10), st.sampled_from(["1%", "20%", "50%", "100%"]))
def test_a_stricter_target_never_gives_fewer_days_in_force(pairs, one, other, window_days, spent):
    daily = daily_of(pairs)
    ends = incidents_of(*[(day + pd.Timedelta(hours=9), valid - good) for day, valid, good in daily.itertuples(index=False)][::3])
    try:
        found = replay_policy(
            daily, clauses=[clause("w", spent), clause("i", spent, "incident")], targets={"loose": min(one, other), "strict": max(one, other)},
            window_days=window_days, incidents=ends,
        )  # fmt: skip
    except TooLittleData:
        return
    loose, strict = (found.calendar[found.calendar["target_name"] == name]["is_in_force"].to_numpy() for name in ("loose", "strict"))
    assert (strict >= loose).all()


@given(PAIRS, TARGETS, st.integers(1, 10), st.sampled_from(["1%", "30%", "100%"]))
def test_days_in_force_are_those_of_a_plain_count(pairs, target, window_days, spent):
    daily = daily_of(pairs)
    rule = clause("rule", spent)
    expected, n_judged = [], 0
    for last in range(window_days - 1, len(pairs)):
        window = pairs[last - window_days + 1 : last + 1]
        valid, good = sum(pair[0] for pair in window), sum(pair[1] for pair in window)
        n_judged += valid > 0
        if valid and valid - good >= rule.budget_spent * (1 - target) * valid:
            expected.append(daily["day"].iloc[last])
    if not n_judged:
        return
    found = replay_policy(daily, clauses=[rule], targets={"t": target}, window_days=window_days)
    assert found.calendar.loc[found.calendar["is_in_force"], "day"].tolist() == expected
    row = found.table.iloc[0]
    assert (row["n_days_in_force"], row["n_days_judged"]) == (len(expected), n_judged)
    assert row["n_stretches"] <= row["n_days_in_force"] <= row["n_stretches"] * row["longest_days"]


def test_the_worked_example_freezes_nothing_at_its_target_and_most_of_april_at_a_tighter_one(stagedoor_history, stagedoor_workbook):
    daily, _ = complete_days_of(stagedoor_history, "buy-availability", time_zone="Europe/London")
    series = stagedoor_history.series_of("buy-availability")
    incidents = spend_by_incident(series, target=Decimal("0.991"), window_days=28).table
    clauses = [*stagedoor_workbook.policy.clauses, LEARN]
    targets = {"proposed": Decimal("0.991"), "99.7 %": Decimal("0.997")}
    found = replay_policy(daily, clauses=clauses, targets=targets, window_days=28, incidents=incidents, time_zone="Europe/London")
    assert found.table["n_days_in_force"].tolist() == [0, 0, 0, 29, 23, 29]
    assert found.sentences[0].startswith("Judged are the 29 days from 2026-03-29 to 2026-04-26 that have 28 days behind them.")


def month_of(bad, start="2026-03-25", n_days=70):
    """100 valid events a day, and some bad ones by their date."""
    days = pd.date_range(start, periods=n_days)
    lost = pd.Series({pd.Timestamp(day): n for day, n in bad.items()}).reindex(days, fill_value=0)
    return pd.DataFrame({"day": days, "valid": 100, "good": 100 - lost.to_numpy()})


def test_in_a_calendar_month_the_budget_starts_anew_on_its_first_day():
    # April has 30 days of 100: 30 bad events are its budget at 99 %, gone with the second bad day, until the month ends
    daily = month_of({"2026-04-10": 20, "2026-04-20": 10, "2026-05-02": 29})
    found = replay(daily, FREEZE, window_days=30, period="month")
    row = found.table.iloc[0]
    assert (row["n_days_in_force"], row["first_day"], row["last_day"]) == (11, pd.Timestamp("2026-04-20"), pd.Timestamp("2026-04-30"))
    assert row["n_days_judged"] == 63  # from the first of April to the second of June; March was not seen from its beginning
    assert found.sentences[0].startswith("Judged are 63 days from 2026-04-01 to 2026-06-02, in 3 calendar months that the history covers")


def test_a_whole_month_is_judged_by_all_its_traffic_and_its_middle_by_what_is_usual():
    # half the traffic from the sixteenth of April on: what was not yet known is not counted with
    daily = month_of({"2026-04-10": 28})
    is_less = daily["day"] >= "2026-04-16"
    daily.loc[is_less, ["valid", "good"]] = 50
    found = replay(daily, FREEZE, window_days=30, period="month").calendar.set_index("day")
    assert found["spent_share"]["2026-04-15"] == pytest.approx(28 / 30)
    assert found["spent_share"]["2026-04-30"] == pytest.approx(28 / 22.5)
    assert not found["is_in_force"]["2026-04-15"]
    assert found["is_in_force"]["2026-04-30"]


def test_a_clause_by_incident_ends_with_the_calendar_period():
    incidents = incidents_of(("2026-04-20 12:00", 10), ("2026-04-22 12:00", 3))
    found = replay(month_of({"2026-04-20": 10}), LEARN, window_days=30, period="month", incidents=incidents)
    row = found.table.iloc[0]
    assert (row["first_day"], row["last_day"], row["n_days_in_force"]) == (pd.Timestamp("2026-04-20"), pd.Timestamp("2026-04-30"), 11)
    assert "to the end of its calendar month" in found.sentences[-1]


def test_a_history_without_the_first_day_of_a_period_cannot_be_judged():
    with pytest.raises(TooLittleData, match="no day has a calendar quarter that the history covers from the first day"):
        replay(month_of({}, start="2026-01-02", n_days=60), FREEZE, window_days=91, period="quarter")


@given(PAIRS, TARGETS)
def test_at_the_end_of_a_calendar_week_a_clause_is_in_force_exactly_when_the_weeks_own_budget_was_spent(pairs, target):
    daily = daily_of(pairs)  # from a Monday
    rule = clause(spent="50%")
    try:
        found = replay_policy(daily, clauses=[rule], targets={"t": target}, window_days=7, period="week").calendar
    except TooLittleData:
        return
    for first in range(0, len(pairs) - 6, 7):
        week = daily.iloc[first : first + 7]
        valid, bad = int(week["valid"].sum()), int((week["valid"] - week["good"]).sum())
        if valid:
            assert found["is_in_force"][first + 6] == (2 * bad >= (1 - target) * valid)
