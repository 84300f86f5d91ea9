"""A choice of indicators as a room writes it into the parameters: what is taken, what is not and why, and who does not agree."""

from __future__ import annotations

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Journey
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.proposal.journey_part import choice_part
from slo_workbench.workshop.candidates_at_hand import candidates_at_hand
from slo_workbench.workshop.decisions import Decision, decide
from slo_workbench.workshop.opening import Workshop

__all__ = ["choice_at_hand", "decide_dissent", "read_ids", "read_reasons"]


def read_ids(text: str) -> tuple[str, ...]:
    """Read ids separated by commas.

    Examples
    --------
    >>> read_ids("buy-availability, buy-latency")
    ('buy-availability', 'buy-latency')
    """
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def read_reasons(text: str, what: str) -> dict[str, str]:
    """Read ids with a reason each, separated by semicolons.

    Raises
    ------
    UnusableValue
        When a reason is missing.

    Examples
    --------
    >>> read_reasons("buy-freshness=counted elsewhere; buy-client=not measured yet", "reject")
    {'buy-freshness': 'counted elsewhere', 'buy-client': 'not measured yet'}
    >>> read_reasons("buy-freshness", "reject")
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: reject takes an id and a reason, such as buy-latency=not measured yet; not 'buy-freshness'
    """
    found = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        id, equals, reason = (piece.strip() for piece in part.partition("="))
        if not (equals and id and reason):
            raise UnusableValue(f"{what} takes an id and a reason, such as buy-latency=not measured yet; not {part!r}")
        found[id] = reason
    return found


def decide_dissent(workshop: Workshop, journey_id: str = "", *, dissent: str = "", participant: str = "") -> Decision:
    """Write beside the choice who does not agree with it: ``id=what they say``, after a vote or without one.

    Raises
    ------
    FindingsError, UnusableValue
        When nobody is named, or the id is no candidate and no indicator of the journey.
    """
    from slo_workbench.document.journey_model import Dissent

    workbook, journey = workshop.workbook, workshop.journey(journey_id)
    if not dissent.strip():
        return Decision(
            f"journey {journey.id}", "", f"Nobody dissents here, so {workshop.path.name} stays as it is: the choice for {journey.name}."
        )
    if not participant.strip():
        raise UnusableValue("a dissent says whose it is: write participant in the parameters, a name or a role")
    standing = candidates_at_hand(workshop, journey.id, with_data=False).standing
    known = {*standing.ids, *(one.id for one in workbook.indicators if one.journey == journey.id)}
    said = read_reasons(dissent, "dissent")
    unknown = [
        Finding("unknown-candidate", f"there is no candidate {id!r}", hint=nearest_hint(id, known)) for id in said if id not in known
    ]
    if unknown:
        raise FindingsError(unknown)
    there = journey.choice.dissent
    new = [one for one in (Dissent(about=id, by=participant.strip(), text=text) for id, text in said.items()) if one not in there]
    choice = journey.choice.model_copy(update={"dissent": (*there, *new)})
    return decide(workshop.path, "journey", journey.id, seen=workbook, choice=choice)


def choice_at_hand(workshop: Workshop, journey_id: str = "") -> Fragment:
    """Return the choice as the workbook records it: the scores of the room, what was not taken, and who does not agree."""
    journey = workshop.journey(journey_id)
    if journey.choice.decided_on is None and not journey.choice.dissent:
        return paragraphs(f"No choice is recorded for {journey.name} yet.")
    return together(_scores(journey), choice_part(journey))


def _scores(journey: Journey) -> Fragment:
    scores = sorted(journey.choice.scores, key=lambda one: -(one.happiness + one.measurability + one.cost))
    if not scores:
        return paragraphs("No scores of a vote are recorded.")
    rows = [(one.id, f"{one.happiness:g}", f"{one.measurability:g}", f"{one.cost:g}", one.n_votes) for one in scores]
    caption = "Middle of the votes, 1 to 5: 5 is best, and cheapest"
    header = ["Candidate", "Follows happiness", "Can be measured", "Cheap", "Votes"]
    return table(header, rows, numbers=(1, 2, 3, 4), caption=caption)
