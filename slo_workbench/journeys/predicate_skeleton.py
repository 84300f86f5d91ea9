"""What a candidate would count, in the predicate language, as far as the data allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Skeleton", "round_up_ms", "shown_ms"]

# up to so many ms, in steps of so many
_STEPS_MS = ((10_000.0, 50.0), (60_000.0, 1_000.0), (math.inf, 5_000.0))


@dataclass(frozen=True)
class Skeleton:
    """What a candidate would count, in the predicate language, as far as the data allows.

    Parameters
    ----------
    source : str, optional
        Name of the source it fits; ``None`` when none does, and then `valid` and `good` show what rows would have to hold.
    valid, good : str
    thresholds_ms : tuple of float
        Places to begin: what 90 % and 99 % of the events stay within today.
    notes : tuple of str
        What to know about the data.
    missing : tuple of str
        What the data would need.
    """

    source: str | None
    valid: str
    good: str
    thresholds_ms: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether it can be counted as it stands."""
        return self.source is not None and not self.missing


def round_up_ms(*latencies_ms: float | None) -> tuple[float, ...]:
    """Round latencies up to steps of 50 ms, as the SRE Workbook does (Google, 2018, chapter 2), and more coarsely above ten seconds.

    Those that are not known are left out.

    Examples
    --------
    >>> round_up_ms(432.0, None, 891.0), round_up_ms(67_018.0)
    ((450.0, 900.0), (70000.0,))
    """
    rounded = set()
    for value in filter(None, latencies_ms):
        step = next(step for limit, step in _STEPS_MS if value <= limit)
        rounded.add(math.ceil(value / step) * step)
    return tuple(sorted(rounded))


def shown_ms(value: float | None) -> str:
    """Write a latency that the data shows."""
    return f"{value or 0.0:,.0f} ms"
