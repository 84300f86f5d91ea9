"""Incidents found in the counts: stretches in which far more failed than usual."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["find_incidents"]

TIMES_USUAL = 5.0
SIGMAS = 5.0
LEAST_BAD_EVENTS = 5
MOST_ROUNDS = 20


def find_incidents(counts: pd.DataFrame, *, time: str = "minute", bin_minutes: int = 60, quiet_minutes: int = 120) -> pd.DataFrame:
    """Find runs of time in which much more was bad than usual.

    A bin is part of an incident when its bad events exceed five times what the usual bad share would give,
    exceed it by five standard deviations of a Poisson count, and are at least five. The usual bad share is
    that of all bins which are part of no incident. Bins closer than ``quiet_minutes`` are one incident.

    It finds what stands out, not what people noticed: a steady error share is no incident, however high.

    Parameters
    ----------
    counts : DataFrame
        A time column, ``valid`` and ``good``.
    time : str
        Name of the time column.
    bin_minutes : int
        Counts are added up to bins of this length first; at least their own resolution.
    quiet_minutes : int
        Silence that ends an incident.

    Returns
    -------
    DataFrame
        ``start, end, valid, bad, bad_share`` in order of time; ``end`` is exclusive.
    """
    columns = ["start", "end", "valid", "bad", "bad_share"]
    if counts.empty:
        return pd.DataFrame(columns=columns)
    step = pd.Timedelta(minutes=bin_minutes)
    binned = counts.groupby(counts[time].dt.floor(step))[["valid", "good"]].sum()
    binned = binned[binned["valid"] > 0]
    bad = (binned["valid"] - binned["good"]).to_numpy()
    stands_out = _standing_out(binned["valid"].to_numpy(), bad)
    odd = pd.DataFrame({"start": binned.index[stands_out], "valid": binned["valid"].to_numpy()[stands_out], "bad": bad[stands_out]})
    if odd.empty:
        return pd.DataFrame(columns=columns)
    run = (odd["start"].diff() > step + pd.Timedelta(minutes=quiet_minutes)).cumsum()
    found = odd.groupby(run).agg(start=("start", "min"), end=("start", "max"), valid=("valid", "sum"), bad=("bad", "sum"))
    found["end"] += step
    found["bad_share"] = found["bad"] / found["valid"]
    return found.reset_index(drop=True)[columns]


def _standing_out(valid: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Return which bins stand out, leaving them out of what is usual until nothing new stands out."""
    # what is usual is first judged by the middle bin, which a large outage does not move
    out: np.ndarray = (bad >= LEAST_BAD_EVENTS) & (bad > TIMES_USUAL * np.median(bad / valid) * valid)
    for _ in range(MOST_ROUNDS):
        usual = bad[~out].sum() / max(valid[~out].sum(), 1)
        expected = usual * valid
        now = (bad >= LEAST_BAD_EVENTS) & (bad > TIMES_USUAL * expected) & (bad > expected + SIGMAS * np.sqrt(expected))
        if (now == out).all():
            break
        out = now
    return out
