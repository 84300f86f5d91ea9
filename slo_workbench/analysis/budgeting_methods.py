"""The same history counted by events and by slices of time: the methods can disagree about a target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["BudgetingComparison", "MethodResult", "compare_budgeting"]

MINUTES_A_DAY = 1440
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MethodResult:
    """What one method says: SLI (0 to 1), whether the target is met (compared exactly), what is bad and allowed, in units."""

    name: str
    sli: float
    is_met: bool
    bad: float
    allowed: float
    unit: str


@dataclass(frozen=True)
class BudgetingComparison:
    """Three ways to spend a budget, over the same window.

    Parameters
    ----------
    occurrences, time_slices, ratio_time_slices : MethodResult
        Good of valid events; good of all slices with data; mean of the slices' ratios.
    target, slice_target, slice_minutes, window_days, event
        As they were asked for; the window runs from ``start`` to ``end``, UTC without zone, half-open.
    n_slices, n_slices_with_data, n_bad_slices, n_bad_slices_by_one_event : int
        Slices of the window; with a valid event; of those, below ``slice_target``; of those, with a single bad event.
    n_bad_in_good_slices, n_good_in_bad_slices : int
        Events whose own outcome time slices do not see.
    """

    occurrences: MethodResult
    time_slices: MethodResult
    ratio_time_slices: MethodResult
    target: Decimal
    slice_target: Decimal
    slice_minutes: int
    window_days: int
    start: pd.Timestamp
    end: pd.Timestamp
    n_slices: int
    n_slices_with_data: int
    n_bad_slices: int
    n_bad_slices_by_one_event: int
    n_bad_in_good_slices: int
    n_good_in_bad_slices: int
    event: str = "event"

    @property
    def methods(self) -> tuple[MethodResult, ...]:
        """The three results."""
        return self.occurrences, self.time_slices, self.ratio_time_slices

    @property
    def table(self) -> pd.DataFrame:
        """``method, sli, is_met, bad, allowed, unit``, one row a method; ``bad`` and ``allowed`` count the unit."""
        rows = [(one.name, one.sli, one.is_met, one.bad, one.allowed, one.unit) for one in self.methods]
        return pd.DataFrame(rows, columns=["method", "sli", "is_met", "bad", "allowed", "unit"])

    @property
    def sentence(self) -> str:
        """Which methods meet the target, and which do not."""
        told = [(one.is_met, f"by {one.name} ({format_share(one.sli, digits=3)})") for one in self.methods]
        met, missed = ([words for is_met, words in told if is_met is wanted] for wanted in (True, False))
        verdicts = [f"{verb} {' and '.join(words)}" for verb, words in (("met", met), ("missed", missed)) if words]
        return f"Over {counted(self.window_days, 'day')} {format_share(self.target)} was {', but '.join(verdicts)}."

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict, why the methods differ, and what stands behind it."""
        return (self.sentence, *self._why_weights(), *self._why_slices(), self._basis())

    def _why_weights(self) -> tuple[str, ...]:
        by_event, by_time = self.occurrences.sli, self.ratio_time_slices.sli
        if math.isclose(by_event, by_time, rel_tol=0, abs_tol=1e-12):
            return ()
        when = "little" if by_time < by_event else "much"
        weighs = f"counted by time, a quiet night weighs like the peak; counted by {self.event}, it hardly weighs"
        return (f"A larger share failed when {when} was going on: {weighs}.",)

    def _why_slices(self) -> tuple[str, ...]:
        target = format_share(self.slice_target)
        forgiven = f"{format_count(self.n_bad_in_good_slices)} of {counted(round(self.occurrences.bad), f'bad {self.event}')}"
        by_one = f"{format_count(self.n_bad_slices_by_one_event)} of {counted(self.n_bad_slices, 'bad slice')}"
        lost = counted(self.n_good_in_bad_slices, f"good {self.event}")
        said = (
            (self.n_bad_in_good_slices, f"Time slices forgive {forgiven}: those slices were {target} good or better all the same."),
            (self.n_good_in_bad_slices, f"Time slices call a bad slice bad as a whole, {lost} included."),
            (self.n_bad_slices_by_one_event, f"In {by_one} a single bad {self.event} was enough."),
        )
        return tuple(sentence for number, sentence in said if number)

    def _basis(self) -> str:
        n_empty = self.n_slices - self.n_slices_with_data
        without = f"; {format_count(n_empty)} had none and are neither good nor bad" if n_empty else ""
        bad, allowed = (format_duration(minutes) if minutes else "nothing" for minutes in (self.time_slices.bad, self.time_slices.allowed))
        slices = f"{counted(self.n_slices, 'slice')} of {format_duration(self.slice_minutes)},"
        with_data = f"{format_count(self.n_slices_with_data)} had a valid {self.event}{without}"
        return f"Of {slices} {with_data}. Bad slices add up to {bad}; the target allows {allowed}."


def compare_budgeting(
    series: pd.DataFrame, *, target: Decimal, slice_minutes: int, slice_target: Decimal, window_days: int,
    time_zone: str = "UTC", resolution_minutes: int = 1, event: str = "event",
) -> BudgetingComparison:  # fmt: skip
    """Judge one window by occurrences, time slices and ratio time slices, side by side.

    Occurrences: good events of valid events. Time slices: slices whose own ratio reaches ``slice_target``, of all
    slices. Ratio time slices: the mean of the slices' ratios. A slice without a valid event is neither good nor bad,
    and gives no budget. The window is the last ``window_days`` days of the series.

    Time slices hide failures spread thinly, and let one in a quiet slice count like an outage at the peak; occurrences
    hide a bad night. None says how many people were hit.

    Parameters
    ----------
    series : DataFrame
        ``minute, valid, good``; minutes are UTC, in any order.
    target, slice_target : Decimal
        For all three methods, between 0 and 1; share of good events from which a slice is good, above 0, at most 1.
    slice_minutes, resolution_minutes : int
        Length of a slice, which divides a day and is a multiple of how far apart the counts lie.
    window_days, time_zone, event
        Length of the window; IANA zone in which its days are cut; what one event is called.

    Raises
    ------
    UnusableValue, TooLittleData
        When a target or the length of a slice cannot be used; when the series is shorter than the window, or nothing is valid.

    References
    ----------
    OpenSLO, "Budgeting method", github.com/OpenSLO/OpenSLO, examples/budgeting-method/README.md.

    Examples
    --------
    >>> minutes = pd.date_range("2026-03-02", periods=1440, freq="min")
    >>> day = pd.DataFrame({"minute": minutes, "valid": 10, "good": [9] * 72 + [10] * 1368})
    >>> found = compare_budgeting(day, target=Decimal("0.99"), slice_minutes=1, slice_target=Decimal("0.95"), window_days=1)
    >>> found.table[["method", "sli", "is_met", "bad", "unit"]].values.tolist()  # doctest: +NORMALIZE_WHITESPACE
    [['occurrences', 0.995, True, 72.0, 'event'], ['time slices', 0.95, False, 72.0, 'minute'],
     ['ratio time slices', 0.995, True, 7.2, 'minute']]
    """
    _refuse_unusable(target, slice_minutes, slice_target, window_days, resolution_minutes)
    start, end = _window_of(series, window_days, time_zone if resolution_minutes < MINUTES_A_DAY else "UTC")
    inside = series[(series["minute"] >= start) & (series["minute"] < end) & (series["valid"] > 0)]
    if inside.empty:
        raise TooLittleData(f"the last {counted(window_days, 'day')} hold no valid {event}: choose a longer window, or look at the source")
    slices = inside.groupby((inside["minute"] - start) // pd.Timedelta(minutes=slice_minutes))[["valid", "good"]].sum()
    valid, good = (slices[name].to_numpy(dtype=np.int64) for name in ("valid", "good"))
    is_bad = ~_reaches(good, valid, slice_target)
    by_event, by_slice, by_ratio = _results(valid, good, int(is_bad.sum()), target, slice_minutes)
    return BudgetingComparison(
        by_event, by_slice, by_ratio, target, slice_target, slice_minutes, window_days, start, end,
        n_slices=math.ceil((end - start) / pd.Timedelta(minutes=slice_minutes)),
        n_slices_with_data=len(slices),
        n_bad_slices=int(is_bad.sum()),
        n_bad_slices_by_one_event=int((is_bad & (valid - good == 1)).sum()),
        n_bad_in_good_slices=int((valid - good)[~is_bad].sum()),
        n_good_in_bad_slices=int(good[is_bad].sum()),
        event=event,
    )  # fmt: skip


def _refuse_unusable(target: Decimal, slice_minutes: int, slice_target: Decimal, window_days: int, resolution_minutes: int) -> None:
    apart, length = format_duration(resolution_minutes), format_duration(slice_minutes)
    rules = (
        (0 < target < 1, f"a target lies above 0 % and below 100 %, not {format_share(target)}: 100 % leaves no budget by any method"),
        (0 < slice_target <= 1, f"a slice's target lies above 0 % and is at most 100 %, not {format_share(slice_target)}"),
        (window_days >= 1, f"a window lasts at least a day, not {window_days}"),
        (
            slice_minutes >= 1 and MINUTES_A_DAY % slice_minutes == 0,
            f"slices divide a day evenly, such as 1, 5, 15 or 60 minutes; {slice_minutes} do not",
        ),
        (slice_minutes % resolution_minutes == 0, f"counts {apart} apart cannot be cut into slices of {length}; choose a multiple"),
    )
    for message in (message for is_kept, message in rules if not is_kept):
        raise UnusableValue(message)


def _window_of(series: pd.DataFrame, window_days: int, time_zone: str) -> tuple[pd.Timestamp, ...]:
    """Return start and end (UTC) of the last ``window_days`` local days that the series touches."""
    if series.empty:
        raise TooLittleData("the series holds no counts: look at the valid predicate and at the source")
    zone = ZoneInfo(time_zone)
    minutes = pd.DatetimeIndex([series["minute"].min(), series["minute"].max()])
    first, last = minutes.tz_localize("UTC").tz_convert(zone).tz_localize(None).normalize()
    end = last + pd.Timedelta(days=1)
    start = end - pd.Timedelta(days=window_days)
    if first > start:
        n_days = (end - first).days
        raise TooLittleData(
            f"{counted(n_days, 'day')} of history cannot be judged over {window_days}: "
            f"compare over {counted(n_days, 'day')} or fewer, or gather {counted(window_days - n_days, 'more day')}"
        )
    # some zones skip or repeat midnight when summer time begins or ends
    moments = (day.tz_localize(zone, nonexistent="shift_forward", ambiguous=True) for day in (start, end))
    return tuple(moment.tz_convert("UTC").tz_localize(None) for moment in moments)


def _results(valid: Ints, good: Ints, n_bad_slices: int, target: Decimal, slice_minutes: int) -> tuple[MethodResult, ...]:
    n_events, n_good, n_slices = int(valid.sum()), int(good.sum()), len(valid)
    n_good_slices, allowed_minutes = n_slices - n_bad_slices, float((1 - target) * n_slices * slice_minutes)
    bad_minutes = math.fsum((valid - good) / valid) * slice_minutes
    by_event, by_slice, by_ratio = n_good / n_events, n_good_slices / n_slices, math.fsum(good / valid) / n_slices
    is_met_by_ratio = _mean_ratio_reaches(good, valid, target)
    return (
        MethodResult("occurrences", by_event, n_good >= target * n_events, n_events - n_good, float((1 - target) * n_events), "event"),
        MethodResult("time slices", by_slice, n_good_slices >= target * n_slices, n_bad_slices * slice_minutes, allowed_minutes, "minute"),
        MethodResult("ratio time slices", by_ratio, is_met_by_ratio, bad_minutes, allowed_minutes, "minute"),
    )


def _reaches(good: Ints, valid: Ints, share: Decimal) -> npt.NDArray[np.bool_]:
    """Return where good of valid is at least a share; whole numbers of any size, so nothing is rounded."""
    numerator, denominator = share.as_integer_ratio()
    reached: npt.NDArray[np.bool_] = (good.astype(object) * denominator >= valid.astype(object) * numerator).astype(bool)
    return reached


def _mean_ratio_reaches(good: Ints, valid: Ints, share: Decimal) -> bool:
    """Whether the mean of the ratios is at least a share, exactly."""
    distance = math.fsum(good / valid) - float(share) * len(valid)
    if abs(distance) > 1e-6 * len(valid):  # floats are off by far less; what follows is slow for many slices
        return distance > 0
    by_valid = pd.Series(good).groupby(valid).sum()
    common = math.lcm(*(int(number) for number in by_valid.index))
    total = sum(int(n_good) * (common // int(number)) for number, n_good in zip(by_valid.index, by_valid, strict=True))
    numerator, denominator = share.as_integer_ratio()
    return total * denominator >= numerator * len(valid) * common
