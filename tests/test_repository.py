"""What a stranger who clones the project relies on."""

import re
import subprocess
import sys
import tomllib

import pytest
from ruamel.yaml import YAML

from tests.conftest import PROJECT

TRACKED_TEXT = ("*.py", "*.md", "*.toml", "*.yml", "*.yaml", "*.ipynb", "*.lock", "*.txt", "*.j2", "*.css", "Makefile", ".ci/run", "*.csv")


def project():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def normalised(name):
    """Spell a package's name as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_conda_environment_names_the_package_with_its_extras_and_no_second_list():
    environment = YAML(typ="safe").load(PROJECT / "environment.yml")
    assert [item for item in environment["dependencies"] if isinstance(item, str)] == [f"python{project()['requires-python']}", "pip"]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    extras = re.fullmatch(r"-e \.\[([a-z,]+)\]", pip[0])[1].split(",")
    assert set(extras) <= set(project()["optional-dependencies"])


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
