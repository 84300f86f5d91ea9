"""The part of a proposal that holds the team's own list of incidents against the indicator of the promise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.analysis.incident_journeys import name_journeys
from slo_workbench.analysis.incident_replay import IncidentReplay, replay_incidents
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.sources.team_lists import team_incidents
from slo_workbench.units import counted, format_count

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["replayed_incidents", "team_incidents_part"]

MOST_INCIDENTS = 20
_SIGNS = {"shown": "✓ shown", "faint": "~ faint", "not shown": "✗ not shown"}


def replayed_incidents(case: ProposalCase) -> IncidentReplay | None:
    """Return what the indicator shows of the team's incidents of its journey; ``None`` where the workbook names no list, or none of the journey.

    Raises
    ------
    SloWorkbenchError
        When the list cannot be read, or there is nothing to look at.
    """
    listed, _ = team_incidents(case.workbook, Path(case.folder))
    if listed is None or not case.is_measured:
        return None
    journey, one = case.journey.id, case.assessment
    incidents, _ = name_journeys(listed, {each.id: each.name for each in case.workbook.journeys})
    if not any(not named or journey in named for named in incidents["journeys"]):
        return None
    name = case.indicator.id
    has_target = one.target is not None and 0 < one.target < 1
    return replay_incidents(
        {name: case.history.series_of(name, one.threshold_ms)}, incidents, journeys=[journey], journeys_of={name: journey},
        budgets={name: (one.target, one.window.days)} if has_target and one.target is not None else None,
        resolution_minutes={name: case.resolution_minutes}, event=one.event,
    )  # fmt: skip


def team_incidents_part(case: ProposalCase) -> Fragment:
    """Return which of the incidents that the team remembers the indicator would have shown, and what stood out that nobody noted."""
    if case.workbook.incidents is None:
        return paragraphs("The workbook names no list of incidents, so what stood out is held against nobody's memory.")
    try:
        found = case.remembered
    except SloWorkbenchError as error:
        return paragraphs(f"The team's list of incidents cannot be replayed: {error}", css_class="refusal")
    if found is None:
        return paragraphs("No incident of the team's list concerns this journey.")
    of_pair = {row["incident"]: row for row in found.table.to_dict("records")}
    rows = [_row(row, of_pair.get(row["incident"], {})) for row in found.incidents.tail(MOST_INCIDENTS).to_dict("records")]
    hidden = len(found.incidents) - len(rows)
    more = paragraphs(f"{counted(hidden, 'earlier incident')} not shown.", css_class="aside") if hidden else paragraphs()
    header = case.texts.header("remembered", event=case.assessment.event)
    *said, rule = found.sentences
    return together(table(header, rows, numbers=(4, 5)), more, paragraphs(*said), paragraphs(rule, css_class="aside"))


def _row(incident: dict[Any, Any], counts: dict[Any, Any]) -> tuple[str, ...]:
    bad, share = counts.get("bad"), counts.get("budget_share")
    return (
        str(incident["incident"]),
        f"{incident['start']:%Y-%m-%d %H:%M}",
        str(incident["title"]),
        _SIGNS.get(incident["verdict"], incident["verdict"]),
        "–" if bad is None or not counts.get("n_minutes_with_data") else format_count(bad),
        "–" if share is None or share != share else f"{max(share, 0.0) * 100:,.0f} %",
    )
