"""The SLI menu: the kinds a team chooses from, and what each one counts.

After the menu of "The Art of SLOs" (Google, CC BY 4.0,
https://sre.google/resources/practices-and-processes/art-of-slos/), in our own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["MEASURING_POINTS", "SLI_MENU", "MeasuringPoint", "SliKind", "SliMenuEntry"]

SliKind = Literal["availability", "latency", "quality", "freshness", "coverage", "correctness", "throughput", "durability", "completion"]
MeasuringPoint = Literal["server_log", "application_metric", "load_balancer", "prober", "client"]


@dataclass(frozen=True)
class SliMenuEntry:
    """One kind of SLI.

    Parameters
    ----------
    group : str
        The kind of interaction it suits.
    share_of : str
        What the ratio counts, to be read after "the share of".
    decide : str
        What the team must settle before it can be measured.
    event : str
        What one counted event is called.
    """

    group: str
    share_of: str
    decide: str
    event: str = "request"


SLI_MENU: dict[SliKind, SliMenuEntry] = {
    "availability": SliMenuEntry("request and response", "valid requests that succeeded", "which requests are valid, what success is"),
    "latency": SliMenuEntry(
        "request and response", "valid requests answered faster than a threshold", "where the timer starts and stops, the thresholds"
    ),
    "quality": SliMenuEntry("request and response", "valid requests served undegraded", "what degraded means and how an answer is marked"),
    "freshness": SliMenuEntry(
        "data processing", "valid data delivered or updated within a threshold", "which data is valid, the threshold", "item"
    ),
    "coverage": SliMenuEntry("data processing", "valid data processed successfully", "what should have been processed", "item"),
    "correctness": SliMenuEntry("data processing", "valid data that gave the right output", "who knows the right output", "item"),
    "throughput": SliMenuEntry(
        "data processing",
        "time slices in which the processing rate exceeded a threshold",
        "the unit of work, the threshold",
        "slice",
    ),
    "durability": SliMenuEntry("storage", "written records that can be read back", "which records, how they are probed", "record"),
    "completion": SliMenuEntry("scheduled work", "runs due that finished in time", "when a run is due and when it is done", "run"),
}

MEASURING_POINTS: dict[MeasuringPoint, str] = {
    "server_log": "server logs: backfill history and follow users, but never see requests that do not arrive",
    "application_metric": "application metrics: cheap and quick, but blind to what fails before the application",
    "load_balancer": "load balancer or front end: sees requests the application never gets, but not their payload",
    "prober": "synthetic clients: the whole path at any traffic, but only the scripted paths",
    "client": "client instrumentation: the truest view, third parties included, but delayed and full of things outside your control",
}
