"""Files and folders that are the old ones or the new ones, never half."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from slo_workbench.errors import UnusableValue

__all__ = ["new_folder", "refuse_foreign", "replace_text"]


def replace_text(path: Path, text: str) -> None:
    """Replace a file's text in one step: readers see the old one or the new one, never half of it.

    The mode of an old file is kept, and a link stays a link.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path, *, replaces: Collection[str] = ()) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of ``target`` when the block ends well.

    On an error, and on Ctrl-C, the target stays as it was and nothing is left beside it.

    Parameters
    ----------
    target : Path
    replaces : collection of str
        Names of files that an older folder may hold and that are replaced with it. A folder that holds anything
        else is somebody's work and is never touched.

    Raises
    ------
    UnusableValue
        When the target holds anything else, or is the folder the command runs in.
    """
    target = target.resolve()
    refuse_foreign(target, own=replaces)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", dir=target.parent))
    try:
        beside.chmod(0o755)
        yield beside
        refuse_foreign(target, own=replaces)
        _swap(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def refuse_foreign(target: Path, *, own: Collection[str]) -> None:
    """Refuse a folder that holds anything but our own files."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise UnusableValue(f"{target} is no folder and is left alone; name another one")
    if target.resolve() == Path.cwd().resolve():
        raise UnusableValue("the folder the command runs in cannot be replaced; name a new one")
    foreign = sorted(item.name for item in target.iterdir() if item.name not in own or item.is_dir())
    if foreign:
        shown = ", ".join(foreign[:3]) + (", …" if len(foreign) > 3 else "")
        raise UnusableValue(f"{target} holds other files ({shown}) and is left alone; name another folder, or move them")


def _swap(new: Path, target: Path) -> None:
    """Put a folder in another's place; whatever interrupts it, one of the two stands there at the end."""
    if not target.exists():
        os.replace(new, target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.old.", dir=target.parent))
    try:
        os.replace(target, aside / "old")
        os.replace(new, target)
    finally:
        if not target.exists():
            os.replace(aside / "old", target)
        shutil.rmtree(aside, ignore_errors=True)
