"""On which days each clause of a policy would have been in force: one row a target and clause, one field a day."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.plots.date_axis import date_axis
from slo_workbench.plots.style import COLOURS, axes_of
from slo_workbench.units import counted, format_share

__all__ = ["draw_policy_calendar", "policy_calendar_alt_text"]

NOT_JUDGED, QUIET, IN_FORCE = 0, 1, 2
_LOOKS: dict[int, dict[str, Any]] = {
    NOT_JUDGED: {"facecolor": "white", "edgecolor": COLOURS["grid"], "lw": 0.8, "label": "not judged: its window began before the data"},
    QUIET: {"facecolor": "#D6E6F2", "edgecolor": "white", "lw": 0.4, "label": "not in force"},
    IN_FORCE: {"facecolor": COLOURS["bad"], "edgecolor": "white", "lw": 0.4, "hatch": "////", "label": "in force"},
}
HEIGHT = 0.68
TITLE_WIDTH = 66


def draw_policy_calendar(calendar: pd.DataFrame, table: pd.DataFrame, *, title: str = "", ax: Any = None) -> Any:
    """Draw the days on which clauses would have been in force.

    Parameters
    ----------
    calendar : DataFrame
        ``day, target_name, clause, is_judged, is_in_force``, as :class:`slo_workbench.analysis.policy_replay.PolicyReplay` holds it.
    table : DataFrame
        ``target_name, target, clause, budget_spent, by, n_days_in_force, n_days_judged, days_a_year``: the rows, from the top down.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
        Rows of one target stand together below its name; how many days it was stands at the right of each.
    """
    records = table.to_dict("records")
    places, heads = _places(table)
    ax = axes_of(ax, size_inches=(9, 1.3 + 0.36 * (max(places) + 1)))
    drawn: set[int] = set()
    rows = dict(list(calendar.groupby(["target_name", "clause"], sort=False)))
    left, right = calendar["day"].min(), calendar["day"].max() + pd.Timedelta(days=1)
    for place, row in zip(places, records, strict=True):
        _draw_row(ax, rows[row["target_name"], row["clause"]], place, drawn)
        share = f"{row['n_days_in_force']:,} of {counted(row['n_days_judged'], 'day')}"
        ax.annotate(share, (right, place), (6, 0), textcoords="offset points", va="center", fontsize=9.5, annotation_clip=False)
    for place in heads:
        row = records[list(places).index(place)]
        ax.annotate(_target(row), (left, place - 0.5), (0, 1), textcoords="offset points", va="bottom", fontsize=10, weight="bold")
    ax.set_yticks(places, [_clause(row) for row in records])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(places) + 0.6, min(places) - 1.2)
    ax.set_xlim(left, right)
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    date_axis(ax)
    ax.set_title("\n".join(wrap(title, TITLE_WIDTH)), loc="left")
    _add_legend(ax)
    return ax


def _add_legend(ax: Any) -> None:
    """Put the legend a fixed distance below the dates; to the left there is room, below the names of the clauses."""
    from matplotlib.transforms import ScaledTranslation

    order = [_LOOKS[state]["label"] for state in (IN_FORCE, QUIET, NOT_JUDGED)]
    handles, labels = ax.get_legend_handles_labels()
    both = sorted(zip(handles, labels, strict=True), key=lambda pair: order.index(pair[1]))
    below = ax.transAxes + ScaledTranslation(0, -0.32, ax.figure.dpi_scale_trans)
    ax.legend(*zip(*both, strict=True), loc="upper right", bbox_to_anchor=(1, 0), bbox_transform=below, ncols=3, borderaxespad=0)


def policy_calendar_alt_text(table: pd.DataFrame) -> str:
    """Return what the picture shows, for those who do not see it.

    Examples
    --------
    >>> row = {"target_name": "99.9 %", "target": None, "clause": "freeze", "n_days_in_force": 3, "n_days_judged": 29}
    >>> policy_calendar_alt_text(pd.DataFrame([row]))
    'Days on which clauses would have been in force. 99.9 %, freeze: 3 of 29 days.'
    """
    rows = [
        f"{row['target_name']}, {row['clause']}: {row['n_days_in_force']:,} of {counted(row['n_days_judged'], 'day')}"
        for row in table.to_dict("records")
    ]
    return f"Days on which clauses would have been in force. {'; '.join(rows)}."


def _places(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the height of each row, with room for a heading where a target begins, and the heights of the rows that begin one."""
    begins = (table["target_name"] != table["target_name"].shift()).to_numpy()
    places = np.arange(len(table)) + 0.8 * (np.cumsum(begins) - 1)
    return places, places[begins]


def _target(row: dict[Any, Any]) -> str:
    target = format_share(row["target"])
    return target if row["target_name"] == target else f"{row['target_name']}: {target}"


def _clause(row: dict[Any, Any]) -> str:
    spent = format_share(row["budget_spent"])
    return f"{row['clause']} ({f'one incident {spent}' if row['by'] == 'incident' else spent})"


def _draw_row(ax: Any, days: pd.DataFrame, place: float, drawn: set[int]) -> None:
    """Draw the runs of days that are alike as one bar each."""
    from matplotlib.dates import date2num

    states = np.where(~days["is_judged"], NOT_JUDGED, np.where(days["is_in_force"], IN_FORCE, QUIET))
    starts = date2num(days["day"])
    for state, look in _LOOKS.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[False], states == state, [False]]).astype(np.int8)))
        runs = [(starts[first], starts[behind - 1] + 1 - starts[first]) for first, behind in zip(edges[::2], edges[1::2], strict=True)]
        if runs:
            ax.broken_barh(runs, (place - HEIGHT / 2, HEIGHT), **(look if state not in drawn else look | {"label": None}))
            drawn.add(state)
