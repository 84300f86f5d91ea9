"""The dissent log of a workbook: who does not agree about what, and why, from the room's files and from the document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from slo_workbench.ballots.ballot_box import DISSENT_FOLDER, BallotBox
from slo_workbench.ballots.dissent import read_dissent
from slo_workbench.ballots.room_part import is_identifier
from slo_workbench.document.findings import Finding, printable
from slo_workbench.document.model import Workbook
from slo_workbench.document.yaml_file import read_workbook
from slo_workbench.text_tables import text_table
from slo_workbench.units import counted

__all__ = ["DissentEntry", "DissentLog", "read_dissent_log"]


@dataclass(frozen=True)
class DissentEntry:
    """One dissent.

    Parameters
    ----------
    journey, by, about, text : str
        On which journey, who, about which candidate, and what they say.
    on : date, optional
        The day it was put on record, UTC; of the document alone, the day of the choice.
    is_in_document : bool
        Whether it stands in the workbook, too; else only in the room's files.
    """

    journey: str
    by: str
    about: str
    text: str
    on: date | None
    is_in_document: bool


@dataclass(frozen=True)
class DissentLog:
    """All dissent of a workbook, by journey, candidate and name, and the files that are none."""

    entries: tuple[DissentEntry, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def sentence(self) -> str:
        """The log in a sentence."""
        if not self.entries:
            return "Nobody has put dissent on record."
        waiting = sum(not one.is_in_document for one in self.entries)
        people = counted(len({one.by for one in self.entries}), "person", "people")
        rest = f" Not in the workbook yet: {waiting}; slo-workbench choose writes it there." if waiting else ""
        return f"{people} put dissent on record, {counted(len(self.entries), 'time')}.{rest}"

    @property
    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """A table's rows: journey, who, about, what they say, when."""
        return [(one.journey, one.by, one.about, one.text, str(one.on or "not known")) for one in self.entries]

    def text(self, *, columns: int = 120) -> str:
        """Write the log for a terminal."""
        if not self.entries:
            return self.sentence
        return "\n".join(
            [text_table(("journey", "who", "about", "what they say", "when"), self.rows, columns=columns), "", printable(self.sentence)]
        )


def read_dissent_log(workbook_path: str | os.PathLike[str]) -> DissentLog:
    r"""Gather the dissent of all journeys of a workbook: what lies under ``votes/``, and what its choices hold.

    What stands in both with the same words is told once. Of a journey that the workbook no longer has, the files are named.

    Raises
    ------
    FindingsError
        When the workbook cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     said = "choice: {decided_on: 2026-05-04, dissent: [{about: uptime, by: product, text: Nobody feels it.}]}"
    ...     _ = file.write_text("service: {name: shop}\njourneys: [{id: buy, name: Buy, " + said + "}]")
    ...     print(read_dissent_log(file).text())
    journey  who      about   what they say     when
    -------  -------  ------  ----------------  ----------
    buy      product  uptime  Nobody feels it.  2026-05-04
    <BLANKLINE>
    1 person put dissent on record, 1 time.
    """
    workbook = read_workbook(workbook_path)
    votes = Path(workbook_path).parent / "votes"
    found: list[Finding] = []
    entries: dict[tuple[str, str, str, str], DissentEntry] = {}
    for entry in _of_document(workbook):
        entries[(entry.journey, entry.about, entry.by, " ".join(entry.text.split()))] = entry
    for journey in workbook.journeys:
        recorded, findings = read_dissent(BallotBox(votes / journey.id))
        found += findings
        for one in recorded:
            for about, text in one.dissent.items():
                key = (journey.id, about, one.participant, " ".join(text.split()))
                said_at = one.said_at.get(about)
                on = said_at.date() if said_at else entries[key].on if key in entries else None
                entries[key] = DissentEntry(journey.id, one.participant, about, text, on, key in entries)
    places = {journey.id: place for place, journey in enumerate(workbook.journeys)}
    ordered = sorted(entries.values(), key=lambda one: (places[one.journey], one.about, one.by, str(one.on)))
    return DissentLog(tuple(ordered), (*found, *_of_gone_journeys(votes, set(places))))


def _of_document(workbook: Workbook) -> Iterator[DissentEntry]:
    for journey in workbook.journeys:
        for one in journey.choice.dissent:
            yield DissentEntry(journey.id, one.by, one.about, one.text, journey.choice.decided_on, True)


def _of_gone_journeys(votes: Path, known: set[str]) -> list[Finding]:
    if votes.is_symlink() or not votes.is_dir():
        return []
    gone = [one.name for one in sorted(votes.iterdir()) if is_identifier(one.name) and one.name not in known]
    hint = "name the journey in the workbook, or move the folder away"
    return [
        Finding("dissent-of-no-journey", f"there is dissent about {name!r}, and no such journey", severity="warning", hint=hint, file=f"votes/{name}")
        for name in gone
        if (votes / name / DISSENT_FOLDER).is_dir()
    ]  # fmt: skip
