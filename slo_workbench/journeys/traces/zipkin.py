"""Spans in Zipkin's JSON, version 2 and the annotations of version 1.

References
----------
Zipkin, *OpenAPI specification*, https://zipkin.io/zipkin-api/ and https://zipkin.io/pages/instrumenting.html (cs, sr, ss, cr)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slo_workbench.journeys.traces.json_values import as_items, as_mapping, as_number, as_text
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.span_making import as_span_kind, make_span
from slo_workbench.journeys.traces.spans import Span, SpanKind

__all__ = ["is_zipkin_span", "zipkin_spans"]

# First and last annotation of each side of a call in version 1, and the one that names the other side.
_SIDES: tuple[tuple[SpanKind, str, str, str], ...] = (
    ("client", "cs", "cr", "sa"), ("server", "sr", "ss", "ca"), ("producer", "ms", "ms", "ma"), ("consumer", "mr", "mr", "ma"),
)  # fmt: skip


def is_zipkin_span(document: Mapping[str, object]) -> bool:
    """Whether the document is one span in Zipkin's form."""
    return "traceId" in document and "id" in document


def zipkin_spans(raw: Mapping[str, object], problems: Problems) -> Iterator[Span]:
    """Give the span; in version 1 both sides of a call may stand in one, and become two with one id."""
    spans = _version_1(raw, problems) if _is_version_1(raw) else [_version_2(raw, problems)]
    yield from (span for span in spans if span)


def _is_version_1(raw: Mapping[str, object]) -> bool:
    return "binaryAnnotations" in raw or any("endpoint" in as_mapping(note) for note in as_items(raw.get("annotations")))


def _version_2(raw: Mapping[str, object], problems: Problems) -> Span | None:
    remote = as_mapping(raw.get("remoteEndpoint"))
    is_shared = raw.get("shared") is True
    tags = dict(as_mapping(raw.get("tags")))
    tags.setdefault("peer.ipv4", remote.get("ipv4") or remote.get("ipv6"))
    tags.setdefault("peer.port", remote.get("port"))
    kind = as_span_kind(raw.get("kind")) or ("server" if is_shared else "")
    return make_span(
        (raw.get("traceId"), raw.get("id"), raw.get("parentId")),
        name=raw.get("name"),
        service=as_mapping(raw.get("localEndpoint")).get("serviceName"),
        kind=kind,
        start_us=as_number(raw.get("timestamp")),
        duration_us=as_number(raw.get("duration")),
        tags=tags,
        peer=remote.get("serviceName"),
        problems=problems,
    )


def _version_1(raw: Mapping[str, object], problems: Problems) -> Iterator[Span | None]:
    notes = {as_text(note.get("value")): note for note in map(as_mapping, as_items(raw.get("annotations")))}
    named = {as_text(item.get("key")): item for item in map(as_mapping, as_items(raw.get("binaryAnnotations")))}
    sides = [side for side in _SIDES if side[1] in notes or side[2] in notes] or [("", "", "", "")]
    tags = {key: item.get("value") for key, item in named.items()}
    for kind, first, last, other in sides:
        begins, ends = (as_number(as_mapping(notes.get(word)).get("timestamp")) for word in (first, last))
        # The span's own times are those of the side that began it.
        own_start, own_duration = (as_number(raw.get(key)) if kind == sides[0][0] else None for key in ("timestamp", "duration"))
        took = ends - begins if begins is not None and ends is not None and first != last else None
        yield make_span(
            (raw.get("traceId"), raw.get("id"), raw.get("parentId")),
            name=raw.get("name"),
            service=_service_of(notes.get(first) or notes.get(last) or next(iter(named.values()), {})),
            kind=kind,
            start_us=own_start if begins is None else begins,
            duration_us=own_duration if took is None else took,
            tags=tags,
            peer=_service_of(named.get(other, {})) if kind != "server" else None,
            problems=problems,
        )


def _service_of(annotation: Mapping[str, object]) -> object:
    return as_mapping(annotation.get("endpoint")).get("serviceName")
