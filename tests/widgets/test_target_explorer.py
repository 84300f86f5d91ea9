"""Sliders explore and write nothing; the button writes what they show."""

import shutil
from decimal import Decimal

import pytest

from slo_workbench.analysis.user_coverage import cover_users
from slo_workbench.document.changes import change_part
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.widgets.target_explorer import explore_target, target_explorer
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture(autouse=True)
def nothing_is_worked_out_ahead(monkeypatch):
    """Let each threshold wait for its move: what is worked out ahead is the same, and takes a second a widget."""
    monkeypatch.setattr("slo_workbench.widgets.target_explorer.PREPARE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def reduced(tmp_path_factory):
    """The worked example with its Histories kept, so that each test need not count again."""
    folder = shutil.copytree(STAGEDOOR, tmp_path_factory.mktemp("once") / "stagedoor")
    workshop = open_workshop(str(folder / "workbook.yaml"))
    for source in ("requests", "settlement", "deliveries"):
        workshop.history(source)
    return folder


@pytest.fixture
def workshop(reduced, tmp_path):
    return open_workshop(str(shutil.copytree(reduced, tmp_path / "stagedoor") / "workbook.yaml"))


def test_without_a_hand_on_it_it_says_what_the_proposal_says(workshop):
    answer, alone = explore_target(workshop, "buy-availability-28d"), workshop.case("buy-availability-28d").assessment
    assert answer.target == alone.stated_target
    assert answer.found.assessment.stated_sentence == alone.stated_sentence
    assert answer.found.budget == alone.budget
    users = cover_users(workshop.history_of("buy-availability"), "buy-availability", target=alone.target, event=alone.event)
    assert answer.found.users.sentences == users.sentences


def test_where_the_document_has_no_target_the_one_the_history_supports_is_shown(workshop):
    answer = explore_target(workshop, "buy-latency-28d")
    assert answer.target == workshop.case("buy-latency-28d").assessment.fit.target
    assert "names no target yet" in answer.sentences[-1]


def test_it_shows_a_picture_with_its_words_and_a_table(workshop):
    shown = explore_target(workshop, "buy-latency-28d", 2000, "95%")._repr_mimebundle_()
    assert '<img src="data:image/png;base64,' in shown["text/html"]
    assert 'alt="95 % within 2 s' in shown["text/html"]
    assert 'scope="row"' in shown["text/html"]
    assert shown["text/plain"].startswith("95 % within 2 s: about")


@pytest.mark.parametrize(("threshold_ms", "target"), [(2000, "101%"), (2000, "100%"), (-1, "99%"), (2000, "much")])
def test_what_cannot_be_asked_is_refused(workshop, threshold_ms, target):
    with pytest.raises(UnusableValue):
        explore_target(workshop, "buy-latency-28d", threshold_ms, target)


def test_an_objective_that_is_not_there_is_named(workshop):
    with pytest.raises(FindingsError, match="buy-latency-29d"):
        target_explorer(workshop, "buy-latency-29d")


def test_moving_a_slider_changes_the_answer_and_writes_nothing(workshop):
    before = workshop.path.read_bytes()
    explorer = target_explorer(workshop, "buy-latency-28d")
    assert (explorer.threshold.value, explorer.target.value) == (3000.0, Decimal("0.965"))
    seen = {explorer.answer.value}
    for slider, value in ((explorer.target, Decimal("0.99")), (explorer.threshold, 2000.0), (explorer.threshold, 10_000.0)):
        slider.value = value
        seen.add(explorer.answer.value)
    assert len(seen) == 4
    assert explorer.target.value == Decimal("0.99")
    assert explorer.answer.value == explore_target(workshop, "buy-latency-28d", 10_000, "99%").to_html()
    assert workshop.path.read_bytes() == before


def test_every_step_of_the_target_answers_without_nan(workshop):
    explorer = target_explorer(workshop, "settlement-coverage-28d")
    for _, target in explorer.target.options:
        explorer.target.value = target
        assert "nan" not in explorer.shown._repr_mimebundle_()["text/plain"].lower()
        assert "✗" not in explorer.answer.value


def test_an_indicator_without_threshold_hides_that_slider_and_says_so(workshop):
    explorer = target_explorer(workshop, "settlement-coverage-28d")
    assert explorer.threshold.layout.display == "none"
    assert "only the target can be moved" in explorer.hint.value


def test_apply_writes_target_threshold_and_reason_and_starts_from_the_document_again(workshop):
    explorer = target_explorer(workshop, "buy-latency-28d")
    explorer.threshold.value, explorer.target.value = 10_000.0, Decimal("0.99")
    explorer.reason.value = "Nobody waits longer."
    explorer.apply.click()
    objective = workshop.objective("buy-latency-28d")
    assert (objective.threshold_ms, objective.target, objective.reason) == (10_000, Decimal("0.99"), "Nobody waits longer.")
    assert (explorer.threshold.value, explorer.target.value) == (10_000.0, Decimal("0.99"))
    assert (explorer.reason.value, explorer.reason.placeholder) == ("", "Nobody waits longer.")
    explorer.apply.take_back.click()
    assert workshop.path.read_bytes() == (STAGEDOOR / "workbook.yaml").read_bytes()
    assert explorer.threshold.value == 3000.0


def test_another_target_or_threshold_without_a_reason_is_refused(workshop):
    explorer = target_explorer(workshop, "buy-latency-28d")
    explorer.apply.click()
    assert "a target needs a reason" in explorer.apply.said.value
    explorer.threshold.value = 10_000.0
    explorer.apply.click()
    assert "another threshold needs a reason" in explorer.apply.said.value
    assert workshop.path.read_bytes() == (STAGEDOOR / "workbook.yaml").read_bytes()


def test_applying_what_the_document_says_changes_nothing(workshop):
    explorer = target_explorer(workshop, "buy-availability-28d")
    explorer.apply.click()
    assert "says so already" in explorer.apply.said.value


def test_a_threshold_the_indicator_lacks_is_counted_first_and_then_applied(workshop):
    explorer = target_explorer(workshop, "buy-latency-28d")
    explorer.threshold.value, explorer.target.value = 2000.0, Decimal("0.9")
    explorer.reason.value = "People leave."
    explorer.apply.click()
    assert "is not among the thresholds" in explorer.apply.said.value
    explorer.count_too.click()
    assert workshop.indicator("buy-latency").thresholds_ms == (2000, 3000, 10_000)
    assert (explorer.threshold.value, explorer.target.value) == (2000.0, Decimal("0.9"))
    assert explorer.shown.found.users is not None
    explorer.reason.value = "People leave."
    explorer.apply.click()
    assert workshop.objective("buy-latency-28d").threshold_ms == 2000


def test_objectives_that_meant_the_only_threshold_name_it_before_there_are_two(workshop):
    explorer = target_explorer(workshop, "ticket-freshness-28d")
    explorer.threshold.value = 120_000.0
    explorer.count_too.click()
    assert workshop.indicator("ticket-freshness").thresholds_ms == (120_000, 600_000)
    assert workshop.objective("ticket-freshness-28d").threshold_ms == 600_000
    explorer.count_too.take_back.click()
    assert workshop.path.read_bytes() == (STAGEDOOR / "workbook.yaml").read_bytes()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(workshop):
    explorer = target_explorer(workshop, "buy-availability-28d")
    change_part(workshop.path, "objective", "buy-availability-28d", target="99.2%", reason="Measured again.")
    explorer.target.value = Decimal("0.995")
    explorer.reason.value = "The contract says so."
    explorer.apply.click()
    assert "somebody else has changed" in explorer.apply.said.value
    assert workshop.objective("buy-availability-28d").target == Decimal("0.992")


def test_what_people_wrote_is_escaped(workshop):
    change_part(workshop.path, "service", "", currency="<b>")
    assert "<b>" not in explore_target(workshop, "buy-availability-28d").to_html()


def test_another_target_of_an_agreed_promise_makes_it_proposed_again(workshop):
    change_part(workshop.path, "objective", "buy-availability-28d", status="agreed")
    explorer = target_explorer(workshop, "buy-availability-28d")
    explorer.target.value = Decimal("0.98")
    explorer.reason.value = "Users shrug below this."
    explorer.apply.click()
    assert workshop.objective("buy-availability-28d").status == "proposed"
    assert "proposed" in explorer.apply.said.value
