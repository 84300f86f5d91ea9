"""Counters as they were scraped: raw samples, and by how much a counter grew from each to the next.

PromQL's ``increase`` and ``rate`` extrapolate to the ends of their window and give 99.7 events where 100 were counted.
Here every scraped value is fetched, so counts are whole numbers, exact to the scrape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.prometheus_api import PrometheusApi, Sample, TooMuch

__all__ = ["Growth", "check_selector", "read_growth"]

FIRST_SPAN_SECONDS = 6 * 3600
SHORTEST_SPAN_SECONDS = 900
LOOK_BACK = ("1d", "1h", "5m")
# Targets are first scraped within one interval of each other; what appears later is new.
WARM_UP_SECONDS = 300.0
_SELECTOR = re.compile(r'^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{(?:[^"\'`{}]|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`)*\})?\s*$')


@dataclass(frozen=True)
class Growth:
    """By how much counters grew, sample by sample.

    Parameters
    ----------
    labels : dict of str to str
        Of the one series it is about.
    seconds : array of float64, shape (samples,)
        When each sample was scraped, since 1970.
    grown : array of int64, shape (samples,)
        Since the sample before; 0 where that is not known.
    n_unusable : int
        Samples that were no number.
    n_resets : int
        How often the counter started again; what it had counted after its last scrape is lost.
    n_from_start : int
        Events counted because the series was new, in its first sample.
    """

    labels: dict[str, str]
    seconds: npt.NDArray[np.float64]
    grown: npt.NDArray[np.int64]
    n_unusable: int = 0
    n_resets: int = 0
    n_from_start: int = 0


def check_selector(text: str, *, where: str) -> tuple[str, str]:
    """Return metric name and label matchers of a plain selector.

    Raises
    ------
    FindingsError
        ``prometheus-selector`` for anything else, such as an expression.

    Examples
    --------
    >>> check_selector('http_requests_total{job="api",code!~"5.."}', where="good")
    ('http_requests_total', '{job="api",code!~"5.."}')
    """
    found = _SELECTOR.match(text)
    if not found:
        hint = 'counts come from raw samples: write name{label="value",other!~"5.."}, without rate(), sum() or [5m]'
        raise FindingsError([Finding("prometheus-selector", f"{text!r} is no plain selector of a counter", where=where, hint=hint)])
    return found[1], found[2] or ""


@dataclass
class _Series:
    """Where a series stood when last seen."""

    seconds: float
    value: float


@dataclass
class _Reader:
    """Reads a selector span after span, remembering where each series stood."""

    api: PrometheusApi
    selector: str
    last: dict[tuple[tuple[str, str], ...], _Series] = field(default_factory=dict)
    first_seen: float | None = None

    def look_back(self, start: float) -> None:
        """Learn where every series stood just before the start."""
        for span in LOOK_BACK:
            try:
                before = list(self.api.instant(f"last_over_time({self.selector}[{span}])", start - 0.001))
            except TooMuch:
                continue
            for labels, samples in before:
                value = float(samples[0][1])
                if np.isfinite(value):
                    self.last[_key(labels)] = _Series(-np.inf, value)
            self.first_seen = -np.inf if self.last else None
            return

    def spans(self, start: float, end: float, tell: Callable[[float], None]) -> Iterator[list[Sample]]:
        """Yield raw samples span by span; spans get shorter where the server gives up."""
        length, at = float(FIRST_SPAN_SECONDS), start
        while at < end:
            until = min(at + length, end)
            try:
                # [at, until): the last millisecond before the end, and as far back as the start
                yield [
                    (labels, [sample for sample in samples if at <= float(sample[0]) < until])
                    for labels, samples in self.api.instant(f"{self.selector}[{round((until - at) * 1000)}ms]", until - 0.001)
                ]
            except TooMuch:
                if length / 2 < SHORTEST_SPAN_SECONDS:
                    raise
                length /= 2
                continue
            tell((until - start) / (end - start))
            at = until

    def growth(self, labels: dict[str, str], samples: list[list[Any]]) -> Growth | None:
        """Turn one span of a series into growth."""
        seconds = np.array([float(sample[0]) for sample in samples])
        values = np.array([float(sample[1]) for sample in samples])
        usable = np.isfinite(values) & (values >= 0)
        n_unusable = int((~usable).sum())
        seconds, values = seconds[usable], values[usable]
        if not len(values):
            return Growth(labels, seconds, values.astype(np.int64), n_unusable) if n_unusable else None
        if (values != np.floor(values)).any():
            raise FindingsError([_not_whole(self.selector, values)])
        key = _key(labels)
        known = self.last.get(key)
        if self.first_seen is None or seconds[0] < self.first_seen:
            self.first_seen = seconds[0]
        is_new = known is None and seconds[0] - self.first_seen > WARM_UP_SECONDS
        before = known.value if known else 0.0 if is_new else values[0]
        steps = np.diff(values, prepend=before)
        resets = steps < 0
        grown = np.where(resets, values, steps).astype(np.int64)
        self.last[key] = _Series(seconds[-1], values[-1])
        return Growth(labels, seconds, grown, n_unusable, int(resets.sum()), int(grown[0]) if is_new else 0)


def read_growth(
    api: PrometheusApi, selector: str, start: float, end: float, *, tell: Callable[[float], None] = lambda share: None
) -> Iterator[Growth]:
    """Yield how the counters of a selector grew, for samples in ``[start, end)``, seconds since 1970.

    A counter that is lower than before was reset: it counts from zero. The growth over a hole in the scraping is
    known as a whole and belongs to the first sample after it. A series that appears while others were scraped
    already counts from zero; one that is there when the scraping begins counts from its first sample.

    Parameters
    ----------
    tell : callable
        Told the share that was read.

    Raises
    ------
    FindingsError
        ``prometheus-no-data``, or what the server refuses.
    """
    reader = _Reader(api, selector)
    reader.look_back(start)
    n_series = 0
    for samples in reader.spans(start, end, tell):
        # in the order of time, so that it is known whether others were there before
        for labels, of_series in sorted((one for one in samples if one[1]), key=lambda one: float(one[1][0][0])):
            n_series += 1
            growth = reader.growth(labels, of_series)
            if growth is not None:
                yield growth
    if not n_series:
        raise FindingsError([_no_data(api, selector)])


def _key(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in labels.items() if name != "__name__"))


def _not_whole(selector: str, values: npt.NDArray[np.float64]) -> Finding:
    example = values[values != np.floor(values)][0]
    hint = "name a counter of events; seconds and bytes are no events, and a recording rule is no counter"
    return Finding("prometheus-not-counts", f"{selector} holds {example:g}, which is no whole number", where=selector, hint=hint)


def _no_data(api: PrometheusApi, selector: str) -> Finding:
    name, _ = check_selector(selector, where=selector)
    names = api.names()
    hint = nearest_hint(name, names) if name not in names else "look at the labels, the times, and how long the server keeps data"
    return Finding("prometheus-no-data", f"{selector} has no sample in this time", where=api.source, hint=hint)
