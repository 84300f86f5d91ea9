"""One process that imports everything once and forks ready copies of itself: workers that write proposals, and the kernels of their notebooks.

An ordinary kernel spends most of its start on imports. A fork of a process that holds them already starts in milliseconds, and shares their
memory. Forking is safe only where no other thread runs, so this process has none: engines are not opened in it, and it refuses to fork
when a library has started a thread after all. Its forks are ended when whoever asked for them hangs up, and all of them when the process
that started it is gone. There is none where it cannot be had (Windows, macOS); kernels are started in the ordinary way then.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from slo_workbench.proposal.quick_import import without_grammar_of_addresses

__all__ = ["SINGLE_THREADED", "ForkServer", "can_fork", "fork_of"]

SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Settings under which the libraries start no thread when they are imported; sums come out the same on any number of cores, too."""
SECONDS_TO_END = 4.0
_PACKAGES = ("proposal", "plots", "journeys", "analysis", "ballots", "document")
_MODULES = (
    "papermill", "nbclient", "nbconvert", "nbformat", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell",
    "ruamel.yaml", "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "pyarrow.parquet", "pyarrow.dataset",
    "slo_workbench.history.store", "slo_workbench.history.pool", "slo_workbench.history.from_workbook",
)  # fmt: skip
_LONGEST_REQUEST = 4_000_000


def can_fork() -> bool:
    """Whether processes can be forked here without harm; macOS' libraries do not stand it."""
    return sys.platform == "linux"


class ForkServer:
    """The process that forks, as seen by who starts it.

    Its imports go on while the caller does something else; who asks for a fork waits for them.

    Parameters
    ----------
    modules : sequence of str
        What to import beside what every proposal needs.
    """

    def __init__(self, modules: tuple[str, ...] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="slo-workbench-", ignore_cleanup_errors=True)
        self.address = str(Path(self._folder.name, "forks"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(listener.fileno()), *modules],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listener.fileno()], start_new_session=True,
                env={**os.environ, **{name: os.environ.get(name, value) for name, value in SINGLE_THREADED.items()}},
            )  # fmt: skip

    @classmethod
    def start(cls, modules: tuple[str, ...] = ()) -> ForkServer | None:
        """Start one; ``None`` where there can be none."""
        try:
            return cls(modules) if can_fork() else None
        except OSError:
            return None

    @property
    def is_running(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it and all of its forks."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(SECONDS_TO_END + 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.close()


def fork_of(address: str, request: dict[str, Any]) -> socket.socket:
    """Ask for a fork; the connection tells ``{"pid": …}`` first and ``{"status": …}`` when it has ended, one JSON object a line.

    Parameters
    ----------
    address : str
        Of the :class:`ForkServer`.
    request : dict
        ``run`` names what it does: ``kernel`` or ``proposal``.

    Raises
    ------
    OSError
        When nobody answers there.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
        connection.sendall(json.dumps(request).encode() + b"\n")
    except OSError:
        connection.close()
        raise
    return connection


# ------------------------------------------------------------------------------------------------------ in the process that forks


def _run_kernel(request: dict[str, Any], connection: socket.socket) -> None:
    from ipykernel.kernelapp import IPKernelApp
    from numpy import random

    connection.close()
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    random.seed()  # copies would all draw the same
    sys.argv = ["ipykernel_launcher", *request["arguments"]]
    IPKernelApp.launch_instance(argv=[*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])


def _run_proposal(request: dict[str, Any], connection: socket.socket) -> None:
    from slo_workbench.proposal.one_proposal import work

    with connection.makefile("w", encoding="utf-8") as told:
        work(request["job"], told)


_RUNS: dict[str, Callable[[dict[str, Any], socket.socket], None]] = {"kernel": _run_kernel, "proposal": _run_proposal}


class _Forks:
    """The forks that run, each with the connection of who asked for it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.connections: dict[int, socket.socket] = {}
        self.ending: dict[int, float] = {}
        self.wakes, self.woken = os.pipe()
        for end in (self.wakes, self.woken):
            os.set_blocking(end, False)
        self.selector = selectors.DefaultSelector()
        for source in (listener, sys.stdin, self.wakes):
            self.selector.register(source, selectors.EVENT_READ)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.woken, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork on request until the process that started this one hangs up; then end all forks."""
        is_wanted = True
        while is_wanted or self.connections:
            for key, _ in self.selector.select(0.1 if self.ending else None):
                if key.fileobj is self.listener:
                    self._answer(self.listener.accept()[0])
                elif key.fileobj is sys.stdin:
                    is_wanted = False
                    self.selector.unregister(sys.stdin)
                    for pid in self.connections:
                        self._end(pid)
                elif key.fileobj == self.wakes:
                    os.read(self.wakes, 4096)
                else:  # who asked for it hung up: nobody sends anything else
                    self.selector.unregister(key.fileobj)
                    self._end(key.data)
            self._reap()
            for pid, deadline in self.ending.items():
                if time.monotonic() > deadline:
                    _signal_group(pid, signal.SIGKILL)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            request = json.loads(_line_of(connection))
        except (OSError, ValueError):
            connection.close()
            return
        connection.settimeout(None)
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._be(request, connection)
        _try(os.setpgid, pid, pid)
        self.connections[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ, pid)
        _try(connection.sendall, json.dumps({"pid": pid}).encode() + b"\n")

    def _be(self, request: dict[str, Any], connection: socket.socket) -> None:
        """Run as the fork, and never come back from here."""
        status = 1
        try:
            _try(os.setpgid, 0, 0)
            signal.set_wakeup_fd(-1)
            for name in (signal.SIGINT, signal.SIGCHLD):
                signal.signal(name, signal.default_int_handler if name == signal.SIGINT else signal.SIG_DFL)
            self.selector.close()
            for other in (self.listener, *self.connections.values()):
                other.close()
            os.close(self.wakes)
            os.close(self.woken)
            with open(os.devnull) as nothing:
                os.dup2(nothing.fileno(), 0)
            _RUNS[request["run"]](request, connection)
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                _try(stream.flush)
            os._exit(status)

    def _end(self, pid: int) -> None:
        """Ask a fork and what it started to end; it is killed when it does not."""
        if pid not in self.ending:
            self.ending[pid] = time.monotonic() + SECONDS_TO_END
            _signal_group(pid, signal.SIGTERM)

    def _reap(self) -> None:
        for pid in list(self.connections):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                connection = self.connections.pop(pid)
                self.ending.pop(pid, None)
                if connection in self.selector.get_map():
                    self.selector.unregister(connection)
                _try(connection.sendall, json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
                connection.close()


def _line_of(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = connection.recv(65_536)
        if not part or len(line) > _LONGEST_REQUEST:
            raise ValueError("half a request")
        line += part
    return line


def _signal_group(pid: int, number: int) -> None:
    """Signal a fork and its group; until it has a group of its own, itself."""
    if not _try(os.killpg, pid, number):
        _try(os.kill, pid, number)


def _try(what: Callable[..., Any], *arguments: Any) -> bool:
    """Do what may fail because somebody is gone already."""
    try:
        what(*arguments)
    except (OSError, ValueError):
        return False
    return True


def _import_everything(modules: list[str]) -> None:
    """Import what workers and kernels need; what cannot be imported is left to who needs it, and to their message.

    The inline backend of Matplotlib is not among it: it joins the kernel in which it is imported.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as a kernel has it
    with without_grammar_of_addresses():
        for name in (*_MODULES, *modules, *_modules_of_ours()):
            try:
                importlib.import_module(name)
            except Exception:
                continue


def _modules_of_ours() -> list[str]:
    import slo_workbench

    package = Path(slo_workbench.__file__).parent
    return [f"slo_workbench.{room}.{found.name}" for room in _PACKAGES for found in pkgutil.iter_modules([str(package / room)])]


def n_threads() -> int:
    """Return how many threads of the operating system this process has."""
    return len(os.listdir("/proc/self/task"))


def main() -> int:
    """Import everything, then fork on request."""
    from slo_workbench.proposal.rehearsal import rehearse

    with socket.socket(fileno=int(sys.argv[1])) as listener:
        _import_everything(sys.argv[2:])
        rehearse()
        if n_threads() > 1:
            return 3  # a fork would copy locks that nobody unlocks
        gc.collect()
        gc.freeze()
        _Forks(listener).serve()
        # who started this may have been killed, and clears nothing away
        shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
