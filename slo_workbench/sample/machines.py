"""Requests that no person waits for: crawlers at night and the load balancer's health check."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slo_workbench.sample.answers import answer
from slo_workbench.sample.endpoints import CODE_OF, ENDPOINTS
from slo_workbench.sample.people import CRAWLER, PROBE
from slo_workbench.sample.rows import NO_VALUE, NOBODY, Rows, stack_rows
from slo_workbench.sample.traffic import MINUTE_MS, Season, draw_arrivals

PROBE_EVERY_MINUTES = 5
CRAWLS_PER_MINUTE = 2.4
CRAWL_TARGETS = {"GET /events": 0.15, "GET /events/{id}": 0.80, "GET /seatmap/{id}": 0.05}
CRAWLER_REFUSED_SHARE = 0.03  # the rate limiter does its work
CRAWLER_LOST_SHARE = 0.05  # old links


def make_machine_rows(name: str, time_ms: NDArray[np.int64], client: int, season: Season, rng: np.random.Generator) -> Rows:
    """Requests of one kind of machine to one endpoint at the given times."""
    n = len(time_ms)
    answers = answer(ENDPOINTS[CODE_OF[name]], time_ms, np.zeros(n, dtype=np.int64), season, rng)
    nobody = np.full(n, NOBODY, dtype=np.int64)
    return Rows(
        time_ms=time_ms,
        endpoint=np.full(n, CODE_OF[name], dtype=np.int64),
        status=answers.status,
        latency_ms=answers.latency_ms,
        user=nobody,
        session=nobody,
        client=np.full(n, client, dtype=np.int64),
        degraded=answers.degraded,
        value_cents=np.full(n, NO_VALUE, dtype=np.int64),
    )


def crawl(season: Season, rng: np.random.Generator, *, scale: float) -> Rows:
    """Requests of crawlers: from 1 to 5 at night in London, some nights much, others little; many refused or lost."""
    at_night = (season.local_hour >= 1) & (season.local_hour < 5)
    zeal = np.repeat(rng.gamma(2.0, 0.5, season.n_days), 1440)
    rate = CRAWLS_PER_MINUTE * scale * zeal * np.where(at_night, 1.0, 0.02)
    parts = []
    for name, part in CRAWL_TARGETS.items():
        rows = make_machine_rows(name, draw_arrivals(season, rate * part, rng), CRAWLER, season, rng)
        uniform = rng.random(len(rows))
        refused, lost = uniform < CRAWLER_REFUSED_SHARE, uniform > 1 - CRAWLER_LOST_SHARE
        rows.status[refused], rows.status[lost] = 429, 404
        rows.latency_ms[refused] = np.round(rng.uniform(1, 6, int(refused.sum())), 1)
        rows.degraded[refused | lost] = False
        parts.append(rows)
    return stack_rows(parts)


def probe(season: Season, rng: np.random.Generator) -> Rows:
    """Health checks, one every five minutes."""
    every_ms = PROBE_EVERY_MINUTES * MINUTE_MS
    time_ms = np.arange(season.start_ms, season.end_ms, every_ms, dtype=np.int64)
    return make_machine_rows("GET /healthz", time_ms + rng.integers(0, 900, len(time_ms)), PROBE, season, rng)
