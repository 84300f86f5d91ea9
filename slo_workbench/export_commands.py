"""The commands for other tools' files: ``export`` and ``import``."""

from __future__ import annotations

from argparse import Namespace

from slo_workbench.document.findings import Finding, FindingsError, has_errors, is_clean, render_findings

__all__ = ["export", "import_file"]

GOOD, FOUND = 0, 1
LARGEST_FILE_BYTES = 1_000_000


def export(given: Namespace) -> int:
    """Write the files that other tools run."""
    from slo_workbench.document import read_workbook
    from slo_workbench.exports.formats import EXPORT_FORMATS
    from slo_workbench.exports.write import write_exports

    workbook = read_workbook(given.workbook)
    formats = list(EXPORT_FORMATS) if "all" in given.format else given.format
    paths, findings = write_exports(workbook, given.workbook, formats, given.out)
    for path in paths:
        print(f"wrote {path}")
    print(render_findings(findings))
    return GOOD if is_clean(findings) and paths else FOUND


def import_file(given: Namespace) -> int:
    """Make a workbook of another tool's file."""
    from slo_workbench.document import write_workbook
    from slo_workbench.exports.imports import import_workbook

    if given.out.exists():
        hint = "name a new file, and copy what you want from it"
        raise FindingsError([Finding("file-exists", f"{given.out} is there already and is not overwritten", hint=hint)])
    with given.file.open("rb") as stream:
        content = stream.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise FindingsError(
            [Finding("file-too-large", f"{given.file} has more than {LARGEST_FILE_BYTES:,} bytes", hint="import one service at a time")]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FindingsError([Finding("not-utf8", f"{given.file} is no UTF-8 text", hint="save it as UTF-8")]) from None
    workbook, findings = import_workbook(text, format=given.format)
    findings = tuple(finding.at(file=str(given.file)) for finding in findings)
    if workbook is None or has_errors(findings):
        print(render_findings(findings))
        return FOUND
    given.out.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(workbook, given.out)
    print(f"wrote {given.out}\n{render_findings(findings)}\nnext: slo-workbench check {given.out} --no-data")
    return GOOD if is_clean(findings) else FOUND
