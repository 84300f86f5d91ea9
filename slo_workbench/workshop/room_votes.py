"""The silent vote on a journey's candidate SLIs as a notebook sees it: cast a whole ballot, reveal, and what the room thinks.

Beneath it lies `slo_workbench.ballots.ballot_box.BallotBox`: one YAML file a participant in ``votes/<journey>/``, nothing else is shared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from slo_workbench.ballots.ballot import Ballot, RecordedDissent, checked_ballot, read_name, read_role
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.cast_words import what_was_cast
from slo_workbench.ballots.dissent import read_dissent
from slo_workbench.ballots.dots import DOTS_EACH, DotCount, count_dots, refuse_too_many_dots
from slo_workbench.ballots.tally import CRITERIA, CandidateTally, PointRange, Tally, tally
from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, table, together
from slo_workbench.workshop.choosing_candidates import refuse_unknown
from slo_workbench.workshop.odd_files import odd_files

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["RevealedVote", "ballot_box_of", "cast_vote", "reveal_votes", "revealed_votes"]


@dataclass(frozen=True)
class RevealedVote:
    """A revealed vote; shows itself in a notebook as a picture, sentences and a table.

    Parameters
    ----------
    ballots : tuple of Ballot
        Those that count, by name.
    dissent : tuple of RecordedDissent
    candidates : tuple of str
        What was voted on.
    findings : tuple of Finding
        Files that do not count, and what changed since the reveal.
    dots_each : int
        How many dots each had.
    """

    ballots: tuple[Ballot, ...]
    dissent: tuple[RecordedDissent, ...]
    candidates: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    dots_each: int = DOTS_EACH

    @cached_property
    def tally(self) -> Tally:
        """Scores, medians, ranges and swaps."""
        return tally(self.ballots, self.candidates)

    @cached_property
    def dots(self) -> DotCount:
        """The dots."""
        return count_dots(self.ballots, self.candidates, each=self.dots_each)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is clearly in, where the room disagrees and who should explain, then the dots."""
        return (*self.tally.sentences, *self.dots.sentences)

    @property
    def table(self) -> Fragment:
        """One row a candidate, best first: score, median and range of each criterion, dots, and whether it is disputed."""
        n_dots = {one.candidate: one.n_dots for one in self.dots.candidates}
        rows = [
            (one.rank or "", one.candidate, "" if one.score is None else f"{float(one.score):.1f}",
             *(_range(one.criteria.get(name)) for name in CRITERIA), one.n_votes, n_dots.get(one.candidate) or "", _disputed(one))
            for one in self.tally.candidates
        ]  # fmt: skip
        header = ["rank", "candidate", "score, 1 to 5", "happiness", "measurability", "cost (5 is cheap)", "votes", "dots", "disputed"]
        caption = "Median of the points, and from the lowest to the highest where they differ"
        return table(header, rows, caption=caption, numbers=(0, 2, 3, 4, 5, 6, 7))

    @property
    def words(self) -> Fragment:
        """Comments and dissent, who said them about what; empty where nobody did."""
        known = self.candidates
        said = [
            (ballot.called, candidate, comment, "comment")
            for candidate in known for ballot in self.ballots
            if candidate in ballot.scores and (comment := ballot.scores[candidate].comment.strip())
        ]  # fmt: skip
        said += [(one.participant, about, text, "does not agree") for one in self.dissent for about, text in one.dissent.items()]
        return table(["who", "about", "what they say", "as"], said) if said else paragraphs()

    @property
    def picture(self) -> Fragment:
        """Each point given as a dot, candidate by candidate and criterion by criterion, with the median as a line."""
        from slo_workbench.plots.ballot_scores import draw_ballot_scores
        from slo_workbench.plots.style import plot_style

        points = {
            one.candidate: {name: [getattr(ballot.scores[one.candidate], name) for ballot in self.ballots if one.candidate in ballot.scores]
                            for name in CRITERIA}
            for one in self.tally.candidates if one.n_votes
        }  # fmt: skip
        if not points:
            return paragraphs("Nobody scored a candidate.")
        disputed = [one.candidate for one in self.tally.candidates if one.disputed]
        alt = "; ".join(f"{one.candidate}: {_told(one)}" for one in self.tally.candidates if one.n_votes)
        with plot_style():
            ax = draw_ballot_scores(points, disputed=disputed, title=_title(self.tally.candidates))
            return picture(ax, alt=f"Points given to each candidate, 1 to 5. {alt}.")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        parts = (self.picture, paragraphs(*self.sentences), self.table, self.words, *odd_files(self.findings))
        return together(*parts)._repr_mimebundle_()


def _range(point: PointRange | None) -> str:
    if point is None:
        return ""
    middle = f"{point.median:g}"
    return middle if point.lowest == point.highest else f"{middle} ({point.lowest}–{point.highest})"


def _told(one: CandidateTally) -> str:
    return ", ".join(f"{name} {_range(one.criteria[name])}" for name in CRITERIA) + (", disputed" if one.disputed else "")


def _title(candidates: Sequence[CandidateTally]) -> str:
    """Say in a line what the picture shows: who is first, and on how many the room disagrees."""
    scored = [one for one in candidates if one.n_votes]
    first = [one.candidate for one in scored if one.rank == 1]
    n_disputed = sum(one.disputed for one in scored)
    disagrees = f" disagrees on {n_disputed} of {len(scored)}" if n_disputed else ""
    if len(first) == 1:
        return f"The room puts {first[0]} first{' and' if disagrees else ''}{disagrees}"
    return f"{len(first)} candidates share the first place{'; the room' if disagrees else ''}{disagrees}"


def _disputed(one: CandidateTally) -> str:
    return "⚡ disputed" if one.disputed else ""


def ballot_box_of(workshop: Workshop, journey_id: str = "") -> BallotBox:
    """Return the box of a journey, beside the workbook; the first journey when the id is empty."""
    return BallotBox(workshop.folder / "votes" / workshop.journey(journey_id).id)


def cast_vote(
    workshop: Workshop, journey_id: str = "", *, participant: str, role: str = "", scores: Mapping[str, Mapping[str, Any]],
    dots: Mapping[str, int] | None = None, candidates: Sequence[str], dots_each: int = DOTS_EACH,
) -> str:  # fmt: skip
    """Cast a whole ballot silently, in the place of one's earlier ballot, and say what became of it.

    What the earlier ballot says of other things than these candidates stays.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.
    participant, role : str
    scores : mapping of str to mapping
        Candidate id to ``happiness``, ``measurability``, ``cost`` (whole numbers from 1 to 5, 5 is best) and, if you like, ``comment``;
        a candidate that is left out is not scored.
    dots : mapping of str to int
        Candidate id to how many dots.
    candidates : sequence of str
        Ids of all that can be voted on; see :func:`slo_workbench.workshop.candidates_at_hand.candidates_at_hand`.
    dots_each : int
        How many dots each participant has.

    Raises
    ------
    UnusableValue
        When the scores are revealed already, the name is none, nothing is scored, or there are too many dots.
    FindingsError
        When a score cannot be, or a candidate is not known.
    """
    box = ballot_box_of(workshop, journey_id)
    by, given_dots = read_name(participant, "your name"), {id: number for id, number in (dots or {}).items() if number}
    refuse_unknown([*scores, *given_dots], candidates)
    if not scores and not given_dots:
        raise UnusableValue("nothing is scored yet, and no dot is put; score one candidate at least, then cast")
    fields = {id: dict(score) for id, score in scores.items()}
    ballot = checked_ballot(
        journey=box.journey, participant=by, role=read_role(role, "your role"), cast_at=datetime.now(UTC), scores=fields, dots=given_dots
    )
    refuse_too_many_dots(ballot, each=dots_each)
    with exclusive_change(workshop.path):  # as the command does, so that a ballot from there and one from here go one after the other
        earlier = box.ballot_of(by)
        others = {id: score for id, score in (earlier.scores if earlier else {}).items() if id not in candidates}
        box.cast(ballot.model_copy(update={"scores": {**ballot.scores, **others}}))
    commented = [id for id, score in ballot.scores.items() if score.comment.strip()]
    return what_was_cast(by, earlier, scored=list(scores), commented=commented, dots=given_dots, known=candidates)


def reveal_votes(workshop: Workshop, journey_id: str = "", *, candidates: Sequence[str], dots_each: int = DOTS_EACH) -> RevealedVote:
    """Close the box and show all ballots together; a second time nothing is written and the same is shown.

    Raises
    ------
    TooLittleData
        When nobody has voted.
    """
    box = ballot_box_of(workshop, journey_id)

    def made(revealed: tuple[tuple[Ballot, ...], tuple[Finding, ...]]) -> RevealedVote:
        return _revealed(box, revealed, candidates, dots_each)

    # all is made once before the box closes: an error then leaves it open, and nobody has seen anything
    return made(box.reveal(decided_candidates=candidates, at=datetime.now(UTC), before=lambda revealed: made(revealed).sentences))


def revealed_votes(workshop: Workshop, journey_id: str = "", *, dots_each: int = DOTS_EACH) -> RevealedVote:
    """Return a vote that was revealed; ``UnusableValue`` before."""
    box = ballot_box_of(workshop, journey_id)
    return _revealed(box, box.read_all(), box.status().candidates, dots_each)


def _revealed(
    box: BallotBox, revealed: tuple[tuple[Ballot, ...], tuple[Finding, ...]], candidates: Sequence[str], dots_each: int
) -> RevealedVote:
    ballots, findings = revealed
    dissent, odd = read_dissent(box)
    return RevealedVote(ballots, dissent, tuple(candidates), (*findings, *odd), dots_each)
