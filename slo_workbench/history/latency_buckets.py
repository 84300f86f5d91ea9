"""Logarithmic latency buckets: every latency lies within 1 % of its bucket's edges.

Bucket ``k`` holds latencies from ``1.01**k`` (included) to ``1.01**(k + 1)`` (excluded) milliseconds, so a
histogram of any traffic needs some 1,300 buckets between a microsecond and ten minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["GROWTH", "SMALLEST_LATENCY_MS", "bucket_of", "lower_edge_ms", "upper_edge_ms"]

GROWTH = 1.01
SMALLEST_LATENCY_MS = 0.001


def bucket_of(latency_ms: Any) -> Any:
    """Return the bucket of an Ibis column of latencies in ms; shorter than a microsecond counts as one."""
    import ibis

    at_least = ibis.greatest(latency_ms, SMALLEST_LATENCY_MS)
    return (at_least.ln() / float(np.log(GROWTH))).floor().cast("int32")


def lower_edge_ms(bucket: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the smallest latency of each bucket, in ms.

    Examples
    --------
    >>> lower_edge_ms([0, 100]).round(3).tolist()
    [1.0, 2.705]
    """
    return np.power(GROWTH, np.asarray(bucket, dtype=np.float64))


def upper_edge_ms(bucket: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the latency at which the next bucket starts, in ms."""
    return np.power(GROWTH, np.asarray(bucket, dtype=np.float64) + 1)
