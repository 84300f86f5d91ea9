"""What the next window may be like, and which targets it would keep."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from slo_workbench.plots.style import COLOURS, axes_of, percent_axis
from slo_workbench.units import format_share

__all__ = ["draw_predicted_window"]


def draw_predicted_window(
    histogram: pd.DataFrame, targets: Mapping[str, Decimal], *, chosen: Decimal | None = None, title: str = "", ax: Any = None
) -> Any:
    """Draw the SLIs that were drawn for the next window, with targets as lines.

    Parameters
    ----------
    histogram : DataFrame
        ``sli_from, sli_to, share``.
    targets : mapping of str to Decimal
        Name and target, drawn as labelled lines.
    chosen : Decimal, optional
        Bars below it are drawn as missed.
    title : str
    ax : Axes, optional
    """
    ax = axes_of(ax, size_inches=(9, 3.4))
    missed = histogram["sli_to"] <= float(chosen) if chosen is not None else histogram["sli_to"] < 0
    widths = histogram["sli_to"] - histogram["sli_from"]
    for rows, colour, hatch, label in (
        (missed, COLOURS["bad"], "////", "would miss the target"),
        (~missed, COLOURS["good"], "", "would keep it"),
    ):
        part = histogram[rows]
        if len(part):
            ax.bar(
                part["sli_from"], part["share"], width=widths[rows], align="edge", color=colour, alpha=0.75, hatch=hatch,
                edgecolor="white", lw=0.4, label=label if chosen is not None else None,
            )  # fmt: skip
    top = float(histogram["share"].max())
    ax.set_ylim(0, top * 1.55)
    _draw_targets(ax, targets, top, left=float(histogram["sli_from"].min()), right=float(histogram["sli_to"].max()))
    percent_axis(ax.xaxis)
    ax.locator_params(axis="x", nbins=8)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("good of valid events in the next window (the worst 2 % of draws are gathered at the left edge)")
    ax.set_title(title, loc="left")
    if chosen is not None:
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.22), ncols=2)
    return ax


def _draw_targets(ax: Any, targets: Mapping[str, Decimal], top: float, *, left: float, right: float) -> None:
    """Draw each target as a line with its label on the left; tighter ones are taller, so no line crosses a label."""
    for level, (name, target) in enumerate(sorted(targets.items(), key=lambda item: item[1])):
        at = min(max(float(target), left), right)
        height = top * (1.08 + 0.14 * (level % 4))
        ax.plot([at, at], [0, height], color=COLOURS["target"], lw=1.6, ls=(0, (6, 3)))
        to_left = at > left + 0.2 * (right - left)
        off_scale = "" if left <= float(target) <= right else " (off the axis)"
        ax.annotate(
            f"{name} {format_share(target)}{off_scale}", (at, height), (-5 if to_left else 5, -1), textcoords="offset points",
            ha="right" if to_left else "left", va="top", fontsize=10, color=COLOURS["text"],
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
