"""The estimate form: silent until the reveal, with the median as a place to begin and no decision."""

import shutil
from pathlib import Path

import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.widgets.estimate_form import EstimateForm, estimate_form
from slo_workbench.workshop.opening import Workshop, open_workshop
from slo_workbench.workshop.room_answers import estimates_at_hand
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return open_workshop(str(tmp_path / "shop" / "workbook.yaml"))


def answer(workshop: Workshop, who: str, value: str, kind: str = "ms", reason: str = "") -> EstimateForm:
    one = estimate_form(workshop, "buy-too-slow", kind, "When do people give up?", who)
    one.estimate.value, one.reason.value = value, reason
    one.cast_button.click()
    return one


def reveal(one: EstimateForm) -> None:
    one.reveal_button.press.click()
    one.reveal_button.press.click()


def test_estimates_stay_unseen_until_the_reveal_shows_all_with_the_median(workshop) -> None:
    before = workshop.path.read_bytes()
    answer(workshop, "developer", "500ms", reason="the <b>log</b> says so")
    answer(workshop, "operations", "1s")
    product = answer(workshop, "product", "2s")
    assert "3 participants answered" in product.status.html.value
    assert "500 ms" not in product.status.html.value + product.revealed.value
    assert "500 ms" not in estimates_at_hand(workshop, "buy-too-slow").text
    reveal(product)
    assert "The median is 1 s, from 500 ms to 2 s." in product.revealed.value
    assert "Use the median, 1 s, as a place to begin" in product.revealed.value
    assert "&lt;b&gt;log" in product.revealed.value
    assert "<b>log" not in product.revealed.value
    assert 'alt="Estimates from the lowest to the highest: developer 500 ms' in product.revealed.value
    assert "developer gave the lowest" in estimates_at_hand(workshop, "buy-too-slow").text
    assert workshop.path.read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "values"),
    [("share", ("99.9%", "99.5%", "100%")), ("count", ("12000", "3")), ("money", ("1500", "12.50")), ("ms", ("5ms", "10min", "1ms"))],
)
def test_every_kind_is_typed_read_back_and_drawn(workshop, kind, values) -> None:
    for number, value in enumerate(values):
        if value != "100%":  # which nobody can promise
            answer(workshop, f"participant {number}", value, kind)
    again = estimate_form(workshop, "buy-too-slow", kind, participant="participant 0")
    reread = again.estimate.value
    again.cast()
    assert "✓" in again.said.value
    assert (
        again.box.cast_by("participant 0").written == answer(workshop, "participant 0", reread, kind).box.cast_by("participant 0").written
    )
    reveal(again)
    assert "<img" in again.revealed.value


@pytest.mark.parametrize("value", ["", "soon", "99.9%", "-3ms", "1e400", "<script>alert(1)</script>"])
def test_what_is_no_estimate_is_refused_in_a_sentence_and_stays_typed(workshop, value) -> None:
    one = answer(workshop, "developer", value)
    assert "✗" in one.said.value
    assert "<script" not in one.said.value
    assert one.estimate.value == value
    assert not one.box.folder.exists()


def test_one_answer_and_equal_answers_are_drawn_too(workshop) -> None:
    answer(workshop, "developer", "300ms")
    one = answer(workshop, "<script>alert(1)</script> 漢字 $x", "300ms")
    reveal(one)
    assert "All 2 who answered" in one.revealed.value
    assert "<img" in one.revealed.value
    assert "<script" not in one.revealed.value


def test_a_question_or_kind_that_is_none_is_refused(workshop) -> None:
    with pytest.raises(UnusableValue, match="lower-case letters"):
        estimate_form(workshop, "../etc")
    with pytest.raises(UnusableValue, match="one of share, ms, count, money"):
        estimate_form(workshop, "buy-too-slow", "bananas")
