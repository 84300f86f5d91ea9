"""Support tickets a day: people who were let down sometimes write, and so do some who were not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from slo_workbench.sample.deliveries import Deliveries
from slo_workbench.sample.endpoints import CODE_OF
from slo_workbench.sample.incidents import INCIDENTS
from slo_workbench.sample.rows import Rows, is_failed
from slo_workbench.sample.settlement import DAY_MS
from slo_workbench.sample.traffic import Season

QUIET_TICKETS = 5.0
WRITES_WHEN_FAILED = 0.40
WRITES_WHEN_STUCK = 0.45
WRITES_WHEN_LATE = 0.25
WRITES_WHEN_SLOW = 0.20
LATE_MS = 15 * 60_000
SLOW_ORDER_MS = 8_000

TICKETS_SCHEMA = pa.schema([pa.field("day", pa.string()), pa.field("tickets", pa.int64())])


def count_let_down(rows: Rows, season: Season) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Visits a day with a failure, and those of them in which a step never worked, however often tried; each (days,)."""
    people = rows.take(rows.session >= 0)
    tries = pd.DataFrame({"visit": people.session, "step": people.endpoint, "time": people.time_ms})
    tries["failed"] = is_failed(people.status)
    steps = tries.groupby(["visit", "step"]).agg(met=("failed", "any"), stuck=("failed", "all"), time=("time", "max"))
    counts = []
    for harm in ("met", "stuck"):
        last_ms = steps[steps[harm]].groupby("visit")["time"].max().to_numpy()
        counts.append(np.bincount((last_ms - season.start_ms) // DAY_MS, minlength=season.n_days))
    return counts[0], counts[1]


def open_tickets(rows: Rows, deliveries: Deliveries, season: Season, rng: np.random.Generator, *, scale: float) -> pa.Table:
    """Support tickets of each UTC day, from the whole truth: what the log lost hurts or does not hurt all the same."""
    n = season.n_days
    slow = (rows.endpoint == CODE_OF["POST /orders"]) & (rows.latency_ms > SLOW_ORDER_MS)
    late = np.isnan(deliveries.delay_ms) | (deliveries.delay_ms > LATE_MS)
    mean = QUIET_TICKETS * scale * rng.gamma(30, 1 / 30, n)
    met_failure, gave_up = count_let_down(rows, season)
    mean += WRITES_WHEN_FAILED * met_failure + WRITES_WHEN_STUCK * gave_up
    mean += WRITES_WHEN_SLOW * np.bincount((rows.time_ms[slow] - season.start_ms) // DAY_MS, minlength=n)
    mean += WRITES_WHEN_LATE * np.bincount((deliveries.time_ms[late] - season.start_ms) // DAY_MS, minlength=n)
    day_ms = season.start_ms + np.arange(n) * DAY_MS
    for incident in INCIDENTS:
        mean[(day_ms >= incident.start_ms) & (day_ms < incident.end_ms)] += incident.extra_tickets * scale
    days = [str(day) for day in day_ms.astype("datetime64[ms]").astype("datetime64[D]")]
    return pa.table([days, rng.poisson(mean).tolist()], schema=TICKETS_SCHEMA)
