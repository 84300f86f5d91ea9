"""The types of the document's fields: exact shares, windows, days, paths, names; and the base of all its parts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from slo_workbench.errors import UnusableValue
from slo_workbench.units import Window, format_share, parse_share, parse_window

__all__ = [
    "ColumnName", "Confidence", "Day", "ExactShare", "ExactTarget", "Expression", "FormatName", "Identifier", "Milliseconds", "Moment",
    "Number", "Part", "RelativePath", "SloWindow", "Text",
]  # fmt: skip

MOST_SHARE_DIGITS = 20


def _read_share(value: Any) -> Decimal:
    if isinstance(value, bool | float):
        raise PydanticCustomError("share-not-exact", "a share is written as text or number in the file, not as a binary float")
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < MOST_SHARE_DIGITS:
        value = f"{value:f}"  # str() would give 1E-7, which is not how people write a share
    try:
        share = parse_share(value)
    except UnusableValue as error:
        raise PydanticCustomError("share-unreadable", "{reason}", {"reason": str(error)}) from None
    if len(share.as_tuple().digits) > MOST_SHARE_DIGITS:
        # Decimal arithmetic rounds silently at 28 digits; a share that long would not stay exact.
        raise PydanticCustomError("share-too-long", "a share has at most {digits} digits", {"digits": MOST_SHARE_DIGITS})
    return share


def _write_share(share: Decimal) -> str:
    """Write a share the way people type it: YAML reads ``99.9%`` as text, so no binary float comes between."""
    return format_share(share).replace(" ", "")


def _read_target(value: Any) -> Decimal:
    share = _read_share(value)
    if share == 1:
        raise PydanticCustomError("target-100", "a target of 100 % leaves no error budget: every release, and every day, breaks it")
    if share == 0:
        raise PydanticCustomError("target-0", "a target of 0 % promises nothing")
    return share


def _read_number(value: Any) -> Any:
    # pydantic would take true for 1.0 and the text '1_000' for a thousand
    if isinstance(value, bool | str):
        raise PydanticCustomError("wrong-type", "expected a number, found {value}", {"value": repr(value)[:60]})
    return value


def _read_confidence(value: Any) -> Decimal:
    share = _read_share(value)
    if not Decimal("0.5") <= share <= Decimal("0.999"):
        raise PydanticCustomError("confidence-out-of-range", "a confidence lies between 50 % and 99.9 %: more sure than that no history is")
    return share


def _read_window(value: Any) -> Window:
    if isinstance(value, Window):
        return value
    try:
        return parse_window(str(value))
    except UnusableValue as error:
        raise PydanticCustomError("window-unreadable", "{reason}", {"reason": str(error)}) from None


def _read_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise PydanticCustomError("date-unreadable", "a date is written as 2026-12-31, not {value}", {"value": repr(value)}) from None


def _read_moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        message = "a local time is written as 2026-03-29 02:00, its zone beside it, not {value}"
        raise PydanticCustomError("time-unreadable", message, {"value": repr(value)[:60]})
    return moment


def _read_path(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong-type", "expected text, found {value}", {"value": repr(value)[:60]})
    path = PurePosixPath(value.replace("\\", "/"))
    if not value.strip() or "\0" in value:
        raise PydanticCustomError("path-empty", "a source needs the path of its file")
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
        raise PydanticCustomError(
            "path-outside", "a source lies beside or below the workbook; {value} leads outside", {"value": repr(value)}
        )
    return value


_SHARE_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": r"^\s*[0-9]*\.?[0-9]+\s*%?\s*$"}, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]
}
_WINDOW_SCHEMA = {"type": "string", "pattern": r"^([0-9]{1,4}[dw]|week|month|quarter)$", "examples": ["28d", "7d", "4w", "month"]}

ExactTarget = Annotated[
    Decimal, BeforeValidator(_read_target), PlainSerializer(_write_share, return_type=str), WithJsonSchema(_SHARE_SCHEMA)
]
ExactShare = Annotated[Decimal, BeforeValidator(_read_share), PlainSerializer(_write_share, return_type=str), WithJsonSchema(_SHARE_SCHEMA)]
Confidence = Annotated[
    Decimal, BeforeValidator(_read_confidence), PlainSerializer(_write_share, return_type=str), WithJsonSchema(_SHARE_SCHEMA)
]
SloWindow = Annotated[Window, BeforeValidator(_read_window), PlainSerializer(str, return_type=str), WithJsonSchema(_WINDOW_SCHEMA)]
Day = Annotated[date, BeforeValidator(_read_date)]
Moment = Annotated[datetime, BeforeValidator(_read_moment)]
RelativePath = Annotated[str, BeforeValidator(_read_path)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Expression = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Number = Annotated[float, BeforeValidator(_read_number), Field(allow_inf_nan=False)]
Milliseconds = Annotated[Number, Field(gt=0)]


FormatName = Literal[
    "auto", "parquet", "csv", "jsonl", "access_log", "combined_s", "combined_us", "nginx", "envoy", "aws_alb", "iis", "caddy",
    "jmeter_xml", "jmeter_csv", "gatling", "k6_csv", "phout", "intervals", "transitions",
]  # fmt: skip


class Part(BaseModel):
    """Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
