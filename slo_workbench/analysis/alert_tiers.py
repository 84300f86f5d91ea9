"""Tiers of alerts on an error budget: those that people publish, and those of a workbook."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Preset, minutes_of
from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted, format_duration, format_share

__all__ = ["FEWEST_BAD_EVENTS", "SLOTH_WINDOWS_DAYS", "AlertTier", "preset_tiers", "tier_words", "tiers_of"]

AlertSeverity = Literal["page", "ticket"]
# what a page needs in its long window, here and in exported rules: one failure at night wakes nobody
FEWEST_BAD_EVENTS = 2
IDS = ("page-fast", "page-slow", "ticket-day", "ticket-slow")
SEVERITIES: tuple[AlertSeverity, ...] = ("page", "page", "ticket", "ticket")
EXACT_DIGITS = 24

# Shares of the budget, long and short windows in minutes: B. Beyer et al., The Site Reliability Workbook, O'Reilly 2018, ch. 5, table 5-8 and
# its printed rule (which has the day that the table omits), https://sre.google/workbook/alerting-on-slos/
_WINDOWS_MINUTES = ((60, 5), (360, 30), (1440, 120), (4320, 360))
_WORKBOOK_BUDGETS = ("0.02", "0.05", "0.1", "0.1")
# github.com/slok/sloth: internal/alert/windows/google-28d.yaml, google-30d.yaml, and examples/windows/7d.yaml
_SLOTH_BUDGETS = {7: ("0.08", "0.125", "0.2", "0.42"), 28: _WORKBOOK_BUDGETS, 30: _WORKBOOK_BUDGETS}
SLOTH_WINDOWS_DAYS = tuple(_SLOTH_BUDGETS)
# burn rate, then long, short and pending minutes at 28 days; others in proportion, to whole minutes: github.com/pyrra-dev/pyrra slo/slo.go
_PYRRA_TIERS = ((14, 60, 5, 2), (7, 360, 30, 15), (2, 1440, 120, 60), (1, 5760, 360, 180))
_PYRRA_DAYS = 28


@dataclass(frozen=True)
class AlertTier:
    """A rule that fires when the error budget burns too fast in a long and in a short window at once.

    Parameters
    ----------
    id : str
    severity : {"page", "ticket"}
        Whether it wakes somebody or goes on a list.
    long_minutes, short_minutes : int
        The windows. The long one says that it matters, the short one that it still goes on.
    burn_rate : Decimal
        How many times faster than the target allows bad events must come, above 0; exceeded, not met.
    pending_minutes : int
        How long both windows must burn before it fires; Prometheus calls it ``for``.
    keep_firing_minutes : int
        How long it goes on firing after they stopped; Prometheus calls it ``keep_firing_for``.
    note : str
        What was changed when a published tier was fitted to the window; no part of equality.

    Raises
    ------
    UnusableValue
        For an unknown severity, a burn rate that is no Decimal above 0, or a length below 0. A short window of 0 minutes, or one not
        shorter than the long one, is let through, as tools make such: :func:`slo_workbench.analysis.alert_tier_findings.tier_findings` tells.

    Examples
    --------
    >>> fast = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"))
    >>> fast.budget_spent_share(30), fast.bad_share(Decimal("0.999"))
    (Decimal('0.02'), Fraction(9, 625))
    """

    id: str
    severity: AlertSeverity
    long_minutes: int
    short_minutes: int
    burn_rate: Decimal
    pending_minutes: int = 0
    keep_firing_minutes: int = 0
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.severity not in ("page", "ticket"):
            raise UnusableValue(f"the severity of {self.id} is page or ticket, not {self.severity!r}")
        if not isinstance(self.burn_rate, Decimal) or not self.burn_rate.is_finite() or self.burn_rate <= 0:
            raise UnusableValue(f"the burn rate of {self.id} is an exact decimal above 0, such as Decimal('14.4'); not {self.burn_rate!r}")
        if self.long_minutes < 1 or min(self.short_minutes, self.pending_minutes, self.keep_firing_minutes) < 0:
            raise UnusableValue(f"the long window of {self.id} lasts at least a minute and no other length is below 0: {self}")

    def budget_spent_share(self, window_days: int) -> Decimal:
        """Return the share of the SLO window's budget that is spent when the long window just burns at the rate: ``B W / P``.

        At steady traffic, and without the pending time. Above 1 when the long window lets more be bad than the SLO window.
        """
        return _decimal(Fraction(self.burn_rate) * self.long_minutes / _minutes(window_days), digits=EXACT_DIGITS)

    def bad_share(self, target: Decimal) -> Fraction:
        """Return the exact share of bad events that must be exceeded in both windows: ``B (1 - T)``; 1 or more never is."""
        _refuse_impossible(target)
        return Fraction(self.burn_rate) * (1 - Fraction(target))


@dataclass(frozen=True)
class _Row:
    """A tier before its window is known: either its share of the budget or its burn rate."""

    id: str
    severity: AlertSeverity
    long_minutes: int
    short_minutes: int
    budget: Decimal | None = None
    burn_rate: Decimal | None = None
    pending_minutes: int = 0
    keep_firing_minutes: int = 0
    keeps_to_rule: bool = False

    def tier(self, window_days: int) -> AlertTier:
        rate, note = self.burn_rate, ""
        if self.budget is not None:
            rate = _decimal(Fraction(self.budget) * _minutes(window_days) / self.long_minutes)
            if rate < 1 and self.keeps_to_rule:
                raised = _decimal(Fraction(self.long_minutes, _minutes(window_days)))
                note = (
                    f"{format_share(self.budget)} of the budget of {counted(window_days, 'day')} in {format_duration(self.long_minutes)} is a burn rate of "
                    f"{float(rate):.4g}, at which the target is kept; raised to {format_share(float(raised), digits=4)}, a burn rate of 1"
                )
                rate = Decimal(1)
        assert rate is not None  # rows have one of the two
        lengths = self.long_minutes, self.short_minutes, rate, self.pending_minutes, self.keep_firing_minutes
        return AlertTier(self.id, self.severity, *lengths, note=note)


def preset_tiers(preset: Preset, window_days: int) -> tuple[AlertTier, ...]:
    """Return the four tiers that a published set has for an SLO window, the fastest first.

    ``workbook`` keeps the shares of the budget (2, 5, 10 and 10 %) in any window, so its burn rates grow with it. Where a rate would be below
    1, it is raised to 1: below, the alert fires while the target is kept; the tier's ``note`` says so. ``sloth`` has shares of its own for
    7 days and the same four for 28 and 30, never raised and without pending time. ``pyrra`` keeps the rates (14, 7, 2, 1), has pending
    times, and changes the windows in proportion. The sets are not interchangeable.

    Parameters
    ----------
    preset : {"workbook", "sloth", "pyrra"}
    window_days : int
        Length of the SLO window.

    Raises
    ------
    UnusableValue
        For a window below a day, an unknown set, or one that Sloth has no shares for.

    References
    ----------
    ``B = f P / W``: B. Beyer, N. R. Murphy, D. Rensin, K. Kawahara, S. Thorne (ed.), The Site Reliability Workbook, O'Reilly 2018, chapter 5,
    https://sre.google/workbook/alerting-on-slos/. That burn rates below 1 fire on track: github.com/kubernetes-sigs/kubernetes-mixin,
    issue 382. Sloth: github.com/slok/sloth, internal/alert/windows. Pyrra: github.com/pyrra-dev/pyrra, slo/slo.go.

    Examples
    --------
    >>> [str(tier.burn_rate) for tier in preset_tiers("workbook", 28)]
    ['13.44', '5.6', '2.8', '1']
    >>> preset_tiers("workbook", 28)[3].note
    '10 % of the budget of 28 days in 3 d is a burn rate of 0.9333, at which the target is kept; raised to 10.71 %, a burn rate of 1'
    """
    return tuple(row.tier(window_days) for row in _preset_rows(preset, window_days))


def _preset_rows(preset: Preset, window_days: int) -> tuple[_Row, ...]:
    _minutes(window_days)
    names = list(zip(IDS, SEVERITIES, strict=True))
    if preset == "pyrra":
        scaled = [(rate, *(_whole_minutes(minutes, window_days) for minutes in lengths)) for rate, *lengths in _PYRRA_TIERS]
        return tuple(
            _Row(*name, max(1, long), short, burn_rate=Decimal(rate), pending_minutes=pending)
            for name, (rate, long, short, pending) in zip(names, scaled, strict=True)
        )
    if preset not in ("workbook", "sloth"):
        raise UnusableValue(f"a published set of tiers is workbook, sloth or pyrra, not {preset!r}")
    if preset == "sloth" and window_days not in _SLOTH_BUDGETS:
        raise UnusableValue(f"Sloth has alerts for SLO windows of 7, 28 and 30 days, not {window_days}: take the workbook's tiers")
    budgets = _SLOTH_BUDGETS[window_days] if preset == "sloth" else _WORKBOOK_BUDGETS
    return tuple(
        _Row(*name, *windows, budget=Decimal(budget), keeps_to_rule=preset == "workbook")
        for name, windows, budget in zip(names, _WINDOWS_MINUTES, budgets, strict=True)
    )


def _whole_minutes(minutes_at_28_days: int, window_days: int) -> int:
    """Scale a length with the window and round half up, as Go's ``Duration.Round`` does."""
    return math.floor(Fraction(minutes_at_28_days * window_days, _PYRRA_DAYS) + Fraction(1, 2))


def tiers_of(alerting: Alerting, window_days: int) -> tuple[tuple[AlertTier, ...], tuple[Finding, ...]]:
    """Return the tiers that a workbook asks for, and what is the matter with its settings; a setting with an error is left out.

    A setting changes the preset's tier of its id, or switches it off; any other id is a new tier, behind the others. When only a window
    changes, what defines the set stays as it is: the share of the budget in ``workbook`` and ``sloth``, the burn rate in ``pyrra``.

    Parameters
    ----------
    alerting : Alerting
    window_days : int
        Length of the SLO window.

    Returns
    -------
    (tuple of AlertTier, tuple of Finding)
        ``where`` of a finding is the path of the field, such as ``alerting.tiers[0].severity``.

    Examples
    --------
    >>> own = AlertTierSetting(id="page-now", severity="page", long="30m", short="5m", budget_spent="1%")
    >>> tiers, findings = tiers_of(Alerting(tiers=(AlertTierSetting(id="ticket-day", is_on=False), own)), 30)
    >>> [(tier.id, str(tier.burn_rate)) for tier in tiers], findings
    ([('page-fast', '14.4'), ('page-slow', '6'), ('ticket-slow', '1'), ('page-now', '14.4')], ())
    """
    findings: list[Finding] = []
    rows: dict[str, _Row] = {}
    try:
        rows = {row.id: row for row in _preset_rows(alerting.preset, window_days)}
    except UnusableValue as error:
        hint = "write preset: workbook, or pyrra, or another window"
        findings.append(Finding("alert-preset-window", str(error), hint=hint, where="alerting.preset"))
    of_preset, seen = set(IDS), set[str]()
    for place, setting in enumerate(alerting.tiers):
        found = list(_setting_findings(setting, f"alerting.tiers[{place}]", of_preset, seen))
        seen.add(setting.id)
        findings += found
        if not setting.is_on:
            rows.pop(setting.id, None)
        elif not any(finding.severity == "error" for finding in found) and (setting.id in rows or setting.id not in of_preset):
            rows[setting.id] = _changed(rows.get(setting.id), setting)
    return tuple(row.tier(window_days) for row in rows.values()), tuple(findings)


def _setting_findings(setting: AlertTierSetting, where: str, of_preset: set[str], seen: set[str]) -> Iterator[Finding]:
    if setting.id in seen:
        yield Finding(
            "alert-tier-twice", f"another tier above is {setting.id!r}, too", hint="give each an id of its own", where=f"{where}.id"
        )
    if setting.budget_spent == 0:
        yield Finding("alert-tier-budget", "no budget spent is no alarm", hint="write a share such as 2%", where=f"{where}.budget_spent")
    lacking = [name for name in ("severity", "long", "short") if getattr(setting, name) is None]
    lacking += ["budget_spent"] if setting.budget_spent is None and setting.burn_rate is None else []
    if setting.id in of_preset or not lacking:
        return
    if not setting.is_on:
        yield Finding(
            "alert-tier-unknown", f"no tier is called {setting.id!r}, so nothing is off", "warning", nearest_hint(setting.id, of_preset),
            f"{where}.id",
        )  # fmt: skip
        return
    words = {
        "severity": "severity: page or ticket",
        "long": "long: 1h",
        "short": "short: 5m",
        "budget_spent": "budget_spent: 2% or burn_rate: 14.4",
    }
    close = nearest_hint(setting.id, of_preset)
    for name in lacking:
        hint = f"write {words[name]}" + (f"; or {close}" if close.startswith("did") else "")
        yield Finding("alert-tier-lacks", f"the new tier {setting.id!r} has no {name}", hint=hint, where=f"{where}.{name}")


def _changed(row: _Row | None, setting: AlertTierSetting) -> _Row:
    new = row or _Row(setting.id, "page", 1, 0)
    changes: dict[str, object] = {"severity": setting.severity or new.severity}
    for name in ("long", "short", "pending", "keep_firing"):
        if (length := getattr(setting, name)) is not None:
            changes[f"{name}_minutes"] = minutes_of(length)
    if setting.budget_spent is not None:
        changes |= {"budget": setting.budget_spent, "burn_rate": None, "keeps_to_rule": False}
    if setting.burn_rate is not None:
        changes |= {"budget": None, "burn_rate": Decimal(repr(setting.burn_rate)), "keeps_to_rule": False}
    return replace(new, **changes)  # type: ignore[arg-type]


def tier_words(tier: AlertTier, window_days: int) -> str:
    """Say in words when a tier fires.

    Examples
    --------
    >>> tier_words(AlertTier("page-fast", "page", 60, 5, Decimal("13.44"), pending_minutes=2), 28)
    'page-fast (page: burn rate above 13.44 over 1 h and 5 min, for 2 min; 2 % of the budget)'
    """
    pending = f", for {format_duration(tier.pending_minutes)}" if tier.pending_minutes else ""
    keep = f", kept for {format_duration(tier.keep_firing_minutes)}" if tier.keep_firing_minutes else ""
    windows = f"{format_duration(tier.long_minutes)} and {format_duration(tier.short_minutes)}"
    spent = f"{format_share(float(tier.budget_spent_share(window_days)), digits=3)} of the budget"
    return f"{tier.id} ({tier.severity}: burn rate above {float(tier.burn_rate):.4g} over {windows}{pending}{keep}; {spent})"


def _minutes(window_days: int) -> int:
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    return window_days * 1440


def _refuse_impossible(target: Decimal) -> None:
    if not (isinstance(target, Decimal) and 0 < target < 1):
        what = "leaves no budget to burn" if target == 1 else "is no target"
        raise UnusableValue(f"{target} {what}: a target is an exact decimal above 0 and below 1, such as Decimal('0.999')")


def _decimal(fraction: Fraction, *, digits: int = 28) -> Decimal:
    """Give a fraction as the decimal it is, or rounded; shares have fewer digits than rates, so that a third times three is whole again."""
    quotient = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    # adding nothing turns 1E+1 into 10
    return Decimal(f"{quotient:.{digits}g}").normalize() + 0
