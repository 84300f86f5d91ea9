"""What every proposal does, done once on next to nothing: what is read, compiled and cached on the way need not be done again by each."""

from __future__ import annotations

import contextlib
import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["rehearse"]

_WORKBOOK = {
    "service": {"name": "rehearsal"},
    "sources": {"rows": {"path": "rows.csv"}},
    "journeys": [{"id": "use", "name": "Use", "diagram": "sequenceDiagram\n  User->>Service: GET /a\n  Service-->>User: 200 a"}],
    "indicators": [
        {"id": "up", "journey": "use", "kind": "availability", "specification": "It works.", "measured_at": "server_log", "source": "rows",
         "valid": "route = '/a'", "good": "status < 500"},
    ],
}  # fmt: skip


def rehearse() -> None:
    """Draw a diagram and a plot, render a page and print it; what goes wrong here goes wrong again where it matters, with its message."""
    shown: list[str] = []
    parts: tuple[Callable[[list[str]], None], ...] = (_draw_diagram, _draw_plot, _render_page)
    for part in parts:
        with contextlib.suppress(Exception):
            part(shown)


def _draw_diagram(shown: list[str]) -> None:
    from slo_workbench.document.model import Workbook
    from slo_workbench.proposal.journey_part import journey_part

    workbook = Workbook.model_validate(_WORKBOOK)
    shown.append(journey_part(workbook, workbook.journeys[0]).html)


def _draw_plot(shown: list[str]) -> None:
    import pandas as pd

    from slo_workbench.plots.sli_over_time import draw_sli_over_time
    from slo_workbench.plots.style import plot_style
    from slo_workbench.proposal.fragments import picture

    days = pd.date_range("2026-01-01", periods=40, unit="us")
    daily = pd.DataFrame({"day": days, "valid": 1000, "good": 999, "sli": 0.999, "last_day": days})
    none = pd.DataFrame({"start": days[:0], "end": days[:0]})
    with plot_style():
        drawn = draw_sli_over_time(daily, daily, window_days=28, target=None, incidents=none, title="rehearsal")
        shown.append(picture(drawn, alt="").html)


def _render_page(shown: list[str]) -> None:
    import nbformat

    from slo_workbench.proposal.fragments import table
    from slo_workbench.proposal.render import render_html

    html = "".join((*shown, table(["A", "B"], [("1 → 2", "✓")], numbers=(0,)).html))
    output = nbformat.v4.new_output("execute_result", {"text/html": html, "text/plain": "1"}, execution_count=1)
    cells = [
        nbformat.v4.new_markdown_cell("## Rehearsal\n\nSome *text*."),
        nbformat.v4.new_code_cell("1", outputs=[output], execution_count=1, metadata={"tags": ["hide-input"]}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.validate(notebook)
    page = render_html(notebook, title="rehearsal")
    if "weasyprint" in sys.modules:
        from slo_workbench.proposal.pdf import write_pdf

        with tempfile.TemporaryDirectory() as folder:
            write_pdf(page, Path(folder, "rehearsal.pdf"))
        gc.collect()  # what it drew with goes, and a thread with it that would forbid to fork
