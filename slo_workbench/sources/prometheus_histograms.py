"""Classic histograms: which bucket edges there are, and which thresholds they can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.prometheus_api import PrometheusApi
from slo_workbench.sources.prometheus_counters import check_selector
from slo_workbench.units import format_ms

__all__ = ["Edges", "bucket_selector", "edges_of"]

_UNITS = (("_milliseconds", 1.0), ("_ms", 1.0), ("_microseconds", 0.001), ("_nanoseconds", 1e-6), ("_seconds", 1000.0))


def bucket_selector(histogram: str) -> str:
    """Return the selector of a histogram's buckets.

    Examples
    --------
    >>> bucket_selector('http_request_duration_seconds{job="api"}')
    'http_request_duration_seconds_bucket{job="api"}'
    """
    name, labels = check_selector(histogram, where=histogram)
    return f"{name.removesuffix('_bucket')}_bucket{labels}"


@dataclass(frozen=True)
class Edges:
    """Upper edges of buckets in ms, by the label ``le`` as the server writes it."""

    histogram: str
    ms_by_label: dict[str, float]

    def in_order(self) -> list[tuple[float, str]]:
        """Return edges in ms and their labels, the smallest first, ``+Inf`` last."""
        return sorted((ms, label) for label, ms in self.ms_by_label.items())

    def of_thresholds(self, thresholds_ms: Sequence[float], *, where: str) -> dict[str, list[float]]:
        """Return the thresholds that each edge answers.

        Raises
        ------
        FindingsError
            ``threshold-no-edge`` for each other threshold, with the two edges next to it.
        """
        found: dict[str, list[float]] = {}
        findings = []
        for threshold in thresholds_ms:
            labels = [label for label, ms in self.ms_by_label.items() if np.isclose(ms, threshold, rtol=1e-9)]
            if labels:
                found.setdefault(labels[0], []).append(threshold)
                continue
            edges = [ms for ms, _ in self.in_order() if np.isfinite(ms)]
            nearest = [*[ms for ms in edges if ms < threshold][-1:], *[ms for ms in edges if ms > threshold][:1]]
            message = f"{format_ms(threshold)} is no edge of {self.histogram}, so nobody counted what was in time"
            hint = f"choose {' or '.join(format_ms(ms) for ms in nearest)}, or give the histogram a bucket there"
            findings.append(Finding("threshold-no-edge", message, where=f"{where}.thresholds_ms", hint=hint))
        if findings:
            raise FindingsError(findings)
        return found


def edges_of(api: PrometheusApi, histogram: str, start: float, end: float, *, ms_per_unit: float | None) -> Edges:
    """Return the bucket edges that all series of a histogram share.

    Parameters
    ----------
    ms_per_unit : float, optional
        What the histogram measures in; by its name without.

    Raises
    ------
    FindingsError
        ``prometheus-unit`` when its name does not say, ``prometheus-no-data`` without buckets, and
        ``prometheus-buckets-differ`` when some series have other edges than the rest, as their sum would then not be true.
    """
    name, _ = check_selector(histogram, where=histogram)
    scale = ms_per_unit or next((ms for ending, ms in _UNITS if name.removesuffix("_bucket").endswith(ending)), None)
    if scale is None:
        hint = "say how many milliseconds one unit is: ms_per_unit: 1000 for seconds"
        raise FindingsError([Finding("prometheus-unit", f"{name} does not say what it measures in", where=api.source, hint=hint)])
    query = {"match[]": bucket_selector(histogram), "start": f"{start:.3f}", "end": f"{end - 0.001:.3f}"}
    by_series: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for labels in api.get("/api/v1/series", query):
        others = tuple(sorted((key, value) for key, value in labels.items() if key != "le"))
        by_series.setdefault(others, set()).add(labels.get("le", ""))
    labels_of_all = set().union(*by_series.values()) if by_series else set()
    if not labels_of_all - {""}:
        hint = "give its name without _bucket, and labels it has; docs/engines.md shows one"
        raise FindingsError([Finding("prometheus-no-data", f"{histogram} has no buckets in this time", where=api.source, hint=hint)])
    odd = [others for others, found in by_series.items() if found != labels_of_all]
    if odd:
        message = f"{len(odd)} of {len(by_series)} series of {histogram} have other buckets than the rest"
        example = ", ".join(f"{key}={value}" for key, value in odd[0] if key != "__name__")
        hint = "choose those that are alike by a label, or times in which they were"
        raise FindingsError([Finding("prometheus-buckets-differ", message, where=api.source, example=example, hint=hint)])
    return Edges(histogram, {label: float(label) * scale for label in labels_of_all})
