"""Which part of which trace is the journey: found by the name of a service or an operation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.journeys.traces.operations import operation_of
from slo_workbench.journeys.traces.parties import service_of
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.journeys.traces.trees import Trace
from slo_workbench.units import counted

__all__ = ["Start", "chosen_starts", "root_counts", "root_name"]

# A trace and the position in it where the journey begins.
Start = tuple[Trace, int]
MOST_NAMES_COMPARED = 2_000


def root_name(span: Span) -> str:
    """Return the name by which a root can be chosen.

    Examples
    --------
    >>> root_name(Span(trace_id="a", span_id="1", service="shop", method="GET", path="/orders/7"))
    'shop: GET /orders/{id}'
    """
    return f"{service_of(span).name}: {operation_of(span)}"


def root_counts(traces: Sequence[Trace]) -> Counter[str]:
    """Count the roots of traces by name; spans that are roots only because their parent is missing count when there is no other."""
    return Counter(root_name(trace.spans[i]) for trace, i in _whole_roots(traces))


def _whole_roots(traces: Sequence[Trace]) -> list[Start]:
    roots = [(trace, i) for trace in traces for i in trace.roots]
    return [(trace, i) for trace, i in roots if not trace.spans[i].parent_id] or roots


def chosen_starts(traces: Sequence[Trace], root: str | None) -> list[Start]:
    """Return where the journey begins in each trace that holds it.

    Parameters
    ----------
    traces : sequence of Trace
    root : str, optional
        ``service``, ``service: operation`` or an operation; ``*`` stands for any text. Where one such span is below another, only the
        upper counts. By default the most frequent root.

    Raises
    ------
    FindingsError
        ``no-traces`` or ``unknown-root``.
    """
    if not traces:
        raise FindingsError([Finding("no-traces", "there is no trace to learn from", hint="give files that hold spans")])
    if root is None:
        name = root_counts(traces).most_common(1)[0][0]
        return [(trace, i) for trace, i in _whole_roots(traces) if root_name(trace.spans[i]) == name]
    pattern = re.compile(".*".join(re.escape(part.strip()) for part in re.split(r"\*+", root)), re.DOTALL)
    starts = [(trace, i) for trace in traces for i in _topmost(trace, pattern)]
    if not starts:
        raise FindingsError([_unknown_root(traces, root)])
    return starts


def _topmost(trace: Trace, pattern: re.Pattern[str]) -> Iterator[int]:
    is_inside = [False] * len(trace.spans)
    for position, parent in enumerate(trace.parents):
        if parent >= 0 and is_inside[parent]:
            is_inside[position] = True
        elif any(pattern.fullmatch(name) for name in _names(trace.spans[position])):
            is_inside[position] = True
            yield position


def _names(span: Span) -> tuple[str, ...]:
    return service_of(span).name, operation_of(span), span.name, root_name(span), f"{service_of(span).name}: {span.name}"


def _unknown_root(traces: Sequence[Trace], root: str) -> Finding:
    names: Counter[str] = Counter()
    for trace in traces:
        for span in trace.spans:
            names.update(_names(span))
    common = [name for name, _ in names.most_common(MOST_NAMES_COMPARED) if name]
    roots = ", ".join(f"{name} ({count:,})" for name, count in root_counts(traces).most_common(5))
    message = f"no span of {counted(len(traces), 'trace')} is called {root!r}; most traces begin with {roots}"
    return Finding("unknown-root", message, hint=nearest_hint(root, common))
