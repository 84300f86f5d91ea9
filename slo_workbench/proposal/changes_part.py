"""The part of a proposal about what changed since an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.proposal.fragments import Fragment, heading, items, paragraphs, together

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["changes_part"]

NOT_COMPARED = "This proposal was not compared with an earlier one."


def changes_part(case: ProposalCase) -> Fragment:
    """Return what changed since an earlier proposal, by decisions, figures, data and making; or that it was compared with none."""
    found = case.changes
    if found is None:
        return paragraphs(NOT_COMPARED)
    day = f", which was made as of {found.since}" if case.as_of else ""
    compared = (
        f"Compared with the earlier proposal{day}; this one is of {case.as_of}." if case.as_of else f"Compared with that of {found.since}."
    )
    if found.is_empty:
        return together(paragraphs(compared, found.headline))
    parts = [
        together(heading(case.texts.heading(f"changed-{name}")), items(*(one.sentence for one in changes)))
        for name, changes in found.sections.items()
    ]
    return together(paragraphs(compared), *parts, paragraphs(found.also))
