"""The figures that stand at a step: how often, how long, how many failed, and only what the number of calls carries."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from slo_workbench.journeys.traces.merging import Step
from slo_workbench.units import format_ms, format_share

__all__ = ["CALLS_FOR_P95", "CALLS_FOR_P99", "failure_text", "figures_text", "latency_percentiles_ms", "loop_text", "opt_text"]

# From fewer calls the percentile would be the slowest call under another name.
CALLS_FOR_P95 = 20
CALLS_FOR_P99 = 100


def latency_percentiles_ms(durations_us: Sequence[int]) -> dict[str, float]:
    """Return p50, p95, p99 and the greatest latency in milliseconds, each that of an observed call; NaN for what the count cannot carry.

    The 95th percentile needs 20 calls, the 99th 100.

    Examples
    --------
    >>> latency_percentiles_ms([1_000, 2_000, 9_000])
    {'p50_ms': 2.0, 'p95_ms': nan, 'p99_ms': nan, 'max_ms': 9.0}
    """
    n = len(durations_us)
    wanted = {"p50_ms": (0.5, 1), "p95_ms": (0.95, CALLS_FOR_P95), "p99_ms": (0.99, CALLS_FOR_P99), "max_ms": (1.0, 1)}
    ordered = np.sort(np.asarray(durations_us, dtype=np.int64))
    return {
        name: float(np.quantile(ordered, share, method="inverted_cdf")) / 1000 if n >= needed else math.nan
        for name, (share, needed) in wanted.items()
    }


def figures_text(step: Step, n_traces: int, *, is_framed: bool = True) -> str:
    """Return the second line of a label, such as ``1.2 a trace, p50 12 ms, p95 48 ms``.

    With fewer than 20 calls p95 gives way to the slowest call.

    Parameters
    ----------
    step : Step
    n_traces : int
        Of the whole journey.
    is_framed : bool
        Whether frames tell how often the step occurs; then the mean is added only where the number varies.
    """
    parts = []
    counts = step.calls_by_parent.values()
    is_told = is_framed and min(counts) == max(counts)
    if step.n_calls != n_traces and not is_told:
        parts.append(f"{_plain(step.n_calls / n_traces)} a trace")
    latency = latency_percentiles_ms(step.durations_us)
    if len(step.durations_us) == 1:
        parts.append(_ms(latency["max_ms"]))
    elif step.durations_us:
        high = "max" if math.isnan(latency["p95_ms"]) else "p95"
        parts += [f"p50 {_ms(latency['p50_ms'])}", f"{high} {_ms(latency[f'{high}_ms'])}"]
    return ", ".join(parts)


def failure_text(step: Step) -> str:
    """Return how many calls failed, empty for none: a share, or the plain count of fewer than 20 calls."""
    if not step.n_errors:
        return ""
    if step.n_calls < CALLS_FOR_P95:
        return "fails" if step.n_calls == 1 else f"{step.n_errors} of {step.n_calls} {'fails' if step.n_errors == 1 else 'fail'}"
    return f"{format_share(step.n_errors / step.n_calls)} fail"


def loop_text(step: Step) -> str:
    """Return how often a step is repeated, such as ``3 times a trace, 1 to 12``; empty where it never is."""
    counts = sorted(step.calls_by_parent.values())
    least, most = counts[0], counts[-1]
    if most == 1:
        return ""
    each = "a trace" if step.above is None or step.above.n_calls == step.above.n_traces else "each time"
    if least == most:
        return f"{most} times {each}"
    typical = counts[(len(counts) - 1) // 2]
    return f"once {each}, up to {most}" if typical == 1 and least == 1 else f"{typical} times {each}, {least} to {most}"


def opt_text(step: Step) -> str:
    """Return in how many traces a step occurs, such as ``in 12 of 40 traces``; empty where it is in all that could have it."""
    if step.above is None or len(step.calls_by_parent) == step.above.n_calls:
        return ""
    unit = "traces" if step.above.n_calls == step.above.n_traces else "calls"
    return f"in {len(step.calls_by_parent):,} of {step.above.n_calls:,} {unit}"


def _ms(milliseconds: float) -> str:
    return format_ms(float(f"{milliseconds:.3g}"))


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{float(f'{number:.2g}'):g}"
