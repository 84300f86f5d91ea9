"""The forms in which a proposal is written: a page, a document to print, the notebook, and figures for other programs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import MissingExtra, UnusableValue

__all__ = ["DEFAULT_FORMS", "FORMS", "check_forms", "modules_of_forms", "read_forms", "render_forms"]

FORMS = {"html": "proposal.html", "pdf": "proposal.pdf", "notebook": "proposal.ipynb", "json": "result.json"}
"""Each form with the name of its file."""
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
    MissingExtra
        For a PDF without WeasyPrint.
    """
    if "pdf" in forms and importlib.util.find_spec("weasyprint") is None:
        raise MissingExtra("a PDF needs WeasyPrint, which is not installed: pip install 'slo-workbench[pdf]'")


def modules_of_forms(forms: Collection[str]) -> tuple[str, ...]:
    """Return the modules that writing these forms needs beside what every proposal needs."""
    return ("weasyprint",) if "pdf" in forms else ()


def render_forms(notebook: Any, folder: Path, forms: Collection[str], *, title: str) -> None:
    """Write an executed notebook in these forms into a folder; the figures were written by the notebook itself.

    Parameters
    ----------
    notebook : NotebookNode
    folder : Path
    forms : collection of str
        Among :data:`FORMS`.
    title : str
        Title of the page.
    """
    for form, write in _WRITERS.items():
        if form in forms:
            write(notebook, folder / FORMS[form], title)


def _write_html(notebook: Any, file: Path, title: str) -> None:
    from slo_workbench.proposal.render import render_html

    file.write_text(render_html(notebook, title=title), encoding="utf-8")


def _write_pdf(notebook: Any, file: Path, title: str) -> None:
    from slo_workbench.proposal.render import render_html

    weasyprint = importlib.import_module("weasyprint")
    weasyprint.HTML(string=render_html(notebook, title=title), url_fetcher=_own_parts_only).write_pdf(file)


def _own_parts_only(url: str, *rest: Any, **options: Any) -> Any:
    """Fetch what is part of the page; it asks nothing of the network, nor of the machine's files."""
    if not url.startswith("data:"):
        raise ValueError(f"a proposal loads nothing, and not {url[:80]}")
    return importlib.import_module("weasyprint").default_url_fetcher(url, *rest, **options)


def _write_notebook(notebook: Any, file: Path, title: str) -> None:
    import nbformat

    nbformat.write(notebook, file)


_WRITERS: dict[str, Callable[[Any, Path, str], None]] = {"html": _write_html, "pdf": _write_pdf, "notebook": _write_notebook}
