"""How long does the reduction take, next to a bare scan of the same columns and to the same tables made in pandas?

Usage: python bench/reduce.py [MILLION_ROWS …]     (default: 2; "20 100" also says how time and memory grow)

Makes requests (28 days, 12 routes, 600,000 users) in a temporary Parquet file and measures, each in a process of its own:
a bare DuckDB aggregate over the same columns; our reduction of five indicators with three thresholds each, users and
value included; and what one would write in pandas for the same tables (up to 20 million rows, for it wants the memory).
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

ROUTES = ((0, 1), (1, 2), (3,), (4, 5, 6), (0, 7))
THRESHOLDS_MS = (100.0, 300.0, 1000.0)
MOST_ROWS_IN_PANDAS = 20_000_000


def make_requests(path: Path, n_rows: int) -> None:
    duckdb.execute(
        f"""COPY (SELECT make_timestamptz(1772409600000000 + (i::DOUBLE * 2419200000000 / {n_rows})::BIGINT) AS time, '/route/' || (hash(i) % 12) AS route,
        CASE WHEN hash(i, 1) % 1000 = 0 THEN 500 WHEN hash(i, 1) % 100 = 1 THEN 404 ELSE 200 END::SMALLINT AS status,
        round(exp(4 + 0.8 * (sqrt(-2 * ln((hash(i, 2) % 1000000 + 1) / 1000001.0)) * cos(2 * pi() * (hash(i, 3) % 1000) / 1000.0))), 1) AS latency_ms,
        'u' || (hash(i, 4) % 600000) AS user, CASE WHEN hash(i) % 12 = 3 THEN (hash(i, 5) % 20000) / 100 END::DECIMAL(10, 2) AS value
        FROM range({n_rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def scan(path: Path) -> None:
    columns = 'count(*), epoch_us(min(time)), max(route), sum(status), sum(latency_ms), max("user"), sum(value)'
    duckdb.execute(f"SELECT {columns} FROM '{path}'").fetchall()


def ours(path: Path) -> None:
    named = [", ".join(f"'/route/{route}'" for route in routes) for routes in ROUTES]
    queries = [IndicatorQuery(f"i{n}", "requests", f"route in ({routes})", "status < 500", THRESHOLDS_MS) for n, routes in enumerate(named)]
    with connect_engine() as engine:
        reduce_requests({"requests": open_source(engine, SourceRequest(path))}, queries)


def pandas_plainly(path: Path) -> None:
    """Two columns of conditions, then sums of them: the filtered counts of SQL, an indicator and threshold at a time."""
    rows = prepared_in_pandas(path)
    rows.groupby("minute").size()
    for routes in ROUTES:
        rows["valid"] = rows["route"].isin([f"/route/{route}" for route in routes])
        rows["of_valid"] = rows["cents"].where(rows["valid"], 0)
        rows[rows["valid"] & (rows["status"] < 500)].groupby(["hour", "bucket"]).size()
        for threshold in THRESHOLDS_MS:
            rows["good"] = rows["valid"] & (rows["status"] < 500) & (rows["latency_ms"] <= threshold)
            rows.groupby("minute")[["valid", "good"]].sum()
            rows[rows["valid"]].groupby(["hour", "good"])["cents"].sum()
            users = rows.groupby(["window", "user"])[["valid", "good", "of_valid"]].sum()
            users[users["valid"] > 0].groupby(["valid", "good"])["of_valid"].agg(["size", "sum"])


def pandas_in_slices(path: Path) -> None:
    """The valid rows of an indicator are cut out first."""
    rows = prepared_in_pandas(path)
    rows.groupby("minute").size()
    for routes in ROUTES:
        valid = rows[rows["route"].isin([f"/route/{route}" for route in routes])]
        valid[valid["status"] < 500].groupby(["hour", "bucket"]).size()
        for threshold in THRESHOLDS_MS:
            counted = valid.assign(good=(valid["status"] < 500) & (valid["latency_ms"] <= threshold))
            counted.groupby("minute").agg(valid=("status", "size"), good=("good", "sum"))
            counted.groupby(["hour", "good"])["cents"].sum()
            users = counted.groupby(["window", "user"]).agg(valid=("status", "size"), good=("good", "sum"), cents=("cents", "sum"))
            users.groupby(["window", "valid", "good"])["cents"].agg(["size", "sum"])


def pandas_with_care(path: Path) -> None:
    """The thresholds of an indicator share their groupings: what one writes after having waited."""
    rows = prepared_in_pandas(path)
    rows.groupby("minute").size()
    for routes in ROUTES:
        valid = rows[rows["route"].isin([f"/route/{route}" for route in routes])]
        answered = valid["status"] < 500
        valid[answered].groupby(["hour", "bucket"]).size()
        goods = {f"good_{threshold:g}": answered & (valid["latency_ms"] <= threshold) for threshold in THRESHOLDS_MS}
        sums = {name: (name, "sum") for name in goods}
        counted = valid.assign(**goods)
        counted.groupby("minute").agg(valid=("status", "size"), **sums)
        users = counted.groupby(["window", "user"]).agg(valid=("status", "size"), cents=("cents", "sum"), **sums)
        for name in goods:
            counted.groupby(["hour", name])["cents"].sum()
            users.groupby(["window", "valid", name])["cents"].agg(["size", "sum"])


def prepared_in_pandas(path: Path):
    rows = pd.read_parquet(path)
    rows["minute"], rows["hour"] = rows["time"].dt.floor("min"), rows["time"].dt.floor("h")
    rows["window"] = (rows["time"].astype("int64") // 1_000_000 - 345_600) // (28 * 86_400)
    rows["cents"] = (rows["value"].astype("float64").fillna(0) * 100).round().astype("int64")
    rows["bucket"] = np.floor(np.log(rows["latency_ms"].clip(lower=0.001)) / np.log(1.01)).astype("int32")
    return rows


IN_PANDAS = {
    "pandas, plainly": pandas_plainly,
    "pandas, in slices": pandas_in_slices,
    "pandas, slices and shared groupings": pandas_with_care,
}
TASKS = {"scan": scan, "ours": ours, **IN_PANDAS}


def measure_here(task: str, path: Path, n_times: int) -> None:
    """Print the shortest time of a task and the memory of this process, for the process that started it."""
    times = []
    for _ in range(n_times):
        started = time.perf_counter()
        TASKS[task](path)
        times.append(time.perf_counter() - started)
    print(json.dumps({"seconds": min(times), "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


def measured(task: str, path: Path, n_times: int) -> tuple[float, float]:
    command = [sys.executable, __file__, "--measure", task, str(path), str(n_times)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found["seconds"], found["peak_gb"]


def compare(n_rows: int, folder: Path) -> tuple[float, float]:
    path = folder / "requests.parquet"
    make_requests(path, n_rows)
    floor, _ = measured("scan", path, 5)
    seconds, peak_gb = measured("ours", path, 3)
    print(
        f"{n_rows:,} rows: bare scan {floor:.2f} s; reduction {seconds:.2f} s, {seconds / floor:.1f} times the scan, {peak_gb:.2f} GB at most"
    )
    for task in IN_PANDAS if n_rows <= MOST_ROWS_IN_PANDAS else ():
        in_pandas, pandas_gb = measured(task, path, 1)
        print(f"{n_rows:,} rows: {task}: {in_pandas:.1f} s, {in_pandas / seconds:.1f} times the reduction, {pandas_gb:.1f} GB at most")
    return seconds, peak_gb


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        task, path, n_times = sys.argv[2:]
        measure_here(task, Path(path), int(n_times))
        return
    sizes = [int(float(text) * 1e6) for text in sys.argv[1:]] or [2_000_000]
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(n_rows, Path(folder)) for n_rows in sizes]
    for size, (seconds, peak_gb) in list(zip(sizes, results, strict=True))[1:]:
        times, memory = seconds / results[0][0], peak_gb / results[0][1]
        print(f"{size / sizes[0]:g} times the rows: {times:.2f} times the time, {memory:.2f} times the memory")


if __name__ == "__main__":
    main()
