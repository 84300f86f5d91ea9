"""What was exported is read back as what was meant; and what others wrote is read as far as it can be."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Selectors
from slo_workbench.exports.events import Events, bad_events, bad_share, read_bad_share, read_ratio, selectors_in, valid_events
from slo_workbench.exports.openslo import render_openslo
from slo_workbench.exports.prometheus_rules import render_prometheus_rules, render_rule_resource
from slo_workbench.exports.pyrra import render_pyrra
from slo_workbench.exports.reading_openslo import read_openslo
from slo_workbench.exports.reading_pyrra import read_pyrra
from slo_workbench.exports.reading_rules import read_prometheus_rules
from slo_workbench.exports.reading_sloth import read_sloth
from slo_workbench.exports.selectors import Matcher, Selector
from slo_workbench.exports.sloth import render_sloth
from slo_workbench.exports.yaml_documents import read_documents
from tests.exports.workbooks import exported, indicator, objective, one_of_each, workbook


def read_everything(book):
    """Give the targets that each format's files say, by format."""
    objectives = exported(book)
    slothful = [read_sloth(text) for name, text in render_sloth(objectives)[0].items() if not name.startswith("windows")]
    return {
        "rules": read_prometheus_rules(render_prometheus_rules(objectives)),
        "resource": read_prometheus_rules(render_rule_resource(objectives)),
        "openslo": read_openslo(render_openslo(book, objectives)[0]["shop.yaml"]),
        "sloth": (tuple(one for targets, _ in slothful for one in targets), tuple(each for _, found in slothful for each in found)),
        "pyrra": _all(read_pyrra(text) for text in render_pyrra(objectives)[0].values()),
    }


def _all(read):
    pairs = list(read)
    return tuple(one for targets, _ in pairs for one in targets), tuple(each for _, found in pairs for each in found)


def key(one):
    return one.service, one.name, one.target, one.window_days, one.events


def test_every_format_is_read_back_with_its_targets_windows_and_selectors():
    book = one_of_each()
    meant = {key(one) for one in exported(book)}
    for format, (targets, findings) in read_everything(book).items():
        left_out = {one for one in meant if one[4].good is not None} if format == "pyrra" else set()
        assert {key(one) for one in targets} == meant - left_out, format
        assert {finding.severity for finding in findings} <= {"note"}, format


def test_openslo_keeps_calendar_journey_kind_measuring_point_and_owner():
    read, _ = read_everything(one_of_each())["openslo"]
    one = read[3]
    assert (one.calendar, one.journey, one.kind, one.measured_at, one.owner) == ("month", "buy", "latency", "load_balancer", "Web team")


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LABELS = st.lists(st.builds(Matcher, st.sampled_from(["job", "code", "a_1"]), st.sampled_from(["=", "!="]), VALUES), max_size=3)
METRICS = st.sampled_from(["requests_total", "job:requests:sum", "x"])
SELECTORS = st.builds(Selector, METRICS, LABELS.map(tuple))
SECONDS = st.decimals("0.001", "9999", places=3)
EVENTS = st.one_of(
    st.builds(lambda valid, bad: Events(valid, bad=bad), SELECTORS, SELECTORS),
    st.builds(lambda valid, good: Events(valid, good=good), SELECTORS, SELECTORS),
    st.builds(
        lambda valid, histogram, seconds: Events(valid, histogram=histogram, threshold_seconds=seconds), SELECTORS, SELECTORS, SECONDS
    ),
    st.builds(
        lambda histogram, seconds: Events(histogram.called(histogram.metric + "_count"), histogram=histogram, threshold_seconds=seconds),
        SELECTORS,
        SECONDS,
    ),
)


@given(EVENTS, st.sampled_from(["5m", "28d", "WINDOW"]), st.sampled_from(["rate", "increase"]))
def test_an_expression_of_ours_is_understood_whatever_its_labels_hold(events, window, function):
    assert read_bad_share(bad_share(events, window, function=function)) == events
    if function == "rate":
        assert read_ratio(bad_events(events, window), valid_events(events, window)) == events


def test_an_expression_that_only_looks_like_ours_is_not_taken_for_it():
    events = Events(Selector("valid"), bad=Selector("bad"))
    text = bad_share(events, "5m")
    assert read_bad_share(text) == events
    for changed in (
        text.replace("> 0", "> 1"),
        text.replace("valid", "other", 1),
        text + " + 1",
        text.replace("sum", "max"),
        "up",
        "",
        "((",
        "x{",
    ):
        assert read_bad_share(changed) is None, changed


@given(st.text(max_size=60))
def test_no_text_brings_the_reader_of_expressions_down(text):
    assert read_bad_share(text) is None
    assert read_ratio(text, text) is None or selectors_in(text)[1]


TARGETS = st.decimals("0.01", "0.999999999", places=9)
WINDOWS = st.sampled_from(["28d", "30d", "7d", "90d", "1d", "week", "month", "quarter"])


@settings(max_examples=20)
@given(TARGETS, WINDOWS, SELECTORS, SELECTORS, st.booleans())
def test_any_target_window_and_selectors_come_back_exactly_from_every_format(target, window, valid, counted, as_bad):
    selectors = Selectors(valid=str(valid), **{"bad" if as_bad else "good": str(counted)})
    few = Alerting(tiers=tuple(AlertTierSetting(id=id, is_on=False) for id in ("page-fast", "page-slow", "ticket-day")))
    book = workbook([indicator("answered", selectors)], [objective("answered", "answered", target, window=window)], alerting=few)
    (meant,) = {key(one) for one in exported(book)}
    for format, (targets, _) in read_everything(book).items():
        assert {key(one) for one in targets} == (set() if format == "pyrra" and not as_bad else {meant}), format


SLOTH = """
version: prometheus/v1
service: shop
labels: {team: web}
slos:
  - name: answered
    objective: %s
    sli:
      events:
        error_query: sum(rate(requests{code=~"5.."}[{{ .window }}]))
        total_query: sum(rate(requests[{{.window}}]))
    alerting: {name: Burn, page_alert: {disable: true}, ticket_alert: {disable: true}}
"""


def test_sloth_as_people_write_it_is_read_and_its_period_can_be_given():
    (target,), findings = read_sloth(SLOTH % "99.9", window_days=28)
    assert (target.target, target.window_days, str(target.events.bad)) == (Decimal("0.999"), 28, 'requests{code=~"5.."}')
    assert {finding.code for finding in findings} == {"not-carried"}


def test_the_period_of_sloth_is_unknown_where_nobody_says_it():
    assert read_sloth(SLOTH % "99.9")[0][0].window_days is None


@pytest.mark.parametrize(
    ("objective", "code"),
    [
        ("100", "target-100"),
        ("'100.00'", "target-100"),
        ("0", "target-outside"),
        ("-1", "target-outside"),
        ("1e300", "share-too-long"),
        ("99.99999999999999999999999", "share-too-long"),
        ("lots", "wrong-type"),
        ("[99]", "wrong-type"),
        ("true", "wrong-type"),
        ("nan", "wrong-type"),
        ("", "missing-key"),
    ],
)
def test_impossible_targets_are_findings_with_their_line(objective, code):
    targets, findings = read_sloth(SLOTH % objective)
    assert targets == ()
    (found,) = [finding for finding in findings if finding.severity == "error"]
    assert (found.code, found.line) == (code, 6 if code == "missing-key" else 7)


def test_documents_are_split_at_their_marks_only():
    text = "a: |\n  ---\n  x\n---\nb: '---'\n--- # third\nc: 1\n"
    documents, findings = read_documents(text)
    assert [(one.line, one.data) for one in documents] == [(1, {"a": "---\nx\n"}), (4, {"b": "---"}), (6, {"c": 1})]
    assert findings == ()


def test_what_is_wrong_in_a_later_document_is_found_on_its_line():
    _, findings = read_documents("a: 1\n---\nb: [\n---\nc: !!python/object:x {}\n")
    assert [(finding.code, finding.line) for finding in findings] == [("yaml-syntax", 4), ("tag-refused", 5)]


@pytest.mark.parametrize("text", ["x" * 1_000_001, "---\na: 1\n" * 2_001])
def test_huge_texts_are_refused(text):
    documents, findings = read_documents(text)
    assert (documents, [finding.code for finding in findings]) == ((), ["file-too-large"])


OPENSLO = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: good-answers}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: prom, spec: {query: 'sum(answers{a="b"})'}}}
    total: {metricSource: {metricSourceRef: prom, spec: {query: 'sum(requests)'}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  indicatorRef: good-answers
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: A, targetPercent: 99.5}, {displayName: B, target: 0.9}]
"""


def test_openslo_with_references_percents_and_several_objectives_is_read():
    targets, findings = read_openslo(OPENSLO)
    assert [(one.name, one.target, one.window_days) for one in targets] == [
        ("shop-1", Decimal("0.995"), 28),
        ("shop-2", Decimal("0.9"), 28),
    ]
    assert {str(one.events.good) for one in targets} == {'answers{a="b"}'}
    assert findings == ()


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("openslo/v1\nkind: SLO", "openslo/v1alpha\nkind: SLO", "only openslo/v1 is read"),
        ("indicatorRef: good-answers", "indicatorRef: other", "no SLI 'other'"),
        ("query: 'sum(requests)'", "query: 'sum(a) + sum(b)'", "no sum of one Prometheus counter"),
        ("Occurrences", "Timeslices", "counted in Timeslices"),
        ("4w", "4h", "no window of whole days"),
        ("[{duration: 4w, isRolling: true}]", "[]", "exactly one time window"),
        ("  ratioMetric:", "  thresholdMetric: {metricSource: {spec: {query: x}}}\n  otherMetric:", "compares a metric with a threshold"),
        ("objectives: [{", "owner: me\n  objectives: [{", "'owner' is not carried over"),
    ],
)
def test_what_openslo_says_and_a_workbook_cannot_is_told(was, becomes, said):
    assert was in OPENSLO
    assert said in " ".join(finding.message for finding in read_openslo(OPENSLO.replace(was, becomes))[1])


def test_other_rules_are_no_objectives():
    targets, findings = read_prometheus_rules("groups: [{name: a, rules: [{record: x, expr: y}]}]\n")
    assert (targets, [finding.code for finding in findings]) == ((), ["no-rules"])
