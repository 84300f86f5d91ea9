import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Selectors
from slo_workbench.exports.example_series import example_series, labels_for, texts_matching
from slo_workbench.exports.prometheus_rules import render_prometheus_rules
from slo_workbench.exports.prometheus_tests import render_rule_tests
from slo_workbench.exports.selectors import compiled, parse_selector
from slo_workbench.exports.yaml_documents import read_documents
from tests.exports.promtool import problems_of_tests
from tests.exports.workbooks import exported, indicator, objective, workbook


@pytest.mark.parametrize(
    "pattern",
    [
        "5..",
        "5..|429",
        "(5..|429)",
        "2[0-9]{2}",
        "/api/(v1|v2)/.+",
        r"\d+",
        r"a\.b",
        "[^5].*",
        "",
        ".*",
        "(?:GET|POST)",
        "a?b*c+",
        "^x$",
        "x{2,3}",
        r"[\]a]",
    ],
)
def test_texts_are_found_that_a_pattern_accepts(pattern):
    found = texts_matching(pattern)
    assert found
    assert all(re.fullmatch(pattern, text) for text in found)


@given(st.text(max_size=20))
def test_no_pattern_brings_the_search_down(pattern):
    try:
        accepted = compiled(pattern)
    except re.error:
        return
    assert all(accepted.fullmatch(text) for text in texts_matching(pattern))


def test_labels_fit_all_wanted_selectors_and_not_the_refused_one():
    wanted, refused = parse_selector('x{job="a",code!="200"}'), parse_selector('x{job="a",code=~"5.."}')
    labels = labels_for((wanted,), refused=refused)
    assert labels is not None
    assert wanted.accepts("x", dict(labels))
    assert not refused.accepts("x", dict(labels))


def test_labels_that_contradict_each_other_are_not_found():
    assert labels_for((parse_selector('x{a="1"}'), parse_selector('x{a="2"}'))) is None


WAYS = {
    "bad of another metric": Selectors(valid='requests_total{job="a"}', bad='errors_total{job="a"}'),
    "bad beside the valid ones": Selectors(valid='x{kind="all"}', bad='x{kind="bad"}'),
    "good of another metric": Selectors(valid="requests_total", good='answers_total{way=~"a|b"}'),
    "good by refusing": Selectors(valid='x{path!~"/health.*"}', good='x{path!~"/health.*",code!~"5..|429"}'),
    "a label that is there": Selectors(valid="x", bad='x{error!=""}'),
    "a label that is not there": Selectors(valid="x", bad='x{ok=""}'),
}


@pytest.mark.parametrize("way", WAYS)
def test_rules_are_tried_however_events_are_told_apart(tmp_path, way):
    objectives = exported(workbook([indicator("answered", WAYS[way])], [objective("answered", "answered")]))
    assert example_series(objectives[0].events)
    tests, findings = render_rule_tests(objectives, "shop.rules.yml")
    assert findings == ()
    assert problems_of_tests(tmp_path, render_prometheus_rules(objectives), tests) == ""


def test_selectors_that_are_always_the_same_get_no_test_and_a_note():
    objectives = exported(workbook([indicator("answered", Selectors(valid="x", bad="x"))], [objective("answered", "answered")]))
    tests, findings = render_rule_tests(objectives, "shop.rules.yml")
    assert [(finding.code, finding.severity) for finding in findings] == [("rules-untested", "note")]
    assert "tests: []" in tests


def test_a_test_that_says_which_tier_fires_expects_it_however_near_the_next_one_is():
    near = tuple(
        AlertTierSetting(id=f"near-{number}", severity="page", long="1h", short="5m", burn_rate=rate)
        for number, rate in enumerate((10.0, 10.000001))
    )
    book = workbook(
        [indicator("answered", WAYS["a label that is there"])], [objective("answered", "answered")], alerting=Alerting(tiers=near)
    )
    ((document,), _) = read_documents(render_rule_tests(exported(book), "shop.rules.yml")[0])
    named = {test["name"].split("which fires ")[-1]: str(test["promql_expr_test"][0]["exp_samples"]) for test in document.data["tests"]}
    tiers = [tier.id for tier in exported(book)[0].tiers]
    assert len(tiers) == 6
    assert [f'slo_tier="{tier}"' in named[tier] for tier in tiers] == [True] * 6
    assert named["nothing"] == "[]"
