"""The risk catalogue: how many bad minutes a year each risk costs, and whether the budget of a target can pay for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from slo_workbench.document.model import Risk
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted, format_duration, format_share

__all__ = ["DAYS_A_YEAR", "LARGE_SHARE", "RiskCatalogue", "weigh_risks"]

DAYS_A_YEAR = 365.25
"""One length of a year for both sides, the risks' minutes and the budget's."""
LARGE_SHARE = 0.25
"""A risk that takes more of a year's budget than this is worth work of its own."""
_MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class RiskCatalogue:
    """The risks of a service against the budget of one target.

    Parameters
    ----------
    table : DataFrame, one row a risk, the most expensive first
        ``id, title, mitigation``; ``minutes_each`` (from its beginning until users are well again), ``users_hit_share`` (0 to 1) and
        ``days_between``; ``bad_minutes_a_year`` (minutes of full outage that cost as much), ``budget_share`` (of a year's budget; above 1
        the risk breaks the target alone), ``chance_share`` (0 to 1, of at least one in a window) and ``is_large``.
    target : Decimal
    window_days : int
    """

    table: pd.DataFrame
    target: Decimal
    window_days: int

    @property
    def budget_minutes_a_year(self) -> float:
        """Minutes of full outage that the target allows in a year."""
        return float(1 - self.target) * DAYS_A_YEAR * _MINUTES_A_DAY

    @property
    def bad_minutes_a_year(self) -> float:
        """What all risks together cost."""
        return math.fsum(self.table["bad_minutes_a_year"])

    @property
    def fit_together(self) -> bool:
        """Whether a year's budget pays for all of them."""
        return self.bad_minutes_a_year <= self.budget_minutes_a_year

    @property
    def too_large_alone(self) -> tuple[str, ...]:
        """Titles of the risks that break the target each alone."""
        return tuple(self.table.loc[self.table["budget_share"] > 1, "title"])

    @property
    def sentences(self) -> tuple[str, ...]:
        """The catalogue in words: what all cost, which do not fit, and what would have to go."""
        if self.table.empty:
            return ("No risk is written down yet, so nobody has asked whether a bad year fits the budget.",)
        return (self._together(), *self._alone(), *self._large(), *self._mended(), _RULE)

    def _together(self) -> str:
        share = format_share(round(self.bad_minutes_a_year / self.budget_minutes_a_year, 4))
        who = "the one risk costs" if len(self.table) == 1 else f"the {counted(len(self.table), 'risk')} together cost"
        return (
            f"{format_share(self.target)} allows {format_duration(self.budget_minutes_a_year)} of full outage a year; {who} "
            f"{format_duration(self.bad_minutes_a_year)}, {share} of it: "
            + (
                f"{'it fits' if len(self.table) == 1 else 'they fit'}, if nothing else fails."
                if self.fit_together
                else "more than there is."
            )
        )

    def _alone(self) -> list[str]:
        alone = self.too_large_alone
        return [f"Too large even alone: {'; '.join(alone)}."] if alone else []

    def _large(self) -> list[str]:
        large = self.table.loc[self.table["is_large"] & (self.table["budget_share"] <= 1), "title"].tolist()
        return [f"More than {format_share(LARGE_SHARE)} of a year's budget each: {'; '.join(large)}."] if large else []

    def _mended(self) -> list[str]:
        """Say how many of the most expensive would have to go for the rest to fit."""
        if self.fit_together:
            return []
        left = self.bad_minutes_a_year
        for number, minutes in enumerate(self.table["bad_minutes_a_year"], start=1):
            left -= minutes
            if left <= self.budget_minutes_a_year and number < len(self.table):
                gone = "; ".join(self.table["title"].head(number))
                return [f"Without the most expensive ({gone}) the rest would fit: {format_duration(max(left, 0.0))} a year."]
        return ["Only without all of them would the budget last: the target needs another design, or less of a promise."]


_RULE = (
    "Bad minutes a year: minutes to notice and to repair, times the share of users hit, times 365.25 days by the days between two of a kind. "
    "They are estimates of people, and what fails on usual days comes on top."
)


def weigh_risks(risks: Sequence[Risk], *, target: Decimal, window_days: int) -> RiskCatalogue:
    """Work out what each risk costs in an average year, and hold it against the budget of a target.

    ``(minutes to detect + minutes to resolve) × users hit × 365.25 / days between``: minutes of an outage of everything for everybody that
    would cost as much. Whether a window has at least one is ``1 - exp(-window / days between)``, as if each came on its own.

    Parameters
    ----------
    risks : sequence of Risk
    target : Decimal
        Between 0 and 1, both excluded.
    window_days : int

    Raises
    ------
    UnusableValue
        When the target is 100 % or none.

    References
    ----------
    Google CRE, "Know thy enemy: how to prioritize and communicate risks", https://cloud.google.com/blog/products/gcp/know-thy-enemy-how-to-prioritize-and-communicate-risks-cre-life-lessons

    Examples
    --------
    >>> risk = Risk(id="dep", title="Provider down", minutes_to_detect=10, minutes_to_resolve=50, users_hit="30%", days_between=90)
    >>> found = weigh_risks([risk], target=Decimal("0.999"), window_days=28)
    >>> [float(round(found.table[name].iloc[0], 3)) for name in ("bad_minutes_a_year", "budget_share", "chance_share")]
    [73.05, 0.139, 0.267]
    """
    if not 0 < target < 1:
        raise UnusableValue(f"a target lies above 0 % and below 100 %, not {format_share(target)}")
    budget = float(1 - target) * DAYS_A_YEAR * _MINUTES_A_DAY
    rows = []
    for one in risks:
        minutes = float(one.minutes_to_detect) + float(one.minutes_to_resolve)
        yearly = minutes * float(one.users_hit) * DAYS_A_YEAR / float(one.days_between)
        chance = -math.expm1(-window_days / float(one.days_between))
        share = yearly / budget
        rows.append(
            (
                one.id,
                one.title,
                one.mitigation,
                minutes,
                float(one.users_hit),
                float(one.days_between),
                yearly,
                share,
                chance,
                share > LARGE_SHARE,
            )
        )
    columns = [
        "id", "title", "mitigation", "minutes_each", "users_hit_share", "days_between", "bad_minutes_a_year", "budget_share", "chance_share", "is_large",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).sort_values("bad_minutes_a_year", ascending=False, kind="stable", ignore_index=True)
    return RiskCatalogue(table, target, window_days)
