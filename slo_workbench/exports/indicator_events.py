"""An indicator's ``selectors``, checked: how its events are called, or what to write so that it can be said."""

from __future__ import annotations

from decimal import Decimal

from slo_workbench.document.alerting_model import Selectors
from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Indicator
from slo_workbench.exports.events import Events, events_of
from slo_workbench.exports.selectors import Selector, UnusableSelector, parse_selector

__all__ = ["events_of_indicator"]


def events_of_indicator(
    indicator: Indicator, threshold_seconds: Decimal | None, where: str, *, url: str | None = None
) -> tuple[Events | None, tuple[Finding, ...]]:
    """Give the events an objective counts, ``None`` with findings where the selectors do not say.

    Parameters
    ----------
    indicator : Indicator
    threshold_seconds : Decimal, optional
        That of the objective; counted by the histogram's bucket with that edge.
    where : str
        Path of the indicator, such as ``indicators[3]``.
    url : str, optional
        Of its source: a Prometheus' indicators name selectors already, which the hint repeats.
    """
    if indicator.selectors == Selectors():
        return None, (_missing(indicator, where, url),)
    read, findings = _read(indicator.selectors, f"{where}.selectors")
    if findings:
        return None, findings
    for problem in (_lacking(indicator, read, threshold_seconds), _with_edge(read)):
        if problem is not None:
            return None, (problem.at(where=f"{where}.selectors"),)
    histogram = read.get("histogram")
    if histogram is not None and threshold_seconds is not None:
        valid = read.get("valid") or histogram.called(f"{histogram.metric}_count")
        return Events(valid, histogram=histogram, threshold_seconds=threshold_seconds), _unused(indicator, where)
    as_bad = "bad" in read
    return events_of(read["valid"], read["bad"] if as_bad else read["good"], as_bad=as_bad), ()


def _missing(indicator: Indicator, where: str, url: str | None) -> Finding:
    wanted = "{valid: …, histogram: …}" if indicator.thresholds_ms else "{valid: …, bad: …}"
    if url is not None and url.startswith("http"):
        second = "histogram" if indicator.thresholds_ms else "good"
        wanted = f"{{valid: {indicator.valid!r}, {second}: {indicator.good!r}}}, if its source says the same"
    message = f"nothing says how the events of {indicator.id!r} are called in Prometheus; its objectives are left out"
    return Finding("selectors-missing", message, severity="warning", hint=f"write {where}.selectors: {wanted}", where=where)


def _read(selectors: Selectors, where: str) -> tuple[dict[str, Selector], tuple[Finding, ...]]:
    read, findings = {}, []
    for name in ("valid", "bad", "good", "histogram"):
        text = getattr(selectors, name)
        try:
            if text.strip():
                read[name] = parse_selector(text)
        except UnusableSelector as error:
            findings.append(Finding("selector-unusable", error.message, hint=error.hint, where=f"{where}.{name}"))
    return read, tuple(findings)


def _lacking(indicator: Indicator, read: dict[str, Selector], threshold_seconds: Decimal | None) -> Finding | None:
    if threshold_seconds is not None and "histogram" not in read and len(indicator.thresholds_ms) > 1:
        message = f"{indicator.id!r} has several thresholds, which one counter cannot tell apart"
        return Finding("selectors-incomplete", message, hint="write histogram: its name without _bucket")
    if threshold_seconds is not None and "histogram" in read:
        return None
    if "histogram" in read and not ("bad" in read or "good" in read):
        message = f"a histogram counts events within a threshold, and {indicator.id!r} has none"
        return Finding("selectors-incomplete", message, hint="write bad: or good:, or give the indicator thresholds_ms")
    lacking = "valid" if "valid" not in read else "" if "bad" in read or "good" in read else "bad"
    if not lacking:
        return None
    hint = "write valid: the counter of all events that count" if lacking == "valid" else "write bad: the counter of bad events, or good:"
    return Finding("selectors-incomplete", f"the selectors of {indicator.id!r} do not name its {lacking} events", hint=hint)


def _with_edge(read: dict[str, Selector]) -> Finding | None:
    histogram = read.get("histogram")
    if histogram is None:
        return None
    suffix = next((each for each in ("_bucket", "_count", "_sum") if histogram.metric.endswith(each)), "")
    if suffix:
        message = f"{histogram.metric!r} is a part of a histogram"
        return Finding("selector-unusable", message, hint=f"write it without {suffix}: {histogram.metric.removesuffix(suffix)}")
    if any(matcher.label == "le" for matcher in histogram.matchers):
        message = "the histogram's selector names an edge"
        return Finding("selector-unusable", message, hint="leave le out; the objective's threshold chooses the edge")
    return None


def _unused(indicator: Indicator, where: str) -> tuple[Finding, ...]:
    if not (indicator.selectors.bad or indicator.selectors.good):
        return ()
    message = f"{indicator.id!r} has a threshold: what is good and in time is counted by its histogram alone"
    hint = "the histogram's selector must leave bad requests out; bad and good are not used"
    return (Finding("selectors-unused", message, severity="note", hint=hint, where=f"{where}.selectors"),)
