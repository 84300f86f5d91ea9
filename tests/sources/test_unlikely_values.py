"""One odd value costs its own row and nothing else: not the file, not the memory of the machine."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.history.test_reduce import reduced

GOOD = "2026-03-01T10:00:00Z"


def refused(path, **options):
    with connect_engine() as engine:
        table = open_source(engine, SourceRequest(path, **options))
        assert table.n_rows_read == table.n_rows_used + table.n_rows_refused + table.n_rows_left_out
        return {refusal.reason: refusal.n_rows for refusal in table.refusals}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("status", "nan", "status-unreadable"), ("status", "inf", "status-unreadable"), ("status", "200.4", "status-unreadable"),
        ("status", "12345678901234567890", "status-unreadable"), ("weight", "0.7", "weight-unreadable"), ("weight", "0", "weight-not-positive"),
        ("weight", "1e30", "weight-unreadable"), ("weight", "4611686018427387904", "weight-not-positive"), ("value", "1e30", "value-unlikely"),
        ("value", "nan", "value-unlikely"), ("value", "-inf", "value-unlikely"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_meant_refuses_its_row(tmp_path, column, value, reason):
    ordinary = {"status": "200", "weight": "1", "value": "9.5"}[column]
    (tmp_path / "r.csv").write_text(f"time,{column}\n{GOOD},{ordinary}\n{GOOD},{value}\n")
    assert refused(tmp_path / "r.csv") == {reason: 1}


@pytest.mark.parametrize("time", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"])
def test_a_time_outside_two_centuries_refuses_its_row(tmp_path, time):
    (tmp_path / "r.csv").write_text(f"time,status\n{GOOD},200\n{time},200\n")
    assert refused(tmp_path / "r.csv") == {"time-unlikely": 1}
    (tmp_path / "n.csv").write_text(f"time,status\n2026-03-01T10:00:00,200\n{time[:-1]},200\n")
    assert refused(tmp_path / "n.csv", time_zone="America/New_York") in ({"time-unlikely": 1}, {})


@pytest.mark.parametrize("odd", [9.2e18, float("nan"), float("inf"), -5.0])
def test_an_epoch_that_cannot_be_meant_refuses_its_row(tmp_path, odd):
    pq.write_table(pa.table({"time": [1_772_359_200.0, 1_772_359_201.5, odd]}), tmp_path / "r.parquet")
    assert refused(tmp_path / "r.parquet") == {"time-unlikely": 1}


def test_days_written_as_one_number_are_not_taken_for_seconds(tmp_path):
    (tmp_path / "r.csv").write_text("day,valid,good\n20260301,10,9\n20260302,10,9\n")
    with pytest.raises(FindingsError, match="20260301"):
        refused(tmp_path / "r.csv")


@pytest.mark.parametrize("zone", ["UTC", "GMT", "Europe/Berlin", "+01:00:30"])
def test_a_time_that_carries_its_zone_is_not_shifted_again(tmp_path, zone):
    (tmp_path / "r.csv").write_text(f"time,status\n2026-03-01 10:00:00 {zone},200\n".replace(" +", "+"))
    with connect_engine() as engine:
        alone = open_source(engine, SourceRequest(tmp_path / "r.csv"))
        given = open_source(engine, SourceRequest(tmp_path / "r.csv", time_zone="America/New_York"))
    assert alone.first_time == given.first_time


@pytest.mark.parametrize("count", ["1e30", "9223372036854775807", "nan", "inf"])
def test_a_count_that_cannot_be_meant_refuses_its_row(tmp_path, count):
    (tmp_path / "c.csv").write_text(f"day,valid,good\n2026-03-01,10,9\n2026-03-02,{count},{count}\n")
    history = reduced(tmp_path / "c.csv", IndicatorQuery("c", "requests", "valid", "good"))
    assert history.provenance.sources[0].refused == {"count-too-large": 1}
    assert history.series_of("c")["valid"].tolist() == [10]


@pytest.mark.parametrize(
    "option", [{"where": "true"}, {"columns": {"latency_ms": "true"}}, {"columns": {"time": "5"}}, {"columns": {"latency_ms": "null"}}]
)
def test_an_expression_without_a_column_is_a_finding_or_means_all_rows(tmp_path, option):
    (tmp_path / "r.csv").write_text(f"time,status\n{GOOD},200\n")
    if "where" in option:
        assert refused(tmp_path / "r.csv", **option) == {}
    else:
        with pytest.raises(FindingsError, match="names no column"):
            refused(tmp_path / "r.csv", **option)


@pytest.mark.parametrize(
    "name", ["refused_because", "row_as_text", "code", "minute", "outcome", "cents", "block", "n_rows", "valid_0", "because"]
)
def test_a_column_may_have_any_name_of_ours(tmp_path, name):
    (tmp_path / "r.csv").write_text(f"time,{name},user,value,latency_ms\n{GOOD},7,u,1.5,3\n")
    history = reduced(tmp_path / "r.csv", IndicatorQuery("a", "requests", f"{name} = 7", "true", (5.0,)))
    assert history.series_of("a", 5.0)["good"].tolist() == [1]


def test_a_file_whose_name_is_a_pattern_is_refused_and_not_read_as_one(tmp_path):
    for name in ("x1.csv", "x2.csv", "x[12].csv"):
        (tmp_path / name).write_text(f"time,status\n{GOOD},200\n")
    with pytest.raises(FindingsError, match="source-name-odd"):
        refused(tmp_path / "x[12].csv")


@pytest.mark.parametrize("pattern", ["s*.csv", "[s]ecret.csv", "secret.csv"])
def test_a_link_out_of_the_workbooks_folder_is_refused_behind_a_pattern_too(tmp_path, pattern):
    (tmp_path / "outside.csv").write_text(f"time,status\n{GOOD},200\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "secret.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(FindingsError, match="path-outside"):
        refused(tmp_path / "book" / pattern, inside=tmp_path / "book")


def test_whole_numbers_of_any_size_in_json_are_not_lost(tmp_path):
    rows = [{"time": GOOD, "user": 18446744073709551615, "status": 200}, {"time": GOOD, "user": 7, "status": 500}]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with connect_engine() as engine:
        table = open_source(engine, SourceRequest(tmp_path / "r.jsonl")).table
        assert sorted(table["user"].to_pyarrow().to_pylist()) == ["18446744073709551615", "7"]
        assert sorted(table["status"].to_pyarrow().to_pylist()) == [200, 500]
