"""Counts over time from requests: events, money and latencies, by outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.history.history import as_table
from slo_workbench.history.indicators import CompiledIndicator
from slo_workbench.history.latency_buckets import bucket_of
from slo_workbench.history.outcomes import GOOD, LATENCY_UNKNOWN, NOT_VALID, OutcomeCode, good_states
from slo_workbench.sources.clock import steps_since_1970

__all__ = [
    "cents_of",
    "count_latencies",
    "count_minutes",
    "count_rows",
    "labelled",
    "rows_by_minute",
    "series_of_requests",
    "unknown_latencies",
    "value_of_requests",
]

# more than there are between the least and the largest double
N_BUCKETS = 2**18


def cents_of(table: Any) -> Any:
    """Return the money of each row as whole cents, so that sums are exact whatever the order; null where there is none.

    Half a cent goes up; by floor, as engines round in different ways.
    """
    cents = (table["value"] * 100 + 0.5).floor().cast("int64")
    return cents * table["weight"] if "weight" in table.columns else cents


def count_minutes(table: Any, code: OutcomeCode) -> pd.DataFrame:
    """Count rows, events and cents by minute and outcome.

    Returns
    -------
    DataFrame
        ``minute`` (minutes since 1970, UTC), ``outcome``, ``n_rows``, ``n_events`` (by weight), ``cents``.
    """
    import ibis

    seen = table.select(
        minute=steps_since_1970(table, 60),
        outcome=code.expression(_latency(table)),
        weight=table["weight"] if "weight" in table.columns else ibis.literal(1, type="int64"),
        cents=cents_of(table).fill_null(0) if "value" in table.columns else ibis.literal(0, type="int64"),
    )
    sums = {"n_rows": seen.count()}
    # a sum of ones is a count, and costs less
    sums["n_events"] = seen["weight"].sum() if "weight" in table.columns else seen.count()
    sums["cents"] = seen["cents"].sum() if "value" in table.columns else ibis.literal(0, type="int64")
    return whole_numbers(seen.group_by("minute", "outcome").aggregate(**sums))


def count_rows(table: Any) -> pd.DataFrame:
    """Count rows by minute, whatever they say: ``minute, n_rows``; minutes without any are left out."""
    seen = table.select(minute=steps_since_1970(table, 60))
    return rows_by_minute(whole_numbers(seen.group_by("minute").aggregate(n_rows=seen.count())))


def rows_by_minute(minutes: pd.DataFrame) -> pd.DataFrame:
    """Add up rows of minutes since 1970: ``minute`` (UTC), ``n_rows``."""
    by_minute = minutes.groupby("minute")["n_rows"].sum()
    times = by_minute.index.to_numpy().astype("datetime64[m]").astype("datetime64[us]")
    return pd.DataFrame({"minute": times, "n_rows": by_minute.to_numpy()})


def whole_numbers(counted: Any) -> pd.DataFrame:
    """Fetch a table of whole numbers; its columns are left as they came, since putting them together would copy them again."""
    fetched = counted.to_pyarrow()
    return pd.DataFrame({name: fetched[name].to_numpy().astype("int64", copy=False) for name in fetched.column_names}, copy=False)


def _latency(table: Any) -> Any:
    return table["latency_ms"] if "latency_ms" in table.columns else None


def _times(numbers: Any, unit: str) -> Any:
    return pd.to_datetime(np.asarray(numbers, dtype="int64").astype(f"datetime64[{unit}]").astype("datetime64[us]"))


def labelled(frame: pd.DataFrame, indicator: CompiledIndicator, threshold_ms: float | None) -> pd.DataFrame:
    """Say which indicator and threshold the rows of a table are of."""
    return frame.assign(indicator=indicator.query.id, threshold_ms=np.nan if threshold_ms is None else threshold_ms)


def series_of_requests(minutes: pd.DataFrame, code: OutcomeCode) -> pd.DataFrame:
    """Turn counts by minute and outcome into the table ``series``."""
    parts = []
    for number, indicator in enumerate(code.indicators):
        states = code.states(minutes["outcome"].to_numpy(), number)
        is_valid = states != NOT_VALID
        of_indicator = minutes[is_valid]
        valid = of_indicator.groupby("minute")["n_events"].sum()
        for threshold in indicator.thresholds_ms or (None,):
            is_good = np.isin(states[is_valid], good_states(indicator, threshold))
            good = of_indicator[is_good].groupby("minute")["n_events"].sum().reindex(valid.index, fill_value=0)
            frame = pd.DataFrame({"minute": _times(valid.index, "m"), "valid": valid.to_numpy(), "good": good.to_numpy()})
            parts.append(labelled(frame, indicator, threshold))
    return as_table("series", parts)


def value_of_requests(minutes: pd.DataFrame, code: OutcomeCode) -> pd.DataFrame:
    """Turn counts by minute and outcome into the table ``value``."""
    parts = []
    priced = minutes[minutes["cents"] != 0]
    hours = priced["minute"].to_numpy() // 60
    for number, indicator in enumerate(code.indicators):
        states = code.states(priced["outcome"].to_numpy(), number)
        for threshold in indicator.thresholds_ms or (None,):
            is_valid, is_good = states != NOT_VALID, np.isin(states, good_states(indicator, threshold))
            grouped = priced[is_valid].groupby([hours[is_valid], is_good[is_valid]])["cents"].sum()
            frame = grouped.rename_axis(["hour", "is_good"]).reset_index(name="value_cents")
            frame = frame[frame["value_cents"] != 0]
            parts.append(labelled(frame.assign(hour=_times(frame["hour"], "h")), indicator, threshold))
    return as_table("value", parts)


def unknown_latencies(minutes: pd.DataFrame, code: OutcomeCode) -> dict[str, int]:
    """Return how many otherwise good events of each indicator have no latency, where there are any."""
    found = {}
    for number, indicator in enumerate(code.indicators):
        unknown = code.states(minutes["outcome"].to_numpy(), number) == LATENCY_UNKNOWN
        n_events = int(minutes["n_events"].to_numpy()[unknown].sum())
        if n_events:
            found[indicator.query.id] = n_events
    return found


def count_latencies(table: Any, code: OutcomeCode) -> pd.DataFrame:
    """Count otherwise good events by hour and latency bucket: the table ``latency``."""
    good_somewhere: Any = None
    for indicator in code.indicators:
        good: Any = indicator.valid & indicator.good
        good_somewhere = good if good_somewhere is None else good_somewhere | good
    seen = table.filter(table["latency_ms"].notnull() & good_somewhere)
    named = seen.select(
        hour=steps_since_1970(seen, 3600),
        outcome=code.expression(seen["latency_ms"]),
        bucket=bucket_of(seen["latency_ms"]),
        **({"weight": seen["weight"]} if "weight" in seen.columns else {}),
    )
    n_events = named["weight"].sum() if "weight" in named.columns else named.count()
    counted = whole_numbers(named.group_by("hour", "outcome", "bucket").aggregate(n_requests=n_events))
    # one number to group by instead of two
    cells = counted["hour"] * N_BUCKETS + (counted["bucket"] + N_BUCKETS // 2)
    parts = []
    for number, indicator in enumerate(code.indicators):
        is_good = code.states(counted["outcome"].to_numpy(), number) >= GOOD
        n_requests = counted["n_requests"][is_good].groupby(cells[is_good]).sum()
        hours, buckets = np.divmod(n_requests.index.to_numpy(), N_BUCKETS)
        frame = pd.DataFrame({"hour": _times(hours, "h"), "bucket": buckets - N_BUCKETS // 2, "n_requests": n_requests.to_numpy()})
        parts.append(frame.assign(indicator=indicator.query.id))
    return as_table("latency", parts)
