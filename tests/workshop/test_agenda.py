"""The agendas: each takes exactly its time, and every part says what for, who leads and what to ask."""

import re

import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.agenda import PLANS, ROLES, agenda, agenda_markdown
from slo_workbench.workshop.agenda_pages import agendas_page, facilitator_page

NOTEBOOKS = [f"{number:02d}_question.ipynb" for number in range(9)]


@pytest.mark.parametrize(("name", "minutes"), [("90min", 90), ("half-day", 240), ("day", 480)])
def test_an_agenda_takes_exactly_its_time_breaks_included(name, minutes):
    assert sum(item.minutes for item in agenda(name).items) == minutes == agenda(name).minutes


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.name)
def test_every_part_but_a_break_has_a_purpose_a_notebook_a_leader_and_a_prompt_for_every_role(plan):
    for item in plan.items:
        assert item.minutes > 0
        if item.title not in ("Break", "Lunch"):
            assert item.purpose.endswith(".")
            assert item.file(NOTEBOOKS)
            assert item.leads in (*ROLES, "facilitator")
            assert tuple(item.prompts) == ROLES
            assert all(prompt.endswith("?") for prompt in item.prompts.values())


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.name)
def test_nobody_sits_longer_than_two_hours_without_a_break(plan):
    longest = sitting = 0
    for item in plan.items:
        sitting = sitting + item.minutes if item.notebook else 0
        longest = max(longest, sitting)
    assert longest <= 120


def test_the_short_agenda_leads_from_a_blank_page_to_a_promise_to_sign():
    assert [item.notebook for item in agenda("90min").items if item.notebook] == ["00", "01", "02", "03", "04", "05", "07", "08"]


def test_a_table_has_a_row_for_each_part_from_the_beginning_to_the_end():
    rows = [line for line in agenda_markdown(agenda("half-day"), notebooks=NOTEBOOKS).splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == len(agenda("half-day").items) + 1
    assert rows[0].startswith("| 0:00 | 10 | Welcome")
    assert rows[-1].startswith("| 4:00 | | End")
    assert "[01](01_question.ipynb)" in rows[2]


def test_the_page_has_the_chosen_agenda_first_and_credits_its_model_but_not_for_its_timings():
    page = agendas_page("half-day")
    assert page.index("## Half a day") < page.index("## 90 minutes") < page.index("## A day")
    assert "CC BY 4.0" in page
    assert "The timings and the prompts are ours, not Google's." in page


def test_only_the_facilitators_page_has_prompts():
    prompt = agenda("90min").items[1].prompts["product"]
    assert prompt in facilitator_page("90min", notebooks=NOTEBOOKS)
    assert prompt not in agendas_page("90min", notebooks=NOTEBOOKS)


def test_an_agenda_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(UnusableValue, match="did you mean 'half-day'"):
        agenda("halfday")
