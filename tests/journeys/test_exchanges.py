from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.journeys import Diagram, Message
from slo_workbench.journeys.exchanges import Exchanges, read_exchanges
from slo_workbench.journeys.roles import read_roles
from slo_workbench.journeys.sequence import Fragment, Section
from tests.journeys.questions import understood


def exchanges_of(*lines: str) -> Exchanges:
    return understood(*lines)[2]


def test_an_answer_belongs_to_the_call_it_answers_and_calls_made_meanwhile_to_theirs() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "A->>B: look", "B-->>A: found", "A-->>U: answer")
    assert [(one.call, one.replies, one.parent) for one in found] == [(0, (3,), None), (1, (2,), 0)]


def test_an_answer_over_the_heads_of_others_answers_them_too() -> None:
    found = exchanges_of("actor U", "U->>LB: GET /", "LB->>A: page", "A->>DB: read", "A-->>U: 200")
    assert {one.call: one.replies for one in found} == {0: (3,), 1: (3,), 2: (3,)}
    assert found.reply_of == {3: (0, 1, 2)}


def test_each_branch_of_an_alt_may_answer() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "alt well", "A-->>U: 200", "else badly", "A-->>U: 500", "end", "U->>A: again")
    assert found.by_call[0].replies == (1, 2)
    assert found.by_call[3].parent is None


def test_what_follows_an_opt_that_answers_early_is_still_for_the_same_call() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "opt cached", "A-->>U: at once", "end", "A->>B: look", "A-->>U: answer")
    assert found.by_call[2].parent == 0
    assert found.by_call[0].replies == (1, 3)


def test_open_heads_and_queues_wait_for_nobody() -> None:
    found = exchanges_of("actor U", "participant Q as Mail queue", "U->>A: buy", "A->>Q: sold", "A-)B: note", "A->>C: sync")
    assert [one.is_asynchronous for one in found] == [False, True, True, False]


def test_calls_from_work_that_was_handed_over_are_made_for_that_work() -> None:
    found = exchanges_of("actor U", "participant Q as Queue", "Q-)W: job", "W->>W: do", "W->>DB: write", "W-)U: done")
    assert [one.parent for one in found] == [None, 0, 0, 0]
    assert found.waiting(2) == (0,)
    assert {found.chain_of(call) for call in found.by_call} == {0}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("U->>App: tap", "interaction"), ("App->>LB: GET /", "request"), ("U->>A: ask", "request"), ("App->>Pay: card", "third_party"),
        ("A->>Pay: card", "third_party"), ("A-)Pay: file", "delivery"), ("A-)U: mail", "delivery"), ("A-)B: job", "hand_over"),
        ("App-)Q: event", "hand_over"), ("Clock-)A: 03:00", "schedule"), ("A->>DB: read", "store"), ("A->>A: think", "work"), ("A->>B: ask", "internal"),
    ],
)  # fmt: skip
def test_who_speaks_to_whom_makes_the_class_of_an_exchange(line: str, kind: str) -> None:
    people = ["actor U", "participant App as Mobile app", "participant LB as Load balancer", "participant Pay as Payment provider",
              "participant Q as Queue", "participant Clock as Scheduler", "participant DB as Database"]  # fmt: skip
    assert [one.kind for one in exchanges_of(*people, line)] == [kind]


def test_what_people_do_after_they_got_something_they_do_of_their_own_accord() -> None:
    found = exchanges_of(
        "participant Q as Queue", "actor U", "Q-)W: sold", "W-)U: ticket", "U->>A: show it", "A->>U: which one?", "U-->>A: this"
    )
    assert [one.parent for one in found] == [None, 0, None, 2]


def test_what_a_clock_starts_waits_for_nobody_and_the_answer_to_it_is_a_receipt() -> None:
    found = exchanges_of("participant Clock as Cron", "Clock->>Job: 02:00", "Job->>Job: sum", "Job-->>Clock: exit 0")
    assert [(one.kind, one.is_asynchronous, one.replies) for one in found] == [("schedule", True, (2,)), ("work", False, ())]


def test_a_receipt_for_what_was_handed_over_is_no_new_work() -> None:
    found = exchanges_of("actor U", "participant Q as Queue", "U->>A: buy", "A->>Q: sold", "Q-->>A: stored", "A-->>U: 201")
    assert [(one.call, one.replies) for one in found] == [(0, (3,)), (1, (2,))]


def test_where_no_arrow_is_dashed_solid_arrows_back_are_answers_and_this_is_said() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "A->>B: look", "B->>A: found", "A->>U: answer")
    assert {one.call: one.replies for one in found} == {0: (3,), 1: (2,)}
    assert [finding.code for finding in found.findings] == ["answers-drawn-solid"]


def test_with_dashed_answers_a_solid_arrow_back_asks_something() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "A->>U: which one?", "U-->>A: this", "A-->>U: answer")
    assert {one.call: one.replies for one in found} == {0: (3,), 1: (2,)}
    assert found.findings == ()


def test_a_dashed_arrow_that_answers_nothing_is_an_exchange_of_its_own() -> None:
    found = exchanges_of("actor U", "U->>A: ask", "B-->>C: by the way")
    assert [(one.call, one.is_asynchronous) for one in found] == [(0, False), (1, True)]


def test_the_branches_around_a_message_are_kept_outermost_first() -> None:
    found = exchanges_of("actor U", "alt one", "loop daily", "U->>A: x", "end", "else two", "U->>A: y", "end")
    assert [[branch.shown for branch in one.branches] for one in found] == [["alt one", "loop daily"], ["else two"]]


NAMES = st.sampled_from(["U", "A", "B", "Mail queue", "Scheduler"])
MESSAGES = st.builds(Message, NAMES, NAMES, st.sampled_from(["x", "GET /a", ""]), st.sampled_from(["->>", "-->>", "-)", "-x", "--)"]))
TREES = st.recursive(
    MESSAGES,
    lambda inner: st.builds(
        lambda kind, parts: Fragment(kind, tuple(Section("s", tuple(part)) for part in parts)),
        st.sampled_from(["alt", "opt", "loop", "par", "critical", "break", "rect"]), st.lists(st.lists(inner, max_size=3), min_size=1, max_size=3),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(TREES, max_size=8))
def test_every_message_is_a_call_or_an_answer_and_calls_come_before_what_they_cause(statements: list[object]) -> None:
    diagram = Diagram(tuple(statements))  # type: ignore[arg-type]
    found = read_exchanges(diagram, read_roles(diagram))
    calls, replies = set(found.by_call), set(found.reply_of)
    assert calls | replies == set(range(len(diagram.messages)))
    assert not calls & replies
    for one in found:
        assert one.parent is None or (one.parent < one.call and found.by_call[one.parent].callee == one.caller)
        assert all(reply > one.call for reply in one.replies)
        # only a receipt answers what nobody waits for
        assert not one.is_asynchronous or all(diagram.messages[reply].is_reply for reply in one.replies)
