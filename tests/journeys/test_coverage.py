from __future__ import annotations

import pytest

from slo_workbench.journeys.branch_coverage import cover_branches
from tests.journeys.questions import covered, indicator, seen

SHOP = (
    "actor U as Buyer", "participant App as Web app", "participant LB as Load balancer", "participant S as Orders", "participant P as Payment provider",
    "participant Q as Mail queue",
    "U->>App: pay", "App->>LB: POST /orders", "LB->>S: order", "S->>P: card", "P-->>S: yes", "S-)Q: sold", "S-->>App: 201", "App-->>U: thanks",
)  # fmt: skip
PAY, POST, ORDER, CARD, SOLD = 0, 1, 2, 3, 5


def test_an_indicator_counts_the_arrow_whose_route_its_predicate_lets_through() -> None:
    assert covered(SHOP, indicator()).counted == {"sli": (POST,)}


def test_behind_a_load_balancer_a_log_counts_what_is_passed_on() -> None:
    assert covered(SHOP, indicator(at="server_log")).counted == {"sli": (ORDER,)}


def test_what_is_asked_for_a_counted_answer_is_seen_through_it() -> None:
    coverage = covered(SHOP, indicator())
    assert seen(coverage) == {(POST, "front-fails"), (ORDER, "fails"), (CARD, "fails")}
    assert coverage.seeing_through(CARD) == ("sli",)
    assert coverage.counting(CARD) == ()


def test_latency_sees_slow_ones_and_failed_ones() -> None:
    assert (CARD, "slow") in seen(covered(SHOP, indicator(kind="latency")))
    assert (CARD, "slow") not in seen(covered(SHOP, indicator(kind="availability")))


def test_only_the_client_and_a_prober_see_what_never_arrives_or_never_comes_back() -> None:
    from_outside = {(PAY, "broken"), (POST, "unreached"), (POST, "answer-lost")}
    for point in ("client", "prober"):
        assert from_outside <= seen(covered(SHOP, indicator(at=point)))
    for point in ("load_balancer", "server_log", "application_metric"):
        assert not from_outside & seen(covered(SHOP, indicator(at=point)))


def test_a_server_log_does_not_see_what_the_front_end_answers_itself() -> None:
    assert (POST, "front-fails") in seen(covered(SHOP, indicator()))
    assert (POST, "front-fails") not in seen(covered(SHOP, indicator(at="server_log")))


def test_nobody_sees_what_is_handed_over_but_freshness_and_coverage() -> None:
    assert SOLD in covered(SHOP, indicator()).blind
    sold = covered(SHOP, indicator(kind="coverage", at="application_metric", arrows=("sold",)))
    assert (SOLD, "lost") in seen(sold)
    assert (SOLD, "late") not in seen(sold)


def test_answers_to_what_is_seen_are_seen_and_others_are_blind() -> None:
    blind = covered(SHOP, indicator()).blind
    assert blind == {PAY, SOLD, 7}


def test_quality_counted_in_the_service_is_seen_at_the_front_end_that_hands_it_on() -> None:
    assert {(POST, "wrong"), (ORDER, "wrong"), (CARD, "wrong")} <= seen(covered(SHOP, indicator(kind="quality", at="application_metric")))


CHAIN = (
    "participant Q as Queue", "actor U as Buyer", "Q-)W: sold", "W->>W: draw", "W->>DB: keep", "W-)U: ticket", "W-)L: log",
)  # fmt: skip


def test_at_the_end_of_a_chain_freshness_sees_all_delays_before_it_and_nothing_after() -> None:
    found = seen(covered(CHAIN, indicator(kind="freshness", at="application_metric", arrows=("ticket",))))
    assert {(0, "late"), (2, "slow"), (2, "fails"), (3, "late")} <= found
    assert not [mode for call, mode in found if call == 4]


def test_a_run_that_never_starts_is_seen_by_completion_only() -> None:
    lines = ("participant C as Cron", "C-)Job: 03:00", "Job->>Job: sum")
    for kind, expected in (("completion", True), ("coverage", False), ("freshness", False)):
        found = seen(covered(lines, indicator(kind=kind, at="application_metric", arrows=("03:00",))))
        assert ((0, "not-started") in found) is expected


def test_writes_to_a_store_can_be_forgotten_and_writes_to_a_cache_need_not_be_kept() -> None:
    people = ("actor U", "participant DB as Database", "participant C as Cache")
    modes = {
        (one.call, one.mode.id) for one in covered((*people, "U->>S: save", "S->>DB: write it", "S->>C: write it", "S->>DB: read it")).modes
    }
    assert [(call, "forgotten") in modes for call in (1, 2, 3)] == [True, False, False]


def test_what_would_show_when_a_participant_fails() -> None:
    found = covered(SHOP, indicator()).when_fails("P")
    assert [(one.mode.id, one.is_seen) for one in found] == [("fails", True), ("slow", False)]


def test_an_arrow_that_is_not_there_is_named_with_the_nearest() -> None:
    (finding,) = [one for one in covered(SHOP, indicator(arrows=("solt",))).findings if one.code == "unknown-arrow"]
    assert finding.hint == "did you mean 'sold'?"


def test_an_indicator_of_which_no_arrow_is_known_is_told_how_to_name_one() -> None:
    (finding,) = [one for one in covered(SHOP, indicator(valid="true")).findings if one.code == "indicator-on-no-arrow"]
    assert "arrows: ['pay']" in finding.hint


@pytest.mark.parametrize(
    ("valid", "counts"),
    [
        ("route = '/seats/{event}'", True), ("route = '/seats/:id' and client = 'web'", True), ("route like '/seats/%'", True), ("route in ('/a', '/seats/{x}')", True),
        ("route = '/seats'", False), ("route <> '/orders'", False), ("route = '/seats/{event}' and method = 'POST'", False),
        ("(route = '/seats/{event}' or (route = '/orders' and method = 'POST'))", True), ("lower(route) = '/seats/{event}'", False), ("not (((", False),
        ("url = '/seats/{event}'", True),
    ],
)  # fmt: skip
def test_routes_are_matched_in_the_spelling_of_the_predicate(valid: str, counts: bool) -> None:
    assert covered(("actor U", "U->>S: GET /seats/{id}?view=3d"), indicator(valid=valid)).counted["sli"] == ((0,) if counts else ())


def test_a_request_passed_on_under_the_same_path_is_counted_once() -> None:
    lines = ("actor U", "participant LB as Load balancer", "U->>LB: POST /orders", "LB->>A: POST /orders", "A->>B: POST /orders")
    assert covered(lines, indicator()).counted["sli"] == (0,)
    assert covered(lines, indicator(at="server_log")).counted["sli"] == (1,)


FALLBACK = ("actor U", "U->>S: POST /orders", "S->>P: price", "alt known", "P-->>S: 5", "S-->>U: 201", "else timeout", "S-->>U: {}", "end")


def test_a_failure_that_a_branch_answers_all_the_same_is_seen_by_quality_only() -> None:
    lines = tuple(line.format("201 default price") for line in FALLBACK)
    found = covered(lines, indicator(), indicator("good-ones", kind="quality"))
    (price,) = [one for one in found.modes if (one.call, one.mode.id) == (1, "fails")]
    assert (price.counts, price.through, price.hidden_by) == ((), ("good-ones",), "else timeout")


def test_a_branch_that_answers_with_an_error_hides_nothing() -> None:
    lines = tuple(line.format("504") for line in FALLBACK)
    assert (1, "fails") in seen(covered(lines, indicator()))


def test_an_answer_that_an_indicator_does_not_count_is_said_to_be_not_counted() -> None:
    lines = ("actor U", "U->>S: POST /orders", "alt taken", "S-->>U: 409", "else declined", "S-->>U: 402", "end")
    one = indicator(kind="correctness", valid="route = '/orders' and (status < 400 or status = 409)", good="status <> 409")
    assert [dict(branch.verdicts) for branch in cover_branches(covered(lines, one), [one])] == [{"sli": "bad"}, {"sli": "not counted"}]


def test_a_status_that_tells_of_conflicts_tells_of_no_other_wrong_answer() -> None:
    found = seen(covered(SHOP, indicator(kind="correctness", good="status <> 409")))
    assert (POST, "wrong") in found
    assert (CARD, "wrong") not in found


def test_work_that_fails_on_the_way_shows_at_the_end_of_the_chain() -> None:
    found = seen(covered(CHAIN, indicator(kind="coverage", at="application_metric", arrows=("ticket",))))
    assert (1, "stuck") in found


def test_branches_say_what_they_count_as() -> None:
    lines = (
        "actor U",
        "U->>S: POST /orders",
        "alt paid",
        "S-->>U: 201",
        "else refused",
        "S-->>U: 429 later",
        "else odd",
        "S-->>U: hm",
        "end",
    )
    one = indicator()
    found = cover_branches(covered(lines, one), [one])
    assert [(branch.branch.shown, branch.status, dict(branch.verdicts)) for branch in found] == [
        ("alt paid", 201, {"sli": "good"}), ("else refused", 429, {"sli": "bad"}), ("else odd", None, {"sli": "not told apart"}),
    ]  # fmt: skip


def test_a_branch_of_which_nothing_is_seen_is_said_to_be_unseen() -> None:
    lines = ("actor U", "U->>S: POST /orders", "S-->>U: 201", "opt newsletter", "S-)Q: address", "end")
    one = indicator()
    assert [branch.is_seen for branch in cover_branches(covered(lines, one), [one])] == [False]
