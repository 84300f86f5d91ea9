"""The part of a proposal about its journey: the diagram with what is measured where, and how the SLIs were chosen."""

from __future__ import annotations

from slo_workbench.document.model import Journey, Workbook
from slo_workbench.journeys import alt_text
from slo_workbench.proposal.coverage_part import view_of
from slo_workbench.proposal.fragments import Fragment, heading, paragraphs, scrolling, table, together
from slo_workbench.proposal.texts import FixedTexts, read_texts

__all__ = ["choice_part", "journey_part"]


def journey_part(workbook: Workbook, journey: Journey) -> Fragment:
    """Return the journey in words, and its diagram with the signs of its SLIs."""
    words = paragraphs(f"Who: {journey.users}" if journey.users else None, journey.why)
    if not journey.diagram.strip():
        return together(words, paragraphs("The journey has no diagram yet."))
    view = view_of(workbook, journey)
    if view is None:
        return together(words, paragraphs("The diagram cannot be read; see what to look at."))
    picture = view.picture()
    return together(
        words, Fragment(f'<div class="diagram">{scrolling(picture.html, name="Diagram")}</div>', alt_text(view.diagram, picture.overlay))
    )


def choice_part(journey: Journey, *, texts: FixedTexts | None = None, with_dissent: bool = True) -> Fragment:
    """Return how the journey's SLIs were chosen: who, when, what was rejected and why, who does not agree; nothing before a choice."""
    choice, texts = journey.choice, texts or read_texts()
    if choice.decided_on is None:
        return paragraphs()
    by = f" by {', '.join(choice.decided_by)}" if choice.decided_by else ""
    said = paragraphs(f"Decided on {choice.decided_on}{by}.")
    rejected = [(one.specification or one.id, one.kind, one.reason) for one in choice.rejected]
    not_taken = table(texts.header("choice"), rejected) if rejected else paragraphs()
    dissent = [(one.by, one.about, one.text) for one in choice.dissent] if with_dissent else []
    against = table(texts.header("dissent")[:3], dissent) if dissent else paragraphs()
    return together(heading(texts.heading("choice")), said, not_taken, against)
