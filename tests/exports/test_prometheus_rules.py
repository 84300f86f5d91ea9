"""The rules, tried in promtool: what is recorded, who is woken, and what is not known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Selectors
from slo_workbench.exports.prometheus_rules import render_prometheus_rules, render_rule_resource, template_text
from slo_workbench.exports.prometheus_tests import render_rule_tests
from slo_workbench.exports.selectors import Matcher, Selector
from slo_workbench.exports.yaml_documents import read_documents, render_document
from tests.exports.promtool import ask, n_rules, problems_of_tests
from tests.exports.workbooks import BAD, BY_BAD, VALID, exported, indicator, objective, one_of_each, workbook

IDS = '{slo_id="shop-answered",slo_service="shop"}'
SHARE = 'slo:bad_share:ratio_rate1h{slo_id="shop-answered"}'


def rules_of(selectors=BY_BAD, *, target="0.999", thresholds_ms=(), alerting=None, **changes):
    book = workbook(
        [indicator("answered", selectors, thresholds_ms=thresholds_ms, **changes)],
        [objective("answered", "answered", target)],
        **({"alerting": alerting} if alerting else {}),
    )
    return render_prometheus_rules(exported(book))


def firing(alert, tier=None):
    severity = "page" if tier and tier.startswith("page") else "ticket"
    tiers = f',slo_tier="{tier}"' if tier else ""
    return f'ALERTS{{alertname="{alert}",alertstate="firing",severity="{severity}"{tiers},slo_id="shop-answered",slo_service="shop"}}'


def test_promtool_finds_every_rule_and_nothing_to_complain_of(tmp_path):
    # for each of four objectives: seven windows, the period, two budgets; four tiers, no data, exhausted
    assert n_rules(tmp_path, render_prometheus_rules(exported(one_of_each()))) == 4 * (7 + 1 + 2 + 4 + 2)


def test_the_resource_for_the_operator_holds_the_same_rules(tmp_path):
    objectives = exported(one_of_each())
    ((resource,), _) = read_documents(render_rule_resource(objectives))
    ((rules,), _) = read_documents(render_prometheus_rules(objectives))
    assert resource.data["spec"] == rules.data
    assert n_rules(tmp_path, render_document(resource.data["spec"])) > 0


def test_the_header_names_the_workbook_the_version_and_the_window_factors():
    header = render_prometheus_rules(exported(one_of_each())).split("groups:")[0]
    for said in (
        "workbook.yaml",
        "0123456789abcdef" * 4,
        "slo-workbench 0.1.0",
        "page-fast 13.44 over 1h and 5m",
        "page-fast 14.4",
        "not interchangeable",
    ):
        assert said in header
    assert all(line.startswith("#") for line in header.splitlines())


@pytest.mark.parametrize("preset", ["workbook", "sloth", "pyrra"])
def test_the_generated_unit_tests_pass_with_every_preset(tmp_path, preset):
    objectives = exported(workbook([indicator("answered", BY_BAD)], [objective("answered", "answered")], alerting=Alerting(preset=preset)))
    tests, findings = render_rule_tests(objectives, "shop.rules.yml")
    assert findings == ()
    assert problems_of_tests(tmp_path, render_prometheus_rules(objectives), tests) == ""


@pytest.mark.parametrize("target", ["0.9", "0.5", "0.99999", "0.9999999"])
def test_the_generated_unit_tests_pass_for_low_and_high_targets(tmp_path, target):
    objectives = exported(workbook([indicator("answered", BY_BAD)], [objective("answered", "answered", target)]))
    tests, _ = render_rule_tests(objectives, "shop.rules.yml")
    assert problems_of_tests(tmp_path, render_prometheus_rules(objectives), tests) == ""


def test_the_generated_unit_tests_pass_for_all_ways_of_counting_and_a_week(tmp_path):
    book = one_of_each()
    book = book.model_copy(update={"objectives": (*book.objectives, objective("week", "answered", "0.98", window="7d"))})
    objectives = exported(book)
    tests, findings = render_rule_tests(objectives, "shop.rules.yml")
    assert findings == ()
    assert problems_of_tests(tmp_path, render_prometheus_rules(objectives), tests) == ""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("(13.44 * 0.001)", "(600 * 0.001)"),
        ("(13.44 * 0.001)", "(0.3 * 0.001)"),
        ("(1 * 0.001)", "(0.1 * 0.001)"),
        ("alert: SLOBudgetBurn", "alert: SLOBudgetBurnt"),
        (" or 0 * ", " * 0 * "),
        ("for: 15m", "for: 45m"),
        ("<= 0", "<= -999"),
        ("absent(", "present_over_time(("),
    ],
)
def test_a_broken_rule_is_found_by_the_generated_unit_tests(tmp_path, was, becomes):
    objectives = exported(workbook([indicator("answered", BY_BAD)], [objective("answered", "answered")]))
    tests, _ = render_rule_tests(objectives, "shop.rules.yml")
    rules = render_prometheus_rules(objectives)
    assert was in rules
    assert problems_of_tests(tmp_path, rules.replace(was, becomes), tests)


def test_tests_of_other_rules_do_not_pass_for_want_of_rules(tmp_path):
    objectives = exported(workbook([indicator("answered", BY_BAD)], [objective("answered", "answered")]))
    tests, _ = render_rule_tests(objectives, "shop.rules.yml")
    assert problems_of_tests(tmp_path, "groups: []\n", tests)


def test_pending_and_keep_firing_times_are_written(tmp_path):
    own = AlertTierSetting(id="page-fast", pending="2m", keep_firing="10m")
    rules = rules_of(alerting=Alerting(tiers=(own,)))
    assert "        for: 2m\n        keep_firing_for: 10m\n" in rules
    assert n_rules(tmp_path, rules) > 0


def test_one_failure_in_a_quiet_hour_wakes_nobody_and_two_do(tmp_path):
    valid, bad = VALID, BAD.replace('=~"5..|429"', '="500"')
    quiet = {valid[:-1] + ',code="200"}': "0+1x80"}
    question = 'ALERTS{alertname="SLOBudgetBurn",alertstate="firing",slo_tier="page-fast"}'
    one, two = quiet | {bad: "0x56 1x3"}, quiet | {bad: "0x56 2x3"}
    assert ask(tmp_path, rules_of(), one, {question: []}, minutes=30) == ""
    assert ask(tmp_path, rules_of(), two, {question: [(firing("SLOBudgetBurn", "page-fast"), 1)]}, minutes=30) == ""
    # without the guard one failure is enough
    unguarded = rules_of().replace(">= 2)", ">= 1)")
    assert ask(tmp_path, unguarded, one, {question: [(firing("SLOBudgetBurn", "page-fast"), 1)]}, minutes=30) == ""


def test_no_traffic_gives_no_sample_and_is_told(tmp_path):
    idle = {VALID[:-1] + ',code="200"}': "5x100"}
    question = 'ALERTS{alertname="SLONoData",alertstate="firing"}'
    assert ask(tmp_path, rules_of(), idle, {SHARE: [], question: [(firing("SLONoData"), 1)]}) == ""


HISTOGRAM = Selectors(histogram='http_seconds{job="shop"}')
OF_GOOD = Selectors(valid='http_requests_total{job="shop"}', histogram='http_seconds{job="shop",code="200"}')


def by_bucket(edge, n_quick, n_all):
    quick = {f'http_seconds_bucket{{job="shop",code="200",le="{edge}"}}': f"0+{n_quick}x40"}
    return quick | {
        'http_seconds_count{job="shop",code="200"}': f"0+{n_all}x40",
        'http_requests_total{job="shop",code="200"}': f"0+{n_all}x40",
    }


@pytest.mark.parametrize("edge", ["1", "1.0"])
@pytest.mark.parametrize("selectors", [HISTOGRAM, OF_GOOD])
def test_a_whole_edge_is_found_however_prometheus_writes_it(tmp_path, edge, selectors):
    series = by_bucket(edge, 75, 100) | {'http_seconds_bucket{job="shop",code="200",le="100"}': "0+100x40"}
    rules = rules_of(selectors, thresholds_ms=(1000.0,))
    assert ask(tmp_path, rules, series, {SHARE: [(f"slo:bad_share:ratio_rate1h{IDS}", 0.25)]}) == ""


@pytest.mark.parametrize("selectors", [HISTOGRAM, OF_GOOD])
def test_a_threshold_that_is_no_edge_is_unknown_not_bad(tmp_path, selectors):
    rules = rules_of(selectors, thresholds_ms=(1000.0,))
    assert ask(tmp_path, rules, by_bucket("0.9", 75, 100), {SHARE: []}) == ""


def test_a_service_that_has_only_failed_so_far_is_all_bad(tmp_path):
    series = {'http_requests_total{job="shop",code="500"}': "0+100x40"}
    rules = rules_of(OF_GOOD, thresholds_ms=(1000.0,))
    assert ask(tmp_path, rules, series, {SHARE: [(f"slo:bad_share:ratio_rate1h{IDS}", 1)]}) == ""


HOSTILE = 'Orders {{ $labels.x }} "of" \\ {{ all: kinds #1'


def test_texts_with_templates_quotes_and_colons_reach_people_as_they_are(tmp_path):
    rules = rules_of(specification=HOSTILE)
    alerts = {"exp_labels": {"severity": "ticket", "slo_id": "shop-answered", "slo_service": "shop"}}
    alerts["exp_annotations"] = {
        "summary": "nothing has been known about shop-answered for 15 minutes",
        "description": f"{HOSTILE} Target: 99.9 % in 28 days.",
        "owner": "Web team",
    }
    test = {"interval": "30s", "alert_rule_test": [{"eval_time": "20m", "alertname": "SLONoData", "exp_alerts": [alerts]}]}
    content = {"rule_files": ["shop.rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    assert problems_of_tests(tmp_path, rules, render_document(content)) == ""


def test_the_summary_of_a_burning_budget_is_filled_in(tmp_path):
    bad = BAD.replace('=~"5..|429"', '="500"')
    alerts = {
        "exp_labels": {"severity": "page", "slo_tier": "page-fast", "slo_id": "shop-answered", "slo_service": "shop"},
        "exp_annotations": {
            "summary": "2 % of the 28-day budget of shop-answered burned within 1h",
            "description": "The share of orders that are answered: answered. Target: 99.9 % in 28 days.",
            "owner": "Web team",
        },
    }
    off = tuple(AlertTierSetting(id=id, is_on=False) for id in ("page-slow", "ticket-day", "ticket-slow"))
    test = {
        "interval": "30s",
        "input_series": [{"series": bad, "values": "0+100x40"}],
        "alert_rule_test": [{"eval_time": "20m", "alertname": "SLOBudgetBurn", "exp_alerts": [alerts]}],
    }
    content = {"rule_files": ["shop.rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    assert problems_of_tests(tmp_path, rules_of(alerting=Alerting(tiers=off)), render_document(content)) == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_keeps_an_open_template(text):
    assert "{{" not in template_text(text).replace('{{ "{{" }}', "")


LABEL_VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=15)
@given(LABEL_VALUES, LABEL_VALUES, st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_rules_and_their_tests_hold_whatever_label_values_and_texts_hold(tmp_path_factory, job, code, words):
    folder = tmp_path_factory.mktemp("hostile")
    valid = Selector("requests_total", (Matcher("job", "=", job),))
    selectors = Selectors(valid=str(valid), bad=str(valid.having(Matcher("code", "=", code))))
    objectives = exported(
        workbook([indicator("answered", selectors, specification=words)], [objective("answered", "answered", owner=words)])
    )
    rules = render_prometheus_rules(objectives)
    assert n_rules(folder, rules) == 16
    tests, _ = render_rule_tests(objectives, "shop.rules.yml")
    assert problems_of_tests(folder, rules, tests) == ""
