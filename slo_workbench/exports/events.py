"""Bad and valid events as Prometheus counts them, written as expressions; and such expressions understood again.

Three things are guarded against. A service that never failed has no bad series: without ``or 0 * sum(valid)`` its
ratio would be empty, not zero. No traffic gives no sample instead of 0/0. And a bucket that does not exist gives no
sample, not "everything was slow".

References
----------
Behaviour of ``or``, ``unless`` and empty vectors: "Operators", Prometheus documentation (Apache-2.0),
https://prometheus.io/docs/prometheus/latest/querying/operators/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from slo_workbench.exports.exact_numbers import le_texts
from slo_workbench.exports.selectors import Matcher, Selector, UnusableSelector, read_selector

__all__ = [
    "Events",
    "bad_events",
    "bad_share",
    "bucket_selector",
    "events_of",
    "read_bad_share",
    "read_ratio",
    "selectors_in",
    "valid_events",
]

_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\(([a-zA-Z0-9_, ]*)\)")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
_BEFORE_LABELS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WINDOW = "WINDOW"
LONGEST_EXPRESSION = 10_000


@dataclass(frozen=True)
class Events:
    """How the events of an objective are called; of ``bad``, ``good`` and ``histogram`` exactly one is there.

    Parameters
    ----------
    valid : Selector
        Counter of valid events; for a histogram that counts all of them, its ``_count``.
    bad, good : Selector, optional
    histogram : Selector, optional
        Of good events, without ``_bucket`` and ``le``.
    threshold_seconds : Decimal, optional
        The bucket's edge; with a histogram only.
    """

    valid: Selector
    bad: Selector | None = None
    good: Selector | None = None
    histogram: Selector | None = None
    threshold_seconds: Decimal | None = None


def bucket_selector(events: Events) -> Selector:
    r"""Give the selector of good events within the threshold, whatever way its edge is written.

    The brief form ``le=~"1|1.0"`` would match an edge of 100, too: the dot is escaped.

    Examples
    --------
    >>> slow = Events(Selector("x_count"), histogram=Selector("x"), threshold_seconds=Decimal(1))
    >>> print(bucket_selector(slow))
    x_bucket{le=~"1|1\\.0"}
    """
    assert events.histogram is not None
    assert events.threshold_seconds is not None
    texts = le_texts(events.threshold_seconds)
    pattern = "|".join(text.replace(".", r"\.").replace("+", r"\+") for text in texts)
    edge = Matcher("le", "=", texts[0]) if len(texts) == 1 else Matcher("le", "=~", pattern)
    return events.histogram.called(f"{events.histogram.metric}_bucket").having(edge)


def _count(histogram: Selector) -> Selector:
    return histogram.called(f"{histogram.metric}_count")


def _sum(selector: Selector, window: str, function: str) -> str:
    return f"sum({function}({selector}[{window}]))"


def valid_events(events: Events, window: str, *, function: str = "rate") -> str:
    """Write the expression of valid events, per second or (``increase``) in all."""
    return _sum(events.valid, window, function)


def bad_events(events: Events, window: str, *, function: str = "rate", or_zero: bool = True) -> str:
    """Write the expression of bad events; 0 where there were none, empty only where nothing is known.

    Without ``or_zero`` it may be empty, too, where a counter of bad events was never touched.

    Examples
    --------
    >>> bad_events(Events(Selector("requests"), bad=Selector("errors")), "5m")
    '(sum(rate(errors[5m])) or 0 * sum(rate(requests[5m])))'
    >>> bad_events(Events(Selector("requests"), good=Selector("answers")), "5m")
    'clamp_min(sum(rate(requests[5m])) - (sum(rate(answers[5m])) or 0 * sum(rate(requests[5m]))), 0)'
    """
    valid = valid_events(events, window, function=function)
    if events.bad is not None:
        bad = _sum(events.bad, window, function)
        return f"({bad} or 0 * {valid})" if or_zero else bad
    if events.good is not None:
        return f"clamp_min({valid} - ({_sum(events.good, window, function)} or 0 * {valid}), 0)"
    assert events.histogram is not None
    quick, all_good = _sum(bucket_selector(events), window, function), _count(events.histogram)
    if all_good != events.valid:
        # no good event yet is no quick one; a histogram without that edge stays unknown
        quick = f"({quick} or (0 * {valid} unless {_sum(all_good, window, function)}))"
    return f"clamp_min({valid} - {quick}, 0)"


def bad_share(events: Events, window: str, *, function: str = "rate") -> str:
    """Write the share of bad events, 0 to 1, on two lines; no sample where nothing was valid."""
    return f"{bad_events(events, window, function=function)}\n/ ({valid_events(events, window, function=function)} > 0)"


def events_of(valid: Selector | None, counted: Selector, *, as_bad: bool) -> Events | None:
    """Give events from the selectors that people and other formats name; good ones in a ``_bucket`` with one edge are a histogram's.

    ``None`` where nothing says which events are valid.
    """
    edges = [matcher for matcher in counted.matchers if matcher.label == "le"]
    seconds = _seconds(edges[0]) if len(edges) == 1 and counted.metric.endswith("_bucket") and not as_bad else None
    if seconds is not None:
        histogram = Selector(counted.metric.removesuffix("_bucket"), _without_edge(counted).matchers)
        return Events(valid or _count(histogram), histogram=histogram, threshold_seconds=seconds)
    if valid is None:
        return None
    return Events(valid, bad=counted) if as_bad else Events(valid, good=counted)


def _without_edge(selector: Selector) -> Selector:
    return replace(selector, matchers=tuple(matcher for matcher in selector.matchers if matcher.label != "le"))


def _seconds(edge: Matcher) -> Decimal | None:
    """Give the one number that a condition on ``le`` means, however often it is written; ``None`` for several or none."""
    if edge.operator not in ("=", "=~"):
        return None
    written = edge.value.replace("\\", "").split("|") if edge.operator == "=~" else [edge.value]
    try:
        seconds = {Decimal(text) for text in written}
    except InvalidOperation:
        return None
    one = seconds.pop()
    return one if not seconds and one.is_finite() and one > 0 and abs(one.adjusted()) < 12 else None


def selectors_in(expression: str) -> tuple[str, tuple[Selector, ...]]:
    """Take an expression apart: its shape, with ``$`` for selectors and ``[WINDOW]`` for ranges, and the selectors in order.

    Raises
    ------
    UnusableSelector
        When a selector in it cannot be read, or it is longer than anybody writes.

    Examples
    --------
    >>> shape, selectors = selectors_in('sum( rate(x{a="(["}[5m]) ) > 0')
    >>> shape, [str(each) for each in selectors]
    ('sum(rate($[WINDOW]))>0', ['x{a="(["}'])
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise UnusableSelector(f"an expression of {len(expression):,} characters", "write the selectors of its counters by hand")
    shape, found, at = "", [], 0
    while at < len(expression):
        word = _WORD.match(expression, at) if not expression[at - 1 : at].isdigit() else None
        rest = expression[word.end() :].lstrip() if word else ""
        if word and word[0] in _BEFORE_LABELS and (group := _GROUPING.match(rest)):
            shape += f" {word[0]}({group[1].replace(' ', '')})"
            at = len(expression) - len(rest) + group.end()
        elif word and not rest.startswith("(") and word[0].lower() not in _KEYWORDS | _BEFORE_LABELS:
            selector, at = read_selector(expression, at)
            found.append(selector)
            shape += "$"
        elif word:
            shape += f" {word[0]} " if word[0] in _KEYWORDS | _BEFORE_LABELS else word[0]
            at = word.end()
        elif span := _RANGE.match(expression, at):
            shape, at = f"{shape}[{WINDOW}]", span.end()
        else:
            shape += "" if expression[at].isspace() else expression[at]
            at += 1
    return shape, tuple(found)


def _shape(expression: str) -> str:
    return selectors_in(expression)[0]


_V, _X, _H = Selector("v"), Selector("x"), Events(Selector("v"), histogram=Selector("x"), threshold_seconds=Decimal(1))
_OWN = replace(_H, valid=Selector("x_count"))
_BAD, _GOOD = Events(_V, bad=_X), Events(_V, good=_X)
# Shape of the bad events to: the number of the counted selector, whether it counts bad events.
_SHAPES: tuple[tuple[Events, int, bool], ...] = ((_BAD, 0, True), (_GOOD, 1, False), (_H, 1, False), (_OWN, 1, False))


def _understood(shape: str, selectors: Sequence[Selector], writing: Callable[[Events], str]) -> Events | None:
    for form, number, as_bad in _SHAPES:
        if shape != _shape(writing(form)):
            continue
        counted = selectors[number]
        valid = selectors[1] if as_bad else selectors[0]
        events = events_of(valid, counted, as_bad=as_bad)
        # what it means must be written as what stands here: the same selectors at the same places, edges aside
        if events is not None and [*map(_without_edge, selectors_in(writing(events))[1])] == [*map(_without_edge, selectors)]:
            return events
    return None


def read_bad_share(expression: str) -> Events | None:
    """Understand a ratio that :func:`bad_share` wrote, with any window; ``None`` for any other expression.

    Examples
    --------
    >>> events = Events(Selector("requests"), good=Selector("answers"))
    >>> read_bad_share(bad_share(events, "28d", function="increase")) == events
    True
    """
    try:
        shape, selectors = selectors_in(expression)
    except UnusableSelector:
        return None
    rates = _understood(shape, selectors, lambda events: bad_share(events, WINDOW))
    return rates or _understood(shape, selectors, lambda events: bad_share(events, WINDOW, function="increase"))


def read_ratio(bad: str, valid: str) -> Events | None:
    """Understand a pair of expressions, bad and valid events: ours, or the plain sums of rates that people write."""
    try:
        shape, selectors = selectors_in(bad)
        valid_shape, valid_selectors = selectors_in(valid)
    except UnusableSelector:
        return None
    if valid_shape != _shape(valid_events(_BAD, WINDOW)):
        return None
    if shape == valid_shape:
        return events_of(valid_selectors[0], selectors[0], as_bad=True)
    events = _understood(shape, selectors, lambda each: bad_events(each, WINDOW))
    return events if events is not None and events.valid == valid_selectors[0] else None
