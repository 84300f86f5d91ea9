"""How changed values become sentences: single ones, several of one thing, and rows that are known by a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from slo_workbench.proposal.result_pair import Change, ResultPair, Steps, apart, as_written, quoted_apart
from slo_workbench.units import format_duration, format_ms, format_share

__all__ = ["Value", "as_duration", "as_ms", "as_share", "changed_rows", "changed_value", "changed_values", "was_and_is"]

Write = Callable[[Any, int], str]
_NAMES = {"n_bytes": "size", "sha256": "SHA-256", "id": "name"}


@dataclass(frozen=True)
class Value:
    """A value of a result: where it lies, what it is called, how it is written."""

    steps: Steps
    name: str
    write: Write = as_written


def as_share(share: Any, digits: int) -> str:
    """Write a share, exactly where it is a decision: 0.991 or "0.991" as 99.1 %."""
    return format_share(Decimal(share)) if isinstance(share, str) else format_share(float(share), digits=digits)


def as_ms(milliseconds: Any, digits: int) -> str:
    """Write a latency."""
    return format_ms(milliseconds) if digits == 2 else f"{milliseconds:,.{digits}f} ms"


def as_duration(minutes: Any, digits: int) -> str:
    """Write a length of time given in minutes."""
    return format_duration(minutes) if digits == 2 else f"{minutes:,.{digits}f} min"


def was_and_is(name: str, old: str, new: str) -> str:
    """Say what something was and is.

    Examples
    --------
    >>> was_and_is("the owner", "none", "“Ticketing”")
    'The owner is “Ticketing” now; before, there was none.'
    """
    start = name[:1].upper() + name[1:]
    if old == "none":
        return f"{start} is {new} now; before, there was none."
    return f"{start} was {old}; now there is none." if new == "none" else f"{start} was {old} and is {new} now."


def changed_value(pair: ResultPair, value: Value) -> Iterator[Change]:
    """Give a change of one value in a sentence of its own."""
    if pair.differs(*value.steps):
        old, new = pair.at(*value.steps)
        yield Change(value.name, was_and_is(value.name, *_written(value, old, new)), old, new, (value.steps,))


def changed_values(pair: ResultPair, what: str, values: Sequence[Value], *, aside: str = "") -> Iterator[Change]:
    """Give what changed of several values of one thing, in one sentence, and an aside after it."""
    differing = [value for value in values if pair.differs(*value.steps)]
    if not differing:
        return
    told = [_told(value.name, *_written(value, *pair.at(*value.steps))) for value in differing]
    sentence = f"{what[:1].upper()}{what[1:]}: {'; '.join(told)}."
    old, new = pair.at(*differing[0].steps) if len(differing) == 1 else (None, None)
    yield Change(what, f"{sentence} {aside}".strip(), old, new, tuple(value.steps for value in differing))


def _told(name: str, old: str, new: str) -> str:
    return f"{name} {old}, now {new}"


def _written(value: Value, old: Any, new: Any) -> tuple[str, str]:
    is_text = value.write is as_written and any(isinstance(one, str) for one in (old, new))
    return quoted_apart(old, new) if is_text else apart(value.write, old, new)


def changed_rows(
    pair: ResultPair, steps: Steps, *, row: str, known_by: Sequence[str], says: Sequence[str], writes: Mapping[str, Write] | None = None
) -> Iterator[Change]:
    """Give a sentence for each row of a table that is new, gone or another; nothing where rows of one name are there twice.

    Parameters
    ----------
    pair : ResultPair
    steps : Steps
        Where the table lies.
    row : str
        What a row is called, with ``{}`` for its name.
    known_by : sequence of str
        The columns by which a row is known again.
    says : sequence of str
        The columns that say what a row is.
    writes : mapping, optional
        How columns are written that are not written as they are.
    """
    if not pair.differs(*steps):
        return
    tables = [_by_name(rows, known_by) for rows in pair.at(*steps)]
    if any(table is None for table in tables):
        return
    old, new = (table or {} for table in tables)
    found = [*_came_and_went(old, new, row, says, steps), *_differing(old, new, row, writes or {}, steps)]
    if not found and list(old) != list(new):
        found = [Change(row.format("").strip(), f"{row.format('').strip()}: the same ones, in another order.", None, None, (steps,))]
    yield from found


def _by_name(rows: Any, known_by: Sequence[str]) -> dict[str, Mapping[str, Any]] | None:
    if rows is None:
        return {}
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        return None
    named = {", ".join(str(one[part]) for part in known_by if one.get(part) not in (None, "")): one for one in rows}
    return named if len(named) == len(rows) and "" not in named else None


def _came_and_went(
    old: Mapping[str, Any], new: Mapping[str, Any], row: str, says: Sequence[str], steps: Steps
) -> Iterator[Change]:  # fmt: skip
    for name in (*new, *(one for one in old if one not in new)):
        if name in old and name in new:
            continue
        one = new.get(name) or old[name]
        content = "; ".join(" ".join(str(one[part]).split()) for part in says if one.get(part) not in (None, ""))
        shown = row.format(f"“{name}”")
        verb = "is new" if name in new else "is gone"
        text = f"{shown} {verb}{f': {content}' if content else ''}{'' if content.endswith(('.', '!', '?')) else '.'}"
        yield Change(shown, text, old.get(name), new.get(name), (steps,))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], row: str, writes: Mapping[str, Write], steps: Steps) -> Iterator[Change]:
    for name in (one for one in new if one in old):
        inner = ResultPair(old[name], new[name])
        columns = list(dict.fromkeys(str(one[0]) for one in inner.changed))
        values = [Value((column,), _NAMES.get(column, column.replace("_", " ")), writes.get(column, as_written)) for column in columns]
        for change in changed_values(inner, row.format(f"“{name}”"), values):
            yield Change(change.what, change.sentence, old[name], new[name], (steps,))
