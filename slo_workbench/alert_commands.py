"""The command that replays alerts: ``alerts``."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import has_errors, is_clean, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.promise_commands import opened_promise
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.units import format_duration

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_replay import AlertReplay
    from slo_workbench.analysis.alert_tiers import AlertTier
    from slo_workbench.promise_commands import OpenedPromise

__all__ = ["alerts"]

GOOD, FOUND = 0, 1


def alerts(given: Namespace) -> int:
    """Replay the alerts of an objective."""
    from slo_workbench.analysis.alert_replay import LONGEST_SLACK_MINUTES, replay_alerts
    from slo_workbench.analysis.alert_tier_findings import tier_findings
    from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS, tiers_of
    from slo_workbench.sources.team_lists import team_incidents

    opened = opened_promise(given)
    tiers, findings = tiers_of(opened.workbook.alerting, opened.window_days)
    if has_errors(findings) or not tiers:
        print(render_findings(findings) if findings else "every tier is switched off, so nobody is called")
        return FOUND
    if opened.objective.ambition == "aspirational":
        print("The objective is aspirational: nobody is called for it. This is what its alerts would do.\n")
    listed, odd = team_incidents(opened.workbook, given.workbook.parent, given=given.incidents)
    if not 0 <= given.slack_minutes <= LONGEST_SLACK_MINUTES:
        raise UnusableValue(f"--slack-minutes lies between 0 and {LONGEST_SLACK_MINUTES:,}, not {given.slack_minutes:,}")
    broken = [
        finding
        for tier in tiers
        for finding in tier_findings(tier, target=opened.target, window_days=opened.window_days)
        if finding.severity == "error"
    ]
    tiers = tuple(tier for tier in tiers if tier.id not in {finding.where for finding in broken})
    findings = (*findings, *broken)
    print(f"{opened.title}\n")
    if not tiers:
        print(render_findings(findings))
        return FOUND
    print(_tier_table(tiers, opened))
    if given.simulate:
        print(f"\n{_simulated(tiers, opened)}")
    if given.compare:
        print(f"\n{_compared(tiers, opened, listed, given)}")
        found = [*findings, *odd]
        if found:
            print(f"\n{render_findings(found)}")
        return GOOD if is_clean(found) else FOUND
    played = replay_alerts(
        opened.series, tiers, target=opened.target, window_days=opened.window_days, incidents=listed, journey=opened.indicator.journey,
        slack_minutes=given.slack_minutes, resolution_minutes=opened.resolution_minutes, days_with_data=float(len(opened.daily)), fewest_bad_events=FEWEST_BAD_EVENTS,
        event=opened.event,
    )  # fmt: skip
    print("\n" + "\n".join(printable(sentence) for sentence in played.sentences))
    if played.tiers and len(played.by_incident):
        print(f"\n{_incident_table(played)}")
    found = [*findings, *odd, *played.findings]
    print(f"\n{render_findings(found)}")
    return GOOD if is_clean(found) else FOUND


def _tier_table(tiers: Sequence[AlertTier], opened: OpenedPromise) -> str:
    rows = [
        (tier.id, tier.severity, format_duration(tier.long_minutes), format_duration(tier.short_minutes), f"{tier.burn_rate:.4g}",
         f"{float(tier.budget_spent_share(opened.window_days)) * 100:.3g} %", format_duration(tier.pending_minutes) if tier.pending_minutes else "–")
        for tier in tiers
    ]  # fmt: skip
    header = ["tier", "calls", "long", "short", "burn rate", "budget spent by then", "pending"]
    return text_table(header, rows, columns=terminal_columns())


def _incident_table(played: AlertReplay) -> str:
    rows = []
    for row in played.by_incident.to_dict("records"):
        called = [_called(row, severity) for severity in ("page", "ticket")]
        rows.append((printable(str(row["incident"])), f"{row['start']:%Y-%m-%d %H:%M}", row["verdict"], *called))
    return text_table(["incident", "start (UTC)", "verdict", "paged after", "ticket after"], rows, columns=terminal_columns())


def _called(row: Mapping[Any, Any], severity: str) -> str:
    delay, share = row[f"{severity}_delay_minutes"], row[f"{severity}_budget_share"]
    if delay is None or delay != delay:
        return "–"
    return f"{format_duration(delay)}, {share:.0%} of the budget" if share == share else format_duration(delay)


def _compared(tiers: Sequence[AlertTier], opened: OpenedPromise, listed: Any, given: Namespace) -> str:
    from slo_workbench.analysis.alert_replay import compare_tier_choices
    from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS

    table = compare_tier_choices(
        opened.series, _choices(tiers, opened.window_days), target=opened.target, window_days=opened.window_days, incidents=listed,
        journey=opened.indicator.journey, slack_minutes=given.slack_minutes, resolution_minutes=opened.resolution_minutes, days_with_data=float(len(opened.daily)),
        fewest_bad_events=FEWEST_BAD_EVENTS,
    )  # fmt: skip
    rows = [_choice_row(row) for row in table.to_dict("records")]
    header = ["choice", "pages a month", "tickets a month", "paged", "missed", "page after (middle)", "(worst)", "false pages"]
    return text_table(header, rows, columns=terminal_columns())


def _choice_row(row: Mapping[Any, Any]) -> tuple[object, ...]:
    if row["n_refused"] == row["n_tiers"]:
        return (row["choice"], *["not replayed"] * 7)
    partly = f" ({row['n_refused']} of {row['n_tiers']} tiers not replayed)" if row["n_refused"] else ""
    return (
        f"{row['choice']}{partly}", f"{row['pages_a_month']:.1f}", f"{row['tickets_a_month']:.1f}", f"{row['n_paged']} of {row['n_incidents']}",
        row["n_missed"], _duration(row["median_page_delay_minutes"]), _duration(row["worst_page_delay_minutes"]), row["n_false_pages"],
    )  # fmt: skip


def _choices(tiers: Sequence[AlertTier], window_days: int) -> dict[str, Sequence[AlertTier]]:
    """Return what a team might take: what it has, the presets, pages or tickets alone, each tier alone, each tier left out."""
    from slo_workbench.analysis.alert_tiers import preset_tiers

    choices: dict[str, Sequence[AlertTier]] = {"as it is": tiers}
    for preset in ("workbook", "sloth", "pyrra"):
        try:
            choices[f"preset {preset}"] = preset_tiers(preset, window_days)
        except UnusableValue:
            continue  # a tool that has no tiers for this window
    for tier in tiers:
        choices[f"only {tier.id}"] = [tier]
        if len(tiers) > 2:
            choices[f"without {tier.id}"] = [one for one in tiers if one is not tier]
    return choices


def _simulated(tiers: Sequence[AlertTier], opened: OpenedPromise) -> str:
    from slo_workbench.analysis.simulated_outages import simulate_outages

    found = simulate_outages(tiers, target=opened.target, window_days=opened.window_days)
    rows = [
        (f"{row['bad_share'] * 100:g} %", *(_duration(row[name]) for name in ("page_after_minutes", "ticket_after_minutes", "exhaustion_minutes", "reset_minutes")))
        for row in found.by_share.to_dict("records")
    ]  # fmt: skip
    header = ["errors", "page after", "ticket after", "budget gone after", "stops calling, once over, after"]
    return "\n".join([text_table(header, rows, columns=terminal_columns()), "", *found.sentences])


def _duration(minutes: float) -> str:
    return format_duration(minutes) if math.isfinite(minutes) else "–"
