"""The alert tier chooser replays what its controls say, and writes only what differs from the published tiers."""

import shutil

import pytest

from slo_workbench.document import FindingsError
from slo_workbench.document.alerting_model import Alerting, AlertTierSetting
from slo_workbench.errors import TooLittleData
from slo_workbench.widgets.alert_tier_chooser import alert_tier_chooser
from slo_workbench.widgets.alert_tier_row import AlertTierRow
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.opening import open_workshop
from slo_workbench.workshop.replayed_alert_choice import replay_alert_choice
from tests.conftest import STAGEDOOR

BUY = "buy-availability-28d"


@pytest.fixture(scope="module")
def reduced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reduced") / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    open_workshop(str(folder / "workbook.yaml")).history("requests")
    return folder


@pytest.fixture
def workshop(tmp_path, reduced):
    shutil.copytree(reduced, tmp_path / "stagedoor")
    return open_workshop(str(tmp_path / "stagedoor" / "workbook.yaml"))


def with_alerting(workshop, text):
    workshop.path.write_text(workshop.path.read_text().replace("risks:\n", f"{text}\nrisks:\n", 1))
    return workshop


def shown(html):
    return html.replace("\u00a0", " ")


def added(chooser):
    return [line[1:].strip() for line in chooser.apply._last.diff.splitlines() if line.startswith("+") and line[1:].strip()][1:]


def test_it_starts_from_the_document_and_applying_that_changes_nothing(workshop):
    with_alerting(
        workshop,
        "alerting: {tiers: [{id: page-fast, long: 60m, budget_spent: 2%}, {id: own, severity: ticket, long: 2h, short: 10m, burn_rate: 3}]}\n",
    )
    text = workshop.path.read_text()
    chooser = alert_tier_chooser(workshop, BUY)
    assert chooser.choice() == workshop.workbook.alerting
    assert (chooser.rows["own"].severity.value, chooser.rows["own"].long.value, chooser.rows["own"].burn_rate.value) == (
        "ticket",
        "2h",
        "3",
    )
    chooser.apply.click()
    assert workshop.path.read_text() == text
    assert "says so already" in chooser.apply.said.value


def test_the_plain_function_says_the_same_as_the_widget(workshop):
    chooser, plain = alert_tier_chooser(workshop, BUY), replay_alert_choice(workshop, BUY)
    assert chooser.replayed.sentences == plain.sentences
    assert plain.message == "2.7 pages a month: 4 of 5 incidents paged, no pages for nothing."  # as `slo-workbench alerts` has it
    assert plain.compared["choice"].tolist()[0] == "this choice, as it is in the workbook"
    assert "payment-down" in plain._repr_mimebundle_()["text/plain"]


def test_a_change_is_replayed_beside_what_the_workbook_has_and_the_presets(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.rows["page-fast"].is_on.value = False
    found = chooser.replayed
    assert found.compared["choice"].tolist() == [
        "this choice", "as it is in the workbook", "preset workbook", "preset sloth", "preset pyrra",
    ]  # fmt: skip
    assert [tier.id for tier in found.tiers] == ["page-slow", "ticket-day", "ticket-slow"]
    assert found.message in shown(chooser.message.value)
    assert 'alt="When alerts would have called in 5 incidents.' in chooser.drawn.value


def test_what_is_taken_from_an_earlier_replay_is_what_would_be_found_anew(workshop):
    first = replay_alert_choice(workshop, BUY)
    tiers = [{"id": "page-fast", "burn_rate": 10}]
    assert replay_alert_choice(workshop, BUY, tiers=tiers, beside=first).compared.equals(
        replay_alert_choice(workshop, BUY, tiers=tiers).compared
    )
    decide(workshop.path, "alerting", preset="pyrra")
    after = replay_alert_choice(workshop, BUY, "workbook", beside=first)
    assert after.compared.equals(replay_alert_choice(workshop, BUY, "workbook").compared)


def test_only_tiers_and_fields_that_differ_from_the_preset_are_written(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.rows["page-fast"].burn_rate.value = "10"
    chooser.rows["ticket-day"].is_on.value = False
    chooser.rows["page-slow"].long.value = "4h"
    chooser.rows["page-slow"].long.value = "6h"  # and back
    chooser.apply.click()
    assert added(chooser) == ["alerting:", "tiers:", "- id: page-fast", "burn_rate: 10", "- id: ticket-day", "is_on: False"]
    assert workshop.workbook.alerting == Alerting.model_validate(
        {"tiers": [{"id": "page-fast", "burn_rate": 10}, {"id": "ticket-day", "is_on": False}]}
    )


def test_budget_and_burn_rate_follow_each_other_and_a_longer_window_keeps_what_the_preset_keeps(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    row = chooser.rows["page-fast"]
    assert (row.budget.value, row.burn_rate.value) == ("2%", "13.44")  # The Site Reliability Workbook's 2 % in an hour, of 28 days
    row.budget.value = "4%"
    assert row.burn_rate.value == "26.88"
    row.burn_rate.value = "13.44"
    assert row.budget.value == "2%"
    assert row.setting() is None
    row.budget.value = "2%"
    row.long.value = "2h"
    assert (row.budget.value, row.burn_rate.value) == ("2%", "6.72")
    assert row.setting() == AlertTierSetting(id="page-fast", long="2h")
    pyrra = AlertTierRow("page-fast", None, preset="pyrra", window_days=28, changed=lambda: None)
    pyrra.long.value = "2h"
    assert pyrra.burn_rate.value == "14"


def test_a_preset_is_taken_whole_and_back_to_it_is_a_decision_too(workshop):
    with_alerting(workshop, "alerting:\n  tiers:\n    - id: page-fast\n      burn_rate: 10  # as they like it\n")
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.preset.value = "pyrra"
    assert chooser.rows["page-fast"].pending.value == "2m"
    chooser.apply.click()
    assert workshop.workbook.alerting == Alerting(preset="pyrra")
    assert "Written to workbook.yaml" in chooser.apply.said.value
    chooser.apply.take_back.click()
    assert "as they like it" in workshop.path.read_text()
    assert chooser.rows["page-fast"].burn_rate.value == "10"


def test_a_tier_that_can_never_fire_is_said_and_left_out(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.rows["page-fast"].burn_rate.value = "200"
    assert "it can never fire" in shown(chooser.message.value)
    assert "page-fast" not in [tier.id for tier in chooser.replayed.tiers]
    chooser.rows["page-slow"].short.value = "8h"
    assert "a short window of 8 h cannot say" in shown(chooser.message.value)


def test_with_every_tier_off_nobody_is_called(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    for row in chooser.rows.values():
        row.is_on.value = False
    assert "Nobody would be called." in chooser.message.value
    assert "Every tier is off" in chooser.incidents.value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("long", "soon", "a length of time is written as 5m"), ("short", "", "a length of time is written as"), ("budget", "lots", "a share is written"),
        ("burn_rate", "0", "above 0"), ("burn_rate", "", "above 0"), ("pending", "<script>", "&lt;script&gt;"), ("budget", "0%", "no budget spent is no alarm"),
    ],
)  # fmt: skip
def test_what_the_workbook_would_refuse_is_a_sentence_and_is_not_written(workshop, name, value, said):
    chooser = alert_tier_chooser(workshop, BUY)
    text = workshop.path.read_text()
    getattr(chooser.rows["page-fast"], name).value = value
    assert said in shown(chooser.message.value)
    assert "<script" not in chooser.message.value
    chooser.apply.click()
    assert workshop.path.read_text() == text
    assert said in shown(chooser.apply.said.value)


def test_a_preset_that_has_no_tiers_for_the_window_says_so_and_another_one_works(workshop):
    workshop.path.write_text(
        workshop.path.read_text().replace("indicator: buy-availability\n    window: 28d", "indicator: buy-availability\n    window: 14d")
    )
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.preset.value = "sloth"
    assert "Sloth has alerts for SLO windows of 7, 28 and 30 days" in chooser.message.value
    chooser.apply.click()
    assert "sloth" not in workshop.path.read_text()
    chooser.preset.value = "pyrra"
    assert "pages a month" in chooser.message.value


def test_a_tier_of_ones_own_is_added_with_all_it_needs(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    chooser.add.click()
    chooser.rows["own-1"].severity.value = "ticket"
    chooser.apply.click()
    assert [(one.id, one.severity, one.long, one.short) for one in workshop.workbook.alerting.tiers] == [("own-1", "ticket", "2h", "10m")]


def test_alerts_that_somebody_else_chose_meanwhile_are_not_overwritten(workshop):
    chooser = alert_tier_chooser(workshop, BUY)
    decide(workshop.path, "alerting", preset="pyrra")
    chooser.preset.value = "sloth"
    chooser.apply.click()
    assert "somebody else has changed" in chooser.apply.said.value
    assert workshop.workbook.alerting.preset == "pyrra"


def test_an_aspirational_objective_says_that_nobody_is_called(workshop):
    assert "nobody is called for it" in replay_alert_choice(workshop, "seats-availability-28d").sentences[1]


def test_without_a_target_or_an_objective_it_says_what_is_missing(tmp_path):
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    with pytest.raises(FindingsError, match="notebook 05"):
        alert_tier_chooser(open_workshop(str(tmp_path / "workbook.yaml")))
    (tmp_path / "requests.csv").write_text("time,valid,good\n2026-03-02T00:00:00Z,10,9\n2026-03-03T00:00:00Z,10,9\n")
    (tmp_path / "workbook.yaml").write_text(
        "service: {name: shop}\nsources: {counts: {path: requests.csv}}\njourneys: [{id: buy, name: Buy}]\n"
        "indicators: [{id: orders, journey: buy, kind: availability, specification: s, measured_at: client, source: counts, valid: valid, good: good}]\n"
        "objectives: [{id: orders-28d, indicator: orders, window: 28d, owner: web, status: draft}]\n"
    )
    with pytest.raises(TooLittleData, match="has no target to watch"):
        alert_tier_chooser(open_workshop(str(tmp_path / "workbook.yaml")))


def test_a_page_and_a_ticket_of_the_same_minute_are_both_seen(workshop):
    from slo_workbench.plots.alert_calls import draw_alert_calls

    by_incident = replay_alert_choice(workshop, BUY).played.by_incident.assign(page_delay_minutes=9.0, ticket_delay_minutes=9.0)
    pages, tickets = (dots.get_offsets() for dots in draw_alert_calls(by_incident).collections)
    assert len(pages) == len(tickets) == 5
    assert (pages[:, 1] < tickets[:, 1]).all()


def test_names_of_incidents_cannot_become_markup(workshop):
    (workshop.folder / "incidents.csv").write_text(
        'id,start,end\n"<img src=x onerror=alert(1)>",2026-04-14T19:15:00Z,2026-04-14T19:33:00Z\n'
    )
    chooser = alert_tier_chooser(workshop, BUY)
    for box in (chooser.message, chooser.drawn, chooser.compared, chooser.incidents):
        assert "<img src=x" not in box.value
