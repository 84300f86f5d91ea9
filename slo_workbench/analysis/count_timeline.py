"""Counts on a clock: sums between any two moments, days cut in the team's zone, and the traffic that is usual on a weekday."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.count_bins import bin_minutes_of
from slo_workbench.errors import TooLittleData, UnusableValue

__all__ = ["CountTimeline", "usual_between", "usual_by_weekday"]

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]

MINUTES_A_DAY = 1440
USUAL_WEEKS = 4


@dataclass(frozen=True)
class CountTimeline:
    """Counts of one indicator, ready to be summed between moments.

    Moments are UTC without zone for counts by the minute; counts by the day know no other time than that of their days.

    Parameters
    ----------
    bins : DatetimeIndex
        Starts of the bins that hold a valid event, in order.
    valid_before, bad_before : array (n bins + 1)
        Events before each bin, and of all.
    start, end : Timestamp
        What the counts cover, half-open; a stretch in it without events is one without events, or without measuring.
    bin_minutes : int
    zone : ZoneInfo or None
        In which days are cut; ``None`` for counts by the day.
    """

    bins: pd.DatetimeIndex
    valid_before: Ints
    bad_before: Ints
    start: pd.Timestamp
    end: pd.Timestamp
    bin_minutes: int
    zone: ZoneInfo | None

    @classmethod
    def of(
        cls, counts: pd.DataFrame, *, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None, time_zone: str = "UTC",
        resolution_minutes: int | None = None,
    ) -> CountTimeline:  # fmt: skip
        """Take counts in, by the day or by the minute.

        Parameters
        ----------
        counts : DataFrame
            ``day, valid, good`` (midnights in the team's zone) or ``minute, valid, good`` (UTC), in any order.
        start, end : Timestamp, optional
            What the counts cover; from the first to the last bin without, a day that begins with an hour of silence included: the first
            request of a quiet night comes late.
        time_zone : str
            IANA zone in which days are cut.
        resolution_minutes : int, optional
            How far apart counts by the minute lie; without, see :func:`slo_workbench.analysis.count_bins.bin_minutes_of`.

        Raises
        ------
        UnusableValue
            When the counts have neither column, or more is good than valid.
        TooLittleData
            When nothing is valid.
        """
        name = next((name for name in ("day", "minute") if name in counts), None)
        if name is None:
            raise UnusableValue(f"counts have a column day or minute; these have {', '.join(map(str, counts.columns)) or 'none'}")
        seen = counts[counts["valid"] > 0]
        if seen.empty:
            raise TooLittleData("nothing was valid, so there is no budget to spend: look at the valid predicate and at the source")
        if bool((counts["good"] > counts["valid"]).any() or (counts["good"] < 0).any()):
            raise UnusableValue("good events are a part of the valid ones: between none and all of them; look at what good and valid count")
        step = MINUTES_A_DAY if name == "day" else resolution_minutes or bin_minutes_of(counts.rename(columns={name: "minute"}))
        times = pd.DatetimeIndex(counts[name]).as_unit("us")
        times = times.normalize() if step >= MINUTES_A_DAY else times
        events = pd.DataFrame({"valid": counts["valid"].to_numpy(), "good": counts["good"].to_numpy()}).groupby(times).sum()
        kept = events[events["valid"] > 0]
        valid, good = (kept[column].to_numpy(dtype=np.int64) for column in ("valid", "good"))
        valid_before, bad_before = (np.concatenate([[0], np.cumsum(numbers)]).astype(np.int64) for numbers in (valid, valid - good))
        last = times.max() + pd.Timedelta(minutes=step)
        zone = None if step >= MINUTES_A_DAY else ZoneInfo(time_zone)
        found = cls(pd.DatetimeIndex(kept.index), valid_before, bad_before, start or times.min(), end or last, step, zone)
        midnight = found.from_local(found.to_local(pd.DatetimeIndex([found.start])).normalize())[0]
        is_quiet_night = start is None and found.start - midnight <= pd.Timedelta(hours=1)
        return replace(found, start=midnight) if is_quiet_night else found

    def sums(self, since: pd.DatetimeIndex, until: pd.DatetimeIndex) -> tuple[Ints, Ints]:
        """Return valid and bad events of the bins that begin between each two moments, half-open."""
        first, behind = self.bins.searchsorted(since), self.bins.searchsorted(until)
        behind = np.maximum(first, behind)
        return self.valid_before[behind] - self.valid_before[first], self.bad_before[behind] - self.bad_before[first]

    @property
    def end_index(self) -> pd.DatetimeIndex:
        """The end, as an index of one moment."""
        return pd.DatetimeIndex([self.end]).as_unit("us")

    def sum_between(self, since: pd.Timestamp, until: pd.Timestamp) -> tuple[int, int]:
        """Return valid and bad events between two moments."""
        valid, bad = self.sums(pd.DatetimeIndex([since]), pd.DatetimeIndex([until]))
        return int(valid[0]), int(bad[0])

    def to_local(self, moments: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return moments as clocks in the zone show them, without zone."""
        if self.zone is None:
            return moments
        return moments.tz_localize("UTC").tz_convert(self.zone).tz_localize(None)

    def from_local(self, moments: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return local times as moments; one that happens twice is the first, one that never happens the moment the clocks moved to."""
        if self.zone is None:
            return moments
        first = np.ones(len(moments), dtype=bool)
        return moments.tz_localize(self.zone, ambiguous=first, nonexistent="shift_forward").tz_convert("UTC").tz_localize(None)

    @property
    def days(self) -> pd.DataFrame:
        """``day`` (local midnight), ``valid``, ``bad`` of each day that the counts cover wholly."""
        local = self.to_local(pd.DatetimeIndex([self.start, self.end]))
        days = pd.date_range(local[0].normalize(), local[1].normalize(), freq="D", unit="us")
        bounds = self.from_local(days)
        valid, bad = self.sums(bounds[:-1], bounds[1:])
        is_whole = (bounds[:-1] >= self.start) & (bounds[1:] <= self.end)
        return pd.DataFrame({"day": days[:-1], "valid": valid, "bad": bad})[is_whole].reset_index(drop=True)


def usual_by_weekday(days: pd.DataFrame, before: pd.Timestamp) -> Floats:
    """Return the mean valid events of each weekday, Monday first, over the four weeks before a day.

    A day without events may be a hole in the measuring, so it is left out of the mean, unless its weekday never had any.

    Parameters
    ----------
    days : DataFrame
        ``day, valid``, one row a day.
    before : Timestamp
        Midnight; this day and later ones are not known yet.

    Returns
    -------
    array (7)
        NaN for a weekday of which no day is known.

    Examples
    --------
    >>> days = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=8), "valid": [10, 20, 0, 40, 50, 60, 70, 30]})
    >>> usual_by_weekday(days, pd.Timestamp("2026-03-10")).tolist()
    [20.0, 20.0, 0.0, 40.0, 50.0, 60.0, 70.0]
    """
    known = days[(days["day"] < before) & (days["day"] >= before - pd.Timedelta(weeks=USUAL_WEEKS))]
    weekday, valid = known["day"].dt.day_of_week.to_numpy(), known["valid"].to_numpy()
    n_days, n_with_data = (np.bincount(weekday[chosen], minlength=7) for chosen in (valid >= 0, valid > 0))
    sums = np.bincount(weekday, weights=valid, minlength=7)
    return np.where(n_days > 0, sums / np.maximum(n_with_data, 1), np.nan)


def usual_between(usual: Floats, since: pd.Timestamp, until: pd.Timestamp) -> float:
    """Return what the days from one midnight to another would bring by the usual traffic; NaN when a weekday among them is unknown.

    Examples
    --------
    >>> usual_between(np.array([1.0, 2, 3, 4, 5, 6, 7]), pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-11"))
    31.0
    """
    n_days = max((until - since).days, 0)
    n_each = np.bincount((since.weekday() + np.arange(n_days)) % 7, minlength=7)
    return float((usual * n_each)[n_each > 0].sum())
