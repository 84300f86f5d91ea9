"""The ballot box of a journey: a folder beside the workbook, one file a participant, unseen until the reveal.

The silence is an agreement among people who want it, not a lock: whoever opens a file in an editor sees a score. What the box gives
is that its own functions show no score early, that nobody votes after having seen the others, and that a later change is noticed.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from pydantic import ValidationError

from slo_workbench.ballots.ballot import Ballot, CountedBallot, Reveal, is_identifier, one_line
from slo_workbench.ballots.vote_files import VoteFile, read_vote_file, read_vote_files, write_vote_file
from slo_workbench.document.findings import Finding, nearest_hint, printable
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted

__all__ = ["DISSENT_FOLDER", "BallotBox", "BoxStatus", "file_name_of"]

MARKER = "revealed.yaml"
DISSENT_FOLDER = "dissent"
MOST_UNKNOWN_TOLD = 5
_OTHER_FILES_OF_THE_BOX = re.compile(rf"{re.escape(MARKER)}|revealed-[0-9]+\.yaml\.old|{DISSENT_FOLDER}")

Revealed = tuple[tuple[Ballot, ...], tuple[Finding, ...]]


@dataclass(frozen=True)
class BoxStatus:
    """Who has voted, and never how.

    Parameters
    ----------
    participants : tuple of str
        By name; after the reveal those whose ballots count.
    findings : tuple of Finding
        Files that do not count and why; before the reveal without what they say of scores.
    revealed_at, candidates
        ``None`` and empty before the reveal, or when the marker cannot be read.
    """

    journey: str
    participants: tuple[str, ...]
    findings: tuple[Finding, ...]
    is_revealed: bool = False
    revealed_at: datetime | None = None
    candidates: tuple[str, ...] = ()

    @property
    def n_voted(self) -> int:
        """How many have voted."""
        return len(self.participants)

    @property
    def sentence(self) -> str:
        """The status in words."""
        who = f": {', '.join(self.participants)}" if self.participants else ""
        after = "The scores are revealed." if self.is_revealed else "No score is shown before the reveal."
        return f"{counted(self.n_voted, 'participant')} voted on '{self.journey}'{who}. {after}"


@dataclass(frozen=True)
class BallotBox:
    """The votes on the candidate SLIs of one journey, in ``votes/<journey>/`` beside the workbook.

    Parameters
    ----------
    folder : Path
        Its name is the id of the journey (else ``UnusableValue``); it is made with the first ballot.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> score = {"happiness": 5, "measurability": 3, "cost": 4}
    >>> ballot = Ballot(journey="buy-ticket", participant="developer", cast_at="2026-03-02T09:30Z", scores={"paid-orders": score})
    >>> with TemporaryDirectory() as folder:
    ...     box = BallotBox(Path(folder, "votes", "buy-ticket"))
    ...     file = box.cast(ballot)
    ...     print(box.status().sentence)
    ...     ballots, findings = box.reveal(decided_candidates=["paid-orders"], at=ballot.cast_at)
    1 participant voted on 'buy-ticket': developer. No score is shown before the reveal.
    >>> ballots[0].scores["paid-orders"].happiness, findings
    (5, ())
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(os.path.abspath(self.folder)))
        if not is_identifier(self.journey):
            raise UnusableValue(f"a box is called by the id of its journey, such as votes/buy-ticket; {self.journey!r} is none")

    @property
    def journey(self) -> str:
        """Id of the journey voted on."""
        return self.folder.name

    @property
    def is_revealed(self) -> bool:
        """Whether the scores are revealed, so that none is cast any more."""
        return os.path.lexists(self.folder / MARKER)

    def cast(self, ballot: Ballot) -> Path:
        """Put a ballot into the box, in the place of the participant's earlier one; return its file.

        It is written whole or not at all. When this returns it counts for certain: a reveal looks once more after it has closed the box.

        Raises
        ------
        UnusableValue
            When the scores are revealed (before, or while it was written), it is a ballot for another journey, or too long.
        """
        if ballot.journey != self.journey:
            raise UnusableValue(f"this box is for '{self.journey}', the ballot for '{ballot.journey}'; cast it into votes/{ballot.journey}")
        advice = "reopen the vote, let everybody vote again, then reveal it anew"
        if self.is_revealed:
            raise UnusableValue(f"the scores of '{self.journey}' are revealed, and who has seen them votes no more; {advice}")
        file = self.folder / file_name_of(ballot.participant)
        write_vote_file(file, ballot)
        if self.is_revealed:
            raise UnusableValue(
                f"'{self.journey}' was revealed while the ballot was cast, so it may not count; look who has voted, or {advice}"
            )
        return file

    def status(self) -> BoxStatus:
        """Tell who has voted and how many, and which files do not count; never a score before the reveal."""
        if self.is_revealed:
            marker, ballots, findings = self._revealed()
            at, candidates = (marker.revealed_at, marker.candidates) if marker else (None, ())
            return BoxStatus(self.journey, tuple(ballot.participant for ballot in ballots), findings, True, at, candidates)
        files, found = _usable(self._files())
        names = sorted(file.part.participant for file in files if file.part)
        return BoxStatus(self.journey, tuple(names), _without_scores(found))

    def ballot_of(self, participant: str) -> Ballot | None:
        """Give a participant's own ballot, to be put together with a new one; ``None`` where there is none that can be read."""
        name = one_line(participant)
        return next((file.part for file in _usable(self._files())[0] if file.part and file.part.participant == name), None)

    def reveal(
        self, *, decided_candidates: Sequence[str], at: datetime, before: Callable[[Revealed], object] = lambda revealed: None
    ) -> Revealed:
        """Close the box and give the ballots that count, by name, and the findings; a second time nothing is written.

        Parameters
        ----------
        decided_candidates : sequence of str
            Ids of the candidates that were to be scored; scores for others are findings.
        at : datetime
            The time now, with its zone.
        before : callable
            Given what will be revealed, just before the box is closed: when it raises, the box stays open, and the vote goes on.

        Raises
        ------
        TooLittleData
            When nobody has voted.
        UnusableValue
            When a candidate's id is none or named twice, or the time has no zone.
        """
        if not self.is_revealed:
            before(self._counting(self._new_marker(decided_candidates, at)))
            for _ in range(2):  # once more, for who cast before the marker stood there was told that it counts
                write_vote_file(self.folder / MARKER, self._new_marker(decided_candidates, at))
        written, ballots, findings = self._revealed()
        if written and set(written.candidates) != set(decided_candidates):
            message = f"the scores were revealed for other candidates: {', '.join(written.candidates)}"
            findings = (*findings, _warning(MARKER, "revealed-for-others", message, "name these, or reopen the vote"))
        return ballots, findings

    def read_all(self) -> Revealed:
        """Give the ballots of a revealed box and what is wrong in it, as :meth:`reveal` does; ``UnusableValue`` before the reveal.

        A ballot changed since the reveal counts as it stands now, and is named; one that came later does not count.
        """
        return self._revealed()[1:]

    def reopen(self) -> Path | None:
        """Let ballots be cast again: put the marker aside as ``revealed-1.yaml.old`` and so on, and return that file.

        Ballots stay as they are until they are cast again. ``None`` when the box was open.
        """
        aside = next(path for number in count(1) if not os.path.lexists(path := self.folder / f"revealed-{number}.yaml.old"))
        try:
            return (self.folder / MARKER).rename(aside)
        except FileNotFoundError:
            return None

    def _files(self) -> list[VoteFile[Ballot]]:
        return read_vote_files(self.folder, Ballot, journey=self.journey, leave_out=_OTHER_FILES_OF_THE_BOX)

    def _new_marker(self, candidates: Sequence[str], at: datetime) -> Reveal:
        files, _ = _usable(self._files())
        if not files:
            raise TooLittleData(f"nobody has voted on '{self.journey}' yet, so there is nothing to reveal")
        counting = [CountedBallot(participant=file.part.participant, file=file.name, sha256=file.sha256) for file in files if file.part]
        try:
            return Reveal(journey=self.journey, revealed_at=at, candidates=tuple(candidates), counted=tuple(counting))
        except ValidationError:
            given = f"{counted(len(candidates), 'candidate')} and the time {at.isoformat()}"
            raise UnusableValue(f"a reveal is for 1 to 200 candidates with different ids, at a time with a zone; not {given}") from None

    def _revealed(self) -> tuple[Reveal | None, tuple[Ballot, ...], tuple[Finding, ...]]:
        if not self.is_revealed:
            raise UnusableValue(f"the scores of '{self.journey}' stay unseen until the reveal; until then only who has voted is told")
        read = read_vote_file(self.folder / MARKER, Reveal, journey=self.journey)
        if (marker := read.part) is None:
            message, hint = (
                "which ballots were revealed cannot be read, so none counts",
                "reopen the vote, which puts it aside; then reveal it anew",
            )
            return None, (), (*read.findings, _warning(MARKER, "reveal-unreadable", message, hint))
        return marker, *self._counting(marker)

    def _counting(self, marker: Reveal) -> Revealed:
        """Give the ballots that count by a marker, whether it is written yet or not, and the findings."""
        in_time, found = _compared(self._files(), marker)
        files, findings = _usable(in_time)
        ballots = sorted((file.part for file in files if file.part), key=lambda ballot: ballot.participant)
        unknown = [finding for file in files for finding in _unknown_candidates(file, marker.candidates)]
        return tuple(ballots), (*findings, *found, *unknown)


def file_name_of(participant: str) -> str:
    """Return the name of a participant's file: readable where it can be, different for different names, allowed on every system.

    Examples
    --------
    >>> file_name_of("Product & Design"), file_name_of("../..")
    ('product-design-088356d49093922f.yaml', 'participant-0cfd1c96cbc0c0e0.yaml')
    """
    name = one_line(participant)
    plain = unicodedata.normalize("NFKD", name).lower().encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "participant"
    return f"{slug}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.yaml"


def _usable(files: Sequence[VoteFile[Ballot]]) -> tuple[list[VoteFile[Ballot]], list[Finding]]:
    """Leave out what is no ballot, and of two files of one participant the one that the box did not name; of two such both."""
    found = [finding for file in files for finding in file.findings]
    times = Counter(file.part.participant for file in files if file.part)
    kept = []
    for file in files:
        if file.part and times[file.part.participant] > 1 and file.name != file_name_of(file.part.participant):
            message = f"one of {times[file.part.participant]} files of {file.part.participant}; this one does not count"
            found.append(_warning(file.name, "participant-twice", message, "remove it, or let the participant cast again"))
        elif file.part:
            kept.append(file)
    return kept, found + _similar_names(kept)


def _similar_names(files: Sequence[VoteFile[Ballot]]) -> list[Finding]:
    looks = [unicodedata.normalize("NFKC", file.part.participant).casefold() if file.part else file.name for file in files]
    message, hint = "another participant's name differs in the case or form of letters only", "if they are one person, remove one file"
    alike = [file for file, look in zip(files, looks, strict=True) if looks.count(look) > 1]
    return [_warning(file.name, "similar-names", message, hint) for file in alike]


def _compared(files: Sequence[VoteFile[Ballot]], marker: Reveal) -> tuple[list[VoteFile[Ballot]], list[Finding]]:
    """Give the files that were revealed, and say which came later, changed or went."""
    known = {ballot.file: ballot for ballot in marker.counted}
    hint = "bring the file back from version control (its line ends, too), or reopen the vote"
    revealed: list[VoteFile[Ballot]] = []
    found: list[Finding] = []
    for file in files:
        before = known.pop(file.name, None)
        if before is None:
            message = "this is none of the revealed ballots and does not count: it came later, or as a second one of its participant"
            late = _warning(
                file.name, "ballot-not-revealed", message, "to count it, reopen the vote, let the participant vote, then reveal it anew"
            )
            found += [late] if file.part else file.findings
            continue
        counts = file.part is not None and file.part.participant == before.participant
        if file.sha256 != before.sha256:
            so = "it counts as it stands now" if counts else "it does not count"
            message = f"the ballot of {before.participant} was changed after the reveal; {so}"
            found.append(_warning(file.name, "ballot-changed-after-reveal", message, hint))
        if counts:
            revealed.append(file)
        found += file.findings
    gone = [_warning(one.file, "ballot-gone-after-reveal", f"the ballot of {one.participant} is gone", hint) for one in known.values()]
    return revealed, [*found, *gone]


def _unknown_candidates(file: VoteFile[Ballot], candidates: Sequence[str]) -> list[Finding]:
    unknown = [name for name in file.part.scores if name not in candidates][:MOST_UNKNOWN_TOLD] if file.part else []
    message = "there is no candidate {!r}, so this score does not count"
    return [_warning(file.name, "unknown-candidate", message.format(name), nearest_hint(name, candidates)) for name in unknown]


def _without_scores(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Keep what is wrong with a file, but not what it says of scores."""
    hidden = {"message": "the scores of this ballot cannot be understood", "where": "scores", "hint": "let its participant cast it again"}
    told = [
        one.at(code="scores-unreadable", line=None, column=None, **hidden) if one.where.startswith("scores") else one for one in findings
    ]
    return tuple(dict.fromkeys(told))


def _warning(name: str, code: str, message: str, hint: str) -> Finding:
    return Finding(code, message, severity="warning", hint=hint, file=printable(name))
