"""A workbook as a person would have typed it: comments, both list styles, quotes, a flow mapping and a block text."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = """\
# yaml-language-server: $schema=workbook.schema.json
# The workbook of the box office. Ask the web team before changing targets.
version: 1

service:
  name: box-office   # goes into rule names
  title: "Box office"
  owner: 'web team'
  time_zone: Europe/Berlin

sources:
  requests: {path: data/requests.parquet, columns: {latency_ms: duration * 1000}}  # one row a request

journeys:
- id: buy-ticket
  name: Buy a ticket
  # The diagram was drawn with the payments team.
  diagram: |   # mermaid
    sequenceDiagram
      Visitor->>Web: POST /orders

      Web-->>Visitor: 201

- id: browse
  name: Browse the programme
  diagram: "sequenceDiagram\\n  Visitor->>Web: GET /\\n"

indicators:
    # wide indentation on purpose
    -   id: orders-succeed
        journey: buy-ticket
        kind: availability
        specification: >-
          the share of orders
          that were accepted
        measured_at: load_balancer
        source: requests
        valid: route = '/orders'
        good: status < 500 and status <> 429

    -   id: orders-quick
        journey: buy-ticket
        kind: latency
        specification: the share of orders answered in time
        measured_at: load_balancer
        source: requests
        valid: route = '/orders'
        good: status < 500
        thresholds_ms: [3e2, 1000]   # from the survey

# ---- promises ----
objectives:
  # agreed in spring
  - id: orders-succeed
    indicator: orders-succeed
    window: 4w
    target: 99.90%     # two nines and a bit
    owner: web team
    status: agreed
    reason: Above this nobody writes to support.
    next_review: 2026-12-31
  # needs a second look
  - id: orders-quick
    indicator: orders-quick
    threshold_ms: 300
    target: 0.950

policy:
  agreed_by:
    - Ada  # product
    - Grace
  clauses:
    - {id: freeze, budget_spent: 100%, action: "Stop releases, repair."}
"""


@pytest.fixture
def example() -> str:
    return EXAMPLE


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str], Path]:
    """Save a text as a workbook file."""

    def save_text(text: str) -> Path:
        path = tmp_path / "workbook.yaml"
        path.write_bytes(text.encode("utf-8"))
        return path

    return save_text


@pytest.fixture
def run_at_once(tmp_path: Path) -> Callable[..., None]:
    """Run a script in several processes that wait for one word: each gets the file, where the word will be, and its number."""

    def run_scripts(script: str, file: Path, *, n_processes: int) -> None:
        go = tmp_path / "go"
        command = [sys.executable, "-c", script, str(file), str(go)]
        running = [subprocess.Popen([*command, str(number)]) for number in range(n_processes)]
        try:
            until = time.monotonic() + 120
            while len(list(tmp_path.glob("go.*"))) < n_processes and time.monotonic() < until:
                time.sleep(0.01)
            go.touch()
            assert [process.wait(120) for process in running] == [0] * n_processes
        finally:
            for process in running:
                process.kill()
                process.wait()

    return run_scripts
