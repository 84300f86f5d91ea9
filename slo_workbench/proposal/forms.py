"""The forms in which a proposal is written: a page, a document to print, the notebook, and figures for other programs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

__all__ = ["DEFAULT_FORMS", "FORMS", "INDEX_FILE", "check_forms", "modules_of_forms", "read_forms", "render_forms"]

FORMS = {"html": "proposal.html", "pdf": "proposal.pdf", "notebook": "proposal.ipynb", "json": "result.json"}
"""Each form with the name of its file."""
INDEX_FILE = "index.html"
"""The way into a folder of proposals, and into that of each service in it."""
DEFAULT_FORMS = ("html", "notebook", "json")


def read_forms(text: str) -> tuple[str, ...]:
    """Read names of forms, separated by commas; ``json`` is always among them, as an index and a comparison are made of it.

    Raises
    ------
    UnusableValue
        For a name that is none.

    Examples
    --------
    >>> read_forms("pdf, html")
    ('html', 'pdf', 'json')
    """
    named = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in named if name not in FORMS]
    if unknown or not named:
        raise UnusableValue(f"--format takes {', '.join(FORMS)}, separated by commas, not {text!r}: {nearest_hint(unknown[0], FORMS)}"
                            if unknown else f"--format takes {', '.join(FORMS)}, separated by commas")  # fmt: skip
    return tuple(name for name in FORMS if name in named or name == "json")


def check_forms(forms: Collection[str]) -> None:
    """Refuse a form for which something is not installed, before anything is made.

    Raises
    ------
    FindingsError
        For a PDF without WeasyPrint, or without the libraries that it needs.
    """
    if "pdf" in forms:
        from slo_workbench.proposal.pdf import check_pdf

        check_pdf()


def modules_of_forms(forms: Collection[str]) -> tuple[str, ...]:
    """Return the modules that writing these forms needs beside what every proposal needs."""
    return ("weasyprint",) if "pdf" in forms else ()


def render_forms(notebook: Any, folder: Path, forms: Collection[str], *, title: str, as_of: str = "") -> None:
    """Write an executed notebook in these forms into a folder; the figures were written by the notebook itself.

    Parameters
    ----------
    notebook : NotebookNode
    folder : Path
    forms : collection of str
        Among :data:`FORMS`.
    title : str
        Title of the page.
    as_of : str
        The day it is made.
    """
    if "html" in forms or "pdf" in forms:
        from slo_workbench.proposal.render import render_html

        page = render_html(notebook, title=title, as_of=as_of)
        if "html" in forms:
            (folder / FORMS["html"]).write_text(page, encoding="utf-8")
        if "pdf" in forms:
            from slo_workbench.proposal.pdf import write_pdf

            write_pdf(page, folder / FORMS["pdf"])
    if "notebook" in forms:
        import nbformat

        nbformat.write(notebook, folder / FORMS["notebook"])
