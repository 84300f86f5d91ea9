"""A target, the minutes that everything may fail, and the bad events it allows: give one, and the others follow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.units import Window, counted, format_count, format_duration, format_share, parse_share, parse_window, round_bad_share_up

if TYPE_CHECKING:
    from slo_workbench.analysis.outage_calculator import OutageAllowance
    from slo_workbench.workshop.opening import Workshop

__all__ = ["BudgetFigures", "calculate_budget", "expected_events", "read_number", "sayable_target"]

USUAL_TARGET, USUAL_WINDOW, USUAL_BURN_RATE = "99.9%", "28d", "6"
MOST_EVENTS = 10**15


@dataclass(frozen=True)
class BudgetFigures:
    """What a target allows, and how soon that is gone; shows itself in a notebook. All numbers are exact.

    Parameters
    ----------
    allowance : OutageAllowance
        Target, minutes of full outage, bad events.
    window : Window
    burn_rate : Fraction
        How many times faster than the target allows bad events come.
    where_from : str
        Where the expected events are from; empty when they were given, or are not known.
    """

    allowance: OutageAllowance
    window: Window
    burn_rate: Fraction
    where_from: str = ""

    @property
    def minutes_to_exhaustion(self) -> Fraction:
        """How long the whole budget lasts at the burn rate."""
        return Fraction(self.window.days * 1440) / self.burn_rate

    @property
    def burn_sentence(self) -> str:
        """How soon the budget is gone, and what it takes."""
        bad, rate = Fraction(self.allowance.bad_share) * self.burn_rate, f"{float(self.burn_rate):,.6g}"
        event = self.allowance.event
        if bad > 1:
            most = float(1 / Fraction(self.allowance.bad_share))
            return f"A burn rate of {rate} cannot happen: when every {event} is bad, it is {most:,.4g}."
        share = format_share(float(bad), digits=3)
        gone = format_duration(float(self.minutes_to_exhaustion))
        return f"At a burn rate of {rate} ({share} of the {event}s bad) the budget of {self.window.words} is gone in {gone}."

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is allowed, what a target in round numbers would be, and how soon it is gone."""
        said = [*self.allowance.sentences, self.burn_sentence]
        sayable = sayable_target(self.allowance.target)
        if sayable != self.allowance.target:
            said.insert(1, f"Said in round numbers, and no tighter: {format_share(sayable)}.")
        if self.where_from:
            said.append(self.where_from)
        return tuple(said)

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return header and rows of minutes that usual targets allow in usual windows, with this target and window among them."""
        from slo_workbench.analysis.outage_calculator import USUAL_TARGETS, USUAL_WINDOWS_DAYS, format_minutes, outage_table

        targets = sorted({*USUAL_TARGETS, self.allowance.target})
        days = sorted({*USUAL_WINDOWS_DAYS, self.window.days}, reverse=True)
        header = ["Target", *(f"{'→ ' * (one == self.window.days)}in {counted(one, 'day')}" for one in days)]
        rows = [
            (f"{'→ ' * (row[0] == self.allowance.target)}{_shortened(row[0])}", *map(format_minutes, row[1:]))
            for row in outage_table(targets, days).itertuples(index=False, name=None)
        ]
        return header, rows

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from slo_workbench.proposal.fragments import table

        header, rows = self.table()
        shown = table(header, rows, numbers=range(1, len(header)), caption="How long everything may fail, at even traffic")
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return {"text/html": said + shown.html, "text/plain": "\n".join([*self.sentences, shown.text])}


def _shortened(target: Decimal) -> str:
    exact = format_share(target)
    return exact if len(exact) <= 12 else f"{exact[:9]}… %"


def sayable_target(target: Decimal) -> Decimal:
    """Return a target in numbers that people can say, never tighter: its bad share rounded up to two digits.

    Examples
    --------
    >>> sayable_target(Decimal("0.999503968253968254")), sayable_target(Decimal("0.9995"))
    (Decimal('0.9995'), Decimal('0.9995'))
    """
    bad = 1 - target
    rounded = 1 - round_bad_share_up(bad, digits=2)
    # from half of all on there is nothing to round to that is not worse
    return target if len(bad.normalize().as_tuple().digits) <= 4 or rounded <= 0 else rounded


def read_number(text: object, what: str, *, is_whole: bool = False) -> Decimal:
    """Read a number above 0 that a person typed, exactly.

    Raises
    ------
    UnusableValue
        When it is none.

    Examples
    --------
    >>> read_number("20.16", "the minutes"), read_number("1,000,000", "the requests", is_whole=True)
    (Decimal('20.16'), Decimal('1000000'))
    """
    plain = str(text).strip().replace("\u00a0", " ")
    grouped = re.fullmatch(r"\d{1,3}([ ,_']\d{3})+(\.\d+)?", plain)
    plain = re.sub(r"[ ,_']", "", plain) if grouped else plain
    try:
        number = Decimal(plain) if re.fullmatch(r"\d{1,18}(\.\d{0,18})?|\.\d{1,18}", plain) else Decimal(0)
    except InvalidOperation:
        number = Decimal(0)
    kind = "a whole number" if is_whole else "a number"
    if not 0 < number <= MOST_EVENTS or (is_whole and number != number.to_integral_value()):
        raise UnusableValue(f"{what} are {kind} above 0, such as {'100000' if is_whole else '20.16'}; not {str(text)[:40]!r}")
    return number


def expected_events(workshop: Workshop, objective_id: str, window_days: int) -> tuple[int | None, str, str]:
    """Return the events to expect in a window, from the mean of the days of the history, what one is called, and a sentence on that.

    Where the requests cannot be read, or are none, the first is ``None`` and the sentence says why.
    """
    from slo_workbench.document.findings import FindingsError

    try:
        case = workshop.case(objective_id)
    except (SloWorkbenchError, OSError) as error:
        why = error.findings[0].message if isinstance(error, FindingsError) and error.findings else str(error)
        return None, "request", f"How many requests to expect is not known: {why}."
    daily, event = case.assessment.daily, case.assessment.event
    total = int(daily["valid"].sum()) if len(daily) else 0
    expected = round(Fraction(total * window_days, max(1, len(daily))))
    if not expected:
        return None, event, f"How many {event}s to expect is not known: the history has none on a complete day."
    said = f"{format_count(expected)} {event}s in {counted(window_days, 'day')} are what the mean of {counted(len(daily), 'day')} of the history gives."
    return expected, event, said


def calculate_budget(
    workshop: Workshop | None = None, objective_id: str = "", *, target: str | Decimal = "", window: str = "",
    expected_requests: int | str | None = None, minutes: Decimal | int | str = "", bad_requests: int | str = "",
    burn_rate: Decimal | int | str = USUAL_BURN_RATE, event: str = "request",
) -> BudgetFigures:  # fmt: skip
    """Calculate between a target, minutes of full outage and bad requests; give one of the three, and the others follow.

    Parameters
    ----------
    workshop : Workshop, optional
        What is not given is taken from its objective: the target (its own, or else what the history supports), the window, the traffic.
    objective_id : str
        The first one for an empty id.
    target : str or Decimal
        Share such as ``99.95%``. Without any of the three and without a workshop it is 99.9 %.
    window : str
        Such as ``28d``, the default, or ``month``.
    expected_requests : int, optional
        How many valid ones a window has.
    minutes : number or str
        How long everything may fail, exact.
    bad_requests : int or str
        How many may be bad; needs to know of how many.
    burn_rate : number or str
        How many times faster than the target allows.
    event : str
        What one event is called; of a workshop's history its own name for it.

    Raises
    ------
    UnusableValue
        For more than one of the three, and for what is no number, no share, or a promise of nothing.

    Examples
    --------
    >>> figures = calculate_budget(minutes="20.16", expected_requests=4_000_000)
    >>> figures.allowance.target, figures.allowance.bad_events
    (Decimal('0.9995'), 2000)
    >>> figures.burn_sentence
    'At a burn rate of 6 (0.3 % of the requests bad) the budget of 28 days is gone in 4 d 16 h.'
    """
    from slo_workbench.analysis.outage_calculator import allow, allow_bad_events, allow_minutes

    if sum(str(value) != "" for value in (target, minutes, bad_requests)) > 1:
        raise UnusableValue("give one of a target, minutes and bad requests: the others follow from it")
    objective = workshop.objective(objective_id) if workshop is not None else None
    window_read = parse_window(window) if window else objective.window if objective is not None else parse_window(USUAL_WINDOW)
    days, valid, where_from = window_read.days, None, ""
    if expected_requests not in (None, ""):
        valid = int(read_number(expected_requests, f"the expected {event}s", is_whole=True))
    elif workshop is not None and objective is not None:
        valid, event, where_from = expected_events(workshop, objective.id, days)
    rate = Fraction(read_number(burn_rate, "burn rates"))
    if str(minutes) != "":
        found = allow_minutes(read_number(minutes, "the minutes"), window_days=days, valid_events=valid, event=event)
    elif str(bad_requests) != "":
        if valid is None:
            raise UnusableValue(f"how many {event}s may be bad says something of how many are expected: give that first")
        bad = int(read_number(bad_requests, f"bad {event}s", is_whole=True))
        found = allow_bad_events(bad, valid_events=valid, window_days=days, event=event)
    else:
        share = parse_share(target) if str(target) != "" else _target_of(workshop, objective_id)
        found = allow(share, window_days=days, valid_events=valid, event=event)
    return BudgetFigures(found, window_read, rate, where_from)


def _target_of(workshop: Workshop | None, objective_id: str) -> Decimal:
    """Return the target of an objective, else what its history supports, else a usual one."""
    if workshop is None:
        return parse_share(USUAL_TARGET)
    stated = workshop.objective(objective_id).target
    if stated is not None:
        return stated
    try:
        supported = workshop.case(objective_id).assessment.target
    except (SloWorkbenchError, OSError):
        supported = None
    return supported if supported is not None and 0 < supported < 1 else parse_share(USUAL_TARGET)
