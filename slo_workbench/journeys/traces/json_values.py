"""Values of a stranger's JSON, taken for what they are meant to be, or for nothing."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

__all__ = ["as_items", "as_mapping", "as_number", "as_text", "iso_time_us"]

LONGEST_TEXT_CHARS = 500
_LONGEST_NUMBER_CHARS = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Marks that turn the direction of all that follows: what is shown would not be what is written.
_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def as_text(value: object) -> str:
    r"""Return a text or number as one clean line of at most 500 characters; anything else as an empty text.

    Examples
    --------
    >>> as_text("GET\n/orders\x00"), as_text(7), as_text(None), as_text({"a": 1})
    ('GET /orders', '7', '', '')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return ""
    text = text[: 2 * LONGEST_TEXT_CHARS]
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_shown(char))
    return " ".join(text.split())[:LONGEST_TEXT_CHARS].rstrip()


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in _DIRECTION_OVERRIDES


def as_number(value: object) -> int | None:
    """Return a number, or digits as text, as a whole number; ``None`` for anything else, such as NaN.

    Examples
    --------
    >>> as_number("1700"), as_number(12.6), as_number(float("nan")), as_number(True), as_number("12 ms")
    (1700, 12, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    if isinstance(value, str) and value.isascii() and len(value) <= _LONGEST_NUMBER_CHARS and value.removeprefix("-").isdigit():
        return int(value)
    return None


def as_mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_items(value: object) -> Iterable[object]:
    """Return the members of a JSON list, or none."""
    return value if isinstance(value, list) else ()


def iso_time_us(value: object) -> int | None:
    """Return an ISO 8601 time as microseconds since 1970, UTC where no zone is given; ``None`` for anything else.

    Examples
    --------
    >>> iso_time_us("1970-01-01T00:00:01.500000999Z"), iso_time_us("yesterday")
    (1500000, None)
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return (time - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None
