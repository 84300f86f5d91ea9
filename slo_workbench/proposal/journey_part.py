"""The part of a proposal about its journey: the diagram with what is measured where, what nobody sees, and how the SLIs were chosen."""

from __future__ import annotations

from slo_workbench.document.findings import FindingsError
from slo_workbench.document.model import Journey, Workbook
from slo_workbench.journeys import alt_text
from slo_workbench.journeys.coverage_words import coverage_sentences, gaps_by_mode
from slo_workbench.journeys.journey_view import JourneyView, view_journey
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together

__all__ = ["choice_part", "journey_part"]


def journey_part(workbook: Workbook, journey: Journey) -> Fragment:
    """Return the journey in words, its diagram with the signs of its SLIs, and the ways to fail that none of them sees."""
    words = paragraphs(f"Who: {journey.users}" if journey.users else None, journey.why)
    if not journey.diagram.strip():
        return together(words, paragraphs("The journey has no diagram yet."))
    try:
        view = view_journey(workbook, journey.id)
    except FindingsError:
        return together(words, paragraphs("The diagram cannot be read; see what to look at."))
    picture = view.picture()
    drawn = Fragment(f'<div class="diagram">{picture.html}</div>', alt_text(view.diagram, picture.overlay))
    return together(words, drawn, _gaps(view))


def _gaps(view: JourneyView) -> Fragment:
    heading = Fragment("<h3>What no SLI sees</h3>", "What no SLI sees")
    said = paragraphs(*coverage_sentences(view, with_name=False))
    rows = gaps_by_mode(view)
    return together(heading, said, table(["What can happen", "Where", "What would see it"], rows)) if rows else together(heading, said)


def choice_part(journey: Journey) -> Fragment:
    """Return how the journey's SLIs were chosen: who, when, what was rejected and why, who does not agree; nothing before a choice."""
    choice = journey.choice
    if choice.decided_on is None:
        return paragraphs()
    by = f" by {', '.join(choice.decided_by)}" if choice.decided_by else ""
    heading = Fragment("<h3>How the SLIs were chosen</h3>", "How the SLIs were chosen")
    said = paragraphs(f"Decided on {choice.decided_on}{by}.")
    rejected = [(one.specification or one.id, one.kind, one.reason) for one in choice.rejected]
    not_taken = table(["Not taken", "Kind", "Why"], rejected) if rejected else paragraphs()
    dissent = [(one.by, one.about, one.text) for one in choice.dissent]
    return together(heading, said, not_taken, table(["Who does not agree", "About", "What they say"], dissent) if dissent else paragraphs())
