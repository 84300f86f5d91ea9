"""A proposal on disk: its folder, its figures, and what it says in one line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slo_workbench.proposal.forms import FORMS
from slo_workbench.units import counted

__all__ = ["WrittenProposal", "read_proposal"]


@dataclass(frozen=True)
class WrittenProposal:
    """A proposal on disk.

    Parameters
    ----------
    objective : str
    folder : Path
        Holds ``result.json`` and the forms asked for, such as ``proposal.html`` and ``proposal.ipynb``.
    result : dict
        The content of ``result.json``.
    is_unchanged : bool
        Whether it lay there already, made of the same.
    """

    objective: str
    folder: Path
    result: dict[str, Any]
    is_unchanged: bool = False

    @property
    def page(self) -> Path:
        """The file to open: the page, or else the first form there is."""
        return next(file for file in (self.folder / name for name in FORMS.values()) if file.exists())

    @property
    def line(self) -> str:
        """The proposal in one line."""
        fit = self.result["fit"]
        counts = {name: sum(found["severity"] == name for found in self.result["findings"]) for name in ("error", "warning")}
        marks = ", ".join(counted(n, name) for name, n in counts.items() if n)
        said = fit["sentence"] if fit["target"] is None and fit["stated_target"] is None else self.result["promise"]
        return f"{self.objective}: {said}{f' [{marks}]' if marks else ''}"

    @property
    def is_clean(self) -> bool:
        """Whether nothing above a note was found."""
        return all(found.get("severity") == "note" for found in self.result["findings"])


def read_proposal(objective: str, folder: Path, *, is_unchanged: bool = False) -> WrittenProposal:
    """Read a proposal from its folder."""
    return WrittenProposal(objective, folder, json.loads((folder / FORMS["json"]).read_text(encoding="utf-8")), is_unchanged)
