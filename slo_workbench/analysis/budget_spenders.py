"""What spent the error budget: stretches in which much more failed than usual, and groups such as routes or clients."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.analysis.count_bins import bin_minutes_of
from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["GroupSpending", "IncidentSpending", "spend_by_group", "spend_by_incident"]

MINUTES_A_DAY = 1440
MOST_TOLD = 5


@dataclass(frozen=True)
class IncidentSpending:
    """How much of a window's budget each incident spent, and how much was bad outside all of them.

    Parameters
    ----------
    table : DataFrame, one row an incident, most bad events first
        ``start, end`` (exclusive; UTC without zone), ``valid``, ``bad``, ``bad_share`` (0 to 1) and ``budget_share`` (of the budget of a
        typical window; above 1 when it breaks the target alone).
    n_valid, n_bad, n_bad_in_incidents : int
        Events of the whole history; those of ``table`` include what would have failed anyway.
    budget_events : float
        Bad events that a typical window allows, from the mean traffic of all days.
    n_days : float
        Days from the first to the last count.
    target, window_days, event
        As they were asked for.
    """

    table: pd.DataFrame
    n_valid: int
    n_bad: int
    n_bad_in_incidents: int
    budget_events: float
    n_days: float
    target: Decimal
    window_days: int
    event: str = "event"

    @property
    def outside_share(self) -> float | None:
        """Bad events in no incident, of all bad ones; ``None`` when nothing was bad."""
        return 1 - self.n_bad_in_incidents / self.n_bad if self.n_bad else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The worst incidents in words, what they are measured by, and what lies outside."""
        if self.outside_share is None:
            return (f"None of {counted(self.n_valid, f'valid {self.event}')} was bad.",)
        n_rest = len(self.table) - MOST_TOLD
        told = [self._told(row) for row in self.table.head(MOST_TOLD).to_dict("records")]
        rest = [f"{counted(n_rest, 'smaller one')} {'is' if n_rest == 1 else 'are'} not shown."] if n_rest > 0 else []
        return (self._basis(), *told, *rest, self._outside(self.outside_share))

    def _basis(self) -> str:
        return (
            f"A typical window of {counted(self.window_days, 'day')} allows {self.budget_events:,.1f} bad {self.event}s at {format_share(self.target)}; "
            f"{counted(len(self.table), 'incident')} stood out in {counted(round(self.n_days), 'day')}."
        )

    def _told(self, row: dict[Any, Any]) -> str:
        length = format_duration((row["end"] - row["start"]) / pd.Timedelta(minutes=1))
        bad = f"{format_count(row['bad'])} of {counted(row['valid'], self.event)} bad"
        return f"{row['start']:%Y-%m-%d %H:%M} (UTC), {length}: {bad}, {_percent(row['budget_share'])} of a window's budget."

    def _outside(self, share: float) -> str:
        n_outside = self.n_bad - self.n_bad_in_incidents
        budget = _percent(n_outside / self.n_days * self.window_days / self.budget_events)
        return (
            f"{format_count(n_outside)} of {counted(self.n_bad, f'bad {self.event}')} ({share * 100:.0f} %) lie in no incident: "
            f"spread over the days, they spend {budget} of a window's budget."
        )


def spend_by_incident(
    series: pd.DataFrame,
    *,
    target: Decimal,
    window_days: int,
    resolution_minutes: int | None = None,
    days_with_data: float | None = None,
    event: str = "event",
) -> IncidentSpending:
    """Rank the incidents of a history by the budget they spent.

    Incidents are found in the counts, see :func:`slo_workbench.analysis.incidents.find_incidents`, in bins of an hour or as far apart as
    the counts lie: what burns slowly and steadily is none of them, however much it spends, and is told apart. Times frequency, this
    ranks the work on reliability.

    Parameters
    ----------
    series : DataFrame
        ``minute, valid, good``; minutes are UTC.
    target : Decimal
        Between 0 and 1, both excluded.
    window_days : int
    resolution_minutes : int, optional
        How far apart the counts lie; found out when left out.
    days_with_data : float, optional
        Days that the counts really cover, where some are holes: a hole is no day without traffic. The span of the counts without.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a target of 0 % or 100 %, or a window below a day.
    TooLittleData
        When nothing is valid.

    References
    ----------
    Incidents as shares of a budget: S. Thurgood, D. Ferguson et al., "Implementing SLOs", in The Site Reliability Workbook, O'Reilly
    2018, https://sre.google/workbook/implementing-slos/

    Examples
    --------
    >>> minutes = pd.date_range("2026-03-02", periods=7 * 1440, freq="min")
    >>> series = pd.DataFrame({"minute": minutes, "valid": 10, "good": 10})
    >>> series.loc[600:609, "good"] = 0
    >>> found = spend_by_incident(series, target=Decimal("0.999"), window_days=28, event="request")
    >>> print(found.sentences[1])
    2026-03-02 10:00 (UTC), 1 h: 100 of 600 requests bad, 25 % of a window's budget.
    """
    _refuse_unusable(target, window_days)
    seen = series[series["valid"] > 0]
    if seen.empty:
        raise TooLittleData("nothing was valid, so nothing spent a budget: look at the valid predicate and at the source")
    resolution = resolution_minutes or bin_minutes_of(series)
    found = find_incidents(seen, bin_minutes=max(60, resolution), quiet_minutes=max(120, resolution))
    n_valid, n_bad = int(seen["valid"].sum()), int((seen["valid"] - seen["good"]).sum())
    span = series["minute"].max() - series["minute"].min() + pd.Timedelta(minutes=resolution)
    n_days = max(days_with_data or span / pd.Timedelta(days=1), 1.0)
    allowed = float(1 - target) * n_valid / n_days * window_days
    table = found.assign(budget_share=found["bad"].astype(float) / allowed)
    table = table.sort_values(["bad", "start"], ascending=[False, True], ignore_index=True)
    n_inside = int(table["bad"].sum())
    return IncidentSpending(table, n_valid, n_bad, n_inside, allowed, n_days, target, window_days, event)


@dataclass(frozen=True)
class GroupSpending:
    """How much of the budget each group of events spent.

    Parameters
    ----------
    table : DataFrame, one row a group, most bad events first, all others in the last row
        ``group`` (text: ``(none)`` for events without a value, ``(12 others)`` for the others), ``valid``, ``bad``,
        ``bad_share`` (of the group's own events, 0 to 1), ``share_of_bad`` (of all bad events; NaN when none is), ``budget_share`` (of
        the budget of all groups together) and ``n_groups``.
    n_valid, n_bad, n_groups : int
        Of all groups together.
    target, column, event
        As they were asked for.
    """

    table: pd.DataFrame
    n_valid: int
    n_bad: int
    n_groups: int
    target: Decimal
    column: str = "group"
    event: str = "event"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Who spends most, in words, and whom the whole hides."""
        if not self.n_bad:
            return (f"None of {counted(self.n_valid, f'valid {self.event}')} was bad, in any {self.column}.",)
        allowed = float(1 - self.target) * self.n_valid
        said = [
            f"{counted(self.n_bad, f'bad {self.event}')} of {format_count(self.n_valid)} spent {_percent(self.n_bad / allowed)} of the budget of "
            f"{format_share(self.target)}, in {counted(self.n_groups, 'group')} by {self.column}."
        ]
        named = self.table[self.table["n_groups"] == 1]
        worst = named[named["bad"] > 0].head(3).to_dict("records")
        said += [
            f"{row['group']}: {format_count(row['bad'])} bad, {_percent(row['share_of_bad'])} of all bad ones and {_percent(row['budget_share'])} of the "
            f"budget; of its own {counted(row['valid'], self.event)} {_percent(row['bad_share'])} failed."
            for row in worst
        ]
        return (*said, *self._hidden(named))

    def _hidden(self, named: pd.DataFrame) -> list[str]:
        """Name groups that break the target by themselves while the whole keeps it."""
        allowed = 1 - self.target
        if Decimal(self.n_bad) > allowed * self.n_valid:
            return []
        over = [str(row["group"]) for row in named.to_dict("records") if Decimal(int(row["bad"])) > allowed * int(row["valid"])]
        if not over:
            return []
        names = ", ".join(over[:MOST_TOLD]) + (f" and {len(over) - MOST_TOLD} more" if len(over) > MOST_TOLD else "")
        return [f"All together keep {format_share(self.target)}; alone it would be missed by {names}."]


def spend_by_group(
    groups: pd.DataFrame, *, target: Decimal, most_groups: int = 10, column: str = "group", event: str = "event"
) -> GroupSpending:
    """Rank groups of events by the budget they spent.

    A group spends by being large or by failing often; its own bad share tells the two apart. A group is not the cause: a slow database
    shows as the route that asks it.

    Parameters
    ----------
    groups : DataFrame
        ``group, valid, good``, as :func:`slo_workbench.history.group_counts.count_by_column` gives them, with ``n_groups`` where a row
        stands for several. Groups that stand there twice are added up.
    target : Decimal
        Between 0 and 1, both excluded; it is that of all groups together.
    most_groups : int
        How many are told apart.
    column : str
        What the groups are of, such as ``route``.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a target of 0 % or 100 %, fewer than one group, or counts that cannot be.
    TooLittleData
        When nothing is valid.

    Examples
    --------
    >>> groups = pd.DataFrame({"group": ["/a", "/b", None], "valid": [9000, 900, 100], "good": [8998, 895, 99]})
    >>> spend_by_group(groups, target=Decimal("0.999")).table[["group", "bad", "budget_share"]].values.tolist()
    [['/b', 5, 0.5], ['/a', 2, 0.2], ['(none)', 1, 0.1]]
    """
    _refuse_unusable(target, 1)
    if most_groups < 1:
        raise UnusableValue(f"at least one group is told apart, not {most_groups}")
    if bool((groups["good"] > groups["valid"]).any() or (groups["good"] < 0).any()):
        raise UnusableValue("good events are a part of the valid ones: between none and all of them; look at what good and valid count")
    added = _added_up(groups)
    n_valid, n_bad = int(added["valid"].sum()), int(added["bad"].sum())
    if not n_valid:
        raise TooLittleData(f"no group has a valid {event}: look at the valid predicate and at the column")
    single = added[added["n_groups"] == 1]
    # a row of others that holds one group would only hide its name
    n_told = len(single) if len(single) == len(added) and len(single) <= most_groups + 1 else most_groups
    rest = pd.concat([single.iloc[n_told:], added[added["n_groups"] > 1]])
    table = single.head(n_told)
    if len(rest):
        n_rest = int(rest["n_groups"].sum())
        others = {"group": f"({counted(n_rest, 'other')})", "valid": rest["valid"].sum(), "bad": rest["bad"].sum(), "n_groups": n_rest}
        table = pd.concat([table, pd.DataFrame([others])], ignore_index=True)
    bad = table["bad"].astype(float)
    shares = {
        "bad_share": bad / table["valid"],
        "share_of_bad": bad / n_bad if n_bad else np.nan,
        "budget_share": bad / (float(1 - target) * n_valid),
    }
    columns = ["group", "valid", "bad", *shares, "n_groups"]
    return GroupSpending(
        table.assign(**shares)[columns].reset_index(drop=True), n_valid, n_bad, int(added["n_groups"].sum()), target, column, event
    )


def _added_up(groups: pd.DataFrame) -> pd.DataFrame:
    """Return ``group`` (text), ``valid``, ``bad``, ``n_groups``, one row a group that has a valid event, most bad events first."""
    n_groups = np.broadcast_to(groups["n_groups"].to_numpy() if "n_groups" in groups else 1, len(groups))
    # a value that is called (none) itself stays apart from rows without one
    kinds = np.where(n_groups > 1, "others", np.where(groups["group"].isna(), "none", "value"))
    names = [str(name) if kind == "value" else f"({kind})" for name, kind in zip(groups["group"], kinds, strict=True)]
    bad = (groups["valid"] - groups["good"]).to_numpy()
    frame = pd.DataFrame({"group": names, "kind": kinds, "valid": groups["valid"].to_numpy(), "bad": bad, "n_groups": n_groups})
    summed = frame.groupby(["group", "kind"], as_index=False).agg(valid=("valid", "sum"), bad=("bad", "sum"), n_groups=("n_groups", "max"))
    seen = summed[summed["valid"] > 0]
    return seen.sort_values(["bad", "valid", "group"], ascending=[False, False, True], ignore_index=True)


def _refuse_unusable(target: Decimal, window_days: int) -> None:
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(f"a target is an exact decimal above 0 and below 1, such as Decimal('0.999'); not {target!r}")
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")


def _percent(share: float) -> str:
    return f"{share * 100:,.0f} %" if share >= 0.095 or share == 0 else f"{share * 100:.1g} %"
