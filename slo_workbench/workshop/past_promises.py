"""What the past says about promising last week's number: a few telling days by hand, and the naive rule tried on every past week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from slo_workbench.analysis.walk_forward import walk_forward
from slo_workbench.errors import TooLittleData
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_count, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["naive_promises", "telling_days", "try_naive_promises"]

MOST_ROWS = 12


def telling_days(case: ProposalCase) -> pd.DataFrame:
    """Return the quietest, the busiest and the worst day, to be counted by hand: ``day, which, valid, good``.

    The worst is the one with the largest bad share. Fewer rows where these are the same day.

    Raises
    ------
    TooLittleData
        When no complete day has a valid event.
    """
    daily = case.assessment.daily
    seen = daily[daily["valid"] > 0][["day", "valid", "good"]].reset_index(drop=True)
    if seen.empty:
        event = case.assessment.event
        raise TooLittleData(
            f"no complete day of the history has a valid {event}, so there is nothing to add up: bring two days at least, or look at valid"
        )
    bad_share = 1 - seen["good"] / seen["valid"]
    valid = seen["valid"].to_numpy()
    named = {"quietest": int(valid.argmin()), "busiest": int(valid.argmax()), "worst": int(bad_share.to_numpy().argmax())}
    places = sorted(set(named.values()))
    days = seen.loc[places].reset_index(drop=True)
    days.insert(1, "which", [" and ".join(name for name, place in named.items() if place == one) for one in places])
    return days


def naive_promises(daily: pd.DataFrame, *, window_days: int) -> pd.DataFrame:
    """Promise in each window what the window before it had, and see whether it was kept.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days, in order.
    window_days : int

    Returns
    -------
    DataFrame, one row a promise, oldest first; the windows lie side by side
        ``made_on`` (first day of the window that follows), ``promised`` (SLI of the window before), ``sli`` (of the window after, 0 to 1)
        and ``is_kept``, compared in whole numbers.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=21)
    >>> daily = pd.DataFrame({"day": days, "valid": 100, "good": [100] * 7 + [99] * 7 + [100] * 7})
    >>> naive_promises(daily, window_days=7)["is_kept"].tolist()
    [False, True]
    """
    rows = []
    for start in range(len(daily) - window_days, window_days - 1, -window_days):
        before, after = (daily.iloc[first : first + window_days] for first in (start - window_days, start))
        (valid, good), (next_valid, next_good) = ((int(some["valid"].sum()), int(some["good"].sum())) for some in (before, after))
        if valid and next_valid:
            kept = next_good * valid >= good * next_valid
            rows.append((daily["day"].iloc[start], good / valid, next_good / next_valid, kept))
    return pd.DataFrame(rows[::-1], columns=["made_on", "promised", "sli", "is_kept"])


def try_naive_promises(case: ProposalCase, *, window_days: int = 7) -> Fragment:
    """Return how often last week's number would have been missed a week later, and how often a fitted one; or that it takes longer."""
    one = case.assessment
    made = naive_promises(one.daily, window_days=window_days)
    if made.empty:
        return paragraphs(
            f"That takes {2 * window_days} complete days of history, {window_days} to promise from and as many to look at; there are {len(one.daily)}."
        )
    rows = [
        (f"{row['made_on']:%Y-%m-%d}", format_share(row["promised"]), format_share(row["sli"]), "kept" if row["is_kept"] else "✗ missed")
        for row in made.tail(MOST_ROWS).to_dict("records")
    ]
    header = ["Made on", f"Promised: the {window_days} days before", f"Came: the {window_days} days after", "So it was"]
    n_missed = int((~made["is_kept"]).sum())
    said = (
        f"Whoever promised the last {counted(window_days, 'day')}' number would have missed it {format_count(n_missed)} of "
        f"{counted(len(made), 'time')}."
    )
    return together(table(header, rows, numbers=(1, 2)), paragraphs(said, _fitted_instead(case, window_days)))


def _fitted_instead(case: ProposalCase, window_days: int) -> str | None:
    if case.assessment.fit is None:
        return None
    tried = walk_forward(
        case.assessment.daily, window_days=window_days, confidence=case.objective.confidence, rng=np.random.default_rng(case.seed)
    )
    if not tried.n_promises:
        return None
    return (
        f"A target fitted on the same past days, asked to be kept in {format_share(case.objective.confidence)} of windows, would have been missed "
        f"{format_count(tried.n_promises - tried.n_kept)} of {counted(tried.n_promises, 'time')}."
    )
