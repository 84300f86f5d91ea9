"""Service levels over windows: sums of counts by day, and the SLI of every window of the history."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from slo_workbench.errors import UnusableValue
from slo_workbench.history.history import History

__all__ = ["complete_days", "complete_days_of", "daily_counts", "pooled_sli", "rolling_sli"]


def daily_counts(series: pd.DataFrame, *, time_zone: str = "UTC", resolution_minutes: int = 1) -> pd.DataFrame:
    """Add up counts by day.

    Parameters
    ----------
    series : DataFrame
        ``minute, valid, good``; minutes are UTC.
    time_zone : str
        IANA zone in which days are cut. Counts that were given by the day are days already and stay so.
    resolution_minutes : int
        How far apart the counts lie.

    Returns
    -------
    DataFrame
        ``day`` (midnight, without zone), ``valid``, ``good``: one row a day from the first to the last,
        0 valid events on days without data.

    Examples
    --------
    >>> minutes = pd.to_datetime(["2026-03-01 10:00", "2026-03-01 10:01", "2026-03-03 09:00"])
    >>> daily_counts(pd.DataFrame({"minute": minutes, "valid": [4, 6, 5], "good": [4, 5, 5]}))["valid"].tolist()
    [10, 0, 5]
    """
    local = series["minute"]
    if resolution_minutes < 1440 and time_zone != "UTC":
        local = local.dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(time_zone)).dt.tz_localize(None)
    summed = series.groupby(local.dt.normalize().rename("day"))[["valid", "good"]].sum()
    if summed.empty:
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "valid": pd.Series(dtype="int64"), "good": pd.Series(dtype="int64")})
    days = pd.date_range(summed.index.min(), summed.index.max(), freq="D", name="day", unit="us")
    return summed.reindex(days, fill_value=0).reset_index().astype({"valid": "int64", "good": "int64"})


def complete_days(daily: pd.DataFrame, *, first_time: pd.Timestamp, last_time: pd.Timestamp) -> pd.DataFrame:
    """Leave out a first and a last day that the data covers only in part.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good``.
    first_time, last_time : Timestamp
        First and last moment of the data, in the zone in which days are cut. A day counts as covered when
        no more than an hour of it is missing: the first request of a quiet night comes late.
    """
    hour = pd.Timedelta(hours=1)
    starts_late = (daily["day"] + hour) < first_time
    ends_early = (daily["day"] + pd.Timedelta(days=1) - hour) > last_time
    return daily[~(starts_late | ends_early)].reset_index(drop=True)


def complete_days_of(
    history: History, indicator: str, threshold_ms: float | None = None, *, time_zone: str = "UTC"
) -> tuple[pd.DataFrame, float]:
    """Return the daily counts of an indicator on days that its source covers wholly, and how many days the source spans.

    Parameters
    ----------
    history : History
    indicator : str
    threshold_ms : float, optional
    time_zone : str
        IANA zone in which days are cut.

    Returns
    -------
    (DataFrame, float)
        ``day, valid, good``, and days from the first to the last row, partial days included.
    """
    source = history.source_of(indicator)
    step = source.resolution_minutes
    daily = daily_counts(history.series_of(indicator, threshold_ms), time_zone=time_zone, resolution_minutes=step)
    first, last = pd.Timestamp(source.first_time), pd.Timestamp(source.last_time)
    span_days = (last - first + pd.Timedelta(minutes=step)) / pd.Timedelta(days=1)
    if step >= 1440:
        return daily, span_days
    local = [moment.tz_convert(time_zone).tz_localize(None) for moment in (first, last + pd.Timedelta(minutes=step))]
    return complete_days(daily, first_time=local[0], last_time=local[1]), span_days


def pooled_sli(counts: pd.DataFrame) -> float | None:
    """Return good divided by valid of all rows together; ``None`` when nothing was valid.

    Averaging the ratios instead would let a quiet night weigh like a peak.

    Examples
    --------
    >>> round(pooled_sli(pd.DataFrame({"valid": [10_000] * 23 + [10], "good": [9_999] * 23 + [1]})), 5)
    0.99986
    """
    valid = int(counts["valid"].sum())
    return int(counts["good"].sum()) / valid if valid else None


def rolling_sli(daily: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Return the SLI of every run of ``window_days`` days.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good``, one row a day without holes.
    window_days : int
        Length of the window, at least 1.

    Returns
    -------
    DataFrame
        ``last_day, valid, good, sli``; ``sli`` is NaN for a window in which nothing was valid. Empty when
        the history is shorter than the window.

    Examples
    --------
    >>> days = pd.date_range("2026-03-01", periods=3)
    >>> rolling_sli(pd.DataFrame({"day": days, "valid": [10, 10, 20], "good": [10, 9, 20]}), 2)["sli"].round(4).tolist()
    [0.95, 0.9667]
    """
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    if len(daily) < window_days:
        return pd.DataFrame(columns=["last_day", "valid", "good", "sli"])
    sums = {name: np.convolve(daily[name].to_numpy(), np.ones(window_days, dtype=np.int64), mode="valid") for name in ("valid", "good")}
    frame = pd.DataFrame({"last_day": daily["day"].iloc[window_days - 1 :].reset_index(drop=True), **sums})
    frame["sli"] = (frame["good"] / frame["valid"].where(frame["valid"] > 0)).astype(float)
    return frame
