"""How long each sold ticket took to reach its buyer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from slo_workbench.sample.endpoints import CODE_OF
from slo_workbench.sample.incidents import INCIDENTS
from slo_workbench.sample.people import APP
from slo_workbench.sample.requests import name_users
from slo_workbench.sample.rows import Rows
from slo_workbench.sample.traffic import Season

CHANNELS = ("email", "wallet")
MEDIAN_MS = (26_000.0, 9_000.0)
LOST_SHARE = 0.0004
BACKLOG_LOST_SHARE = 0.01
BACKLOG_DRAIN_PER_S = 0.15

DELIVERIES_SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("user", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("channel", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("delay_ms", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Deliveries:
    """Tickets sold, one element each, sorted by time; `delay_ms` is NaN when the ticket never came."""

    time_ms: NDArray[np.int64]
    user: NDArray[np.int64]
    channel: NDArray[np.int64]
    delay_ms: NDArray[np.float64]


def deliver(rows: Rows, season: Season, rng: np.random.Generator) -> Deliveries:
    """A delivery for every order that went through, also those whose request the log lost."""
    sold = rows.take((rows.endpoint == CODE_OF["POST /orders"]) & (rows.status == 201))
    n = len(sold)
    by_wallet = rng.random(n) < np.where(sold.client == APP, 0.7, 0.12)
    channel = by_wallet.astype(np.int64)
    crowd = season.crowd[season.find_minute(sold.time_ms)]
    delay = np.array(MEDIAN_MS)[channel] * np.exp(0.75 * rng.standard_normal(n)) * (1 + 0.12 * (crowd - 1))
    delay *= np.where(rng.random(n) < 0.01, rng.uniform(4, 20, n), 1.0)
    lost_share = np.full(n, LOST_SHARE)
    for incident in INCIDENTS:
        if incident.blocks_deliveries:
            waiting = np.flatnonzero((sold.time_ms >= incident.start_ms) & (sold.time_ms < incident.end_ms))
            queue_ms = np.arange(len(waiting)) / BACKLOG_DRAIN_PER_S * 1000
            delay[waiting] += incident.end_ms - sold.time_ms[waiting] + queue_ms
            lost_share[waiting] = BACKLOG_LOST_SHARE
    delay = np.where(rng.random(n) < lost_share, np.nan, np.round(delay))
    return Deliveries(sold.time_ms, sold.user, channel, delay)


def tabulate_deliveries(deliveries: Deliveries) -> pa.Table:
    """The deliveries as an Arrow table with the columns of `DELIVERIES_SCHEMA`."""
    never = np.isnan(deliveries.delay_ms)
    columns = [
        pa.array(deliveries.time_ms).cast(pa.timestamp("ms", tz="UTC")),
        name_users(deliveries.user),
        pa.array(CHANNELS).take(pa.array(deliveries.channel)).dictionary_encode(),
        pa.array(np.where(never, 0, deliveries.delay_ms).astype(np.int64), mask=never),
    ]
    return pa.Table.from_arrays(columns, schema=DELIVERIES_SCHEMA)
