"""The steps of a journey are read in one scan, each event with its user, if any, and its outcome."""

from dataclasses import replace

import pandas as pd
import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history import journey_events
from slo_workbench.history.from_workbook import query_of
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.journey_events import read_journey_events
from slo_workbench.history.user_events import read_user_events
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.conftest import STAGEDOOR

ROWS = """time,route,status,latency_ms,user
2026-03-02T00:00:00Z,/list,200,50,ann
2026-03-02T00:01:00Z,/list,500,50,ann
2026-03-02T00:02:00Z,/buy,200,500,ann
2026-03-02T00:03:00Z,/buy,200,,bob
2026-03-02T00:04:00Z,/health,200,50,bob
2026-03-02T00:05:00Z,/list,200,50,
"""
LIST = IndicatorQuery("list", "requests", "route = '/list'", "status < 500")
BUY = IndicatorQuery("buy", "requests", "route = '/buy'", "status < 500", (100.0,))
ALL = IndicatorQuery("all", "requests", "route <> '/health'", "true")


def read(tmp_path, *queries, text=ROWS, columns=None):
    (tmp_path / "r.csv").write_text(text)
    with connect_engine() as engine:
        return read_journey_events(open_source(engine, SourceRequest(tmp_path / "r.csv", columns=columns or {})), queries)


def rows_of(events):
    chosen = events.sort_values(["step", "time"])
    users = [None if pd.isna(user) else user for user in chosen["user"]]
    return list(zip(users, chosen["step"], chosen["is_good"], strict=True))


def test_each_valid_event_comes_with_user_step_and_outcome(tmp_path):
    events = read(tmp_path, LIST, BUY)
    assert rows_of(events) == [
        ("ann", "list", True),
        ("ann", "list", False),
        (None, "list", True),
        ("ann", "buy", False),
        ("bob", "buy", False),
    ]
    assert str(events["time"].dtype) == "datetime64[us]"
    assert events["time"].min() == pd.Timestamp("2026-03-02")


def test_steps_stay_in_the_order_they_were_asked_in_even_without_an_event(tmp_path):
    nobody = IndicatorQuery("nobody", "requests", "route = '/nowhere'", "true")
    assert list(read(tmp_path, BUY, nobody, LIST)["step"].cat.categories) == ["buy", "nobody", "list"]


def test_a_request_that_is_valid_for_two_steps_is_an_event_of_both(tmp_path):
    events = read(tmp_path, LIST, ALL)
    assert events["step"].value_counts().to_dict() == {"all": 5, "list": 3}


def test_the_worked_example_has_the_same_events_as_each_step_read_alone(stagedoor_workbook):
    queries = [
        query_of(one)
        for one in stagedoor_workbook.indicators
        if one.id in ("browse-availability", "seats-availability", "buy-availability")
    ]
    with connect_engine() as engine:
        source = open_source(
            engine, SourceRequest(STAGEDOOR / "requests.parquet", columns=dict(stagedoor_workbook.sources["requests"].columns))
        )
        events = read_journey_events(source, queries)
        alone = {query.id: read_user_events(source, query) for query in queries}
    with_user = events[events["user"].notna()]
    for step, single in alone.items():
        mine = with_user[with_user["step"] == step]
        assert (len(mine), int(mine["is_good"].sum())) == (len(single), int(single["is_good"].sum()))
    assert sum(map(len, alone.values())) > 100_000


def test_what_cannot_be_read_one_by_one_is_one_finding_each(tmp_path, monkeypatch):
    with pytest.raises(FindingsError, match="user-column-missing"):
        read(tmp_path, LIST, text="time,route,status\n2026-03-02T00:00:00Z,/list,200\n")
    with pytest.raises(FindingsError, match="rows-are-samples"):
        read(tmp_path, LIST, text="time,route,status,user,weight\n2026-03-02T00:00:00Z,/list,200,ann,3\n")
    with pytest.raises(FindingsError) as caught:
        read(tmp_path, IndicatorQuery("a", "r", "nope = 1", "true"), IndicatorQuery("n", "r", "latency_ms", "latency_ms"))
    assert [finding.where.split(".")[0] for finding in caught.value.findings] == ["a", "n"]
    monkeypatch.setattr(journey_events, "MOST_EVENTS", 3)
    with pytest.raises(FindingsError, match="too-many-events"):
        read(tmp_path, LIST, BUY)


def test_a_step_with_several_thresholds_is_refused_as_nobody_would_know_which_one_it_means(tmp_path):
    with pytest.raises(UnusableValue, match="buy has several"):
        read(tmp_path, LIST, replace(BUY, thresholds_ms=(100.0, 500.0)))


def test_a_journey_without_steps_or_with_one_named_twice_is_refused(tmp_path):
    for queries in ((), (LIST, LIST)):
        with pytest.raises(UnusableValue, match="each is named once"):
            read(tmp_path, *queries)
