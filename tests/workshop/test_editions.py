"""One notebook becomes the participants' copy and the facilitator's, by the tags of its cells."""

from copy import deepcopy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.editions import edition_of
from slo_workbench.workshop.folded_answer import open_answer


def tagged(cell, *tags, name):
    cell.metadata["tags"] = list(tags)
    cell.id = name
    return cell


@pytest.fixture
def notebook():
    return new_notebook(cells=[
        tagged(new_markdown_cell("# How fast is fast enough?"), name="title"),
        tagged(new_markdown_cell("Ten minutes.\n\n- *product*: who waits?"), "facilitator", name="note"),
        tagged(new_code_cell('seed: int = 1  # of every draw'), "parameters", "hide-input", name="parameters"),
        tagged(new_code_cell("open_it()", outputs=[new_output("stream", text="x")], execution_count=3), "hide-input", name="opening"),
        tagged(new_markdown_cell("<details>\n<summary>Answer</summary>\n\n300 ms\n\n</details>"), "solution", name="answer"),
        tagged(new_code_cell("threshold_ms = 300"), "solution", name="answer-code"),
        tagged(new_code_cell("len(requests)"), name="plain"),
    ])  # fmt: skip


def sources(notebook):
    return {cell.id: cell.source for cell in notebook.cells}


def hidden(notebook):
    return [cell.id for cell in notebook.cells if cell.metadata.get("jupyter", {}).get("source_hidden")]


def test_participants_get_no_facilitators_cell_and_every_other_with_its_id(notebook):
    ids = [cell.id for cell in edition_of(notebook, "participant").cells]
    assert ids == ["title", "parameters", "opening", "answer", "answer-code", "plain"]


def test_participants_find_answers_folded_and_the_facilitator_finds_them_open(notebook):
    assert sources(edition_of(notebook, "participant"))["answer"].startswith("<details>\n")
    assert sources(edition_of(notebook, "facilitator"))["answer"].startswith("<details open>\n")


def test_an_answer_written_without_a_fold_gets_one(notebook):
    notebook.cells[4].source = "300 ms"
    folded = sources(edition_of(notebook, "participant"))["answer"]
    assert folded == "<details>\n<summary>Answer</summary>\n\n300 ms\n\n</details>"


def test_a_computed_answer_is_shown_open_to_the_facilitator(notebook):
    imports = "from slo_workbench.workshop.folded_answer import folded_answer"
    notebook.cells[6].source = f"{imports}\nfolded_answer('300 ms')"
    assert sources(edition_of(notebook, "participant"))["plain"].startswith(f"{imports}\n")
    opened = sources(edition_of(notebook, "facilitator"))["plain"]
    assert opened == "from slo_workbench.workshop.folded_answer import open_answer as folded_answer\nfolded_answer('300 ms')"
    assert open_answer("300 ms").html.startswith("<details open>")


def test_code_to_hide_is_collapsed_but_parameters_stay_in_sight(notebook):
    assert hidden(edition_of(notebook, "participant")) == ["opening", "answer-code"]
    assert hidden(edition_of(notebook, "facilitator")) == ["opening"]


def test_a_facilitators_note_is_quoted_under_a_heading_of_its_own(notebook):
    note = sources(edition_of(notebook, "facilitator"))["note"]
    assert note == "> **For the facilitator**\n>\n> Ten minutes.\n>\n> - *product*: who waits?"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**For the facilitator**: ten minutes.", "> **For the facilitator**: ten minutes."),
        ("**Facilitator.** Ten minutes.", "> **Facilitator.** Ten minutes."),
        ("Facilitators know.", "> **For the facilitator**\n>\n> Facilitators know."),
        ("> Ten minutes.", "> **For the facilitator**\n>\n> Ten minutes."),
        ("> ### For the facilitator\n> Ten.", "> ### For the facilitator\n> Ten."),
    ],
)
def test_a_note_that_is_marked_already_is_not_marked_twice(notebook, written, shown):
    notebook.cells[1].source = written
    assert sources(edition_of(notebook, "facilitator"))["note"] == shown


@pytest.mark.parametrize("edition", ["participant", "facilitator"])
def test_outputs_are_taken_out_and_the_given_notebook_stays_as_it_is(notebook, edition):
    before = deepcopy(notebook)
    made = edition_of(notebook, edition)
    assert notebook == before
    assert all(not cell.outputs and cell.execution_count is None for cell in made.cells if cell.cell_type == "code")
    nbformat.validate(made)


def test_an_edition_there_is_not_is_refused_with_the_nearest(notebook):
    with pytest.raises(UnusableValue, match="did you mean 'participant'"):
        edition_of(notebook, "participants")
