"""The points of a revealed vote: each one a dot, candidate by candidate, with the median of the room as a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from statistics import median
from textwrap import wrap
from typing import Any

from slo_workbench.plots.style import COLOURS, axes_of

__all__ = ["draw_ballot_scores"]

# shape and colour tell a criterion, so that neither is needed
_LOOK = {"happiness": ("o", COLOURS["good"]), "measurability": ("s", COLOURS["bad"]), "cost": ("^", COLOURS["target"])}
_ROOM = 0.3
_WIDTH_OF_DOTS = 0.8
_CLOSEST = 0.13


def draw_ballot_scores(
    points: Mapping[str, Mapping[str, Sequence[int]]], *, disputed: Collection[str] = (), title: str = "", ax: Any = None
) -> Any:
    """Draw every point that was given; equal ones lie side by side.

    Parameters
    ----------
    points : mapping of str to mapping of str to sequence of int
        Candidate, best first, to ``happiness``, ``measurability`` and ``cost``, to the points 1 to 5 of each who scored it.
    disputed : collection of str
        Candidates on which the room disagrees; marked at their name.
    title : str
    ax : Axes, optional
    """
    ax = axes_of(ax, size_inches=(9, 1.3 + 0.95 * len(points)))
    for row, given in enumerate(points.values()):
        for place, (criterion, values) in enumerate(given.items()):
            _draw_criterion(ax, row + (place - 1) * _ROOM, criterion, values, label=criterion if row == 0 else None)
        if row:
            ax.axhline(row - 0.5, color=COLOURS["grid"], lw=1)
    names = ["\n".join(wrap(f"{name} (disputed)" if name in disputed else name, 26, break_on_hyphens=True)) for name in points]
    ax.set_yticks(range(len(points)), names, fontsize=12)
    ax.set_ylim(len(points) - 0.5, -0.5)
    ax.set_xlim(0.5, 5.5)
    ax.set_xticks(range(1, 6), ["1\nworst", "2", "3", "4", "5\nbest"], fontsize=12)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("points, one sign for each who scored; the upright line is the median", fontsize=12)
    ax.set_title(title, loc="left", pad=30)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=12, borderaxespad=0.2, handletextpad=0.2)
    return ax


def _draw_criterion(ax: Any, at: float, criterion: str, values: Sequence[int], *, label: str | None) -> None:
    marker, colour = _LOOK[criterion]
    places: list[float] = []
    for value, number in sorted(Counter(values).items()):
        step = min(_CLOSEST, _WIDTH_OF_DOTS / number)
        places += [value + (position - (number - 1) / 2) * step for position in range(number)]
    ax.scatter(places, [at] * len(places), marker=marker, s=60, color=colour, edgecolor="white", lw=0.7, label=label, zorder=3)
    middle = median(values)
    ax.plot([middle, middle], [at - 0.13, at + 0.13], color=COLOURS["text"], lw=2.4, solid_capstyle="butt", zorder=2)
