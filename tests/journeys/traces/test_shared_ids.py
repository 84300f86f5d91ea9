"""Spans that have their id in common: sides of a call, parts of a span, repeats."""

from typing import Any

from slo_workbench.journeys.traces import Span
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.journeys.traces.shared_ids import borrow_starts, separate_shared_ids


def span(span_id: str, service: str, kind: Any = "", parent_id: str = "", start_us: int = 1_000, **more: Any) -> Span:
    return Span(trace_id="a", span_id=span_id, parent_id=parent_id, service=service, kind=kind, start_us=start_us, **more)


def test_spans_with_their_own_ids_are_left_alone() -> None:
    problems = Problems()
    spans = (span("1", "web"), span("2", "shop", parent_id="1"))
    assert separate_shared_ids(spans, problems) == spans
    assert problems.findings() == ()


def test_children_go_below_the_side_that_runs_in_their_service() -> None:
    sides = [span("1", "web", "client"), span("1", "shop", "server", start_us=1_100)]
    children = [span("2", "shop", "client", "1"), span("3", "web", "internal", "1"), span("4", "bank", "server", "1")]
    separate = {item.span_id: item.parent_id for item in separate_shared_ids([*children, *sides], Problems())}
    assert separate == {"1": "", "1/2": "1", "2": "1/2", "3": "1", "4": "1/2"}


def test_a_part_without_a_start_completes_the_whole() -> None:
    problems = Problems()
    part = span("1", "shop", start_us=0, name="buy", method="POST")
    whole = span("1", "shop", "server", start_us=1_500, duration_us=20)
    (merged,) = separate_shared_ids([part, whole], problems)
    assert (merged.name, merged.kind, merged.start_us, merged.duration_us, merged.method) == ("buy", "server", 1_500, 20, "POST")
    assert problems.count("span-repeated") == 1


def test_several_answers_under_one_id_are_all_kept() -> None:
    answers = [span("1", "shop", "server", start_us=start_us) for start_us in (1_100, 1_200, 1_300)]
    separate = separate_shared_ids([span("1", "web", "client"), *answers], Problems())
    assert [(item.span_id, item.parent_id) for item in separate] == [("1", ""), ("1/2", "1"), ("1/3", "1"), ("1/4", "1")]


def test_ids_given_twice_by_mistake_keep_both_spans_and_are_told() -> None:
    problems = Problems()
    separate = separate_shared_ids([span("1", "shop", "server"), span("1", "bank", "server", start_us=2_000)], problems)
    assert {item.span_id for item in separate} == {"1", "1/2"}
    assert problems.count("id-shared") == 1


def test_a_start_is_borrowed_from_the_nearest_relative_that_has_one() -> None:
    problems = Problems()
    spans = [span("1", "web", start_us=5_000), span("2", "web", parent_id="1", start_us=0), span("3", "web", parent_id="2", start_us=0)]
    alone = [span("8", "web", parent_id="9", start_us=0), span("9", "web", parent_id="8", start_us=0)]
    assert [item.start_us for item in borrow_starts([*spans, *alone], problems)] == [5_000, 5_000, 5_000]
    assert (problems.count("start-borrowed"), problems.count("span-without-start")) == (2, 2)
