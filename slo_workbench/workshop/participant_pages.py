"""Each participant's own page: a copy of ``your_page.ipynb`` under their name, so that nobody sees what others set before the reveal."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.ballots.room_files import file_name_of
from slo_workbench.ballots.room_part import read_name, read_role
from slo_workbench.errors import UnusableValue

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["PAGE", "page_for", "page_names", "write_participant_pages"]

PAGE = "your_page.ipynb"


def page_names(participants: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return name and role of each participant, by the file name of their page.

    Parameters
    ----------
    participants : sequence of str
        ``NAME``, or ``NAME=ROLE``.

    Raises
    ------
    UnusableValue
        When a name is none, or stands there twice.

    Examples
    --------
    >>> page_names(["developer", "Zoe Example=product"])
    {'your_page_developer.ipynb': ('developer', ''), 'your_page_zoe-example.ipynb': ('Zoe Example', 'product')}
    """
    pages: dict[str, tuple[str, str]] = {}
    for text in participants:
        written, _, role = text.partition("=")
        name = read_name(written, "a participant")
        if name in [other for other, _ in pages.values()]:
            raise UnusableValue(f"the participant {name!r} is named twice; add something that tells the two apart")
        long = file_name_of(name).removesuffix(".yaml")
        short = re.sub(r"-[0-9a-f]{16}$", "", long)
        page = f"your_page_{short}.ipynb"
        pages[f"your_page_{long}.ipynb" if page in pages else page] = (name, read_role(role.strip(), "a role"))
    return pages


def page_for(notebook: NotebookNode, *, participant: str, role: str = "") -> NotebookNode:
    """Return a copy of the page in which a participant's name and role are the defaults of its parameters."""
    copied = deepcopy(notebook)
    for cell in copied.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            cell.source = _with_defaults(cell.source, {"participant": participant, "role": role})
    return copied


def _with_defaults(source: str, defaults: dict[str, str]) -> str:
    lines = source.split("\n")
    for node in ast.parse(source).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant() as value) if name in defaults:
                line = lines[value.lineno - 1].encode()  # ast counts columns in bytes
                new = json.dumps(defaults[name], ensure_ascii=False).encode()
                lines[value.lineno - 1] = (line[: value.col_offset] + new + line[value.end_col_offset :]).decode()
    return "\n".join(lines)


def write_participant_pages(folder: Path, participants: Sequence[str]) -> tuple[str, ...]:
    """Write a page for each participant beside the folder's ``your_page.ipynb``, and return the names of the files."""
    import nbformat

    pages = page_names(participants)
    if pages and not (folder / PAGE).exists():
        raise UnusableValue(f"there is no {PAGE} to copy for the participants")
    for file, (name, role) in pages.items():
        nbformat.write(page_for(nbformat.read(folder / PAGE, as_version=4), participant=name, role=role), folder / file)
    return tuple(pages)
