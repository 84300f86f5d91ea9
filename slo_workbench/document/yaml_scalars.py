"""What one written value means: text, number, yes or no, or nothing.

The rules are those of YAML 1.2: only ``true`` and ``false`` are booleans, so ``no``, ``off`` and the country
code ``NO`` are text; a number has no underscores and no colons; a date stays text until the model reads it.
Numbers become ``int`` or :class:`~decimal.Decimal` from their text, so no share passes through a binary float.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

__all__ = ["plain_scalar"]

LONGEST_NUMBER = 60
LARGEST_EXPONENT = 400
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE]([-+]?[0-9]{1,4}))?")
_CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def plain_scalar(text: str, style: str | None) -> Any:
    """Give the value of a scalar by the core rules of YAML 1.2, numbers exact.

    Examples
    --------
    >>> plain_scalar("99.90", None), plain_scalar("no", None), plain_scalar("12", '"')
    (Decimal('99.90'), 'no', '12')
    """
    if style is not None:
        return text
    if text in _CONSTANTS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED_INTEGER.fullmatch(text):
        return int(text, 0)
    number = _NUMBER.fullmatch(text)
    if number and abs(int(number[4] or 0)) <= LARGEST_EXPONENT:
        return Decimal(text)
    return text
