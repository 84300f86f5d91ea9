"""Pyrra's ``ServiceLevelObjective``, one file each.

Pyrra (Apache-2.0, https://github.com/pyrra-dev/pyrra) takes plain selectors only, rolling windows only, and has burn
rates of its own: 14, 7, 2 and 1, with pending times, whatever tiers the workbook has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slo_workbench.analysis.alert_tiers import preset_tiers
from slo_workbench.document.findings import Finding
from slo_workbench.exports.events import Events
from slo_workbench.exports.exact_numbers import exact_text, percent_text
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.selectors import Matcher
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document
from slo_workbench.units import format_share

__all__ = ["SERVICE_LABEL", "render_pyrra"]

SERVICE_LABEL = "pyrra.dev/slo_service"
JOURNEY_LABEL = "pyrra.dev/journey"
_NOTES = """\
Pyrra's alerts have burn rates of their own (14, 7, 2, 1), not the workbook's; factors of formats are not interchangeable."""
_WHOLE = "The edge le is written as Prometheus 2 has it; Prometheus 3 has {edge}.0, see Pyrra's own switch for the migration."


def render_pyrra(objectives: Sequence[ExportedObjective]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Write a file for each objective that Pyrra can hold.

    Returns
    -------
    (dict of file name to text, tuple of Finding)
        Findings name objectives that count good events, alerts that can never fire, and edges that Prometheus 3 writes otherwise.
    """
    files: dict[str, str] = {}
    findings: list[Finding] = []
    for one in objectives:
        indicator = _indicator(one.events)
        if indicator is None:
            message = f"Pyrra counts bad events, and the selectors of {one.id!r} name good ones; it is left out there"
            findings.append(Finding("pyrra-good", message, "warning", "write selectors.bad instead of good", one.id))
            continue
        findings += _remarks(one)
        files[f"{one.name}.yaml"] = _file(one, indicator)
    return files, tuple(findings)


def _indicator(events: Events) -> dict[str, Any] | None:
    total = {"metric": str(events.valid)}
    if events.bad is not None:
        return {"ratio": {"errors": {"metric": str(events.bad)}, "total": total}}
    if events.histogram is None or events.threshold_seconds is None:
        return None
    edge = Matcher("le", "=", exact_text(events.threshold_seconds))
    return {
        "latency": {"success": {"metric": str(events.histogram.called(f"{events.histogram.metric}_bucket").having(edge))}, "total": total}
    }


def _edge_note(objective: ExportedObjective) -> str:
    seconds = objective.events.threshold_seconds
    return _WHOLE.format(edge=exact_text(seconds)) if seconds is not None and seconds == seconds.to_integral_value() else ""


def _remarks(objective: ExportedObjective) -> list[Finding]:
    found = []
    never = [tier for tier in preset_tiers("pyrra", objective.window_days) if tier.bad_share(objective.target) >= 1]
    if never:
        rates = ", ".join(exact_text(tier.burn_rate) for tier in never)
        message = f"Pyrra's alerts at {rates} times the budget can never fire for {format_share(objective.target)}"
        found.append(Finding("pyrra-never", message, "warning", "the slower ones do; or take the Prometheus rules", objective.id))
    note = _edge_note(objective)
    if note:
        found.append(Finding("pyrra-edge", note, "note", "look how your Prometheus writes the edge", objective.id))
    return found


def _file(objective: ExportedObjective, indicator: dict[str, Any]) -> str:
    labels = {SERVICE_LABEL: objective.service, JOURNEY_LABEL: objective.journey}
    spec: dict[str, Any] = {"description": objective.specification} if objective.specification else {}
    spec |= {"target": percent_text(objective.target), "window": f"{objective.window_days}d", "indicator": indicator}
    content = {
        "apiVersion": "pyrra.dev/v1alpha1",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": objective.name, "labels": labels},
        "spec": spec,
    }
    notes = [_NOTES, *filter(None, [_edge_note(objective)])]
    return render_document(content, comment_lines(objective.origin, f"Pyrra objective {objective.name}", *notes))
