"""Dissent, put on record after the reveal."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from slo_workbench.ballots.ballot import RecordedDissent, one_line
from slo_workbench.ballots.ballot_box import DISSENT_FOLDER, BallotBox, file_name_of
from slo_workbench.ballots.room_files import read_room_file, read_room_files, write_room_file
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import UnusableValue

__all__ = ["read_dissent", "record_dissent"]


def record_dissent(box: BallotBox, participant: str, candidate: str, text: str, *, at: datetime | None = None) -> Path:
    """Put on record, after the reveal, why a participant disagrees about a candidate; return the file, ``dissent/<participant>.yaml``.

    A second text on the same candidate takes the place of the first. ``at`` is the time now, with its zone; the log tells its day.

    Raises
    ------
    UnusableValue
        Before the reveal, for a participant whose ballot does not count, for a candidate that was not voted on, or a text empty or too long.
    FindingsError
        When the file that is there cannot be read: it is not overwritten.
    """
    status = box.status()
    if not status.is_revealed:
        raise UnusableValue(f"'{box.journey}' is not revealed yet; dissent comes after the reveal, before it there is the vote")
    for what, name, known in (("participant", one_line(participant), status.participants), ("candidate", candidate, status.candidates)):
        if name not in known:
            raise UnusableValue(f"no {what} of this vote is called {name!r}; {nearest_hint(name, known)}")
    file = box.folder / DISSENT_FOLDER / file_name_of(participant)
    old = read_room_file(file, RecordedDissent, about=box.journey) if file.exists() else None
    if old and old.findings:
        raise FindingsError(old.findings)
    before = old.part if old else None
    reasons = {**(before.dissent if before else {}), candidate: text}
    times = {id: time for id, time in (before.said_at if before else {}).items() if id != candidate}
    times |= {candidate: at} if at is not None else {}
    try:
        write_room_file(file, RecordedDissent(journey=box.journey, participant=participant, dissent=reasons, said_at=times))
    except ValidationError:
        raise UnusableValue("a dissent says why, in at most 4,000 characters; write a few sentences") from None
    return file


def read_dissent(box: BallotBox) -> tuple[tuple[RecordedDissent, ...], tuple[Finding, ...]]:
    """Give the dissent on record, by file name, and the files that are none; nothing before anybody dissented."""
    files = read_room_files(box.folder / DISSENT_FOLDER, RecordedDissent, about=box.journey)
    return tuple(file.part for file in files if file.part), tuple(finding for file in files for finding in file.findings)
