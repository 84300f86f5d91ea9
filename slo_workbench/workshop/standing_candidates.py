"""The candidate SLIs of a journey as they stand: suggested from its diagram and its data, chosen, rejected or open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.progress import Step, Tell, silent

if TYPE_CHECKING:
    from slo_workbench.document.model import Workbook
    from slo_workbench.journeys.candidate import Candidate
    from slo_workbench.journeys.journey_view import JourneyView
    from slo_workbench.sources.source_shape import SourceShape

__all__ = ["StandingCandidates", "look_at_sources", "standing_candidates"]

Shapes = tuple["SourceShape", ...]


@dataclass(frozen=True)
class StandingCandidates:
    """A journey, its candidates, and what is odd in the diagram or the data.

    Parameters
    ----------
    view : JourneyView
        The journey with what its chosen SLIs see.
    candidates : tuple of (Candidate, str)
        Each with its standing: ``open``, ``chosen as …`` or ``rejected: …``.
    findings : tuple of Finding
    """

    view: JourneyView
    candidates: tuple[tuple[Candidate, str], ...]
    findings: tuple[Finding, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all candidates, in their order."""
        return tuple(one.id for one, _ in self.candidates)


def look_at_sources(
    workbook: Workbook, folder: Path, places: Mapping[str, str] | None = None, *, progress: Tell = silent
) -> tuple[Shapes, tuple[Finding, ...]]:
    """Look at every source that can be opened; the others are named in warnings, and suggestions do without them.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        Where the workbook lies.
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    progress : callable, optional
    """
    from slo_workbench.history.from_workbook import is_asked_of_prometheus, source_request
    from slo_workbench.sources.anywhere import open_anywhere
    from slo_workbench.sources.source_shape import describe_source

    shapes: list[SourceShape] = []
    findings: list[Finding] = []
    for name, source in workbook.sources.items():
        if is_asked_of_prometheus(workbook, name, places):
            continue
        progress(Step(f"{name}: columns and values"))
        request = source_request(name, source, folder, place=(places or {}).get(name))
        try:
            with ExitStack() as stack:
                shapes.append(describe_source(stack.enter_context(open_anywhere(request, folder=folder))))
        except FindingsError as error:
            findings += [found.at(severity="warning") for found in error.findings]
    return tuple(shapes), tuple(findings)


def standing_candidates(workbook: Workbook, journey_id: str, *, shapes: Shapes = ()) -> StandingCandidates:
    r"""Suggest candidates for a journey, and tell whether they are chosen.

    Parameters
    ----------
    workbook : Workbook
    journey_id : str
    shapes : tuple of SourceShape
        What the sources hold, see :func:`look_at_sources`; without them predicates are patterns to fill in.

    Raises
    ------
    FindingsError
        When there is no such journey, or its diagram is empty or has errors.

    Examples
    --------
    >>> from slo_workbench.document.yaml_file import check_text
    >>> text = "service: {name: shop}\njourneys:\n- {id: buy, name: Buy, diagram: 'sequenceDiagram\n\n\n    Fan->>Shop: POST /orders'}\n"
    >>> shop = check_text(text).workbook
    >>> [(one.id, standing) for one, standing in standing_candidates(shop, "buy").candidates]
    [('buy-availability', 'open'), ('buy-latency', 'open')]
    """
    from slo_workbench.journeys.candidates import standing_of, suggest_candidates
    from slo_workbench.journeys.journey_view import view_journey

    view = view_journey(workbook, journey_id)
    made = suggest_candidates(
        view.journey, view.diagram, view.coverage.roles, shapes=shapes, sources=workbook.sources, indicators=workbook.indicators
    )
    standing = tuple((one, standing_of(one, view.journey, view.diagram, view.indicators)) for one in made)
    return StandingCandidates(view, standing, tuple(one for one in view.findings if one.code != "indicator-on-no-arrow"))
