"""One run of a notebook by papermill: with which kernel, what is told of it, and what is left of it when it fails."""

from __future__ import annotations

import contextlib
import errno
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from slo_workbench.proposal.failure_report import FailureReport, ProposalFailed, words_of

__all__ = ["execute_notebook"]

TRIES_TO_START = 2
_IN_USE = re.compile(r"address already in use", re.I)


def execute_notebook(
    template: Path, folder: Path, parameters: Mapping[str, Any], *, objective: str, partial: Path, fork_address: str = "",
    kernel_manager_class: Any = None, on_cell: Callable[[int, int], None] | None = None,
) -> Any:  # fmt: skip
    """Run a notebook and return it as it was executed, without what differs from run to run.

    A kernel that does not start is started once more, in the ordinary way.

    Parameters
    ----------
    template : Path
    folder : Path
        Where it runs.
    parameters : mapping
    objective : str
        For messages.
    partial : Path
        Where the notebook is left when it fails.
    fork_address : str
        Of the process that forks kernels; empty to start them in the ordinary way.
    kernel_manager_class : type, optional
        Another class to start kernels with.
    on_cell : callable, optional
        Told how many code cells are done, of how many.

    Raises
    ------
    ProposalFailed
        When a cell fails or the kernel dies.
    OSError
        When a file cannot be written.
    """
    for number in range(1, TRIES_TO_START + 1):
        run = _Run(template, folder, dict(parameters), objective, partial, on_cell or (lambda done, of: None))
        try:
            return run.execute(fork_address if number == 1 else "", kernel_manager_class)
        except _NotStarted as error:
            last = error
    raise ProposalFailed(
        FailureReport(objective, f"no kernel started for {template.name}, tried twice", parameters, [str(last)]).text
    ) from None


class _NotStarted(Exception):
    """The kernel did not come up; nothing was run yet."""


class _Run:
    """A notebook while it runs."""

    def __init__(
        self, template: Path, folder: Path, parameters: dict[str, Any], objective: str, partial: Path, on_cell: Callable[[int, int], None]
    ) -> None:
        self.template, self.folder, self.parameters = template, folder, parameters
        self.objective, self.partial, self.on_cell = objective, partial, on_cell
        self.notebook: Any = None
        self.n_done = 0

    def execute(self, fork_address: str, kernel_manager_class: Any) -> Any:
        import nbformat
        import papermill
        import zmq
        from nbclient.exceptions import DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        given = nbformat.read(self.template, as_version=4)
        with _kernels(fork_address) as (manager, config):
            try:
                done = papermill.execute_notebook(
                    given, None, parameters=self.parameters, progress_bar=False, log_output=False, kernel_name="python3",
                    cwd=str(self.folder), config=config, shutdown_kernel="immediate", kernel_manager_class=kernel_manager_class or manager,
                    on_notebook_start=self._started, on_cell_executed=self._executed,
                )  # fmt: skip
            except PapermillExecutionError as error:
                what = f"cell {error.exec_count} of {self.template.name} failed with {error.ename}: {error.evalue}"
                raise self._failed(what, error.traceback or []) from None
            except (DeadKernelError, RuntimeError) as error:
                if self.notebook is None:
                    raise _NotStarted(str(error)) from None
                what = f"the kernel died while running cell {self.n_done + 1} of {self.template.name}; was memory short?"
                raise self._failed(what, [str(error)]) from None
            except (OSError, zmq.ZMQError) as error:
                if self.notebook is None and (error.errno == errno.EADDRINUSE or _IN_USE.search(str(error))):
                    raise _NotStarted(str(error)) from None
                raise
        return _same_each_time(done)

    def _started(self, notebook: Any) -> None:
        self.notebook = notebook
        self.n_cells = sum(cell.cell_type == "code" for cell in notebook.cells)

    def _executed(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        self.n_done += 1
        self.on_cell(self.n_done, self.n_cells)

    def _failed(self, what: str, lines: list[str]) -> ProposalFailed:
        """Leave the notebook as far as it came, and return the error that says so."""
        import nbformat

        kept: Path | None = self.partial
        try:
            nbformat.write(_same_each_time(self.notebook), self.partial)
        except OSError as error:
            kept, lines = None, [*lines, f"(the partial notebook could not be written: {words_of(error)})"]
        return ProposalFailed(FailureReport(self.objective, what, self.parameters, lines, kept).text)


def _same_each_time(notebook: Any) -> Any:
    """Take out of a notebook what says when it ran and how long, so that the same inputs give the same bytes."""
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    notebook.metadata["papermill"] = {"parameters": parameters}
    for number, cell in enumerate(notebook.cells):
        for part in ("papermill", "execution"):
            cell.metadata.pop(part, None)
        if {"injected-parameters", "papermill-error-cell-tag"} & set(cell.metadata.get("tags", [])):
            cell["id"] = f"added-{number}"
    return notebook


@contextlib.contextmanager
def _kernels(fork_address: str) -> Iterator[tuple[Any, Any]]:
    """Give the class that starts kernels and its settings; what a kernel leaves on the disk is gone afterwards."""
    from traitlets.config import Config

    from slo_workbench.proposal.forked_kernels import ForkedKernelManager

    with tempfile.TemporaryDirectory(prefix="slo-kernel-", ignore_cleanup_errors=True) as room:
        config = Config()
        config.ForkedKernelManager.address = fork_address
        config.KernelManager.connection_file = str(Path(room, "kernel.json"))
        if sys.platform != "win32":
            # no port to clash over, and nothing listens on the network
            config.KernelManager.transport = "ipc"
        yield ForkedKernelManager, config
