import nbformat
import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.parameters import check_parameters, read_parameters
from slo_workbench.proposal.run import template_path


def notebook(tmp_path, *cells):
    file = tmp_path / "n.ipynb"
    made = [nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}) for source, *tags in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), file)
    return file


def test_names_types_defaults_and_meanings_are_read_from_the_cell(tmp_path):
    file = notebook(tmp_path, ("window_days: int = 28  # days; length of the window\nname: str = 'a # b'", "parameters"), ("1 + 1",))
    known = read_parameters(file)
    assert (known["window_days"].kind, known["window_days"].default, known["window_days"].meaning) == (
        "int",
        28,
        "days; length of the window",
    )
    assert known["name"].default == "a # b"


def test_every_parameter_of_the_proposal_says_what_it_means():
    known = read_parameters(template_path())
    assert set(known) >= {"workbook_path", "objective_id", "history_dir", "seed", "result_path", "as_of"}
    assert all(parameter.meaning for parameter in known.values())


@pytest.mark.parametrize("source", ["x = 1", "x: int", "x: list = []", "x: int = f()", "import os", "x: int = (", "print('hello')"])
def test_a_parameters_cell_of_another_form_is_refused_and_not_run(tmp_path, source):
    with pytest.raises(UnusableValue):
        read_parameters(notebook(tmp_path, (source, "parameters")))


def test_no_cell_or_two_cells_of_parameters_are_refused(tmp_path):
    with pytest.raises(UnusableValue, match="0 code cells"):
        read_parameters(notebook(tmp_path, ("x: int = 1",)))
    with pytest.raises(UnusableValue, match="2 code cells"):
        read_parameters(notebook(tmp_path, ("x: int = 1", "parameters"), ("y: int = 1", "parameters")))


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "n.ipynb").write_text("junk")
    for path in (tmp_path / "n.ipynb", tmp_path / "none.ipynb"):
        with pytest.raises(UnusableValue, match="no notebook"):
            read_parameters(path)


def test_unknown_names_and_wrong_types_are_all_named(tmp_path):
    known = read_parameters(notebook(tmp_path, ("window_days: int = 28\nshare: float = 0.5\nloud: bool = True", "parameters")))
    with pytest.raises(UnusableValue) as caught:
        check_parameters({"window_dayz": 7, "share": "half", "window_days": True}, known)
    assert "did you mean 'window_days'" in str(caught.value)
    assert "'share' is a float" in str(caught.value)
    assert "'window_days' is a int" in str(caught.value)
    check_parameters({"window_days": 7, "share": 1, "loud": False}, known)
