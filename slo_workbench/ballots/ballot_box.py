"""The ballot box of a journey: a silent box of the room's scores for its candidate SLIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError

from slo_workbench.ballots.ballot import Ballot, CountedFile, Reveal
from slo_workbench.ballots.room_files import file_name_of, warning_of
from slo_workbench.ballots.silent_box import MARKER, BoxWords, SilentBox
from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["DISSENT_FOLDER", "BallotBox", "BoxStatus", "file_name_of"]

DISSENT_FOLDER = "dissent"
MOST_UNKNOWN_TOLD = 5

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
class BallotBox(SilentBox[Ballot, Reveal]):
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

    words: ClassVar[BoxWords] = BoxWords(
        part="ballot", values="scores", event="vote", act="vote", done="voted on", example="votes/buy-ticket", unseen_keys=("scores", "dots")
    )  # fmt: skip
    leave_out: ClassVar[re.Pattern[str]] = re.compile(rf"{SilentBox.leave_out.pattern}|{DISSENT_FOLDER}")

    folder: Path

    @property
    def kinds(self) -> tuple[type[Ballot], type[Reveal]]:
        """What is cast, and the marker of the reveal."""
        return Ballot, Reveal

    @property
    def journey(self) -> str:
        """Id of the journey voted on."""
        return self.topic

    def status(self) -> BoxStatus:
        """Tell who has voted and how many, and which files do not count; never a score before the reveal."""
        if self.is_revealed:
            marker, ballots, findings = self._revealed()
            at, candidates = (marker.revealed_at, marker.candidates) if marker else (None, ())
            return BoxStatus(self.journey, tuple(ballot.participant for ballot in ballots), findings, True, at, candidates)
        ballots, findings = self._unseen()
        return BoxStatus(self.journey, tuple(ballot.participant for ballot in ballots), findings)

    def ballot_of(self, participant: str) -> Ballot | None:
        """Give a participant's own ballot, to be put together with a new one; ``None`` where there is none that can be read."""
        return self.cast_by(participant)

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

        def new_marker(ballots: Sequence[Ballot], counting: tuple[CountedFile, ...]) -> Reveal:
            try:
                return Reveal(journey=self.journey, revealed_at=at, candidates=tuple(decided_candidates), counted=counting)
            except ValidationError:
                given = f"{counted(len(decided_candidates), 'candidate')} and the time {at.isoformat()}"
                raise UnusableValue(f"a reveal is for 1 to 200 candidates with different ids, at a time with a zone; not {given}") from None

        self._close(new_marker, before)
        written, ballots, findings = self._revealed()
        if written and set(written.candidates) != set(decided_candidates):
            message = f"the scores were revealed for other candidates: {', '.join(written.candidates)}"
            findings = (*findings, warning_of(MARKER, "revealed-for-others", message, "name these, or reopen the vote"))
        return ballots, findings

    def read_all(self) -> Revealed:
        """Give the ballots of a revealed box and what is wrong in it, as :meth:`reveal` does; ``UnusableValue`` before the reveal.

        A ballot changed since the reveal counts as it stands now, and is named; one that came later does not count.
        """
        return self._revealed()[1:]

    def _odd_in(self, name: str, part: Ballot, marker: Reveal) -> list[Finding]:
        found = []
        for given, so in ((part.scores, "this score does not count"), (part.dots, "dots on it do not count")):
            unknown = [candidate for candidate in given if candidate not in marker.candidates][:MOST_UNKNOWN_TOLD]
            found += [
                warning_of(name, "unknown-candidate", f"there is no candidate {one!r}, so {so}", nearest_hint(one, marker.candidates))
                for one in unknown
            ]
        return found
