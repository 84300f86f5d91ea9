import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.conftest import real_file

GOOD_LINE = '10.0.0.1 - - [17/May/2026:10:05:03 +0200] "GET /a?x=1 HTTP/1.1" 200 12 "-" "curl/8"'


def opened(engine, path, **options):
    table = open_source(engine, SourceRequest(path, **options))
    assert table.n_rows_read == table.n_rows_used + table.n_rows_refused + table.n_rows_left_out
    assert table.n_rows_used == table.table.count().to_pyarrow().as_py()
    return table


def codes_of(engine, path, **options):
    with pytest.raises(FindingsError) as caught:
        open_source(engine, SourceRequest(path, **options))
    assert all(finding.message and finding.hint for finding in caught.value.findings if finding.severity == "error")
    return [finding.code for finding in caught.value.findings]


def test_the_same_rows_as_csv_tsv_json_lines_and_parquet_are_the_same_requests(engine, tmp_path):
    rows = {"time": ["2026-03-02T10:00:00Z", "2026-03-02T10:00:01Z"], "status": [200, 500], "latency_ms": [1.5, 2.0], "route": ["/a", "/b"]}
    lines = list(zip(*rows.values(), strict=True))
    (tmp_path / "r.csv").write_text("time,status,latency_ms,route\n" + "".join(f"{','.join(map(str, line))}\n" for line in lines))
    (tmp_path / "r.tsv").write_text("time\tstatus\tlatency_ms\troute\n" + "".join("\t".join(map(str, line)) + "\n" for line in lines))
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(dict(zip(rows, line, strict=True))) + "\n" for line in lines))
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress((tmp_path / "r.csv").read_bytes()))
    pq.write_table(pa.table(rows), tmp_path / "r.parquet")
    seen = [
        opened(engine, tmp_path / name).table.to_pyarrow().to_pylist() for name in ("r.csv", "r.tsv", "r.jsonl", "r.csv.gz", "r.parquet")
    ]
    assert all(table == seen[0] for table in seen)
    assert [row["status"] for row in seen[0]] == [200, 500]


def test_every_broken_csv_row_is_refused_with_its_reason_and_an_example(engine, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(
        "time,status,latency_ms\n2026-01-01T00:00:00Z,200,1.5\n2026-01-01T00:00:01Z,abc,1.5\n2026-01-01T00:00:02Z,200\n"
        "2026-01-01T00:00:03Z,200,1,extra\n,200,1\nnoon,200,1\n2026-01-01T00:00:04Z,200,-\n"
    )
    table = opened(engine, file)
    assert {refusal.reason: refusal.n_rows for refusal in table.refusals} == {
        "status-unreadable": 1, "missing-columns": 1, "too-many-columns": 1, "time-missing": 1, "time-unreadable": 1,
    }  # fmt: skip
    assert table.n_rows_used == 2
    assert any(refusal.example == "2026-01-01T00:00:02Z,200" for refusal in table.refusals)


def test_json_lines_refuse_what_is_no_object_and_keep_the_rest(engine, tmp_path):
    file = tmp_path / "r.jsonl"
    file.write_text('{"ts": "2026-01-01T00:00:00Z", "a": 1}\n{"ts": \n[1]\n"x"\n\n{"ts": "2026-01-01T00:00:01Z", "b": {"c": 1}}\n')
    table = opened(engine, file)
    assert (table.n_rows_read, table.n_rows_used) == (5, 2)
    assert table.refusals[0].reason == "not-a-json-object"


def test_an_access_log_gives_route_method_status_and_user_and_its_offset_is_honoured(engine, tmp_path):
    file = tmp_path / "access.log"
    file.write_text(f'{GOOD_LINE}\n10.0.0.2 - jo ann [17/May/2026:10:05:04 +0000] "GET /b HTTP/1.0" 304 -\nrubbish\n\n')
    table = opened(engine, file)
    assert table.format == "access_log"
    first, second = table.table.order_by("user").to_pyarrow().to_pylist()
    assert (first["time"].hour, first["route"], first["path"], first["method"], first["status"]) == (8, "/a", "/a?x=1", "GET", 200)
    assert (second["account"], second["n_bytes"], second["user_agent"]) == ("jo ann", None, None)
    assert table.refusals[0].example == "rubbish"


def test_a_request_line_of_rubbish_is_kept_because_the_server_answered_it(engine, tmp_path):
    file = tmp_path / "access.log"
    file.write_text(GOOD_LINE + '\n10.0.0.9 - - [17/May/2026:10:05:03 +0000] "\\x16\\x03\\x01" 400 0 "-" "-"\n')
    rows = opened(engine, file).table.order_by("status").to_pyarrow().to_pylist()
    assert (rows[1]["method"], rows[1]["route"], rows[1]["status"]) == (None, "\\x16\\x03\\x01", 400)


def test_the_real_apache_log_accounts_for_its_one_malformed_line(engine):
    table = opened(engine, real_file("elastic_apache", "apache_logs"))
    assert (table.n_rows_read, table.n_rows_used, table.n_rows_refused) == (10_000, 9_999, 1)
    assert table.table["user"].nunique().to_pyarrow().as_py() == 1753  # as its description says
    assert [finding.code for finding in table.findings] == ["refused-not-an-access-log-line"]


def test_where_chooses_rows_and_the_others_are_counted_as_left_out(engine):
    table = opened(engine, real_file("github_components", "daily_minutes.csv"), where="component = 'Webhooks'")
    assert (table.n_rows_read, table.n_rows_used, table.n_rows_left_out) == (24_649, 2_108, 22_541)


def test_a_mapping_may_be_an_expression(engine, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("when,took_s,ok\n2026-01-01T00:00:00Z,0.25,true\n2026-01-01T00:00:00Z,,false\n")
    table = opened(engine, file, columns={"time": "when", "latency_ms": "coalesce(took_s, 30) * 1000"})
    assert table.table["latency_ms"].to_pyarrow().to_pylist() == [250.0, 30_000.0]


def test_negative_latencies_become_unknown_and_are_reported(engine, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("time,latency_ms\n2026-01-01T00:00:00Z,-5\n2026-01-01T00:00:00Z,7\n")
    table = opened(engine, file)
    assert table.table["latency_ms"].to_pyarrow().to_pylist() == [None, 7.0]
    assert [(finding.code, finding.severity, finding.count) for finding in table.findings] == [("latency-negative", "warning", 1)]


def test_codes_with_leading_zeros_stay_text(engine, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("time,shop,n\n2026-01-01T00:00:00Z,007,1\n2026-01-01T00:00:00Z,010,2\n")
    assert opened(engine, file).table["shop"].to_pyarrow().to_pylist() == ["007", "010"]


def test_sources_that_cannot_be_opened_say_what_and_what_to_do(engine, tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "junk.bin").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "short.parquet").write_bytes(b"PAR1" + b"\0" * 50)
    (tmp_path / "named.parquet").write_text("time,status\n")
    (tmp_path / "fake.gz").write_bytes(b"\x1f\x8b\x08rubbish")
    (tmp_path / "header_only.csv").write_text("time,status\n")
    (tmp_path / "no_time.csv").write_text("status\n200\n")
    (tmp_path / "twice.csv").write_text("time,time\n1,2\n")
    assert codes_of(engine, tmp_path / "nothing.csv") == ["source-missing"]
    assert codes_of(engine, tmp_path / "empty.csv") == ["source-empty"]
    assert codes_of(engine, tmp_path) in (["source-is-folder"], ["source-damaged"])
    assert codes_of(engine, tmp_path / "junk.bin") == ["source-binary"]
    assert codes_of(engine, tmp_path / "short.parquet") == ["source-damaged"]
    assert codes_of(engine, tmp_path / "named.parquet") == ["source-damaged"]
    assert codes_of(engine, tmp_path / "fake.gz") in (["source-damaged"], ["source-binary"])
    assert codes_of(engine, tmp_path / "header_only.csv") == ["source-no-rows"]
    assert codes_of(engine, tmp_path / "no_time.csv") == ["time-column-missing"]
    assert codes_of(engine, tmp_path / "twice.csv") == ["column-repeated"]
    assert codes_of(engine, tmp_path / "no_time.csv", format="jsn") == ["format-unknown"]


def test_a_folder_without_parquet_files_is_a_finding(engine, tmp_path):
    assert codes_of(engine, tmp_path) == ["source-is-folder"]


def test_wrong_mappings_are_all_reported_at_once(engine, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("when,took\n2026-01-01T00:00:00Z,1\n")
    assert codes_of(engine, file, columns={"time": "wen", "latency": "took", "value": "read_csv('x')"}) == [
        "unknown-column", "unknown-canonical-column", "predicate-refused",
    ]  # fmt: skip
    assert codes_of(engine, file, columns={"time": "when"}, where="took > 5") == ["where-chose-nothing"]


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.just(GOOD_LINE.encode()), st.binary(max_size=80), st.text(max_size=40).map(str.encode)), min_size=1, max_size=12)
)
def test_any_bytes_as_an_access_log_are_counted_to_the_last_row_or_refused_whole(lines):
    content = b"\n".join(lines)
    path = f"/tmp/slo-workbench-fuzz-{os.getpid()}.log"
    with open(path, "wb") as file:
        file.write(content)
    try:
        with connect_engine() as connection:
            try:
                table = open_source(connection, SourceRequest(__import__("pathlib").Path(path), format="access_log"))
            except FindingsError:
                return
            assert table.n_rows_read == table.n_rows_used + table.n_rows_refused
            assert table.n_rows_used == table.table.count().to_pyarrow().as_py()
    finally:
        os.unlink(path)


def test_a_large_file_is_known_by_samples_and_any_change_of_size_shows(tmp_path, monkeypatch):
    from slo_workbench.sources import files

    monkeypatch.setattr(files, "BLOCK_BYTES", 16)
    (tmp_path / "large").write_bytes(bytes(range(256)) * 8)
    one = files.fingerprint(tmp_path / "large")
    (tmp_path / "large").write_bytes(bytes(range(256)) * 8 + b"x")
    other = files.fingerprint(tmp_path / "large")
    assert one.sha256.startswith("sampled:")
    assert one.sha256 != other.sha256


def test_the_engine_draws_no_bars_into_a_notebook(engine):
    (setting,) = engine.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()
    assert setting is False
