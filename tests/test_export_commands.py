"""The commands for other tools' files, from the outside."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from slo_workbench.document import read_workbook
from tests.conftest import STAGEDOOR

WORKBOOK = STAGEDOOR / "workbook.yaml"


def test_all_formats_are_written_and_say_which_workbook_made_them(run, tmp_path) -> None:
    status, out, _ = run("export", WORKBOOK, "--format", "all", "--out", tmp_path / "rules")
    assert status == 0
    files = [path for path in (tmp_path / "rules").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "rules").parts[0] for path in files} == {
        "prometheus", "prometheus-operator", "sloth", "pyrra", "openslo", "slo-generator", "grafana",
    }  # fmt: skip
    for path in files:
        assert "slo-workbench" in path.read_text(encoding="utf-8"), path
    assert "'browse-availability-28d' has no target yet, and is left out" in out


def test_promtool_takes_the_rules_and_their_tests_pass(run, tmp_path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed; Debian's package prometheus brings it")
    run("export", WORKBOOK, "--format", "prometheus", "--out", tmp_path)
    folder = tmp_path / "prometheus"
    checked = subprocess.run(
        ["promtool", "check", "rules", "--lint=all", "--lint-fatal", "stagedoor.rules.yml"], cwd=folder, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "16 rules found" in checked.stdout
    tested = subprocess.run(["promtool", "test", "rules", "stagedoor.rules_test.yml"], cwd=folder, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_an_unknown_format_names_the_nearest_and_nothing_is_written(run, tmp_path) -> None:
    status, out, _ = run("export", WORKBOOK, "--format", "slooth", "--out", tmp_path / "rules")
    assert status == 1
    assert "did you mean 'sloth'?" in out
    assert not (tmp_path / "rules").exists()


def test_an_indicator_without_selectors_is_asked_for_them_by_name(run, tmp_path) -> None:
    shutil.copytree(STAGEDOOR, tmp_path / "shop")
    file = tmp_path / "shop" / "workbook.yaml"
    text = file.read_text()
    start = text.index("    selectors:\n", text.index("- id: buy-availability\n"))
    file.write_text(text[:start].rstrip("\n") + text[text.index("\n\n", start) :])
    status, out, _ = run("export", file, "--format", "prometheus", "--out", tmp_path / "rules")
    assert status == 1
    assert "selectors" in out
    assert "buy-availability" in out


@pytest.mark.parametrize("format", ["sloth", "pyrra", "openslo"])
def test_what_was_exported_is_imported_with_the_same_target(run, tmp_path, format) -> None:
    run("export", WORKBOOK, "--format", format, "--out", tmp_path)
    file = next(path for path in sorted((tmp_path / format).glob("*.y*ml")) if "companion" not in path.name)
    status, out, _ = run("import", file, "--out", tmp_path / "new" / "workbook.yaml")
    assert status == 0, out
    (objective,) = read_workbook(tmp_path / "new" / "workbook.yaml").objectives
    assert str(objective.target) == "0.991"
    assert objective.window.days == 28
    assert run("import", file, "--out", tmp_path / "new" / "workbook.yaml")[0] == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a: [1", b"- 1\n", b"!!python/object:os.system x\n", b"version: prometheus/v1\nslos: 5\n"]
)
def test_a_file_that_is_none_gives_findings_and_no_workbook(run, tmp_path, content) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    assert run("import", tmp_path / "x.yaml", "--out", Path(tmp_path / "new.yaml"))[0] == 1
    assert not (tmp_path / "new.yaml").exists()
