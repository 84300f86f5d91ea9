"""Which code made a figure: the package's version, and a hash of its files for who works on it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from slo_workbench import __version__

__all__ = ["code_version"]


@cache
def code_version() -> str:
    """Return the version of the package and the start of a hash over its source files, such as ``0.1.0+3f2a…``.

    Two runs with the same code version compute the same figures from the same inputs.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
