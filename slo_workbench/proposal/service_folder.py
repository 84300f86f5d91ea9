"""The folder of a service's proposals: one run at a time writes there, and clears away what a run that was killed has left."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slo_workbench.errors import UnusableValue

__all__ = ["alone_in", "refuse_links"]

_LOCK = ".writing"
_HALF_MADE = re.compile(r"\.(?P<name>[a-z0-9_][a-z0-9_-]*)\.(?P<old>old\.)?[a-z0-9_]{8}")


def refuse_links(out: Path, names: Collection[str]) -> None:
    """Refuse a folder of proposals in which a link leads elsewhere: it may have come along with a stranger's workbook.

    Parameters
    ----------
    out : Path
        The service's; the folder it lies in is the one that the command line names, and may be a link.
    names : collection of str
        Of what is written in it.

    Raises
    ------
    UnusableValue
        When it, or what would be written in it, is a link.
    """
    link = next((one for one in (out, out / _LOCK, *(out / name for name in names)) if one.is_symlink()), None)
    if link is not None:
        raise UnusableValue(f"{link} is a link and leads elsewhere, so nothing is written there; move it away, or name another --out")


@contextmanager
def alone_in(out: Path, names: Collection[str]) -> Iterator[None]:
    """Keep a second run out of a folder while proposals are written: it would swap the History under them.

    Parameters
    ----------
    out : Path
    names : collection of str
        Of the folders that are written in it.

    Raises
    ------
    UnusableValue
        When another run is writing there.
    """
    lock = out / _LOCK
    out.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            _lock(file)
        except OSError:
            raise UnusableValue(f"another run is writing proposals into {out}; wait for it, or name another --out") from None
        try:
            _clear_away(out, names)
            yield
        finally:
            _clear_away(out, names)
            lock.unlink(missing_ok=True)


def _lock(file: Any) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _clear_away(out: Path, names: Collection[str]) -> None:
    """Remove half-made folders; an old proposal that was set aside, and not replaced, goes back to its place."""
    for item in sorted(out.iterdir()):
        found = _HALF_MADE.fullmatch(item.name)
        if found is None or found["name"] not in {name[:100] for name in names} or item.is_symlink() or not item.is_dir():
            continue
        aside, target = item / "old", out / found["name"]
        if found["old"] and aside.is_dir() and not target.exists() and len(found["name"]) < 100:
            os.replace(aside, target)
        shutil.rmtree(item, ignore_errors=True)
