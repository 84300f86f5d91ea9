"""Everything the workbook says about one indicator and window, from a History, in one go.

The command line, the notebooks and the proposals all ask here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.analysis.assessment_doubts import exclusion_findings, pool_findings, refusal_finding, source_findings, stated_findings
from slo_workbench.analysis.budget import ErrorBudget, error_budget
from slo_workbench.analysis.exclusions import ExcludedTimes, excluded_times, without_excluded
from slo_workbench.analysis.fit import TargetFit, fit_target, history_findings
from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.analysis.walk_forward import WalkForward, walk_forward
from slo_workbench.analysis.windows import complete_days_of, pooled_sli, rolling_sli
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Exclusion
from slo_workbench.errors import TooLittleData
from slo_workbench.history.history import History
from slo_workbench.history.quality import find_gaps, without_gap_days
from slo_workbench.units import Window, counted, format_count, format_days, format_duration, format_share

__all__ = ["REFUSALS", "Assessment", "assess"]

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Assessment:
    """What the history says about one promise.

    Parameters
    ----------
    indicator : str
    threshold_ms : float or None
    window : Window
    confidence : Decimal
    stated_target : Decimal or None
        The target in the document, when people have chosen one.
    daily : DataFrame
        ``day, valid, good`` of complete days.
    rolling : DataFrame
        ``last_day, valid, good, sli`` of every window of the history.
    incidents : DataFrame
        ``start, end, valid, bad, bad_share``.
    fit : TargetFit or None
        ``None`` when the history cannot carry a promise; ``findings`` then say why and what else.
    budget : ErrorBudget or None
        Of the stated target, else of the fitted one.
    n_valid, n_bad : int
        Events of the whole history, partial days included.
    span_days : float
        Days from the first to the last row of the source.
    findings : tuple of Finding
    event : str
        What one event is called, such as ``request``.
    past : WalkForward or None
        Whether such promises would have been kept in the past; ``None`` without a fit.
    excluded : ExcludedTimes or None
        What was taken out, and ``with_excluded``, the same assessment with it; ``None`` where nothing was.
    with_excluded : Assessment or None
    """

    indicator: str
    threshold_ms: float | None
    window: Window
    confidence: Decimal
    stated_target: Decimal | None
    daily: pd.DataFrame
    rolling: pd.DataFrame
    incidents: pd.DataFrame
    fit: TargetFit | None
    budget: ErrorBudget | None
    n_valid: int
    n_bad: int
    span_days: float
    findings: tuple[Finding, ...]
    event: str = "event"
    past: WalkForward | None = None
    excluded: ExcludedTimes | None = None
    with_excluded: Assessment | None = None

    @property
    def target(self) -> Decimal | None:
        """The stated target, else the fitted one."""
        return self.stated_target if self.stated_target is not None else (self.fit.target if self.fit else None)

    @property
    def sli(self) -> float | None:
        """Good of valid over the whole history; ``None`` without valid events."""
        return (self.n_valid - self.n_bad) / self.n_valid if self.n_valid else None

    @property
    def history_sentence(self) -> str:
        """What was measured, in one sentence."""
        if self.sli is None:
            return f"No {self.event} of the history is valid, so there is nothing to measure."
        left_out = self.n_valid - int(self.daily["valid"].sum())
        partial = f" {counted(left_out, self.event)} fell on days that the data covers only in part; what follows leaves these out."
        return (
            f"Over {format_days(self.span_days)} {format_share(self.sli)} of {counted(self.n_valid, f'valid {self.event}')} were good and "
            f"{format_count(self.n_bad)} bad; {counted(len(self.incidents), 'incident')} stood out.{partial if left_out else ''}"
        )

    @property
    def period(self) -> str:
        """The first and the last complete day; empty when there is none."""
        return "" if self.daily.empty else f"{self.daily['day'].min():%Y-%m-%d} to {self.daily['day'].max():%Y-%m-%d}"

    @property
    def worst_window_sentence(self) -> str | None:
        """The worst window the history has seen; ``None`` when it holds none."""
        seen = self.rolling.dropna(subset=["sli"])
        if seen.empty:
            return None
        worst: Any = seen.iloc[int(seen["sli"].to_numpy().argmin())]
        return f"The worst {counted(self.window.days, 'day')} of the history, up to {worst['last_day']:%Y-%m-%d}, had {format_share(float(worst['sli']))} good."

    @property
    def sentence(self) -> str:
        """The result in one sentence: the fit, or why there is none."""
        if self.fit is not None:
            return self.fit.sentence
        refusal = next((f for f in self.findings if f.code in REFUSALS), None)
        return f"No target can be proposed: {refusal.message}." if refusal else "No target can be proposed."

    @property
    def excluded_sentence(self) -> str | None:
        """What does not count, and what the figures would be if it did; ``None`` where everything counts."""
        if self.excluded is None or self.with_excluded is None:
            return None
        other = self.with_excluded
        target = "no target could be proposed" if other.fit is None else f"the target would be {format_share(other.fit.target)}"
        sli = "" if other.sli is None else f"{format_share(other.sli)} of valid {self.event}s were good and "
        return (
            f"{counted(len(self.excluded.times), 'stretch', 'stretches')} of time ({format_duration(self.excluded.n_minutes)} together, with "
            f"{counted(self.excluded.n_valid, f'valid {self.event}')}, {format_count(self.excluded.n_bad)} of them bad) are left out of the count. "
            f"If they counted, {sli}{target}."
        )

    @property
    def stated_sentence(self) -> str | None:
        """How the stated target compares with the history; ``None`` when there is none or nothing to compare with."""
        if self.stated_target is None:
            return None
        kept = self._kept_sentence()
        if self.fit is None:
            return kept
        chance = self.fit.predicted.chance_of_keeping(self.stated_target) * 100
        judged = "does not support" if self.stated_target > self.fit.target else "supports"
        return (
            f"The team chose {format_share(self.stated_target)}: about {chance:.0f} of 100 such windows would keep it, so the history {judged} it "
            f"with the confidence of {format_share(self.confidence)} asked for. {kept or ''}"
        ).strip()

    @property
    def gap_sentence(self) -> str | None:
        """How far a stated target lies above the one the history supports, in events and minutes; ``None`` when it does not."""
        if self.fit is None or self.stated_target is None or self.stated_target <= self.fit.target:
            return None
        gap = self.stated_target - self.fit.target
        n_events = round(float(gap) * self.fit.predicted.valid_events)
        return (
            f"From {format_share(self.fit.target)}, which the history supports, to {format_share(self.stated_target)} is a way of "
            f"{counted(n_events, f'bad {self.event}')} a window, or {format_duration(float(gap) * self.window.days * 1440)} of full outage at average traffic."
        )

    def _kept_sentence(self) -> str | None:
        seen = self.rolling.dropna(subset=["sli"])
        if seen.empty or self.stated_target is None:
            return None
        good, valid = (seen[name].to_numpy(dtype=object) for name in ("good", "valid"))
        n_kept = int(sum(Decimal(int(g)) >= self.stated_target * int(v) for g, v in zip(good, valid, strict=True)))
        return f"Of the {counted(len(seen), 'window')} of that length in the history, which overlap, {format_count(n_kept)} kept it."

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values for a JSON file; targets are exact text."""
        quantiles = {} if self.fit is None else {str(q): round(self.fit.predicted.quantile(q), 9) for q in QUANTILES}
        counted_days = len(self.daily)
        return {
            "indicator": self.indicator,
            "threshold_ms": self.threshold_ms,
            "target": str(self.fit.target) if self.fit else None,
            "stated_target": None if self.stated_target is None else str(self.stated_target),
            "suggestions": {name: str(target) for name, target in self.fit.suggestions.items()} if self.fit else {},
            "window": str(self.window),
            "window_days": self.window.days,
            "confidence": float(self.confidence),
            "history": {
                "days": counted_days,
                "span_days": round(self.span_days, 3),
                "valid": self.n_valid,
                "bad": self.n_bad,
                "incidents": len(self.incidents),
                "sli": self.sli,
            },
            "quantiles": quantiles,
            "budget": _budget_json(self.budget),
            "findings": [{key: value for key, value in asdict(found).items() if value not in (None, "")} for found in self.findings],
            "sentence": self.sentence,
            "reasons": list(self.fit.reasons) if self.fit else [],
            "past_promises": None if self.past is None else {"made": self.past.n_promises, "kept": self.past.n_kept},
            "gap_sentence": self.gap_sentence,
            "excluded_sentence": self.excluded_sentence,
            "past_sentence": None if self.past is None else self.past.sentence,
        }


TIME_EVENTS = ("slice", "second")
"""Events that are stretches of time: the default pool then counts minutes in incident as bad ones."""

REFUSALS = ("nothing-valid", "history-too-short", "budget-too-small")


def _budget_json(budget: ErrorBudget | None) -> dict[str, Any] | None:
    if budget is None:
        return None
    return {
        "target": str(budget.target),
        "bad_events_allowed": budget.bad_events_allowed,
        "valid_events": round(budget.valid_events, 1),
        "outage_minutes_average": budget.outage_minutes_average,
        "outage_minutes_peak": budget.outage_minutes_peak,
        "spent_share": budget.spent_share,
    }


def assess(
    history: History,
    indicator: str,
    *,
    threshold_ms: float | None = None,
    window: Window,
    confidence: Decimal,
    rng: np.random.Generator,
    stated_target: Decimal | None = None,
    time_zone: str = "UTC",
    event: str = "event",
    is_aspirational: bool = False,
    pool: Sequence[pd.DataFrame] | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> Assessment:
    """Assess one promise on a History: windows, incidents, fit or refusal, budget and doubts.

    Parameters
    ----------
    history : History
    indicator : str
    threshold_ms : float, optional
        Which of the indicator's thresholds.
    window : Window
    confidence : Decimal
    rng : numpy.random.Generator
    stated_target : Decimal, optional
        The target people have chosen.
    time_zone : str
        Zone in which days are cut.
    event : str
        What one event is called, such as ``request``.
    is_aspirational : bool
        Whether the stated target comes from a need rather than from the history.
    pool : sequence of DataFrame, optional
        Daily counts of the team's other services, see :func:`slo_workbench.analysis.pool.pool_of`.
    exclusions : sequence of Exclusion
        Times that do not count; the assessment with them stands beside the one without.

    Raises
    ------
    KeyError
        When the History does not count that indicator.
    """
    source = history.source_of(indicator)
    times = excluded_times(exclusions, indicator=indicator, first=_utc(source.first_time), last=_utc(source.last_time), time_zone=time_zone)
    if len(times):
        rest, taken = without_excluded(history, times, indicator=indicator)
        common: Any = {
            "threshold_ms": threshold_ms, "window": window, "confidence": confidence, "stated_target": stated_target,
            "time_zone": time_zone, "event": event, "is_aspirational": is_aspirational, "pool": pool,
        }  # fmt: skip
        with_all = assess(history, indicator, rng=deepcopy(rng), **common)  # the very figures it gives without exclusions
        one = _assess(rest, indicator, rng=rng, times=times, **common)
        return replace(one, excluded=taken, with_excluded=with_all, findings=(*exclusion_findings(taken, with_all), *one.findings))
    return _assess(
        history, indicator, threshold_ms=threshold_ms, window=window, confidence=confidence, rng=rng, stated_target=stated_target,
        time_zone=time_zone, event=event, is_aspirational=is_aspirational, pool=pool, times=times,
    )  # fmt: skip


def _utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text).tz_localize(None)


def _assess(
    history: History,
    indicator: str,
    *,
    threshold_ms: float | None,
    window: Window,
    confidence: Decimal,
    rng: np.random.Generator,
    stated_target: Decimal | None,
    time_zone: str,
    event: str,
    is_aspirational: bool,
    pool: Sequence[pd.DataFrame] | None,
    times: pd.DataFrame,
) -> Assessment:
    """Assess a promise on a History from which ``times`` have been taken out."""
    source = history.source_of(indicator)
    series = history.series_of(indicator, threshold_ms)
    step = source.resolution_minutes
    n_valid, n_good = int(series["valid"].sum()), int(series["good"].sum())
    daily, span_days = complete_days_of(history, indicator, threshold_ms, time_zone=time_zone)
    gaps = find_gaps(history.rows[history.rows["source"] == source.name], resolution_minutes=step)
    rolling = rolling_sli(daily, window.days)
    if len(rolling):
        # a window with a day that does not count is no window of that length
        out = (daily["valid"] == 0) & ~daily["day"].isin(without_gap_days(daily, times[["start", "end"]])["day"])
        n_out = np.convolve(out.to_numpy(dtype=np.int64), np.ones(window.days, dtype=np.int64), mode="valid")
        rolling = rolling[n_out == 0].reset_index(drop=True)
    daily = without_gap_days(daily, pd.concat([gaps[["start", "end"]], times[["start", "end"]]]))
    incidents = find_incidents(series, bin_minutes=max(60, step))
    doubts = list(history_findings(daily, window_days=window.days, span_days=span_days, n_valid=n_valid))
    fit, past = None, None
    drawing: Any = {"pool": pool, "counts_time": event in TIME_EVENTS}
    if not doubts:
        try:
            fit = fit_target(
                daily, window_days=window.days, confidence=confidence, rng=rng, n_incidents=len(incidents), event=event, **drawing
            )
            past = walk_forward(daily, window_days=window.days, confidence=confidence, rng=rng, **drawing)
            doubts += [*past.findings, *pool_findings(daily, pool)]
            doubts += fit.findings
        except TooLittleData as error:
            doubts.append(refusal_finding(error))
    target = stated_target if stated_target is not None else (fit.target if fit else None)
    budget = None
    if target is not None and pooled_sli(daily) is not None:
        budget = error_budget(daily, series, target=target, window_days=window.days, resolution_minutes=step, event=event)
        doubts += stated_findings(stated_target, fit, budget, is_aspirational=is_aspirational)
    return Assessment(
        indicator, threshold_ms, window, confidence, stated_target, daily, rolling, incidents, fit, budget,
        n_valid, n_valid - n_good, span_days, (*doubts, *source_findings(history, source.name, indicator)), event, past,
    )  # fmt: skip
