"""The ballot form: silent until the reveal, one's own draft kept, and nothing shared between two forms but files."""

import shutil
import threading
from pathlib import Path

import pytest

from slo_workbench.ballots.silent_box import MARKER
from slo_workbench.widgets.ballot_fields import CandidateScores
from slo_workbench.widgets.ballot_form import BallotForm, ballot_form
from slo_workbench.workshop.opening import Workshop, open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return tmp_path / "shop" / "workbook.yaml"


def form(workbook: Path, participant: str = "", role: str = "") -> BallotForm:
    return ballot_form(open_workshop(str(workbook)), "buy", participant, role)


def score(one: BallotForm, candidate: str, *points: int, n_dots: int = 0, comment: str = "") -> None:
    one.draft = {**one.draft, candidate: CandidateScores(*points, n_dots=n_dots, comment=comment)}


def reveal(one: BallotForm) -> None:
    one.reveal_button.press.click()
    one.reveal_button.press.click()


def shown(one: BallotForm) -> str:
    return one.status.html.value + one.said.value + one.revealed.value


def test_two_forms_on_one_folder_vote_silently_and_the_reveal_shows_both(workbook) -> None:
    developer, product = form(workbook, "developer", "Engineering"), form(workbook, "product", "Product")
    score(developer, "buy-availability", 5, 5, 4, n_dots=2, comment="felt at once")
    score(product, "buy-availability", 1, 4, 4, n_dots=1)
    developer.cast_button.click()
    product.cast_button.click()
    developer.status.refresh.click()
    assert "2 participants voted" in shown(developer)
    assert "felt at once" not in shown(product)
    assert product.revealed.value == ""
    reveal(product)
    developer.status.look_if_new()
    for one in (developer, product):
        assert "felt at once" in one.revealed.value
        assert "The room disagrees on" in one.revealed.value
        assert "<img" in one.revealed.value
        assert 'alt="Points given to each candidate, 1 to 5. buy-availability: happiness 3 (1–5)' in one.revealed.value
        assert "2 participants put 3 dots" in one.revealed.value
        assert one.cast_button.disabled


def test_the_reveal_asks_twice_and_can_be_called_off(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 3, 3, 3)
    one.cast_button.click()
    one.reveal_button.press.click()
    assert "Press again" in one.reveal_button.press.description
    one.reveal_button.call_off.click()
    assert not one.box.is_revealed
    one.reveal_button.press.click()
    assert not one.box.is_revealed
    one.reveal_button.press.click()
    assert one.box.is_revealed


def test_a_ballot_without_a_score_or_a_dot_is_not_cast(workbook) -> None:
    one = form(workbook, "developer")
    one.cast_button.click()
    assert "nothing is scored yet" in shown(one)
    assert one.box.status().n_voted == 0


def test_a_reveal_before_anybody_voted_is_refused_in_a_sentence(workbook) -> None:
    one = form(workbook)
    reveal(one)
    assert "nobody has voted" in one.said.value
    assert not one.box.is_revealed


def test_who_casts_after_the_reveal_is_told_and_keeps_the_draft(workbook) -> None:
    developer, product = form(workbook, "developer"), form(workbook, "product")
    score(developer, "buy-latency", 3, 3, 3)
    developer.cast()
    score(product, "buy-latency", 5, 5, 5)
    reveal(developer)
    product.cast()
    assert "are revealed" in product.said.value
    assert "1 participant voted" in product.status.html.value
    developer.reopen_button.press.click()
    developer.reopen_button.press.click()
    product.status.look_if_new()
    assert product.draft["buy-latency"].happiness == 5
    product.cast()
    assert "2 participants voted" in product.status.html.value


def test_twenty_forms_that_cast_while_one_reveals_lose_nothing(workbook) -> None:
    forms = [form(workbook, f"participant {number}") for number in range(20)]
    for one in forms:
        score(one, "buy-latency", 4, 4, 4)
    forms[0].cast()
    start = threading.Barrier(20)

    def act(one: BallotForm) -> None:
        start.wait()
        one.cast() if one is not forms[0] else one.reveal()

    threads = [threading.Thread(target=act, args=(one,)) for one in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told_that_it_counts = {one.person.name.value for one in forms[1:] if "✓" in one.said.value}
    assert told_that_it_counts <= set(forms[0].box.status().participants)
    assert all("✓" in one.said.value or "revealed" in one.said.value for one in forms[1:])


def test_a_cast_ballot_is_read_back_when_the_same_name_comes_again(workbook) -> None:
    score_of = CandidateScores(5, 4, 3, n_dots=3, comment="as ever")
    one = form(workbook, "developer", "Engineering")
    one.draft = {"buy-latency": score_of}
    one.cast()
    again = form(workbook, "developer")
    assert again.draft["buy-latency"] == score_of
    assert again.person.role.value == "Engineering"
    later = form(workbook)
    later.person.name.value = " developer "
    assert later.draft["buy-latency"] == score_of


def test_scores_set_before_the_name_is_typed_or_corrected_stay(workbook) -> None:
    one = form(workbook)
    score(one, "buy-latency", 2, 2, 2)
    one.person.name.value = "develper"
    one.person.name.value = "developer"
    assert one.draft["buy-latency"].happiness == 2
    one.cast()
    other = form(workbook)
    score(other, "buy-latency", 5, 5, 5)
    other.person.name.value = "developer"
    assert other.draft["buy-latency"].happiness == 5
    assert "casting this takes its place" in other.said.value


def test_the_next_person_at_the_screen_finds_an_empty_form(workbook) -> None:
    one = form(workbook, "developer", "Engineering")
    score(one, "buy-latency", 2, 2, 2)
    one.cast()
    one.clear_button.click()
    assert (one.person.name.value, one.person.role.value) == ("", "")
    assert not any(value.happiness for value in one.draft.values())
    one.person.name.value = "product"
    score(one, "buy-latency", 4, 4, 4)
    one.cast()
    assert "2 participants voted" in one.status.html.value


def test_a_score_that_is_taken_away_is_gone_from_the_ballot(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 2, 2, 2)
    score(one, "buy-coverage", 3, 3, 3)
    one.cast()
    score(one, "buy-latency")
    one.cast()
    assert list(one.box.ballot_of("developer").scores) == ["buy-coverage"]


def test_half_a_score_too_many_dots_and_no_name_are_refused_and_nothing_is_written(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 2, 0, 0)
    score(one, "buy-coverage", comment="felt")
    one.cast()
    assert "buy-latency has no score for measurability and cost" in one.said.value
    assert "the comment on buy-coverage has no scores" in one.said.value
    one.draft = {"buy-latency": CandidateScores(n_dots=2), "buy-coverage": CandidateScores(n_dots=2)}
    one.cast()
    assert "dots" in one.said.value
    one.draft = {"buy-latency": CandidateScores(1, 1, 1)}
    one.person.name.value = ""
    one.cast()
    assert "your name cannot be" in one.said.value
    assert not one.box.folder.exists()


def test_dissent_comes_after_the_reveal_under_ones_name(workbook) -> None:
    one = form(workbook, "developer")
    assert one.dissent.view.layout.display == "none"
    score(one, "buy-latency", 2, 2, 2)
    one.cast()
    reveal(one)
    assert one.dissent.view.layout.display == ""
    one.dissent.about.value, one.dissent.text.value = "buy-latency", "<b>nobody</b> waits that long"
    one.dissent.button.click()
    assert "&lt;b&gt;nobody&lt;/b&gt; waits that long" in one.revealed.value
    assert one.dissent.text.value == ""
    one.dissent.button.click()
    assert "says why" in one.said.value


def test_hostile_names_and_comments_are_escaped(workbook) -> None:
    one = form(workbook, "<script>alert(1)</script>", "<img src=x onerror=alert(2)>")
    score(one, "buy-latency", 1, 1, 1, comment="<script>alert(3)</script>")
    one.cast()
    other = form(workbook, "$x_{$")
    score(other, "buy-latency", 5, 5, 5)
    other.cast()
    assert "&lt;script&gt;alert(1)" in shown(other)
    reveal(one)
    assert "&lt;script&gt;alert(3)" in shown(one)
    assert "<script" not in shown(one) + shown(other)
    assert "<img src=x" not in shown(one)


def test_junk_in_the_box_is_named_and_skipped(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 3, 3, 3)
    one.cast()
    (one.box.folder / "junk.yaml").write_text("scores: [<script>")
    (one.box.folder / "notes.txt").write_text("lunch at twelve")
    one.status.look_if_new()
    assert "1 participant voted" in one.status.html.value
    assert "junk.yaml" in one.status.html.value
    assert "notes.txt" in one.status.html.value
    reveal(one)
    assert "1 participant voted" in one.status.html.value
    assert "notes.txt" in one.revealed.value
    assert "<script" not in shown(one)


def test_a_reveal_marker_that_cannot_be_read_is_told(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 3, 3, 3)
    one.cast()
    (one.box.folder / MARKER).write_text("nonsense")
    one.status.look_if_new()
    assert "cannot be read" in shown(one)


def test_a_workbook_that_breaks_meanwhile_is_told_and_the_draft_stays(workbook) -> None:
    one = form(workbook, "developer")
    score(one, "buy-latency", 2, 2, 2)
    whole = workbook.read_text()
    workbook.write_text("journeys: [")
    one.cast()
    assert "✗" in one.said.value
    workbook.write_text(whole)
    one.cast()
    assert one.box.ballot_of("developer").scores["buy-latency"].happiness == 2


def test_every_control_has_words_for_who_cannot_see_it(workbook) -> None:
    one = form(workbook)
    controls = [*one.fields["buy-latency"].scores.values(), one.fields["buy-latency"].comment, one.fields["buy-latency"].n_dots,
                one.person.name, one.person.role, one.status.by_itself, one.dissent.about, one.dissent.text]  # fmt: skip
    assert all(control.description and control.tooltip for control in controls)
    assert all(button.description and button.tooltip for button in (one.cast_button, one.clear_button, one.status.refresh))


def test_a_workshop_is_not_needed_twice(workbook: Path) -> None:
    """Two forms in one kernel keep their own drafts."""
    workshop: Workshop = open_workshop(str(workbook))
    one, other = ballot_form(workshop, "buy", "developer"), ballot_form(workshop, "buy", "product")
    score(one, "buy-latency", 2, 2, 2)
    assert other.draft["buy-latency"] == CandidateScores()
