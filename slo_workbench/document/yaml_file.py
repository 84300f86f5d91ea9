"""The workbook file: read it, check it, write it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.findings import Finding, FindingsError, has_errors
from slo_workbench.document.model import Workbook
from slo_workbench.document.references import Parts, find_reference_problems, find_reference_problems_in_parts
from slo_workbench.document.validation import validate_workbook
from slo_workbench.document.yaml_merge import merge_into_text, render_workbook
from slo_workbench.document.yaml_nodes import ParsedYaml, parse_yaml

__all__ = ["CheckedWorkbook", "check_text", "check_workbook", "plan_text", "read_workbook", "write_workbook"]

LARGEST_FILE_BYTES = 5_000_000


@dataclass(frozen=True)
class CheckedWorkbook:
    """What a file says and what is wrong with it.

    Parameters
    ----------
    workbook : Workbook, optional
        ``None`` when the file cannot be understood. It is there, too, when only references between its parts are wrong.
    findings : tuple of Finding
    lines : tuple of str
        The lines of the file, for :func:`~slo_workbench.document.findings.render_findings`.
    """

    workbook: Workbook | None
    findings: tuple[Finding, ...]
    lines: tuple[str, ...] = ()
    positions: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def position_of(self, where: str) -> tuple[int, int] | None:
        """Give line and column, from 1, of a value such as ``indicators[0].valid``.

        A value that is not written there (a default, or one behind an alias) has the place of the part around it;
        a path that leads nowhere at all has none.
        """
        return _nearest_position(where, self.positions)


def check_workbook(path: str | os.PathLike[str]) -> CheckedWorkbook:
    """Read a workbook and give everything that is wrong with it; never raises for what a file may hold."""
    file = os.fspath(path)
    content = _read_bytes(Path(file))
    if isinstance(content, Finding):
        return CheckedWorkbook(None, (content.at(file=file),))
    text = _decoded(content)
    return CheckedWorkbook(None, (text.at(file=file),)) if isinstance(text, Finding) else check_text(text, file=file)


def check_text(text: str, *, file: str | None = None) -> CheckedWorkbook:
    r"""Check the text of a workbook.

    Examples
    --------
    >>> checked = check_text("service:\n  name: shop\n  ownr: web\n", file="workbook.yaml")
    >>> print(checked.findings[0])
    workbook.yaml:3:3: error[unknown-key] service.ownr: there is no key 'ownr' here
        hint: did you mean 'owner'?
    """
    parsed = parse_yaml(text)
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    found = list(parsed.findings)
    workbook = None
    if parsed.data is not None:
        workbook, reasons = validate_workbook(parsed.data)
        parts = Parts.of_data(parsed.data if isinstance(parsed.data, dict) else {})
        found += [*reasons, *(find_reference_problems(workbook) if workbook else find_reference_problems_in_parts(parts))]
    elif not found:
        hint = "begin with a line 'service:' and below it '  name: my-service'"
        found.append(Finding("empty-file", "the file is empty", hint=hint))
    if has_errors(parsed.findings):
        workbook = None  # what a tag, a merge key or a second key of the same name meant is anybody's guess
    placed = tuple(_placed(finding, parsed).at(file=file) for finding in found)
    return CheckedWorkbook(workbook, placed, lines, MappingProxyType(dict(parsed.positions)))


def read_workbook(path: str | os.PathLike[str]) -> Workbook:
    """Read a workbook that is in order.

    Raises
    ------
    FindingsError
        When anything forbids going on; it carries all the findings, warnings included.
    """
    checked = check_workbook(path)
    if checked.workbook is None or has_errors(checked.findings):
        raise FindingsError(checked.findings)
    return checked.workbook


def write_workbook(workbook: Workbook, path: str | os.PathLike[str]) -> None:
    """Write a workbook, into the file that is there or as a new one.

    In a file that is there, only what differs is touched: comments, order, quotes and numbers such as ``99.90%`` stay.
    The file is replaced in one step, or left as it was; it keeps its mode, and a link stays a link.

    Raises
    ------
    FindingsError
        When the file has errors (it is not overwritten), or the workbook has: parts that do not fit together.
    """
    before, after = plan_text(workbook, path)
    if after != before:
        replace_text(Path(path), after)


def plan_text(workbook: Workbook, path: str | os.PathLike[str]) -> tuple[str, str]:
    """Give the text of a file as it is, empty when there is none, and as it would be after writing.

    Raises
    ------
    FindingsError
        As for :func:`write_workbook`.
    """
    problems = find_reference_problems(workbook)
    if has_errors(problems):
        raise FindingsError(problems)
    if not Path(path).parent.is_dir():
        raise FindingsError(
            [Finding("folder-missing", "there is no such folder to write into", hint="create it first", file=os.fspath(path))]
        )
    if not os.path.lexists(path):
        before, after = "", render_workbook(workbook)
    else:
        old = read_workbook(path)
        before = Path(path).read_bytes().decode("utf-8-sig")
        after = before if old == workbook else _merged(before, old, workbook, path)
    if check_text(after).workbook != workbook:
        raise FindingsError([_unmergeable(path)])
    return before, after


def _merged(before: str, old: Workbook, new: Workbook, path: str | os.PathLike[str]) -> str:
    try:
        return merge_into_text(before, old, new)
    except ValueError:
        raise FindingsError([_unmergeable(path)]) from None


def _unmergeable(path: str | os.PathLike[str]) -> Finding:
    message = "the change cannot be made without disturbing other parts of the file"
    hint = "parts that repeat others by an alias (*name) must be written out first; or make this change by hand"
    return Finding("cannot-merge", message, hint=hint, file=os.fspath(path))


def _read_bytes(path: Path) -> bytes | Finding:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return Finding("not-a-file", "this is a folder", hint="give the path of the file in it, such as workbook.yaml")
        if not stat.S_ISREG(status.st_mode):
            return Finding("not-a-file", "this is a device or pipe, not a file", hint="save it as a file first")
        if status.st_size > LARGEST_FILE_BYTES:
            message = f"the file has {status.st_size:,} bytes; a workbook has at most {LARGEST_FILE_BYTES:,}"
            return Finding("file-too-large", message, hint="requests and counts belong in source files, named below 'sources:'")
        return path.read_bytes()
    except FileNotFoundError:
        return Finding("file-missing", "there is no such file", hint="look at the folder you are in, and at the spelling")
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Finding("file-unreadable", f"the file cannot be read: {reason}", hint="look at its permissions and its path")


def _decoded(content: bytes) -> str | Finding:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Finding("not-utf8", "the file is encoded as UTF-16", hint="save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # with a byte order mark, Python counts from behind it
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        message = f"the byte 0x{error.object[error.start]:02x} is not UTF-8 text"
        return Finding("not-utf8", message, hint="save the file as UTF-8 in your editor; is it a text file?", line=line, column=column)


def _placed(finding: Finding, parsed: ParsedYaml) -> Finding:
    if finding.line is not None:
        return finding
    is_about_key = finding.code == "unknown-key" or (finding.code == "bad-id" and finding.where.startswith("sources"))
    exact = parsed.key_positions.get(finding.where) if is_about_key else None
    place = exact or _nearest_position(finding.where, parsed.positions) or parsed.positions.get("")
    return finding.at(line=place[0], column=place[1]) if place else finding


def _nearest_position(where: str, positions: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
    while where and where not in positions:
        where = where[: max(where.rfind("."), where.rfind("["), 0)]
    return positions.get(where) if where else None
