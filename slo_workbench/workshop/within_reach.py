"""Whether a target is within reach: achievable from history or aspirational from a need, and what the dependencies leave possible."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.proposal.evidence import ceiling_of_journey, dependencies_part
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, together
from slo_workbench.units import counted, format_duration, format_share, parse_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["at_target", "ceiling_part", "reach_part"]


def reach_part(case: ProposalCase, *, draft_target: str = "") -> Fragment:
    """Return how the target in the workbook compares with what the history supports, and what its ambition means for the policy."""
    one, ambition = case.assessment, case.objective.ambition
    share = parse_share(draft_target) if draft_target else one.stated_target
    if share is not None and share != one.stated_target:
        drafted = f"Your draft is {format_share(share)}; the Decide cell below writes it."
        return paragraphs(drafted, at_target(case, draft_target), f"In the workbook: {_in_workbook(one.stated_target)}.")
    if one.stated_target is None:
        return paragraphs(
            "No target stands in the workbook yet (the Decide cell writes it); what follows uses what the history supports.", one.sentence
        )
    meant = {
        "achievable": "It is called achievable: from the day it is agreed, the policy acts when its budget is spent.",
        "aspirational": "It is called aspirational: it shows where the team wants to be, and triggers no policy.",
    }[ambition]
    return paragraphs(one.stated_sentence or one.sentence, one.gap_sentence, meant)


def _in_workbook(target: Decimal | None) -> str:
    return "no target yet" if target is None else format_share(target)


def ceiling_part(case: ProposalCase) -> Fragment:
    """Return what the hard dependencies of the journey leave possible, and whether the target lies above; or that none is named."""
    if not case.journey.dependencies:
        return paragraphs(
            f"The journey “{case.journey.name}” names no dependency, so nothing is known of a ceiling; notebook 01 names them."
        )
    shown, target = dependencies_part(case), case.assessment.target
    if target is None:
        return shown
    above = ceiling_of_journey(case.journey).findings(target, where=f"dependencies of {case.journey.id}")
    return together(shown, findings_list(above) if above else paragraphs(f"{format_share(target)} lies below that."))


def at_target(case: ProposalCase, target: str) -> str:
    """Say how many of a hundred windows would keep a target, and what it allows; or that the history cannot tell.

    Parameters
    ----------
    case : ProposalCase
    target : str
        Such as ``99.9%``.
    """
    share, one = parse_share(target), case.assessment
    if one.fit is None:
        return f"The history cannot tell how often {format_share(share)} would be kept. {one.sentence}"
    predicted = one.fit.predicted
    n_bad, n_kept = int(float(1 - share) * predicted.valid_events), predicted.chance_of_keeping(share) * 100
    return (
        f"At {format_share(share)} about {n_kept:.0f} of 100 windows of {one.window.words} would keep it; it allows "
        f"{counted(n_bad, f'bad {one.event}')} in one, or {format_duration(float(1 - share) * one.window.days * 1440)} of full outage at average traffic."
    )
