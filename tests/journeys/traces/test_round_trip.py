"""Whatever the traces, the learned diagram survives writing, reading and drawing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.journeys import draw_svg, parse_diagram, to_mermaid
from slo_workbench.journeys.parsing import LONGEST_TEXT_CHARS
from slo_workbench.journeys.traces import LearnedJourney, Span, build_traces, learn_journey
from slo_workbench.journeys.traces.json_values import as_text

HOSTILE = (
    "<script>alert(1)</script>", "end", "a; b", "#35;", "#nonsense;", "%%{init}%%", "wrap: x", "loop", "->>", "-->>", ":", "A as B", "שלום עולם",
    "مرحبا", "注文", "Caller", "Caller", "participant", "<br/>", "[x](https://example.org)", "a\nend\nb", "x" * 300, "()", "+", "-", "@{", "}", "\"", "",
    "shop", "shop", "mysql", "kafka", "/a/b/7", "🛒", "a,b", "--)", "note over", "title: x", "\\",
)  # fmt: skip
NAMES = st.sampled_from(HOSTILE) | st.text(max_size=6)
TEXT = NAMES.map(as_text)


@st.composite
def made_spans(draw: st.DrawFn) -> list[Span]:
    n = draw(st.integers(1, 14))
    kinds: Any = st.sampled_from(["client", "server", "producer", "consumer", "internal", ""])
    return [
        Span(
            trace_id=draw(st.sampled_from("ab")), span_id=str(i), parent_id=draw(st.just("") | st.integers(0, n + 1).map(str)),
            name=draw(TEXT), service=draw(TEXT), kind=draw(kinds), start_us=draw(st.integers(1, 100_000)),
            duration_us=draw(st.none() | st.integers(0, 10**9)), is_error=draw(st.booleans()), follows=draw(st.booleans()), peer=draw(TEXT),
            address=draw(TEXT), method=draw(st.sampled_from(["", "GET"])), path=draw(TEXT), db_system=draw(st.just("") | TEXT),
            messaging_system=draw(st.just("") | TEXT), destination=draw(TEXT),
        )
        for i in range(n)
    ]  # fmt: skip


def assert_round_trip(journey: LearnedJourney) -> None:
    text = to_mermaid(journey.diagram)
    again, findings = parse_diagram(text)
    assert journey.diagram == again, text
    assert [finding for finding in findings if finding.severity != "note"] == [], text


@given(made_spans(), st.sampled_from([2, 5, 40]))
def test_any_journey_reads_back_as_itself_and_can_be_drawn(spans: list[Span], max_messages: int) -> None:
    journey = learn_journey(build_traces(spans)[0], max_messages=max_messages)
    assert_round_trip(journey)
    assert draw_svg(journey.diagram, theme="light").endswith("</svg>")
    assert "<script" not in draw_svg(journey.diagram)


@given(made_spans())
def test_every_call_in_the_table_points_to_its_message(spans: list[Span]) -> None:
    journey = learn_journey(build_traces(spans)[0], max_messages=10)
    messages = journey.diagram.messages
    assert 0 <= len(messages) <= 10
    assert len(journey.calls) == sum(not message.is_reply for message in messages)
    for row in journey.calls.to_dict("records"):
        message = messages[row["number"]]
        assert (message.sender, message.receiver) == (row["caller"], row["callee"])
        assert message.text.split("\n")[0] == row["operation"]
        assert row["n_traces"] <= journey.n_traces
        assert row["n_errors"] <= row["n_calls"]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=6))
def test_the_table_counts_what_the_traces_hold(shape: list[tuple[int, int]]) -> None:
    """Each trace calls one service so many times, which calls another so many times each."""
    spans = []
    for trace, (n_outer, n_inner) in enumerate(shape):
        spans.append(Span(trace_id=str(trace), span_id="r", service="shop", kind="server", name="buy", start_us=1, duration_us=10))
        for i in range(n_outer):
            spans.append(
                Span(trace_id=str(trace), span_id=f"o{i}", parent_id="r", service="stock", kind="server", name="ask", start_us=2 + i)
            )
            spans += [
                Span(trace_id=str(trace), span_id=f"i{i}-{k}", parent_id=f"o{i}", service="bin", kind="server", name="look", start_us=9 + i)
                for k in range(n_inner)
            ]
    journey = learn_journey(build_traces(spans)[0])
    counted = dict(zip(journey.calls["callee"], journey.calls["n_calls"], strict=True))
    n_outer, n_inner = sum(outer for outer, _ in shape), sum(outer * inner for outer, inner in shape)
    expected = {"shop": len(shape)} | ({"stock": n_outer, "bin": n_inner} if n_outer else {})
    assert counted == expected
    assert_round_trip(journey)


def test_names_of_nothing_but_special_characters_stay_within_the_longest_text() -> None:
    spans = [Span(trace_id="a", span_id="r", service=";" * 60, kind="server", name=";" * 60, start_us=1)]
    spans += [
        Span(trace_id="a", span_id=str(i), parent_id="r", service=f"{i:03}" + "#;" * 28, kind="server", name=";" * 60, start_us=2 + i)
        for i in range(100)
    ]
    journey = learn_journey(build_traces(spans)[0], max_messages=200)
    assert 20 < len(journey.diagram.messages) < 200
    assert len(to_mermaid(journey.diagram)) <= LONGEST_TEXT_CHARS
    assert "calls-left-out" in [finding.code for finding in journey.findings]
    assert_round_trip(journey)
