"""A History from what Prometheus counted: series, latencies at the histogram's own edges, and when it looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.given_counts import resolution_minutes
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord, as_table, empty_table
from slo_workbench.history.latency_buckets import GROWTH
from slo_workbench.history.user_counts import USER_WINDOW_DAYS
from slo_workbench.progress import Tell, silent
from slo_workbench.sources.locations import name_query, shown_url
from slo_workbench.sources.open import NOISE_SHARE
from slo_workbench.sources.prometheus import MINUTE, MinuteCounts, PrometheusQuery, read_counts

__all__ = ["bucket_ending_at", "read_prometheus"]


def read_prometheus(queries: Sequence[PrometheusQuery], *, progress: Tell = silent) -> History:
    """Make a History of indicators over Prometheus' counters.

    Days that lie side by side can be read alone and merged. Questions about users and money need requests.

    Parameters
    ----------
    queries : sequence of PrometheusQuery
        Ids of indicators are unique; those of one source share server and time.
    progress : callable, optional
        Told each step.

    Raises
    ------
    FindingsError
        With everything that keeps an indicator from being read.
    """
    counts: list[MinuteCounts] = []
    findings: list[Finding] = []
    for query in queries:
        try:
            counts.append(read_counts(query, tell=progress))
        except FindingsError as error:
            findings.extend(found.at(where=found.where or query.source) for found in error.findings)
    if findings:
        raise FindingsError(findings)
    parts = list(zip(queries, counts, strict=True))
    found = [_remarks(query, each) for query, each in parts]
    by_source = {name: [part for part in parts if part[0].source == name] for name in dict.fromkeys(query.source for query in queries)}
    tables = {name: empty_table(name) for name in TABLES}
    tables["series"] = as_table("series", [_series(query, each) for query, each in parts])
    tables["latency"] = as_table("latency", [_latency(query, each) for query, each in parts])
    rows = {name: _rows(name, of_source) for name, of_source in by_source.items()}
    tables["rows"] = as_table("rows", list(rows.values()))
    records = tuple(_record(name, of_source, rows[name]) for name, of_source in by_source.items())
    engine = ", ".join(dict.fromkeys(of_source[0][0].api().version() for of_source in by_source.values()))
    indicators = tuple(_indicator(query) for query in queries)
    provenance = Provenance(indicators, records, engine, version("slo-workbench"), USER_WINDOW_DAYS)
    return History(**tables, provenance=provenance, findings=tuple(finding for remarks in found for finding in remarks))


def _indicator(query: PrometheusQuery) -> IndicatorQuery:
    return IndicatorQuery(query.indicator, query.source, query.valid or query.histogram, query.good or query.histogram, query.thresholds_ms)


def _minutes(counts: MinuteCounts, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.datetime64]:
    minutes = int(counts.start_seconds // MINUTE) + np.flatnonzero(chosen)
    return minutes.astype("datetime64[m]").astype("datetime64[us]")


def _series(query: PrometheusQuery, counts: MinuteCounts) -> pd.DataFrame:
    parts = []
    for threshold, good in counts.good.items():
        chosen = (counts.valid > 0) & (good <= counts.valid)
        parts.append(
            pd.DataFrame({"minute": _minutes(counts, chosen), "valid": counts.valid[chosen], "good": good[chosen]}).assign(
                indicator=query.indicator, threshold_ms=np.nan if threshold is None else threshold
            )
        )
    return as_table("series", parts)


def bucket_ending_at(edge_ms: float) -> int:
    """Return the last latency bucket that ends at or below an edge, so that a threshold there counts it.

    Examples
    --------
    >>> from slo_workbench.history.latency_buckets import upper_edge_ms
    >>> [round(float(upper_edge_ms(bucket_ending_at(edge))), 2) for edge in (1.0, 250.0)]
    [1.0, 247.77]
    """
    return int(np.floor(np.log(edge_ms) / np.log(GROWTH) + 1e-9)) - 1


def _latency(query: PrometheusQuery, counts: MinuteCounts) -> pd.DataFrame:
    first_hour = int(counts.start_seconds // 3600)
    parts = []
    for edge_ms, by_hour in counts.latency.items():
        hours = np.flatnonzero(by_hour)
        times = (first_hour + hours).astype("datetime64[h]").astype("datetime64[us]")
        parts.append(pd.DataFrame({"hour": times, "n_requests": by_hour[hours]}).assign(bucket=bucket_ending_at(edge_ms)))
    return as_table("latency", [part.assign(indicator=query.indicator) for part in parts])


def _rows(source: str, parts: Sequence[tuple[PrometheusQuery, MinuteCounts]]) -> pd.DataFrame:
    """Return how many samples of a source were scraped in each minute; a minute without any is not there."""
    seen = [pd.DataFrame({"minute": _minutes(each, each.n_samples > 0), "n_rows": each.n_samples[each.n_samples > 0]}) for _, each in parts]
    by_minute = pd.concat(seen).groupby("minute")["n_rows"].sum()
    return pd.DataFrame({"minute": by_minute.index, "n_rows": by_minute.to_numpy()}).assign(source=source)


def _record(name: str, parts: Sequence[tuple[PrometheusQuery, MinuteCounts]], rows: pd.DataFrame) -> SourceRecord:
    n_unusable, n_used = sum(each.n_unusable for _, each in parts), int(rows["n_rows"].sum())
    return SourceRecord(
        name=name,
        format="prometheus",
        files=(asdict(name_query(shown_url(parts[0][0].url), *[query for query, _ in parts])),),
        n_rows_read=n_used + n_unusable,
        n_rows_used=n_used,
        n_rows_refused=n_unusable,
        n_rows_left_out=0,
        refused={"sample-not-a-number": n_unusable} if n_unusable else {},
        first_time=_iso(min(each.first_seconds for _, each in parts)),
        last_time=_iso(max(each.last_seconds for _, each in parts)),
        resolution_minutes=resolution_minutes(rows["minute"]),
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() + "Z"


def _remarks(query: PrometheusQuery, counts: MinuteCounts) -> list[Finding]:
    """Say what was odd: more good than valid, nothing valid, counters that started again, series that were new."""
    found = []
    too_many = [good > counts.valid for good in counts.good.values()]
    n_bad_minutes = int(np.logical_or.reduce(too_many).sum())
    if n_bad_minutes:
        message = f"{n_bad_minutes:,} minutes have more good events than valid ones and were left out"
        hint = "good must be a part of valid: the same counter, with one label more"
        found.append(Finding("good-exceeds-valid", message, "warning", hint, query.indicator, count=n_bad_minutes))
    if counts.n_unusable:
        n_read = counts.n_unusable + int(counts.n_samples.sum())
        is_noise = counts.n_unusable <= NOISE_SHARE * n_read
        message = f"{counts.n_unusable:,} of {n_read:,} samples are no number and were refused"
        hint = "look at what exports the counter"
        found.append(
            Finding(
                "refused-sample-not-a-number", message, "note" if is_noise else "warning", hint, query.indicator, count=counts.n_unusable
            )
        )
    if not counts.valid.any():
        message = f"{query.valid or query.histogram} did not grow in this time"
        found.append(Finding("nothing-valid", message, where=f"{query.indicator}.valid", hint="look at its labels, and at the times"))
    if counts.n_resets:
        message = f"counters were reset {counts.n_resets:,} times; what they counted between their last scrape and that is lost"
        found.append(Finding("prometheus-resets", message, "note", where=query.indicator, count=counts.n_resets))
    if counts.n_from_start:
        message = f"{counts.n_from_start:,} events stood in the first sample of series that were new, and were counted"
        found.append(Finding("prometheus-new-series", message, "note", where=query.indicator, count=counts.n_from_start))
    return found
