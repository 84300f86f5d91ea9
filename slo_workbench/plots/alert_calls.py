"""How soon somebody would have been called after each incident began: one row an incident, its length, the first page and ticket."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import pandas as pd

from slo_workbench.plots.style import COLOURS, axes_of
from slo_workbench.units import counted, format_duration

__all__ = ["alert_calls_alt_text", "draw_alert_calls"]

MOST_ROWS = 14
TITLE_WIDTH = 78
SOONEST_MINUTES = 1.0
_TICKS_MINUTES = (1, 5, 15, 60, 240, 1440, 4320, 10_080)
_ROOM_FOR_WORDS = 6
_CALLS: Mapping[str, dict[str, Any]] = {
    "page": {"marker": "^", "color": COLOURS["good"], "s": 110, "label": "first page"},
    "ticket": {"marker": "s", "color": COLOURS["incident"], "s": 70, "label": "first ticket"},
}
# apart, so that a page and a ticket of the same minute are both seen
_HEIGHTS = {"page": -0.1, "ticket": 0.12}
_SAID = {"missed": "✗ nobody would be called", "already firing": "a page from before still fired"}


def draw_alert_calls(by_incident: pd.DataFrame, *, title: str = "", ax: Any = None) -> Any:
    """Draw incidents with when alerts would have called.

    Parameters
    ----------
    by_incident : DataFrame
        ``incident, start, end, verdict, page_delay_minutes, ticket_delay_minutes``, as :class:`slo_workbench.analysis.alert_replay.AlertReplay`
        holds it; incidents without data are left out, and of more than 14 the last are drawn.
    title : str
        The message of the picture.
    ax : Axes, optional

    Returns
    -------
    Axes
        Minutes since the incident began, on a logarithmic axis.
    """
    rows = _judged(by_incident).tail(MOST_ROWS).to_dict("records")
    ax = axes_of(ax, size_inches=(9, 1.5 + 0.46 * max(1, len(rows))))
    for place, row in enumerate(rows):
        _draw_row(ax, row, place)
    for call, look in _CALLS.items():
        dots = [
            (max(SOONEST_MINUTES, row[f"{call}_delay_minutes"]), place + _HEIGHTS[call])
            for place, row in enumerate(rows)
            if row[f"{call}_delay_minutes"] >= 0
        ]
        ax.scatter(*(zip(*dots, strict=True) if dots else ([], [])), zorder=3, edgecolor="white", lw=0.8, **look)
    ax.set_xscale("log")
    longest = max(
        [60.0, *(value for row in rows for value in (_length(row), row["page_delay_minutes"], row["ticket_delay_minutes"]) if value > 0)]
    )
    ax.set_xlim(SOONEST_MINUTES * 0.85, longest * _ROOM_FOR_WORDS)
    ax.set_xticks(
        [tick for tick in _TICKS_MINUTES if tick <= longest * _ROOM_FOR_WORDS],
        [format_duration(tick) for tick in _TICKS_MINUTES if tick <= longest * _ROOM_FOR_WORDS],
    )
    ax.minorticks_off()
    ax.set_yticks(range(len(rows)), [f"{row['incident']!s:.28}\n{row['start'].day} {row['start']:%b %Y}" for row in rows], fontsize=10)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("time since the incident began (logarithmic)")
    ax.set_title("\n".join(wrap(title, TITLE_WIDTH)), loc="left")
    ax.legend(loc="upper right", bbox_to_anchor=(1, -0.9 / ax.figure.get_size_inches()[1]), ncols=3)
    return ax


def _judged(by_incident: pd.DataFrame) -> pd.DataFrame:
    return by_incident[~by_incident["verdict"].isin(("no data", "outside the data"))]


def _length(row: Mapping[Any, Any]) -> float:
    return float((row["end"] - row["start"]) / pd.Timedelta(minutes=1))


def _draw_row(ax: Any, row: Mapping[Any, Any], place: int) -> None:
    """Draw how long the incident lasted, and what was late or missing in words at its right."""
    length = max(SOONEST_MINUTES * 1.1, _length(row))
    bar = {"height": 0.5, "left": SOONEST_MINUTES, "color": "#D6E6F2", "label": "the incident lasts" if place == 0 else None}
    ax.barh(place, length - SOONEST_MINUTES, **bar)
    delay, latest = row["page_delay_minutes"], [value for value in (row["page_delay_minutes"], row["ticket_delay_minutes"]) if value >= 0]
    said = (
        f"page after {format_duration(delay)}"
        if delay > 0
        else "page before it was noted"
        if delay == 0
        else _SAID.get(row["verdict"], "no page")
    )
    right = max([length, *latest, SOONEST_MINUTES])
    weight = "bold" if row["verdict"] == "missed" else "normal"
    colour = COLOURS["bad"] if row["verdict"] == "missed" else COLOURS["text"]
    ax.annotate(said, (right, place), (10, 0), textcoords="offset points", va="center", fontsize=10, color=colour, weight=weight)


def alert_calls_alt_text(by_incident: pd.DataFrame) -> str:
    """Return what the picture shows, for those who do not see it.

    Examples
    --------
    >>> row = {"incident": "down", "verdict": "paged", "page_delay_minutes": 4.0, "ticket_delay_minutes": float("nan")}
    >>> alert_calls_alt_text(pd.DataFrame([row]))
    'When alerts would have called in 1 incident. down: a page after 4 min.'
    """
    rows = _judged(by_incident).tail(MOST_ROWS).to_dict("records")
    told = []
    for row in rows:
        calls = [f"a {call} after {format_duration(row[f'{call}_delay_minutes'])}" for call in _CALLS if row[f"{call}_delay_minutes"] >= 0]
        told.append(f"{row['incident']}: {' and '.join(calls) or row['verdict']}")
    return f"When alerts would have called in {counted(len(rows), 'incident')}. {'; '.join(told)}."
