"""The nightly settlement with the venues, one run a night for the tickets of the day before.

A run is due every night. One that breaks off is not done in time, however many rows it managed; a few rows put off until
the next night do not make a run late.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from slo_workbench.sample.deliveries import Deliveries
from slo_workbench.sample.incidents import INCIDENTS
from slo_workbench.sample.traffic import MINUTE_MS, Season

DAY_MS = 1440 * MINUTE_MS
ROWS_PER_ORDER = 2.3
RUN_AT_MINUTE = 190  # ten past three, UTC
DEFERRED_SHARE = 0.0002
WRONG_SHARE = 0.0001

SETTLEMENT_SCHEMA = pa.schema(
    [
        pa.field("time", pa.string()),
        pa.field("rows_expected", pa.int64()),
        pa.field("rows_processed", pa.int64()),
        pa.field("rows_wrong", pa.int64()),
        pa.field("runs_due", pa.int64()),
        pa.field("runs_done_in_time", pa.int64()),
    ]
)


def write_utc(time_ms: int) -> str:
    """A time as ISO 8601 with Z, to the second.

    Examples
    --------
    >>> write_utc(60_000)
    '1970-01-01T00:01:00Z'
    """
    return datetime.fromtimestamp(time_ms // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def settle(deliveries: Deliveries, season: Season, rng: np.random.Generator) -> pa.Table:
    """The settlement runs; the first night, which has no day before, borrows the sales of the first Sunday."""
    n = season.n_days
    sold = np.bincount((deliveries.time_ms - season.start_ms) // DAY_MS, minlength=n)
    day_before = np.concatenate([sold[6:7], sold[:-1]])
    expected = rng.poisson(ROWS_PER_ORDER * day_before)
    jitter_ms = rng.integers(0, 12 * 60, n) * 1000
    time_ms = season.start_ms + np.arange(n) * DAY_MS + RUN_AT_MINUTE * MINUTE_MS + jitter_ms
    processed_share, wrong_share = np.full(n, 1 - DEFERRED_SHARE), np.full(n, WRONG_SHARE)
    due = np.ones(n, dtype=np.int64)
    done_in_time = due.copy()
    for incident in INCIDENTS:
        inside = (time_ms >= incident.start_ms) & (time_ms < incident.end_ms)
        processed_share[inside] *= incident.processed_share
        wrong_share[inside] += incident.wrong_share
        if incident.breaks_off_settlement:
            done_in_time[inside] = 0
    processed = rng.binomial(expected, processed_share)
    wrong = rng.binomial(processed, wrong_share)
    counts = (expected, processed, wrong, due, done_in_time)
    return pa.table([[write_utc(t) for t in time_ms.tolist()], *(c.tolist() for c in counts)], schema=SETTLEMENT_SCHEMA)
