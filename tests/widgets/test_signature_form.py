"""The signature form: what is signed is what was shown, and a promise that changed is signed anew."""

import shutil
from pathlib import Path

import pytest

from slo_workbench.widgets.signature_form import signature_form
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.opening import Workshop, open_workshop
from slo_workbench.workshop.room_answers import signatures_at_hand
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return open_workshop(str(tmp_path / "shop" / "workbook.yaml"))


def first_target(workshop: Workshop) -> str:
    return next(one.id for one in workshop.workbook.objectives if one.target is not None)


def test_two_people_sign_and_both_are_listed(workshop) -> None:
    objective = first_target(workshop)
    product, operations = (signature_form(workshop, objective, who, who.title()) for who in ("product", "operations"))
    product.sign_button.click()
    operations.decision.value, operations.note.value = "disagree", "too <i>tight</i> at night"
    operations.sign_button.click()
    product.status.look_if_new()
    assert "✓ agrees" in product.status.html.value
    assert "✗ does not agree" in product.status.html.value
    assert "too &lt;i&gt;tight" in product.status.html.value
    assert "Signed by 1: product (Product)." in signatures_at_hand(workshop, objective).text


def test_a_promise_changed_between_the_look_and_the_press_is_not_signed_but_shown(workshop) -> None:
    objective = first_target(workshop)
    one = signature_form(workshop, objective, "product", "Product")
    decide(workshop.path, "objective", objective, target="91.5%", reason="To see what happens.")
    assert "91.5" not in one.promise.value
    one.sign_button.click()
    assert "nothing is signed" in one.said.value
    assert "91.5" in one.promise.value
    one.sign_button.click()
    assert "✓ Signed" in one.said.value
    decide(workshop.path, "objective", objective, target="92%", reason="To see what happens.")
    one.status.look_if_new()
    assert "↺ outdated" in one.status.html.value


def test_a_signature_without_a_name_or_role_is_refused(workshop) -> None:
    one = signature_form(workshop, first_target(workshop))
    one.sign_button.click()
    assert "✗" in one.said.value
    assert not (workshop.folder / "signatures").exists()


def test_an_objective_without_a_target_cannot_be_signed(workshop) -> None:
    text = workshop.path.read_text()
    objective = first_target(workshop)
    at = text.index("target:", text.index(f"id: {objective}\n"))
    workshop.path.write_text(text[:at] + text[text.index("\n", at) :].lstrip())
    one = signature_form(workshop, objective, "product", "Product")
    assert one.sign_button.disabled
    assert "no target yet" in one.promise.value


def test_junk_among_signatures_is_named_and_skipped_and_names_are_escaped(workshop) -> None:
    objective = first_target(workshop)
    one = signature_form(workshop, objective, "<script>alert(1)</script>", "Product")
    one.sign()
    (workshop.folder / "signatures" / objective / "junk.yaml").write_text("hello")
    one.status.look_if_new()
    assert "&lt;script&gt;" in one.status.html.value
    assert "<script" not in one.status.html.value
    assert "junk.yaml" in one.status.html.value
