"""What is odd in the data: silence, unknown latencies, everything excluded, times that repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.units import counted

if TYPE_CHECKING:
    from slo_workbench.history.history import History, IndicatorQuery

__all__ = ["find_gaps", "gap_findings", "repeated_times_finding", "share_findings", "unknown_latency_findings", "without_gap_days"]

# A silence is reported when at least this many rows were to be expected in it: with independent arrivals
# it would then happen once in e**30. Shorter ones than SHORTEST_GAP_MINUTES do not change any answer.
EXPECTED_ROWS_IN_GAP = 30
SHORTEST_GAP_MINUTES = 10
NANOSECONDS_A_MINUTE = 60_000_000_000
MOST_CANDIDATES = 500


def share_findings(series: pd.DataFrame, rows: pd.DataFrame, queries: Sequence[IndicatorQuery], source: str) -> list[Finding]:
    """Report indicators for which no event is valid; they cannot be fitted."""
    seen = set(series["indicator"].unique())
    n_rows = int(rows["n_rows"].sum())
    return [
        Finding(
            "nothing-valid",
            f"none of {n_rows:,} rows of {source} is valid",
            where=f"{query.id}.valid",
            hint="compare the predicate with the values its columns really hold, spelling and case included",
        )
        for query in queries
        if query.id not in seen
    ]


def unknown_latency_findings(unknown: Mapping[str, int]) -> list[Finding]:
    """Report otherwise good requests whose latency is unknown, by indicator: they are bad for latency."""
    return [
        Finding(
            "latency-unknown",
            f"{n_events:,} otherwise good requests have no latency; they count as bad",
            severity="warning",
            where=indicator,
            count=n_events,
            hint="if they timed out, say after how long: columns: {latency_ms: coalesce(latency_ms, 30000)}",
        )
        for indicator, n_events in unknown.items()
    ]


def repeated_times_finding(prepared: Any, source: str) -> list[Finding]:
    """Report counts that were given more than once for the same time: they were added up."""
    row = prepared.aggregate(n_rows=prepared.count(), n_times=prepared["time"].nunique()).to_pyarrow()
    n_rows, n_times = row["n_rows"][0].as_py(), row["n_times"][0].as_py()
    if n_rows <= n_times:
        return []
    message = f"{n_rows:,} rows give counts for {n_times:,} times; counts of one time were added up"
    hint = "if they are of different things, choose one: where: component = '…', or --where"
    return [Finding("times-repeated", message, severity="warning", where=source, count=n_rows - n_times, hint=hint)]


def find_gaps(rows: pd.DataFrame, *, resolution_minutes: int = 1) -> pd.DataFrame:
    """Find stretches without any row where rows were to be expected.

    The expected number of rows follows the same hours of other weeks (their lower quartile, so that a flash crowd raises
    no expectation), and where there is no other week those of other days, working days and weekends apart; the stretch
    itself has no say. At coarser resolution every missing bin is a gap.

    Parameters
    ----------
    rows : DataFrame
        ``minute, n_rows`` of one source.
    resolution_minutes : int
        How far apart counts lie.

    Returns
    -------
    DataFrame
        ``start, end, n_expected``: UTC, half-open, rows expected in it.
    """
    empty = pd.DataFrame(
        {"start": pd.Series(dtype="datetime64[us]"), "end": pd.Series(dtype="datetime64[us]"), "n_expected": pd.Series(dtype=float)}
    )
    if len(rows) < 2:
        return empty
    minutes = rows["minute"].sort_values(ignore_index=True)
    step = pd.Timedelta(minutes=resolution_minutes)
    silence = minutes.diff().iloc[1:]
    # counts of nightly runs come a little earlier or later each night
    long_enough = silence > (step if resolution_minutes == 1 else 1.5 * step)
    gaps = pd.DataFrame({"start": (minutes.shift(1)[1:] + step)[long_enough], "end": minutes[1:][long_enough]}).reset_index(drop=True)
    if gaps.empty:
        return empty
    if resolution_minutes >= 1440:
        gaps = _without_days_of_rest(gaps, minutes)
    if resolution_minutes > 1:
        return gaps.assign(n_expected=(gaps["end"] - gaps["start"]).dt.total_seconds() / step.total_seconds())
    gaps = gaps[(gaps["end"] - gaps["start"]) >= pd.Timedelta(minutes=SHORTEST_GAP_MINUTES)].reset_index(drop=True)
    if gaps.empty:
        return empty
    # the longest only: of a sparse source every pause is a candidate
    gaps = gaps.loc[(gaps["end"] - gaps["start"]).nlargest(MOST_CANDIDATES).index.sort_values()].reset_index(drop=True)
    usual = _UsualRows(rows)
    gaps["n_expected"] = [usual.expected(start, end) for start, end in zip(gaps["start"], gaps["end"], strict=True)]
    return gaps[gaps["n_expected"] >= EXPECTED_ROWS_IN_GAP].reset_index(drop=True)


def _without_days_of_rest(gaps: pd.DataFrame, minutes: pd.Series[Any]) -> pd.DataFrame:
    """Leave out gaps that hold only weekdays on which there are hardly ever counts: a service may rest at weekends."""
    n_weeks = max(1, round((minutes.max() - minutes.min()).days / 7))
    worked = minutes.dt.dayofweek.value_counts().reindex(range(7), fill_value=0) >= n_weeks / 2
    missed = [
        pd.date_range(start.normalize(), end - pd.Timedelta(minutes=1), freq="D")
        for start, end in zip(gaps["start"], gaps["end"], strict=True)
    ]
    is_gap = [bool(worked.to_numpy()[days.dayofweek].any()) for days in missed]
    return gaps[is_gap].reset_index(drop=True)


class _UsualRows:
    """How many rows a source has in each hour, and so how many are usual in one; hours are counted from the start of 1970."""

    def __init__(self, rows: pd.DataFrame) -> None:
        hours = rows["minute"].to_numpy().astype("datetime64[h]").astype(np.int64)
        self.first = int(hours.min())
        self.counts = np.bincount(hours - self.first, weights=rows["n_rows"].to_numpy())
        known = np.arange(self.first, self.first + len(self.counts))
        self.of_week, self.of_day = _places(_hour_of_week(known)), _places(_hour_of_day(known))

    def expected(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return how many rows were to be expected in a stretch, judging by the hours outside it."""
        first_minute, end_minute = (moment.value // NANOSECONDS_A_MINUTE for moment in (start, end))
        edges = np.arange(first_minute // 60, -(-end_minute // 60) + 1)
        shares = np.diff(np.clip(edges * 60, first_minute, end_minute)) / 60
        inside = edges[:-1]
        same_hours = self._quartiles(self.of_week, _hour_of_week(inside), inside)
        same_times = np.nan_to_num(self._quartiles(self.of_day, _hour_of_day(inside), inside))
        return float((np.where(np.isnan(same_hours), same_times, same_hours) * shares).sum())

    def _quartiles(self, places: dict[int, Any], keys: Any, inside: Any) -> Any:
        """Return the lower quartile of the hours of each key, without those inside; NaN where there is none."""
        quartiles = {}
        low, high = inside[0] - self.first, inside[-1] - self.first
        for key in set(keys.tolist()):
            found = places.get(key, np.empty(0, dtype=np.int64))
            counts = self.counts[found[(found < low) | (found > high)]]
            quartiles[key] = np.quantile(counts, 0.25) if len(counts) else np.nan
        return np.array([quartiles[key] for key in keys.tolist()])


def _hour_of_week(hours: Any) -> Any:
    return (hours + 3 * 24) % (7 * 24)  # 1970 began on a Thursday


def _hour_of_day(hours: Any) -> Any:
    """Return the hour of the day of each, that of weekends apart."""
    return hours % 24 + 24 * (_hour_of_week(hours) >= 5 * 24)


def _places(keys: Any) -> dict[int, Any]:
    return {int(key): np.flatnonzero(keys == key) for key in np.unique(keys)}


def without_gap_days(daily: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Leave out the days of a daily table that lie in gaps as a whole: no data is neither good nor bad.

    Parameters
    ----------
    daily : DataFrame
        With a column ``day``.
    gaps : DataFrame
        As :func:`find_gaps` gives them.
    """
    in_gap = np.zeros(len(daily), dtype=bool)
    for start, end in zip(gaps["start"], gaps["end"], strict=True):
        in_gap |= ((daily["day"] >= start.normalize()) & (daily["day"] + pd.Timedelta(days=1) <= end.ceil("D"))).to_numpy()
    # a day with events is no gap, whatever the zone says of its edges
    return daily[~(in_gap & (daily["valid"] == 0).to_numpy())].reset_index(drop=True)


def gap_findings(history: History, *, of_source: str = "") -> list[Finding]:
    """Report each source's silences as notes, or those of one: no data is neither good nor bad."""
    found = []
    for source in history.provenance.sources:
        if of_source and source.name != of_source:
            continue
        gaps = find_gaps(history.rows[history.rows["source"] == source.name], resolution_minutes=source.resolution_minutes)
        if gaps.empty:
            continue
        lengths = (gaps["end"] - gaps["start"]).dt.total_seconds()
        longest = gaps.iloc[int(lengths.to_numpy().argmax())]
        hours = lengths.sum() / 3600
        found.append(
            Finding(
                "no-data",
                f"{counted(len(gaps), 'stretch', 'stretches')} without data, {hours:.1f} hours together: neither good nor bad",
                severity="note",
                where=source.name,
                count=len(gaps),
                example=f"{longest['start']:%Y-%m-%d %H:%M} to {longest['end']:%Y-%m-%d %H:%M} UTC",
                hint="find out whether the service or the measuring was silent",
            )
        )
    return found
