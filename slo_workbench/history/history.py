"""A History: requests reduced to a few small tables of counts, from which every question is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import reduce as fold
from typing import Any

import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue

__all__ = [
    "TABLES",
    "History",
    "IndicatorQuery",
    "Provenance",
    "SourceRecord",
    "as_table",
    "empty_table",
    "merge_histories",
    "put_side_by_side",
]

TABLES: dict[str, dict[str, str]] = {
    "series": {"indicator": "string", "threshold_ms": "float64", "minute": "datetime64[us]", "valid": "int64", "good": "int64"},
    "latency": {"indicator": "string", "hour": "datetime64[us]", "bucket": "int32", "n_requests": "int64"},
    "users": {
        "indicator": "string", "threshold_ms": "float64", "window_start": "datetime64[us]", "valid": "int64", "good": "int64",
        "n_users": "int64", "value_cents": "int64",
    },
    "value": {"indicator": "string", "threshold_ms": "float64", "hour": "datetime64[us]", "is_good": "bool", "value_cents": "int64"},
    "rows": {"source": "string", "minute": "datetime64[us]", "n_rows": "int64"},
}  # fmt: skip
"""Columns of each table and their types. ``threshold_ms`` is NaN where an indicator has no threshold.

``series`` counts events a minute; ``latency`` counts otherwise good requests by hour and latency bucket;
``users`` says how many users had so many valid and good events in a window; ``value`` is money by hour;
``rows`` counts all usable rows of a source, so that silence is told apart from a service without traffic.
"""

_COUNTS = {
    "series": ["valid", "good"],
    "latency": ["n_requests"],
    "users": ["n_users", "value_cents"],
    "value": ["value_cents"],
    "rows": ["n_rows"],
}


@dataclass(frozen=True)
class IndicatorQuery:
    """What to count: an indicator as the reduction needs it.

    Parameters
    ----------
    id : str
    source : str
        Name of the source.
    valid, good : str
        Predicates, or expressions giving numbers of events.
    thresholds_ms : tuple of float
        One ratio each, over ``latency_ms``.
    """

    id: str
    source: str
    valid: str
    good: str
    thresholds_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class SourceRecord:
    """Where a part of a History came from; ``n_rows_read`` is the sum of used, refused and left out."""

    name: str
    format: str
    files: tuple[dict[str, Any], ...]
    n_rows_read: int
    n_rows_used: int
    n_rows_refused: int
    n_rows_left_out: int
    refused: dict[str, int]
    first_time: str
    last_time: str
    resolution_minutes: int


@dataclass(frozen=True)
class Provenance:
    """What a History was made from and with."""

    indicators: tuple[IndicatorQuery, ...]
    sources: tuple[SourceRecord, ...]
    engine: str
    package_version: str
    user_window_days: int = 28


@dataclass(frozen=True)
class History:
    """Counts of everything that was asked for; see :data:`TABLES` for its frames.

    Frozen: a change gives a new one. All counts are int64, times are UTC without zone, bins half-open.
    """

    series: pd.DataFrame
    latency: pd.DataFrame
    users: pd.DataFrame
    value: pd.DataFrame
    rows: pd.DataFrame
    provenance: Provenance
    findings: tuple[Finding, ...] = field(default=())

    def query(self, indicator: str) -> IndicatorQuery:
        """Return what was counted for an indicator; ``KeyError`` when it was not."""
        for query in self.provenance.indicators:
            if query.id == indicator:
                return query
        raise KeyError(indicator)

    def source_of(self, indicator: str) -> SourceRecord:
        """Return the record of the source an indicator was counted from."""
        name = self.query(indicator).source
        return next(source for source in self.provenance.sources if source.name == name)

    def series_of(self, indicator: str, threshold_ms: float | None = None) -> pd.DataFrame:
        """Return ``minute, valid, good`` of one indicator (and threshold), in order of time."""
        chosen = select_indicator(self.series, indicator, threshold_ms)
        return chosen[["minute", "valid", "good"]].sort_values("minute", ignore_index=True)


def select_indicator(table: pd.DataFrame, indicator: str, threshold_ms: float | None) -> pd.DataFrame:
    """Return the rows of one indicator and threshold from any table that has both."""
    of_indicator = table["indicator"] == indicator
    same = table["threshold_ms"].isna() if threshold_ms is None else table["threshold_ms"] == threshold_ms
    return table[of_indicator & same]


def empty_table(name: str) -> pd.DataFrame:
    """Return a table of a History without rows, with its columns and types."""
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in TABLES[name].items()})


def as_table(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put parts together as a table of a History, with its columns and types."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty_table(name)
    return pd.concat(filled, ignore_index=True)[list(TABLES[name])].astype(TABLES[name])


def _add_up(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty_table(name)
    keys = [column for column in TABLES[name] if column not in _COUNTS[name]]
    together = pd.concat(filled, ignore_index=True)
    return together.groupby(keys, as_index=False, dropna=False, sort=True)[_COUNTS[name]].sum().astype(TABLES[name])


def merge_histories(parts: Sequence[History]) -> History:
    """Add Histories of one shape (same indicators, disjoint rows); the order does not matter.

    A user who appears in two parts within one user window would be counted as two, so such windows are
    left out, with a finding.

    Raises
    ------
    UnusableValue
        When they were not reduced with the same indicators.
    """
    if not parts:
        raise UnusableValue("there is no History to merge")
    first = parts[0].provenance
    if any(part.provenance.indicators != first.indicators for part in parts):
        raise UnusableValue("Histories can be merged when their indicators, predicates and thresholds are the same; reduce them alike")
    _refuse_a_file_twice(parts)
    tables = {name: _add_up(name, [getattr(part, name) for part in parts]) for name in TABLES}
    seen = pd.concat([part.users[["indicator", "window_start"]].drop_duplicates() for part in parts])
    twice = seen[seen.duplicated()].drop_duplicates()
    findings = [finding for part in parts for finding in part.findings]
    if len(twice):
        split = tables["users"].merge(twice, how="left", indicator="in_two_parts")["in_two_parts"] == "both"
        tables["users"] = tables["users"][~split.to_numpy()].reset_index(drop=True)
        findings.append(_split_windows(twice))
    provenance = Provenance(
        first.indicators, _merge_sources([source for part in parts for source in part.provenance.sources]), first.engine, first.package_version,
        first.user_window_days,
    )  # fmt: skip
    return History(**tables, provenance=provenance, findings=tuple(sorted(set(findings), key=repr)))


def put_side_by_side(parts: Sequence[History], order: Sequence[str]) -> History:
    """Put Histories of different indicators and sources together, indicators in the order of the given ids."""
    tables = {name: as_table(name, [getattr(part, name) for part in parts]) for name in TABLES}
    queries = {query.id: query for part in parts for query in part.provenance.indicators}
    provenance = Provenance(
        tuple(queries[id] for id in order),
        tuple(source for part in parts for source in part.provenance.sources),
        ", ".join(dict.fromkeys(part.provenance.engine for part in parts)),
        parts[0].provenance.package_version,
        parts[0].provenance.user_window_days,
    )
    return History(**tables, provenance=provenance, findings=tuple(finding for part in parts for finding in part.findings))


def _refuse_a_file_twice(parts: Sequence[History]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for part in parts:
        for source in part.provenance.sources:
            for file in source.files:
                key = (source.name, str(file["sha256"]))
                if key in seen:
                    raise UnusableValue(f"{file['name']} and {seen[key]} have the same content; its rows would be counted twice")
                seen[key] = str(file["name"])


def _split_windows(windows: pd.DataFrame) -> Finding:
    n_windows = windows["window_start"].nunique()
    return Finding(
        "users-split",
        f"{n_windows} user windows lie in more than one part and were left out: a user seen in two parts would count twice",
        severity="note",
        hint="reduce the requests of such a window together",
        count=n_windows,
    )


def _merge_sources(records: Sequence[SourceRecord]) -> tuple[SourceRecord, ...]:
    by_name: dict[str, list[SourceRecord]] = {}
    for record in records:
        by_name.setdefault(record.name, []).append(record)
    return tuple(fold(_merge_records, by_name[name]) for name in sorted(by_name))


def _merge_records(one: SourceRecord, other: SourceRecord) -> SourceRecord:
    refused = {reason: one.refused.get(reason, 0) + other.refused.get(reason, 0) for reason in sorted({*one.refused, *other.refused})}
    files = tuple(sorted({tuple(sorted(file.items())) for file in (*one.files, *other.files)}))
    sums = {item.name: getattr(one, item.name) + getattr(other, item.name) for item in fields(one) if item.name.startswith("n_rows")}
    return SourceRecord(
        name=one.name,
        format=one.format if one.format == other.format else f"{one.format}, {other.format}",
        files=tuple(dict(file) for file in files),
        refused=refused,
        first_time=min(one.first_time, other.first_time),
        last_time=max(one.last_time, other.last_time),
        resolution_minutes=max(one.resolution_minutes, other.resolution_minutes),
        **sums,
    )
