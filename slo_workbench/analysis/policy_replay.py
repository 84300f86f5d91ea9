"""An error budget policy, replayed: on which days of the history each clause would have been in force, at each target under discussion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.budget_over_time import budget_over_time
from slo_workbench.analysis.calendar_windows import PERIOD_FREQUENCIES
from slo_workbench.analysis.windows import rolling_sli
from slo_workbench.document.model import PolicyClause
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import CalendarPeriod, Window, counted, format_count, format_share

__all__ = ["PolicyReplay", "replay_policy"]

Bools = npt.NDArray[np.bool_]
DAYS_A_YEAR = 365.25
DAY = pd.Timedelta(days=1)
_COLUMNS = [
    "target_name", "target", "clause", "budget_spent", "by", "n_days_in_force", "n_days_judged", "in_force_share", "days_a_year",
    "n_stretches", "longest_days", "first_day", "last_day",
]  # fmt: skip


@dataclass(frozen=True)
class PolicyReplay:
    """When each clause of a policy would have been in force, for each target.

    Parameters
    ----------
    table : DataFrame, one row a target and clause, in the order they were given
        ``target_name, target, clause, budget_spent, by``; ``n_days_in_force`` of ``n_days_judged`` and ``in_force_share`` (0 to 1) of them;
        ``days_a_year`` (365.25 times that share); ``n_stretches`` of days one after the other, ``longest_days`` of them, ``first_day`` and
        ``last_day`` in force (NaT when it never was).
    calendar : DataFrame, one row a day, target and clause
        ``day, target_name, clause, spent_share`` (of the window that ends with the day, or of the whole calendar period by what was
        known on that day; NaN when not judged), ``is_judged`` and ``is_in_force``. Only days with a whole window behind them, or whose
        calendar period the history covers from its first day, and in which something was valid, are judged.
    window_days : int
    n_incidents : int or None
        Incidents looked at for clauses about single ones; ``None`` when there is no such clause.
    period : {"week", "month", "quarter"}, optional
        Of calendar periods; windows roll without.
    """

    table: pd.DataFrame
    calendar: pd.DataFrame
    window_days: int
    n_incidents: int | None = None
    period: CalendarPeriod | None = None

    @property
    def n_days_judged(self) -> int:
        """Days with a whole window behind them, or in a period seen from its first day; the same for all clauses and targets."""
        return int(self.table["n_days_judged"].iloc[0])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands behind the figures, then a sentence for each target and clause."""
        return (self._basis(), *(self._told(row) for row in self.table.to_dict("records")), *self._incidents())

    def _basis(self) -> str:
        days = self.calendar.loc[self.calendar["is_judged"], "day"]
        if self.period is not None:
            n_periods = days.dt.to_period(PERIOD_FREQUENCIES[self.period]).nunique()
            return (
                f"Judged are {counted(self.n_days_judged, 'day')} from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, "
                f"in {counted(n_periods, f'calendar {self.period}')} "
                f"that the history covers from the first day, each by what was known on it: the budget of the whole {self.period} if traffic goes on "
                f"as in the four weeks before. Days a year say only what more of the same would bring."
            )
        windows = max(self.calendar["day"].nunique() / self.window_days, 1)
        about = "one" if windows < 2 else f"{int(windows)}"
        return (
            f"Judged are the {counted(self.n_days_judged, 'day')} from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d} that have "
            f"{counted(self.window_days, 'day')} behind them. Of these windows no more than {about} can be had without overlap, so days a year say "
            f"only what more of the same would bring."
        )

    def _told(self, row: dict[Any, Any]) -> str:
        name = "" if row["target_name"] == format_share(row["target"]) else f"{row['target_name']}, "
        spent = format_share(row["budget_spent"])
        when = f"{spent} of the budget spent" if row["by"] == "window" else f"one incident spent {spent} of the budget"
        clause = f"With {name}{format_share(row['target'])}, {row['clause']!r} ({when}) would have been in force on"
        judged = f"of {counted(row['n_days_judged'], 'judged day')}"
        if not row["n_days_in_force"]:
            return f"{clause} none {judged}."
        first, last = f"{row['first_day']:%Y-%m-%d}", f"{row['last_day']:%Y-%m-%d}"
        many = row["n_stretches"] > 1
        how = (
            f"in {row['n_stretches']} stretches, the longest of {counted(row['longest_days'], 'day')}, between"
            if many
            else "in one stretch,"
        )
        when_seen = f"{how} {first} {'and' if many else 'to'} {last}" if first != last else f"on {first}"
        return f"{clause} {format_count(row['n_days_in_force'])} {judged} ({row['days_a_year']:.0f} days a year), {when_seen}."

    def _incidents(self) -> list[str]:
        if self.n_incidents is None:
            return []
        until = f"for {counted(self.window_days, 'day')}" if self.period is None else f"to the end of its calendar {self.period}"
        return [
            f"A clause about one incident was asked of {counted(self.n_incidents, 'incident')}: it is in force from the day on which the incident "
            f"ends, {until}; the budget is that of a typical window, from the mean traffic of all days."
        ]


def replay_policy(
    daily: pd.DataFrame, *, clauses: Sequence[PolicyClause], targets: Mapping[str, Decimal], window_days: int,
    incidents: pd.DataFrame | None = None, time_zone: str = "UTC", period: CalendarPeriod | None = None,
) -> PolicyReplay:  # fmt: skip
    """Find the days on which the clauses of a policy would have been in force.

    A clause **by window** is in force on a day when the window that ends with it spent at least the clause's share of its budget. A clause
    **by incident** is in force from the day on which an incident ends that alone spent that share of the budget of a typical window, for as
    long as the rolling window holds that day. Both are compared in whole numbers: 100 % is reached when as much is bad as may be.

    In a **calendar period** the budget starts anew on its first day, and a clause ends with the period. What the whole period allows is
    not known before its end: a clause by window is judged by the traffic so far and what is usual to come, see
    :func:`slo_workbench.analysis.budget_over_time.budget_over_time`. Nothing looks ahead.

    The replay knows neither that people would have acted, and so spent less, nor clauses that depend on a cause.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days, one row a day without holes.
    clauses : sequence of PolicyClause
        With a share above 0 and ids of their own.
    targets : mapping of str to Decimal
        Name to target, between 0 and 1, both excluded.
    window_days : int
        Length of the rolling window; of a calendar period its usual length, for the budget of a typical one.
    incidents : DataFrame, optional
        ``end`` (UTC without zone, exclusive) and ``bad`` events, as :func:`slo_workbench.analysis.budget_spenders.spend_by_incident` gives
        them; needed when a clause is by incident.
    time_zone : str
        IANA zone in which days are cut, for the ends of incidents.
    period : {"week", "month", "quarter"}, optional
        For promises about calendar periods.

    Raises
    ------
    TooLittleData
        When no day has a whole window behind it with something valid in it, or none lies in a calendar period seen from its first day.
    UnusableValue
        Without targets or clauses, for targets of 0 % or 100 %, a clause at 0 %, an id twice, days that have holes or stand there twice,
        and a clause by incident without incidents.

    References
    ----------
    Policies, and who is bound by them: S. Thurgood, "Example Error Budget Policy", in The Site Reliability Workbook, O'Reilly 2018,
    appendix B, https://sre.google/workbook/error-budget-policy/

    Examples
    --------
    >>> daily = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=10), "valid": 100, "good": [100] * 4 + [95] + [100] * 5})
    >>> freeze = PolicyClause(id="freeze", budget_spent="100%", action="No releases.")
    >>> found = replay_policy(daily, clauses=[freeze], targets={"99 %": Decimal("0.99"), "98 %": Decimal("0.98")}, window_days=4)
    >>> found.table[["target_name", "n_days_in_force", "n_days_judged", "longest_days"]].values.tolist()
    [['99 %', 4, 7, 4], ['98 %', 0, 7, 0]]
    """
    _refuse_unusable(daily, clauses, targets, incidents)
    steps = _rolling_steps(daily, window_days) if period is None else _calendar_steps(daily, Window(window_days, period))
    days, bad, valid, is_judged = pd.DatetimeIndex(steps["day"]), *(steps[name].to_numpy() for name in ("bad", "valid", "is_judged"))
    if not is_judged.any():
        behind = (
            f"{counted(window_days, 'day')} behind it"
            if period is None
            else f"a calendar {period} that the history covers from the first day"
        )
        raise TooLittleData(
            f"no day has {behind} with something valid; the history has {counted(len(daily), 'day')}: choose a shorter window, or gather more days"
        )
    rows, calendars = [], []
    for name, target in targets.items():
        with np.errstate(invalid="ignore"):
            spent = np.where(is_judged, bad / (float(1 - target) * np.where(is_judged, valid, 1)), np.nan)
        for clause in clauses:
            if clause.by == "window":
                in_force = _reaches(bad, valid, Fraction(clause.budget_spent) * Fraction(1 - target))
            else:
                assert incidents is not None, "clauses by incident without incidents are refused"
                in_force = _after_incidents(
                    days, _grave_ends(daily, incidents, clause, target, window_days, time_zone), window_days, period
                )
            in_force = in_force & is_judged
            rows.append(_row(name, target, clause, days, in_force, int(is_judged.sum())))
            calendars.append(_calendar(daily, days, name, clause.id, spent, is_judged, in_force))
    n_incidents = len(incidents) if incidents is not None and any(clause.by == "incident" for clause in clauses) else None
    return PolicyReplay(pd.DataFrame(rows, columns=_COLUMNS), pd.concat(calendars, ignore_index=True), window_days, n_incidents, period)


def _rolling_steps(daily: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Return ``day, bad, valid`` of the window that ends with each day, and ``is_judged``."""
    rolling = rolling_sli(daily, window_days)
    valid = rolling["valid"].astype(np.int64)
    bad = valid - rolling["good"].astype(np.int64)
    return pd.DataFrame({"day": rolling["last_day"], "bad": bad, "valid": valid, "is_judged": valid > 0})


def _calendar_steps(daily: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Return ``day, bad`` of the period so far, ``valid`` events expected of all of it, and ``is_judged``."""
    # the steps are the same for every target
    frame = budget_over_time(daily, target=Decimal("0.5"), window=window).frame
    is_judged = frame["is_judged"] & frame["expected_valid"].notna()
    return pd.DataFrame(
        {"day": frame["end"] - DAY, "bad": frame["bad"], "valid": frame["expected_valid"].fillna(0), "is_judged": is_judged}
    )


def _refuse_unusable(
    daily: pd.DataFrame, clauses: Sequence[PolicyClause], targets: Mapping[str, Decimal], incidents: pd.DataFrame | None
) -> None:
    ids = [clause.id for clause in clauses]
    wrong = [name for name, target in targets.items() if not (isinstance(target, Decimal) and 0 < target < 1)]
    rules = (
        (bool(targets) and bool(clauses), "a policy is replayed for at least one target and one clause"),
        (not wrong, f"targets are exact decimals above 0 and below 1, such as Decimal('0.999'); look at {', '.join(map(repr, wrong))}"),
        (len(set(ids)) == len(ids), f"each clause has an id of its own; these are {', '.join(ids)}"),
        (all(clause.budget_spent > 0 for clause in clauses), "a clause at 0 % would always be in force; give it a share above 0"),
        (
            incidents is not None or all(clause.by == "window" for clause in clauses),
            "a clause by incident needs the incidents and what they spent, such as the table of spend_by_incident",
        ),
        (bool((daily["day"].diff().dropna() == DAY).all()), "days follow one another, one row each, without holes; see daily_counts"),
    )
    for message in (message for is_kept, message in rules if not is_kept):
        raise UnusableValue(message)


def _reaches(bad: npt.NDArray[np.int64], valid: npt.NDArray[np.int64], share: Fraction) -> Bools:
    """Return where bad of valid is at least a share; whole numbers of any size, so nothing is rounded."""
    reached: Bools = (bad.astype(object) * share.denominator >= valid.astype(object) * share.numerator).astype(bool)
    return reached


def _grave_ends(
    daily: pd.DataFrame, incidents: pd.DataFrame, clause: PolicyClause, target: Decimal, window_days: int, time_zone: str
) -> pd.DatetimeIndex:
    """Return the local days on which incidents ended that alone spent a clause's share of a typical window's budget."""
    allowed = Fraction(1 - target) * int(daily["valid"].sum()) * window_days / len(daily)
    grave = [int(bad) >= Fraction(clause.budget_spent) * allowed for bad in incidents["bad"]]
    ends = pd.DatetimeIndex(incidents["end"][grave]) - pd.Timedelta(microseconds=1)
    return ends.tz_localize("UTC").tz_convert(time_zone).tz_localize(None).normalize()


def _after_incidents(days: pd.DatetimeIndex, ends: pd.DatetimeIndex, window_days: int, period: CalendarPeriod | None) -> Bools:
    in_force: Bools = np.zeros(len(days), dtype=bool)
    for end in ends:
        until = end + window_days * DAY if period is None else end.to_period(PERIOD_FREQUENCIES[period]).end_time
        in_force |= np.asarray((days >= end) & (days < until))
    return in_force


def _row(name: str, target: Decimal, clause: PolicyClause, days: pd.DatetimeIndex, in_force: Bools, n_judged: int) -> tuple[Any, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], in_force, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    n_days = int(in_force.sum())
    share = n_days / n_judged
    first, last = days[in_force][[0, -1]] if n_days else (pd.NaT, pd.NaT)
    return (
        name, target, clause.id, clause.budget_spent, clause.by, n_days, n_judged, share, DAYS_A_YEAR * share,
        len(lengths), int(lengths.max(initial=0)), first, last,
    )  # fmt: skip


def _calendar(
    daily: pd.DataFrame, days: pd.DatetimeIndex, name: str, clause: str, spent: npt.NDArray[Any], is_judged: Bools, in_force: Bools
) -> pd.DataFrame:
    """Lay out every day of the history, those before the first whole window as not judged."""
    found = pd.DataFrame({"spent_share": spent, "is_judged": is_judged, "is_in_force": in_force}, index=days).reindex(daily["day"])
    whole = (
        found.fillna({"is_judged": False, "is_in_force": False}).astype({"is_judged": bool, "is_in_force": bool}).reset_index(names="day")
    )
    whole.insert(1, "target_name", name)
    whole.insert(2, "clause", clause)
    return whole
