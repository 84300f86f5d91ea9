"""Each user's events one by one, for questions that sums cannot answer: user-uptime, what people do after a bad request."""

from __future__ import annotations

from typing import Any

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.indicators import compile_indicator
from slo_workbench.history.request_counts import cents_of
from slo_workbench.sources.rows import RequestTable

__all__ = ["MOST_EVENTS", "read_user_events"]

MOST_EVENTS = 30_000_000


def read_user_events(source: RequestTable, query: IndicatorQuery) -> pd.DataFrame:
    """Read the valid events that have a user.

    Parameters
    ----------
    source : RequestTable
    query : IndicatorQuery
        With at most one threshold, within which an event is good.

    Returns
    -------
    DataFrame
        ``user, time, is_good, value_cents`` (0 where no money is known), one row an event.

    Raises
    ------
    FindingsError
        Without a column ``user``, for expressions that cannot be used, and for more events than memory should hold.
    """
    import ibis

    table: Any = source.table
    if "user" not in table.columns:
        hint = "map it: columns: {user: …} in the source, or --map user=…"
        raise FindingsError([Finding("user-column-missing", "the requests do not say whose they are", where=source.name, hint=hint)])
    indicator = compile_indicator(query, table, format=source.format)
    good: Any = indicator.good
    if indicator.thresholds_ms:
        good = good & (table["latency_ms"] <= indicator.thresholds_ms[0])
    valid: Any = indicator.valid
    is_asked = valid.fill_null(False) & table["user"].notnull()
    n_events = int(table.filter(is_asked).count().to_pyarrow().as_py())
    if n_events > MOST_EVENTS:
        message = f"{n_events:,} events are more than are read one by one ({MOST_EVENTS:,})"
        raise FindingsError(
            [Finding("too-many-events", message, where=source.name, hint="choose some days: --where \"time >= '2026-03-02'\"")]
        )
    value = cents_of(table).fill_null(0) if "value" in table.columns else ibis.literal(0, type="int64")
    # chosen first: what is computed of a row has the name of no column yet
    seen = table.filter(is_asked).select("user", "time", is_good=good.fill_null(False), value_cents=value)
    frame: pd.DataFrame = seen.to_pandas()
    return frame.astype({"is_good": "bool", "value_cents": "int64"})
