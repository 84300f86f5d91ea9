"""Durations, shares and exact targets, between text and numbers.

Inside the package a share is 0 to 1, a duration carries its unit in its name, and a target
is a :class:`decimal.Decimal` made from text. Percent signs exist only in text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Literal

from slo_workbench.errors import UnusableValue

__all__ = [
    "CALENDAR_PERIODS",
    "Window",
    "counted",
    "format_count",
    "format_days",
    "format_duration",
    "format_ms",
    "format_share",
    "parse_share",
    "parse_window",
    "round_bad_share_up",
]

CalendarPeriod = Literal["week", "month", "quarter"]
CALENDAR_PERIODS: tuple[CalendarPeriod, ...] = ("week", "month", "quarter")
_CALENDAR_DAYS = {"week": 7, "month": 30, "quarter": 91}
_WINDOW = re.compile(r"^\s*(\d{1,4})\s*([dw])\s*$")
_SHARE = re.compile(r"^\s*([0-9]*\.?[0-9]+|[0-9]+\.)\s*(%?)\s*$")
LONGEST_WINDOW_DAYS = 3660


@dataclass(frozen=True)
class Window:
    """The time an objective is kept over: rolling days, or a calendar period.

    Parameters
    ----------
    days : int
        Length in days. For a calendar period the usual length (7, 30, 91), used for budgets and fits.
    period : {"week", "month", "quarter"}, optional
        The calendar period; ``None`` for a rolling window.

    Examples
    --------
    >>> str(parse_window("4w")), str(parse_window("month"))
    ('28d', 'month')
    """

    days: int
    period: CalendarPeriod | None = None

    def __str__(self) -> str:
        return self.period or f"{self.days}d"

    @property
    def words(self) -> str:
        """The window as a reader would say it."""
        return f"a calendar {self.period}" if self.period else counted(self.days, "day")


def parse_window(text: str) -> Window:
    """Read a window such as ``28d``, ``4w``, ``month`` or ``quarter``.

    Raises
    ------
    UnusableValue
        When the text is none of these, or not between 1 and 3660 days.

    Examples
    --------
    >>> parse_window("28d")
    Window(days=28, period=None)
    """
    word = text.strip().lower()
    for period in CALENDAR_PERIODS:
        if word == period:
            return Window(_CALENDAR_DAYS[period], period)
    match = _WINDOW.match(word)
    if not match:
        raise UnusableValue(f"a window is days or weeks (28d, 4w) or one of week, month, quarter; not {text!r}")
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    if not 1 <= days <= LONGEST_WINDOW_DAYS:
        raise UnusableValue(f"a window lasts between 1 and {LONGEST_WINDOW_DAYS} days; {text!r} does not")
    return Window(days)


def parse_share(text: str | Decimal | int) -> Decimal:
    """Read a share exactly, from ``0.999`` or ``99.9%``.

    Floats are refused on purpose: ``99.9 / 100`` is 0.9990000000000001 in binary.

    Raises
    ------
    UnusableValue
        When the text is not a number, or the share is not between 0 and 1.

    Examples
    --------
    >>> parse_share("99.9%"), parse_share("0.999")
    (Decimal('0.999'), Decimal('0.999'))
    """
    match = _SHARE.match(str(text))
    if isinstance(text, float) or not match:
        raise UnusableValue(f"a share is written as 0.999 or 99.9%; not {text!r}")
    try:
        value = Decimal(match[1])
    except InvalidOperation:
        raise UnusableValue(f"a share is written as 0.999 or 99.9%; not {text!r}") from None
    share = value.scaleb(-2) if match[2] else value
    if not 0 <= share <= 1:
        raise UnusableValue(f"a share lies between 0 and 1 (0 % and 100 %); {text!r} does not: write {value}% or 0.…")
    return share


def round_bad_share_up(bad_share: float | Decimal, *, digits: int = 2) -> Decimal:
    """Round a bad share up to significant digits, so that a target made from it is never tighter.

    Rounding a target near 100 % to significant figures makes it 100 %; rounding the *bad* share up cannot.

    Parameters
    ----------
    bad_share : float or Decimal
        Share of bad events, 0 to 1.
    digits : int
        Significant digits to keep.

    Examples
    --------
    >>> 1 - round_bad_share_up(0.02877, digits=1), 1 - round_bad_share_up(0.000843)
    (Decimal('0.97'), Decimal('0.99915'))
    """
    exact = Decimal(str(bad_share)) if not isinstance(bad_share, Decimal) else bad_share
    if not 0 <= exact <= 1:
        raise UnusableValue(f"a bad share lies between 0 and 1, not {bad_share!r}")
    if exact == 0:
        return Decimal(0)
    step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return min(exact.quantize(step, rounding=ROUND_CEILING), Decimal(1)).normalize()


def format_share(share: float | Decimal, *, digits: int = 2) -> str:
    """Write a share as percent, with enough places that the bad part keeps its digits.

    A :class:`~decimal.Decimal` is a decision and is written exactly; a float is a measurement and is
    rounded so that its distance from 100 % keeps ``digits`` significant digits.

    Examples
    --------
    >>> format_share(Decimal("0.9995")), format_share(0.99871234), format_share(0.5)
    ('99.95 %', '99.87 %', '50 %')
    """
    if isinstance(share, Decimal):
        return f"{_plain(share.scaleb(2))} %"
    if share != share:
        return "no data"  # nothing was divided by nothing; a reader sees no NaN
    distance = min(share, 1 - share) * 100
    if distance <= 0:
        return f"{share * 100:.0f} %"
    places = max(0, digits - 1 - Decimal(repr(float(distance))).adjusted())
    return f"{_plain(Decimal(f'{share * 100:.{min(places, 12)}f}'))} %"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_count(number: float) -> str:
    """Write a count with thousands separated.

    Examples
    --------
    >>> format_count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


def counted(number: float, singular: str, plural: str | None = None) -> str:
    """Write a count with its noun in the right number.

    Examples
    --------
    >>> counted(1, "day"), counted(2000, "request"), counted(0, "day")
    ('1 day', '2,000 requests', '0 days')
    """
    noun = singular if round(number) == 1 else plural or f"{singular}s"
    return f"{format_count(number)} {noun}"


def format_days(days: float) -> str:
    """Write a span in days, with one place where it is no whole number; less than a day in smaller units.

    Examples
    --------
    >>> format_days(56.0), format_days(3.4589), format_days(0.25)
    ('56 days', '3.5 days', '6 h')
    """
    if days < 0.95:
        return format_duration(days * 1440)
    return counted(days, "day") if abs(days - round(days)) < 0.05 else f"{days:,.1f} days"


def format_ms(milliseconds: float) -> str:
    """Write a latency the way people say it.

    Examples
    --------
    >>> format_ms(250), format_ms(1500), format_ms(120_000)
    ('250 ms', '1.5 s', '2 min')
    """
    if milliseconds < 1000:
        return f"{milliseconds:g} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:g} s"
    return format_duration(milliseconds / 60_000)


def format_duration(minutes: float) -> str:
    """Write a length of time with its two largest units.

    Examples
    --------
    >>> format_duration(40.32), format_duration(0.5), format_duration(2 * 1440 + 90)
    ('40 min 19 s', '30 s', '2 d 1 h')
    """
    seconds = round(minutes * 60)
    if seconds == 0 and minutes > 0:
        return f"{minutes * 60:.2g} s"
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        amount, seconds = divmod(seconds, size)
        if amount or parts:
            parts.append(f"{amount} {unit}")
    shown = [part for part in parts[:2] if not part.startswith("0 ")]
    return " ".join(shown) or "0 s"
