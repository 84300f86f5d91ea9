"""The routes of Stagedoor: what each answers on a quiet day, and how fast."""

from __future__ import annotations

from dataclasses import dataclass

PAYMENT_TIMEOUT_MS = 15_000.0
GATEWAY_TIMEOUT_MS = 30_000.0


@dataclass(frozen=True)
class Endpoint:
    """One method on one route, with the behaviour of its answers.

    Attributes
    ----------
    method, route : str
        As written into `requests.parquet`.
    ok_status : int
        The status of the plain success.
    median_ms, spread : float
        Median latency in milliseconds and sigma of its logarithm, without load.
    failure_share : float
        Share (0-1) of requests that fail on a quiet day.
    told : tuple of (status, share)
        Answers that tell the caller something other than the plain success, though the service works: not modified,
        wrong password, card declined, seat taken.
    degraded_share : float
        Share (0-1) of successes served from a stale cache or without live colours on a quiet day.
    timeout_ms : float
        When the load balancer gives up and answers 504.
    """

    method: str
    route: str
    ok_status: int
    median_ms: float
    spread: float
    failure_share: float
    told: tuple[tuple[int, float], ...] = ()
    degraded_share: float = 0.0
    timeout_ms: float = GATEWAY_TIMEOUT_MS

    @property
    def name(self) -> str:
        """Method and route in one string, such as ``POST /orders``."""
        return f"{self.method} {self.route}"


# The order is the code under which a row remembers its endpoint: append, never reorder.
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/events", 200, 48, 0.55, 0.0002, ((304, 0.12),), degraded_share=0.003),
    Endpoint("GET", "/search", 200, 95, 0.65, 0.0003, ((400, 0.002),)),
    Endpoint("GET", "/events/{id}", 200, 62, 0.55, 0.0002, ((304, 0.08), (404, 0.006))),
    Endpoint("GET", "/seatmap/{id}", 200, 150, 0.60, 0.0004, ((404, 0.001),), degraded_share=0.005),
    Endpoint("POST", "/login", 200, 180, 0.35, 0.0002, ((401, 0.07),)),
    Endpoint("POST", "/holds", 201, 120, 0.55, 0.0004, ((409, 0.04), (400, 0.001))),
    Endpoint("DELETE", "/holds/{id}", 204, 70, 0.45, 0.0002, ((404, 0.01),)),
    # Slow because a third party is asked while the buyer waits.
    Endpoint("POST", "/orders", 201, 880, 0.42, 0.0005, ((402, 0.025), (409, 0.004)), timeout_ms=PAYMENT_TIMEOUT_MS),
    Endpoint("GET", "/orders/{id}", 200, 55, 0.50, 0.0002, ((404, 0.0005),)),
    Endpoint("GET", "/tickets/{id}", 200, 85, 0.55, 0.0002, ((304, 0.10),)),
    Endpoint("GET", "/healthz", 200, 2.5, 0.30, 0.0002),
)

CODE_OF: dict[str, int] = {endpoint.name: code for code, endpoint in enumerate(ENDPOINTS)}
