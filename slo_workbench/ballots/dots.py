"""Dots: each participant has a few to put on candidates, several on one if they like, counted at the reveal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_workbench.ballots.ballot import MOST_DOTS, Ballot
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["DOTS_EACH", "CandidateDots", "DotCount", "count_dots", "read_dots", "refuse_too_many_dots"]

DOTS_EACH = 3


@dataclass(frozen=True)
class CandidateDots:
    """The dots on one candidate: how many, from whom (with how many each), and its place from 1; equal numbers share it."""

    candidate: str
    n_dots: int
    by: tuple[tuple[str, int], ...]
    rank: int


@dataclass(frozen=True)
class DotCount:
    """All candidates, those with most dots first and ties by id; who put dots; and whose do not count, being too many.

    Parameters
    ----------
    candidates : tuple of CandidateDots
    participants : tuple of str
        Whose dots count.
    too_many : tuple of (str, int)
        Who put more than each had, and how many.
    each : int
        How many each had.
    """

    candidates: tuple[CandidateDots, ...]
    participants: tuple[str, ...]
    too_many: tuple[tuple[str, int], ...] = ()
    each: int = DOTS_EACH

    @property
    def sentences(self) -> tuple[str, ...]:
        """The count in words: the first, ties, and whose dots do not count; nothing where nobody put any."""
        ignored = [
            f"The dots of {name} do not count: {number}, and each had {counted(self.each, 'dot')}." for name, number in self.too_many
        ]
        dotted = [one for one in self.candidates if one.n_dots]
        if not dotted:
            return tuple(ignored)
        total = sum(one.n_dots for one in dotted)
        first = [f"'{one.candidate}'" for one in dotted if one.rank == 1]
        most = counted(dotted[0].n_dots, "dot")
        said = f"Most dots: {first[0]} with {most}." if len(first) == 1 else f"Most dots, a tie: {_listed(first)} with {most} each."
        return (
            f"{counted(len(self.participants), 'participant')} put {counted(total, 'dot')}, of {counted(self.each, 'dot')} each.",
            said,
            *self._ties(dotted),
            *ignored,
        )

    def _ties(self, dotted: Sequence[CandidateDots]) -> list[str]:
        ranks = [one.rank for one in dotted]
        tied = {rank: [f"'{one.candidate}'" for one in dotted if one.rank == rank] for rank in ranks if rank > 1 and ranks.count(rank) > 1}
        n_dots = {one.rank: one.n_dots for one in dotted}
        return [f"A tie further down: {_listed(names)} with {counted(n_dots[rank], 'dot')} each." for rank, names in tied.items()]


def count_dots(ballots: Sequence[Ballot], candidates: Sequence[str], *, each: int = DOTS_EACH) -> DotCount:
    """Count the dots of revealed ballots.

    Parameters
    ----------
    ballots : sequence of Ballot
    candidates : sequence of str
        Ids of what is decided on; dots on others do not count.
    each : int
        How many each participant had. Whoever put more has none that counts.

    Examples
    --------
    >>> def ballot(who, **dots):
    ...     return Ballot(journey="buy", participant=who, cast_at="2026-03-02T09:30Z", scores={}, dots=dots)
    >>> room = [ballot("product", paid=2, fast=1), ballot("developer", fast=1), ballot("operations", uptime=9)]
    >>> for sentence in count_dots(room, ["paid", "fast", "uptime"]).sentences: print(sentence)
    2 participants put 4 dots, of 3 dots each.
    Most dots, a tie: 'fast' and 'paid' with 2 dots each.
    The dots of operations do not count: 9, and each had 3 dots.
    """
    _check_each(each)
    ordered = sorted((ballot for ballot in ballots if ballot.dots), key=lambda ballot: ballot.participant)
    too_many = tuple((ballot.called, sum(ballot.dots.values())) for ballot in ordered if sum(ballot.dots.values()) > each)
    counting = [ballot for ballot in ordered if sum(ballot.dots.values()) <= each]
    by = {name: tuple((one.called, one.dots[name]) for one in counting if name in one.dots) for name in candidates}
    n_dots = {name: sum(number for _, number in given) for name, given in by.items()}
    made = [CandidateDots(name, n_dots[name], by[name], 1 + sum(other > n_dots[name] for other in n_dots.values())) for name in n_dots]
    best_first = sorted(made, key=lambda one: (-one.n_dots, one.candidate))
    return DotCount(tuple(best_first), tuple(ballot.participant for ballot in counting), too_many, each)


def read_dots(candidate: str, text: str) -> int:
    """Read how many dots somebody puts on a candidate.

    Examples
    --------
    >>> read_dots("paid", "2")
    2
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_DOTS:
        raise UnusableValue(f"{candidate} takes a whole number of dots from 1, as in {candidate}=2; not {text[:40]!r}")
    return int(text)


def refuse_too_many_dots(ballot: Ballot, *, each: int = DOTS_EACH) -> None:
    """Raise ``UnusableValue`` when a ballot has more dots than each has, before it is cast.

    Examples
    --------
    >>> refuse_too_many_dots(Ballot(journey="buy", participant="A", cast_at="2026-03-02T09:30Z", scores={}, dots={"paid": 4}))
    Traceback (most recent call last):
    ...
    slo_workbench.errors.UnusableValue: each has 3 dots to put, not 4; put fewer, or agree on another number for everybody
    """
    _check_each(each)
    number = sum(ballot.dots.values())
    if number > each:
        raise UnusableValue(f"each has {counted(each, 'dot')} to put, not {number}; put fewer, or agree on another number for everybody")


def _check_each(each: int) -> None:
    if not 1 <= each <= MOST_DOTS:
        raise UnusableValue(f"each participant has from 1 to {MOST_DOTS} dots, not {each}")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
