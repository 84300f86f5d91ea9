"""One at a time: whoever changes a file waits for the one who is changing it, so that neither loses what the other wrote."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError

__all__ = ["exclusive_change"]

_WAIT_BETWEEN_TRIES_S = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def exclusive_change(path: str | os.PathLike[str], *, patience_s: float = 20.0) -> Iterator[None]:
    """Hold a file for a change, from reading it to replacing it; others who ask for it wait.

    The lock is a hidden file beside it, ``.workbook.yaml.lock``, which the operating system lets go of when its holder ends, however it
    ends: one that a killed command left behind holds nobody up. Only who asks is held up; an editor is not. Where there is no such file
    there is nothing to lose, and nothing is locked. Do not ask twice for one file in one block: the second would wait for the first.

    Parameters
    ----------
    path : path
        A link is followed, so that two names of one file share a lock.
    patience_s : float
        How long to wait, in seconds.

    Raises
    ------
    FindingsError
        When the other one is not done by then; or when what is done meanwhile, or the lock itself, fails to write: the disk is full, the folder
        may not be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}")
    ...     with exclusive_change(file):
    ...         print(sorted(os.listdir(folder)))
    ...     print(os.listdir(folder))
    ['.workbook.yaml.lock', 'workbook.yaml']
    ['workbook.yaml']
    """
    target = Path(path).resolve()
    if not target.is_file():
        yield
        return
    lock = target.with_name(f".{target.name}.lock")
    try:
        descriptor = _acquired(lock, target, time.monotonic() + patience_s)
        try:
            yield
        finally:
            _release(lock, descriptor)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message, hint = (
            f"{target.name} cannot be changed: {reason}",
            "nothing is written; make room on the disk, or look at the folder's permissions",
        )
        raise FindingsError([Finding("file-unwritable", message, hint=hint, file=target.name)]) from None


def _acquired(lock: Path, target: Path, until: float) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            if _is_locked_now(descriptor) and _is_still_there(lock, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= until:
            message = f"somebody else is changing {target.name} and is not done"
            raise FindingsError([Finding("file-busy", message, hint="nothing is written; try again in a moment", file=target.name)])
        time.sleep(_WAIT_BETWEEN_TRIES_S)


def _is_locked_now(descriptor: int) -> bool:
    try:
        _try_lock(descriptor)
    except (BlockingIOError, PermissionError):  # the second is what Windows says
        return False
    return True


def _is_still_there(lock: Path, descriptor: int) -> bool:
    """Whether the file that is locked is the one others find: its last holder may have removed it in between."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(lock))
    except FileNotFoundError:
        return False


def _release(lock: Path, descriptor: int) -> None:
    try:
        lock.unlink(missing_ok=True)  # while it is held, so that nobody's lock is removed but one's own
    except PermissionError:
        pass  # Windows keeps a file that somebody has open
    finally:
        os.close(descriptor)
