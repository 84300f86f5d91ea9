"""Unit tests of the alert rules for ``promtool test rules``: what wakes people is tried before it does.

For every objective: a steady fault that fires each tier (and says which others), a quiet series that fires none, a
service that never failed, and a counter that falls silent. Every test of silence has one that fires beside it, as a
misspelt alert name would be silent, too. What fires is asked by objective (``ALERTS{slo_id=…}``): objectives share
counters, and a fault of one is often a fault of others.

Series are younger than every window, so all windows see the same share, and a tier fires just when it exceeds
``B * b`` (see :mod:`slo_workbench.exports.prometheus_rules`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.findings import Finding
from slo_workbench.exports.exact_numbers import factor_text, percent_text, window_text
from slo_workbench.exports.example_series import ExampleSeries, example_series
from slo_workbench.exports.origin import comment_lines
from slo_workbench.exports.prometheus_rules import (
    NO_DATA_MINUTES,
    alert_labels,
    alerts_group_name,
    recordings_group_name,
    shortest_window,
)
from slo_workbench.exports.targets import ExportedObjective
from slo_workbench.exports.yaml_documents import render_document

__all__ = ["render_rule_tests"]

STEPS_PER_MINUTE = 2
_QUIET_MINUTES = 20
# counters stay below 2**53, where a double still counts whole events
LARGEST_RATE = 10**12


def render_rule_tests(objectives: Sequence[ExportedObjective], rules_file: str) -> tuple[str, tuple[Finding, ...]]:
    """Write the tests of a rules file that lies beside them; a finding names each objective that gets none.

    Parameters
    ----------
    objectives : sequence of ExportedObjective
        At least one.
    rules_file : str
        Name of the file of :func:`~slo_workbench.exports.prometheus_rules.render_prometheus_rules`.
    """
    tests: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for one in objectives:
        series, n_valid = example_series(one.events), _events_per_step(one)
        if series and n_valid:
            tests += _tests(one, series, n_valid)
        else:
            why = "no series could be made up that its selectors choose" if n_valid else "its budget is too small to count"
            hint = "try its alerts by hand; simpler patterns such as 5..|429 are understood"
            findings.append(Finding("rules-untested", f"{one.id!r} gets no unit test: {why}", "note", hint, where=one.id))
    order = [name for one in objectives for name in (recordings_group_name(one), alerts_group_name(one))]
    content = {"rule_files": [rules_file], "evaluation_interval": "1m", "group_eval_order": order, "tests": tests}
    header = comment_lines(
        objectives[0].origin,
        f"Unit tests of the alert rules of {objectives[0].service}",
        "Run: promtool test rules THIS_FILE; it must name no failure, and rule_files must be found.",
    )
    return render_document(content, header), tuple(findings)


def _events_per_step(objective: ExportedObjective) -> int:
    """Give a power of ten of events that has at least a thousand bad ones in its budget; 0 where that is too many."""
    rate = 10 ** max(4, 3 - (objective.budget_share.adjusted()))
    return rate if rate <= LARGEST_RATE else 0


def _limit(objective: ExportedObjective, tier: AlertTier) -> Fraction:
    """Give the share that the rule compares with, its factor rounded as it is written there."""
    return Fraction(factor_text(tier.burn_rate)) * Fraction(objective.budget_share)


def _tests(objective: ExportedObjective, series: Sequence[ExampleSeries], n_valid: int) -> list[dict[str, Any]]:
    limits = [_limit(objective, tier) for tier in objective.tiers]
    tests = [
        _fault(objective, series, n_valid, _bad_events(limit, limits, n_valid), tier.id)
        for tier, limit in zip(objective.tiers, limits, strict=True)
    ]
    n_quiet = math.floor(min([*limits, Fraction(objective.budget_share)]) * n_valid / 2)
    return [
        *tests,
        _fault(objective, series, n_valid, n_quiet, ""),
        _never_failed(objective, series, n_valid),
        _silent(objective, series, n_valid),
    ]


def _bad_events(limit: Fraction, limits: Sequence[Fraction], n_valid: int) -> int:
    """Give a number of bad events above a limit and, where there is room, below the next one."""
    above = min((other for other in limits if other > limit), default=Fraction(1))
    return max(round((limit + above) / 2 * n_valid), math.floor(limit * n_valid) + 1)


def _fault(objective: ExportedObjective, series: Sequence[ExampleSeries], n_valid: int, n_bad: int, tier_id: str) -> dict[str, Any]:
    share = Fraction(n_bad, n_valid)
    minutes = max((tier.pending_minutes for tier in objective.tiers), default=0) + _QUIET_MINUTES
    firing = [tier for tier in objective.tiers if share > _limit(objective, tier)]
    exhausted = share > Fraction(objective.budget_share)
    words = f"{percent_text(Decimal(n_bad) / n_valid)} % of events are bad"
    return {
        "name": f"{objective.name}: {words}, {f'which fires {tier_id}' if tier_id else 'which fires nothing'}",
        "interval": "30s",
        "input_series": [_values(each, n_valid, n_bad, minutes) for each in series],
        "promql_expr_test": [
            _expected(objective, minutes, "SLOBudgetBurn", firing),
            _expected(objective, minutes, "SLOBudgetExhausted", [None] if exhausted else []),
            _expected(objective, minutes, "SLONoData", []),
        ],
    }


def _values(series: ExampleSeries, n_valid: int, n_bad: int, minutes: int) -> dict[str, str]:
    return {"series": str(series.selector), "values": f"0+{series.per_step(n_valid, n_bad)}x{minutes * STEPS_PER_MINUTE}"}


def _expected(objective: ExportedObjective, minutes: int, alert: str, tiers: Sequence[AlertTier | None]) -> dict[str, Any]:
    """Expect exactly these alerts of an objective to fire at a minute."""
    asked = f'ALERTS{{alertname="{alert}",alertstate="firing",slo_id="{objective.name}"}}'
    labels = [{"alertname": alert, "alertstate": "firing"} | alert_labels(objective, tier) for tier in tiers]
    written = ["ALERTS{" + ",".join(f'{name}="{value}"' for name, value in each.items()) + "}" for each in labels]
    return {"expr": asked, "eval_time": f"{minutes}m", "exp_samples": [{"labels": each, "value": 1} for each in written]}


def _never_failed(objective: ExportedObjective, series: Sequence[ExampleSeries], n_valid: int) -> dict[str, Any]:
    record = f"slo:bad_share:ratio_rate{window_text(shortest_window(objective))}"
    labels = f'{record}{{slo_id="{objective.name}", slo_service="{objective.service}"}}'
    return {
        "name": f"{objective.name}: a service that never failed has no bad series, and its share is 0",
        "interval": "30s",
        "input_series": [_values(each, n_valid, 0, _QUIET_MINUTES) for each in series if each.role != "bad"],
        "promql_expr_test": [
            {
                "expr": f'{record}{{slo_id="{objective.name}"}}',
                "eval_time": f"{_QUIET_MINUTES}m",
                "exp_samples": [{"labels": labels, "value": 0}],
            },
            *(_expected(objective, _QUIET_MINUTES, name, []) for name in ("SLOBudgetBurn", "SLONoData")),
        ],
    }


def _silent(objective: ExportedObjective, series: Sequence[ExampleSeries], n_valid: int) -> dict[str, Any]:
    end = _QUIET_MINUTES + shortest_window(objective) + NO_DATA_MINUTES + 3
    inputs = [_values(each, n_valid, 0, _QUIET_MINUTES) for each in series]
    for each in inputs:
        each["values"] += f" _x{(end - _QUIET_MINUTES) * STEPS_PER_MINUTE}"
    return {
        "name": f"{objective.name}: counters that fall silent are told, and burn nothing",
        "interval": "30s",
        "input_series": inputs,
        "promql_expr_test": [
            _expected(objective, _QUIET_MINUTES, "SLONoData", []),
            _expected(objective, end, "SLONoData", [None]),
            _expected(objective, end, "SLOBudgetBurn", []),
        ],
    }
