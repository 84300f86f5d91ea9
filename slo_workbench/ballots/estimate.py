"""One silent estimate: a number with its unit, exact, as one participant wrote it; and the marker of the reveal."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, ValidationInfo, field_serializer, field_validator
from pydantic_core import PydanticCustomError

from slo_workbench.ballots.room_part import CastPart, RevealPart, RoomPart
from slo_workbench.document.field_types import Identifier, Text
from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_ms, format_share, parse_share

__all__ = ["UNITS", "UNIT_WORDS", "Estimate", "EstimateReveal", "EstimateUnit", "exact_value", "read_estimate", "written_estimate"]

EstimateUnit = Literal["share", "ms", "count", "money"]
UNITS: tuple[EstimateUnit, ...] = get_args(EstimateUnit)
UNIT_WORDS: dict[EstimateUnit, str] = {"share": "a share", "ms": "milliseconds", "count": "a count", "money": "money"}

MOST_SHARE_DIGITS = 20
MS_A_MINUTE = 60_000
_MS_OF = {"ms": 1, "s": 1_000, "min": MS_A_MINUTE, "h": 60 * MS_A_MINUTE}
_TYPED = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,18})?)\s*(?P<sign>ms|s|min|h|%)?")
_FORMS = {
    "share": (None, "99.9% or 0.999"),
    "ms": (re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?"), "milliseconds above 0, such as 300"),
    "count": (re.compile(r"[0-9]{1,15}"), "a whole number from 0, such as 12000"),
    "money": (re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?"), "a number from 0, such as 1500 or 12.50"),
}


def exact_value(value: Any, unit: EstimateUnit) -> Decimal:
    """Give an estimate's number exactly, or say with ``UnusableValue`` why it is none.

    A binary float is taken by the digits it shows, and refused for a share: 0.999 in binary is another number.

    Examples
    --------
    >>> exact_value("99.9%", "share"), exact_value(300, "ms")
    (Decimal('0.999'), Decimal('300'))
    """
    text = f"{value:f}" if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= MOST_SHARE_DIGITS else str(value)
    form, said = _FORMS[unit]
    if form is None:
        if isinstance(value, float):
            raise UnusableValue(f"a share is written as 0.999 or 99.9%, as text, and not as the binary float {value!r}")
        share = parse_share(text)
        if len(share.as_tuple().digits) > MOST_SHARE_DIGITS:
            raise UnusableValue(f"a share has at most {MOST_SHARE_DIGITS} digits")
        return share
    text = text.removesuffix(".0") if isinstance(value, float) else text
    if isinstance(value, bool) or not form.fullmatch(text.strip()) or (unit == "ms" and not Decimal(text)):
        raise UnusableValue(f"an estimate in {unit} is {said}; not {text[:40]!r}")
    return Decimal(text.strip())


def read_estimate(text: str, unit: str | None = None) -> tuple[EstimateUnit, Decimal]:
    """Read what somebody typed: ``300ms``, ``1.5 s``, ``99.9%``; a plain number needs its unit named.

    Raises
    ------
    UnusableValue
        When it is no number, its sign contradicts the unit, or neither tells the unit.

    Examples
    --------
    >>> read_estimate("1.5 s"), read_estimate("99.9%"), read_estimate("12000", "count")
    (('ms', Decimal('1500')), ('share', Decimal('0.999')), ('count', Decimal('12000')))
    """
    if unit is not None and unit not in UNITS:
        raise UnusableValue(f"the unit of an estimate is one of {', '.join(UNITS)}; not {unit!r}")
    match = _TYPED.fullmatch(text.strip())
    if not match:
        raise UnusableValue(
            f"an estimate is a number such as 300ms, 1.5s, 99.9% or 12000, with a point for decimals; not {text.strip()[:40]!r}"
        )
    sign = match["sign"]
    meant: EstimateUnit | None = {"%": "share", None: None}.get(sign, "ms")
    if unit and meant and unit != meant:
        raise UnusableValue(f"{text.strip()!r} is {UNIT_WORDS[meant]}, and the unit that was named is {unit}; leave one of the two out")
    for known in UNITS:
        if known == (meant or unit):
            number = Decimal(match["number"]) * _MS_OF[sign] if sign in _MS_OF else match["number"] + (sign or "")
            return known, exact_value(number.normalize() if isinstance(number, Decimal) else number, known)
    raise UnusableValue(
        f"{text.strip()!r} has no unit; write {text.strip()}ms or {text.strip()}%, or name the unit: count, money, share or ms"
    )


def written_estimate(value: Decimal, unit: EstimateUnit, *, currency: str = "") -> str:
    """Write an estimate with its unit, exactly.

    Examples
    --------
    >>> written_estimate(Decimal("0.999"), "share"), written_estimate(Decimal(1234), "ms"), written_estimate(Decimal(120_000), "ms")
    ('99.9 %', '1.234 s', '2 min')
    >>> written_estimate(Decimal("1500"), "money", currency="EUR"), written_estimate(Decimal("2.5"), "count")
    ('1,500 EUR', '2.5')
    """
    if unit == "share":
        return format_share(value)
    if unit == "ms":
        if value >= MS_A_MINUTE and value % MS_A_MINUTE == 0:
            return format_ms(float(value))
        return f"{_plain(value / 1000)} s" if value >= 1000 else f"{_plain(value)} ms"
    return f"{_plain(value)} {currency or 'in money'}" if unit == "money" else _plain(value)


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _QuestionPart(RoomPart):
    TOPIC: ClassVar[str] = "question"
    FOLDER: ClassVar[str] = "estimates"

    question: Identifier = Field(description="Short name of the question, such as buy-too-slow.")


class Estimate(CastPart, _QuestionPart):
    """The silent answer of one participant to a question with a number.

    Examples
    --------
    >>> said = {"question": "buy-target", "participant": "product", "cast_at": "2026-03-02T09:30Z", "unit": "share", "value": "99.9%"}
    >>> Estimate(**said).value
    Decimal('0.999')
    """

    NOUN: ClassVar[str] = "an estimate"

    unit: EstimateUnit = Field(
        description="What the number is: share (99.9%), ms (milliseconds), count, or money in the service's currency."
    )
    value: Decimal = Field(description="The number, exact: 99.9%, 300, 12.50.")
    reason: Text = Field(default="", description="Why, in the participant's words.")

    @field_validator("value", mode="before")
    @classmethod
    def _exact(cls, value: Any, info: ValidationInfo) -> Decimal:
        if "unit" not in info.data:  # what is wrong with the unit is told already
            return Decimal(0)
        try:
            return exact_value(value, info.data["unit"])
        except UnusableValue as error:
            raise PydanticCustomError("estimate-unreadable", "{reason}", {"reason": str(error)}) from None

    @field_serializer("value")
    def _as_people_type_it(self, value: Decimal) -> str | Decimal:
        return format_share(value).replace(" ", "") if self.unit == "share" else value

    @property
    def written(self) -> str:
        """The number with its unit."""
        return written_estimate(self.value, self.unit)


class EstimateReveal(RevealPart, _QuestionPart):
    """The marker that the estimates of a question are revealed: from then on none is cast."""

    unit: EstimateUnit = Field(description="The unit of those that count.")
