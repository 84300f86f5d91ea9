"""What is read back from other tools' files: a target, its window, and how events are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from slo_workbench.document.field_types import MOST_SHARE_DIGITS
from slo_workbench.exports.document_fields import Fields
from slo_workbench.exports.events import Events, selectors_in
from slo_workbench.exports.selectors import Selector, UnusableSelector
from slo_workbench.units import LONGEST_WINDOW_DAYS, CalendarPeriod, counted

__all__ = ["ReadTarget", "counter_in", "days_of", "target_of"]

_LENGTHS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_LENGTH = re.compile(r"([0-9]{1,9})(ms|[smhdwy])")
_COUNTED = {"$", "sum($)", "sum(rate($[WINDOW]))", "sum(increase($[WINDOW]))", "rate($[WINDOW])", "increase($[WINDOW])"}


@dataclass(frozen=True)
class ReadTarget:
    """An objective as another tool's file has it.

    Parameters
    ----------
    service, name : str
        As written; empty where the format has none.
    target : Decimal
        Exact share, above 0 and below 1.
    window_days : int, optional
        ``None`` where the file does not say.
    events : Events, optional
        ``None`` where its queries are no plain counters.
    calendar : {"week", "month", "quarter"}, optional
        The calendar period, of which ``window_days`` is the usual length.
    objective, journey, kind, measured_at, description, owner : str
        As labels and annotations tell; empty where they do not.
    """

    service: str
    name: str
    target: Decimal
    window_days: int | None
    events: Events | None
    calendar: CalendarPeriod | None = None
    objective: str = ""
    journey: str = ""
    kind: str = ""
    measured_at: str = ""
    description: str = ""
    owner: str = ""


def target_of(fields: Fields, name: str, *, is_percent: bool) -> Decimal | None:
    """Give the exact share of a target, or ``None`` and a finding: 100 % leaves no budget, 0 % promises nothing."""
    number = fields.number(name)
    top = 100 if is_percent else 1
    if number is None:
        if name not in fields:
            fields.tell("missing-key", f"there is no {name!r}", hint="a target such as " + ("99.9" if is_percent else "0.999"))
        return None
    digits = len(number.as_tuple().digits)
    if digits > MOST_SHARE_DIGITS or abs(number.adjusted()) > MOST_SHARE_DIGITS:
        fields.tell("share-too-long", f"a target has at most {counted(MOST_SHARE_DIGITS, 'digit')}", name, hint="99.95 or 0.9995 will do")
    elif number == top:
        message = "a target of 100 % leaves no error budget: every release, and every day, breaks it"
        fields.tell("target-100", message, name, hint="choose the target that users notice")
    elif not 0 < number < top:
        fields.tell("target-outside", f"a target lies between 0 and {top}, not at {number:f}", name, hint="is it a percentage, or a share?")
    else:
        return number.scaleb(-2) if is_percent else number
    return None


def days_of(length: str) -> int | None:
    """Give the whole days of a length such as ``4w``, ``672h`` or ``1w2d``; ``None`` where it is none.

    Examples
    --------
    >>> days_of("4w"), days_of("672h"), days_of("1w2d"), days_of("90m")
    (28, 28, 9, None)
    """
    parts = _LENGTH.findall(length)
    milliseconds = sum(int(amount) * _LENGTHS[unit] for amount, unit in parts)
    if not parts or "".join(amount + unit for amount, unit in parts) != length or milliseconds % _LENGTHS["d"]:
        return None
    days = milliseconds // _LENGTHS["d"]
    return days if 1 <= days <= LONGEST_WINDOW_DAYS else None


def counter_in(query: str) -> Selector | None:
    """Give the one counter that a query sums; ``None`` for anything else.

    Examples
    --------
    >>> str(counter_in('sum(rate(x{a="b"}[5m]))')), counter_in("sum(x) / sum(y)")
    ('x{a="b"}', None)
    """
    try:
        shape, selectors = selectors_in(query)
    except UnusableSelector:
        return None
    return selectors[0] if shape in _COUNTED and len(selectors) == 1 else None
