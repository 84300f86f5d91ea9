"""The ``parameters`` cell of a notebook, pointed at the folder the notebook is copied into."""

from __future__ import annotations

import ast
import json
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["EXAMPLE_PLACE", "for_folder", "parameters_for_folder"]

EXAMPLE_PLACE = "../data/stagedoor/"


def for_folder(notebook: NotebookNode, *, example: bool, plan: str, workbook_path: str = "workbook.yaml") -> NotebookNode:
    """Return a notebook whose parameters speak of the workbook beside it; the one given stays as it is.

    Parameters
    ----------
    notebook : NotebookNode
    example : bool
        Whether the folder holds the worked example; without it, ids of the example have no meaning there and become ``""``: the first.
    plan : str
        Name of the folder's agenda, for a parameter ``plan``.
    workbook_path : str
        The workbook the notebooks speak about, from the folder.
    """
    copied = deepcopy(notebook)
    for cell in copied.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            cell.source = parameters_for_folder(cell.source, example=example, plan=plan, workbook_path=workbook_path)
    return copied


def parameters_for_folder(source: str, *, example: bool, plan: str = "90min", workbook_path: str = "workbook.yaml") -> str:
    r"""Return the source of a ``parameters`` cell with its defaults changed, and nothing else: comments stay.

    Examples
    --------
    >>> cell = 'workbook_path: str = "../data/stagedoor/workbook.yaml"  # the workbook\nobjective_id: str = "buy-28d"  # which promise'
    >>> print(parameters_for_folder(cell, example=False))
    workbook_path: str = "workbook.yaml"  # the workbook
    objective_id: str = ""  # which promise
    """
    lines = source.split("\n")
    for node in reversed(ast.parse(source).body):  # from the end, so that places before a change stay right
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="str"), value=ast.Constant(value=str(default)) as value):
                if value.end_lineno != value.lineno:
                    continue
                line = lines[value.lineno - 1].encode()  # ast counts columns in bytes
                new = json.dumps(
                    _default_for(name, default, example=example, plan=plan, workbook_path=workbook_path), ensure_ascii=False
                ).encode()
                lines[value.lineno - 1] = (line[: value.col_offset] + new + line[value.end_col_offset :]).decode()
    return "\n".join(lines)


def _default_for(name: str, default: str, *, example: bool, plan: str, workbook_path: str) -> str:
    if name in ("workbook_path", "plan"):
        return {"workbook_path": workbook_path, "plan": plan}[name]
    if not example and (name.endswith("_id") or default.startswith(EXAMPLE_PLACE)):
        return ""
    # what lies beside the notebooks' folder in the project lies in the workshop's own
    return default.removeprefix(EXAMPLE_PLACE).removeprefix("../")
