"""Reading a workbook file: what it says, and one clear finding for everything that is no workbook."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from slo_workbench.document import FindingsError, check_workbook, read_workbook, render_findings
from slo_workbench.document.yaml_file import LARGEST_FILE_BYTES, check_text
from slo_workbench.document.yaml_nodes import DEEPEST_NESTING, parse_yaml

Save = Callable[[str], Path]


def only_finding(path: Path) -> str:
    findings = check_workbook(path).findings
    assert len(findings) == 1, render_findings(findings)
    assert findings[0].hint
    assert findings[0].file == str(path)
    return findings[0].code


def test_the_example_is_clean_and_says_what_was_typed(example: str, save: Save) -> None:
    checked = check_workbook(save(example))
    assert checked.findings == ()
    assert checked.workbook is not None
    objective = checked.workbook.objective("orders-succeed")
    assert (objective.target, str(objective.window), objective.next_review) == (Decimal("0.999"), "28d", date(2026, 12, 31))
    assert checked.workbook.indicator("orders-quick").thresholds_ms == (300.0, 1000.0)
    assert checked.workbook.journey("buy-ticket").diagram.endswith("Web-->>Visitor: 201\n")


@pytest.mark.parametrize("written", ["0.9999999999999999", "99.99999999999999%", '"99.99999999999999 %"', "9999999999999999e-16"])
def test_a_target_stays_exact_to_the_last_digit(example: str, written: str) -> None:
    checked = check_text(example.replace("target: 99.90%", f"target: {written}"))
    assert checked.workbook is not None, render_findings(checked.findings)
    assert checked.workbook.objectives[0].target == Decimal("0.9999999999999999")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("NO", "NO"),
        ("12:30", "12:30"),
        ("2026-12-31", "2026-12-31"),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("0x1F", 31),
        ("-12", -12),
        ("1e3", Decimal("1e3")),
        ("0.1", Decimal("0.1")),
        ("'0.1'", "0.1"),
        (".inf", ".inf"),
        ("9" * 5000, "9" * 5000),
        ("1e99999999999", "1e99999999999"),
    ],
)
def test_scalars_follow_yaml_1_2_and_numbers_are_exact(written: str, value: object) -> None:
    read = parse_yaml(f"a: {written}\n").data["a"]
    assert (read, type(read)) == (value, type(value))


def test_a_missing_file_is_one_finding(tmp_path: Path) -> None:
    assert only_finding(tmp_path / "nowhere.yaml") == "file-missing"


def test_a_folder_is_one_finding(tmp_path: Path) -> None:
    assert only_finding(tmp_path) == "not-a-file"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert only_finding(tmp_path / "pipe") == "not-a-file"


def test_a_path_that_no_file_can_have_is_one_finding() -> None:
    assert only_finding(Path("a\0b")) == "file-unreadable"
    assert only_finding(Path("x" * 5000)) == "file-unreadable"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "---\n", "null\n", "\ufeff"])
def test_an_empty_file_is_one_finding(text: str, save: Save) -> None:
    assert only_finding(save(text)) == "empty-file"


@pytest.mark.parametrize("text", ["just words", "- a\n- b\n", "12", "true"])
def test_a_file_that_is_no_mapping_is_one_finding(text: str, save: Save) -> None:
    assert only_finding(save(text)) == "wrong-type"


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_FILE_BYTES + 1)
    assert only_finding(path) == "file-too-large"


def test_text_in_another_encoding_is_one_finding_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("service:\n  title: Café\n".encode("latin-1"))
    assert only_finding(path) == "not-utf8"
    assert (check_workbook(path).findings[0].line, check_workbook(path).findings[0].column) == (2, 13)
    path.write_bytes("service:\n".encode("utf-16"))
    assert only_finding(path) == "not-utf8"


def test_binary_junk_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "junk.yaml"
    path.write_bytes(bytes(range(32)) * 10)
    assert only_finding(path) == "yaml-syntax"


def test_a_byte_order_mark_and_dos_lines_are_fine(example: str, tmp_path: Path) -> None:
    path = tmp_path / "workbook.yaml"
    path.write_bytes(example.replace("\n", "\r\n").encode("utf-8-sig"))
    checked = check_workbook(path)
    assert checked.findings == ()
    assert checked.lines[0] == example.split("\n")[0]
    assert checked.position_of("service.name") == (6, 9)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a:\n\tb: 1\n", "yaml-syntax", 2, 1),
        ("a: 1\nb: 'open\n", "yaml-syntax", 2, 4),
        ("a: [1, 2\n", "yaml-syntax", 1, 4),
        ("a: b: c\n", "yaml-syntax", 1, 5),
        ("a:\n - b\n c: 1\n", "yaml-syntax", 3, 2),
        ('a: "\\q"\n', "yaml-syntax", 1, 6),
        ("a: @home\n", "yaml-syntax", 1, 4),
        ("a: 1\n---\nb: 2\n", "several-documents", 2, 1),
        ("a: *nobody\n", "unknown-alias", 1, 4),
        ("a: &a [*a]\n", "alias-in-itself", 1, 8),
        ("{a: 1}: 2\n", "key-not-text", 1, 1),
        ("a: " + "[" * 100_000, "too-deep", 1, 3 + DEEPEST_NESTING),
        ("- " * 100_000, "too-deep", 1, 1 + 2 * DEEPEST_NESTING),
    ],
)
def test_what_cannot_be_read_on_is_one_finding_with_its_place(text: str, code: str, line: int, column: int) -> None:
    (finding,) = parse_yaml(text).findings
    assert (finding.code, finding.line, finding.column) == (code, line, column)
    assert finding.hint


def test_a_tab_is_explained_in_plain_words() -> None:
    (finding,) = parse_yaml("a:\n\tb: 1\n").findings
    assert "tab" in finding.message
    assert "spaces" in finding.hint


def test_a_billion_laughs_are_refused_at_once() -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    assert [finding.code for finding in parse_yaml(text).findings] == ["too-many-values"]


def test_aliases_within_reason_are_followed() -> None:
    assert parse_yaml("a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!foo", "!!str", "!"])
def test_a_tag_is_never_followed_and_the_rest_is_still_checked(tag: str) -> None:
    checked = check_text(f"service: {{name: {tag} shop, ownr: web}}\n")
    assert {finding.code for finding in checked.findings} == {"tag-refused", "unknown-key"}
    assert checked.workbook is None


def test_a_repeated_key_names_both_lines() -> None:
    checked = check_text("service:\n  name: shop\n  owner: a\n  owner: b\n")
    (finding,) = checked.findings
    assert (finding.code, finding.line) == ("duplicate-key", 4)
    assert "line 3" in finding.message
    assert checked.workbook is None


def test_a_merge_key_is_refused_but_a_quoted_one_is_a_column() -> None:
    assert [finding.code for finding in parse_yaml("a: {<<: {b: 1}}\n").findings] == ["merge-key"]
    assert parse_yaml("a: {'<<': 1}\n").data == {"a": {"<<": 1}}


def test_positions_are_those_an_editor_shows(example: str) -> None:
    checked = check_text(example)
    row, column = checked.position_of("indicators[1].good") or (0, 0)
    assert checked.lines[row - 1][column - 1 :] == "status < 500"
    row, column = checked.position_of("sources.requests.columns.latency_ms") or (0, 0)
    assert checked.lines[row - 1][column - 1 :].startswith("duration * 1000}}")


def test_a_value_that_is_not_written_has_the_place_of_its_part(example: str) -> None:
    checked = check_text(example)
    assert checked.position_of("objectives[0].confidence") == checked.position_of("objectives[0]")
    assert checked.position_of("nothing.like.that") is None


def test_reading_a_file_with_errors_raises_with_all_of_them(save: Save) -> None:
    with pytest.raises(FindingsError) as raised:
        read_workbook(save("service: {ownr: web}\n"))
    assert [finding.code for finding in raised.value.findings] == ["missing-key", "unknown-key"]


def test_reading_lets_warnings_pass(save: Save, example: str) -> None:
    path = save(example.replace("    reason: Above this nobody writes to support.\n", ""))
    assert [finding.severity for finding in check_workbook(path).findings] == ["warning"]
    assert read_workbook(path).service.name == "box-office"
