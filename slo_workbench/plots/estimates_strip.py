"""Revealed estimates on one line: each a dot with its name, and the median of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slo_workbench.plots.style import COLOURS, axes_of

__all__ = ["draw_estimates"]

_FACTOR_FOR_LOG = 30


def draw_estimates(
    answers: Sequence[tuple[str, float]], *, middle: float, written: Callable[[float], str], title: str = "", is_share: bool = False,
    ax: Any = None,
) -> Any:  # fmt: skip
    """Draw estimates, lowest first, one a row.

    Parameters
    ----------
    answers : sequence of (str, float)
        Who, and the number.
    middle : float
        The median.
    written : callable
        Writes a number with its unit.
    title : str
    is_share : bool
        Shares keep an even axis; other numbers far apart are drawn on a log scale, named as such.
    ax : Axes, optional
    """
    ax = axes_of(ax, size_inches=(9, 1.4 + 0.42 * len(answers)))
    numbers = [number for _, number in answers]
    is_log = not is_share and min(numbers) > 0 and max(numbers) / min(numbers) > _FACTOR_FOR_LOG
    ax.axvline(middle, color=COLOURS["target"], lw=2.2, ls=(0, (6, 3)), label=f"median {written(middle)}")
    ends = {min(numbers), max(numbers)} if len(set(numbers)) > 1 else set()
    for row, (_, number) in enumerate(answers):
        is_end = number in ends
        ax.plot(
            number, row, "D" if is_end else "o", ms=10 if is_end else 9, color=COLOURS["bad" if is_end else "good"], mec="white", zorder=3
        )
        ax.annotate(written(number), (number, row), (10, 0), textcoords="offset points", va="center", fontsize=12)
    if ends:
        ax.plot([], [], "D", color=COLOURS["bad"], ms=9, label="lowest and highest: they speak first")
    ax.set_yticks(range(len(answers)), [_short(name) for name, _ in answers], fontsize=12)
    ax.set_ylim(len(answers) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    if is_log:
        ax.set_xscale("log")
        ax.margins(x=0.15)
    else:
        width = (max(numbers) - min(numbers)) or abs(middle) * 0.1 or 1.0
        ax.set_xlim(min(numbers) - 0.08 * width, max(numbers) + 0.25 * width)
    _write_ticks(ax, written)
    ax.set_xlabel("estimate, log scale" if is_log else "estimate", fontsize=12)
    ax.set_title(title, loc="left", pad=30)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=12, borderaxespad=0.2)
    return ax


def _write_ticks(ax: Any, written: Callable[[float], str]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    if ax.get_xscale() == "linear":
        ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda number, position: written(number)))
    ax.tick_params(axis="x", labelsize=12)


def _short(name: str) -> str:
    # a dollar sign would begin a formula
    return (name if len(name) <= 28 else f"{name[:27]}…").replace("$", r"\$")
