"""Good and valid events at any threshold, from the latencies that a History keeps by hour and bucket."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import TABLES, History, SourceRecord, empty_table, select_indicator
from slo_workbench.history.latency_buckets import GROWTH, SMALLEST_LATENCY_MS, upper_edge_ms
from slo_workbench.units import format_ms

__all__ = ["LatencyCounts", "WithinThreshold", "latency_counts"]

Ints = npt.NDArray[np.int64]
SAME_EDGE = 1 + 1e-9


@dataclass(frozen=True)
class WithinThreshold:
    """An indicator counted at a threshold it does not have.

    Parameters
    ----------
    threshold_ms : float
    history : History
        Holds the indicator with this one threshold and nothing else; its series lies an hour apart.
    n_valid, n_good, n_perhaps : int
        Valid events, those surely good within the threshold, and those of the bucket the threshold lies in: good or not, the History
        cannot tell.
    """

    threshold_ms: float
    history: History
    n_valid: int
    n_good: int
    n_perhaps: int


@dataclass(frozen=True)
class LatencyCounts:
    """Latencies of an indicator's otherwise good events, ready to be asked at many thresholds.

    Parameters
    ----------
    history : History
    indicator : str
    hours : DatetimeIndex
        Hours with a valid event, rising; ``n_valid`` of each.
    n_valid : ndarray, shape (hours,)
    hour, bucket, n_events : ndarray, shape (rows,)
        Place of the hour, latency bucket, and events in it.
    """

    history: History
    indicator: str
    hours: pd.DatetimeIndex
    n_valid: Ints
    hour: Ints
    bucket: Ints
    n_events: Ints

    @property
    def is_coarse(self) -> bool:
        """Whether latencies come from the wide buckets of a Prometheus histogram: only their edges can be asked."""
        return self.history.source_of(self.indicator).format == "prometheus"

    @property
    def edges_ms(self) -> npt.NDArray[np.float64]:
        """Upper edges of the buckets that hold an event, rising, in ms."""
        return upper_edge_ms(np.unique(self.bucket))

    def quantile_ms(self, share: float) -> float:
        """Return the upper edge of the bucket within which a share (0 to 1) of the good events with a known latency lies, in ms."""
        order = np.argsort(self.bucket, kind="stable")
        reached = np.cumsum(self.n_events[order])
        place = min(int(np.searchsorted(reached, share * reached[-1])), len(reached) - 1)
        return float(upper_edge_ms(self.bucket[order][place]))

    def within(self, threshold_ms: float) -> WithinThreshold:
        """Count what was good within a threshold, event by event where buckets allow, else at least.

        Raises
        ------
        UnusableValue
            When the threshold is no time above 0.

        Examples
        --------
        >>> from slo_workbench.history.history import IndicatorQuery, Provenance
        >>> hour = pd.Timestamp("2026-03-01 10:00")
        >>> tables = {name: empty_table(name) for name in TABLES}
        >>> tables["latency"] = pd.DataFrame({"indicator": "a", "hour": hour, "bucket": [461, 530], "n_requests": [900, 90]})
        >>> tables["series"] = pd.DataFrame({"indicator": ["a"], "threshold_ms": None, "minute": hour, "valid": 1_000, "good": 990})
        >>> source = SourceRecord("s", "parquet", (), 0, 0, 0, 0, {}, "2026-03-01T10:00Z", "2026-03-01T10:59Z", 1)
        >>> history = History(**tables, provenance=Provenance((IndicatorQuery("a", "s", "true", "true"),), (source,), "", ""))
        >>> [latency_counts(history, "a").within(threshold_ms).n_good for threshold_ms in (50, 150, 500)]
        [0, 900, 990]
        """
        if not threshold_ms > 0:
            raise UnusableValue(f"a threshold is a time above 0 ms, not {threshold_ms!r}")
        at_ms = max(float(threshold_ms), SMALLEST_LATENCY_MS) * SAME_EDGE
        # edges of a wide bucket are kept as the fine bucket that ends there, right to 1 %
        last = int(np.floor(np.log(at_ms * (GROWTH if self.is_coarse else 1)) / np.log(GROWTH))) - 1
        surely = self.bucket <= last
        n_good = np.bincount(self.hour[surely], weights=self.n_events[surely], minlength=len(self.hours)).astype(np.int64)
        n_good = np.minimum(n_good, self.n_valid)
        n_perhaps = (
            0 if self.is_coarse or at_ms / GROWTH ** (last + 1) < SAME_EDGE**2 else int(self.n_events[self.bucket == last + 1].sum())
        )
        series = pd.DataFrame({"minute": self.hours, "valid": self.n_valid, "good": n_good})
        series = series.assign(indicator=self.indicator, threshold_ms=float(threshold_ms))
        counted = _only(self.history, self.indicator, float(threshold_ms), series)
        return WithinThreshold(float(threshold_ms), counted, int(self.n_valid.sum()), int(n_good.sum()), n_perhaps)


def _only(history: History, indicator: str, threshold_ms: float, series: pd.DataFrame) -> History:
    """Return a History of one indicator with one threshold; the rows of its source stay, so that silence is known."""
    source: SourceRecord = history.source_of(indicator)
    provenance = replace(
        history.provenance, indicators=(replace(history.query(indicator), thresholds_ms=(threshold_ms,)),), sources=(source,)
    )
    tables = {name: empty_table(name) for name in TABLES}
    tables["series"] = series[list(TABLES["series"])].astype(TABLES["series"])
    tables["rows"] = history.rows[history.rows["source"] == source.name]
    return History(**tables, provenance=provenance, findings=history.findings)


def latency_counts(history: History, indicator: str) -> LatencyCounts:
    """Gather what is known of an indicator's latencies.

    Raises
    ------
    KeyError
        When the History does not count that indicator.
    TooLittleData
        When no good event of it has a latency.
    """
    thresholds = history.query(indicator).thresholds_ms
    series = select_indicator(history.series, indicator, thresholds[0] if thresholds else None)
    latency = history.latency[history.latency["indicator"] == indicator]
    valid = series["valid"].groupby(series["minute"].dt.floor("h")).sum()
    hours = pd.DatetimeIndex(valid.index)
    hour = hours.get_indexer(pd.DatetimeIndex(latency["hour"]))
    is_known = hour >= 0
    if not latency["n_requests"].to_numpy()[is_known].any():
        known = ", ".join(format_ms(one) for one in thresholds) or "none"
        raise TooLittleData(
            f"no good event of {indicator} has a latency, so only its own thresholds can be looked at ({known}); "
            "give its source a column latency_ms to look at others"
        )
    bucket, n_events = (latency[name].to_numpy(dtype=np.int64)[is_known] for name in ("bucket", "n_requests"))
    return LatencyCounts(history, indicator, hours, valid.to_numpy(dtype=np.int64), hour[is_known].astype(np.int64), bucket, n_events)
