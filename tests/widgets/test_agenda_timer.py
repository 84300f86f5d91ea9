"""The facilitator's clock keeps time without being watched, says in words when it is over, and lets a kernel end."""

import asyncio

import nbformat
import pytest
from nbclient import NotebookClient

from slo_workbench.errors import UnusableValue
from slo_workbench.widgets.agenda_timer import agenda_timer
from slo_workbench.workshop.agenda import PLANS
from slo_workbench.workshop.agenda_clock import AgendaClock

MINUTE = 60.0


class HandClock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds

    def pass_minutes(self, minutes):
        self.seconds += minutes * MINUTE


@pytest.fixture
def hands():
    return HandClock()


def test_it_stands_until_it_is_started(hands):
    timer = agenda_timer(now=hands)
    hands.pass_minutes(30)
    timer.show()
    assert "5:00" in timer.time.value
    assert "the clock stands" in timer.time.value
    assert not timer.is_ticking


def test_time_runs_stands_and_runs_on(hands):
    timer = agenda_timer(now=hands)
    timer.start_or_pause.click()
    assert timer.start_or_pause.description == "Pause"
    hands.pass_minutes(2)
    timer.start_or_pause.click()
    hands.pass_minutes(10)
    timer.start_or_pause.click()
    hands.pass_minutes(1)
    timer.show()
    assert "2:00" in timer.time.value
    assert "2 minutes left" in timer.time.value


def test_what_is_over_is_said_in_words_and_what_it_costs(hands):
    timer = agenda_timer(now=hands)
    timer.start_or_pause.click()
    hands.pass_minutes(8)
    timer.show()
    assert "! 3 minutes over" in timer.time.value
    assert "+3:00" in timer.time.value
    assert "needs 3 minutes more: shorten a part" in timer.time.value


def test_next_and_back_keep_the_time_that_each_part_has_had():
    clock = AgendaClock.of_minutes([5, 10, 20]).start(0).next(2 * MINUTE)
    assert clock.at(3 * MINUTE).words == "9 minutes left"
    assert clock.at(3 * MINUTE).behind_s == -3 * MINUTE
    back = clock.back(3 * MINUTE)
    assert back.at(4 * MINUTE).words == "2 minutes left"
    assert back.next(4 * MINUTE).at(4 * MINUTE).words == "9 minutes left"
    last = back.next(0).next(0).next(0)
    assert last.place == 2
    assert AgendaClock.of_minutes([5]).back(0).place == 0


def test_more_time_for_a_part_is_missing_at_the_end(hands):
    timer = agenda_timer(now=hands)
    timer.more.click()
    assert "10:00" in timer.time.value
    assert "needs 5 minutes more" in timer.time.value
    assert "5 + 5" in timer.parts.value


def test_a_clock_that_goes_back_takes_nothing_away():
    assert AgendaClock.of_minutes([5]).start(100).at(40).left_s == 5 * MINUTE


@pytest.mark.parametrize("name", PLANS)
def test_each_part_of_each_agenda_shows_its_prompts(name, hands):
    timer = agenda_timer(name, now=hands)
    for item in timer.plan.items:
        assert item.title in timer.time.value
        for role in item.prompts:
            assert role in timer.prompts.value
        timer.next.click()
    assert timer.next.disabled
    assert not timer.back.disabled


def test_an_agenda_that_there_is_not_names_the_nearest():
    with pytest.raises(UnusableValue, match="did you mean 'half-day'"):
        agenda_timer("half_day")


def test_it_ticks_by_itself_until_it_is_stopped(monkeypatch, hands):
    monkeypatch.setattr("slo_workbench.widgets.agenda_timer.TICK_S", 0.001)

    async def watch():
        timer = agenda_timer(now=hands)
        timer.start_or_pause.click()
        hands.pass_minutes(1)
        while "4:00" not in timer.time.value:
            await asyncio.sleep(0.001)
        timer.stop()
        assert not timer.is_ticking
        timer.start_or_pause.click()
        assert timer.is_ticking
        timer.view.close()
        while timer.is_ticking:  # nobody sees it any more
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(watch(), timeout=20))


def test_a_running_clock_prints_nothing_in_a_kernel_and_shows_again_in_another_cell():
    code = "from slo_workbench.widgets.agenda_timer import agenda_timer\ntimer = agenda_timer()\ntimer.start_or_pause.click()\ntimer"
    cells = [
        nbformat.v4.new_code_cell(code),
        nbformat.v4.new_code_cell("assert timer.is_ticking\nimport asyncio; await asyncio.sleep(1.2)"),
        nbformat.v4.new_code_cell("timer"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=60, shutdown_kernel="graceful")
    client.execute()
    assert not [output for cell in notebook.cells for output in cell.outputs if output.output_type == "stream"]
    shown = [cell.outputs[0]["data"] for cell in (notebook.cells[0], notebook.cells[2])]
    assert all("application/vnd.jupyter.widget-view+json" in data for data in shown)
