"""What a target allows, and which target allows so much: minutes of full outage, bad events, and how long a part may fail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction

import pandas as pd

from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted, format_share

__all__ = [
    "OutageAllowance",
    "allow",
    "allow_bad_events",
    "allow_minutes",
    "format_minutes",
    "nines_of",
    "outage_table",
    "target_of_nines",
]

MINUTES_A_DAY = 1440
USUAL_TARGETS = tuple(map(Decimal, ("0.9", "0.95", "0.99", "0.995", "0.999", "0.9995", "0.9999", "0.99999")))
USUAL_WINDOWS_DAYS = (365, 90, 30, 28, 7)
"""A year, a quarter, a month, four weeks and a week, as the published tables have them."""

MOST_NINES = 18
MOST_PLACES = 20
# as many digits of a bad share as documents hold of a share
_ROUNDED_UP = Context(prec=18, rounding=ROUND_CEILING)
_PLENTY = Context(prec=60)


@dataclass(frozen=True)
class OutageAllowance:
    """What a target allows in a window; all numbers are exact.

    Parameters
    ----------
    target : Decimal
    window_days : int
    valid_events : int or None
        Of the window; ``None`` where the traffic is not known.
    event : str

    Examples
    --------
    >>> allowed = allow(Decimal("0.9995"), window_days=28, valid_events=4_000_000)
    >>> allowed.full_outage_minutes, allowed.bad_events
    (Decimal('20.16'), 2000)
    >>> allowed.minutes_at(Decimal("0.1"))  # 10 % of events fail: 3.36 h
    Decimal('201.6')
    """

    target: Decimal
    window_days: int
    valid_events: int | None = None
    event: str = "event"

    @property
    def bad_share(self) -> Decimal:
        """The share of events that may be bad."""
        return 1 - self.target

    @property
    def full_outage_minutes(self) -> Decimal:
        """How long everything may fail, at even traffic."""
        return _exact(_PLENTY.multiply(self.bad_share, Decimal(self.window_days * MINUTES_A_DAY)))

    @property
    def bad_events(self) -> int | None:
        """Whole events that may be bad; the rest of a fraction is no event. ``None`` without traffic."""
        return None if self.valid_events is None else math.floor(Fraction(self.bad_share) * self.valid_events)

    def minutes_at(self, error_share: Decimal) -> Decimal | None:
        """Return how long a share of events may fail before the budget is gone; ``None`` when a whole window of it is within budget.

        Parameters
        ----------
        error_share : Decimal
            Above 0, at most 1; rounded to 60 digits where the quotient has no end.
        """
        _refuse_no_share(error_share)
        if error_share < self.bad_share:
            return None
        return _exact(_PLENTY.divide(self.full_outage_minutes, error_share))

    def error_share_over(self, minutes: Decimal | int) -> Decimal | None:
        """Return which share of events may fail for so many minutes; ``None`` when even a full outage as long is within budget."""
        if not 0 < minutes <= self.window_days * MINUTES_A_DAY:
            raise UnusableValue(f"the minutes lie within the window of {counted(self.window_days, 'day')}, not {minutes}")
        share = _PLENTY.divide(self.full_outage_minutes, Decimal(minutes))
        return None if share > 1 else _exact(share)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is allowed, in words."""
        target, days = format_share(self.target), counted(self.window_days, "day")
        said = [f"{target} over {days} allows {format_minutes(self.full_outage_minutes)} of full outage, at even traffic."]
        parts = [(share, self.minutes_at(share)) for share in map(Decimal, ("0.1", "0.01", "0.001"))]
        lasting = [f"{format_share(share)} for {format_minutes(minutes)}" for share, minutes in parts if minutes is not None]
        within = [format_share(share) for share, minutes in parts if minutes is None]
        if lasting:
            said.append(f"A part of the {self.event}s may fail for longer: {', '.join(lasting)}.")
        if within:
            said.append(f"{' or '.join(within)} bad all the time would stay in budget.")
        if self.bad_events is not None:
            bad = counted(self.bad_events, f"bad {self.event}")
            said.append(
                f"Of {counted(self.valid_events or 0, f'valid {self.event}')} it allows {bad if self.bad_events else 'not a single bad one'}."
            )
        return tuple(said)


def allow(target: Decimal, *, window_days: int, valid_events: int | None = None, event: str = "event") -> OutageAllowance:
    """Say what a target allows in a window.

    Parameters
    ----------
    target : Decimal
        Between 0 and 1, both excluded, of at most 20 places.
    window_days : int
    valid_events : int, optional
        Of the whole window.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a target of 100 %, which allows nothing, or 0 %, which promises nothing; and for what is no number.

    Examples
    --------
    >>> print(allow(Decimal("0.9995"), window_days=28, event="request").sentences[1])
    A part of the requests may fail for longer: 10 % for 3.36 h, 1 % for 33.6 h, 0.1 % for 14 d.
    """
    if not isinstance(target, Decimal) or not target.is_finite() or target != round(target, MOST_PLACES):
        raise UnusableValue(f"a target is an exact decimal of at most {MOST_PLACES} places, such as Decimal('0.999'); not {target!r}")
    if target >= 1:
        raise UnusableValue(
            f"a target lies below 100 %, not {format_share(target)}: nothing could ever fail; choose what users notice, such as 99.9 %"
        )
    if target <= 0:
        raise UnusableValue(
            f"a target lies above 0 %, not {format_share(target)}: it would promise nothing; choose what users notice, such as 99.9 %"
        )
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    if valid_events is not None and valid_events < 0:
        raise UnusableValue(f"a window has no fewer than 0 valid {event}s, not {valid_events}")
    return OutageAllowance(target, window_days, valid_events, event)


def allow_minutes(
    minutes: Decimal | int, *, window_days: int, error_share: Decimal = Decimal(1), valid_events: int | None = None, event: str = "event"
) -> OutageAllowance:
    """Find the target that an outage just keeps: so many minutes of it, with so large a share of events bad.

    The other way round than :func:`allow`. Where the bad share has no end, such as a seventh, it is rounded up at the 18th digit, so that
    the target is kept and never tighter than asked for.

    Parameters
    ----------
    minutes : Decimal or int
        Above 0, and within the window.
    window_days : int
    error_share : Decimal
        Share of events that fail meanwhile, above 0; 1 is a full outage.
    valid_events : int, optional
    event : str

    Examples
    --------
    >>> allow_minutes(Decimal("20.16"), window_days=28).target, allow_minutes(Decimal("201.6"), window_days=28, error_share=Decimal("0.1")).target
    (Decimal('0.9995'), Decimal('0.9995'))
    """
    _refuse_no_share(error_share)
    if isinstance(minutes, float):
        raise UnusableValue(f"minutes are exact, such as Decimal('20.16'); not {minutes!r}")
    if not 0 < minutes <= window_days * MINUTES_A_DAY:
        raise UnusableValue(
            f"an outage is longer than nothing and no longer than its window of {counted(window_days, 'day')}; {minutes} minutes are not"
        )
    bad_share = Fraction(minutes) * Fraction(error_share) / (window_days * MINUTES_A_DAY)
    return allow(_target_allowing(bad_share), window_days=window_days, valid_events=valid_events, event=event)


def allow_bad_events(bad_events: int, *, valid_events: int, window_days: int, event: str = "event") -> OutageAllowance:
    """Find the target that so many bad of so many valid events just keep; rounded as in :func:`allow_minutes`.

    Examples
    --------
    >>> allow_bad_events(3, valid_events=7, window_days=28).bad_events
    3
    """
    if not 0 < bad_events < valid_events:
        raise UnusableValue(f"bad {event}s are at least one and fewer than all {valid_events}; {bad_events} are not")
    return allow(_target_allowing(Fraction(bad_events, valid_events)), window_days=window_days, valid_events=valid_events, event=event)


def _target_allowing(bad_share: Fraction) -> Decimal:
    exact = _ROUNDED_UP.divide(Decimal(bad_share.numerator), Decimal(bad_share.denominator))
    places = Decimal(1).scaleb(-MOST_PLACES)
    share = exact if exact == round(exact, MOST_PLACES) else exact.quantize(places, rounding=ROUND_CEILING)
    if share >= 1:
        raise UnusableValue("that leaves nothing good, and a target of 0 % promises nothing")
    return _exact(1 - share)


def target_of_nines(nines: int) -> Decimal:
    """Return the target of so many nines.

    "Three and a half nines" is said of 99.95 %, which is no power of ten; write such a target out.

    Examples
    --------
    >>> target_of_nines(3), target_of_nines(5)
    (Decimal('0.999'), Decimal('0.99999'))
    """
    if isinstance(nines, bool) or not isinstance(nines, int) or not 1 <= nines <= MOST_NINES:
        raise UnusableValue(f"nines are a whole number from 1 to {MOST_NINES}, not {nines!r}; write a target such as 99.95 % out")
    return 1 - Decimal(1).scaleb(-nines)


def nines_of(target: Decimal) -> Decimal:
    """Return how many nines a target has: minus the decimal logarithm of its bad share, exact for whole nines, else to four places.

    Examples
    --------
    >>> nines_of(Decimal("0.999")), nines_of(Decimal("0.9995"))
    (Decimal('3'), Decimal('3.3010'))
    """
    exact = -allow(target, window_days=1).bad_share.log10(_PLENTY)
    return exact.to_integral_value() if exact == exact.to_integral_value() else exact.quantize(Decimal("0.0001"))


def outage_table(targets: Sequence[Decimal] = USUAL_TARGETS, windows_days: Sequence[int] = USUAL_WINDOWS_DAYS) -> pd.DataFrame:
    """Lay out the minutes of full outage that targets allow in windows.

    Returns
    -------
    DataFrame
        One row a target, ``target`` first, then a column a window, named by its days: exact decimals, in minutes.

    References
    ----------
    B. Beyer, C. Jones, J. Petoff, N. R. Murphy (eds.), Site Reliability Engineering, O'Reilly 2016, appendix A, "Availability Table",
    https://sre.google/sre-book/availability-table/

    Examples
    --------
    >>> outage_table([Decimal("0.999")], [365, 30]).to_dict("records")
    [{'target': Decimal('0.999'), 365: Decimal('525.6'), 30: Decimal('43.2')}]
    """
    rows = [{"target": target} | {days: allow(target, window_days=days).full_outage_minutes for days in windows_days} for target in targets]
    return pd.DataFrame(rows, columns=["target", *windows_days])


def format_minutes(minutes: Decimal) -> str:
    """Write a length of time in one unit, exactly where five digits do.

    Examples
    --------
    >>> [format_minutes(Decimal(text)) for text in ("20160", "2016", "201.6", "20.16", "0.2016")]
    ['14 d', '33.6 h', '3.36 h', '20.16 min', '12.096 s']
    """
    sizes = (("d", Decimal(MINUTES_A_DAY), 2), ("h", Decimal(60), 2), ("min", Decimal(1), 2), ("s", 1 / Decimal(60), 0))
    unit, size, _ = next((row for row in sizes if minutes >= row[1] * row[2]), sizes[-1])
    amount = minutes * 60 if unit == "s" else minutes / size
    return f"{_exact(Context(prec=5).create_decimal(amount)):,f} {unit}"


def _exact(number: Decimal) -> Decimal:
    """Drop zeros at the end, and write no exponent."""
    plain = number.normalize(_PLENTY)
    return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1), context=_PLENTY)  # type: ignore[operator]


def _refuse_no_share(error_share: Decimal) -> None:
    if not isinstance(error_share, Decimal) or not 0 < error_share <= 1:
        raise UnusableValue(
            f"a share of failing events is an exact decimal above 0 and at most 1, such as Decimal('0.1'); not {error_share!r}"
        )
