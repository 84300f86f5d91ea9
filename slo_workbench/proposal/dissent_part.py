"""The part of a proposal for those who do not agree: about how the journey is measured, and about the promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slo_workbench.ballots.dissent_log import read_dissent_log
from slo_workbench.document.findings import FindingsError
from slo_workbench.proposal.fragments import Fragment, paragraphs, table

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["Objection", "dissent_part", "objections_of"]

THE_PROMISE = "the promise itself"


@dataclass(frozen=True)
class Objection:
    """What somebody said who does not agree: ``by`` whom, ``about`` what, ``text``, and ``on`` which day."""

    by: str
    about: str
    text: str
    on: str


def objections_of(case: ProposalCase) -> tuple[Objection, ...]:
    """Return the dissent on record about the journey, from the room's files and the document."""
    if not case.workbook_file:
        entries = [Objection(one.by, one.about, one.text, str(case.journey.choice.decided_on or "")) for one in case.journey.choice.dissent]
        return tuple(entries)
    try:
        log = read_dissent_log(case.workbook_file)
    except FindingsError:
        return ()  # what is wrong with the workbook was said when it was opened
    return tuple(Objection(one.by, one.about, one.text, str(one.on or "")) for one in log.entries if one.journey == case.journey.id)


def dissent_part(case: ProposalCase) -> Fragment:
    """Return who does not agree, about what, and what they say; or that nobody has said so."""
    zone = case.workbook.service.time_zone
    rows = [(one.by, one.about, " ".join(one.text.split()), one.on or "–") for one in case.dissent]
    rows += [
        (f"{one.participant} ({one.role})", THE_PROMISE, " ".join(one.note.split()) or "–", str(one.day_in(zone)))
        for one in case.signatures.disagreeing
    ]
    if not rows:
        return paragraphs("Nobody has put dissent on record.")
    return table(case.texts.header("dissent"), rows)
