"""What one threshold and one target would mean, answered while a hand is on the slider.

What depends on the threshold alone (counts, windows, the fit) is worked out once and kept; a move of the target asks that again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.analysis.assessment import REFUSALS, Assessment, assess
from slo_workbench.analysis.assessment_doubts import stated_findings
from slo_workbench.analysis.budget import ErrorBudget, error_budget
from slo_workbench.analysis.calendar_windows import calendar_sli
from slo_workbench.analysis.exclusions import without_excluded
from slo_workbench.analysis.revenue import ValueAtRisk, value_at_risk
from slo_workbench.analysis.target_exploration_words import ExploredAnswer, explored_answers, explored_title
from slo_workbench.analysis.target_steps import target_steps, threshold_steps
from slo_workbench.analysis.threshold_counts import LatencyCounts, WithinThreshold, latency_counts
from slo_workbench.analysis.user_coverage import UserCoverage, cover_users
from slo_workbench.analysis.windows import pooled_sli
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Exclusion
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import History
from slo_workbench.units import Window, format_ms, format_share

__all__ = ["FALLBACK_TARGET", "ExploredTarget", "TargetExploration"]

FALLBACK_TARGET = Decimal("0.99")


@dataclass(frozen=True)
class ExploredTarget:
    """A target at a threshold, held against the History.

    Parameters
    ----------
    assessment : Assessment
        Of this threshold, with this target as the stated one: days, windows, incidents, fit and budget.
    users : UserCoverage or None
        ``None`` where users are not counted at this threshold.
    money : ValueAtRisk or None
        Likewise.
    within : WithinThreshold or None
        How it was counted where the indicator does not have the threshold; ``None`` where it has.
    own_thresholds_ms : tuple of float
        The indicator's thresholds.
    resolution_minutes : int
        How far apart the source's counts lie.
    findings : tuple of Finding
        What is doubtful about this target.
    """

    assessment: Assessment
    users: UserCoverage | None
    money: ValueAtRisk | None
    within: WithinThreshold | None
    own_thresholds_ms: tuple[float, ...]
    resolution_minutes: int
    findings: tuple[Finding, ...]

    @property
    def target(self) -> Decimal:
        """The target looked at."""
        assert self.assessment.stated_target is not None
        return self.assessment.stated_target

    @property
    def threshold_ms(self) -> float | None:
        """The threshold looked at, in ms; ``None`` where the indicator has none."""
        return self.assessment.threshold_ms

    @property
    def window(self) -> Window:
        """The objective's window."""
        return self.assessment.window

    @property
    def event(self) -> str:
        """What one event is called."""
        return self.assessment.event

    @property
    def budget(self) -> ErrorBudget | None:
        """What may be bad in a window; ``None`` where nothing was valid."""
        return self.assessment.budget

    @property
    def fitted_target(self) -> Decimal | None:
        """The target the history supports at this threshold."""
        return self.assessment.fit.target if self.assessment.fit else None

    @property
    def refusal(self) -> Finding | None:
        """Why no promise can be judged here, with what else could be done; ``None`` where it can."""
        return next((found for found in (*self.assessment.findings, *self.findings) if found.code in REFUSALS), None)

    @property
    def chance_of_keeping(self) -> float | None:
        """Share of predicted windows (0 to 1) that keep the target; ``None`` where that is refused."""
        fit = self.assessment.fit
        return None if fit is None or self.refusal else fit.predicted.chance_of_keeping(self.target)

    @property
    def windows_kept(self) -> tuple[int, int]:
        """How many windows of the history kept the target, and of how many; they overlap."""
        return _n_kept(self.assessment.rolling, self.target)

    @property
    def periods_kept(self) -> tuple[int, int] | None:
        """The same of whole calendar periods; ``None`` where the window is no calendar period."""
        if self.window.period is None:
            return None
        periods = calendar_sli(self.assessment.daily, self.window.period)
        return _n_kept(periods[periods["is_complete"].astype(bool)], self.target)

    @property
    def title(self) -> str:
        """The message, in a line."""
        return explored_title(self)

    @property
    def answers(self) -> tuple[ExploredAnswer, ...]:
        """Question by question: the figure, and what stands behind it."""
        return explored_answers(self)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything in words."""
        return (f"{self.title}.", *(sentence for answer in self.answers for sentence in answer.sentences))


def _n_kept(windows: pd.DataFrame, target: Decimal) -> tuple[int, int]:
    seen = windows[windows["valid"] > 0]
    pairs = zip(seen["good"], seen["valid"], strict=True)
    return sum(Decimal(int(good)) >= target * int(valid) for good, valid in pairs), len(seen)


@dataclass
class TargetExploration:
    """An objective's indicator on its History, ready to be asked about thresholds and targets.

    Parameters
    ----------
    history : History
    indicator : str
    window : Window
    confidence : Decimal
    document_threshold_ms : float or None
        The threshold the document means; ``None`` for an indicator without.
    document_target : Decimal or None
    seed : int
        Of every draw; each threshold starts from it, so that the order of moves changes nothing.
    time_zone, event, currency, user_kind
        As :func:`assess`, :func:`value_at_risk` and :func:`cover_users` want them.
    is_aspirational : bool
    pool : sequence of DataFrame, optional
    exclusions : sequence of Exclusion
    """

    history: History
    indicator: str
    window: Window
    confidence: Decimal
    document_threshold_ms: float | None = None
    document_target: Decimal | None = None
    seed: int = 0
    time_zone: str = "UTC"
    event: str = "event"
    currency: str | None = None
    user_kind: str | None = None
    is_aspirational: bool = False
    pool: Sequence[pd.DataFrame] | None = None
    exclusions: Sequence[Exclusion] = ()
    _latencies: LatencyCounts | None = field(default=None, repr=False)
    _no_latency: str = field(default="", repr=False)
    _assessed: dict[float | None, tuple[Assessment, WithinThreshold | None, pd.DataFrame]] = field(default_factory=dict, repr=False)
    _money: dict[float | None, ValueAtRisk] = field(default_factory=dict, repr=False)
    _users: dict[tuple[float | None, Decimal], UserCoverage] = field(default_factory=dict, repr=False)

    @property
    def own_thresholds_ms(self) -> tuple[float, ...]:
        """The indicator's thresholds: at these users and money are counted, too."""
        return self.history.query(self.indicator).thresholds_ms

    @property
    def thresholds_ms(self) -> tuple[float, ...]:
        """Thresholds to step over, rising; empty for an indicator without one."""
        return threshold_steps(self.own_thresholds_ms, self._latency_counts()) if self.own_thresholds_ms else ()

    @property
    def why_fixed(self) -> str:
        """Why the threshold cannot be moved off the indicator's own; empty where it can."""
        if not self.own_thresholds_ms:
            return "The indicator has no threshold, so only the target can be moved."
        return "" if self._latency_counts() is not None else f"{self._no_latency[0].upper()}{self._no_latency[1:]}."

    def targets(self, threshold_ms: float | None) -> tuple[Decimal, ...]:
        """Return targets to step over, loosest first, with the document's and those the history suggests at a threshold."""
        fit = self._at(threshold_ms)[0].fit
        suggested = () if fit is None else (fit.target, *fit.suggestions.values())
        return target_steps(self.document_target, *suggested)

    def first_target(self, threshold_ms: float | None) -> Decimal:
        """Return the target to start from: the document's, else the fitted one, else 99 %."""
        if self.document_target is not None:
            return self.document_target
        fit = self._at(threshold_ms)[0].fit
        return FALLBACK_TARGET if fit is None else fit.target

    def fitted_target(self, threshold_ms: float | None) -> Decimal | None:
        """Return the target that the history supports at a threshold."""
        fit = self._at(threshold_ms)[0].fit
        return None if fit is None else fit.target

    def prepare(self, threshold_ms: float | None) -> None:
        """Work out what a first move to a threshold asks, so that it answers as fast as the next."""
        self.at(threshold_ms, self.first_target(threshold_ms))

    def at(self, threshold_ms: float | None, target: Decimal) -> ExploredTarget:
        """Return what a target would mean at a threshold.

        Parameters
        ----------
        threshold_ms : float or None
            One of the indicator's, or any other where latencies are kept; ``None`` for an indicator without.
        target : Decimal
            Between 0 and 1, both excluded.

        Raises
        ------
        UnusableValue
            When the target is none, the indicator has no threshold or needs one, or is no time.
        TooLittleData
            When nothing is known at another threshold than the indicator's own.
        """
        if not (isinstance(target, Decimal) and 0 < target < 1):
            shown = format_share(target) if isinstance(target, Decimal) else repr(target)
            raise UnusableValue(f"a target lies above 0 % and below 100 %, not {shown}")
        assessed, within, series = self._at(threshold_ms)
        step = self.history.source_of(self.indicator).resolution_minutes
        budget: ErrorBudget | None = None
        findings: tuple[Finding, ...] = ()
        if pooled_sli(assessed.daily) is not None:
            budget = error_budget(
                assessed.daily, series, target=target, window_days=self.window.days, resolution_minutes=step, event=self.event
            )
            findings = tuple(stated_findings(target, assessed.fit, budget, is_aspirational=self.is_aspirational))
        users = self._users_at(threshold_ms, target) if within is None else None
        money = replace(self._money_at(threshold_ms), target=target) if within is None else None
        one = replace(assessed, stated_target=target, budget=budget)
        return ExploredTarget(one, users, money, within, self.own_thresholds_ms, step, findings)

    def _latency_counts(self) -> LatencyCounts | None:
        if self._latencies is None and not self._no_latency:
            try:
                self._latencies = latency_counts(self.history, self.indicator)
            except TooLittleData as error:
                self._no_latency = str(error)
        return self._latencies

    def _at(self, threshold_ms: float | None) -> tuple[Assessment, WithinThreshold | None, pd.DataFrame]:
        """Return what depends on the threshold alone; the last is ``minute, valid, good`` for the busiest hour."""
        if threshold_ms not in self._assessed:
            self._assessed[threshold_ms] = self._assess(threshold_ms)
        return self._assessed[threshold_ms]

    def _assess(self, threshold_ms: float | None) -> tuple[Assessment, WithinThreshold | None, pd.DataFrame]:
        own, history, within = self.own_thresholds_ms, self.history, None
        if threshold_ms is None and own:
            raise UnusableValue(f"{self.indicator} has thresholds ({', '.join(map(format_ms, own))}): name one")
        if threshold_ms is not None and not own:
            raise UnusableValue(f"{self.indicator} has no threshold, so {format_ms(threshold_ms)} means nothing to it")
        if threshold_ms is not None and threshold_ms not in own:
            counts = self._latency_counts()
            if counts is None:
                raise TooLittleData(self._no_latency)
            within = counts.within(threshold_ms)
            history = within.history
        assessed = assess(
            history, self.indicator, threshold_ms=threshold_ms, window=self.window, confidence=self.confidence,
            rng=np.random.default_rng(self.seed), time_zone=self.time_zone, event=self.event, pool=self.pool, exclusions=self.exclusions,
        )  # fmt: skip
        return assessed, within, self._minutes(assessed, threshold_ms if within is None else own[0])

    def _minutes(self, assessed: Assessment, threshold_ms: float | None) -> pd.DataFrame:
        """Return counts as fine as the source has them; valid events are the same at every threshold."""
        history: Any = self.history
        if assessed.excluded is not None:
            history, _ = without_excluded(history, assessed.excluded.times, indicator=self.indicator)
        series: pd.DataFrame = history.series_of(self.indicator, threshold_ms)
        return series

    def _users_at(self, threshold_ms: float | None, target: Decimal) -> UserCoverage:
        key = threshold_ms, target
        if key not in self._users:
            self._users[key] = cover_users(
                self.history, self.indicator, threshold_ms=threshold_ms, target=target, event=self.event, user_kind=self.user_kind
            )
        return self._users[key]

    def _money_at(self, threshold_ms: float | None) -> ValueAtRisk:
        if threshold_ms not in self._money:
            self._money[threshold_ms] = value_at_risk(
                self.history, self.indicator, threshold_ms=threshold_ms, rng=np.random.default_rng(self.seed), currency=self.currency,
                window_days=self.window.days, time_zone=self.time_zone, event=self.event,
            )  # fmt: skip
        return self._money[threshold_ms]
