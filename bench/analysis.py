"""How long do the answers take on which sliders stand?

Usage: python bench/analysis.py

Prints the shortest of several runs, in milliseconds, beside what is asked for; and the fit as a multiple of sorting as many numbers as it
draws, and the replay of alerts as a multiple of pandas' rolling sums over the same windows, so that machines can be compared.
"""

import time
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd

from slo_workbench.analysis.alert_replay import compare_tier_choices, replay_alerts
from slo_workbench.analysis.alert_tiers import AlertTier, preset_tiers
from slo_workbench.analysis.fit import fit_target
from slo_workbench.analysis.latency_frontier import latency_frontier
from slo_workbench.analysis.predicted_window import predict_window
from slo_workbench.analysis.walk_forward import walk_forward
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord, empty_table


def days(n_days: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    valid = rng.poisson(20_000, n_days)
    bad = rng.binomial(valid, np.where(rng.random(n_days) < 0.05, 0.02, 0.0005))
    return pd.DataFrame({"day": pd.date_range("2024-01-01", periods=n_days), "valid": valid, "good": valid - bad})


def latencies(n_days: int, n_buckets: int) -> History:
    """Make a History with latencies in every bucket of every hour."""
    hours = pd.date_range("2026-01-01", periods=24 * n_days, freq="h", unit="us")
    cells = pd.MultiIndex.from_product([hours, np.arange(300, 300 + n_buckets)], names=["hour", "bucket"]).to_frame(index=False)
    latency = cells.assign(indicator="buy", n_requests=np.random.default_rng(1).poisson(5, len(cells)) + 1)
    by_hour = latency.groupby("hour")["n_requests"].sum()
    series = pd.DataFrame(
        {"indicator": "buy", "threshold_ms": np.nan, "minute": by_hour.index, "valid": by_hour.to_numpy() + 3, "good": by_hour.to_numpy()}
    )
    tables = {name: empty_table(name) for name in TABLES}
    tables |= {name: frame[list(TABLES[name])].astype(TABLES[name]) for name, frame in (("latency", latency), ("series", series))}
    total = int(series["valid"].sum())
    record = SourceRecord("r", "csv", (), total, total, 0, 0, {}, f"{hours[0].isoformat()}Z", f"{hours[-1].isoformat()}Z", 60)
    return History(**tables, provenance=Provenance((IndicatorQuery("buy", "r", "true", "true"),), (record,), "bench", "0"))


def minutes(n_days: int, valid_a_minute: float) -> pd.DataFrame:
    """Make minutes with calm and an outage of an hour every ten days; quiet ones have no row."""
    rng = np.random.default_rng(1)
    valid = rng.poisson(valid_a_minute, n_days * 1440)
    in_outage = np.arange(len(valid)) % 14_400 < 60
    bad = rng.binomial(valid, np.where(in_outage, 0.2, 0.0003))
    frame = pd.DataFrame(
        {"minute": pd.date_range("2025-01-01", periods=len(valid), freq="min", unit="us"), "valid": valid, "good": valid - bad}
    )
    return frame[frame["valid"] > 0].reset_index(drop=True)


def rolling_sums(series: pd.DataFrame, tiers) -> None:
    """Add up the windows of all tiers as pandas does, and nothing else."""
    counts = series.set_index("minute").asfreq("min", fill_value=0)[["valid", "good"]]
    for tier in tiers:
        for window in (tier.long_minutes, tier.short_minutes):
            counts.rolling(window, min_periods=1).sum()


def tier_choices(n_choices: int) -> dict[str, list[AlertTier]]:
    """Make sets of four tiers with burn rates from half to twice the usual."""
    usual = preset_tiers("workbook", 28)
    factors = [Decimal(str(round(0.5 + 1.5 * number / (n_choices - 1), 3))) for number in range(n_choices)]
    return {str(factor): [replace(tier, burn_rate=tier.burn_rate * factor) for tier in usual] for factor in factors}


def milliseconds(action, n_runs: int = 7) -> float:
    times = []
    for _ in range(n_runs):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def main() -> None:
    rng = np.random.default_rng(1)
    quarter, two_years, history = days(90), days(730), latencies(90, 500)
    sort = milliseconds(lambda: np.sort(rng.random((2_000, 90)), axis=None))
    window = milliseconds(lambda: predict_window(quarter, window_days=28, rng=rng, n_draws=2_000))
    print(f"predict a window from 90 days, 2,000 draws: {window:.1f} ms (asked: 50), {window / sort:.1f} times sorting 180,000 numbers")
    print(f"fit with three suggestions, 4,000 draws: {milliseconds(lambda: fit_target(quarter, rng=rng)):.1f} ms")
    past = milliseconds(lambda: walk_forward(two_years, window_days=28, confidence=Decimal("0.9"), rng=rng), 3)
    print(f"walk forward over two years: {past:.0f} ms (asked: 2,000)")
    frontier = milliseconds(lambda: latency_frontier(history, "buy"))
    print(f"latency frontier, 90 days of 500 buckets an hour ({len(history.latency):,} rows): {frontier:.1f} ms (asked: 30)")
    alerts()


def alerts() -> None:
    options = {"target": Decimal("0.999"), "window_days": 28, "resolution_minutes": 1}
    tiers, choices = preset_tiers("workbook", 28), tier_choices(20)
    for name, valid_a_minute in (("busy", 500), ("quiet", 1)):
        year, quarter = minutes(365, valid_a_minute), minutes(90, valid_a_minute)
        sums = milliseconds(lambda series=year: rolling_sums(series, tiers), 3)
        played = replay_alerts(year, tiers, **options)
        taken = milliseconds(lambda series=year: replay_alerts(series, tiers, **options), 3)
        print(
            f"four tiers over a {name} year of minutes ({len(played.firings):,} firings): {taken:.0f} ms (asked: 1,000), "
            f"{taken / sums:.2f} times pandas' rolling sums alone"
        )
        sums = milliseconds(lambda series=quarter: rolling_sums(series, tiers), 3)
        compared = milliseconds(lambda series=quarter: compare_tier_choices(series, choices, **options), 3)
        print(
            f"twenty choices over 90 {name} days: {compared:.0f} ms (asked: 2,000), {compared / sums / 20:.2f} times the rolling sums of each"
        )


if __name__ == "__main__":
    main()
