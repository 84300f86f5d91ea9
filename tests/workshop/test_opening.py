"""The notebooks see the workbook as it is now, and an error as a sentence."""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from slo_workbench.document import FindingsError
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture
def stagedoor(tmp_path):
    folder = tmp_path / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    return folder


def test_a_decision_is_seen_without_opening_again(stagedoor):
    workshop = open_workshop(str(stagedoor / "workbook.yaml"))
    before = workshop.case("buy-availability-28d")
    assert workshop.case("buy-availability-28d") is before
    decide(workshop.path, "objective", "buy-availability-28d", target="98%", reason="To see.")
    assert str(workshop.objective("buy-availability-28d").target) == "0.98"
    after = workshop.case("buy-availability-28d")
    assert str(after.assessment.target) == "0.98"
    assert after.history is before.history  # the requests were not read again


def test_what_changes_no_figure_is_not_assessed_again_but_shown_as_it_is_now(stagedoor):
    workshop = open_workshop(str(stagedoor / "workbook.yaml"))
    before = workshop.case("buy-availability-28d")
    decide(workshop.path, "objective", "buy-availability-28d", owner="Another team")
    after = workshop.case("buy-availability-28d")
    assert after.objective.owner == "Another team"
    assert after.assessment is before.assessment


@pytest.mark.parametrize(
    "changes",
    [
        lambda folder: (folder / "incidents.csv").write_text("id,start,end,title\nnew,2026-03-05T18:00Z,2026-03-05T19:00Z,A new one\n"),
        lambda folder: (folder / "signatures" / "buy-availability-28d").mkdir(parents=True),
    ],
)
def test_a_list_or_a_signature_that_comes_later_is_seen(stagedoor, changes):
    workshop = open_workshop(str(stagedoor / "workbook.yaml"))
    before = workshop.case("buy-availability-28d")
    changes(stagedoor)
    after = workshop.case("buy-availability-28d")
    assert after is not before
    assert after.assessment is before.assessment


def test_an_exclusion_is_assessed_anew(stagedoor):
    workshop = open_workshop(str(stagedoor / "workbook.yaml"))
    before = workshop.case("buy-availability-28d").assessment
    text = workshop.path.read_text()
    stretch = "exclusions:\n  - {start: 2026-03-05 18:00, end: 2026-03-05 22:00, reason: a move, author: Operations}\n"
    workshop.path.write_text(text + stretch)
    assert workshop.case("buy-availability-28d").assessment.n_bad < before.n_bad


def test_the_first_part_stands_for_an_empty_id_and_a_wrong_one_names_the_nearest(stagedoor):
    workshop = open_workshop(str(stagedoor / "workbook.yaml"))
    assert workshop.journey().id == workshop.workbook.journeys[0].id
    assert workshop.indicator(journey_id="buy").id == "buy-availability"
    with pytest.raises(FindingsError, match="did you mean 'buy'"):
        workshop.journey("buyy")


def test_the_same_promise_is_assessed_as_the_proposal_does(stagedoor):
    from slo_workbench.proposal.case import open_case

    path = str(stagedoor / "workbook.yaml")
    ours, proposed = open_workshop(path).case("buy-latency-28d"), open_case(path, "buy-latency-28d")
    assert ours.assessment.to_json() == proposed.assessment.to_json()


def test_an_empty_workbook_says_what_comes_next(tmp_path):
    file = tmp_path / "workbook.yaml"
    file.write_text("service: {name: shop}\n")
    workshop = open_workshop(str(file))
    assert "notebook 01" in workshop.sentences[1]
    with pytest.raises(FindingsError, match="notebook 05"):
        workshop.objective()


def test_a_broken_workbook_shows_its_findings_in_a_notebook_and_no_traceback(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service:\n  name: shop\n  ownr: Web team\n")
    code = 'from slo_workbench.workshop.opening import open_workshop\nopen_workshop("workbook.yaml")'
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = notebook.cells[0].outputs
    shown = "\n".join(output.traceback)
    assert shown.startswith("workbook.yaml:3:3: error[unknown-key] service.ownr: there is no key 'ownr' here")
    assert "did you mean 'owner'?" in shown
    assert "Traceback" not in shown
    assert "line 2" not in shown


def test_a_server_is_asked_only_where_the_user_trusts_the_workbook(tmp_path, monkeypatch):
    file = tmp_path / "workbook.yaml"
    indicator = "{id: paid, journey: buy, kind: availability, specification: s, measured_at: server_log, source: asked, valid: 'true', good: 'true'}"
    file.write_text(
        "service: {name: shop}\nsources:\n  asked: {url: 'http://127.0.0.1:9/', since: 2026-03-02, until: 2026-03-04}\n"
        f"journeys: [{{id: buy, name: Buy}}]\nindicators:\n- {indicator}\n"
    )
    workshop = open_workshop(str(file))
    with pytest.raises(FindingsError, match="slo-workbench lab --trust-urls"):
        workshop.history_of("paid")
    monkeypatch.setenv("SLO_WORKBENCH_TRUST_URLS", "1")
    with pytest.raises(FindingsError) as raised:
        workshop.history_of("paid")
    assert "trust" not in str(raised.value)  # it was asked, and nobody answered


def test_lab_hands_the_trust_on_to_its_kernels(tmp_path):
    from slo_workbench.workshop.lab import lab_environment

    assert "SLO_WORKBENCH_TRUST_URLS" not in lab_environment({}, tmp_path)
    assert lab_environment({}, tmp_path, trust_urls=True)["SLO_WORKBENCH_TRUST_URLS"] == "1"


def run_in_a_notebook(folder, *cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    return "\n".join(line for cell in notebook.cells for output in cell.outputs for line in output.get("traceback", []))


def test_a_parameter_of_another_type_is_told_in_a_sentence(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    opened = 'from slo_workbench.workshop.opening import open_workshop\nopen_workshop("workbook.yaml")'
    shown = run_in_a_notebook(tmp_path, 'thresholds_ms: str = ""\nseed: int = 1', "thresholds_ms = 3000\nseed = 'x'", opened)
    assert shown == "parameter 'thresholds_ms' is a str, not 3000; parameter 'seed' is a int, not 'x'"


def test_a_parameter_with_a_nul_character_is_told_in_a_sentence(tmp_path):
    opened = "from slo_workbench.workshop.opening import open_workshop\nopen_workshop(workbook_path)"
    assert "NUL character" in run_in_a_notebook(tmp_path, 'workbook_path: str = "a\\0b"', opened)
