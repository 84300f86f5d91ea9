"""Counts that somebody else took: rows of valid and good events, added up as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.history.history import as_table
from slo_workbench.history.indicators import CompiledIndicator
from slo_workbench.history.request_counts import labelled
from slo_workbench.sources.clock import steps_since_1970
from slo_workbench.sources.rows import Refusal

__all__ = ["add_up_counts", "refuse_impossible", "resolution_minutes"]

_WORDS = {
    "count-missing": "a count is missing",
    "count-negative": "a count is negative",
    "count-too-large": "a count of more than a million million",
    "count-not-whole": "a count is no whole number",
    "good-exceeds-valid": "more good events than valid ones",
}
MOST_EVENTS = 10**12
_USUAL_STEPS_MINUTES = (1, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)


def refuse_impossible(table: Any, indicators: Sequence[CompiledIndicator]) -> tuple[Any, tuple[Refusal, ...]]:
    """Leave out rows whose counts cannot be, and say how many there were of each kind, with an example."""
    import ibis

    cases = [case for indicator in indicators for case in _impossible(indicator.valid, indicator.good)]
    because = ibis.cases(*cases, else_=ibis.null().cast("string"))
    seen = table.select(because=because, time=table["time"].cast("string"))
    refused = seen.filter(seen["because"].notnull())
    rows = (
        refused.group_by("because").aggregate(n=refused.count(), example=refused["time"].max()).order_by("because").to_pyarrow().to_pylist()
    )
    refusals = tuple(Refusal(row["because"], row["n"], f"time {row['example']}") for row in rows)
    return (table.filter(because.isnull()) if refusals else table), refusals


def _impossible(valid: Any, good: Any) -> list[tuple[Any, str]]:
    return [
        (valid.isnull() | good.isnull(), "count-missing"),
        ((valid < 0) | (good < 0), "count-negative"),
        # NaN and the infinities sort above all numbers
        ((valid > MOST_EVENTS) | (good > MOST_EVENTS), "count-too-large"),
        ((valid.floor() != valid) | (good.floor() != good), "count-not-whole"),
        (good > valid, "good-exceeds-valid"),
    ]


def refusal_findings(refusals: Sequence[Refusal], *, n_rows_read: int, source: str) -> list[Finding]:
    """Report refused counts."""
    return [
        Finding(
            f"refused-{refusal.reason}",
            f"{refusal.n_rows:,} of {n_rows_read:,} rows refused: {_WORDS[refusal.reason]}",
            severity="warning",
            where=source,
            count=refusal.n_rows,
            example=refusal.example,
            hint="look at what valid and good name; both are counts, and good is a part of valid",
        )
        for refusal in refusals
    ]


def add_up_counts(table: Any, indicators: Sequence[CompiledIndicator]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up counts by minute.

    Returns
    -------
    (DataFrame, DataFrame)
        The table ``series``, and ``minute, n_rows`` of all rows.
    """
    columns = {}
    for number, indicator in enumerate(indicators):
        columns[f"valid_{number}"], columns[f"good_{number}"] = indicator.valid.cast("int64"), indicator.good.cast("int64")
    seen = table.select(minute=steps_since_1970(table, 60), **columns)
    sums = {name: seen[name].sum() for name in columns}
    frame = seen.group_by("minute").aggregate(n_rows=seen.count(), **sums).order_by("minute").to_pandas().astype("int64")
    minutes = pd.to_datetime(frame["minute"].to_numpy().astype("datetime64[m]").astype("datetime64[us]"))
    parts = []
    for number, indicator in enumerate(indicators):
        counts = pd.DataFrame({"minute": minutes, "valid": frame[f"valid_{number}"], "good": frame[f"good_{number}"]})
        parts.append(labelled(counts[counts["valid"] > 0], indicator, None))
    return as_table("series", parts), pd.DataFrame({"minute": minutes, "n_rows": frame["n_rows"]})


def resolution_minutes(minutes: Any) -> int:
    """Return how far apart counts lie: the usual step nearest to their median distance, at most a day.

    Nightly runs end a little earlier or later each night, and an hour off when the clocks change.
    """
    distances = np.diff(np.asarray(minutes).astype("datetime64[m]").astype("int64"))
    typical = float(np.median(distances)) if len(distances) else 1440.0
    return min(_USUAL_STEPS_MINUTES, key=lambda step: abs(np.log(step / max(typical, 1.0))))
