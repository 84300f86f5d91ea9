"""The ready files for continuous integration servers: they are YAML, their commands parse, and they say what the page about them says."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from slo_workbench.arguments import build_parser
from slo_workbench.proposal.forms import read_forms
from tests.conftest import PROJECT

CI = PROJECT / "docs" / "ci"
FILES = sorted(CI.glob("*.yml"))
VARIABLES = {"$WORKBOOK": "slo/workbook.yaml", "$DAY": "2026-05-04"}


def scripts(value) -> list[str]:
    """Return every shell script of a file, as it is run."""
    if isinstance(value, list):
        return [script for one in value for script in scripts(one)]
    if isinstance(value, dict):
        own = [value["run"]] if isinstance(value.get("run"), str) else []
        own += ["\n".join(value[key]) for key in ("before_script", "script") if key in value]
        return own + [script for one in value.values() if isinstance(one, dict | list) for script in scripts(one)]
    return []


def read(file: Path):
    return YAML(typ="safe").load(file.read_text())


def commands(file: Path) -> list[list[str]]:
    found = []
    for script in scripts(read(file)):
        for line in script.splitlines():
            if line.strip().startswith("slo-workbench "):
                words = shlex.split(line)
                found.append([VARIABLES.get(word, word) for word in words[1:]])
    return found


def test_there_is_one_for_each_server():
    assert [file.name for file in FILES] == ["github-proposals.yml", "gitlab-proposals.yml"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_in_it_is_one_that_the_command_line_takes(file):
    given = [build_parser().parse_args(words) for words in commands(file)]
    assert [one.command for one in given] == ["propose", "propose"]
    assert [one.against is not None for one in given] == [True, False]
    for one in given:
        assert read_forms(one.format) == ("html", "pdf", "notebook", "json")
        assert (str(one.workbook), str(one.out), one.as_of, one.trust_urls) == ("slo/workbook.yaml", "proposals", "2026-05-04", False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_its_scripts_are_scripts_that_a_shell_reads(file):
    every = scripts(read(file))
    assert every
    for script in every:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_holds_no_comment_no_secret_and_no_host(file):
    text = file.read_text()
    assert "#" not in text
    assert not re.search(r"https?://|secrets\.|pull_request_target|index-url|ghcr\.io|docker\.io", text)


def test_actions_are_pinned_to_a_major_version_and_may_only_read():
    workflow = read(CI / "github-proposals.yml")
    assert set(workflow["permissions"].values()) == {"read"}
    used = re.findall(r"uses: (\S+)", (CI / "github-proposals.yml").read_text())
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used)


def test_counts_with_the_names_of_users_are_not_attached():
    steps = read(CI / "github-proposals.yml")["jobs"]["proposals"]["steps"]
    (upload,) = [step["with"]["path"] for step in steps if step.get("uses", "").startswith("actions/upload-artifact")]
    assert "!proposals/*/_history/**" in upload.split()
    assert read(CI / "gitlab-proposals.yml")["proposals"]["artifacts"]["exclude"] == ["proposals/*/_history/**/*"]


def test_the_page_about_them_links_both_and_explains_every_exit_status():
    page = (PROJECT / "docs" / "ci.md").read_text()
    for file in FILES:
        assert f"(ci/{file.name})" in page
    assert re.findall(r"^\| (\d+) \|", page, flags=re.M) == ["0", "1", "2", "130"]
