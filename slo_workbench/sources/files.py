"""Which files a path means, what format they have, and their fingerprint."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError

__all__ = ["FORMATS", "SourceFile", "find_files", "fingerprint", "first_lines", "recognise_format"]

FORMATS = ("parquet", "csv", "jsonl", "access_log")
_ENDINGS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}
_LOG_LINE = re.compile(r'^\S+ \S+ .{1,200}? \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:[\d:]{8} [+-]\d{4}\] "')
_SAMPLE_BYTES = 256 * 1024


@dataclass(frozen=True)
class SourceFile:
    """A file that was read: name, size in bytes and SHA-256 of its content."""

    name: str
    n_bytes: int
    sha256: str


def find_files(path: Path, *, source: str) -> tuple[Path, ...]:
    """Return the files a path, a folder of Parquet files or a glob pattern means, in order of name.

    Raises
    ------
    FindingsError
        With ``source-missing``, ``source-empty`` or ``source-is-folder``.
    """
    if any(sign in path.name for sign in "*?[") and not path.exists():
        files = tuple(sorted(item for item in path.parent.glob(path.name) if item.is_file()))
        if not files:
            raise _unreadable("source-missing", source, f"no file matches {path}", "look at the pattern, and from where it is read")
    elif path.is_dir():
        files = tuple(sorted(path.rglob("*.parquet")))
        if not files:
            raise _unreadable(
                "source-is-folder",
                source,
                f"{path} is a folder without Parquet files",
                "name a file in it, or a pattern such as logs/*.csv",
            )
    elif path.exists():
        files = (path,)
    else:
        raise _unreadable("source-missing", source, f"there is no file {path}", _neighbours(path))
    empty = [file for file in files if file.stat().st_size == 0]
    if empty:
        raise _unreadable("source-empty", source, f"{empty[0]} is empty", "was the export interrupted?")
    return files


def _neighbours(path: Path) -> str:
    from slo_workbench.document.findings import nearest_hint

    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; paths in a workbook are read from the workbook's folder"
    return nearest_hint(path.name, [item.name for item in path.parent.iterdir() if not item.name.startswith(".")])


def _unreadable(code: str, source: str, message: str, hint: str) -> FindingsError:
    return FindingsError([Finding(code, message, where=source, hint=hint)])


def first_lines(path: Path) -> tuple[str, ...]:
    """Return the complete lines among the first 256 kB of a text file, plain or gzip.

    Raises
    ------
    FindingsError
        ``source-binary`` when it is not text.
    """
    content = _first_bytes(path)
    if b"\0" in content[:4096] or _share_unprintable(content[:4096]) > 0.1:
        raise _unreadable(
            "source-binary",
            path.name,
            f"{path.name} is neither Parquet nor text",
            "give Parquet, CSV, JSON lines or an access log, plain or gzip; or name the format with --format",
        )
    lines = content.decode("utf-8", errors="replace").splitlines()
    return tuple(lines if len(content) < _SAMPLE_BYTES else lines[:-1])


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    if start[:2] != b"\x1f\x8b":
        return start
    try:
        return zlib.decompressobj(wbits=31).decompress(start, _SAMPLE_BYTES)
    except (zlib.error, gzip.BadGzipFile):
        raise _unreadable("source-damaged", path.name, f"{path.name} starts like gzip and is not", "make the file again") from None


def _share_unprintable(content: bytes) -> float:
    text = content.decode("utf-8", errors="replace")
    odd = sum(char == "\ufffd" or (ord(char) < 32 and char not in "\t\r\n\f\x1b") for char in text)
    return odd / max(len(text), 1)


def recognise_format(path: Path) -> str:
    """Say which of :data:`FORMATS` a file has, from its content first and its ending second."""
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    endings = [ending.lower() for ending in path.suffixes if ending.lower() not in (".gz", ".zst")]
    by_name = _ENDINGS.get(endings[-1]) if endings else None
    if by_name == "parquet":
        raise _unreadable("source-damaged", path.name, f"{path.name} is called Parquet and is not", "was the copy cut short?")
    lines = [line for line in first_lines(path) if line.strip()][:50]
    if lines and lines[0].lstrip().startswith("{"):
        return "jsonl"
    if sum(bool(_LOG_LINE.match(line)) for line in lines) > len(lines) / 2:
        return "access_log"
    return by_name or "csv"


def fingerprint(path: Path) -> SourceFile:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return SourceFile(path.name, path.stat().st_size, digest.hexdigest())
