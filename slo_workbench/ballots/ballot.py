"""What lies in a ballot box: ballots, the marker of the reveal and dissent."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from slo_workbench.ballots.room_part import (
    CastPart,
    CountedFile,
    Name,
    Reason,
    RevealPart,
    RoomPart,
    UtcTime,
    checked_part,
    is_identifier,
    one_line,
    parse_part,
    read_name,
    read_role,
    render_part,
)  # fmt: skip
from slo_workbench.document.field_types import Identifier, Part, Text

__all__ = [
    "Ballot", "CountedFile", "RecordedDissent", "Reveal", "Score", "VotePart",
    "checked_ballot", "is_identifier", "merge_ballots", "one_line", "parse_part", "read_name", "read_role", "render_part",
]  # fmt: skip

LOWEST_POINTS, HIGHEST_POINTS = 1, 5
MOST_CANDIDATES = 200
MOST_DOTS = 100


def _whole_number(value: Any, what: str, code: str, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        shown = str(value).lower() if isinstance(value, int | Decimal) else repr(value)
        message = f"{what} are whole numbers from {lowest} to {highest}, not {{value}}"
        raise PydanticCustomError(code, message, {"value": shown[:60]})
    return value


def _read_points(value: Any) -> int:
    return _whole_number(value, "points", "points-out-of-range", LOWEST_POINTS, HIGHEST_POINTS)


def _read_dots(value: Any) -> int:
    return _whole_number(value, "dots on a candidate", "dots-out-of-range", 1, MOST_DOTS)


Points = Annotated[int, BeforeValidator(_read_points), Field(ge=LOWEST_POINTS, le=HIGHEST_POINTS)]
Dots = Annotated[int, BeforeValidator(_read_dots), Field(ge=1, le=MOST_DOTS)]


def _named_once(candidates: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(candidates)) < len(candidates):
        raise PydanticCustomError("candidate-repeated", "a candidate is named twice")
    return candidates


class VotePart(RoomPart):
    """Anything that lies in the ballot box of a journey."""

    TOPIC: ClassVar[str] = "journey"
    FOLDER: ClassVar[str] = "votes"

    journey: Identifier = Field(description="Id of the journey in the workbook.")


class Score(Part):
    """What one participant thinks of one candidate; in every criterion 5 is best and 1 worst.

    Examples
    --------
    >>> Score(happiness=5, measurability=3, cost=4).happiness
    5
    """

    happiness: Points = Field(description="How closely it follows whether users are happy, 1 to 5; 5: it moves when they notice.")
    measurability: Points = Field(description="How surely it can be measured with what is there, 1 to 5; 5: the data already lies there.")
    cost: Points = Field(description="How cheap it is to build and keep, 1 to 5; 5: nearly free, so higher is better here too.")
    comment: Text = Field(default="", description="Why, in the participant's words.")


class Ballot(CastPart, VotePart):
    """The silent vote of one participant on the candidate SLIs of a journey.

    A candidate that is left out is not scored, which is no low score. A ballot without scores and dots is an abstention.

    Examples
    --------
    >>> score = {"happiness": 5, "measurability": 3, "cost": 4}
    >>> ballot = Ballot(journey="buy-ticket", participant="developer", cast_at="2026-03-02T10:30+01:00", scores={"paid-orders": score})
    >>> ballot.cast_at.isoformat()
    '2026-03-02T09:30:00+00:00'
    """

    NOUN: ClassVar[str] = "a ballot"
    INNER: ClassVar[type[BaseModel] | None] = Score

    scores: dict[Identifier, Score] = Field(description="Candidate id to its score.", max_length=MOST_CANDIDATES)
    dots: dict[Identifier, Dots] = Field(
        default_factory=dict,
        description="Candidate id to the dots put on it; how many each has, the room agrees.",
        max_length=MOST_CANDIDATES,
    )


def checked_ballot(**fields: Any) -> Ballot:
    """Give the ballot of these fields; what cannot be a ballot raises ``FindingsError`` that says why."""
    return checked_part(Ballot, **fields)


def merge_ballots(earlier: Ballot, later: Ballot) -> Ballot:
    """Put a participant's later ballot over the earlier one: its scores take the place of those of the same candidates, the others stay.

    The earlier role stays where the later ballot names none. Dots are one spread: later ones take the place of all the earlier ones.

    Examples
    --------
    >>> score = {"happiness": 5, "measurability": 3, "cost": 4}
    >>> one, other = ({"journey": "buy", "participant": "a", "cast_at": f"2026-03-0{day}T09:30Z", "scores": {id: score}}
    ...               for day, id in ((1, "paid"), (2, "fast")))
    >>> both = merge_ballots(Ballot(**one, role="product", dots={"paid": 3}), Ballot(**other))
    >>> list(both.scores), both.role, both.cast_at.day, both.dots
    (['paid', 'fast'], 'product', 2, {'paid': 3})
    """
    kept = {"role": later.role or earlier.role, "scores": {**earlier.scores, **later.scores}, "dots": later.dots or earlier.dots}
    return later.model_copy(update=kept)


class Reveal(RevealPart, VotePart):
    """The marker that the scores of a journey are revealed: from then on none is cast."""

    candidates: Annotated[tuple[Identifier, ...], AfterValidator(_named_once)] = Field(
        description="The candidates voted on.", min_length=1, max_length=MOST_CANDIDATES
    )


class RecordedDissent(VotePart):
    """What one participant holds against the result, candidate by candidate; written after the reveal."""

    NOUN: ClassVar[str] = "a dissent"

    participant: Name = Field(description="Who disagrees.")
    dissent: dict[Identifier, Reason] = Field(
        description="Candidate id to why the participant disagrees.", min_length=1, max_length=MOST_CANDIDATES
    )
    said_at: dict[Identifier, UtcTime] = Field(
        default_factory=dict, description="Candidate id to when that was put on record, where it is known.", max_length=MOST_CANDIDATES
    )
