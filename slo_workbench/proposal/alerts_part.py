"""The part of a proposal about alerts: which tiers watch the budget, and what they would have done in the past."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.analysis.alert_replay import AlertReplay, replay_alerts
from slo_workbench.analysis.alert_tier_findings import tier_findings
from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS, tiers_of
from slo_workbench.document.findings import FindingsError, has_errors
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.proposal.counted_series import counted_series
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, table, together
from slo_workbench.sources.team_lists import team_incidents
from slo_workbench.units import format_duration

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["alerts_part", "replayed_alerts"]

MOST_INCIDENTS = 15


def replayed_alerts(case: ProposalCase) -> AlertReplay | None:
    """Return the alerts of the workbook replayed on the history; ``None`` where there is no target, or no tier.

    Raises
    ------
    SloWorkbenchError
        When tiers, counts or the team's list of incidents do not allow it.
    """
    target = case.assessment.target
    if target is None or not case.is_measured or not 0 < target < 1:
        return None
    tiers, findings = tiers_of(case.workbook.alerting, case.objective.window.days)
    if has_errors(findings):
        raise FindingsError(findings)
    listed, _ = team_incidents(case.workbook, Path(case.folder))
    tiers = tuple(tier for tier in tiers if not has_errors(tier_findings(tier, target=target, window_days=case.objective.window.days)))
    if not tiers:
        return None
    return replay_alerts(
        counted_series(case), tiers, target=target, window_days=case.objective.window.days, incidents=listed, journey=case.indicator.journey,
        resolution_minutes=case.history.source_of(case.indicator.id).resolution_minutes, days_with_data=float(len(case.assessment.daily)),
        fewest_bad_events=FEWEST_BAD_EVENTS, event=case.assessment.event,
    )  # fmt: skip


def alerts_part(case: ProposalCase) -> Fragment:
    """Return the tiers, how often they would have called, how soon, and how often for nothing."""
    if case.objective.ambition == "aspirational":
        return paragraphs("The target is aspirational: nobody is called for it.")
    try:
        played = case.alerts
    except SloWorkbenchError as error:
        return paragraphs(f"The alerts cannot be replayed: {error}", css_class="refusal")
    if played is None:
        return paragraphs("Without a target, or without tiers of alerts, nobody is called.")
    if not played.tiers:
        said = paragraphs("None of the tiers can be replayed on these counts; what they need stands below.", css_class="refusal")
        return together(said, findings_list(played.findings))
    *sentences, rules = played.sentences
    parts = [paragraphs(*sentences), _tiers(case, played)]
    if len(played.by_incident):
        parts.append(_incidents(case, played))
    return together(*parts, paragraphs(rules, css_class="aside"), findings_list(played.findings) if played.findings else paragraphs())


def _tiers(case: ProposalCase, played: AlertReplay) -> Fragment:
    rows = [
        (
            tier.id, "a page" if tier.severity == "page" else "a ticket", format_duration(tier.long_minutes), format_duration(tier.short_minutes),
            f"{float(tier.burn_rate):.3g} ×", f"{float(tier.budget_spent_share(played.window_days)) * 100:.3g} %",
        ) for tier in played.tiers
    ]  # fmt: skip
    return table(case.texts.header("tiers"), rows, numbers=(2, 3, 4, 5))


def _incidents(case: ProposalCase, played: AlertReplay) -> Fragment:
    records = played.by_incident.to_dict("records")
    rows = [
        (str(row["incident"]), f"{row['start']:%Y-%m-%d %H:%M}", row["verdict"], _after(row, "page"), _after(row, "ticket"))
        for row in records[:MOST_INCIDENTS]
    ]
    hidden = len(records) - len(rows)
    more = paragraphs(f"{hidden} more are not shown.", css_class="aside") if hidden else paragraphs()
    return together(table(case.texts.header("calls"), rows), more)


def _after(row: Mapping[Any, Any], severity: str) -> str:
    delay = row[f"{severity}_delay_minutes"]
    return "–" if delay is None or delay != delay else format_duration(delay)
