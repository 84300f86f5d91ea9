"""What is still open about a promise before anybody signs: fields nobody filled, what is odd, what no SLI sees, who does not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from slo_workbench.document.findings import FindingsError
from slo_workbench.proposal.fragments import Fragment, paragraphs, table
from slo_workbench.units import counted
from slo_workbench.workshop.checks import UNNAMED

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase
    from slo_workbench.workshop.opening import Workshop

__all__ = ["open_points", "open_points_part"]


def open_points(workshop: Workshop, objective_id: str = "") -> tuple[tuple[str, str, str], ...]:
    """Return what is open as rows: kind, what it is, what to do."""
    case = workshop.case(objective_id)
    return (*_missing(case), *_odd(case), *_unseen(case), *_dissent(case))


def open_points_part(workshop: Workshop, objective_id: str = "") -> Fragment:
    """Return :func:`open_points` as a table, or that nothing is open."""
    rows = open_points(workshop, objective_id)
    if not rows:
        return paragraphs("Nothing is open: fields are filled, no row was refused, nothing odd was found, and nobody has dissented.")
    return table(["Kind", "What is open", "What to do"], rows)


def _missing(case: ProposalCase) -> Iterator[tuple[str, str, str]]:
    objective, policy = case.objective, case.workbook.policy
    if case.workbook.service.name == UNNAMED:
        yield "missing", f"The service is still called {UNNAMED}, in files and rules too.", "notebook 00: service_name"
    if objective.target is None:
        yield "missing", "No target is decided.", "notebook 05"
    for name, what, where in (
        ("owner", "Nobody owns the promise.", "notebook 06"),
        ("reason", "No reason stands beside the target.", "notebook 05"),
        ("next_review", "No day is set to look at it again.", "the Decide cell below"),
    ):
        if not getattr(objective, name):
            yield "missing", what, where
    if objective.ambition == "aspirational":
        return
    if not policy.clauses:
        yield "missing", "No policy says what happens when the budget is spent.", "notebook 07"
    elif not policy.agreed_by:
        yield "missing", "Nobody has agreed to the error budget policy.", "notebook 07: agreed_by"


def _odd(case: ProposalCase) -> Iterator[tuple[str, str, str]]:
    for finding in case.findings():
        if finding.severity != "note":
            yield finding.severity, f"{finding.message}.", finding.hint or "–"

    refused = case.history.source_of(case.indicator.id).refused
    n_refused = sum(refused.values())
    if n_refused:
        why = "; ".join(f"{counted(n, 'row')}: {reason}" for reason, n in refused.items() if n)
        yield (
            "data",
            f"{counted(n_refused, 'row')} of the source could not be used ({why}).",
            "look at them in notebook 02, or let it stand",
        )


def _unseen(case: ProposalCase) -> Iterator[tuple[str, str, str]]:
    from slo_workbench.journeys.coverage_words import coverage_sentences
    from slo_workbench.journeys.journey_view import view_journey

    if not case.journey.diagram.strip():
        yield "gap", f"The journey “{case.journey.name}” has no diagram, so nobody knows what no SLI sees.", "notebook 01"
        return
    try:
        view = view_journey(case.workbook, case.journey.id)
    except FindingsError:
        return  # told as odd
    if view.coverage.gaps:
        yield "gap", coverage_sentences(view, with_name=False)[0], "add an SLI (notebook 03), or accept it and write it down as a risk"


def _dissent(case: ProposalCase) -> Iterator[tuple[str, str, str]]:
    for one in case.journey.choice.dissent:
        yield "dissent", f"{one.by} about {one.about}: {one.text}", "answer it, or let it stand in the proposal"
