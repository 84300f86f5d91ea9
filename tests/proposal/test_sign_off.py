"""The page shows who signed what stands there, keeps lines for those not heard, and makes no markup of what people wrote."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest

from slo_workbench.ballots.signatures import record_signature
from slo_workbench.history.store import write_history
from slo_workbench.proposal.case import open_case
from tests.conftest import STAGEDOOR

OBJECTIVE = "buy-availability-28d"
LATE = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def history(tmp_path_factory, stagedoor_history):
    folder = tmp_path_factory.mktemp("history") / "history"
    write_history(stagedoor_history, folder)
    return folder


@pytest.fixture
def file(tmp_path):
    shutil.copy(STAGEDOOR / "workbook.yaml", tmp_path / "workbook.yaml")
    return tmp_path / "workbook.yaml"


def opened(file, history, objective=OBJECTIVE):
    return open_case(str(file), objective, history_dir=str(history))


def sign(file, who, role, **more):
    record_signature(file, OBJECTIVE, participant=who, role=role, at=LATE, **more)


def test_before_anybody_signs_there_are_three_empty_lines(file, history) -> None:
    section = opened(file, history).sign_off_section()
    assert [line.split() for line in section.text.splitlines()] == [["Product"], ["Engineering"], ["Operations"]]
    assert '<div class="signatures">' in section.html


def test_who_signed_stands_there_with_the_day_of_the_teams_zone_and_the_others_keep_their_lines(file, history) -> None:
    sign(file, "A B", "product")
    sign(file, "C D", "legal", decision="disagree", note="too\nstrict")
    case = opened(file, history)
    assert [line.strip() for line in case.sign_off_section().text.splitlines()] == [
        "Product  A B  2026-05-05, signed",
        "Legal  C D  2026-05-05, does not agree: too strict",
        "Engineering",
        "Operations",
    ]


def test_a_signature_for_an_earlier_version_stands_apart_and_its_role_has_an_empty_line(file, history) -> None:
    sign(file, "A B", "product", note="with the new provider")
    file.write_text(file.read_text(encoding="utf-8").replace("target: 99.1%", "target: 99.2%"), encoding="utf-8")
    case = opened(file, history)
    table, _, apart = case.sign_off_section().text.partition("For an earlier version")
    assert "A B" not in table
    assert table.split() == ["Product", "Engineering", "Operations"]
    assert "A B (product) signed an earlier version on 2026-05-05: the target was 99.1 % and is 99.2 % now." in apart
    assert "They added: with the new provider" in apart
    outdated = case.result()["signatures"]["outdated"]
    assert [(one["participant"], one["changes"]) for one in outdated] == [("A B", ["the target was 99.1 % and is 99.2 % now"])]


def test_what_people_wrote_is_text_and_no_markup(file, history) -> None:
    sign(file, "<script>alert(1)</script>", "<b>product</b>", note="<img src=x onerror=alert(1)>")
    folder = file.parent / "signatures" / OBJECTIVE
    (folder / "<i>x</i>.yaml".replace("/", "")).write_text("<script>: [")
    sign(file, "other", "a&b")
    html = opened(file, history).sign_off_section().html
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    file.write_text(file.read_text(encoding="utf-8").replace("target: 99.1%", "target: 99.2%"), encoding="utf-8")
    html = opened(file, history).sign_off_section().html
    assert "For an earlier version" in html
    assert "<script" not in html
    assert "<img" not in html


def test_the_result_holds_the_signatures_and_what_was_left_out(file, history) -> None:
    sign(file, "A B", "product")
    (file.parent / "signatures" / OBJECTIVE / "junk.yaml").write_bytes(b"\xff\xfe")
    signatures = json.loads(json.dumps(opened(file, history).result()["signatures"]))
    (valid,) = signatures["valid"]
    assert (valid["participant"], valid["role"], valid["decision"], valid["signed_at"]) == (
        "A B",
        "product",
        "agree",
        "2026-05-04T23:30:00Z",
    )
    assert valid["sentence"] == "Over 28 days, 99.1 % of valid requests of the journey “Buy a ticket” are good."
    assert [(one["file"], one["code"]) for one in signatures["left_out"]] == [("junk.yaml", "not-utf8")]
    assert "Left out: junk.yaml" in opened(file, history).sign_off_section().text


def test_a_target_that_is_only_suggested_is_not_signed_yet(file, history) -> None:
    text = opened(file, history, "browse-availability-28d").sign_off_section().text
    assert "The target is a suggestion: decide on it and write it into the workbook before anybody signs." in text
