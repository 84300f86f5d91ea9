"""A small workbook with several objectives, and notebooks of a team's own, for tests of batches."""

from pathlib import Path

import nbformat

from slo_workbench.proposal.run import template_path

HEAD = """\
version: 1
service: {name: svc, title: Service}
sources:
  events: {path: events.csv, description: Counts a day.}
  others: {path: others.csv}
incidents: incidents.csv
journeys:
  - {id: use, name: Use it, diagram: "sequenceDiagram\\n  User->>Service: ask\\n  Service-->>User: answer"}
  - {id: other, name: Other, diagram: "sequenceDiagram\\n  User->>Service: ask"}
indicators:
  - {id: one, journey: use, kind: availability, specification: The share that worked., measured_at: server_log, source: events, valid: valid, good: good}
  - {id: two, journey: other, kind: availability, specification: The others., measured_at: server_log, source: others, valid: valid, good: good}
objectives:
"""
INCIDENTS = "start,end,title\n2026-01-05 10:00,2026-01-05 12:00,Database down\n"
SMALL_NOTEBOOK = (
    "from slo_workbench.proposal.case import open_case\n"
    "case = open_case(workbook_path, objective_id, history_dir=history_dir, seed=seed)\ncase.summary()",
    "case.write_result(result_path)",
)


def write_workbook(folder: Path, *objectives: str) -> Path:
    """Write a workbook that promises these, as ``id`` or ``id: indicator``, with eight weeks of counts."""
    for name, n_bad in (("events", 5), ("others", 9)):
        days = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},1000,{1000 - n_bad - day % 3}" for day in range(56)]
        (folder / f"{name}.csv").write_text("day,valid,good\n" + "\n".join(days) + "\n")
    (folder / "incidents.csv").write_text(INCIDENTS)
    path = folder / "workbook.yaml"
    promised = [one.split(": ") if ": " in one else (one, "one") for one in objectives]
    path.write_text(HEAD + "".join(f"  - {{id: {name}, indicator: {indicator}, window: 28d}}\n" for name, indicator in promised))
    return path


def own_notebook(folder: Path, *cells: str, parameters: str = "", name: str = "own.ipynb", before: bool = False) -> Path:
    """Write a notebook of a team's own: the parameters of the proposal's and more, a summary, the figures, and these cells."""
    given = nbformat.read(template_path(), as_version=4)
    first = next(cell for cell in given.cells if "parameters" in cell.metadata.get("tags", []))
    first.source += f"\n{parameters}" if parameters else ""
    sources = (*cells, *SMALL_NOTEBOOK) if before else (*SMALL_NOTEBOOK, *cells)
    given.cells = [first, *(nbformat.v4.new_code_cell(source) for source in sources)]
    path = folder / name
    nbformat.write(given, path)
    return path
