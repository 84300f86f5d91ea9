"""The error budget as it was spent: what was left at the end of every day, how fast it burns now, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from slo_workbench.analysis.budget_forecast import (
    ExhaustionForecast,
    burn_rates,
    forecast_exhaustion,
    times_as_fast,
)
from slo_workbench.analysis.calendar_windows import calendar_sli
from slo_workbench.analysis.count_timeline import CountTimeline, Floats, Ints, usual_between, usual_by_weekday
from slo_workbench.errors import UnusableValue
from slo_workbench.units import Window, counted, format_count, format_duration, format_share

__all__ = ["BudgetOverTime", "budget_over_time"]

MINUTES_A_DAY = 1440
DAY = pd.Timedelta(days=1)
_LENGTHS = {1: "last hour", 6: "last 6 hours", 24: "last day", 72: "last 3 days"}


@dataclass(frozen=True)
class BudgetOverTime:
    """What a target's budget was at every step of the history.

    Parameters
    ----------
    frame : DataFrame, one row a step, oldest first
        ``end`` (of the step, exclusive, as clocks in the team's zone show it), ``valid``, ``bad`` (events of the window, or of the
        calendar period so far) and ``is_judged``: the history covers them from their first moment, and something was valid.

        Rolling windows: ``spent_share`` and ``left_share`` of the budget, by the window's own traffic; below 0 is overspent.

        Calendar periods: ``period_start``, ``period_end`` (exclusive), ``so_far_spent_share`` and ``so_far_left_share``, of what the
        traffic so far allows; ``expected_valid`` of the whole period, and ``extrapolated_spent_share`` and ``extrapolated_left_share``
        of what that allows. NaN where not judged, or where a weekday still to come was never seen.
    burns : DataFrame
        From :func:`slo_workbench.analysis.budget_forecast.burn_rates`, at the end.
    forecasts : tuple of ExhaustionForecast
        At the burn rate of the last day, three days and week.
    n_days_without_data : int
        Whole days of the last window, or of the period so far, without a valid event: neither good nor bad.
    target, window, every_minutes, event
        As they were asked for.
    """

    frame: pd.DataFrame
    burns: pd.DataFrame
    forecasts: tuple[ExhaustionForecast, ...]
    n_days_without_data: int
    target: Decimal
    window: Window
    every_minutes: int = MINUTES_A_DAY
    event: str = "event"

    @property
    def judged(self) -> pd.DataFrame:
        """The steps that can be compared: of a rolling window all that are judged, of calendar periods those that end one."""
        judged = self.frame[self.frame["is_judged"]]
        return judged if self.window.period is None else judged[judged["end"] == judged["period_end"]]

    @property
    def n_gone(self) -> int:
        """Of those, the steps at which the budget was gone: as much was bad as may be, or more."""
        judged = self.judged
        return int(_is_gone(judged["valid"].to_numpy(), judged["bad"].to_numpy(), self.target).sum())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The budget in words: now, over time, how fast it burns, and how long it lasts."""
        forecasts = dict.fromkeys(forecast.sentence for forecast in self.forecasts)
        return (*self._now(), *self._before(), *self._holes(), self._burning(), *forecasts)

    def _now(self) -> list[str]:
        last = self.frame.iloc[-1]
        period, target = self.window.period, format_share(self.target)
        if not last["is_judged"]:
            which = f"{counted(self.window.days, 'day')}" if period is None else f"the beginning of this {period}"
            return [f"Nobody can say what is left at {_told(last['end'])}: the data does not cover {which}, or nothing was valid."]
        bad = f"{format_count(last['bad'])} of {counted(last['valid'], f'valid {self.event}')} were bad"
        if period is None:
            spent, left = _percent(last["spent_share"]), _left(last["left_share"])
            stretch = f"In the {counted(self.window.days, 'day')} up to {_told(last['end'])}"
            return [f"{stretch}, {bad}: {spent} of the budget of {target} is spent, {left}."]
        spent, left = _percent(last["so_far_spent_share"]), _left(last["so_far_left_share"])
        if last["end"] == last["period_end"]:
            return [f"In the whole {period} to {_told(last['end'])}, {bad}: {spent} of the budget of {target} is spent, {left}."]
        stretch = f"So far, from {last['period_start']:%Y-%m-%d} to {_told(last['end'])}"
        return [f"{stretch}, {bad}: {spent} of what {target} allows for the traffic so far, {left}.", self._extrapolated(last)]

    def _extrapolated(self, last: pd.Series) -> str:
        name = f"the whole {self.window.period} to {last['period_end'] - DAY:%Y-%m-%d}"
        if np.isnan(last["extrapolated_spent_share"]):
            return f"What that is of the budget of {name} cannot be extrapolated: not every weekday still to come has been seen."
        return (
            f"Extrapolated: of the budget of {name} {_percent(last['extrapolated_spent_share'])} is spent, "
            f"{_left(last['extrapolated_left_share'])}. That expects {counted(last['expected_valid'], f'valid {self.event}')}, "
            f"each day still to come like its weekday in the four weeks before."
        )

    def _before(self) -> list[str]:
        judged = self.judged
        if len(judged) < 2:
            return []
        name = "spent_share" if self.window.period is None else "so_far_spent_share"
        worst = judged.iloc[int(judged[name].to_numpy().argmax())]
        step = "day" if self.every_minutes == MINUTES_A_DAY else "moment"
        kind = (
            f"{step}s with {counted(self.window.days, 'day')} behind them" if self.window.period is None else f"whole {self.window.period}s"
        )
        return [
            f"Of {format_count(len(judged))} {kind} the budget was gone at the end of {format_count(self.n_gone) if self.n_gone else 'none'}; "
            f"most was spent at the end of {_told(worst['end'])}: {_percent(worst[name])}."
        ]

    def _holes(self) -> list[str]:
        if not self.n_days_without_data:
            return []
        days = counted(self.n_days_without_data, "day")
        return [f"In the time judged last, {days} had no valid {self.event}: that is neither good nor bad, and gives no budget."]

    def _burning(self) -> str:
        told: list[str] = []
        unknown: dict[str, list[str]] = {}
        for row in self.burns.to_dict("records"):
            length = f"the {_LENGTHS[row['hours']]}"
            if row["why"]:
                unknown.setdefault(row["why"], []).append(length)
            else:
                basis = f"{format_count(row['bad'])} of {counted(row['valid'], self.event)} bad"
                told.append(f"in {length} {times_as_fast(row['burn_rate'])} ({basis})")
        told += [f"{' and '.join(lengths)}: unknown, as {why}" for why, lengths in unknown.items()]
        return f"How fast it burnt at the end: {'; '.join(told)}."


def budget_over_time(
    counts: pd.DataFrame, *, target: Decimal, window: Window, every_minutes: int = MINUTES_A_DAY, start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None, time_zone: str = "UTC", resolution_minutes: int | None = None, event: str = "event",
) -> BudgetOverTime:  # fmt: skip
    """Follow the error budget of a target through the history.

    A rolling window is judged once the history is as long as it. In the middle of a calendar period the traffic still to come is
    unknown, so there are two figures, each with its name: **so far** is measured, but lets the first hours of a month look terrible or
    perfect; **extrapolated** expects of each day to come the mean of its weekday over the four weeks before it, and knows no holidays
    or sales. At the end of a period both are the same. Nothing looks ahead: each step knows only what came before it.

    Parameters
    ----------
    counts : DataFrame
        ``day, valid, good`` of complete days (midnights in the team's zone), or ``minute, valid, good`` (UTC), in any order.
    target : Decimal
        Between 0 and 1, both excluded.
    window : Window
        Rolling days, or a calendar period, cut in ``time_zone``.
    every_minutes : int
        How far apart the steps lie: a day, or for counts by the minute what divides a day. The last step ends with the data.
    start, end : Timestamp, optional
        What the counts cover, in UTC (for counts by the day, their days); from the first to the last bin without.
    time_zone : str
    resolution_minutes : int, optional
        How far apart counts by the minute lie; found out when left out.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a target of 0 % or 100 %, a window below a day, or steps that do not divide a day or are shorter than the counts.
    TooLittleData
        When nothing is valid.

    References
    ----------
    Rolling and calendar windows, and why what remains of a calendar period's budget is a forecast: S. Thurgood, D. Ferguson et al.,
    "Implementing SLOs", in The Site Reliability Workbook, O'Reilly 2018, https://sre.google/workbook/implementing-slos/

    Examples
    --------
    >>> daily = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=28), "valid": 1000, "good": [1000] * 27 + [990]})
    >>> found = budget_over_time(daily, target=Decimal("0.999"), window=Window(28), event="request")
    >>> print(found.sentences[0])
    In the 28 days up to 2026-03-29, 10 of 28,000 valid requests were bad: 36 % of the budget of 99.9 % is spent, 64 % is left.
    >>> print(found.forecasts[0].sentence)
    Should it go on as in the last day (10 of 1,000 requests bad, 10 times as fast as the target allows), the budget is gone in 1.8 days, on 2026-03-31 19:12.
    """
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(f"a target is an exact decimal above 0 and below 1, such as Decimal('0.999'); not {target!r}")
    if window.days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window.days}")
    timeline = CountTimeline.of(counts, start=start, end=end, time_zone=time_zone, resolution_minutes=resolution_minutes)
    if not timeline.bin_minutes <= every_minutes <= MINUTES_A_DAY or MINUTES_A_DAY % every_minutes:
        raise UnusableValue(
            f"steps divide a day and are no shorter than the counts, which lie {format_duration(timeline.bin_minutes)} apart; not {every_minutes} minutes"
        )
    ends = _step_ends(timeline, every_minutes)
    frame = _rolling(timeline, ends, target, window.days) if window.period is None else _calendar(timeline, ends, target, window)
    since = (
        timeline.to_local(timeline.end_index)[0] - pd.Timedelta(days=window.days)
        if window.period is None
        else frame["period_start"].iloc[-1]
    )
    days = timeline.days
    n_empty = int((days["valid"][days["day"] >= since] == 0).sum())
    return BudgetOverTime(
        frame, burn_rates(timeline, target=target), forecast_exhaustion(timeline, target=target, window=window, event=event),
        n_empty, target, window, every_minutes, event,
    )  # fmt: skip


def _step_ends(counts: CountTimeline, every_minutes: int) -> pd.DatetimeIndex:
    """Return the ends of the steps: midnights in the zone, or multiples of a step in UTC, and the end of the data."""
    step = pd.Timedelta(minutes=every_minutes)
    if every_minutes == MINUTES_A_DAY:
        local = counts.to_local(pd.DatetimeIndex([counts.start, counts.end]))
        ends = counts.from_local(pd.date_range(local[0].normalize(), local[1].normalize(), freq="D", unit="us"))
    else:
        ends = pd.date_range(counts.start.floor(step), counts.end.floor(step), freq=step, unit="us")
    inside = ends[(ends > counts.start) & (ends <= counts.end)]
    return inside.union(counts.end_index)


def _rolling(counts: CountTimeline, ends: pd.DatetimeIndex, target: Decimal, window_days: int) -> pd.DataFrame:
    local = counts.to_local(ends)
    begins = counts.from_local(local - pd.Timedelta(days=window_days))
    valid, bad = counts.sums(begins, ends)
    is_judged = np.asarray(begins >= counts.start) & (valid > 0)
    spent = np.where(is_judged, _spent(bad, valid, target), np.nan)
    return pd.DataFrame({"end": local, "valid": valid, "bad": bad, "spent_share": spent, "left_share": 1 - spent, "is_judged": is_judged})


def _spent(bad: Ints, valid: Ints | Floats, target: Decimal) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = bad / (float(1 - target) * np.asarray(valid, dtype=float))
    return share


def _calendar(counts: CountTimeline, ends: pd.DatetimeIndex, target: Decimal, window: Window) -> pd.DataFrame:
    assert window.period is not None
    local = counts.to_local(ends)
    # a step that ends at midnight belongs to the day, and the period, that ends there
    days = (local - pd.Timedelta(microseconds=1)).normalize()
    periods = calendar_sli(pd.DataFrame({"day": [days[0], days[-1]], "valid": 0, "good": 0}), window.period)
    places = periods["start"].searchsorted(days.to_numpy(), side="right") - 1
    first, last = (pd.DatetimeIndex(periods[name].iloc[places]).as_unit("us") for name in ("start", "end"))
    begins = counts.from_local(first)
    valid, bad = counts.sums(begins, ends)
    is_judged = np.asarray(begins >= counts.start) & (valid > 0)
    expected = np.where(is_judged, valid + _still_to_come(counts, ends, local, last), np.nan)
    so_far = np.where(is_judged, _spent(bad, valid, target), np.nan)
    extrapolated = _spent(bad, expected, target)
    return pd.DataFrame(
        {
            "end": local, "period_start": first, "period_end": last, "valid": valid, "bad": bad,
            "so_far_spent_share": so_far, "so_far_left_share": 1 - so_far, "expected_valid": expected,
            "extrapolated_spent_share": extrapolated, "extrapolated_left_share": 1 - extrapolated, "is_judged": is_judged,
        }
    )  # fmt: skip


def _still_to_come(counts: CountTimeline, ends: pd.DatetimeIndex, local: pd.DatetimeIndex, last: pd.DatetimeIndex) -> Floats:
    """Return the events expected from each step to the end of its period: the rest of its day, then whole days."""
    days = counts.days
    today = local.normalize()
    seen_today, _ = counts.sums(counts.from_local(today), ends)
    usual = {day: usual_by_weekday(days, day) for day in today.unique()}
    found = []
    for moment, day, until, seen in zip(local, today, last, seen_today, strict=True):
        if moment == day:
            found.append(usual_between(usual[day], day, until))
            continue
        rest = max(float(usual[day][day.weekday()]) - int(seen), 0.0) if not np.isnan(usual[day][day.weekday()]) else np.nan
        found.append(rest + usual_between(usual[day], day + DAY, until))
    return np.array(found)


def _is_gone(valid: Ints, bad: Ints, target: Decimal) -> np.ndarray:
    """Return where as much is bad as may be, in whole numbers, so that nothing is rounded."""
    allowed = Fraction(1 - target)
    gone: np.ndarray = (bad.astype(object) * allowed.denominator >= valid.astype(object) * allowed.numerator).astype(bool)
    return gone


def _percent(share: float) -> str:
    return f"{share * 100:,.0f} %" if share >= 0.095 or share == 0 else f"{share * 100:.1g} %"


def _left(share: float) -> str:
    return f"{_percent(share)} is left" if share > 0 else "none is left" if share == 0 else f"{_percent(-share)} more than there was"


def _told(end: pd.Timestamp) -> str:
    """Name a step by its last day, or by the time it ends."""
    return f"{end - DAY:%Y-%m-%d}" if end == end.normalize() else f"{end:%Y-%m-%d %H:%M}"
