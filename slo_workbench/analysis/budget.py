"""The error budget of a target: in events, in minutes of full outage, and what was spent of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["ErrorBudget", "error_budget"]


@dataclass(frozen=True)
class ErrorBudget:
    """What may go wrong in one window.

    Parameters
    ----------
    target : Decimal
    window_days : int
    valid_events : float
        Valid events of a typical window, from the mean of all days.
    bad_events_allowed : int
        Whole events; the rest of a fraction is no event.
    outage_minutes_average : float
        How long everything could fail at average traffic.
    outage_minutes_peak : float or None
        How long everything could fail if it began with the busiest hour of the history, going by the traffic
        that really followed; ``None`` where counts are coarser than an hour, or the history ends before.
    spent_share : float or None
        Share of the budget the last window of the history spent; above 1 when it was missed. ``None`` when
        the history is shorter than the window.
    event : str
        What one event is called.
    """

    target: Decimal
    window_days: int
    valid_events: float
    bad_events_allowed: int
    outage_minutes_average: float
    outage_minutes_peak: float | None
    spent_share: float | None
    event: str = "event"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The budget in words."""
        events = (
            f"{format_share(self.target)} over {counted(self.window_days, 'day')} allows {counted(self.bad_events_allowed, f'bad {self.event}')} "
            f"of about {format_count(self.valid_events)} valid ones."
        )
        outage = f"That is {format_duration(self.outage_minutes_average)} of full outage at average traffic"
        peak = self.outage_minutes_peak
        outage += f", or {format_duration(peak)} if it began with the busiest hour of the history." if peak is not None else "."
        if self.spent_share is None:
            return events, outage
        days = counted(self.window_days, "day")
        return events, outage, f"The last {days} of the history would have spent {self.spent_share * 100:,.0f} % of their budget."


def error_budget(
    daily: pd.DataFrame, series: pd.DataFrame, *, target: Decimal, window_days: int, resolution_minutes: int = 1, event: str = "event"
) -> ErrorBudget:
    """Work out the error budget of a target from the traffic of the history.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days.
    series : DataFrame
        ``minute, valid, good``, for the busiest hour.
    target : Decimal
    window_days : int
    resolution_minutes : int
        How far apart the counts of ``series`` lie; above 60 no busiest hour is known.
    event : str
        What one event is called.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=28)
    >>> daily = pd.DataFrame({"day": days, "valid": 14_400, "good": 14_400})
    >>> budget = error_budget(daily, daily.rename(columns={"day": "minute"}), target=Decimal("0.9995"), window_days=28, resolution_minutes=1440)
    >>> budget.bad_events_allowed, round(budget.outage_minutes_average, 2)
    (201, 20.16)
    """
    # days without events are part of every window, too
    valid_events = float(daily["valid"].mean()) * window_days if len(daily) else 0.0
    # exact decimals: 1 - 0.999 in binary loses an event now and then
    allowed = (1 - target) * Decimal(str(valid_events))
    return ErrorBudget(
        target=target,
        window_days=window_days,
        valid_events=valid_events,
        bad_events_allowed=math.floor(allowed),
        outage_minutes_average=float(1 - target) * window_days * 1440,
        outage_minutes_peak=_minutes_from_the_busiest_hour(series, float(allowed), resolution_minutes),
        spent_share=_spent_share(daily, target, window_days),
        event=event,
    )


def _minutes_from_the_busiest_hour(series: pd.DataFrame, allowed: float, resolution_minutes: int) -> float | None:
    """Walk from the start of the busiest hour until as many events have come as may be bad."""
    if resolution_minutes > 60 or series.empty:
        return None
    by_hour = series.groupby(series["minute"].dt.floor("h"))["valid"].sum()
    start = by_hour.index[int(by_hour.to_numpy().argmax())]
    after = series[series["minute"] >= start].sort_values("minute")
    so_far = after["valid"].cumsum().to_numpy()
    place = int(np.searchsorted(so_far, allowed))
    if place == len(so_far):
        return None
    before = so_far[place - 1] if place else 0
    into_bin = (allowed - before) / (so_far[place] - before) * resolution_minutes
    return float((after["minute"].iloc[place] - start).total_seconds() / 60 + into_bin)


def _spent_share(daily: pd.DataFrame, target: Decimal, window_days: int) -> float | None:
    last = daily.tail(window_days)
    valid = int(last["valid"].sum())
    if len(last) < window_days or valid == 0:
        return None
    bad = valid - int(last["good"].sum())
    return float(Decimal(bad) / ((1 - target) * valid))
