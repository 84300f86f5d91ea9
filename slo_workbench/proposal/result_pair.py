"""Two results of one objective, value by value: what differs, and how two values are written so that their difference shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slo_workbench.document import SLI_MENU
from slo_workbench.sources.intervals import event_of

__all__ = ["Change", "ResultPair", "Steps", "apart", "as_written", "quoted_apart"]

Steps = tuple[str | int, ...]
"""The way to a value: names of keys and places in lists."""
MOST_DIGITS = 12
LONGEST_QUOTE = 160
_LEAD = 60


@dataclass(frozen=True)
class Change:
    """Something that is not what it was.

    Parameters
    ----------
    what : str
        Its name.
    sentence : str
        What it was and what it is, with units.
    before, now : JSON value
        ``None`` where it was or is not there, and where the sentence tells of several values.
    covers : tuple of Steps
        Where it lies in the results, with all that lies below.
    """

    what: str
    sentence: str
    before: Any
    now: Any
    covers: tuple[Steps, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentence", self.sentence[:1].upper() + self.sentence[1:])

    def as_json(self) -> dict[str, Any]:
        """Return it for ``result.json``."""
        return {"what": self.what, "before": self.before, "now": self.now, "sentence": self.sentence}


@dataclass(frozen=True)
class ResultPair:
    """An earlier ``result.json`` and the one of now.

    Parameters
    ----------
    old, new : mapping
    """

    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def event(self) -> str:
        """What is counted, such as ``request``."""
        kind = SLI_MENU.get(self.new.get("kind", ""))
        return event_of(str(_at(self.new, ("source", "format"))), kind.event if kind else "event")

    @property
    def day(self) -> str:
        """When the earlier one was made."""
        return str(self.old.get("as_of") or "an earlier day")

    def at(self, *steps: str | int) -> tuple[Any, Any]:
        """Return the values at a place, ``None`` where there is none."""
        return _at(self.old, steps), _at(self.new, steps)

    def differs(self, *steps: str | int) -> bool:
        """Whether anything at a place, or below it, is another."""
        return any(found[: len(steps)] == steps for found in self.changed)

    @cached_property
    def changed(self) -> tuple[Steps, ...]:
        """Every value that is another, is new, or is gone; in the order of their keys.

        Examples
        --------
        >>> ResultPair({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3, {}]}).changed
        (('b', 1), ('b', 2))
        """
        old, new = dict(_leaves(self.old)), dict(_leaves(self.new))
        found = {steps for steps in old.keys() | new.keys() if not _is_same(old, new, steps)}
        # what was empty and is not, or the other way round, is told by what it holds
        above = {steps[:n] for steps in found for n in range(len(steps))}
        return tuple(sorted(found - above, key=_order))


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Give every value that holds no other, and what is empty."""
    below: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    is_leaf = True
    for step, inner in below:
        is_leaf = False
        yield from _leaves(inner, (*steps, step))
    if is_leaf:
        yield steps, value


def _is_same(old: Mapping[Steps, Any], new: Mapping[Steps, Any], steps: Steps) -> bool:
    if steps not in old or steps not in new:
        return False
    a, b = old[steps], new[steps]
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _order(steps: Steps) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in steps)


# ------------------------------------------------------------------------------------------------------ how values are written


def apart(write: Callable[[Any, int], str], old: Any, new: Any) -> tuple[str, str]:
    """Write two values with as many digits as it takes to see their difference; ``none`` for what is not there.

    Examples
    --------
    >>> apart(lambda share, digits: f"{share * 100:.{digits}f} %", 0.97075, 0.97081)
    ('97.075 %', '97.081 %')
    """
    if old is None or new is None:
        return tuple("none" if one is None else _written(write, one, 2) for one in (old, new))  # type: ignore[return-value]
    for digits in range(2, MOST_DIGITS + 1):
        a, b = _written(write, old, digits), _written(write, new, digits)
        if a != b:
            return a, b
    return as_written(old, 0), as_written(new, 0)


def _written(write: Callable[[Any, int], str], value: Any, digits: int) -> str:
    try:
        return write(value, digits)
    except (ValueError, TypeError, ArithmeticError):  # an older file may hold something else there
        return as_written(value, 0)


def as_written(value: Any, digits: int) -> str:
    """Write any value of a result as people read it.

    Examples
    --------
    >>> as_written(True, 2), as_written(12345, 2), as_written(["a", "b"], 2), as_written([], 2)
    ('yes', '12,345', '“a”, “b”', 'none')
    """
    if value is None or value == "" or value == [] or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else repr(value)
    if isinstance(value, list):
        return ", ".join(as_written(one, digits) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {as_written(one, digits)}" for name, one in value.items())
    return f"“{' '.join(str(value).split())}”"


def quoted_apart(old: Any, new: Any) -> tuple[str, str]:
    """Quote two texts, of long ones the part in which they begin to differ.

    Examples
    --------
    >>> quoted_apart("as it was", "as it is")
    ('“as it was”', '“as it is”')
    >>> [len(text) < 180 for text in quoted_apart("a" * 500 + "b", "a" * 500 + "c")]
    [True, True]
    """
    a, b = (" ".join(str(one).split()) if isinstance(one, str) else as_written(one, MOST_DIGITS) for one in (old or "", new or ""))
    if a == b:  # they differ in white space
        a, b = str(old), str(new)
    same = next((place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))
    return tuple(_quoted(text, max(0, same - _LEAD)) for text in (a, b))  # type: ignore[return-value]


def _quoted(text: str, start: int) -> str:
    if len(text) <= LONGEST_QUOTE:
        return f"“{text}”" if text else "none"
    end = start + LONGEST_QUOTE
    return f"“{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}”"
