"""The SLI over time under a hand on a slider: one picture that stays, of which a move draws again only what it changes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.plots.sli_over_time import draw_sli_over_time
from slo_workbench.plots.style import COLOURS, plot_style
from slo_workbench.units import format_share

__all__ = ["ExplorationPicture"]

_LOOK: dict[Any, Any] = {"font.size": 13, "legend.fontsize": 12, "axes.titlesize": 16}
LEAST_FONT = 12
TITLE_WIDTH = 68
MOST_ROOM = 5
"""How many times as far from 100 % as the worst window a target may lie and still be on the axis."""


class ExplorationPicture:
    """Days, windows and incidents of a threshold, with a target that moves across them.

    The days and windows of a threshold are drawn once and kept as pixels; the target, the windows it would have missed and the title are
    drawn on top. The axis belongs to the threshold, so that it keeps still while the target moves.

    Parameters
    ----------
    size_inches : tuple of float
    dpi : int
        Pixels an inch.
    """

    def __init__(self, *, size_inches: tuple[float, float] = (10, 4.6), dpi: int = 100) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with plot_style():
            self.figure = Figure(figsize=size_inches, dpi=dpi)
        self._canvas = FigureCanvasAgg(self.figure)
        self._drawn: tuple[Any, ...] = ()
        self._beneath: Any = None

    def png(
        self, daily: pd.DataFrame, rolling: pd.DataFrame, *, window_days: int, target: Decimal, incidents: pd.DataFrame, title: str,
        in_sight: Sequence[Decimal] = (),
    ) -> bytes:  # fmt: skip
        """Return the picture as PNG.

        Parameters
        ----------
        daily : DataFrame
            ``day, valid, good``; the very object of the last call keeps what was drawn of it.
        rolling : DataFrame
            ``last_day, sli``.
        window_days : int
        target : Decimal
        incidents : DataFrame
            ``start, end``.
        title : str
            The message of the picture.
        in_sight : sequence of Decimal
            Targets that the axis should reach, where that does not squeeze the windows together.
        """
        import matplotlib as mpl

        with plot_style(), mpl.rc_context(_LOOK):
            if not self._drawn or any(now is not before for now, before in zip((daily, rolling, incidents), self._drawn, strict=True)):
                self._draw_beneath(daily, rolling, window_days=window_days, incidents=incidents, reach=_reach(daily, rolling, in_sight))
                self._drawn = daily, rolling, incidents
            self._canvas.restore_region(self._beneath)
            self._move(rolling, target, title)
        return _encoded(self._canvas)

    def _draw_beneath(
        self, daily: pd.DataFrame, rolling: pd.DataFrame, *, window_days: int, incidents: pd.DataFrame, reach: Decimal
    ) -> None:
        self.figure.clear()
        self.ax = self.figure.add_axes((0.115, 0.17, 0.87, 0.71))
        slis = daily.assign(sli=_slis(daily))
        draw_sli_over_time(slis, rolling, window_days=window_days, target=reach, incidents=incidents, ax=self.ax)
        for text in self.ax.texts:
            text.set_fontsize(max(LEAST_FONT, text.get_fontsize()))
        (self._line,) = [line for line in self.ax.get_lines() if str(line.get_label()).startswith("target")]
        self._line.set(label="_target", linewidth=2.6, zorder=7)
        (self._missed,) = self.ax.plot(
            [], [], "X", ms=9, color=COLOURS["bad"], mec="white", mew=0.8, label="a window that misses", zorder=6
        )
        self.ax.legend(
            loc="upper left",
            bbox_to_anchor=(-0.12, -0.11),
            ncols=5,
            handlelength=1.4,
            handletextpad=0.4,
            columnspacing=1.2,
            borderaxespad=0,
        )
        self._label: Any = self.ax.annotate(
            "", (1, 1), (-4, 4), xycoords=self.ax.get_yaxis_transform(), textcoords="offset points", ha="right", va="bottom", zorder=8,
            fontsize=13, weight="bold", bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": COLOURS["target"], "pad": 2},
        )  # fmt: skip
        self._title = self.figure.text(0.012, 0.975, "", ha="left", va="top", fontsize=16, weight="bold", linespacing=1.25)
        for artist in self._moving:
            artist.set_animated(True)
        self._canvas.draw()
        self._beneath = self._canvas.copy_from_bbox(self.figure.bbox)

    @property
    def _moving(self) -> tuple[Any, ...]:
        return self._missed, self._line, self._label, self._title

    def _move(self, rolling: pd.DataFrame, target: Decimal, title: str) -> None:
        """Put the target where it is now, with the windows that lie below it."""
        low, high = self.ax.get_ylim()
        is_inside = low <= float(target) <= high
        missed = rolling[rolling["sli"] < float(target)] if len(rolling) else rolling
        every = max(1, len(missed) // 40)
        self._missed.set_data(missed["last_day"].to_numpy()[::every], missed["sli"].to_numpy(dtype=float)[::every])
        self._line.set_ydata([float(target)] * 2)
        self._line.set_visible(is_inside)
        self._label.set_text(f"target {format_share(target)}" + ("" if is_inside else " lies below this picture ▼"))
        place = float(np.clip(float(target), low, high))
        # above the line there may be no room
        is_above = (place - low) / (high - low) < 0.86
        self._label.xy = (1, place)
        self._label.set_position((-4, 4 if is_above else -5))
        self._label.set_va("bottom" if is_above else "top")
        self._title.set_text("\n".join(wrap(title, TITLE_WIDTH)))
        for artist in self._moving[:-1]:
            self.ax.draw_artist(artist)
        self.figure.draw_artist(self._title)


def _slis(daily: pd.DataFrame) -> pd.Series[Any]:
    return daily["good"] / daily["valid"].where(daily["valid"] > 0)


def _reach(daily: pd.DataFrame, rolling: pd.DataFrame, in_sight: Sequence[Decimal]) -> Decimal:
    """Return the loosest target that the axis can reach while the windows still stand apart; 1 where there is none."""
    worst = rolling["sli"].min() if len(rolling) and rolling["sli"].notna().any() else _slis(daily).quantile(0.1)
    bad_share = max(1 - float(worst), 1e-6)
    return min((one for one in in_sight if float(1 - one) <= MOST_ROOM * bad_share), default=Decimal(1))


def _encoded(canvas: Any) -> bytes:
    """Return what is on the canvas as PNG; packed quickly rather than tightly, as the next move replaces it."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])).save(file, format="png", compress_level=1)
    return file.getvalue()
