"""slo-generator's objectives, one file each, and the shared configuration with the error budget policies.

slo-generator (Apache-2.0, https://github.com/google/slo-generator) looks back over one window for each step of a
policy, so the short window of a tier is lost; it rounds burn rates to one place before it compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.findings import Finding
from slo_workbench.exports.events import bad_share
from slo_workbench.exports.exact_numbers import factor_text, percent_text, window_text, written_factor
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document

__all__ = ["render_slo_generator"]

_NOTES = """\
slo-generator rounds burn rates to one place before it compares them, and knows no short windows; its steps are not
interchangeable with other formats' alerts."""
# What slo-generator would replace in a query: its window, and variables of the environment.
_REPLACED = ("[window", "${")


def render_slo_generator(objectives: Sequence[ExportedObjective]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Write a file for each objective, below ``slos``, and ``config.yaml``.

    Returns
    -------
    (dict of file name to text, tuple of Finding)
    """
    files: dict[str, str] = {}
    findings: list[Finding] = []
    kept = []
    for one in objectives:
        indicator, texts = _indicator(one)
        caught = next((part for part in _REPLACED if any(part in text.replace("[window]", "") for text in texts)), None)
        if caught is None:
            kept.append(one)
            files[f"slos/{one.name}.yaml"] = _file(one, indicator)
        else:
            message = f"slo-generator would replace {caught!r} in a selector of {one.id!r}; it is left out there"
            findings.append(Finding("slo-generator-replaces", message, "warning", "choose the label's value another way", one.id))
    if kept:
        files["config.yaml"] = _config(kept)
    return files, tuple(findings)


def _indicator(objective: ExportedObjective) -> tuple[dict[str, Any], tuple[str, ...]]:
    events = objective.events
    if events.good is not None:
        filters = {"filter_good": str(events.good), "filter_valid": str(events.valid)}
        return {"method": "good_bad_ratio", "service_level_indicator": filters}, tuple(filters.values())
    bad, total = bad_share(events, "window", function="increase").split("\n")
    expression = f"1 - {bad}\n{total}"
    return {"method": "query_sli", "service_level_indicator": {"expression": expression}}, (expression,)


def _file(objective: ExportedObjective, indicator: dict[str, Any]) -> str:
    labels = {"service_name": objective.service, "feature_name": objective.journey, "slo_name": objective.id}
    spec = {
        "description": objective.specification or objective.name,
        "backend": "prometheus",
        **indicator,
        "goal": objective.target,
        "error_budget_policy": _policy_name(objective),
        "exporters": [],
    }
    content = {
        "apiVersion": "sre.google.com/v2",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": objective.name, "labels": labels},
        "spec": spec,
    }
    return render_document(content, comment_lines(objective.origin, f"slo-generator objective {objective.name}", _NOTES))


def _policy_name(objective: ExportedObjective) -> str:
    return f"window_{objective.window_days}d"


def _config(objectives: Sequence[ExportedObjective]) -> str:
    policies = {_policy_name(one): {"steps": _steps(one)} for one in sorted(objectives, key=lambda one: len(one.tiers))}
    content = {
        "backends": {"prometheus": {"url": "${PROMETHEUS_URL}"}},
        "exporters": {},
        "error_budget_policies": dict(sorted(policies.items())),
    }
    one = objectives[0]
    return render_document(content, comment_lines(one.origin, f"slo-generator configuration of {one.service}", _NOTES))


def _steps(objective: ExportedObjective) -> list[dict[str, Any]]:
    period = {
        "name": f"the whole window of {objective.window_words}",
        "window": objective.window_days * 86_400,
        "burn_rate_threshold": 1,
        "alert": False,
        "message_alert": "The error budget is spent",
        "message_ok": "The error budget is not spent",
    }
    return [*(_step(tier, objective.window_days) for tier in objective.tiers), period]


def _step(tier: AlertTier, days: int) -> dict[str, Any]:
    spent = percent_text(written_factor(tier.budget_spent_share(days)))
    return {
        "name": f"{tier.id}, {window_text(tier.long_minutes)}",
        "window": tier.long_minutes * 60,
        "burn_rate_threshold": written_factor(tier.burn_rate),
        "alert": tier.severity == "page",
        "message_alert": f"{spent} % of the budget burned within {window_text(tier.long_minutes)}",
        "message_ok": f"Burn rate below {factor_text(tier.burn_rate)}",
    }
