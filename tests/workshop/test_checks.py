"""A check passes on the worked example, and once something is missing it says what to do."""

import shutil

import pytest

from slo_workbench.workshop import checks
from slo_workbench.workshop.checks import CheckFailed
from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR

JOURNEY = "journeys:\n- id: buy\n  name: Buy\n  users: Buyers\n  why: Revenue\n  diagram: |\n    sequenceDiagram\n      Fan->>Shop: POST /orders\n"


@pytest.fixture(scope="module")
def stagedoor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks") / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    return open_workshop(str(folder / "workbook.yaml"))


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "workbook.yaml"
        file.write_text(f"service: {{name: shop}}\n{text}")
        (tmp_path / "calls.csv").write_text(
            "time,latency_ms\n2026-05-04T00:00:00Z,100\n2026-05-04T01:00:00Z,900\n2026-05-04T02:00:00Z,900\n"
        )
        return open_workshop(str(file))

    return write


def indicator(id="speed", more="valid: 'true'\n  good: 'true'"):
    return f"- id: {id}\n  journey: buy\n  kind: availability\n  specification: s\n  measured_at: server_log\n  source: calls\n  {more}\n"


def test_the_worked_example_passes_every_check(stagedoor):
    lines = [
        checks.check_document(stagedoor),
        checks.check_service(stagedoor),
        checks.check_source(stagedoor, "requests"),
        checks.check_threshold(stagedoor, "buy-latency"),
        *[checks.check_journey(stagedoor, one.id) for one in stagedoor.workbook.journeys],
        *[checks.check_indicators(stagedoor, one.id) for one in stagedoor.workbook.journeys],
    ]
    assert all(line.startswith("✓ ") for line in lines)


def test_a_measurement_of_the_same_specification_is_no_further_sli(stagedoor):
    assert "is measured by 3 SLIs" in checks.check_indicators(stagedoor, "buy")


def test_a_broken_workbook_fails_with_what_is_wrong_in_it(written):
    workshop = written("")
    workshop.path.write_text("service: {name: shop, ownr: me}\n")
    with pytest.raises(CheckFailed, match="did you mean 'owner'"):
        checks.check_document(workshop)


@pytest.mark.parametrize(
    ("text", "check", "wrong"),
    [
        ("", checks.check_service, "no owner: write owner"),
        ("", checks.check_journey, "no journey yet: give it a name"),
        ("", checks.check_indicators, "no journey yet"),
        ("", checks.check_source, "any requests yet: write requests_path"),
        ("sources: {calls: {path: gone.csv}}\n", checks.check_source, "requests cannot be read: there is no file"),
        (JOURNEY.replace("  why: Revenue\n", ""), checks.check_journey, "does not say why it matters"),
        (JOURNEY.replace("Fan->>Shop: POST /orders", "actor Fan"), checks.check_journey, "has no messages"),
        (JOURNEY.split("  diagram")[0], checks.check_journey, "has no diagram: draw it"),
        (JOURNEY, checks.check_indicators, "no indicator yet: take one"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(written, text, check, wrong):
    with pytest.raises(CheckFailed, match=wrong):
        check(written(text))


def test_an_unknown_journey_names_the_nearest(stagedoor):
    with pytest.raises(CheckFailed, match="did you mean 'browse'"):
        checks.check_journey(stagedoor, "brows")


def test_many_refused_rows_fail_and_a_short_history_is_told(written):
    workshop = written("sources: {calls: {path: calls.csv}}\n")
    assert "That is short" in checks.check_source(workshop)
    with (workshop.folder / "calls.csv").open("a") as file:
        file.write("never,1\n")
    with pytest.raises(CheckFailed, match="of 4 rows of calls were refused"):
        checks.check_source(workshop)


def test_six_indicators_are_too_many_and_one_that_counts_nothing_is_none(written):
    sources = f"sources: {{calls: {{path: calls.csv}}}}\n{JOURNEY}indicators:\n"
    with pytest.raises(CheckFailed, match="has 6 indicators"):
        checks.check_indicators(written(sources + "".join(indicator(f"i{n}") for n in range(6))), "buy")
    with pytest.raises(CheckFailed, match="no event is valid for speed"):
        checks.check_indicators(written(sources + indicator(more="valid: latency_ms > 5000\n  good: 'true'")), "buy")


@pytest.mark.parametrize(
    ("thresholds", "wrong"),
    [("", "no threshold yet"), ("[200]", "that is a wish"), ("[5000]", "ever took 5 s"), ("[200, 900]", "that is a wish")],
)
def test_a_threshold_lies_where_it_decides_something(written, thresholds, wrong):
    more = f"valid: 'true'\n  good: 'true'\n  thresholds_ms: {thresholds or '[]'}"
    workshop = written(f"sources: {{calls: {{path: calls.csv}}}}\n{JOURNEY}indicators:\n{indicator(more=more)}")
    with pytest.raises(CheckFailed, match=wrong):
        checks.check_threshold(workshop, "speed")


def test_a_threshold_that_most_meet_and_some_miss_passes(written):
    more = "valid: 'true'\n  good: 'true'\n  thresholds_ms: [905]"
    workshop = written(f"sources: {{calls: {{path: calls.csv}}}}\n{JOURNEY}indicators:\n{indicator(more=more)}")
    with (workshop.folder / "calls.csv").open("a") as file:
        file.write("2026-05-04T03:00:00Z,4000\n")
    assert "within 905 ms of 4 valid requests were good" in checks.check_threshold(workshop, "speed")


def test_a_service_that_nobody_named_yet_is_told(written):
    workshop = written("")
    workshop.path.write_text("service: {name: my-service, owner: Shop team, description: Sells}\n")
    assert checks.check_service(workshop).endswith(
        "It is still called my-service in files and rules: write service_name in the parameters."
    )
    workshop.path.write_text("service: {name: shop, owner: Shop team, description: Sells}\n")
    assert "service_name" not in checks.check_service(workshop)
