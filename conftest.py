"""What nbmake does not ask of a notebook: that nothing stands on stderr, and that the worked example is left as it was."""

from pathlib import Path

import pytest
from nbmake.pytest_items import NotebookRun

WORKBOOK = Path(__file__).parent / "data" / "stagedoor" / "workbook.yaml"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Hold a notebook that nbmake runs to more than running; leave every other test alone."""
    if not getattr(item, "nbmake", False):
        return (yield)
    runs = []
    execute = NotebookRun.execute

    def execute_and_keep(run):
        runs.append(execute(run))
        return runs[-1]

    before = WORKBOOK.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NotebookRun, "execute", execute_and_keep)
        result = yield
    outputs = [(cell.id, output) for run in runs for cell in run.nb.cells for output in cell.get("outputs", [])]
    assert outputs, f"{item.filename} shows nothing"
    assert not [(cell, output.get("text", output.get("evalue"))) for cell, output in outputs if _is_complaint(output)]
    assert WORKBOOK.read_bytes() == before, f"{item.filename}, untouched, has changed {WORKBOOK.name} of the worked example"
    return result


def _is_complaint(output):
    return output.output_type == "error" or output.get("name") == "stderr"
