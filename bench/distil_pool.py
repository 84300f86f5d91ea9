"""Make the figures of ``slo_workbench/analysis/default_pool.py`` from the public incident history they were distilled from.

Usage: python bench/distil_pool.py [INCIDENTS_JSONL]     (default: ../shared/data/github_statuses/incidents.jsonl)
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_DAY, END = pd.Timestamp("2022-03-27"), pd.Timestamp("2026-08-16")
FEWEST_INCIDENT_DAYS = 20
N_QUANTILES = 20


def minutes_by_day(path: Path) -> dict[str, np.ndarray]:
    """Return for each component the minutes in incident of each day."""
    n_days = (END - FIRST_DAY).days
    down: dict[str, np.ndarray] = {}
    for line in path.read_text().splitlines():
        incident = json.loads(line)
        if incident["impact"] in ("maintenance", "none") or incident["duration_minutes"] <= 0:
            continue
        times = [pd.Timestamp(incident[name]).tz_localize(None) for name in ("downtime_start", "downtime_end")]
        start, end = (int(np.clip((time - FIRST_DAY) // pd.Timedelta(minutes=1), 0, n_days * 1440)) for time in times)
        for component in incident.get("components") or []:
            down.setdefault(component, np.zeros(n_days * 1440, dtype=bool))[start:end] = True
    by_day = {component: minutes.reshape(n_days, 1440).sum(axis=1) for component, minutes in down.items()}
    return {component: days for component, days in by_day.items() if (days > 0).sum() > FEWEST_INCIDENT_DAYS}


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data/github_statuses/incidents.jsonl")
    if not path.exists():
        print(f"{path} is not there; it is incidents.jsonl of github.com/mrshu/github-statuses")
        return
    by_day = minutes_by_day(path)
    print("INCIDENT_DAY_SHARES =", tuple(sorted(round(float((days > 0).mean()), 3) for days in by_day.values())))
    minutes = np.concatenate([days[days > 0] for days in by_day.values()])
    quantiles = np.quantile(minutes, (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES)
    print("INCIDENT_MINUTES =", tuple(int(round(minute)) for minute in quantiles))
    print(f"{len(minutes):,} incident days of {len(by_day)} components, {len(next(iter(by_day.values()))):,} days each")


if __name__ == "__main__":
    main()
