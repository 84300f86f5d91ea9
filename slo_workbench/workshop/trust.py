"""Notebooks that JupyterLab shows with their pictures and sliders at once: signed with the user's own key before Lab opens.

A signature says "I trust what this notebook shows". One without outputs shows nothing, so signing it is safe; one that came with outputs
may carry scripts of whoever made it, and is left to the user.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from slo_workbench.document.findings import Finding

__all__ = ["trust_notebooks"]

LARGEST_NOTEBOOK_BYTES = 200_000_000


def trust_notebooks(files: Iterable[Path]) -> tuple[Finding, ...]:
    """Sign those notebooks that have no outputs yet; what Lab itself signed stays signed.

    Parameters
    ----------
    files : iterable of Path

    Returns
    -------
    tuple of Finding
        A note for each notebook with outputs that were not made by this user, and a warning for each file that is no notebook.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    findings = []
    try:
        for file in files:
            try:
                _refuse_odd(file)
                notebook = nbformat.read(file, as_version=4)
            # JSON of another shape makes nbformat stumble over what it took for cells
            except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, nbformat.ValidationError) as error:
                hint = "start a new folder with slo-workbench start, and take the notebook from there"
                reason = (str(error).splitlines() or ["unreadable"])[0]
                findings.append(Finding("notebook-unreadable", f"is no notebook: {reason}", "warning", hint=hint, file=str(file)))
                continue
            if notary.check_signature(notebook):
                continue
            if any(cell.get("outputs") for cell in notebook.cells):
                findings.append(_foreign_outputs(file))
            else:
                notary.sign(notebook)
    finally:
        notary.store.close()
    return tuple(findings)


def _refuse_odd(file: Path) -> None:
    """Refuse what would not end: a pipe, a device, a link to one, a file that no notebook is as large as."""
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("a link, folder, device or pipe")
    if status.st_size > LARGEST_NOTEBOOK_BYTES:
        raise ValueError(f"it has more than {LARGEST_NOTEBOOK_BYTES:,} bytes")


def _foreign_outputs(file: Path) -> Finding:
    message = "has outputs that were not made here, so Lab shows them without scripts and sliders"
    hint = "run it again (Run > Run All Cells), or, if you trust whoever made it: jupyter trust FILE"
    return Finding("notebook-not-trusted", message, "note", hint=hint, file=str(file))
