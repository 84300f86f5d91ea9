"""Imports of what Jupyter brings along, without the part that takes most of their time and that nothing here needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_grammar_of_addresses"]

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def without_grammar_of_addresses() -> Iterator[None]:
    """Import inside this block what imports jsonschema: notebooks, papermill, kernels.

    jsonschema compiles a grammar of international addresses as soon as it is imported, for schemas that ask for the format ``iri``, and
    does without it where it is not installed. No schema of a notebook or of ours asks for it. Whoever imports the grammar afterwards gets it.

    Examples
    --------
    >>> with without_grammar_of_addresses():
    ...     import nbformat
    >>> nbformat.current_nbformat
    4
    """
    if _GRAMMAR in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if sys.modules.get(_GRAMMAR, "") is None:
            del sys.modules[_GRAMMAR]
