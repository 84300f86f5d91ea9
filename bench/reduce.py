"""How long does the reduction take, next to a bare scan of the same columns?

Usage: python bench/reduce.py [MILLION_ROWS]     (default: 2)

Makes requests (28 days, 12 routes) in a temporary Parquet file, then measures in one run: a bare DuckDB aggregate
over the same columns, and our reduction of five indicators with three thresholds each, users and value included.
"""

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest


def make_requests(path: Path, n_rows: int) -> None:
    duckdb.execute(
        f"""COPY (SELECT make_timestamptz(1772409600000000 + (i::DOUBLE * 2419200000000 / {n_rows})::BIGINT) AS time, '/route/' || (hash(i) % 12) AS route,
        CASE WHEN hash(i, 1) % 1000 = 0 THEN 500 WHEN hash(i, 1) % 100 = 1 THEN 404 ELSE 200 END::SMALLINT AS status,
        round(exp(4 + 0.8 * (sqrt(-2 * ln((hash(i, 2) % 1000000 + 1) / 1000001.0)) * cos(2 * pi() * (hash(i, 3) % 1000) / 1000.0))), 1) AS latency_ms,
        'u' || (hash(i, 4) % 600000) AS user, CASE WHEN hash(i) % 12 = 3 THEN (hash(i, 5) % 20000) / 100 END::DECIMAL(10, 2) AS value
        FROM range({n_rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def seconds(action) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def main() -> None:
    n_rows = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 2_000_000
    good = "status < 500"
    queries = [
        IndicatorQuery(f"i{n}", "requests", f"route in ({routes})", good, (100.0, 300.0, 1000.0))
        for n, routes in enumerate(
            [
                "'/route/0', '/route/1'",
                "'/route/1', '/route/2'",
                "'/route/3'",
                "'/route/4', '/route/5', '/route/6'",
                "'/route/0', '/route/7'",
            ]
        )
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.parquet"
        make_requests(path, n_rows)
        scan = f"SELECT count(*), epoch_us(min(time)), max(route), sum(status), sum(latency_ms), max(\"user\"), sum(value) FROM '{path}'"
        floor = min(seconds(lambda: duckdb.execute(scan).fetchall()) for _ in range(3))

        def ours() -> None:
            with connect_engine() as engine:
                reduce_requests({"requests": open_source(engine, SourceRequest(path))}, queries)

        took = min(seconds(ours) for _ in range(2))
    print(f"{n_rows:,} rows: bare scan {floor:.2f} s, reduction {took:.2f} s, {took / floor:.1f} times the scan")


if __name__ == "__main__":
    main()
