"""The incidents that the team remembers, replayed against the chosen indicators of a journey."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.document.model import Indicator
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, table, together
from slo_workbench.units import counted, format_ms
from slo_workbench.workshop.opening import Workshop

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.analysis.incident_replay import IncidentReplay

__all__ = ["incidents_replayed"]

_SIGNS = {"shown": "✓ shown", "faint": "~ faint", "not shown": "✗ not shown"}


def incidents_replayed(workshop: Workshop, journey_id: str = "") -> Fragment:
    """Return which of the team's incidents the journey's indicators would have shown; or what it takes to tell.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.

    Raises
    ------
    FindingsError
        When there is no such journey, or the requests cannot be read.
    """
    from slo_workbench.analysis.incident_journeys import name_journeys
    from slo_workbench.sources.team_lists import team_incidents

    workbook, journey = workshop.workbook, workshop.journey(journey_id)
    indicators = [one for one in workbook.indicators if one.journey == journey.id]
    listed, odd = team_incidents(workbook, workshop.folder)
    if listed is None:
        return paragraphs(
            "The workbook names no list of incidents. Write 'incidents: incidents.csv' into it: one line an incident, with start and end."
        )
    if not indicators:
        return paragraphs(
            f"No indicator speaks for {journey.name} yet, so no incident can be replayed. Choose some first, then run this again."
        )
    incidents, unknown = name_journeys(listed, {one.id: one.name for one in workbook.journeys})
    if not any(not named or journey.id in named for named in incidents["journeys"]):
        return paragraphs(f"None of the {counted(len(incidents), 'incident')} of the list concerns {journey.name}.")
    found = _replayed(workshop, journey.id, indicators, incidents)
    rows = [
        (
            row["incident"],
            f"{row['start']:%Y-%m-%d %H:%M}",
            row["title"],
            _SIGNS.get(row["verdict"], row["verdict"]),
            row["indicator"] or "–",
        )
        for row in found.incidents.to_dict("records")
    ]
    shown = table(["Incident", "Start (UTC)", "What it was", "Would it have shown?", "Best seen by"], rows)
    worth_telling = [one for one in (*odd, *unknown, *found.findings) if one.severity != "note"]
    return together(shown, paragraphs(*found.sentences), findings_list(worth_telling) if worth_telling else paragraphs())


def _replayed(workshop: Workshop, journey_id: str, indicators: list[Indicator], incidents: pd.DataFrame) -> IncidentReplay:
    from slo_workbench.analysis.incident_replay import replay_incidents

    measured = {
        one.id if threshold is None else f"{one.id} within {format_ms(threshold)}": (one, threshold)
        for one in indicators
        for threshold in one.thresholds_ms or (None,)
    }
    histories = {name: workshop.history_of(one.id) for name, (one, _) in measured.items()}
    return replay_incidents(
        {name: histories[name].series_of(one.id, threshold) for name, (one, threshold) in measured.items()}, incidents,
        journeys=[journey_id], journeys_of=dict.fromkeys(measured, journey_id), budgets=_budgets(workshop, measured),
        resolution_minutes={name: histories[name].source_of(one.id).resolution_minutes for name, (one, _) in measured.items()}, event="event",
    )  # fmt: skip


def _budgets(workshop: Workshop, measured: dict[str, tuple[Indicator, float | None]]) -> dict[str, tuple[Decimal, int]]:
    """Return target and window in days of what has an objective with a target."""
    workbook = workshop.workbook
    return {
        name: (objective.target, objective.window.days)
        for name, (one, threshold) in measured.items()
        for objective in workbook.objectives
        if objective.indicator == one.id and objective.target and workbook.threshold_ms_of(objective) == threshold
    }
