"""What a stranger who clones the project relies on."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.specifiers import SpecifierSet
from ruamel.yaml import YAML

from tests.conftest import PROJECT

TRACKED_TEXT = (
    "*.py",
    "*.md",
    "*.toml",
    "*.yml",
    "*.yaml",
    "*.ipynb",
    "*.lock",
    "*.txt",
    "*.j2",
    "*.css",
    "Makefile",
    ".ci/run",
    ".binder/*",
    "*.csv",
)


def project():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def normalised(name):
    """Spell a package's name as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_conda_environment_names_the_package_with_its_extras_and_no_second_list():
    environment = YAML(typ="safe").load(PROJECT / "environment.yml")
    assert [item for item in environment["dependencies"] if isinstance(item, str)] == [f"python{project()['requires-python']}", "pip"]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert extras_named(pip[0], r"-e \.\[([a-z,]+)\]") == {"lab", "collaboration"}
    assert len(pip) == 1


def extras_named(text, pattern):
    """Return the extras that an install line names, which must be extras of the project."""
    extras = set(re.search(pattern, text)[1].split(","))
    assert extras <= set(project()["optional-dependencies"])
    return extras


def test_binder_takes_a_python_the_project_allows_and_its_extras_and_no_second_list():
    environment = YAML(typ="safe").load(PROJECT / ".binder" / "environment.yml")
    python, pip = environment["dependencies"]
    assert pip == "pip"
    version = re.fullmatch(r"python=(3\.\d+)", python)[1]
    assert SpecifierSet(project()["requires-python"]).contains(f"{version}.0")
    assert extras_named((PROJECT / ".binder" / "postBuild").read_text(), r"pip install .* '\.\[([a-z,]+)\]'") == {"lab"}


def test_binder_makes_a_workshops_folder_and_opens_its_first_notebook(tmp_path):
    build = PROJECT / ".binder" / "postBuild"
    assert os.access(build, os.X_OK)
    subprocess.run(["bash", "-n", build], check=True)
    commands = re.findall(r"^(?:slo-workbench|python) (?!-m pip)(.*)$", build.read_text(), re.MULTILINE)
    assert commands[0] == "start workshop --example"
    assert commands[1].startswith(".binder/start_page.py workshop ")
    subprocess.run(
        [sys.executable, "-m", "slo_workbench.cli", *commands[0].replace("workshop", str(tmp_path / "workshop")).split()], check=True
    )
    subprocess.run(
        [sys.executable, PROJECT / ".binder" / "start_page.py", tmp_path / "workshop", tmp_path / "etc"], check=True, cwd=PROJECT
    )
    told = json.loads((tmp_path / "etc" / "jupyter_server_config.d" / "slo_workbench.json").read_text())
    page = told["ServerApp"]["default_url"].removeprefix("/lab/tree/")
    assert (tmp_path / page).is_file()
    assert (tmp_path / "etc" / "labconfig" / "default_setting_overrides.json").is_file()


def test_the_wheel_holds_every_notebook_and_the_worked_example_but_nothing_hidden_on_the_makers_machine():
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["sources"] == {"notebooks": "slo_workbench/notebooks", "data/stagedoor": "slo_workbench/data/stagedoor"}
    assert wheel["include"] == ["/slo_workbench", "/notebooks/*.ipynb", "/data/stagedoor"]
    assert wheel["exclude"] == [".*"]


def test_make_lab_makes_a_folder_that_git_ignores_and_opens_it():
    told = subprocess.run(["make", "--dry-run", "lab", "VENV=."], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "slo-workbench start workshop --example" in told
    assert "slo-workbench lab workshop" in told
    assert "/workshop/" in (PROJECT / ".gitignore").read_text().splitlines()


def test_every_dependency_is_in_the_lock_with_its_hash():
    lock = (PROJECT / "requirements.lock").read_text()
    locked = {normalised(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?==", lock, re.M)}
    groups = [project()["dependencies"], *(project()["optional-dependencies"][extra] for extra in ("lab", "test"))]
    wanted = {normalised(re.match(r"[A-Za-z0-9_.-]+", item)[0]) for group in groups for item in group}
    assert wanted - locked == set()
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", lock)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])


def test_every_dependency_has_a_range():
    for item in project()["dependencies"]:
        assert re.search(r">=[\d.]+", item), item


def test_no_file_names_a_package_registrys_host():
    files = subprocess.run(["git", "ls-files", *TRACKED_TEXT], cwd=PROJECT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not a git checkout, so the tracked files are not known")
    hosts = re.compile(r"https?://[a-z0-9.-]*(?:py" + r"pi|npm" + r"js|deb" + r"ian|python.?host" + r"ed)\.[a-z]+")
    assert [name for name in files.stdout.splitlines() if hosts.search((PROJECT / name).read_text(errors="replace"))] == []


def test_importing_the_package_loads_no_engine_plot_or_notebook_library():
    heavy = "ibis duckdb sqlglot pandas numpy pyarrow matplotlib papermill nbconvert IPython ipykernel pydantic ruamel tqdm".split()
    code = f"import sys, slo_workbench, slo_workbench.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]"


def test_arithmetic_and_the_document_load_no_engine_plot_or_notebook_library():
    heavy = "ibis duckdb sqlglot matplotlib papermill nbconvert IPython".split()
    code = (
        "import sys, slo_workbench.analysis.assessment, slo_workbench.document.yaml_file; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]"


def test_make_help_lists_every_command_of_the_readme():
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for command in ("setup", "proposal", "test", "lab", "check", "bench"):
        assert f"make {command}" in listed
    for command in re.findall(r"`make ([a-z]+)`", (PROJECT / "README.md").read_text()):
        assert f"make {command}" in listed
