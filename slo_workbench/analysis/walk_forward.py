"""Would such promises have been kept in the past? Fit at every past day one could have stood on, and look at what came next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from slo_workbench.analysis.fit import target_of
from slo_workbench.analysis.predicted_window import predict_window
from slo_workbench.document.findings import Finding
from slo_workbench.units import counted, format_share

__all__ = ["WalkForward", "walk_forward"]

N_DRAWS = 2_000
FEWEST_TO_JUDGE = 5
UNLIKELY = 0.05


@dataclass(frozen=True)
class WalkForward:
    """Promises that would have been made in the past, and what became of them.

    Parameters
    ----------
    promises : DataFrame
        ``made_on`` (first day of the window that follows), ``n_days`` (of history it rested on), ``target``, ``sli`` (of
        that window) and ``is_kept``, one row a promise, oldest first; the windows lie side by side.
    window_days : int
    confidence : Decimal
    """

    promises: pd.DataFrame
    window_days: int
    confidence: Decimal

    @property
    def n_promises(self) -> int:
        """How many promises there were."""
        return len(self.promises)

    @property
    def n_kept(self) -> int:
        """How many of them were kept."""
        return int(self.promises["is_kept"].sum())

    @property
    def luck_share(self) -> float:
        """Chance (0 to 1) that so few or fewer would be kept by luck, were each kept with the confidence asked for."""
        asked = float(self.confidence)
        return math.fsum(math.comb(self.n_promises, n) * asked**n * (1 - asked) ** (self.n_promises - n) for n in range(self.n_kept + 1))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning when so many were broken that luck hardly explains it."""
        if self.n_promises < FEWEST_TO_JUDGE or self.luck_share >= UNLIKELY:
            return ()
        message = f"such promises would have been kept {self.n_kept} of {self.n_promises} times in the past, and {format_share(self.confidence)} was asked for"
        hint = "has the service become worse, or is the pool not alike? Promise less, leave out history that no longer holds, or mend the service first"
        return (Finding("promises-not-kept", message, severity="warning", hint=hint),)

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if not self.n_promises:
            return (
                f"No such promise can be tried on the past: that takes {2 * self.window_days} days of history, "
                f"{counted(self.window_days, 'day')} to learn from and as many to look at."
            )
        least, most = int(self.promises["n_days"].min()), int(self.promises["n_days"].max())
        rested = f"{counted(most, 'day')}" if least == most else f"{least} to {counted(most, 'day')}"
        if self.n_promises == 1:
            kept = "have been kept" if self.n_kept else "not have been kept"
            return (
                f"Made on a past day in the same way, from {rested} of history, such a promise would {kept}, the one time it can be tried "
                f"({format_share(self.confidence)} was asked for): too few to judge by."
            )
        times = f"{self.n_kept} of {self.n_promises} times"
        few = ", which is too few to judge by" if self.n_promises < FEWEST_TO_JUDGE else ""
        return (
            f"Made on past days in the same way, from {rested} of history, such a promise would have been kept {times} "
            f"({format_share(self.confidence)} was asked for){few}."
        )


def walk_forward(
    daily: pd.DataFrame,
    *,
    window_days: int,
    confidence: Decimal,
    rng: np.random.Generator,
    pool: Sequence[pd.DataFrame] | None = None,
    counts_time: bool = False,
) -> WalkForward:
    """Make the promise on past days, each from the history before it alone, and see whether the next window kept it.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days, in order.
    window_days : int
    confidence : Decimal
        Share of windows that should keep the target.
    rng : numpy.random.Generator
    pool : sequence of DataFrame, optional
        Daily counts of other services; of those with a ``day`` only what lies before a promise is known to it.
    counts_time : bool
        Whether events are stretches of time.

    Returns
    -------
    WalkForward
        Without a promise when the history is shorter than two windows. Windows without a valid event are left out.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=84)
    >>> steady = pd.DataFrame({"day": days, "valid": 10_000, "good": 9_990})
    >>> tried = walk_forward(steady, window_days=28, confidence=Decimal("0.9"), rng=np.random.default_rng(7))
    >>> tried.n_kept, tried.n_promises
    (2, 2)
    """
    rows = []
    for origin in range(len(daily) - window_days, window_days - 1, -window_days):
        before, after = daily.iloc[:origin], daily.iloc[origin : origin + window_days]
        valid = int(after["valid"].sum())
        known = _known_by(pool, daily["day"].iloc[origin])
        if not valid or not (before["valid"] > 0).any():
            continue
        predicted = predict_window(before, window_days=window_days, rng=rng, pool=known, counts_time=counts_time, n_draws=N_DRAWS)
        target = target_of(predicted, float(confidence), int(before["valid"].sum()))
        good = int(after["good"].sum())
        rows.append((daily["day"].iloc[origin], origin, target, good / valid, Decimal(good) >= target * valid))
    promises = pd.DataFrame(rows[::-1], columns=["made_on", "n_days", "target", "sli", "is_kept"])
    return WalkForward(promises, window_days, confidence)


def _known_by(pool: Sequence[pd.DataFrame] | None, day: pd.Timestamp) -> list[pd.DataFrame] | None:
    """Return what was known of the pool on a day; where nothing was, the default pool speaks."""
    known = [service[service["day"] < day] for service in pool or ()]
    return [service for service in known if (service["valid"] > 0).any()] or None
