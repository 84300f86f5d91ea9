"""From the arrows of a journey to candidate SLIs: what could be measured, why, where, and with which columns.

After the SLI menu and the first step of "The Art of SLOs" (Google, CC BY 4.0,
https://sre.google/resources/practices-and-processes/art-of-slos/), read off the diagram instead of by eye.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count

from slo_workbench.document.model import Indicator, Journey, Source
from slo_workbench.document.sli_menu import MeasuringPoint
from slo_workbench.journeys.candidate import LONGEST_ID, Candidate, CandidateContext
from slo_workbench.journeys.counted_arrows import counted_arrows
from slo_workbench.journeys.exchanges import read_exchanges
from slo_workbench.journeys.measuring_points import points_for, view_from
from slo_workbench.journeys.request_candidates import candidates_of_client, candidates_of_requests, candidates_of_third_parties
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.work_candidates import candidates_of_stores, candidates_of_timetables, candidates_of_work
from slo_workbench.sources.source_shape import SourceShape

__all__ = ["Candidate", "standing_of", "suggest_candidates"]


_MAKERS = (
    candidates_of_requests, candidates_of_third_parties, candidates_of_work, candidates_of_timetables, candidates_of_stores, candidates_of_client,
)  # fmt: skip


def suggest_candidates(
    journey: Journey, diagram: Diagram, roles: Roles, *, shapes: Sequence[SourceShape] = (), sources: Mapping[str, Source] | None = None,
    indicators: Sequence[Indicator] = (),
) -> tuple[Candidate, ...]:  # fmt: skip
    r"""Suggest SLIs for a journey.

    Requests from outside suggest availability and latency, and quality where an answer may be second best. What is handed over without
    waiting suggests freshness and coverage instead, for nobody is there to get an error. What a clock starts suggests completion; what is
    written to be kept, durability. Where somebody else's system takes part, and for the app itself, only the client sees the whole.

    Parameters
    ----------
    journey : Journey
    diagram : Diagram
    roles : Roles
    shapes : sequence of SourceShape
        What the sources really hold; without them the predicates are patterns to fill in.
    sources : mapping of name to Source, optional
        What the workbook says of the sources.
    indicators : sequence of Indicator
        Those of the workbook: they tell at which point a source is measured.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>Shop: POST /orders\n Shop-)Mail queue: sold\n Shop-->>Fan: 201")
    >>> found = suggest_candidates(Journey(id="buy", name="Buy"), diagram, read_roles(diagram))
    >>> [candidate.id for candidate in found]
    ['buy-availability', 'buy-latency', 'buy-freshness', 'buy-coverage']
    >>> found[0].specification
    'The share of POST /orders requests that are answered without an error or a refusal.'
    """
    context = CandidateContext(journey, diagram, roles, read_exchanges(diagram, roles), tuple(shapes), sources or {})
    made = [candidate for makers in _MAKERS for candidate in makers(context)]
    points = Counter((indicator.source, indicator.measured_at) for indicator in indicators)
    # reversed, so that the most frequent point of a source has the last word
    measured = {source: point for (source, point), _ in reversed(points.most_common())}
    return tuple(_with_points(candidate, context, measured) for candidate in _with_own_ids(made))


def _with_own_ids(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    taken: set[str] = set()
    for candidate in candidates:
        numbered = (f"{candidate.id[: LONGEST_ID - len(suffix)].rstrip('-')}{suffix}" for suffix in map("-{}".format, count(2)))
        id = next(id for id in chain([candidate.id], numbered) if id not in taken)
        taken.add(id)
        yield replace(candidate, id=id)


def _with_points(candidate: Candidate, context: CandidateContext, measured: Mapping[str, MeasuringPoint]) -> Candidate:
    kinds = {context.exchanges.by_call[call].kind for call in candidate.calls}
    has_front = "edge" in context.roles.role_of.values()
    points = points_for(candidate.kind, at_client=candidate.is_client_only, of_requests="request" in kinds, has_front=has_front)
    arrows = tuple(" ".join(context.diagram.messages[call].text.split()) for call in candidate.calls)
    views = view_from(context.diagram, context.roles, candidate.kind, arrows, points, exchanges=context.exchanges)
    here = measured.get(candidate.skeleton.source or "")
    if here is None or here not in points:
        here = "client" if candidate.is_client_only else points[0]
    return replace(candidate, points=views, measured_at=here, arrows=arrows)


def standing_of(candidate: Candidate, journey: Journey, diagram: Diagram, indicators: Sequence[Indicator]) -> str:
    """Tell whether a candidate is taken, as which indicator, or rejected, and why; with what an indicator of its id counts, where that is other arrows.

    Examples
    --------
    >>> from slo_workbench.document.journey_model import JourneyChoice, RejectedCandidate
    >>> from slo_workbench.journeys.predicate_skeleton import Skeleton
    >>> no = RejectedCandidate(id="buy-latency", kind="latency", reason="a third party decides it")
    >>> candidate = Candidate("buy-latency", "latency", (0,), "", "", Skeleton(None, "", ""))
    >>> standing_of(candidate, Journey(id="buy", name="Buy", choice=JourneyChoice(rejected=(no,))), Diagram(), [])
    'rejected: a third party decides it'
    """
    for indicator in indicators:
        if (
            indicator.journey != journey.id
            or indicator.kind != candidate.kind
            or (indicator.measured_at in ("client",)) != candidate.is_client_only
        ):
            continue
        is_same = set(counted_arrows(indicator, diagram)[0]) == set(candidate.calls)
        if is_same or indicator.id == candidate.id:
            other = "" if is_same or indicator.valid == candidate.skeleton.valid else f", with other conditions: {indicator.valid}"
            return f"chosen as {indicator.id}{other}"
    rejected = next((one for one in journey.choice.rejected if one.id == candidate.id), None)
    return f"rejected: {rejected.reason}" if rejected else "open"
