"""The commands about promises, from the outside: budget, policy, outage, alerts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import STAGEDOOR

WORKBOOK = STAGEDOOR / "workbook.yaml"
BUY = "buy-availability-28d"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return tmp_path / "shop"


def test_budget_tells_what_was_spent_by_what_and_whether_tickets_follow(run, tmp_path) -> None:
    status, out, _ = run("budget", WORKBOOK, BUY, "--group-by", "client", "--out", tmp_path / "left.png")
    assert status == 0
    assert "48 of 15,813 valid requests were bad: 34 % of the budget of 99.1 % is spent" in out
    assert "2026-04-14 19:00 (UTC), 1 h: 14 of 42 requests bad" in out
    assert "web: 53 bad" in out
    # the day of the tour that was postponed: many tickets, and the service was well
    assert "2026-04-16 (81 tickets, 0 % of the budget)" in out
    assert (tmp_path / "left.png").read_bytes().startswith(b"\x89PNG")


def test_a_target_can_be_tried_out(run) -> None:
    status, out, _ = run("budget", WORKBOOK, BUY, "--target", "99.9%")
    assert status == 0
    assert "99.9 % over 28 days (as given)" in out
    assert run("budget", WORKBOOK, BUY, "--target", "100%")[0] == 2


def test_an_unknown_column_names_the_nearest(run) -> None:
    status, _, err = run("budget", WORKBOOK, BUY, "--group-by", "clint")
    assert status == 1
    assert "did you mean 'client'?" in err


def test_a_list_outside_the_workbooks_folder_is_refused(run, folder) -> None:
    (folder.parent / "tickets.csv").write_text("day,tickets\n2026-03-02,8\n")
    (folder / "tickets.csv").unlink()
    (folder / "tickets.csv").symlink_to(folder.parent / "tickets.csv")
    status, _, err = run("budget", folder / "workbook.yaml", BUY)
    assert status == 1
    assert "path-outside" in err


def test_policy_replays_each_clause_under_each_target(run, tmp_path) -> None:
    status, out, _ = run("policy", WORKBOOK, BUY, "--targets", "99.5%", "99.9%", "--out", tmp_path / "days.svg")
    assert status == 0
    assert "99.9 %  freeze  100 %  29 of 29" in out
    assert "Of these windows no more than 2 can be had without overlap" in out
    assert "<svg" in (tmp_path / "days.svg").read_text()


def test_example_policies_can_be_pasted_into_a_workbook(run, folder) -> None:
    _, out, _ = run("policy", "--examples")
    first = out.partition("# gentle\n")[2].partition("\n# ")[0]
    file = folder / "workbook.yaml"
    text = file.read_text()
    start, end = text.index("policy:\n"), text.index("\nrisks:")
    file.write_text(text[:start] + first.strip() + "\n" + text[end:])
    assert run("check", file, "--no-data", "--as-of", "2026-06-01")[0] == 0


def test_policy_without_clauses_says_where_to_find_some(run, folder) -> None:
    file = folder / "workbook.yaml"
    text = file.read_text()
    file.write_text(text[: text.index("policy:\n")] + text[text.index("risks:\n") :])
    status, _, err = run("policy", file, BUY)
    assert status == 1
    assert "policy --examples" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        # The Site Reliability Workbook and domain tables: 99.9 % over 28 days is 40.32 minutes
        (["99.9%"], "99.9 % over 28 days allows 40.32 min of full outage"),
        (["99.95%", "--window", "28d"], "10 % for 3.36 h"),
        (["--minutes", "43.2", "--window", "30d"], "99.9 % over 30 days allows 43.2 min"),
        (["--bad", "500", "--valid", "500000"], "99.9 % over 28 days"),
        ([], "99.9 %    8.76 h"),
    ],
)
def test_outage_calculates_both_ways(run, arguments, said) -> None:
    status, out, _ = run("outage", *arguments)
    assert status == 0
    assert said in out


@pytest.mark.parametrize(
    "arguments", [["100%"], ["99.9%", "--minutes", "5"], ["--bad", "5"], ["--bad", "1.5", "--valid", "9"], ["99.9%", "--valid", "nan"]]
)
def test_outage_refuses_what_cannot_be_calculated(run, arguments) -> None:
    assert run("outage", *arguments)[0] == 2


def test_alerts_are_replayed_against_the_teams_own_incidents(run) -> None:
    status, out, _ = run("alerts", WORKBOOK, BUY)
    assert status == 0
    assert "In 56 days of data there would have been 5 pages (2.7 a month)" in out
    assert "payment-down" in out
    assert "monitoring-hole  2026-03-26 12:30  no data" in out


def test_sets_of_tiers_stand_side_by_side(run) -> None:
    status, out, _ = run("alerts", WORKBOOK, BUY, "--compare")
    assert status == 0
    for choice in ("as it is", "preset sloth", "preset pyrra", "only page-fast", "without ticket-slow"):
        assert choice in out


def test_constant_outages_say_when_they_would_be_found(run) -> None:
    _, out, _ = run("alerts", WORKBOOK, BUY, "--simulate")
    # 60 min * 13.44 * 0.9 % / 100 %: The Site Reliability Workbook, chapter 5
    assert "100 %   7 min 15 s" in out


def test_tiers_of_the_workbook_are_changed_and_switched_off(run, folder) -> None:
    file = folder / "workbook.yaml"
    tiers = "alerting:\n  tiers:\n    - {id: page-slow, is_on: false}\n    - {id: ticket-slow, is_on: false}\n    - {id: page-fast, budget_spent: 5%}\n"
    file.write_text(file.read_text().replace("risks:\n", f"{tiers}risks:\n", 1))
    _, out, _ = run("alerts", file, BUY)
    assert "page-slow" not in out
    assert "page-fast   page    1 h   5 min  33.6" in out


def test_a_tier_that_can_never_fire_is_a_finding(run, folder) -> None:
    file = folder / "workbook.yaml"
    file.write_text(file.read_text().replace("risks:\n", "alerting: {tiers: [{id: page-fast, burn_rate: 200}]}\nrisks:\n", 1))
    status, out, _ = run("alerts", file, BUY)
    assert status == 1
    assert "page-fast" in out.partition("warning[")[2] + out.partition("error[")[2]
