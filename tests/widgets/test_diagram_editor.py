"""The diagram editor draws what is typed, never loses it, and writes it as a small readable change."""

import base64
import re
import shutil

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.widgets.diagram_editor import diagram_editor
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.diagram_look import look_at_diagram
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path):
    shutil.copy(STAGEDOOR / "workbook.yaml", tmp_path)
    return open_workshop(str(tmp_path / "workbook.yaml"))


def pictures(html):
    return [base64.b64decode(part).decode() for part in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)]


def test_it_starts_from_the_document_and_applying_that_changes_nothing(workshop):
    text = workshop.path.read_text()
    editor = diagram_editor(workshop, "buy")
    journey = workshop.journey("buy")
    assert (editor.text.value, editor.name.value, editor.users.value, editor.why.value) == (
        journey.diagram, journey.name, journey.users, journey.why,
    )  # fmt: skip
    assert "buy-availability" in pictures(editor.shown.value)[0]  # the signs of its SLIs
    editor.apply.click()
    assert workshop.path.read_text() == text


def test_the_picture_follows_what_is_typed(workshop):
    editor = diagram_editor(workshop, "buy")
    editor.text.value = editor.text.value.replace("Buyer->>App: pay", "Buyer->>App: pay by card")
    assert "pay by card" in pictures(editor.shown.value)[0]
    assert "not written yet" in editor.said.value


def test_apply_writes_only_the_lines_that_changed_in_block_style(workshop):
    editor = diagram_editor(workshop, "buy")
    editor.text.value = editor.text.value.replace("Buyer->>App: pay\n", "Buyer->>App: pay by card  \n").rstrip()
    editor.apply.click()
    assert [line for line in editor.apply._last.diff.splitlines() if line[0] in "+-"][2:] == [
        "-        Buyer->>App: pay",
        "+        Buyer->>App: pay by card",
    ]
    assert "not written yet" not in editor.said.value
    assert workshop.journey("buy").diagram.endswith("\n")


def test_an_unfinished_text_shows_the_picture_as_it_was_and_the_line_to_mend(workshop):
    editor = diagram_editor(workshop, "buy")
    editor.text.value = editor.text.value + "    Buyer->>\n"
    assert "As it was" in editor.shown.value
    assert "thank you" in pictures(editor.shown.value)[0]
    assert re.search(r"line 21, ✗ error", editor.shown.value)
    assert "What to do" in editor.shown.value
    text = workshop.path.read_text()
    editor.apply.click()
    assert workshop.path.read_text() == text
    assert "line 21" in editor.apply.said.value


@pytest.mark.parametrize(
    "text", ["", "x", "sequenceDiagram", "sequenceDiagram\n  actor A", "graph TD; A-->B", "sequenceDiagram\n alt\n" * 60]
)
def test_no_text_breaks_it(workshop, text):
    editor = diagram_editor(workshop, "buy")
    editor.text.value = text
    assert "✗ error" in editor.shown.value


def test_a_new_journey_starts_with_a_small_diagram_and_is_added_by_apply(workshop):
    editor = diagram_editor(workshop)
    editor.new_id.value, editor.new_name.value = "refund", "Get a refund"
    editor.start_new.click()
    assert editor.journey.value == "refund"
    assert look_at_diagram(editor.text.value).is_whole
    assert "id: refund" not in workshop.path.read_text()
    editor.users.value = "Buyers whose show was called off"
    editor.apply.click()
    assert workshop.journey("refund").users == "Buyers whose show was called off"
    assert "    diagram: |\n      sequenceDiagram\n" in workshop.path.read_text()
    editor.apply.take_back.click()
    assert "id: refund" not in workshop.path.read_text()


def test_an_id_that_is_taken_or_missing_or_no_id_is_said(workshop):
    editor = diagram_editor(workshop)
    for new_id, said in (("", "Give the new journey an id"), ("buy", "already a journey")):
        editor.new_id.value = new_id
        editor.start_new.click()
        assert said in editor.said.value
    editor.new_id.value = "Not An Id"
    editor.start_new.click()
    editor.apply.click()
    assert "✗ error" in editor.apply.said.value
    assert "Not An Id" not in workshop.path.read_text()


def test_what_is_typed_for_one_journey_is_kept_while_another_is_looked_at(workshop):
    editor = diagram_editor(workshop, "buy")
    editor.why.value = "Everything hangs on it."
    editor.journey.value = "browse"
    assert editor.why.value == workshop.journey("browse").why
    editor.journey.value = "buy"
    assert editor.why.value == "Everything hangs on it."


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(workshop):
    editor = diagram_editor(workshop, "buy")
    decide(workshop.path, "journey", "buy", name="Pay")
    editor.name.value = "Buy tickets"
    editor.apply.click()
    assert "somebody else has changed" in editor.apply.said.value
    assert workshop.journey("buy").name == "Pay"


def test_buttons_add_pieces_that_can_be_read(workshop):
    editor = diagram_editor(workshop, "buy")
    for what, button in editor.insert.items():
        before = look_at_diagram(editor.text.value)
        button.click()
        after = look_at_diagram(editor.text.value)
        assert after.is_whole, what
        assert len(after.text) > len(before.text)
    editor.text.value = ""
    editor.insert["message"].click()
    assert look_at_diagram(editor.text.value).is_whole


def test_labels_cannot_become_markup(workshop):
    editor = diagram_editor(workshop, "buy")
    evil = '<script>alert(1)</script>" onload="alert(2)'
    editor.text.value = f"sequenceDiagram\n  participant A as {evil}\n  A->>B: {evil}\n  {evil}\n"
    editor.name.value = evil
    editor.apply.click()
    for html in (editor.shown.value, editor.said.value, editor.apply.said.value):
        assert "<script" not in html
        assert 'onload="' not in html
    editor.text.value = f"sequenceDiagram\n  participant A as {evil}\n  A->>B: {evil}\n"
    assert "<script" not in pictures(editor.shown.value)[0]
    assert "<script" not in editor.shown.value
    assert 'onload="' not in editor.shown.value


def test_an_empty_workbook_says_how_to_begin_and_a_wrong_id_names_the_nearest(tmp_path, workshop):
    (tmp_path / "empty.yaml").write_text("service: {name: shop}\n")
    editor = diagram_editor(open_workshop(str(tmp_path / "empty.yaml")))
    assert "no journey yet" in editor.shown.value
    editor.new_id.value = "buy"
    editor.start_new.click()
    editor.apply.click()
    assert "id: buy" in (tmp_path / "empty.yaml").read_text()
    with pytest.raises(FindingsError, match="did you mean 'buy'"):
        diagram_editor(workshop, "buyy")
