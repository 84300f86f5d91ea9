"""The steps of two sliders: targets that people say, and thresholds that people say."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from slo_workbench.analysis.threshold_counts import LatencyCounts

__all__ = ["TARGETS", "target_steps", "threshold_steps"]

_BAD_DIGITS = ("9", "8", "7", "6", "5", "4", "3", "2.5", "2", "1.5", "1")
TARGETS: tuple[Decimal, ...] = (
    Decimal("0.9"),
    *(1 - Decimal(digits).scaleb(-decade) for decade in (2, 3, 4, 5) for digits in _BAD_DIGITS),
)
"""From 90 % to 99.999 %: each step fails about a tenth to a third less often than the one before, so no part of the scale is crowded."""

_MANTISSAS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_MINUTES = (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 7200, 10080, 20160)
_SAID_MS = (
    *(round(mantissa * 10**decade, 6) for decade in range(-1, 5) for mantissa in _MANTISSAS if mantissa * 10**decade < 60_000),
    *(minutes * 60_000 for minutes in _MINUTES),
)
FEWEST_SHARE, MOST_SHARE = 0.05, 0.999


def target_steps(*others: Decimal | None) -> tuple[Decimal, ...]:
    """Return the targets to step over, loosest first, with others put in their places.

    Examples
    --------
    >>> steps = target_steps(Decimal("0.9948"), None)
    >>> [str(step) for step in steps[:3]], [str(step) for step in steps if Decimal("0.994") <= step < Decimal("0.996")]
    (['0.9', '0.91', '0.92'], ['0.994', '0.9948', '0.995'])
    """
    return tuple(sorted({*TARGETS, *(one for one in others if one is not None and 0 < one < 1)}))


def threshold_steps(own_ms: Iterable[float], counts: LatencyCounts | None) -> tuple[float, ...]:
    """Return the thresholds to step over in ms, rising: an indicator's own and, with latencies, those that people say.

    The others lie between the time within which one in twenty good events was answered and the time within which all but one in a
    thousand were. Of the wide buckets of a Prometheus histogram only the edges are known, so those are the steps.
    """
    own = {float(one) for one in own_ms}
    if counts is None:
        return tuple(sorted(own))
    low, high = counts.quantile_ms(FEWEST_SHARE), counts.quantile_ms(MOST_SHARE)
    said: Iterable[float] = _SAID_MS
    if counts.is_coarse:
        said = [float(f"{edge:.2g}") for edge in counts.edges_ms]
        low, high = 0.0, np.inf
    inside = {float(one) for one in said if low <= one <= high * 1.5}
    # two steps a percent apart would be one and the same on the picture
    inside = {one for one in inside if not any(abs(one / mine - 1) < 0.02 for mine in own if mine)}
    return tuple(sorted(own | inside))
