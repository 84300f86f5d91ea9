"""What each measuring point sees of a candidate on this very diagram, and what it misses there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_workbench.document.model import Indicator
from slo_workbench.document.sli_menu import MEASURING_POINTS, MeasuringPoint, SliKind
from slo_workbench.journeys.coverage import cover_journey
from slo_workbench.journeys.failure_modes import FAILURE_MODES
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram

__all__ = ["PointView", "points_for", "view_from"]

_REQUEST_POINTS: tuple[MeasuringPoint, ...] = ("load_balancer", "server_log", "application_metric", "prober", "client")
_ORDER = list(FAILURE_MODES)
_WORK_POINTS: tuple[MeasuringPoint, ...] = ("application_metric", "server_log", "prober")


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


def points_for(kind: SliKind, *, at_client: bool = False) -> tuple[MeasuringPoint, ...]:
    """Return the points at which a kind of SLI can be measured.

    Examples
    --------
    >>> points_for("durability")
    ('prober', 'application_metric')
    """
    if at_client:
        return ("client", "prober")
    if kind in ("availability", "latency", "quality"):
        return _REQUEST_POINTS
    if kind == "durability":
        return ("prober", "application_metric")
    return _WORK_POINTS


def view_from(
    diagram: Diagram, roles: Roles, kind: SliKind, arrows: Sequence[str], points: Sequence[MeasuringPoint]
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
        coverage = cover_journey(diagram, roles, [here])
        seen[point] = {(one.call, one.mode.id) for one in coverage.modes if one.is_seen}
    possible = set().union(*seen.values())
    texts = {number: " ".join(message.shown.split()) or "(no text)" for number, message in enumerate(diagram.messages)}

    def told(failures: set[tuple[int, str]]) -> tuple[str, ...]:
        ordered = sorted(failures, key=lambda failure: (failure[0], _ORDER.index(failure[1])))
        return tuple(f"{texts[call]}: {FAILURE_MODES[id].words}" for call, id in ordered)

    return tuple(
        PointView(point, told(seen[point]), told(possible - seen[point]), len(seen[point]), len(possible), MEASURING_POINTS[point])
        for point in points
    )
