"""The files of a room's folders, which anybody may have put there: one a person, written whole, read with suspicion."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from slo_workbench.atomic_files import replace_text
from slo_workbench.ballots.room_part import PersonPart, RoomPart, RoomPartT, one_line, parse_part, render_part
from slo_workbench.document.findings import Finding, printable
from slo_workbench.errors import UnusableValue

__all__ = ["RoomFile", "file_name_of", "one_file_each", "read_room_file", "read_room_files", "warning_of", "write_room_file"]

LARGEST_FILE_BYTES = 200_000


@dataclass(frozen=True)
class RoomFile(Generic[RoomPartT]):
    """One file as it was read: the hash of its bytes, what it says (``None`` when nothing usable), and what is wrong with it."""

    name: str
    sha256: str
    part: RoomPartT | None
    findings: tuple[Finding, ...] = ()


PersonPartT = TypeVar("PersonPartT", bound=PersonPart)


def file_name_of(participant: str) -> str:
    """Return the name of a participant's file: readable where it can be, different for different names, allowed on every system.

    Examples
    --------
    >>> file_name_of("Product & Design"), file_name_of("../..")
    ('product-design-088356d49093922f.yaml', 'participant-0cfd1c96cbc0c0e0.yaml')
    """
    name = one_line(participant)
    plain = unicodedata.normalize("NFKD", name).lower().encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "participant"
    return f"{slug}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.yaml"


def write_room_file(file: Path, part: RoomPart) -> None:
    """Write a part in one step; ``UnusableValue`` when it is too long, or something foreign (a link, a folder) stands in its place."""
    text = render_part(part)
    if len(text.encode()) > LARGEST_FILE_BYTES or parse_part(text, type(part))[0] != part:
        raise UnusableValue(f"{file.name} would have more than {LARGEST_FILE_BYTES:,} bytes, or not read back the same; shorten its texts")
    for path, is_foreign in ((file.parent, not file.parent.is_dir()), (file, file.is_dir())):
        if path.is_symlink() or (path.exists() and is_foreign):
            raise UnusableValue(f"{path} is a link or of another kind and is left alone; move it away, then try again")
    _refuse_links_above(file.parent, part.FOLDER)
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, text)


def _link_above(folder: Path, room: str) -> Path | None:
    """Return the link on the way from a room's folder, such as ``votes``, down to one in it; ``None`` where there is none."""
    ways = [folder, *folder.parents]
    names = [place.name for place in ways]
    below = ways[: names.index(room) + 1] if room in names else ways[:1]
    return next((place for place in below if place.is_symlink()), None)


def _refuse_links_above(folder: Path, room: str) -> None:
    link = _link_above(folder, room)
    if link is not None:
        raise UnusableValue(f"{link} is a link and leads elsewhere, so nothing is written there; move it away, then try again")


def read_room_files(
    folder: Path, kind: type[RoomPartT], *, about: str, leave_out: re.Pattern[str] | None = None
) -> list[RoomFile[RoomPartT]]:
    """Read a folder's files by name, without hidden ones and names that match ``leave_out``; whatever they hold becomes findings."""
    if not os.path.lexists(folder):
        return []
    if _link_above(folder, kind.FOLDER) is not None or not folder.is_dir():
        return [_unread(folder, Finding("not-a-folder", "this is a link or a file, and is not looked into", hint="move it away"))]
    names = sorted(name for name in os.listdir(folder) if not name.startswith(".") and not (leave_out and leave_out.fullmatch(name)))
    return [read_room_file(folder / name, kind, about=about) for name in names]


def read_room_file(path: Path, kind: type[RoomPartT], *, about: str) -> RoomFile[RoomPartT]:
    """Read one file that anybody may have put there: links, devices and large files are not opened, tags not followed.

    What is about anything but ``about``, the id of a journey, question or objective, is a finding, too.
    """
    content = _bytes_of(path, kind)
    if isinstance(content, Finding):
        return _unread(path, content)
    digest = hashlib.sha256(content).hexdigest()
    try:
        part, findings = parse_part(content.decode("utf-8-sig"), kind)
    except UnicodeDecodeError:
        return _unread(path, Finding("not-utf8", "the file is no UTF-8 text", hint="save it as UTF-8"), digest)
    if part is not None and part.topic != about:
        hint = f"move it to {kind.FOLDER}/{part.topic}, or correct its {kind.TOPIC}"
        return _unread(path, Finding(f"other-{kind.TOPIC}", f"this is for '{part.topic}', its folder for '{about}'", hint=hint), digest)
    return RoomFile(path.name, digest, part, _of_file(path, findings))


def one_file_each(files: Sequence[RoomFile[PersonPartT]]) -> tuple[list[RoomFile[PersonPartT]], list[Finding]]:
    """Leave out what is nobody's part, and of two files of one participant the one that was not named here; of two such both."""
    found = [finding for file in files for finding in file.findings]
    times = Counter(file.part.participant for file in files if file.part)
    kept = []
    for file in files:
        if file.part and times[file.part.participant] > 1 and file.name != file_name_of(file.part.participant):
            message = f"one of {times[file.part.participant]} files of {file.part.participant}; this one does not count"
            found.append(warning_of(file.name, "participant-twice", message, "remove it, or let the participant write it again"))
        elif file.part:
            kept.append(file)
    return kept, found + _similar_names(kept)


def _similar_names(files: Sequence[RoomFile[PersonPartT]]) -> list[Finding]:
    looks = [unicodedata.normalize("NFKC", file.part.participant).casefold() if file.part else file.name for file in files]
    message, hint = "another participant's name differs in the case or form of letters only", "if they are one person, remove one file"
    alike = [file for file, look in zip(files, looks, strict=True) if looks.count(look) > 1]
    return [warning_of(file.name, "similar-names", message, hint) for file in alike]


def warning_of(name: str, code: str, message: str, hint: str) -> Finding:
    """Return a warning about a file of that name."""
    return Finding(code, message, severity="warning", hint=hint, file=printable(name))


def _unread(path: Path, finding: Finding, digest: str = "") -> RoomFile[Any]:
    return RoomFile(path.name, digest, None, _of_file(path, (finding,)))


def _of_file(path: Path, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding.at(file=printable(path.name), severity="warning") for finding in findings)


def _bytes_of(path: Path, kind: type[RoomPart]) -> bytes | Finding:
    """Read a regular file; never waits for a pipe, never follows a link, never reads more than a person's file can have."""
    if path.suffix.lower() not in (".yaml", ".yml") or not path.name.isprintable():
        code = f"not-{kind.NOUN.replace(' ', '-')}"
        return Finding(code, "only files with a plain name that ends in .yaml are looked at", hint="move it out of the folder")
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Finding("not-a-file", "this is a link, folder, device or pipe and is not opened", hint="put the file itself here")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        return Finding("file-unreadable", f"the file cannot be read: {error.strerror}", hint="look at its permissions")
    if len(content) > LARGEST_FILE_BYTES:
        return Finding("file-too-large", f"{kind.NOUN} has at most {LARGEST_FILE_BYTES:,} bytes", hint="shorten its texts")
    return content
