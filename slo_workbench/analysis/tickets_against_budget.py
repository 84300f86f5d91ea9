"""Whether users complain when the budget burns: tickets a day against budget lost a day, and the days on which they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_share

__all__ = ["LOSS_WITHOUT_TICKETS", "TICKETS_WITHOUT_LOSS", "TicketComparison", "compare_tickets", "rank_correlation"]

Floats = npt.NDArray[np.floating[Any]]

FEWEST_DAYS = 14
FEWEST_WEEKS = 4
MANY_WEEKS = 20
N_DRAWS = 2_000
TIMES_USUAL = 2.0
SIGMAS = 5.0
LEAST_TICKETS = 5
MUCH_LOST_SHARE = 0.1
TICKETS_WITHOUT_LOSS = "many tickets, little lost"
LOSS_WITHOUT_TICKETS = "much lost, few tickets"
MOST_TOLD = 5


@dataclass(frozen=True)
class TicketComparison:
    """How tickets and lost budget go together, day by day.

    Parameters
    ----------
    table : DataFrame, one row a day that has both
        ``day, tickets, valid, bad, budget_share`` (of the budget of a typical window, lost on that day) and ``outlier``:
        :data:`TICKETS_WITHOUT_LOSS`, :data:`LOSS_WITHOUT_TICKETS`, or empty.
    correlation : float or None
        Spearman's rank correlation, -1 to 1; ``None`` when one of the two is the same on all days.
    low, high : float or None
        Bounds of its 95 % interval, from weeks drawn again and again; ``None`` for fewer than four weeks.
    n_weeks : int
        Weeks that were drawn from.
    n_days_without_data, n_days_without_tickets : int
        Days left out: nothing was valid, or nobody counted tickets.
    usual_tickets : float
        The median of a day.
    target, window_days, event
        As they were asked for.
    """

    table: pd.DataFrame
    correlation: float | None
    low: float | None
    high: float | None
    n_weeks: int
    n_days_without_data: int
    n_days_without_tickets: int
    usual_tickets: float
    target: Decimal
    window_days: int
    event: str = "event"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The correlation in words, with what it rests on, then the days to ask about."""
        return (self._correlation(), *self._outliers(), *self._left_out())

    def _correlation(self) -> str:
        basis = f"Over {counted(len(self.table), 'day')} that have both"
        if self.correlation is None:
            return f"{basis}, tickets or lost budget are the same on each: they cannot go together or apart."
        figure = f"(Spearman's rank correlation {self.correlation:.2f}, {self._interval()})"
        is_clear = self.low is None or self.high is None or self.low > 0 or self.high < 0
        if not is_clear or abs(self.correlation) < 0.1:
            return f"{basis}, it cannot be told whether days that lost more budget had more tickets {figure}."
        more = "more" if self.correlation > 0 else "fewer"
        how = "strongly so" if abs(self.correlation) >= 0.7 else "on the whole" if abs(self.correlation) >= 0.4 else "a little"
        return f"{basis}, days that lost more budget had {more} tickets, {how} {figure}."

    def _interval(self) -> str:
        if self.low is None or self.high is None:
            return f"without an interval, for which {counted(self.n_weeks, 'week')} {'is' if self.n_weeks == 1 else 'are'} too few"
        few = " only, so rather wider" if self.n_weeks < MANY_WEEKS else ""
        return f"95 % interval {self.low:.2f} to {self.high:.2f}, from {counted(self.n_weeks, 'week')}{few}"

    def _outliers(self) -> list[str]:
        said = []
        for kind, ask in (
            (TICKETS_WITHOUT_LOSS, "something hurt that the SLI does not see, or nothing was wrong with the service"),
            (LOSS_WITHOUT_TICKETS, "the SLI counts what nobody minds, or people no longer write"),
        ):
            days = self.table[self.table["outlier"] == kind]
            worst = (
                days.sort_values(["tickets", "budget_share"], ascending=False)
                if kind == TICKETS_WITHOUT_LOSS
                else days.sort_values("budget_share", ascending=False)
            )
            told = [
                f"{row['day']:%Y-%m-%d} ({counted(row['tickets'], 'ticket')}, {_percent(row['budget_share'])} of the budget)"
                for row in worst.head(MOST_TOLD).to_dict("records")
            ]
            more = f" and {counted(len(days) - MOST_TOLD, 'more day')}" if len(days) > MOST_TOLD else ""
            if told:
                said.append(f"{kind.capitalize()}: {', '.join(told)}{more}. Ask why: {ask}.")
        if not said:
            said.append("On no day did they plainly disagree.")
        usual, even = format_count(self.usual_tickets), _percent(1 / self.window_days)
        said.append(f"Usual are {usual} tickets a day; an even share of the budget of {format_share(self.target)} is {even} a day.")
        return said

    def _left_out(self) -> list[str]:
        left_out = [
            (self.n_days_without_data, f"without a valid {self.event}, which are neither good nor bad"),
            (self.n_days_without_tickets, "for which nobody counted tickets"),
        ]
        told = [f"{counted(n_days, 'day')} {why}" for n_days, why in left_out if n_days]
        return [f"Left out: {' and '.join(told)}."] if told else []


def compare_tickets(
    daily: pd.DataFrame, tickets: pd.DataFrame, *, target: Decimal, window_days: int, rng: np.random.Generator, event: str = "event"
) -> TicketComparison:
    """Compare the tickets of each day with the budget lost on it.

    Budget lost a day is the day's bad events by what a typical window allows, so that a busy bad day weighs more than a quiet one. A day is
    an outlier when it has **many tickets, little lost**: at least twice the median, and five more, and beyond it by five standard
    deviations of a Poisson count, but no more lost than an even share of the budget; or **much lost, few tickets**: a tenth of the budget or
    more (and twice an even share), but no more tickets than the median.

    Tickets lag: people write the next morning. They come from other journeys as well, and from people who are hurt by nothing that a
    service level could count. The interval draws whole calendar weeks, as days of one week are not independent; with few weeks it
    is too narrow.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days.
    tickets : DataFrame
        ``day, value``, as :func:`slo_workbench.sources.daily_numbers.read_daily_numbers` gives them, days cut in the same zone.
    target : Decimal
        Between 0 and 1, both excluded.
    window_days : int
        Length of the window whose budget is meant.
    rng : Generator
        For the draws of weeks.
    event : str
        What one event is called.

    Raises
    ------
    TooLittleData
        When fewer than 14 days have both.
    UnusableValue
        For a target of 0 % or 100 %, a window below a day, or a day that stands in one of the tables twice.

    References
    ----------
    S. Thurgood, D. Ferguson et al., "Implementing SLOs", in The Site Reliability Workbook, O'Reilly 2018, on tickets, lost budget and
    outliers, https://sre.google/workbook/implementing-slos/. C. Spearman, "The Proof and Measurement of Association between Two Things",
    American Journal of Psychology 15 (1904), https://doi.org/10.2307/1412159.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=28)
    >>> bad = [0, 1, 0, 2, 0, 40, 1] * 4
    >>> daily = pd.DataFrame({"day": days, "valid": 1000, "good": [1000 - n for n in bad]})
    >>> tickets = pd.DataFrame({"day": days, "value": [5 + n for n in bad]})
    >>> tickets.loc[9, "value"] = 90
    >>> found = compare_tickets(daily, tickets, target=Decimal("0.99"), window_days=28, rng=np.random.default_rng(1))
    >>> found.table.loc[found.table["outlier"] != "", ["day", "tickets", "outlier"]].values.tolist()
    [[Timestamp('2026-03-11 00:00:00'), 90, 'many tickets, little lost']]
    """
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(f"a target is an exact decimal above 0 and below 1, such as Decimal('0.999'); not {target!r}")
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    if daily["day"].duplicated().any() or tickets["day"].duplicated().any():
        raise UnusableValue("each day has one row in either table; add up what belongs together")
    seen = daily[daily["valid"] > 0]
    both = seen.merge(tickets.rename(columns={"value": "tickets"})[["day", "tickets"]].dropna(), on="day").sort_values(
        "day", ignore_index=True
    )
    if len(both) < FEWEST_DAYS:
        raise TooLittleData(
            f"{counted(len(both), 'day')} with both counts and tickets tell nothing about how they go together, {FEWEST_DAYS} are the least: "
            f"look whether the days are the same, or count tickets for longer"
        )
    bad = (both["valid"] - both["good"]).to_numpy()
    allowed = float(1 - target) * float(daily["valid"].mean()) * window_days
    table = both.assign(bad=bad, budget_share=bad / allowed)[["day", "tickets", "valid", "bad", "budget_share"]]
    usual = float(table["tickets"].median())
    table["outlier"] = _outliers(table, usual, window_days)
    low, high, n_weeks = _interval(table, rng)
    x, y = (table[name].to_numpy(dtype=float) for name in ("tickets", "budget_share"))
    n_uncounted = int((~seen["day"].isin(both["day"])).sum())
    return TicketComparison(
        table, rank_correlation(x, y), low, high, n_weeks, len(daily) - len(seen), n_uncounted, usual, target, window_days, event
    )


def rank_correlation(x: Floats, y: Floats) -> float | None:
    """Return Spearman's rank correlation: Pearson's correlation of the ranks, ties sharing their mean rank.

    Parameters
    ----------
    x, y : array (n)

    Returns
    -------
    float or None
        -1 to 1; ``None`` when one of the two never changes.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 25]))
    0.8
    """
    ranks = [_ranks(numbers) for numbers in (x, y)]
    centred = [one - one.mean() for one in ranks]
    scale = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return None if scale == 0 else float(np.clip((centred[0] * centred[1]).sum() / scale, -1, 1))


def _ranks(numbers: Floats) -> Floats:
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def _interval(table: pd.DataFrame, rng: np.random.Generator) -> tuple[float | None, float | None, int]:
    """Return the bounds of the middle 95 % of correlations of as many weeks, drawn with replacement, and how many there are."""
    weeks = table.groupby(table["day"].dt.to_period("W-SUN"))[["tickets", "budget_share"]]
    blocks = [week.to_numpy(dtype=float) for _, week in weeks]
    if len(blocks) < FEWEST_WEEKS:
        return None, None, len(blocks)
    found = []
    for drawn in rng.integers(0, len(blocks), (N_DRAWS, len(blocks))):
        together = np.concatenate([blocks[number] for number in drawn])
        found.append(rank_correlation(together[:, 0], together[:, 1]))
    known = [one for one in found if one is not None]
    # where most draws are all alike, the rest says little about the whole
    if len(known) < 0.9 * N_DRAWS:
        return None, None, len(blocks)
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high), len(blocks)


def _outliers(table: pd.DataFrame, usual: float, window_days: int) -> npt.NDArray[np.str_]:
    tickets, lost = table["tickets"].to_numpy(dtype=float), table["budget_share"].to_numpy(dtype=float)
    excess = tickets - usual
    many = (tickets >= TIMES_USUAL * usual) & (excess >= LEAST_TICKETS) & (excess >= SIGMAS * np.sqrt(max(usual, 1.0)))
    even = 1 / window_days
    kinds: npt.NDArray[np.str_] = np.select(
        [many & (lost <= even), (lost >= max(MUCH_LOST_SHARE, 2 * even)) & (tickets <= usual)],
        [TICKETS_WITHOUT_LOSS, LOSS_WITHOUT_TICKETS],
        "",
    )
    return kinds


def _percent(share: float) -> str:
    return f"{share * 100:,.0f} %" if share >= 0.095 or share == 0 else f"{share * 100:.1g} %"
