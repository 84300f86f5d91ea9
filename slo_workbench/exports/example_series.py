"""Made-up series that a selector chooses, or leaves: what unit tests of alert rules are fed with.

A label's conditions are met by trying values: those written, texts that a pattern accepts, and a few usual ones.
Where none fits, nothing is claimed, and the objective gets no test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from slo_workbench.exports.events import Events, bucket_selector
from slo_workbench.exports.exact_numbers import le_texts
from slo_workbench.exports.selectors import Matcher, Selector, compiled

__all__ = ["ExampleSeries", "example_series", "labels_for", "texts_matching"]

_USUAL = ("200", "GET", "ok", "")
_TRIED = "05a A_-/.:" + "".join(map(chr, range(33, 127)))
Role = Literal["good", "bad", "all"]


@dataclass(frozen=True)
class ExampleSeries:
    """A series and which events it counts: the good ones, the bad ones or all."""

    selector: Selector
    role: Role

    def per_step(self, n_valid: int, n_bad: int) -> int:
        """Give how many events it counts of so many."""
        return {"good": n_valid - n_bad, "bad": n_bad, "all": n_valid}[self.role]


def example_series(events: Events) -> tuple[ExampleSeries, ...]:
    """Give series of which the selectors count valid, bad and good events as meant; none where no labels fit.

    Examples
    --------
    >>> from slo_workbench.exports.selectors import parse_selector
    >>> events = Events(parse_selector('x{job="a"}'), bad=parse_selector('x{job="a",code=~"5..|429"}'))
    >>> [(str(each.selector), each.role) for each in example_series(events)]
    [('x{job="a",code="200"}', 'good'), ('x{job="a",code="500"}', 'bad')]
    """
    try:
        plans = (_of_one_metric(events), _of_two_metrics(events))
        return next((plan for plan in plans if plan and _counts_as_meant(plan, events)), ())
    except re.error:  # a pattern that Prometheus understands and Python does not
        return ()


def _of_one_metric(events: Events) -> tuple[ExampleSeries, ...]:
    if events.histogram is not None:
        return _with_bucket(events, labels_for((events.valid, events.histogram)))
    counted = events.bad or events.good
    assert counted is not None
    chosen, others = labels_for((events.valid, counted)), labels_for((events.valid,), refused=counted)
    if chosen is None or others is None:
        return ()
    roles: tuple[Role, Role] = ("bad", "good") if events.bad else ("good", "bad")
    series = (_series(events.valid.metric, others, roles[1]), _series(counted.metric, chosen, roles[0]))
    return series if events.bad else series[::-1]


def _of_two_metrics(events: Events) -> tuple[ExampleSeries, ...]:
    valid = labels_for((events.valid,))
    if valid is None:
        return ()
    everything = _series(events.valid.metric, valid, "all")
    if events.histogram is not None:
        parts = _with_bucket(events, labels_for((events.histogram,)))
        return (everything, *parts) if parts else ()
    counted = events.bad or events.good
    assert counted is not None
    labels = labels_for((counted,))
    return (everything, _series(counted.metric, labels, "bad" if events.bad else "good")) if labels is not None else ()


def _with_bucket(events: Events, labels: tuple[tuple[str, str], ...] | None) -> tuple[ExampleSeries, ...]:
    if labels is None or events.histogram is None or events.threshold_seconds is None:
        return ()
    edge = ("le", le_texts(events.threshold_seconds)[0])
    bucket = _series(f"{events.histogram.metric}_bucket", (*labels, edge), "good")
    return (_series(f"{events.histogram.metric}_count", labels, "all"), bucket)


def _series(metric: str, labels: Sequence[tuple[str, str]], role: Role) -> ExampleSeries:
    return ExampleSeries(Selector(metric, tuple(Matcher(label, "=", value) for label, value in labels)), role)


def _counts_as_meant(plan: Sequence[ExampleSeries], events: Events) -> bool:
    """Count 100 valid and 7 bad events by hand, as Prometheus would."""
    counted = events.bad or events.good or bucket_selector(events)
    meant = ((events.valid, 100), (counted, 7 if events.bad else 93))
    return all(sum(each.per_step(100, 7) for each in plan if _is_chosen(each, selector)) == n for selector, n in meant)


def _is_chosen(series: ExampleSeries, by: Selector) -> bool:
    return by.accepts(series.selector.metric, {matcher.label: matcher.value for matcher in series.selector.matchers})


def labels_for(wanted: Sequence[Selector], *, refused: Selector | None = None) -> tuple[tuple[str, str], ...] | None:
    """Give labels that all of some selectors choose, and another leaves; ``None`` where no value that was tried fits."""
    named = [matcher for selector in (*wanted, *([refused] if refused else [])) for matcher in selector.matchers]
    must = {
        label: [m for selector in wanted for m in selector.matchers if m.label == label] for label in dict.fromkeys(m.label for m in named)
    }
    for broken in refused.matchers if refused else (None,):
        conditions = {label: [*each, *([broken.opposite()] if broken and broken.label == label else [])] for label, each in must.items()}
        values = {label: _value_for(each, named) for label, each in conditions.items()}
        if all(value is not None for value in values.values()):
            return tuple((label, value) for label, value in values.items() if value)
    return None


def _value_for(conditions: Sequence[Matcher], named: Sequence[Matcher]) -> str | None:
    tried = [value for matcher in conditions for value in _values_of(matcher)]
    tried += [*_USUAL, *(value for matcher in named for value in _values_of(matcher))]
    return next((value for value in tried if all(each.accepts(value) for each in conditions)), None)


def _values_of(matcher: Matcher) -> Sequence[str]:
    if matcher.operator in ("=", "!="):
        return [matcher.value] if matcher.operator == "=" else []
    return texts_matching(matcher.value) if matcher.operator == "=~" else []


def texts_matching(pattern: str) -> list[str]:
    """Give a few texts that a pattern accepts, each tried; none for patterns that are too intricate.

    Examples
    --------
    >>> texts_matching("5..|429"), texts_matching("/(cart|orders)/[0-9]{2}.*")
    (['500', '429'], ['/cart/00', '/orders/00', '/cart/000', '/orders/000'])
    """
    found: list[str] = []
    for n_optional in (0, 1):
        try:
            texts = [text for text, end in _Reader(pattern, n_optional).choice(0) if end == len(pattern)]
            found += [text for text in texts if text not in found and compiled(pattern).fullmatch(text)]
        except (ValueError, IndexError, RecursionError, re.error):
            continue
    return found


@dataclass(frozen=True)
class _Reader:
    """Walks a pattern and writes what it accepts; ``n_optional`` times what may be left out."""

    pattern: str
    n_optional: int
    most: int = 8

    def choice(self, at: int) -> list[tuple[str, int]]:
        texts, ends = [], at
        while True:
            found, ends = self._sequence(ends)
            texts += found
            if self.pattern[ends : ends + 1] != "|":
                return [(text, ends) for text in texts[: self.most]]
            ends += 1

    def _sequence(self, at: int) -> tuple[list[str], int]:
        texts = [""]
        while at < len(self.pattern) and self.pattern[at] not in "|)":
            parts, at = self._atom(at)
            least, at = self._repeats(at)
            texts = [before + part * least for before in texts for part in parts][: self.most]
        return texts, at

    def _repeats(self, at: int) -> tuple[int, int]:
        counted = re.compile(r"(\*|\+|\?|\{(\d{1,2})(,\d{0,3})?\})\??").match(self.pattern, at)
        if counted is None:
            return 1, at
        least = {"*": self.n_optional, "?": self.n_optional, "+": 1}.get(counted[1], int(counted[2] or 0))
        return least, counted.end()

    def _atom(self, at: int) -> tuple[list[str], int]:
        char = self.pattern[at]
        if char == "(":
            start = re.compile(r"\((\?:|\?P?<\w+>)?").match(self.pattern, at)
            found = self.choice(start.end() if start else at + 1)
            if self.pattern[found[0][1]] != ")":
                raise ValueError("a group is never closed")
            return [text for text, _ in found], found[0][1] + 1
        if char in "^$":
            return [""], at + 1
        end = at + 2 if char == "\\" else self._end_of_class(at) if char == "[" else at + 1
        return [next(self._one(self.pattern[at:end]))], end

    def _end_of_class(self, at: int) -> int:
        end = at + (2 if self.pattern[at + 1] == "^" else 1)
        # a bracket that comes first means itself
        end += self.pattern[end] == "]"
        while self.pattern[end] != "]":
            end += 2 if self.pattern[end] == "\\" else 1
        return end + 1

    def _one(self, atom: str) -> Iterator[str]:
        accepted = compiled(atom)
        yield from (char for char in ((atom, *_TRIED) if len(atom) == 1 and atom != "." else _TRIED) if accepted.fullmatch(char))
        raise ValueError(f"nothing fits {atom}")
