"""What pydantic refuses, as findings a newcomer understands: a code, the place, and what to do."""

from __future__ import annotations

import pytest

from slo_workbench.document.findings import Finding, render_findings
from slo_workbench.document.validation import HINTS
from slo_workbench.document.yaml_file import check_text


def finding_after(example: str, old: str, new: str) -> Finding:
    assert old in example
    findings = check_text(example.replace(old, new)).findings
    assert len(findings) == 1, render_findings(findings)
    return findings[0]


@pytest.mark.parametrize(
    ("old", "new", "code", "where", "line"),
    [
        ("owner: 'web team'", "ownr: web", "unknown-key", "service.ownr", 8),
        ("  name: Buy a ticket\n", "", "missing-key", "journeys[0].name", 15),
        ("name: Buy a ticket", "name: 42", "wrong-type", "journeys[0].name", 16),
        ("name: Buy a ticket", "name:", "empty-value", "journeys[0].name", 16),
        ("kind: latency", "kind: latncy", "unknown-choice", "indicators[1].kind", 43),
        ("name: box-office ", "name: Box Office", "bad-id", "service.name", 6),
        ("  - id: orders-quick\n", "  - id: Orders\n", "bad-id", "objectives[1].id", 63),
        ("[3e2, 1000]", "[3e2, 1000, -5]", "out-of-range", "indicators[1].thresholds_ms[2]", 49),
        ("[3e2, 1000]", "[3e2, true]", "wrong-type", "indicators[1].thresholds_ms[1]", 49),
        ("[3e2, 1000]", "[3e2, 1e400]", "out-of-range", "indicators[1].thresholds_ms[1]", 49),
        ("[3e2, 1000]", "3e2", "wrong-type", "indicators[1].thresholds_ms", 49),
        ("valid: route = '/orders'\n        good: status < 500\n", "valid: ''\n        good: a\n", "empty-text", "indicators[1].valid", 47),
        ("target: 99.90%", "target: 100%", "target-100", "objectives[0].target", 57),
        ("target: 99.90%", "target: 1", "target-100", "objectives[0].target", 57),
        ("target: 99.90%", "target: 0", "target-0", "objectives[0].target", 57),
        ("target: 99.90%", "target: 99.90", "share-unreadable", "objectives[0].target", 57),
        ("target: 99.90%", "target: 99." + "9" * 30 + "%", "share-too-long", "objectives[0].target", 57),
        ("window: 4w", "window: 1 month", "window-unreadable", "objectives[0].window", 56),
        ("2026-12-31", "31.12.2026", "date-unreadable", "objectives[0].next_review", 61),
        ("data/requests.parquet", "../secret", "path-outside", "sources.requests.path", 12),
        ("path: data/requests.parquet", "path: ''", "path-empty", "sources.requests.path", 12),
        ("path: data/requests.parquet", "path: ", "empty-value", "sources.requests.path", 12),
        ("version: 1", "version: 2", "unknown-version", "version", 3),
        ("- {id: freeze", "- \n    - {id: freeze", "empty-value", "policy.clauses[0]", 73),
    ],
)
def test_each_mistake_has_its_code_place_and_hint(example: str, old: str, new: str, code: str, where: str, line: int) -> None:
    finding = finding_after(example, old, new)
    assert (finding.code, finding.where, finding.line) == (code, where, line)
    assert finding.hint


def test_an_unknown_key_points_at_the_key_and_suggests_the_nearest(example: str) -> None:
    finding = check_text(example.replace("reason:", "reson:")).findings[0]
    assert (finding.column, finding.hint) == (5, "did you mean 'reason'?")


def test_a_wrong_choice_names_the_nearest_and_all_others(example: str) -> None:
    hint = finding_after(example, "kind: latency", "kind: latncy").hint
    assert hint.startswith("did you mean 'latency'?")
    assert "durability" in hint


def test_a_source_name_that_is_no_name_points_at_the_name(example: str) -> None:
    text = example.replace("  requests: {", "  My Requests: {").replace("source: requests", "source: nothing")
    assert "bad-id" in {finding.code for finding in check_text(text).findings}
    (finding,) = [finding for finding in check_text(text).findings if finding.code == "bad-id"]
    assert (finding.where, finding.line, finding.column) == ("sources['My Requests']", 12, 3)


def test_one_broken_part_hides_nothing_in_the_others() -> None:
    text = """\
service: {name: My Shop}
journeys: [{id: buy, name: Buy, diagram: x}]
sources: {logs: {path: a.csv}}
indicators:
- {id: a, journey: by, kind: availability, specification: x, measured_at: client, source: logs, valid: "true", good: "true", extra: 1}
objectives:
- {id: broken, indicator: aa, target: 100%}
- {id: dangling, indicator: b}
- {id: fine, indicator: a}
"""
    found = {(finding.code, finding.where) for finding in check_text(text).findings}
    assert found == {
        ("bad-id", "service.name"),
        ("unknown-key", "indicators[0].extra"),
        ("unknown-journey", "indicators[0].journey"),
        ("target-100", "objectives[0].target"),
        ("unknown-indicator", "objectives[0].indicator"),
        ("unknown-indicator", "objectives[1].indicator"),
    }


def test_a_section_that_cannot_be_read_does_not_make_every_name_unknown() -> None:
    text = "service: {name: shop}\nindicators: 5\nobjectives: [{id: a, indicator: b}]\n"
    assert [finding.code for finding in check_text(text).findings] == ["wrong-type"]


def test_every_code_of_the_model_has_a_hint() -> None:
    import inspect
    import re

    from slo_workbench.document import model

    codes = set(re.findall(r'PydanticCustomError\(\s*"([a-z0-9-]+)"', inspect.getsource(model)))
    assert codes - set(HINTS) == set()
