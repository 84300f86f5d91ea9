"""A revealed vote in words and as a table: what the room thinks, what it said, and who does not agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slo_workbench.ballots.ballot import Ballot, RecordedDissent
from slo_workbench.ballots.dots import DotCount
from slo_workbench.ballots.tally import CRITERIA, CandidateTally, PointRange, Tally
from slo_workbench.document.findings import printable
from slo_workbench.text_tables import text_table

__all__ = ["reveal_text"]

# the criteria in short, so that the table fits eighty columns
_HEADER = ("candidate", "rank", "score", "happy", "measured", "cost", "votes", "disputed")


def reveal_text(
    counted: Tally, ballots: Sequence[Ballot], dissent: Sequence[RecordedDissent] = (), *, dots: DotCount | None = None, columns: int = 120
) -> str:
    """Write a revealed vote: the candidates best first, the tally in sentences, dots, then every comment and dissent.

    A room that put dots and scored nothing sees the dots alone.

    Parameters
    ----------
    counted : Tally
        Of these ballots.
    ballots : sequence of Ballot
        Their comments are told, with who made them.
    dissent : sequence of RecordedDissent
    dots : DotCount, optional
        Told where anybody put some.
    columns : int
        How wide the tables may be.

    Examples
    --------
    >>> from slo_workbench.ballots.tally import tally
    >>> score = {"happiness": 5, "measurability": 3, "cost": 4, "comment": "it is what they call about"}
    >>> ballot = Ballot(journey="buy-ticket", participant="support", cast_at="2026-03-02T09:30Z", scores={"paid-orders": score})
    >>> text = reveal_text(tally([ballot], ["paid-orders"]), [ballot])
    >>> for line in text.splitlines()[:3] + text.splitlines()[-1:]: print(line)
    candidate    rank  score  happy  measured  cost  votes  disputed
    -----------  ----  -----  -----  --------  ----  -----  --------
    paid-orders  1     4.2    5      3         4     1
    support on paid-orders: it is what they call about
    """
    known = [one.candidate for one in counted.candidates]
    has_dots, has_scores = dots is not None and bool(dots.sentences), any(one.n_votes for one in counted.candidates)
    parts = []
    if has_scores or not has_dots:
        table = text_table(_HEADER, [_row(one) for one in counted.candidates], columns=columns)
        parts.append("\n".join([table, "", *map(printable, counted.sentences)]))
    if dots is not None and has_dots:
        parts.append("\n".join([_dot_table(dots, columns), "", *map(printable, dots.sentences)]))
    said = [printable(line) for line in (*_comments(ballots, known), *_dissent(dissent))]
    return "\n\n".join(parts) + "".join(f"\n{line}" for line in said)


def _dot_table(dots: DotCount, columns: int) -> str:
    rows = [
        (one.candidate, one.rank, one.n_dots, ", ".join(f"{who} {number}" for who, number in one.by))
        for one in dots.candidates
        if one.n_dots
    ]
    return text_table(("candidate", "rank", "dots", "from"), rows, columns=columns)


def _row(one: CandidateTally) -> tuple[object, ...]:
    score = "" if one.score is None else f"{float(one.score):.1f}"
    return (one.candidate, one.rank or "", score, *(_range(one.criteria.get(name)) for name in CRITERIA),
            one.n_votes, "yes" if one.disputed else "")  # fmt: skip


def _range(point: PointRange | None) -> str:
    if point is None:
        return ""
    middle = f"{point.median:g}"
    return middle if point.lowest == point.highest else f"{middle} ({point.lowest}–{point.highest})"


def _comments(ballots: Sequence[Ballot], known: Sequence[str]) -> Iterator[str]:
    for candidate in known:
        for ballot in ballots:
            if candidate in ballot.scores and (comment := _on_one_line(ballot.scores[candidate].comment)):
                yield f"{ballot.participant} on {candidate}: {comment}"


def _dissent(recorded: Sequence[RecordedDissent]) -> Iterator[str]:
    for one in recorded:
        for candidate, text in one.dissent.items():
            yield f"dissent of {one.participant} on {candidate}: {_on_one_line(text)}"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
