"""Requests in the making: columns of one length, kept as numbers until they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

NOBODY = -1
NO_VALUE = -1


@dataclass(frozen=True)
class Rows:
    """Requests, one element each; every array has the same length.

    Attributes
    ----------
    time_ms : ndarray of int64
        Arrival, milliseconds since 1970.
    endpoint, status, client : ndarray of int64
        Index into `ENDPOINTS`, HTTP status, index into `CLIENTS`.
    latency_ms : ndarray of float64
        NaN when the server never finished.
    user, session : ndarray of int64
        Numbers from 0; `NOBODY` for machines.
    degraded : ndarray of bool
    value_cents : ndarray of int64
        Attempted order value in EUR cents; `NO_VALUE` for all but orders.
    """

    time_ms: NDArray[np.int64]
    endpoint: NDArray[np.int64]
    status: NDArray[np.int64]
    latency_ms: NDArray[np.float64]
    user: NDArray[np.int64]
    session: NDArray[np.int64]
    client: NDArray[np.int64]
    degraded: NDArray[np.bool_]
    value_cents: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time_ms)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> Rows:
        """The rows at the given positions, or where a mask is true."""
        return Rows(**{column.name: getattr(self, column.name)[which] for column in fields(self)})


def stack_rows(parts: Sequence[Rows]) -> Rows:
    """All parts one after another; at least one part is needed."""
    return Rows(**{column.name: np.concatenate([getattr(p, column.name) for p in parts]) for column in fields(Rows)})


def is_failed(status: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the service let the caller down: refused (429), left waiting (499), or failed (5xx)."""
    failed: NDArray[np.bool_] = (status == 429) | (status >= 499)
    return failed
