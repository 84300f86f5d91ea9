"""The commands about journeys, from the outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from slo_workbench.document import read_workbook
from tests.conftest import STAGEDOOR

DIAGRAM = "sequenceDiagram\n  actor Fan\n  Fan->>Shop: POST /orders\n  Shop-)Mail queue: sold\n  Shop-->>Fan: 201\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return tmp_path / "shop"


def test_draw_makes_a_picture_of_mermaid_text(run, tmp_path) -> None:
    (tmp_path / "buy.mmd").write_text(DIAGRAM)
    status, out, _ = run("draw", tmp_path / "buy.mmd", "--out", tmp_path / "pictures" / "buy.svg")
    assert status == 0
    assert "wrote" in out
    assert (tmp_path / "pictures" / "buy.svg").read_text().startswith("<svg")


def test_draw_puts_all_journeys_of_a_workbook_on_one_page_with_their_slis(run, tmp_path) -> None:
    assert run("draw", STAGEDOOR / "workbook.yaml", "--out", tmp_path / "all.html")[0] == 0
    page = (tmp_path / "all.html").read_text()
    assert page.count("<figure") >= 5
    assert "buy-availability" in page
    assert "<script" not in page


def test_a_plain_drawing_shows_no_slis(run, tmp_path) -> None:
    assert run("draw", STAGEDOOR / "workbook.yaml", "buy", "--plain", "--out", tmp_path / "buy.svg")[0] == 0
    assert "buy-availability" not in (tmp_path / "buy.svg").read_text()


def test_what_is_wrong_in_a_diagram_is_told_with_its_line_and_the_rest_is_drawn(run, tmp_path) -> None:
    (tmp_path / "x.mmd").write_text("sequenceDiagram\n  A->>B: fine\n  A=>B: wrong\n")
    status, out, _ = run("draw", tmp_path / "x.mmd", "--out", tmp_path / "x.svg")
    assert status == 1
    assert "x.mmd:3:3: error[not-understood]" in out
    assert "fine" in (tmp_path / "x.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--out", "x.png"], "ends in .svg, .html or .mmd"), (["nope"], "did you mean"), ([], "5 diagrams")]
)
def test_draw_says_what_it_cannot_do(run, tmp_path, monkeypatch, arguments, said) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = arguments or ["--out", "all.svg"]
    status, _, err = run("draw", STAGEDOOR / "workbook.yaml", *arguments)
    assert status in (1, 2)
    assert said in err or "unknown-journey" in err
    assert list(tmp_path.iterdir()) == []


def trace(**more: object) -> list[dict[str, object]]:
    span = {"traceId": "a1", "id": "b2", "name": "post /orders", "kind": "SERVER", "timestamp": 1_600_000_000_000_000, "duration": 9_000,
            "localEndpoint": {"serviceName": "shop"}}  # fmt: skip
    return [span | more]


def test_learn_prints_mermaid_text_and_says_how_much_stands_behind_it(run, tmp_path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(trace()))
    status, out, err = run("learn", tmp_path / "t.json")
    assert status == 0
    assert out.startswith("sequenceDiagram")
    assert "Caller->>" in out
    assert "The diagram stands on 1 trace" in err


def test_learn_can_put_the_diagram_into_a_workbook(run, tmp_path, folder) -> None:
    (tmp_path / "t.json").write_text(json.dumps(trace()))
    assert run("learn", tmp_path / "t.json", "--into", folder / "workbook.yaml", "browse")[0] == 0
    assert "post /orders" in read_workbook(folder / "workbook.yaml").journey("browse").diagram.lower()


def test_learn_names_the_roots_there_are_when_the_one_asked_for_is_not(run, tmp_path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(trace()))
    status, out, err = run("learn", tmp_path / "t.json", "--root", "shp")
    assert (status, out) == (1, "")
    assert "unknown-root" in err
    assert "shop" in err


def test_candidates_as_json_are_for_other_programs(run) -> None:
    status, out, _ = run("candidates", STAGEDOOR / "workbook.yaml", "buy", "--json")
    assert status == 0
    first = json.loads(out)["candidates"][0]
    assert (first["id"], first["source"], first["choice"]) == ("buy-availability", "requests", "chosen as buy-availability")


def test_candidates_without_data_are_patterns_to_fill_in(run) -> None:
    _, out, _ = run("candidates", STAGEDOOR / "workbook.yaml", "buy", "--no-data", "--json")
    assert {one["source"] for one in json.loads(out)["candidates"]} == {None}


def test_a_source_that_cannot_be_opened_is_a_warning_and_the_rest_is_suggested(run, folder) -> None:
    (folder / "deliveries.parquet").unlink()
    status, out, _ = run("candidates", folder / "workbook.yaml", "buy")
    assert status == 1
    assert "warning[source-missing]" in out
    assert "buy-availability" in out


def test_gaps_tells_what_nobody_sees_and_replays_incidents(run) -> None:
    status, out, _ = run("gaps", STAGEDOOR / "workbook.yaml", "buy", "--incidents", STAGEDOOR / "incidents.csv")
    assert status == 0
    assert "4 indicators see 7 of 15 ways" in out
    assert "payment-down" in out
    assert "settlement-duplicates" not in out


def test_gaps_tells_what_would_show_if_a_participant_failed(run) -> None:
    _, out, _ = run("gaps", STAGEDOOR / "workbook.yaml", "buy", "--failing", "payment provider (third party)")
    assert "If Payment provider (third party) fails: 2 of 2 ways to fail would show." in out
    status, _, err = run("gaps", STAGEDOOR / "workbook.yaml", "buy", "--failing", "Pey")
    assert status == 1
    assert "did you mean 'Pay'?" in err


def test_compare_finds_the_other_measurement_and_what_only_one_saw(run) -> None:
    status, out, _ = run("compare", STAGEDOOR / "workbook.yaml", "buy-availability")
    assert status == 0
    assert "buy-availability-service" in out
    # the retry storm: refused at the front with 503, so that the service never saw it
    assert "2026-04-02 09:00" in out
    status, _, err = run("compare", STAGEDOOR / "workbook.yaml", "browse-quality")
    assert status == 2
    assert "no indicator says same_as: browse-quality" in err


def test_compose_puts_steps_together_by_events_and_by_visits(run) -> None:
    status, out, _ = run("compose", STAGEDOOR / "workbook.yaml", "choose-seats", "buy")
    assert status == 0
    assert "of 54,098 visits of 15,535 users" in out
    _, out, _ = run("compose", STAGEDOOR / "workbook.yaml", "buy", "--step", "buy-availability", "--step", "settlement-coverage=0.5")
    assert "visits cannot be followed" in out


def test_learn_makes_the_journey_where_it_is_not_there_yet(run, tmp_path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(trace()))
    assert run("start", tmp_path / "fresh")[0] == 0
    status, out, _ = run("learn", tmp_path / "t.json", "--into", tmp_path / "fresh" / "workbook.yaml", "buy-ticket")
    assert status == 0
    assert "+  - id: buy-ticket" in out
    assert read_workbook(tmp_path / "fresh" / "workbook.yaml").journey("buy-ticket").name == "Buy ticket"


def test_check_tells_what_comes_next_for_a_journey_without_indicators(run, tmp_path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(trace()))
    run("start", tmp_path / "fresh")
    run("learn", tmp_path / "t.json", "--into", tmp_path / "fresh" / "workbook.yaml", "buy")
    _, out, _ = run("check", tmp_path / "fresh" / "workbook.yaml")
    assert f"next: slo-workbench candidates {tmp_path / 'fresh' / 'workbook.yaml'} buy" in out
