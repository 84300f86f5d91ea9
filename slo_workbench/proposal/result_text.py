"""The text of ``result.json``: the same figures give the same bytes, and no character of it steers a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["result_text"]

_STEERS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def result_text(result: Mapping[str, Any]) -> str:
    r"""Write figures as JSON.

    Examples
    --------
    >>> print(result_text({"b": "é", "a": "\x9b31m\x1b[2J"}), end="")
    {
     "a": "\u009b31m\u001b[2J",
     "b": "é"
    }
    """
    text = json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    return _STEERS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
