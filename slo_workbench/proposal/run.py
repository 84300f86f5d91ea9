"""Proposals from a workbook: requests reduced once, one notebook run an objective, a page and a result each."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slo_workbench.atomic_files import new_folder, refuse_foreign
from slo_workbench.document import Finding, FindingsError, nearest_hint, read_workbook
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.progress import Tell, silent
from slo_workbench.proposal.parameters import check_parameters, read_parameters
from slo_workbench.units import counted

__all__ = ["ProposalFailed", "WrittenProposal", "propose", "template_path"]

PROPOSAL_FILES = ("proposal.html", "proposal.ipynb", "result.json")
HISTORY_FOLDER = "_history"  # ids of objectives start with a letter or digit


class ProposalFailed(SloWorkbenchError):
    """A cell of a proposal's notebook failed; says which, with what, and where the partial notebook is."""


@dataclass(frozen=True)
class WrittenProposal:
    """A proposal on disk.

    Parameters
    ----------
    objective : str
    folder : Path
        Holds ``proposal.html``, ``proposal.ipynb`` and ``result.json``.
    result : dict
        The content of ``result.json``.
    """

    objective: str
    folder: Path
    result: dict[str, Any]

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.folder / "proposal.html"

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


def template_path() -> Path:
    """Return the proposal notebook: beside the package when installed, else in the project's notebooks."""
    package = Path(__file__).parents[1]
    installed = package / "notebooks" / "proposal.ipynb"
    return installed if installed.is_file() else package.parent / "notebooks" / "proposal.ipynb"


def propose(
    workbook_path: Path,
    out: Path,
    *,
    only: Collection[str] = (),
    places: Mapping[str, str] | None = None,
    seed: int,
    jobs: int | None = None,
    progress: Tell = silent,
) -> Iterator[WrittenProposal]:
    """Write a proposal for every objective that is not retired, and yield each as it is done.

    Parameters
    ----------
    workbook_path : Path
    out : Path
        Folder for the proposals: in it a folder for the service, and in that one for each objective and the History they share.
    only : collection of str
        Ids of the objectives wanted; all when empty.
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    seed : int
    jobs : int, optional
        Worker processes; as many as there are cores, at most four, by default.
    progress : callable
        Told each step of the reduction.

    Raises
    ------
    FindingsError
        When the workbook, a source or an id is wrong; nothing is written then.
    ProposalFailed
        When a notebook fails; the other proposals are whole.
    """
    from slo_workbench.history.from_workbook import reduce_workbook
    from slo_workbench.history.pool import read_pool
    from slo_workbench.history.store import write_history

    workbook = read_workbook(workbook_path)
    # a folder a service: two services may have objectives of one name, and each has its own History
    out = out / workbook.service.name
    objectives = _chosen(workbook, only, workbook_path)
    for objective in objectives:
        refuse_foreign(out / objective.id, own=PROPOSAL_FILES)
    template = template_path()
    known = read_parameters(template)
    shared = out / HISTORY_FOLDER
    work = [(objective.id, _parameters(workbook_path, objective.id, shared, out / objective.id, seed)) for objective in objectives]
    for _, parameters in work:
        check_parameters(parameters, known)
    read_pool(workbook.pool, folder=workbook_path.parent, inside=workbook_path.parent)  # before any kernel starts
    wanted = {objective.indicator for objective in objectives}
    history = reduce_workbook(workbook, workbook_path.parent, only=wanted, places=places, progress=progress)
    with _alone_in(out):
        write_history(history, shared)
        yield from _run_all(template, out, work, workers=min(jobs or min(os.cpu_count() or 1, 4), len(work)))


def _chosen(workbook: Workbook, only: Collection[str], path: Path) -> Sequence[Objective]:
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


def _parameters(workbook_path: Path, objective: str, history: Path, folder: Path, seed: int) -> dict[str, Any]:
    """Return the notebook's parameters; paths are relative to its folder, so that it can be run again where it lies."""
    return {
        "workbook_path": os.path.relpath(workbook_path.resolve(), folder.resolve()),
        "objective_id": objective,
        "history_dir": os.path.relpath(history.resolve(), folder.resolve()),
        "seed": seed,
        "result_path": "result.json",
    }


def _run_all(template: Path, out: Path, work: Sequence[tuple[str, dict[str, Any]]], workers: int) -> Iterator[WrittenProposal]:
    failures = []
    # Ctrl-C reaches the whole group: the workers finish what they are at, and this process decides that no more is begun
    with ProcessPoolExecutor(max_workers=workers, initializer=_ignore_interrupts) as pool:
        tasks = {objective: pool.submit(_run_one, template, out / objective, objective, parameters) for objective, parameters in work}
        try:
            for objective, task in tasks.items():
                try:
                    yield task.result()
                except ProposalFailed as failure:
                    failures.append(str(failure))
                except BrokenProcessPool:
                    failures.append(f"{objective}: its worker process died; was memory short?")
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if failures:
        raise ProposalFailed("\n".join(failures))


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Keep a second run out of the same folder while proposals are written: it would swap the History under them."""
    lock = out / ".writing"
    out.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            _lock(file)
        except OSError:
            raise UnusableValue(f"another run is writing proposals into {out}; wait for it, or name another --out") from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _lock(file: Any) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _run_one(template: Path, folder: Path, objective: str, parameters: dict[str, Any]) -> WrittenProposal:
    """Run the notebook in a folder of its own, which then takes the place of the old proposal."""
    import nbformat

    from slo_workbench.proposal.render import render_html

    # the notebook runs in a folder of its own, where a path relative to ours would lead elsewhere
    with new_folder(folder, replaces=PROPOSAL_FILES) as beside:
        notebook = _execute(template, beside, objective, parameters)
        nbformat.write(notebook, beside / "proposal.ipynb")
        title = f"{objective}: proposal for a service level objective"
        (beside / "proposal.html").write_text(render_html(notebook, title=title), encoding="utf-8")
        result = json.loads((beside / "result.json").read_text(encoding="utf-8"))
    return WrittenProposal(objective, folder, result)


def _as_papermill_path(path: Path) -> str:
    """Return a path as papermill wants it: it fills in names in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _execute(template: Path, folder: Path, objective: str, parameters: dict[str, Any]) -> Any:
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    # ipc instead of TCP: no port to clash over, and nothing listens on the network
    config = Config()
    if sys.platform != "win32":
        config.KernelManager.transport = "ipc"
    output = folder / "proposal.ipynb"
    try:
        notebook = papermill.execute_notebook(
            str(template), _as_papermill_path(output), parameters=parameters, progress_bar=False, log_output=False, kernel_name="python3",
            cwd=str(folder), config=config, shutdown_kernel="immediate",
        )  # fmt: skip
        # what is shared says nothing about the machine it was made on
        notebook.metadata.papermill.update(input_path=template.name, output_path=output.name)
        return notebook
    except (DeadKernelError, RuntimeError) as error:
        raise ProposalFailed(f"{objective}: the kernel died while running {template.name} ({error}); was memory short?") from None
    except PapermillExecutionError as error:
        kept = folder.parent / f"{objective}.failed.ipynb"
        os.replace(output, kept)
        raise ProposalFailed(
            f"{objective}: cell {error.exec_count} of {template.name} failed with {error.ename}: {error.evalue}; the partial notebook is {kept}"
        ) from None
