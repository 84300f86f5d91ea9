"""When people come: the day, the week, and the minutes after a sale opens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slo_workbench.sample.incidents import to_epoch_ms

START = "2026-03-02T00:00:00Z"  # a Monday; the European clocks change on 29 March
ZONE = "Europe/London"
MINUTE_MS = 60_000
MINUTES_PER_WEEK = 7 * 24 * 60

# Sessions relative to the daily mean, at each full local hour: a lunch bump and a long evening.
HOURLY_SHAPE = (
    0.38, 0.20, 0.11, 0.07, 0.06, 0.10, 0.24, 0.52, 0.78, 0.92, 1.00, 1.05,
    1.24, 1.20, 1.05, 1.02, 1.10, 1.30, 1.58, 1.92, 2.10, 1.95, 1.45, 0.82,
)  # fmt: skip
WEEKDAY_SHAPE = (0.84, 0.85, 0.90, 0.98, 1.08, 1.24, 1.11)  # Monday first
SESSIONS_PER_MINUTE = 1.12


@dataclass(frozen=True)
class Sale:
    """A sale that opens: visitors jump to `peak` times the usual, stay for `plateau_min`, then halve every `half_life_min`.

    Requests jump higher than visitors, about 1.6 times as high, for people in a crowd came to buy and go further.
    """

    opens_local: str
    peak: float
    plateau_min: float
    half_life_min: float


SALES: tuple[Sale, ...] = (
    Sale("2026-03-06 10:00", 20, 14, 9),
    Sale("2026-03-10 10:00", 6, 10, 8),
    Sale("2026-03-13 10:00", 7, 12, 8),
    Sale("2026-03-19 10:00", 5, 10, 10),
    Sale("2026-03-20 10:00", 9, 12, 8),
    Sale("2026-03-27 10:00", 25, 18, 10),
    Sale("2026-04-02 10:00", 16, 15, 9),
    Sale("2026-04-08 10:00", 5, 10, 8),
    Sale("2026-04-10 10:00", 7, 10, 9),
    Sale("2026-04-17 10:00", 22, 16, 9),
    Sale("2026-04-21 10:00", 6, 10, 8),
    Sale("2026-04-24 10:00", 8, 12, 8),
)


@dataclass(frozen=True)
class Season:
    """The clock of one made-up world, by the minute.

    Attributes
    ----------
    start_ms, end_ms : int
        Half-open span in milliseconds since 1970.
    rate : ndarray of float, shape (minutes,)
        Sessions expected to start in each minute.
    crowd : ndarray of float, shape (minutes,)
        How many times the usual visitors; 1 when no sale has just opened.
    unrest : ndarray of float, shape (hours,)
        Factor, mean 1, on the share of failures: bad luck comes in clusters.
    local_hour : ndarray of float, shape (minutes,)
        Hour of the day in London, 0-24.
    """

    start_ms: int
    end_ms: int
    rate: NDArray[np.float64]
    crowd: NDArray[np.float64]
    unrest: NDArray[np.float64]
    local_hour: NDArray[np.float64]

    @property
    def n_days(self) -> int:
        """Whole UTC days in the season."""
        return len(self.rate) // 1440

    def find_minute(self, time_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index of the minute of each time; times after the end count for the last minute."""
        return np.minimum((time_ms - self.start_ms) // MINUTE_MS, len(self.rate) - 1)


def shape_crowd(minutes: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Times the usual visitors in each minute, at least 1.

    Some come early and wait, so the quarter of an hour before a sale is already busier.
    """
    crowd = np.ones(len(minutes))
    for sale in SALES:
        opens = pd.Timestamp(sale.opens_local, tz=ZONE)
        since = np.asarray((minutes - opens) / pd.Timedelta(minutes=1), dtype=np.float64)
        after = np.exp2(-np.clip(since - sale.plateau_min, 0, None) / sale.half_life_min)
        before = 0.12 * np.exp2(np.minimum(since, 0) / 4)
        crowd += (sale.peak - 1) * np.where(since >= 0, after, before)
    return crowd


def plan_season(rng: np.random.Generator, *, weeks: int, scale: float) -> Season:
    """The expected traffic of `weeks` whole weeks, `scale` times the usual number of sessions."""
    n_minutes = weeks * MINUTES_PER_WEEK
    minutes = pd.date_range(START, periods=n_minutes, freq="min")
    local = minutes.tz_convert(ZONE)
    hour = np.asarray(local.hour + local.minute / 60.0, dtype=np.float64)
    weekday = np.asarray(local.weekday, dtype=np.int64)
    by_hour = np.interp(hour, np.arange(25), (*HOURLY_SHAPE, HOURLY_SHAPE[0]))
    mood = np.repeat(rng.lognormal(0.0, 0.06, n_minutes // 1440), 1440)
    growth = 1.0 + 0.0022 * (np.arange(n_minutes) / 1440)
    crowd = shape_crowd(minutes)
    calm = by_hour * np.array(WEEKDAY_SHAPE)[weekday] * mood * growth
    start_ms = to_epoch_ms(START)
    return Season(
        start_ms=start_ms,
        end_ms=start_ms + n_minutes * MINUTE_MS,
        rate=SESSIONS_PER_MINUTE * scale * calm * crowd,
        crowd=crowd,
        unrest=rng.gamma(0.6, 1 / 0.6, n_minutes // 60),
        local_hour=hour,
    )


def draw_arrivals(season: Season, rate: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Sorted arrival times in milliseconds: Poisson counts in each minute, even within it."""
    counts = rng.poisson(rate)
    minute = np.repeat(np.arange(len(rate), dtype=np.int64), counts)
    within = rng.integers(0, MINUTE_MS, len(minute))
    return np.sort(season.start_ms + minute * MINUTE_MS + within)
