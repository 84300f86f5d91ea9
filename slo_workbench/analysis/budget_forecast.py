"""How fast the error budget burns now, and when it would be gone if it went on like that."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from slo_workbench.analysis.calendar_windows import calendar_sli
from slo_workbench.analysis.count_timeline import CountTimeline, Floats, usual_by_weekday
from slo_workbench.units import CalendarPeriod, Window, counted, format_count, format_days, format_duration

__all__ = ["BURN_HOURS", "FORECAST_DAYS", "ExhaustionForecast", "burn_rates", "forecast_exhaustion"]

BURN_HOURS = (1, 6, 24, 72)
FORECAST_DAYS = (1, 3, 7)
FEWEST_BAD_EVENTS = 5
"""Below that, one event more or less moves a burn rate by a quarter and more."""

DAY = pd.Timedelta(days=1)
Verdict = Literal["gone", "already gone", "lasts", "unknown"]


@dataclass(frozen=True)
class ExhaustionForecast:
    """When the budget would be gone, should events fail from now on as they did over the last days.

    Parameters
    ----------
    over_days : int
        How many last days it rests on.
    valid, bad : int
        Their events: what stands behind the forecast.
    burn_rate : float or None
        How many times as fast as the target allows they burnt; ``None`` when they are not covered, or nothing was valid.
    verdict : {"gone", "already gone", "lasts", "unknown"}
        ``unknown`` where the data does not carry an answer; ``why`` says so.
    gone_in_days : float or None
        From the end of the data; ``None`` unless the verdict is "gone".
    gone_at : Timestamp or None
        The same as a moment, as clocks in the team's zone show it.
    why : str
        What the verdict rests on, or why there is none.
    event : str
    """

    over_days: int
    valid: int
    bad: int
    burn_rate: float | None
    verdict: Verdict
    gone_in_days: float | None = None
    gone_at: pd.Timestamp | None = None
    why: str = ""
    event: str = "event"

    @property
    def sentence(self) -> str:
        """The forecast in words, with what stands behind it."""
        if self.verdict == "already gone":
            return "The budget is gone already, so there is nothing left to forecast."
        days = "day" if self.over_days == 1 else f"{self.over_days} days"
        if self.burn_rate is None:
            return f"From the last {days} nothing can be forecast: {self.why}."
        basis = f"{format_count(self.bad)} of {counted(self.valid, self.event)} bad, {times_as_fast(self.burn_rate)}"
        if self.verdict == "unknown" or self.gone_in_days is None or self.gone_at is None:
            said = f"the budget lasts {self.why}" if self.verdict == "lasts" else f"nothing can be forecast: {self.why}"
            return f"Should it go on as in the last {days} ({basis}), {said}."
        moment = f"{self.gone_at:%Y-%m-%d}" if self.gone_in_days >= 2 else f"{self.gone_at:%Y-%m-%d %H:%M}"
        return f"Should it go on as in the last {days} ({basis}), the budget is gone in {format_days(self.gone_in_days)}, on {moment}."


def times_as_fast(burn_rate: float) -> str:
    """Write a burn rate as a reader would say it.

    Examples
    --------
    >>> times_as_fast(2), times_as_fast(0.066), times_as_fast(0)
    ('2 times as fast as the target allows', '0.07 times as fast as the target allows', 'no budget burnt')
    """
    if burn_rate == 0:
        return "no budget burnt"
    shown = f"{burn_rate:,.0f}" if burn_rate >= 10 else f"{burn_rate:.1f}" if burn_rate >= 1 else f"{burn_rate:.1g}"
    return f"{shown.removesuffix('.0')} times as fast as the target allows"


def burn_rates(counts: CountTimeline, *, target: Decimal) -> pd.DataFrame:
    """Return how fast the budget burnt over the last hours and days: the bad share by the share that may be bad.

    Parameters
    ----------
    counts : CountTimeline
    target : Decimal

    Returns
    -------
    DataFrame
        ``hours`` (1, 6, 24, 72), ``valid``, ``bad``, ``burn_rate`` (NaN where there is none) and ``why`` there is none.

    References
    ----------
    S. Thurgood, "Alerting on SLOs", in The Site Reliability Workbook, O'Reilly 2018, https://sre.google/workbook/alerting-on-slos/
    """
    rows = []
    for hours in BURN_HOURS:
        since = counts.end - pd.Timedelta(hours=hours)
        valid, bad = counts.sum_between(since, counts.end)
        why = _why_no_rate(counts, since, valid)
        rows.append((hours, valid, bad, np.nan if why else bad / valid / float(1 - target), why))
    return pd.DataFrame(rows, columns=["hours", "valid", "bad", "burn_rate", "why"])


def _why_no_rate(counts: CountTimeline, since: pd.Timestamp, valid: int) -> str:
    if counts.bin_minutes > (counts.end - since) / pd.Timedelta(minutes=1):
        return f"the counts lie {format_duration(counts.bin_minutes)} apart"
    if since < counts.start:
        return "the history is shorter"
    return "" if valid else "nothing was valid"


def forecast_exhaustion(counts: CountTimeline, *, target: Decimal, window: Window, event: str = "event") -> tuple[ExhaustionForecast, ...]:
    """Forecast when the budget would be gone, at the burn rate of the last day, the last three days and the last week.

    From the end of the counts on, each day brings what its weekday usually does, and the share of it fails that failed over the last
    days. Out of a rolling window old days fall meanwhile, with what they lost: it lasts when it stays in budget until the window holds
    nothing else. A calendar period begins anew, so there the budget lasts when it does to the end of the period, and it is that of
    the traffic expected for the whole period.

    An error share never stays as it is, so this is no prediction: it says how much haste there is. With fewer than five bad events
    it is "lasts" only where five would last as well, and unknown otherwise.

    Parameters
    ----------
    counts : CountTimeline
    target : Decimal
    window : Window
    event : str

    Returns
    -------
    tuple of ExhaustionForecast
        One for each of 1, 3 and 7 days.
    """
    plan = _Plan.of(counts, target, window)
    return tuple(_forecast(counts, plan, target, days, event) for days in FORECAST_DAYS)


@dataclass(frozen=True)
class _Plan:
    """What the window holds at each step ahead if nothing more fails, and what it may lose; ``steps`` in days from now, the first is 0.

    ``arriving`` are events that come from now on, ``bad`` those that failed before and are still in the window.
    """

    steps: Floats
    arriving: Floats
    bad: Floats
    allowed: Floats
    is_gone: bool
    why_none: str = ""
    until: str = ""

    @classmethod
    def of(cls, counts: CountTimeline, target: Decimal, window: Window) -> _Plan:
        local = counts.to_local(counts.end_index)[0]
        days = counts.days
        if days.empty:
            return _no_plan("the history covers no whole day")
        usual = usual_by_weekday(days, local.normalize())
        seen = days["valid"].to_numpy()
        usual = np.where(np.isnan(usual), seen[seen > 0].mean() if (seen > 0).any() else 0.0, usual)
        if window.period:
            return _calendar_plan(counts, target, window.period, local, usual)
        return _rolling_plan(counts, target, window.days, local, usual)


def _no_plan(why: str) -> _Plan:
    nothing = np.zeros(0)
    return _Plan(nothing, nothing, nothing, nothing, is_gone=False, why_none=why)


def _arriving(local: pd.Timestamp, usual: Floats, steps: Floats) -> Floats:
    """Return the usual traffic from now to each step; a step of less than a day brings its part of a day."""
    places = (local + pd.to_timedelta((steps[:-1] + steps[1:]) / 2, unit="D")).day_of_week
    return np.concatenate([[0.0], np.cumsum(usual[places] * np.diff(steps))])


def _rolling_plan(counts: CountTimeline, target: Decimal, window_days: int, local: pd.Timestamp, usual: Floats) -> _Plan:
    steps = np.arange(window_days + 1, dtype=float)
    begins = counts.from_local(pd.DatetimeIndex(local - pd.to_timedelta(window_days - steps, unit="D")))
    if begins[0] < counts.start:
        return _no_plan(f"the history is shorter than {counted(window_days, 'day')}")
    valid, bad = counts.sums(begins, pd.DatetimeIndex([counts.end] * len(steps)))
    arriving = _arriving(local, usual, steps)
    is_gone = bool(valid[0]) and int(bad[0]) >= Fraction(1 - target) * int(valid[0])
    return _Plan(
        steps, arriving, bad.astype(float), float(1 - target) * (valid + arriving), is_gone, until=f"for {counted(window_days, 'day')}"
    )


def _calendar_plan(counts: CountTimeline, target: Decimal, period: CalendarPeriod, local: pd.Timestamp, usual: Floats) -> _Plan:
    first, last = _period_around(local, period)
    since = counts.from_local(pd.DatetimeIndex([first]))[0]
    if since < counts.start:
        return _no_plan(f"the history begins within this {period}, so what was lost before is unknown")
    length = (last - local) / DAY
    steps = np.unique(np.append(np.arange(np.ceil(length)), length))
    valid, bad = counts.sum_between(since, counts.end)
    arriving = _arriving(local, usual, steps) if len(steps) > 1 else np.zeros(1)
    allowed = float(1 - target) * (valid + float(arriving[-1]))
    is_gone = bad > 0 and bad >= allowed
    held = np.full(len(steps), float(bad))
    return _Plan(steps, arriving, held, np.full(len(steps), allowed), is_gone, until=f"to the end of the {period}, {last - DAY:%Y-%m-%d}")


def _period_around(local: pd.Timestamp, period: CalendarPeriod) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first moment of the calendar period that a local time lies in, and of the next one."""
    row = calendar_sli(pd.DataFrame({"day": [local.normalize()], "valid": [0], "good": [0]}), period).iloc[0]
    return pd.Timestamp(row["start"]), pd.Timestamp(row["end"])


def _forecast(counts: CountTimeline, plan: _Plan, target: Decimal, over_days: int, event: str) -> ExhaustionForecast:
    since = counts.end - over_days * DAY
    valid, bad = counts.sum_between(since, counts.end)
    if plan.is_gone:
        return ExhaustionForecast(over_days, valid, bad, None, "already gone", event=event)
    why = plan.why_none or _why_no_rate(counts, since, valid)
    if why:
        return ExhaustionForecast(over_days, valid, bad, None, "unknown", why=why, event=event)
    burn_rate = bad / valid / float(1 - target)
    if bad < FEWEST_BAD_EVENTS:
        if _gone_after(plan, min(FEWEST_BAD_EVENTS / valid, 1.0)) is None:
            why = f"{plan.until}, even with {FEWEST_BAD_EVENTS} of them bad"
            return ExhaustionForecast(over_days, valid, bad, burn_rate, "lasts", why=why, event=event)
        why = f"with fewer than {FEWEST_BAD_EVENTS} bad ones, one more or less changes the answer"
        return ExhaustionForecast(over_days, valid, bad, burn_rate, "unknown", why=why, event=event)
    days = _gone_after(plan, bad / valid)
    if days is None:
        return ExhaustionForecast(over_days, valid, bad, burn_rate, "lasts", why=plan.until, event=event)
    local = counts.to_local(counts.end_index)[0]
    return ExhaustionForecast(over_days, valid, bad, burn_rate, "gone", days, local + pd.Timedelta(days=days), event=event)


def _gone_after(plan: _Plan, bad_share: float) -> float | None:
    """Return after how many days as much is bad as may be; ``None`` when that does not happen within the plan."""
    left = plan.allowed - plan.bad - bad_share * plan.arriving
    over = np.flatnonzero((left <= 0) & (plan.bad + bad_share * plan.arriving > 0))
    if not len(over):
        return None
    place = int(over[0])
    if place == 0:
        return float(plan.steps[0])
    into = left[place - 1] / (left[place - 1] - left[place])
    return float(plan.steps[place - 1] + into * (plan.steps[place] - plan.steps[place - 1]))
