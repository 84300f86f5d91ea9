"""The candidates on the table: as the workbook and the data have them now, looked at once."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.workshop import candidates_at_hand as module
from slo_workbench.workshop.candidates_at_hand import candidates_at_hand, coverage_with
from slo_workbench.workshop.choice_decision import decide_choice
from slo_workbench.workshop.opening import Workshop, open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    return open_workshop(str(tmp_path / "shop" / "workbook.yaml"))


def test_every_candidate_says_what_it_counts_sees_and_misses_and_how_it_stands(workshop) -> None:
    found = candidates_at_hand(workshop, "buy")
    latency, client = found["buy-latency"], found["buy-availability-client"]
    assert (latency.state, latency.indicator, latency.measured_at) == ("chosen", "buy-latency", "load balancer")
    assert latency.sees.startswith("sees 6 of 8 ways to fail; misses: never arrives")
    assert latency.within == "1.8 s or 5.4 s"
    assert (client.state, client.needs) == ("rejected", "events sent by the app or page itself")
    assert client.rejected_because.startswith("The app sends no such events yet")
    assert "route = '/orders'" in found.predicates.text
    shown = found._repr_mimebundle_()
    assert "✗ rejected: The app sends" in shown["text/html"]
    assert "answered, but the answer does not come back" in shown["text/plain"]


def test_sources_are_looked_at_again_only_when_they_changed(workshop, monkeypatch) -> None:
    looks = []
    look = module.look_at_sources
    monkeypatch.setattr(module, "look_at_sources", lambda *given, **named: looks.append(1) or look(*given, **named))
    candidates_at_hand(workshop, "buy")
    workshop.path.write_text(workshop.path.read_text() + "\n# a remark\n")
    candidates_at_hand(workshop, "browse")
    assert len(looks) == 1
    with (workshop.folder / "settlement.csv").open("a") as file:
        file.write("\n")
    candidates_at_hand(workshop, "buy")
    assert len(looks) == 2


def test_a_source_that_is_not_there_is_a_warning_and_the_others_are_looked_at(workshop) -> None:
    (workshop.folder / "deliveries.parquet").unlink()
    found = candidates_at_hand(workshop, "buy")
    assert any(finding.severity == "warning" and "deliveries" in str(finding) for finding in found.findings)
    assert found["buy-latency"].within


def test_coverage_with_a_candidate_and_without_an_indicator_counts_the_ways_to_fail(workshop) -> None:
    found = candidates_at_hand(workshop, "buy", with_data=False)
    both = coverage_with(found, without=["buy-coverage"], take=["buy-freshness"])
    assert both.sentences[0].startswith("With buy-freshness and without buy-coverage: 4 indicators see 8 of 15 ways")
    assert "as many as now" in coverage_with(found, without=["buy-availability-service"]).sentences[0]
    assert "fewer than now" in coverage_with(found, without=["buy-latency"]).sentences[0]
    assert coverage_with(found, take=["buy-latency"]).sentences[0].startswith("As chosen")
    with pytest.raises(FindingsError, match="no candidate 'nope'"):
        coverage_with(found, take=["nope"])


def test_nothing_taken_and_nothing_rejected_decides_nothing(workshop) -> None:
    before = workshop.path.read_bytes()
    assert not decide_choice(workshop, "buy").is_change
    assert workshop.path.read_bytes() == before


def test_a_choice_by_the_plain_function_says_what_it_wrote(workshop) -> None:
    made = decide_choice(workshop, "buy", take=["buy-freshness"], reject={"buy-availability-client": "later"}, decided_on=date(2026, 5, 4))
    assert made.said == "Written to workbook.yaml: taken buy-freshness; rejected buy-availability-client."
    assert read_workbook(workshop.path).indicator("buy-freshness").source == "deliveries"
    again = decide_choice(workshop, "buy", take=["buy-freshness"], decided_on=date(2026, 5, 4))
    assert "is an indicator already and stays as it is written" in again.said
    assert not again.is_change
