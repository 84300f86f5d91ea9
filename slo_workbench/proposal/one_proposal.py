"""One proposal, from a notebook to a folder that takes the old one's place; and the process that writes it and tells how far it is."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from slo_workbench.atomic_files import new_folder
from slo_workbench.proposal.earlier_proposals import EARLIER_FILE
from slo_workbench.proposal.executed_notebook import execute_notebook
from slo_workbench.proposal.failure_report import FailureReport, ProposalFailed, words_of
from slo_workbench.proposal.forms import DEFAULT_FORMS, FORMS, render_forms
from slo_workbench.proposal.input_hash import INPUTS_FILE, inputs_text
from slo_workbench.proposal.result_text import result_text
from slo_workbench.proposal.versions import versions

__all__ = ["PROPOSAL_FILES", "ProposalJob", "partial_name", "write_proposal"]

PROPOSAL_FILES = (*FORMS.values(), EARLIER_FILE, INPUTS_FILE)
_NEEDED_IN_RESULT = ("promise", "fit", "findings")


def partial_name(objective: str) -> str:
    """Return the name of the notebook that is left when it fails."""
    return f"{objective}.failed.ipynb"


@dataclass(frozen=True)
class ProposalJob:
    """A proposal to write.

    Parameters
    ----------
    objective : str
    template : str
        The notebook's path.
    folder : str
        Where the proposal goes.
    parameters : mapping
        Of the notebook.
    forms : sequence of str
    as_of : str
        The day it is made.
    inputs : mapping of str to str
        Hashes of what it is made of.
    fork_address : str
        Of the process that forks kernels; empty to start them in the ordinary way.
    earlier : str
        Text of the result that it is compared with; empty for none.
    """

    objective: str
    template: str
    folder: str
    parameters: Mapping[str, Any]
    forms: Sequence[str] = DEFAULT_FORMS
    as_of: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    fork_address: str = ""
    earlier: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for another process."""
        return asdict(self)

    @property
    def partial(self) -> Path:
        """Where the notebook is left when it fails."""
        return Path(self.folder).parent / partial_name(self.objective)


def write_proposal(job: ProposalJob, *, on_cell: Callable[[int, int], None] | None = None, kernel_manager_class: Any = None) -> None:
    """Run the notebook in a folder of its own, which then takes the place of the old proposal.

    Raises
    ------
    ProposalFailed
        With all there is to say; the old proposal stands.
    """
    template, folder = Path(job.template), Path(job.folder)
    try:
        # in a folder of its own a path relative to ours would lead elsewhere
        with new_folder(folder, replaces=PROPOSAL_FILES) as beside:
            if job.earlier:  # kept, as it may be the proposal that is replaced now
                (beside / EARLIER_FILE).write_bytes(job.earlier.encode())
            notebook = execute_notebook(
                template, beside, job.parameters, objective=job.objective, partial=job.partial, fork_address=job.fork_address,
                kernel_manager_class=kernel_manager_class, on_cell=on_cell,
            )  # fmt: skip
            _complete_result(job, beside / FORMS["json"])
            render_forms(notebook, beside, job.forms, title=f"{job.objective}: proposal for a service level objective", as_of=job.as_of)
            (beside / INPUTS_FILE).write_text(inputs_text(job.inputs, beside), encoding="utf-8")
    except OSError as error:
        raise ProposalFailed(FailureReport(job.objective, f"it could not be written: {words_of(error)}", job.parameters).text) from None
    with contextlib.suppress(OSError):
        job.partial.unlink(missing_ok=True)


def _complete_result(job: ProposalJob, file: Path) -> None:
    """Check what the notebook wrote, and add with what it was made where the notebook does not say."""
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        missing = [name for name in _NEEDED_IN_RESULT if name not in result]
    except FileNotFoundError:
        what = f"{Path(job.template).name} wrote no figures; its last cell reads case.write_result(result_path)"
        raise ProposalFailed(FailureReport(job.objective, what, job.parameters).text) from None
    except ValueError as error:
        what = f"the figures that {Path(job.template).name} wrote are no JSON: {error}"
        raise ProposalFailed(FailureReport(job.objective, what, job.parameters).text) from None
    if missing:
        what = f"the figures that {Path(job.template).name} wrote have no {', '.join(missing)}"
        raise ProposalFailed(FailureReport(job.objective, what, job.parameters).text)
    result = {"versions": versions()} | result | {"as_of": result.get("as_of") or job.as_of}
    file.write_text(result_text(result), encoding="utf-8")


# -------------------------------------------------------------------------------------------------- in a process of its own


def work(job: Mapping[str, Any], told: TextIO) -> None:
    """Write a proposal and tell how far it is, one JSON object a line: ``{"cell": 3, "of": 20}``, then ``{"done": true}`` or ``{"failed": …}``."""
    # asked to end, it tidies up: its kernel and its half-made folder go with it
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tell(**said: Any) -> None:
        told.write(json.dumps(said) + "\n")
        told.flush()

    try:
        write_proposal(ProposalJob(**job), on_cell=lambda done, of: tell(cell=done, of=of))
        tell(done=True)
    except ProposalFailed as failure:
        tell(failed=str(failure))
    except Exception as error:
        # nobody above this process could say more
        what = f"{type(error).__name__}: {error}"
        tell(failed=FailureReport(job["objective"], what, job["parameters"], traceback.format_exc().splitlines()).text)


def _end(number: int, frame: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main() -> None:
    """Write the proposal that is asked for on standard input; standard output is for who asked."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anything prints is for people
    with told:
        work(json.loads(sys.stdin.readline()), told)


if __name__ == "__main__":
    main()
