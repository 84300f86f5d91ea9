"""Writing into a file that people edit: only what differs is touched, and the file is replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from decimal import Decimal
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest

from slo_workbench.document import FindingsError, Journey, Objective, Review, Service, Workbook, read_workbook, write_workbook
from slo_workbench.document.yaml_file import check_text

Save = Callable[[str], Path]


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def rewritten(path: Path, **changes: Any) -> list[str]:
    before = path.read_text("utf-8")
    wanted = read_workbook(path).model_copy(update=changes)
    write_workbook(wanted, path)
    assert read_workbook(path) == wanted
    return changed_lines(before, path.read_text("utf-8"))


def with_objective(path: Path, objective_id: str, **changes: Any) -> tuple[Objective, ...]:
    objectives = read_workbook(path).objectives
    return tuple(part.model_copy(update=changes) if part.id == objective_id else part for part in objectives)


def test_a_new_file_is_pleasant_to_read(tmp_path: Path) -> None:
    workbook = Workbook(
        service=Service(name="shop", title="Der Laden für Käse"),
        journeys=(
            Journey(id="buy", name="Buy: cheese", diagram="sequenceDiagram\n  A->>B: hi\n"),
            Journey(id="look", name="Look", why="no"),
        ),
    )
    path = tmp_path / "workbook.yaml"
    write_workbook(workbook, path)
    assert (
        path.read_text("utf-8")
        == """\
# yaml-language-server: $schema=workbook.schema.json
version: 1

service:
  name: shop
  title: Der Laden für Käse

journeys:
  - id: buy
    name: 'Buy: cheese'
    diagram: |
      sequenceDiagram
        A->>B: hi

  - id: look
    name: Look
    why: 'no'
"""
    )


def test_writing_what_the_file_says_already_does_not_touch_it(example: str, save: Save) -> None:
    path = save(example)
    os.utime(path, (1, 1))
    write_workbook(read_workbook(path), path)
    assert (path.read_text("utf-8"), path.stat().st_mtime) == (example, 1)


def test_a_new_target_changes_one_line_and_keeps_its_remark(example: str, save: Save) -> None:
    path = save(example)
    assert rewritten(path, objectives=with_objective(path, "orders-succeed", target=Decimal("0.995"))) == [
        "-     target: 99.90%     # two nines and a bit",
        "+     target: 99.5%     # two nines and a bit",
    ]


def test_a_target_taken_away_takes_only_its_line(example: str, save: Save) -> None:
    path = save(example)
    assert rewritten(path, objectives=with_objective(path, "orders-quick", target=None)) == ["-     target: 0.950"]


def test_a_new_key_goes_where_a_reader_looks_for_it(example: str, save: Save) -> None:
    path = save(example)
    assert rewritten(path, service=read_workbook(path).service.model_copy(update={"description": "Sells."})) == ["+   description: Sells."]
    lines = path.read_text("utf-8").splitlines()
    assert lines[lines.index("  description: Sells.") - 1] == '  title: "Box office"'


def test_one_line_of_text_becomes_a_block_and_keeps_the_remark_of_its_key(example: str, save: Save) -> None:
    path = save(example.replace("support.\n", "support.   # says Ada\n"))
    assert rewritten(path, objectives=with_objective(path, "orders-succeed", reason="First.\n\nSecond: yes # no remark.")) == [
        "-     reason: Above this nobody writes to support.   # says Ada",
        "+     reason: |-   # says Ada",
        "+       First.",
        "+ ",
        "+       Second: yes # no remark.",
    ]


def test_a_block_text_is_replaced_and_keeps_the_remark_of_its_key(example: str, save: Save) -> None:
    path = save(example)
    journeys = read_workbook(path).journeys
    rewritten(path, journeys=(journeys[0].model_copy(update={"diagram": "sequenceDiagram\n  A->>B: x\n"}), *journeys[1:]))
    assert "  diagram: |   # mermaid\n    sequenceDiagram\n      A->>B: x\n\n- id: browse" in path.read_text("utf-8")


def test_a_list_in_brackets_keeps_the_numbers_that_stay(example: str, save: Save) -> None:
    path = save(example)
    indicators = read_workbook(path).indicators
    lines = rewritten(path, indicators=(indicators[0], indicators[1].model_copy(update={"thresholds_ms": (300.0, 1500.0)})))
    assert lines[-1] == "+         thresholds_ms: [3e2, 1500]   # from the survey"


def test_a_part_added_follows_the_layout_of_its_list(example: str, save: Save) -> None:
    path = save(example)
    indicators = read_workbook(path).indicators
    lines = rewritten(path, indicators=(*indicators, indicators[0].model_copy(update={"id": "third"})))
    assert [line for line in lines if line.startswith("-")] == []
    assert "thresholds_ms: [3e2, 1000]   # from the survey\n\n    - id: third\n      journey: buy-ticket\n" in path.read_text("utf-8")


def test_a_part_removed_takes_its_own_remark_and_leaves_the_others(example: str, save: Save) -> None:
    path = save(example)
    lines = rewritten(path, objectives=read_workbook(path).objectives[:1])
    assert lines == [
        "-   # needs a second look",
        "-   - id: orders-quick",
        "-     indicator: orders-quick",
        "-     threshold_ms: 300",
        "-     target: 0.950",
    ]


def test_a_heading_that_stands_apart_outlives_the_part_above_it(save: Save) -> None:
    path = save("service: {name: shop}\njourneys:\n- id: a\n  name: A\n\n# ---- later ----\n\n- id: b\n  name: B\n- id: c\n  name: C\n")
    assert rewritten(path, journeys=read_workbook(path).journeys[1:])
    assert path.read_text("utf-8") == "service: {name: shop}\njourneys:\n# ---- later ----\n\n- id: b\n  name: B\n- id: c\n  name: C\n"


def test_a_heading_between_two_parts_outlives_the_first_of_them(save: Save) -> None:
    path = save("service: {name: shop}\njourneys:\n- {id: a, name: A}\n- {id: b, name: B}\n\n# ---- later ----\n\n- {id: c, name: C}\n")
    rewritten(path, journeys=read_workbook(path).journeys[::2])
    assert path.read_text("utf-8") == ("service: {name: shop}\njourneys:\n- {id: a, name: A}\n# ---- later ----\n\n- {id: c, name: C}\n")


def test_a_section_that_goes_leaves_no_gap(save: Save) -> None:
    path = save("service: {name: shop}\n\njourneys:\n- {id: a, name: A}\n\npolicy: {exempt: tests}\n")
    rewritten(path, journeys=())
    assert path.read_text("utf-8") == "service: {name: shop}\n\npolicy: {exempt: tests}\n"


def test_the_first_key_of_a_list_item_can_go(save: Save) -> None:
    path = save("service: {name: shop}\njourneys:\n- why: money\n  users: all\n  id: a\n  name: A\n")
    journey = read_workbook(path).journeys[0]
    rewritten(path, journeys=(journey.model_copy(update={"why": "", "users": ""}),))
    assert path.read_text("utf-8") == "service: {name: shop}\njourneys:\n- id: a\n  name: A\n"


def test_blank_lines_that_belong_to_a_text_stay_with_it(save: Save) -> None:
    path = save("service: {name: shop}\njourneys:\n- id: a\n  name: A\n  diagram: |+\n    x\n\n\n- id: b\n  name: B\n")
    rewritten(path, journeys=tuple(part.model_copy(update={"why": "money"}) for part in read_workbook(path).journeys))
    assert read_workbook(path).journeys[0].diagram == "x\n\n\n"


def test_parts_in_another_order_take_their_remarks_along(example: str, save: Save) -> None:
    path = save(example)
    rewritten(path, objectives=tuple(reversed(read_workbook(path).objectives)))
    text = path.read_text("utf-8")
    assert "  # needs a second look\n  - id: orders-quick" in text
    assert "target: 99.90%     # two nines and a bit" in text


def test_a_new_section_stands_apart_and_in_its_place(example: str, save: Save) -> None:
    path = save(example)
    rewritten(path, reviews=(Review.model_validate({"date": "2026-06-30", "findings": "Fine."}),))
    assert path.read_text("utf-8") == example + "\nreviews:\n  - date: 2026-06-30\n    findings: Fine.\n"


def test_a_section_emptied_goes(example: str, save: Save) -> None:
    path = save(example)
    rewritten(path, objectives=())
    assert "objectives" not in path.read_text("utf-8")


def test_an_empty_list_in_brackets_becomes_a_block(save: Save) -> None:
    path = save("service: {name: shop}\njourneys: []  # none yet\n")
    rewritten(path, journeys=(Journey(id="buy", name="Buy"),))
    assert path.read_text("utf-8") == "service: {name: shop}\njourneys:  # none yet\n  - id: buy\n    name: Buy\n"


def test_a_flow_mapping_stays_one(example: str, save: Save) -> None:
    path = save(example)
    source = read_workbook(path).sources["requests"]
    changed = source.model_copy(update={"columns": {"latency_ms": "duration * 1000", "user": "[customer, id]"}, "format": "parquet"})
    rewritten(path, sources={"requests": changed})
    line = path.read_text("utf-8").splitlines()[11]
    assert line == (
        "  requests: {path: data/requests.parquet, columns: {latency_ms: duration * 1000, user: '[customer, id]'}, format: parquet}"
        "  # one row a request"
    )


def test_dos_lines_stay_dos_lines(example: str, tmp_path: Path) -> None:
    path = tmp_path / "workbook.yaml"
    path.write_bytes(example.replace("\n", "\r\n").encode())
    write_workbook(read_workbook(path).model_copy(update={"objectives": with_objective(path, "orders-quick", reason="a\nb")}), path)
    content = path.read_bytes()
    assert b"reason: |-\r\n      a\r\n      b\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_file_with_errors_is_not_overwritten(save: Save) -> None:
    path = save("service: {ownr: web}\n")
    with pytest.raises(FindingsError):
        write_workbook(Workbook(service=Service(name="shop")), path)
    assert path.read_text("utf-8") == "service: {ownr: web}\n"


def test_a_workbook_whose_parts_do_not_fit_is_not_written(tmp_path: Path) -> None:
    lonely = Workbook(service=Service(name="shop"), objectives=(Objective(id="a", indicator="b"),))
    with pytest.raises(FindingsError, match="unknown-indicator"):
        write_workbook(lonely, tmp_path / "workbook.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="folder-missing"):
        write_workbook(Workbook(service=Service(name="shop")), tmp_path / "nowhere" / "workbook.yaml")


def test_what_an_alias_shares_is_refused_and_the_file_stays(save: Save) -> None:
    text = "service: {name: shop}\njourneys:\n- {id: a, name: &same Buy}\n- {id: b, name: *same}\n"
    path = save(text)
    workbook = read_workbook(path)
    changed = workbook.journeys[0].model_copy(update={"name": "Sell"})
    with pytest.raises(FindingsError, match="cannot-merge"):
        write_workbook(workbook.model_copy(update={"journeys": (changed, workbook.journeys[1])}), path)
    assert path.read_text("utf-8") == text


def test_the_place_of_an_alias_can_be_written(save: Save) -> None:
    path = save("service: {name: shop}\njourneys:\n- {id: a, name: &same Buy}\n- {id: b, name: *same}\n")
    journeys = read_workbook(path).journeys
    rewritten(path, journeys=(journeys[0], journeys[1].model_copy(update={"name": "Sell"})))
    assert path.read_text("utf-8").endswith("- {id: b, name: Sell}\n")


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(example: str, save: Save) -> None:
    path = save(example)
    path.chmod(0o640)
    link = path.with_name("link.yaml")
    link.symlink_to(path)
    rewritten(link, objectives=with_objective(path, "orders-quick", target=Decimal("0.9")))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_half_way_leaves_the_old_file_and_no_other(example: str, save: Save, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = save(example)

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="disk is full"):
        write_workbook(
            read_workbook(path).model_copy(update={"policy": read_workbook(path).policy.model_copy(update={"exempt": "x"})}), path
        )
    assert path.read_text("utf-8") == example
    assert list(path.parent.iterdir()) == [path]


def test_long_lines_are_not_folded_and_letters_stand_as_they_are(tmp_path: Path) -> None:
    title = "Käse 日本語 😀 " + "word " * 200
    write_workbook(Workbook(service=Service(name="shop", title=title)), tmp_path / "w.yaml")
    assert f"  title: {title.strip()}\n" in (tmp_path / "w.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "text", ["no", "Yes", "null", "12", "1e3", "12:30", "2026-01-01", "0x1f", "~", "1_000", "*", "- a", "a: b", "a #b", ""]
)
def test_text_that_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    from slo_workbench.document.yaml_text import render_flow

    assert render_flow(text)[0] in "'\""
    assert check_text(f"service: {{name: shop, title: {render_flow(text)}}}").findings == ()


@pytest.mark.parametrize(
    "text", ["a\n\n", "a\nb\n\n\n", "\n\na\n", "  a\nb", "a\n  ", "a\n\n  \nb", "\ta\n\tb\n", "a\r\nb\r\n", "# a\nb\n", "---\n...\n"]
)
def test_a_diagram_comes_back_with_every_blank_and_newline(tmp_path: Path, text: str) -> None:
    diagrams = tuple(Journey(id=name, name="x", diagram=text) for name in "ab")
    write_workbook(Workbook(service=Service(name="shop"), journeys=diagrams), tmp_path / "w.yaml")
    assert [journey.diagram for journey in read_workbook(tmp_path / "w.yaml").journeys] == [text, text]
