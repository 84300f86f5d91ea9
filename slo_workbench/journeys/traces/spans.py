"""One span of a distributed trace, whatever format it was written in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

__all__ = ["SPAN_KINDS", "Span", "SpanKind"]

SpanKind = Literal["client", "server", "producer", "consumer", "internal", ""]
SPAN_KINDS: tuple[SpanKind, ...] = get_args(SpanKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One piece of work in one service, with what it says about whom it called.

    Texts are empty where the trace says nothing.

    Parameters
    ----------
    trace_id, span_id : str
        Opaque; a span id is unique within its trace.
    parent_id : str
        The span that caused this one; empty for the root of a trace.
    name : str
        What the instrumentation called the work.
    service : str
        Where the work was done.
    kind : {"client", "server", "producer", "consumer", "internal", ""}
        Which side of a call the span stands on.
    start_us : int
        Microseconds since 1970 on the clock of the span's service; 0 only while the time is not known yet.
    duration_us : int, optional
        Microseconds; ``None`` for a span that was never finished.
    is_error : bool
        Status error, an ``error`` tag, or an HTTP status of 500 and above.
    follows : bool
        The parent did not wait for it (``FOLLOWS_FROM``).
    peer : str
        Name of the called service, as the caller knows it.
    address : str
        Host and port that were called.
    method, route, path : str
        HTTP method, route template, and path without query string.
    status : int, optional
        HTTP status.
    db_system, db_name, db_statement : str
        Kind and name of the database, and the beginning of the statement.
    messaging_system, destination : str
        Kind of the broker, and its queue or topic.

    Examples
    --------
    >>> span = Span(trace_id="a", span_id="1", service="shop", name="buy", start_us=1_700_000_000_000_000, duration_us=12_000)
    >>> span.end_us - span.start_us
    12000
    """

    trace_id: str
    span_id: str
    parent_id: str = ""
    name: str = ""
    service: str = ""
    kind: SpanKind = ""
    start_us: int = 0
    duration_us: int | None = None
    is_error: bool = False
    follows: bool = False
    peer: str = ""
    address: str = ""
    method: str = ""
    route: str = ""
    path: str = ""
    status: int | None = None
    db_system: str = ""
    db_name: str = ""
    db_statement: str = ""
    messaging_system: str = ""
    destination: str = ""

    @property
    def end_us(self) -> int:
        """When the work was done; the start where the duration is not known."""
        return self.start_us + (self.duration_us or 0)

    def starting_at(self, start_us: int) -> Span:
        """Return the same span moved to another start."""
        return replace(self, start_us=start_us)
