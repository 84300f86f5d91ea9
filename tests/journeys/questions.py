"""What the tests about questions to a diagram have in common: a diagram understood, and an indicator made of a few words."""

from __future__ import annotations

from typing import Any

from slo_workbench.document.model import Indicator
from slo_workbench.journeys import Diagram, parse_diagram
from slo_workbench.journeys.coverage import Coverage, cover_journey
from slo_workbench.journeys.exchanges import Exchanges, read_exchanges
from slo_workbench.journeys.roles import Roles, read_roles


def understood(*lines: str, roles: Any = None) -> tuple[Diagram, Roles, Exchanges]:
    diagram, findings = parse_diagram("\n".join(["sequenceDiagram", *lines]))
    assert not [finding for finding in findings if finding.severity == "error"], findings
    read = read_roles(diagram, roles)
    return diagram, read, read_exchanges(diagram, read)


def indicator(id: str = "sli", *, kind: str = "availability", at: str = "load_balancer", **more: Any) -> Indicator:
    wanted = {"valid": "route = '/orders'", "good": "status < 500 and status <> 429", **more}
    return Indicator.model_validate(
        {"id": id, "journey": "buy", "kind": kind, "specification": "", "measured_at": at, "source": "log", **wanted}
    )


def covered(lines: tuple[str, ...], *indicators: Indicator, roles: Any = None) -> Coverage:
    diagram, read, _ = understood(*lines, roles=roles)
    return cover_journey(diagram, read, indicators)


def seen(coverage: Coverage) -> set[tuple[int, str]]:
    return {(one.call, one.mode.id) for one in coverage.modes if one.is_seen}
