"""The files of a ballot box, which anybody may have put there: written whole, read with suspicion."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from slo_workbench.atomic_files import replace_text
from slo_workbench.ballots.ballot import VotePart, VotePartT, parse_part, render_part
from slo_workbench.document.findings import Finding, printable
from slo_workbench.errors import UnusableValue

__all__ = ["VoteFile", "read_vote_file", "read_vote_files", "write_vote_file"]

LARGEST_FILE_BYTES = 200_000


@dataclass(frozen=True)
class VoteFile(Generic[VotePartT]):
    """One file as it was read: the hash of its bytes, what it says (``None`` when nothing usable), and what is wrong with it."""

    name: str
    sha256: str
    part: VotePartT | None
    findings: tuple[Finding, ...] = ()


def write_vote_file(file: Path, part: VotePart) -> None:
    """Write a part in one step; ``UnusableValue`` when it is too long, or something foreign (a link, a folder) stands in its place."""
    text = render_part(part)
    if len(text.encode()) > LARGEST_FILE_BYTES or parse_part(text, type(part))[0] != part:
        raise UnusableValue(f"{file.name} would have more than {LARGEST_FILE_BYTES:,} bytes, or not read back the same; shorten its texts")
    for path, is_foreign in ((file.parent, not file.parent.is_dir()), (file, file.is_dir())):
        if path.is_symlink() or (path.exists() and is_foreign):
            raise UnusableValue(f"{path} is a link or of another kind and is left alone; move it away, then try again")
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, text)


def read_vote_files(
    folder: Path, kind: type[VotePartT], *, journey: str, leave_out: re.Pattern[str] | None = None
) -> list[VoteFile[VotePartT]]:
    """Read a folder's files by name, without hidden ones and names that match ``leave_out``; whatever they hold becomes findings."""
    if not os.path.lexists(folder):
        return []
    if folder.is_symlink() or not folder.is_dir():
        return [_unread(folder, Finding("not-a-folder", "this is a link or a file, and is not looked into", hint="move it away"))]
    names = sorted(name for name in os.listdir(folder) if not name.startswith(".") and not (leave_out and leave_out.fullmatch(name)))
    return [read_vote_file(folder / name, kind, journey=journey) for name in names]


def read_vote_file(path: Path, kind: type[VotePartT], *, journey: str) -> VoteFile[VotePartT]:
    """Read one file that anybody may have put there: links, devices and large files are not opened, tags not followed."""
    content = _bytes_of(path)
    if isinstance(content, Finding):
        return _unread(path, content)
    digest = hashlib.sha256(content).hexdigest()
    try:
        part, findings = parse_part(content.decode("utf-8-sig"), kind)
    except UnicodeDecodeError:
        return _unread(path, Finding("not-utf8", "the file is no UTF-8 text", hint="save it as UTF-8"), digest)
    if part is not None and part.journey != journey:
        hint = f"move it to votes/{part.journey}, or correct its journey"
        return _unread(path, Finding("other-journey", f"this is for '{part.journey}', the box for '{journey}'", hint=hint), digest)
    return VoteFile(path.name, digest, part, _of_file(path, findings))


def _unread(path: Path, finding: Finding, digest: str = "") -> VoteFile[Any]:
    return VoteFile(path.name, digest, None, _of_file(path, (finding,)))


def _of_file(path: Path, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding.at(file=printable(path.name), severity="warning") for finding in findings)


def _bytes_of(path: Path) -> bytes | Finding:
    """Read a regular file; never waits for a pipe, never follows a link, never reads more than a ballot can have."""
    if path.suffix.lower() not in (".yaml", ".yml") or not path.name.isprintable():
        return Finding("not-a-ballot", "only files with a plain name that ends in .yaml are looked at", hint="move it out of the box")
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Finding("not-a-file", "this is a link, folder, device or pipe and is not opened", hint="put the file itself here")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        return Finding("file-unreadable", f"the file cannot be read: {error.strerror}", hint="look at its permissions")
    if len(content) > LARGEST_FILE_BYTES:
        return Finding("file-too-large", f"a ballot has at most {LARGEST_FILE_BYTES:,} bytes", hint="shorten its comments")
    return content
