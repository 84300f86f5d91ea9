"""A few rows for people to read: each column once, yes and no in words, times without fractions, a dash where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from slo_workbench.proposal.fragments import Fragment, table
from slo_workbench.sources.columns import CANONICAL_COLUMNS

__all__ = ["FewRows", "without_repeated_columns"]

_TIMES = {"timestamp", "ts", "@timestamp", "datetime"}
"""What is read as the time without being mapped."""


@dataclass(frozen=True)
class FewRows:
    """A few rows; shows itself as a table.

    Parameters
    ----------
    frame : DataFrame
        The rows as they are, for counting by hand; where it has columns ``valid`` and ``good`` that are true or false, nothing is said of
        whether a row is good that is not valid.

    Examples
    --------
    >>> time = pd.Timestamp("2026-05-04 10:00:00.123456")
    >>> print(FewRows(pd.DataFrame({"time": [time], "latency_ms": [213.0], "valid": [False], "good": [False]})).shown.text)
    2026-05-04 10:00:00  213  no  –
    """

    frame: pd.DataFrame

    @property
    def shown(self) -> Fragment:
        """The table; times are in UTC, as the heading says."""
        cells = {name: [_cell(value) for value in self.frame[name]] for name in self.frame.columns}
        if {"valid", "good"} <= set(cells) and pd.api.types.is_bool_dtype(self.frame["valid"]):
            cells["good"] = [good if valid == "yes" else "–" for valid, good in zip(cells["valid"], cells["good"], strict=True)]
        is_time = {name: pd.api.types.is_datetime64_any_dtype(self.frame[name]) for name in cells}
        header = [f"{name} (UTC)" if is_time[name] else str(name) for name in cells]
        return table(
            header, list(zip(*cells.values(), strict=True)), numbers=[place for place, name in enumerate(cells) if self._is_number(name)]
        )

    def _is_number(self, name: str) -> bool:
        column = self.frame[name]
        return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)

    def __len__(self) -> int:
        return len(self.frame)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "–"
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.10g}"
    return str(value)


def without_repeated_columns(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return rows without the columns of the file that stand there under their canonical name, too.

    Parameters
    ----------
    frame : DataFrame
    columns : mapping of str to str
        Canonical name to the file's column or an expression over its columns.
    """
    repeated = {name for name in map(str, frame.columns) if name not in CANONICAL_COLUMNS and _is_repeated(name, frame, columns)}
    return frame[[name for name in frame.columns if name not in repeated]]


def _is_repeated(name: str, frame: pd.DataFrame, columns: Mapping[str, str]) -> bool:
    if name in _TIMES or any(re.search(rf"\b{re.escape(name)}\b", expression) for expression in columns.values()):
        return True
    texts = frame[name].astype(str)
    return any(texts.equals(frame[canonical].astype(str).rename(name)) for canonical in CANONICAL_COLUMNS if canonical in frame)
