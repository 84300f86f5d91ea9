"""Sets of alert tiers that a team may choose from, and the rows of the tables that say what each would do; for a terminal as for a notebook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_duration

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_tiers import AlertTier

__all__ = [
    "CHOICE_HEADER", "OUTAGE_HEADER", "PRESETS", "TIER_HEADER", "choice_cells", "incident_call", "length_words", "outage_cells", "preset_choices",
    "tier_cells", "tiers_that_can_fire", "variations",
]  # fmt: skip

PRESETS = ("workbook", "sloth", "pyrra")
TIER_HEADER = ("tier", "calls", "long", "short", "burn rate", "budget spent by then", "pending")
CHOICE_HEADER = ("choice", "pages a month", "tickets a month", "paged", "missed", "page after (middle)", "(worst)", "false pages")
OUTAGE_HEADER = ("errors", "page after", "ticket after", "budget gone after", "stops calling, once over, after")


def tiers_that_can_fire(
    tiers: Sequence[AlertTier], *, target: Decimal, window_days: int
) -> tuple[tuple[AlertTier, ...], tuple[Finding, ...]]:
    """Return the tiers that can be replayed, and what is wrong with those that can never fire.

    Examples
    --------
    >>> from slo_workbench.analysis.alert_tiers import AlertTier
    >>> steep = AlertTier("steep", "page", 60, 5, Decimal(36))
    >>> [len(part) for part in tiers_that_can_fire([steep], target=Decimal("0.9"), window_days=28)]
    [0, 1]
    """
    from slo_workbench.analysis.alert_tier_findings import tier_findings

    broken = [
        finding for tier in tiers for finding in tier_findings(tier, target=target, window_days=window_days) if finding.severity == "error"
    ]
    refused = {finding.where for finding in broken}
    return tuple(tier for tier in tiers if tier.id not in refused), tuple(broken)


def preset_choices(window_days: int) -> dict[str, tuple[AlertTier, ...]]:
    """Return the published sets that there are for a window, by what a table calls them."""
    from slo_workbench.analysis.alert_tiers import preset_tiers

    choices = {}
    for preset in PRESETS:
        try:
            choices[f"preset {preset}"] = preset_tiers(preset, window_days)  # type: ignore[arg-type]
        except UnusableValue:
            continue  # a tool that has no tiers for this window
    return choices


def variations(tiers: Sequence[AlertTier]) -> dict[str, Sequence[AlertTier]]:
    """Return each tier alone, and, of three or more, each left out."""
    choices: dict[str, Sequence[AlertTier]] = {}
    for tier in tiers:
        choices[f"only {tier.id}"] = [tier]
        if len(tiers) > 2:
            choices[f"without {tier.id}"] = [one for one in tiers if one is not tier]
    return choices


def tier_cells(tier: AlertTier, window_days: int) -> tuple[str, ...]:
    """Return a tier as a row below :data:`TIER_HEADER`."""
    return (
        tier.id, tier.severity, format_duration(tier.long_minutes), format_duration(tier.short_minutes), f"{tier.burn_rate:.4g}",
        f"{float(tier.budget_spent_share(window_days)) * 100:.3g} %", format_duration(tier.pending_minutes) if tier.pending_minutes else "–",
    )  # fmt: skip


def choice_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what a set of tiers costs and catches as a row below :data:`CHOICE_HEADER`.

    Parameters
    ----------
    row : mapping
        A row of :func:`slo_workbench.analysis.alert_replay.compare_tier_choices`.
    """
    if row["n_refused"] == row["n_tiers"]:
        return (row["choice"], *["not replayed"] * 7)
    partly = f" ({row['n_refused']} of {row['n_tiers']} tiers not replayed)" if row["n_refused"] else ""
    return (
        f"{row['choice']}{partly}", f"{row['pages_a_month']:.1f}", f"{row['tickets_a_month']:.1f}", f"{row['n_paged']} of {row['n_incidents']}",
        f"{row['n_missed']}", length_words(row["median_page_delay_minutes"]), length_words(row["worst_page_delay_minutes"]),
        f"{row['n_false_pages']}",
    )  # fmt: skip


def outage_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what happens in an outage that stays the same as a row below :data:`OUTAGE_HEADER`.

    Parameters
    ----------
    row : mapping
        A row of ``by_share`` of :class:`slo_workbench.analysis.simulated_outages.SimulatedOutages`.
    """
    names = ("page_after_minutes", "ticket_after_minutes", "exhaustion_minutes", "reset_minutes")
    return (f"{row['bad_share'] * 100:g} %", *(length_words(row[name]) for name in names))


def incident_call(row: Mapping[Any, Any], severity: str) -> str:
    """Say how long after an incident began a page or ticket came, and what was spent by then; a dash where none came."""
    delay, share = row[f"{severity}_delay_minutes"], row[f"{severity}_budget_share"]
    if delay is None or delay != delay:
        return "–"
    return f"{format_duration(delay)}, {share:.0%} of the budget" if share == share else format_duration(delay)


def length_words(minutes: float) -> str:
    """Write a length, or a dash for one that never comes.

    Examples
    --------
    >>> length_words(90), length_words(math.inf)
    ('1 h 30 min', '–')
    """
    return format_duration(minutes) if math.isfinite(minutes) else "–"
