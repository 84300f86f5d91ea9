"""The formats of files: how each is recognised, and what reads it.

A new format is a module with a reader and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.access_logs import is_access_log, read_access_log
from slo_workbench.sources.files import first_lines, unreadable
from slo_workbench.sources.parquet import read_parquet
from slo_workbench.sources.rows import RawRows, SourceRequest
from slo_workbench.sources.text_files import read_delimited, read_json_lines

if TYPE_CHECKING:
    pass

__all__ = ["FORMATS", "FileFormat", "format_of"]

Reader = Callable[..., RawRows]
"""``reader(connection, files, *, table, request)`` reads files into the engine under the name ``table``."""


@dataclass(frozen=True)
class FileFormat:
    """A format of text files.

    Parameters
    ----------
    name : str
        As in ``--format`` and in the workbook.
    words : str
        As it is said aloud.
    read : callable
        See :data:`Reader`.
    recognises : callable, optional
        Whether the first lines (none of them blank) are of this format.
    endings : tuple of str
        Endings of file names that decide when the content does not.
    """

    name: str
    words: str
    read: Reader
    recognises: Callable[[Sequence[str]], bool] = lambda lines: False
    endings: tuple[str, ...] = ()


# In order of recognition: a format that could be taken for another stands before it.
_ALL = (
    FileFormat("parquet", "Parquet", read_parquet, endings=(".parquet", ".pq")),
    FileFormat("jsonl", "JSON lines", read_json_lines, lambda lines: lines[0].lstrip().startswith("{"), (".jsonl", ".ndjson", ".json")),
    FileFormat("access_log", "an access log, common or combined", read_access_log, is_access_log),
    FileFormat("csv", "separated values", read_delimited, endings=(".csv", ".tsv")),
)
FORMATS: dict[str, FileFormat] = {one.name: one for one in _ALL}
"""All formats by name."""


def format_of(files: Sequence[Path], request: SourceRequest) -> FileFormat:
    """Return the format a source has: the one asked for, or the one its files are recognised as.

    Raises
    ------
    FindingsError
        ``format-unknown``, ``formats-mixed``, or ``source-damaged`` for a file that is not what its name says.
    """
    if request.format != "auto":
        if request.format not in FORMATS:
            hint = nearest_hint(request.format, FORMATS)
            raise FindingsError([Finding("format-unknown", f"unknown format {request.format!r}", where=request.name, hint=hint)])
        return FORMATS[request.format]
    formats = {_recognise(file).name for file in files}
    if len(formats) > 1:
        message = f"the files have the formats {' and '.join(sorted(formats))}"
        raise FindingsError([Finding("formats-mixed", message, where=request.name, hint="one source each")])
    return FORMATS[formats.pop()]


def _recognise(path: Path) -> FileFormat:
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return FORMATS["parquet"]
    endings = [ending.lower() for ending in path.suffixes if ending.lower() not in (".gz", ".zst")]
    by_name = next((one for one in _ALL if endings and endings[-1] in one.endings), None)
    if by_name is FORMATS["parquet"]:
        raise unreadable("source-damaged", path.name, f"{path.name} is called Parquet and is not", "was the copy cut short?")
    lines = [line for line in first_lines(path) if line.strip()][:50]
    by_content = next((one for one in _ALL if lines and one.recognises(lines)), None)
    return by_content or by_name or FORMATS["csv"]
