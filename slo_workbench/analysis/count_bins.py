"""Counts in bins of time: how long the bins of a series are, and a series in longer ones."""

from __future__ import annotations

import pandas as pd

from slo_workbench.errors import UnusableValue

__all__ = ["add_up_bins", "bin_minutes_of"]

USUAL_BINS_MINUTES = (1440, 720, 360, 240, 180, 120, 60, 30, 20, 15, 10, 5)


def bin_minutes_of(series: pd.DataFrame) -> int:
    """Return how long the bins of counts are: the longest usual length of which no bin holds two rows; 1 minute otherwise.

    Hourly counts and nightly runs, which end at a different minute each night, are told apart from minutes. A service so quiet
    that no two of its events share a day is taken for daily counts; say how long its bins are where that matters.

    Parameters
    ----------
    series : DataFrame
        ``minute`` (datetime), one row a bin.

    Examples
    --------
    >>> nightly = pd.DataFrame({"minute": pd.to_datetime(["2026-03-02 03:21", "2026-03-03 03:13", "2026-03-04 02:59"])})
    >>> bin_minutes_of(nightly), bin_minutes_of(pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=3, freq="h")}))
    (1440, 60)
    """
    if len(series) < 2:
        return 1
    return next((step for step in USUAL_BINS_MINUTES if series["minute"].dt.floor(f"{step}min").is_unique), 1)


def add_up_bins(series: pd.DataFrame, bin_minutes: int) -> pd.DataFrame:
    """Add up counts by bins that begin at whole multiples of their length since midnight UTC; bins without a valid event are left out.

    Parameters
    ----------
    series : DataFrame
        ``minute, valid, good``, in any order.
    bin_minutes : int
        At least 1.

    Returns
    -------
    DataFrame
        ``minute`` (start of the bin), ``valid``, ``good``, in order of time.

    Examples
    --------
    >>> minutes = pd.to_datetime(["2026-03-02 10:00", "2026-03-02 10:59", "2026-03-02 12:00"])
    >>> add_up_bins(pd.DataFrame({"minute": minutes, "valid": [1, 2, 3], "good": [1, 1, 3]}), 60)[["valid", "good"]].to_numpy().tolist()
    [[3, 2], [3, 3]]
    """
    if bin_minutes < 1:
        raise UnusableValue(f"a bin lasts at least a minute, not {bin_minutes}")
    kept = series.loc[series["valid"] > 0, ["minute", "valid", "good"]]
    starts = kept["minute"].dt.floor(f"{bin_minutes}min")
    if starts.is_monotonic_increasing and starts.is_unique:
        return kept.assign(minute=starts).reset_index(drop=True)
    return kept[["valid", "good"]].groupby(starts).sum().reset_index()
