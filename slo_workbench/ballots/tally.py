"""The tally of revealed ballots: what the room prefers, where it disagrees and who should explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from types import MappingProxyType

from slo_workbench.ballots.ballot import Ballot, Score
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["CRITERIA", "CandidateTally", "PointRange", "Tally", "Weights", "tally"]

CLEAR_SCORE = 4
DISPUTED_SPREAD = 3
LEAST_BALLOTS_FOR_SWAPS = 3
MOST_NAMES_TOLD = 4
CRITERIA = ("happiness", "measurability", "cost")


@dataclass(frozen=True)
class Weights:
    """How much each criterion counts in the score: whole numbers from 0, not all 0 (else ``UnusableValue``).

    Happiness counts twice: an indicator that is cheap and measured well, but follows nothing users feel, is no SLI.
    """

    happiness: int = 2
    measurability: int = 1
    cost: int = 1

    def __post_init__(self) -> None:
        parts = (self.happiness, self.measurability, self.cost)
        if any(isinstance(part, bool) or not isinstance(part, int) or part < 0 for part in parts) or not any(parts):
            raise UnusableValue(f"weights are whole numbers from 0 and not all 0, such as 2, 1, 1; not {', '.join(map(repr, parts))}")

    @property
    def total(self) -> int:
        """Their sum."""
        return self.happiness + self.measurability + self.cost

    @property
    def formula(self) -> str:
        """The score as a formula in words."""
        return f"({self.happiness} × happiness + {self.measurability} × measurability + {self.cost} × cost) / {self.total}"

    def points(self, score: Score) -> int:
        """Return the weighted sum of one participant's points; divided by ``total`` it lies between 1 and 5."""
        return self.happiness * score.happiness + self.measurability * score.measurability + self.cost * score.cost


@dataclass(frozen=True)
class PointRange:
    """Points given for one criterion, 1 to 5."""

    median: float
    lowest: int
    highest: int


@dataclass(frozen=True)
class CandidateTally:
    """What the room thinks of one candidate SLI.

    Parameters
    ----------
    candidate : str
    n_votes : int
        Participants who scored it; the others do not count for it.
    criteria : mapping of str to PointRange
        ``happiness``, ``measurability`` and ``cost``; empty without votes.
    score : Fraction, optional
        Exact, 1 to 5, so that ties are ties; ``None`` without votes.
    rank : int, optional
        From 1; equal scores share it. ``None`` without votes.
    highest_by, lowest_by : tuple of str
        Who gave the most and the fewest points for happiness, with their roles.
    swaps : tuple of (str, str)
        A participant, and the candidate this one would change places with had that participant not voted.
    """

    candidate: str
    n_votes: int
    criteria: Mapping[str, PointRange]
    score: Fraction | None
    rank: int | None
    highest_by: tuple[str, ...] = ()
    lowest_by: tuple[str, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()

    @property
    def spread(self) -> int:
        """Points between the happiest and the least happy vote, 0 to 4."""
        return self.criteria["happiness"].highest - self.criteria["happiness"].lowest if self.criteria else 0

    @property
    def disputed(self) -> bool:
        """Whether votes for happiness lie three or more points apart, or the order with another candidate hangs on one participant."""
        return self.spread >= DISPUTED_SPREAD or bool(self.swaps)


@dataclass(frozen=True)
class Tally:
    """All candidates, best first and ties by id; those without votes last.

    Parameters
    ----------
    participants : tuple of str
    candidates : tuple of CandidateTally
    weights : Weights
    """

    participants: tuple[str, ...]
    candidates: tuple[CandidateTally, ...]
    weights: Weights

    @property
    def clearly_in(self) -> tuple[CandidateTally, ...]:
        """Candidates that score 4 or more, are not disputed, and were scored by more than half of the room."""
        return tuple(
            one
            for one in self.candidates
            if one.score is not None and one.score >= CLEAR_SCORE and not one.disputed and 2 * one.n_votes > len(self.participants)
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The tally in words: who voted, what is clearly in, where the room disagrees and who should explain."""
        if not self.participants:
            return ("Nobody has voted.",)
        clear = ", ".join(f"'{one.candidate}' ({_written(one.score)})" for one in self.clearly_in if one.score)
        rule = f"score {CLEAR_SCORE} or more, not disputed, scored by more than half"
        return (
            f"{counted(len(self.participants), 'participant')} voted. A score is the mean of {self.weights.formula} over those who scored "
            "the candidate, from 1 to 5; who left it out does not count for it.",
            f"Clearly in: {clear}." if clear else f"No candidate is clearly in ({rule}).",
            *(sentence for one in self.candidates for sentence in self._doubts(one)),
        )

    def _doubts(self, one: CandidateTally) -> list[str]:
        said = []
        if one.spread >= DISPUTED_SPREAD:
            points = one.criteria["happiness"]
            said.append(
                f"The room disagrees on '{one.candidate}': for happiness {_listed(one.highest_by)} gave {points.highest} "
                f"and {_listed(one.lowest_by)} {points.lowest}; let them say what they have seen."
            )
        for other in sorted({other for _, other in one.swaps if one.candidate < other}):
            names = _listed([name for name, swapped in one.swaps if swapped == other], word="or")
            said.append(f"'{one.candidate}' and '{other}' would change places without the vote of {names}.")
        if one.n_votes < len(self.participants):
            by = f"{one.n_votes} of {counted(len(self.participants), 'participant')}" if one.n_votes else "nobody"
            said.append(f"'{one.candidate}' was scored by {by}.")
        return said


def tally(ballots: Sequence[Ballot], candidates: Sequence[str], *, weights: Weights = Weights()) -> Tally:  # noqa: B008 (frozen)
    """Count revealed ballots.

    The score of a candidate is the mean, over the participants who scored it, of 2 × happiness + measurability + cost, divided by 4: it
    lies between 1 and 5. Points are an order, not a measure, and the mean treats them as one; so medians stand beside it, and what
    the room disputes is named rather than averaged away.

    Two candidates have a swap when leaving out one participant turns their order round, neither being tied before or after. It is looked
    for from three ballots on: of two, each is half of the room.

    Parameters
    ----------
    ballots : sequence of Ballot
        In any order; none gives a tally without scores.
    candidates : sequence of str
        Ids of what is decided on; scores for others do not count.
    weights : Weights
        Other weights than 2, 1, 1.

    Raises
    ------
    UnusableValue
        When a participant has two ballots, a candidate is named twice, or the ballots are of several journeys.

    Examples
    --------
    >>> def ballot(who, **happiness):
    ...     scores = {name: {"happiness": points, "measurability": 4, "cost": 4} for name, points in happiness.items()}
    ...     return Ballot(journey="buy-ticket", participant=who, cast_at="2026-03-02T09:30Z", scores=scores)
    >>> counted = tally([ballot("developer", paid=5, uptime=5), ballot("product", paid=5, uptime=1)], ["paid", "uptime"])
    >>> [(one.candidate, one.rank, str(one.score), one.disputed) for one in counted.candidates]
    [('paid', 1, '9/2', False), ('uptime', 2, '7/2', True)]
    >>> for sentence in counted.sentences[1:]: print(sentence)
    Clearly in: 'paid' (4.5).
    The room disagrees on 'uptime': for happiness developer gave 5 and product 1; let them say what they have seen.
    """
    _check_countable(ballots, candidates)
    ordered = sorted(ballots, key=lambda ballot: ballot.participant)
    scores = _scores(ordered, candidates, weights)
    swaps = _swaps(ordered, candidates, weights) if len(ordered) >= LEAST_BALLOTS_FOR_SWAPS else {}
    counted_ones = [_count(name, ordered, scores, swaps.get(name, [])) for name in candidates]
    best_first = sorted(counted_ones, key=lambda one: (one.score is None, -(one.score or 0), one.candidate))
    return Tally(tuple(ballot.participant for ballot in ordered), tuple(best_first), weights)


def _check_countable(ballots: Sequence[Ballot], candidates: Sequence[str]) -> None:
    names = [ballot.participant for ballot in ballots]
    for what, given in (("participant has one ballot", names), ("candidate is named once", list(candidates))):
        twice = sorted({one for one in given if given.count(one) > 1})
        if twice:
            raise UnusableValue(f"each {what}; not so {', '.join(twice)}")
    journeys = sorted({ballot.journey for ballot in ballots})
    if len(journeys) > 1:
        raise UnusableValue(f"ballots of one journey are counted together, not of {', '.join(journeys)}")


def _scores(ballots: Sequence[Ballot], candidates: Sequence[str], weights: Weights) -> dict[str, Fraction]:
    """Give the score of every candidate that has a vote."""
    points = {name: [weights.points(ballot.scores[name]) for ballot in ballots if name in ballot.scores] for name in candidates}
    return {name: Fraction(sum(given), len(given) * weights.total) for name, given in points.items() if given}


def _swaps(ballots: Sequence[Ballot], candidates: Sequence[str], weights: Weights) -> dict[str, list[tuple[str, str]]]:
    """Give for each candidate the participants without whom it would change places with another, and that other."""
    with_all, found = _scores(ballots, candidates, weights), {name: list[tuple[str, str]]() for name in candidates}
    for ballot in ballots:
        without = _scores([other for other in ballots if other is not ballot], candidates, weights)
        for upper in without:
            for lower in without:
                if with_all[upper] > with_all[lower] and without[upper] < without[lower]:
                    found[upper].append((_called(ballot), lower))
                    found[lower].append((_called(ballot), upper))
    return found


def _count(name: str, ballots: Sequence[Ballot], scores: Mapping[str, Fraction], swaps: Sequence[tuple[str, str]]) -> CandidateTally:
    voters = [ballot for ballot in ballots if name in ballot.scores]
    if not voters:
        return CandidateTally(name, 0, MappingProxyType({}), None, None)
    given = {criterion: [getattr(ballot.scores[name], criterion) for ballot in voters] for criterion in CRITERIA}
    ranges = {criterion: PointRange(float(median(points)), min(points), max(points)) for criterion, points in given.items()}
    happiness = ranges["happiness"]
    highest = tuple(_called(ballot) for ballot in voters if ballot.scores[name].happiness == happiness.highest)
    lowest = tuple(_called(ballot) for ballot in voters if ballot.scores[name].happiness == happiness.lowest)
    rank = 1 + sum(other > scores[name] for other in scores.values())
    return CandidateTally(name, len(voters), MappingProxyType(ranges), scores[name], rank, highest, lowest, tuple(sorted(swaps)))


def _called(ballot: Ballot) -> str:
    return f"{ballot.participant} ({ballot.role})" if ballot.role else ballot.participant


def _listed(names: Sequence[str], *, word: str = "and") -> str:
    shown = list(names) if len(names) <= MOST_NAMES_TOLD else [*names[: MOST_NAMES_TOLD - 1], f"{len(names) - MOST_NAMES_TOLD + 1} others"]
    return f" {word} ".join([part for part in (", ".join(shown[:-1]), shown[-1]) if part])


def _written(score: Fraction | None) -> str:
    return "" if score is None else f"{float(score):.2f}".rstrip("0").rstrip(".")
