"""A real JupyterLab, started by the command on a workshop's folder, and a real browser that notes whatever is odd in it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 60_000


class RunningLab:
    """The command ``slo-workbench lab`` in a process of its own, until it has told its address."""

    def __init__(self, folder: Path, data: Path, *arguments: str) -> None:
        environment = {**os.environ, "JUPYTER_DATA_DIR": str(data), "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}
        environment.pop("JUPYTER_TOKEN", None)
        command = [sys.executable, "-m", "slo_workbench.cli", "lab", str(folder), "--no-browser", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.folder, self.said = folder, ""
        self.address = self.page = self.token = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"(http://127\.0\.0\.1:\d+)(/lab\S*)\?token=(\w+)", line):
                self.address, self.page, self.token = found.groups()
                break
        assert self.address, self.said
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        while self.process.poll() is None:  # Lab tells its address a moment before it listens there
            try:
                self.ask("/login")
                return
            except URLError:
                time.sleep(0.05)
        raise AssertionError(self.said)

    def ask(self, path: str, token: str | None = None) -> tuple[str, bytes]:
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"token {token}"} if token else {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.geturl(), answer.read()

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        if not self.process.stdout.closed:
            try:
                self.said += self.process.communicate(timeout=60)[0]
            finally:
                self.process.kill()  # only where it did not end by itself
        return self.process.wait(60)


class Visitor:
    """One person's browser: a context of its own, and everything odd that happened in it."""

    def __init__(self, browser: Any, lab: RunningLab, **context: Any) -> None:
        self.lab, self.odd = lab, list[str]()
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000}, **context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda message: self.odd.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.odd.append(str(error)))
        self.page.on("request", lambda request: self._note_stranger(request.url))
        self.page.on("response", lambda response: self.odd.append(f"{response.status} {response.url}") if response.status >= 400 else None)

    def _note_stranger(self, url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self.odd.append(url)

    def open(self, notebook: str) -> None:
        """Open a notebook in a workspace of this visitor's own, without what other visitors have open."""
        workspace = f"visitor-{id(self)}"
        self.page.goto(f"{self.lab.address}/lab/workspaces/{workspace}/tree/{notebook}?token={self.lab.token}&reset")
        self.page.locator(".jp-Notebook h1").first.wait_for()
        self.page.locator("#jp-main-statusbar", has_text="Idle").wait_for()  # what is run before the kernel is there gets lost

    def run_all(self) -> None:
        """Choose *Run > Run All Cells*, and wait until the kernel has done so: it stays idle for a second."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        status = self.page.locator("#jp-main-statusbar")
        for _ in range(PATIENCE_MS // 1000):
            self.page.wait_for_timeout(1000)
            if "Idle" in status.inner_text() and self.n_waiting == 0:
                return
        raise AssertionError(f"the notebook was not done after {PATIENCE_MS / 1000:.0f} s: {status.inner_text()}")

    @property
    def n_waiting(self) -> int:
        """How many cells wait for the kernel."""
        return int(self.page.locator(".jp-Notebook .jp-InputPrompt", has_text="[*]").count())


@contextmanager
def running_browser() -> Iterator[Any]:
    """Give Debian's Chromium; a machine without it skips, with a line that says so."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
