"""The same random requests in every engine, and Histories compared to the last unit."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slo_workbench.history.history import TABLES, IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

START = datetime(2026, 3, 2)
QUERIES = (
    IndicatorQuery("orders", "requests", "route like '/a%' or status = 404", "status < 500 and status <> 429", (10.0, 100.0, 1000.0)),
    IndicatorQuery("odd", "requests", "starts_with(route, '/a_') or latency_ms / value > 2", "status is null or abs(status - 300) < 150"),
    IndicatorQuery("all", "requests", "true", "coalesce(status, 0) between 200 and 299 and not contains(lower(route), 'b')", (250.0,)),
    IndicatorQuery("rest", "requests", "status % 2 = 0 or upper(client) in ('WEB', 'APP')", "length(route) > 2 and latency_ms is not null"),
)  # fmt: skip
TYPES = {
    "time": pa.timestamp("us", "UTC"), "route": pa.string(), "status": pa.int64(), "latency_ms": pa.float64(), "user": pa.string(),
    "value": pa.float64(), "weight": pa.int64(), "client": pa.string(),
}  # fmt: skip


TEXT = pa.table(
    {
        "time": [
            "2026-03-02T10:00:00Z", "2026-03-02 12:00:00.25+02:00", "2026-02-30 10:00:00Z", "2026-03-02T10:01:59Z", "soon", None, "2024-02-29T00:00:00Z",
            " 2026-03-02T10:02:00Z ", "1900-02-29T00:00:00Z", "2026-03-02T24:30:00Z",
        ],
        "route": ["/a"] * 10,
        "status": ["200", "500", "200", "abc", "200", "200", "404", " 200", "200", "200"],
        "latency_ms": ["12.5", "1e2", "1", "2", "3", "4", "", "-", "5", "6"],
        "user": ["u", "v"] * 5,
        "value": ["1.10", None, "3", "4", "5", "6", "7.005", "8", "9", "10"],
        "weight": ["1", "2", "1", "1", "1", "1", "1", "3", "1", "1"],
        "client": ["web"] * 10,
    }
)  # fmt: skip


def random_requests(seed, n_rows=4_000):
    """Give rows with nulls, edges, money, weights and users; the same for the same seed."""
    rng = np.random.default_rng(seed)
    latencies = np.where(
        rng.random(n_rows) < 0.3,
        rng.choice([0.0, 1.0, 10.0, 100.0, 250.0, -3.0, 1e-5, 600_000.0], n_rows),
        np.exp(rng.normal(4, 2, n_rows)),
    )

    def with_gaps(values, share=0.07):
        return [None if gone else value for value, gone in zip(list(values), rng.random(n_rows) < share, strict=True)]

    seconds = rng.integers(0, 70 * 86_400 * 1_000_000, n_rows)
    return pa.table(
        {
            "time": pa.array([START + timedelta(microseconds=int(one)) for one in seconds], TYPES["time"]),
            "route": pa.array(with_gaps(rng.choice(["/a", "/a_x", "/abx", "/b", "/Ü", ""], n_rows)), pa.string()),
            "status": pa.array(with_gaps(rng.choice([200, 201, 404, 429, 500, 503], n_rows).tolist()), pa.int64()),
            "latency_ms": pa.array(with_gaps(latencies.tolist()), pa.float64()),
            "user": pa.array(with_gaps([f"u{one}" for one in rng.geometric(0.02, n_rows)]), pa.string()),
            "value": pa.array(with_gaps(np.round(rng.normal(20, 15, n_rows), rng.integers(0, 4)).tolist(), 0.4), pa.float64()),
            "weight": pa.array(rng.choice([1, 1, 1, 7, 1000], n_rows).tolist(), pa.int64()),
            "client": pa.array(with_gaps(rng.choice(["web", "App", "bot"], n_rows)), pa.string()),
        }
    )


def reduced_by_duckdb(table, folder, **options):
    """Give the History that the embedded engine makes of rows in a Parquet file."""
    path = folder / "requests.parquet"
    pq.write_table(table, path)
    with connect_engine() as engine:
        return reduce_requests({"requests": open_source(engine, SourceRequest(path, **options))}, QUERIES)


def differences(one, other):
    """Name the tables of two Histories that are not the same to the last count."""
    found = []
    for name, kinds in TABLES.items():
        keys = list(kinds)
        left, right = (getattr(each, name).sort_values(keys, ignore_index=True) for each in (one, other))
        try:
            pd.testing.assert_frame_equal(left, right, check_exact=True)
        except AssertionError as error:
            found.append(f"{name}: {error}")
    return found
