"""The part of a proposal that writes down how its journey can fail without any of its indicators seeing it."""

from __future__ import annotations

from slo_workbench.document.findings import FindingsError
from slo_workbench.document.model import Journey, Workbook
from slo_workbench.journeys.coverage_words import coverage_sentences, gaps_by_mode
from slo_workbench.journeys.journey_view import JourneyView, view_journey
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.proposal.texts import FixedTexts, read_texts

__all__ = ["coverage_part", "view_of"]


def view_of(workbook: Workbook, journey: Journey) -> JourneyView | None:
    """Return the journey's diagram with what is measured on it; ``None`` where there is none, or none that can be read."""
    if not journey.diagram.strip():
        return None
    try:
        return view_journey(workbook, journey.id)
    except FindingsError:
        return None


def coverage_part(workbook: Workbook, journey: Journey, *, texts: FixedTexts | None = None) -> Fragment:
    """Return how much of the journey is seen, and the ways to fail that are not."""
    view = view_of(workbook, journey)
    if view is None:
        return paragraphs("Without a diagram that can be read, nobody can say what is not seen.")
    said = paragraphs(*coverage_sentences(view, with_name=False))
    rows = gaps_by_mode(view)
    return together(said, table((texts or read_texts()).header("coverage"), rows)) if rows else said
