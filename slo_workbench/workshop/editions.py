"""One notebook, two editions: what participants see, and what the facilitator sees beside it.

A cell says by its tags who it is for: ``facilitator`` (notes, timings, prompts), ``solution`` (worked answers), ``hide-input`` (code that
nobody needs to read) and ``parameters``.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["EDITIONS", "check_edition", "edition_of"]

EDITIONS = ("participant", "facilitator")
_HEADING = "**For the facilitator**"
# a computed answer is folded by the function that shows it
_FOLDED_IMPORT, _OPEN_IMPORT = "folded_answer import folded_answer", "folded_answer import open_answer as folded_answer"
_IS_HEADED = re.compile(r"[\W_]*(for the )?facilitator\b", re.IGNORECASE)
_DETAILS = re.compile(r"<details(?:\s+open(?:=(?:\"\"|''|\"open\"))?)?\s*>", re.IGNORECASE)


def check_edition(edition: str) -> str:
    """Return the edition, or refuse one there is not.

    Examples
    --------
    >>> check_edition("facilitater")
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: there is no edition 'facilitater': did you mean 'facilitator'?
    """
    if edition not in EDITIONS:
        raise UnusableValue(f"there is no edition {edition!r}: {nearest_hint(edition, EDITIONS)}")
    return edition


def edition_of(notebook: NotebookNode, edition: str) -> NotebookNode:
    """Return a notebook as participants or the facilitator get it; the one given stays as it is.

    Participants get no cell tagged ``facilitator``, and answers (``solution``) folded. The facilitator gets both, marked and open. Either
    way code tagged ``hide-input`` is collapsed, outputs are taken out, and every cell keeps its id. The parameters stay in sight:
    they are what a team changes.

    Parameters
    ----------
    notebook : NotebookNode
    edition : {"participant", "facilitator"}

    Raises
    ------
    UnusableValue
        When there is no such edition.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> note = new_markdown_cell("Ten minutes.", metadata={"tags": ["facilitator"]})
    >>> edition_of(new_notebook(cells=[note]), "participant").cells
    []
    >>> print(edition_of(new_notebook(cells=[note]), "facilitator").cells[0].source)
    > **For the facilitator**
    >
    > Ten minutes.
    """
    is_facilitators = check_edition(edition) == "facilitator"
    copied = deepcopy(notebook)
    copied.cells = [_edited(cell, is_facilitators) for cell in copied.cells if is_facilitators or "facilitator" not in _tags(cell)]
    return copied


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _edited(cell: NotebookNode, is_facilitators: bool) -> NotebookNode:
    tags = _tags(cell)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        is_folded_answer = "solution" in tags and not is_facilitators
        if ("hide-input" in tags and "parameters" not in tags) or is_folded_answer:
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
        if is_facilitators:
            cell.source = cell.source.replace(_FOLDED_IMPORT, _OPEN_IMPORT)
    if "solution" in tags and cell.cell_type == "markdown":
        cell.source = _answer(cell.source, is_open=is_facilitators)
    if "facilitator" in tags:
        cell.source = _marked(cell.source) if cell.cell_type == "markdown" else f"# For the facilitator\n{cell.source}"
    return cell


def _answer(source: str, *, is_open: bool) -> str:
    """Return an answer folded or open; one that was written without a fold gets its own."""
    if not _DETAILS.search(source):
        source = f"<details>\n<summary>Answer</summary>\n\n{source}\n\n</details>"
    return _DETAILS.sub("<details open>" if is_open else "<details>", source)


def _marked(source: str) -> str:
    """Return a note as a block quote under a heading: a border at the left, with no HTML that Lab would strip."""
    lines = source.strip().splitlines()
    is_quoted = all(line.startswith(">") for line in lines if line.strip())
    head = next((line for line in lines if line.strip()), "")
    if not _IS_HEADED.match(head):
        lines = [*((f"> {_HEADING}", ">") if is_quoted else (_HEADING, "")), *lines]
    return "\n".join(lines if is_quoted else [f"> {line}".rstrip() for line in lines])
