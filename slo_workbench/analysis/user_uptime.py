"""User-uptime: for how much of the time that users were there the service worked for them, and its worst windows.

After T. Hauer et al., "Meaningful Availability", NSDI 2020, https://www.usenix.org/conference/nsdi20/presentation/hauer. A
success ratio weighs users by their requests, clients that retry most of all; here a minute of each user weighs the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["LongGaps", "UserUptime", "WindowedUserUptime", "gaps_of", "user_uptime", "windowed_user_uptime"]

Ints = npt.NDArray[np.int64]
LongGaps = Literal["cap", "drop"]

MICROSECONDS_A_MINUTE = 60_000_000
# Sums of user-minutes are taken in whole milliseconds: exact, so that an empty window is empty.
MILLISECONDS_A_MINUTE = 60_000
FEWEST_USERS = 20
"""A worst window is looked for among those with so many users; with fewer, one person's bad luck is the worst there is."""


@dataclass(frozen=True)
class UserUptime:
    """For how much of the users' time the service was up.

    Parameters
    ----------
    up_minutes, down_minutes : float
        User-minutes after good and after bad events.
    success_share : float
        Good events divided by all, 0 to 1, to compare with.
    cutoff_minutes : float
    long_gaps : {"cap", "drop"}
    n_users, n_events : int
    n_gaps, n_long_gaps : int
        Gaps between consecutive events of a user, and those longer than the cutoff.
    """

    up_minutes: float
    down_minutes: float
    success_share: float
    cutoff_minutes: float
    long_gaps: LongGaps
    n_users: int
    n_events: int
    n_gaps: int
    n_long_gaps: int

    @property
    def user_uptime_share(self) -> float:
        """User-uptime, 0 to 1: up divided by up and down."""
        return self.up_minutes / (self.up_minutes + self.down_minutes)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in words."""
        treated = "counted up to that length" if self.long_gaps == "cap" else "left out"
        return (
            f"For {format_share(self.user_uptime_share)} of the {format_count(self.up_minutes + self.down_minutes)} minutes that "
            f"{counted(self.n_users, 'user')} spent with it, the service worked for them; of their {counted(self.n_events, 'event')} "
            f"{format_share(self.success_share)} were good.",
            f"A user is up from a good event and down from a bad one until the next; {counted(self.n_long_gaps, 'gap')} of "
            f"{format_count(self.n_gaps)} longer than {_cutoff(self.cutoff_minutes)} were {treated}, "
            "and what came after the last event of a user is unknown and not counted.",
        )


def _cutoff(minutes: float) -> str:
    return "any time" if math.isinf(minutes) else format_duration(minutes)


def user_uptime(events: pd.DataFrame, *, cutoff_minutes: float, long_gaps: LongGaps = "cap") -> UserUptime:
    """Add up for how long users found the service up and down.

    The gap between two consecutive events of a user belongs to the first: up after a good one, down after a bad one, as
    its state holds until there is contrary evidence. **An event without a following one of the same user contributes
    nothing**: neither up nor down time. Of events of one user at one moment a bad one decides.

    Summaries of Hauer et al. disagree on a gap longer than the cutoff: ``cap`` counts it up to the cutoff, ``drop`` not at
    all. In simulated outages ``cap`` lay nearer the truth in the mean; users that give up make both err by several points.

    Parameters
    ----------
    events : DataFrame, one row an event
        ``user``, ``time`` (datetime), ``is_good`` (bool); in any order, nothing missing.
    cutoff_minutes : float
        After a longer gap the user is taken to have been away. Usual is the 99th percentile of gaps, so that 1 in 100 is
        longer (see ``n_long_gaps``); 30 minutes are reported for Gmail. ``math.inf`` for none.
    long_gaps : {"cap", "drop"}

    Raises
    ------
    UnusableValue
        When a column is missing or has missing values, or the cutoff is not above 0.
    TooLittleData
        When no user has two events at different times within reach.

    Examples
    --------
    >>> seconds = [0, 60, 120, 180, 4_000]
    >>> times = pd.Timestamp("2026-03-02") + pd.to_timedelta(seconds, unit="s")
    >>> events = pd.DataFrame({"user": "ann", "time": times, "is_good": [True, True, False, True, True]})
    >>> found = user_uptime(events, cutoff_minutes=5)
    >>> found.up_minutes, found.down_minutes, found.user_uptime_share
    (7.0, 1.0, 0.875)
    >>> round(user_uptime(events, cutoff_minutes=5, long_gaps="drop").user_uptime_share, 4)
    0.6667
    """
    if not cutoff_minutes > 0:
        raise UnusableValue(f"a cutoff is longer than 0 minutes, not {cutoff_minutes}: take the 99th percentile of gaps")
    if long_gaps not in ("cap", "drop"):
        raise UnusableValue(f"long gaps are treated by 'cap' or 'drop', not {long_gaps!r}")
    _, gaps, is_up = gaps_of(events)
    is_long = gaps > cutoff_minutes * MICROSECONDS_A_MINUTE
    # a cutoff without end leaves no long gap, and is no whole number
    kept = np.where(is_long, 0 if long_gaps == "drop" or not is_long.any() else round(cutoff_minutes * MICROSECONDS_A_MINUTE), gaps)
    up, down = int(kept[is_up].sum()), int(kept[~is_up].sum())
    if up + down == 0:
        message = "no user has two events between which time passed, so nothing says for how long the service was up"
        raise TooLittleData(f"{message}: raise the cutoff, take a longer history, or judge by the share of good events")
    return UserUptime(
        up_minutes=up / MICROSECONDS_A_MINUTE,
        down_minutes=down / MICROSECONDS_A_MINUTE,
        success_share=int(events["is_good"].sum()) / len(events),
        cutoff_minutes=float(cutoff_minutes),
        long_gaps=long_gaps,
        n_users=int(events["user"].nunique()),
        n_events=len(events),
        n_gaps=len(gaps),
        n_long_gaps=int(is_long.sum()),
    )


def gaps_of(events: pd.DataFrame) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Return when gaps between consecutive events of a user began, how long they were (both in microseconds), and whether with a good event."""
    missing = [name for name in ("user", "time", "is_good") if name not in events or events[name].isna().any()]
    if missing:
        raise UnusableValue(f"events have user, time and is_good, each in every row; {', '.join(missing)} is not: leave such rows out")
    if not (pd.api.types.is_datetime64_any_dtype(events["time"]) and pd.api.types.is_bool_dtype(events["is_good"])):
        kinds = f"{events['time'].dtype} and {events['is_good'].dtype}"
        raise UnusableValue(f"time is a datetime and is_good True or False, not {kinds}: convert them, such as with pd.to_datetime")
    users, good = pd.factorize(events["user"])[0], events["is_good"].to_numpy(dtype=bool)
    moments = pd.DatetimeIndex(events["time"]).as_unit("us").asi8
    # of one moment the bad event comes last, so that it owns the gap
    order = np.lexsort((~good, moments, users))
    of_one_user = np.diff(users[order]) == 0
    return moments[order][:-1][of_one_user], np.diff(moments[order])[of_one_user], good[order][:-1][of_one_user]


@dataclass(frozen=True)
class WindowedUserUptime:
    """The worst user-uptime of windows of each length: the minimum cumulative ratio of Hauer et al.

    Parameters
    ----------
    worst : DataFrame, one row a length, shortest first
        ``window_minutes``, ``user_uptime_share`` (0 to 1, of the worst window), ``worst_start`` and ``worst_end``
        (UTC, half-open; the first such window where several are equally bad), and ``n_users`` who asked for something in it,
        where events were given.
    time_zone : str
        In which the sentences tell the time.
    """

    worst: pd.DataFrame
    time_zone: str = "UTC"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The shortest and the longest window and the worst hour and day, if asked for, in words."""
        last = len(self.worst) - 1
        told = [n for n, length in enumerate(self.worst["window_minutes"]) if n in (0, last) or length in (60, 1440)]
        rows: list[dict[Any, Any]] = self.worst.iloc[told].to_dict("records")
        return tuple(
            f"In the worst {format_duration(row['window_minutes'])}, from {self._local(row['worst_start'])}, the service was up for "
            f"{format_share(row['user_uptime_share'])} of the users' time{_behind(row.get('n_users'))}."
            for row in rows
        )

    def _local(self, moment: pd.Timestamp) -> str:
        return f"{moment.tz_localize('UTC').tz_convert(self.time_zone):%Y-%m-%d %H:%M} ({self.time_zone})"


def _behind(n_users: int | None) -> str:
    if n_users is None:
        return ""
    few = ", too few to judge by" if n_users < FEWEST_USERS else ""
    return f"; {counted(n_users, 'user')} asked for something in it{few}"


def windowed_user_uptime(
    up_minutes: npt.ArrayLike, down_minutes: npt.ArrayLike, *, first_minute: pd.Timestamp, window_minutes: Sequence[int] | None = None,
    events: pd.DataFrame | None = None, gaps: pd.DataFrame | None = None, time_zone: str = "UTC",
) -> WindowedUserUptime:  # fmt: skip
    """Find the worst window of each length: windowed user-uptime (Hauer et al., NSDI 2020).

    Drawn over the logarithm of the length, the curve ends with the whole period on the right and the worst minute on the
    left, and bends at the length of the worst incident. A window of k times the length is never worse, for whole k.

    Parameters
    ----------
    up_minutes, down_minutes : array-like, shape (n_minutes,)
        User-minutes up and down in each minute, without holes; at least 0. They are taken to the nearest millisecond.
    first_minute : Timestamp
        When the first minute begins.
    window_minutes : sequence of int, optional
        Lengths between 1 and ``n_minutes``; without, powers of two and an hour, a day, a week and the whole period.
    events : DataFrame, optional
        ``user, time``: with them only windows with 20 users or more are compared, or where there are none, those with most.
    gaps : DataFrame, optional
        ``start, end`` (UTC) of stretches without data: nobody knows about them, so they count neither as up nor as down.
    time_zone : str
        For the sentences.

    Raises
    ------
    UnusableValue
        When the arrays differ in length or hold anything but numbers from 0 up, or a length does not fit.
    TooLittleData
        When there is no minute with users.

    Examples
    --------
    >>> up, down = np.full(1440, 10.0), np.zeros(1440)
    >>> up[600:660], down[600:660] = 5.0, 5.0
    >>> found = windowed_user_uptime(up, down, first_minute=pd.Timestamp("2026-03-02"), window_minutes=[60, 120, 1440]).worst
    >>> found["user_uptime_share"].round(4).tolist(), str(found["worst_start"][0])
    ([0.5, 0.75, 0.9792], '2026-03-02 10:00:00')
    """
    known = None if gaps is None or gaps.empty else _is_known(np.shape(up_minutes)[0], gaps, first_minute)
    up, total = _whole_sums(up_minutes, down_minutes, known)
    n_minutes = len(up) - 1
    asked = None if events is None else _Asked.of(events, first_minute)
    lengths = sorted(set(_usual_lengths(n_minutes) if window_minutes is None else window_minutes))
    unfit = [length for length in lengths if not 1 <= length <= n_minutes]
    if unfit or not lengths:
        raise UnusableValue(f"windows last 1 to {n_minutes} whole minutes, as the period does; not {unfit or 'none at all'}")
    rows = []
    for length in lengths:
        n_users = None if asked is None else asked.users_in(length, n_minutes)
        share, place = _worst_window(up, total, length, n_users)
        start = first_minute + pd.Timedelta(minutes=place)
        rows.append((length, share, start, start + pd.Timedelta(minutes=length), 0 if n_users is None else int(n_users[place])))
    worst = pd.DataFrame(rows, columns=["window_minutes", "user_uptime_share", "worst_start", "worst_end", "n_users"])
    return WindowedUserUptime(worst.drop(columns="n_users") if asked is None else worst, time_zone)


@dataclass(frozen=True)
class _Asked:
    """In which minute each event lies, and in which the one before it of the same user did; far before the first for a user's first."""

    minute: Ints
    before: Ints

    @classmethod
    def of(cls, events: pd.DataFrame, first_minute: pd.Timestamp) -> _Asked:
        first = pd.DatetimeIndex([first_minute]).as_unit("us").asi8[0] // MICROSECONDS_A_MINUTE
        minutes = pd.DatetimeIndex(events["time"]).as_unit("us").asi8 // MICROSECONDS_A_MINUTE - first
        users = pd.factorize(events["user"])[0]
        order = np.lexsort((minutes, users))
        minute, user = minutes[order], users[order]
        before = np.concatenate([[-1], np.where(np.diff(user) == 0, minute[:-1], -1)]).astype(np.int64)
        return cls(minute, before)

    def users_in(self, length: int, n_minutes: int) -> Ints:
        """Return how many users have an event in the window that begins at each minute, each user once: at their first event in it."""
        starts = np.maximum(np.maximum(self.before, self.minute - length) + 1, 0)
        is_new = starts <= self.minute
        change = (
            np.bincount(starts[is_new], minlength=n_minutes + 1)
            - np.bincount(self.minute[is_new] + 1, minlength=n_minutes + 2)[: n_minutes + 1]
        )
        users: Ints = np.cumsum(change)[: n_minutes - length + 1].astype(np.int64)
        return users


def _is_known(n_minutes: int, gaps: pd.DataFrame, first_minute: pd.Timestamp) -> npt.NDArray[np.bool_]:
    known = np.ones(n_minutes, dtype=bool)
    for start, end in zip(gaps["start"], gaps["end"], strict=True):
        first, last = (math.floor((moment - first_minute).total_seconds() / 60) for moment in (start, end))
        known[max(first, 0) : max(last, 0)] = False
    return known


def _whole_sums(up_minutes: npt.ArrayLike, down_minutes: npt.ArrayLike, known: npt.NDArray[np.bool_] | None = None) -> tuple[Ints, Ints]:
    """Return sums of up time and of all time before each minute and after the last, in user-milliseconds."""
    up, down = np.asarray(up_minutes, dtype=float), np.asarray(down_minutes, dtype=float)
    if up.ndim != 1 or up.shape != down.shape:
        raise UnusableValue(f"up and down have one number a minute each, not the shapes {up.shape} and {down.shape}")
    if not (np.isfinite(up) & np.isfinite(down) & (up >= 0) & (down >= 0)).all():
        raise UnusableValue("user-minutes are numbers from 0 up; write 0 for a minute without users")
    if known is not None:
        up, down = np.where(known, up, 0.0), np.where(known, down, 0.0)
    whole = [np.rint(minutes * MILLISECONDS_A_MINUTE).astype(np.int64) for minutes in (up, up + down)]
    if not whole[1].any():
        raise TooLittleData("no user was there in any minute, so there is no user-uptime: take a longer period, or one with traffic")
    sums = [np.concatenate([[0], np.cumsum(minutes)]) for minutes in whole]
    return sums[0], sums[1]


def _usual_lengths(n_minutes: int) -> list[int]:
    powers = [2**power for power in range(n_minutes.bit_length())]
    return [length for length in (*powers, 60, 1440, 7 * 1440, n_minutes) if length <= n_minutes]


def _worst_window(up: Ints, total: Ints, length: int, n_users: Ints | None = None) -> tuple[float, int]:
    """Return the least share of all windows of a length in which there were users enough, and where the first such begins."""
    up_inside, all_inside = up[length:] - up[:-length], total[length:] - total[:-length]
    counts = all_inside > 0
    if n_users is not None:
        most = int(n_users[counts].max(initial=0))
        counts = counts & (n_users >= min(FEWEST_USERS, most))
    shares = np.where(counts, up_inside / np.maximum(all_inside, 1), np.inf)
    place = int(shares.argmin())
    return float(shares[place]), place
