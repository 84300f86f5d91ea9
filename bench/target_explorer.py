"""Does the threshold × target explorer answer while a hand is on its sliders?

Usage: python bench/target_explorer.py [ROUNDS]

Moves both sliders over all their positions on the worked example, in widgets built anew, and prints how long a move takes until its picture
and table are ready to be sent, next to the 150 ms that are asked for: of each move the shortest of the rounds.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from slo_workbench.widgets.target_explorer import TargetExplorer, target_explorer
from slo_workbench.workshop.opening import Workshop, open_workshop

EXAMPLE = Path(__file__).parents[1] / "data" / "stagedoor"
OBJECTIVES = ("buy-latency-28d", "buy-availability-28d")
ASKED_MS = 150


def move(slider, value) -> float:
    """Return how long a move takes, in ms."""
    started = time.perf_counter()
    slider.value = value
    return (time.perf_counter() - started) * 1000


def build(workshop: Workshop, objective_id: str) -> tuple[TargetExplorer, float]:
    started = time.perf_counter()
    return target_explorer(workshop, objective_id), time.perf_counter() - started


def moves(explorer: TargetExplorer) -> tuple[list[float], list[float]]:
    """Move the target over all steps at every threshold, then the threshold over all steps at four targets."""
    thresholds = [value for _, value in explorer.threshold.options] if explorer.threshold_ms is not None else []
    of_threshold, of_target = [], []
    for threshold_ms in thresholds or [None]:
        if threshold_ms is not None:
            of_threshold.append(move(explorer.threshold, threshold_ms))
        of_target += [move(explorer.target, target) for _, target in explorer.target.options]
    for place in (0, 10, 25, 40):
        explorer.target.value = explorer.target.options[place][1]
        of_threshold += [move(explorer.threshold, threshold_ms) for threshold_ms in thresholds]
    return of_threshold, of_target


def told(name: str, times: list[float]) -> str:
    median, late = np.quantile(times, [0.5, 0.95])
    ratios = " / ".join(f"{value / ASKED_MS:.2f}" for value in (median, late, max(times)))
    return f"  {name}: median {median:.0f} ms, 95 of 100 within {late:.0f} ms, worst {max(times):.0f} ms of {len(times):,} ({ratios} of the {ASKED_MS} ms asked)"


def measure(workshop: Workshop, objective_id: str, n_rounds: int) -> None:
    rounds, builds = [], []
    for _ in range(n_rounds):
        explorer, seconds = build(workshop, objective_id)
        builds.append(seconds)
        # the farthest step first: nobody has been there
        slider = explorer.threshold if explorer.threshold_ms is not None else explorer.target
        rounds.append(([move(slider, slider.options[0][1])], *moves(explorer)))
    print(
        f"{objective_id}: {len(explorer.threshold.options)} thresholds × {len(explorer.target.options)} targets, built in {min(builds):.2f} s"
    )
    shortest = [np.min(times, axis=0).tolist() for times in zip(*rounds, strict=True)]
    for name, times in zip(("first move", "threshold", "target"), shortest, strict=True):
        if times:
            print(told(name, times))


def main() -> None:
    n_rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(EXAMPLE, Path(folder, "stagedoor")))
        workshop = open_workshop(str(place / "workbook.yaml"))
        for objective_id in OBJECTIVES:
            measure(workshop, objective_id, n_rounds)


if __name__ == "__main__":
    main()
