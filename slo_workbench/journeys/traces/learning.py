"""A journey learned from traces: its diagram, the figures behind it, and what they stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.journeys.mermaid_text import to_mermaid
from slo_workbench.journeys.parsing import LONGEST_TEXT_CHARS
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.traces.calls import CallReader, answered_calls
from slo_workbench.journeys.traces.choice import drawn_steps
from slo_workbench.journeys.traces.figures import CALLS_FOR_P95, latency_percentiles_ms
from slo_workbench.journeys.traces.merging import Step, merge_calls
from slo_workbench.journeys.traces.parties import make_address_book
from slo_workbench.journeys.traces.picture import DrawnJourney, draw_journey
from slo_workbench.journeys.traces.roots import Start, chosen_starts, root_counts, root_name
from slo_workbench.journeys.traces.trees import Trace
from slo_workbench.units import counted, format_ms

__all__ = ["LearnedJourney", "learn_journey"]

FEWEST_MESSAGES, MOST_MESSAGES = 2, 200
_ROOTS_NAMED = 5


@dataclass(frozen=True, eq=False)
class LearnedJourney:
    """What traces say about a journey.

    Parameters
    ----------
    diagram : Diagram
    calls : pandas.DataFrame
        One row for each call drawn: ``number`` (position of its message in ``diagram.messages``), ``caller``, ``callee``, ``operation``,
        ``is_async``, ``n_calls``, ``n_traces`` (that hold it), ``calls_per_trace`` (over all traces), ``n_timed`` (calls with a duration),
        ``p50_ms``, ``p95_ms``, ``p99_ms``, ``max_ms`` (NaN for what the count cannot carry), ``n_errors`` and ``error_share`` (0–1).
    n_traces : int
    findings : tuple of Finding
        What was left out or guessed.
    sentences : tuple of str
        What the figures stand on.
    """

    diagram: Diagram
    calls: pd.DataFrame
    n_traces: int
    findings: tuple[Finding, ...]
    sentences: tuple[str, ...]


def learn_journey(traces: Sequence[Trace], *, root: str | None = None, max_messages: int = 40) -> LearnedJourney:
    """Learn a journey's sequence diagram from traces.

    Calls between services are laid on top of each other by the way they came about. They stand in the order in which they typically begin,
    so calls made at the same time stand one below the other. Latencies of a call are those its caller saw, where the caller was traced.
    Work inside one service is not drawn. Sampling that prefers slow or failed traces makes them look more frequent here than they are.

    Parameters
    ----------
    traces : sequence of Trace
        As from `build_traces`.
    root : str, optional
        Where the journey begins: ``service``, ``service: operation`` or an operation; ``*`` stands for any text. Only what lies below it
        is drawn. By default the most frequent root of the traces.
    max_messages : int
        Greatest number of arrows, 2 to 200, replies included; rarer calls are left out, with a finding.

    Returns
    -------
    LearnedJourney

    Raises
    ------
    FindingsError
        ``no-traces``, or ``unknown-root`` with the nearest names.
    UnusableValue
        If `max_messages` is out of range.

    Examples
    --------
    >>> from slo_workbench.journeys.traces.spans import Span
    >>> from slo_workbench.journeys.traces.trees import build_traces
    >>> buy = Span(trace_id="a", span_id="1", service="shop", kind="server", name="buy", start_us=1, duration_us=9_000)
    >>> pay = Span(trace_id="a", span_id="2", parent_id="1", service="shop", kind="client", name="pay", peer="bank", start_us=5, duration_us=700)
    >>> journey = learn_journey(build_traces([buy, pay])[0])
    >>> print(to_mermaid(journey.diagram))
    sequenceDiagram
        title shop: buy
        actor Caller
        participant shop
        participant bank
        Caller->>+shop: buy<br/>9 ms
        shop->>+bank: pay<br/>0.7 ms
        bank-->>-shop:
        shop-->>-Caller:
    <BLANKLINE>
    """
    if not FEWEST_MESSAGES <= max_messages <= MOST_MESSAGES:
        raise UnusableValue(f"max_messages must be between {FEWEST_MESSAGES} and {MOST_MESSAGES}, not {max_messages}")
    starts = chosen_starts(traces, root)
    reader = CallReader(make_address_book(pair for trace in traces for pair in answered_calls(trace)))
    whole = merge_calls(reader.calls_below(trace, position) for trace, position in starts)
    names = sorted({root_name(trace.spans[position]) for trace, position in starts})
    drawn = _draw(whole, names[0] if len(names) == 1 else root or names[0], max_messages)
    calls = _table(drawn, len(starts))
    findings = (*_findings_on_roots(traces, starts, root), *_findings_on_calls(whole, drawn, reader))
    return LearnedJourney(drawn.diagram, calls, len(starts), findings, tuple(_sentences(whole, drawn, names, len(starts))))


def _draw(whole: Step, title: str, max_messages: int) -> DrawnJourney:
    """Draw as many steps as the picture may have, fewer when their names make a text longer than any reader takes."""
    journey = draw_journey(whole, drawn_steps(whole, max_messages), title=title)
    while len(to_mermaid(journey.diagram)) > LONGEST_TEXT_CHARS and max_messages > FEWEST_MESSAGES:
        max_messages = max(FEWEST_MESSAGES, max_messages // 2)
        journey = draw_journey(whole, drawn_steps(whole, max_messages), title=title)
    return journey


def _table(drawn: DrawnJourney, n_traces: int) -> pd.DataFrame:
    messages = drawn.diagram.messages
    rows = [
        {
            "number": number, "caller": messages[number].sender, "callee": messages[number].receiver, "operation": step.operation,
            "is_async": step.is_async, "n_calls": step.n_calls, "n_traces": step.n_traces, "calls_per_trace": step.n_calls / n_traces,
            "n_timed": len(step.durations_us), **latency_percentiles_ms(step.durations_us), "n_errors": step.n_errors,
            "error_share": step.n_errors / step.n_calls,
        }
        for number, step in drawn.steps
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _findings_on_roots(traces: Sequence[Trace], starts: Sequence[Start], root: str | None) -> Iterator[Finding]:
    roots = root_counts(traces)
    if root is None and len(roots) > 1:
        (chosen, n_chosen), *others = roots.most_common(_ROOTS_NAMED + 1)
        listed = ", ".join(f"{name} ({count:,})" for name, count in others)
        more = f" and {len(roots) - len(others) - 1:,} more" if len(roots) > len(others) + 1 else ""
        message = f"{chosen} begins the most traces, {n_chosen:,} of {roots.total():,}; others begin with {listed}{more}"
        yield Finding("several-roots", message, "note", "choose another: --root, or root=", count=len(roots))
    n_holding = len({trace.trace_id for trace, _ in starts})
    if n_holding < len(starts):
        message = f"the root occurs {len(starts):,} times in {counted(n_holding, 'trace')}; each time counts as a trace of its own"
        yield Finding("root-repeated", message, "note", count=len(starts))
    holding = {trace.trace_id: trace for trace, _ in starts}.values()
    n_incomplete = sum(any(trace.spans[i].parent_id for i in trace.roots) for trace in holding)
    if n_incomplete:
        hold = "holds" if n_incomplete == 1 else "hold"
        message = f"{_part(n_incomplete, len(holding), 'trace')} {hold} spans whose parents are missing; calls that seem optional may be lost ones"
        yield Finding("incomplete-traces", message, "warning", "export whole traces before deciding what is optional", count=n_incomplete)


def _findings_on_calls(whole: Step, drawn: DrawnJourney, reader: CallReader) -> Iterator[Finding]:
    steps = list(whole.all_below())
    kept = {step for _, step in drawn.steps}
    left_out = [step for step in steps if step not in kept]
    if left_out:
        n_calls, n_all = sum(step.n_calls for step in left_out), sum(step.n_calls for step in steps)
        are = "is" if len(left_out) == 1 else "are"
        message = f"{_part(len(left_out), len(steps), 'kind')} of calls {are} not drawn: {_part(n_calls, n_all, 'call')}"
        hint = "raise --most-messages (max_messages), or choose a root further in"
        yield Finding(
            "calls-left-out", message, "warning", hint, count=len(left_out), example=_told(max(left_out, key=lambda s: s.n_traces))
        )
    if reader.n_unknown_peers:
        message = f"{counted(reader.n_unknown_peers, 'call')} went to a service that the span does not name"
        hint = "set peer.service or server.address on client spans, or trace the called service"
        yield Finding("unknown-peer", message, "warning", hint, count=reader.n_unknown_peers)
    if reader.n_learned_peers:
        message = f"{counted(reader.n_learned_peers, 'call')} named only an address; the service was taken from other calls to it"
        yield Finding("peer-from-address", message, "note", count=reader.n_learned_peers)


def _told(step: Step) -> str:
    return f"{step.caller.name} to {step.callee.name}: {step.operation}, in {counted(step.n_traces, 'trace')}"


def _sentences(whole: Step, drawn: DrawnJourney, names: Sequence[str], n_traces: int) -> Iterator[str]:
    begin = names[0] if len(names) == 1 else f"one of {counted(len(names), 'operation')}"
    steps = [step for _, step in drawn.steps]
    n_calls, n_all = sum(step.n_calls for step in steps), sum(step.n_calls for step in whole.all_below())
    yield (
        f"The diagram stands on {counted(n_traces, 'trace')} that {'begins' if n_traces == 1 else 'begin'} with {begin}; "
        f"it shows {n_calls:,} of {counted(n_all, 'call')} between services, as {counted(len(steps), 'step')}."
    )
    durations_us = [duration for step in whole.below.values() for duration in step.durations_us]
    if durations_us:
        latency = latency_percentiles_ms(durations_us)
        high = "p95_ms" if len(durations_us) >= CALLS_FOR_P95 else "max_ms"
        said = "95 % within" if high == "p95_ms" else "the slowest"
        half = f"Half of the {len(durations_us):,} timed journeys took at most {_ms(latency['p50_ms'])}, {said} {_ms(latency[high])}"
        yield f"{half}." if len(durations_us) > 1 else f"The only timed journey took {_ms(latency['max_ms'])}."
    n_failed = sum(step.n_errors for step in whole.below.values())
    yield f"{_sentence_start(_part(n_failed, n_traces, 'trace'))} failed at the first step."
    n_few = sum(len(step.durations_us) < CALLS_FOR_P95 for step in steps)
    if n_few:
        have, them = ("has", "it") if n_few == 1 else ("have", "them")
        few = _sentence_start(_part(n_few, len(steps), "step"))
        yield f"{few} {have} fewer than {CALLS_FOR_P95} timed calls; for {them} the slowest call stands in place of p95."


def _part(number: int, whole: int, noun: str) -> str:
    """Write a part of a whole the way people say it.

    Examples
    --------
    >>> _part(1, 1, "trace"), _part(0, 3, "trace"), _part(3, 3, "trace"), _part(2, 3, "trace")
    ('the only trace', 'none of 3 traces', 'all 3 traces', '2 of 3 traces')
    """
    if whole == 1:
        return f"the only {noun}" if number else f"no {noun}"
    if number == whole:
        return f"all {counted(whole, noun)}"
    return f"{f'{number:,}' if number else 'none'} of {counted(whole, noun)}"


def _sentence_start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ms(milliseconds: float) -> str:
    return format_ms(float(f"{milliseconds:.3g}"))
