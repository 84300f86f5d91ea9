"""Everybody has a page of their own, with their name on it."""

import nbformat
import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.parameters import read_parameters
from slo_workbench.workshop.participant_pages import page_names


def test_each_participant_gets_a_page_with_name_and_role(run, tmp_path):
    status, out, _ = run("start", tmp_path / "shop", "--example", "--participant", "developer", "--participant", "on call=operations")
    assert status == 0
    assert "2 pages of participants: your_page_developer.ipynb, your_page_on-call.ipynb" in out
    known = read_parameters(tmp_path / "shop" / "your_page_on-call.ipynb")
    assert (known["participant"].default, known["role"].default) == ("on call", "operations")
    assert known["workbook_path"].default == "workbook.yaml"
    assert known["participant"].meaning
    assert read_parameters(tmp_path / "shop" / "your_page.ipynb")["participant"].default == ""


def test_a_name_of_quotes_and_code_is_a_name(run, tmp_path):
    hostile = '"; import os # é'
    run("start", tmp_path / "shop", "--participant", hostile)
    (page,) = (tmp_path / "shop").glob("your_page_*.ipynb")
    assert read_parameters(page)["participant"].default == hostile
    nbformat.validate(nbformat.read(page, as_version=4))


def test_two_names_that_look_alike_in_a_file_name_get_two_pages():
    pages = page_names(["Dev Ops", "dev-ops"])
    assert len(pages) == 2
    assert [name for name, _ in pages.values()] == ["Dev Ops", "dev-ops"]


@pytest.mark.parametrize("names", [["developer", "developer"], [""], ["=product"], ["a\x1b[2J"]])
def test_a_name_that_is_none_or_stands_there_twice_makes_no_folder(run, tmp_path, names):
    arguments = [part for name in names for part in ("--participant", name)]
    status, _, err = run("start", tmp_path / "shop", *arguments)
    assert status == 2
    assert "participant" in err
    assert not (tmp_path / "shop").exists()


def test_a_path_cannot_be_made_of_a_name():
    with pytest.raises(UnusableValue):
        page_names(["a\0b"])
    (page,) = page_names(["../../etc"])
    assert "/" not in page
    assert ".." not in page
