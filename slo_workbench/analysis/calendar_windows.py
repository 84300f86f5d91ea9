"""Calendar weeks, months and quarters back to the start of the history, and the best, worst and typical of any windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import CALENDAR_PERIODS, CalendarPeriod, counted, format_share

__all__ = ["PERIOD_FREQUENCIES", "SeenWindow", "WindowsSummary", "calendar_sli", "summarize_windows"]

PERIOD_FREQUENCIES: dict[CalendarPeriod, str] = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC"}  # pandas names a week by its last day
_NAMES: dict[str, Callable[[pd.Timestamp], str]] = {
    "week": lambda start: f"week of {start:%Y-%m-%d}",
    "month": lambda start: f"{start.month_name()} {start.year}",
    "quarter": lambda start: f"{('first', 'second', 'third', 'fourth')[start.quarter - 1]} quarter of {start.year}",
}


def calendar_sli(daily: pd.DataFrame, period: CalendarPeriod) -> pd.DataFrame:
    """Return the SLI of every calendar week, month or quarter that the history touches.

    Counts are summed and divided last. The first and the last period are kept when the history covers them only in
    part; their SLI is that of the days seen so far, and nothing is extrapolated: the traffic still to come is unknown.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good``; days are midnights in the zone of the team, in any order. Days between the first and
        the last that are missing, or have no valid event, count as days without data.
    period : {"week", "month", "quarter"}
        Weeks start on Monday; quarters start in January, April, July and October.

    Returns
    -------
    DataFrame
        One row a period, oldest first: ``start``, ``end`` (exclusive), ``name`` (says "so far" or from which day where
        the history covers it in part), ``n_days_seen`` (days with a valid event), ``n_days`` (of the calendar),
        ``n_days_without_data`` (days within the history without a valid event), ``valid``, ``good``, ``sli`` (0 to 1, NaN
        where nothing was valid) and ``is_complete`` (the history covers the whole period). Empty without days.

    Raises
    ------
    UnusableValue
        When the period is none of the three.

    Examples
    --------
    >>> days = pd.date_range("2026-03-30", periods=4)
    >>> daily = pd.DataFrame({"day": days, "valid": [10, 10, 0, 20], "good": [10, 9, 0, 20]})
    >>> calendar_sli(daily, "month")[["name", "n_days_seen", "n_days_without_data", "sli"]].values.tolist()
    [['March 2026 (from 2026-03-30)', 2, 0, 0.95], ['April 2026 (so far)', 1, 1, 1.0]]
    """
    if period not in CALENDAR_PERIODS:
        raise UnusableValue(f"a calendar period is one of {', '.join(CALENDAR_PERIODS)}; not {period!r}")
    by_day = daily.groupby("day")[["valid", "good"]].sum().astype("int64").sort_index()
    if by_day.empty:
        return calendar_sli(pd.DataFrame({"day": [pd.Timestamp(0)], "valid": [0], "good": [0]}), period).iloc[:0]
    first, last = by_day.index[0], by_day.index[-1]
    frame = _periods_between(first, last, period)
    place = frame["start"].searchsorted(by_day.index.to_numpy(), side="right") - 1
    sums = by_day.assign(n_days_seen=(by_day["valid"] > 0).astype("int64")).groupby(place).sum().reindex(range(len(frame)), fill_value=0)
    frame[["n_days_seen", "valid", "good"]] = sums[["n_days_seen", "valid", "good"]]
    frame["n_days_without_data"] = frame["n_days_without_data"] - frame["n_days_seen"]
    frame["sli"] = (frame["good"] / frame["valid"].where(frame["valid"] > 0)).astype(float)
    frame["is_complete"] = (frame["start"] >= first) & (frame["end"] <= last + pd.Timedelta(days=1))
    return frame


def _periods_between(first: pd.Timestamp, last: pd.Timestamp, period: CalendarPeriod) -> pd.DataFrame:
    """Lay out the periods; ``n_days_without_data`` still holds all days that lie within the history."""
    periods = pd.period_range(first, last, freq=PERIOD_FREQUENCIES[period])
    starts, ends = (side.start_time.as_unit("us") for side in (periods, periods + 1))
    after_last = last + pd.Timedelta(days=1)
    bounds = list(zip(starts, ends, strict=True))
    return pd.DataFrame(
        {
            "start": starts,
            "end": ends,
            "name": pd.Series([_named(start, end, first, last, period) for start, end in bounds], dtype="string"),
            "n_days_seen": 0,
            "n_days": [(end - start).days for start, end in bounds],
            "n_days_without_data": [(min(end, after_last) - max(start, first)).days for start, end in bounds],
        }
    )


def _named(start: pd.Timestamp, end: pd.Timestamp, first: pd.Timestamp, last: pd.Timestamp, period: CalendarPeriod) -> str:
    parts = [f"from {first:%Y-%m-%d}"] * (first > start) + ["so far"] * (last + pd.Timedelta(days=1) < end)
    return _NAMES[period](start) + (f" ({', '.join(parts)})" if parts else "")


@dataclass(frozen=True)
class SeenWindow:
    """One window of the history.

    Parameters
    ----------
    name : str
        As a reader would say it, such as ``March 2026`` or ``window up to 2026-04-26``.
    valid, good : int
        Events.
    sli : float
        Good of valid, 0 to 1.
    start, last_day : Timestamp or None
        First day, for calendar windows; last day, which belongs to the window.
    """

    name: str
    valid: int
    good: int
    sli: float
    start: pd.Timestamp | None
    last_day: pd.Timestamp


@dataclass(frozen=True)
class WindowsSummary:
    """The best, the worst and a typical window of the history.

    Parameters
    ----------
    best, worst, typical : SeenWindow
        ``typical`` is the median, the lower of two where their number is even, so that it is a window that really was.
        Of windows that are equally good the earliest counts.
    n_windows : int
        How many windows were compared.
    n_partial, n_empty : int
        Windows left out, as the history covers them only in part, or as nothing was valid in them.
    is_so_far : bool
        Whether all windows compared are covered only in part, as there is no complete one.
    n_days_without_data : int or None
        Days without a valid event in the windows compared; ``None`` where the frame does not tell.
    event : str
        What one event is called.
    """

    best: SeenWindow
    worst: SeenWindow
    typical: SeenWindow
    n_windows: int
    n_partial: int
    n_empty: int
    is_so_far: bool
    n_days_without_data: int | None
    event: str = "event"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The three windows in words, then what was left out of the comparison."""
        return (*self._compared(), *self._left_out())

    def _compared(self) -> tuple[str, ...]:
        if self.n_windows == 1:
            return (f"The history holds one window to look at: {self._told(self.worst)}. It is best, worst and typical at once.",)
        return (
            f"Best of {counted(self.n_windows, 'window')}: {self._told(self.best)}.",
            f"Worst: {self._told(self.worst)}.",
            f"Typical, in the middle of all: {self._told(self.typical)}.",
        )

    def _told(self, window: SeenWindow) -> str:
        return f"{window.name}, {format_share(window.sli)} of {counted(window.valid, f'valid {self.event}')} good"

    def _left_out(self) -> list[str]:
        said = []
        if self.is_so_far:
            said.append("The history covers none of these windows wholly; each holds the days seen so far, and nothing is extrapolated.")
        if self.n_partial:
            said.append(f"Left out: {counted(self.n_partial, 'window')} that the history covers only in part.")
        if self.n_empty:
            said.append(f"Left out: {counted(self.n_empty, 'window')} without a valid {self.event}, which is neither good nor bad.")
        if self.n_days_without_data:
            days = counted(self.n_days_without_data, "day")
            said.append(
                f"In the windows compared, {days} had no valid {self.event}: find out whether the service or the measuring was silent."
            )
        return said


def summarize_windows(frame: pd.DataFrame, *, event: str = "event") -> WindowsSummary:
    """Find the best, the worst and a typical window.

    Rolling windows overlap: one bad day makes all windows bad that hold it, so many bad windows are no sign of many bad
    days. Partial calendar windows are compared only when there is no complete one.

    Parameters
    ----------
    frame : DataFrame
        From :func:`calendar_sli` (``start, end, …``) or :func:`slo_workbench.analysis.windows.rolling_sli` (``last_day, …``).
    event : str
        What one event is called.

    Raises
    ------
    TooLittleData
        When no window has a valid event.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=14)
    >>> daily = pd.DataFrame({"day": days, "valid": 100, "good": [100] * 7 + [90] * 7})
    >>> print(summarize_windows(calendar_sli(daily, "week"), event="request").sentences[1])
    Worst: week of 2026-03-09, 90 % of 700 valid requests good.
    """
    seen = frame[frame["valid"] > 0]
    if seen.empty:
        raise TooLittleData(
            f"no window has a valid {event}: choose a shorter window or a calendar period, gather more days, or look at the valid predicate"
        )
    is_partial = ~seen["is_complete"].astype(bool) if "is_complete" in seen else pd.Series(False, index=seen.index)
    whole = seen if is_partial.all() else seen[~is_partial]
    # fractions, as floats call windows equal that are not; sorting keeps the earlier of equals first
    ranked = sorted((_window(row) for row in whole.to_dict("records")), key=lambda window: Fraction(window.good, window.valid))
    best = max(ranked, key=lambda window: Fraction(window.good, window.valid))
    without_data = int(whole["n_days_without_data"].sum()) if "n_days_without_data" in whole else None
    return WindowsSummary(
        best=best,
        worst=ranked[0],
        typical=ranked[(len(ranked) - 1) // 2],
        n_windows=len(ranked),
        n_partial=len(seen) - len(whole),
        n_empty=len(frame) - len(seen),
        is_so_far=bool(is_partial.all()),
        n_days_without_data=without_data,
        event=event,
    )


def _window(row: dict[Any, Any]) -> SeenWindow:
    start, valid, good = row.get("start"), int(row["valid"]), int(row["good"])
    last_day = row["last_day"] if start is None else row["end"] - pd.Timedelta(days=1)
    name = row.get("name") or f"window up to {last_day:%Y-%m-%d}"
    return SeenWindow(name, valid, good, good / valid, start, last_day)
