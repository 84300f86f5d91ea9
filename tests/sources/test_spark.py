"""Spark counts like DuckDB, on this machine only, and gives back counts, not requests."""

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import MissingExtra
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.sources.spark import open_spark
from tests.sources.engines import QUERIES, TEXT, differences, random_requests, reduced_by_duckdb

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'slo-workbench[spark]'")
if not shutil.which("java"):
    pytest.skip("Java is not installed: apt-get install openjdk-17-jre-headless", allow_module_level=True)

MASTER = "local[2]"
# py4j leaves the closing of its sockets to the collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def reduced(url, path, **options):
    with open_spark(url, SourceRequest(path, **options)) as source:
        return reduce_requests({"requests": source}, QUERIES)


def finding_of(url, path=Path()):
    with pytest.raises(FindingsError) as caught:
        open_spark(url, SourceRequest(path)).__enter__()
    (finding,) = caught.value.findings
    return finding


def listening_addresses(pid):
    """Return the addresses on which a process listens, as the kernel writes them: hexadecimal."""
    links = [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            place, state, inode = (line.split()[column] for column in (1, 3, 9))
            if state == "0A" and f"socket:[{inode}]" in links:
                found.add(place.rpartition(":")[0])
    return found


@pytest.fixture(scope="module")
def session():
    """Keep one session, as starting one takes seconds; open_spark uses what runs already."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(MASTER).config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


def test_a_master_with_a_password_is_refused_without_repeating_it(tmp_path):
    with pytest.raises(FindingsError) as caught, open_spark("spark://u:wrongPw77@127.0.0.1:1?table=x", SourceRequest(tmp_path)):
        pass
    assert "wrongPw77" not in str(caught.value)


def test_it_starts_its_own_session_on_loopback_and_stops_it(tmp_path):
    from pyspark.sql import SparkSession

    pq.write_table(random_requests(1, 50), tmp_path / "requests.parquet")
    with open_spark(MASTER, SourceRequest(tmp_path / "requests.parquet")) as source:
        assert source.engine.startswith("Spark 4")
        assert source.n_rows_used == 50
        context = SparkSession.getActiveSession().sparkContext
        assert context.uiWebUrl is None
        # 127.0.0.1, plain and as IPv6
        assert listening_addresses(context._gateway.proc.pid) <= {"0100007F", "0000000000000000FFFF00000100007F"}
        assert listening_addresses(context._gateway.proc.pid) != set()
    assert SparkSession.getActiveSession() is None


def test_counts_equal_those_of_duckdb_to_the_last_unit(session, tmp_path):
    expected = reduced_by_duckdb(random_requests(11), tmp_path)
    got = reduced(MASTER, tmp_path / "requests.parquet")
    assert differences(expected, got) == []
    assert got.findings == expected.findings
    assert got.provenance.sources == expected.provenance.sources
    assert "Spark 4" in got.provenance.engine
    assert session.version in got.provenance.engine


def test_numbers_and_times_in_text_columns_are_read_and_refused_as_by_duckdb(session, tmp_path):
    expected = reduced_by_duckdb(TEXT, tmp_path)
    got = reduced(MASTER, tmp_path / "requests.parquet")
    assert differences(expected, got) == []
    assert got.provenance.sources[0].refused == expected.provenance.sources[0].refused != {}


@pytest.mark.parametrize("factor", [1, 10**9])
def test_times_as_numbers_are_told_apart_by_their_size(session, tmp_path, factor):
    table = random_requests(5, 400)
    numbers = [one * factor // 10**6 for one in table["time"].cast(pa.int64()).to_pylist()]
    expected = reduced_by_duckdb(table.set_column(0, "time", pa.array(numbers, pa.int64())), tmp_path)
    assert differences(expected, reduced(MASTER, tmp_path / "requests.parquet")) == []


def test_nanosecond_times_as_older_pandas_writes_them_are_read(session, tmp_path):
    table = random_requests(5, 400)
    expected = reduced_by_duckdb(table.set_column(0, "time", table["time"].cast(pa.timestamp("ns", "UTC"))), tmp_path)
    assert differences(expected, reduced(MASTER, tmp_path / "requests.parquet")) == []


def test_times_without_zone_are_told_apart_from_instants(session, tmp_path):
    table = random_requests(6, 400)
    expected = reduced_by_duckdb(table.set_column(0, "time", table["time"].cast(pa.timestamp("us"))), tmp_path, time_zone="Europe/London")
    assert differences(expected, reduced(MASTER, tmp_path / "requests.parquet", time_zone="Europe/London")) == []
    pq.write_table(table, tmp_path / "requests.parquet")
    assert "time-without-zone" not in {one.code for one in reduced(MASTER, tmp_path / "requests.parquet").findings}


def test_a_folder_of_files_is_one_table_though_a_column_came_later(session, tmp_path):
    table = random_requests(7, 600)
    (tmp_path / "days").mkdir()
    pq.write_table(table.slice(0, 300).drop_columns(["value"]), tmp_path / "days" / "1.parquet")
    pq.write_table(table.slice(300), tmp_path / "days" / "2.parquet")
    early = table.slice(0, 300).set_column(5, "value", pa.nulls(300, pa.float64()))
    expected = reduced_by_duckdb(pa.concat_tables([early, table.slice(300)]), tmp_path)
    got = reduced(MASTER, tmp_path / "days")
    assert differences(expected, got) == []
    assert [one["name"] for one in got.provenance.sources[0].files] == ["1.parquet", "2.parquet"]


def test_a_table_of_the_catalogue_is_read_by_name(session, tmp_path):
    expected = reduced_by_duckdb(random_requests(8, 300), tmp_path)
    session.read.parquet(str(tmp_path / "requests.parquet")).createOrReplaceGlobalTempView("requests")
    got = reduced(f"{MASTER}?table=global_temp.requests", Path())
    assert differences(expected, got) == []
    assert got.provenance.sources[0].files[0]["name"].endswith("?table=global_temp.requests")


def test_the_reduction_is_pushed_down_and_only_small_tables_come_back(session, tmp_path, monkeypatch):
    n_rows = 50_000
    table = random_requests(9, n_rows).set_column(3, "latency_ms", pa.array([float(n % 50) for n in range(n_rows)]))
    minutes = pa.array([datetime(2026, 3, 2, 10, n % 30) for n in range(n_rows)], pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(0, "time", minutes), tmp_path / "requests.parquet")
    sizes = []
    with open_spark(MASTER, SourceRequest(tmp_path / "requests.parquet")) as source:
        backend = type(source.table.get_backend())
        for name in ("execute", "to_pyarrow"):
            plain = getattr(backend, name)

            def counting(self, *arguments, plain=plain, **options):
                result = plain(self, *arguments, **options)
                sizes.append(len(result) if hasattr(result, "__len__") else 1)
                return result

            monkeypatch.setattr(backend, name, counting)
        history = reduce_requests({"requests": source}, QUERIES)
    assert history.provenance.sources[0].n_rows_used == n_rows
    assert len(sizes) >= 3
    assert max(sizes) < 3_000


def test_only_columns_that_are_asked_for_are_read(session, tmp_path):
    pq.write_table(random_requests(1, 50), tmp_path / "requests.parquet")
    with open_spark(MASTER, SourceRequest(tmp_path / "requests.parquet")) as source:
        failed = source.table.filter(source.table["status"] >= 500)
        query = source.table.get_backend()._session.sql(failed.aggregate(n=failed.count()).compile())
        text = query._jdf.queryExecution().executedPlan().toString()
    read = text.partition("ReadSchema: ")[2].splitlines()[0]
    assert "status" in read
    assert not [name for name in ("route", "user", "client") if name in read]


def test_a_nan_in_a_latency_is_unknown_and_not_slow(session, tmp_path):
    table = random_requests(1, 8).set_column(3, "latency_ms", pa.array([float("nan"), float("inf"), 1.5, -1.0] * 2))
    assert differences(reduced_by_duckdb(table, tmp_path), reduced(MASTER, tmp_path / "requests.parquet")) == []
    assert pc.is_nan(table["latency_ms"]).to_pylist().count(True) == 2


def test_a_table_that_is_not_there_is_met_with_the_nearest(session, tmp_path):
    pq.write_table(random_requests(1, 8), tmp_path / "requests.parquet")
    session.read.parquet(str(tmp_path / "requests.parquet")).createOrReplaceGlobalTempView("requests")
    finding = finding_of(f"{MASTER}?table=global_temp.request")
    assert (finding.code, finding.hint) == ("source-table-unknown", "did you mean 'requests'?")


def test_other_files_than_parquet_are_refused(session, tmp_path):
    (tmp_path / "requests.csv").write_text("time,status\n")
    assert finding_of(MASTER, tmp_path / "requests.csv").code == "source-not-parquet"


def test_a_workbook_names_no_files_outside_its_folder(session, tmp_path):
    (tmp_path / "workbook").mkdir()
    pq.write_table(random_requests(1, 8), tmp_path / "secret.parquet")
    request = SourceRequest(tmp_path / "workbook", inside=tmp_path / "workbook")
    for path in ("../secret.parquet", f"{tmp_path}/secret.parquet", f"file://{tmp_path}/secret.parquet"):
        with pytest.raises(FindingsError, match="path-outside"):
            open_spark(f"{MASTER}?path={path}", request, folder=tmp_path / "workbook").__enter__()
    pq.write_table(random_requests(1, 8), tmp_path / "workbook" / "own.parquet")
    with open_spark(f"{MASTER}?path=own.parquet", request, folder=tmp_path / "workbook") as source:
        assert source.n_rows_used == 8


def test_errors_of_spark_are_findings(session, tmp_path):
    finding = finding_of(f"{MASTER}?path=file://{tmp_path}/nowhere")
    assert finding.code == "database-error"
    assert "nowhere" in finding.message


def test_an_unknown_option_is_a_finding(session):
    assert finding_of(f"{MASTER}?tabel=x").code == "source-url"


def test_a_missing_extra_is_met_with_the_line_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(MissingExtra, match=r"pip install 'slo-workbench\[spark\]'"):
        open_spark(MASTER, SourceRequest(tmp_path)).__enter__()


def test_missing_java_is_met_with_the_package_that_has_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingExtra, match="openjdk-17-jre-headless"):
        open_spark(MASTER, SourceRequest(tmp_path)).__enter__()
