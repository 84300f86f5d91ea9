"""Counts equal a hand count, a pandas count and a DuckDB count, to the last unit."""

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.latency_buckets import lower_edge_ms, upper_edge_ms
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

START = datetime(2026, 3, 2)


def reduced(path, *queries, **options):
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(path, **options))
        return reduce_requests({"requests": source}, queries)


def codes_of(path, *queries):
    with pytest.raises(FindingsError) as caught:
        reduced(path, *queries)
    return [(finding.code, finding.where) for finding in caught.value.findings]


def write_requests(path, rows):
    columns = {name: [row.get(name) for row in rows] for name in ("time", "route", "status", "latency_ms", "user", "value", "weight")}
    types = {
        "time": pa.timestamp("us", "UTC"),
        "status": pa.int64(),
        "latency_ms": pa.float64(),
        "value": pa.float64(),
        "weight": pa.int64(),
    }
    pq.write_table(pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()}), path)
    return path


def request(second, **columns):
    return {
        "time": START + timedelta(seconds=second),
        "route": "/a",
        "status": 200,
        "latency_ms": 10.0,
        "user": "u",
        "value": None,
        "weight": 1,
        **columns,
    }


def test_eight_requests_counted_by_hand(tmp_path):
    path = write_requests(
        tmp_path / "r.parquet",
        [
            request(0), request(59, status=500), request(60, latency_ms=100.0), request(61, latency_ms=100.1), request(62, latency_ms=None),
            request(63, route="/b"), request(64, status=None), request(3600, status=503, latency_ms=1.0),
        ],
    )  # fmt: skip
    history = reduced(
        path, IndicatorQuery("a", "requests", "route = '/a'", "status < 500", (100.0,)), IndicatorQuery("all", "requests", "true", "true")
    )
    slow = history.series_of("a", 100.0)
    assert slow["minute"].tolist() == [pd.Timestamp("2026-03-02 00:00"), pd.Timestamp("2026-03-02 00:01"), pd.Timestamp("2026-03-02 01:00")]
    assert slow["valid"].tolist() == [2, 4, 1]
    # exactly at the threshold is in time; a failed, an unknown latency and an unknown status are not good
    assert slow["good"].tolist() == [1, 1, 0]
    assert history.series_of("all")["valid"].sum() == 8
    assert history.rows["n_rows"].tolist() == [2, 5, 1]
    # latency holds otherwise good requests with a known latency, fast failures never
    assert int(history.latency.query("indicator == 'a'")["n_requests"].sum()) == 3


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "second": st.integers(0, 3 * 86_400),
            "route": st.sampled_from(["/a", "/b", None]),
            "status": st.sampled_from([200, 404, 429, 500, None]),
            "latency_ms": st.one_of(st.none(), st.floats(0.01, 1e5), st.sampled_from([100.0, 0.0])),
            "user": st.sampled_from(["u1", "u2", "u3", None]),
            "value": st.one_of(st.none(), st.integers(0, 10_000).map(lambda cents: cents / 100)),
            "weight": st.integers(1, 5),
        }
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=15)
@given(ROWS)
def test_counts_equal_those_of_pandas_and_duckdb_to_the_last_unit(tmp_path_factory, rows):
    rows = [request(row.pop("second"), **row) for row in [dict(row) for row in rows]]
    path = write_requests(tmp_path_factory.mktemp("requests") / "r.parquet", rows)
    history = reduced(
        path, IndicatorQuery("one", "requests", "route = '/a' or status = 404", "status < 500 and status <> 429", (100.0, 1000.0))
    )

    frame = pd.DataFrame(rows)
    valid = (frame["route"] == "/a") | (frame["status"] == 404)
    succeeded = valid & (frame["status"] < 500) & (frame["status"] != 429)
    for threshold in (100.0, 1000.0):
        good = succeeded & (frame["latency_ms"] <= threshold)
        series = history.series_of("one", threshold)
        assert series["valid"].sum() == frame["weight"][valid].sum()
        assert series["good"].sum() == frame["weight"][good].sum()
        cents = (frame["value"].fillna(0) * 100).round().astype(int) * frame["weight"]
        money = history.value[np.isclose(history.value["threshold_ms"], threshold)]
        assert money[money["is_good"]]["value_cents"].sum() == cents[good].sum()
        assert money[~money["is_good"]]["value_cents"].sum() == cents[valid & ~good].sum()
        users = history.users[np.isclose(history.users["threshold_ms"], threshold)]
        by_user = frame.assign(valid=valid * frame["weight"], good=good * frame["weight"])[valid & frame["user"].notna()].groupby("user")
        expected = by_user[["valid", "good"]].sum().value_counts().sort_index()
        assert users.groupby(["valid", "good"])["n_users"].sum().to_dict() == expected.to_dict()

    plain = duckdb.connect().execute(
        f"SELECT date_trunc('minute', time AT TIME ZONE 'UTC') AS minute, sum(weight)::BIGINT AS valid FROM '{path}' "
        "WHERE route = '/a' OR status = 404 GROUP BY ALL ORDER BY ALL"
    ).fetchall()  # fmt: skip
    series = history.series_of("one", 100.0)
    assert list(zip(series["minute"].dt.to_pydatetime(), series["valid"], strict=True)) == plain


@settings(max_examples=15)
@given(ROWS)
def test_good_never_exceeds_valid_and_a_looser_threshold_never_lowers_it(tmp_path_factory, rows):
    rows = [request(row.pop("second"), **row) for row in [dict(row) for row in rows]]
    path = write_requests(tmp_path_factory.mktemp("requests") / "r.parquet", rows)
    history = reduced(path, IndicatorQuery("one", "requests", "true", "status < 500", (1.0, 100.0, 1e9)))
    tight, middle, loose = (history.series_of("one", threshold) for threshold in (1.0, 100.0, 1e9))
    assert (tight["good"] <= middle["good"]).all()
    assert (middle["good"] <= loose["good"]).all()
    assert (loose["good"] <= loose["valid"]).all()


@settings(max_examples=15)
@given(st.lists(st.floats(0.001, 600_000), min_size=1, max_size=40))
def test_a_bucket_encloses_the_true_latency_within_one_percent(tmp_path_factory, latencies):
    path = write_requests(tmp_path_factory.mktemp("requests") / "r.parquet", [request(0, latency_ms=value) for value in sorted(latencies)])
    history = reduced(path, IndicatorQuery("one", "requests", "true", "true", (1.0,)))
    buckets = np.repeat(history.latency["bucket"], history.latency["n_requests"]).to_numpy()
    assert len(buckets) == len(latencies)
    assert (lower_edge_ms(buckets) <= np.sort(latencies) * (1 + 1e-9)).all()
    assert (np.sort(latencies) <= upper_edge_ms(buckets) * (1 + 1e-9)).all()
    assert np.allclose(upper_edge_ms(buckets) / lower_edge_ms(buckets), 1.01)


def test_files_of_counts_are_added_up_as_they_are(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("day,valid,good\n2026-03-01,100,99\n2026-03-02,200,200\n")
    history = reduced(path, IndicatorQuery("c", "requests", "valid", "good"))
    assert history.series_of("c")["valid"].tolist() == [100, 200]
    assert history.provenance.sources[0].resolution_minutes == 1440
    assert history.findings == ()


def test_impossible_counts_are_refused_row_by_row(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text(
        "time,valid,good\n"
        + "".join(f"2026-03-01T0{n}:00:00Z,{pair}\n" for n, pair in enumerate(["10,9", "5,6", "-1,-2", ",3", "4.5,4", "0,0"]))
    )
    history = reduced(path, IndicatorQuery("c", "requests", "valid", "good"))
    source = history.provenance.sources[0]
    assert source.refused == {"count-missing": 1, "count-negative": 1, "count-not-whole": 1, "good-exceeds-valid": 1}
    assert source.n_rows_read == source.n_rows_used + source.n_rows_refused == 6
    assert history.series_of("c")["valid"].sum() == 10


def test_counts_of_one_time_given_twice_are_added_up_and_said_aloud(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("day,valid,good\n2026-03-01,100,99\n2026-03-01,200,200\n")
    history = reduced(path, IndicatorQuery("c", "requests", "valid", "good"))
    assert history.series_of("c")["valid"].tolist() == [300]
    assert [finding.code for finding in history.findings] == ["times-repeated"]


def test_valid_requests_without_latency_are_bad_and_reported(tmp_path):
    path = write_requests(tmp_path / "r.parquet", [request(0, latency_ms=None), request(1)])
    history = reduced(path, IndicatorQuery("a", "requests", "true", "true", (50.0,)))
    assert history.series_of("a", 50.0)["good"].sum() == 1
    assert [(finding.code, finding.count) for finding in history.findings] == [("latency-unknown", 1)]


def test_everything_wrong_with_the_indicators_is_reported_at_once(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("time,status\n2026-03-01T00:00:00Z,200\n")
    assert codes_of(
        path,
        IndicatorQuery("a", "requests", "statsu < 500", "read_csv('x')"),
        IndicatorQuery("b", "requests", "true", "true", (5.0,)),
        IndicatorQuery("c", "requests", "true", "status"),
        IndicatorQuery("d", "requests", "'x'", "true"),
    ) == [
        ("unknown-column", "a.valid"), ("predicate-refused", "a.good"), ("latency-column-missing", "b"), ("predicate-type", "c"),
        ("predicate-type", "d.valid"),
    ]  # fmt: skip


def test_an_unknown_source_is_a_finding(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("time,status\n2026-03-01T00:00:00Z,200\n")
    assert codes_of(path, IndicatorQuery("a", "logs", "true", "true")) == [("unknown-source", "a")]


def test_an_indicator_without_a_valid_row_is_a_finding_and_not_perfect(tmp_path):
    path = write_requests(tmp_path / "r.parquet", [request(0)])
    history = reduced(path, IndicatorQuery("none", "requests", "route = '/zzz'", "true"))
    assert history.series_of("none").empty
    assert [finding.code for finding in history.findings] == ["nothing-valid"]
