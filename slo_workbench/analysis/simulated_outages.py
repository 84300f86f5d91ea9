"""How soon alerts tell of an outage that begins at once and stays the same, and how soon they are quiet after it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_duration, format_share

__all__ = ["USUAL_BAD_SHARES", "SimulatedOutages", "minutes_to_detect", "minutes_to_reset", "simulate_outages"]

USUAL_BAD_SHARES = tuple(Decimal(share) for share in ("0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"))
TOLD_BAD_SHARES = (Decimal("1"), Decimal("0.1"), Decimal("0.01"))


@dataclass(frozen=True)
class SimulatedOutages:
    """What tiers do in outages of constant bad shares, at constant traffic, when nothing was bad before.

    Parameters
    ----------
    tiers : tuple of AlertTier
    target : Decimal
    window_days : int
    by_tier : DataFrame, one row a bad share and tier
        ``bad_share`` (0 to 1), ``tier, severity, detect_minutes`` (inf when it never fires), ``budget_spent_share`` (of the SLO window until
        then; above 1 when more is gone than there was) and ``reset_minutes`` (after the outage, until it is quiet); NaN when it never fires.
    by_share : DataFrame, one row a bad share
        ``bad_share``; ``page_after_minutes, page_tier, page_budget_share`` of the first page and ``ticket_after_minutes, ticket_tier, ticket_budget_share`` of
        the first ticket (inf, ``None`` and NaN where none comes); ``reset_minutes`` until all are quiet; ``exhaustion_minutes`` until the whole budget
        is spent (inf when the outage is within the target).
    """

    tiers: tuple[AlertTier, ...]
    target: Decimal
    window_days: int
    by_tier: pd.DataFrame
    by_share: pd.DataFrame

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader should know: the largest outages, and up to where the budget burns in silence."""
        rows = [row for row in self.by_share.to_dict("records")[::-1] if Decimal(repr(row["bad_share"])) in TOLD_BAD_SHARES]
        return (*(_told(row) for row in rows), *_silence(self))


def _told(row: Mapping[Hashable, Any]) -> str:
    calls = [
        f"a {name} comes after {format_duration(row[f'{name}_after_minutes'])} ({row[f'{name}_tier']}, "
        f"{format_share(row[f'{name}_budget_share'])} of the budget spent)"
        if math.isfinite(row[f"{name}_after_minutes"])
        else f"no {name} ever comes"
        for name in ("page", "ticket")
    ]
    told = " and ".join(calls) if any("comes after" in call for call in calls) else "nobody is ever told"
    return f"When {format_share(row['bad_share'])} fails, {told}."


def _silence(outages: SimulatedOutages) -> list[str]:
    """Say which steady share nobody is told of although it spends more than the budget; at that of the lowest burn rate nothing fires yet."""
    rates = [tier.burn_rate for tier in outages.tiers if tier.bad_share(outages.target) < 1]
    if not rates:
        return ["No tier can fire with this target: nobody is ever told."]
    rate = min(rates)
    if rate <= 1:
        return []
    share, emptied = format_share(float(rate * (1 - outages.target))), format_duration(outages.window_days * 1440 / float(rate))
    return [f"As long as no more than {share} fails, nobody is ever told; at that the whole budget is spent after {emptied}."]


def minutes_to_detect(tier: AlertTier, *, bad_share: Decimal, target: Decimal) -> float:
    """Return how long after an outage begins a tier fires, in minutes; infinity when it never does.

    While the outage is shorter than a window, the window's bad share grows by ``e / W`` a minute, so it passes ``B b`` after ``W B b / e``.
    The longer window decides; the pending time comes on top. Rules are evaluated now and then, so it is at the next evaluation *after* that.

    Parameters
    ----------
    tier : AlertTier
    bad_share : Decimal
        Share ``e`` of events that are bad during the outage, above 0, at most 1.
    target : Decimal

    References
    ----------
    The Site Reliability Workbook (2018), chapter 5, "Ways to Alert on Significant Events": detection time, reset time,
    https://sre.google/workbook/alerting-on-slos/

    Examples
    --------
    A total outage, 14.4 times over an hour: 51.84 s; 35 times the budget against a rule at 36: never.

    >>> round(minutes_to_detect(AlertTier("fast", "page", 60, 5, Decimal("14.4")), bad_share=Decimal(1), target=Decimal("0.999")) * 60, 2)
    51.84
    >>> minutes_to_detect(AlertTier("steep", "page", 60, 5, Decimal(36)), bad_share=Decimal("0.035"), target=Decimal("0.999"))
    inf
    """
    part = _part_needed(tier, bad_share, target)
    return math.inf if part >= 1 else float(part * max(tier.long_minutes, tier.short_minutes) + tier.pending_minutes)


def minutes_to_reset(tier: AlertTier, *, bad_share: Decimal, target: Decimal) -> float:
    """Return how long after an outage ends a tier that fires goes on firing, in minutes; NaN when it never fires.

    When the outage is over, its last ``W`` minutes leave a window one by one: after ``r`` minutes the bad share is ``e (W - r) / W``, which no longer
    exceeds ``B b`` from ``r = W (1 - B b / e)`` on. The shorter window decides; the time that it is kept firing comes on top.
    It does not depend on how long the outage lasted, as long as the tier fired.

    Parameters
    ----------
    tier, bad_share, target
        As for :func:`minutes_to_detect`, which has the source, too.

    Examples
    --------
    >>> one_window = AlertTier("steep", "page", 60, 60, Decimal(36))
    >>> minutes_to_reset(one_window, bad_share=Decimal(1), target=Decimal("0.999"))
    57.84
    """
    part = _part_needed(tier, bad_share, target)
    return math.nan if part >= 1 else float((1 - part) * min(tier.long_minutes, tier.short_minutes) + tier.keep_firing_minutes)


def _part_needed(tier: AlertTier, bad_share: Decimal, target: Decimal) -> Fraction:
    """Return which part of a window must lie in the outage, ``B b / e``; from 1 on it never fires, as the share must be exceeded."""
    if not (isinstance(bad_share, Decimal) and 0 < bad_share <= 1):
        raise UnusableValue(
            f"the bad share of an outage is an exact decimal above 0 and at most 1, such as Decimal('0.05'); not {bad_share!r}"
        )
    return tier.bad_share(target) / Fraction(bad_share)


def simulate_outages(
    tiers: Sequence[AlertTier], *, target: Decimal, window_days: int, bad_shares: Sequence[Decimal] = USUAL_BAD_SHARES
) -> SimulatedOutages:
    """Tabulate when tiers fire in outages of constant bad shares, and what of the budget is spent by then.

    Constant traffic and a sudden beginning flatter the alerts: real outages creep in, and at night a window holds few events.

    Parameters
    ----------
    tiers : sequence of AlertTier
    target : Decimal
    window_days : int
    bad_shares : sequence of Decimal
        In any order.

    Examples
    --------
    >>> from slo_workbench.analysis.alert_tiers import preset_tiers
    >>> outages = simulate_outages(preset_tiers("workbook", 30), target=Decimal("0.999"), window_days=30)
    >>> outages.sentences[0]
    'When 100 % fails, a page comes after 52 s (page-fast, 2 % of the budget spent) and a ticket comes after 4 min 19 s (ticket-day, 10 % of the budget spent).'
    """
    if not tiers or window_days < 1:
        raise UnusableValue(
            f"outages are simulated with at least one tier, over a window of at least a day, not {len(tiers)} and {window_days}"
        )
    budget_minutes = (1 - target) * window_days * 1440
    rows = []
    for bad_share in sorted(bad_shares):
        for tier in tiers:
            detect = minutes_to_detect(tier, bad_share=bad_share, target=target)
            spent = float(bad_share) * detect / float(budget_minutes) if math.isfinite(detect) else math.nan
            reset = minutes_to_reset(tier, bad_share=bad_share, target=target)
            rows.append((float(bad_share), tier.id, tier.severity, detect, spent, reset))
    columns = ["bad_share", "tier", "severity", "detect_minutes", "budget_spent_share", "reset_minutes"]
    by_tier = pd.DataFrame(rows, columns=columns)
    shares = [
        _of_all_tiers(by_tier[by_tier["bad_share"] == share], target, float(budget_minutes)) for share in by_tier["bad_share"].unique()
    ]
    by_share = pd.DataFrame(shares)
    for name in ("page_tier", "ticket_tier"):
        by_share[name] = by_share[name].astype(object).where(by_share[name].notna(), None)
    return SimulatedOutages(tuple(tiers), target, window_days, by_tier, by_share)


def _of_all_tiers(of_share: pd.DataFrame, target: Decimal, budget_minutes: float) -> dict[str, object]:
    bad_share = float(of_share["bad_share"].iloc[0])
    row: dict[str, object] = {"bad_share": bad_share}
    for severity in ("page", "ticket"):
        fires = of_share[(of_share["severity"] == severity) & np.isfinite(of_share["detect_minutes"])].sort_values(
            "detect_minutes", kind="stable"
        )
        first = (math.inf, None, math.nan) if fires.empty else tuple(fires.iloc[0][["detect_minutes", "tier", "budget_spent_share"]])
        row |= dict(zip((f"{severity}_{name}" for name in ("after_minutes", "tier", "budget_share")), first, strict=True))
    # a share within the target never spends the whole budget of a window
    is_within = Decimal(repr(bad_share)) <= 1 - target
    return row | {
        "reset_minutes": of_share["reset_minutes"].max(),
        "exhaustion_minutes": math.inf if is_within else budget_minutes / bad_share,
    }
