"""How long does `import slo_workbench` take in a fresh process, next to an empty one?

Usage: python bench/import_time.py
"""

import subprocess
import sys
import time


def fastest(code: str, times: int = 7) -> float:
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        best = min(best, time.perf_counter() - started)
    return best


if __name__ == "__main__":
    nothing, package, command = (fastest(code) for code in ("pass", "import slo_workbench", "import slo_workbench.cli"))
    print(
        f"empty process {nothing * 1000:.0f} ms; import slo_workbench +{(package - nothing) * 1000:.0f} ms; its command +{(command - nothing) * 1000:.0f} ms"
    )
