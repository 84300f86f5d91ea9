"""Several proposals at once: a process for each, at most so many at a time, and what they tell while they run.

Each process is a fork of one that has imported everything, or an ordinary one where there is no such process. One that dies takes
nothing with it but its own proposal.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from slo_workbench.progress import Step, Tell
from slo_workbench.proposal.failure_report import FailureReport
from slo_workbench.proposal.fork_server import ForkServer, fork_of
from slo_workbench.proposal.one_proposal import ProposalJob

__all__ = ["run_jobs"]

SECONDS_TO_TIDY_UP = 8.0
_USUAL_CELLS = 24


def run_jobs(
    jobs: Sequence[ProposalJob], *, workers: int, server: ForkServer | None, tell: Tell, done_before: float = 0.0
) -> Iterator[tuple[ProposalJob, str | None]]:
    """Write proposals and yield each as it is done, with what went wrong, if something did.

    However this ends, and also when its caller stops asking, no process of it is left.

    Parameters
    ----------
    jobs : sequence of ProposalJob
    workers : int
        How many run at once.
    server : ForkServer, optional
        Forks the processes and their kernels.
    tell : callable
        Told which run and which of their cells are done.
    done_before : float
        The share of the whole work that was done before.
    """
    batch = _Batch(deque(jobs), workers, server, _Progress(tell, len(jobs), done_before))
    try:
        yield from batch.run()
    finally:
        batch.end()


@dataclass
class _Progress:
    """How far the proposals are, told as one line."""

    tell: Tell
    n_jobs: int
    done_before: float
    n_done: int = 0
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)

    def say(self) -> None:
        running = ", ".join(
            f"{objective} cell {done} of {of}" if of else f"{objective} starts" for objective, (done, of) in self.cells.items()
        )
        whole = self.n_done + sum(done / of for done, of in self.cells.values() if of)
        share = self.done_before + (1 - self.done_before) * whole / self.n_jobs
        step = (1 - self.done_before) / self.n_jobs / _USUAL_CELLS
        text = f"{self.n_done} of {self.n_jobs} written{f': {running}' if running else ''}"
        self.tell(Step(text, done=share, until=min(1.0, share + step)))


class _Worker(Protocol):
    """A process that writes one proposal."""

    lines: Iterable[str]

    def ask_to_end(self) -> None:
        """Have it tidy up and end."""

    def kill(self) -> None:
        """End it at once."""

    def close(self) -> None:
        """Let go of what it told."""


class _Forked:
    """A worker that is a fork; to hang up is to ask it to end."""

    def __init__(self, job: ProposalJob, address: str) -> None:
        self._connection = fork_of(address, {"run": "proposal", "job": job.as_json()})
        self._told = self._connection.makefile("r", encoding="utf-8")
        self.lines: Iterable[str] = self._told

    def ask_to_end(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    kill = ask_to_end  # the process that forked it sees to that

    def close(self) -> None:
        self._told.close()
        self._connection.close()


class _Ordinary:
    """A worker that is a process of its own, with everything to import."""

    def __init__(self, job: ProposalJob) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "slo_workbench.proposal.one_proposal"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job.as_json()) + "\n")
        self._process.stdin.flush()
        self.lines: Iterable[str] = self._process.stdout

    def ask_to_end(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.communicate()


class _Batch:
    """Jobs that wait, workers that run, and what these have said."""

    def __init__(self, waiting: deque[ProposalJob], n_workers: int, server: ForkServer | None, progress: _Progress) -> None:
        self.waiting, self.n_workers, self.server, self.progress = waiting, n_workers, server, progress
        self.running: dict[str, _Worker] = {}
        self.forked: set[str] = set()
        self.said: queue.SimpleQueue[tuple[ProposalJob, dict[str, Any] | None]] = queue.SimpleQueue()

    def run(self) -> Iterator[tuple[ProposalJob, str | None]]:
        outcomes: dict[str, str | None] = {}
        while self.waiting or self.running:
            while self.waiting and len(self.running) < self.n_workers:
                self._start(self.waiting.popleft())
                self.progress.say()
            job, said = self._next()
            if said is None:
                worker = self.running.pop(job.objective)
                self.progress.cells.pop(job.objective, None)
                if isinstance(worker, _Forked) and job.objective not in self.forked and job.objective not in outcomes:
                    self.server = None  # it never came up
                    self.waiting.appendleft(job)
                    continue
                self.progress.n_done += 1
                self.progress.say()
                yield job, outcomes.get(job.objective, _died(job))
            elif "pid" in said:
                self.forked.add(job.objective)
            elif "cell" in said:
                self.progress.cells[job.objective] = (said["cell"], said["of"])
                self.progress.say()
            elif "failed" in said:
                outcomes[job.objective] = said["failed"]
            elif said.get("done"):
                outcomes[job.objective] = None

    def _start(self, job: ProposalJob) -> None:
        worker: _Worker
        try:
            if self.server is None:
                raise OSError
            worker = _Forked(replace(job, fork_address=self.server.address), self.server.address)
        except OSError:
            self.server = None
            worker = _Ordinary(job)
        self.running[job.objective] = worker
        self.progress.cells[job.objective] = (0, 0)
        threading.Thread(target=self._listen, args=(job, worker), daemon=True).start()

    def _listen(self, job: ProposalJob, worker: _Worker) -> None:
        try:
            for line in worker.lines:
                self.said.put((job, json.loads(line)))
        except (OSError, ValueError):
            pass  # the process is gone, in the middle of a word perhaps
        finally:
            worker.close()
            self.said.put((job, None))

    def _next(self) -> tuple[ProposalJob, dict[str, Any] | None]:
        while True:  # a wait without end does not see Ctrl-C everywhere
            with contextlib.suppress(queue.Empty):
                return self.said.get(timeout=0.5)

    def end(self) -> None:
        """End what still runs, first by asking."""
        for worker in self.running.values():
            worker.ask_to_end()
        try:
            while self.running:
                job, said = self.said.get(timeout=SECONDS_TO_TIDY_UP)
                if said is None:
                    self.running.pop(job.objective, None)
        except (queue.Empty, KeyboardInterrupt):
            for worker in self.running.values():
                worker.kill()


def _died(job: ProposalJob) -> str:
    return FailureReport(job.objective, "the process that wrote it died; was memory short?", job.parameters).text
