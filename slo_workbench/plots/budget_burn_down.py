"""What is left of the error budget over time: a line that falls when something fails, and crosses zero when the budget is gone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.plots.date_axis import date_axis
from slo_workbench.plots.style import COLOURS, axes_of, percent_axis
from slo_workbench.units import Window, counted

__all__ = ["budget_burn_down_alt_text", "draw_budget_burn_down"]

LOWEST_SHOWN = -1.0
ROLLING, SO_FAR, EXTRAPOLATED = "left_share", "so_far_left_share", "extrapolated_left_share"


def draw_budget_burn_down(
    frame: pd.DataFrame, *, window: Window, incidents: pd.DataFrame | None = None, title: str = "", ax: Any = None
) -> Any:
    """Draw what is left of the budget.

    Parameters
    ----------
    frame : DataFrame
        As :class:`slo_workbench.analysis.budget_over_time.BudgetOverTime` holds it: ``end``, ``is_judged`` and, for a rolling window,
        ``left_share``; for a calendar period ``period_start``, ``so_far_left_share`` and ``extrapolated_left_share``, which become two
        lines with their names. Steps that are not judged are not drawn.
    window : Window
        Said in the legend and on the axis.
    incidents : DataFrame, optional
        ``start, end``: marked along the top.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
        What is below nothing is hatched; an overspending of more than a whole budget is cut off, and its lowest point told.
    """
    ax = axes_of(ax, size_inches=(9, 3.9))
    seen = frame[frame["is_judged"]]
    is_rolling = ROLLING in frame
    main = ROLLING if is_rolling else EXTRAPOLATED
    low = _lowest(seen, [ROLLING] if is_rolling else [SO_FAR, EXTRAPOLATED])
    if is_rolling:
        _draw_line(
            ax,
            seen,
            ROLLING,
            low,
            label=f"left of the budget of the {counted(window.days, 'day')} up to then",
            color=COLOURS["good"],
            lw=2.2,
        )
    else:
        _draw_line(
            ax, seen, SO_FAR, low, label="so far: of what the traffic so far allows", color=COLOURS["quiet"], lw=1.6, ls=(0, (1, 1.2))
        )
        label = f"extrapolated: of the budget expected for the whole {window.period}"
        _draw_line(ax, seen, EXTRAPOLATED, low, label=label, color=COLOURS["good"], lw=2.2)
    _fill_overspent(ax, seen, main, low)
    ax.axhline(0, color=COLOURS["text"], lw=1.4, ls=(0, (6, 3)), label="nothing left", zorder=5)
    if incidents is not None:
        _mark_incidents(ax, incidents)
    _name_last(ax, seen, main, low)
    _name_lowest(ax, seen, main, low)
    ax.set_ylim(low - 0.03, 1.08)
    percent_axis(ax.yaxis)
    ax.set_ylabel("left of the error budget")
    ax.margins(x=0.02)
    date_axis(ax)
    ax.set_title(title, loc="left")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.01, -0.09), ncols=3 if is_rolling else 2, handletextpad=0.5, columnspacing=1.4)
    return ax


def budget_burn_down_alt_text(frame: pd.DataFrame, *, window: Window) -> str:
    """Return what the picture shows, for those who do not see it.

    Examples
    --------
    >>> ends = pd.to_datetime(["2026-03-30", "2026-03-31"])
    >>> frame = pd.DataFrame({"end": ends, "left_share": [0.9, 0.4], "is_judged": True})
    >>> budget_burn_down_alt_text(frame, window=Window(28))
    'Left of the error budget of 28 days from 2026-03-30 to 2026-03-31: 90 % first, 40 % at last, 40 % at the least, at 2026-03-31.'
    """
    name = ROLLING if ROLLING in frame else EXTRAPOLATED
    seen = frame[frame["is_judged"]].dropna(subset=[name])
    said = f"Left of the error budget of {window.words}" + ("" if name == ROLLING else ", extrapolated to its end,")
    if seen.empty:
        return f"{said} cannot be drawn: no step can be judged."
    lowest = seen.iloc[int(seen[name].to_numpy().argmin())]
    first, last = seen.iloc[0], seen.iloc[-1]
    figures = (
        f"{_percent(first[name])} first, {_percent(last[name])} at last, {_percent(lowest[name])} at the least, at {lowest['end']:%Y-%m-%d}"
    )
    return f"{said} from {first['end']:%Y-%m-%d} to {last['end']:%Y-%m-%d}: {figures}."


def _percent(share: float) -> str:
    return f"{share * 100:,.0f} %"


def _lowest(seen: pd.DataFrame, names: list[str]) -> float:
    """Return where the axis ends: far enough for every line, but no lower than a whole budget overspent."""
    lows = seen[names].to_numpy(dtype=float)
    least = float(np.nanmin(lows)) if np.isfinite(lows).any() else 0.0
    return max(min(least, 0.0), LOWEST_SHOWN)


def _draw_line(ax: Any, seen: pd.DataFrame, name: str, low: float, **look: Any) -> None:
    """Draw a line in pieces, one for each period and each stretch of steps without a hole."""
    for number, piece in enumerate(_pieces(seen)):
        shares = piece[name].clip(lower=low)
        ax.plot(
            piece["end"],
            shares,
            **(look if number == 0 else look | {"label": None}),
            marker="o" if len(piece) == 1 else None,
            ms=4,
            zorder=4,
        )


def _pieces(seen: pd.DataFrame) -> list[pd.DataFrame]:
    if seen.empty:
        return []
    if "period_start" in seen:
        return [piece for _, piece in seen.groupby("period_start")]
    steps = seen["end"].diff()
    return [piece for _, piece in seen.groupby((steps > 1.5 * steps.median()).cumsum())]


def _fill_overspent(ax: Any, seen: pd.DataFrame, name: str, low: float) -> None:
    for piece in _pieces(seen):
        shares = piece[name].clip(lower=low).to_numpy(dtype=float)
        if (shares < 0).any():
            ax.fill_between(
                piece["end"], shares, 0, where=shares < 0, interpolate=True, facecolor=COLOURS["bad"], alpha=0.35, hatch="////",
                edgecolor=COLOURS["bad"], lw=0, zorder=3,
            )  # fmt: skip


def _mark_incidents(ax: Any, incidents: pd.DataFrame) -> None:
    """Mark incidents by triangles along the top, so that short ones are seen as well."""
    middles = incidents["start"] + (incidents["end"] - incidents["start"]) / 2
    left, right = ax.get_xlim()
    from matplotlib.dates import date2num

    inside = [moment for moment in middles if left <= date2num(moment) <= right]
    if inside:
        ax.plot(
            inside, np.full(len(inside), 1.04), marker="v", ls="", ms=8, color=COLOURS["incident"], markeredgecolor=COLOURS["text"],
            markeredgewidth=0.6, label="an incident", zorder=6, clip_on=False,
        )  # fmt: skip


def _name_last(ax: Any, seen: pd.DataFrame, name: str, low: float) -> None:
    known = seen.dropna(subset=[name])
    if known.empty:
        return
    last = known.iloc[-1]
    at = (last["end"], max(last[name], low))
    said = f"{_percent(last[name])} left" if last[name] >= 0 else f"{_percent(-last[name])} over"
    ax.annotate(said, at, (6, 0), textcoords="offset points", va="center", fontsize=10, annotation_clip=False)


def _name_lowest(ax: Any, seen: pd.DataFrame, name: str, low: float) -> None:
    """Tell the lowest point where it is cut off."""
    known = seen.dropna(subset=[name])
    if known.empty or float(known[name].min()) >= low:
        return
    lowest = known.iloc[int(known[name].to_numpy().argmin())]
    ax.annotate(
        f"down to {_percent(lowest[name])}", (lowest["end"], low), (0, 6), textcoords="offset points", ha="center", fontsize=9,
        color=COLOURS["text"], bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1}, zorder=7,
    )  # fmt: skip
