"""A journey learned from traces made by hand: every figure can be counted by eye."""

import math
from typing import Any

import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.journeys import to_mermaid
from slo_workbench.journeys.sequence import Fragment, walk
from slo_workbench.journeys.traces import LearnedJourney, Span, build_traces, learn_journey

MS = 1_000


class Made:
    """Spans of made-up traces; times in milliseconds."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(
        self, service: str, kind: Any, parent: Span | None = None, *, trace: str = "", at_ms: int = 0, takes_ms: int | None = 1, **more: Any
    ) -> Span:
        span = Span(
            trace_id=parent.trace_id if parent else trace, span_id=str(len(self.spans) + 1), parent_id=parent.span_id if parent else "",
            service=service, kind=kind, start_us=10**15 + at_ms * MS, duration_us=None if takes_ms is None else takes_ms * MS, **more,
        )  # fmt: skip
        self.spans.append(span)
        return span

    def learned(self, root: str | None = None, **options: Any) -> LearnedJourney:
        return learn_journey(build_traces(self.spans)[0], root=root, **options)


def lines(journey: LearnedJourney) -> list[str]:
    """The messages and frames of the diagram's text, without declarations."""
    words = ("sequenceDiagram", "title", "actor", "participant")
    return [line.strip() for line in to_mermaid(journey.diagram).splitlines() if not line.strip().startswith(words)]


def codes(journey: LearnedJourney) -> list[str]:
    return [finding.code for finding in journey.findings]


def frames(journey: LearnedJourney) -> list[tuple[str, str]]:
    return [(item.kind, item.sections[0].label) for item in walk(journey.diagram.statements) if isinstance(item, Fragment)]


def shop_asks_bank(made: Made, trace: str, *, bank_ms: int = 30, n_calls: int = 1, is_error: bool = False) -> None:
    root = made.add("shop", "server", trace=trace, takes_ms=100, method="POST", route="/orders")
    for i in range(n_calls):
        client = made.add(
            "shop", "client", root, at_ms=10 + 20 * i, takes_ms=bank_ms, name="HTTP POST", method="POST", path="/pay/77", is_error=is_error
        )
        made.add("bank", "server", client, at_ms=11 + 20 * i, takes_ms=bank_ms - 2, method="POST", route="/pay/{card}")


def test_both_sides_of_a_call_are_one_message_with_the_callers_latency() -> None:
    made = Made()
    shop_asks_bank(made, "a")
    journey = made.learned()
    assert lines(journey) == [
        "Caller->>+shop: POST /orders<br/>100 ms",
        "shop->>+bank: POST /pay/{card}<br/>30 ms",
        "bank-->>-shop:",
        "shop-->>-Caller:",
    ]
    assert journey.findings == ()
    assert (
        journey.sentences[0]
        == "The diagram stands on 1 trace that begins with shop: POST /orders; it shows 2 of 2 calls between services, as 2 steps."
    )


def test_the_caller_outside_is_an_actor() -> None:
    made = Made()
    shop_asks_bank(made, "a")
    assert [(person.name, person.kind) for person in made.learned().diagram.participants] == [
        ("Caller", "actor"), ("shop", "participant"), ("bank", "participant"),
    ]  # fmt: skip


def test_work_inside_a_service_is_not_drawn_but_its_calls_are() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a", name="buy")
    inside = made.add("shop", "internal", made.add("shop", "internal", root))
    made.add("bank", "server", inside, name="pay", takes_ms=7)
    assert lines(made.learned())[1] == "shop->>+bank: pay<br/>7 ms"


def test_calls_are_merged_and_counted_over_all_traces() -> None:
    made = Made()
    for i in range(40):
        shop_asks_bank(made, f"t{i}", bank_ms=30 + i, is_error=i < 2)
    calls = made.learned().calls
    assert list(calls["number"]) == [0, 1]
    bank = calls.iloc[1]
    assert (bank["caller"], bank["callee"], bank["operation"]) == ("shop", "bank", "POST /pay/{card}")
    assert (bank["n_calls"], bank["n_traces"], bank["calls_per_trace"], bank["n_errors"]) == (40, 40, 1.0, 2)
    assert (bank["p50_ms"], bank["p95_ms"], bank["max_ms"], bank["error_share"]) == (49.0, 67.0, 69.0, 0.05)
    assert math.isnan(bank["p99_ms"]), "40 calls carry no 99th percentile"


def test_labels_give_p95_from_twenty_calls_on_and_the_slowest_before() -> None:
    made = Made()
    for i in range(19):
        shop_asks_bank(made, f"t{i}", bank_ms=30 + i)
    assert lines(made.learned())[1].endswith("<br/>p50 39 ms, max 48 ms")
    shop_asks_bank(made, "t19", bank_ms=90)
    assert lines(made.learned())[1].endswith("<br/>p50 39 ms, p95 48 ms")
    assert any("fewer than 20" in sentence for sentence in made.learned().sentences) is False


def test_replies_tell_failures_as_a_count_or_as_a_share() -> None:
    made = Made()
    for i in range(3):
        shop_asks_bank(made, f"t{i}", is_error=i == 0)
    assert lines(made.learned())[2] == "bank-->>-shop: 1 of 3 fails"
    for i in range(3, 200):
        shop_asks_bank(made, f"t{i}")
    assert lines(made.learned())[2] == "bank-->>-shop: 0.5 % fail"


def test_an_error_of_the_answering_side_is_one_of_the_call() -> None:
    made = Made()
    client = made.add("shop", "client", made.add("shop", "server", trace="a"))
    made.add("bank", "server", client, is_error=True)
    assert made.learned().calls["n_errors"].tolist() == [0, 1]


def test_repeated_calls_become_a_loop() -> None:
    made = Made()
    for i, n_calls in enumerate((1, 3, 3, 3, 12)):
        shop_asks_bank(made, f"t{i}", n_calls=n_calls)
    journey = made.learned()
    assert frames(journey) == [("loop", "3 times a trace, 1 to 12")]
    assert lines(journey)[2] == "shop->>+bank: POST /pay/{card}<br/>4.4 a trace, p50 30 ms, p95 30 ms"


def test_a_rare_repeat_is_told_as_one() -> None:
    made = Made()
    for i, n_calls in enumerate((1, 1, 1, 2)):
        shop_asks_bank(made, f"t{i}", n_calls=n_calls)
    assert frames(made.learned()) == [("loop", "once a trace, up to 2")]


def test_calls_of_only_some_traces_are_optional() -> None:
    made = Made()
    for i in range(40):
        shop_asks_bank(made, f"t{i}", n_calls=int(i < 12))
    assert frames(made.learned()) == [("opt", "in 12 of 40 traces")]


def test_inside_an_optional_call_shares_are_of_the_traces_that_have_it() -> None:
    made = Made()
    for i in range(8):
        root = made.add("shop", "server", trace=f"t{i}", name="buy")
        bank = made.add("bank", "server", root, name="pay") if i < 4 else None
        if i < 2:
            made.add("fraud", "server", bank, name="check")
    assert frames(made.learned()) == [("opt", "in 4 of 8 traces"), ("opt", "in 2 of 4 traces")]


def test_calls_that_always_come_together_share_a_frame() -> None:
    made = Made()
    for i in range(4):
        root = made.add("shop", "server", trace=f"t{i}", name="buy")
        for k in range(3 if i < 2 else 0):
            made.add("stock", "server", root, name="reserve", at_ms=10 * k)
            made.add("bank", "server", root, name="pay", at_ms=10 * k + 5)
    journey = made.learned()
    assert frames(journey) == [("opt", "in 2 of 4 traces"), ("loop", "3 times a trace")]
    assert [message.text.split("\n")[0] for message in journey.diagram.messages if not message.is_reply] == ["buy", "reserve", "pay"]


def test_calls_stand_in_the_order_in_which_they_typically_begin() -> None:
    made = Made()
    for i in range(5):
        root = made.add("shop", "server", trace=f"t{i}", name="buy")
        made.add("late", "server", root, at_ms=1 if i == 0 else 50, name="late")
        made.add("early", "server", root, at_ms=20, name="early")
    assert made.learned().calls["callee"].tolist() == ["shop", "early", "late"]


def test_a_database_is_called_by_its_name_and_has_its_kind() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a")
    made.add(
        "shop", "client", root, db_system="postgresql", db_name="orders", address="10.0.0.7:5432", db_statement="SELECT 4711 FROM lines"
    )
    made.add("shop", "client", root, at_ms=1, peer="memcache", name="get")
    journey = made.learned()
    assert [(person.name, person.kind) for person in journey.diagram.participants[2:]] == [("orders", "database"), ("memcache", "database")]
    assert journey.calls["operation"].tolist()[1:] == ["SELECT lines", "get"]


def test_a_database_named_like_a_service_gets_another_name() -> None:
    made = Made()
    auth = made.add("auth", "server", made.add("shop", "server", trace="a"))
    made.add("auth", "client", auth, db_system="cassandra", db_name="auth")
    people = made.learned().diagram.participants
    assert [(person.name, person.kind) for person in people[2:]] == [("auth", "participant"), ("auth database", "database")]


def test_a_message_goes_through_the_queue_and_nobody_answers() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a", name="buy", takes_ms=5)
    sent = made.add("shop", "producer", root, name="send", messaging_system="kafka", destination="orders", at_ms=1, takes_ms=2)
    received = made.add("mailer", "consumer", sent, name="process", messaging_system="kafka", destination="orders", at_ms=90, is_error=True)
    made.add("smtp", "server", received, at_ms=91, name="deliver")
    journey = made.learned()
    assert lines(journey) == [
        "Caller->>+shop: buy<br/>5 ms",
        "shop-)kafka orders: send orders<br/>2 ms",
        "kafka orders-)mailer: process orders<br/>1 ms, fails",
        "mailer->>+smtp: deliver<br/>1 ms",
        "smtp-->>-mailer:",
        "shop-->>-Caller:",
    ]
    assert journey.diagram.participants[2].kind == "queue"


def test_a_callee_that_nobody_names_is_drawn_as_unknown_and_told() -> None:
    made = Made()
    made.add("shop", "client", made.add("shop", "server", trace="a"), name="fetch")
    journey = made.learned()
    assert journey.calls["callee"].tolist() == ["shop", "unknown peer of shop"]
    assert codes(journey) == ["unknown-peer"]


def test_an_address_is_known_by_the_service_that_answered_there_before() -> None:
    made = Made()
    for trace, has_server in (("a", True), ("b", False)):
        client = made.add("shop", "client", made.add("shop", "server", trace=trace), address="localhost:8083", method="GET", path="/stock")
        if has_server:
            made.add("stock", "server", client, method="GET", route="/stock")
    journey = made.learned()
    assert journey.calls["callee"].tolist() == ["shop", "stock"]
    assert journey.calls["n_calls"].tolist() == [2, 2]
    assert codes(journey) == ["peer-from-address"]


def test_an_address_where_two_services_answered_stays_an_address() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a")
    for i, service in enumerate(("stock", "bank", None)):
        client = made.add("shop", "client", root, at_ms=i, address="proxy:80", method="GET", path=f"/{service}")
        if service:
            made.add(service, "server", client)
    assert "proxy:80" in made.learned().calls["callee"].tolist()


def test_a_client_around_a_client_is_one_call() -> None:
    made = Made()
    outer = made.add("shop", "client", made.add("shop", "server", trace="a"), name="BankClient.pay")
    made.add("bank", "server", made.add("shop", "client", outer, name="HTTP POST", takes_ms=9), name="pay", takes_ms=7)
    assert lines(made.learned())[1] == "shop->>+bank: pay<br/>9 ms"
    assert len(made.learned().calls) == 2


def test_a_journey_may_begin_with_a_client_and_needs_no_caller() -> None:
    made = Made()
    made.add("shop", "server", made.add("app", "client", trace="a", takes_ms=9), name="buy", takes_ms=5)
    assert lines(made.learned()) == ["app->>+shop: buy<br/>9 ms", "shop-->>-app:"]


def test_the_root_can_be_any_span_and_only_what_is_below_it_counts() -> None:
    made = Made()
    shop_asks_bank(made, "a")
    for root in ("bank", "bank: POST /pay/{card}", "bank: POST*", "*pay/{card}*", "shop: POST /pay*"):
        journey = made.learned(root)
        expected = ["shop", "bank"] if root.startswith("shop") else ["Caller", "bank"]
        assert [person.name for person in journey.diagram.participants] == expected, root


def test_a_root_that_occurs_twice_in_a_trace_counts_twice_and_is_told() -> None:
    made = Made()
    shop_asks_bank(made, "a", n_calls=3)
    journey = made.learned("bank")
    assert journey.n_traces == 3
    assert codes(journey) == ["root-repeated"]


def test_without_a_root_the_most_frequent_is_taken_and_the_others_are_listed() -> None:
    made = Made()
    for i in range(3):
        made.add("shop", "server", trace=f"t{i}", name="buy")
    made.add("shop", "server", trace="t9", name="look")
    journey = made.learned()
    assert journey.n_traces == 3
    assert journey.findings[0].code == "several-roots"
    assert journey.findings[0].message == "shop: buy begins the most traces, 3 of 4; others begin with shop: look (1)"


def test_an_unknown_root_is_refused_with_the_nearest_name() -> None:
    made = Made()
    shop_asks_bank(made, "a")
    with pytest.raises(FindingsError) as raised:
        made.learned("shp")
    (finding,) = raised.value.findings
    assert (finding.code, finding.hint) == ("unknown-root", "did you mean 'shop'?")
    assert "shop: POST /orders (1)" in finding.message


def test_no_traces_teach_nothing() -> None:
    with pytest.raises(FindingsError, match="no-traces"):
        learn_journey(())


def test_the_most_frequent_calls_are_kept_with_all_that_led_to_them() -> None:
    made = Made()
    for i in range(10):
        root = made.add("shop", "server", trace=f"t{i}", name="buy")
        for k in range(10):
            if k <= i:
                made.add("deep", "server", made.add(f"s{k}", "server", root, name="ask"), name="look up")
    journey = made.learned(max_messages=8)
    assert journey.calls["callee"].tolist() == ["shop", "s0", "deep", "s1"]
    assert len(journey.diagram.messages) == 8
    (finding,) = [finding for finding in journey.findings if finding.code == "calls-left-out"]
    assert finding.count == 17
    assert finding.message == "17 of 21 kinds of calls are not drawn: 81 of 120 calls"


@pytest.mark.parametrize("max_messages", [1, 0, 201])
def test_the_number_of_messages_has_its_bounds(max_messages: int) -> None:
    made = Made()
    shop_asks_bank(made, "a")
    with pytest.raises(UnusableValue, match="between 2 and 200"):
        made.learned(max_messages=max_messages)


def test_a_chain_of_fifty_thousand_services_teaches_its_beginning() -> None:
    made = Made()
    span = made.add("s0", "server", trace="a")
    for i in range(1, 50_000):
        span = made.add(f"s{i}", "", span, at_ms=i)
    journey = made.learned(max_messages=200)
    assert len(journey.calls) == 100
    assert journey.calls["callee"].tolist() == [f"s{i}" for i in range(100)]


def test_frames_go_no_deeper_than_four() -> None:
    made = Made()
    for i in range(2**7):
        span = made.add("s0", "server", trace=f"t{i}", name="go")
        for k in range(1, 8):
            if i % 2**k == 0:
                span = made.add(f"s{k}", "server", span, name="go", at_ms=k)
    journey = made.learned()
    assert len(frames(journey)) == 4
    assert journey.calls["n_traces"].tolist() == [2 ** (7 - k) for k in range(8)]
    assert "0.031 a trace" in lines(journey)[9]


def test_where_one_such_span_is_below_another_only_the_upper_begins_a_journey() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a", name="buy")
    made.add("shop", "server", made.add("bank", "server", root, name="pay"), name="confirm")
    journey = made.learned("shop")
    assert journey.n_traces == 1
    assert journey.calls["operation"].tolist() == ["buy", "pay", "confirm"]


def test_a_repeated_call_stands_where_the_first_of_its_calls_begins() -> None:
    made = Made()
    root = made.add("shop", "server", trace="a", name="buy")
    for at_ms in (10, 90):
        made.add("stock", "server", root, at_ms=at_ms, name="reserve")
    made.add("bank", "server", root, at_ms=50, name="pay")
    assert made.learned().calls["callee"].tolist() == ["shop", "stock", "bank"]


def test_further_answers_to_one_call_are_further_tries() -> None:
    made = Made()
    client = made.add("shop", "client", made.add("shop", "server", trace="a", name="buy"), takes_ms=50, name="pay")
    for at_ms in (5, 20):
        made.add("bank", "server", client, at_ms=at_ms, takes_ms=3, name="pay")
    bank = made.learned().calls.iloc[1]
    assert (bank["n_calls"], bank["p50_ms"], bank["max_ms"]) == (2, 3.0, 50.0)


def test_traces_with_lost_parents_warn_that_optional_calls_may_be_lost_ones() -> None:
    made = Made()
    shop_asks_bank(made, "a")
    shop_asks_bank(made, "b", n_calls=0)
    lost = Span(trace_id="b", span_id="99", parent_id="98", service="bank", kind="server", name="pay", start_us=10**15)
    made.spans.append(lost)
    finding = next(finding for finding in made.learned().findings if finding.code == "incomplete-traces")
    assert finding.message.startswith("1 of 2 traces holds spans whose parents are missing")


def test_one_trace_and_one_step_are_told_as_one() -> None:
    made = Made()
    shop_asks_bank(made, "t0")
    told = made.learned().sentences
    assert "No trace failed at the first step." in told
    assert any(
        "fewer than 20 timed calls; for them the slowest call" in sentence and sentence.startswith("All 2 steps have") for sentence in told
    )
    for number in range(1, 3):
        shop_asks_bank(made, f"t{number}")
    assert "None of 3 traces failed at the first step." in made.learned().sentences


def test_the_only_trace_with_lost_parents_is_called_so() -> None:
    made = Made()
    made.spans.append(Span(trace_id="b", span_id="99", parent_id="98", service="bank", kind="server", name="pay", start_us=10**15))
    (finding,) = [one for one in made.learned().findings if one.code == "incomplete-traces"]
    assert finding.message.startswith("the only trace holds spans whose parents are missing")
