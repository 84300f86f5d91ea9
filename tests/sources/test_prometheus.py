"""Counts from a real Prometheus equal those of the generator of its history; what goes wrong is one clear finding."""

import contextlib
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import traceback
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from slo_workbench.document import read_workbook
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history.from_prometheus import read_prometheus
from slo_workbench.history.from_workbook import check_data, check_expressions, reduce_workbook
from slo_workbench.history.history import TABLES, merge_histories
from slo_workbench.history.latency_buckets import upper_edge_ms
from slo_workbench.history.quality import gap_findings
from slo_workbench.history.store import read_history, write_history
from slo_workbench.sources.prometheus import PrometheusQuery
from slo_workbench.sources.prometheus_api import PrometheusApi
from slo_workbench.sources.prometheus_counters import check_selector, read_growth

START = datetime(2026, 3, 2, tzinfo=UTC)
BEGIN = int(START.timestamp())
DAYS = 21
END = START + timedelta(days=DAYS)
DAY = 86_400
SCRAPE = 60
EDGES = ("0.05", "0.1", "0.25", "1", "+Inf")
HOLE = (BEGIN + 4 * DAY + 10 * 3600, BEGIN + 4 * DAY + 12 * 3600)
NOT_SCRAPED = {"b": (BEGIN + 7 * DAY, BEGIN + 7 * DAY + 3600)}
# seconds at which a process starts; the counters of a restarted one begin at zero
STARTS = {
    "a": [BEGIN - 10 * DAY, BEGIN + 2 * DAY + 12_345, BEGIN + 2 * DAY + 12_400, BEGIN + 9 * DAY],
    "b": [BEGIN - 10 * DAY, BEGIN + 7 * DAY + 1_800],
    "c": [BEGIN + 12 * DAY + 4_321],
}
# errors of b are first counted on the third day: before that the series is not there
FIRST_ERROR = {"a": BEGIN - 10 * DAY, "b": BEGIN + 3 * DAY + 77, "c": BEGIN + 13 * DAY}


class World:
    """Events of three instances, as text for promtool and as the counts that must come out."""

    def __init__(self):
        self.rng = np.random.default_rng(20_260_302)
        self.lines, self.histogram_lines = [], []
        self.valid, self.good, self.scrapes, self.in_time, self.n_resets, self.between = (
            Counter(),
            Counter(),
            Counter(),
            Counter(),
            0,
            Counter(),
        )
        for instance in STARTS:
            self.live(instance)

    def live(self, instance):
        offset = {"a": 1.25, "b": 20.5, "c": 41.007}[instance]
        counters, buckets, n_starts, before = {}, {}, 0, {}
        for scrape in np.arange(BEGIN - 600 + offset, BEGIN + DAYS * DAY, SCRAPE):
            started = [start for start in STARTS[instance] if start <= scrape]
            if not started:
                continue
            if len(started) != n_starts:
                n_starts = len(started)
                # a process that started long ago has counted a lot already
                counters = {"200": 5_000, "500": 40} if started[-1] < BEGIN - 600 else {"200": 0, "500": 0}
                buckets = dict.fromkeys(EDGES, 0)
            ok = int(self.rng.poisson(3))
            counters["200"] += ok
            counters["500"] += int(self.rng.poisson(0.05)) if scrape > FIRST_ERROR[instance] else 0
            for latency in self.rng.exponential(0.1, ok):
                for edge in EDGES:
                    buckets[edge] += latency <= float(edge)
            if self.is_scraped(instance, scrape):
                self.scrape(instance, float(scrape), counters, buckets, before)

    @staticmethod
    def is_scraped(instance, scrape):
        silent = [HOLE, *([NOT_SCRAPED[instance]] if instance in NOT_SCRAPED else [])]
        return not any(start <= scrape < end for start, end in silent)

    def scrape(self, instance, moment, counters, buckets, before):
        minute = int(moment // 60)
        inside = moment >= BEGIN
        if inside:
            self.scrapes[minute] += 1
        for code in ("200", "500"):
            if code == "500" and moment <= FIRST_ERROR[instance]:
                continue
            self.lines.append(f'http_requests_total{{instance="{instance}",code="{code}"}} {counters[code]} {moment:.3f}')
            grown, reset = self.grown(before, code, counters[code], moment)
            if inside:
                self.valid[minute] += grown
                self.good[minute] += grown if code == "200" else 0
                self.n_resets += reset
        if moment < BEGIN + 2 * DAY:
            below = 0
            for edge in EDGES:
                self.histogram_lines.append(
                    f'http_request_duration_seconds_bucket{{instance="{instance}",le="{edge}"}} {buckets[edge]} {moment:.3f}'
                )
                grown, _ = self.grown(before, edge, buckets[edge], moment)
                if inside:
                    self.in_time[edge, minute] += grown
                    self.between[edge] += grown - below
                below = grown

    @staticmethod
    def grown(before, name, value, moment):
        """What a person would say happened since the last look."""
        if name not in before:
            before[name] = value
            # first looks when the monitoring began tell nothing; whoever comes later was not there before
            return (0 if moment < BEGIN else value), 0
        last, before[name] = before[name], value
        return (value - last, 0) if value >= last else (value, 1)

    def text(self):
        head = "# TYPE http_requests counter\n"
        histogram = "# TYPE http_request_duration_seconds histogram\n"
        return head + "\n".join(self.lines) + "\n" + histogram + "\n".join(self.histogram_lines) + "\n# EOF\n"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def server(world, tmp_path_factory):
    if not (shutil.which("prometheus") and shutil.which("promtool")):
        pytest.skip("Prometheus is not installed: apt-get install prometheus")
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "history.txt").write_text(world.text())
    (folder / "prometheus.yml").write_text("scrape_configs: []\n")
    make = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(folder / "history.txt"), str(folder / "data")]
    subprocess.run(make, check=True, capture_output=True)
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--storage.tsdb.retention.time=100y"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["prometheus", *options, f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], stderr=log, stdout=log
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/-/ready", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(url, process):
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:
            if answer.status == 200:
                return
        assert process.poll() is None, "prometheus ended"
        time.sleep(0.1)
    raise AssertionError("prometheus was not ready within 30 s")


def query(url, **changes):
    usual = {"start": START, "end": END, "valid": "http_requests_total", "good": 'http_requests_total{code!~"5.."}', "indicator": "orders"}
    return PrometheusQuery(url, **{**usual, **changes})


def latency_query(url, **changes):
    usual = {
        "start": START,
        "end": START + timedelta(days=2),
        "histogram": "http_request_duration_seconds",
        "thresholds_ms": (100.0, 250.0),
    }
    return PrometheusQuery(url, **{**usual, "indicator": "fast", **changes})


def by_minute(series, column):
    minutes = series["minute"].to_numpy().astype("datetime64[m]").astype("int64")
    return {int(minute): int(count) for minute, count in zip(minutes, series[column], strict=True) if count}


def without_zeros(counter):
    return {key: int(count) for key, count in counter.items() if count}


@pytest.fixture(scope="module")
def history(server):
    return read_prometheus([query(server)])


def test_counts_equal_those_of_the_generator_minute_by_minute(history, world):
    series = history.series_of("orders")
    assert by_minute(series, "valid") == without_zeros(world.valid)
    assert by_minute(series, "good") == without_zeros(world.good)
    assert int(series["valid"].sum()) > 150_000
    assert {name: str(kind) for name, kind in history.series.dtypes.items()} == TABLES["series"]


def test_minutes_without_a_scrape_are_absent_and_not_zero(history, world):
    rows = history.rows
    minutes = rows["minute"].to_numpy().astype("datetime64[m]").astype("int64")
    assert set(minutes.tolist()) == set(world.scrapes)
    hole = set(range(HOLE[0] // 60 + 1, HOLE[1] // 60))
    assert not hole & set(minutes.tolist())
    assert not hole & set(by_minute(history.series_of("orders"), "valid"))
    (gap,) = gap_findings(history)
    assert gap.example == "2026-03-06 10:00 to 2026-03-06 12:00 UTC"


def test_restarts_and_new_series_are_counted_and_said_aloud(history, world):
    counts = {finding.code: finding.count for finding in history.findings}
    assert world.n_resets >= 4
    # the good counters are a part of the valid ones and reset with them
    assert counts["prometheus-resets"] > world.n_resets
    assert counts["prometheus-new-series"] > 0


def test_provenance_accounts_for_every_sample(history, server):
    (record,) = history.provenance.sources
    assert record.n_rows_read == record.n_rows_used == history.rows["n_rows"].sum()
    assert (record.format, record.resolution_minutes) == ("prometheus", 1)
    assert record.files[0]["name"] == server
    assert history.provenance.engine.startswith("Prometheus 2.")
    assert record.first_time.startswith("2026-03-02T00:00:")


def test_days_read_alone_and_merged_equal_the_whole(server, history):
    cuts = [START + timedelta(hours=hours) for hours in (0, 30, 107, 169, 300)] + [END]
    parts = [read_prometheus([query(server, start=start, end=end)]) for start, end in zip(cuts, cuts[1:], strict=False)]
    merged = merge_histories(parts[::-1])
    for name in TABLES:
        left, right = (getattr(one, name).sort_values(list(TABLES[name]), ignore_index=True) for one in (merged, history))
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_the_same_time_is_not_merged_twice(history):
    with pytest.raises(UnusableValue):
        merge_histories([history, history])


def test_a_histogram_counts_what_was_in_time_at_its_own_edges(server, world):
    history = read_prometheus([latency_query(server)])
    for threshold, edge in ((100.0, "0.1"), (250.0, "0.25")):
        series = history.series_of("fast", threshold)
        assert by_minute(series, "valid") == without_zeros({m: n for (le, m), n in world.in_time.items() if le == "+Inf"})
        assert by_minute(series, "good") == without_zeros({m: n for (le, m), n in world.in_time.items() if le == edge})
    latency = history.latency.groupby("bucket")["n_requests"].sum()
    assert latency.tolist() == [world.between[edge] for edge in EDGES[:-1]]
    edges = np.array([float(edge) * 1000 for edge in EDGES[:-1]])
    upper = upper_edge_ms(latency.index.to_numpy())
    assert ((upper <= edges * (1 + 1e-9)) & (upper > edges / 1.0101)).all()


def test_valid_may_be_a_wider_counter_than_the_histogram(server, world):
    history = read_prometheus([latency_query(server, valid="http_requests_total")])
    two_days = (BEGIN + 2 * DAY) // 60
    assert history.series_of("fast", 100.0)["valid"].sum() == sum(count for minute, count in world.valid.items() if minute < two_days)


def test_a_threshold_that_is_no_edge_is_met_with_the_two_beside_it(server):
    with pytest.raises(FindingsError) as caught:
        read_prometheus([latency_query(server, thresholds_ms=(100.0, 200.0, 5000.0))])
    findings = caught.value.findings
    assert [finding.code for finding in findings] == ["threshold-no-edge", "threshold-no-edge"]
    assert "100 ms or 250 ms" in findings[0].hint
    assert "1 s" in findings[1].hint


def test_a_stored_history_is_read_back_the_same(history, tmp_path):
    write_history(history, tmp_path / "history")
    assert read_history(tmp_path / "history").provenance == history.provenance


def test_a_metric_that_is_not_there_is_met_with_the_nearest(server):
    with pytest.raises(FindingsError) as caught:
        read_prometheus([query(server, valid="http_request_total")])
    assert [(finding.code, finding.hint) for finding in caught.value.findings] == [
        ("prometheus-no-data", "did you mean 'http_requests_total'?")
    ]


def test_more_good_than_valid_is_left_out_with_a_warning(server):
    history = read_prometheus([query(server, valid='http_requests_total{code="500"}', good='http_requests_total{code="200"}')])
    assert (history.series["good"] <= history.series["valid"]).all()
    assert "good-exceeds-valid" in {finding.code for finding in history.findings}


def test_what_a_real_server_refuses_is_said_in_its_words(server):
    with pytest.raises(FindingsError) as caught:
        list(PrometheusApi(server).instant("rate(http_requests_total)", BEGIN))
    (finding,) = caught.value.findings
    assert finding.code == "prometheus-refused"
    assert "expected type range vector" in finding.message


@pytest.mark.parametrize(
    "text", ["rate(x[5m])", "sum(x)", "x[5m]", "x + y", "", "{a='b'}", "x offset 1h", 'x{a="b"} or vector(1)', 'x{a="}" or y', "1"]
)
def test_anything_but_a_plain_selector_is_refused(text):
    with pytest.raises(FindingsError) as caught:
        check_selector(text, where="valid")
    assert caught.value.findings[0].code == "prometheus-selector"


@pytest.mark.parametrize("text", ["x", 'x{a="b"}', 'job:x:total{a=~"b|c", d!="}"}', "x{a='b\\'c'}", "x {}"])
def test_plain_selectors_are_taken(text):
    assert check_selector(text, where="valid")


@pytest.mark.parametrize(
    "changes",
    [
        {"good": ""},
        {"valid": ""},
        {"histogram": "h_seconds"},
        {"thresholds_ms": (5.0,)},
        {"end": START},
        {"start": START + timedelta(seconds=1)},
    ],
)
def test_a_query_that_makes_no_sense_is_refused_before_anything_is_sent(changes):
    with pytest.raises(FindingsError):
        query("http://127.0.0.1:1", **changes)


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers what the test says, in order; the last answer again and again."""

    def do_GET(self):
        self.server.asked.append(parse_qs(urlsplit(self.path).query) | {"headers": dict(self.headers)})
        answers = self.server.answers
        status, body, headers, wait = answers.pop(0) if len(answers) > 1 else answers[0]
        time.sleep(wait)
        with contextlib.suppress(BrokenPipeError):
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def scripted():
    """Give a function that starts a server with its answers: (status, body, headers, seconds to wait)."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as one:
        one.asked, one.daemon_threads = [], True
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

        def start(*answers):
            one.answers = [(*answer, {}, 0)[:4] if len(answer) == 2 else (*answer, 0)[:4] for answer in answers]
            return f"http://127.0.0.1:{one.server_address[1]}", one.asked

        yield start
        one.shutdown()


def answer(*series):
    return {
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": labels, "values": values} for labels, values in series]},
    }


EMPTY = (200, answer())
POINTS = (200, answer(({"a": "b"}, [[BEGIN + 5, "1"], [BEGIN + 65, "4"], [BEGIN + 125, "2"]])))


def growth_of(url, seconds=600, **options):
    pauses = []
    api = PrometheusApi(url, pause=pauses.append, **options)
    return list(read_growth(api, "x_total", BEGIN, BEGIN + seconds)), pauses


def test_a_server_that_is_busy_is_asked_again_after_longer_and_longer_pauses(scripted):
    url, asked = scripted(EMPTY, (503, b"busy"), (502, b"busy"), (500, b"busy"), POINTS)
    (growth,), pauses = growth_of(url)
    assert growth.grown.tolist() == [0, 3, 2]
    assert growth.n_resets == 1
    assert pauses == [0.5, 1.0, 2.0]
    assert len(asked) == 5


def test_a_server_that_stays_busy_is_asked_for_shorter_spans_and_then_given_up(scripted):
    url, asked = scripted(EMPTY, (503, b"busy"))
    with pytest.raises(FindingsError) as caught:
        growth_of(url, seconds=6 * 3600)
    (finding,) = caught.value.findings
    assert (finding.code, "503" in finding.message) == ("prometheus-unavailable", True)
    spans = {one["query"][0] for one in asked[1:]}
    assert spans == {f"x_total[{seconds * 1000}ms]" for seconds in (21_600, 10_800, 5_400, 2_700, 1_350)}
    assert len(asked) <= 1 + 5 * 4


def test_too_many_samples_are_read_in_shorter_spans(scripted):
    refusal = {
        "status": "error",
        "errorType": "execution",
        "error": "query processing would load too many samples into memory in query execution",
    }
    url, asked = scripted(EMPTY, (422, refusal), POINTS)
    growths, pauses = growth_of(url, seconds=6 * 3600)
    assert pauses == []
    assert [one["query"][0] for one in asked[1:]] == ["x_total[21600000ms]", "x_total[10800000ms]", "x_total[10800000ms]"]
    assert sum(int(growth.grown.sum()) for growth in growths) == 5


def test_a_refusal_is_one_finding_in_the_servers_words_and_not_tried_again(scripted):
    url, asked = scripted((422, {"status": "error", "errorType": "bad_data", "error": "no such label foo"}))
    with pytest.raises(FindingsError) as caught:
        growth_of(url)
    (finding,) = caught.value.findings
    assert (finding.code, "no such label foo" in finding.message, len(asked)) == ("prometheus-refused", True, 1)


def test_an_answer_that_takes_too_long_is_a_finding(scripted):
    url, asked = scripted((200, answer(), {}, 0.4))
    started = time.monotonic()
    with pytest.raises(FindingsError) as caught:
        growth_of(url, seconds=900, timeout_seconds=0.05)
    assert "no answer within 0.05 s" in caught.value.findings[0].message
    assert time.monotonic() - started < 10


def test_a_server_that_is_not_there_is_a_finding():
    with pytest.raises(FindingsError) as caught:
        growth_of(f"http://127.0.0.1:{free_port()}")
    assert caught.value.findings[0].code == "prometheus-unreachable"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((200, b"<html>Sign in</html>"), "prometheus-answer"),
        ((200, {"hello": 1}), "prometheus-answer"),
        ((401, b"who are you"), "prometheus-unauthorised"),
        ((302, b"", {"Location": "http://127.0.0.1:1/"}), "prometheus-refused"),
        ((200, {"status": "success", "data": {"result": [{"metric": {}, "histograms": []}]}}), "prometheus-native-histogram"),
        ((200, answer(({}, [[BEGIN + 5, "1.5"]]))), "prometheus-not-counts"),
    ],
)
def test_other_answers_are_findings(scripted, reply, code):
    url, _ = scripted(EMPTY, reply) if code in ("prometheus-native-histogram", "prometheus-not-counts") else scripted(reply)
    with pytest.raises(FindingsError) as caught:
        growth_of(url)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_passwords_and_tokens_are_sent_and_not_shown(scripted):
    url, asked = scripted((403, b"s@crt and t0ken are wrong"))
    url = url.replace("http://", "http://ann:s%40crt@")
    for options in ({}, {"token": "t0ken"}):
        with pytest.raises(FindingsError) as caught:
            read_prometheus([query(url, **options)])
        said = "".join(traceback.format_exception(caught.value)) + repr(query(url, **options)) + repr(query(url, **options).api())
        assert not [secret for secret in ("s@crt", "s%40crt", "ann") if secret in said]
        assert "t0ken" not in said or not options
    assert [one["headers"]["Authorization"] for one in asked] == ["Basic YW5uOnNAY3J0", "Bearer t0ken"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "http://:1", "http://u:p/w@h", "http://h:x", "http://u:p#w@h"])
def test_other_urls_are_refused_without_repeating_them(url):
    with pytest.raises(FindingsError) as caught:
        PrometheusApi(url)
    assert url not in str(caught.value)


def test_samples_that_are_no_numbers_are_refused_and_counted(scripted):
    url, _ = scripted(EMPTY, (200, answer(({}, [[BEGIN + 5, "1"], [BEGIN + 65, "NaN"], [BEGIN + 125, "3"]]))))
    (growth,), _ = growth_of(url)
    assert (growth.n_unusable, growth.grown.tolist()) == (1, [0, 2])


def test_what_was_scraped_twice_at_the_border_of_two_spans_is_counted_once(scripted):
    points = [[BEGIN + n * 900, str(n)] for n in range(60)]
    url, _ = scripted(EMPTY, (200, answer(({}, points))))
    growths, _ = growth_of(url, seconds=15 * 3600)
    assert sum(int(growth.grown.sum()) for growth in growths) == 59
    assert sum(len(growth.seconds) for growth in growths) == 60


WORKBOOK = """
version: 1
service: {name: shop}
journeys: [{id: order, name: Order a book}]
sources:
  counters: {url: "URL", since: 2026-03-02, until: 2026-03-23}
  checks: {path: checks.csv}
indicators:
- {id: orders, journey: order, kind: availability, specification: The share of orders that are taken, measured_at: application_metric, source: counters,
   valid: http_requests_total, good: 'http_requests_total{code!~"5.."}'}
- {id: checked, journey: order, kind: availability, specification: The share of checks that pass, measured_at: prober, source: checks,
   valid: "true", good: status < 500}
- {id: fast, journey: order, kind: latency, specification: The share of orders that are fast, measured_at: application_metric, source: counters,
   valid: http_request_duration_seconds, good: http_request_duration_seconds, thresholds_ms: [100, 250]}
"""


@pytest.fixture
def workbook(tmp_path):
    (tmp_path / "checks.csv").write_text("time,status\n2026-03-02T00:00:00Z,200\n2026-03-02T00:01:00Z,503\n")

    def written(url, **changes):
        text = WORKBOOK.replace("URL", url)
        for before, after in changes.items():
            text = text.replace(before, after)
        (tmp_path / "workbook.yaml").write_text(text)
        return read_workbook(tmp_path / "workbook.yaml"), tmp_path

    return written


def test_a_workbook_may_name_a_prometheus_beside_files(server, history, workbook):
    document, folder = workbook(server)
    assert check_expressions(document) == ()
    made = reduce_workbook(document, folder, places={"counters": server})
    assert [query.id for query in made.provenance.indicators] == ["orders", "checked", "fast"]
    pd.testing.assert_frame_equal(made.series_of("orders"), history.series_of("orders"))
    assert made.series_of("checked")["good"].tolist() == [1, 0]
    assert 0 < made.series_of("fast", 100.0)["good"].sum() < made.series_of("fast", 250.0)["good"].sum()
    findings, totals = check_data(document, folder, places={"counters": server})
    assert {finding.code for finding in findings} == {"prometheus-resets", "prometheus-new-series"}
    assert {finding.where for finding in findings} == {"indicators[0]"}
    assert totals["orders"][:2] == (int(history.series["valid"].sum()), int(history.series["good"].sum()))
    assert totals["checked"][:2] == (2, 1)


def test_a_prometheus_that_only_the_workbook_names_is_not_asked(workbook):
    document, folder = workbook("http://127.0.0.1:1")
    with pytest.raises(FindingsError) as caught:
        reduce_workbook(document, folder, only={"orders", "fast"})
    assert [(finding.code, finding.where) for finding in caught.value.findings] == [("url-not-trusted", "sources.counters.url")]


def test_what_a_prometheus_source_lacks_or_cannot_have_is_said_before_it_is_asked(workbook):
    document, _ = workbook("http://127.0.0.1:1", **{", until: 2026-03-23": ""})
    assert {(finding.code, finding.where) for finding in check_expressions(document)} == {("prometheus-source", "sources.counters")}
    document, _ = workbook("http://127.0.0.1:1", **{", since": ", where: status < 500, since"})
    assert {finding.where for finding in check_expressions(document)} == {"sources.counters.where"}
    document, _ = workbook("http://127.0.0.1:1", **{"good: http_request_duration_seconds,": 'good: "rate(x[5m])",'})
    assert {(finding.code, finding.where) for finding in check_expressions(document)} == {("prometheus-selector", "indicators[2].good")}
