"""What the service answers: status, latency and whether the answer is degraded.

One uniform draw decides the status: the shares of all the ways an answer can turn out are laid end to end, and what is left
over is the plain success.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slo_workbench.sample.endpoints import Endpoint
from slo_workbench.sample.incidents import effects_on
from slo_workbench.sample.rows import is_failed
from slo_workbench.sample.traffic import Season

# Quiet-day failures, split by kind.
FAILURE_KINDS = ((500, 0.50), (502, 0.14), (503, 0.12), (504, 0.14), (499, 0.10))
TAIL_SHARE = 0.02  # cold caches, lock waits, garbage collection
TAIL_SPREAD = 0.75


@dataclass(frozen=True)
class Answers:
    """Answers to requests, one element each: HTTP status, latency in ms (NaN when never finished), degraded or not."""

    status: NDArray[np.int64]
    latency_ms: NDArray[np.float64]
    degraded: NDArray[np.bool_]


@dataclass(frozen=True)
class Trouble:
    """What incidents add at each request: failures as (status, share) pairs, a latency factor, a degraded share."""

    failures: list[tuple[int, NDArray[np.float64]]]
    slow_factor: NDArray[np.float64]
    degraded_share: NDArray[np.float64]


def find_trouble(endpoint: Endpoint, time_ms: NDArray[np.int64], shard: NDArray[np.int64]) -> Trouble:
    """The effects of all incidents on requests to one endpoint."""
    slow_factor, degraded_share = np.ones(len(time_ms)), np.zeros(len(time_ms))
    failures = []
    for incident, effect in effects_on(endpoint.name):
        hit = (time_ms >= incident.start_ms) & (time_ms < incident.end_ms)
        if effect.shards:
            hit &= np.isin(shard, effect.shards)
        failures.append((effect.error_status, np.where(hit, effect.error_share, 0.0)))
        slow_factor[hit] *= effect.slow_factor
        degraded_share[hit] += effect.degraded_share
    return Trouble(failures, slow_factor, degraded_share)


def draw_status(
    endpoint: Endpoint,
    crowd: NDArray[np.float64],
    unrest: NDArray[np.float64],
    trouble: Trouble,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Status of each request. A crowd brings 429 and 503, and seats that are already taken (409)."""
    excess = np.clip(crowd / 7 - 0.6, 0, None)  # nothing below four times the usual visitors
    taken = np.minimum(1 + 0.15 * (crowd - 1), 6)
    ways: list[tuple[int, NDArray[np.float64]]] = list(trouble.failures)
    if endpoint.route != "/healthz":
        ways += [(429, 0.0016 * excess), (503, 0.0006 * excess)]
    ways += [(status, endpoint.failure_share * part * unrest) for status, part in FAILURE_KINDS]
    ways += [(status, share * (taken if status == 409 else np.ones_like(taken))) for status, share in endpoint.told]
    uniform, upto = rng.random(len(crowd)), np.zeros(len(crowd))
    status = np.full(len(crowd), endpoint.ok_status, dtype=np.int64)
    for way, share in ways:
        status[(uniform >= upto) & (uniform < upto + share)] = way
        upto = upto + share
    return status


def draw_latency(
    endpoint: Endpoint,
    status: NDArray[np.int64],
    slow: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Latency in ms, rounded to 0.1, before time-outs: lognormal with a heavier tail; refusals are quick."""
    n = len(status)
    latency = endpoint.median_ms * slow * np.exp(endpoint.spread * rng.standard_normal(n))
    tail = rng.random(n) < TAIL_SHARE
    latency *= np.where(tail, 2.5 * np.exp(TAIL_SPREAD * np.abs(rng.standard_normal(n))), 1.0)
    refused = np.isin(status, (429, 503))
    latency = np.where(refused, 6.0 * np.exp(0.5 * rng.standard_normal(n)), latency)
    latency = np.where(status == 304, 0.4 * latency, latency)
    return np.maximum(np.round(latency, 1), 0.3)


def answer(
    endpoint: Endpoint,
    time_ms: NDArray[np.int64],
    shard: NDArray[np.int64],
    season: Season,
    rng: np.random.Generator,
) -> Answers:
    """Answers to requests on one endpoint, given when they came and which shard their event lives on."""
    minute = season.find_minute(time_ms)
    crowd = season.crowd[minute]
    trouble = find_trouble(endpoint, time_ms, shard)
    status = draw_status(endpoint, crowd, season.unrest[minute // 60], trouble, rng)
    # Ten times the visitors cost half as much time again, twenty-five times nearly three times.
    load = 1 + 0.045 * (crowd - 1) + (crowd / 28) ** 3
    latency = draw_latency(endpoint, status, load * trouble.slow_factor, rng)
    timed_out = (latency >= endpoint.timeout_ms) & ~is_failed(status)
    status = np.where(timed_out, 504, status)
    waited = np.where(status == 504, endpoint.timeout_ms + rng.integers(0, 400, len(status)) / 10, latency)
    left = np.round(endpoint.timeout_ms * rng.uniform(0.3, 1.0, len(status)), 1)
    latency = np.where(status == 499, left, waited)
    # The log line of a broken connection often lacks its timing.
    unknown = np.isin(status, (499, 504)) & (rng.random(len(status)) < 0.4)
    latency = np.where(unknown, np.nan, latency)
    stale = endpoint.degraded_share * (1 + np.clip(crowd - 3, 0, None) ** 1.2) + trouble.degraded_share
    degraded = (rng.random(len(status)) < stale) & np.isin(status, (200, 304)) & (endpoint.degraded_share > 0)
    return Answers(status, latency, degraded)


def find_hammering(endpoint: Endpoint, time_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the faulty app build would hammer at each time."""
    hammering = np.zeros(len(time_ms), dtype=np.bool_)
    for incident, effect in effects_on(endpoint.name):
        if effect.hammering:
            hammering |= (time_ms >= incident.start_ms) & (time_ms < incident.end_ms)
    return hammering
