"""Spans put together into traces: who caused whom, on one clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from slo_workbench.document.findings import Finding
from slo_workbench.journeys.traces.clock_skew import corrected_starts
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.units import counted, format_ms

__all__ = ["NO_PARENT", "Trace", "build_traces"]

NO_PARENT = -1


@dataclass(frozen=True)
class Trace:
    """The spans of one trace as a forest; a complete trace has one root.

    Parameters
    ----------
    trace_id : str
    spans : tuple of Span
        Each after its parent, siblings by their start; starts are corrected for clocks that disagree.
    parents : tuple of int
        For each span the position of its parent, or `NO_PARENT`.
    """

    trace_id: str
    spans: tuple[Span, ...]
    parents: tuple[int, ...]

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each span the positions of its children, by their start."""
        found: list[list[int]] = [[] for _ in self.spans]
        for position, parent in enumerate(self.parents):
            if parent != NO_PARENT:
                found[parent].append(position)
        return tuple(map(tuple, found))

    @cached_property
    def roots(self) -> tuple[int, ...]:
        """Positions of the spans without a parent, by their start."""
        return tuple(position for position, parent in enumerate(self.parents) if parent == NO_PARENT)


@dataclass
class _Counts:
    """What was mended, over all traces."""

    n_orphans: int = 0
    n_traces_with_orphans: int = 0
    n_cycles: int = 0
    n_shifted: int = 0
    largest_skew_us: int = 0
    orphan: Span | None = None
    in_cycle: Span | None = None
    most_skewed: Span | None = None


def build_traces(spans: Iterable[Span]) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """Put spans together into traces, in the order of their first spans.

    A span whose parent is not there becomes a further root of its trace. Parents that lead in a circle are cut at the earliest span.
    Where the clocks of two services disagree, the called one's spans are moved, see `corrected_starts`.

    Parameters
    ----------
    spans : iterable of Span
        In any order, ids unique within a trace, as `read_spans` gives them.

    Returns
    -------
    traces : tuple of Trace
    findings : tuple of Finding
        Orphan spans, circles, and clocks that disagree.

    Examples
    --------
    >>> web = Span(trace_id="a", span_id="1", service="web", kind="client", start_us=5_000, duration_us=1_000)
    >>> shop = Span(trace_id="a", span_id="2", parent_id="1", service="shop", kind="server", start_us=2_000, duration_us=600)
    >>> traces, findings = build_traces([shop, web])
    >>> traces[0].parents, [span.start_us for span in traces[0].spans]
    ((-1, 0), [5000, 5200])
    >>> print(findings[0])
    note[clock-skew] 1 span moved onto the clock of its caller; the clocks differed by up to 3.2 ms
        for example: shop
        hint: synchronise the clocks of the machines; durations are not affected
    """
    by_trace: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_trace[span.trace_id].append(span)
    counts = _Counts()
    traces = tuple(_trace(trace_id, members, counts) for trace_id, members in by_trace.items())
    return traces, tuple(_findings(counts))


def _trace(trace_id: str, spans: list[Span], counts: _Counts) -> Trace:
    spans = sorted(spans, key=lambda span: (span.start_us, span.span_id))
    parents = _parents(spans, counts)
    starts_us = corrected_starts(spans, parents)
    for span, start_us in zip(spans, starts_us, strict=True):
        skew_us = abs(start_us - span.start_us)
        counts.n_shifted += skew_us > 0
        if skew_us > counts.largest_skew_us:
            counts.largest_skew_us, counts.most_skewed = skew_us, span
    return _in_order(trace_id, spans, parents, starts_us)


def _parents(spans: Sequence[Span], counts: _Counts) -> list[int]:
    position = {span.span_id: i for i, span in enumerate(spans)}
    parents = [position.get(span.parent_id, NO_PARENT) if span.parent_id else NO_PARENT for span in spans]
    orphans = [span for span, parent in zip(spans, parents, strict=True) if span.parent_id and parent == NO_PARENT]
    if orphans:
        counts.n_orphans += len(orphans)
        counts.n_traces_with_orphans += 1
        counts.orphan = counts.orphan or orphans[0]
    for i in _first_of_each_circle(parents):
        parents[i] = NO_PARENT
        counts.n_cycles += 1
        counts.in_cycle = counts.in_cycle or spans[i]
    return parents


def _first_of_each_circle(parents: Sequence[int]) -> list[int]:
    """Return the lowest position, so the earliest span, of each circle of parents."""
    walk_of = [0] * len(parents)
    found = []
    for walk, start in enumerate(range(len(parents)), start=1):
        here = start
        while here != NO_PARENT and not walk_of[here]:
            walk_of[here] = walk
            here = parents[here]
        if here != NO_PARENT and walk_of[here] == walk:
            circle = [here]
            while parents[circle[-1]] != here:
                circle.append(parents[circle[-1]])
            found.append(min(circle))
    return found


def _in_order(trace_id: str, spans: Sequence[Span], parents: Sequence[int], starts_us: Sequence[int]) -> Trace:
    """Return the trace with every span after its parent and siblings by their corrected start."""
    children: list[list[int]] = [[] for _ in spans]
    roots: list[int] = []
    for i, parent in enumerate(parents):
        (roots if parent == NO_PARENT else children[parent]).append(i)
    order: list[int] = []
    waiting = sorted(roots, key=lambda i: starts_us[i], reverse=True)
    while waiting:
        i = waiting.pop()
        order.append(i)
        waiting.extend(sorted(children[i], key=lambda child: starts_us[child], reverse=True))
    new_position = {old: new for new, old in enumerate(order)}
    moved = tuple(spans[i] if starts_us[i] == spans[i].start_us else spans[i].starting_at(starts_us[i]) for i in order)
    return Trace(trace_id, moved, tuple(new_position.get(parents[i], NO_PARENT) for i in order))


def _findings(counts: _Counts) -> Iterator[Finding]:
    if counts.orphan:
        traces = counted(counts.n_traces_with_orphans, "trace")
        parents, each = ("parent", "it") if counts.n_orphans == 1 else ("parents", "each")
        are = "is" if counts.n_orphans == 1 else "are"
        message = (
            f"the {parents} of {counted(counts.n_orphans, 'span')} in {traces} {are} not in the files; {each} begins a tree of its own"
        )
        hint = "export whole traces: sampling by service or a time window that cuts through traces loses parents"
        yield Finding("orphan-spans", message, "warning", hint, count=counts.n_orphans, example=_told(counts.orphan))
    if counts.in_cycle:
        message = f"{counted(counts.n_cycles, 'circle')} of spans that are each other's parents, cut at the earliest span"
        hint = "check the exporter: ids should be unique in a trace"
        yield Finding("parent-cycle", message, "warning", hint, count=counts.n_cycles, example=_told(counts.in_cycle))
    if counts.most_skewed:
        largest = format_ms(float(f"{counts.largest_skew_us / 1000:.3g}"))
        whose = "the clock of its caller" if counts.n_shifted == 1 else "the clocks of their callers"
        message = f"{counted(counts.n_shifted, 'span')} moved onto {whose}; the clocks differed by up to {largest}"
        hint = "synchronise the clocks of the machines; durations are not affected"
        yield Finding("clock-skew", message, "note", hint, count=counts.n_shifted, example=_told(counts.most_skewed))


def _told(span: Span) -> str:
    return ", ".join(filter(None, (span.service, span.name, f"span {span.span_id}" if span.name else "")))
