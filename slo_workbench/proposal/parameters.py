"""The parameters of a notebook: read from its ``parameters`` cell and checked before a kernel starts.

papermill only logs an unknown name and runs to the end on the default; here it is refused.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.quick_import import without_grammar_of_addresses

__all__ = ["Parameter", "check_parameters", "read_parameters", "read_values", "require_parameters"]

_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: name, type, default, and what its comment says."""

    name: str
    kind: str
    default: Any
    meaning: str


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """Read the cell tagged ``parameters`` of a notebook.

    Every line reads ``name: type = default  # meaning``; the types are str, int, float and bool.

    Raises
    ------
    UnusableValue
        When the file is no notebook, has no such cell or several, or a line is of another form.
    """
    with without_grammar_of_addresses():
        import nbformat

    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise UnusableValue(f"{notebook} is no notebook: {error}") from None
    tagged = [cell.source for cell in cells if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise UnusableValue(
            f"{notebook.name} has {len(tagged)} code cells tagged 'parameters'; it needs one, and papermill reads the first"
        )
    try:
        body = ast.parse(tagged[0]).body
    except SyntaxError as error:
        raise UnusableValue(f"the parameters cell of {notebook.name} is no Python: {error}") from None
    lines = tagged[0].splitlines()
    return {parameter.name: parameter for parameter in (_read_line(line, lines, notebook.name) for line in body)}


def _read_line(node: ast.stmt, lines: list[str], notebook: str) -> Parameter:
    wanted = f"line {node.lineno} of the parameters cell of {notebook} reads: name: type = default  # meaning"
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value) if kind in _TYPES:
            try:
                default = ast.literal_eval(value)
            except ValueError:
                raise UnusableValue(f"{wanted}, with a plain default") from None
            return Parameter(name, kind, default, lines[node.lineno - 1].partition("#")[2].strip())
    raise UnusableValue(f"{wanted}; types are {', '.join(_TYPES)}")


def check_parameters(values: Mapping[str, Any], known: Mapping[str, Parameter]) -> None:
    """Refuse parameters that the notebook does not have, or of another type.

    Raises
    ------
    UnusableValue
        Naming every one that is wrong, with the nearest name there is.

    Examples
    --------
    >>> check_parameters({"sed": 1}, {"seed": Parameter("seed", "int", 7, "")})
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: unknown parameter 'sed': did you mean 'seed'?
    """
    wrong = []
    for name, value in values.items():
        if name not in known:
            wrong.append(f"unknown parameter {name!r}: {nearest_hint(name, known)}")
        elif not isinstance(value, _TYPES[known[name].kind]) or (isinstance(value, bool) and known[name].kind != "bool"):
            wrong.append(f"parameter {name!r} is a {known[name].kind}, not {value!r}")
    if wrong:
        raise UnusableValue("; ".join(wrong))


def require_parameters(needed: Iterable[str], known: Mapping[str, Parameter], *, notebook: str) -> None:
    """Refuse a notebook that does not take what it is given.

    Raises
    ------
    UnusableValue
        Naming what its parameters cell lacks, and the lines to add.
    """
    missing = [name for name in needed if name not in known]
    if missing:
        lines = "; ".join(f"{name}: {'int = 0' if name == 'seed' else 'str = ' + chr(34) * 2}" for name in missing)
        raise UnusableValue(
            f"{notebook} has no parameter {', '.join(map(repr, missing))}, which a proposal is given: add to its parameters cell {lines}"
        )


def read_values(given: Mapping[str, str], known: Mapping[str, Parameter], *, taken: Iterable[str]) -> dict[str, Any]:
    """Read values written as text by the types of a notebook's parameters.

    Parameters
    ----------
    given : mapping of str to str
    known : mapping of str to Parameter
    taken : iterable of str
        Parameters that are set already and cannot be given.

    Raises
    ------
    UnusableValue
        Naming every one that is unknown, taken, or of another type.

    Examples
    --------
    >>> read_values({"days": "28", "draft": "true"}, {"days": Parameter("days", "int", 7, ""), "draft": Parameter("draft", "bool", False, "")}, taken=[])
    {'days': 28, 'draft': True}
    """
    values: dict[str, Any] = {}
    wrong = []
    for name, text in given.items():
        if name in taken:
            wrong.append(f"parameter {name!r} is set by propose itself")
        elif name not in known:
            wrong.append(f"unknown parameter {name!r}: {nearest_hint(name, known)}")
        else:
            try:
                values[name] = _READS[known[name].kind](text)
            except (ValueError, KeyError):
                wrong.append(f"parameter {name!r} is a {known[name].kind}, not {text!r}")
    if wrong:
        raise UnusableValue("; ".join(wrong))
    return values


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


_READS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": _finite,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
}
