"""The budget calculator is exact in both directions, refuses in sentences, and writes a target only with its reason."""

import shutil
from decimal import Decimal

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.widgets.budget_calculator import budget_calculator
from slo_workbench.workshop.budget_figures import calculate_budget
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR

BUY = "buy-availability-28d"


@pytest.fixture
def workshop(tmp_path):
    folder = tmp_path / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    return open_workshop(str(folder / "workbook.yaml"))


def test_without_a_workshop_it_starts_from_a_usual_target_and_has_nothing_to_apply_to():
    calculator = budget_calculator()
    assert (calculator.target.value, calculator.minutes.value, calculator.bad.value) == ("99.9%", "40.32", "")
    assert calculator.apply is None
    assert "gone in 4 d 16 h" in calculator.shown.value


def test_each_of_the_three_decides_the_two_others_exactly():
    calculator = budget_calculator()
    calculator.requests.value = "4,000,000"
    calculator.minutes.value = "20.16"
    assert (calculator.target.value, calculator.bad.value) == ("99.95%", "2000")
    calculator.bad.value = "400"
    assert (calculator.target.value, calculator.minutes.value) == ("99.99%", "4.032")
    calculator.target.value = "99.5%"
    assert (calculator.minutes.value, calculator.bad.value) == ("201.6", "20000")
    calculator.window.value = "30d"
    assert (calculator.target.value, calculator.minutes.value) == ("99.5%", "216")


def test_a_target_without_end_is_said_in_round_numbers_and_never_tighter():
    calculator = budget_calculator()
    calculator.minutes.value = "20"
    assert calculator.target.value.startswith("99.9503968253968")
    assert calculator.minutes.value == "20"  # as it was typed
    assert "no tighter: 99.95" in calculator.shown.value.replace("\u00a0", " ")
    calculator.round.click()
    assert (calculator.target.value, calculator.minutes.value) == ("99.95%", "20.16")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("target", "100%", "a target lies below 100 %"), ("target", "0%", "above 0 %"), ("target", "most", "a share is written as"),
        ("target", "", "give one of a target"), ("target", "99.9", "write 99.9%"), ("minutes", "-3", "the minutes are a number above 0"),
        ("minutes", "50000", "no longer than its window"), ("minutes", "nan", "a number above 0"), ("minutes", "1e5", "a number above 0"),
        ("bad", "5", "how many are expected"), ("window", "soon", "a window is days or weeks"), ("requests", "1.5", "a whole number"),
        ("burn_rate", "0", "burn rates are a number above 0"), ("target", "<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_is_a_sentence_and_the_next_value_works(field, value, said):
    calculator = budget_calculator()
    getattr(calculator, field).value = value
    assert said in calculator.shown.value
    assert "<script" not in calculator.shown.value
    assert calculator.figures is None
    calculator.window.value, calculator.requests.value, calculator.burn_rate.value = "28d", "", "6"
    calculator.target.value = "99%"
    assert calculator.minutes.value == "403.2"


def test_a_burn_rate_says_when_the_budget_is_gone_and_when_there_is_no_such_rate():
    assert "gone in 2 d" in calculate_budget(target="99.9%", burn_rate=14).burn_sentence
    assert calculate_budget(target="99%", burn_rate=100).burn_sentence.endswith("gone in 6 h 43 min.")
    assert "cannot happen" in calculate_budget(target="99%", burn_rate=101).burn_sentence


def test_only_one_of_the_three_may_be_given():
    with pytest.raises(UnusableValue, match="the others follow"):
        calculate_budget(target="99%", minutes=5)


def test_the_table_marks_this_target_and_this_window():
    header, rows = calculate_budget(target="99.1%", window="14d").table()
    assert "→ in 14 days" in header
    assert [row for row in rows if row[0] == "→ 99.1 %"]
    assert len({len(row) for row in rows} | {len(header)}) == 1


def test_it_starts_from_the_objective_and_its_traffic_and_applying_that_changes_nothing(workshop):
    text = workshop.path.read_text()
    calculator = budget_calculator(workshop, BUY)
    budget = workshop.case(BUY).assessment.budget
    assert (calculator.target.value, calculator.window.value) == ("99.1%", "28d")
    assert int(calculator.requests.value) == round(budget.valid_events)
    assert int(calculator.bad.value) == budget.bad_events_allowed
    calculator.apply.click()
    assert workshop.path.read_text() == text
    assert "says so already" in calculator.apply.said.value


def test_a_target_is_written_with_its_reason_and_not_without(workshop):
    calculator = budget_calculator(workshop, BUY)
    calculator.minutes.value = "201.6"
    calculator.apply.click()
    assert "a target needs a reason" in calculator.apply.said.value
    assert workshop.objective(BUY).target == Decimal("0.991")
    calculator.reason.value = "Users call after three hours."
    calculator.apply.click()
    objective = workshop.objective(BUY)
    assert (objective.target, objective.reason) == (Decimal("0.995"), "Users call after three hours.")
    assert "target: 99.5%" in workshop.path.read_text()
    assert calculator.target.value == "99.5%"


def test_a_target_that_somebody_else_set_meanwhile_is_not_overwritten(workshop):
    calculator = budget_calculator(workshop, BUY)
    decide(workshop.path, "objective", BUY, target="98%", reason="The first.")
    calculator.target.value, calculator.reason.value = "99.5%", "The second."
    calculator.apply.click()
    assert "somebody else has changed" in calculator.apply.said.value
    assert workshop.objective(BUY).target == Decimal("0.98")


def test_where_the_requests_are_missing_the_traffic_is_not_known_and_the_rest_works(workshop):
    (workshop.folder / "requests.parquet").unlink()
    calculator = budget_calculator(workshop, BUY)
    assert (calculator.target.value, calculator.requests.value) == ("99.1%", "")
    assert "is not known" in calculator.shown.value
    calculator.requests.value = "10000"
    assert calculator.bad.value == "90"


def test_a_workbook_without_objectives_says_which_notebook_makes_one(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    with pytest.raises(FindingsError, match="notebook 05"):
        budget_calculator(open_workshop(str(tmp_path / "workbook.yaml")))
