"""Files of every format and in every state: good spans are kept, the rest is counted."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.journeys.traces import Span, read_spans

START_US = 1_700_000_000_000_000


def written(folder: Path, content: object, name: str = "traces.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def only_span(folder: Path, content: object) -> Span:
    spans, findings = read_spans(written(folder, content))
    assert findings == ()
    assert len(spans) == 1
    return spans[0]


def counts_by_code(findings: tuple[Finding, ...]) -> dict[str, int | None]:
    return {finding.code: finding.count for finding in findings}


def zipkin_span(**changes: object) -> dict[str, object]:
    return {
        "traceId": "a1", "id": "b2", "kind": "SERVER", "name": "get /", "timestamp": START_US, "duration": 900,
        "localEndpoint": {"serviceName": "shop"}, **changes,
    }  # fmt: skip


def otlp_document(*spans: object, service: str = "shop") -> dict[str, object]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


def otlp_span(**changes: object) -> dict[str, object]:
    return {
        "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "parentSpanId": "", "name": "buy", "kind": 2,
        "startTimeUnixNano": f"{START_US}000", "endTimeUnixNano": f"{START_US + 250}000", "status": {}, **changes,
    }  # fmt: skip


def jaeger_document(*spans: object) -> dict[str, object]:
    processes = {"p1": {"serviceName": "shop", "tags": []}}
    return {"data": [{"traceID": "a1", "spans": list(spans), "processes": processes}], "total": 0, "errors": None}


def jaeger_span(**changes: object) -> dict[str, object]:
    return {
        "traceID": "a1", "spanID": "b2", "operationName": "buy", "references": [], "startTime": START_US, "duration": 900,
        "tags": [{"key": "span.kind", "type": "string", "value": "client"}], "processID": "p1", **changes,
    }  # fmt: skip


def elastic_document(**changes: object) -> dict[str, object]:
    return {
        "traceId": "a1", "spanId": "b2", "parentSpanId": "c3", "name": "HTTP POST", "kind": "SPAN_KIND_CLIENT", "serviceName": "shop",
        "startTime": "2023-11-14T22:13:20.000000999Z", "endTime": "2023-11-14T22:13:20.001Z", "durationInNanos": 900_000,
        "span.attributes.http@url": "http://bank:8080/pay?card=4711", "span.attributes.http@status_code": 503, "status.code": 0, **changes,
    }  # fmt: skip


def test_otlp_times_are_nanoseconds_as_text_and_kinds_numbers(tmp_path: Path) -> None:
    span = only_span(tmp_path, otlp_document(otlp_span()))
    assert (span.start_us, span.duration_us, span.kind, span.service) == (START_US, 250, "server", "shop")
    assert (span.trace_id, span.span_id) == ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174")


def test_otlp_words_mean_the_same_as_numbers(tmp_path: Path) -> None:
    span = only_span(tmp_path, otlp_document(otlp_span(kind="SPAN_KIND_PRODUCER", status={"code": "STATUS_CODE_ERROR"})))
    assert (span.kind, span.is_error) == ("producer", True)
    assert only_span(tmp_path, otlp_document(otlp_span(status={"code": 2}))).is_error
    assert not only_span(tmp_path, otlp_document(otlp_span(status={"code": 1}))).is_error


def test_otlp_of_the_collectors_file_exporter_has_one_document_a_line(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(otlp_document(otlp_span(spanId=f"0{i}"))) for i in range(3))
    spans, findings = read_spans(written(tmp_path, lines))
    assert [span.span_id for span in spans] == ["01", "02"]
    assert counts_by_code(findings) == {"span-without-id": 1}, "an id of zeros means that there is none"


def test_otlp_attributes_are_read_whatever_their_type(tmp_path: Path) -> None:
    attributes = [
        {"key": "http.request.method", "value": {"stringValue": "post"}},
        {"key": "http.response.status_code", "value": {"intValue": "502"}},
        {"key": "url.full", "value": {"stringValue": "https://me:secret@bank.example:8443/pay?card=1"}},
        {"key": "broken", "value": {"arrayValue": {"values": []}}},
        "no attribute at all",
    ]
    span = only_span(tmp_path, otlp_document(otlp_span(attributes=attributes)))
    assert (span.method, span.status, span.is_error, span.address, span.path) == ("POST", 502, True, "bank.example:8443", "/pay")


def test_a_span_that_never_ended_has_no_duration(tmp_path: Path) -> None:
    assert only_span(tmp_path, otlp_document(otlp_span(endTimeUnixNano="0"))).duration_us is None


@pytest.mark.parametrize(
    "content",
    [
        '{"index":{"_id":"b2"}}\n' + json.dumps(elastic_document()),
        json.dumps(elastic_document()) + "\n",
        {"hits": {"total": 1, "hits": [{"_source": elastic_document()}]}},
        {"_index": "otel-v1-apm-span", "_source": elastic_document()},
    ],
    ids=["bulk file", "bare lines", "search answer", "dump"],
)
def test_spans_kept_in_elasticsearch_are_read_in_each_form(tmp_path: Path, content: object) -> None:
    span = only_span(tmp_path, content)
    assert (span.start_us, span.duration_us, span.parent_id, span.kind) == (START_US, 900, "c3", "client")
    assert (span.address, span.path, span.status, span.is_error) == ("bank:8080", "/pay", 503, True)


def test_jaeger_takes_parent_and_service_from_references_and_processes(tmp_path: Path) -> None:
    references = [{"refType": "FOLLOWS_FROM", "traceID": "a1", "spanID": "f1"}, {"refType": "CHILD_OF", "traceID": "a1", "spanID": "c3"}]
    span = only_span(tmp_path, jaeger_document(jaeger_span(references=references)))
    assert (span.parent_id, span.follows, span.service, span.kind) == ("c3", False, "shop", "client")
    assert only_span(tmp_path, jaeger_document(jaeger_span(references=references[:1]))).follows


def test_jaegers_error_tag_counts_only_when_it_is_true(tmp_path: Path) -> None:
    for value, is_error in ((True, True), ("true", True), (False, False), ("false", False)):
        span = only_span(tmp_path, jaeger_document(jaeger_span(tags=[{"key": "error", "value": value}])))
        assert span.is_error is is_error, value


def test_a_single_jaeger_trace_and_a_span_from_elasticsearch_are_read(tmp_path: Path) -> None:
    trace = jaeger_document(jaeger_span())["data"][0]  # type: ignore[index]
    assert only_span(tmp_path, trace).service == "shop"
    assert only_span(tmp_path, jaeger_span(process={"serviceName": "bank"})).service == "bank"


def test_zipkin_lists_may_stand_in_a_list(tmp_path: Path) -> None:
    spans, findings = read_spans(written(tmp_path, [[zipkin_span()], [zipkin_span(traceId="a2"), zipkin_span(id="b3")]]))
    assert [(span.trace_id, span.span_id) for span in spans] == [("a1", "b2"), ("a2", "b2"), ("a1", "b3")]
    assert findings == ()


def test_an_empty_error_tag_is_an_error_in_zipkin(tmp_path: Path) -> None:
    assert only_span(tmp_path, [zipkin_span(tags={"error": ""})]).is_error
    assert not only_span(tmp_path, [zipkin_span(tags={})]).is_error


def test_an_http_status_is_an_error_from_500_on(tmp_path: Path) -> None:
    for status, is_error in ((404, False), ("499", False), (500, True), ("503", True)):
        assert only_span(tmp_path, [zipkin_span(tags={"http.status_code": status})]).is_error is is_error, status


def test_both_sides_in_one_span_of_zipkins_first_version_become_two(tmp_path: Path) -> None:
    def note(value: str, after_us: int, service: str) -> dict[str, object]:
        return {"value": value, "timestamp": START_US + after_us, "endpoint": {"serviceName": service}}

    notes = [note("cs", 0, "web"), note("sr", 10, "shop"), note("ss", 70, "shop"), note("cr", 100, "web")]
    old = {"traceId": "a1", "id": "b2", "name": "buy", "annotations": notes, "binaryAnnotations": []}
    spans, findings = read_spans(written(tmp_path, [old]))
    assert [(s.service, s.kind, s.start_us - START_US, s.duration_us) for s in spans] == [
        ("web", "client", 0, 100),
        ("shop", "server", 10, 60),
    ]
    assert spans[1].parent_id == spans[0].span_id
    assert findings == ()


def test_the_called_service_stands_in_the_server_address_of_zipkins_first_version(tmp_path: Path) -> None:
    notes = [{"value": "cs", "timestamp": START_US, "endpoint": {"serviceName": "web"}}]
    named = [{"key": "sa", "value": True, "endpoint": {"serviceName": "bank"}}]
    span = only_span(tmp_path, [{"traceId": "a1", "id": "b2", "name": "", "annotations": notes, "binaryAnnotations": named}])
    assert (span.peer, span.duration_us) == ("bank", None)


def test_packed_files_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    text = json.dumps([zipkin_span()]).encode()
    (tmp_path / "one.json").write_bytes(gzip.compress(text))
    (tmp_path / "two.gz").write_bytes(gzip.compress(text))
    (tmp_path / "three.zst").write_bytes(pa.Codec("zstd").compress(text, asbytes=True))
    for path in tmp_path.iterdir():
        assert len(read_spans(path)[0]) == 1, path


def test_a_packed_file_cut_short_gives_the_spans_of_its_whole_lines(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(zipkin_span(id=f"b{i}", tags={"noise": hash((i, "x")) % 10**15})) for i in range(1, 5_000))
    packed = gzip.compress(lines.encode())
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) // 2])
    spans, findings = read_spans(tmp_path / "cut.gz")
    assert 1_000 < len(spans) < 4_000
    assert "gzip-cut-short" in counts_by_code(findings)
    (tmp_path / "cut.gz").write_bytes(packed[:40])
    with pytest.raises(FindingsError, match="file-damaged"):
        read_spans(tmp_path / "cut.gz")


def test_every_document_is_a_span_or_counted(tmp_path: Path) -> None:
    lines = [
        json.dumps(zipkin_span()),
        '{"traceId": "a1", "id":',
        json.dumps(zipkin_span(id="b3", duration=-5)),
        json.dumps(zipkin_span(id=None)),
        json.dumps(zipkin_span(id="b4", timestamp="1" + "0" * 20)),
        json.dumps({"level": "info", "message": "no span"}),
        '"a text"',
        "17",
        '{"traceId": "a1", "id": ' + "[" * 100_000,
        '{"traceId": "a1", "id": "b5", "timestamp": NaN}',
        json.dumps(zipkin_span(id="b6", timestamp=str(START_US))),
        '{"traceId": "a1", "id": "b7", "timestamp": 1' + "0" * 5_000 + "}",
        json.dumps(zipkin_span()),
        "",
    ]
    spans, findings = read_spans(written(tmp_path, "\n".join(lines)))
    counts = counts_by_code(findings)
    assert [span.span_id for span in spans] == ["b2", "b3", "b6"]
    assert counts == {
        "broken-json": 3, "duration-unusable": 1, "span-without-id": 1, "span-without-start": 2, "not-a-span": 3, "span-repeated": 1,
    }  # fmt: skip
    dropped = {code: count or 0 for code, count in counts.items() if code != "duration-unusable"}
    assert len(spans) + sum(dropped.values()) == sum(line != "" for line in lines)
    broken = next(finding for finding in findings if finding.code == "broken-json")
    assert (broken.line, broken.example, broken.severity) == (2, '{"traceId": "a1", "id":', "warning")


@pytest.mark.parametrize(
    "content",
    [
        otlp_document("a text", 7, None, otlp_span()),
        {
            "resourceSpans": [
                "a text",
                {"resource": "shop", "scopeSpans": [{"spans": "none"}, 3]},
                *otlp_document(otlp_span())["resourceSpans"],
            ]
        },  # type: ignore[misc]
        jaeger_document("a text", jaeger_span(processID=7, tags="none", references={"a": 1}, duration={"us": 3})),
        [zipkin_span(localEndpoint="shop", tags=[1], annotations="x", remoteEndpoint=[], name={"a": 1}, kind=3), "a text"],
        elastic_document(startTime=None, name=7, kind={}, serviceName=["shop"], status="bad") | {"startTime": "2023-11-14T22:13:20Z"},
    ],
    ids=["otlp spans", "otlp resources", "jaeger", "zipkin", "elastic"],
)
def test_wrong_types_cost_no_more_than_the_values_they_stand_in(tmp_path: Path, content: object) -> None:
    assert len(read_spans(written(tmp_path, content))[0]) == 1


def test_a_span_without_a_start_takes_that_of_its_child_or_parent(tmp_path: Path) -> None:
    untimed = zipkin_span(id="b3", parentId="b2")
    del untimed["timestamp"]
    spans, findings = read_spans(written(tmp_path, [zipkin_span(), untimed]))
    assert [span.start_us for span in spans] == [START_US, START_US]
    assert counts_by_code(findings) == {"start-borrowed": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file-empty"), ("\n \n", "file-empty"), ("time,latency\n1,2\n", "broken-json"), ("{}", "not-a-span"), ("[]", "not-traces"),
        ('{"level": "info"}\n{"level": "warn"}\n', "not-traces"), ("\x00\x01\x02", "broken-json"), ("[" * 200_000, "broken-json"),
    ],
)  # fmt: skip
def test_a_file_without_spans_is_refused_with_a_reason(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(FindingsError) as raised:
        read_spans(written(tmp_path, content))
    assert code in {finding.code for finding in raised.value.findings}
    assert all(finding.severity == "error" and finding.hint for finding in raised.value.findings)


def test_a_truncated_document_is_told_as_one_problem_with_its_place(tmp_path: Path) -> None:
    pretty = json.dumps([zipkin_span(id=f"b{i}") for i in range(1, 50)], indent=2)
    with pytest.raises(FindingsError) as raised:
        read_spans(written(tmp_path, pretty[: len(pretty) // 2]))
    (finding,) = raised.value.findings
    assert (finding.code, finding.count) == ("broken-json", 1)
    assert finding.line is not None
    assert finding.line > 100


def test_missing_files_and_folders_do_not_hide_the_good_one(tmp_path: Path) -> None:
    good = written(tmp_path, [zipkin_span()])
    empty = written(tmp_path, "", "empty.json")
    spans, findings = read_spans([tmp_path / "none.json", tmp_path, empty, str(good)])
    assert len(spans) == 1
    assert counts_by_code(findings) == {"file-missing": 1, "file-is-folder": 1, "file-empty": 1}
    assert {finding.file for finding in findings} == {str(tmp_path / "none.json"), str(tmp_path), str(empty)}


def test_no_file_at_all_is_refused() -> None:
    with pytest.raises(FindingsError, match="no-spans"):
        read_spans([])


def test_reading_stops_at_the_limit_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, [zipkin_span(id=f"b{i}") for i in range(1, 11)])
    spans, findings = read_spans([path, path], max_spans=4)
    assert len(spans) == 4
    assert counts_by_code(findings) == {"too-many-spans": 1}
    assert read_spans(path, max_spans=10)[1] == ()


def test_texts_lose_what_could_steer_a_terminal_or_turn_the_line(tmp_path: Path) -> None:
    span = only_span(tmp_path, [zipkin_span(name="buy\x1b[31m\n\u202ered \ud800 x")])
    assert span.name == "buy[31m red x"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list({**zipkin_span(), **jaeger_span(), **otlp_span()})), inner),
    max_leaves=12,
)  # fmt: skip
KNOWN = [zipkin_span(), jaeger_document(jaeger_span()), jaeger_span(), otlp_document(otlp_span()), otlp_span(), elastic_document()]


@given(st.sampled_from(KNOWN), st.data())
def test_no_value_in_any_place_brings_the_reader_down(tmp_path: Path, known: dict[str, object], data: st.DataObject) -> None:
    changed = json.loads(json.dumps(known))
    holder: object = changed
    while isinstance(holder, dict | list) and holder:
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[key], dict | list) or data.draw(st.booleans()):
            holder[key] = data.draw(JSON_VALUES)
            break
        holder = holder[key]
    path = written(tmp_path, json.dumps(changed) + "\n" + json.dumps(zipkin_span(traceId="dd")))
    spans, _ = read_spans(path)
    assert "dd" in {span.trace_id for span in spans}
