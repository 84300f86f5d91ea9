"""An executed notebook as a page that opens anywhere: one file, no script, nothing from the network."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from slo_workbench.proposal.texts import DEFAULT_LANGUAGE, FixedTexts, read_texts

__all__ = ["in_language", "render_html"]

_PAGE = Path(__file__).parent / "page"


def render_html(notebook: Any, *, title: str, as_of: str = "") -> str:
    """Render an executed notebook without its input, its fixed texts in the language that its parameters ask for.

    nbconvert's own templates load scripts and fonts from content networks, so this package has a template
    of its own. A content security policy in the page forbids anything that is not part of it.

    Parameters
    ----------
    notebook : NotebookNode
    title : str
        Title of the page.
    as_of : str
        The day it is made.

    Raises
    ------
    UnusableValue
        When there are no texts in that language.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(extra_template_basedirs=[str(_PAGE.parent)], template_name=_PAGE.name)
    texts = read_texts(_language(notebook))
    shown = in_language(notebook, texts)
    resources = {
        "page_title": title,
        "page_day": as_of,
        "page_style": (_PAGE / "page.css").read_text(encoding="utf-8"),
        "page_headings": _headings(shown),
        "page_language": texts.language,
    }
    page, _ = exporter.from_notebook_node(shown, resources=resources)
    return str(page)


def in_language(notebook: Any, texts: FixedTexts) -> Any:
    """Return a notebook whose fixed cells, known by their ids, say what the texts say.

    A cell that somebody has changed in a notebook of their own stays as they wrote it.

    Parameters
    ----------
    notebook : NotebookNode
    texts : FixedTexts
    """
    translated, english = deepcopy(notebook), read_texts()
    for cell in translated.cells:
        text = texts.cell(cell.get("id", "")) if cell.cell_type == "markdown" else None
        if text is not None and english.cell(cell.id) == cell.source.strip():
            cell.source = text
    return translated


def _language(notebook: Any) -> str:
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    return str(parameters.get("language", DEFAULT_LANGUAGE))


def _headings(notebook: Any) -> list[dict[str, str]]:
    """Return the second-level headings with the anchors nbconvert gives them."""
    texts = [
        line[3:].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    return [{"text": text, "anchor": re.sub(r"\s", "-", text)} for text in texts]
