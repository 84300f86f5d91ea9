"""A signature counts for the promise that was signed and for no other; whatever else changes in the document leaves it alone."""

import os
from datetime import UTC, datetime

import pytest

from slo_workbench.ballots.room_files import file_name_of
from slo_workbench.ballots.signature import promise_of, promise_sha256
from slo_workbench.ballots.signatures import read_signatures, record_signature
from slo_workbench.document.findings import FindingsError
from slo_workbench.document.yaml_file import read_workbook
from slo_workbench.errors import UnusableValue

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
WORKBOOK = """\
service: {name: shop, time_zone: Europe/London}
sources:
  logs: {path: logs.csv}
  front: {path: front.csv}
journeys:
  - {id: buy, name: Buy}
  - {id: pay, name: Pay}
indicators:
  - id: fast
    journey: buy
    kind: latency
    specification: The share of answers in time.
    measured_at: server_log
    source: logs
    valid: route = '/buy'
    good: status < 500
    thresholds_ms: [300]
objectives:
  - id: fast-28d
    indicator: fast
    window: 28d
    target: 99.5%
    confidence: 90%
    reason: as it was
    owner: web
    status: proposed
    next_review: 2027-01-01
  - {id: bare, indicator: fast}
policy:
  agreed_by: [product]
  clauses:
    - {id: freeze, budget_spent: 100%, action: No releases., owner: web, escalation: the board}
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "workbook.yaml"
    file.write_text(WORKBOOK)
    return file


def sign(file, who="head of product", role="product", **more):
    return record_signature(file, "fast-28d", participant=who, role=role, at=AT, **more)


def read(file):
    return read_signatures(file.parent, read_workbook(file), "fast-28d")


def change(file, before, after):
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_who_signs_is_told_with_the_role_and_who_is_missing(file):
    sign(file, "A", "Product")
    sign(file, "B", "operations")
    sign(file, "C", "legal", decision="disagree", note="too\nstrict")
    signatures = read(file)
    assert [one.participant for one in signatures.valid] == ["A", "B", "C"]
    assert signatures.sentences == (
        "Signed by 2: A (Product), B (operations).",
        "C (legal) does not agree: too strict.",
        "Not heard yet: Engineering.",
    )
    assert (signatures.outdated, signatures.findings) == ((), ())


def test_nobody_having_signed_is_a_sentence_and_no_folder(file):
    assert read(file).sentences == ("Nobody has signed what stands there now.", "Not heard yet: Product, Engineering, Operations.")
    assert os.listdir(file.parent) == ["workbook.yaml"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("target: 99.5%", "target: 99.9%", "the target was 99.5 % and is 99.9 % now"),
        ("    target: 99.5%\n", "", "the target was 99.5 % and there is none now"),
        ("window: 28d", "window: month", "the window was 28 days and is a calendar month now"),
        ("thresholds_ms: [300]", "thresholds_ms: [500]", "the threshold was 300 ms and is 500 ms now"),
        ("confidence: 90%", "confidence: 95%", "the confidence was 90 % and is 95 % now"),
        ("confidence: 90%", "confidence: 90%\n    ambition: aspirational", "the ambition was achievable and is aspirational now"),
        ("good: status < 500", "good: status < 400", "the indicator 'fast' was written otherwise"),
        ("valid: route = '/buy'", "valid: route = '/pay'", "the indicator 'fast' was written otherwise"),
        ("source: logs", "source: front", "the indicator 'fast' was written otherwise"),
        ("measured_at: server_log", "measured_at: client", "the indicator 'fast' was written otherwise"),
        ("answers in time", "quick answers", "the indicator 'fast' was written otherwise"),
        ("journey: buy", "journey: pay", "the journey was 'buy' and is 'pay' now"),
        ("action: No releases.", "action: Fewer releases.", "the clauses of the error budget policy were others"),
        ("budget_spent: 100%", "budget_spent: 90%", "the clauses of the error budget policy were others"),
    ],
)
def test_a_promise_that_was_changed_afterwards_leaves_the_signature_behind_and_says_what_was_signed(file, before, after, said):
    sign(file)
    change(file, before, after)
    signatures = read(file)
    assert signatures.valid == ()
    assert said in signatures.outdated[0].changes
    assert "1 signature is for an earlier version and does not count." in signatures.sentences
    assert any(f"head of product (product) signed an earlier version on 2026-03-02: {said}" in told for told in signatures.sentences)
    assert "Product" in signatures.missing_roles


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("status: proposed", "status: agreed"),
        ("owner: web\n    status", "owner: another team\n    status"),
        ("next_review: 2027-01-01", "next_review: 2028-01-01"),
        ("reason: as it was", "reason: said better"),
        ("target: 99.5%", "target: 0.9950"),
        ("window: 28d", "window: 4w"),
        ("agreed_by: [product]", "agreed_by: [product, operations]"),
        ("    specification: The share of answers in time.", "    specification: >-\n      The share of\n      answers in time."),
        ("path: logs.csv", "path: logs.parquet"),
        ("thresholds_ms: [300]", "thresholds_ms: [300]\n    selectors: {valid: http_requests_total}"),
    ],
)
def test_what_does_not_change_the_promise_leaves_the_signature_standing(file, before, after):
    sign(file)
    change(file, before, after)
    assert [one.participant for one in read(file).valid] == ["head of product"]


def test_a_promise_that_is_changed_back_counts_again(file):
    sign(file)
    change(file, "99.5%", "99.9%")
    assert read(file).valid == ()
    change(file, "99.9%", "99.5%")
    assert len(read(file).valid) == 1


def test_an_objective_without_a_target_is_not_signed_and_what_to_do_is_said(file):
    with pytest.raises(UnusableValue, match="decide on one and write it into the workbook"):
        record_signature(file, "bare", participant="A", role="product", at=AT)
    assert not (file.parent / "signatures").exists()


def test_an_unknown_objective_is_answered_with_the_nearest_one(file):
    for ask in (
        lambda: record_signature(file, "fast-28", participant="A", role="p", at=AT),
        lambda: read_signatures(file.parent, read_workbook(file), "../x"),
    ):
        with pytest.raises(FindingsError, match="there is no objective"):
            ask()


def test_who_signs_again_takes_the_place_of_their_own_signature_only(file):
    sign(file, "A", "product")
    sign(file, "B", "operations")
    sign(file, " A ", "product", decision="disagree")
    signatures = read(file)
    assert [(one.participant, one.decision) for one in signatures.valid] == [("A", "disagree"), ("B", "agree")]


def test_who_looked_at_another_promise_signs_nothing(file):
    workbook = read_workbook(file)
    seen = promise_sha256("fast-28d", promise_of(workbook, workbook.objective("fast-28d")))
    change(file, "99.5%", "99.9%")
    with pytest.raises(UnusableValue, match="was changed since you looked at it"):
        sign(file, seen_sha256=seen)
    assert read(file).outdated == ()
    change(file, "99.9%", "99.5%")
    sign(file, seen_sha256=seen)
    assert len(read(file).valid) == 1


@pytest.mark.parametrize("fields", [{"who": "\u200b"}, {"role": ""}, {"decision": "maybe"}, {"note": "x" * 20_001}])
def test_what_is_no_signature_is_a_finding_and_nothing_is_written(file, fields):
    with pytest.raises(FindingsError):
        sign(file, **fields)
    assert not (file.parent / "signatures").exists()


def test_a_signature_whose_fingerprint_was_written_by_hand_does_not_count(file):
    path = sign(file)
    digest = read(file).valid[0].sha256
    path.write_text(path.read_text().replace(digest, "0" * 64))
    (outdated,) = read(file).outdated
    assert outdated.changes == ("its fingerprint is another",)


def test_junk_is_named_and_skipped_and_the_others_count(file):
    path = sign(file)
    folder, good = path.parent, path.read_text().replace("head of product", "stranger")
    (folder / "binary.yaml").write_bytes(b"\x00\xff")
    (folder / "tag.yaml").write_text("!!python/object/apply:os.system ['touch pwned']")
    (folder / "large.yaml").write_bytes(b"x" * 10_000_000)
    (folder / "link.yaml").symlink_to(path)
    (folder / "other.yaml").write_text(good.replace("objective: fast-28d", "objective: bare"))
    (folder / "typo.yaml").write_text(good.replace("window: 28d", "windo: 28d"))
    (folder / "copy.yaml").write_text(path.read_text())
    signatures = read(file)
    assert {one.file: one.code for one in signatures.findings if one.code != "missing-key"} == {
        "binary.yaml": "not-utf8", "tag.yaml": "tag-refused", "large.yaml": "file-too-large", "link.yaml": "not-a-file",
        "other.yaml": "other-objective", "typo.yaml": "unknown-key", "copy.yaml": "participant-twice",
    }  # fmt: skip
    assert [one.participant for one in signatures.valid] == ["head of product"]
    assert [one.hint for one in signatures.findings if one.code == "unknown-key"] == ["did you mean 'window'?"]


def test_a_link_in_the_place_of_a_signature_is_not_written_through(file, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("years of work")
    folder = file.parent / "signatures" / "fast-28d"
    folder.mkdir(parents=True)
    (folder / file_name_of("head of product")).symlink_to(precious)
    with pytest.raises(UnusableValue, match="left alone"):
        sign(file)
    assert precious.read_text() == "years of work"


@pytest.mark.parametrize("role", ["development", "Developer", "engineering", "dev"])
def test_development_and_engineering_are_one_role(file, role):
    sign(file, "one", role)
    assert read(file).missing_roles == ("Product", "Operations")
    assert read(file).roles_not_agreeing == ("Product", "Operations")


def test_a_role_of_which_somebody_disagrees_is_heard_and_does_not_agree(file):
    sign(file, "one", "development")
    sign(file, "other", "engineering", decision="disagree", note="Not yet.")
    assert "Engineering" not in read(file).missing_roles
    assert "Engineering" in read(file).roles_not_agreeing
