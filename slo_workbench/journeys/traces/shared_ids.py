"""Spans of one id: both sides of a call (Zipkin), one span in parts, one span sent twice, or ids given twice by mistake.

References
----------
Zipkin, *b3-propagation*, https://github.com/openzipkin/b3-propagation: client and server may share a span id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields, replace

from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.spans import Span

__all__ = ["borrow_starts", "separate_shared_ids"]

_Key = tuple[str, str]


def separate_shared_ids(spans: Sequence[Span], problems: Problems) -> tuple[Span, ...]:
    """Give every span an id of its own, the server's side of a call below the client's; what came twice is counted once.

    Examples
    --------
    >>> client = Span(trace_id="a", span_id="1", service="web", kind="client", start_us=1)
    >>> server = Span(trace_id="a", span_id="1", service="shop", kind="server", start_us=2)
    >>> query = Span(trace_id="a", span_id="2", parent_id="1", service="shop", kind="client", start_us=3)
    >>> [(span.span_id, span.parent_id) for span in separate_shared_ids([client, server, query], Problems())]
    [('1', ''), ('1/2', '1'), ('2', '1/2')]
    """
    by_id: defaultdict[_Key, list[Span]] = defaultdict(list)
    for span in spans:
        by_id[span.trace_id, span.span_id].append(span)
    if len(by_id) == len(spans):
        return tuple(spans)
    separate: dict[_Key, list[Span]] = {}
    for key, same_id in by_id.items():
        merged = _merge_parts(same_id, problems) if len(same_id) > 1 else same_id
        separate[key] = _renamed(merged, problems)
    return tuple(_below_right_side(span, separate) for same_id in separate.values() for span in same_id)


def _merge_parts(same_id: Sequence[Span], problems: Problems) -> list[Span]:
    """Merge what is one span: same service, same side, and the same start unless one has none."""
    merged: list[Span] = []
    # Whole spans first, so that parts find the one they belong to.
    for span in sorted(same_id, key=lambda part: (not part.start_us, not part.kind)):
        place = next((i for i, other in enumerate(merged) if _is_same(span, other)), None)
        if place is None:
            merged.append(span)
        else:
            merged[place] = _completed(merged[place], span)
            problems.add("span-repeated", f"{span.name}, span {span.span_id}")
    return merged


def _is_same(part: Span, whole: Span) -> bool:
    return part.service == whole.service and part.kind in ("", whole.kind) and part.start_us in (0, whole.start_us)


def _completed(whole: Span, part: Span) -> Span:
    """Return the whole with what only the part says."""
    missing = {field.name: getattr(part, field.name) for field in fields(Span) if not getattr(whole, field.name)}
    return replace(whole, **missing)


def _renamed(same_id: list[Span], problems: Problems) -> list[Span]:
    """Keep the id for the calling side; the others get a number behind it."""
    if len(same_id) == 1:
        return same_id
    ordered = sorted(same_id, key=lambda span: (span.kind in ("server", "consumer"), span.start_us))
    first = ordered[0]
    renamed = [first]
    for number, span in enumerate(ordered[1:], start=2):
        is_other_side = first.kind in ("client", "producer") and span.kind in ("server", "consumer", "")
        if not is_other_side:
            problems.add("id-shared", f"{span.name}, span {span.span_id}")
        renamed.append(replace(span, span_id=f"{span.span_id}/{number}", parent_id=span.span_id if is_other_side else span.parent_id))
    return renamed


def _below_right_side(span: Span, separate: dict[_Key, list[Span]]) -> Span:
    """Where the parent's id was shared, choose the side that runs in the span's own service, else the answering one."""
    parents = separate.get((span.trace_id, span.parent_id), [])
    if len(parents) < 2 or span in parents:
        return span
    first_answering = next((side for side in parents[1:] if side.parent_id == parents[0].span_id), parents[0])
    answering = next((side for side in parents[1:] if side.service == span.service), first_answering)
    is_callers = parents[0].service == span.service and answering.service != span.service
    return span if is_callers else replace(span, parent_id=answering.span_id)


def borrow_starts(spans: Sequence[Span], problems: Problems) -> tuple[Span, ...]:
    """Give spans without a start that of a child or of the nearest ancestor that has one; leave out those without either."""
    if all(span.start_us for span in spans):
        return tuple(spans)
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    first_child_us: dict[_Key, int] = {}
    for span in spans:
        if span.start_us and span.parent_id:
            key = span.trace_id, span.parent_id
            first_child_us[key] = min(span.start_us, first_child_us.get(key, span.start_us))
    timed: list[Span] = []
    for span in spans:
        start_us = span.start_us or first_child_us.get((span.trace_id, span.span_id)) or _ancestors_start_us(span, by_id)
        if not start_us:
            problems.add("span-without-start", f"{span.name}, span {span.span_id}")
            continue
        if not span.start_us:
            problems.add("start-borrowed", f"{span.name}, span {span.span_id}")
        timed.append(span if span.start_us else replace(span, start_us=start_us))
    return tuple(timed)


def _ancestors_start_us(span: Span, by_id: dict[_Key, Span]) -> int:
    seen = {span.span_id}
    above = by_id.get((span.trace_id, span.parent_id))
    while above is not None and not above.start_us and above.span_id not in seen:
        seen.add(above.span_id)
        above = by_id.get((above.trace_id, above.parent_id))
    return above.start_us if above else 0
