"""What is wrong with a tier of alerts, before it wakes anybody."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.findings import Finding
from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["tier_findings"]

MINUTES_A_DAY = 1440


def tier_findings(tier: AlertTier, *, target: Decimal, window_days: int, valid_per_hour: float | None = None) -> tuple[Finding, ...]:
    """Say what is wrong with a tier for a target: it cannot fire, fires for nothing, comes too late, or for a single bad event.

    Parameters
    ----------
    tier : AlertTier
    target : Decimal
        Above 0 and below 1.
    window_days : int
    valid_per_hour : float, optional
        Valid events of an average hour; without, nothing is said of single events. In quiet hours it is worse than that.

    Raises
    ------
    UnusableValue
        For a target of 100 % (no budget, so no burn rate) or none.

    References
    ----------
    Rules 1 and 4 are arithmetic on The Site Reliability Workbook (2018), chapter 5, "Low-Traffic Services and Error Budget Alerting" and
    "Extreme Availability Goals", https://sre.google/workbook/alerting-on-slos/; rule 2: kubernetes-sigs/kubernetes-mixin, issue 382.

    Examples
    --------
    >>> print(tier_findings(AlertTier("page-fast", "page", 60, 5, Decimal("14.4")), target=Decimal("0.9"), window_days=30)[0])
    error[alert-tier-never] page-fast: it can never fire: it asks for more than 144 % of events to be bad
        hint: it fires for targets above 93.06 %; for 90 % take a burn rate below 10
    """
    threshold, spent = tier.bad_share(target), tier.budget_spent_share(window_days)
    long = format_duration(tier.long_minutes)
    found = [Finding("alert-tier-raised", tier.note, "note", "write budget_spent to decide otherwise")] if tier.note else []
    if not 0 < tier.short_minutes < tier.long_minutes:
        message = f"a short window of {format_duration(tier.short_minutes)} cannot say whether the fault of {long} still goes on"
        hint = f"the usual short window is a twelfth: {format_duration(max(1, round(tier.long_minutes / 12)))}"
        found.append(Finding("alert-tier-short-window", message, hint=hint))
    if tier.long_minutes > window_days * MINUTES_A_DAY:
        message = f"its long window of {long} looks further back than the promise, whose window is {counted(window_days, 'day')}"
        hint = "take a long window well inside the promise's: a tenth of it is long already"
        found.append(Finding("alert-tier-beyond-window", message, "warning", hint))
    if threshold >= 1:
        message = f"it can never fire: it asks for more than {_percent(threshold)} of events to be bad"
        floor = 1 - 1 / tier.burn_rate
        above = format_share(round(floor, 4)) if floor < Decimal("0.99") else _percent(floor)
        hint = f"it fires for targets above {above}; for {format_share(target)} take a burn rate below {_rounded(1 / (1 - target))}"
        found.append(Finding("alert-tier-never", message, hint=hint))
    if tier.burn_rate < 1:
        message = f"it fires while the target is kept: a burn rate of {_rounded(tier.burn_rate)} leaves {_percent(1 - tier.burn_rate)} of the budget"
        hint = f"a burn rate of 1 over {long} is {_percent(Fraction(tier.long_minutes, window_days * MINUTES_A_DAY))} of the budget of {counted(window_days, 'day')}"
        found.append(Finding("alert-tier-on-track", message, "warning", hint))
    if spent >= 1 and threshold < 1:
        message = f"{_percent(spent)} of the budget of {counted(window_days, 'day')} is gone when it fires: nothing is left to save"
        hint = f"take a burn rate below {_rounded(Fraction(window_days * MINUTES_A_DAY, tier.long_minutes))}, or a shorter long window"
        found.append(Finding("alert-tier-too-late", message, "warning", hint))
    found += _single_event(tier, threshold, valid_per_hour)
    return tuple(finding.at(where=tier.id) for finding in found)


def _single_event(tier: AlertTier, threshold: Fraction, valid_per_hour: float | None) -> list[Finding]:
    """Warn where one of the ``n`` events of a long window is more than the share allowed: ``1 / n > B (1 - T)``."""
    if valid_per_hour is None or threshold >= 1:
        return []
    n_events = valid_per_hour * tier.long_minutes / 60
    if n_events >= 1 / threshold:
        return []
    needed = float(1 / threshold) * 60 / tier.long_minutes
    few = format_count(n_events) if n_events >= 10 else f"{n_events:.2g}"
    message = f"one bad event is enough to fire: {format_duration(tier.long_minutes)} has about {few} valid events, and it takes {needed:,.3g} an hour"
    hint = "count journeys together, take a longer long window, or a lower target; or let it be a ticket"
    return [Finding("alert-tier-one-event", message, "warning", hint)]


def _rounded(number: Decimal | Fraction) -> str:
    return f"{float(number):,.4g}"


def _percent(share: Decimal | Fraction) -> str:
    return format_share(float(share), digits=3)
