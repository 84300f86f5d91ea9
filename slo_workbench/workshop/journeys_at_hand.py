"""The journeys of a workbook, and one of them message by message: who asks whom for what, and how that can fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Journey
from slo_workbench.journeys import parse_diagram
from slo_workbench.journeys.coverage import cover_journey
from slo_workbench.journeys.roles import read_roles
from slo_workbench.journeys.wording import first_line
from slo_workbench.proposal.fragments import Fragment, code, paragraphs, table
from slo_workbench.units import counted
from slo_workbench.workshop.diagram_look import DIAGRAM_TO_START_WITH, DiagramLook, look_at_diagram
from slo_workbench.workshop.opening import Workshop

__all__ = ["JourneyAtHand", "identifier", "journey_at_hand", "journeys_at_hand"]

FIRST_JOURNEY = "First journey"


def identifier(name: str) -> str:
    """Return a name as ids are written.

    Examples
    --------
    >>> identifier("Buy a ticket!")
    'buy-a-ticket'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or identifier(FIRST_JOURNEY)


@dataclass(frozen=True)
class JourneyAtHand:
    """A journey of the workbook, or one to come; shows itself in words.

    Parameters
    ----------
    workshop : Workshop
    journey : Journey
        As the workbook has it, with what the parameters say instead.
    is_there : bool
        Whether the workbook had it when it was looked at.
    drafted : tuple of str
        Which of its fields the parameters say otherwise than the workbook.
    """

    workshop: Workshop
    journey: Journey
    is_there: bool
    drafted: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its id, there or to come."""
        return self.journey.id

    @property
    def known_id(self) -> str:
        """Its id where the workbook has it by now, else empty."""
        return self.journey.id if any(one.id == self.journey.id for one in self.workshop.workbook.journeys) else ""

    @property
    def diagram(self) -> str:
        """Its diagram as text; one to start with where there is none."""
        return self.journey.diagram if self.journey.diagram.strip() else DIAGRAM_TO_START_WITH

    @property
    def sentences(self) -> tuple[str, ...]:
        """Who comes, and why it matters; and whether that stands in the workbook."""
        said = [f"{self.journey.name} ({self.journey.id}){self._standing}"]
        if not self.journey.diagram.strip():
            said[0] += " It has no diagram; what follows is one to start with, make it yours."
        said.append(f"Users: {self.journey.users or 'not said yet'}")
        said.append(f"Why it matters: {self.journey.why or 'not said yet'}")
        return tuple(said)

    @property
    def _standing(self) -> str:
        if not self.is_there:
            return ": not in the workbook yet; this is what the parameters say." if self.drafted else ": not in the workbook yet."
        return f", with {', '.join(self.drafted)} as the parameters say." if self.drafted else "."

    def look(self) -> DiagramLook:
        """Return the diagram's picture, with the signs of the SLIs that count its messages."""
        return look_at_diagram(self.diagram, workbook=self.workshop.workbook, journey_id=self.journey.id)

    def text(self) -> Fragment:
        """Return the diagram as the text that stands in the workbook, its lines numbered."""
        lines = self.diagram.rstrip().splitlines()
        numbered = "\n".join(f"{number:>2}  {line}" for number, line in enumerate(lines, start=1))
        return code(numbered)

    def messages(self) -> Fragment:
        """Return the messages that ask for something, in their order, each with the ways in which it can fail."""
        diagram, findings = parse_diagram(self.diagram)
        if not diagram.messages:
            return paragraphs("There is no message in it yet.", *(str(found) for found in findings))
        coverage = cover_journey(diagram, read_roles(diagram, self.journey.roles), ())
        labels = {person.name: " ".join(person.shown.split()) for person in diagram.participants}
        rows = []
        for call in coverage.exchanges.by_call:
            message = diagram.messages[call]
            fails = "; ".join(one.mode.words for one in coverage.modes if one.call == call)
            rows.append((call + 1, labels[message.sender], labels[message.receiver], first_line(message.shown), fails or "–"))
        return table(["No", "Who", "asks whom", "for what", "How it can fail"], rows, numbers=(0,))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return paragraphs(*self.sentences)._repr_mimebundle_()


def journey_at_hand(
    workshop: Workshop, journey_id: str = "", *, name: str = "", users: str = "", why: str = "", diagram: str = ""
) -> JourneyAtHand:
    """Return a journey of the workbook, or one to come with a diagram to start with.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        Empty for the first; or for one to come, whose id is made of its name.
    name, users, why, diagram : str
        What the parameters say instead of the workbook.

    Raises
    ------
    FindingsError
        When the workbook has journeys, none of that id, and no name says that a new one is meant.
    """
    journeys = workshop.workbook.journeys
    there = next((one for one in journeys if one.id == journey_id), None)
    if there is None and not journey_id and not name:
        there = next(iter(journeys), None)
    if there is None and not journey_id and name:
        there = next((one for one in journeys if one.id == identifier(name)), None)
    if there is None and journeys and not name:
        hint = f"{nearest_hint(journey_id, [one.id for one in journeys])}; for a new one write its name into the parameters, too"
        raise FindingsError([Finding("unknown-journey", f"there is no journey {journey_id!r}", hint=hint)])
    given = {"name": name, "users": users, "why": why, "diagram": diagram}
    said = {key: value for key, value in given.items() if value and (there is None or value != getattr(there, key))}
    if there is not None:
        return JourneyAtHand(workshop, there.model_copy(update=said), is_there=True, drafted=tuple(said))
    new = Journey.model_validate({"id": journey_id or identifier(name or FIRST_JOURNEY), **given, "name": name or FIRST_JOURNEY})
    return JourneyAtHand(workshop, new, is_there=False, drafted=tuple(said))


def journeys_at_hand(workshop: Workshop) -> Fragment:
    """Return the journeys of the workbook: who comes, why it matters, and how far each one is."""
    workbook = workshop.workbook
    if not workbook.journeys:
        return paragraphs("The workbook has no journey yet. Notebook 01 makes the first: by its parameters at the top, or in its editor.")
    rows = []
    for journey in workbook.journeys:
        n_messages = len(parse_diagram(journey.diagram)[0].messages) if journey.diagram.strip() else 0
        drawn = counted(n_messages, "message") if n_messages else "not drawn"
        measured = counted(sum(one.journey == journey.id and one.same_as is None for one in workbook.indicators), "SLI")
        rows.append((journey.name, journey.users or "–", journey.why or "–", drawn, measured))
    return table(["Journey", "Users", "Why it matters", "Diagram", "Measured by"], rows)
