"""The parameters of the notebook that is running, held against what its parameters cell says of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.parameters import Parameter, check_parameters

__all__ = ["check_names", "check_notebook_parameters"]

_KINDS = {str: "str", int: "int", float: "float", bool: "bool"}


def check_notebook_parameters() -> None:
    """Refuse parameters of another type than the running notebook's parameters cell says; outside a notebook there are none.

    Raises
    ------
    UnusableValue
        Naming every one that is wrong; a notebook shows the sentence.
    """
    interactive = sys.modules.get("IPython")
    shell: Any = interactive.get_ipython() if interactive is not None else None
    if shell is not None:
        check_names(shell.user_ns)


def check_names(names: Mapping[str, Any]) -> None:
    """Hold annotated names against their annotations: text, whole numbers, numbers, and yes or no.

    Raises
    ------
    UnusableValue

    Examples
    --------
    >>> check_names({"__annotations__": {"target": str}, "target": 99.5})
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: parameter 'target' is a str, not 99.5
    """
    kinds = {name: _KINDS[kind] for name, kind in names.get("__annotations__", {}).items() if kind in _KINDS and name in names}
    check_parameters({name: names[name] for name in kinds}, {name: Parameter(name, kind, None, "") for name, kind in kinds.items()})
    broken = next((name for name, kind in kinds.items() if kind == "str" and "\0" in names[name]), None)
    if broken is not None:
        raise UnusableValue(f"parameter {broken!r} holds a NUL character, which no name and no file has")
