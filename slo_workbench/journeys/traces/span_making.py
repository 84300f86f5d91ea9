"""The last step of every reader: from what a format says to a `Span`, or to the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slo_workbench.journeys.traces.json_values import as_text
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.spans import SPAN_KINDS, Span, SpanKind
from slo_workbench.journeys.traces.tags import read_tags

__all__ = ["as_span_kind", "make_span"]

# The year 9999, and ten years.
_LATEST_US = 253_402_300_799_000_000
_LONGEST_US = 315_360_000_000_000
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")


def as_span_kind(value: object) -> SpanKind:
    """Return the kind that a word such as ``SPAN_KIND_CLIENT`` or ``CLIENT`` names; an empty text for any other.

    Examples
    --------
    >>> as_span_kind("SPAN_KIND_CLIENT"), as_span_kind("Server"), as_span_kind("sideways")
    ('client', 'server', '')
    """
    word = as_text(value).lower().removeprefix("span_kind_")
    return next((kind for kind in SPAN_KINDS if kind == word), "")


def make_span(
    ids: tuple[object, object, object], *, name: object, service: object, kind: SpanKind, start_us: int | None, duration_us: int | None,
    tags: Mapping[str, object], problems: Problems, is_error: bool = False, follows: bool = False, peer: object = None,
) -> Span | None:  # fmt: skip
    """Return the span, or ``None`` after counting what is wrong with it.

    Parameters
    ----------
    ids : tuple
        Of the trace, the span and its parent.
    start_us : int, optional
        ``None`` or 0 where the format allows a span without one; see `borrow_starts`.
    """
    trace_id, span_id, parent_id = map(_id, ids)
    if not trace_id or not span_id:
        problems.add("span-without-id", name)
        return None
    if start_us is not None and not 0 <= start_us <= _LATEST_US:
        problems.add("span-without-start", f"{as_text(name)} at {start_us:.3g} µs" if abs(start_us) < 10**300 else as_text(name))
        return None
    if duration_us is not None and not 0 <= duration_us <= _LONGEST_US:
        problems.add("duration-unusable", f"{as_text(name)}, span {span_id}")
        duration_us = None
    read = read_tags(tags)
    return Span(
        trace_id=trace_id, span_id=span_id, parent_id=parent_id, name=as_text(name), service=as_text(service), kind=kind,
        start_us=start_us or 0, duration_us=duration_us, is_error=is_error or read.is_error, follows=follows,
        peer=as_text(peer) or read.peer, address=read.address, method=read.method, route=read.route, path=read.path, status=read.status,
        db_system=read.db_system, db_name=read.db_name, db_statement=read.db_statement, messaging_system=read.messaging_system,
        destination=read.destination,
    )  # fmt: skip


def _id(value: object) -> str:
    """Return an id as text; one of nothing but zeros means that there is none."""
    text = as_text(value)
    if not text.strip("0"):
        return ""
    return text.lower() if _HEXADECIMAL.fullmatch(text) else text
