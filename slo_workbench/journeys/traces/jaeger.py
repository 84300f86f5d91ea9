"""Spans in Jaeger's JSON: what its page downloads and its API answers, and the documents it keeps in Elasticsearch.

References
----------
Jaeger, *internal/uimodel/model.go*, https://github.com/jaegertracing/jaeger
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slo_workbench.journeys.traces.json_values import as_items, as_mapping, as_number, as_text
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.span_making import as_span_kind, make_span
from slo_workbench.journeys.traces.spans import Span

__all__ = ["is_jaeger_answer", "is_jaeger_span", "is_jaeger_trace", "jaeger_span", "jaeger_trace_spans"]


def is_jaeger_answer(document: Mapping[str, object]) -> bool:
    """Whether the document holds a list of traces under ``data``."""
    return any(isinstance(trace, dict) and is_jaeger_trace(trace) for trace in as_items(document.get("data")))


def is_jaeger_trace(document: Mapping[str, object]) -> bool:
    """Whether the document is one trace with its spans and processes."""
    return isinstance(document.get("spans"), list) and ("traceID" in document or "processes" in document)


def is_jaeger_span(document: Mapping[str, object]) -> bool:
    """Whether the document is one span that holds its own process, as in Elasticsearch."""
    return "spanID" in document and "operationName" in document


def jaeger_trace_spans(trace: Mapping[str, object], problems: Problems) -> Iterator[Span]:
    """Give the spans of one trace."""
    processes = as_mapping(trace.get("processes"))
    for raw in as_items(trace.get("spans")):
        if not isinstance(raw, dict):
            problems.add("span-malformed", raw)
            continue
        process = as_mapping(processes.get(as_text(raw.get("processID"))))
        span = jaeger_span(raw, problems, process=process, trace_id=trace.get("traceID"))
        if span:
            yield span


def jaeger_span(
    raw: Mapping[str, object], problems: Problems, *, process: Mapping[str, object] | None = None, trace_id: object = None
) -> Span | None:
    """Return the span of one object; `process` says which service it belongs to, where it does not hold that itself."""
    tags = _tags(raw)
    parent_id, follows = _parent(raw)
    return make_span(
        (raw.get("traceID") or trace_id, raw.get("spanID"), parent_id),
        name=raw.get("operationName"),
        service=(process or as_mapping(raw.get("process"))).get("serviceName"),
        kind=as_span_kind(tags.get("span.kind")),
        start_us=as_number(raw.get("startTime")),
        duration_us=as_number(raw.get("duration")),
        tags=tags,
        is_error=as_text(tags.get("otel.status_code")).upper() == "ERROR",
        follows=follows,
        problems=problems,
    )


def _parent(raw: Mapping[str, object]) -> tuple[object, bool]:
    """Return the parent's id and whether it did not wait; a child-of reference goes before a follows-from."""
    trace_id = raw.get("traceID")
    found: dict[str, object] = {}
    for reference in map(as_mapping, as_items(raw.get("references"))):
        if reference.get("traceID", trace_id) == trace_id:
            found.setdefault(as_text(reference.get("refType")), reference.get("spanID"))
    if "CHILD_OF" in found:
        return found["CHILD_OF"], False
    if "FOLLOWS_FROM" in found:
        return found["FOLLOWS_FROM"], True
    return raw.get("parentSpanID"), False


def _tags(raw: Mapping[str, object]) -> dict[str, object]:
    """Return the tags as a mapping; in Elasticsearch some are kept under ``tag``, dots in their names as ``@``."""
    tags = {key.replace("@", "."): value for key, value in as_mapping(raw.get("tag")).items()}
    for item in map(as_mapping, as_items(raw.get("tags"))):
        if isinstance(item.get("key"), str):
            tags[str(item["key"])] = item.get("value")
    return tags
