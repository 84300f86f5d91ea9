"""The command line as its users meet it: exit status, sentences, nothing half-written."""

import gzip
import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from slo_workbench.cli import main
from tests.conftest import PROJECT, STAGEDOOR, real_file

COMMANDS = ["start", "check", "schema", "sample", "reduce", "fit", "propose"]


def counts_file(path, days=56, bad=5, valid=1000):
    lines = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},{valid},{valid - bad}" for day in range(days)]
    path.write_text("day,valid,good\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_that_starts_with_it(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"example:\n  slo-workbench {command}" in out


def test_no_command_and_an_unknown_one_are_wrong_usage(run):
    assert run()[0] == 2
    assert run("fitt")[0] == 2


def test_a_new_folder_checks_clean_and_is_not_overwritten(run, tmp_path):
    assert run("start", tmp_path / "shop")[0] == 0
    status, out, _ = run("check", tmp_path / "shop" / "workbook.yaml")
    assert status == 0
    assert "note[workbook-empty]" in out
    status, _, err = run("start", tmp_path / "shop")
    assert status == 2
    assert "left alone" in err


def test_the_worked_example_starts_and_checks_clean(run, tmp_path):
    assert run("start", tmp_path / "ex", "--example")[0] == 0
    status, out, _ = run("check", tmp_path / "ex" / "workbook.yaml")
    assert status == 0
    assert out.startswith("no findings\n")
    assert "buy-availability: 30,979 valid, 105 of them not good" in out


def test_check_finds_a_condition_that_matches_nothing_and_a_diagram_that_is_not_understood(run, tmp_path):
    assert run("start", tmp_path / "ex", "--example")[0] == 0
    path = tmp_path / "ex" / "workbook.yaml"
    text = (
        path.read_text()
        .replace("valid: rows_expected", "valid: rows_expected * 0")
        .replace("App->>LB: POST /orders", "App->>LB POST /orders")
    )
    path.write_text(text.replace("good: rows_processed\n", "good: rows_processed * 0\n"))
    status, out, _ = run("check", path)
    assert status == 1
    assert "warning[nothing-valid] indicators[14].valid" in out
    line = 1 + path.read_text().splitlines().index("        App->>LB POST /orders")
    assert f"workbook.yaml:{line}: error[" in out


def test_a_broken_workbook_prints_every_finding_with_line_and_hint(run, tmp_path):
    text = (STAGEDOOR / "workbook.yaml").read_text()
    text = (
        text.replace("target: 99.1%", "target: 100%")
        .replace("good: not degraded", "good: getenv('HOME') = 'x'")
        .replace("owner: Catalogue", "ownr: Catalogue")
    )
    (tmp_path / "workbook.yaml").write_text(text)
    status, out, _ = run("check", tmp_path / "workbook.yaml")
    assert status == 1
    for code in ("target-100", "unknown-key"):
        assert f"error[{code}]" in out
    assert "did you mean 'owner'?" in out
    line = 1 + text.splitlines().index("    target: 100%")
    assert f"workbook.yaml:{line}:" in out


def test_a_refused_predicate_is_shown_at_its_line(run, tmp_path):
    text = (STAGEDOOR / "workbook.yaml").read_text().replace("good: not degraded", "good: getenv('HOME') = 'x'")
    (tmp_path / "workbook.yaml").write_text(text)
    status, out, _ = run("check", tmp_path / "workbook.yaml")
    line = 1 + text.splitlines().index("    good: getenv('HOME') = 'x'")
    assert status == 1
    assert f"workbook.yaml:{line}:" in out
    assert "getenv(…) is not part of the predicate language" in out


def test_an_unknown_column_of_the_real_data_is_shown_at_its_line_with_the_nearest(run, tmp_path):
    text = (STAGEDOOR / "workbook.yaml").read_text().replace("good: not degraded", "good: not degradd")
    (tmp_path / "workbook.yaml").write_text(text)
    paths = [option for name, file in (("requests", "requests.parquet"), ("deliveries", "deliveries.parquet"), ("settlement", "settlement.csv"))
             for option in ("--source", f"{name}={STAGEDOOR / file}")]  # fmt: skip
    status, out, _ = run("check", tmp_path / "workbook.yaml", *paths)
    assert status == 1
    assert "error[unknown-column] indicators[1].good: unknown column 'degradd'" in out
    assert "did you mean 'degraded'?" in out
    assert run("check", tmp_path / "workbook.yaml", "--no-data")[0] == 0


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "binary", "wrong yaml", "not a mapping"])
def test_a_workbook_that_cannot_be_read_is_one_finding(run, tmp_path, kind):
    path = tmp_path / "workbook.yaml"
    match kind:
        case "empty":
            path.touch()
        case "folder":
            path.mkdir()
        case "binary":
            path.write_bytes(bytes(range(256)) * 9)
        case "wrong yaml":
            path.write_text("service: [unclosed\n  x: y: z")
        case "not a mapping":
            path.write_text("- 1\n- 2\n")
    for command in (["check", path], ["propose", path, "--out", tmp_path / "out"]):
        status, out, err = run(*command)
        assert status == 1
        assert "error[" in out + err
        assert "hint:" in out + err
    assert not (tmp_path / "out").exists()


def test_the_schema_is_printed_or_written(run, tmp_path):
    status, out, _ = run("schema")
    assert status == 0
    assert json.loads(out)["title"]
    assert run("schema", "--out", tmp_path / "s.json")[0] == 0
    assert (tmp_path / "s.json").read_text() == out


def test_a_small_sample_is_made(run, tmp_path):
    status, out, _ = run("sample", "--out", tmp_path / "s", "--weeks", "1", "--scale", "0.05")
    assert status == 0
    assert "requests" in out
    assert (tmp_path / "s" / "requests.parquet").exists()
    assert run("sample", "--out", tmp_path / "t", "--weeks", "0")[0] == 2


def test_fit_prints_the_promised_keys_as_json(run, tmp_path):
    status, out, _ = run("fit", counts_file(tmp_path / "c.csv"), "--window", "28d", "--confidence", "0.9", "--json")
    fit = json.loads(out)
    assert status == 0
    assert {"target", "window_days", "confidence", "history", "quantiles", "findings", "sentence"} <= set(fit)
    assert {"days", "valid", "bad", "incidents"} <= set(fit["history"])
    assert (fit["window_days"], fit["confidence"], fit["history"]["days"], fit["history"]["bad"]) == (28, 0.9, 56, 280)
    assert fit["target"].startswith("0.99")


def test_fit_says_in_words_what_it_rests_on_and_its_seed(run, tmp_path):
    status, out, _ = run("fit", counts_file(tmp_path / "c.csv"))
    assert status == 0
    assert "56 days" in out
    assert "seed 20260302" in out


def test_a_window_longer_than_the_history_is_a_finding_with_alternatives(run, tmp_path):
    status, out, _ = run("fit", counts_file(tmp_path / "c.csv", days=20), "--json")
    fit = json.loads(out)
    assert (status, fit["target"]) == (1, None)
    assert [finding["code"] for finding in fit["findings"]] == ["history-too-short"]
    assert "14 days" in fit["findings"][0]["hint"]


def test_fit_works_on_minutes_with_other_column_names(run, tmp_path):
    lines = [f"{1767225600 + 3600 * hour},100,{100 - hour % 3}" for hour in range(24 * 40)]
    (tmp_path / "c.csv").write_text("ts,total,ok\n" + "\n".join(lines))
    (tmp_path / "h").mkdir()
    status, _, _ = run("reduce", tmp_path / "c.csv", "--valid", "total", "--good", "ok", "--out", tmp_path / "h")
    assert status == 0
    assert run("fit", tmp_path / "h")[0] == 0


@pytest.mark.parametrize(
    "wrong", [["--window", "9x"], ["--confidence", "90"], ["--confidence", "0.2"], ["--indicator", "zzz"], ["--map", "time"]]
)
def test_wrong_values_of_options_are_wrong_usage(run, tmp_path, wrong):
    status, _, err = run("fit", counts_file(tmp_path / "c.csv"), *wrong)
    assert status == 2
    assert err.startswith("slo-workbench: ")


def test_reduce_accounts_for_every_row_and_fit_reads_its_history(run, tmp_path):
    log = real_file("elastic_apache", "apache_logs")
    status, out, _ = run("reduce", log, "--valid", "method is not null", "--good", "status < 500", "--out", tmp_path / "h")
    assert status == 0
    assert "read as access_log: 10,000 rows = 9,999 used + 1 refused" in out
    assert "note[refused-not-an-access-log-line]" in out
    status, out, _ = run("fit", tmp_path / "h")
    assert status == 1
    assert "3.5 days (2 complete days) of history cannot carry a promise over 28 days" in out


def test_reduce_maps_columns_and_takes_thresholds(run, tmp_path):
    status, out, _ = run(
        "reduce", real_file("taurus", "slow-stdev.jtl"), "--map", "time=timeStamp,latency_ms=coalesce(elapsed, 0)", "--format", "csv", "--valid", "true",
        "--good", "success", "--threshold-ms", "2000", "1000", "--out", tmp_path / "h",
    )  # fmt: skip
    assert status == 0
    assert "good within 1000 ms of 599 valid" in out
    assert run("fit", tmp_path / "h")[0] == 2  # two thresholds: choose one
    assert run("fit", tmp_path / "h", "--threshold-ms", "7")[0] == 2


def test_a_format_that_is_recognised_needs_no_mapping(run, tmp_path):
    arguments = ["--valid", "true", "--good", "success", "--threshold-ms", "2000", "--out", tmp_path / "h"]
    status, out, _ = run("reduce", real_file("taurus", "slow-stdev.jtl"), *arguments)
    assert status == 0
    assert "475 good within 2000 ms of 599 valid" in out


def test_several_files_are_reduced_to_one_history(run, tmp_path):
    for day in (1, 2):
        content = f"time,status\n2026-03-0{day}T10:00:00Z,200\n2026-03-0{day}T11:00:00Z,500\n"
        (tmp_path / f"{day}.csv.gz").write_bytes(gzip.compress(content.encode()))
    status, out, _ = run(
        "reduce", tmp_path / "1.csv.gz", tmp_path / "2.csv.gz", "--valid", "true", "--good", "status < 500", "--out", tmp_path / "h"
    )
    assert status == 0
    assert "4 rows = 4 used + 0 refused" in out
    assert "2 good of 4 valid" in out


def test_a_new_day_is_added_to_a_history_and_the_same_day_twice_is_refused(run, tmp_path):
    arguments = ["--valid", "true", "--good", "status < 500", "--out", tmp_path / "h", "--append"]
    for day in (1, 2):
        (tmp_path / f"{day}.csv").write_text(f"time,status\n2026-03-0{day}T10:00:00Z,200\n2026-03-0{day}T11:00:00Z,500\n")
        status, out, _ = run("reduce", tmp_path / f"{day}.csv", *arguments)
        assert status == 0
    assert "2 good of 4 valid" in out
    status, _, err = run("reduce", tmp_path / "2.csv", *arguments)
    assert status == 2
    assert "counted twice" in err


def test_a_prometheus_needs_its_days_and_one_that_is_not_there_is_a_finding(run, tmp_path):
    place = ["reduce", "http://127.0.0.1:9", "--valid", "up", "--good", "up", "--out", tmp_path / "h"]
    status, _, err = run(*place)
    assert status == 2
    assert "--since" in err
    status, _, err = run(*place, "--since", "2026-03-02", "--until", "2026-03-03")
    assert status == 1
    assert "error[" in err
    assert not (tmp_path / "h").exists()


def test_reduce_without_good_is_wrong_usage(run, tmp_path):
    (tmp_path / "r.csv").write_text("time,status\n2026-03-01T00:00:00Z,200\n")
    assert run("reduce", tmp_path / "r.csv", "--valid", "true", "--out", tmp_path / "h")[0] == 2


BAD_SOURCES = {
    "missing": (None, "source-missing"),
    "empty": (b"", "source-empty"),
    "junk": (bytes(range(256)) * 20, "source-binary"),
    "no time": (b"status\n200\n", "time-column-missing"),
    "no rows": (b"time,status\n", "source-no-rows"),
    "times without zone": (b"time,status\n2026-03-01T00:00:00,200\n", "time-without-zone"),
    "mixed zones": (b"time,status\n2026-03-01T00:00:00,200\n2026-03-01T00:00:00Z,200\n", "time-zones-mixed"),
    "negative latency": (b"time,status,latency_ms\n2026-03-01T00:00:00Z,200,-3\n", "latency-negative"),
    "null latency": (b"time,status,latency_ms\n2026-03-01T00:00:00Z,200,\n2026-03-01T00:00:00Z,200,5\n", "latency-unknown"),
}


@pytest.mark.parametrize("kind", BAD_SOURCES)
def test_bad_input_gives_a_finding_that_says_what_and_where_and_what_to_do(run, tmp_path, kind):
    content, code = BAD_SOURCES[kind]
    path = tmp_path / "requests.csv"
    if content is not None:
        path.write_bytes(content)
    threshold = ["--threshold-ms", "100"] if "latency" in kind else []
    status, out, err = run("reduce", path, "--valid", "status > 0", "--good", "status < 500", *threshold, "--out", tmp_path / "h")
    assert status == 1
    assert f"[{code}]" in out + err
    assert "hint:" in out + err
    if "error[" in out + err:
        assert not (tmp_path / "h").exists()


def test_a_folder_as_source_is_a_finding(run, tmp_path):
    status, _, err = run("reduce", tmp_path, "--valid", "true", "--good", "true", "--out", tmp_path / "h")
    assert status == 1
    assert "source-is-folder" in err


@pytest.mark.parametrize("expression", ["getenv('HOME') = 'x'", "status in (select 1)", "status < 500; drop table x", "statsu < 500"])
def test_a_refused_expression_is_a_finding_and_nothing_is_written(run, tmp_path, expression):
    (tmp_path / "r.csv").write_text("time,status\n2026-03-01T00:00:00Z,200\n")
    status, _, err = run("reduce", tmp_path / "r.csv", "--valid", "true", "--good", expression, "--out", tmp_path / "h")
    assert status == 1
    assert "hint:" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


def test_the_output_of_propose_names_every_objective_and_where_to_look(run, tmp_path):
    status, out, _ = run("propose", STAGEDOOR / "workbook.yaml", "--out", tmp_path, "--only", "settlement-coverage-28d")
    assert status == 0
    assert "settlement-coverage-28d: Over 28 days, " in out
    assert str(tmp_path / "stagedoor" / "settlement-coverage-28d" / "proposal.html") in out
    assert run("propose", STAGEDOOR / "workbook.yaml", "--out", tmp_path, "--jobs", "0")[0] == 2
    assert run("propose", STAGEDOOR / "workbook.yaml", "--out", tmp_path, "--source", "requests")[0] == 2


def test_an_unforeseen_error_is_a_sentence_and_debug_shows_where(run, tmp_path, monkeypatch):
    def explode(*args, **kwargs):
        raise ZeroDivisionError("the moon is out")

    monkeypatch.setattr("slo_workbench.document.schema_text", explode)
    status, _, err = run("schema")
    assert status == 1
    assert err == "slo-workbench: ZeroDivisionError: the moon is out (run again with --debug to see where)\n"
    with pytest.raises(ZeroDivisionError):
        main(["schema", "--debug"])


def test_the_installed_command_stops_quietly_when_its_reader_does():
    command = f"'{sys.executable}' -m slo_workbench.cli schema | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=PROJECT, env={**os.environ})
    assert done.stdout.startswith("{")
    assert done.stderr == ""


def test_check_finds_a_dependency_that_is_not_in_the_diagram_and_a_pool_that_is_not_there(run, tmp_path):
    assert run("start", tmp_path / "ex", "--example")[0] == 0
    path = tmp_path / "ex" / "workbook.yaml"
    text = path.read_text().replace("    diagram: |", "    dependencies: [{name: Catalog, target: 99.9%}]\n    diagram: |", 1)
    path.write_text(text.replace("\njourneys:", "\npool: [nowhere.csv]\n\njourneys:", 1))
    status, out, _ = run("check", path)
    assert status == 1
    assert "warning[unknown-participant] journeys[0].dependencies[0].name: the diagram has no participant 'Catalog'" in out
    assert "did you mean 'Catalogue'?" in out
    assert "error[source-missing]" in out


def test_fit_reads_a_pool_and_says_which_spoke(run, tmp_path):
    days = pd.date_range("2026-01-01", periods=60)
    for name, bad in (("shop", 2), ("search", 30)):
        pd.DataFrame({"day": days, "valid": 10_000, "good": 10_000 - bad}).to_csv(tmp_path / f"{name}.csv", index=False)
    alone = run("fit", tmp_path / "shop.csv")[1]
    pooled = run("fit", tmp_path / "shop.csv", "--pool", tmp_path / "search.csv")[1]
    assert "from a pool (public incident history)" in alone
    assert "from a pool (1 other service)" in pooled
    assert "such a promise would have been kept, the one time it can be tried" in pooled


def test_users_tells_uptime_worst_windows_and_what_follows_a_bad_request(run):
    status, out, _ = run("users", STAGEDOOR / "requests.parquet", "--valid", "route <> '/health'", "--good", "status < 500")
    assert status == 0
    assert "minutes that 18,540 users spent with it" in out
    assert "In the worst 1 h" in out
    assert "A purchase followed within 1 h after" in out


def test_users_of_an_access_log_are_said_to_be_addresses(run):
    status, out, _ = run("users", real_file("elastic_apache", "apache_logs"), "--valid", "true", "--good", "status < 500")
    assert "A user here is a network address, and that is no person" in out
    assert "What people do after a bad request cannot be told" in out


def test_rows_refused_from_a_pool_are_told_with_the_fit(run, tmp_path):
    days = pd.date_range("2026-01-01", periods=60)
    pd.DataFrame({"day": days, "valid": 10_000, "good": 9_998}).to_csv(tmp_path / "shop.csv", index=False)
    other = pd.DataFrame({"day": days, "valid": 100, "good": 99})
    other.loc[3, "good"] = 101
    other.to_csv(tmp_path / "other.csv", index=False)
    status, out, _ = run("fit", tmp_path / "shop.csv", "--pool", tmp_path / "other.csv")
    assert status == 1
    assert "warning[refused-good-exceeds-valid] pool: 1 of 60 rows refused" in out


def test_check_names_overdue_reviews_promises_made_twice_and_targets_that_one_event_breaks(run, tmp_path):
    assert run("start", tmp_path / "ex", "--example")[0] == 0
    path = tmp_path / "ex" / "workbook.yaml"
    text = path.read_text().replace("status: proposed", "status: agreed")
    twice = "  - {id: twice, indicator: settlement-completion, window: 7d, target: 99%, owner: Finance, status: draft}\n"
    path.write_text(text.replace("objectives:\n", f"objectives:\n{twice}{twice.replace('id: twice', 'id: again')}"))
    status, out, _ = run("check", path, "--as-of", "2027-06-01")
    assert status == 1
    assert (
        "warning[review-overdue] objectives[4].next_review: the review of 'buy-availability-28d' was due on 2027-05-03, 29 days ago" in out
    )
    assert "warning[duplicate-objective] objectives[1]" in out
    assert "about 7 valid events come in 7 days, so one bad event breaks the target: 0.071 are allowed" in out
    assert run("check", path, "--as-of", "1 May")[0] == 2


def test_check_names_tiers_that_cannot_fire_and_lists_that_cannot_be_read(run, tmp_path):
    assert run("start", tmp_path / "ex", "--example")[0] == 0
    path = tmp_path / "ex" / "workbook.yaml"
    path.write_text(path.read_text().replace("risks:\n", "alerting: {tiers: [{id: page-fast, burn_rate: 200}]}\nrisks:\n", 1))
    (tmp_path / "ex" / "tickets.csv").unlink()
    (tmp_path / "ex" / "incidents.csv").write_text("id,start,end\na,2026-03-02T10:00Z,2026-03-02T09:00Z\n")
    status, out, _ = run("check", path)
    assert status == 1
    assert "buy-availability-28d, page-fast" in out
    assert "tickets.csv" in out
    assert "incidents.csv" in out
