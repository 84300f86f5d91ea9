"""Spans put together: orphans, circles, clocks, and chains that no recursion would survive."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.journeys.traces import Span, build_traces
from slo_workbench.journeys.traces.trees import NO_PARENT


def span(
    span_id: str, parent_id: str = "", service: str = "shop", start_us: int = 1_000, duration_us: int | None = 100, **more: Any
) -> Span:
    return Span(trace_id="a", span_id=span_id, parent_id=parent_id, service=service, start_us=start_us, duration_us=duration_us, **more)


def moved_to_us(parent: Span, child: Span) -> int:
    (trace,), _ = build_traces([parent, child])
    return next(item.start_us for item in trace.spans if item.span_id == child.span_id)


def test_spans_of_two_traces_stay_apart_even_with_equal_ids() -> None:
    other = Span(trace_id="b", span_id="2", parent_id="1", start_us=1)
    traces, findings = build_traces([span("1"), span("2", "1"), other])
    assert [(trace.trace_id, trace.parents) for trace in traces] == [("a", (-1, 0)), ("b", (-1,))]
    assert [finding.code for finding in findings] == ["orphan-spans"]


def test_children_stand_behind_their_parent_by_start() -> None:
    (trace,), _ = build_traces([span("3", "1", start_us=1_050), span("1"), span("4", "3", start_us=1_060), span("2", "1", start_us=1_020)])
    assert [item.span_id for item in trace.spans] == ["1", "2", "3", "4"]
    assert (trace.parents, trace.children, trace.roots) == ((-1, 0, 0, 2), ((1, 2), (), (3,), ()), (0,))


def test_orphans_become_roots_and_are_counted() -> None:
    (trace,), (finding,) = build_traces([span("1"), span("2", "gone"), span("3", "gone"), span("4", "3")])
    assert len(trace.roots) == 3
    assert (finding.code, finding.count, finding.severity) == ("orphan-spans", 2, "warning")


def test_one_orphan_is_told_as_one() -> None:
    _, (finding,) = build_traces([span("1"), span("2", "gone")])
    assert finding.message == "the parent of 1 span in 1 trace is not in the files; it begins a tree of its own"


def test_a_span_that_is_its_own_parent_is_a_root() -> None:
    (trace,), (finding,) = build_traces([span("1", "1"), span("2", "1")])
    assert trace.parents == (-1, 0)
    assert (finding.code, finding.count) == ("parent-cycle", 1)


def test_a_circle_is_cut_at_its_earliest_span() -> None:
    spans = [span("3", "2", start_us=30), span("1", "3", start_us=10), span("2", "1", start_us=20), span("4", "2", start_us=40)]
    (trace,), (finding,) = build_traces(spans)
    assert [item.span_id for item in trace.spans] == ["1", "2", "3", "4"]
    assert trace.parents == (-1, 0, 1, 1)
    assert finding.count == 1


def test_a_call_answered_before_it_was_made_is_put_into_the_middle_of_it() -> None:
    client = span("1", service="web", kind="client", start_us=10_000, duration_us=1_000)
    server = span("2", "1", kind="server", start_us=4_000, duration_us=600)
    assert moved_to_us(client, server) == 10_200
    _, (finding,) = build_traces([client, server])
    assert (finding.code, finding.count, finding.severity) == ("clock-skew", 1, "note")
    assert "up to 6.2 ms" in finding.message


def test_an_answer_longer_than_its_call_is_put_at_the_calls_start() -> None:
    client = span("1", service="web", kind="client", start_us=10_000, duration_us=1_000)
    assert moved_to_us(client, span("2", "1", kind="server", start_us=4_000, duration_us=5_000)) == 10_000


def test_a_span_of_the_same_service_is_never_moved_by_itself() -> None:
    assert moved_to_us(span("1", start_us=10_000), span("2", "1", start_us=4_000)) == 4_000


def test_what_was_not_waited_for_may_end_or_begin_later() -> None:
    client = span("1", service="web", kind="client", start_us=10_000, duration_us=1_000)
    assert moved_to_us(client, span("2", "1", kind="server", start_us=10_900, duration_us=600)) == 10_900, "begins inside"
    assert moved_to_us(client, span("2", "1", kind="server", start_us=12_000, duration_us=600)) == 10_200, "an answer after the call"
    assert moved_to_us(client, span("2", "1", kind="consumer", start_us=12_000, duration_us=600)) == 12_000, "a message"
    assert moved_to_us(client, span("2", "1", kind="server", follows=True, start_us=12_000, duration_us=600)) == 12_000, "follows from"
    page = span("1", service="web", kind="server", start_us=10_000, duration_us=1_000)
    assert moved_to_us(page, span("2", "1", kind="server", start_us=9_000_000, duration_us=600)) == 9_000_000, "the page behind a redirect"


def test_the_rest_of_a_moved_service_moves_with_it_and_others_are_judged_anew() -> None:
    client = span("1", service="web", kind="client", start_us=10_000, duration_us=1_000)
    server = span("2", "1", kind="server", start_us=4_000, duration_us=600)
    inside = span("3", "2", kind="client", start_us=4_100, duration_us=200)
    right_clock = span("4", "3", service="bank", kind="server", start_us=10_350, duration_us=50)
    (trace,), (finding,) = build_traces([client, server, inside, right_clock])
    assert {item.span_id: item.start_us for item in trace.spans} == {"1": 10_000, "2": 10_200, "3": 10_300, "4": 10_350}
    assert finding.count == 2


def test_a_chain_of_fifty_thousand_spans_is_no_problem() -> None:
    n = 50_000
    spans = [span(f"{i}", f"{i - 1}" if i else "", service=f"s{i % 2}", start_us=n - i) for i in reversed(range(n))]
    (trace,), (finding,) = build_traces(spans)
    assert trace.parents == tuple(range(-1, n - 1))
    assert finding.code == "clock-skew"


SPANS = st.lists(
    st.builds(
        span, st.integers(0, 12).map(str), st.integers(0, 14).map(str) | st.just(""), st.sampled_from(["web", "shop", "bank", ""]),
        st.integers(1, 10_000), st.none() | st.integers(0, 5_000), kind=st.sampled_from(["client", "server", "producer", "consumer", "internal", ""]),
    ),
    max_size=20, unique_by=lambda item: item.span_id,
)  # fmt: skip


@given(SPANS)
def test_no_span_is_lost_and_every_parent_comes_first(spans: list[Span]) -> None:
    traces, findings = build_traces(spans)
    assert sorted(item.span_id for trace in traces for item in trace.spans) == sorted(item.span_id for item in spans)
    for trace in traces:
        assert all(parent == NO_PARENT or parent < position for position, parent in enumerate(trace.parents))
        for position, parent in enumerate(trace.parents):
            child = trace.spans[position]
            if parent != NO_PARENT:
                assert child.parent_id == trace.spans[parent].span_id
                if child.service != trace.spans[parent].service:
                    assert child.start_us >= trace.spans[parent].start_us
    known = {item.span_id for item in spans}
    n_orphans = sum(item.parent_id not in known for item in spans if item.parent_id)
    assert sum(finding.count or 0 for finding in findings if finding.code == "orphan-spans") == n_orphans
