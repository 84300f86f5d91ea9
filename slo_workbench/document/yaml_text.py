"""Values to YAML text, the way a person would type them and any YAML reader understands them.

Texts that other readers take for something else (``no``, ``12:30``, ``2026-01-01``) are quoted although
YAML 1.2 would not ask for it; lines are never folded; letters of all scripts stand as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from slo_workbench.document.yaml_scalars import plain_scalar

__all__ = ["render_after_key", "render_entries", "render_flow", "render_item"]

_STEP = 2
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[\w(/$][^\n\t]*")
_BREAKS_PLAIN = re.compile(r": | #|:$")
_BREAKS_FLOW = re.compile(r"[,\[\]{}:]")
# Numbers with underscores, times and dates, as YAML 1.1 reads them; 28d is none.
_LOOKS_LIKE_NUMBER = re.compile(r"[-+.]?[0-9][0-9a-fA-FxXoO_:.,+TtZz -]*")
_WINDOW = re.compile(r"[0-9]+[dw]")
_WORDS_OF_YAML_1_1 = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "="}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def render_entries(entries: Mapping[str, Any], indent: int) -> list[str]:
    r"""Write a mapping as lines, each indented.

    Examples
    --------
    >>> print("\n".join(render_entries({"id": "fast", "target": "99.9%", "thresholds_ms": [300.0, 0.5], "owner": "no"}, 2)))
      id: fast
      target: 99.9%
      thresholds_ms: [300, 0.5]
      owner: 'no'
    """
    pad = " " * indent
    return [f"{pad}{_scalar(name)}:{render_after_key(value, indent)}" for name, value in entries.items()]


def render_after_key(value: Any, indent: int) -> str:
    """Write what follows ``key:`` of a key in column ``indent`` (from 0): a space and a value, or new lines."""
    if isinstance(value, Mapping):
        return "\n" + "\n".join(render_entries(value, indent + _STEP)) if value else " {}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value or all(isinstance(item, int | float | Decimal) for item in value):
            return f" {render_flow(value)}"
        # Blank lines between the journeys, indicators and objectives, which are long; not between the small lists below them.
        gap = "\n\n" if indent == 0 and isinstance(value[0], Mapping) else "\n"
        return "\n" + gap.join(render_item(item, indent + _STEP) for item in value)
    return f" {_text(value, indent) if isinstance(value, str) else _scalar(value)}"


def render_item(value: Any, indent: int) -> str:
    """Write one list item whose dash stands in column ``indent`` (from 0)."""
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        lines = "\n".join(render_entries(value, indent + _STEP))
        return f"{pad}- {lines[indent + _STEP :]}"
    return f"{pad}- {_text(value, indent) if isinstance(value, str) else _scalar(value)}"


def render_flow(value: Any) -> str:
    """Write a value on one line, as it stands between brackets.

    Examples
    --------
    >>> render_flow(["web, payments", "ops"])
    "['web, payments', ops]"
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{render_flow(name)}: {render_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(render_flow(item) for item in value) + "]"
    return _scalar(value, flow=True)


def _scalar(value: Any, *, flow: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return _one_line(value, flow=flow) if isinstance(value, str) else str(value)


def _text(text: str, indent: int) -> str:
    lines = text.removesuffix("\n").split("\n")
    # Several newlines at the end would need '|+', which makes the blank line after it part of the text.
    if len(lines) == 1 or not text.strip() or not lines[-1].strip() or _UNPRINTABLE.search(text):
        return _one_line(text)
    # The reader measures the indentation on the first line; where that is blank or indented it must be told.
    width = str(_STEP) if not lines[0].strip() or lines[0][0].isspace() else ""
    keep = "" if text.endswith("\n") else "-"
    pad = " " * (indent + _STEP)
    return f"|{width}{keep}\n" + "\n".join(f"{pad}{line}" if line else "" for line in lines)


def _one_line(text: str, *, flow: bool = False) -> str:
    if _UNPRINTABLE.search(text) or "\n" in text or ("'" in text and '"' not in text and "\\" not in text and not _is_plain(text, flow)):
        return '"' + "".join(_escaped(char) for char in text) + '"'
    return text if _is_plain(text, flow) else "'" + text.replace("'", "''") + "'"


def _is_plain(text: str, flow: bool) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and text == text.strip()
        and not _BREAKS_PLAIN.search(text)
        and not (flow and _BREAKS_FLOW.search(text))
        and isinstance(plain_scalar(text, None), str)
        and text.lower() not in _WORDS_OF_YAML_1_1
        and (_LOOKS_LIKE_NUMBER.fullmatch(text) is None or _WINDOW.fullmatch(text) is not None)
    )


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if not _UNPRINTABLE.match(char):
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
