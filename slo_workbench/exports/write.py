"""Exports to files: all of them, or none where anything is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from slo_workbench.analysis.alert_tiers import tiers_of
from slo_workbench.atomic_files import replace_text
from slo_workbench.document.findings import Finding, has_errors, nearest_hint
from slo_workbench.document.model import Workbook
from slo_workbench.document.references import find_reference_problems
from slo_workbench.exports.formats import EXPORT_FORMATS
from slo_workbench.exports.origin import MADE_BY, origin_of
from slo_workbench.exports.targets import TiersOf, export_objectives

__all__ = ["render_exports", "write_exports"]

HEAD_BYTES = 600


def render_exports(
    workbook: Workbook, workbook_path: Path, formats: Sequence[str] = (), *, tiers: TiersOf = tiers_of
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Give the text of every file, by its path below the folder to write into.

    Parameters
    ----------
    workbook : Workbook
    workbook_path : Path
        Its file, named in every export with its hash.
    formats : sequence of str
        Names of :data:`~slo_workbench.exports.formats.EXPORT_FORMATS`; all when left out. Each has a folder of its own.
    tiers : callable, optional
        Gives the alert tiers of a window.

    Returns
    -------
    (dict of path to text, tuple of Finding)
        No file when a finding is an error.
    """
    unknown = [name for name in formats if name not in EXPORT_FORMATS]
    found = [Finding("unknown-format", f"there is no export format {name!r}", hint=nearest_hint(name, EXPORT_FORMATS)) for name in unknown]
    found += [problem for problem in find_reference_problems(workbook) if problem.severity == "error"]
    try:
        content = workbook_path.read_bytes()
    except OSError as error:
        message = f"the workbook's file cannot be read: {error.strerror}"
        found.append(Finding("file-unreadable", message, hint="exports name it with its hash", file=str(workbook_path)))
    if found:
        return {}, tuple(found)
    objectives, told = export_objectives(workbook, origin_of(workbook_path, content), tiers=tiers)
    found += told
    texts: dict[str, str] = {}
    for name in dict.fromkeys(formats or EXPORT_FORMATS) if objectives else ():
        files, remarks = EXPORT_FORMATS[name](workbook, objectives)
        texts |= {f"{name}/{file}": text for file, text in files.items()}
        found += remarks
    return ({} if has_errors(found) else texts), tuple(found)


def write_exports(
    workbook: Workbook, workbook_path: Path, formats: Sequence[str], out: Path, *, tiers: TiersOf = tiers_of
) -> tuple[tuple[Path, ...], tuple[Finding, ...]]:
    """Write the exports of a workbook; nothing at all when any format has an error.

    Each file is replaced in one step. Files that an earlier export left and that are not made any more stay, with a
    warning: rules of a renamed objective go on alerting.

    Parameters
    ----------
    workbook : Workbook
    workbook_path : Path
    formats : sequence of str
        All when empty.
    out : Path
        Folder, made where there is none.
    tiers : callable, optional

    Returns
    -------
    (tuple of Path, tuple of Finding)
        The files written.
    """
    texts, found = render_exports(workbook, workbook_path, formats, tiers=tiers)
    written: list[Path] = []
    problems: list[Finding] = []
    for name, text in texts.items():
        path = out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, text)
        except OSError as error:
            message = f"the file cannot be written: {error.strerror}; {len(written)} of {len(texts)} files are"
            problems.append(Finding("file-unwritable", message, hint="look at the folder and its permissions", file=str(path)))
            break
        written.append(path)
    if written and not problems:
        problems += _left_over({out / name.split("/")[0] for name in texts}, set(written))
    return tuple(written), (*found, *problems)


def _left_over(folders: Iterable[Path], written: set[Path]) -> Iterator[Finding]:
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and path not in written):
        with path.open("rb") as stream:
            is_ours = MADE_BY.encode().lower() in stream.read(HEAD_BYTES).lower()
        if is_ours:
            hint = "delete it, and its rules where they are loaded"
            yield Finding("stale-export", "an earlier export made this file, and this one does not", "warning", hint, file=str(path))
