"""In each minute, for how many user-minutes the service was up and down: from events, for windowed user-uptime."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.user_uptime import MICROSECONDS_A_MINUTE, gaps_of
from slo_workbench.errors import UnusableValue

__all__ = ["user_minutes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def user_minutes(events: pd.DataFrame, *, cutoff_minutes: float) -> tuple[pd.Timestamp, Floats, Floats]:
    """Spread what each user found, up or down until the next event, over the minutes it lasted.

    Gaps longer than the cutoff count up to it, as :func:`slo_workbench.analysis.user_uptime.user_uptime` does by default.

    Parameters
    ----------
    events : DataFrame, one row an event
        ``user``, ``time`` (datetime), ``is_good`` (bool).
    cutoff_minutes : float
        Above 0 and finite.

    Returns
    -------
    (Timestamp, ndarray, ndarray)
        The first minute, and user-minutes up and down in it and each that follows, shape (minutes,).

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-02 10:00:30", "2026-03-02 10:01:30", "2026-03-02 10:02:00"])
    >>> first, up, down = user_minutes(pd.DataFrame({"user": "ann", "time": times, "is_good": [True, False, True]}), cutoff_minutes=5)
    >>> str(first), up.tolist(), down.tolist()
    ('2026-03-02 10:00:00', [0.5, 0.5, 0.0], [0.0, 0.5, 0.0])
    """
    if not 0 < cutoff_minutes < np.inf:
        raise UnusableValue(f"a cutoff lies above 0 minutes and is finite, not {cutoff_minutes}")
    starts, gaps, is_up = gaps_of(events)
    ends = starts + np.minimum(gaps, round(cutoff_minutes * MICROSECONDS_A_MINUTE))
    moments = pd.DatetimeIndex(events["time"]).as_unit("us").asi8
    first, last = int(moments.min() // MICROSECONDS_A_MINUTE), int(moments.max() // MICROSECONDS_A_MINUTE)
    edges = np.arange(first, last + 2) * MICROSECONDS_A_MINUTE
    up, down = (_covered(starts[chosen], ends[chosen], edges) / MICROSECONDS_A_MINUTE for chosen in (is_up, ~is_up))
    return pd.Timestamp(first * MICROSECONDS_A_MINUTE, unit="us"), up, down


def _covered(starts: Ints, ends: Ints, edges: Ints) -> Floats:
    """Return how much of each stretch between edges the intervals cover together, overlaps as often as they overlap."""
    covered: Floats = np.diff(_passed(starts, edges) - _passed(ends, edges)).astype(float)
    return covered


def _passed(moments: Ints, edges: Ints) -> Ints:
    """Return for each edge how much time has passed since all moments before it, added up."""
    ordered = np.sort(moments) - edges[0]
    n_before = np.searchsorted(ordered, edges - edges[0])
    sums = np.concatenate([[0], np.cumsum(ordered)])
    passed: Ints = n_before * (edges - edges[0]) - sums[n_before]
    return passed
