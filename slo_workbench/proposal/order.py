"""What is wanted of a batch of proposals: of which workbook, with which notebook and parameters, in which forms, and where they go."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from slo_workbench.document import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.earlier_proposals import EARLIER_FILE, EarlierProposal
from slo_workbench.proposal.forms import FORMS
from slo_workbench.proposal.input_hash import ProposalInputs, what_changed
from slo_workbench.proposal.one_proposal import ProposalJob

__all__ = ["ProposalOrder", "chosen_objectives"]

NEEDED_PARAMETERS = ("workbook_path", "objective_id", "history_dir", "seed", "result_path")
"""What a notebook must take; ``as_of`` is given to one that takes it, and ``against`` must be taken where something is compared."""


@dataclass(frozen=True)
class ProposalOrder:
    """What is wanted of a batch.

    Parameters
    ----------
    workbook_path : Path
    workbook : Workbook
    out : Path
        Where the folders of the objectives go.
    history : Path
        The folder of the History that they share.
    template : Path
    own_parameters : mapping of str to str
        Values of the notebook's own parameters, as text.
    places : mapping of str to str
        Files or URLs to read instead of those the workbook names, by source.
    seed : int
    as_of : str
        The day the proposals are made.
    forms : sequence of str
    earlier : mapping of str to EarlierProposal
        What the proposals of objectives are compared with.
    """

    workbook_path: Path
    workbook: Workbook
    out: Path
    history: Path
    template: Path
    own_parameters: Mapping[str, str]
    places: Mapping[str, str]
    seed: int
    as_of: str
    forms: Sequence[str]
    earlier: Mapping[str, EarlierProposal] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> ProposalInputs:
        """Where the inputs lie, and what the command line adds to them; ``UnusableValue`` when the notebook is not there."""
        if not self.template.is_file():
            raise UnusableValue(
                f"there is no notebook {self.template}; --template names one of your own, leave it out for the one that comes along"
            )
        given = {"seed": self.seed, "as_of": self.as_of, "forms": list(self.forms), "parameters": dict(self.own_parameters)}
        return ProposalInputs(self.workbook, self.workbook_path.parent, self.places, self.template, given)

    def is_asked(self, objective: Objective) -> bool:
        """Whether its requests lie in a database, which tells what it has only when it is asked."""
        return self.inputs.is_asked(self.workbook.indicator(objective.indicator).source)

    def is_unchanged(self, objective: Objective, *, asked: str = "") -> bool:
        """Whether the proposal on disk would come out the same; ``asked`` is a hash of what a database has answered."""
        if self.is_asked(objective) and not asked:
            return False
        files = [*(FORMS[form] for form in self.forms), *([EARLIER_FILE] if objective.id in self.earlier else [])]
        return not what_changed(self._inputs_of(objective, asked), self.out / objective.id, files=files)

    def job(self, objective: Objective, parameters: Mapping[str, Any], *, asked: str = "") -> ProposalJob:
        """Return the proposal to write, with the parameters that were checked."""
        folder, inputs = self.out / objective.id, self._inputs_of(objective, asked if self.is_asked(objective) else "")
        earlier = self.earlier[objective.id].text if objective.id in self.earlier else ""
        return ProposalJob(
            objective.id, str(self.template.resolve()), str(folder.resolve()), parameters, self.forms, self.as_of, inputs, earlier=earlier
        )  # fmt: skip

    def _inputs_of(self, objective: Objective, asked: str) -> dict[str, str]:
        earlier = self.earlier.get(objective.id)
        return {**self.inputs.of(objective, asked=asked), "earlier": earlier.sha256 if earlier else ""}

    def checked_parameters(self, objectives: Sequence[Objective]) -> dict[str, dict[str, Any]]:
        """Return the notebook's parameters for each objective.

        Raises
        ------
        UnusableValue
            When the notebook does not take one of them, or one is of another type.
        """
        from slo_workbench.proposal.parameters import check_parameters, read_parameters, read_values, require_parameters

        known = read_parameters(self.template)
        require_parameters([*NEEDED_PARAMETERS, *(["against"] if self.earlier else [])], known, notebook=self.template.name)
        own = read_values(self.own_parameters, known, taken=[*NEEDED_PARAMETERS, "as_of", "against"])
        work = {}
        for objective in objectives:
            work[objective.id] = {**self._parameters_of(objective.id), **own}
            if "as_of" in known:
                work[objective.id]["as_of"] = self.as_of
            if objective.id in self.earlier:
                work[objective.id]["against"] = EARLIER_FILE
            check_parameters(work[objective.id], known)
        return work

    def _parameters_of(self, objective: str) -> dict[str, Any]:
        """Return what every notebook is given; paths are relative to its folder, so that it can be run again where it lies."""
        folder = (self.out / objective).resolve()
        return {
            "workbook_path": os.path.relpath(self.workbook_path.resolve(), folder),
            "objective_id": objective,
            "history_dir": os.path.relpath(self.history.resolve(), folder),
            "seed": self.seed,
            "result_path": FORMS["json"],
        }


def chosen_objectives(workbook: Workbook, only: Collection[str], path: Path) -> Sequence[Objective]:
    """Return the objectives of these ids, or all that are not retired.

    Raises
    ------
    FindingsError
        For an id that there is not, and when there is none to propose.
    """
    ids = [objective.id for objective in workbook.objectives]
    unknown = [wanted for wanted in only if wanted not in ids]
    if unknown:
        raise FindingsError(
            [
                Finding("unknown-objective", f"there is no objective {name!r}", file=str(path), hint=nearest_hint(name, ids))
                for name in unknown
            ]
        )
    chosen = [objective for objective in workbook.objectives if (objective.id in only if only else objective.status != "retired")]
    if not chosen:
        hint = "write one: its indicator, window and owner; leave the target out to have it proposed"
        raise FindingsError([Finding("no-objectives", "the workbook has no objective to propose", file=str(path), hint=hint)])
    return chosen
