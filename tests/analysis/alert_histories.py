"""Histories for alerts: made by hand or at random, and a rule that is followed minute by minute to compare with."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from slo_workbench.analysis.alert_replay import replay_alerts
from slo_workbench.analysis.alert_tiers import AlertTier

START = pd.Timestamp("2026-03-02")
THREE_NINES = Decimal("0.999")
FAST = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"))
SLOW = AlertTier("page-slow", "page", 360, 30, Decimal(6))
TICKET = AlertTier("ticket", "ticket", 1440, 120, Decimal(3))


def minute(number):
    return START + pd.Timedelta(minutes=number)


def counts(n_minutes=1440, *, valid=1_000, outages=(), usual_bad=0):
    """Constant traffic with so many bad events a minute in the given stretches of minutes."""
    bad = np.full(n_minutes, usual_bad)
    for start, end, n_bad in outages:
        bad[start:end] = n_bad
    return pd.DataFrame({"minute": pd.date_range(START, periods=n_minutes, freq="min", unit="us"), "valid": valid, "good": valid - bad})


def listed(*rows):
    """Incidents from (id, start minute, end minute, journeys)."""
    ids, starts, ends, journeys = zip(*((*row, ())[:4] for row in rows), strict=True)
    times = {"start": [minute(start) for start in starts], "end": [minute(end) for end in ends]}
    return pd.DataFrame({"id": list(ids), **times, "journeys": pd.Series(list(journeys), dtype=object)})


def played(series, tiers=(FAST,), **changes):
    return replay_alerts(series, tiers, **{"target": THREE_NINES, "window_days": 30, "resolution_minutes": 1, **changes})


def stretches(replay, tier="page-fast"):
    """Minutes from the start of the counts at which a tier starts and stops; None while it goes on."""
    rows = replay.firings[replay.firings["tier"] == tier]
    ends = [None if pd.isna(end) else (end - START) // pd.Timedelta(minutes=1) for end in rows["end"]]
    return list(zip(((rows["start"] - START) // pd.Timedelta(minutes=1)).tolist(), ends, strict=True))


def stretches_by_hand(series, tier, target):
    """Follow the rule minute by minute as Prometheus' Eval does, with fractions; slow and plain."""
    rows = {
        int((at - START) // pd.Timedelta(minutes=1)): (v, v - g) for at, v, g in series[["minute", "valid", "good"]].itertuples(index=False)
    }
    rows = {at: row for at, row in rows.items() if row[0]}
    first, last = min(rows), max(rows)
    limit = Fraction(tier.burn_rate) * (1 - Fraction(target))
    state, since, quiet_since, found = "inactive", None, None, []
    for now in range(first, last + 2):
        burns = True
        for window in (tier.long_minutes, tier.short_minutes):
            inside = [rows[at] for at in range(now - window, now) if at in rows]
            valid, bad = (sum(row[place] for row in inside) for place in (0, 1))
            burns = burns and valid > 0 and Fraction(int(bad), int(valid)) > limit
        if burns:
            quiet_since = None
            if state == "inactive":
                state, since = "pending", now
            if state == "pending" and now - since >= tier.pending_minutes:
                state = "firing"
                found.append([now, None])
        elif state == "pending":
            state = "inactive"
        elif state == "firing":
            quiet_since = now if quiet_since is None else quiet_since
            if now - quiet_since >= tier.keep_firing_minutes:
                state, quiet_since, found[-1][1] = "inactive", None, now
    return [tuple(one) for one in found]


@st.composite
def histories(draw):
    """Sparse minutes with calm, faults and holes."""
    n_minutes = draw(st.integers(3, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    valid = rng.integers(0, draw(st.sampled_from([2, 5, 200])), n_minutes)
    bad_share = np.repeat(rng.choice([0, 0, 0.02, 0.3, 1], n_minutes // 8 + 1), 8)[:n_minutes]
    bad = rng.binomial(valid, bad_share)
    frame = pd.DataFrame({"minute": pd.date_range(START, periods=n_minutes, freq="min", unit="us"), "valid": valid, "good": valid - bad})
    frame.loc[0, "valid"] += 1
    is_there = rng.random(n_minutes) < draw(st.sampled_from([1, 0.6]))
    is_there[0] = True
    return frame[is_there].reset_index(drop=True)


tiers = st.builds(
    lambda long, part, rate, pending, keep: AlertTier("t", "page", long, max(1, long // part), Decimal(rate) / 10, pending, keep),
    st.integers(2, 60), st.integers(2, 12), st.integers(5, 200), st.sampled_from([0, 0, 1, 4]), st.sampled_from([0, 0, 1, 6]),
)  # fmt: skip


def firing_minutes(replay, series):
    last = int((series["minute"].max() - START) // pd.Timedelta(minutes=1)) + 2
    return [at for start, end in stretches(replay, "t") for at in range(start, last if end is None else end)]
