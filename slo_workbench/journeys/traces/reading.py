"""Files with distributed traces, read into spans whatever format they are in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.journeys.traces.documents import json_documents
from slo_workbench.journeys.traces.elastic_spans import elastic_span, is_bulk_action, is_elastic_span
from slo_workbench.journeys.traces.jaeger import is_jaeger_answer, is_jaeger_span, is_jaeger_trace, jaeger_span, jaeger_trace_spans
from slo_workbench.journeys.traces.json_values import as_items, as_mapping
from slo_workbench.journeys.traces.otlp import is_otlp, otlp_spans
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.shared_ids import borrow_starts, separate_shared_ids
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.journeys.traces.zipkin import is_zipkin_span, zipkin_spans

__all__ = ["read_spans"]

MOST_SPANS = 2_000_000
_DEEPEST_LIST = 3


def read_spans(paths: Iterable[str | Path] | str | Path, *, max_spans: int = MOST_SPANS) -> tuple[tuple[Span, ...], tuple[Finding, ...]]:
    """Read the spans of files in OTLP JSON, Jaeger's or Zipkin's JSON, or as OpenSearch and Elasticsearch keep them.

    The format is recognised by the content, for each document by itself; files may be plain, gzip or zstd. What cannot be read is left
    out and counted, one finding for each kind of problem over all files, with the first example and its place.

    Parameters
    ----------
    paths : path or iterable of paths
    max_spans : int
        Reading stops behind so many.

    Returns
    -------
    spans : tuple of Span
        No two with the same trace id and span id, all with a start.
    findings : tuple of Finding
        Warnings for what was left out, notes for what was repaired.

    Raises
    ------
    FindingsError
        When there is not one usable span.

    Examples
    --------
    >>> import json, tempfile
    >>> span = {"traceId": "a1", "id": "b2", "kind": "SERVER", "name": "get /", "timestamp": 1_700_000_000_000_000, "duration": 900}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "zipkin.json"
    ...     _ = file.write_text(json.dumps([span, 7]))
    ...     spans, findings = read_spans(file)
    >>> spans[0].kind, spans[0].duration_us, findings[0].code
    ('server', 900, 'not-a-span')
    """
    problems = Problems()
    read: list[Span] = []
    for path in [paths] if isinstance(paths, str | Path) else paths:
        if not _read_file(Path(path), read, max_spans, problems):
            break
    spans = borrow_starts(separate_shared_ids(read, problems), problems)
    if not spans:
        findings = problems.findings() or (Finding("no-spans", "there is no file to read traces from", hint="name a file"),)
        raise FindingsError([finding.at(severity="error") for finding in findings])
    return spans, problems.findings()


def _read_file(path: Path, read: list[Span], max_spans: int, problems: Problems) -> bool:
    """Append the spans of one file; return whether there is room for more."""
    n_before, is_json = len(read), False
    for document in json_documents(path, problems):
        is_json = True
        for span in _spans_in(document, problems):
            if len(read) >= max_spans:
                problems.add("too-many-spans", f"only the first {max_spans:,} were read")
                return False
            read.append(span)
    if is_json and len(read) == n_before:
        problems.line = None
        problems.add("not-traces", path.name)
    return True


def _spans_in(document: object, problems: Problems, depth: int = 0) -> Iterator[Span]:
    """Give the spans of one document; lists may stand in lists, as in Zipkin's list of traces."""
    if isinstance(document, list) and depth < _DEEPEST_LIST:
        for item in document:
            yield from _spans_in(item, problems, depth + 1)
    elif isinstance(document, dict):
        yield from _spans_in_object(document, problems)
    else:
        problems.add("not-a-span", document)


def _spans_in_object(document: dict[str, object], problems: Problems) -> Iterator[Span]:
    if is_otlp(document):
        yield from otlp_spans(document, problems)
    elif is_jaeger_answer(document):
        for trace in as_items(document.get("data")):
            yield from jaeger_trace_spans(as_mapping(trace), problems)
    elif is_jaeger_trace(document):
        yield from jaeger_trace_spans(document, problems)
    elif isinstance(document.get("_source"), dict):
        yield from _one_span(dict(as_mapping(document["_source"])), problems)
    elif isinstance(as_mapping(document.get("hits")).get("hits"), list):
        for hit in as_items(as_mapping(document["hits"]).get("hits")):
            yield from _one_span(dict(as_mapping(as_mapping(hit).get("_source"))), problems)
    elif not is_bulk_action(document):
        yield from _one_span(document, problems)


def _one_span(document: dict[str, object], problems: Problems) -> Iterator[Span]:
    """Give what one object for one span holds: one span, or two in Zipkin's first version."""
    if is_jaeger_span(document):
        spans: Iterable[Span | None] = [jaeger_span(document, problems)]
    elif is_elastic_span(document):
        spans = [elastic_span(document, problems)]
    elif is_zipkin_span(document):
        spans = zipkin_spans(document, problems)
    else:
        problems.add("not-a-span", document)
        return
    yield from (span for span in spans if span)
