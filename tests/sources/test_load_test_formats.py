"""Results of load tests: requests are rows, everything else is accounted for.

Real results come from the projects that make or read them (see ``../shared/data``); small ones are made up.
"""

from datetime import datetime

import pytest

from slo_workbench.sources.formats import format_of
from slo_workbench.sources.rows import SourceRequest
from tests.conftest import real_file
from tests.sources.opening import codes_of, opened, refusals_of, rows_of


def written(tmp_path, text, name="results.jtl"):
    path = tmp_path / name
    path.write_text(text)
    return path


def codes(table):
    return [finding.code for finding in table.findings]


# --- real results ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "format", "n_rows", "good", "n_good"),
    [
        (("jmeter", "sample_log1.jtl"), "jmeter_xml", 10_000, "success", 10_000),
        (("jmeter", "sample_log2.jtl"), "jmeter_xml", 10_000, "success", 9_999),
        (("jmeter", "HTMLReportTestFile.csv"), "jmeter_csv", 255, "success", 252),
        (("jmeter", "HTMLReportFalseTestFile.csv"), "jmeter_csv", 50, "success", 0),
        (("taurus", "slow-stdev.jtl"), "jmeter_csv", 599, "status < 500", 538),
        (("taurus", "tabs.jtl"), "jmeter_csv", 4, "success", 4),
        (("taurus", "unicode.jtl"), "jmeter_csv", 13, "status = 404", 13),
        (("taurus", "gatling_simulation.log"), "gatling", 644, "success", 642),
        (("taurus", "k6_kpi.csv"), "k6_csv", 4, "success", 2),
        (("phout", "phout1"), "phout", 15_000, "status <> 314", 14_617),
        (("elastic_apache", "apache_logs"), "access_log", 9_999, "status < 500", 9_996),
    ],
)
def test_real_results_reduce_to_counts_with_every_row_accounted_for(engine, parts, format, n_rows, good, n_good):
    from slo_workbench.history.history import IndicatorQuery
    from slo_workbench.history.reduce import reduce_requests

    table = opened(engine, real_file(*parts))
    assert (table.format, table.n_rows_used) == (format, n_rows)
    history = reduce_requests({"requests": table}, [IndicatorQuery("all", "requests", "true", good)])
    assert (history.series["valid"].sum(), history.series["good"].sum()) == (n_rows, n_good)


@pytest.mark.parametrize("name", ["eshopper_000.csv", "trainticket_first.csv"])
def test_results_without_times_are_refused_by_name(engine, name):
    assert codes_of(engine, real_file("icpe", name)) == ["time-column-missing"]


def test_the_real_response_code_that_is_no_number_is_kept_as_text(engine):
    table = opened(engine, real_file("jmeter", "sample_log2.jtl"))
    failed = [row for row in rows_of(table) if not row["success"]]
    assert [(row["status"], row["response_code"], row["latency_ms"]) for row in failed] == [(None, "Non HTTP response code", 25_546.0)]


@pytest.mark.parametrize(("parts", "n_others"), [(("taurus", "gatling_simulation.log"), 270), (("taurus", "k6_kpi.csv"), 56)])
def test_real_lines_are_requests_or_counted_as_something_else(engine, parts, n_others):
    path = real_file(*parts)
    table = opened(engine, path)
    assert [finding.count for finding in table.findings if finding.code == "lines-not-requests"] == [n_others]
    n_header = 1 if table.format == "k6_csv" else 0
    assert table.n_rows_read + n_others + n_header == len(path.read_text().splitlines())


# --- JMeter ----------------------------------------------------------------------------------------------------------

XML = """<?xml version="1.0" encoding="UTF-8"?>
<testResults version="1.2">
<httpSample t="120" it="0" lt="80" ct="10" ts="1779012303123" s="true" lb="Café &amp; Bar" rc="200" rm="OK" tn="G 1-1" by="18" hn="h">
  <responseHeader class="java.lang.String">HTTP/1.1 200</responseHeader>
  <method class="java.lang.String">GET</method>
  <java.net.URL>https://shop.example/a?b=1&amp;c=2</java.net.URL>
</httpSample>
<sample t="300" ts="1779012304000" s="false" lb="checkout" rc="" tn="G 1-2">
  <httpSample t="100" ts="1779012304000" s="true" lb="cart" rc="200" tn="G 1-2"><method>POST</method></httpSample>
  <httpSample t="200" ts="1779012304100" s="false" lb="pay" rc="500" tn="G 1-2"/>
</sample>
<sample t="5" s="true" lb="no time" rc="200"/>
<sample t="soon" ts="1779012305000" s="true" lb="no latency" rc="200"/>
</testResults>
"""


def test_xml_samples_are_rows_and_samples_within_them_are_not(engine, tmp_path):
    table = opened(engine, written(tmp_path, XML))
    first, second = sorted(rows_of(table), key=lambda row: row["time"])
    assert (table.format, table.n_rows_read) == ("jmeter_xml", 4)
    assert refusals_of(table) == {"time-missing": 1, "latency_ms-unreadable": 1}
    assert (first["time"], first["route"], first["status"]) == (datetime(2026, 5, 17, 10, 5, 3, 123_000), "Café & Bar", 200)
    assert (first["latency_ms"], first["success"], first["method"]) == (120.0, True, "GET")
    assert (first["URL"], first["Latency"], first["bytes"], first["threadName"]) == ("https://shop.example/a?b=1&c=2", 80, 18, "G 1-1")
    assert (second["route"], second["success"], second["status"], second["method"]) == ("checkout", False, None, None)
    assert [(finding.code, finding.count) for finding in table.findings][:1] == [("samples-nested", 2)]


def test_xml_that_stops_before_its_end_is_used_as_far_as_it_goes(engine, tmp_path):
    for cut_at in (XML.index("  <method>POST") if "  <method>POST" in XML else XML.index("<method>POST"), XML.index("</testResults>")):
        table = opened(engine, written(tmp_path, XML[:cut_at]))
        assert table.findings[0].code == "xml-cut-short"
        assert table.findings[0].severity == "warning"
        assert table.n_rows_used == 2


def test_xml_that_is_broken_or_declares_a_document_type_is_refused(engine, tmp_path):
    assert codes_of(engine, written(tmp_path, XML.replace('lb="checkout"', "lb=checkout"))) == ["source-damaged"]
    bomb = '<!DOCTYPE testResults [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    with_doctype = XML.replace("<testResults", bomb + "<testResults").replace("Café &amp; Bar", "&b;")
    assert codes_of(engine, written(tmp_path, with_doctype)) == ["xml-doctype"]


def test_several_xml_files_are_one_source_and_large_ones_come_in_parts(engine, tmp_path, monkeypatch):
    from slo_workbench.sources import jmeter_xml

    monkeypatch.setattr(jmeter_xml, "_BATCH_ROWS", 3)
    sample = '<sample t="{}" ts="1779012304000" s="true" lb="x" rc="200"><method>PUT</method></sample>\n'
    for number in (1, 2):
        samples = "".join(sample.format(n) for n in range(40_000))
        written(tmp_path, f'<?xml version="1.0"?>\n<testResults version="1.2">\n{samples}</testResults>', f"{number}.jtl")
    table = opened(engine, tmp_path / "*.jtl")
    assert table.n_rows_used == 80_000
    assert table.table.latency_ms.sum().to_pyarrow().as_py() == 2 * sum(range(40_000))
    assert table.table.method.nunique().to_pyarrow().as_py() == 1
    assert table.table.method.count().to_pyarrow().as_py() == 80_000


HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect"
)
RESULTS = (
    "1779012303123,120,home,200,OK,G 1-1,text,true,,18,8,1,1,null,80,0,1",
    '1779012304000,30000,pay,Non HTTP response code: java.net.SocketTimeoutException,"Read, timed out",G 1-2,,false,"two\nlines",0,0,1,1,null,0,0,0',
)


@pytest.mark.parametrize("separator", [",", "\t", "|", ";"])
@pytest.mark.parametrize("has_header", [True, False])
def test_csv_results_are_read_with_and_without_header_whatever_separates_them(engine, tmp_path, separator, has_header):
    lines = [*([HEADER] if has_header else []), *RESULTS]
    text = "\n".join(line.replace("Read, timed", "Read  timed").replace(",", separator) for line in lines) + "\n"
    table = opened(engine, written(tmp_path, text))
    first, second = sorted(rows_of(table), key=lambda row: row["time"])
    assert table.format == "jmeter_csv"
    assert (first["time"], first["route"], first["status"]) == (datetime(2026, 5, 17, 10, 5, 3, 123_000), "home", 200)
    assert (first["latency_ms"], first["success"], first["Connect"]) == (120.0, True, 1)
    assert (second["status"], second["response_code"]) == (None, "Non HTTP response code: java.net.SocketTimeoutException")
    assert (second["success"], second["failureMessage"], second["threadName"]) == (False, "two\nlines", "G 1-2")


def test_mixed_line_ends_are_line_ends(engine, tmp_path):
    path = tmp_path / "results.jtl"
    path.write_bytes("\r\n".join([HEADER, RESULTS[0], RESULTS[0] + "\n" + RESULTS[1], RESULTS[0] + ",extra", RESULTS[0] + "\r"]).encode())
    table = opened(engine, path)
    assert (table.n_rows_read, refusals_of(table)) == (5, {"too-many-columns": 1})
    assert [row["failureMessage"] for row in rows_of(table) if not row["success"]] == ["two\nlines"]


def test_a_mark_at_the_start_is_no_part_of_the_first_column(engine, tmp_path):
    path = tmp_path / "results.jtl"
    path.write_text(f"{HEADER}\n{RESULTS[0]}\n", encoding="utf-8-sig")
    table = opened(engine, path)
    assert (table.format, table.n_rows_used) == ("jmeter_csv", 1)


def test_older_results_without_header_have_fewer_columns(engine, tmp_path):
    without_url = RESULTS[0].replace(",null", "")
    row = rows_of(opened(engine, written(tmp_path, without_url + "\n")))[0]
    assert (row["Latency"], row["allThreads"], row["sentBytes"]) == (80, 1, 8)
    without_sent = without_url.replace(",18,8,", ",18,")
    row = rows_of(opened(engine, written(tmp_path, without_sent + "\n")))[0]
    assert (row["Latency"], row["allThreads"], row["bytes"]) == (80, 1, 18)


def test_csv_results_with_formatted_times_and_without_codes_are_read(engine, tmp_path):
    table = opened(
        engine, written(tmp_path, "timeStamp,elapsed,label,success\n2026/05/17 10:05:03.123,5,a,true\n,5,a,true\n2026/05/17,5\n")
    )
    assert rows_of(table)[0]["time"] == datetime(2026, 5, 17, 10, 5, 3, 123_000)
    assert (refusals_of(table), codes(table)[0]) == ({"time-missing": 1, "missing-columns": 1}, "time-without-zone")


def test_results_without_a_needed_column_are_refused_by_name(engine, tmp_path):
    assert codes_of(engine, written(tmp_path, "timeStamp,elapsed\n1,2\n"), format="jmeter_csv") == ["column-missing"]


# --- Gatling ---------------------------------------------------------------------------------------------------------


def test_gatling_requests_of_3_0_and_of_3_5_are_read_and_other_records_counted(engine, tmp_path):
    lines = [
        "ASSERTION\tAAECAAIBAAAAAAAAWUA=",
        "RUN\tshop.Simulation\tsimulation\t1779012303000\t \t3.5.1",
        "USER\tAll\tSTART\t1779012303000\t1779012303000",
        "REQUEST\tlogin,form\tpost login\t1779012303123\t1779012303223\tOK\t ",
        "REQUEST\t17\tlogin\tget page\t1779012303000\t1779012304500\tKO\tstatus.find.is(200), but actually found 503",
        "GROUP\tlogin\t1779012303000\t1779012304500\t1500\tOK",
        "REQUEST\tlogin\tcut off\t17790123",
        "something else",
    ]
    table = opened(engine, written(tmp_path, "\n".join(lines), "simulation.log"))
    failed, fine = sorted(rows_of(table), key=lambda row: row["time"])
    assert (table.format, table.n_rows_read, refusals_of(table)) == ("gatling", 4, {"not-a-gatling-record": 2})
    assert (fine["route"], fine["groups"], fine["latency_ms"], fine["success"]) == ("post login", "login,form", 100.0, True)
    assert (failed["virtual_user"], failed["latency_ms"], failed["success"]) == ("17", 1500.0, False)
    assert failed["message"] == "status.find.is(200), but actually found 503"
    assert table.findings[0].count == 4


# --- k6 --------------------------------------------------------------------------------------------------------------

K6_HEADER = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,"
    "subproto,tls_version,url,extra_tags"
)


def k6_request(second, duration, failed, name="https://shop.example/cart?id=1", status=200):
    tags = f",,,,{'false' if failed else 'true'},,GET,{name},HTTP/2.0,default,,{status},,tls1.3,{name},"
    values = {"http_reqs": 1, "http_req_duration": duration, "http_req_waiting": duration - 1, "http_req_failed": int(failed)}
    return [f"{metric},{second},{value}.000000{tags}" for metric, value in values.items()]


def test_k6_metrics_of_a_request_come_together_and_requests_alike_in_all_tags_stay_apart(engine, tmp_path):
    lines = [
        K6_HEADER,
        *k6_request(1779012303, 100, False),
        "vus,1779012303,5.000000,,,,,,,,,,,,,,,",
        *k6_request(1779012303, 250, False),
        *k6_request(1779012304, 0, True, "https://nowhere.example", 0),
        "http_req_duration,1779012305",
    ]
    table = opened(engine, written(tmp_path, "\n".join(lines), "k6.csv"))
    rows = sorted(rows_of(table), key=lambda row: (row["time"], row["latency_ms"]))
    assert (table.format, table.n_rows_read, refusals_of(table)) == ("k6_csv", 4, {"missing-columns": 1})
    assert [(row["latency_ms"], row["waiting_ms"]) for row in rows] == [(100.0, 99.0), (250.0, 249.0), (0.0, -1.0)]
    assert [(row["route"], row["status"], row["success"]) for row in rows] == [("/cart", 200, True)] * 2 + [("/", None, False)]
    assert [finding.count for finding in table.findings if finding.code == "lines-not-requests"] == [10]


def test_k6_parts_stay_with_their_request_when_another_has_fewer(engine, tmp_path):
    lines = [K6_HEADER, *k6_request(1779012304, 50, True, "https://nowhere.example", 0), *k6_request(1779012303, 100, False)]
    without_one = [line for line in lines if not (line.startswith("http_req_waiting") and "nowhere" in line)]
    rows = rows_of(opened(engine, written(tmp_path, "\n".join(without_one), "k6.csv")))
    assert {row["latency_ms"]: row["waiting_ms"] for row in rows} == {50.0: None, 100.0: 99.0}


def test_k6_results_without_names_are_refused_by_name(engine, tmp_path):
    path = written(tmp_path, "metric_name,timestamp,metric_value,status\nhttp_req_duration,1779012303,1.0,200\n", "k6.csv")
    assert codes_of(engine, path) == ["column-missing"]


# --- phout -----------------------------------------------------------------------------------------------------------


def test_phout_lines_are_microseconds_and_a_failed_network_has_no_status(engine, tmp_path):
    lines = [
        "1779012303.123\tcart#12\t31941\t100\t20\t31000\t821\t31941\t300\t1500\t0\t200",
        "1779012304.5\t\t11000000\t0\t0\t0\t0\t0\t0\t0\t110\t0",
        "1779012304.5\tcart\t1",
    ]
    table = opened(engine, written(tmp_path, "\n".join(lines), "phout.log"))
    first, second = sorted(rows_of(table), key=lambda row: row["time"])
    assert (table.format, refusals_of(table)) == ("phout", {"not-a-phout-line": 1})
    assert (first["time"], first["route"], first["tag"]) == (datetime(2026, 5, 17, 10, 5, 3, 123_000), "cart", "cart#12")
    assert (first["latency_ms"], first["latency_us"], first["status"], first["n_bytes"]) == (31.941, 31_000, 200, 1500)
    assert (second["status"], second["net_code"], second["latency_ms"], second["route"]) == (None, 110, 11_000.0, None)


# --- all -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (XML, "jmeter_xml"),
        (HEADER, "jmeter_csv"),
        (RESULTS[0], "jmeter_csv"),
        (K6_HEADER, "k6_csv"),
        ("time,elapsed,label", "csv"),
        ("RUN\tx", "csv"),
    ],
)
def test_each_format_is_recognised_by_its_lines_and_by_no_other(text, name, tmp_path):
    path = written(tmp_path, text + "\n", "results.txt")
    assert format_of([path], SourceRequest(path)).name == name
