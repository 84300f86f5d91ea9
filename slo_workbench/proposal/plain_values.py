"""Tables and records as plain values for a JSON file: no NaN, no clock without a form, decimals as exact text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["plain", "plain_rows"]

_DIGITS = 12


def plain(value: Any) -> Any:
    """Return a value as JSON knows it.

    Decimals become text, as they are decisions; what is missing becomes ``None``; a timestamp without a zone is UTC or a day.

    Examples
    --------
    >>> plain({"target": Decimal("0.991"), "share": float("nan"), "n": np.int64(3), "day": pd.Timestamp("2026-03-02")})
    {'target': '0.991', 'share': None, 'n': 3, 'day': '2026-03-02T00:00:00'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, pd.Timestamp | date):
        return value.isoformat()
    return value if isinstance(value, str | int | bool) else str(value)


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values, by the names of its columns."""
    return [plain(row) for row in table.to_dict("records")]
