"""Do the parts fit together? One small change of a sound workbook, one finding."""

from __future__ import annotations

import pytest

from slo_workbench.document.findings import Finding, render_findings
from slo_workbench.document.yaml_file import check_text


def found_after(example: str, *changes: tuple[str, str]) -> list[Finding]:
    for old, new in changes:
        assert old in example
        example = example.replace(old, new)
    checked = check_text(example)
    assert checked.workbook is not None, render_findings(checked.findings)
    return list(checked.findings)


@pytest.mark.parametrize(
    ("old", "new", "code", "severity", "where"),
    [
        ("- id: browse", "- id: buy-ticket", "duplicate-id", "error", "journeys[1].id"),
        ("    -   id: orders-quick", "    -   id: orders-succeed", "duplicate-id", "error", "indicators[1].id"),
        ("kind: latency", "kind: quality", None, None, None),
        (
            "journey: buy-ticket\n        kind: latency",
            "journey: sell\n        kind: latency",
            "unknown-journey",
            "error",
            "indicators[1].journey",
        ),
        ("indicator: orders-quick", "indicator: orders-quik", "unknown-indicator", "error", "objectives[1].indicator"),
        ("threshold_ms: 300", "threshold_ms: 250", "unknown-threshold", "error", "objectives[1].threshold_ms"),
        ("    threshold_ms: 300\n", "", "threshold-needed", "error", "objectives[1]"),
        (
            "indicator: orders-succeed",
            "indicator: orders-succeed\n    threshold_ms: 5",
            "unknown-threshold",
            "error",
            "objectives[0].threshold_ms",
        ),
        ("Europe/Berlin", "Europe/Berln", "unknown-time-zone", "error", "service.time_zone"),
        ("Europe/Berlin", "Europe", "unknown-time-zone", "error", "service.time_zone"),
        ("Europe/Berlin", "../etc/passwd", "unknown-time-zone", "error", "service.time_zone"),
        ("Europe/Berlin", "x" * 300, "unknown-time-zone", "error", "service.time_zone"),
        ("{path: data", "{time_zone: Mars, path: data", "unknown-time-zone", "error", "sources.requests.time_zone"),
        ('  diagram: "sequenceDiagram\\n  Visitor->>Web: GET /\\n"\n', "", "no-diagram", "note", "journeys[1]"),
        ("    owner: web team\n", "", "promise-incomplete", "warning", "objectives[0]"),
        ("    next_review: 2026-12-31\n", "", "promise-incomplete", "warning", "objectives[0]"),
        ("target: 0.950", "target: 0.950\n    ambition: aspirational", "aspiration-without-reason", "warning", "objectives[1]"),
        ('    - {id: freeze, budget_spent: 100%, action: "Stop releases, repair."}', "    []", "no-policy", "note", "policy"),
        ("kind: latency", "kind: latency\n        same_as: orders", "unknown-indicator", "error", "indicators[1].same_as"),
        ("kind: latency", "kind: latency\n        same_as: orders-quick", "same-as-itself", "error", "indicators[1].same_as"),
        ('  diagram: "seq', '  choice: {decided_on: 2026-05-01}\n  diagram: "seq', "few-indicators", "note", "journeys[1]"),
        (
            '  diagram: "seq',
            '  choice: {rejected: [{id: orders-quick, kind: latency, reason: no}]}\n  diagram: "seq',
            "rejected-and-chosen",
            "warning",
            "journeys[1].choice.rejected[0]",
        ),
        (
            '  diagram: "seq',
            '  choice: {dissent: [{about: orders-qick, by: a developer, text: too slow}]}\n  diagram: "seq',
            "unknown-candidate",
            "warning",
            "journeys[1].choice.dissent[0].about",
        ),
    ],
)
def test_each_misfit_has_its_finding(example: str, old: str, new: str, code: str | None, severity: str | None, where: str | None) -> None:
    found = [finding for finding in found_after(example, (old, new)) if finding.code == code]
    if code is None:
        assert found_after(example, (old, new)) == []
        return
    assert [(finding.severity, finding.where) for finding in found] == [(severity, where)]
    assert found[0].line is not None
    assert found[0].hint


def test_an_unknown_source_is_found_for_each_indicator(example: str) -> None:
    found = found_after(example, ("  requests: {", "  request: {"))
    assert [(finding.code, finding.where, finding.hint) for finding in found] == [
        ("unknown-source", f"indicators[{i}].source", "did you mean 'request'?") for i in (0, 1)
    ]


def test_the_nearest_threshold_is_named(example: str) -> None:
    (finding,) = found_after(example, ("threshold_ms: 300", "threshold_ms: 900"))
    assert "the nearest is 1000" in finding.hint
    assert "300 ms, 1 s" in finding.message


def test_a_bare_city_finds_its_zone(example: str) -> None:
    (finding,) = found_after(example, ("Europe/Berlin", "Berlin"))
    assert "Europe/Berlin" in finding.hint


def test_a_latency_indicator_needs_a_threshold(example: str) -> None:
    found = found_after(example, ("        thresholds_ms: [3e2, 1000]   # from the survey\n", ""), ("    threshold_ms: 300\n", ""))
    assert [finding.code for finding in found] == ["no-threshold"]


@pytest.mark.parametrize(("n", "codes"), [(5, []), (6, ["many-indicators"])])
def test_more_than_five_indicators_of_one_journey_are_noted(n: int, codes: list[str]) -> None:
    indicators = "".join(
        f"- {{id: i{i}, journey: buy, kind: quality, specification: x, measured_at: client, source: s, valid: a, good: b}}\n"
        for i in range(n)
    )
    text = f"service: {{name: shop}}\nsources: {{s: {{path: a.csv}}}}\njourneys: [{{id: buy, name: Buy, diagram: x}}]\nindicators:\n{indicators}"
    assert [finding.code for finding in check_text(text).findings] == codes


def test_all_that_a_promise_lacks_is_said_at_once(example: str) -> None:
    (finding,) = found_after(example, ("    owner: web team\n", ""), ("    next_review: 2026-12-31\n", ""))
    assert "'owner' and 'next_review'" in finding.message


def test_retired_and_draft_promises_need_no_owner(example: str) -> None:
    assert found_after(example, ("status: agreed", "status: retired"), ("    owner: web team\n", "")) == []


def test_a_retired_target_asks_for_no_policy(example: str) -> None:
    clause = '    - {id: freeze, budget_spent: 100%, action: "Stop releases, repair."}'
    no_target, retired = ("    target: 0.950\n", ""), ("status: agreed", "status: retired")
    assert [finding.code for finding in found_after(example, (clause, "    []"), no_target)] == ["agreed-without-policy", "no-policy"]
    assert found_after(example, (clause, "    []"), no_target, retired) == []


def test_a_review_day_long_past_is_no_finding(example: str) -> None:
    assert found_after(example, ("2026-12-31", "1999-12-31")) == []


def test_parts_of_different_kinds_may_share_a_name(example: str) -> None:
    assert "duplicate-id" not in {finding.code for finding in found_after(example)}
