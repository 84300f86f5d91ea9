"""The worked example with its requests counted already, so that tests need not count them again and again."""

import shutil

import pytest

from slo_workbench.workshop.opening import open_workshop
from tests.conftest import STAGEDOOR


@pytest.fixture(scope="session")
def counted_stagedoor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counted") / "stagedoor"
    shutil.copytree(STAGEDOOR, folder)
    open_workshop(str(folder / "workbook.yaml")).history("requests")
    return folder


@pytest.fixture
def workshop(counted_stagedoor, tmp_path):
    """The worked example in a folder of its own, opened."""
    shutil.copytree(counted_stagedoor, tmp_path / "stagedoor")
    return open_workshop(str(tmp_path / "stagedoor" / "workbook.yaml"))
