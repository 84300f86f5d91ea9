"""The part of a proposal about looking at it again: when, and what earlier reviews found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.proposal.fragments import Fragment, heading, paragraphs, table, together

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["review_part", "review_sentence"]

MOST_REVIEWS = 6


def review_sentence(case: ProposalCase) -> str:
    """Return when the promise is looked at again, and whether that day has passed."""
    day = case.objective.next_review
    if day is None:
        return "No day is set for the next review: a number that nobody looks at again grows wrong in silence."
    if case.as_of and str(day) < case.as_of:
        return f"The next review was due on {day}, which had passed on {case.as_of}."
    return f"The next review is on {day}; it asks whether users, data and the team's reasons are still what they were."


def review_part(case: ProposalCase) -> Fragment:
    """Return the day of the next review, and the last reviews with what they decided."""
    reviews = sorted(case.workbook.reviews, key=lambda review: review.date, reverse=True)[:MOST_REVIEWS]
    rows = [(str(one.date), ", ".join(one.attendees) or "–", one.findings or "–", one.decisions or "–") for one in reviews]
    shown = table(case.texts.header("reviews"), rows) if rows else paragraphs("There has been no review yet.")
    return together(heading(case.texts.heading("next-review")), paragraphs(review_sentence(case)), shown)
