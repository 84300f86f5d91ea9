"""The arrows a message can be drawn with, and what each of them looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["ARROWS", "ARROW_PATTERN", "ArrowStyle"]

ArrowEnd = Literal["none", "filled", "open", "cross", "half-top", "half-bottom", "stick-top", "stick-bottom"]


@dataclass(frozen=True)
class ArrowStyle:
    """How an arrow is drawn: its line, and what stands at its two ends.

    Parameters
    ----------
    dashed : bool
        A dashed line is, by convention, a reply.
    head, tail : {"none", "filled", "open", "cross", "half-top", "half-bottom", "stick-top", "stick-bottom"}
        The end at the receiver and the end at the sender. An open head means that nobody waits for an answer.
    """

    dashed: bool
    head: ArrowEnd = "none"
    tail: ArrowEnd = "none"


def _pairs() -> Iterator[tuple[str, ArrowStyle]]:
    """Every spelling twice: one hyphen is a solid line, two are a dashed one."""
    for line, dashed in (("-", False), ("--", True)):
        yield f"{line}>", ArrowStyle(dashed)
        yield f"{line}>>", ArrowStyle(dashed, "filled")
        yield f"<<{line}>>", ArrowStyle(dashed, "filled", "filled")
        yield f"{line}x", ArrowStyle(dashed, "cross")
        yield f"{line})", ArrowStyle(dashed, "open")
        yield f"{line}|\\", ArrowStyle(dashed, "half-top")
        yield f"{line}|/", ArrowStyle(dashed, "half-bottom")
        yield f"{line}\\\\", ArrowStyle(dashed, "stick-top")
        yield f"{line}//", ArrowStyle(dashed, "stick-bottom")
        yield f"/|{line}", ArrowStyle(dashed, tail="half-top")
        yield f"\\|{line}", ArrowStyle(dashed, tail="half-bottom")
        yield f"//{line}", ArrowStyle(dashed, tail="stick-top")
        yield f"\\\\{line}", ArrowStyle(dashed, tail="stick-bottom")


ARROWS: Mapping[str, ArrowStyle] = MappingProxyType(dict(_pairs()))
"""Spelling of each arrow in Mermaid, with its style.

Examples
--------
>>> ARROWS["-->>"]
ArrowStyle(dashed=True, head='filled', tail='none')
"""

# Longest first, so that `-->>` is not read as `-->` followed by `>`.
ARROW_PATTERN = re.compile("|".join(re.escape(token) for token in sorted(ARROWS, key=len, reverse=True)), re.IGNORECASE)
