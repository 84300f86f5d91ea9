"""What the order service counted itself, hour by hour: a second measurement of what the load balancer's log says of orders.

Both measure ``POST /orders`` by people (web and app), and both take an order for good unless it was let down: a declined card
(402) or a seat taken meanwhile (409) is answered well. They stand in different places, so they differ:

====================  ========  =====  ================================================================================
status in the log     received  well   why
====================  ========  =====  ================================================================================
201, 402, 409         yes       yes    both see the same
429, 503              no        no     refused at the front in some 6 ms, before the service hears of it (``retry-storm``)
499                   no        no     the caller hung up while still waiting at the front; two in eight weeks
500                   yes       no     the service failed and knows it (``bad-deploy``)
502                   yes       no     the service asked the payment provider in vain and said so (``payment-down``)
504                   yes       yes    the load balancer gave up after 15 s; the service answered later, content with
                                       itself (``payment-slow``, and a few on any day)
no row at all         yes       as is  the log lost it (``monitoring-hole``), the service's counter went on
====================  ========  =====  ================================================================================

Before a 504 became one, the answer was a sale or a clear no. The service counts it when the answer is ready and undoes the
sale when nobody takes it; so the count stands, though `deliveries` has no ticket for it.

An order counts in the UTC hour in which it arrived, also when its answer came in the next: well answered orders are never
more than those received. Nothing here is random: the counts follow from the rows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from slo_workbench.sample.endpoints import CODE_OF
from slo_workbench.sample.people import APP, WEB
from slo_workbench.sample.rows import Rows
from slo_workbench.sample.settlement import write_utc
from slo_workbench.sample.traffic import MINUTE_MS, Season

HOUR_MS = 60 * MINUTE_MS
NEVER_RECEIVED = (429, 499, 503)
KNOWN_AS_FAILED = (500, 502)

ORDERS_BY_HOUR_SCHEMA = pa.schema(
    [
        pa.field("time", pa.string()),
        pa.field("orders_received", pa.int64()),
        pa.field("orders_answered_well", pa.int64()),
    ]
)


def count_orders(rows: Rows, season: Season) -> pa.Table:
    """The order service's own counts, one row for every hour of the season, also where nobody ordered.

    Parameters
    ----------
    rows : Rows
        All requests inside the season, also those that the log lost.
    season : Season

    Returns
    -------
    Table
        Columns of `ORDERS_BY_HOUR_SCHEMA`: start of the hour (ISO 8601, UTC), orders received, and those of them that the
        service believes it answered well.
    """
    by_people = (rows.endpoint == CODE_OF["POST /orders"]) & np.isin(rows.client, (WEB, APP))
    received = by_people & ~np.isin(rows.status, NEVER_RECEIVED)
    well = received & ~np.isin(rows.status, KNOWN_AS_FAILED)
    n_hours = (season.end_ms - season.start_ms) // HOUR_MS
    hour = (rows.time_ms - season.start_ms) // HOUR_MS
    n_received, n_well = _count_by_hour(hour[received], n_hours), _count_by_hour(hour[well], n_hours)
    starts = [write_utc(season.start_ms + h * HOUR_MS) for h in range(n_hours)]
    return pa.table([starts, n_received.tolist(), n_well.tolist()], schema=ORDERS_BY_HOUR_SCHEMA)


def _count_by_hour(hour: NDArray[np.int64], n_hours: int) -> NDArray[np.int64]:
    return np.bincount(hour, minlength=n_hours).astype(np.int64)
