"""What many tests share: an engine, real data where it lies, and the worked example's History."""

import os
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).parents[1]
# Histories that tests keep lie apart from the user's own
os.environ.setdefault("SLO_WORKBENCH_CACHE", str(Path(tempfile.gettempdir(), f"slo-workbench-tests-{os.getuid()}")))
REAL_DATA = PROJECT.parent / "shared" / "data"
STAGEDOOR = PROJECT / "data" / "stagedoor"

settings.register_profile(
    "quick", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def engine():
    from slo_workbench.sources.engine import connect_engine

    with connect_engine() as connection:
        yield connection


def real_file(*parts: str) -> Path:
    """Return a file of real data, or skip: it is not part of the project."""
    path = REAL_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data {'/'.join(parts)} is not here; it is kept apart from the project")
    return path


@pytest.fixture(scope="session")
def stagedoor_workbook():
    from slo_workbench.document import read_workbook

    return read_workbook(STAGEDOOR / "workbook.yaml")


@pytest.fixture(scope="session")
def stagedoor_history(stagedoor_workbook):
    from slo_workbench.history.from_workbook import reduce_workbook

    with warnings.catch_warnings():
        return reduce_workbook(stagedoor_workbook, STAGEDOOR)


@pytest.fixture
def run(capsys):
    """Run a command and return its status, output and errors."""
    from slo_workbench.cli import main

    def run_command(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            status = exit_.code
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return status, captured.out, captured.err

    return run_command
