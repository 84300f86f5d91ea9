import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Selectors
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Service, Source
from slo_workbench.exports.exact_numbers import exact_text, le_texts, window_text
from slo_workbench.exports.targets import export_objectives
from tests.exports.workbooks import BAD, BY_BAD, BY_HISTOGRAM, GOOD, ORIGIN, VALID, exported, indicator, objective, one_of_each, workbook


def findings_of(book):
    return export_objectives(book, ORIGIN)[1]


def with_selectors(selectors, **changes):
    return workbook([indicator("answered", selectors, **changes)], [objective("answered", "answered")])


def test_an_exported_objective_has_everything_other_tools_ask_for():
    one = exported(one_of_each())[0]
    assert (one.service, one.id, one.name, one.journey, one.kind) == ("shop", "answered", "shop-answered", "buy", "availability")
    assert (one.target, one.budget_share, one.window_days, one.calendar) == (Decimal("0.999"), Decimal("0.001"), 28, None)
    assert [tier.id for tier in one.tiers] == ["page-fast", "page-slow", "ticket-day", "ticket-slow"]
    assert (one.aspirational_target, one.origin) == (Decimal("0.9999"), ORIGIN)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": None}, "has no target yet"),
        ({"status": "retired"}, "is retired"),
        ({"ambition": "aspirational", "reason": "A dream."}, "is aspirational"),
    ],
)
def test_what_promises_nothing_is_left_out_and_said(changes, said):
    book = workbook([indicator("answered", BY_BAD)], [objective("answered", "answered"), objective("other", "answered", **changes)])
    objectives, findings = export_objectives(book, ORIGIN)
    assert [one.id for one in objectives] == ["answered"]
    assert [finding.severity for finding in findings if said in finding.message] == ["note"]


def test_a_workbook_without_anything_to_export_is_an_error():
    assert [finding.severity for finding in findings_of(workbook([], [])) if finding.code == "nothing-to-export"] == ["error"]


def test_an_indicator_without_selectors_is_told_once_with_the_key_to_write():
    indicators = [indicator("other", BY_BAD), indicator("answered", Selectors())]
    book = workbook(indicators, [objective("a", "answered"), objective("b", "answered", "0.99"), objective("c", "other")])
    (missing,) = [finding for finding in findings_of(book) if finding.code == "selectors-missing"]
    assert missing.severity == "warning"
    assert "'answered'" in missing.message
    assert "indicators[1].selectors: {valid: …, bad: …}" in missing.hint


def test_an_indicator_with_thresholds_is_asked_for_a_histogram():
    book = with_selectors(Selectors(), thresholds_ms=(300.0,))
    assert any("{valid: …, histogram: …}" in finding.hint for finding in findings_of(book))


def test_an_indicator_of_a_prometheus_has_its_own_selectors_as_the_hint_and_nothing_is_guessed():
    one = indicator("answered", Selectors(), source="prom", valid="requests", good="answers")
    book = workbook([one], [objective("a", "answered")], sources={"prom": Source(url="http://localhost:9090")})
    objectives, findings = export_objectives(book, ORIGIN)
    assert objectives == ()
    assert any("{valid: 'requests', good: 'answers'}" in finding.hint for finding in findings)


@pytest.mark.parametrize(
    ("selectors", "where", "said"),
    [
        ({"valid": VALID}, "selectors", "do not name its bad events"),
        ({"bad": BAD}, "selectors", "do not name its valid events"),
        ({"valid": "http-requests", "bad": BAD}, "selectors.valid", "does not belong to a selector"),
        ({"valid": VALID, "bad": "sum(x)"}, "selectors.bad", "does not belong to a selector"),
        ({"histogram": "x"}, "selectors", "has none"),
        ({"histogram": "x_bucket", "valid": VALID, "bad": BAD}, "selectors", "is a part of a histogram"),
        ({"histogram": 'x{le="1"}', "valid": VALID, "bad": BAD}, "selectors", "names an edge"),
    ],
)
def test_unusable_selectors_are_told_with_their_place_and_a_fix(selectors, where, said):
    objectives, findings = export_objectives(with_selectors(Selectors(**selectors)), ORIGIN)
    assert objectives == ()
    assert [finding.where for finding in findings if finding.code.startswith("selector") and finding.hint] == [f"indicators[0].{where}"]
    assert any(said in str(finding) or "expression" in str(finding) for finding in findings)


def test_one_counter_cannot_stand_for_several_thresholds():
    book = workbook([indicator("quick", BY_BAD, thresholds_ms=(300.0, 1000.0))], [objective("quick", "quick", threshold_ms=300.0)])
    assert any("several thresholds" in finding.message for finding in findings_of(book))


def test_one_counter_stands_for_the_only_threshold():
    book = workbook([indicator("late", BY_BAD, thresholds_ms=(300.0,))], [objective("late", "late")])
    assert str(exported(book)[0].events.bad) == BAD


def test_bad_beside_a_histogram_is_told_to_be_unused():
    selectors = Selectors(valid=VALID, bad=BAD, histogram="x")
    book = workbook([indicator("quick", selectors, thresholds_ms=(300.0,))], [objective("quick", "quick")])
    assert [finding.code for finding in findings_of(book) if "selectors" in finding.where] == ["selectors-unused"]


def test_good_events_in_a_bucket_are_a_histogram_with_its_edge():
    selectors = Selectors(valid="x_count", good='x_bucket{le="0.5",a="b"}')
    events = exported(with_selectors(selectors))[0].events
    assert (str(events.histogram), events.threshold_seconds) == ('x{a="b"}', Decimal("0.5"))


def test_two_edges_are_no_histogram_with_one():
    events = exported(with_selectors(Selectors(valid="x_count", good='x_bucket{le=~"0.5|1"}')))[0].events
    assert events.histogram is None


def test_a_name_that_rules_cannot_have_is_an_error_with_the_length_to_lose():
    book = workbook([indicator("answered", BY_BAD)], [objective("a" * 60, "answered")])
    (finding,) = [finding for finding in findings_of(book) if finding.code == "name-too-long"]
    assert (finding.severity, "by 2;" in finding.hint) == ("error", True)


def test_a_tier_that_cannot_fire_is_left_out_aloud_for_that_objective_only():
    book = workbook([indicator("answered", BY_BAD)], [objective("low", "answered", "0.9"), objective("high", "answered")])
    low, high = exported(book)
    assert [tier.id for tier in low.tiers] == ["page-slow", "ticket-day", "ticket-slow"]
    assert len(high.tiers) == 4
    assert any("left out for 'low' (90 %)" in finding.message and finding.severity == "warning" for finding in findings_of(book))


def test_broken_settings_of_alerts_stop_the_export():
    book = workbook([indicator("a", BY_BAD)], [objective("a", "a")], alerting=Alerting(tiers=(AlertTierSetting(id="own"),)))
    assert any(finding.severity == "error" and finding.where.startswith("alerting") for finding in findings_of(book))


def test_tiers_can_be_given():
    tier = AlertTier("only", "page", 60, 5, Decimal(10))
    remark = Finding("remark", "one remark", severity="note")
    objectives, findings = export_objectives(one_of_each(), ORIGIN, tiers=lambda alerting, days: ((tier,), (remark,)))
    assert {one.tiers for one in objectives} == {(tier,)}
    assert findings.count(remark) == 1


def test_a_calendar_window_is_said_to_roll_in_rules():
    assert any(finding.code == "window-rolls" and "calendar month" in finding.message for finding in findings_of(one_of_each()))


def test_the_owner_of_the_service_answers_where_the_objective_names_none():
    book = workbook(
        [indicator("a", BY_HISTOGRAM, thresholds_ms=(1.5,))], [objective("a", "a", owner="")], service=Service(name="s", owner="Team S")
    )
    one = exported(book)[0]
    assert (one.owner, one.events.threshold_seconds) == ("Team S", Decimal("0.0015"))
    assert dataclasses.is_dataclass(one)


@given(st.decimals("0.00000001", "0.99999999", places=8))
def test_exact_text_is_exact_and_has_no_exponent(number):
    text = exact_text(number)
    assert Decimal(text) == number
    assert "e" not in text.lower()
    assert not text.endswith("0")


@given(st.integers(1, 100_000))
def test_a_window_is_read_back_as_the_same_minutes(minutes):
    text = window_text(minutes)
    assert int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]] == minutes


@given(st.decimals("0.000001", "99999999", places=6))
def test_every_way_to_write_an_edge_is_the_same_number(seconds):
    assert {Decimal(text) for text in le_texts(seconds)} == {seconds}


def test_good_and_valid_selectors_are_kept():
    events = exported(with_selectors(Selectors(valid=VALID, good=GOOD)))[0].events
    assert (str(events.valid), str(events.good), events.bad) == (VALID, GOOD, None)
