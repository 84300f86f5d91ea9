"""The checker against each row of the field rules: a good document passes, and each change breaks one rule."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.exports.openslo_rules import check_openslo

QUERY = {"metricSource": {"type": "Prometheus", "spec": {"query": "sum(x)"}}}
GOOD = {
    "slo": {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {
            "name": "shop",
            "displayName": "The shop",
            "labels": {"team": ["a", "b"]},
            "annotations": {"own.example/key": "v", "plain": "v"},
        },
        "spec": {
            "service": "shop",
            "indicator": {"metadata": {"name": "shop-sli"}, "spec": {"ratioMetric": {"counter": True, "good": QUERY, "total": QUERY}}},
            "timeWindow": [{"duration": "28d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": Decimal("0.999")}],
            "alertPolicies": [{"alertPolicyRef": "fast"}],
        },
    },
    "policy": {
        "apiVersion": "openslo/v1",
        "kind": "AlertPolicy",
        "metadata": {"name": "fast"},
        "spec": {"alertWhenBreaching": True, "conditions": [{"conditionRef": "fast"}], "notificationTargets": [{"targetRef": "pager"}]},
    },
    "condition": {
        "apiVersion": "openslo/v1",
        "kind": "AlertCondition",
        "metadata": {"name": "fast"},
        "spec": {
            "severity": "page",
            "condition": {"kind": "burnrate", "op": "gt", "threshold": Decimal("13.44"), "lookbackWindow": "1h", "alertAfter": "2m"},
        },
    },
    "target": {"apiVersion": "openslo/v1", "kind": "AlertNotificationTarget", "metadata": {"name": "pager"}, "spec": {"target": "pager"}},
    "service": {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"description": "A shop."}},
    "source": {"apiVersion": "openslo/v1", "kind": "DataSource", "metadata": {"name": "prom"}, "spec": {"type": "Prometheus"}},
}
GONE = object()


def changed(which, path, value):
    documents = copy.deepcopy(GOOD)
    part = documents[which]
    *steps, last = path
    for step in steps:
        part = part[step]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return check_openslo(list(documents.values()))


def test_good_documents_pass():
    assert check_openslo(list(GOOD.values())) == ()


RATIO = ("spec", "indicator", "spec", "ratioMetric")


@pytest.mark.parametrize(
    ("which", "path", "value", "said"),
    [
        ("slo", ("apiVersion",), "openslo/v1alpha", "expected openslo/v1"),
        ("slo", ("kind",), "SLo", "did you mean 'SLO'"),
        ("slo", ("extra",), 1, "no key 'extra'"),
        ("slo", ("metadata",), [], "metadata is keys and values"),
        ("slo", ("spec",), None, "a spec is keys and values"),
        ("slo", ("metadata", "name"), "Shop", "is no name"),
        ("slo", ("metadata", "name"), "s" * 64, "is no name"),
        ("slo", ("metadata", "displayName"), "s" * 64, "at most 63"),
        ("slo", ("metadata", "labels", "a b"), "x", "a label's key"),
        ("slo", ("metadata", "labels", "a"), 1, "a label is text"),
        ("slo", ("metadata", "annotations", "openslo.com/x"), "x", "is reserved"),
        ("slo", ("metadata", "annotations", "Bad_/x"), "x", "an annotation's key"),
        ("slo", ("metadata", "annotations", "x"), 1, "an annotation is text"),
        ("slo", ("spec", "description"), "x" * 1051, "at most 1050"),
        ("slo", ("spec", "service"), GONE, "names its service"),
        ("slo", ("spec", "budgetingMethod"), "Events", "a budgeting method is one of"),
        ("slo", ("spec", "timeWindow"), GONE, "exactly one time window"),
        ("slo", ("spec", "timeWindow", 0, "duration"), "28", "is no duration"),
        ("slo", ("spec", "timeWindow", 0, "isRolling"), False, "either rolls or has a calendar"),
        ("slo", ("spec", "timeWindow", 0), {"duration": "1M", "calendar": {"startTime": "2024-01-01", "timeZone": "Etc/UTC"}}, "a start is written"),
        ("slo", ("spec", "timeWindow", 0), {"duration": "1M", "calendar": {"startTime": "2024-01-01 00:00:00", "timeZone": "Mars/X"}}, "no time zone"),
        ("slo", ("spec", "indicator"), GONE, "exactly one of indicator, indicatorRef"),
        ("slo", ("spec", "indicatorRef"), "shop-sli", "exactly one of indicator, indicatorRef"),
        ("slo", ("spec", "objectives"), [], "at least one objective"),
        ("slo", ("spec", "objectives", 0, "target"), Decimal(1), "above 0 and below 1"),
        ("slo", ("spec", "objectives", 0, "target"), Decimal(0), "above 0 and below 1"),
        ("slo", ("spec", "objectives", 0, "target"), "0.9", "above 0 and below 1"),
        ("slo", ("spec", "objectives", 0, "targetPercent"), Decimal(99), "exactly one of target, targetPercent"),
        ("slo", ("spec", "objectives", 0), {"targetPercent": 100}, "below 100"),
        ("slo", ("spec", "objectives", 0, "op"), "lt", "belong to a thresholdMetric"),
        ("slo", ("spec", "objectives", 0, "indicatorRef"), "x", "not at both"),
        ("slo", ("spec", "objectives", 0, "compositeWeight"), 0, "above 0"),
        ("slo", ("spec", "budgetingMethod"), "Timeslices", "need a timeSliceTarget"),
        ("slo", ("spec", "budgetingMethod"), "RatioTimeslices", "is no duration"),
        ("slo", ("spec", "indicator", "spec", "thresholdMetric"), QUERY, "exactly one of thresholdMetric, ratioMetric"),
        ("slo", ("spec", "indicator", "spec"), {"thresholdMetric": QUERY}, "needs op"),
        ("slo", (*RATIO, "bad"), QUERY, "exactly one of good, bad"),
        ("slo", (*RATIO, "total"), GONE, "exactly one of total, raw"),
        ("slo", RATIO, {"raw": QUERY}, "a success or a failure"),
        ("slo", (*RATIO, "good"), {"metricSource": {"spec": {}}}, "a metric names its source"),
        ("slo", ("spec", "alertPolicies", 0, "alertPolicyRef"), "other", "no AlertPolicy here is called 'other'"),
        ("policy", ("spec", "conditions"), [], "exactly one condition"),
        ("policy", ("spec", "notificationTargets"), [], "at least one notification target"),
        ("policy", ("spec", "conditions", 0), {"kind": "AlertCondition", "metadata": {"name": "x"}, "spec": {}}, "has a severity"),
        ("condition", ("spec", "severity"), "", "has a severity"),
        ("condition", ("spec", "condition", "kind"), "rate", "the only kind"),
        ("condition", ("spec", "condition", "op"), ">", "an op is one of"),
        ("condition", ("spec", "condition", "threshold"), "x", "a threshold is a number"),
        ("condition", ("spec", "condition", "lookbackWindow"), GONE, "is no duration"),
        ("condition", ("metadata", "name"), "other", "no AlertCondition here is called 'fast'"),
        ("target", ("spec", "target"), "", "whom it tells"),
        ("source", ("spec", "type"), GONE, "has a type"),
        ("target", ("kind",), "Service", "no AlertNotificationTarget here"),
    ],
)  # fmt: skip
def test_each_rule_is_checked(which, path, value, said):
    assert said in " ".join(finding.message for finding in changed(which, path, value))


def test_two_documents_of_one_kind_and_name_are_told():
    assert any("is there already" in finding.message for finding in check_openslo([*GOOD.values(), GOOD["service"]]))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "spec", "metadata", "objectives", "indicator", "x"]), inner)
    ),
    max_leaves=10,
)


@given(st.sampled_from(list(GOOD)), ANYTHING, ANYTHING)
def test_nothing_brings_the_checker_down(which, spec, metadata):
    check_openslo([GOOD[which] | {"spec": spec, "metadata": metadata}, spec])


@given(st.sampled_from(["spec", "objectives", "indicator", "timeWindow", "alertPolicies"]), ANYTHING)
def test_nothing_below_an_slo_brings_the_checker_down(key, value):
    document = copy.deepcopy(GOOD["slo"])
    document["spec"][key] = value
    check_openslo([document])
