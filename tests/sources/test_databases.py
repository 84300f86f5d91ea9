"""PostgreSQL and SQLite count like DuckDB, write nothing, and keep passwords to themselves."""

import glob
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import MissingExtra
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.history.store import write_history
from slo_workbench.sources.databases import open_url
from slo_workbench.sources.driver_errors import explain_errors
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.locations import parse_database_url
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.sources.safe_query import check_query
from tests.sources.engines import QUERIES, TEXT, differences, random_requests, reduced_by_duckdb

PASSWORD = "s@c/r:et#7?"
NO_PATH = Path()


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of the tests' own."""

    port: int

    def url(self, what, *, password=PASSWORD, database="postgres"):
        return f"postgresql://owner:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}?{what}"

    def connect(self):
        import psycopg

        return psycopg.connect(host="127.0.0.1", port=self.port, user="owner", password=PASSWORD, dbname="postgres", autocommit=True)

    def fill(self, name, table, types):
        """Make a table of an Arrow table, with the given types by column."""
        columns = ", ".join(f'"{column}" {types[column]}' for column in table.column_names)
        with self.connect() as connection:
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                for row in zip(*(table[column].to_pylist() for column in table.column_names), strict=True):
                    copy.write_row(row)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="session")
def postgres():
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'slo-workbench[postgres]'")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not folders:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # it refuses to run as root, so root runs it as Debian's user postgres
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder, port = tempfile.mkdtemp(prefix="slo-postgres-"), free_port()
    Path(folder, "password").write_text(PASSWORD + "\n")
    if as_user:
        subprocess.run(["chown", "-R", "postgres", folder], check=True)

    def run(program, *arguments):
        subprocess.run([*as_user, f"{folders[-1]}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        run(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "owner",
            "-A",
            "scram-sha-256",
            f"--pwfile={folder}/password",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield Cluster(port)
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


USUAL = {
    "time": "timestamptz", "route": "text", "status": "smallint", "latency_ms": "float8", "user": "varchar(40)", "value": "float8",
    "weight": "int", "client": "text",
}  # fmt: skip


def fill_sqlite(path, name, table, types):
    with sqlite3.connect(path) as connection:
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        connection.execute(f'CREATE TABLE "{name}" ({", ".join(chr(34) + c + chr(34) + " " + types[c] for c in table.column_names)})')
        rows = zip(*([_for_sqlite(value) for value in table[column].to_pylist()] for column in table.column_names), strict=True)
        connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * table.num_columns)})', rows)
    connection.close()


def _for_sqlite(value):
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request, tmp_path_factory):
    """Give a function that fills a table and returns the URL of it, for each kind of database."""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")

        def make(table, types, name="requests"):
            cluster.fill(name, table, types)
            return cluster.url(f"table={name}")
    else:
        path = tmp_path_factory.mktemp("sqlite") / "requests.db"

        def make(table, types, name="requests"):
            fill_sqlite(path, name, table, types)
            return f"sqlite:///{path}?table={name}"

    return make


def reduced(url, queries=QUERIES, **options):
    with open_url(url, SourceRequest(NO_PATH, **options)) as source:
        return reduce_requests({"requests": source}, queries)


def findings_of(url, **options):
    with pytest.raises(FindingsError) as caught, open_url(url, SourceRequest(NO_PATH, **options)) as source:
        reduce_requests({"requests": source}, QUERIES)
    return caught.value.findings


@settings(max_examples=4)
@given(seed=st.integers(0, 10**9))
def test_counts_equal_those_of_duckdb_to_the_last_unit(database, tmp_path_factory, seed):
    table = random_requests(seed)
    expected = reduced_by_duckdb(table, tmp_path_factory.mktemp("parquet"))
    got = reduced(database(table, USUAL))
    assert differences(expected, got) == []
    assert got.findings == expected.findings
    record, other = got.provenance.sources[0], expected.provenance.sources[0]
    assert (record.n_rows_read, record.n_rows_used, record.refused) == (other.n_rows_read, other.n_rows_used, other.refused)


def test_a_user_with_very_many_events_is_counted_exactly_though_they_do_not_fit_into_a_shared_sum(database, tmp_path):
    one, many = random_requests(1, 50).slice(0, 2), 10**9 - 1
    table = one.set_column(one.column_names.index("weight"), "weight", pa.array([many, 3], pa.int64()))
    table = table.set_column(one.column_names.index("user"), "user", pa.array(["busy", "calm"]))
    got = reduced(database(table, {**USUAL, "weight": "bigint"}))
    assert many in got.users["valid"].tolist()
    assert differences(reduced_by_duckdb(table, tmp_path), got) == []


def test_numbers_and_times_in_text_columns_are_read_and_refused_as_by_duckdb(database, tmp_path):
    expected = reduced_by_duckdb(TEXT, tmp_path)
    got = reduced(database(TEXT, dict.fromkeys(USUAL, "text")))
    assert expected.provenance.sources[0].refused == {"status-unreadable": 1, "time-missing": 1, "time-unreadable": 4}
    assert got.provenance.sources[0].refused == expected.provenance.sources[0].refused
    assert differences(expected, got) == []


@pytest.mark.parametrize(("kind", "factor"), [("s", 1), ("ms", 1_000), ("us", 1_000_000), ("ns", 1_000_000_000)])
def test_times_as_numbers_are_told_apart_by_their_size(database, tmp_path, kind, factor):
    table = random_requests(5, 400)
    micros = table["time"].cast(pa.int64()).to_pylist()
    numbers = pa.array([one * factor // 1_000_000 for one in micros], pa.int64())
    table = table.set_column(0, "time", numbers)
    assert differences(reduced_by_duckdb(table, tmp_path), reduced(database(table, {**USUAL, "time": "bigint"}))) == []


def test_local_times_are_read_in_their_zone_over_a_change_of_the_clocks(database, tmp_path):
    table = random_requests(6, 2_000)
    local = table.set_column(0, "time", table["time"].cast(pa.timestamp("us")))
    expected = reduced_by_duckdb(local, tmp_path, time_zone="Europe/London")
    assert differences(expected, reduced(database(local, {**USUAL, "time": "timestamp"}), time_zone="Europe/London")) == []
    assert differences(expected, reduced_by_duckdb(table, tmp_path)) != []


def test_times_without_zone_are_read_as_utc_with_a_warning(database):
    table = random_requests(6, 20)
    local = table.set_column(0, "time", table["time"].cast(pa.timestamp("us")))
    assert "time-without-zone" in {finding.code for finding in reduced(database(local, {**USUAL, "time": "timestamp"})).findings}


def test_counts_that_somebody_else_took_are_added_up(database):
    table = pa.table({"day": ["2026-03-01", "2026-03-02", "2026-03-03"], "valid": [100, 200, 5], "good": [99, 200, 6]})
    url = database(table, {"day": "date", "valid": "int", "good": "numeric(10)"})
    history = reduced(url, [IndicatorQuery("c", "requests", "valid", "good")])
    assert history.series_of("c")[["valid", "good"]].to_numpy().tolist() == [[100, 99], [200, 200]]
    assert history.provenance.sources[0].refused == {"good-exceeds-valid": 1}


def test_a_query_a_mapping_and_a_choice_of_rows_work_together(database, tmp_path):
    table = random_requests(7)
    url = database(table, USUAL)
    query = "SELECT r.*, latency_ms / 1000 AS took FROM requests AS r WHERE status IS NOT NULL;"
    options = {"columns": {"latency_ms": "took * 1000"}, "where": "client = 'web'"}
    with pytest.raises(FindingsError):
        open_url(url.replace("table=requests", "query=SELECT"), SourceRequest(NO_PATH)).__enter__()
    got = reduced(url.replace("table=requests", f"query={quote(query)}"), **options)
    wanted = table.filter(
        pa.compute.and_(pa.compute.is_valid(table["status"]), pa.compute.fill_null(pa.compute.equal(table["client"], "web"), False))
    )
    assert got.provenance.sources[0].n_rows_used == wanted.num_rows
    assert got.series_of("rest")["valid"].sum() == reduced_by_duckdb(wanted, tmp_path).series_of("rest")["valid"].sum()


def test_only_tables_of_the_size_of_a_history_come_back(database, monkeypatch):
    table = random_requests(8, 60_000)
    table = table.set_column(0, "time", pa.array([datetime(2026, 3, 2, 10, n % 30) for n in range(60_000)], pa.timestamp("us", "UTC")))
    table = table.set_column(3, "latency_ms", pa.array([float(n % 50) for n in range(60_000)]))
    url, sizes = database(table, USUAL), []
    with open_url(url, SourceRequest(NO_PATH)) as source:
        backend = type(source.table.get_backend())
        for name in ("execute", "to_pyarrow"):
            plain = getattr(backend, name)

            def counting(self, *arguments, plain=plain, **options):
                result = plain(self, *arguments, **options)
                sizes.append(len(result) if hasattr(result, "__len__") else 1)
                return result

            monkeypatch.setattr(backend, name, counting)
        history = reduce_requests({"requests": source}, QUERIES)
    assert history.provenance.sources[0].n_rows_used == 60_000
    assert len(sizes) >= 3
    # 30 minutes with a few dozen outcomes, an hour of buckets, a few hundred users
    assert max(sizes) < 3_000


def test_nothing_can_be_written(database):
    with open_url(database(random_requests(1, 50), USUAL), SourceRequest(NO_PATH)) as source:
        connection = source.table.get_backend().con
        for statement in ("DELETE FROM requests", "CREATE TABLE more (a int)", "UPDATE requests SET status = 200"):
            with pytest.raises(Exception, match="read-?only"):
                connection.execute(statement)
            getattr(connection, "rollback", lambda: None)()
    assert reduced(database(random_requests(1, 50), USUAL)).provenance.sources[0].n_rows_read == 50


def test_postgres_rows_that_arrive_meanwhile_are_not_counted_in_one_table_and_missed_in_another(postgres):
    postgres.fill("live", random_requests(3, 300), USUAL)
    with open_url(postgres.url("table=live"), SourceRequest(NO_PATH)) as source:
        with postgres.connect() as other:
            other.execute("INSERT INTO live SELECT * FROM live")
        history = reduce_requests({"requests": source}, QUERIES)
    assert history.rows["n_rows"].sum() == source.n_rows_read == 300


def test_an_sqlite_file_written_meanwhile_is_reported(tmp_path):
    fill_sqlite(tmp_path / "live.db", "requests", random_requests(3, 300), USUAL)

    def read_and_write():
        with open_url("sqlite:///live.db?table=requests", SourceRequest(NO_PATH), folder=tmp_path) as source:
            with sqlite3.connect(tmp_path / "live.db") as other:
                other.execute("INSERT INTO requests SELECT * FROM requests LIMIT 1")
            other.close()
            reduce_requests({"requests": source}, QUERIES)

    with pytest.raises(FindingsError, match="source-changed"):
        read_and_write()


def test_an_sqlite_file_with_a_write_ahead_log_is_read_as_it_was_at_the_start(tmp_path):
    fill_sqlite(tmp_path / "live.db", "requests", random_requests(3, 300), USUAL)
    other = sqlite3.connect(tmp_path / "live.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = wal")
    with open_url("sqlite:///live.db?table=requests", SourceRequest(NO_PATH), folder=tmp_path) as source:
        other.execute("DELETE FROM requests")
        assert reduce_requests({"requests": source}, QUERIES).rows["n_rows"].sum() == 300
    other.close()


def test_provenance_names_engine_and_table_and_neither_user_nor_password(postgres, tmp_path):
    postgres.fill("requests", random_requests(1, 50), USUAL)
    history = reduced(postgres.url("table=public.requests"))
    write_history(history, tmp_path / "history")
    text = (tmp_path / "history" / "history.json").read_text() + repr(history)
    assert "PostgreSQL 1" in history.provenance.engine
    assert history.provenance.sources[0].files[0]["name"] == f"postgresql://127.0.0.1:{postgres.port}/postgres?table=public.requests"
    assert not [secret for secret in (PASSWORD, quote(PASSWORD, safe=""), "owner") if secret in text]


def everything_said(error):
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__cause__) + repr(error.__context__)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"password": "wr0ng/pass"}, "database-error"),
        ({"database": "nowhere"}, "database-error"),
        ({"what": "table=reqests"}, "source-table-unknown"),
        ({"what": "query=SELECT nothing FROM requests"}, "database-error"),
        ({"what": "query=DELETE FROM requests"}, "query-refused"),
        ({"what": "query=SELECT 1/(status - status) AS time FROM requests"}, "database-error"),
        ({"what": "table=requests&sslmod=require"}, "source-url"),
        ({"what": ""}, "source-table-missing"),
    ],
)
def test_what_goes_wrong_is_said_without_the_password(postgres, what, code):
    postgres.fill("requests", random_requests(1, 5), USUAL)
    url = postgres.url(**{"what": "table=requests", **what})
    password = what.get("password", PASSWORD)
    with pytest.raises(FindingsError) as caught, open_url(url, SourceRequest(NO_PATH)) as source:
        reduce_requests({"requests": source}, QUERIES)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert not [secret for secret in (password, quote(password, safe="")) if secret in everything_said(caught.value)]
    if "1/(" in url:
        assert "division by zero" in str(caught.value)
    if code == "source-table-unknown":
        assert caught.value.findings[0].hint == "did you mean 'requests'?"


def test_an_unreachable_host_is_a_finding_without_the_password():
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'slo-workbench[postgres]'")
    with pytest.raises(FindingsError) as caught:
        open_url(
            f"postgresql://owner:{PASSWORD[:4]}x%40y@127.0.0.1:{free_port()}/db?table=t".replace("s@c/", "s%40c%2F"), SourceRequest(NO_PATH)
        ).__enter__()
    assert "refused" in str(caught.value)
    assert "s@c" not in everything_said(caught.value)


@pytest.mark.parametrize("password", ["p#ss", "p/ss", "12/ss", "p?ss", "p[ss", "p:ss@x/y", "p ss:99999"])
def test_a_password_that_was_not_percent_encoded_is_not_repeated(password):
    with pytest.raises(FindingsError) as caught:
        open_url(f"postgresql://owner:{password}@127.0.0.1:1/db?table=t&connect_timeout=1", SourceRequest(NO_PATH)).__enter__()
    said = everything_said(caught.value)
    assert password not in said
    assert not [piece for piece in password.replace("/", " ").replace("#", " ").split() if len(piece) > 2 and piece in said]


def test_a_number_sign_in_a_password_is_explained():
    (finding,) = findings_of("postgresql://owner:12#ss@127.0.0.1:1/db?table=t")
    assert (finding.code, "%23 for #" in finding.hint) == ("source-url", True)


def test_messages_of_drivers_lose_the_password():
    url = f"postgresql://owner:{quote(PASSWORD, safe='')}@h/db?table=t"
    with pytest.raises(FindingsError) as caught, explain_errors([RuntimeError], words="PostgreSQL", url=url, source="requests"):
        raise RuntimeError(f"cannot log in with {PASSWORD} of {url}")
    assert PASSWORD not in everything_said(caught.value)
    assert "cannot log in with …" in str(caught.value)
    assert PASSWORD not in repr(parse_database_url(url, source="requests"))


def test_the_password_may_come_from_the_environment(postgres, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    postgres.fill("requests", random_requests(1, 50), USUAL)
    assert reduced(f"postgresql://owner@127.0.0.1:{postgres.port}/postgres?table=requests").rows["n_rows"].sum() == 50


def test_columns_of_unusual_types_are_text(postgres):
    with postgres.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS odd; DROP TYPE IF EXISTS shop; CREATE TYPE shop AS ENUM ('web', 'app')")
        connection.execute(
            "CREATE TABLE odd (ts timestamptz, user_id uuid, shop shop, address inet, body jsonb, value numeric(8,2), took interval)"
        )
        connection.execute("INSERT INTO odd VALUES ('2026-03-02', gen_random_uuid(), 'web', '::1', '{\"a\": 1}', 12.34, '1 hour')")
    history = reduced(
        postgres.url("table=odd"), [IndicatorQuery("a", "requests", "shop = 'web' and starts_with(address, '::1')", "body like '%a%'")]
    )
    assert history.series_of("a")["good"].sum() == 1
    assert history.value["value_cents"].sum() == 1234
    assert history.users["n_users"].sum() == 1


def test_sqlite_columns_have_the_types_of_what_they_hold_not_of_what_was_declared(tmp_path):
    with sqlite3.connect(tmp_path / "mixed.db") as connection:
        connection.execute("CREATE TABLE mixed (time, status INTEGER, latency_ms, is_bot BOOLEAN)")
        connection.executemany(
            "INSERT INTO mixed VALUES (?, ?, ?, ?)", [(1772445600, 200, 5, 0), (1772445660, "oops", 5.5, 1), (1772445720, 500, None, 0)]
        )
    connection.close()
    with open_url(f"sqlite:///{tmp_path}/mixed.db?table=mixed", SourceRequest(NO_PATH)) as source:
        history = reduce_requests({"requests": source}, [IndicatorQuery("a", "requests", "not is_bot", "status < 500")])
    assert history.provenance.sources[0].refused == {"status-unreadable": 1}
    assert history.series_of("a")[["valid", "good"]].sum().tolist() == [2, 1]


@pytest.mark.parametrize(
    ("path", "code"),
    [("missing.db", "source-missing"), ("empty.db", "source-empty"), ("text.db", "source-damaged"), ("", "source-is-folder")],
)
def test_a_file_that_is_no_sqlite_database_is_a_finding(tmp_path, path, code):
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("time,status\n")
    with pytest.raises(FindingsError) as caught:
        open_url(f"sqlite:///{path}?table=t", SourceRequest(NO_PATH), folder=tmp_path).__enter__()
    assert [finding.code for finding in caught.value.findings] == [code]


def test_an_sqlite_table_that_is_not_there_is_met_with_the_nearest(tmp_path):
    fill_sqlite(tmp_path / "r.db", "requests", random_requests(1, 5), USUAL)
    (finding,) = findings_of(f"sqlite:///{tmp_path}/r.db?table=request")
    assert (finding.code, finding.hint) == ("source-table-unknown", "did you mean 'requests'?")


def test_a_missing_driver_is_met_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'slo-workbench\[postgres\]'"):
        open_url("postgresql://h/db?table=t", SourceRequest(NO_PATH)).__enter__()
    monkeypatch.setitem(sys.modules, "ibis.backends.trino", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ibis-framework\[trino\]'"):
        open_url("trino://h/db?table=t", SourceRequest(NO_PATH)).__enter__()


def test_an_unknown_kind_of_database_is_met_with_the_nearest():
    (finding,) = findings_of("postgrsql://h/db?table=t")
    assert (finding.code, finding.hint) == ("source-url", "did you mean 'postgresql'?")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t", "SELECT 1; DROP TABLE t", "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "SELECT * INTO other FROM t",
        "SELECT * FROM t FOR UPDATE", "COPY t TO '/tmp/t'", "SELECT pg_read_file('/etc/passwd')", "SELECT * FROM pg_ls_dir('.')",
        "SELECT pg_catalog.pg_read_file('x')",
        "SELECT shop.instr(name, name) FROM t", 'SELECT "pg_read_file"(\'x\')', "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT lo_import('/etc/passwd')", "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)", "SELECT pg_sleep(1000)",
        "SELECT repeat('x', 1000000000)", "SELECT query_to_xml('DELETE FROM t', true, true, '')", "SELECT nextval('s')", "EXPLAIN ANALYZE DELETE FROM t",
        "DO $$ BEGIN END $$", "SET transaction_read_only = off", "SELECT * FROM generate_series(1, 1000000000)", "", "SELECT (",
    ],
)  # fmt: skip
def test_a_query_that_is_more_than_one_harmless_select_is_refused(query):
    with pytest.raises(FindingsError) as caught:
        check_query(query, dialect="postgres", source="requests")
    assert {finding.code for finding in caught.value.findings} <= {"query-refused", "query-syntax"}


@pytest.mark.parametrize(
    "query", ["SELECT load_extension('x')", "ATTACH 'x' AS y", "PRAGMA query_only = off", "SELECT readfile('/etc/passwd')"]
)
def test_a_query_that_is_more_than_one_harmless_select_is_refused_by_sqlite_too(query):
    with pytest.raises(FindingsError):
        check_query(query, dialect="sqlite", source="requests")


def test_usual_queries_are_allowed_and_comments_left_out():
    query = """
        WITH hits AS (SELECT *, row_number() OVER (PARTITION BY id ORDER BY ts) AS n FROM web.hits /* all */ WHERE ts > now() - interval '90 days')
        SELECT date_trunc('minute', ts) AS time, coalesce(code, 0)::int AS status, extract(epoch FROM took) * 1000 AS latency_ms, body->>'shop' AS shop
        FROM hits JOIN users USING (user_id) WHERE n = 1 AND path ~ '^/api' UNION ALL SELECT ts, 0, 1, 'x' FROM old -- end
    """
    assert "all" not in check_query(query, dialect="postgres", source="requests").lower().replace("union all", "")


def test_duckdb_and_a_database_give_the_same_findings_of_refusals(database, tmp_path):
    import pyarrow.parquet as pq

    pq.write_table(TEXT, tmp_path / "text.parquet")
    with connect_engine() as engine:
        expected = open_source(engine, SourceRequest(tmp_path / "text.parquet")).findings
    with open_url(database(TEXT, dict.fromkeys(USUAL, "text")), SourceRequest(NO_PATH)) as source:
        assert [(one.code, one.count) for one in source.findings] == [(one.code, one.count) for one in expected]
