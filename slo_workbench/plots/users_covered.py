"""Which users a target covers: one bar a class of activity, split into nothing bad, some bad, and below the target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from slo_workbench.plots.style import COLOURS, axes_of, percent_axis
from slo_workbench.units import counted, format_count, format_share

__all__ = ["draw_users_covered", "users_covered_alt_text"]


def draw_users_covered(by_activity: pd.DataFrame, *, target: Decimal, event: str = "event", title: str = "", ax: Any = None) -> Any:
    """Draw the users of each class of activity by what they met.

    Parameters
    ----------
    by_activity : DataFrame
        ``activity, n_users, n_without_bad, n_below``, as :class:`slo_workbench.analysis.user_coverage.UserWindow` holds it.
    target : Decimal
        Said in the legend.
    event : str
        What one event is called.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
        Every bar is as long as the others: 100 % of the users of its class, whose number stands at its right.
    """
    rows = by_activity.to_dict("records")
    ax = axes_of(ax, size_inches=(9, 1.5 + 0.5 * max(1, len(rows))))
    parts: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("clean", "nothing bad", {"color": COLOURS["good"]}),
        ("some", f"something bad, and still at {format_share(target)} or above", {"color": COLOURS["incident"], "hatch": ".."}),
        ("below", f"below {format_share(target)}", {"color": COLOURS["bad"], "hatch": "////"}),
    )
    shares = [_shares(row) for row in rows]
    for place, (row, share) in enumerate(zip(rows, shares, strict=True)):
        left = 0.0
        for name, label, look in parts:
            ax.barh(place, share[name], left=left, height=0.62, edgecolor="white", lw=0.5, label=label if place == 0 else None, **look)
            left += share[name]
        below = f", {format_count(row['n_below'])} below" if row["n_below"] else ""
        ax.annotate(f"{counted(row['n_users'], 'user')}{below}", (1, place), (8, 0), textcoords="offset points", va="center", fontsize=10)
    ax.set_yticks(range(len(rows)), [_class(row["activity"], event) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    percent_axis(ax.xaxis)
    ax.set_xlabel("share of the users of each class")
    ax.set_title(title, loc="left")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.12, -0.75 / ax.figure.get_size_inches()[1]), ncols=3)
    return ax


def _shares(row: dict[Any, Any]) -> dict[str, float]:
    n_some = row["n_users"] - row["n_without_bad"] - row["n_below"]
    return {"clean": row["n_without_bad"] / row["n_users"], "some": n_some / row["n_users"], "below": row["n_below"] / row["n_users"]}


def _class(activity: str, event: str) -> str:
    return f"1 {event}" if activity == "1" else f"{activity.replace('-', ' to ')} {event}s"


def users_covered_alt_text(by_activity: pd.DataFrame, *, target: Decimal, event: str = "event") -> str:
    """Return what the picture shows, for those who do not see it.

    Examples
    --------
    >>> rows = pd.DataFrame({"activity": ["1", "2-9"], "n_users": [10, 40], "n_without_bad": [9, 36], "n_below": [1, 2]})
    >>> users_covered_alt_text(rows, target=Decimal("0.99"), event="order")
    'Users by how much they use the service. 1 order: 10 users, 9 with nothing bad, 1 below 99 %. 2 to 9 orders: 40 users, 36 with nothing bad, 2 below 99 %.'
    """
    told = [
        f"{_class(row['activity'], event)}: {counted(row['n_users'], 'user')}, {format_count(row['n_without_bad'])} with nothing bad, "
        f"{format_count(row['n_below'])} below {format_share(target)}"
        for row in by_activity.to_dict("records")
    ]
    return f"Users by how much they use the service. {'. '.join(told)}."
