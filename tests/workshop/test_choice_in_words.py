"""A choice written as text, who does not agree, and the incidents replayed against it."""

import shutil

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.choice_in_words import choice_at_hand, decide_dissent, read_ids, read_reasons
from slo_workbench.workshop.incidents_replayed import incidents_replayed
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path):
    folder = tmp_path / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    return open_workshop(str(folder / "workbook.yaml"))


def test_ids_and_reasons_are_read_as_people_write_them():
    assert read_ids(" a, b ,,a") == ("a", "b")
    assert read_reasons("a = too dear; b=x = y;", "reject") == {"a": "too dear", "b": "x = y"}
    for wrong in ("a", "a=", "=why"):
        with pytest.raises(UnusableValue, match="an id and a reason"):
            read_reasons(wrong, "reject")


def test_dissent_is_written_beside_the_choice_and_leaves_the_rest(workshop):
    before = workshop.journey("buy").choice
    decision = decide_dissent(workshop, "buy", dissent="buy-latency=Three seconds are an age", participant="Product")
    assert [line for line in decision.diff.splitlines() if line.startswith("-") and not line.startswith("---")] == []
    after = workshop.journey("buy").choice
    assert after.dissent[-1].by == "Product"
    assert after.model_copy(update={"dissent": before.dissent}) == before
    again = decide_dissent(workshop, "buy", dissent="buy-latency=Three seconds are an age", participant="Product")
    assert not again.is_change


def test_dissent_needs_a_name_and_a_candidate(workshop):
    before = workshop.path.read_bytes()
    with pytest.raises(UnusableValue, match="write participant"):
        decide_dissent(workshop, "buy", dissent="buy-latency=no")
    with pytest.raises(FindingsError, match="did you mean 'buy-latency'"):
        decide_dissent(workshop, "buy", dissent="buy-latncy=no", participant="Product")
    assert not decide_dissent(workshop, "buy").is_change
    assert workshop.path.read_bytes() == before


def test_the_choice_shows_scores_best_first_what_was_not_taken_and_who_does_not_agree(workshop):
    told = choice_at_hand(workshop, "buy").text
    assert told.splitlines()[0].startswith("buy-availability  5")
    assert "Decided on 2026-05-04" in told
    assert "Operations  buy-availability-client" in told


def test_incidents_are_told_with_whether_they_would_have_shown(workshop):
    told = incidents_replayed(workshop, "buy").text
    assert "payment-down  2026-04-14 19:15" in told
    assert "✓ shown" in told
    assert "✗ not shown" in told
    assert "incidents with data would have been visible" in told


def test_without_a_list_or_an_indicator_it_says_what_to_do(tmp_path):
    file = tmp_path / "workbook.yaml"
    file.write_text("service: {name: shop}\njourneys: [{id: buy, name: Buy}]\n")
    workshop = open_workshop(str(file))
    assert "incidents: incidents.csv" in incidents_replayed(workshop).text
    assert "No choice is recorded for Buy yet" in choice_at_hand(workshop).text
    (tmp_path / "incidents.csv").write_text("id,start,end\na,2026-05-04T00:00:00Z,2026-05-04T01:00:00Z\n")
    file.write_text("service: {name: shop}\nincidents: incidents.csv\njourneys: [{id: buy, name: Buy}]\n")
    assert "No indicator speaks for Buy yet" in incidents_replayed(workshop).text
