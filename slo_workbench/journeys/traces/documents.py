"""The JSON documents of a file: one for the whole file, or one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from slo_workbench.document.findings import FindingsError
from slo_workbench.journeys.traces.problems import Problems
from slo_workbench.sources.compressed_files import readable_files, unpacked

__all__ = ["json_documents"]

LARGEST_DOCUMENT_BYTES = 1 << 30
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def json_documents(path: Path, problems: Problems) -> Iterator[object]:
    """Give every JSON document of a plain, gzip or zstd file, whatever its name ends in.

    A first line that is a document by itself means one document a line. Otherwise the whole file is tried as one document, and, if it is
    none, line by line all the same. What cannot be read is counted in `problems`, which also keep the line of the document just given.
    """
    problems.file, problems.line = str(path), None
    if path.is_dir():
        problems.add("file-is-folder")
        return
    try:
        with readable_files([path]) as readable:
            problems.take(readable.findings)
            yield from _documents(readable.paths[0], problems)
    except FindingsError as error:
        problems.add("file-damaged", error.findings[0].message)
    except OSError as error:
        problems.add("file-missing", error.strerror)


def _documents(path: Path, problems: Problems) -> Iterator[object]:
    first = next((text for _, text in _lines(path, problems) if text.strip()), None)
    if first is None:
        if not problems.count("document-too-large"):
            problems.add("file-empty")
        return
    if _is_document(first):
        yield from _documents_by_line(path, problems)
        return
    content = _whole(path)
    if content is None:
        yield from _documents_by_line(path, problems)
        return
    try:
        document = _parsed(content)
    except ValueError as error:
        if any(_is_document(text) for _, text in _lines(path, problems)):
            yield from _documents_by_line(path, problems)
        else:
            problems.line = getattr(error, "lineno", None)
            problems.add("broken-json", error)
    else:
        problems.line = 1
        yield document


def _documents_by_line(path: Path, problems: Problems) -> Iterator[object]:
    for number, text in _lines(path, problems):
        if not text.strip():
            continue
        problems.line = number
        try:
            document = _parsed(text)
        except ValueError:
            problems.add("broken-json", text[:2000].decode("utf-8", errors="replace"))
        else:
            yield document


def _parsed(content: bytes) -> object:
    """Return the JSON value; what is nested too deep to be read is no better than broken."""
    try:
        return json.loads(content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", errors="replace"))
    except RecursionError:
        raise ValueError("nested too deep to be read") from None


def _is_document(text: bytes) -> bool:
    """Whether a line is a whole object or list that is not empty: one of those that a pretty-printed document hardly has alone."""
    try:
        value = _parsed(text)
    except ValueError:
        return False
    return bool(value) and isinstance(value, dict | list)


def _whole(path: Path) -> bytes | None:
    content = bytearray()
    for part in unpacked(path):
        content += part
        if len(content) > LARGEST_DOCUMENT_BYTES:
            return None
    return bytes(content)


def _lines(path: Path, problems: Problems) -> Iterator[tuple[int, bytes]]:
    """Give each line with its number; a line that grows too large ends the reading."""
    number, rest = 1, bytearray()
    for part in unpacked(path):
        *lines, behind = part.split(b"\n")
        for line in lines:
            yield number, bytes(rest) + line
            number, rest = number + 1, bytearray()
        rest += behind
        if len(rest) > LARGEST_DOCUMENT_BYTES:
            problems.line = number
            problems.add("document-too-large")
            return
    if rest:
        yield number, bytes(rest)
