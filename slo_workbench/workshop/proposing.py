"""Write the proposal of one objective from a notebook: run its notebook apart, tell what goes on, and return where the page lies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slo_workbench.progress import Step, Tell, silent
from slo_workbench.proposal.run import ProposalFailed, WrittenProposal
from slo_workbench.units import counted, format_duration

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["ProposalOnDisk", "proposal_folder", "show_here", "write_proposal"]

SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class ProposalOnDisk:
    """A proposal that was written; shows itself as what its first page says, and a link to it.

    Parameters
    ----------
    written : WrittenProposal
    took_seconds : float
    stated_sentence : str
        How the target in the workbook compares with the history; empty where there is none.
    """

    written: WrittenProposal
    took_seconds: float
    stated_sentence: str = ""

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.written.page

    @property
    def first_sentences(self) -> tuple[str, ...]:
        """What the page says: the promise, what the history says of it and of other targets, and what there is to look at."""
        result = self.written.result
        fit, n_refused = result["fit"], result["source"]["n_rows_refused"]
        worth = [finding["message"] for finding in result["findings"] if finding["severity"] != "note"]
        worth += [f"{counted(n_refused, 'row')} of the source could not be used"] if n_refused else []
        odd = "Nothing odd was found." if not worth else f"To look at: {'; '.join(worth)}."
        supported = f"The target that the history supports: {fit['sentence']}" if self.stated_sentence else fit["sentence"]
        return tuple(filter(None, (result["promise"], self.stated_sentence, supported, fit.get("gap_sentence"), odd)))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        took = format_duration(self.took_seconds / 60)
        link = f'<a href="{escape(quote(_from_here(self.page)))}" target="_blank" rel="noopener">{escape(str(_from_here(self.page)))}</a>'
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.first_sentences)
        text = "\n".join([f"Written in {took}: {_from_here(self.page)}", *self.first_sentences])
        return {"text/html": f"<p><strong>Written in {took}: {link}</strong></p>{said}", "text/plain": text}


def _from_here(path: Path) -> str:
    """Return a path as a link from the folder in which the notebook runs."""
    return Path(os.path.relpath(path.resolve(), Path.cwd())).as_posix()


def proposal_folder(workshop: Workshop, out_dir: str = "") -> Path:
    """Return the folder of proposals: ``proposals`` beside the workbook, or the one named, from where the notebook runs."""
    return Path(out_dir) if out_dir else workshop.folder / "proposals"


def show_here() -> Tell:
    """Return what tells each step in the notebook, one line that is written over."""
    from IPython import display

    ipython: Any = display
    shown: list[Any] = []

    def tell(step: Step) -> None:
        line = ipython.HTML(f"<p>{escape(str(step))}</p>")
        if shown:
            shown[0].update(line)
        else:
            shown.append(ipython.display(line, display_id=True))

    return tell


def write_proposal(workshop: Workshop, objective_id: str = "", *, out_dir: str = "", progress: Tell = silent) -> ProposalOnDisk:
    """Write the proposal of an objective, as ``slo-workbench propose`` does, in a process of its own.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first one for an empty id.
    out_dir : str
        See :func:`proposal_folder`; in it lies a folder for the service, and in that one for the objective.
    progress : callable
        Told what goes on; :func:`show_here` shows it in the notebook.

    Raises
    ------
    ProposalFailed
        When it could not be written; the message says why. An earlier proposal stays as it was.
    """
    objective, out = workshop.objective(objective_id), proposal_folder(workshop, out_dir)
    folder = out / workshop.workbook.service.name / objective.id
    started = time.monotonic()
    _run_apart(workshop, objective.id, out, tell=lambda: progress(Step(_going_on(objective.id, time.monotonic() - started))))
    took = time.monotonic() - started
    progress(Step(f"The proposal of {objective.id} is written."))
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    stated = workshop.case(objective.id).assessment.stated_sentence or ""
    return ProposalOnDisk(WrittenProposal(objective.id, folder, result), took, stated)


def _going_on(objective: str, seconds: float) -> str:
    return f"Writing the proposal of {objective}: its requests are counted and its notebook runs ({seconds:.0f} s; usually ten to twenty)."


def _run_apart(workshop: Workshop, objective: str, out: Path, *, tell: Callable[[], object]) -> None:
    """Run the command and tell while it runs; a kernel has threads, and a copy of it could stand still for ever."""
    options = ["--out", str(out), "--only", objective, "--seed", str(workshop.seed), "--jobs", "1"]
    command = [sys.executable, "-m", "slo_workbench.cli", "propose", str(workshop.path), *options]
    before = _stamp(out / workshop.workbook.service.name / objective)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as child:
        try:
            said = _wait(child, tell)
        except BaseException:
            child.terminate()
            raise
    # 1 says that there are warnings, or that it failed: a new page, or one that is as it would be now, tells them apart
    after = _stamp(out / workshop.workbook.service.name / objective)
    is_unchanged = any(line.startswith(f"unchanged {objective}:") for line in said.splitlines())
    if child.returncode not in (0, 1) or after is None or (after == before and not is_unchanged):
        raise ProposalFailed(said.strip() or f"the proposal of {objective} was not written")


def _wait(child: subprocess.Popen[str], tell: Callable[[], object]) -> str:
    while True:
        tell()
        try:
            return child.communicate(timeout=SECONDS_BETWEEN_LOOKS)[0]
        except subprocess.TimeoutExpired:
            continue


def _stamp(folder: Path) -> tuple[int, int] | None:
    try:
        status = (folder / "result.json").stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
