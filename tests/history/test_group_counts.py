"""Events are counted by a column in the engine, and agree with a plain count of the rows."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history.from_workbook import query_of
from slo_workbench.history.group_counts import count_by_column
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.conftest import STAGEDOOR

ROWS = """time,route,status,latency_ms,Host name
2026-03-02T00:00:00Z,/list,200,50,a
2026-03-02T00:01:00Z,/list,500,50,a
2026-03-02T00:02:00Z,/buy,500,500,b
2026-03-02T00:03:00Z,/buy,500,700,
2026-03-02T00:04:00Z,/health,500,50,b
2026-03-02T00:05:00Z,/list,200,,
"""
ALL = IndicatorQuery("all", "requests", "route <> '/health'", "status < 500")
QUICK = IndicatorQuery("quick", "requests", "route <> '/health'", "status < 500", (100.0,))


def count(engine, tmp_path, query, column, *, text=ROWS, as_parquet=False, **more):
    path = tmp_path / "r.csv"
    path.write_text(text)
    if as_parquet:
        pd.read_csv(path, parse_dates=["time"]).to_parquet(path := tmp_path / "r.parquet")
    return count_by_column(open_source(engine, SourceRequest(path)), query, column, **more)


def rows_of(frame):
    return [tuple(row) for row in frame[["group", "valid", "good", "n_groups"]].itertuples(index=False)]


@pytest.mark.parametrize("as_parquet", [False, True])
def test_valid_and_good_events_are_counted_by_group_worst_first(engine, tmp_path, as_parquet):
    found = count(engine, tmp_path, ALL, "route", as_parquet=as_parquet)
    assert rows_of(found) == [("/buy", 2, 0, 1), ("/list", 3, 2, 1)]
    assert [str(found[name].dtype) for name in ("valid", "good")] == ["int64", "int64"]


@pytest.mark.parametrize("as_parquet", [False, True])
def test_rows_without_a_value_are_a_group_of_their_own(engine, tmp_path, as_parquet):
    found = count(engine, tmp_path, ALL, "host NAME", as_parquet=as_parquet)
    assert sorted(rows_of(found), key=str) == [("a", 2, 1, 1), ("b", 1, 0, 1), (None, 2, 1, 1)]


def test_within_a_threshold_an_unknown_latency_is_not_good(engine, tmp_path):
    assert rows_of(count(engine, tmp_path, QUICK, "route")) == [("/list", 3, 1, 1), ("/buy", 2, 0, 1)]


def test_other_groups_are_one_row_and_a_single_other_is_shown(engine, tmp_path):
    text = "time,route,status\n" + "".join(
        f"2026-03-02T00:{minute:02}:00Z,/{route},{500 if minute < 6 - route else 200}\n" for route in range(5) for minute in range(10)
    )
    found = count(engine, tmp_path, ALL, "route", text=text, most_groups=2)
    assert rows_of(found) == [("/0", 10, 4, 1), ("/1", 10, 5, 1), (None, 30, 21, 3)]
    assert len(count(engine, tmp_path, ALL, "route", text=text, most_groups=4)) == 5


def test_a_row_that_stands_for_several_requests_counts_as_several(engine, tmp_path):
    text = "time,route,status,weight\n2026-03-02T00:00:00Z,/a,200,10\n2026-03-02T00:01:00Z,/a,500,3\n"
    assert rows_of(count(engine, tmp_path, ALL, "route", text=text)) == [("/a", 13, 10, 1)]


def test_counts_that_were_given_are_added_up_and_impossible_ones_left_out(engine, tmp_path):
    text = "time,region,n,ok\n2026-03-02T00:00:00Z,eu,10,9\n2026-03-02T01:00:00Z,eu,10,11\n2026-03-02T02:00:00Z,us,5,5\n"
    given_counts = IndicatorQuery("given", "requests", "n", "ok")
    assert rows_of(count(engine, tmp_path, given_counts, "region", text=text)) == [("eu", 10, 9, 1), ("us", 5, 5, 1)]


def test_groups_of_numbers_stay_numbers_and_a_condition_may_be_a_literal(engine, tmp_path):
    found = count(engine, tmp_path, IndicatorQuery("any", "requests", "true", "status < 500"), "status")
    assert rows_of(found) == [(500, 4, 0, 1), (200, 2, 2, 1)]


def test_nothing_valid_gives_no_row(engine, tmp_path):
    found = count(engine, tmp_path, IndicatorQuery("none", "requests", "route = '/nowhere'", "true"), "route")
    assert rows_of(found) == []


def test_an_unknown_column_is_named_with_the_nearest(engine, tmp_path):
    with pytest.raises(FindingsError, match="did you mean 'route'") as caught:
        count(engine, tmp_path, ALL, "roote")
    assert caught.value.findings[0].code == "unknown-column"
    with pytest.raises(FindingsError, match="unknown column 'nope'"):
        count(engine, tmp_path, IndicatorQuery("x", "requests", "nope = 1", "true"), "route")


def test_what_cannot_be_asked_is_refused(engine, tmp_path):
    with pytest.raises(UnusableValue, match="at least one group"):
        count(engine, tmp_path, ALL, "route", most_groups=0)
    with pytest.raises(UnusableValue, match="has several, so choose one"):
        count(engine, tmp_path, IndicatorQuery("x", "requests", "true", "true", (1.0, 2.0)), "route")


EVENTS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.booleans()), min_size=1, max_size=40)


@given(EVENTS, st.integers(1, 6))
def test_counts_agree_with_a_plain_count_and_add_up(tmp_path, events, most_groups):
    text = "time,client,status\n2026-03-02T00:00:00Z,e,200\n" + "".join(
        f"2026-03-02T00:00:00Z,{client or ''},{500 if is_bad else 200}\n" for client, is_bad in events
    )
    with connect_engine() as engine:
        found = count(
            engine, tmp_path, IndicatorQuery("any", "requests", "true", "status < 500"), "client", text=text, most_groups=most_groups
        )
    valid = Counter(["e", *(client for client, _ in events)])
    bad = Counter(client for client, is_bad in events if is_bad)
    assert found["valid"].sum() == valid.total()
    assert (found["valid"] - found["good"]).sum() == bad.total()
    assert found["n_groups"].sum() == len(valid)
    for group, n_valid, n_good, n_groups in rows_of(found):
        if n_groups == 1:
            assert (n_valid, n_good) == (valid[group], valid[group] - bad[group])


def test_the_worked_examples_bad_seat_requests_are_mostly_holds(engine, stagedoor_workbook):
    columns = dict(stagedoor_workbook.sources["requests"].columns)
    source = open_source(engine, SourceRequest(STAGEDOOR / "requests.parquet", columns=columns))
    found = count_by_column(source, query_of(stagedoor_workbook.indicator("seats-availability")), "route")
    assert rows_of(found) == [("/holds", 38_304, 38_012, 1), ("/seatmap/{id}", 87_648, 87_505, 1)]
