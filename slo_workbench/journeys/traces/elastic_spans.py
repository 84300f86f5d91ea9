"""OpenTelemetry spans as OpenSearch and Elasticsearch keep them: one flat document a span (index ``otel-v1-apm-span``).

References
----------
OpenSearch, *Data Prepper, trace analytics plugins*, https://opensearch.org/docs/latest/data-prepper/common-use-cases/trace-analytics/
"""

from __future__ import annotations

from collections.abc import Mapping

from slo_workbench.journeys.traces.json_values import as_mapping, as_number, as_text, iso_time_us
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.span_making import as_span_kind, make_span
from slo_workbench.journeys.traces.spans import Span

__all__ = ["elastic_span", "is_bulk_action", "is_elastic_span"]

_ACTIONS = ("index", "create", "update", "delete")
_TAG_PREFIXES = ("span.attributes.", "resource.attributes.")
_ERROR = ("2", "STATUS_CODE_ERROR", "Error")


def is_bulk_action(document: Mapping[str, object]) -> bool:
    """Whether the line of a bulk file says only what to do with the next.

    Examples
    --------
    >>> is_bulk_action({"index": {"_id": "7"}}), is_bulk_action({"traceId": "7"})
    (True, False)
    """
    return len(document) == 1 and any(isinstance(document.get(action), dict) for action in _ACTIONS)


def is_elastic_span(document: Mapping[str, object]) -> bool:
    """Whether the document is a span in this form."""
    return "spanId" in document and ("traceId" in document or "startTime" in document)


def elastic_span(document: Mapping[str, object], problems: Problems) -> Span | None:
    """Return the span of one document."""
    start_us, end_us = iso_time_us(document.get("startTime")), iso_time_us(document.get("endTime"))
    duration_ns = as_number(document.get("durationInNanos"))
    tags = _tags(document)
    status_code = document.get("status.code", as_mapping(document.get("status")).get("code"))
    if start_us is None and document.get("startTime") is not None:
        problems.add("span-without-start", document.get("startTime"))
        return None
    duration_us = end_us - start_us if end_us is not None and start_us is not None else None
    return make_span(
        (document.get("traceId"), document.get("spanId"), document.get("parentSpanId")),
        name=document.get("name"),
        service=document.get("serviceName") or tags.get("service.name"),
        kind=as_span_kind(document.get("kind")),
        start_us=start_us,
        duration_us=duration_us if duration_ns is None else duration_ns // 1000,
        tags=tags,
        is_error=as_text(status_code) in _ERROR,
        problems=problems,
    )


def _tags(document: Mapping[str, object]) -> dict[str, object]:
    """Return the attributes; dots in their names are kept as ``@``, and some exports nest them."""
    tags: dict[str, object] = {}
    for key, value in document.items():
        for prefix in _TAG_PREFIXES:
            if key.startswith(prefix):
                tags.setdefault(key[len(prefix) :].replace("@", "."), value)
    tags.update({key.replace("@", "."): value for key, value in as_mapping(document.get("attributes")).items()})
    return tags
