"""Any bytes at all, read as any format: an answer or a finding, never a crash, and every row accounted for."""

import gzip

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.formats import FORMATS
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from tests.sources import test_access_log_formats as logs
from tests.sources import test_load_test_formats as load

K6 = load.k6_request(1779012303, 100, False)
LOG_FORMAT = logs.join_quoted_pieces(logs.MAIN)
# Each format's own lines, headers first.
SEEDS = {
    "access_log": [logs.COMBINED, f"{logs.COMBINED} 0.5", f"{logs.COMBINED} -"],
    "combined_us": [f"{logs.COMBINED} 7", f"{logs.COMBINED} 0.5", logs.COMBINED],
    "nginx": [logs.NGINX, logs.NGINX.replace("0.010, 0.200", "-")],
    "envoy": [logs.ENVOY, logs.ISTIO],
    "aws_alb": [logs.ALB],
    "iis": [logs.IIS[3], *logs.IIS],
    "caddy": [logs.CADDY, logs.CADDY_OTHER],
    "jmeter_xml": [
        "<testResults>",
        *[line for line in load.XML.splitlines() if line.endswith("/>")],
        *load.XML.splitlines(),
        "</testResults>",
    ],
    "jmeter_csv": [load.HEADER, *load.RESULTS],
    "k6_csv": [load.K6_HEADER, *load.k6_request(1779012303, 100, False)],
    "gatling": ["RUN\ta\tb\t1\t \t3.5.1", "REQUEST\t\ta\t1779012303123\t1779012303223\tOK", "USER\tAll\tSTART\t1\t1"],
    "phout": ["1779012303.123\tcart#12\t31941\t100\t20\t31000\t821\t31941\t300\t1500\t0\t200"],
    "csv": ["time,status,latency_ms", "2026-05-17T10:05:03Z,200,1.5", "1779012303,500,-1", '"2026-05-17T10:05:03Z",,"3"'],
    "jsonl": ['{"ts": "2026-05-17T10:05:03Z", "status": 200}', '{"ts": 1779012303, "status": "x", "a": {"b": [1]}}'],
}
ODD = [
    b"\0",
    b"\xff",
    b"\r",
    b"\x1e\x1f\x1e\x1f",
    b'"',
    b"'",
    b"\\",
    b",",
    b"\t",
    b"9" * 30,
    b"-1",
    b"nan",
    b"inf",
    b"1e999",
    "\u2028é".encode(),
    b" ",
]


@st.composite
def damaged(draw, lines):
    """A line with a few bytes cut out, put in or repeated."""
    line = draw(st.sampled_from(lines)).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(line)))
        end = draw(st.integers(start, min(len(line), start + 12)))
        line = line[:start] + draw(st.sampled_from([b"", line[start:end] * 2, *ODD])) + line[end:]
    return line


def contents(name):
    """Files that are mostly of a format, with lines of others and mere bytes among them."""
    own = SEEDS.get(name, [line for lines in SEEDS.values() for line in lines])
    every = [line for lines in SEEDS.values() for line in lines]
    line = st.one_of(*[damaged(own)] * 5, damaged(every), st.binary(max_size=60))
    start = st.sampled_from([b"", b"\xef\xbb\xbf", b"\n", *[f"{own[0]}\n".encode()] * 7])
    end = st.sampled_from([b"\n", b"\n", b"\r\n"])
    return st.tuples(start, st.lists(line, min_size=1, max_size=10), end).map(lambda parts: parts[0] + parts[2].join(parts[1]))


@pytest.fixture(scope="module")
def shared_engine():
    with connect_engine() as connection:
        yield connection


def read_or_refuse(engine, path, **options):
    try:
        table = open_source(engine, SourceRequest(path, **options))
    except FindingsError as refused:
        event(f"refused: {refused.findings[-1].code}")
        return
    event(f"read, {'some' if table.n_rows_refused else 'no'} rows refused")
    assert table.n_rows_read == table.n_rows_used + table.n_rows_refused
    rows = table.table.to_pyarrow()
    assert len(rows) == table.n_rows_used
    assert rows["time"].null_count == 0


@pytest.mark.parametrize("name", ["auto", *FORMATS])
@given(data=st.data())
def test_any_bytes_as_any_format_are_accounted_for_or_refused(shared_engine, tmp_path_factory, name, data):
    content = data.draw(contents(name))
    path = tmp_path_factory.getbasetemp() / f"fuzzed-{name}.txt"
    path.write_bytes(content)
    read_or_refuse(shared_engine, path, format=name, log_format=LOG_FORMAT if name == "nginx" else None)


@given(content=contents("auto"), cut=st.integers(0, 60), ending=st.sampled_from([".gz", ".log"]))
def test_any_bytes_compressed_and_cut_are_accounted_for_or_refused(shared_engine, tmp_path_factory, content, cut, ending):
    path = tmp_path_factory.getbasetemp() / f"fuzzed{ending}"
    packed = gzip.compress(content)
    path.write_bytes(packed[: len(packed) - cut])
    read_or_refuse(shared_engine, path)


@given(
    log_format=st.text(max_size=60) | st.lists(st.sampled_from([*LOG_FORMAT.split(), "$a", "${b}", "'", '"', "(", "\\", " "])).map(" ".join)
)
def test_any_log_format_reads_or_is_refused(shared_engine, tmp_path_factory, log_format):
    path = tmp_path_factory.getbasetemp() / "fuzzed-format.log"
    path.write_text(logs.NGINX + "\n")
    read_or_refuse(shared_engine, path, format="nginx", log_format=log_format)


FOUND = {
    "a year that Python's datetime has not": ("envoy", f"{logs.ENVOY}\n{logs.ENVOY.replace('[2026', '[22026')}\n", {"time-unlikely": 1}),
    "a zero byte among the names of fields": ("iis", "#Fields: date time\0sc-status\n2026-05-17 10:05:03 200\n", {}),
    "a zero byte in the name of a field": ("jsonl", '{"ts": "2026-05-17T10:05:03Z", "a\\u0000": 1, "": 2}\n', {}),
    "a year out of reach in a zone of its own": ("csv", "time,a\n2026-05-17T10:05:03,1\n22026-05-17T10:05:03,1\n", {"time-unlikely": 1}),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_once_crashed_is_read(shared_engine, tmp_path, what):
    name, content, refused = FOUND[what]
    (tmp_path / "r.txt").write_text(content)
    table = open_source(shared_engine, SourceRequest(tmp_path / "r.txt", format=name, time_zone="Europe/London"))
    assert ({refusal.reason: refusal.n_rows for refusal in table.refusals}, table.n_rows_used) == (refused, 1)
