"""Compressed files as the engine needs them: whole, and called what they are.

DuckDB goes by the ending of a name, reads the first part of a file that was cut short as if it were all,
and does not compare checksums. So every compressed file is read through once before: about a second for
300 MB of text.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.rows import Refusal

__all__ = ["ReadableFiles", "first_bytes", "readable_files", "unpacked"]

_CHUNK_BYTES = 1 << 20
# RFC 1952, section 2.3.1, and RFC 8878, section 3.1.1
_MARKS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_ENDINGS = {"gzip": ".gz", "zstd": ".zst"}


class _CutShort(Exception):
    """The compressed data stops before its end mark."""


class _Damaged(Exception):
    """The compressed data is no longer what was compressed."""


@dataclass(frozen=True)
class ReadableFiles:
    """Files the engine can read in full: the given ones, or what could be saved of them."""

    paths: tuple[Path, ...]
    refusals: tuple[Refusal, ...] = ()
    findings: tuple[Finding, ...] = ()


def first_bytes(path: Path, n_bytes: int) -> bytes | None:
    """Return the first bytes of a file's content, unpacked; ``None`` when it cannot be unpacked at all."""
    content = b""
    try:
        for part in unpacked(path):
            content += part
            if len(content) >= n_bytes:
                break
    except _CutShort:
        return content
    except _Damaged:
        return content or None
    return content[:n_bytes]


@contextmanager
def readable_files(files: Sequence[Path]) -> Iterator[ReadableFiles]:
    """Give files that the engine can read in full; copies, where some are needed, last as long as the block.

    A file that was cut short is read up to its last complete line, with a warning; the line it breaks off in
    is a refused row. One whose checksum is wrong is refused as a whole, as no line of it can be trusted.

    Raises
    ------
    FindingsError
        ``source-damaged``.
    """
    with tempfile.TemporaryDirectory(prefix="slo-workbench-") as folder:
        paths: list[Path] = []
        refusals: list[Refusal] = []
        findings: list[Finding] = []
        for number, file in enumerate(files):
            kind = _kind_of(file)
            try:
                if kind is None or _is_whole(file):
                    paths.append(_well_named(file, kind, Path(folder) / str(number)))
                    continue
                saved = _save_lines(file, Path(folder) / str(number))
            except _Damaged as error:
                message = f"{file.name} is damaged: {error}"
                raise FindingsError([Finding("source-damaged", message, hint="copy it again, or leave it out")]) from None
            paths.append(saved.path)
            findings.append(_cut_short(file, kind, saved))
            if saved.rest:
                refusals.append(Refusal("cut-short", 1, saved.rest.decode("utf-8", errors="replace")))
        yield ReadableFiles(tuple(paths), tuple(refusals), tuple(findings))


def _kind_of(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(4)
    return next((kind for mark, kind in _MARKS.items() if start.startswith(mark)), None)


def unpacked(path: Path) -> Iterator[bytes]:
    """Give the content of a plain or compressed file in parts of at most a megabyte; those of a cut file end by an exception."""
    kind = _kind_of(path)
    with path.open("rb") as file:
        if kind == "gzip":
            yield from _gunzipped(file)
        elif kind == "zstd":
            yield from _unzstd(file)
        else:
            while part := file.read(_CHUNK_BYTES):
                yield part


def _gunzipped(file: IO[bytes]) -> Iterator[bytes]:
    """Give the content of all members of a gzip file."""
    member, is_between, waiting = zlib.decompressobj(wbits=31), True, b""
    while packed := waiting or file.read(_CHUNK_BYTES):
        part, waiting = _inflated(member, packed)
        yield part
        is_between = member.eof
        if member.eof:
            waiting, member = member.unused_data, zlib.decompressobj(wbits=31)
    if not is_between:
        yield member.flush()
        if not member.eof:
            raise _CutShort


def _inflated(member: zlib._Decompress, packed: bytes) -> tuple[bytes, bytes]:
    try:
        return member.decompress(packed, _CHUNK_BYTES), member.unconsumed_tail
    except zlib.error as error:
        raise _Damaged(str(error)) from None


def _unzstd(file: IO[bytes]) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(file, "zstd") as stream:
        try:
            # what is read together with the point of the cut is lost
            while part := stream.read(_CHUNK_BYTES >> 6):
                yield part
        except OSError as error:
            raise (_CutShort if "Truncated" in str(error) else _Damaged(str(error))) from None


def _is_whole(path: Path) -> bool:
    try:
        for _ in unpacked(path):
            pass
    except _CutShort:
        return False
    return True


def _well_named(file: Path, kind: str | None, folder: Path) -> Path:
    """Return the file, or a link to it under a name that says how it is packed."""
    ending = _ENDINGS.get(kind or "", "")
    is_right = file.suffix.lower() == ending if ending else file.suffix.lower() not in _ENDINGS.values()
    if is_right:
        return file
    folder.mkdir()
    link = folder / (file.name + (ending or ".txt"))
    os.symlink(file.resolve(), link)
    return link


@dataclass(frozen=True)
class _Saved:
    path: Path
    n_lines: int
    rest: bytes


def _save_lines(file: Path, folder: Path) -> _Saved:
    """Write the complete lines of a file that was cut short; what follows the last of them is the rest."""
    folder.mkdir()
    path = folder / file.name.removesuffix(file.suffix)
    n_lines, rest = 0, b""
    with path.open("wb") as copy:
        try:
            for part in unpacked(file):
                lines, newline, behind = part.rpartition(b"\n")
                if newline:
                    copy.write(rest + lines + newline)
                    n_lines += lines.count(b"\n") + 1
                    rest = behind
                else:
                    rest += part
        except _CutShort:
            pass
    if not n_lines:
        raise _Damaged("it was cut short within its first line")
    return _Saved(path, n_lines, rest)


def _cut_short(file: Path, kind: str, saved: _Saved) -> Finding:
    return Finding(
        f"{kind}-cut-short",
        f"{file.name} ends before its end mark; its first {saved.n_lines:,} lines are used, and what followed is missing",
        severity="warning",
        count=saved.n_lines,
        hint="copy it again: nobody can tell how much is missing",
    )
