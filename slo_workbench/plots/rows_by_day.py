"""How many rows of a source there are on each day, and where there are none although some were to be expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.plots.date_axis import date_axis
from slo_workbench.plots.style import COLOURS, axes_of
from slo_workbench.units import counted, format_count

__all__ = ["draw_rows_by_day", "rows_by_day_alt_text"]

_LEAST_SHARE_OF_AXIS = 0.004


def draw_rows_by_day(daily: pd.DataFrame, gaps: pd.DataFrame, *, title: str = "", ax: Any = None) -> Any:
    """Draw rows a day as bars, and stretches without data as hatched bands.

    Parameters
    ----------
    daily : DataFrame
        ``day, n_rows``, one row a day.
    gaps : DataFrame
        ``start, end``, in the zone in which days are cut.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from matplotlib.ticker import FuncFormatter

    ax = axes_of(ax, size_inches=(9, 3.2))
    middle = daily["day"] + pd.Timedelta(hours=12)
    ax.bar(middle, daily["n_rows"], width=np.timedelta64(20, "h"), color=COLOURS["good"], label="rows a day", zorder=3)
    least = (daily["day"].max() - daily["day"].min() + pd.Timedelta(days=1)) * _LEAST_SHARE_OF_AXIS
    rows: Any = gaps.itertuples()
    for number, gap in enumerate(rows):
        ax.axvspan(
            gap.start, max(gap.end, gap.start + least), facecolor="none", edgecolor=COLOURS["bad"], hatch="////", lw=1, zorder=4,
            label="no data" if number == 0 else None,
        )  # fmt: skip
    ax.set_ylim(0, None)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda number, position: format_count(number)))
    ax.set_ylabel("rows")
    date_axis(ax)
    ax.set_title(title, loc="left")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.01, -0.11), ncols=2, handletextpad=0.5)
    return ax


def rows_by_day_alt_text(daily: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """Say what the picture shows.

    Examples
    --------
    >>> days = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=2), "n_rows": [900, 1100]})
    >>> rows_by_day_alt_text(days, pd.DataFrame({"start": [], "end": []}))
    'Rows on each of 2 days from 2026-03-02 to 2026-03-03: between 900 and 1,100 a day; 0 stretches without data.'
    """
    span = f"from {daily['day'].min():%Y-%m-%d} to {daily['day'].max():%Y-%m-%d}"
    between = f"between {format_count(daily['n_rows'].min())} and {format_count(daily['n_rows'].max())} a day"
    return f"Rows on each of {counted(len(daily), 'day')} {span}: {between}; {counted(len(gaps), 'stretch', 'stretches')} without data."
