"""The candidate SLIs of a journey on the table: what each would count, what it sees and misses, and what nobody sees yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.journeys.branch_coverage import cover_branches
from slo_workbench.journeys.candidate import Candidate
from slo_workbench.journeys.candidate_words import summary, told_of_point
from slo_workbench.journeys.coverage import cover_journey
from slo_workbench.journeys.coverage_words import coverage_sentences, gaps_by_mode
from slo_workbench.journeys.journey_view import POINT_WORDS, JourneyView
from slo_workbench.journeys.measuring_points import PointView
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, table, together
from slo_workbench.units import counted, format_ms
from slo_workbench.workshop.choosing_candidates import chosen_as, indicator_of, refuse_unknown
from slo_workbench.workshop.standing_candidates import StandingCandidates, look_at_sources, standing_candidates

if TYPE_CHECKING:
    from slo_workbench.document.model import Workbook
    from slo_workbench.workshop.opening import Workshop

__all__ = ["CandidateAtHand", "CandidatesAtHand", "CoverageWith", "candidates_at_hand", "coverage_with"]

_SIGNS = {"chosen": "✓", "rejected": "✗", "open": "○"}


@dataclass(frozen=True)
class CandidateAtHand:
    """One candidate as the room looks at it.

    Parameters
    ----------
    candidate : Candidate
        With its specification, reason, predicates, and what each measuring point sees.
    standing : str
        ``open``, ``chosen as …`` or ``rejected: …``.
    """

    candidate: Candidate
    standing: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.candidate.id

    @property
    def state(self) -> str:
        """``open``, ``chosen`` or ``rejected``."""
        return self.standing.partition(" ")[0].rstrip(":")

    @property
    def indicator(self) -> str:
        """Id of the indicator as which it is chosen; empty where it is not."""
        return chosen_as(self.standing)

    @property
    def rejected_because(self) -> str:
        """Why it was rejected; empty where it was not."""
        return self.standing.removeprefix("rejected: ") if self.state == "rejected" else ""

    @property
    def signed_standing(self) -> str:
        """The standing with a sign before it, so that it is told by more than its words."""
        return f"{_SIGNS[self.state]} {self.standing}"

    @property
    def point(self) -> PointView:
        """The measuring point it would have, with what that sees and misses."""
        return next(point for point in self.candidate.points if point.point == self.candidate.measured_at)

    @property
    def measured_at(self) -> str:
        """The measuring point in words."""
        return POINT_WORDS[self.candidate.measured_at]

    @property
    def sees(self) -> str:
        """What it sees and misses from there, in words."""
        return told_of_point(self.point)

    @property
    def within(self) -> str:
        """The thresholds that the data suggests; empty where there are none."""
        return " or ".join(format_ms(threshold) for threshold in self.candidate.skeleton.thresholds_ms)

    @property
    def needs(self) -> str:
        """What it lacks before it can be counted; empty when it can."""
        skeleton = self.candidate.skeleton
        return "" if skeleton.is_ready else "; ".join(skeleton.missing) or "a source"

    @property
    def details(self) -> Fragment:
        """All that is known of it, as a table without a header."""
        skeleton = self.candidate.skeleton
        rows = [
            ("what it says", self.candidate.specification), ("why", self.candidate.reason), ("measured at", self.measured_at),
            ("needs", self.needs), ("source", skeleton.source or ""), ("valid", skeleton.valid), ("good", skeleton.good), ("within", self.within),
            *(("about the data", note) for note in skeleton.notes),
            *((POINT_WORDS[point.point], told_of_point(point)) for point in self.candidate.points),
        ]  # fmt: skip
        return table(["", ""], [row for row in rows if row[1]])


@dataclass(frozen=True)
class CandidatesAtHand:
    """A journey with its candidates; shows itself in a notebook as sentences, a table and what no chosen SLI sees."""

    standing: StandingCandidates

    @property
    def journey_id(self) -> str:
        """Id of the journey."""
        return self.view.journey.id

    @property
    def view(self) -> JourneyView:
        """The journey with what its chosen SLIs see."""
        return self.standing.view

    @cached_property
    def candidates(self) -> tuple[CandidateAtHand, ...]:
        """In the order in which the diagram suggests them."""
        return tuple(CandidateAtHand(one, standing) for one, standing in self.standing.candidates)

    def __getitem__(self, candidate_id: str) -> CandidateAtHand:
        """Return a candidate by its id."""
        refuse_unknown([candidate_id], self.standing.ids)
        return next(one for one in self.candidates if one.id == candidate_id)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is odd in the diagram, and which sources could not be opened."""
        return self.standing.findings

    @property
    def sentences(self) -> tuple[str, ...]:
        """How many candidates there are, how many are chosen, open and rejected, and how much the chosen ones see."""
        states = [one.state for one in self.candidates]
        told = ", ".join(f"{_SIGNS[state]} {states.count(state)} {state}" for state in _SIGNS if states.count(state))
        return (f"{summary(self.view, self.standing.candidates)}.", f"Candidates: {told}.", *coverage_sentences(self.view, with_name=False))

    @property
    def table(self) -> Fragment:
        """One row a candidate."""
        rows = [
            (one.id, one.candidate.kind, one.candidate.specification, one.measured_at, one.candidate.skeleton.source or "missing", one.sees,
             one.signed_standing)
            for one in self.candidates
        ]  # fmt: skip
        return table(["candidate", "kind", "what it says", "measured at", "data", "sees", "choice"], rows)

    @property
    def predicates(self) -> Fragment:
        """One row a candidate: what it would count, in the predicate language."""
        rows = [(one.id, one.candidate.skeleton.valid, one.candidate.skeleton.good, one.within) for one in self.candidates]
        return table(["candidate", "valid", "good", "within"], rows)

    @property
    def gaps(self) -> Fragment:
        """What no chosen SLI sees, and what would."""
        return _gaps(self.view)

    @property
    def diagram(self) -> Fragment:
        """The journey's diagram with what its chosen SLIs see."""
        return _diagram(self.view)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        odd = findings_list(self.findings) if self.findings else paragraphs()
        return together(paragraphs(*self.sentences), self.table, self.gaps, odd)._repr_mimebundle_()


@dataclass(frozen=True)
class CoverageWith:
    """What the chosen SLIs would see with others taken, or without some of them; shows itself in a notebook.

    Parameters
    ----------
    before : JourneyView
        As it stands in the workbook.
    view : JourneyView
        As it would be.
    taken, without : tuple of str
        Ids of candidates taken, and of indicators left out.
    """

    before: JourneyView
    view: JourneyView
    taken: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """How much would be seen, and how many ways to fail more or less than now."""
        seen, _ = coverage_sentences(self.view, with_name=False)
        changes = [f"with {', '.join(self.taken)}"] if self.taken else []
        changes += [f"without {', '.join(self.without)}"] if self.without else []
        if not changes:
            return (f"As chosen: {seen}", self._blind)
        more = len(self.before.coverage.gaps) - len(self.view.coverage.gaps)
        than = f"{counted(abs(more), 'way', 'ways')} {'more' if more > 0 else 'fewer'} than now" if more else "as many as now"
        return (f"{' and '.join(changes).capitalize()}: {seen[:-1]}, {than}.", self._blind)

    @property
    def _blind(self) -> str:
        return coverage_sentences(self.view, with_name=False)[1]

    @property
    def gaps(self) -> Fragment:
        """What none of them would see, and what would."""
        return _gaps(self.view)

    @property
    def diagram(self) -> Fragment:
        """The journey's diagram with what they would see."""
        return _diagram(self.view)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return together(paragraphs(*self.sentences), self.gaps, self.diagram)._repr_mimebundle_()


def candidates_at_hand(workshop: Workshop, journey_id: str = "", *, with_data: bool = True) -> CandidatesAtHand:
    """Return the candidate SLIs of a journey as they stand now.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.
    with_data : bool
        Whether the sources are looked at, so that predicates and thresholds fit them. What they hold is kept while the files and the
        workbook's words about them stay the same.

    Raises
    ------
    FindingsError
        When there is no such journey, or its diagram is empty or has errors.

    Examples
    --------
    >>> from slo_workbench.workshop.opening import open_workshop
    >>> found = candidates_at_hand(open_workshop("data/stagedoor/workbook.yaml"), "buy", with_data=False)
    >>> print(found.sentences[1])
    Candidates: ✓ 3 chosen, ✗ 2 rejected.
    >>> print(coverage_with(found, take=["buy-freshness"]).sentences[0])
    With buy-freshness: 5 indicators see 8 of 15 ways in which the journey can fail, 1 way more than now.
    """
    workbook, journey = workshop.workbook, workshop.journey(journey_id)
    if not with_data:
        return CandidatesAtHand(standing_candidates(workbook, journey.id))
    state = _state_of_sources(workbook, workshop.folder)
    shapes, unread = workshop.kept("shapes", state, lambda: look_at_sources(workbook, workshop.folder, progress=workshop.progress))
    made = standing_candidates(workbook, journey.id, shapes=shapes)
    return CandidatesAtHand(StandingCandidates(made.view, made.candidates, (*made.findings, *unread)))


def coverage_with(at_hand: CandidatesAtHand, take: Sequence[str] = (), without: Collection[str] = ()) -> CoverageWith:
    """Return what would be seen if candidates were taken, or chosen indicators left out; nothing is written.

    Parameters
    ----------
    at_hand : CandidatesAtHand
    take : sequence of str
        Ids of candidates; those that are chosen already change nothing. A candidate without a source can be tried here, too.
    without : collection of str
        Ids of indicators of the journey.

    Raises
    ------
    FindingsError
        When there is no such candidate or indicator.
    """
    view = at_hand.view
    present = [one.id for one in view.indicators]
    refuse_unknown(take, [*at_hand.standing.ids, *present])
    refuse_unknown(list(without), present)
    new = tuple(id for id in dict.fromkeys(take) if id not in present and not at_hand[id].indicator)
    kept = tuple(one for one in view.indicators if one.id not in without)
    indicators = (*kept, *(indicator_of(at_hand[id].candidate, view.journey.id) for id in new))
    coverage = cover_journey(view.diagram, view.coverage.roles, indicators)
    after = JourneyView(view.journey, view.diagram, indicators, coverage, cover_branches(coverage, indicators), view.findings)
    return CoverageWith(view, after, new, tuple(id for id in present if id in without))


def _gaps(view: JourneyView) -> Fragment:
    rows = gaps_by_mode(view)
    if not rows:
        return paragraphs("Every way to fail that the diagram shows is seen by an indicator.")
    return table(["? What nobody sees", "Where", "What would see it"], rows)


def _diagram(view: JourneyView) -> Fragment:
    from slo_workbench.journeys import alt_text

    drawn = view.picture(theme="light")
    return Fragment(f'<div class="diagram">{drawn.html}</div>', alt_text(view.diagram, drawn.overlay))


def _state_of_sources(workbook: Workbook, folder: Path) -> Any:
    """Return what a look at the sources depends on: how the workbook describes them, and their files' sizes and times."""
    from slo_workbench.sources.files import find_files

    def files(name: str, path: str) -> list[tuple[str, int, int]]:
        try:
            return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in find_files(folder / path, source=name)]
        except (FindingsError, OSError):
            return []  # the look says so

    described = {name: source.model_dump(mode="json", exclude={"description"}) for name, source in workbook.sources.items()}
    return described, {name: files(name, source.path) for name, source in workbook.sources.items() if source.path}
