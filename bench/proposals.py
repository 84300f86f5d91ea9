"""How long do twenty proposals take: new, one of them, and when nothing has changed?

Usage: python bench/proposals.py [JOBS]

Makes a workbook of twenty objectives from the worked example in a temporary folder and runs the command on it. Times are told in seconds
and as multiples of one run of an almost empty notebook by papermill, so that machines can be compared.
"""

import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from slo_workbench.document import read_workbook, write_workbook

STAGEDOOR = Path(__file__).parents[1] / "data" / "stagedoor"
N_OBJECTIVES = 20
EMPTY_RUN = """
import nbformat, papermill
nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), "empty.ipynb")
papermill.execute_notebook("empty.ipynb", "ran.ipynb", kernel_name="python3", progress_bar=False, shutdown_kernel="immediate")
"""
ORDINARY_RUN = """
import sys
from pathlib import Path
from slo_workbench.proposal.run import propose
for one in propose(Path(sys.argv[1]), Path(sys.argv[2]), seed=1, jobs=int(sys.argv[3]), fork=False):
    print(one.line)
"""


def workbook_of(n_objectives: int, folder: Path) -> Path:
    """Write the worked example with objectives over 28 and over 14 days for its indicators, until there are so many."""
    shutil.copytree(STAGEDOOR, folder, ignore=shutil.ignore_patterns(".*"))
    workbook = read_workbook(folder / "workbook.yaml")
    objectives = list(workbook.objectives)
    for days in (28, 14):
        for indicator in workbook.indicators:
            if len(objectives) < n_objectives and indicator.id not in {one.indicator for one in objectives if one.window.days == days}:
                of_indicator = {"id": f"{indicator.id}-{days}d", "indicator": indicator.id, "target": None, "threshold_ms": None}
                if indicator.thresholds_ms:
                    of_indicator["threshold_ms"] = indicator.thresholds_ms[0]
                window = type(objectives[0].window)(days)
                objectives.append(objectives[0].model_copy(update={**of_indicator, "window": window}))
    write_workbook(workbook.model_copy(update={"objectives": tuple(objectives)}), folder / "many.yaml")
    return folder / "many.yaml"


def seconds(arguments: list, **options) -> tuple[float, float]:
    """Return how long a command takes, and how much of that its processes kept a processor busy, together."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    if done.returncode not in (0, 1):
        sys.exit(f"{arguments} ended with {done.returncode}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(jobs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        workbook = workbook_of(N_OBJECTIVES, room / "many")
        unit = min(seconds(["-c", EMPTY_RUN], cwd=room) for _ in range(3))[0]
        print(f"an almost empty notebook, run by papermill: {unit:.2f} s; {jobs} at once")
        command = ["-m", "slo_workbench.cli", "propose", workbook, "--jobs", jobs, "--as-of", "2026-05-04"]

        def tell(what: str, took: tuple[float, float], asked: float | None = None) -> None:
            aside = f" (asked {asked:g} s)" if asked else ""
            print(f"{what:44} {took[0]:6.2f} s{aside:16} {took[0] / unit:5.1f} times; processors busy for {took[1]:.1f} s", flush=True)

        tell("twenty with HTML", seconds([*command, "--out", room / "html"]), 40)
        tell("nothing has changed", min(seconds([*command, "--out", room / "html"]) for _ in range(3)), 1)
        tell("one", min(seconds([*command, "--out", room / f"one{n}", "--only", "buy-latency-28d"]) for n in range(3)), 5)
        tell(
            "one of twenty again, from the same History",
            seconds([*command, "--out", room / "html", "--only", "buy-latency-28d", "--seed", 2]),
        )
        if importlib.util.find_spec("weasyprint"):
            tell("twenty with HTML and PDF", seconds([*command, "--out", room / "pdf", "--format", "html,pdf,notebook"]), 50)
        tell("twenty with HTML, kernels started ordinarily", seconds(["-c", ORDINARY_RUN, workbook, room / "ordinary", jobs]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
