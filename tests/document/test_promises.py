from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from slo_workbench.document.model import Objective, Service, Workbook
from slo_workbench.document.promises import find_promise_problems


def promise(id: str, **more: Any) -> Objective:
    usual = {"indicator": "orders", "target": "99%", "status": "agreed", "owner": "web", "reason": "x", "next_review": "2026-06-01"}
    return Objective.model_validate({"id": id, **usual, **more})


def problems(*objectives: Objective) -> list[tuple[str, str]]:
    workbook = Workbook(service=Service(name="shop"), objectives=objectives)
    return [(finding.code, finding.where) for finding in find_promise_problems(workbook, as_of=date(2026, 6, 1))]


@pytest.mark.parametrize(("day", "is_late"), [("2026-05-31", True), ("2026-06-01", False), ("2026-06-02", False)])
def test_a_review_is_overdue_from_the_day_after_it_was_due(day: str, is_late: bool) -> None:
    assert problems(promise("a", next_review=day)) == ([("review-overdue", "objectives[0].next_review")] if is_late else [])


def test_the_same_indicator_threshold_and_window_twice_is_one_promise_too_many() -> None:
    assert problems(promise("a"), promise("b")) == [("duplicate-objective", "objectives[1]")]
    assert problems(promise("a"), promise("b", window="7d"), promise("c", ambition="aspirational")) == []


def test_a_retired_promise_is_nobodys_business() -> None:
    assert problems(promise("a"), promise("b", status="retired", next_review="2020-01-01", owner="")) == []


def test_a_draft_with_a_target_and_without_owner_gets_a_note() -> None:
    assert problems(promise("a", status="draft", owner="")) == [("no-owner", "objectives[0]")]
    assert problems(promise("a", status="draft", owner="", target=None)) == []
