from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from slo_workbench.cli import main
from slo_workbench.document.journey_model import Journey
from slo_workbench.document.model import Indicator
from slo_workbench.journeys.candidate import Candidate
from slo_workbench.journeys.candidates import standing_of, suggest_candidates
from slo_workbench.sources.source_shape import ColumnShape, RouteShape, SourceShape
from tests.conftest import STAGEDOOR
from tests.journeys.questions import understood

GOLDEN = Path(__file__).parents[1] / "golden" / "candidates.txt"


def suggested(*lines: str, shapes: tuple[SourceShape, ...] = (), **more: Any) -> dict[str, Candidate]:
    diagram, roles, _ = understood(*lines)
    found = suggest_candidates(Journey(id="buy", name="Buy a ticket"), diagram, roles, shapes=shapes, **more)
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def log(*routes: RouteShape, **columns: ColumnShape) -> SourceShape:
    usual = {"time": "time", "route": "text", "method": "text", "status": "whole number", "latency_ms": "number"}
    shapes = {name: ColumnShape(name, kind) for name, kind in usual.items()} | columns
    return SourceShape("log", "csv", shapes, routes or (RouteShape("POST", "/orders", 900, 432.0, 891.0),), 900, 28.0)


def test_a_request_suggests_availability_and_latency() -> None:
    assert list(suggested("actor U", "U->>S: POST /orders", "S-->>U: 201")) == ["buy-availability", "buy-latency"]


def test_an_asynchronous_arrow_suggests_freshness_and_coverage_and_no_availability() -> None:
    assert list(suggested("participant Q as Queue", "Q-)W: job")) == ["buy-freshness", "buy-coverage"]


def test_a_chain_of_work_gets_one_candidate_at_its_end_and_correctness_where_something_is_made() -> None:
    found = suggested("participant Q as Queue", "actor U", "Q-)W: sold", "W->>W: draw", "W-)M: mail", "M-)U: here")
    assert {id: one.calls for id, one in found.items()} == {"buy-freshness": (3,), "buy-coverage": (3,), "buy-correctness": (1,)}
    assert found["buy-freshness"].specification == "The share of items that are done soon enough, from “sold” to “here”."


def test_what_a_clock_starts_suggests_completion_and_coverage() -> None:
    found = suggested("participant C as Scheduler", "C-)Job: 03:00", "loop every row", "Job->>Job: sum", "end")
    assert list(found) == ["buy-completion", "buy-coverage", "buy-correctness"]


def test_a_write_to_a_store_suggests_durability() -> None:
    assert "buy-durability" in suggested("actor U", "participant DB as Database", "U->>S: PUT /profile", "S->>DB: write profile")


def test_a_loop_over_handed_over_work_suggests_throughput() -> None:
    assert "buy-throughput" in suggested("participant Q as Queue", "loop all day", "Q-)W: event", "end")


def test_a_third_party_behind_the_service_suggests_what_only_the_client_can_see() -> None:
    one = suggested("actor U", "participant P as Payment provider", "U->>S: POST /orders", "S->>P: card")["buy-availability-client"]
    assert (one.is_client_only, one.measured_at, [point.point for point in one.points]) == (True, "client", ["client", "prober"])
    assert "Payment provider is not ours" in one.reason


def test_a_third_party_that_the_client_asks_itself_is_measured_at_the_client_only() -> None:
    found = suggested("actor U", "participant P as App store", "U->>P: buy coins", "P-->>U: done")
    assert {one.measured_at for one in found.values()} == {"client"}
    assert {one.kind for one in found.values()} == {"availability", "latency"}


def test_a_stale_branch_suggests_quality_and_a_conflict_correctness() -> None:
    lines = ("actor U", "U->>S: POST /holds", "alt free", "S-->>U: 201", "else taken", "S-->>U: 409 choose others", "end")
    assert suggested(*lines, shapes=(log(RouteShape("POST", "/holds", 9)),))["buy-correctness"].skeleton.good == "status <> 409"
    assert "buy-quality" in suggested("actor U", "U->>S: GET /list", "alt stale", "S-->>U: 200 old list", "end")


def test_the_same_request_twice_is_one_and_one_path_for_many_things_is_said() -> None:
    found = suggested(
        "actor U", "U->>S: POST /graphql products", "U->>S: POST /graphql order", shapes=(log(RouteShape("POST", "/graphql", 9)),)
    )
    assert list(found) == ["buy-availability", "buy-latency"]
    assert found["buy-availability"].calls == (0, 1)
    assert "whether an error can come as 200" in " ".join(found["buy-availability"].skeleton.notes)


def test_many_different_requests_are_suggested_together_with_what_the_diagram_hints_at_apart() -> None:
    lines = [f"U->>S: GET /page{number}" for number in "abcde"]
    found = suggested("actor U", *lines, "S-->>U: 200 stale copy")
    assert list(found) == ["buy-availability", "buy-latency", "buy-quality-pagee"]


def test_a_chain_ends_where_people_get_what_they_wait_for() -> None:
    upload = ("participant Q as Queue", "actor U", "Q-)V: scan", "alt clean", "V-)U: ready", "else infected", "V-)U: rejected", "end")
    assert suggested(*upload)["buy-freshness"].calls == (1, 2)
    chat = ("actor A", "actor B", "A-)S: message", "S-)A: sent tick", "S-)B: message", "B-)S: read")
    assert suggested(*chat)["buy-freshness"].calls == (2,)
    iot = (
        "participant Q as Queue",
        "participant DB as Database",
        "actor U",
        "Q-)W: value",
        "W->>DB: insert value",
        "opt too hot",
        "W-)U: alarm",
        "end",
    )
    assert suggested(*iot)["buy-freshness"].calls == (1,)


def test_what_only_measures_the_service_itself_gets_no_candidate() -> None:
    assert suggested("participant P as Player", "actor U", "P-)A: heartbeat", "U->>P: play") == {}


def test_reads_and_deletes_are_not_durable() -> None:
    lines = (
        "actor U",
        "participant DB as Database",
        "U->>S: GET /books",
        "S->>DB: books by author",
        "S->>DB: delete object",
        "S->>DB: updated rows",
    )
    assert "buy-durability" not in suggested(*lines)


def test_numbers_that_are_no_status_suggest_nothing() -> None:
    for answer in ("201 order 410", "410 m", "number 409"):
        assert list(suggested("actor U", "U->>S: POST /orders", f"S-->>U: {answer}")) == ["buy-availability", "buy-latency"]


def test_ids_stay_different_and_short_enough_for_files_and_rules() -> None:
    diagram, roles, _ = understood("actor U", "U->>S: step", "U->>S: Step!", "U->>S: step 2")
    found = suggest_candidates(Journey(id="j" * 63, name="x"), diagram, roles)
    assert len({one.id for one in found}) == len(found)
    assert max(len(one.id) for one in found) <= 63


def test_a_hundred_writes_to_one_store_are_one_candidate() -> None:
    lines = [line for number in range(100) for line in (f"U->>S: PUT /x{number}", "S->>DB: write it")]
    found = suggested("actor U", "participant DB as Database", *lines)
    assert len([one for one in found.values() if one.kind == "durability"]) == 1
    assert len(found) < 10


def test_several_requests_are_counted_together_and_apart() -> None:
    found = suggested("actor U", "U->>S: GET /seats/{id}", "U->>S: POST /holds")
    assert found["buy-availability"].calls == (0, 1)
    assert {"buy-availability-seats", "buy-availability-holds", "buy-latency-seats", "buy-latency-holds"} <= set(found)


def test_predicates_use_the_spelling_and_the_columns_of_the_data() -> None:
    routes = (RouteShape("GET", "/seats/:event", 70, 100.0, 200.0), RouteShape("DELETE", "/seats/:event", 9))
    client = ColumnShape("client", "text", (("web", 60), ("crawler", 9), ("app", 3)))
    one = suggested("actor U", "U->>S: GET /seats/{id}", shapes=(log(*routes, client=client),))["buy-latency"]
    assert one.skeleton.valid == "route = '/seats/:event' and method = 'GET' and client <> 'crawler'"
    assert one.skeleton.thresholds_ms == (100.0, 200.0)
    assert one.skeleton.is_ready


def test_only_a_column_that_tells_who_asks_leaves_machines_out() -> None:
    category = ColumnShape("category", "text", (("keyboard", 5), ("monitor", 4), ("health", 1)))
    one = suggested("actor U", "U->>S: POST /orders", shapes=(log(category=category),))["buy-availability"]
    assert one.skeleton.valid == "route = '/orders'"


def test_rows_without_a_client_are_kept_when_machines_are_left_out() -> None:
    client = ColumnShape("client", "text", (("web", 60), ("crawler", 9), ("probe", 3)), n_null=4)
    one = suggested("actor U", "U->>S: POST /orders", shapes=(log(client=client),))["buy-availability"]
    assert one.skeleton.valid == "route = '/orders' and (client is null or client not in ('crawler', 'probe'))"


def test_thresholds_begin_at_what_the_data_shows_rounded_up_to_fifty_ms() -> None:
    # 432 and 891 ms become 450 and 900: the example of the SRE Workbook, chapter 2
    assert suggested("actor U", "U->>S: POST /orders", shapes=(log(),))["buy-latency"].skeleton.thresholds_ms == (450.0, 900.0)


def test_what_gave_up_counts_as_bad_where_the_data_has_it() -> None:
    status = ColumnShape("status", "whole number", ((200, 9), (499, 1)))
    assert (
        suggested("actor U", "U->>S: POST /orders", shapes=(log(status=status),))["buy-availability"].skeleton.good
        == "status < 499 and status <> 429"
    )


def test_a_column_that_is_not_there_is_named_as_missing() -> None:
    bare = SourceShape("log", "csv", {"route": ColumnShape("route", "text")}, (RouteShape("", "/orders", 9),), 9, 1.0)
    skeleton = suggested("actor U", "U->>S: POST /orders", shapes=(bare,))["buy-latency"].skeleton
    assert set(skeleton.missing) == {"a column status", "a column latency_ms"}
    assert not skeleton.is_ready


def test_ids_in_the_paths_of_the_data_become_a_pattern() -> None:
    many = tuple(RouteShape("GET", f"/seats/{number}", 1) for number in range(9))
    assert (
        suggested("actor U", "U->>S: GET /seats/{id}", shapes=(log(*many),))["buy-availability"].skeleton.valid == "route like '/seats/%'"
    )


def test_where_ids_stand_in_the_paths_of_the_data_this_is_said_and_no_threshold_suggested() -> None:
    raw = SourceShape("log", "csv", log().columns, (), 900, 28.0, n_distinct_routes=1_058)
    skeleton = suggested("actor U", "U->>S: GET /seats/{id}", shapes=(raw,))["buy-latency"].skeleton
    assert (skeleton.valid, skeleton.thresholds_ms) == ("route like '/seats/%' and method = 'GET'", ())
    assert "route has 1,058 values" in skeleton.notes[0]


def test_figures_of_a_learnt_diagram_are_no_part_of_a_specification() -> None:
    one = suggested("actor U", "participant DB as Database", "U->>S: PUT /x", "S->>DB: UPDATE orders<br/>p50 1 ms")["buy-durability"]
    assert "p50" not in one.specification + one.reason


def test_a_quote_in_a_path_cannot_end_the_text() -> None:
    found = suggested("actor U", "U->>S: GET /o'brien", shapes=(log(RouteShape("GET", "/o'brien", 1)),))
    assert found["buy-availability"].skeleton.source in (None, "log")
    assert "'/o'b" not in found["buy-availability"].skeleton.valid


@pytest.mark.parametrize("kind", ["server_log", "application_metric"])
def test_each_point_says_what_it_sees_and_misses_on_this_diagram(kind: str) -> None:
    lines = ("actor U", "participant LB as Load balancer", "U->>LB: GET /", "LB->>S: page", "S-->>U: 200")
    points = {point.point: point for point in suggested(*lines)["buy-availability"].points}
    assert points["load_balancer"].n_sees == 2
    assert (points[kind].n_sees, points[kind].n_possible) == (1, 4)
    assert "GET /: the front end answers with an error of its own, or gives up waiting" in points[kind].misses
    assert points["client"].misses == ()


def all_candidates(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "140")
    for journey in ("browse", "choose-seats", "buy", "receive", "settle"):
        main(["candidates", os.path.relpath(STAGEDOOR / "workbook.yaml"), journey])
    return capsys.readouterr().out.replace(os.path.relpath(STAGEDOOR), "data/stagedoor")


def test_the_candidates_of_the_worked_example_are_those_that_were_reviewed(capsys, monkeypatch) -> None:
    found = all_candidates(capsys, monkeypatch)
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8"), (
        "look at the difference, then renew it: RENEW_GOLDEN=1 pytest tests/journeys/test_candidates.py"
    )


def test_a_method_that_the_condition_leaves_out_is_told() -> None:
    lines = ("actor U", "U->>S: POST /orders", "S-->>U: 201")
    only_post = suggested(*lines, shapes=(log(),))["buy-availability"].skeleton
    assert "method" not in only_post.valid
    assert any("no other method asks for the path of POST /orders" in note for note in only_post.notes)
    both = suggested(*lines, shapes=(log(RouteShape("POST", "/orders", 9), RouteShape("GET", "/orders", 9)),))["buy-availability"].skeleton
    assert "method = 'POST'" in both.valid
    assert not any("method" in note for note in both.notes)


def test_an_indicator_of_the_same_id_on_other_arrows_is_told_apart() -> None:
    diagram, roles, _ = understood("actor U", "U->>S: GET /cart", "U->>S: POST /checkout")
    journey = Journey(id="buy", name="Buy")
    routes = (RouteShape("GET", "/cart", 9), RouteShape("POST", "/checkout", 9))
    both = next(one for one in suggest_candidates(journey, diagram, roles, shapes=(log(*routes),)) if one.id == "buy-availability")
    fields = {"id": "buy-availability", "journey": "buy", "kind": "availability", "specification": "s", "measured_at": "server_log"}
    one = Indicator.model_validate({**fields, "source": "log", "valid": "route = '/checkout'", "good": "status < 500"})
    assert standing_of(both, journey, diagram, [one]) == "chosen as buy-availability, with other conditions: route = '/checkout'"
    same = one.model_copy(update={"valid": both.skeleton.valid})
    assert standing_of(both, journey, diagram, [same]) == "chosen as buy-availability"
