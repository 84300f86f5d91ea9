"""What is injected into Stagedoor, and when: the known truth that an analysis has to find again.

The list is data. Times are UTC and half-open ``[start, end)``; shares are 0-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Effect:
    """What an incident does to some endpoints while it lasts.

    Attributes
    ----------
    endpoints : tuple of str
        Names such as ``POST /orders``.
    error_share, error_status : float, int
        Share of requests that fail in addition, and with which status.
    slow_factor : float
        Latency is multiplied by this.
    degraded_share : float
        Share of successes served degraded in addition.
    shards : tuple of int
        Only requests for events on these of the eight shards are hit; empty means all.
    hammering : bool
        Whether the mobile app retries at once and many times, as its faulty build did.
    """

    endpoints: tuple[str, ...]
    error_share: float = 0.0
    error_status: int = 500
    slow_factor: float = 1.0
    degraded_share: float = 0.0
    shards: tuple[int, ...] = ()
    hammering: bool = False


@dataclass(frozen=True)
class Incident:
    """One thing that went wrong, or, with no `journeys`, one that only looks as if.

    Attributes
    ----------
    id, start, end, cause, injected : str
        Name; ISO 8601 times in UTC; what people later called the cause; what the generator really does.
    journeys : tuple of str
        Journeys harmed: ``browse``, ``choose-seats``, ``buy``, ``receive``, ``settle``.
    effects : tuple of Effect
        Changes to the answers of requests.
    hides_requests : bool
        Whether request rows are missing from the log.
    blocks_deliveries : bool
        Whether ticket deliveries wait until the end.
    processed_share, wrong_share : float
        For the settlement runs inside: rows done, and wrong rows among the done.
    breaks_off_settlement : bool
        Whether the settlement runs inside stop before they are done, and so are not done in time.
    extra_tickets : int
        Support tickets a day that come without any failure.
    """

    id: str
    start: str
    end: str
    cause: str
    injected: str
    journeys: tuple[str, ...]
    effects: tuple[Effect, ...] = field(default=())
    hides_requests: bool = False
    blocks_deliveries: bool = False
    processed_share: float = 1.0
    wrong_share: float = 0.0
    breaks_off_settlement: bool = False
    extra_tickets: int = 0

    @property
    def start_ms(self) -> int:
        """First millisecond since 1970-01-01T00:00Z."""
        return to_epoch_ms(self.start)

    @property
    def end_ms(self) -> int:
        """First millisecond after the incident, since 1970-01-01T00:00Z."""
        return to_epoch_ms(self.end)


def to_epoch_ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time that ends in Z.

    Examples
    --------
    >>> to_epoch_ms("1970-01-01T00:01:00Z")
    60000
    """
    return int(datetime.fromisoformat(text).timestamp()) * 1000


INCIDENTS: tuple[Incident, ...] = (
    Incident(
        "payment-slow",
        "2026-03-05T18:10:00Z",
        "2026-03-05T20:40:00Z",
        "The payment provider answered slowly on a busy evening",
        "POST /orders takes 8 times as long, so that some time out (504); another 8 % fail with 502",
        ("buy",),
        (Effect(("POST /orders",), error_share=0.08, error_status=502, slow_factor=8.0),),
    ),
    Incident(
        "seatmap-shards",
        "2026-03-14T17:05:00Z",
        "2026-03-14T18:00:00Z",
        "Two of eight seat-map database shards lost their primary",
        "97 % of GET /seatmap/{id} for events on 2 of 8 shards fail with 500",
        ("choose-seats",),
        (Effect(("GET /seatmap/{id}",), error_share=0.97, error_status=500, shards=(2, 5)),),
    ),
    Incident(
        "bad-deploy",
        "2026-03-18T18:12:00Z",
        "2026-03-18T18:50:00Z",
        "A release with a broken session lookup, rolled back",
        "18 % of requests to browsing, seat, hold and order routes fail with 500; /healthz stays green",
        ("browse", "choose-seats", "buy"),
        (
            Effect(
                ("GET /events", "GET /events/{id}", "GET /search", "GET /seatmap/{id}", "POST /holds", "POST /orders"),
                error_share=0.18,
                error_status=500,
            ),
        ),
    ),
    Incident(
        "settlement-duplicates",
        "2026-03-22T03:00:00Z",
        "2026-03-22T04:00:00Z",
        "A venue's file was read twice",
        "3 % of the rows of one settlement run are wrong",
        ("settle",),
        wrong_share=0.03,
    ),
    Incident(
        "monitoring-hole",
        "2026-03-26T12:30:00Z",
        "2026-03-26T15:30:00Z",
        "The log shipper's disk was full",
        "no request rows at all for 3 h; the service was well, and deliveries, kept elsewhere, go on",
        (),
        hides_requests=True,
    ),
    Incident(
        "delivery-backlog",
        "2026-03-31T17:30:00Z",
        "2026-03-31T22:00:00Z",
        "The ticket mail worker hung on one message",
        "tickets sold meanwhile wait until the end and then leave one after another; 1 % never do",
        ("receive",),
        blocks_deliveries=True,
    ),
    Incident(
        "retry-storm",
        "2026-04-02T09:03:00Z",
        "2026-04-02T09:13:00Z",
        "An app release without back-off met a big sale",
        "65 % of POST /holds and 15 % of POST /orders fail with 503 and the app repeats them about every 1.5 s",
        ("choose-seats", "buy"),
        (
            Effect(("POST /holds",), error_share=0.65, error_status=503, hammering=True),
            Effect(("POST /orders",), error_share=0.15, error_status=503, hammering=True),
        ),
    ),
    Incident(
        "settlement-half-done",
        "2026-04-09T03:00:00Z",
        "2026-04-09T04:00:00Z",
        "The nightly job ran out of memory",
        "one settlement run processes 52 % of its rows",
        ("settle",),
        processed_share=0.52,
        breaks_off_settlement=True,
    ),
    Incident(
        "stale-event-list",
        "2026-04-11T08:00:00Z",
        "2026-04-11T13:00:00Z",
        "The cache of the event list was not refreshed",
        "70 % of GET /events answers are degraded (stale); nothing fails",
        ("browse",),
        (Effect(("GET /events",), degraded_share=0.70),),
    ),
    Incident(
        "payment-down",
        "2026-04-14T19:15:00Z",
        "2026-04-14T19:33:00Z",
        "The payment provider was down",
        "85 % of POST /orders fail with 502",
        ("buy",),
        (Effect(("POST /orders",), error_share=0.85, error_status=502),),
    ),
    Incident(
        "tour-postponed",
        "2026-04-16T00:00:00Z",
        "2026-04-17T00:00:00Z",
        "A headliner postponed a tour",
        "many support tickets on a day on which the service was well",
        (),
        extra_tickets=90,
    ),
    Incident(
        "connection-leak",
        "2026-04-20T05:00:00Z",
        "2026-04-22T10:00:00Z",
        "Database connections leaked slowly until a restart",
        "0.8 % of GET /seatmap/{id} and POST /holds fail with 503 and both are 1.6 times as slow, for 53 h",
        ("choose-seats",),
        (
            Effect(
                ("GET /seatmap/{id}", "POST /holds"),
                error_share=0.008,
                error_status=503,
                slow_factor=1.6,
            ),
        ),
    ),
)


def effects_on(endpoint_name: str) -> Iterator[tuple[Incident, Effect]]:
    """Every effect on an endpoint, with its incident."""
    for incident in INCIDENTS:
        for effect in incident.effects:
            if endpoint_name in effect.endpoints:
                yield incident, effect
