"""The example policies can be pasted into a workbook and mean there what they mean here."""

import pytest

from slo_workbench.document.example_policies import example_policies, render_policy
from slo_workbench.document.model import Policy, Workbook
from slo_workbench.document.yaml_file import check_text

NAMES = tuple(example_policies())


def pasted(policy):
    return check_text("version: 1\n\nservice:\n  name: shop\n\n" + render_policy(policy), file="workbook.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_a_pasted_policy_is_read_as_it_was_and_without_a_finding(name):
    policy = example_policies()[name]
    checked = pasted(policy)
    assert checked.findings == ()
    assert checked.workbook.policy == policy


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_says_what_is_done_and_by_whom_in_the_order_of_the_budget_spent(name):
    policy = example_policies()[name]
    shares = [clause.budget_spent for clause in policy.clauses if clause.by == "window"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(clause.action and clause.owner for clause in policy.clauses)
    assert policy.clauses[-1].escalation
    assert len({clause.id for clause in policy.clauses}) == len(policy.clauses)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_agreed_by_nobody(name):
    policy = example_policies()[name]
    assert (policy.agreed_by, policy.agreed_on) == ((), None)


def test_there_are_three_and_the_variant_of_the_course_has_four_thresholds():
    assert NAMES == ("gentle", "four-thresholds", "strict")
    assert len(example_policies()["four-thresholds"].clauses) == 4
    # a fifth of the budget by one incident: The Site Reliability Workbook, appendix B
    (learn,) = [clause for clause in example_policies()["strict"].clauses if clause.by == "incident"]
    assert str(learn.budget_spent) == "0.2"


def test_an_empty_policy_is_written_as_one():
    assert render_policy(Policy()) == "policy: {}\n"
    assert pasted(Policy()).workbook == Workbook.model_validate({"service": {"name": "shop"}})


def test_examples_cannot_be_changed_for_others():
    with pytest.raises(TypeError):
        example_policies()["gentle"] = Policy()
