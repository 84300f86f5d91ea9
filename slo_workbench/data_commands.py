"""The commands that read requests and answer from them: ``reduce``, ``users`` and ``fit``."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from slo_workbench.arguments import read_pairs
from slo_workbench.document.findings import is_clean, nearest_hint, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.progress import Step, Tell, show_progress

__all__ = ["fit", "reduce", "users"]

GOOD, FOUND = 0, 1


def reduce(given: Namespace) -> int:
    """Count requests into a History."""
    from slo_workbench.history.history import IndicatorQuery, merge_histories
    from slo_workbench.history.quality import gap_findings
    from slo_workbench.history.store import is_history_folder, read_history, write_history

    if given.good is None and given.histogram is None:
        raise UnusableValue("--good says which events are good; write it")
    query = IndicatorQuery(given.id, "requests", given.valid, given.good or "", _thresholds(given.threshold_ms))
    older = [read_history(given.out)] if given.append and is_history_folder(given.out) else []
    with show_progress() as tell:
        parts = [_reduce_one(source, given, query, tell) for source in given.source]
        history = merge_histories([*older, *parts])
        write_history(history, given.out)
    _print_account(history)
    findings = [*history.findings, *gap_findings(history)]
    print(render_findings(findings))
    print(f"History in {given.out}; next: slo-workbench fit {given.out}")
    return GOOD if is_clean(findings) else FOUND


def _thresholds(given: Sequence[float]) -> tuple[float, ...]:
    wrong = [threshold for threshold in given if not 0 < threshold < 1e12]
    if wrong:
        raise UnusableValue(f"--threshold-ms takes milliseconds above 0, not {wrong[0]:g}")
    return tuple(sorted(set(given)))


def _reduce_one(source: str, given: Namespace, query: Any, tell: Tell) -> Any:
    from slo_workbench.history.reduce import reduce_requests
    from slo_workbench.sources.locations import is_prometheus

    if is_prometheus(source):
        return _reduce_prometheus(source, given, query, tell)
    with _opened(source, given, tell) as opened:
        return reduce_requests({"requests": opened}, [query], progress=tell)


@contextmanager
def _opened(source: str, given: Namespace, tell: Tell) -> Iterator[Any]:
    from slo_workbench.sources.anywhere import open_anywhere
    from slo_workbench.sources.locations import is_url, shown_url
    from slo_workbench.sources.rows import SourceRequest

    url = source if is_url(source) else None
    columns = read_pairs(given.map, "--map")
    request = SourceRequest(Path(source), "requests", given.format, columns, given.where, given.time_zone, given.log_format, url=url)
    tell(Step(f"{shown_url(source) if url else source}: opening"))
    with open_anywhere(request, folder=Path.cwd()) as opened:
        yield opened


def _reduce_prometheus(url: str, given: Namespace, query: Any, tell: Tell) -> Any:
    from slo_workbench.history.from_prometheus import read_prometheus
    from slo_workbench.sources.prometheus import PrometheusQuery

    asked = PrometheusQuery(
        url, _day(given.since, "--since"), _day(given.until, "--until"), valid=query.valid, good=query.good, histogram=given.histogram or "",
        thresholds_ms=query.thresholds_ms, indicator=query.id,
    )  # fmt: skip
    return read_prometheus([asked], progress=tell)


def _day(text: str | None, option: str) -> datetime:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        raise UnusableValue(f"a Prometheus needs {option} with a day such as 2026-03-02, not {text!r}") from None


def _print_account(history: Any) -> None:
    for source in history.provenance.sources:
        left_out = f" + {source.n_rows_left_out:,} left out by where" if source.n_rows_left_out else ""
        print(
            f"read as {source.format}: {source.n_rows_read:,} rows = {source.n_rows_used:,} used + {source.n_rows_refused:,} refused{left_out}"
        )
        print(f"from {source.first_time} to {source.last_time}")
    for (indicator, threshold), rows in history.series.groupby(["indicator", "threshold_ms"], dropna=False):
        valid, good = int(rows["valid"].sum()), int(rows["good"].sum())
        within = "" if threshold != threshold else f" within {threshold:g} ms"
        n_used = history.source_of(indicator).n_rows_used
        share = f"; {1 - valid / n_used:.1%} of the rows used are not valid and do not count" if 0 < valid < n_used else ""
        print(f"{indicator}: {good:,} good{within} of {valid:,} valid{share}")


def users(given: Namespace) -> int:
    """Tell how the service was for users."""
    import numpy as np

    from slo_workbench.analysis.conversion import conversion_after
    from slo_workbench.analysis.user_minutes import user_minutes
    from slo_workbench.analysis.user_uptime import user_uptime, windowed_user_uptime
    from slo_workbench.errors import TooLittleData
    from slo_workbench.history.history import IndicatorQuery
    from slo_workbench.history.quality import find_gaps
    from slo_workbench.history.request_counts import count_rows
    from slo_workbench.history.user_events import read_user_events
    from slo_workbench.sources.formats import ADDRESS_FORMATS

    query = IndicatorQuery("users", "requests", given.valid, given.good, _thresholds([given.threshold_ms] if given.threshold_ms else []))
    with show_progress() as tell, _opened(given.source, given, tell) as source:
        tell(Step("requests: users one by one", source.n_rows_used))
        events, rows = read_user_events(source, query), count_rows(source.table)
    if events.empty:
        raise TooLittleData("no valid event has a user: look at valid, and at the column user")
    print("\n".join(user_uptime(events, cutoff_minutes=given.cutoff_minutes).sentences))
    first, up, down = user_minutes(events, cutoff_minutes=given.cutoff_minutes)
    gaps = find_gaps(rows, resolution_minutes=1)  # of time without any row nobody knows how it was
    print("\n".join(windowed_user_uptime(up, down, first_minute=first, events=events, gaps=gaps).sentences))
    try:
        print("\n".join(conversion_after(events, within_minutes=given.within_minutes, rng=np.random.default_rng(given.seed)).sentences))
    except TooLittleData as error:
        print(f"What people do after a bad request cannot be told: {error}.")
    if source.format in ADDRESS_FORMATS and "user" not in read_pairs(given.map, "--map"):
        print("A user here is a network address, and that is no person: an office is one, and a phone that moves is several.")
    print(f"times in UTC; seed {given.seed}")
    if source.findings:
        print(render_findings(source.findings))
    return GOOD if is_clean(source.findings) else FOUND


def fit(given: Namespace) -> int:
    """Fit a target."""
    import numpy as np

    from slo_workbench.analysis.assessment import assess
    from slo_workbench.analysis.pool import pool_of
    from slo_workbench.history.pool import read_pool
    from slo_workbench.sources.clock import load_zone
    from slo_workbench.sources.intervals import event_of
    from slo_workbench.units import parse_share, parse_window

    window, confidence = parse_window(given.window), parse_share(given.confidence)
    if not Decimal("0.5") <= confidence <= Decimal("0.999"):
        raise UnusableValue(f"--confidence lies between 0.5 and 0.999, not {confidence}")
    load_zone(given.zone_of_days, where="--zone-of-days")
    history = _history_to_fit(given)
    indicator, threshold_ms = _choose_ratio(history, given.indicator, given.threshold_ms)
    rng = np.random.default_rng(given.seed)
    others = read_pool(given.pool)
    one = assess(
        history, indicator, threshold_ms=threshold_ms, window=window, confidence=confidence, rng=rng, time_zone=given.zone_of_days,
        event=event_of(history.source_of(indicator).format, "event"),
        pool=pool_of(others, time_zone=given.zone_of_days) or None,
    )  # fmt: skip
    # what is odd in the pool is odd in the promise; its notes are not
    odd = [found for other in others for found in other.findings if found.severity != "note"]
    one = replace(one, findings=(*one.findings, *odd))
    if given.json:
        print(json.dumps({**one.to_json(), "seed": given.seed}, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print_assessment(one, given.seed)
    return GOOD if is_clean(one.findings) else FOUND


def _print_assessment(one: Any, seed: int) -> None:
    from slo_workbench.units import format_share

    print(one.history_sentence)
    print(one.sentence)
    if one.fit is not None:
        print(", ".join(f"{name} {format_share(target)}" for name, target in one.fit.suggestions.items()))
        print("\n".join([one.past.sentence, *one.budget.sentences, *one.fit.reasons]))
    print(f"seed {seed}")
    if one.findings:
        print(render_findings(one.findings))


def _history_to_fit(given: Namespace) -> Any:
    from slo_workbench.history.history import IndicatorQuery
    from slo_workbench.history.store import is_history_folder, read_history

    if is_history_folder(Path(given.source)):
        return read_history(Path(given.source))
    with show_progress() as tell:
        return _reduce_one(given.source, given, IndicatorQuery("counts", "requests", "valid", "good"), tell)


def _choose_ratio(history: Any, indicator: str | None, threshold_ms: float | None) -> tuple[str, float | None]:
    known = [query.id for query in history.provenance.indicators]
    if indicator is None and len(known) > 1:
        raise UnusableValue(f"the History counts several indicators; choose one: --indicator {' or '.join(known)}")
    if indicator is not None and indicator not in known:
        raise UnusableValue(f"the History does not count {indicator!r}: {nearest_hint(indicator, known)}")
    query = history.query(indicator or known[0])
    if threshold_ms is None and len(query.thresholds_ms) > 1:
        raise UnusableValue(
            f"{query.id} has several thresholds; choose one: --threshold-ms {' or '.join(f'{t:g}' for t in query.thresholds_ms)}"
        )
    if threshold_ms is not None and threshold_ms not in query.thresholds_ms:
        raise UnusableValue(
            f"{query.id} has no threshold of {threshold_ms:g} ms; there is: {', '.join(f'{t:g}' for t in query.thresholds_ms) or 'none'}"
        )
    return query.id, threshold_ms if threshold_ms is not None else (query.thresholds_ms or (None,))[0]
