"""What Prometheus counted already: events a minute from counters, and latencies from classic histograms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.progress import Step, Tell, silent
from slo_workbench.sources.prometheus_api import PrometheusApi
from slo_workbench.sources.prometheus_counters import Growth, check_selector, read_growth
from slo_workbench.sources.prometheus_histograms import Edges, bucket_selector, edges_of

__all__ = ["MinuteCounts", "PrometheusQuery", "read_counts"]

Counts = npt.NDArray[np.int64]
MINUTE = 60


@dataclass(frozen=True)
class PrometheusQuery:
    """An indicator over Prometheus' counters.

    Parameters
    ----------
    url : str
        Of the server; user and password in it, or a token, are shown nowhere.
    start, end : datetime
        Half-open; UTC where they carry no zone. Whole minutes.
    valid : str
        Selector of a counter of valid events; may be left out with a histogram, which then counts them.
    good : str
        Selector of a counter of good events. Not with a histogram.
    histogram : str
        Selector of a classic histogram, without ``_bucket``, of events that are good when they are in time.
    thresholds_ms : tuple of float
        Edges of the histogram's buckets; one ratio each.
    ms_per_unit : float, optional
        What the histogram measures in; by its name without (``…_seconds``: 1000, ``…_milliseconds``: 1).
    indicator, source : str
        Names in the History and in findings.
    token : str
        Bearer token.
    timeout_seconds : float
        For each answer.
    """

    url: str = field(repr=False)
    start: datetime
    end: datetime
    valid: str = ""
    good: str = ""
    histogram: str = ""
    thresholds_ms: tuple[float, ...] = ()
    ms_per_unit: float | None = None
    indicator: str = "requests"
    source: str = "prometheus"
    token: str = field(default="", repr=False)
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        findings = list(self._mistakes())
        if findings:
            raise FindingsError(findings)

    def _mistakes(self) -> list[Finding]:
        found = []
        if bool(self.good) == bool(self.histogram) or not (self.valid or self.histogram):
            hint = "valid and good: two counters; or histogram and thresholds_ms, with valid where it counts only some of the events"
            found.append(Finding("prometheus-query", "an indicator needs good and valid, or a histogram", where=self.indicator, hint=hint))
        if bool(self.histogram) != bool(self.thresholds_ms):
            found.append(Finding("prometheus-query", "a histogram and thresholds_ms need each other", where=self.indicator))
        if not self.start_seconds < self.end_seconds or self.start_seconds % MINUTE or self.end_seconds % MINUTE:
            found.append(Finding("prometheus-query", "start must lie before end, and both be whole minutes", where=self.indicator))
        for part in ("valid", "good", "histogram"):
            if getattr(self, part):
                try:
                    check_selector(getattr(self, part), where=f"{self.indicator}.{part}")
                except FindingsError as error:
                    found.extend(error.findings)
        return found

    @property
    def start_seconds(self) -> float:
        """Start, in seconds since 1970."""
        return _seconds(self.start)

    @property
    def end_seconds(self) -> float:
        """End, in seconds since 1970."""
        return _seconds(self.end)

    def api(self) -> PrometheusApi:
        """Return the server to ask."""
        return PrometheusApi(self.url, self.token, self.source, self.timeout_seconds)


def _seconds(moment: datetime) -> float:
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()


@dataclass
class MinuteCounts:
    """Events by minute from ``start_seconds`` on.

    Parameters
    ----------
    valid, n_samples : array of int64, shape (minutes,)
    good : dict of float or None to array of int64, shape (minutes,)
        By threshold in ms; ``None`` without.
    latency : dict of float to array of int64, shape (hours,)
        Good events in time of each edge and not of the one before, by edge in ms; hours since the start's full hour.
    """

    start_seconds: float
    valid: Counts
    n_samples: Counts
    good: dict[float | None, Counts] = field(default_factory=dict)
    latency: dict[float, Counts] = field(default_factory=dict)
    n_unusable: int = 0
    n_resets: int = 0
    n_from_start: int = 0
    n_series: int = 0
    first_seconds: float = np.inf
    last_seconds: float = -np.inf

    def place(self, growth: Growth) -> npt.NDArray[np.int64]:
        """Return the minute of each sample, and take the samples into the account."""
        minutes = ((growth.seconds - self.start_seconds) // MINUTE).astype(np.int64)
        np.add.at(self.n_samples, minutes, 1)
        self.n_unusable += growth.n_unusable
        self.n_resets += growth.n_resets
        self.n_from_start += growth.n_from_start
        if len(growth.seconds):
            self.first_seconds = min(self.first_seconds, float(growth.seconds[0]))
            self.last_seconds = max(self.last_seconds, float(growth.seconds[-1]))
        return minutes


def read_counts(query: PrometheusQuery, *, api: PrometheusApi | None = None, tell: Tell = silent) -> MinuteCounts:
    """Read an indicator's events, minute by minute.

    Raises
    ------
    FindingsError
        What the server refuses, thresholds that are no edges, selectors without samples.
    """
    api = api or query.api()
    n_minutes = int((query.end_seconds - query.start_seconds) // MINUTE)
    counts = MinuteCounts(query.start_seconds, np.zeros(n_minutes, np.int64), np.zeros(n_minutes, np.int64))

    def read(selector: str, what: str, into: Callable[[Growth], None]) -> None:
        for growth in read_growth(
            api, selector, query.start_seconds, query.end_seconds, tell=lambda share: tell(Step(f"{query.source}: {what} {share:.0%}"))
        ):
            into(growth)

    if query.valid:
        read(query.valid, f"valid events of {query.indicator}", lambda growth: np.add.at(counts.valid, counts.place(growth), growth.grown))
    if query.good:
        counts.good[None] = good = np.zeros(n_minutes, np.int64)
        read(query.good, f"good events of {query.indicator}", lambda growth: np.add.at(good, counts.place(growth), growth.grown))
    if query.histogram:
        _read_histogram(query, api, counts, read)
    return counts


def _read_histogram(
    query: PrometheusQuery, api: PrometheusApi, counts: MinuteCounts, read: Callable[[str, str, Callable[[Growth], None]], None]
) -> None:
    edges = edges_of(api, query.histogram, query.start_seconds, query.end_seconds, ms_per_unit=query.ms_per_unit)
    by_threshold = edges.of_thresholds(query.thresholds_ms, where=query.indicator)
    first_hour = query.start_seconds // 3600
    n_hours = int(np.ceil(query.end_seconds / 3600) - first_hour)
    within = {label: np.zeros(n_hours, np.int64) for label in edges.ms_by_label}
    counts.good = {threshold: np.zeros(len(counts.valid), np.int64) for threshold in query.thresholds_ms}

    def into(growth: Growth) -> None:
        minutes, label = counts.place(growth), growth.labels["le"]
        hours = (growth.seconds // 3600 - first_hour).astype(np.int64)
        np.add.at(within[label], hours, growth.grown)
        for threshold in by_threshold.get(label, ()):
            np.add.at(counts.good[threshold], minutes, growth.grown)
        if not query.valid and np.isinf(edges.ms_by_label[label]):
            np.add.at(counts.valid, minutes, growth.grown)

    read(bucket_selector(query.histogram), f"latencies of {query.indicator}", into)
    counts.latency = _between(edges, within)


def _between(edges: Edges, within: dict[str, Counts]) -> dict[float, Counts]:
    """Turn counts up to each edge into counts between edges; events beyond the last are of unknown latency and left out."""
    finite = [(ms, label) for ms, label in edges.in_order() if np.isfinite(ms)]
    found, below = {}, np.zeros_like(next(iter(within.values())))
    for ms, label in finite:
        found[ms] = np.maximum(within[label] - below, 0)
        below = within[label]
    return found
