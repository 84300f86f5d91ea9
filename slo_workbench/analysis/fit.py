"""From daily counts to a target: the SLI the next window will probably have, and the promise it keeps.

"Take last month and round down" is missed by the next month more often than people think, because what has
not happened yet is not in last month. So the next window is drawn from the service's own days and from those of
a pool of other services, and the target is what the share of windows asked for would keep.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from slo_workbench.analysis.predicted_window import N_DRAWS, PredictedWindow, check_daily, pool_weight, predict_window
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData
from slo_workbench.units import counted, format_count, format_days, format_share, round_bad_share_up

__all__ = ["FEWEST_BUDGET_EVENTS", "TargetFit", "fit_target", "history_findings", "target_of"]

FEWEST_BUDGET_EVENTS = 10
FEWEST_ACTIVE_DAYS = 7
SUGGESTIONS = {"conservative": 0.95, "suggested": 0.90, "stretch": 0.75}


@dataclass(frozen=True)
class TargetFit:
    """A target that the next window would keep with the chosen confidence, and what it rests on.

    Parameters
    ----------
    target : Decimal
        Exact; its bad share is the predicted one, rounded up to two significant digits.
    unrounded : float
        The SLI before rounding.
    confidence : Decimal
        Share of windows that should keep the target.
    predicted : PredictedWindow
    suggestions : dict of str to Decimal
        ``conservative``, ``suggested`` and ``stretch`` targets, kept by 95, 90 and 75 % of predicted windows.
    n_days, n_valid, n_bad, n_incidents : int
        What stands behind it.
    reasons : tuple of str
        How the figure came about, in sentences.
    findings : tuple of Finding
        Doubts, such as a budget of few events.
    event : str
        What one event is called.
    """

    target: Decimal
    unrounded: float
    confidence: Decimal
    predicted: PredictedWindow
    suggestions: dict[str, Decimal]
    n_days: int
    n_valid: int
    n_bad: int
    n_incidents: int | None
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    event: str = "event"

    @property
    def sentence(self) -> str:
        """The result in one sentence, with window and what stands behind it."""
        incidents = "" if self.n_incidents is None else f" and {counted(self.n_incidents, 'incident')}"
        return (
            f"{format_share(self.target)} of valid {self.event}s good over {counted(self.predicted.window_days, 'day')}: "
            f"about {self.predicted.chance_of_keeping(self.target) * 100:.0f} of 100 such windows would keep it, judging by {counted(self.n_days, 'day')} with "
            f"{counted(self.n_valid, f'valid {self.event}')}, {format_count(self.n_bad)} of them bad{incidents}."
        )


def history_findings(
    daily: pd.DataFrame, *, window_days: int, span_days: float | None = None, n_valid: int | None = None
) -> tuple[Finding, ...]:
    """Say whether a history can carry a promise over a window, and what else could be done if not.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days.
    window_days : int
    span_days : float, optional
        Days from the first to the last event, partial days included; told beside the complete ones.
    n_valid : int, optional
        Valid events, those of partial days included; of the complete days by default.

    Returns
    -------
    tuple of Finding
        Empty when it can; else one warning with alternatives.
    """
    n_days, n_active = len(daily), int((daily["valid"] > 0).sum())
    if (int(daily["valid"].sum()) if n_valid is None else n_valid) == 0:
        hint = "look at the valid predicate and at the source; without events there is nothing to promise"
        return (Finding("nothing-valid", "the history has no valid event", severity="warning", hint=hint),)
    if n_days >= max(window_days, FEWEST_ACTIVE_DAYS) and n_active >= min(window_days, FEWEST_ACTIVE_DAYS):
        return ()
    if window_days <= n_days < FEWEST_ACTIVE_DAYS:
        hint = f"gather {counted(FEWEST_ACTIVE_DAYS - n_days, 'more day')}; until then treat what you see as a first look, not as a promise"
        message = f"{_span(span_days, n_days)} of history are fewer than {FEWEST_ACTIVE_DAYS}: they say little of any window"
        return (Finding("history-too-short", message, severity="warning", hint=hint),)
    if n_days >= window_days:
        hint = "count by the month or quarter; or pool this with a similar journey; or state an aspirational target from a need"
        message = f"only {counted(n_active, 'day')} of {n_days} have a valid event: too few to say what the next {window_days} days bring"
        return (Finding("history-too-short", message, severity="warning", hint=hint),)
    shorter = [days for days in (28, 14, 7) if days <= n_days and days < window_days]
    options = [f"gather {counted(window_days - n_days, 'more day')}"]
    options += [f"promise over {shorter[0]} days"] if shorter else ["treat what you see as a first look, not as a promise"]
    options.append("state an aspirational target from a need, and say that no data supports it yet")
    return (
        Finding(
            "history-too-short",
            f"{_span(span_days, n_days)} of history cannot carry a promise over {window_days} days",
            severity="warning",
            hint="; or ".join(options),
        ),
    )


def _span(span_days: float | None, n_days: int) -> str:
    complete = counted(n_days, "complete day")
    return complete if span_days is None or round(span_days, 1) == n_days else f"{format_days(span_days)} ({complete})"


def fit_target(
    daily: pd.DataFrame,
    *,
    window_days: int = 28,
    confidence: float | Decimal = Decimal("0.9"),
    rng: np.random.Generator,
    pool: Sequence[pd.DataFrame] | None = None,
    counts_time: bool = False,
    n_incidents: int | None = None,
    event: str = "event",
) -> TargetFit:
    """Fit the target that the next window would keep with the chosen confidence.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days.
    window_days : int
    confidence : Decimal or float
        Share of windows that should keep the target, between 0.5 and 0.999.
    rng : numpy.random.Generator
    pool : sequence of DataFrame, optional
        Daily counts of the team's other services; a default one without.
    counts_time : bool
        Whether events are stretches of time, such as minutes or slices.
    n_incidents : int, optional
        Incidents seen in the history, to be told with the result.
    event : str
        What one event is called, such as ``request``.

    Raises
    ------
    TooLittleData
        When the history is shorter than the window, or has no valid event, or the budget of the fitted
        target would be less than one event; the message says what else could be done.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=56)
    >>> calm = pd.DataFrame({"day": days, "valid": 10_000, "good": [9_995] * 55 + [9_900]})
    >>> fit = fit_target(calm, rng=np.random.default_rng(7))
    >>> fit.n_days, fit.n_bad, Decimal("0.99") < fit.target < Decimal("0.9995")
    (56, 375, True)
    """
    sure = Decimal(str(confidence))
    if sure.is_nan() or not Decimal("0.5") <= sure <= Decimal("0.999"):
        raise TooLittleData(f"a confidence lies between 0.5 and 0.999, not {sure}: more sure than that no history is")
    check_daily(daily, window_days)
    doubts = history_findings(daily, window_days=window_days)
    if doubts:
        raise TooLittleData(f"{doubts[0].message}: {doubts[0].hint}")
    predicted = predict_window(daily, window_days=window_days, rng=rng, pool=pool, counts_time=counts_time)
    n_valid = int(daily["valid"].sum())
    suggestions = {name: target_of(predicted, share, n_valid, leave_an_event=True) for name, share in SUGGESTIONS.items()}
    suggestions = {name: target for name, target in suggestions.items() if target > 0}
    target = target_of(predicted, float(sure), n_valid)
    if target <= 0:
        raise TooLittleData(
            f"{float(sure) * 100:g} of 100 such windows would keep no target above 0 %: too much fails; mend the service first, "
            "look whether good says what you mean, or promise with less confidence"
        )
    n_bad = n_valid - int(daily["good"].sum())
    return TargetFit(
        target=target,
        unrounded=predicted.quantile(1 - float(sure)),
        confidence=sure,
        predicted=predicted,
        suggestions=suggestions,
        n_days=len(daily),
        n_valid=n_valid,
        n_bad=n_bad,
        n_incidents=n_incidents,
        reasons=_reasons(daily, window_days, n_bad, pool),
        findings=_budget_findings(target, predicted),
        event=event,
    )


def target_of(predicted: PredictedWindow, confidence: float, n_valid: int, *, leave_an_event: bool = False) -> Decimal:
    """Return the target that a share ``confidence`` of predicted windows keeps, its bad share rounded up.

    It is never tighter than what so many events can show at all.

    ``n`` events without a failure show, with the given confidence, a bad share of at most ``-ln(1 - c) / n``.
    """
    shown = -math.log(1 - confidence) / n_valid
    one_event = 1 / predicted.valid_events if leave_an_event else 0.0
    bad = max(1 - predicted.quantile(1 - confidence), shown, one_event)
    return 1 - round_bad_share_up(min(bad, 1.0))


def _reasons(daily: pd.DataFrame, window_days: int, n_bad: int, pool: Sequence[pd.DataFrame] | None) -> tuple[str, ...]:
    n_days = len(daily)
    n_windows = n_days / window_days
    whose = "public incident history" if pool is None else counted(len(pool), "other service")
    foreign = f"with {pool_weight(n_days) * 100:.0f} of 100 days from a pool ({whose}), a share that fades as the history grows"
    reasons = [
        f"The next {counted(window_days, 'day')} were drawn {format_count(N_DRAWS)} times from {counted(n_days, 'day')} of history, {foreign}.",
        f"The history is {n_windows:.1f} times as long as the window.",
        "The bad share was rounded up to two significant digits.",
    ]
    if n_bad == 0:
        reasons.append("No event was bad; the target rests on how many good ones were seen.")
    return tuple(reasons)


def _budget_findings(target: Decimal, predicted: PredictedWindow) -> tuple[Finding, ...]:
    budget = float(1 - target) * predicted.valid_events
    if budget >= FEWEST_BUDGET_EVENTS:
        return ()
    if budget < 1:
        raise TooLittleData(
            f"a budget of {budget:.2g} events a window is less than one: a single failure breaks {format_share(target)}; choose a longer window, "
            "count this together with a similar journey, count time slices, add synthetic traffic, or promise less"
        )
    return (
        Finding(
            "budget-few-events",
            f"the budget is {counted(math.floor(budget), 'event')} a window: luck alone may spend it",
            severity="warning",
            hint="a longer window, a similar journey counted together, time slices, synthetic traffic, or a lower target",
        ),
    )
