"""Users are counted by what they saw themselves, exactly, and the worst of them are shown apart."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.user_coverage import cover_users
from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.history.history import History, IndicatorQuery, Provenance, SourceRecord, as_table, empty_table

WINDOW = pd.Timestamp("2026-03-16")
NEXT_WINDOW = pd.Timestamp("2026-04-13")


def history_of(groups, *, first="2026-03-16T00:00:00Z", last="2026-05-10T23:59:00Z", n_without_user=0, thresholds_ms=(), findings=()):
    """Make a History from (valid, good, n_users) or (valid, good, n_users, window_start)."""
    rows = [(*group, WINDOW)[:4] for group in groups]
    threshold = thresholds_ms[0] if thresholds_ms else np.nan
    users = pd.DataFrame(rows, columns=["valid", "good", "n_users", "window_start"]).assign(
        indicator="buy", threshold_ms=threshold, value_cents=0
    )
    n_valid = int((users["valid"] * users["n_users"]).sum()) + n_without_user
    series = pd.DataFrame({"indicator": ["buy"], "threshold_ms": threshold, "minute": WINDOW, "valid": n_valid, "good": n_valid})
    source = SourceRecord("log", "csv", (), n_valid, n_valid, 0, 0, {}, first, last, 1)
    query = IndicatorQuery("buy", "log", "true", "status < 500", thresholds_ms)
    tables = {name: empty_table(name) for name in ("latency", "value", "rows")}
    tables["series"] = as_table("series", [series if n_valid else series.iloc[:0]])
    return History(**tables, users=as_table("users", [users]), provenance=Provenance((query,), (source,), "", ""), findings=tuple(findings))


def covered(groups, target="0.95", **options):
    return cover_users(history_of(groups, **options), "buy", target=Decimal(target), event="order")


def codes(coverage):
    return [found.code for found in coverage.findings]


def test_each_user_is_judged_by_their_own_events():
    found = covered([(1, 1, 150), (1, 0, 5), (40, 39, 3), (40, 30, 2), (200, 200, 40)]).overall
    assert (found.n_users, found.n_valid, found.n_bad) == (200, 155 + 200 + 8_000, 5 + 3 + 20)
    assert found.no_bad_share == 190 / 200
    # 39 of 40 is 97.5 %: a bad event, but the target is kept
    assert found.at_target_share == 193 / 200
    assert found.below_target_share == 7 / 200


def test_who_has_exactly_the_target_is_at_it():
    # 0.07 * 100 is 7.000000000000001 in binary
    assert covered([(100, 7, 200)], target="0.07").overall.at_target_share == 1
    assert covered([(1_000, 999, 200)], target="0.999").overall.at_target_share == 1
    assert covered([(10**15, 999 * 10**12 - 1, 200)], target="0.999").overall.at_target_share == 0


def test_activity_classes_begin_at_1_2_10_and_100():
    classes = covered([(valid, valid, 50) for valid in (1, 2, 9, 10, 99, 100, 5_000)]).overall.by_activity
    assert classes["activity"].tolist() == ["1", "2-9", "10-99", "100+"]
    assert classes["n_users"].tolist() == [50, 100, 100, 100]


def test_the_table_is_text_and_leaves_out_classes_without_users():
    table = covered([(1, 1, 950), (50, 40, 50)]).table
    assert table.columns[0] == "orders a user"
    assert table["orders a user"].tolist() == ["1", "10-99"]
    assert table["of all bad orders"].tolist() == ["0 %", "100 %"]
    assert table["of all users"].tolist() == ["95 %", "5 %"]
    assert table["users at 95 % or above"].tolist() == ["100 %", "0 %"]
    assert not table.isna().any().any()


def test_a_retrying_client_shows_as_the_worst_percent():
    # one script fails 900 times, 20 people once each
    coverage = covered([(1_000, 100, 1), (10, 9, 20), (10, 10, 79)])
    one, ten = coverage.overall.worst
    assert (one.n_users, ten.n_users) == (1, 10)
    assert one.bad_event_share == 900 / 920
    assert one.valid_event_share == 1_000 / 1_990
    assert ten.bad_event_share == 909 / 920
    assert ten.valid_event_share == (1_000 + 9 * 10) / 1_990
    assert "the worst 1 % of users had 97.8 % of all bad orders and 50 % of all orders" in coverage.sentences[-1]
    assert "look for scripts" in coverage.sentences[-1]


def test_of_equally_bad_users_those_among_the_worst_have_average_traffic():
    one, _ = covered([(4, 3, 10), (8, 7, 10), (1, 1, 80)]).overall.worst
    assert one.n_users == 1
    assert one.valid_event_share == pytest.approx(6 / 200)


def test_when_few_were_hit_at_all_the_sentence_says_how_many():
    coverage = covered([(1, 0, 3), (1, 1, 997)])
    assert [worst.n_users for worst in coverage.overall.worst] == [3, 3]
    assert "all 3 bad orders fell on 3 users (0.3 %) with 0.3 % of all orders" in coverage.sentences[-1]
    assert "scripts" not in coverage.sentences[-1]


def test_without_a_bad_event_nothing_is_hidden():
    coverage = covered([(3, 3, 500)])
    assert coverage.overall.worst == ()
    assert coverage.sentences[-1] == "The success ratio, 100 % of 1,500 orders, hides nothing here: none was bad."


def test_the_sentence_says_when_one_bad_event_is_enough_to_fall_below():
    assert "With fewer than 20 orders, as every user had, a single bad one is enough" in covered([(19, 19, 200)]).sentences[1]
    assert not any("enough" in sentence for sentence in covered([(20, 20, 200)]).sentences)


def test_a_window_covered_in_part_is_told_and_left_out_of_the_sums():
    groups = [(1, 1, 200, WINDOW), (1, 0, 300, NEXT_WINDOW)]
    coverage = covered(groups, last="2026-04-26T23:59:00Z")
    assert [window.n_users for window in coverage.windows] == [200, 300]
    assert [window.is_complete for window in coverage.windows] == [True, False]
    assert coverage.overall.n_users == 200
    (partial,) = coverage.findings
    assert (partial.code, partial.severity, partial.count) == ("user-window-partial", "note", 1)
    assert "the 28 days from 13 April 2026 (data for 14.0 of 28 days)" in partial.message


def test_without_a_complete_window_the_fullest_is_shown_with_a_warning():
    groups = [(1, 1, 200, WINDOW), (1, 0, 300, NEXT_WINDOW)]
    coverage = covered(groups, first="2026-04-06T00:00:00Z", last="2026-04-26T23:59:00Z")
    assert coverage.overall is None
    assert "Of 300 users in the 28 days from 13 April 2026 (data for 14.0 of 28 days)" in coverage.sentences[0]
    assert coverage.findings[0].severity == "warning"


def test_complete_windows_are_added_up_and_users_of_both_count_twice():
    coverage = covered([(1, 1, 200, WINDOW), (1, 0, 300, NEXT_WINDOW)])
    assert (coverage.overall.n_windows, coverage.overall.n_users, coverage.overall.no_bad_share) == (2, 500, 0.4)
    assert coverage.sentences[0].startswith("Of 500 users in 2 windows of 28 days from 16 March 2026 on, counted anew in each, 200 (40 %)")
    assert coverage.findings == ()


def test_a_silence_of_days_in_the_middle_makes_a_window_partial():
    history = history_of([(1, 1, 200)])
    minutes = pd.date_range("2026-03-16", "2026-05-10 23:59", freq="min")
    silent = (minutes >= pd.Timestamp("2026-03-20")) & (minutes < pd.Timestamp("2026-03-23"))
    rows = pd.DataFrame({"source": "log", "minute": minutes[~silent], "n_rows": 5})
    (window,) = cover_users(replace(history, rows=as_table("rows", [rows])), "buy", target=Decimal("0.95")).windows
    assert window.covered_days == pytest.approx(25)
    assert not window.is_complete


def test_without_users_a_finding_says_how_to_map_them():
    coverage = covered([], n_without_user=50)
    (found,) = coverage.findings
    assert found.code == "no-user"
    assert "columns: {user: customer_id}" in found.hint
    assert coverage.sentences == (f"{found.message}: {found.hint}.",)
    assert (coverage.windows, coverage.overall, coverage.shown) == ((), None, None)
    assert coverage.table.empty


def test_users_left_out_by_a_merge_are_not_blamed_on_the_columns():
    split = Finding("users-split", "1 user windows lie in more than one part", severity="note")
    (found,) = covered([], n_without_user=50, findings=[split]).findings
    assert "columns" not in found.hint
    assert "together" in found.hint


def test_without_valid_events_the_predicate_is_questioned():
    assert codes(covered([])) == ["nothing-valid"]


def test_fewer_than_a_hundred_users_are_too_few_to_speak_of():
    coverage = covered([(1, 1, 90), (1, 0, 9)])
    assert codes(coverage) == ["users-too-few"]
    assert coverage.sentences[0].startswith("99 users are too few to speak of users")
    assert coverage.table.empty
    assert codes(covered([(1, 1, 91), (1, 0, 9)])) == []


def test_an_address_is_no_person():
    history = history_of([(1, 1, 200)])
    (found,) = cover_users(history, "buy", target=Decimal("0.95"), user_kind="address").findings
    assert found.code == "user-is-address"
    assert "not a person" in found.message
    assert cover_users(history, "buy", target=Decimal("0.95"), user_kind="account").findings == ()


def test_events_without_a_user_are_told_and_many_of_them_warn():
    few, many = (covered([(1, 1, 200)], n_without_user=n).findings[0] for n in (10, 100))
    assert (few.code, few.severity, few.count) == ("event-without-user", "note", 10)
    assert "10 valid events of 210" in few.message
    assert many.severity == "warning"


@pytest.mark.parametrize("target", [Decimal(0), Decimal(1), Decimal("99.5"), 0.995])
def test_a_target_that_is_no_exact_share_is_refused(target):
    with pytest.raises(UnusableValue, match="Decimal between 0 and 1"):
        cover_users(history_of([(1, 1, 200)]), "buy", target=target)


def test_a_threshold_that_was_not_counted_is_refused():
    with pytest.raises(UnusableValue, match="choose one of them"):
        cover_users(history_of([(1, 1, 200)], thresholds_ms=(300.0,)), "buy", target=Decimal("0.95"))
    with pytest.raises(KeyError, match="sell"):
        cover_users(history_of([(1, 1, 200)]), "sell", target=Decimal("0.95"))


some_users = st.lists(
    st.integers(1, 300).flatmap(lambda valid: st.tuples(st.just(valid), st.integers(0, valid), st.integers(1, 60))), min_size=1, max_size=15
)
targets = st.integers(1, 9_999).map(lambda number: Decimal(number).scaleb(-4))


@given(some_users, targets)
def test_shares_add_up(groups, target):
    found = covered(groups, target=str(target)).overall
    classes = found.by_activity
    assert found.at_target_share + found.below_target_share == pytest.approx(1)
    assert found.no_bad_share <= found.at_target_share
    assert classes["user_share"].sum() == pytest.approx(1)
    assert classes["valid_event_share"].sum() == pytest.approx(1)
    assert classes["bad_event_share"].sum() == pytest.approx(1 if found.n_bad else 0)
    assert (classes["n_at_target"] + classes["n_below"]).tolist() == classes["n_users"].tolist()


@given(some_users, targets, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_grouping_do_not_matter(groups, target, random):
    singles = [(valid, good, 1) for valid, good, n_users in groups for _ in range(n_users)]
    random.shuffle(singles)
    one, other = (covered(rows, target=str(target)) for rows in (groups, singles))
    assert one.sentences == other.sentences
    pd.testing.assert_frame_equal(one.overall.by_activity, other.overall.by_activity)
    for mine, theirs in zip(one.overall.worst, other.overall.worst, strict=True):
        assert (mine.n_users, mine.bad_event_share) == (theirs.n_users, theirs.bad_event_share)
        assert mine.valid_event_share == pytest.approx(theirs.valid_event_share)


@given(some_users, targets, targets)
def test_a_higher_target_never_finds_more_users_at_or_above_it(groups, one, other):
    low, high = sorted([one, other])
    assert covered(groups, target=str(high)).overall.at_target_share <= covered(groups, target=str(low)).overall.at_target_share


@given(some_users)
def test_the_worst_users_have_at_least_their_part_of_the_bad_events(groups):
    found = covered(groups).overall
    for worst in found.worst:
        assert 0 < worst.bad_event_share <= 1
        assert worst.bad_event_share >= worst.n_users / found.n_users - 1e-12
        assert 0 < worst.valid_event_share <= 1 + 1e-12


# Known truth: orders of the worked example counted from its request rows, one user at a time, with pandas.
def orders_of_stagedoor():
    from tests.conftest import STAGEDOOR

    rows = pd.read_parquet(STAGEDOOR / "requests.parquet")
    people = rows[(rows["route"] == "/orders") & (rows["method"] == "POST") & rows["client"].isin(["web", "app"]) & rows["user"].notna()]
    times = people["time"].dt.tz_convert(None)
    inside = people[(times >= WINDOW) & (times < NEXT_WINDOW)]
    good = (inside["status"] < 499) & (inside["status"] != 429)
    return good.groupby(inside["user"]).agg(["size", "sum"])


def test_the_worked_example_agrees_with_a_count_from_its_requests(stagedoor_history):
    target = Decimal("0.995")
    found = cover_users(stagedoor_history, "buy-availability", target=target, event="order").overall
    truth = orders_of_stagedoor()
    bad = truth["size"] - truth["sum"]
    assert (found.n_users, found.n_valid, found.n_bad) == (len(truth), truth["size"].sum(), bad.sum())
    assert found.no_bad_share == (bad == 0).mean()
    assert found.below_target_share == np.mean([Decimal(int(good)) / int(valid) < target for valid, good in truth.to_numpy()])
    worst = bad.sort_values(ascending=False)
    n_worst = -(-len(truth) // 100)
    assert found.worst[0].bad_event_share == worst.iloc[:n_worst].sum() / bad.sum()


def test_each_objective_of_the_worked_example_over_users_can_be_told(stagedoor_history, stagedoor_workbook):
    told = {}
    for objective in stagedoor_workbook.objectives:
        query = stagedoor_history.query(objective.indicator)
        for threshold in query.thresholds_ms or (None,):
            coverage = cover_users(stagedoor_history, objective.indicator, threshold_ms=threshold, target=Decimal("0.99"))
            told[objective.indicator] = bool(coverage.overall)
            assert "nan" not in " ".join(coverage.sentences).lower()
            assert coverage.sentences
    assert told["buy-availability"]
    assert all(is_told == (not indicator.startswith("settlement")) for indicator, is_told in told.items())


def test_the_worked_example_says_its_first_window_is_half_covered(stagedoor_history):
    coverage = cover_users(stagedoor_history, "buy-availability", target=Decimal("0.995"))
    assert [round(window.covered_days, 2) for window in coverage.windows] == [14.0, 27.88, 14.0]
    assert coverage.overall.n_windows == 1
    assert codes(coverage) == ["user-window-partial"]
