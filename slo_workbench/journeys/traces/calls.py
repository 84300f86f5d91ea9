"""The calls between services that one trace shows, each with the call that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from slo_workbench.journeys.traces.operations import operation_of
from slo_workbench.journeys.traces.parties import CALLER, AddressBook, Party, database_of, queue_of, service_of
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.journeys.traces.trees import NO_PARENT, Trace

__all__ = ["Call", "CallReader", "answered_calls"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as its caller saw it.

    Parameters
    ----------
    parent : int
        Position of the call that led to this one, or `NO_PARENT`.
    is_async : bool
        A message that nobody answers.
    """

    caller: Party
    callee: Party
    operation: str
    start_us: int
    duration_us: int | None
    is_error: bool
    is_async: bool
    parent: int


def _is_calling(span: Span) -> bool:
    """Whether the span is the calling side; old instrumentations leave the kind out, but name whom they called."""
    if span.kind == "client":
        return True
    return bool(span.kind == "" and span.peer and span.peer != span.service) or (
        span.kind in ("", "internal") and database_of(span) is not None
    )


def _answering(trace: Trace, position: int) -> list[int]:
    """Return the children of a calling span that are the other side of the call."""
    span = trace.spans[position]
    children = trace.children[position]
    return [
        i
        for i in children
        if trace.spans[i].kind == "server" or (trace.spans[i].service != span.service and trace.spans[i].kind != "consumer")
    ]


def _is_wrapper(trace: Trace, position: int) -> bool:
    """Whether the call is really made by a span below, as when a library's client uses an HTTP client that is traced as well."""
    span = trace.spans[position]
    inner = (trace.spans[i] for i in trace.children[position])
    return any(other.service == span.service and (other.kind == "producer" or _is_calling(other)) for other in inner)


def answered_calls(trace: Trace) -> Iterator[tuple[Span, Span]]:
    """Give both sides of each call of which both are in the trace."""
    for position, span in enumerate(trace.spans):
        if _is_calling(span):
            yield from ((span, trace.spans[i]) for i in _answering(trace, position)[:1])


@dataclass
class CallReader:
    """Reads the calls below one span of a trace.

    Parameters
    ----------
    addresses : AddressBook
    n_unknown_peers, n_learned_peers : int
        How many calls went to nobody knows whom, and how many to a service known only from other calls.
    """

    addresses: AddressBook
    n_unknown_peers: int = 0
    n_learned_peers: int = 0
    _calls: list[Call] = field(default_factory=list)
    _waiting: list[tuple[int, int, bool]] = field(default_factory=list)

    def calls_below(self, trace: Trace, root: int) -> tuple[Call, ...]:
        """Return the calls of the span at position `root` and of all below it, each after the one that led to it.

        Examples
        --------
        >>> from slo_workbench.journeys.traces.parties import make_address_book
        >>> from slo_workbench.journeys.traces.trees import build_traces
        >>> shop = Span(trace_id="a", span_id="1", service="shop", kind="server", name="buy", start_us=1, duration_us=900)
        >>> query = Span(trace_id="a", span_id="2", parent_id="1", service="shop", kind="client", name="SELECT", db_system="mysql", start_us=5)
        >>> traces, _ = build_traces([shop, query])
        >>> for call in CallReader(make_address_book([])).calls_below(traces[0], 0):
        ...     print(call.caller.name, call.callee.name, call.operation)
        Caller shop buy
        shop mysql SELECT
        """
        self._calls, self._waiting = [], []
        self._take_root(trace, root)
        while self._waiting:
            self._take(trace, *self._waiting.pop())
        return tuple(self._calls)

    def _take_root(self, trace: Trace, root: int) -> None:
        span = trace.spans[root]
        if span.kind in ("client", "producer", "consumer") and not (span.kind == "client" and _is_wrapper(trace, root)):
            self._take(trace, root, NO_PARENT, is_arrived=True)
        else:
            call = self._add(CALLER, service_of(span), span, NO_PARENT)
            self._wait_for(trace.children[root], call)

    def _take(self, trace: Trace, position: int, above: int, is_arrived: bool) -> None:
        """Add the calls of one span, with `above` the call that led to it; `is_arrived` once the call to its service was added."""
        span = trace.spans[position]
        parent = trace.spans[trace.parents[position]] if above != NO_PARENT else None
        if span.kind == "consumer":
            sender = parent if parent is not None and parent.kind == "producer" else span
            call = self._add(queue_of(sender), service_of(span), span, above, is_async=True)
            self._wait_for(trace.children[position], call)
        elif parent is not None and parent.service != span.service and not is_arrived:
            call = self._add(service_of(parent), service_of(span), span, above, is_async=span.follows)
            self._waiting.append((position, call, True))
        elif span.kind == "producer":
            self._take_producer(trace, position, above)
        elif _is_calling(span):
            self._take_calling(trace, position, above)
        else:
            self._wait_for(trace.children[position], above)

    def _take_producer(self, trace: Trace, position: int, above: int) -> None:
        span = trace.spans[position]
        queue = queue_of(span)
        sent = self._add(service_of(span), queue, span, above, is_async=True)
        for child in trace.children[position]:
            receiver = trace.spans[child]
            if receiver.kind == "consumer":
                self._waiting.append((child, sent, False))
            elif receiver.service != span.service:
                call = self._add(queue, service_of(receiver), receiver, sent, is_async=True)
                self._waiting.append((child, call, True))
            else:
                self._waiting.append((child, sent if above == NO_PARENT else above, True))

    def _take_calling(self, trace: Trace, position: int, above: int) -> None:
        span = trace.spans[position]
        answering = _answering(trace, position)
        for number, child in enumerate(answering):
            self._take_answered(trace, position, child, above, is_first=number == 0)
        if not answering and not _is_wrapper(trace, position):
            callee, is_known = self.addresses.callee_of(span)
            self.n_unknown_peers += not is_known
            self.n_learned_peers += self.addresses.has_learned(span) and callee.kind == "participant"
            self._add(service_of(span), callee, span, above, is_async=callee.kind == "queue")
        others = set(trace.children[position]).difference(answering)
        # Below a root that calls, what else its service did belongs to that call.
        self._wait_for(others, 0 if above == NO_PARENT else above)

    def _take_answered(self, trace: Trace, position: int, child: int, above: int, *, is_first: bool) -> None:
        """Add one call for both of its sides; only the first answer took as long as the caller waited, the others are further tries."""
        client, server = trace.spans[position], trace.spans[child]
        call = self._add(
            service_of(client), service_of(server), client if is_first else server, above,
            operation=operation_of(client, server), is_error=server.is_error,
        )  # fmt: skip
        self._waiting.append((child, call, True))

    def _wait_for(self, positions: Iterable[int], above: int) -> None:
        self._waiting.extend((position, above, False) for position in positions)

    def _add(
        self, caller: Party, callee: Party, span: Span, above: int, *, operation: str = "", is_error: bool = False, is_async: bool = False
    ) -> int:
        name, has_failed = operation or operation_of(span), span.is_error or is_error
        self._calls.append(Call(caller, callee, name, span.start_us, span.duration_us, has_failed, is_async, above))
        return len(self._calls) - 1
