"""Every format, compared with golden files; renew them with RENEW_GOLDEN=1 and read what changed."""

import json
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting, Selectors
from slo_workbench.document.findings import has_errors
from slo_workbench.document.model import Service
from slo_workbench.exports.formats import EXPORT_FORMATS
from slo_workbench.exports.openslo_rules import check_openslo
from slo_workbench.exports.yaml_documents import read_documents
from tests.exports.promtool import n_rules
from tests.exports.workbooks import BY_BAD, BY_GOOD, exported, indicator, objective, one_of_each, workbook

GOLDEN = Path(__file__).parents[1] / "golden" / "exports"
BINARY_FLOAT = re.compile(r"\d\.\d{12,}|\d[eE]-\d|0000000\d\b|99999999\b")


def rendered(book, *formats):
    """Give every file of some formats, and their findings."""
    objectives, texts, findings = exported(book), {}, []
    for name in formats or EXPORT_FORMATS:
        files, told = EXPORT_FORMATS[name](book, objectives)
        texts |= {f"{name}/{file}": text for file, text in files.items()}
        findings += told
    assert not has_errors(findings)
    return texts, findings


def two_tiers(*ids):
    """Switch the preset's tiers of some ids off: less to read, for people and in time."""
    return Alerting(tiers=tuple(AlertTierSetting(id=id, is_on=False) for id in ids or ("page-slow", "ticket-day")))


def two_objectives():
    return workbook(
        [
            indicator("answered", BY_BAD),
            indicator("quick", Selectors(histogram='http_request_duration_seconds{job="shop"}'), thresholds_ms=(1000.0,)),
        ],
        [objective("answered", "answered", reason="What users notice."), objective("quick", "quick", "0.95", window="month", owner="")],
        alerting=two_tiers(),
    )


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_files_are_those_that_were_read_and_found_good(format):
    texts, _ = rendered(two_objectives(), format)
    folder = GOLDEN / format
    if os.environ.get("RENEW_GOLDEN"):
        for name, text in texts.items():
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_text(text)
    assert texts == {path.relative_to(GOLDEN).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_give_the_same_bytes():
    assert rendered(one_of_each()) == rendered(one_of_each())


def test_every_file_says_which_workbook_it_comes_from_and_who_made_it():
    for name, text in rendered(one_of_each())[0].items():
        start = text[:700]
        assert "workbook.yaml" in start, name
        assert "0123456789abcdef" * 4 in start, name
        assert re.search(r"made by slo-workbench 0\.1\.0", start, re.IGNORECASE), name


def test_files_with_burn_rates_say_that_factors_are_not_interchangeable():
    for name, text in rendered(one_of_each())[0].items():
        if "factor" in text or "burn" in text.lower():
            head = re.sub(r"\n?# ?", " ", text[:2_500])
            assert "interchangeable" in head or any(part in name for part in ("windows/", "companion", "test", "json")), name


TARGETS = st.decimals("0.5", "0.9999999", places=7)


@settings(max_examples=15)
@given(TARGETS, st.sampled_from(["28d", "30d", "7d", "week", "quarter", "13d"]))
def test_no_output_holds_a_binary_float(target, window):
    book = workbook([indicator("answered", BY_BAD)], [objective("answered", "answered", target, window=window)])
    for name, text in rendered(book)[0].items():
        body = text.replace("0123456789abcdef", "")
        assert not BINARY_FLOAT.search(re.sub(r"\b[0-9a-f]{64}\b|0\+\d+x\d+", "", body)), name


@settings(max_examples=20)
@given(TARGETS)
def test_targets_are_written_exactly(target):
    book = workbook([indicator("answered", BY_BAD)], [objective("answered", "answered", target)], alerting=two_tiers())
    texts, _ = rendered(book)
    read = [name for name in texts if name.startswith(("sloth", "pyrra", "slo-generator", "openslo/shop.yaml"))]
    data = {name: [each.data for each in read_documents(texts[name])[0]] for name in read}
    assert data["sloth/shop-28d.yml"][0]["slos"][0]["objective"] == target * 100
    assert Decimal(data["pyrra/shop-answered.yaml"][0]["spec"]["target"]) == target * 100
    assert data["slo-generator/slos/shop-answered.yaml"][0]["spec"]["goal"] == target
    assert [each["spec"]["objectives"][0]["target"] for each in data["openslo/shop.yaml"] if each["kind"] == "SLO"] == [target]
    assert f"vector({1 - target:f}".rstrip("0") in texts["prometheus/shop.rules.yml"]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=1_500)


@settings(max_examples=15)
@given(WORDS, WORDS, WORDS)
def test_any_words_give_files_that_are_read_back_as_meant(specification, owner, title):
    book = workbook(
        [indicator("answered", BY_BAD, specification=specification)],
        [objective("answered", "answered", owner=owner, reason=title)],
        service=Service(name="shop", title=title, description=specification, owner=owner),
        alerting=two_tiers("page-fast", "page-slow", "ticket-day"),
    )
    for name, text in rendered(book, "prometheus", "sloth", "pyrra", "openslo", "slo-generator")[0].items():
        documents, findings = read_documents(text)
        assert findings == (), name
        if name.startswith("pyrra"):
            assert documents[0].data["spec"].get("description", "") == book.indicators[0].specification
        if name == "openslo/shop.yaml":
            assert check_openslo([document.data for document in documents]) == ()


def test_openslo_passes_the_checker_for_every_kind_of_window():
    windows = ["28d", "7d", "week", "month", "quarter"]
    book = workbook([indicator("answered", BY_BAD)], [objective(f"answered-{each}", "answered", window=each) for each in windows])
    documents, _ = read_documents(rendered(book, "openslo")[0]["openslo/shop.yaml"])
    assert check_openslo([document.data for document in documents]) == ()
    durations = [each.data["spec"]["timeWindow"][0]["duration"] for each in documents if each.data["kind"] == "SLO"]
    assert durations == ["28d", "7d", "1w", "1M", "1Q"]


def test_openslo_carries_aspirations_as_annotations_and_says_what_went_where():
    texts, findings = rendered(one_of_each(), "openslo")
    assert "slo-workbench/aspirational-target: '0.9999'" in texts["openslo/shop.yaml"]
    ((carried),) = [finding for finding in findings if finding.code == "openslo-carried"]
    assert carried.severity == "note"
    assert "short windows are annotations" in carried.message
    companion = read_documents(texts["openslo/shop-companion.yaml"])[0][0].data
    assert [one["id"] for one in companion["left_out"]] == ["answered-dream"]
    assert companion["objectives"][3]["reason"] == "What users said."


def test_openslo_names_stay_short_enough_and_apart_with_long_ids():
    book = workbook([indicator("a", BY_BAD)], [objective("a" * 58, "a")])
    documents, _ = read_documents(rendered(book, "openslo")[0]["openslo/shop.yaml"])
    assert check_openslo([document.data for document in documents]) == ()


def test_openslo_cuts_long_descriptions_aloud():
    book = workbook([indicator("a", BY_BAD, specification="Word. " * 400)], [objective("a", "a")])
    assert [finding.code for finding in rendered(book, "openslo")[1]] == ["openslo-carried", "openslo-cut"]


def test_sloth_switches_off_what_no_tier_can_fire_and_writes_a_whole_catalogue():
    off = tuple(AlertTierSetting(id=id, is_on=False) for id in ("page-fast", "page-slow", "ticket-day"))
    book = workbook([indicator("answered", BY_BAD)], [objective("answered", "answered")], alerting=Alerting(tiers=off))
    texts, _ = rendered(book, "sloth")
    assert "      page_alert:\n        disable: true\n" in texts["sloth/shop-28d.yml"]
    spec = read_documents(texts["sloth/windows/28d.yml"])[0][0].data["spec"]
    assert (
        spec["ticket"]["quick"]
        == spec["ticket"]["slow"]
        == {"errorBudgetPercent": Decimal("10.714286"), "shortWindow": "6h", "longWindow": "3d"}
    )
    assert set(spec["page"]) == {"quick", "slow"}


def test_sloth_says_which_tiers_times_and_names_it_cannot_hold():
    more = AlertTierSetting(id="page-mid", severity="page", long="3h", short="15m", budget_spent="3%", pending="5m")
    book = workbook([indicator("aa", BY_BAD)], [objective("aa", "aa"), objective("b", "aa")], alerting=Alerting(tiers=(more,)))
    said = " ".join(finding.message for finding in rendered(book, "sloth")[1])
    assert "goes without page-mid" in said or "goes without page-slow" in said
    assert "left out of page-mid" in said
    assert "no name of one letter: 'b'" in said


def test_pyrra_leaves_out_what_counts_good_events_and_says_so():
    texts, findings = rendered(one_of_each(), "pyrra")
    assert sorted(texts) == ["pyrra/shop-answered.yaml", "pyrra/shop-quick.yaml", "pyrra/shop-well-and-quick.yaml"]
    assert [(finding.code, finding.where, finding.severity) for finding in findings] == [
        ("pyrra-good", "served", "warning"),
        ("pyrra-edge", "quick", "note"),
    ]


def test_pyrra_says_which_of_its_own_alerts_can_never_fire():
    book = workbook([indicator("answered", BY_BAD)], [objective("answered", "answered", "0.9")])
    assert any("at 14 times the budget can never fire for 90 %" in finding.message for finding in rendered(book, "pyrra")[1])


@pytest.mark.parametrize("value", ["a[window", "${HOME}"])
def test_slo_generator_leaves_out_what_it_would_replace(value):
    selectors = Selectors(valid="x", bad='x{a="' + value + '"}')
    book = workbook(
        [indicator("odd", selectors), indicator("answered", BY_GOOD)], [objective("odd", "odd"), objective("answered", "answered")]
    )
    texts, findings = rendered(book, "slo-generator")
    assert "slo-generator/slos/shop-odd.yaml" not in texts
    assert [(finding.code, finding.where) for finding in findings] == [("slo-generator-replaces", "odd")]


def test_sloth_keeps_double_braces_of_label_values_from_being_templates():
    book = workbook([indicator("answered", Selectors(valid="x", bad='x{a="{{b}}"}'))], [objective("answered", "answered")])
    assert 'x{a="{{ "{{" }}b}}"}[{{.window}}]' in rendered(book, "sloth")[0]["sloth/shop-28d.yml"]


def test_the_dashboard_is_whole_and_asks_only_for_what_the_rules_record(tmp_path):
    texts, _ = rendered(one_of_each(), "grafana", "prometheus")
    dashboard = json.loads(texts["grafana/shop-objectives.json"])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert len(dashboard["uid"]) <= 40
    asked = {
        name for panel in dashboard["panels"] for target in panel.get("targets", ()) for name in re.findall(r"slo:\w+:\w+", target["expr"])
    }
    recorded = set(re.findall(r"record: (slo:\w+:\w+)", texts["prometheus/shop.rules.yml"]))
    assert asked <= recorded
    rules = [
        {"record": f"asked:{number}", "expr": target["expr"].replace("$__rate_interval", "5m")}
        for number, target in enumerate(target for panel in dashboard["panels"] for target in panel.get("targets", ()))
    ]
    assert n_rules(tmp_path, json.dumps({"groups": [{"name": "asked", "rules": rules}]})) == len(rules)


def test_a_service_with_a_long_name_has_a_stable_short_uid():
    book = workbook([indicator("a", BY_BAD)], [objective("a", "a")], service=Service(name="s" * 50))
    uids = {json.loads(next(iter(rendered(book, "grafana")[0].values())))["uid"] for _ in range(2)}
    assert [len(uid) for uid in uids] == [40]
