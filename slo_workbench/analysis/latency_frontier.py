"""How many are served within which time: the share of valid events good within every threshold, from one histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.windows import complete_days_of
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import History, select_indicator
from slo_workbench.history.latency_buckets import GROWTH, SMALLEST_LATENCY_MS, upper_edge_ms
from slo_workbench.units import counted, format_ms, format_share, round_bad_share_up

__all__ = ["LatencyFrontier", "ThresholdPair", "latency_frontier", "round_threshold_up"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PAIRS: tuple[tuple[Literal["typical", "tail"], float], ...] = (("typical", 0.90), ("tail", 0.99))
KNEE_FROM_SHARE, KNEE_TO_SHARE = 0.01, 0.999
SAME_EDGE = 1 + 1e-9


@dataclass(frozen=True)
class ThresholdPair:
    """A threshold (rounded up, ms) with the target that the history kept at it.

    ``reached_share`` is the share of valid events (0 to 1) surely good within the threshold, unrounded, in the worst window, or in
    a whole history shorter than that. ``target`` is it with its bad share rounded up to one digit (two below the percentile sought).
    """

    kind: Literal["typical", "tail"]
    threshold_ms: float
    target: Decimal
    reached_share: float


@dataclass(frozen=True)
class LatencyFrontier:
    """Share of valid events that were good within each threshold; an event that failed or has no known latency is bad at all.

    Parameters
    ----------
    table : DataFrame
        One row a bucket edge, rising: ``threshold_ms`` (upper edge of a bucket), ``n_good``, ``good_share`` (of the whole history) and,
        when that holds a window, ``worst_window_share``: the lowest of all runs of ``window_days`` complete days, for each edge its own.
    n_valid, n_timed, n_windows : int
        Valid events; those of them that are good with a known latency; windows (overlapping, by day) that the history holds.
    knee_ms : float or None
        Threshold after which more patience serves few more events; ``None`` when the curve has no such place.
    suggested_pairs : tuple of ThresholdPair
        ``typical`` (90 %) and ``tail`` (99 %); only the tail when both round to one threshold, or none at all.
    is_coarse : bool
        Whether latencies come from the wide buckets of a Prometheus histogram; then edges are right to 1 %.
    """

    table: pd.DataFrame
    n_valid: int
    n_timed: int
    window_days: int
    n_windows: int
    knee_ms: float | None
    suggested_pairs: tuple[ThresholdPair, ...]
    is_coarse: bool
    event: str

    def share_within(self, threshold_ms: float) -> tuple[float, float]:
        """Return the least and the greatest share of valid events (0 to 1) that can be good within a threshold.

        Both are the same at a bucket edge (from 1.1 ms on); inside a bucket the histogram does not say on which side its latencies lie.
        """
        if not threshold_ms >= 0:
            raise UnusableValue(f"a threshold is a time in ms, 0 or longer; not {threshold_ms!r}")
        edges, shares = self.table["threshold_ms"].to_numpy(), np.array([0.0, *self.table["good_share"], 1.0])
        # a latency shorter than a microsecond was counted as one
        at_ms = max(float(threshold_ms), SMALLEST_LATENCY_MS)
        n_surely = np.searchsorted(edges, at_ms * SAME_EDGE, side="right")
        # latencies can hit the edges 1 and 1.01 ms; a threshold includes them, and the next bucket begins with them
        bucket_end = at_ms * GROWTH * (SAME_EDGE if 1 <= at_ms < 1.1 else 1 / SAME_EDGE)
        n_perhaps = np.searchsorted(edges, at_ms / SAME_EDGE) + 1 if self.is_coarse else np.searchsorted(edges, bucket_end)
        return float(shares[n_surely]), float(shares[n_perhaps])

    def quantile_bounds(self, q: float) -> tuple[float, float]:
        """Return between which two times (ms) lies the latency within which a share ``q`` of valid events was good.

        Raises :class:`TooLittleData` when fewer are good at all, so that no time serves so many.
        """
        if not 0 < q <= 1:
            raise UnusableValue(f"a quantile lies above 0 and up to 1, not {q!r}")
        place = _first_reaching(self.table["good_share"].to_numpy(), q)
        if place is None:
            most = f"only {format_share(self.n_timed / self.n_valid)} of valid {self.event}s are good with a known latency"
            raise TooLittleData(f"no time serves {format_share(q)}: {most}; ask for a smaller share, or mend the failures first")
        edges = self.table["threshold_ms"].to_numpy()
        if not self.is_coarse:
            return float(edges[place] / GROWTH), float(edges[place])
        return float(edges[place - 1]) if place else 0.0, float(edges[place] * GROWTH)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands behind it, the suggested pairs and the knee, in words."""
        days, events = counted(self.window_days, "day"), f"{self.event}s"
        where = f"every run of {days} of the history" if self.n_windows else f"the history (shorter than {days})"
        found = [f"{counted(self.n_timed, f'good {self.event}')} with a known latency, of {counted(self.n_valid, 'valid one')}."]
        for pair in self.suggested_pairs:
            promise = f"{pair.kind.capitalize()}: {format_share(pair.target)} of valid {events} good within {format_ms(pair.threshold_ms)}"
            found.append(f"{promise}; {where} kept it, reaching at least {format_share(pair.reached_share)}.")
        if not self.suggested_pairs:
            found.append(f"No threshold and target are suggested: too few valid {events} came, or in the worst {days} too few were good.")
        if self.knee_ms is not None:
            knee = format_ms(float(f"{self.knee_ms:.2g}"))
            found.append(f"The curve bends at about {knee}: longer thresholds gain few {events} for much waiting.")
        return tuple(found)


def latency_frontier(
    history: History, indicator: str, *, window_days: int = 28, time_zone: str = "UTC", event: str = "event"
) -> LatencyFrontier:
    """Say for every threshold which share of valid events was good within it.

    Parameters
    ----------
    history : History
        Its ``latency`` counts otherwise good events by hour and bucket, its ``series`` valid events.
    indicator : str
        With or without thresholds of its own.
    window_days : int
    time_zone : str
        IANA zone in which days are cut, at whole UTC hours: latencies are counted by those.
    event : str
        What one event is called, such as ``request``.

    Raises
    ------
    TooLittleData
        When no good event has a latency. (``KeyError`` when the History does not count that indicator.)

    Notes
    -----
    A pair's threshold is the one within which 90 (99) of 100 valid events were good in the worst window, rounded up; where failures alone
    forbid that, it is that percentile of the good ones. Starting from the last weeks, latencies rounded up to 50 ms and shares rounded
    down, is the way of "The Site Reliability Workbook" (2018), chapter 2, https://sre.google/workbook/implementing-slos/. The next
    weeks need not keep it; that is for :func:`slo_workbench.analysis.fit.fit_target`.

    The knee is the point farthest above the chord from the threshold of 1 % to that of 99.9 % of good events, share over the logarithm of
    time: V. Satopaa and others, "Finding a 'Kneedle' in a Haystack", ICDCSW 2011, https://doi.org/10.1109/ICDCSW.2011.20, without its
    smoothing. It says where the curve bends, not what users bear.

    Examples
    --------
    >>> from slo_workbench.history.history import TABLES, IndicatorQuery, Provenance, SourceRecord, empty_table
    >>> hour = pd.Timestamp("2026-03-01 10:00")
    >>> tables = {name: empty_table(name) for name in TABLES}
    >>> tables["latency"] = pd.DataFrame({"indicator": "a", "hour": hour, "bucket": [461, 530], "n_requests": [900, 90]})
    >>> tables["series"] = pd.DataFrame({"indicator": ["a"], "threshold_ms": None, "minute": hour, "valid": 1_000, "good": 990})
    >>> source = SourceRecord("s", "parquet", (), 0, 0, 0, 0, {}, "2026-03-01T10:00Z", "2026-03-01T10:59Z", 1)
    >>> provenance = Provenance((IndicatorQuery("a", "s", "true", "true"),), (source,), "", "")
    >>> found = latency_frontier(History(**tables, provenance=provenance), "a")
    >>> found.share_within(150), found.share_within(500)
    ((0.9, 0.9), (0.99, 0.99))
    >>> [(str(pair.target), pair.threshold_ms) for pair in found.suggested_pairs]
    [('0.9', 100.0), ('0.99', 200.0)]
    """
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    source = history.source_of(indicator)
    hours, buckets, n_requests = _latencies_of(history, indicator)
    valid = _valid_by_hour(history, indicator)
    daily, _ = complete_days_of(replace(history, series=valid), indicator, time_zone=time_zone)
    is_coarse, is_by_day = source.format == "prometheus", source.resolution_minutes >= 1440
    edges = np.unique(buckets) if is_coarse else np.arange(buckets.min(), buckets.max() + 1)
    edge = np.searchsorted(edges, buckets) if is_coarse else buckets - edges[0]
    rows = _rows_of_hours(hours, daily["day"], "UTC" if is_by_day else time_zone)
    n_good = _within_by_day(rows * len(edges) + edge, n_requests, (len(daily) + 1, len(edges)))
    n_valid = int(valid["valid"].sum())
    table = pd.DataFrame({"threshold_ms": upper_edge_ms(edges), "n_good": n_good.sum(axis=0).astype(np.int64)})
    table["good_share"] = table["n_good"] / n_valid
    windows = _window_shares(n_good[1:], daily["valid"].to_numpy(), window_days)
    if len(windows):
        table["worst_window_share"] = windows.min(axis=0)
    pairs = _pairs(table["threshold_ms"].to_numpy(), table.iloc[:, -1].to_numpy(), n_valid)
    return LatencyFrontier(table, n_valid, int(n_good[:, -1].sum()), window_days, len(windows), _knee_ms(table), pairs, is_coarse, event)


def round_threshold_up(latency_ms: float) -> float:
    """Round a latency up to a threshold people can say: steps of 50 ms up to a second, above it two significant digits.

    Examples
    --------
    >>> [round_threshold_up(latency) for latency in (432, 891, 950.1, 1234)]
    [450.0, 900.0, 1000.0, 1300.0]
    """
    step = 50 if latency_ms <= 1000 else 10 ** (math.floor(math.log10(latency_ms)) - 1)
    return float(math.ceil(latency_ms / step / SAME_EDGE) * step)


def _valid_by_hour(history: History, indicator: str) -> pd.DataFrame:
    """Return the valid events in the shape of a ``series``, by hour as the latencies are."""
    thresholds = history.query(indicator).thresholds_ms
    series = select_indicator(history.series, indicator, thresholds[0] if thresholds else None)
    hours = series["minute"].to_numpy().astype("datetime64[h]").astype(np.int64)
    n_valid = np.bincount(hours - hours.min(), weights=series["valid"].to_numpy()).astype(np.int64)
    times = _times(hours.min(), len(n_valid))
    return pd.DataFrame({"indicator": indicator, "threshold_ms": math.nan, "minute": times, "valid": n_valid, "good": n_valid})


def _latencies_of(history: History, indicator: str) -> tuple[Ints, Ints, Ints]:
    """Return hours since 1970, buckets and numbers of requests, shape (n,) each."""
    chosen = (history.latency["indicator"] == indicator).to_numpy()
    if chosen.any():
        # the rows of an indicator mostly lie together, and a slice copies nothing
        run = slice(int(chosen.argmax()), int(chosen.argmax() + chosen.sum()))
        where = run if chosen[run].all() else chosen
        hours, buckets, n_requests = (history.latency[column].to_numpy()[where] for column in ("hour", "bucket", "n_requests"))
        if n_requests.any():
            return hours.astype("datetime64[h]").astype(np.int64), buckets, n_requests
    raise TooLittleData(
        f"no good event of {indicator} has a latency, so no share within a threshold can be said; give its source a column latency_ms, "
        "look whether the good predicate ever holds, or choose a threshold from what users say"
    )


def _times(first_hour: int, n_hours: int) -> npt.NDArray[np.datetime64]:
    return np.arange(first_hour, first_hour + n_hours).astype("datetime64[h]").astype("datetime64[us]")


def _rows_of_hours(hours: Ints, days: pd.Series, time_zone: str) -> Ints:
    """Return 1 for hours on the first of ``days``, 2 on the second, …, and 0 on a day that the source covers in part."""
    first = int(hours.min())
    times = pd.DatetimeIndex(_times(first, int(hours.max()) - first + 1), tz="UTC")
    local_days = times.tz_convert(ZoneInfo(time_zone)).tz_localize(None).normalize()
    rows: Ints = (pd.Index(days).get_indexer(local_days).astype(np.int64) + 1)[hours - first]
    return rows


def _within_by_day(cells: Ints, n_requests: Ints, shape: tuple[int, int]) -> Floats:
    """Count what was good within each edge on each day, shape (1 + n_days, edges); row 0 is of days covered in part."""
    return np.bincount(cells, weights=n_requests, minlength=shape[0] * shape[1]).reshape(shape).cumsum(axis=1)


def _window_shares(good: Floats, valid: Floats, window_days: int) -> Floats:
    """Return the share good within each edge of every window with valid events, shape (windows, edges)."""
    sums = np.cumsum(np.column_stack([good, valid]), axis=0)
    sums = np.vstack([np.zeros((1, sums.shape[1])), sums])
    windows = sums[window_days:] - sums[:-window_days]
    windows = windows[windows[:, -1] > 0]
    shares: Floats = windows[:, :-1] / windows[:, -1:]
    return shares


def _first_reaching(shares: Floats, share: float) -> int | None:
    """Return the first edge within which a share is reached; ``shares`` rise."""
    place = int(np.searchsorted(shares, share - 1e-12))
    return place if place < len(shares) else None


def _pairs(edges_ms: Floats, kept_shares: Floats, n_valid: int) -> tuple[ThresholdPair, ...]:
    found: dict[float, ThresholdPair] = {}
    for kind, percentile in PAIRS:
        is_reached = _first_reaching(kept_shares, percentile) is not None
        place = _first_reaching(kept_shares, percentile if is_reached else percentile * float(kept_shares[-1]))
        threshold_ms = round_threshold_up(float(edges_ms[place or 0]))
        reached = float(kept_shares[np.searchsorted(edges_ms, threshold_ms * SAME_EDGE, side="right") - 1])
        # so many events, even were none bad, show no more than this with 95 % confidence, see analysis/low_traffic.py
        bad_share = max(1 - reached, -math.log(0.05) / n_valid)
        # one digit never falls below a percentile that was reached; below one it could double the bad share
        target = 1 - round_bad_share_up(min(round(bad_share, 12), 1.0), digits=1 if is_reached else 2)
        if target > 0:
            found[threshold_ms] = ThresholdPair(kind, threshold_ms, target, reached)
    return tuple(found.values())


def _knee_ms(table: pd.DataFrame) -> float | None:
    """Return the edge farthest above the chord; both axes are stretched to 0 to 1, where distance grows with height above it."""
    share = table["good_share"].to_numpy() / table["good_share"].iloc[-1]
    is_inside = (share >= KNEE_FROM_SHARE) & (share <= KNEE_TO_SHARE)
    if is_inside.sum() < 3 or np.ptp(share[is_inside]) == 0:
        return None
    share, time = share[is_inside], np.log(table["threshold_ms"].to_numpy()[is_inside])
    height = (share - share[0]) / np.ptp(share) - (time - time[0]) / np.ptp(time)
    return float(np.exp(time[height.argmax()])) if height.max() > 0 else None
