"""Which share of valid events was good within which time: one rising curve, on a log scale of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from slo_workbench.plots.style import COLOURS, axes_of, percent_axis
from slo_workbench.units import format_ms, format_share

__all__ = ["draw_latency_curve", "latency_curve_alt_text"]

_LEAST_SHARE = 0.001
_LABEL_WIDTH = 0.17  # of the picture's width
_LABEL_HEIGHT_POINTS = 36
_LOW_SHARE, _ROOM_BENEATH = 0.4, 0.18


def draw_latency_curve(
    table: pd.DataFrame, *, thresholds_ms: Sequence[float] = (), knee_ms: float | None = None, window_days: int = 28,
    event: str = "event", title: str = "", ax: Any = None,
) -> Any:  # fmt: skip
    """Draw the share of valid events good within each time, and in the worst window where there is one.

    Parameters
    ----------
    table : DataFrame
        ``threshold_ms`` (rising), ``good_share`` and perhaps ``worst_window_share``, as in
        :class:`slo_workbench.analysis.latency_frontier.LatencyFrontier`.
    thresholds_ms : sequence of float
        Drawn as upright lines, each with the share it reaches.
    knee_ms : float, optional
        Where the curve bends.
    window_days : int
        Length of the worst window, for the legend.
    event : str
        What one event is called.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    ax = axes_of(ax, size_inches=(9, 4.2))
    seen = table[table["good_share"] >= _LEAST_SHARE]
    seen = seen if len(seen) else table
    ax.plot(seen["threshold_ms"], seen["good_share"], color=COLOURS["good"], lw=2.4, label="whole history", zorder=4)
    if "worst_window_share" in seen:
        ax.plot(
            seen["threshold_ms"], seen["worst_window_share"], color=COLOURS["bad"], lw=1.8, ls=(0, (5, 2)), zorder=3,
            label=f"worst {window_days} days",
        )  # fmt: skip
    low = min([float(seen["threshold_ms"].min()), *thresholds_ms])
    high = max([float(seen["threshold_ms"].max()), *thresholds_ms])
    chosen = sorted(thresholds_ms)
    for number, (threshold, (right, below)) in enumerate(zip(chosen, _label_places(chosen, low, high), strict=True)):
        ax.axvline(threshold, color=COLOURS["target"], lw=1.8, ls=(0, (6, 3)), label="chosen threshold" if number == 0 else None, zorder=5)
        reached = _share_at(table, threshold)
        # low on the curve there is no room beneath it, and room above it on the left
        is_above = reached < _LOW_SHARE and not right
        height, away = (reached, 8 + below) if is_above else (max(reached, _ROOM_BENEATH), -12 - below)
        ax.annotate(
            f"{format_share(reached)}\nwithin {format_ms(threshold)}", (threshold, height), (8 if right else -8, away),
            textcoords="offset points", ha="left" if right else "right", va="bottom" if is_above else "top", fontsize=11,
            color=COLOURS["text"], zorder=6,
        )  # fmt: skip
    if knee_ms is not None:
        ax.plot(
            [knee_ms], [_share_at(table, knee_ms)], "o", ms=9, mfc="white", mec=COLOURS["text"], mew=1.6, label="where it bends", zorder=6
        )
    ax.set_xscale("log")
    ax.set_xlim(low / 1.1, high * 1.1)
    ax.xaxis.set_major_locator(FixedLocator(_round_times(low, high)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda milliseconds, position: format_ms(milliseconds)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(0, 1.03)
    percent_axis(ax.yaxis)
    ax.set_xlabel("time to a good answer (log scale)")
    ax.set_ylabel(f"share of valid {event}s")
    ax.set_title(title, loc="left")
    ax.legend(loc="upper left", fontsize=11)
    return ax


def _label_places(chosen: Sequence[float], low: float, high: float) -> list[tuple[bool, int]]:
    """Return for each threshold whether its label stands right of its line, and how many points lower, so that close ones do not collide.

    Examples
    --------
    >>> _label_places([300.0, 3000.0], 100.0, 10_000.0)
    [(False, 0), (False, 0)]
    >>> _label_places([500.0, 540.0, 600.0], 100.0, 10_000.0)
    [(False, 36), (False, 0), (True, 0)]
    """
    reach = _LABEL_WIDTH * math.log(high / low) if high > low else math.inf
    places: list[tuple[bool, int]] = []
    start = 0
    for number, threshold in enumerate(chosen):
        if number + 1 < len(chosen) and math.log(chosen[number + 1] / threshold) < reach:
            continue
        n_close = number + 1 - start
        lefts = [(False, _LABEL_HEIGHT_POINTS * (n_close - 2 - place)) for place in range(n_close - 1)]
        places += [*lefts, (True, 0)] if n_close > 1 else [(False, 0)]
        start = number + 1
    return places


def _share_at(table: pd.DataFrame, milliseconds: float) -> float:
    within = table.loc[table["threshold_ms"] <= milliseconds * (1 + 1e-9), "good_share"]
    return float(within.iloc[-1]) if len(within) else 0.0


def _round_times(low: float, high: float) -> list[float]:
    """Return times that people say, between two: 1, 3, 10, 30, 100 … ms, then seconds, minutes and hours."""
    said = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000]
    return [float(time) for time in said if low / 1.1 <= time <= high * 1.1] or [low, high]


def latency_curve_alt_text(table: pd.DataFrame, *, thresholds_ms: Sequence[float] = (), event: str = "event") -> str:
    """Say what the picture shows.

    Examples
    --------
    >>> latency_curve_alt_text(pd.DataFrame({"threshold_ms": [100.0, 200.0], "good_share": [0.5, 0.9]}), thresholds_ms=[200], event="request")
    'Share of valid requests good within each time, rising from 50 % at 100 ms to 90 % at 200 ms. Within 200 ms: 90 %.'
    """
    pairs = zip(table["threshold_ms"].iloc[[0, -1]], table["good_share"].iloc[[0, -1]], strict=True)
    ends = [f"{format_share(float(share))} at {format_ms(float(f'{milliseconds:.3g}'))}" for milliseconds, share in pairs]
    within = "".join(f" Within {format_ms(threshold)}: {format_share(_share_at(table, threshold))}." for threshold in sorted(thresholds_ms))
    return f"Share of valid {event}s good within each time, rising from {ends[0]} to {ends[1]}.{within}"
