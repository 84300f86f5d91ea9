"""What OpenSLO v1 cannot hold, in a document beside it: why, who, until when, and what else was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.model import Workbook
from slo_workbench.document.yaml_merge import written_values
from slo_workbench.exports.exact_numbers import factor_text, percent_text, window_text, written_factor
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document

__all__ = ["render_companion"]

_WHOLE = ("policy", "exclusions", "risks", "reviews")
_OF_OBJECTIVE = ("reason", "owner", "status", "ambition", "next_review", "confidence")


def render_companion(workbook: Workbook, objectives: Sequence[ExportedObjective], file: str) -> str:
    """Write the companion of an OpenSLO file, from the workbook's own words."""
    written = written_values(workbook)
    exported = {one.id: one for one in objectives}
    content: dict[str, Any] = {"companion_of": file, "service": written["service"], "objectives": [], "left_out": []}
    for one in written.get("objectives", ()):
        told = _objective(one, exported.get(one["id"]))
        content["objectives" if one["id"] in exported else "left_out"].append(told)
    content["journeys"] = [_journey(one) for one in written.get("journeys", ())]
    content |= {name: written[name] for name in _WHOLE if written.get(name)}
    content = {name: value for name, value in content.items() if value}
    origin = objectives[0].origin
    return render_document(content, comment_lines(origin, f"What OpenSLO v1 cannot hold of {workbook.service.name}"))


def _objective(one: Mapping[str, Any], exported: ExportedObjective | None) -> dict[str, Any]:
    if exported is None:
        return dict(one)
    told: dict[str, Any] = {"name": exported.name, **{key: one[key] for key in _OF_OBJECTIVE if one.get(key)}}
    if exported.aspirational_target is not None:
        told["aspirational_target"] = f"{percent_text(exported.aspirational_target)}%"
    told["tiers"] = [_tier(tier, exported.window_days) for tier in exported.tiers]
    return told


def _tier(tier: AlertTier, window_days: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": tier.id,
        "severity": tier.severity,
        "burn_rate": written_factor(tier.burn_rate),
        "budget_spent": f"{factor_text(tier.budget_spent_share(window_days).scaleb(2))}%",
        "long": window_text(tier.long_minutes),
        "short": window_text(tier.short_minutes),
    }
    times = {"pending": tier.pending_minutes, "keep_firing": tier.keep_firing_minutes}
    return told | {name: window_text(minutes) for name, minutes in times.items() if minutes}


def _journey(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("id", "name", "users", "why", "dependencies", "choice") if one.get(key)}
