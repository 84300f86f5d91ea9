"""Which files a path means, what format they have, and their fingerprint."""

from __future__ import annotations

import hashlib
import re
from glob import glob
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.compressed_files import first_bytes
from slo_workbench.sources.rows import SourceFile

__all__ = ["find_files", "fingerprint", "first_lines", "unreadable"]

_SAMPLE_BYTES = 256 * 1024
SAMPLED_BLOCKS, BLOCK_BYTES = 64, 2**20


def find_files(path: Path, *, source: str) -> tuple[Path, ...]:
    """Return the files a path, a folder of Parquet files or a glob pattern means, in order of name.

    Raises
    ------
    FindingsError
        With ``source-missing``, ``source-empty`` or ``source-is-folder``.
    """
    if any(sign in str(path) for sign in "*?[") and not path.exists():
        files = tuple(sorted(item for item in map(Path, glob(str(path), recursive=True)) if item.is_file()))
        if not files:
            raise unreadable(
                "source-missing", source, f"no file matches {_without_password(path)}", "look at the pattern, and from where it is read"
            )
    elif path.is_dir():
        files = tuple(sorted(path.rglob("*.parquet")))
        if not files:
            raise unreadable(
                "source-is-folder",
                source,
                f"{path} is a folder without Parquet files",
                "name a file in it, or a pattern such as logs/*.csv",
            )
    elif path.exists():
        files = (path,)
    else:
        raise unreadable("source-missing", source, f"there is no file {_without_password(path)}", _neighbours(path))
    odd = [file for file in files if any(sign in str(file) for sign in "*?[")]
    if odd:
        # the engine would take such a name for a pattern, and read other files
        message = f"the path of {odd[0].name} holds one of * ? [, which stand for a pattern"
        raise unreadable("source-name-odd", source, message, "rename the file or its folder")
    empty = [file for file in files if file.stat().st_size == 0]
    if empty:
        raise unreadable("source-empty", source, f"{empty[0]} is empty", "was the export interrupted?")
    return files


def _without_password(path: Path) -> str:
    """Return a path as it may be shown: what was meant as a database's URL and misspelt may hold a password."""
    return re.sub(r":[^:@/]*@", ":…@", str(path))


def _neighbours(path: Path) -> str:
    from slo_workbench.document.findings import nearest_hint

    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; paths in a workbook are read from the workbook's folder"
    return nearest_hint(path.name, [item.name for item in path.parent.iterdir() if not item.name.startswith(".")])


def unreadable(code: str, source: str, message: str, hint: str) -> FindingsError:
    """Return the error of a source that cannot be opened at all."""
    return FindingsError([Finding(code, message, where=source, hint=hint)])


def first_lines(path: Path) -> tuple[str, ...]:
    """Return the complete lines among the first 256 kB of a text file, plain, gzip or zstd, without the mark of UTF-8.

    The start of a line stands for it when it is longer than that.

    Raises
    ------
    FindingsError
        ``source-binary`` when it is not text.
    """
    content = first_bytes(path, _SAMPLE_BYTES)
    if content is None:
        hint = "make the file again"
        raise unreadable("source-damaged", path.name, f"{path.name} starts like a compressed file and is not", hint)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise unreadable("source-binary", path.name, f"{path.name} is text in UTF-16", "save it as UTF-8")
    # a single NUL is damage in one row; many are no text
    if content[:4096].count(b"\0") > 0.01 * len(content[:4096]) or _share_unprintable(content[:4096]) > 0.1:
        raise unreadable(
            "source-binary",
            path.name,
            f"{path.name} is neither Parquet nor text",
            "give Parquet, CSV, JSON lines or an access log, plain, gzip or zstd; or name the format with --format",
        )
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    return tuple(lines if len(content) < _SAMPLE_BYTES else lines[:-1] or lines)


def _share_unprintable(content: bytes) -> float:
    text = content.decode("utf-8", errors="replace")
    odd = sum(char == "\ufffd" or (ord(char) < 32 and char not in "\t\r\n\f\x1b") for char in text)
    return odd / max(len(text), 1)


def fingerprint(path: Path) -> SourceFile:
    """Return size and SHA-256 of a file; of 64 blocks spread over it, and its size, where it is larger than 64 MB.

    Reading a large file whole would take longer than counting its rows.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        if n_bytes <= SAMPLED_BLOCKS * BLOCK_BYTES:
            return SourceFile(path.name, n_bytes, hashlib.file_digest(file, "sha256").hexdigest())
        digest = hashlib.sha256(str(n_bytes).encode())
        for place in range(SAMPLED_BLOCKS):
            file.seek((n_bytes - BLOCK_BYTES) * place // (SAMPLED_BLOCKS - 1))
            digest.update(file.read(BLOCK_BYTES))
    return SourceFile(path.name, n_bytes, f"sampled:{digest.hexdigest()}")
