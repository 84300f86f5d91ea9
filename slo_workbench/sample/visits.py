"""What people do: they walk through the shop step by step, try again when let down, and leave when it does not help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slo_workbench.sample.answers import answer, find_hammering
from slo_workbench.sample.endpoints import CODE_OF, ENDPOINTS, Endpoint
from slo_workbench.sample.people import APP, Sessions
from slo_workbench.sample.rows import NO_VALUE, Rows, is_failed, stack_rows
from slo_workbench.sample.traffic import Season


@dataclass(frozen=True)
class Step:
    """One step of a visit.

    Attributes
    ----------
    endpoint : str
        What is called.
    go_share, crowd_go_share : float
        Share of visitors still there who take the step, usually and in a crowd (they came to buy).
    mean_calls : float
        Mean number of calls of those who take it, at least 1.
    think_s : float
        Mean pause before each call, in seconds.
    is_gate : bool
        Whether the visit ends when the step never succeeds or is not taken.
    """

    endpoint: str
    go_share: float
    crowd_go_share: float
    mean_calls: float
    think_s: float
    is_gate: bool = False


VISIT: tuple[Step, ...] = (
    Step("GET /events", 0.72, 0.50, 1.35, 15),
    Step("GET /search", 0.25, 0.08, 1.3, 12),
    Step("GET /events/{id}", 0.92, 0.98, 1.35, 20, is_gate=True),
    Step("GET /seatmap/{id}", 0.62, 0.92, 1.6, 18, is_gate=True),
    Step("POST /login", 0.42, 0.50, 1.0, 12),
    Step("POST /holds", 0.66, 0.85, 1.0, 15, is_gate=True),
    Step("DELETE /holds/{id}", 0.06, 0.03, 1.0, 30),
    Step("POST /orders", 0.84, 0.84, 1.0, 45, is_gate=True),
    Step("GET /orders/{id}", 0.97, 0.97, 1.6, 4),
    Step("GET /tickets/{id}", 0.60, 0.60, 1.3, 240),
)

MAX_TRIES = 4
MAX_HAMMERING_TRIES = 30
# After an answer that is nobody's fault: choose other seats, another card, type the password again.
TRY_OTHERWISE_SHARE = {409: 0.7, 402: 0.55, 401: 0.8}
PRICES_CENTS = np.array([1850, 2900, 3950, 5500, 7900, 12000])
PRICE_SHARES = np.array([0.14, 0.24, 0.26, 0.20, 0.11, 0.05])
PARTY_SHARES = np.array([0.22, 0.50, 0.11, 0.13, 0.02, 0.02])
FEE_CENTS = 295


def draw_basket(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """What each visitor would pay, in EUR cents: tickets of one price band and a booking fee."""
    price = rng.choice(PRICES_CENTS, n, p=PRICE_SHARES)
    party = rng.choice(np.arange(1, 7), n, p=PARTY_SHARES)
    basket: NDArray[np.int64] = price * party + FEE_CENTS
    return basket


def choose_retries(endpoint: Endpoint, tried: Rows, n_tries: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions in `tried` that are tried again, and when (ms since 1970).

    People repeat a bit more than half of their failures after some ten seconds, up to `MAX_TRIES`. The faulty app build
    repeats nearly all, after 1.5 seconds.
    """
    share = np.where(is_failed(tried.status), 0.55, 0.0)
    for status, otherwise in TRY_OTHERWISE_SHARE.items():
        share[tried.status == status] = otherwise
    hammering = find_hammering(endpoint, tried.time_ms) & (tried.client == APP) & is_failed(tried.status)
    share[hammering] = 0.97
    if n_tries >= MAX_TRIES:
        share[~hammering] = 0.0
    again = np.flatnonzero(rng.random(len(tried)) < share)
    pause_ms = np.where(hammering[again], 1_200 + rng.exponential(300, len(again)), 3_000 + rng.exponential(8_000, len(again)))
    finished = tried.time_ms[again] + np.nan_to_num(tried.latency_ms[again], nan=endpoint.timeout_ms)
    return again, (finished + pause_ms).astype(np.int64)


def call(
    endpoint: Endpoint,
    session: NDArray[np.int64],
    time_ms: NDArray[np.int64],
    sessions: Sessions,
    basket_cents: NDArray[np.int64],
    season: Season,
    rng: np.random.Generator,
) -> Rows:
    """Calls of sessions to one endpoint at the given times, and their retries until they work or are given up."""
    parts = []
    for n_tries in range(1, MAX_HAMMERING_TRIES + 1):
        answers = answer(endpoint, time_ms, sessions.shard[session], season, rng)
        is_order = endpoint.name == "POST /orders"
        parts.append(
            Rows(
                time_ms=time_ms,
                endpoint=np.full(len(time_ms), CODE_OF[endpoint.name], dtype=np.int64),
                status=answers.status,
                latency_ms=answers.latency_ms,
                user=sessions.user[session],
                session=session,
                client=sessions.client[session],
                degraded=answers.degraded,
                value_cents=basket_cents[session] if is_order else np.full(len(time_ms), NO_VALUE, dtype=np.int64),
            )
        )
        again, time_ms = choose_retries(endpoint, parts[-1], n_tries, rng)
        if len(again) == 0:
            break
        session = session[again]
    return stack_rows(parts)


def space_calls(step: Step, n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For `n` visitors: whose call each is (position 0..n-1), and how long after the visitor's clock, in ms."""
    n_calls = rng.geometric(1 / step.mean_calls, n) if step.mean_calls > 1 else np.ones(n, dtype=np.int64)
    whose = np.repeat(np.arange(n), n_calls)
    pauses = 400 + rng.exponential(step.think_s * 1000, len(whose))
    total = np.cumsum(pauses)
    before = np.concatenate([[0.0], total])[np.cumsum(n_calls) - n_calls]
    return whose, total - before[whose]


def walk_visits(sessions: Sessions, season: Season, rng: np.random.Generator) -> Rows:
    """All requests of all visits, in no particular order; late ones may fall after the season's end."""
    n = len(sessions.start_ms)
    basket_cents = draw_basket(n, rng)
    in_crowd = season.crowd[season.find_minute(sessions.start_ms)] > 3
    clock_ms = sessions.start_ms.astype(np.float64)
    still_there = np.ones(n, dtype=np.bool_)
    parts = []
    for step in VISIT:
        endpoint = ENDPOINTS[CODE_OF[step.endpoint]]
        takes = still_there & (rng.random(n) < np.where(in_crowd, step.crowd_go_share, step.go_share))
        visitors = np.flatnonzero(takes)
        whose, after_ms = space_calls(step, len(visitors), rng)
        session = visitors[whose]
        time_ms = (clock_ms[session] + after_ms).astype(np.int64)
        made = call(endpoint, session, time_ms, sessions, basket_cents, season, rng)
        parts.append(made)
        np.maximum.at(clock_ms, made.session, made.time_ms + np.nan_to_num(made.latency_ms, nan=endpoint.timeout_ms))
        if step.is_gate:
            passed = np.zeros(n, dtype=np.bool_)
            passed[made.session[np.isin(made.status, (endpoint.ok_status, 304))]] = True
            still_there &= passed
    return stack_rows(parts)
