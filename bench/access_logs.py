"""How long does an access log take, next to GoAccess on the same file?

Usage: python bench/access_logs.py [MILLION_LINES]     (default: 1)

Makes lines of the combined format in a temporary folder, then measures in one run: GoAccess writing its report as
JSON, and us, opening the log and reducing it to a History of one indicator. GoAccess (https://goaccess.io, in Debian
as goaccess) does other work, a report of some twenty panels; what both do is read, split and count every line.
"""

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
    "curl/8.5.0",
)
N_ROUNDS = 3


def make_log(path: Path, n_lines: int) -> None:
    rng = random.Random(1)
    moment = datetime(2026, 5, 17)
    with path.open("w") as file:
        for _ in range(n_lines):
            moment += timedelta(seconds=rng.random() * 2)
            address = f"10.{rng.randrange(4)}.{rng.randrange(256)}.{rng.randrange(256)}"
            asked = f"GET /shop/item/{rng.randrange(3000)}?ref={rng.randrange(99)} HTTP/1.1"
            status = rng.choices((200, 304, 404, 500), (90, 6, 3.9, 0.1))[0]
            file.write(
                f'{address} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "{asked}" {status} {rng.randrange(90_000)} '
                f'"https://example.org/shop" "{rng.choice(AGENTS)}"\n'
            )


def seconds(action) -> tuple[float, float]:
    """Return seconds by the clock, and seconds of all processors, of the fastest round."""

    def used() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in both)

    rounds = []
    for _ in range(N_ROUNDS):
        started, worked = time.perf_counter(), used()
        action()
        rounds.append((time.perf_counter() - started, used() - worked))
    return min(took for took, _ in rounds), min(work for _, work in rounds)


def main() -> None:
    n_lines = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        make_log(path, n_lines)
        size = path.stat().st_size / 1e6

        def opening() -> None:
            with connect_engine() as engine:
                assert open_source(engine, SourceRequest(path)).n_rows_used == n_lines

        def reducing() -> None:
            with connect_engine() as engine:
                opened = {"requests": open_source(engine, SourceRequest(path))}
                reduce_requests(opened, [IndicatorQuery("all", "requests", "true", "status < 500")])

        def theirs() -> None:
            command = ["goaccess", str(path), "--log-format=COMBINED", "--no-progress", "-o", f"{folder}/report.json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        took = {"opened and counted": seconds(opening), "opened and reduced": seconds(reducing)}
        for words, (clock, work) in took.items():
            print(f"{n_lines:,} lines, {size:.0f} MB, {words}: {clock:.2f} s ({work:.2f} s of processors)")
        if not shutil.which("goaccess"):
            print("goaccess is not here: apt-get install goaccess")
            return
        clock, work = seconds(theirs)
        print(f"GoAccess: {clock:.2f} s ({work:.2f} s of processors)")
        for words, (our_clock, our_work) in took.items():
            print(f"GoAccess takes {clock / our_clock:.1f} times as long as {words} ({work / our_work:.1f} times the work)")


if __name__ == "__main__":
    main()
