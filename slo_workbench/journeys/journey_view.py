"""A journey of the workbook, understood: its diagram, who is who, and what the chosen SLIs see of it."""

from __future__ import annotations

from dataclasses import dataclass

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Indicator, Journey, Workbook
from slo_workbench.document.sli_menu import MeasuringPoint
from slo_workbench.journeys.branch_coverage import BranchCoverage, cover_branches
from slo_workbench.journeys.coverage import Coverage, cover_journey
from slo_workbench.journeys.exchanges import Exchange
from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.parsing import parse_diagram
from slo_workbench.journeys.picture import DiagramPicture
from slo_workbench.journeys.roles import read_roles
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.theme import Theme
from slo_workbench.units import format_share

__all__ = ["POINT_WORDS", "JourneyView", "view_journey"]

POINT_WORDS: dict[MeasuringPoint, str] = {
    "server_log": "server log", "application_metric": "application metric", "load_balancer": "load balancer", "prober": "prober",
    "client": "client",
}  # fmt: skip


@dataclass(frozen=True)
class JourneyView:
    """A journey with what is known of it.

    Parameters
    ----------
    journey : Journey
    diagram : Diagram
    indicators : tuple of Indicator
        Those of the journey.
    coverage : Coverage
    branches : tuple of BranchCoverage
    findings : tuple of Finding
        About the diagram, the roles, and indicators whose arrows are not known.
    """

    journey: Journey
    diagram: Diagram
    indicators: tuple[Indicator, ...]
    coverage: Coverage
    branches: tuple[BranchCoverage, ...]
    findings: tuple[Finding, ...]

    @property
    def overlay(self) -> Overlay:
        """The signs for the picture: what counts which arrow, from where, and what is seen by nobody."""
        calls = self.coverage.exchanges.by_call
        marks = {call: ids for call in calls if (ids := self.coverage.counting(call))}
        through = {call: ids for call in calls if (ids := self.coverage.seeing_through(call))}
        return Overlay(marks, through, self.coverage.blind, self._points(), self._targets())

    def picture(self, *, theme: Theme = "auto", with_overlay: bool = True) -> DiagramPicture:
        """Return the diagram as a picture, with the signs on it."""
        return DiagramPicture(self.diagram, theme=theme, overlay=self.overlay if with_overlay else Overlay())

    def _points(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, list[str]]] = {}
        for indicator in self.indicators:
            for call in self.coverage.counted[indicator.id]:
                whom = _measured_at(indicator, self.coverage.exchanges.by_call[call])
                ids = found.setdefault(whom, {}).setdefault(POINT_WORDS[indicator.measured_at], [])
                ids += [indicator.id] if indicator.id not in ids else []
        return {whom: tuple(f"{point}: {', '.join(ids)}" for point, ids in points.items()) for whom, points in found.items()}

    def _targets(self) -> dict[str, str]:
        by_label = {name: person.name for person in self.diagram.participants for name in (person.shown, person.name)}
        return {by_label[one.name]: format_share(one.target) for one in self.journey.dependencies if one.name in by_label}


def _measured_at(indicator: Indicator, exchange: Exchange) -> str:
    """Return the participant at which an indicator is measured: the client or prober asks, all others are asked."""
    return exchange.caller if indicator.measured_at in ("client", "prober") else exchange.callee


def view_journey(workbook: Workbook, journey_id: str) -> JourneyView:
    """Understand one journey of a workbook.

    Raises
    ------
    FindingsError
        When there is no such journey, or its diagram is empty or has errors.
    """
    journeys = {journey.id: journey for journey in workbook.journeys}
    if journey_id not in journeys:
        raise FindingsError([Finding("unknown-journey", f"there is no journey {journey_id!r}", hint=nearest_hint(journey_id, journeys))])
    journey = journeys[journey_id]
    if not journey.diagram.strip():
        hint = "draw it as a Mermaid sequenceDiagram under 'diagram: |'; or learn it from traces: slo-workbench learn TRACES"
        raise FindingsError([Finding("no-diagram", f"the journey {journey_id!r} has no diagram", hint=hint)])
    diagram, odd = parse_diagram(journey.diagram)
    where = f"diagram of {journey_id}"
    findings = tuple(finding.at(where=where) for finding in odd)
    if not diagram.messages:
        hint = "draw who asks whom for what: Buyer->>Shop: POST /orders"
        raise FindingsError([*findings, Finding("diagram-without-messages", "the diagram has no messages", where=where, hint=hint)])
    roles = read_roles(diagram, journey.roles)
    indicators = tuple(indicator for indicator in workbook.indicators if indicator.journey == journey_id)
    coverage = cover_journey(diagram, roles, indicators)
    return JourneyView(journey, diagram, indicators, coverage, cover_branches(coverage, indicators), (*findings, *coverage.findings))
