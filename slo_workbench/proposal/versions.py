"""With what a proposal was made: the versions on which its figures depend."""

from __future__ import annotations

import platform
from importlib import metadata

from slo_workbench import __version__

__all__ = ["versions"]

_PACKAGES = ("pandas", "numpy", "matplotlib", "duckdb")


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python, and of the libraries that count and draw.

    Examples
    --------
    >>> list(versions())
    ['slo-workbench', 'python', 'pandas', 'numpy', 'matplotlib', 'duckdb']
    """
    return {
        "slo-workbench": __version__,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in _PACKAGES},
    }
