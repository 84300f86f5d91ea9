"""Fixed texts come from one file a language; a second language switches them, and what it leaves out stays English."""

from __future__ import annotations

import re

import nbformat
import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.proposal import texts
from slo_workbench.proposal.case import open_case
from slo_workbench.proposal.render import render_html
from slo_workbench.proposal.run import template_path
from slo_workbench.proposal.texts import languages, read_texts
from tests.conftest import STAGEDOOR

SECOND = """\
[cells]
in-short = "## Kurz gesagt"

[summary]
cost = "Was es kostet"

[tables]
past = ["Gegeben am", "Aus", "Versprochen", "Gekommen", "So war es"]
"""


@pytest.fixture
def second_language(tmp_path, monkeypatch):
    english = texts.TEXTS_FOLDER / "en.toml"
    (tmp_path / "en.toml").write_bytes(english.read_bytes())
    (tmp_path / "de.toml").write_text(SECOND, encoding="utf-8")
    monkeypatch.setattr(texts, "TEXTS_FOLDER", tmp_path)
    return tmp_path


def test_the_notebook_reads_raw_what_the_english_page_says():
    cells = nbformat.read(template_path(), as_version=4).cells
    fixed = {cell.id: cell.source for cell in cells if cell.cell_type == "markdown"}
    assert fixed == {name: read_texts().cell(name) for name in read_texts().sections["cells"]}


def test_headings_and_tables_switch_with_the_language_and_the_rest_stays_english(second_language, stagedoor_history, tmp_path):
    assert languages() == ("de", "en")
    notebook = nbformat.read(template_path(), as_version=4)
    notebook.metadata["papermill"] = {"parameters": {"language": "de"}}
    page = render_html(notebook, title="x")
    assert '<html lang="de">' in page
    assert re.search(r"<h2[^>]*>Kurz gesagt", page)
    assert '<a href="#Kurz-gesagt">Kurz gesagt</a>' in page
    assert "In short" not in page
    assert re.search(r"<h2[^>]*>The journey", page)
    case = open_case(str(STAGEDOOR / "workbook.yaml"), "settlement-coverage-28d", language="de")
    assert "Was es kostet" in case.summary().text
    assert "Who decides, until when" in case.summary().text
    assert case.texts.header("past")[0] == "Gegeben am"
    assert case.result()["language"] == "de"


def test_a_cell_that_somebody_rewrote_in_a_notebook_of_their_own_stays_as_they_wrote_it(second_language):
    notebook = nbformat.read(template_path(), as_version=4)
    notebook.metadata["papermill"] = {"parameters": {"language": "de"}}
    next(cell for cell in notebook.cells if cell.get("id") == "in-short").source = "## For the board"
    page = render_html(notebook, title="x")
    assert "For the board" in page
    assert "Kurz gesagt" not in page


@pytest.mark.parametrize("language", ["fr", "../en", "", "en.toml"])
def test_an_unknown_language_is_refused_with_those_there_are(language):
    with pytest.raises(UnusableValue, match=r"there are no texts in the language .*; there are: en"):
        read_texts(language)


def test_a_text_that_no_page_shows_is_refused_so_that_no_translation_is_lost(second_language):
    (second_language / "nl.toml").write_text('[headings]\nchoise = "Keuze"\n')
    with pytest.raises(UnusableValue, match=r"no page shows: headings.choise"):
        read_texts("nl")


def test_words_to_fill_in_are_filled_in_and_no_brace_is_left():
    for name, header in read_texts().sections["tables"].items():
        filled = read_texts().header(name, event="request", zone="UTC")
        assert len(filled) == len(header)
        assert not [cell for cell in filled if "{" in cell]
