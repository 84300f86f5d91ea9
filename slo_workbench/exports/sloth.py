"""Sloth's input, ``version: prometheus/v1``, and the catalogue of alert windows it needs beside it.

Sloth (Apache-2.0, https://github.com/slok/sloth) counts bad events, takes its period as an argument, not from the
file, and averages the period's number over 5-minute ratios, unweighted: it differs from ours on uneven traffic. A
catalogue replaces the built-in ones, so the period's own is always written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from slo_workbench.analysis.alert_tiers import AlertTier, preset_tiers
from slo_workbench.document.findings import Finding
from slo_workbench.exports.events import bad_events, valid_events
from slo_workbench.exports.exact_numbers import window_text, written_factor
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.prometheus_rules import template_text
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document

__all__ = ["WINDOW_LABEL", "render_sloth"]

WINDOW_LABEL = "slo_window"
_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]")
_HERE = "\0"
_NOTES = """\
Generate with: sloth generate --default-slo-period={days}d --slo-period-windows-path=windows -i THIS_FILE
Sloth averages the period's number over ratios of 5 minutes, not by requests; its burn rates come from the catalogue
in windows/{days}d.yml and are not interchangeable with other formats'."""


def render_sloth(objectives: Sequence[ExportedObjective]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Write, for each length of window, an input file and the catalogue of its alert windows.

    Returns
    -------
    (dict of file name to text, tuple of Finding)
        Findings name what Sloth cannot hold: names of one letter, more than two tiers of a severity, pending times.
    """
    findings: list[Finding] = []
    named = [one for one in objectives if _has_sloth_name(one, findings)]
    files: dict[str, str] = {}
    for days in dict.fromkeys(one.window_days for one in named):
        group = [one for one in named if one.window_days == days]
        tiers = max((one.tiers for one in group), key=len)
        findings += _lost(tiers, days)
        files[f"{group[0].service}-{days}d.yml"] = _input(group, days)
        files[f"windows/{days}d.yml"] = _catalogue(group[0], tiers, days)
    return files, tuple(findings)


def _has_sloth_name(objective: ExportedObjective, findings: list[Finding]) -> bool:
    wrong = next((name for name in (objective.service, objective.id) if not _NAME.fullmatch(name)), None)
    if wrong is None:
        return True
    message = f"Sloth takes no name of one letter: {wrong!r}; the objective is left out there"
    findings.append(Finding("sloth-name", message, severity="warning", hint="give it a name of two letters or more", where=objective.id))
    return False


def _lost(tiers: Sequence[AlertTier], days: int) -> list[Finding]:
    hint = "the Prometheus rules have them as they are"
    found = []
    for severity in ("page", "ticket"):
        middle = _pair([tier for tier in tiers if tier.severity == severity])[2]
        if middle:
            message = f"Sloth has two tiers of a severity; for windows of {days} days it goes without {', '.join(middle)}"
            found.append(Finding("sloth-tiers", message, severity="note", hint=hint))
    timed = [tier.id for tier in tiers if tier.pending_minutes or tier.keep_firing_minutes]
    if timed:
        message = f"Sloth's alerts have no pending or keep-firing time; left out of {', '.join(timed)}"
        found.append(Finding("sloth-pending", message, severity="note", hint=hint))
    return found


def _pair(tiers: Sequence[AlertTier]) -> tuple[AlertTier | None, AlertTier | None, list[str]]:
    """Give the fastest and the slowest tier, which may be one, and the names of those between."""
    ordered = sorted(tiers, key=lambda tier: -tier.burn_rate)
    return (ordered[0], ordered[-1], [tier.id for tier in ordered[1:-1]]) if ordered else (None, None, [])


def _input(group: Sequence[ExportedObjective], days: int) -> str:
    one = group[0]
    content = {"version": "prometheus/v1", "service": one.service, "slos": [_slo(each) for each in group]}
    return render_document(content, comment_lines(one.origin, f"Sloth input of {one.service}", _NOTES.format(days=days)))


def _slo(objective: ExportedObjective) -> dict[str, Any]:
    events = objective.events
    alerting: dict[str, Any] = {"name": "ErrorBudgetBurn"}
    if objective.owner:
        alerting["annotations"] = {"owner": template_text(objective.owner)}
    for severity in ("page", "ticket"):
        is_used = any(tier.severity == severity for tier in objective.tiers)
        alerting[f"{severity}_alert"] = {"labels": {"severity": severity}} if is_used else {"disable": True}
    return {
        "name": objective.id,
        "objective": objective.target.scaleb(2),
        "description": objective.specification,
        "labels": {"journey": objective.journey, WINDOW_LABEL: f"{objective.window_days}d"},
        "sli": {"events": {"error_query": _query(bad_events(events, _HERE)), "total_query": _query(valid_events(events, _HERE))}},
        "alerting": alerting,
    }


def _query(expression: str) -> str:
    """Put Sloth's own template where the window belongs, and keep double braces of label values from being one."""
    return template_text(expression).replace(_HERE, "{{.window}}")


def _catalogue(objective: ExportedObjective, tiers: Sequence[AlertTier], days: int) -> str:
    usual = preset_tiers("workbook", days)
    spec: dict[str, Any] = {"sloPeriod": f"{days}d"}
    for severity in ("page", "ticket"):
        # a severity that is switched off must stand in the catalogue all the same
        quick, slow, _ = _pair(
            [tier for tier in tiers if tier.severity == severity] or [tier for tier in usual if tier.severity == severity]
        )
        assert quick is not None
        assert slow is not None
        spec[severity] = {"quick": _window(quick, days), "slow": _window(slow, days)}
    content = {"apiVersion": "sloth.slok.dev/v1", "kind": "AlertWindows", "spec": spec}
    return render_document(content, comment_lines(objective.origin, f"Sloth alert windows of {days} days"))


def _window(tier: AlertTier, days: int) -> dict[str, Any]:
    return {
        "errorBudgetPercent": written_factor(tier.budget_spent_share(days).scaleb(2)),
        "shortWindow": window_text(tier.short_minutes),
        "longWindow": window_text(tier.long_minutes),
    }
