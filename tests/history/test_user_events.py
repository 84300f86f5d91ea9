"""Each user's valid events are read one by one from any source, and nothing else is."""

import pandas as pd
import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.history import user_events
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.user_events import read_user_events
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

ROWS = """time,route,status,latency_ms,user,value
2026-03-02T00:00:00Z,/a,200,50,ann,
2026-03-02T00:01:00Z,/a,500,50,ann,1.005
2026-03-02T00:02:00Z,/a,200,500,bob,12.34
2026-03-02T00:03:00Z,/a,200,,bob,
2026-03-02T00:04:00Z,/b,200,50,ann,
2026-03-02T00:05:00Z,/a,200,50,,
"""


def read(tmp_path, text=ROWS, thresholds_ms=()):
    (tmp_path / "r.csv").write_text(text)
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(tmp_path / "r.csv"))
        return read_user_events(source, IndicatorQuery("x", "requests", "route = '/a'", "status < 500", thresholds_ms))


def test_valid_events_with_a_user_come_with_outcome_and_cents(tmp_path):
    events = read(tmp_path).sort_values("time")
    assert events["user"].tolist() == ["ann", "ann", "bob", "bob"]
    assert events["is_good"].tolist() == [True, False, True, True]
    assert events["value_cents"].tolist()[2] == 1_234
    assert events["time"].iloc[0] == pd.Timestamp("2026-03-02")


def test_with_a_threshold_slow_events_and_those_of_unknown_latency_are_bad(tmp_path):
    assert read(tmp_path, thresholds_ms=(100.0,)).sort_values("time")["is_good"].tolist() == [True, False, False, False]


def test_requests_without_a_user_and_too_many_of_them_are_findings(tmp_path, monkeypatch):
    with pytest.raises(FindingsError, match="user-column-missing"):
        read(tmp_path, "time,route,status\n2026-03-02T00:00:00Z,/a,200\n")
    monkeypatch.setattr(user_events, "MOST_EVENTS", 3)
    with pytest.raises(FindingsError, match="too-many-events"):
        read(tmp_path)
