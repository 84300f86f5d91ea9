"""One look for every picture: readable from the back of a room, safe for the colour-blind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["COLOURS", "axes_of", "percent_axis", "plot_style"]

# Okabe and Ito's palette, made to be told apart by everyone: https://jfly.uni-koeln.de/color/
COLOURS = {
    "good": "#0072B2",
    "bad": "#D55E00",
    "target": "#009E73",
    "quiet": "#8A94A0",
    "text": "#1F2933",
    "grid": "#DDE2E8",
    "incident": "#E69F00",
}

_STYLE: dict[Any, Any] = {
    "font.size": 11,
    "font.family": ["DejaVu Sans"],
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["quiet"],
    "axes.labelcolor": COLOURS["text"],
    "axes.titlecolor": COLOURS["text"],
    "text.color": COLOURS["text"],
    "xtick.color": COLOURS["text"],
    "ytick.color": COLOURS["text"],
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "figure.facecolor": "white",
    "figure.dpi": 110,
    "savefig.bbox": "tight",
    "svg.hashsalt": "slo-workbench",
}


@contextmanager
def plot_style() -> Iterator[None]:
    """Draw in the workbook's style inside a ``with`` block; the caller's own settings come back after."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


def axes_of(ax: Any, *, size_inches: tuple[float, float]) -> Any:
    """Return the axes to draw on: the caller's, or new ones on a figure of their own.

    The figure is not registered with pyplot, so nothing piles up in a long session.
    """
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=size_inches, layout="constrained").subplots()


def percent_axis(axis: Any) -> None:
    """Label an axis of shares as percent, with as many places as its ticks need."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda share, position: f"{share * 100:.5f}".rstrip("0").rstrip(".") + " %"))
