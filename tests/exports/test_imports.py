import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import has_errors
from slo_workbench.document.references import find_reference_problems
from slo_workbench.document.yaml_file import check_text
from slo_workbench.document.yaml_merge import render_workbook
from slo_workbench.exports.formats import EXPORT_FORMATS
from slo_workbench.exports.imports import IMPORT_FORMATS, import_workbook
from slo_workbench.exports.yaml_documents import read_documents, render_document
from tests.exports.test_reading import OPENSLO, SLOTH
from tests.exports.workbooks import exported, one_of_each


def exports_of(book, format):
    files, _ = EXPORT_FORMATS[format](book, exported(book))
    names = {"openslo": ["shop.yaml"], "sloth": ["shop-28d.yml"], "pyrra": list(files)}[format]
    return "---\n".join(files[name] for name in names)


@pytest.mark.parametrize("format", IMPORT_FORMATS)
def test_an_imported_export_gives_the_same_objectives_again(format):
    book = one_of_each()
    imported, findings = import_workbook(exports_of(book, format))
    assert imported is not None
    assert not has_errors(findings)

    def keys(objectives):
        return {one.name: (one.service, one.target, one.window_days, one.events, one.journey) for one in objectives}

    again, meant = keys(exported(imported)), keys(exported(book))
    assert again
    assert again == {name: meant[name] for name in again}


def test_a_whole_openslo_file_comes_over_with_calendar_and_owner():
    imported, _ = import_workbook(exports_of(one_of_each(), "openslo"))
    assert [(one.id, str(one.window), one.owner, one.status) for one in imported.objectives][-1] == (
        "well-and-quick",
        "month",
        "Web team",
        "draft",
    )


@pytest.mark.parametrize("format", IMPORT_FORMATS)
def test_the_skeleton_is_a_workbook_that_can_be_written_and_checked(format):
    imported, _ = import_workbook(exports_of(one_of_each(), format))
    checked = check_text(render_workbook(imported))
    assert checked.workbook == imported
    assert not has_errors(checked.findings)


def test_what_is_to_be_filled_in_is_said_with_its_place():
    _, findings = import_workbook(SLOTH % "99.9")
    places = {finding.where for finding in findings if finding.code == "to-fill-in"}
    assert {"sources.prometheus", "journeys", "indicators[0]", "objectives: answered"} <= places


def test_good_events_follow_from_bad_ones_that_have_one_condition_more():
    imported, _ = import_workbook(SLOTH % "99.9")
    one = imported.indicator("answered")
    assert (one.valid, one.good, one.selectors.bad) == ("requests", 'requests{code!~"5.."}', 'requests{code=~"5.."}')


def test_good_events_that_do_not_follow_are_left_to_be_filled_in():
    imported, findings = import_workbook((SLOTH % "99.9").replace('requests{code=~"5.."}', "errors"))
    assert imported.indicator("answered").good.startswith("fill in")
    assert any("does not follow from what is bad" in finding.message and finding.severity == "warning" for finding in findings)


def test_a_raw_query_keeps_its_target_and_leaves_its_events_to_be_filled_in():
    text = "version: prometheus/v1\nservice: shop\nslos: [{name: answered, objective: 99.9, sli: {raw: {error_ratio_query: x}}}]\n"
    imported, findings = import_workbook(text)
    assert imported.objective("answered").target == Decimal("0.999")
    assert any("could not be read" in finding.message for finding in findings)


def test_one_service_is_imported_and_the_others_are_named():
    text = (SLOTH % "99.9") + "---" + (SLOTH % "99").replace("service: shop", "service: bank")
    imported, findings = import_workbook(text)
    assert imported.service.name == "shop"
    assert any(finding.code == "other-services" and "bank" in finding.message for finding in findings)
    assert import_workbook(text, service="bank")[0].objective("answered").target == Decimal("0.99")
    assert [finding.code for finding in import_workbook(text, service="bunk")[1]][-2:] == ["unknown-service", "nothing-to-import"]


def test_names_a_workbook_cannot_have_are_changed_aloud_and_stay_apart():
    text = "version: prometheus/v1\nservice: The_Shop\nslos: [{name: A.b, objective: 99.9}, {name: a_b, objective: 99}]\n"
    imported, findings = import_workbook(text)
    assert (imported.service.name, [one.id for one in imported.objectives]) == ("the-shop", ["a-b", "a-b-2"])
    assert any("'A.b' is called 'a-b'" in finding.message for finding in findings)


def test_unknown_formats_name_the_nearest():
    assert "did you mean 'sloth'" in import_workbook("", format="slot")[1][0].hint


BOMB = "b0: &b0 [x, x]\n" + "".join(f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 26))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "format-unknown"),
        ("a: 1", "format-unknown"),
        ("- 1\n- 2\n", "format-unknown"),
        ("apiVersion: openslo/v1alpha\nkind: SLO\n", "version-unread"),
        ("apiVersion: pyrra.dev/v2\nkind: ServiceLevelObjective\n", "version-unread"),
        ("version: prometheus/v1\nslos: !!python/object/apply:os.system [x]\n", "tag-refused"),
        ("version: prometheus/v1\n" + BOMB, "too-many-values"),
        ("version: prometheus/v1\nslos: " + "[" * 100 + "]" * 100, "too-deep"),
        ("version: prometheus/v1\nslos: *x\n", "unknown-alias"),
        ("version: prometheus/v1\n" + "x" * 1_000_001, "file-too-large"),
        (SLOTH % "100", "target-100"),
        ("version: prometheus/v1\nservice: 1\nslos: {a: b}\n", "wrong-type"),
        ("version: prometheus/v1\nservice: [a]\nslos: [1, null, [x]]\n", "wrong-type"),
        ("version: prometheus/v1\n<<: {a: b}\n", "merge-key"),
        ("version: prometheus/v1\x00\n", "yaml-syntax"),
    ],
)  # fmt: skip
def test_hostile_files_give_findings_and_no_workbook(text, code):
    imported, findings = import_workbook(text)
    assert imported is None
    assert code in [finding.code for finding in findings]


def test_a_text_too_long_for_a_workbook_is_a_finding():
    text = (SLOTH % "99.9").replace("objective:", f"description: {'word ' * 5_000}\n    objective:")
    imported, findings = import_workbook(text)
    assert imported is None
    assert "too-long" in [finding.code for finding in findings]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner.filter(lambda each: not isinstance(each, list)), max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(part, path=()):
    yield path
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*path, step))


PYRRA = exports_of(one_of_each(), "pyrra").split("---\n")[0]
SOURCES = [document.data for text in (OPENSLO, SLOTH % "99.9", PYRRA) for document in read_documents(text)[0]]


@given(st.data())
def test_no_value_anywhere_brings_the_import_down(data):
    document = copy.deepcopy(data.draw(st.sampled_from(SOURCES)))
    *steps, last = data.draw(st.sampled_from([path for path in paths(document) if path]))
    part = document
    for step in steps:
        part = part[step]
    part[last] = data.draw(ANYTHING)
    imported, findings = import_workbook(render_document(document))
    assert imported is not None or has_errors(findings)
    assert imported is None or not has_errors(find_reference_problems(imported))


CALENDAR = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: orders}}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{{duration: {duration}, isRolling: false, calendar: {{startTime: "{start}", timeZone: {zone}}}}}]
  objectives: [{{target: 0.99}}]
"""


@pytest.mark.parametrize(
    ("duration", "start", "zone", "told"),
    [
        ("1M", "2023-05-01 00:00:00", "UTC", set()),
        ("1Q", "2023-04-01 00:00:00", "Etc/UTC", set()),
        ("1w", "2023-05-01 00:00:00", "UTC", set()),  # a Monday
        ("1M", "2023-05-15 00:00:00", "UTC", {"calendar-start-lost"}),
        ("1Q", "2023-05-01 00:00:00", "UTC", {"calendar-start-lost"}),
        ("1w", "2023-05-03 00:00:00", "UTC", {"calendar-start-lost"}),
        ("1M", "2023-05-01 06:00:00", "Europe/Berlin", {"calendar-start-lost", "calendar-zone-lost"}),
    ],
)
def test_a_calendar_of_openslo_that_begins_elsewhere_is_told(duration, start, zone, told):
    imported, findings = import_workbook(CALENDAR.format(duration=duration, start=start, zone=zone))
    assert str(imported.objectives[0].window) == {"1M": "month", "1Q": "quarter", "1w": "week"}[duration]
    assert {finding.code for finding in findings if finding.code.startswith("calendar")} == told
