"""The part of a proposal that explains its words, each once, for somebody who hears them for the first time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from slo_workbench.document.glossary import Term, find_term
from slo_workbench.proposal.fragments import Fragment

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["glossary_part", "terms_of"]

_ALWAYS = (
    "user", "journey", "valid event", "good event", "SLI", "SLO", "target", "window", "confidence", "error budget", "burn rate", "policy", "incident",
    "page", "ticket", "measuring point", "coverage gap", "dissent", "workbook",
)  # fmt: skip


def terms_of(case: ProposalCase) -> tuple[Term, ...]:
    """Return the words that the page uses, in an order in which they can be read."""
    names = list(_ALWAYS)
    if case.assessment.threshold_ms is not None:
        names.insert(names.index("window"), "threshold")
    names.insert(names.index("confidence"), "calendar window" if case.objective.window.period else "rolling window")
    names.insert(names.index("confidence"), f"{case.objective.ambition} target")
    return tuple(find_term(name) for name in names)


def glossary_part(case: ProposalCase) -> Fragment:
    """Return words and what they mean, with the source that a definition follows; the address is text, as a page asks nothing of the network."""
    terms = terms_of(case)
    lines = "".join(f"<dt>{escape(term.name)}</dt><dd>{escape(term.meaning)}{_source(term)}</dd>" for term in terms)
    return Fragment(f'<dl class="glossary">{lines}</dl>', "\n".join(f"{term.name}: {term.meaning}" for term in terms))


def _source(term: Term) -> str:
    # with the space inside, WeasyPrint breaks the line where it should
    return f'<span class="where"> (after {escape(term.source)})</span>' if term.source else ""
