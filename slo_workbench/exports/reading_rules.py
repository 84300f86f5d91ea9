"""Our own Prometheus rules read back, also from a ``PrometheusRule``: what Prometheus watches against what was decided."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from slo_workbench.document.findings import Finding
from slo_workbench.exports.document_fields import Fields
from slo_workbench.exports.events import Events, read_bad_share
from slo_workbench.exports.reading import ReadTarget
from slo_workbench.exports.yaml_documents import read_documents

__all__ = ["read_prometheus_rules"]

_BUDGET = re.compile(r"vector\(([0-9.]{1,40})\)")
_REMAINING = re.compile(r"slo:budget_remaining:ratio([0-9]{1,4})d")


def read_prometheus_rules(text: str) -> tuple[tuple[ReadTarget, ...], tuple[Finding, ...]]:
    """Read the objectives that a rules file of ours records; other rules in it are passed over."""
    documents, findings = read_documents(text)
    found, targets = list(findings), []
    for document in documents:
        fields = Fields(document, document.data, found)
        groups = fields if "groups" in fields else fields.part("spec")
        rules: dict[str, dict[str, str]] = {}
        services: dict[str, str] = {}
        for group in groups.parts("groups"):
            for rule in group.parts("rules"):
                labels, record = rule.texts("labels"), rule.text("record")
                if record.startswith("slo:") and "slo_id" in labels:
                    rules.setdefault(labels["slo_id"], {})[record] = rule.text("expr")
                    services[labels["slo_id"]] = labels.get("slo_service", "")
        read = [_target(services[name], name, records) for name, records in rules.items()]
        targets += [target for target in read if target is not None]
        if not any(read):
            fields.tell("no-rules", "there is no objective of ours among these rules", hint="it records slo:budget_share:ratio for each")
    return tuple(targets), tuple(found)


def _target(service: str, name: str, records: dict[str, str]) -> ReadTarget | None:
    budget = _BUDGET.fullmatch(records.get("slo:budget_share:ratio", "").strip())
    days = next((int(match[1]) for record in records if (match := _REMAINING.fullmatch(record))), None)
    if budget is None or days is None:
        return None
    try:
        target = 1 - Decimal(budget[1])
    except InvalidOperation:
        return None
    if not 0 < target < 1:
        return None
    return ReadTarget(service, name, target, days, _events(records, days), objective=name.removeprefix(f"{service}-"))


def _events(records: dict[str, str], days: int) -> Events | None:
    return read_bad_share(records.get(f"slo:bad_share:ratio_rate{days}d", ""))
