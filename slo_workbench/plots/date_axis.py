"""Days along the bottom of a picture, in words that nobody reads the wrong way round."""

from __future__ import annotations

from typing import Any

__all__ = ["date_axis"]


def date_axis(ax: Any) -> None:
    """Label a few days along the bottom as ``5 Mar 2026``."""
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.ticker import FuncFormatter

    def day_month_year(number: float, position: int | None = None) -> str:
        moment = num2date(number)
        return f"{moment.day} {moment:%b %Y}"

    # with four ticks at least, a span of three to four days, or of some years, has no step that fits
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
    ax.xaxis.set_major_formatter(FuncFormatter(day_month_year))
