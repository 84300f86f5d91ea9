"""The clock of an agenda: which part the room is in, how long is left of it and of all, and how far behind the plan it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["AgendaClock", "AgendaMoment", "clock_words"]


@dataclass(frozen=True)
class AgendaMoment:
    """How it stands at one moment; all lengths in seconds.

    Parameters
    ----------
    place : int
        The part the room is in, from 0.
    left_s : float
        What is left of it; below 0 when it is over.
    overall_left_s : float
        What is left of the time that was planned for all; below 0 when that is over.
    behind_s : float
        How much more than that the rest of the plan needs; below 0 when the room is ahead.
    is_running : bool
    is_last : bool
    """

    place: int
    left_s: float
    overall_left_s: float
    behind_s: float
    is_running: bool
    is_last: bool

    @property
    def is_over(self) -> bool:
        """Whether the part has had its time."""
        return self.left_s <= 0

    @property
    def words(self) -> str:
        """What is left of the part, in words."""
        if not self.is_over:
            return f"{_minutes(self.left_s)} left" if self.left_s >= 60 else "less than a minute left"
        return f"{_minutes(-self.left_s)} over" if self.left_s <= -60 else "time is up"

    @property
    def overall_words(self) -> str:
        """What is left of all, and whether that will do."""
        left = (
            f"{_minutes(self.overall_left_s)} left of all" if self.overall_left_s >= 0 else f"{_minutes(-self.overall_left_s)} past the end"
        )
        if self.behind_s >= 60:
            return f"{left}, and what remains needs {_minutes(self.behind_s)} more: shorten a part"
        return f"{left}, {_minutes(-self.behind_s)} to spare" if self.behind_s <= -60 else f"{left}, as planned"


def _minutes(seconds: float) -> str:
    return counted(int(seconds // 60), "minute")


def clock_words(seconds: float) -> str:
    """Write seconds as a clock shows them, with a plus sign for what is over.

    Examples
    --------
    >>> clock_words(754.2), clock_words(-61)
    ('12:34', '+1:01')
    """
    whole = int(seconds) if seconds > 0 else int(-seconds)
    sign = "" if seconds > 0 or not whole else "+"
    return f"{sign}{whole // 60}:{whole % 60:02d}"


@dataclass(frozen=True)
class AgendaClock:
    """A clock that stands or runs; every change gives a new one, and the time is handed in.

    Parameters
    ----------
    lengths_s : tuple of float
        Seconds for each part, with what was added.
    used_s : tuple of float
        Seconds each part has had, up to the last change.
    planned_s : float
        Seconds for all, as planned at first.
    place : int
    since : float or None
        When it was started, by the clock of whoever asks; ``None`` while it stands.

    Examples
    --------
    >>> clock = AgendaClock.of_minutes([5, 10]).start(now=100.0)
    >>> clock.at(now=160.0).words
    '4 minutes left'
    >>> clock.next(now=400.0).at(now=1060.0).words
    '1 minute over'
    """

    lengths_s: tuple[float, ...]
    used_s: tuple[float, ...]
    planned_s: float
    place: int = 0
    since: float | None = None

    @classmethod
    def of_minutes(cls, minutes: Sequence[float]) -> AgendaClock:
        """Return a clock for parts of so many minutes, which stands at the first.

        Raises
        ------
        UnusableValue
            Without a part.
        """
        if not minutes:
            raise UnusableValue("an agenda has at least one part")
        lengths = tuple(float(one) * 60 for one in minutes)
        return cls(lengths, (0.0,) * len(lengths), sum(lengths))

    @property
    def is_running(self) -> bool:
        """Whether time runs."""
        return self.since is not None

    def start(self, now: float) -> AgendaClock:
        """Let time run from now."""
        return self if self.is_running else replace(self, since=now)

    def pause(self, now: float) -> AgendaClock:
        """Let time stand."""
        return replace(self._counted(now), since=None)

    def next(self, now: float) -> AgendaClock:
        """Go on to the next part; at the last one nothing changes."""
        return self._at_place(min(self.place + 1, len(self.lengths_s) - 1), now)

    def back(self, now: float) -> AgendaClock:
        """Go back to the part before, which goes on where it was left."""
        return self._at_place(max(self.place - 1, 0), now)

    def extend(self, minutes: float) -> AgendaClock:
        """Give the part more time; the end that was planned stays, so that everybody sees what it costs."""
        longer = (*self.lengths_s[: self.place], self.lengths_s[self.place] + minutes * 60, *self.lengths_s[self.place + 1 :])
        return replace(self, lengths_s=longer)

    def at(self, now: float) -> AgendaMoment:
        """Return how it stands now."""
        used = self._counted(now).used_s
        left = self.lengths_s[self.place] - used[self.place]
        overall = self.planned_s - sum(used)
        needed = max(0.0, left) + sum(self.lengths_s[self.place + 1 :])
        return AgendaMoment(self.place, left, overall, needed - overall, self.is_running, self.place == len(self.lengths_s) - 1)

    def _at_place(self, place: int, now: float) -> AgendaClock:
        return replace(self._counted(now), place=place)

    def _counted(self, now: float) -> AgendaClock:
        """Add what has run since the last change to the part it belongs to."""
        if self.since is None:
            return self
        used = self.used_s[self.place] + max(0.0, now - self.since)
        return replace(self, used_s=(*self.used_s[: self.place], used, *self.used_s[self.place + 1 :]), since=now)
