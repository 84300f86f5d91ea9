"""An executed notebook as a page that opens anywhere: one file, no script, nothing from the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ["render_html"]

_PAGE = Path(__file__).parent / "page"


def render_html(notebook: Any, *, title: str) -> str:
    """Render an executed notebook without its input.

    nbconvert's own templates load scripts and fonts from content networks, so this package has a template
    of its own. A content security policy in the page forbids anything that is not part of it.

    Parameters
    ----------
    notebook : NotebookNode
    title : str
        Title of the page.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(extra_template_basedirs=[str(_PAGE.parent)], template_name=_PAGE.name)
    resources = {"page_title": title, "page_style": (_PAGE / "page.css").read_text(encoding="utf-8"), "page_headings": _headings(notebook)}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    return str(page)


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
