"""Kernels that are forks of a process with everything imported, for papermill; started in the ordinary way where there is no such process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from slo_workbench.proposal.fork_server import fork_of

__all__ = ["ForkedKernelManager"]

SECONDS_TO_FORK = 60.0
_LAUNCHER = "ipykernel_launcher"


class ForkedKernelManager(AsyncKernelManager):
    """Starts a kernel as a fork of the process at ``address``, or in the ordinary way where that cannot be."""

    address = Unicode("", config=True)

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        if self.provisioner is None:
            self.provisioner = _ForkProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**options)

    pre_start_kernel = _async_pre_start_kernel


class _ForkProvisioner(LocalProvisioner):
    """What Jupyter starts kernels with: as Jupyter's own, but forked."""

    process: Any = None
    parent: Any

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        try:
            self.process = _ForkedProcess(self.parent.address, cmd, options.get("env"), options.get("cwd"))
        except (OSError, ValueError):
            return await super().launch_kernel(cmd, **options)
        self.pid = self.pgid = self.process.pid
        self.cwd = options.get("cwd") or os.getcwd()
        return self.connection_info

    async def wait(self) -> int | None:
        while self.process is not None and self.process.poll() is None:
            await asyncio.sleep(0.005)  # Jupyter looks ten times a second; a batch waits for that
        return await super().wait()


class _ForkedProcess:
    """A forked kernel with the methods of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, command: list[str], env: dict[str, str] | None, cwd: Any) -> None:
        if not address or _LAUNCHER not in command:
            raise ValueError("no kernel that can be forked")  # the kernel named python3 may be somebody's own
        arguments = command[command.index(_LAUNCHER) + 1 :]
        request = {"run": "kernel", "arguments": arguments, "env": dict(env or os.environ), "cwd": str(cwd or os.getcwd())}
        self.returncode: int | None = None
        self._connection = fork_of(address, request)
        self._received = b""
        self._connection.settimeout(SECONDS_TO_FORK)
        while b"\n" not in self._received:
            if not self._read_some():
                raise OSError("the process that forks kernels is gone")
        self.pid = int(self._next_line()["pid"])

    def _read_some(self) -> bool:
        part = self._connection.recv(4096)
        self._received += part
        return bool(part)

    def _next_line(self) -> dict[str, Any]:
        line, _, self._received = self._received.partition(b"\n")
        return dict(json.loads(line))

    def poll(self) -> int | None:
        """Return its exit status, ``None`` while it runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._look()
        return self.returncode

    def _look(self) -> None:
        try:
            is_there = self._read_some()
        except OSError:
            is_there = False
        if b"\n" in self._received:
            self.returncode = int(self._next_line()["status"])
        elif not is_there:  # who forked it is gone, and nobody would see it end
            _signal(self.pid, signal.SIGKILL)
            self.returncode = -signal.SIGKILL
        if self.returncode is not None:
            self._connection.close()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, at most so many seconds."""
        if self.returncode is None and select.select([self._connection], [], [], timeout)[0]:
            self._look()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, while it runs."""
        if self.poll() is None:
            _signal(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
