"""A candidate SLI, and what is known of the journey it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slo_workbench.document.model import Journey, Source
from slo_workbench.document.sli_menu import MeasuringPoint, SliKind
from slo_workbench.journeys.counted_arrows import endpoint_in
from slo_workbench.journeys.exchanges import Exchange, Exchanges
from slo_workbench.journeys.measuring_points import PointView
from slo_workbench.journeys.predicate_skeleton import Skeleton
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.wording import first_line
from slo_workbench.journeys.work_predicates import work_skeleton
from slo_workbench.sources.source_shape import SourceShape

__all__ = ["LONGEST_ID", "Candidate", "CandidateContext", "id_of", "listed", "short_name"]

LONGEST_ID = 63


@dataclass(frozen=True)
class Candidate:
    """One SLI that the journey could have.

    Parameters
    ----------
    id : str
    kind : SliKind
    calls : tuple of int
        Positions of the messages it would count.
    specification : str
        In words: the share of … that …
    reason : str
        Why the diagram suggests it.
    skeleton : Skeleton
        Predicates that fit the data, and what is missing.
    points : tuple of PointView
        Where it could be measured, what each point sees and misses.
    measured_at : MeasuringPoint
        The point that fits the data there is, else the one that sees most.
    is_client_only : bool
        Whether only the client or a prober can see it.
    arrows : tuple of str
        Texts of the messages it would count.
    """

    id: str
    kind: SliKind
    calls: tuple[int, ...]
    specification: str
    reason: str
    skeleton: Skeleton
    points: tuple[PointView, ...] = ()
    measured_at: MeasuringPoint = "server_log"
    is_client_only: bool = False
    arrows: tuple[str, ...] = ()

    @property
    def needs_arrows(self) -> bool:
        """Whether an indicator must name its arrows, as their texts hold no path that its predicate could tell."""
        return any(endpoint_in(text) is None for text in self.arrows) or self.skeleton.valid == "true"


@dataclass(frozen=True)
class CandidateContext:
    """All that suggestions are read off: the journey, its diagram understood, and what the data holds."""

    journey: Journey
    diagram: Diagram
    roles: Roles
    exchanges: Exchanges
    shapes: tuple[SourceShape, ...]
    sources: Mapping[str, Source]

    def label(self, name: str) -> str:
        """Return how a participant is called on the picture."""
        return next(" ".join(person.shown.split()) for person in self.diagram.participants if person.name == name)

    def text(self, call: int) -> str:
        """Return the text of a message; of one learnt from traces without the figures below it."""
        return first_line(self.diagram.messages[call].shown)

    def words(self) -> list[str]:
        """Return what tells which data belongs to the journey."""
        people = [self.label(person.name) for person in self.diagram.participants]
        return [self.journey.id, self.journey.name, *people, *(message.text for message in self.diagram.messages)]

    def work(self, kind: SliKind) -> Skeleton:
        """Return predicates for work behind the requests."""
        told = {name: source.description for name, source in self.sources.items()}
        return work_skeleton(kind, self.words(), self.shapes, told_of=told)


def id_of(context: CandidateContext, kind: str, *words: str) -> str:
    """Return a name for a candidate that files and rules can carry."""
    text = "-".join([context.journey.id, kind, *words]).lower()
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9]+", "-", text)).strip("-")[:LONGEST_ID].strip("-")


def short_name(context: CandidateContext, one: Exchange) -> str:
    """Return a word or two that tell a request from others of its journey."""
    endpoint = endpoint_in(one.message.text)
    if endpoint is None:
        return " ".join(context.text(one.call).split()[:3])
    static = [part for part in endpoint.route.split("/") if part and not re.search(r"[{}:<>\d]", part)]
    return static[-1] if static else endpoint.method or "request"


def listed(texts: Sequence[str]) -> str:
    """Quote up to four texts."""
    shown = [f"“{text}”" for text in texts[:4]] + (["…"] if len(texts) > 4 else [])
    return ", ".join(shown)
