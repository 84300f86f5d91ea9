"""Who comes: a few use the shop all day, most came once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slo_workbench.sample.traffic import Season, draw_arrivals

CLIENTS: tuple[str, ...] = ("web", "app", "crawler", "probe")
WEB, APP, CRAWLER, PROBE = range(4)

N_USERS = 26_000
# Sigma 1.25 makes the busiest of 26,000 about 150 times as busy as the median; with sessions of different length the busiest
# sends about a thousand times the requests of the laziest, the ratio reported for a large office suite (Hauer et al., NSDI 2020).
ACTIVITY_SPREAD = 1.25
APP_SHARE = 0.45
N_SHARDS = 8


@dataclass(frozen=True)
class Sessions:
    """Visits, one element each, sorted by start.

    Attributes
    ----------
    start_ms : ndarray of int64
        Milliseconds since 1970.
    user : ndarray of int64
        Number of the user, from 0.
    client : ndarray of int64
        Index into `CLIENTS`; a user keeps to one.
    shard : ndarray of int64
        Database shard, 0-7, of the event the visit is about.
    """

    start_ms: NDArray[np.int64]
    user: NDArray[np.int64]
    client: NDArray[np.int64]
    shard: NDArray[np.int64]


def draw_sessions(season: Season, rng: np.random.Generator, *, scale: float) -> Sessions:
    """Visits of a season, given to users by their activity."""
    n_users = max(50, round(N_USERS * scale))
    activity = rng.lognormal(0.0, ACTIVITY_SPREAD, n_users)
    favourite = np.where(rng.random(n_users) < APP_SHARE, APP, WEB)
    start_ms = draw_arrivals(season, season.rate, rng)
    user = rng.choice(n_users, size=len(start_ms), p=activity / activity.sum())
    shard = rng.integers(0, N_SHARDS, len(start_ms))
    return Sessions(start_ms=start_ms, user=user, client=favourite[user], shard=shard)
