"""The same `propose` on the worked example and on real input, and what it does when something is wrong."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.run import propose
from tests.conftest import STAGEDOOR, real_file

WORKBOOK = """\
version: 1
service: {{name: {name}, title: "{title}"}}
sources:
  events: {source}
journeys:
  - id: use
    name: "{journey}"
    diagram: |
      sequenceDiagram
        User->>Service: {message}
        Service-->>User: answer
indicators:
  - id: one
    journey: use
    kind: availability
    specification: The share that worked.
    measured_at: server_log
    source: events
    valid: {valid}
    good: {good}
objectives:
  - {{id: one-28d, indicator: one, window: 28d}}
"""


def written(tmp_path, **parts):
    defaults = {
        "name": "svc",
        "title": "Service",
        "journey": "Use it",
        "message": "ask",
        "source": "{path: events.csv}",
        "valid": "valid",
        "good": "good",
    }
    path = tmp_path / "workbook.yaml"
    path.write_text(WORKBOOK.format(**{**defaults, **parts}))
    return path


def counts(tmp_path, days=56, bad=5):
    lines = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},1000,{1000 - bad}" for day in range(days)]
    (tmp_path / "events.csv").write_text("day,valid,good\n" + "\n".join(lines) + "\n")


def one_proposal(workbook, out, **options):
    proposals = list(propose(workbook, out, seed=1, **options))
    assert len(proposals) == 1
    return proposals[0]


def network_addresses(page: str) -> list[str]:
    """Return everything in a page that a browser would fetch; names of XML vocabularies are fetched by nobody."""
    loaded = re.findall(r"""(?:src|href|action|data|poster|srcset)\s*=\s*["'](?!data:|#)([^"']*)""", page)
    return loaded + re.findall(r"url\((?!['\"]?(?:data:|#))[^)]*\)|@import[^;]*", page)


@pytest.fixture(scope="module")
def stagedoor(tmp_path_factory):
    out = tmp_path_factory.mktemp("stagedoor")
    return {proposal.objective: proposal for proposal in propose(STAGEDOOR / "workbook.yaml", out, seed=20260302)}


def test_the_worked_example_gives_a_page_a_result_and_a_notebook_for_every_objective(stagedoor, stagedoor_workbook):
    assert set(stagedoor) == {objective.id for objective in stagedoor_workbook.objectives}
    for proposal in stagedoor.values():
        assert sorted(path.name for path in proposal.folder.iterdir()) == [".inputs.json", "proposal.html", "proposal.ipynb", "result.json"]
        assert proposal.result["fit"]["target"] is not None
        assert proposal.is_clean


def test_a_page_says_everything_that_a_proposal_must(stagedoor):
    page = stagedoor["buy-latency-28d"].page.read_text().replace("\u00a0", " ")
    for part in (
        "Over 28 days", "within 3 s", "route = '/orders'", "latency_ms &lt;= 3000", "Rows refused", "542,860", "SHA-256",
        "windows would keep it", "full outage", "of 100 such windows", "conservative", "stretch", "without data",
        "When the budget is spent", "Signed", "Seed",
    ):  # fmt: skip
        assert part in page, part
    assert page.count("<img") >= 3
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", page))


def test_a_page_has_no_script_and_asks_nothing_of_the_network(stagedoor):
    for proposal in stagedoor.values():
        page = proposal.page.read_text().replace("\u00a0", " ")
        assert "<script" not in page
        assert network_addresses(page) == []
        assert "default-src 'none'" in page


def test_every_link_of_the_contents_leads_to_a_heading(stagedoor):
    page = next(iter(stagedoor.values())).page.read_text().replace("\u00a0", " ")
    anchors = re.findall(r'<a href="#([^"]+)"', page)
    assert len(anchors) >= 10
    assert set(anchors) <= set(re.findall(r'id="([^"]+)"', page))


def test_the_result_holds_the_figures_of_the_page(stagedoor):
    proposal = stagedoor["buy-availability-28d"]
    result = json.loads((proposal.folder / "result.json").read_text())
    assert result["fit"]["history"]["valid"] == 30_979
    assert result["fit"]["stated_target"] == "0.991"
    assert result["source"]["n_rows_read"] == 542_860
    assert result["fit"]["sentence"] in proposal.page.read_text().replace("\u00a0", " ")


def test_the_same_seed_gives_the_same_result_and_page(stagedoor, tmp_path):
    again = one_proposal(STAGEDOOR / "workbook.yaml", tmp_path, only=["settlement-coverage-28d"])
    twice = one_proposal(STAGEDOOR / "workbook.yaml", tmp_path / "other", only=["settlement-coverage-28d"])
    assert again.result == twice.result
    assert again.page.read_text().replace("\u00a0", " ") == twice.page.read_text().replace("\u00a0", " ")


def test_six_years_of_a_real_service_as_counts(tmp_path):
    file = real_file("github_components", "daily_minutes.csv")
    workbook = written(tmp_path, source="""{path: daily.csv, where: "component = 'Webhooks'"}""")
    proposal = one_proposal(workbook, tmp_path / "out", places={"events": str(file)})
    assert proposal.result["fit"]["history"]["days"] == 2_108
    assert proposal.result["fit"]["history"]["bad"] == 6_805
    assert 0.99 < float(proposal.result["fit"]["target"]) < 0.996


def test_three_and_a_half_days_of_a_real_access_log_give_no_promise_and_the_page_says_why(tmp_path):
    file = real_file("elastic_apache", "apache_logs")
    workbook = written(tmp_path, source="{path: access.log}", valid="method is not null", good="status < 500")
    proposal = one_proposal(workbook, tmp_path / "out", places={"events": str(file)})
    page = proposal.page.read_text().replace("\u00a0", " ")
    assert "3.5 days (2 complete days) of history cannot carry a promise over 28 days" in page
    assert "gather 26 more days" in page
    assert "1 of 10,000 rows refused: not a line of the common or combined log format" in page
    assert proposal.result["fit"]["target"] is None
    assert not proposal.is_clean
    assert "cannot carry a promise" in proposal.line


def test_hostile_text_of_a_strangers_workbook_stays_text(tmp_path):
    counts(tmp_path)
    hostile = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>"
    page = (
        one_proposal(written(tmp_path, title=hostile, journey=hostile, message=hostile), tmp_path / "out")
        .page.read_text()
        .replace("\u00a0", " ")
    )
    assert "<script" not in page
    assert network_addresses(page) == []
    assert "&lt;script&gt;alert(1)" in page


def test_a_relative_folder_is_meant_from_where_the_command_runs(tmp_path, monkeypatch):
    counts(tmp_path)
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    proposal = one_proposal(Path("workbook.yaml"), Path("here/proposals"))
    assert proposal.page == Path("here/proposals/svc/one-28d/proposal.html")
    assert (tmp_path / proposal.page).exists()


def test_an_unknown_objective_names_the_nearest_and_writes_nothing(tmp_path):
    counts(tmp_path)
    with pytest.raises(FindingsError, match="did you mean 'one-28d'"):
        list(propose(written(tmp_path), tmp_path / "out", seed=1, only=["one-28"]))
    assert not (tmp_path / "out").exists()


def test_a_broken_source_is_reported_before_anything_is_written(tmp_path):
    with pytest.raises(FindingsError, match="source-missing"):
        list(propose(written(tmp_path), tmp_path / "out", seed=1))
    assert not (tmp_path / "out").exists()


def test_a_retired_objective_is_not_proposed_unless_asked_for(tmp_path):
    counts(tmp_path)
    workbook = written(tmp_path)
    workbook.write_text(workbook.read_text().replace("window: 28d}", "window: 28d, status: retired}"))
    with pytest.raises(FindingsError, match="no-objectives"):
        list(propose(workbook, tmp_path / "out", seed=1))
    assert one_proposal(workbook, tmp_path / "out", only=["one-28d"]).objective == "one-28d"


def test_a_folder_of_other_files_in_the_way_is_left_alone(tmp_path):
    counts(tmp_path)
    for number, name in enumerate(("_history", "one-28d")):
        out = tmp_path / f"out{number}"
        (out / "svc" / name).mkdir(parents=True)
        (out / "svc" / name / "mine.txt").write_text("mine")
        with pytest.raises(UnusableValue, match="left alone"):
            list(propose(written(tmp_path), out, seed=1))
        assert [path.name for path in out.rglob("*")] == ["svc", name, "mine.txt"]


def test_an_executed_notebook_can_be_run_again_where_it_lies_and_names_no_path_of_the_machine(tmp_path):
    counts(tmp_path)
    proposal = one_proposal(written(tmp_path), tmp_path / "out")
    text = (proposal.folder / "proposal.ipynb").read_text()
    assert str(tmp_path) not in text
    notebook = nbformat.reads(text, as_version=4)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(proposal.folder)}}).execute()


def test_two_services_share_a_folder_without_touching_each_other(tmp_path):
    counts(tmp_path)
    first = one_proposal(written(tmp_path), tmp_path / "out").page.read_bytes()
    one_proposal(written(tmp_path, name="other", valid="valid + 1"), tmp_path / "out")
    assert (tmp_path / "out" / "svc" / "one-28d" / "proposal.html").read_bytes() == first
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["index.html", "other", "svc"]


def test_a_diagram_that_was_not_understood_is_on_the_page_and_in_the_exit_status(tmp_path):
    counts(tmp_path)
    workbook = written(tmp_path)
    workbook.write_text(workbook.read_text().replace("Service-->>User: answer", "Service-->>User answer"))
    proposal = one_proposal(workbook, tmp_path / "out")
    assert not proposal.is_clean
    assert "[1 error]" in proposal.line


def test_a_condition_that_matches_nothing_gives_no_promise_and_nothing_to_sign(tmp_path):
    (tmp_path / "events.csv").write_text("time,status\n" + "\n".join(f"2026-01-{1 + n % 28:02d}T00:00:00Z,200" for n in range(60)))
    workbook = written(tmp_path, valid="status = 999", good="status < 500")
    workbook.write_text(workbook.read_text().replace("window: 28d}", "window: 28d, target: 99.9%}"))
    page = one_proposal(workbook, tmp_path / "out").page.read_text()
    assert "No promise can be made" in page
    assert "none of 60 rows of events is valid" in page
    assert "There is nothing to sign yet" in page
    first_page = page[page.index('class="summary"') : page.index("<nav")]
    assert "No promise can be made" in first_page
    assert "99.9" not in first_page
    assert "of every" not in first_page
