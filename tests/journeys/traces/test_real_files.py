"""Real traces: counts are made a second time here, by the shortest way from the file."""

import json
from collections import Counter

import pytest

from slo_workbench.journeys import parse_diagram, to_mermaid
from slo_workbench.journeys.traces import build_traces, learn_journey, read_spans
from tests.conftest import real_file

ZIPKIN = ("messaging-kafka", "skew", "smartthings-mobile-web-install", "smartthings-oauth-authorization", "yelp")


def otel_documents() -> list[dict[str, object]]:
    """Documents of the file that are JSON, by hand."""
    documents = []
    for line in real_file("otel_spans", "otel-v1-apm-span-000001.json").read_text(encoding="utf-8").splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if "spanId" in document:
            documents.append(document)
    return documents


def test_broken_documents_and_orphans_of_the_otel_file_are_counted() -> None:
    spans, findings = read_spans(real_file("otel_spans", "otel-v1-apm-span-000001.json"))
    (broken,) = findings
    assert (broken.code, broken.count, broken.line) == ("broken-json", 10, 1108)
    documents = otel_documents()
    assert len(spans) == len(documents) == 974
    traces, (orphans,) = build_traces(spans)
    ids = {document["spanId"] for document in documents}
    assert orphans.count == sum(document["parentSpanId"] not in ids for document in documents if document["parentSpanId"]) == 189
    assert len(traces) == len({document["traceId"] for document in documents}) == 108
    assert sum(len(trace.roots) for trace in traces) == sum(document["parentSpanId"] not in ids for document in documents) == 264


def test_errors_of_the_otel_file_are_its_status_errors_and_server_errors() -> None:
    spans, _ = read_spans(real_file("otel_spans", "otel-v1-apm-span-000001.json"))
    by_hand = sum(
        document["status.code"] == 2 or str(document.get("span.attributes.http@status_code", "")).startswith("5")
        for document in otel_documents()
    )
    assert sum(span.is_error for span in spans) == by_hand


def test_the_cancel_order_journey_has_the_calls_that_the_file_has() -> None:
    spans, _ = read_spans(real_file("otel_spans", "otel-v1-apm-span-000001.json"))
    journey = learn_journey(build_traces(spans)[0])
    documents = otel_documents()
    roots = [document for document in documents if document["name"] == "client_cancel_order"]
    assert journey.n_traces == len(roots) == 14
    assert "client_create_order (13)" in journey.findings[0].message
    by_parent = Counter(str(document["parentSpanId"]) for document in documents if document["kind"] == "SPAN_KIND_CLIENT")
    calls = {(row["callee"], row["operation"]): row for row in journey.calls.to_dict("records")}
    clear_order = calls["order", "DELETE /clear_order"]
    assert clear_order["n_calls"] == sum(by_parent[str(root["spanId"])] for root in roots) == 12
    root_call = calls["frontend-client", "client_cancel_order"]
    durations_ms = sorted(int(str(root["durationInNanos"])) // 1000 / 1000 for root in roots)
    assert (root_call["p50_ms"], root_call["max_ms"]) == (durations_ms[6], durations_ms[-1])
    assert root_call["n_errors"] == sum(root["status.code"] == 2 for root in roots)


def test_every_root_of_the_otel_file_teaches_a_diagram() -> None:
    traces, _ = build_traces(read_spans(real_file("otel_spans", "otel-v1-apm-span-000001.json"))[0])
    for service in sorted({span.service for trace in traces for span in trace.spans}):
        journey = learn_journey(traces, root=service)
        assert parse_diagram(to_mermaid(journey.diagram))[0] == journey.diagram, service


@pytest.mark.parametrize("name", ZIPKIN)
def test_every_zipkin_file_teaches_a_diagram(name: str) -> None:
    path = real_file("zipkin", f"{name}.json")
    raw = json.loads(path.read_text(encoding="utf-8"))
    spans, findings = read_spans(path)
    assert len(spans) + sum(finding.count or 0 for finding in findings if finding.code == "span-repeated") == len(raw)
    traces, tree_findings = build_traces(spans)
    assert {finding.code for finding in tree_findings} <= {"clock-skew"}, "no parent is missing in these files"
    assert [len(trace.roots) for trace in traces] == [1]
    journey = learn_journey(traces)
    again, problems = parse_diagram(to_mermaid(journey.diagram))
    assert again == journey.diagram
    assert [problem for problem in problems if problem.severity != "note"] == []


def test_the_parts_in_a_zipkin_file_are_joined_with_their_wholes() -> None:
    path = real_file("zipkin", "smartthings-mobile-web-install.json")
    raw = json.loads(path.read_text(encoding="utf-8"))
    parts = sum("timestamp" not in span for span in raw)
    spans, (finding,) = read_spans(path)
    assert (finding.code, finding.count) == ("span-repeated", parts)
    assert parts == 84
    assert len(spans) == 1041 - 84


def test_skewed_clocks_are_put_right_as_zipkin_does() -> None:
    """The server's clock is 66 ms behind: its span is put into the middle of the client's 94,539 µs."""
    (trace,), (finding,) = build_traces(read_spans(real_file("zipkin", "skew.json"))[0])
    client, server, inside = trace.spans[1:]
    assert server.start_us - client.start_us == (94_539 - 93_577) // 2
    assert inside.start_us - server.start_us == 1
    assert (finding.code, finding.count) == ("clock-skew", 2)
    assert "65.9 ms" in finding.message


def test_a_trace_through_kafka_has_a_queue_for_each_topic_and_no_replies() -> None:
    journey = learn_journey(build_traces(read_spans(real_file("zipkin", "messaging-kafka.json"))[0])[0])
    queues = {person.name for person in journey.diagram.participants if person.kind == "queue"}
    assert queues == {"kafka messages", "kafka central.messages", "kafka command-messages"}
    assert not any(message.is_reply for message in journey.diagram.messages)
    assert journey.calls["n_calls"].sum() == 16, "seven polls and nine sends"
