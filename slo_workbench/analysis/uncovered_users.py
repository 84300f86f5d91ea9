"""Who the users are that a target leaves out: light ones, whom a single bad event throws below it, or heavy ones."""

from __future__ import annotations

from slo_workbench.analysis.user_coverage import UserWindow
from slo_workbench.units import counted, format_count, format_share

__all__ = ["uncovered_sentence"]


def uncovered_sentence(window: UserWindow, *, event: str = "event") -> str:
    """Say how heavily the users below the target use the service; that none is, where that is so.

    Parameters
    ----------
    window : UserWindow
        As :func:`slo_workbench.analysis.user_coverage.cover_users` counts it.
    event : str
        What one event is called.
    """
    rows = window.by_activity[window.by_activity["n_below"] > 0].to_dict("records")
    n_below = int(window.by_activity["n_below"].sum())
    if not n_below:
        return "No user fell below the target."
    told = []
    for row in rows:
        events = f"1 {event}" if row["activity"] == "1" else f"{row['activity'].replace('-', ' to ').replace('+', ' or more')} {event}s"
        of_class = format_share(row["n_below"] / row["n_users"])
        told.append(f"{format_count(row['n_below'])} had {events} ({of_class} of all who had so many)")
    n_light = int(window.by_activity.loc[window.by_activity["activity"].isin(("1", "2-9")), "n_below"].sum())
    kind = "light users" if n_light * 2 >= n_below else "heavy users"
    who = "The one user" if n_below == 1 else f"The {counted(n_below, 'user')}"
    mostly = "" if n_below == 1 else f", mostly {kind}"
    return f"{who} below the target{mostly}: {'; '.join(told)}."
