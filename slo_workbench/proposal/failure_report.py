"""What is said when a proposal could not be made: where it stopped, on what, and what is left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.text_tables import printable

__all__ = ["FailureReport", "ProposalFailed", "words_of"]

LAST_LINES = 6
_LONGEST_LINE = 600
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class ProposalFailed(SloWorkbenchError):
    """A proposal could not be made; says which, at which cell, with what parameters, and where the partial notebook is.

    Parameters
    ----------
    message : str
    objectives : sequence of str
        Ids of those that could not be made.
    """

    def __init__(self, message: str, objectives: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.objectives = tuple(objectives)


@dataclass(frozen=True)
class FailureReport:
    r"""Why there is no new proposal for an objective.

    Parameters
    ----------
    objective : str
    what : str
        What happened, as a clause.
    parameters : mapping
        Those of the notebook.
    lines : sequence of str
        The last lines of the error, as the notebook shows them.
    partial : Path, optional
        The notebook up to where it stopped.

    Examples
    --------
    >>> print(FailureReport("up-28d", "cell 3 of own.ipynb failed with ValueError: no", {"seed": 7}, ["\x1b[31mValueError\x1b[0m: no"]).text)
    up-28d: cell 3 of own.ipynb failed with ValueError: no
        | ValueError: no
        parameters: seed = 7
        the proposal before this one, where there is one, stands as it was
    """

    objective: str
    what: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[str] = ()
    partial: Path | None = None

    @property
    def text(self) -> str:
        """The report, a line each for people; strangers' text does not steer the terminal."""
        said = [f"{self.objective}: {_plain(self.what)}"]
        last = [line for text in self.lines for line in text.splitlines() if line.strip()][-LAST_LINES:]
        said += [f"    | {_plain(line)}" for line in last]
        if self.parameters:
            said.append(f"    parameters: {_plain(', '.join(f'{name} = {value!r}' for name, value in self.parameters.items()))}")
        if self.partial is not None:
            said.append(f"    the partial notebook is {printable(str(self.partial))}")
        return "\n".join([*said, "    the proposal before this one, where there is one, stands as it was"])


def words_of(error: OSError) -> str:
    """Return what an error of the file system was, with its file."""
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}"


def _plain(text: str) -> str:
    line = printable(_ANSI.sub("", text))
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
