"""Times that do not count, such as announced maintenance: taken out of the counts, and told beside what remains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from slo_workbench.document.model import Exclusion
from slo_workbench.history.history import History

__all__ = ["ExcludedTimes", "excluded_times", "without_excluded"]

MINUTES_A_DAY = 1440
_REPEATS = {"daily": 1, "weekly": 7}


@dataclass(frozen=True)
class ExcludedTimes:
    """What was taken out of the counts of an indicator.

    Parameters
    ----------
    times : DataFrame
        ``start, end, reason, author``, UTC without zone, half-open, in order.
    n_minutes : float
        Minutes in at least one stretch.
    n_valid, n_bad : int
        Events taken out; with several thresholds bad is by the largest.
    """

    times: pd.DataFrame
    n_minutes: float
    n_valid: int
    n_bad: int


def excluded_times(
    exclusions: Sequence[Exclusion], *, indicator: str, first: pd.Timestamp, last: pd.Timestamp, time_zone: str
) -> pd.DataFrame:
    """Return every stretch that does not count for an indicator, repeated ones one by one.

    Parameters
    ----------
    exclusions : sequence of Exclusion
        Local times; those that repeat do so at the same local time, so across a change of clocks, too. A local time that
        happens twice is taken as the first, one that never happens as the moment the clocks moved to.
    indicator : str
    first, last : Timestamp
        UTC without zone; stretches outside are left out.
    time_zone : str
        IANA zone of exclusions that name none.

    Returns
    -------
    DataFrame
        ``start, end`` (UTC without zone, half-open), ``reason``, ``author``, and both in ``time_zone`` as ``local_start, local_end``;
        in order of time. A stretch that the change of clocks leaves nothing of is left out.
    """
    rows = []
    for exclusion in exclusions:
        if exclusion.indicators and indicator not in exclusion.indicators:
            continue
        zone = ZoneInfo(exclusion.time_zone or time_zone)
        rows += [
            (_utc(start, zone), _utc(start + (exclusion.end - exclusion.start), zone), exclusion.reason, exclusion.author)
            for start in _starts(exclusion, last.to_pydatetime() + timedelta(days=1))
        ]
    found = pd.DataFrame(rows, columns=["start", "end", "reason", "author"]).astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    for name in ("start", "end"):
        found[f"local_{name}"] = found[name].dt.tz_localize("UTC").dt.tz_convert(time_zone).dt.tz_localize(None)
    is_seen = (found["end"] > first) & (found["start"] <= last) & (found["end"] > found["start"])
    return found[is_seen].sort_values("start", ignore_index=True)


def _starts(exclusion: Exclusion, end: datetime) -> list[datetime]:
    step = _REPEATS.get(exclusion.repeats)
    if step is None:
        return [exclusion.start]
    if exclusion.repeats_until is not None:
        end = min(end, datetime.combine(exclusion.repeats_until, datetime.max.time()))
    n_times = max(0, (end - exclusion.start).days // step + 1)
    return [exclusion.start + timedelta(days=step * number) for number in range(n_times)]


def _utc(local: datetime, zone: ZoneInfo) -> pd.Timestamp:
    """Return the moment of a local time; of one that never happens, the moment at which the clocks moved over it."""
    early, late = (local - offset for offset in sorted((_offset(local, zone, fold=1), _offset(local, zone, fold=0)), reverse=True))
    if _is_local(early, local, zone) or _is_local(late, local, zone):
        return pd.Timestamp(early if _is_local(early, local, zone) else late)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) < local:
            early = middle
        else:
            late = middle
    return pd.Timestamp(late).round("min")


def _offset(local: datetime, zone: ZoneInfo, *, fold: int) -> timedelta:
    return local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)


def _is_local(moment: datetime, local: datetime, zone: ZoneInfo) -> bool:
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) == local


def without_excluded(history: History, times: pd.DataFrame, *, indicator: str) -> tuple[History, ExcludedTimes]:
    """Take the counts of excluded times out of a History's series of an indicator.

    A bin of counts is taken out when it lies in an excluded stretch as a whole, a day by its local date; latencies, users and money are left as they are.

    Parameters
    ----------
    history : History
    times : DataFrame
        As :func:`excluded_times` gives them.
    indicator : str

    Returns
    -------
    (History, ExcludedTimes)
    """
    source = history.source_of(indicator)
    mine = (history.series["indicator"] == indicator).to_numpy()
    inside = _inside(history.series["minute"], times, source.resolution_minutes)
    out = history.series[mine & inside]
    largest = out[out["threshold_ms"].isna() | (out["threshold_ms"] == out["threshold_ms"].max())]
    first, last = (pd.Timestamp(text).tz_localize(None) for text in (source.first_time, source.last_time))
    end = last + pd.Timedelta(minutes=source.resolution_minutes)
    seen = times.assign(start=[max(one, first) for one in times["start"]], end=[min(one, end) for one in times["end"]])
    taken = ExcludedTimes(times, _minutes_covered(seen), int(largest["valid"].sum()), int((largest["valid"] - largest["good"]).sum()))
    return replace(history, series=history.series[~(mine & inside)].reset_index(drop=True)), taken


def _inside(minutes: pd.Series, times: pd.DataFrame, resolution_minutes: int) -> np.ndarray:
    """Return which bins lie in a stretch; counts of a day are of that day wherever they were taken, and lie in it as a whole or not."""
    by_day = resolution_minutes >= MINUTES_A_DAY
    starts = minutes.dt.floor("D").to_numpy() if by_day else minutes.to_numpy()
    ends = starts + np.timedelta64(MINUTES_A_DAY if by_day else resolution_minutes, "m")
    names = ("local_start", "local_end") if by_day else ("start", "end")
    inside = np.zeros(len(minutes), dtype=bool)
    for start, end in zip(times[names[0]], times[names[1]], strict=True):
        inside |= (starts >= start.to_datetime64()) & (ends <= end.to_datetime64())
    return inside


def _minutes_covered(times: pd.DataFrame) -> float:
    """Return how many minutes lie in at least one stretch."""
    covered, until = 0.0, pd.Timestamp.min
    for start, end in zip(times["start"], times["end"], strict=True):
        covered += max((end - max(start, until)).total_seconds(), 0.0) / 60
        until = max(until, end)
    return covered
