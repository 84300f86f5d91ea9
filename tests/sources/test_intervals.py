"""A metric per interval is counted in slices of time, and never passes for requests."""

import csv
import json
from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest

from slo_workbench.analysis.assessment import assess
from slo_workbench.cli import main
from slo_workbench.document.findings import FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.quality import find_gaps
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.intervals import event_of, slice_minutes, stacked_header, usual_distance_seconds
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.units import parse_window
from tests.conftest import real_file
from tests.sources.opening import codes_of, opened, refusals_of, rows_of


def written(tmp_path, text, name="metric.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def slices(tmp_path, *values, header="time,value", minutes=5):
    rows = [f"2026-03-02T{n * minutes // 60:02}:{n * minutes % 60:02}:00Z,{value}" for n, value in enumerate(values)]
    return written(tmp_path, "\n".join([header, *rows]) + "\n")


def read(engine, path, **options):
    return opened(engine, path, format="intervals", **options)


def reduced(path, good, valid="true", thresholds=(), **options):
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(path, format="intervals", **options))
        return reduce_requests({"requests": source}, [IndicatorQuery("slow", "requests", valid, good, thresholds)])


def counts_of(history):
    series = history.series_of("slow")
    return int(series["valid"].sum()), int(series["good"].sum())


def finding_of(findings, code):
    return next(finding for finding in findings if finding.code == code)


def test_each_row_is_one_slice_that_is_good_or_bad_as_a_whole(tmp_path):
    history = reduced(slices(tmp_path, 100, 249.9, 250, 900), "value < 250")
    assert history.series_of("slow")["valid"].tolist() == [1, 1, 1, 1]
    assert history.series_of("slow")["good"].tolist() == [1, 1, 0, 0]
    record = history.provenance.sources[0]
    assert (record.format, record.resolution_minutes, record.n_rows_used) == ("intervals", 5, 4)


def test_the_interval_is_detected_and_said_aloud_with_what_it_cannot_answer(tmp_path):
    history = reduced(slices(tmp_path, 1, 2, 3, 4, minutes=7), "value < 3")
    note = finding_of(history.findings, "interval-metrics")
    assert (note.severity, history.provenance.sources[0].resolution_minutes) == ("note", 7)
    assert "a slice of 7 min" in note.message
    for word in ("users", "revenue", "thresholds", "budgets in requests", "tail", "quiet night"):
        assert word in note.message


def test_blanks_and_what_is_no_number_are_no_data_and_never_good(tmp_path):
    history = reduced(slices(tmp_path, 1, "", "NaN", "-", "inf", "1", "later", "3"), "value < 1000")
    assert history.provenance.sources[0].refused == {"value-missing": 3, "value-unreadable": 2}
    assert counts_of(history) == (3, 3)


def test_a_blank_in_a_column_of_numbers_is_no_data(engine, tmp_path):
    table = read(engine, slices(tmp_path, 1.5, "", 2.5, "NaN"))
    assert refusals_of(table) == {"value-missing": 2}
    assert [row["value"] for row in rows_of(table)] == [1.5, 2.5]
    assert finding_of(table.findings, "refused-value-missing").severity == "warning"


def test_a_missing_interval_is_a_gap(tmp_path):
    lines = [f"2026-03-02T{n // 12:02}:{n % 12 * 5:02}:00Z,1" for n in range(48) if n not in (20, 21, 22)]
    history = reduced(written(tmp_path, "\n".join(["time,value", *lines])), "value < 2")
    gaps = find_gaps(history.rows, resolution_minutes=history.provenance.sources[0].resolution_minutes)
    assert [(gap.start.isoformat(), gap.end.isoformat()) for gap in gaps.itertuples()] == [("2026-03-02T01:40:00", "2026-03-02T01:55:00")]
    assert counts_of(history) == (45, 45)


def test_money_users_and_weights_are_nothing_that_a_slice_has(tmp_path):
    rows = [f"2026-03-02T10:{n:02}:00Z,5e12,{n},-3" for n in range(4)]
    path = written(tmp_path, "\n".join(["time,value,user,weight", *rows]))
    history = reduced(path, "user < 2 and weight < 0")
    assert counts_of(history) == (4, 2)
    assert history.value.empty
    assert history.users.empty
    assert history.latency.empty


def test_a_threshold_over_requests_and_counts_are_refused(tmp_path):
    path = slices(tmp_path, "1,10", "2,10", header="time,value,latency_ms")
    for query in ({"good": "true", "thresholds": (250.0,)}, {"good": "value", "valid": "value"}):
        with pytest.raises(FindingsError) as caught:
            reduced(path, **query)
        assert [(finding.code, finding.where) for finding in caught.value.findings] == [("not-requests", "slow")]


def test_two_values_for_one_time_contradict_each_other_and_equal_ones_count_once(engine, tmp_path):
    lines = [f"2026-03-02T{n // 12:02}:{n % 12 * 5:02}:00Z,1" for n in range(60)]
    path = written(
        tmp_path, "\n".join(["time,value", *lines, lines[3], "2026-03-02T00:00:00Z,7", "2026-03-02T00:05:00Z,", "2026-03-02T00:10:00Z,x"])
    )
    table = read(engine, path)
    assert refusals_of(table) == {"time-repeated": 3, "value-missing": 1, "value-unreadable": 1}
    assert table.first_time == datetime(2026, 3, 2, 0, 5)
    assert table.n_rows_used == 59


def test_several_series_in_one_file_are_to_be_told_apart(engine, tmp_path):
    lines = [f"2026-03-02T10:{n:02}:00Z,{host},{n}{host[-1]}" for n in range(20) for host in ("web-1", "web-2")]
    path = written(tmp_path, "\n".join(["time,host,value", *lines]))
    assert codes_of(engine, path, format="intervals") == ["times-repeated"]
    assert read(engine, path, where="host = 'web-2'").n_rows_used == 20


def test_a_wide_table_needs_one_metric_chosen_by_name(engine, tmp_path):
    path = slices(tmp_path, "0.1,20", "0.2,0", header="Time,mean (s),calls")
    assert codes_of(engine, path, format="intervals") == ["value-column-missing"]
    table = read(engine, path, columns={"value": '"mean (s)" * 1000'})
    assert [(row["value"], row["calls"]) for row in rows_of(table)] == [(100.0, 20), (200.0, 0)]
    assert counts_of(reduced(path, "value < 1", "calls > 0", columns={"value": "mean (s)"})) == (1, 1)


def test_only_time_and_value_can_be_mapped(engine, tmp_path):
    path = slices(tmp_path, 1, 2)
    assert codes_of(engine, path, format="intervals", columns={"latency_ms": "value"}) == ["unknown-canonical-column"]
    assert codes_of(engine, path, format="intervals", columns={"value": "valu"}) == ["unknown-column"]
    assert codes_of(engine, path, format="intervals", columns={"value": "time = 'x'", "time": "nothing("}) == ["predicate-syntax"]


def test_a_column_of_no_numbers_at_all_says_how_many_rows_were_refused(engine, tmp_path):
    with pytest.raises(FindingsError) as caught:
        read(engine, slices(tmp_path, "low", "high"))
    [finding] = caught.value.findings
    assert finding.code == "interval-unknown"
    assert "2 value-unreadable" in finding.hint


def test_zeros_are_pointed_out_as_they_may_mean_that_nobody_called(engine, tmp_path):
    found = read(engine, slices(tmp_path, 0, 0, 3)).findings
    assert (finding_of(found, "values-zero").count, finding_of(found, "values-zero").severity) == (2, "note")
    assert "values-zero" not in [finding.code for finding in read(engine, slices(tmp_path, 1, 2, 3)).findings]


def test_rows_at_any_distance_are_no_slices_of_one_length(engine, tmp_path):
    uneven = "\n".join(["time,value", *[f"2026-03-02T10:{minute:02}:00Z,1" for minute in (0, 5, 7, 12, 13, 21, 26, 33)]])
    assert finding_of(read(engine, written(tmp_path, uneven)).findings, "interval-irregular").severity == "warning"
    assert "interval-irregular" not in [finding.code for finding in read(engine, slices(tmp_path, *"12345")).findings]


def test_the_length_of_a_slice_is_the_usual_distance_whatever_the_gaps():
    times = np.array(["2026-03-01T10:00:30", "2026-03-01T10:02:30", "2026-03-01T10:04:31", "2026-03-02T10:04"], "datetime64[s]")
    assert (usual_distance_seconds(times), slice_minutes(times)) == (121, 2)
    assert slice_minutes(np.array(["2026-03-01T10:00:00", "2026-03-01T10:00:10"], "datetime64[us]")) == 1
    assert slice_minutes(np.array(["2026-03-01", "2026-03-08"], "datetime64[D]")) == 1440


def test_what_is_counted_is_called_a_slice_even_after_a_merge():
    assert [event_of(format, "request") for format in ("intervals", "csv, intervals", "csv", "auto")] == [
        "slice",
        "slice",
        "request",
        "request",
    ]


def test_stacked_header_rows_become_names_and_a_plain_table_has_none():
    stacked = ["service,a,A,a", "metric,latency,latency,requests", "time,,,", "1,2,3,4"]
    assert stacked_header(stacked) == (",", ("time", "a.latency", "A.latency", "a.requests"), 3)
    assert stacked_header(["time,value", "2026-03-02,", "2026-03-03,", "2026-03-04,1"]) is None
    assert stacked_header(["time,value"]) is None


def test_names_that_differ_in_case_only_get_a_number_and_a_note(engine, tmp_path):
    text = "service,a,A,a\nmetric,latency,latency,requests\nunix_timestamp,,,\n1693922400.0,0.1,7,4\n1693922700.0,,8,5\n"
    path = written(tmp_path, text)
    table = read(engine, path, columns={"value": "A.latency_2"})
    assert [row["value"] for row in rows_of(table)] == [7.0, 8.0]
    assert (finding_of(table.findings, "columns-renamed").count, finding_of(table.findings, "columns-renamed").example) == (
        1,
        "A.latency_2",
    )
    assert rows_of(read(engine, path, columns={"value": "a.requests"}))[0]["a.latency"] == 0.1


def test_files_with_other_header_rows_are_refused(engine, tmp_path):
    for name, service in (("1.csv", "a"), ("2.csv", "b")):
        written(tmp_path, f"service,{service}\nmetric,latency\nunix_timestamp,\n1693922400.0,1\n", name)
    assert codes_of(engine, tmp_path / "*.csv", format="intervals", columns={"value": "a.latency"}) == ["columns-differ"]


def test_an_assessment_speaks_of_slices_where_it_would_speak_of_requests(tmp_path):
    lines = [f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z,{900 if n % 200 == 0 else 90}" for n in range(24 * 28)]
    history = reduced(written(tmp_path, "\n".join(["time,value", *lines])), "value < 250")
    source = history.source_of("slow")
    one = assess(
        history, "slow", window=parse_window("7d"), confidence=Decimal("0.9"), rng=np.random.default_rng(1), event=event_of(source.format, "request")
    )  # fmt: skip
    words = " ".join([one.history_sentence, one.sentence, *one.budget.sentences])
    assert "672 valid slices" in words
    assert "request" not in words


def test_the_command_line_fits_slices_by_name(tmp_path, capsys):
    lines = [f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z,{n % 100}" for n in range(24 * 28)]
    path = written(tmp_path, "\n".join(["time,value", *lines]))
    history = str(tmp_path / "history")
    assert main(["reduce", str(path), "--format", "intervals", "--valid", "true", "--good", "value < 98", "--out", history]) == 0
    main(["fit", history, "--window", "7d"])
    assert "of 672 valid slices were good" in capsys.readouterr().out


WORKBOOK = """
version: 1
service: {name: shop}
sources:
  latency: {path: metric.csv, format: intervals}
journeys:
  - {id: buy, name: Buy}
indicators:
  - {id: fast, journey: buy, kind: availability, source: latency, specification: quick slices, measured_at: application_metric, valid: "true", good: value < 98}
objectives:
  - {id: fast-7d, indicator: fast, window: 7d}
"""


def test_a_proposal_promises_slices_and_says_that_they_are_no_requests(tmp_path):
    from slo_workbench.proposal.case import open_case

    lines = [f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z,{n % 100}" for n in range(24 * 28)]
    written(tmp_path, "\n".join(["time,value", *lines]))
    case = open_case(str(written(tmp_path, WORKBOOK, "workbook.yaml")), "fast-7d")
    assert "of valid slices of the journey" in case.promise
    assert "not of requests" in case.indicator_section().text
    assert "28 days of slices" in case.summary().text
    assert "interval-metrics" in json.dumps(case.result())


# -------------------------------------------------------------------------------------------------- real data


def test_five_minute_means_of_a_real_server_and_an_hour_that_never_was():
    path = real_file("nab", "ec2_request_latency_system_failure.csv")
    history = reduced(path, "value < 50", time_zone="UTC")
    # when the clocks went forward, twelve rows were all written as 03:00
    assert history.provenance.sources[0].refused == {"time-repeated": 12}
    assert history.provenance.sources[0].resolution_minutes == 5
    with path.open() as file:
        values = [float(row["value"]) for row in csv.DictReader(file) if row["timestamp"] != "2014-03-09 03:00:00"]
    assert counts_of(history) == (len(values), sum(value < 50 for value in values)) == (4020, 3968)


def test_hourly_means_in_which_a_zero_may_mean_no_calls():
    path = real_file("ms_cloud_monitoring", "consumer-purchase-rate", "purchase-01.csv")
    history = reduced(path, "value < 2", "value > 0")
    assert history.provenance.sources[0].resolution_minutes == 60
    assert finding_of(history.findings, "values-zero").count == 1_227
    assert counts_of(history)[0] == 1_248 - 1_227


@pytest.mark.parametrize(("traffic", "column"), [("high", "DynamoDB_AWS::DynamoDB.latency.p99"), ("low", "PetSite.availability.Average")])
def test_four_header_rows_of_a_real_shop_give_one_metric_by_name(traffic, column):
    path = real_file("petshop", f"{traffic}_traffic", "metrics.csv")
    with path.open() as file:
        rows = list(csv.reader(file))
    place = [".".join(parts) for parts in zip(*rows[:3], strict=True)].index(column)
    values = [row[place] for row in rows[4:]]
    history = reduced(path, "value < 99", columns={"value": column})
    source = history.provenance.sources[0]
    assert (source.n_rows_read, source.n_rows_used, source.resolution_minutes) == (589, sum(value != "" for value in values), 5)
    assert counts_of(history) == (source.n_rows_used, sum(value != "" and float(value) < 99 for value in values))


def test_blank_cells_of_a_real_shop_are_counted_as_no_data():
    path = real_file("petshop", "high_traffic", "metrics.csv")
    with path.open() as file:
        rows = list(csv.reader(file))
    blanks = [sum(row[place] == "" for row in rows[4:]) for place in range(len(rows[0]))]
    place = next(place for place, n_blank in enumerate(blanks) if 20 < n_blank < 300)
    column = ".".join(row[place] for row in rows[:3])
    source = reduced(path, "value >= 0", columns={"value": column}).provenance.sources[0]
    assert source.refused == {"value-missing": blanks[place]}


def test_header_rows_of_different_lengths_are_no_stacked_header():
    assert stacked_header(["a\tb\t1", "one line of a log", "name\t\t"]) is None
