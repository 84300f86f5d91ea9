"""A critical user journey in the document: its diagram, what it depends on, and how its SLIs were chosen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from slo_workbench.document.field_types import Day, ExactTarget, Identifier, Number, Part, Text
from slo_workbench.document.sli_menu import SliKind

__all__ = ["CandidateScore", "Dissent", "Journey", "JourneyChoice", "JourneyDependency", "ParticipantRole", "RejectedCandidate"]

ParticipantRole = Literal["user", "client", "edge", "service", "store", "queue", "scheduler", "third_party"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
OneToFive = Annotated[Number, Field(ge=1, le=5)]


class JourneyDependency(Part):
    """Something a journey calls on; hard ones limit what can be promised."""

    name: Text = Field(description="Name of the participant in the diagram.")
    target: ExactTarget = Field(description="What it promises, or what it kept so far: 99.9%.")
    is_hard: bool = Field(default=True, description="Whether the journey fails when it fails; what is cached, queued or left out is soft.")
    copies: int = Field(default=1, ge=1, le=100, description="Copies of which any one is enough, each with that target.")


class RejectedCandidate(Part):
    """A candidate SLI that the team did not take, and why."""

    id: Identifier = Field(description="Short name of the candidate.")
    kind: SliKind = Field(description="Kind from the SLI menu.")
    specification: Text = Field(default="", description="The SLI in words: the share of … that …")
    reason: Reason = Field(description="Why it was not taken.")


class CandidateScore(Part):
    """How the room scored a candidate: the middle of all votes, 1 to 5, higher is better."""

    id: Identifier = Field(description="The candidate.")
    happiness: OneToFive = Field(description="How closely it follows whether users are happy.")
    measurability: OneToFive = Field(description="How surely it can be measured with what there is.")
    cost: OneToFive = Field(description="How cheap it is; 5 is nearly free.")
    n_votes: int = Field(ge=1, description="How many people scored it.")


class Dissent(Part):
    """What somebody who does not agree wants to have written down."""

    about: Identifier = Field(description="The candidate or indicator it is about.")
    by: Text = Field(description="Who says so, or in which role.")
    text: Reason = Field(description="What they say.")


class JourneyChoice(Part):
    """How the SLIs of a journey were chosen from the candidates."""

    decided_on: Day | None = Field(default=None, description="Day of the choice, as 2026-12-31.")
    decided_by: tuple[Text, ...] = Field(default=(), description="Who took part.")
    scores: tuple[CandidateScore, ...] = Field(default=(), description="What the room thought of each candidate.")
    rejected: tuple[RejectedCandidate, ...] = Field(default=(), description="What was not taken, and why.")
    dissent: tuple[Dissent, ...] = Field(default=(), description="Who does not agree, and why.")


class Journey(Part):
    """A critical user journey."""

    id: Identifier = Field(description="Short name, by which indicators refer to it.")
    name: Text = Field(description="What the user does, such as 'Buy a ticket'.")
    users: Text = Field(default="", description="Who they are and how many.")
    why: Text = Field(default="", description="Why it matters to them and to the business.")
    diagram: str = Field(default="", description="Mermaid sequenceDiagram text.", max_length=100_000)
    roles: dict[Text, ParticipantRole] = Field(
        default_factory=dict,
        description=(
            "What participants of the diagram are, where their names do not tell: user, client, edge (load balancer, gateway), service, "
            "store, queue, scheduler, third_party."
        ),
    )
    dependencies: tuple[JourneyDependency, ...] = Field(default=(), description="What it calls on, with what that promises.")
    choice: JourneyChoice = Field(default=JourneyChoice(), description="How its indicators were chosen, and what was not taken.")

    @model_validator(mode="after")
    def _names_each_dependency_once(self) -> Journey:
        names = [one.name for one in self.dependencies]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise PydanticCustomError("dependency-repeated", "{name} is listed twice among the dependencies", {"name": repr(twice)})
        return self
