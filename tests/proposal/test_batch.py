"""Many proposals: written side by side from one History, the same bytes each time, and only what has changed."""

import json
import os
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest

from slo_workbench.document import read_workbook
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal import rehearsal
from slo_workbench.proposal.forms import read_forms
from slo_workbench.proposal.input_hash import ProposalInputs, what_changed
from slo_workbench.proposal.run import propose, template_path
from tests.proposal.small_workbook import own_notebook, write_workbook

DAY = date(2026, 5, 4)
FILES = ("proposal.html", "proposal.ipynb", "result.json")
THREE = ("one-28d", "again-28d", "two-28d: two")
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def made(workbook, out, **options):
    return {one.objective: one for one in propose(workbook, out, **{"seed": 1, "as_of": DAY, **options})}


def contents(proposals):
    return {(name, file): (one.folder / file).read_bytes() for name, one in proposals.items() for file in FILES}


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Three proposals written by two processes, and what was told meanwhile."""
    folder = tmp_path_factory.mktemp("batch")
    workbook, told = write_workbook(folder, *THREE), []
    return workbook, made(workbook, folder / "out", jobs=2, progress=told.append), told


def test_one_process_or_two_forked_or_not_the_bytes_are_the_same(batch, tmp_path):
    workbook, proposals, _ = batch
    assert set(proposals) == {"one-28d", "again-28d", "two-28d"}
    alone = made(workbook, tmp_path / "alone", jobs=1)
    assert {key: value for key, value in contents(alone).items() if not key[1].endswith("ipynb")} == {
        key: value for key, value in contents(proposals).items() if not key[1].endswith("ipynb")
    }
    ordinary = made(workbook, tmp_path / "ordinary", fork=False, only=["two-28d"])
    assert contents(ordinary)["two-28d", "result.json"] == contents(proposals)["two-28d", "result.json"]
    assert contents(ordinary)["two-28d", "proposal.html"] == contents(proposals)["two-28d", "proposal.html"]


def test_a_notebook_says_nothing_of_when_it_ran(batch, tmp_path):
    workbook, proposals, _ = batch
    again = made(workbook, proposals["one-28d"].folder.parents[1], force=True, only=["one-28d"])
    before = nbformat.reads(contents(proposals)["one-28d", "proposal.ipynb"].decode(), as_version=4)
    assert nbformat.reads(contents(again)["one-28d", "proposal.ipynb"].decode(), as_version=4) == before
    assert before.metadata.papermill.keys() == {"parameters"}
    assert all("papermill" not in cell.metadata and "execution" not in cell.metadata for cell in before.cells)


def test_it_is_told_which_objectives_run_and_how_many_cells_are_done(batch):
    _, _, told = batch
    texts = [str(step) for step in told]
    assert any("one-28d cell 2 of" in text and "again-28d" in text for text in texts)
    assert texts[-1] == "3 of 3 written"
    shares = [step.done for step in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_no_process_is_left(batch):
    children = [Path(f"/proc/self/task/{task}/children").read_text().split() for task in os.listdir("/proc/self/task")]
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pids in children for pid in pids]
    assert not [command for command in commands if "fork_server" in command or "ipykernel" in command]


def test_the_day_and_the_versions_stand_in_the_result(batch):
    _, proposals, _ = batch
    result = proposals["one-28d"].result
    assert result["as_of"] == "2026-05-04"
    assert set(result["versions"]) >= {"slo-workbench", "python", "pandas", "numpy", "matplotlib", "duckdb"}
    notebook = nbformat.read(proposals["one-28d"].folder / "proposal.ipynb", as_version=4)
    assert notebook.metadata.papermill.parameters["as_of"] == "2026-05-04"


# ------------------------------------------------------------------------------------------------------ what has changed


def test_an_untouched_workbook_starts_no_process_and_leaves_every_file(batch, monkeypatch):
    workbook, proposals, _ = batch
    before = {path: path.stat().st_mtime_ns for one in proposals.values() for path in one.folder.iterdir()}

    def refuse(*arguments, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    again = made(workbook, proposals["one-28d"].folder.parents[1])
    assert [one.is_unchanged for one in again.values()] == [True, True, True]
    assert again["one-28d"].line == proposals["one-28d"].line
    assert {path: path.stat().st_mtime_ns for one in again.values() for path in one.folder.iterdir()} == before


def test_only_what_changed_is_written_again_from_the_same_history(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d", "two-28d: two")
    made(workbook, tmp_path / "out", template=own_notebook(tmp_path, "print(case.objective.reason)"))
    workbook.write_text(workbook.read_text().replace("id: two-28d, ", "id: two-28d, reason: We want it., "))
    told = []
    again = made(workbook, tmp_path / "out", template=tmp_path / "own.ipynb", progress=told.append)
    assert {name: one.is_unchanged for name, one in again.items()} == {"one-28d": True, "two-28d": False}
    assert "We want it." in (again["two-28d"].folder / "proposal.ipynb").read_text()
    assert all("written" in str(step) for step in told), "nothing was counted again"
    assert json.loads((tmp_path / "out" / "svc" / ".history.json").read_text())["indicators"] == ["one", "two"]


def test_a_proposal_that_somebody_edited_or_deleted_is_written_again(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d")
    options = {"template": own_notebook(tmp_path), "forms": ("html",)}
    first = made(workbook, tmp_path / "out", **options)["one-28d"]
    whole = first.page.read_bytes()
    assert not (first.folder / "proposal.ipynb").exists()
    first.page.write_bytes(whole + b"<p>mine</p>")
    again = made(workbook, tmp_path / "out", **options)["one-28d"]
    assert (again.is_unchanged, again.page.read_bytes()) == (False, whole)


def hashes(folder, **options):
    path = folder / "workbook.yaml"
    given = {"seed": 1, "as_of": "2026-05-04", "forms": ["html"], "parameters": {}} | options
    workbook = read_workbook(path)
    return ProposalInputs(workbook, folder, {}, folder / "own.ipynb", given).of(workbook.objective("one-28d"))


def append(text):
    return lambda path: path.write_text(path.read_text() + text)


def replace(old, new):
    return lambda path: path.write_text(path.read_text().replace(old, new, 1))


CHANGES = {
    "its counts": ("events.csv", append("2026-03-01,1000,1000\n"), {"data"}),
    "counts of another source": ("others.csv", append("2026-03-01,1000,1000\n"), set()),
    "its target": ("workbook.yaml", replace("id: one-28d, ", "id: one-28d, target: 99%, "), {"document"}),
    "what its data is": ("workbook.yaml", replace("Counts a day.", "Counts by day."), {"document"}),
    "its journey": ("workbook.yaml", replace("User->>Service: ask", "User->>Service: beg"), {"document"}),
    "its condition": ("workbook.yaml", replace("good: good", "good: good - 1"), {"document"}),
    "the policy": (
        "workbook.yaml",
        append("policy: {clauses: [{id: all, budget_spent: 100%, action: Stop.}]}\n"),
        {"document"},
    ),
    "a risk": (
        "workbook.yaml",
        append("risks: [{id: r, title: Fire, minutes_to_detect: 1, minutes_to_resolve: 1, users_hit: 10%, days_between: 9}]\n"),
        {"document"},
    ),
    "another journey": ("workbook.yaml", replace("name: Other", "name: Another"), set()),
    "another indicator": ("workbook.yaml", replace("The others.", "All others."), set()),
    "the incidents": ("incidents.csv", append("2026-01-07 10:00,2026-01-07 12:00,Again\n"), {"lists"}),
    "a vote": ("votes/use/product.yaml", lambda path: path.write_text("participant: product\n"), {"room"}),
    "a vote on another journey": ("votes/other/product.yaml", lambda path: path.write_text("participant: product\n"), set()),
    "a signature": ("signatures/one-28d/product.yaml", lambda path: path.write_text("participant: product\n"), {"room"}),
    "the notebook": ("own.ipynb", replace("case.summary()", "case.title()"), {"given"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_proposal_is_written_again_for_what_it_shows_and_for_nothing_else(tmp_path, what):
    name, change, expected = CHANGES[what]
    write_workbook(tmp_path, "one-28d", "two-28d: two")
    own_notebook(tmp_path)
    before = hashes(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    change(tmp_path / name)
    after = hashes(tmp_path)
    assert {part for part in after if after[part] != before[part]} == expected


@pytest.mark.parametrize("given", [{"seed": 2}, {"as_of": "2026-05-05"}, {"forms": ["html", "pdf"]}, {"parameters": {"draft": "true"}}])
def test_what_the_command_line_says_counts_too(tmp_path, given):
    write_workbook(tmp_path, "one-28d")
    own_notebook(tmp_path)
    before, after = hashes(tmp_path), hashes(tmp_path, **given)
    assert {part for part in after if after[part] != before[part]} == {"given"}


def test_a_folder_without_a_note_of_its_inputs_is_new(tmp_path):
    assert what_changed({"data": "1"}, tmp_path, files=["result.json"]) == ("new",)
    (tmp_path / ".inputs.json").write_text("[1]")
    assert what_changed({"data": "1"}, tmp_path, files=["result.json"]) == ("new",)


def test_a_link_that_leads_out_of_the_workbooks_folder_is_not_read(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    write_workbook(room, "one-28d")
    own_notebook(room)
    (tmp_path / "secret.csv").write_text("1")
    (room / "incidents.csv").unlink()
    (room / "incidents.csv").symlink_to(tmp_path / "secret.csv")
    before = hashes(room)
    (tmp_path / "secret.csv").write_text("2")
    assert hashes(room) == before


# -------------------------------------------------------------------------------------------------- the team's own notebook


def test_a_notebook_of_the_teams_own_gets_its_own_parameters_by_type(tmp_path):
    template = own_notebook(
        tmp_path, "print(repr((days, draft, share, note)))",
        parameters="days: int = 7\ndraft: bool = False\nshare: float = 0.5\nnote: str = ''",
    )  # fmt: skip
    parameters = {"days": "28", "draft": "true", "share": "1", "note": "a=b, c"}
    one = made(write_workbook(tmp_path, "one-28d"), tmp_path / "out", template=template, parameters=parameters)["one-28d"]
    printed = nbformat.read(one.folder / "proposal.ipynb", as_version=4).cells[-1].outputs[0].text
    assert printed.strip() == "(28, True, 1.0, 'a=b, c')"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"day": "28"}, "unknown parameter 'day': did you mean 'days'"),
        ({"days": "four"}, "parameter 'days' is a int, not 'four'"),
        ({"draft": "yes"}, "parameter 'draft' is a bool, not 'yes'"),
        ({"share": "nan"}, "parameter 'share' is a float, not 'nan'"),
        ({"seed": "3"}, "parameter 'seed' is set by propose itself"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_starts(tmp_path, parameters, message):
    template = own_notebook(tmp_path, parameters="days: int = 7\ndraft: bool = False\nshare: float = 0.5")
    with pytest.raises(UnusableValue, match=message):
        made(write_workbook(tmp_path, "one-28d"), tmp_path / "out", template=template, parameters=parameters)
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_does_not_take_what_it_is_given_is_refused_with_the_lines_to_add(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("seed: int = 1", metadata={"tags": ["parameters"]})])
    nbformat.write(notebook, tmp_path / "bare.ipynb")
    with pytest.raises(
        UnusableValue, match=r"bare.ipynb has no parameter 'workbook_path', .*add to its parameters cell .*result_path: str"
    ):
        made(write_workbook(tmp_path, "one-28d"), tmp_path / "out", template=tmp_path / "bare.ipynb")
    assert not (tmp_path / "out").exists()


def test_forms_are_read_in_any_order_and_a_wrong_one_names_the_nearest():
    assert read_forms("notebook,html") == ("html", "notebook", "json")
    for text, said in (("htm", "did you mean 'html'"), ("", "--format takes"), (",", "--format takes")):
        with pytest.raises(UnusableValue, match=said):
            read_forms(text)


def test_a_pdf_without_weasyprint_is_refused_with_the_line_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FindingsError, match=r"pip install 'slo-workbench\[pdf\]'"):
        made(write_workbook(tmp_path, "one-28d"), tmp_path / "out", forms=("pdf",))
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------------------------------------------------- forks


@linux
def test_kernels_are_forks_of_one_process_without_another_thread_and_draw_pictures_as_any_kernel(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # make sets it, and with it no kernel shows a picture
    template = own_notebook(
        tmp_path,
        "import os, pathlib\nparent = pathlib.Path(f'/proc/{os.getppid()}')\n"
        "print((parent / 'cmdline').read_text().split(chr(0))[3], len(list((parent / 'task').iterdir())))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "import numpy as np\nnp.random.rand()",
    )
    two = made(write_workbook(tmp_path, "one-28d", "again-28d"), tmp_path / "out", template=template)
    notebooks = [nbformat.read(one.folder / "proposal.ipynb", as_version=4) for one in two.values()]
    for notebook in notebooks:
        assert notebook.cells[-3].outputs[0].text.strip() == "slo_workbench.proposal.fork_server 1"
        assert any("image/png" in output.get("data", {}) for output in notebook.cells[-2].outputs)
    draws = {notebook.cells[-1].outputs[0].data["text/plain"] for notebook in notebooks}
    assert len(draws) == 2, "two kernels that draw without a seed draw the same"


@pytest.mark.parametrize("part", ["_draw_diagram", "_draw_plot", "_render_page"])
def test_what_is_rehearsed_before_forking_can_be_done(part):
    getattr(rehearsal, part)([])


def test_the_shipped_notebook_is_found():
    assert template_path().is_file()
