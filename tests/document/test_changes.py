"""One decision changed in a file, and the diff a reviewer sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slo_workbench.document import FindingsError, change_part, read_workbook, set_target

Save = Callable[[str], Path]


def refused(path: Path, /, *what: Any, **fields: Any) -> list[tuple[str, str, str]]:
    before = path.read_bytes()
    with pytest.raises(FindingsError) as raised:
        change_part(path, *what, **fields)
    assert path.read_bytes() == before
    return [(finding.code, finding.where, finding.hint) for finding in raised.value.findings]


def test_a_target_and_its_reason_are_two_lines_of_a_diff(example: str, save: Save) -> None:
    path = save(example)
    diff = set_target(path, "orders-succeed", "99.5%", reason="Users shrug below this.")
    assert [line for line in diff.splitlines() if line[0] in "+-"] == [
        "--- workbook.yaml",
        "+++ workbook.yaml",
        "-    target: 99.90%     # two nines and a bit",
        "+    target: 99.5%     # two nines and a bit",
        "-    reason: Above this nobody writes to support.",
        "+    reason: Users shrug below this.",
    ]
    assert str(read_workbook(path).objective("orders-succeed").target) == "0.995"


def test_setting_what_is_set_already_gives_an_empty_diff(example: str, save: Save) -> None:
    path = save(example)
    assert set_target(path, "orders-succeed", "0.999", reason="Above this nobody writes to support.") == ""
    assert path.read_text("utf-8") == example


def test_a_target_without_a_reason_is_refused(example: str, save: Save) -> None:
    with pytest.raises(FindingsError, match="reason-missing"):
        set_target(save(example), "orders-succeed", "99.5%", reason="  ")


def test_an_unknown_id_names_the_nearest(example: str, save: Save) -> None:
    assert refused(save(example), "objective", "orders-suceed", target="99%") == [("unknown-id", "", "did you mean 'orders-succeed'?")]
    assert refused(save(example), "source", "request", path="a.csv") == [("unknown-id", "", "did you mean 'requests'?")]


def test_an_unknown_kind_and_an_unknown_key_name_the_nearest(example: str, save: Save) -> None:
    assert refused(save(example), "objectiv", "a") == [("unknown-kind", "", "did you mean 'objective'?")]
    assert refused(save(example), "objective", "orders-quick", targt="9%") == [
        ("unknown-key", "objectives[1].targt", "did you mean 'target'?")
    ]


def test_a_change_that_breaks_a_rule_is_refused_with_the_place(example: str, save: Save) -> None:
    (found,) = refused(save(example), "objective", "orders-quick", target="100%")
    assert found[:2] == ("target-100", "objectives[1].target")
    (found,) = refused(save(example), "clause", "freeze", budget_spent="200%")
    assert found[:2] == ("share-unreadable", "policy.clauses[0].budget_spent")


def test_a_change_that_breaks_a_reference_is_refused(example: str, save: Save) -> None:
    assert [code for code, *_ in refused(save(example), "objective", "orders-quick", indicator="nobody")] == ["unknown-indicator"]


def test_an_id_is_not_changed(example: str, save: Save) -> None:
    assert [code for code, *_ in refused(save(example), "objective", "orders-quick", id="other")] == ["id-fixed"]


def test_a_file_with_errors_is_not_changed(save: Save) -> None:
    assert refused(save("service: {ownr: web}\n"), "service", "", owner="web")[0][0] == "missing-key"


@pytest.mark.parametrize(
    ("kind", "part_id", "fields", "line"),
    [
        ("service", "", {"owner": "ops"}, "+  owner: ops"),
        ("journey", "browse", {"why": "It sells."}, "+  why: It sells."),
        ("indicator", "orders-quick", {"thresholds_ms": [300]}, "+        thresholds_ms: [3e2]   # from the survey"),
        ("policy", "", {"agreed_on": "2026-01-31"}, "+  agreed_on: 2026-01-31"),
        ("policy", "", {"agreed_by": ["Ada", "Alan"]}, "+    - Alan"),
        ("clause", "freeze", {"owner": "web"}, '+    - {id: freeze, budget_spent: 100%, action: "Stop releases, repair.", owner: web}'),
    ],
)
def test_every_kind_of_part_can_be_changed(example: str, save: Save, kind: Any, part_id: str, fields: dict[str, Any], line: str) -> None:
    assert line in change_part(save(example), kind, part_id, **fields).splitlines()
