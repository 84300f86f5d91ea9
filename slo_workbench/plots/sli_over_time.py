"""The SLI of every day and of every window, with the target and what stood out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.plots.date_axis import date_axis
from slo_workbench.plots.style import COLOURS, axes_of, percent_axis
from slo_workbench.units import format_share

__all__ = ["draw_sli_over_time"]

MOST_LABELLED = 4


def draw_sli_over_time(
    daily: pd.DataFrame,
    rolling: pd.DataFrame,
    *,
    window_days: int,
    target: Decimal | None = None,
    incidents: pd.DataFrame | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Draw the SLI over time.

    Parameters
    ----------
    daily : DataFrame
        ``day, sli, valid``: one point a day; ``sli`` may be NaN.
    rolling : DataFrame
        ``last_day, sli``: the SLI of the window ending that day.
    window_days : int
        Length of those windows, for the legend.
    target : Decimal, optional
        Drawn as a line.
    incidents : DataFrame, optional
        ``start, end``: shaded.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
        Days below the axis are drawn as triangles on its edge, the worst with their figure.
    """
    ax = axes_of(ax, size_inches=(9, 3.9))
    seen = daily.dropna(subset=["sli"])
    low, high = _limits(seen, rolling, target)
    if incidents is not None and len(seen):
        _shade_incidents(ax, incidents, seen["day"].max() - seen["day"].min())
    many = len(seen) > 200
    inside = seen[seen["sli"] >= low]
    ax.plot(inside["day"], inside["sli"], "o", ms=2 if many else 4.5, color=COLOURS["quiet"], alpha=0.7, label="a day", zorder=3)
    if not rolling.empty:
        ax.plot(rolling["last_day"], rolling["sli"], color=COLOURS["good"], lw=2.2, label=f"the {window_days} days up to it", zorder=4)
    if target is not None:
        ax.axhline(float(target), color=COLOURS["target"], lw=1.8, ls=(0, (6, 3)), label=f"target {format_share(target)}", zorder=5)
    _draw_days_below(ax, seen[seen["sli"] < low], low, many)
    ax.set_ylim(low, high)
    percent_axis(ax.yaxis)
    ax.set_ylabel("good of valid events")
    date_axis(ax)
    ax.set_title(title, loc="left")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.01, -0.09), ncols=5, handletextpad=0.5, columnspacing=1.4)
    return ax


def _limits(seen: pd.DataFrame, rolling: pd.DataFrame, target: Decimal | None) -> tuple[float, float]:
    """Return limits that keep the window line and the target apart, whatever single days did."""
    lows = [float(np.quantile(seen["sli"], 0.1))] if len(seen) else [0.99]
    lows += [float(rolling["sli"].min())] if rolling["sli"].notna().any() else []
    lows += [float(target)] if target is not None else []
    span = max(1 - min(lows), 1e-6)
    return max(1 - 1.35 * span, -0.02), 1 + 0.06 * span


def _shade_incidents(ax: Any, incidents: pd.DataFrame, span: pd.Timedelta) -> None:
    """Shade incidents; short ones are widened around their middle, else nobody sees them on a long axis."""
    least = span * 0.006
    rows: Any = incidents.itertuples()
    for number, incident in enumerate(rows):
        middle, half = incident.start + (incident.end - incident.start) / 2, max(incident.end - incident.start, least) / 2
        ax.axvspan(middle - half, middle + half, color=COLOURS["incident"], alpha=0.4, lw=0, label="stood out" if number == 0 else None)


def _draw_days_below(ax: Any, below: pd.DataFrame, low: float, many: bool) -> None:
    if below.empty:
        return
    ax.plot(
        below["day"], np.full(len(below), low), marker="v", ls="", ms=5 if many else 8, color=COLOURS["bad"], clip_on=False, zorder=6,
        label="a day below the axis",
    )  # fmt: skip
    worst = below.nsmallest(MOST_LABELLED, "sli").sort_values("day")
    labelled_at: pd.Timestamp | None = None
    width = (ax.get_xlim()[1] - ax.get_xlim()[0]) * 0.09
    rows: Any = worst.itertuples()
    for day in rows:
        if labelled_at is not None and (day.day - labelled_at).days < width:
            continue
        ax.annotate(
            format_share(day.sli), (day.day, low), (0, 9), textcoords="offset points", ha="center", fontsize=9, color=COLOURS["bad"]
        )
        labelled_at = day.day
