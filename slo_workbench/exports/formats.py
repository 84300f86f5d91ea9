"""The formats there are, each with the files it makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Workbook
from slo_workbench.exports.grafana import render_grafana
from slo_workbench.exports.openslo import render_openslo
from slo_workbench.exports.prometheus_rules import render_prometheus_rules, render_rule_resource
from slo_workbench.exports.prometheus_tests import render_rule_tests
from slo_workbench.exports.pyrra import render_pyrra
from slo_workbench.exports.slo_generator import render_slo_generator
from slo_workbench.exports.sloth import render_sloth
from slo_workbench.exports.targets import ExportedObjective

__all__ = ["EXPORT_FORMATS", "Rendered"]

Rendered = tuple[dict[str, str], tuple[Finding, ...]]
Render = Callable[[Workbook, Sequence[ExportedObjective]], Rendered]


def _prometheus(workbook: Workbook, objectives: Sequence[ExportedObjective]) -> Rendered:
    rules = f"{workbook.service.name}.rules.yml"
    tests, findings = render_rule_tests(objectives, rules)
    return {rules: render_prometheus_rules(objectives), f"{workbook.service.name}.rules_test.yml": tests}, findings


def _resource(workbook: Workbook, objectives: Sequence[ExportedObjective]) -> Rendered:
    return {f"{workbook.service.name}.prometheusrule.yaml": render_rule_resource(objectives)}, ()


def _grafana(workbook: Workbook, objectives: Sequence[ExportedObjective]) -> Rendered:
    return {f"{workbook.service.name}-objectives.json": render_grafana(objectives)}, ()


EXPORT_FORMATS: dict[str, Render] = {
    "prometheus": _prometheus,
    "prometheus-operator": _resource,
    "sloth": lambda workbook, objectives: render_sloth(objectives),
    "pyrra": lambda workbook, objectives: render_pyrra(objectives),
    "openslo": render_openslo,
    "slo-generator": lambda workbook, objectives: render_slo_generator(objectives),
    "grafana": _grafana,
}
