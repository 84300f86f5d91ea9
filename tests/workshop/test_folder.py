"""A workshop's folder: what is in it, for whom, and that it works where it lies."""

import ast
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.proposal.parameters import read_parameters
from slo_workbench.workshop.folder import first_notebook, notebooks_folder, workshop_notebooks, write_start_folder
from slo_workbench.workshop.folder_parameters import parameters_for_folder

PARAMETERS = """\
# change these, and nothing else
workbook_path: str = "../data/stagedoor/workbook.yaml"  # the workbook — ours
journey_id: str = "buy"  # id of the journey
window_days: int = 28  # days; length of the window"""


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("01_second.ipynb", "00_first.ipynb", "proposal.ipynb", "your_page.ipynb", "scratch.ipynb"):
        cells = [
            new_markdown_cell(f"# {name}", id="title"),
            new_markdown_cell("Five minutes.", metadata={"tags": ["facilitator"]}, id="note"),
            new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameters"),
        ]
        nbformat.write(new_notebook(cells=cells), folder / name)
    return folder


def parameters(folder, name="00_first.ipynb"):
    return {one.name: one.default for one in read_parameters(folder / name).values()}


def test_a_folder_holds_the_notebooks_in_order_the_workbook_its_schema_and_the_pages(notebooks, tmp_path):
    files = write_start_folder(tmp_path / "shop", notebooks=notebooks)
    assert [file.name for file in files] == [
        "00_first.ipynb", "01_second.ipynb", "README.md", "agenda.md", "proposal.ipynb", "workbook.schema.json", "workbook.yaml",
        "your_page.ipynb",
    ]  # fmt: skip
    assert sorted((tmp_path / "shop").iterdir()) == sorted(files)


def test_the_facilitators_folder_has_the_notes_and_a_page_of_prompts_and_the_participants_has_not(notebooks, tmp_path):
    write_start_folder(tmp_path / "shop", notebooks=notebooks)
    write_start_folder(tmp_path / "notes", notebooks=notebooks, edition="facilitator", plan="day")
    assert "Five minutes." not in (tmp_path / "shop" / "00_first.ipynb").read_text()
    assert "Five minutes." in (tmp_path / "notes" / "00_first.ipynb").read_text()
    assert not (tmp_path / "shop" / "facilitator.md").exists()
    assert (tmp_path / "notes" / "facilitator.md").read_text().startswith("# For the facilitator: A day")
    assert (tmp_path / "notes" / "agenda.md").read_text().startswith("# Agenda\n\n## A day")


def test_parameters_point_at_the_workbook_beside_the_notebook(notebooks, tmp_path):
    write_start_folder(tmp_path / "shop", notebooks=notebooks)
    write_start_folder(tmp_path / "ex", notebooks=notebooks, example=True)
    assert parameters(tmp_path / "shop") == {"workbook_path": "workbook.yaml", "journey_id": "", "window_days": 28}
    assert parameters(tmp_path / "ex") == {"workbook_path": "workbook.yaml", "journey_id": "buy", "window_days": 28}


def test_only_defaults_change_in_a_parameters_cell():
    made = parameters_for_folder(PARAMETERS, example=False).splitlines()
    assert made[0] == "# change these, and nothing else"
    assert made[1] == 'workbook_path: str = "workbook.yaml"  # the workbook — ours'
    assert made[2] == 'journey_id: str = ""  # id of the journey'
    assert made[3] == PARAMETERS.splitlines()[3]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ('ä_id: str = "ü"; b_id: str = "ö"  # no promise', 'ä_id: str = ""; b_id: str = ""  # no promise'),
        ('incidents_path: str = "../data/stagedoor/incidents.csv"', 'incidents_path: str = ""'),
        ('result_path: str = ""', 'result_path: str = ""'),
        ("n_id: int = 3", "n_id: int = 3"),
        ('plan: str = "90min"  # the agenda', 'plan: str = "day"  # the agenda'),
        ('out_dir: str = "../proposals"', 'out_dir: str = "proposals"'),
    ],
)
def test_a_parameter_is_changed_by_its_name_and_type(line, made):
    assert parameters_for_folder(line, example=False, plan="day") == made
    ast.parse(made)


def test_a_file_of_the_example_is_named_as_it_lies_beside_the_notebook():
    line = 'incidents_path: str = "../data/stagedoor/incidents.csv"'
    assert parameters_for_folder(line, example=True) == 'incidents_path: str = "incidents.csv"'


def test_the_same_folder_is_made_twice_byte_by_byte(notebooks, tmp_path):
    first, second = (write_start_folder(tmp_path / name / "shop", notebooks=notebooks, edition="facilitator") for name in "ab")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_the_first_notebook_is_00_else_the_first_there_is(notebooks, tmp_path):
    assert first_notebook(notebooks) == "00_first.ipynb"
    (notebooks / "00_first.ipynb").unlink()
    assert first_notebook(notebooks) == "01_second.ipynb"
    assert first_notebook(tmp_path) is None


def test_a_package_without_its_notebooks_says_so_and_leaves_no_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SloWorkbenchError, match="install the package again"):
        write_start_folder(tmp_path / "shop", notebooks=tmp_path / "empty")
    assert [file.name for file in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize("edition", ["participant", "facilitator"])
@pytest.mark.parametrize("example", [False, True])
def test_the_projects_own_notebooks_become_a_folder_whose_links_lead_somewhere(tmp_path, edition, example):
    write_start_folder(tmp_path / "shop", example=example, edition=edition)
    made = workshop_notebooks(tmp_path / "shop")
    assert [file.name for file in made] == [file.name for file in workshop_notebooks(notebooks_folder())]
    for file in made:
        nbformat.validate(nbformat.read(file, as_version=4))
        assert read_parameters(file)["workbook_path"].default == "workbook.yaml"
        assert "../" not in "".join(str(one.default) for one in read_parameters(file).values())
        assert ("import folded_answer" in file.read_text()) <= (edition == "participant"), f"{file.name}: answers are not open"
    for page in (tmp_path / "shop").glob("*.md"):
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            assert link.startswith("https://") or (tmp_path / "shop" / link).is_file(), (page.name, link)


def test_the_facilitators_folder_speaks_about_the_rooms_workbook(run, tmp_path):
    from slo_workbench.proposal.parameters import read_parameters
    from slo_workbench.workshop.lab import find_lab_problems

    run("start", tmp_path / "shop")
    status, out, _ = run("start", tmp_path / "notes", "--edition", "facilitator", "--workbook", tmp_path / "shop" / "workbook.yaml")
    assert status == 0
    assert not (tmp_path / "notes" / "workbook.yaml").exists()
    assert read_parameters(tmp_path / "notes" / "your_page.ipynb")["workbook_path"].default == "../shop/workbook.yaml"
    assert not find_lab_problems(tmp_path / "notes")
    assert f"check {tmp_path / 'shop' / 'workbook.yaml'}" in out


@pytest.mark.parametrize("arguments", [["--workbook", "no_such.yaml"], ["--example", "--workbook", __file__]])
def test_a_workbook_that_is_none_or_one_too_many_makes_no_folder(run, tmp_path, arguments):
    status, _, err = run("start", tmp_path / "notes", *arguments)
    assert status == 2
    assert "workbook" in err
    assert not (tmp_path / "notes").exists()
