"""Spans in OTLP JSON, as the OpenTelemetry collector's file exporter writes it.

References
----------
OpenTelemetry, *OTLP specification, JSON Protobuf encoding*, https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slo_workbench.journeys.traces.json_values import as_items, as_mapping, as_number, as_text
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.span_making import as_span_kind, make_span
from slo_workbench.journeys.traces.spans import Span, SpanKind

__all__ = ["is_otlp", "otlp_spans"]

# "batches" and "instrumentationLibrarySpans" are the names of older versions and of Tempo.
_RESOURCE_LISTS = ("resourceSpans", "batches")
_SCOPE_LISTS = ("scopeSpans", "instrumentationLibrarySpans")
_KIND_OF_NUMBER: dict[int, SpanKind] = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_ERROR = ("2", "STATUS_CODE_ERROR")


def is_otlp(document: Mapping[str, object]) -> bool:
    """Whether the document is an OTLP trace export."""
    return any(isinstance(document.get(name), list) for name in _RESOURCE_LISTS)


def otlp_spans(document: Mapping[str, object], problems: Problems) -> Iterator[Span]:
    """Give the spans of one export request."""
    for name in _RESOURCE_LISTS:
        for resource_spans in as_items(document.get(name)):
            if not isinstance(resource_spans, dict):
                problems.add("span-malformed", resource_spans)
                continue
            service = _attributes(as_mapping(resource_spans.get("resource")).get("attributes")).get("service.name")
            for raw in _raw_spans(resource_spans, problems):
                span = _span(raw, service, problems)
                if span:
                    yield span


def _raw_spans(resource_spans: Mapping[str, object], problems: Problems) -> Iterator[Mapping[str, object]]:
    for name in _SCOPE_LISTS:
        for scope in as_items(resource_spans.get(name)):
            spans = as_mapping(scope).get("spans", [])
            if not isinstance(spans, list) or not isinstance(scope, dict):
                problems.add("span-malformed", scope)
                continue
            for raw in spans:
                if isinstance(raw, dict):
                    yield raw
                else:
                    problems.add("span-malformed", raw)


def _span(raw: Mapping[str, object], service: object, problems: Problems) -> Span | None:
    start_ns, end_ns = as_number(raw.get("startTimeUnixNano")), as_number(raw.get("endTimeUnixNano"))
    is_finished = start_ns is not None and end_ns is not None and end_ns != 0
    number = as_number(raw.get("kind"))
    return make_span(
        (raw.get("traceId"), raw.get("spanId"), raw.get("parentSpanId")),
        name=raw.get("name"),
        service=service,
        kind=as_span_kind(raw.get("kind")) if number is None else _KIND_OF_NUMBER.get(number, ""),
        start_us=None if start_ns is None else start_ns // 1000,
        duration_us=(end_ns - start_ns) // 1000 if is_finished and start_ns is not None and end_ns is not None else None,
        tags=_attributes(raw.get("attributes")),
        is_error=as_text(as_mapping(raw.get("status")).get("code")) in _ERROR,
        problems=problems,
    )


def _attributes(value: object) -> dict[str, object]:
    """Return the list of ``{"key": …, "value": {"stringValue": …}}`` as a mapping; lists and objects among the values are left out."""
    attributes: dict[str, object] = {}
    for item in map(as_mapping, as_items(value)):
        holder = as_mapping(item.get("value"))
        plain = next((inner for inner in holder.values() if isinstance(inner, str | int | float | bool)), None)
        if plain is not None and isinstance(item.get("key"), str):
            attributes[str(item["key"])] = plain
    return attributes
