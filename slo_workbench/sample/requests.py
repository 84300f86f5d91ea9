"""The request log: everything that was asked, minus what the log lost."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa

from slo_workbench.sample.endpoints import ENDPOINTS
from slo_workbench.sample.incidents import INCIDENTS
from slo_workbench.sample.people import CLIENTS
from slo_workbench.sample.rows import NO_VALUE, NOBODY, Rows
from slo_workbench.sample.traffic import Season

_LABEL = pa.dictionary(pa.int32(), pa.string())

REQUESTS_SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("route", _LABEL, nullable=False),
        pa.field("method", _LABEL, nullable=False),
        pa.field("status", pa.int16(), nullable=False),
        pa.field("latency_ms", pa.float64()),
        pa.field("user", _LABEL),
        pa.field("client", _LABEL, nullable=False),
        pa.field("degraded", pa.bool_(), nullable=False),
        pa.field("value", pa.decimal128(10, 2)),
    ]
)


def order_rows(rows: Rows, season: Season) -> Rows:
    """The rows inside the season, sorted by time."""
    inside = rows.take((rows.time_ms >= season.start_ms) & (rows.time_ms < season.end_ms))
    return inside.take(np.argsort(inside.time_ms, kind="stable"))


def hide_rows(rows: Rows) -> Rows:
    """The rows that reached the log."""
    logged = np.ones(len(rows), dtype=np.bool_)
    for incident in INCIDENTS:
        if incident.hides_requests:
            logged &= (rows.time_ms < incident.start_ms) | (rows.time_ms >= incident.end_ms)
    return rows.take(logged)


def name_users(user: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> pa.Array:
    """User ids such as ``u004213``, null for machines."""
    codes, index = np.unique(user, return_inverse=True)
    names = pa.array([None if code == NOBODY else f"u{code:06d}" for code in codes.tolist()], pa.string())
    return names.take(pa.array(index)).dictionary_encode()


def tabulate_requests(rows: Rows) -> pa.Table:
    """The request log as an Arrow table with the columns of `REQUESTS_SCHEMA`."""
    route = pa.array([e.route for e in ENDPOINTS]).take(pa.array(rows.endpoint))
    method = pa.array([e.method for e in ENDPOINTS]).take(pa.array(rows.endpoint))
    cents = rows.value_cents
    values = {int(c): None if c == NO_VALUE else Decimal(int(c)).scaleb(-2) for c in np.unique(cents)}
    columns = [
        pa.array(rows.time_ms).cast(pa.timestamp("ms", tz="UTC")),
        route.dictionary_encode(),
        method.dictionary_encode(),
        pa.array(rows.status.astype(np.int16)),
        pa.array(rows.latency_ms, mask=np.isnan(rows.latency_ms)),
        name_users(rows.user),
        pa.array(CLIENTS).take(pa.array(rows.client)).dictionary_encode(),
        pa.array(rows.degraded),
        pa.array([values[c] for c in cents.tolist()], pa.decimal128(10, 2)),
    ]
    return pa.Table.from_arrays(columns, schema=REQUESTS_SCHEMA)
