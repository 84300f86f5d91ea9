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


def minutes(path: Path, *, days: int, hole: range = range(0), bad_hour: int | None = None, extra_hours: int = 0) -> Path:
    """A workbook over counts by the hour: 100 valid events each, days in the hole not measured, all bad in one hour of the last whole day."""
    start, rows = 1_772_409_600, ["time,valid,good"]  # 2026-03-02, UTC
    for hour in range(days * 24 + extra_hours):
        if hour // 24 not in hole:
            is_bad = bad_hour is not None and hour == (days - 1) * 24 + bad_hour
            rows.append(f"{start + hour * 3600},100,{0 if is_bad else 100}")
    path.mkdir(exist_ok=True)
    (path / "counts.csv").write_text("\n".join(rows) + "\n")
    (path / "workbook.yaml").write_text(
        "service: {name: shop}\nsources: {counts: {path: counts.csv}}\njourneys: [{id: buy, name: Buy}]\n"
        "indicators: [{id: orders, journey: buy, kind: availability, specification: s, measured_at: client, source: counts, valid: valid, good: good}]\n"
        "objectives: [{id: orders-28d, indicator: orders, window: 28d, target: 99%, owner: web, reason: r, status: draft}]\n"
        "policy: {clauses: [{id: freeze, budget_spent: 10%, action: stop}, {id: pm, budget_spent: 14%, by: incident, action: look}]}\n"
    )
    return path / "workbook.yaml"


def test_days_that_were_not_measured_are_no_days_without_traffic(run, tmp_path) -> None:
    # 28 days of 2,400 valid events allow 672 bad ones at 99 %, so one bad hour of 100 is 15 %, however many days are missing
    for hole in (range(0), range(5, 12)):
        _, out, _ = run("budget", minutes(tmp_path / f"h{len(hole)}", days=45, hole=hole, bad_hour=9), "orders-28d")
        assert "allows 672.0 bad" in out or "allows 672 bad" in out
        assert "100 of 100 requests bad, 15 % of a window's budget" in out


def test_policy_is_replayed_over_a_history_with_holes(run, tmp_path) -> None:
    status, out, _ = run("policy", minutes(tmp_path / "shop", days=45, hole=range(5, 12), bad_hour=9), "orders-28d")
    assert status == 0
    assert "freeze" in out


def test_what_the_day_that_is_not_over_holds_is_said_to_be_left_out(run, tmp_path) -> None:
    _, out, _ = run("budget", minutes(tmp_path / "shop", days=40, extra_hours=7), "orders-28d")
    assert "Not counted: 700 valid requests (0 bad) on days that the data covers only in part." in out


def test_nothing_in_a_workbook_steers_the_terminal(run, tmp_path) -> None:
    file = minutes(tmp_path / "shop", days=40, bad_hour=9)
    file.write_text(file.read_text().replace("action: stop", 'action: "x\\e[31mRED"'))
    _, out, _ = run("policy", file, "orders-28d")
    assert "\x1b" not in out


def test_the_examples_of_the_help_texts_run(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(STAGEDOOR.parents[1])
    for command in ("budget", "policy", "alerts", "outage"):
        _, out, _ = run(command, "--help")
        example = out.partition("example:\n")[2].strip().splitlines()[0].split()
        assert example[0] == "slo-workbench"
        assert run(*example[1:])[0] == 0, example


def test_an_outage_without_a_number_of_minutes_is_refused(run) -> None:
    assert run("outage", "--minutes", "nan")[0] == 2
    assert run("outage", "--valid", "5")[0] == 2
