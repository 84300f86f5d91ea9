"""A second made-up service, for notebooks that know only the first: other columns, another zone, another journey, and no target yet.

Nothing here is real. Seeded, so that every run makes the same requests.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20260202
FIRST_DAY, N_DAYS = pd.Timestamp("2026-02-02", tz="Europe/Berlin"), 58
REQUESTS_A_DAY = 2_400
PATHS = {"/order": 0.2, "/browse": 0.65, "/search": 0.1, "/ping": 0.05}
INCIDENTS = (("2026-02-19 18:00", 50, 0.5), ("2026-03-11 12:10", 25, 0.8), ("2026-03-24 09:00", 90, 0.2))
"""Local start, minutes, and share of requests that fail meanwhile."""

WORKBOOK = """\
version: 1
service: {name: kiosk, title: Corner kiosk, owner: Kiosk team, time_zone: Europe/Berlin, currency: EUR}
sources:
  access:
    path: access.csv
    time_zone: Europe/Berlin
    columns: {time: ts, route: path, method: verb, status: code, latency_ms: took_s * 1000, user: account, value: basket_total}
journeys:
  - id: order
    name: Order snacks
    users: People in the office, at noon above all
    why: All the revenue.
    diagram: |
      sequenceDiagram
        actor Guest
        participant Page
        participant Gateway
        participant Desk as Order desk
        Guest->>Page: order
        Page->>Gateway: POST /order
        Gateway->>Desk: basket
        Desk-->>Gateway: number
        Gateway-->>Page: 201 number
        Page-->>Guest: your number
indicators:
  - id: order-availability
    journey: order
    kind: availability
    specification: The share of orders that are taken.
    measured_at: server_log
    source: access
    valid: route = '/order' and method = 'POST'
    good: status < 500
  - id: order-latency
    journey: order
    kind: latency
    specification: The share of orders that are taken within a second.
    measured_at: server_log
    source: access
    valid: route = '/order' and method = 'POST'
    good: status < 500
    thresholds_ms: [400, 1000]
objectives:
  - {id: order-availability-28d, indicator: order-availability, window: 28d}
  - {id: order-latency-28d, indicator: order-latency, threshold_ms: 1000, window: 28d}
"""


def write_second_service(folder: Path) -> Path:
    """Write requests and a workbook into a folder; return the workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    second_requests(np.random.default_rng(SEED)).to_csv(folder / "access.csv", index=False)
    workbook = folder / "workbook.yaml"
    workbook.write_text(WORKBOOK, encoding="utf-8")
    return workbook


def second_requests(rng: np.random.Generator) -> pd.DataFrame:
    """Make the requests in the columns this service happens to have: ``ts, path, verb, code, took_s, account, basket_total``."""
    n = N_DAYS * REQUESTS_A_DAY
    hour = rng.choice(24, n, p=_by_hour())
    # moments are made in UTC, so that none falls into the hour that the spring of local clocks leaves out
    seconds = rng.integers(0, N_DAYS, n) * 86_400 + hour * 3_600 + rng.integers(0, 3_600, n)
    local = (FIRST_DAY.tz_convert("UTC") + pd.to_timedelta(np.sort(seconds), unit="s")).tz_convert("Europe/Berlin").tz_localize(None)
    path = rng.choice(list(PATHS), n, p=list(PATHS.values()))
    code = np.where(path == "/order", 201, 200)
    code[rng.random(n) < 0.0008] = 500
    took = rng.lognormal(np.log(0.18), 0.5, n)
    for start, minutes, share in INCIDENTS:
        began = pd.Timestamp(start)
        hit = (local >= began) & (local < began + pd.Timedelta(minutes=minutes)) & (rng.random(n) < share)
        code[hit], took[hit] = 503, took[hit] * 6
    is_order = path == "/order"
    return pd.DataFrame(
        {
            "ts": local.strftime("%Y-%m-%d %H:%M:%S"),
            "path": path,
            "verb": np.where(is_order, "POST", "GET"),
            "code": code,
            "took_s": took.round(3),
            "account": np.char.add("a", rng.zipf(1.6, n).clip(max=4_000).astype(str)),
            "basket_total": np.where(is_order, rng.integers(250, 2_500, n) / 100, 0).round(2),
        }
    )


def _by_hour() -> np.ndarray:
    weight = 0.3 + np.exp(-(((np.arange(24) - 11) / 3.0) ** 2)) * 4
    return weight / weight.sum()
