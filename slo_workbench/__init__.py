"""A workbook for designing service level objectives from user journeys and request history."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("slo-workbench")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0"

__all__ = ["__version__"]
