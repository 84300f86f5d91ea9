"""Spans of services whose clocks disagree, moved to where they can have been.

References
----------
Jaeger, *model/adjuster/clockskew.go*, https://github.com/jaegertracing/jaeger, whose rule is followed but for spans that begin inside
their parent, or that nobody waited for; Zipkin, *zipkin-lens/src/zipkin/clock-skew.js*, https://github.com/openzipkin/zipkin
"""

from __future__ import annotations

from collections.abc import Sequence

from slo_workbench.journeys.traces.spans import Span

__all__ = ["corrected_starts"]


def corrected_starts(spans: Sequence[Span], parents: Sequence[int]) -> list[int]:
    """Return the start of each span in microseconds, on one clock as far as the trace tells.

    A span cannot begin before the one that caused it. Where it does, on the clock of another service, its service's clock is taken to
    be off: the span is put into the middle of its parent's time, so that the ways there and back take equally long, or at its
    parent's start where it lasts longer. The same holds for the answering side of a call that begins after the call has ended. What
    nobody waited for may begin and end later than its parent: messages, and requests that another one led to, such as the page behind
    a redirect. So may what begins within its parent's time. Spans of the same service below a moved one move with it.

    Parameters
    ----------
    spans : sequence of Span
    parents : sequence of int
        Position of each span's parent, negative for none, without circles.

    Examples
    --------
    >>> web = Span(trace_id="a", span_id="1", service="web", kind="client", start_us=5_000, duration_us=1_000)
    >>> late = Span(trace_id="a", span_id="2", parent_id="1", service="shop", start_us=7_000, duration_us=500)
    >>> corrected_starts([web, late], [-1, 0])
    [5000, 5250]
    """
    shifts_us: list[int | None] = [None] * len(spans)
    for position in range(len(spans)):
        path = [position]
        while shifts_us[path[-1]] is None and parents[path[-1]] >= 0 and shifts_us[parents[path[-1]]] is None:
            path.append(parents[path[-1]])
        for i in reversed(path):
            if shifts_us[i] is None:
                shifts_us[i] = _shift_us(spans[i], spans[parents[i]], shifts_us[parents[i]] or 0) if parents[i] >= 0 else 0
    return [span.start_us + (shift or 0) for span, shift in zip(spans, shifts_us, strict=True)]


def _shift_us(span: Span, parent: Span, parents_shift_us: int) -> int:
    """Return by how much to move the span, given how far its parent was moved."""
    if span.service == parent.service:
        return parents_shift_us
    parent_start_us = parent.start_us + parents_shift_us
    parent_end_us = parent.end_us + parents_shift_us
    is_async = span.follows or span.kind == "consumer" or parent.kind in ("producer", "consumer")
    is_too_late = parent.kind == "client" and not is_async and parent.duration_us is not None and span.start_us > parent_end_us
    if span.start_us >= parent_start_us and not is_too_late:
        return 0
    spare_us = (parent.duration_us or 0) - (span.duration_us or 0)
    fits = not is_async and span.duration_us is not None and spare_us > 0
    return parent_start_us + (spare_us // 2 if fits else 0) - span.start_us
