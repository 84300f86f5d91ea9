"""What each measuring point sees of a candidate on this very diagram, and what it misses there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_workbench.document.model import Indicator
from slo_workbench.document.sli_menu import MEASURING_POINTS, MeasuringPoint, SliKind
from slo_workbench.journeys.coverage import cover_journey
from slo_workbench.journeys.exchanges import Exchanges
from slo_workbench.journeys.failure_modes import FAILURE_MODES
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.journeys.wording import first_line

__all__ = ["PointView", "points_for", "view_from"]

_OF_REQUESTS: tuple[MeasuringPoint, ...] = ("load_balancer", "server_log", "application_metric", "prober", "client")
_WITHOUT_FRONT: tuple[MeasuringPoint, ...] = ("server_log", "application_metric", "load_balancer", "prober", "client")
_OF_WORK: tuple[MeasuringPoint, ...] = ("application_metric", "server_log", "prober")
_ORDER = list(FAILURE_MODES)


@dataclass(frozen=True)
class PointView:
    """One measuring point.

    Parameters
    ----------
    point : MeasuringPoint
    sees, misses : tuple of str
        Failures in words, of those that this kind of SLI can see from anywhere.
    n_sees, n_possible : int
        How many failures it sees, of how many that could be seen from somewhere.
    in_general : str
        What is said of the point on any diagram.
    """

    point: MeasuringPoint
    sees: tuple[str, ...]
    misses: tuple[str, ...]
    n_sees: int
    n_possible: int
    in_general: str


def points_for(kind: SliKind, *, at_client: bool = False, of_requests: bool = True, has_front: bool = True) -> tuple[MeasuringPoint, ...]:
    """Return the points at which a kind of SLI can be measured, the usual one first.

    Examples
    --------
    >>> points_for("durability"), points_for("availability", at_client=True)
    (('prober', 'application_metric'), ('client', 'prober'))
    """
    if at_client:
        return ("client", "prober")
    if kind == "durability":
        return ("prober", "application_metric")
    if of_requests and kind in ("availability", "latency", "quality", "correctness"):
        return _OF_REQUESTS if has_front else _WITHOUT_FRONT
    return _OF_WORK


def view_from(
    diagram: Diagram,
    roles: Roles,
    kind: SliKind,
    arrows: Sequence[str],
    points: Sequence[MeasuringPoint],
    *,
    exchanges: Exchanges | None = None,
) -> tuple[PointView, ...]:
    r"""Compare measuring points for an SLI of a kind that counts the named arrows.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>Gateway: GET /\n Gateway->>Shop: page\n Shop-->>Fan: 200")
    >>> gateway, log = view_from(diagram, read_roles(diagram), "availability", ["GET /"], ["load_balancer", "server_log"])
    >>> 'GET /: the front end answers with an error of its own, or gives up waiting' in log.misses
    True
    >>> gateway.n_sees, log.n_sees, log.n_possible
    (2, 1, 4)
    """
    seen = {}
    for point in dict.fromkeys([*points, "client"]):
        here = Indicator(id="here", journey="x", kind=kind, specification="", measured_at=point, source="x", valid="true", good="true",
                         arrows=tuple(arrows))  # fmt: skip
        coverage = cover_journey(diagram, roles, [here], exchanges=exchanges)
        seen[point] = {(one.call, one.mode.id) for one in coverage.modes if one.is_seen}
    possible = set().union(*seen.values())
    texts = {number: first_line(message.shown) for number, message in enumerate(diagram.messages)}

    def told(failures: set[tuple[int, str]]) -> tuple[str, ...]:
        ordered = sorted(failures, key=lambda failure: (failure[0], _ORDER.index(failure[1])))
        return tuple(f"{texts[call]}: {FAILURE_MODES[id].words}" for call, id in ordered)

    return tuple(
        PointView(point, told(seen[point]), told(possible - seen[point]), len(seen[point]), len(possible), MEASURING_POINTS[point])
        for point in points
    )
