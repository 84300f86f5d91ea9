"""A status moves one step at a time and only with what supports it, and back when what was agreed changes."""

from datetime import UTC, datetime

import pytest

from slo_workbench.ballots.signatures import record_signature
from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.workshop.status_steps import decide_status, decide_target

AT = datetime(2026, 5, 4, tzinfo=UTC)
TEXT = """\
service: {name: shop}
sources: {log: {path: log.csv}}
journeys: [{id: buy, name: Buy}]
indicators:
- {id: up, journey: buy, kind: availability, specification: It works., measured_at: server_log, source: log, valid: 'true', good: status < 500}
objectives:
- {id: up-28d, indicator: up, target: 99%, reason: Kept so far., owner: web, status: proposed}
policy:
  clauses: [{id: freeze, budget_spent: 100%, action: No releases., owner: web}]
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "workbook.yaml"
    file.write_text(TEXT)
    return file


def change(file, before, after):
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def sign(file, *roles):
    for role in roles:
        record_signature(file, "up-28d", participant=f"somebody of {role}", role=role, at=AT)


def status_of(file):
    return read_workbook(file).objective("up-28d").status


def refused(file, **fields):
    before = file.read_text()
    with pytest.raises(FindingsError) as error:
        decide_status(file, "up-28d", **fields)
    assert file.read_text() == before
    assert all(finding.hint for finding in error.value.findings)
    return [finding.message for finding in error.value.findings]


def test_three_signatures_and_a_policy_make_it_agreed(file):
    sign(file, "product", "development", "operations")
    decide_status(file, "up-28d", status="agreed")
    assert status_of(file) == "agreed"


def test_one_signature_does_not(file):
    sign(file, "engineering")
    assert refused(file, status="agreed") == ["nobody has signed for product and operations, so it is not agreed yet"]


def test_signatures_for_another_target_do_not(file):
    sign(file, "product", "development", "operations")
    change(file, "99%", "99.5%")
    assert len(refused(file, status="agreed")) == 1


def test_a_draft_is_proposed_first(file):
    sign(file, "product", "development", "operations")
    change(file, "status: proposed", "status: draft")
    assert refused(file, status="agreed") == ["it is draft, and a status moves one step at a time"]


def test_without_a_policy_it_is_not_agreed_unless_it_is_aspirational(file):
    change(file, "  clauses: [{id: freeze, budget_spent: 100%, action: No releases., owner: web}]", "  clauses: []")
    sign(file, "product", "development", "operations")
    assert "no error budget policy" in refused(file, status="agreed")[0]
    change(file, "status: proposed", "status: proposed, ambition: aspirational")
    sign(file, "product", "development", "operations")
    decide_status(file, "up-28d", status="agreed")
    assert status_of(file) == "agreed"


def test_proposed_needs_a_target_a_reason_and_an_owner(file):
    change(file, "target: 99%, reason: Kept so far., owner: web, status: proposed", "status: draft")
    assert [said.split(",")[0] for said in refused(file, status="proposed")] == ["it has no target", "it has no reason", "it has no owner"]
    assert len(refused(file, status="proposed", owner="web")) == 2


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_back_and_away_is_always_allowed(file, status):
    decide_status(file, "up-28d", status=status)
    assert status_of(file) == status


def test_nothing_decided_writes_nothing(file):
    assert not decide_status(file, "up-28d").is_change
    assert not decide_target(file, "up-28d").is_change


def test_another_target_takes_an_agreed_promise_back_to_proposed(file):
    change(file, "status: proposed", "status: agreed")
    decide_target(file, "up-28d", target="99.0%", window="4w")
    assert status_of(file) == "agreed"
    decide_target(file, "up-28d", target="99.5%", reason="Users mind.")
    assert status_of(file) == "proposed"


def test_another_window_does_so_too(file):
    change(file, "status: proposed", "status: agreed")
    decide_target(file, "up-28d", window="14d")
    assert status_of(file) == "proposed"
