"""The command that replays alerts: ``alerts``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import has_errors, is_clean, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.promise_commands import opened_promise
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.workshop.alert_choices import (
    CHOICE_HEADER,
    OUTAGE_HEADER,
    TIER_HEADER,
    choice_cells,
    incident_call,
    outage_cells,
    preset_choices,
    tier_cells,
    tiers_that_can_fire,
    variations,
)

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_replay import AlertReplay
    from slo_workbench.analysis.alert_tiers import AlertTier
    from slo_workbench.promise_commands import OpenedPromise

__all__ = ["alerts"]

GOOD, FOUND = 0, 1


def alerts(given: Namespace) -> int:
    """Replay the alerts of an objective."""
    from slo_workbench.analysis.alert_replay import LONGEST_SLACK_MINUTES, replay_alerts
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
    tiers, broken = tiers_that_can_fire(tiers, target=opened.target, window_days=opened.window_days)
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
    rows = [tier_cells(tier, opened.window_days) for tier in tiers]
    return text_table(TIER_HEADER, rows, columns=terminal_columns())


def _incident_table(played: AlertReplay) -> str:
    rows = []
    for row in played.by_incident.to_dict("records"):
        called = [incident_call(row, severity) for severity in ("page", "ticket")]
        rows.append((printable(str(row["incident"])), f"{row['start']:%Y-%m-%d %H:%M}", row["verdict"], *called))
    return text_table(["incident", "start (UTC)", "verdict", "paged after", "ticket after"], rows, columns=terminal_columns())


def _compared(tiers: Sequence[AlertTier], opened: OpenedPromise, listed: Any, given: Namespace) -> str:
    from slo_workbench.analysis.alert_replay import compare_tier_choices
    from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS

    choices = {"as it is": tiers, **preset_choices(opened.window_days), **variations(tiers)}
    table = compare_tier_choices(
        opened.series, choices, target=opened.target, window_days=opened.window_days, incidents=listed,
        journey=opened.indicator.journey, slack_minutes=given.slack_minutes, resolution_minutes=opened.resolution_minutes, days_with_data=float(len(opened.daily)),
        fewest_bad_events=FEWEST_BAD_EVENTS,
    )  # fmt: skip
    return text_table(CHOICE_HEADER, map(choice_cells, table.to_dict("records")), columns=terminal_columns())


def _simulated(tiers: Sequence[AlertTier], opened: OpenedPromise) -> str:
    from slo_workbench.analysis.simulated_outages import simulate_outages

    found = simulate_outages(tiers, target=opened.target, window_days=opened.window_days)
    rows = map(outage_cells, found.by_share.to_dict("records"))
    return "\n".join([text_table(OUTAGE_HEADER, rows, columns=terminal_columns()), "", *found.sentences])
