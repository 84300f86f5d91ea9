"""From a workbook to its History: which sources to open, and what to count in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError, has_errors, nearest_hint
from slo_workbench.document.model import Indicator, Source, Workbook
from slo_workbench.history.history import History, IndicatorQuery
from slo_workbench.history.indicators import compile_indicator, count_totals
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.anywhere import open_anywhere
from slo_workbench.sources.columns import finding_of
from slo_workbench.sources.locations import is_url
from slo_workbench.sources.predicates import PredicateError, parse_expression
from slo_workbench.sources.rows import RequestTable, SourceRequest

__all__ = ["check_data", "check_expressions", "query_of", "reduce_workbook", "source_request"]


def query_of(indicator: Indicator) -> IndicatorQuery:
    """Return what to count for an indicator of the document."""
    return IndicatorQuery(indicator.id, indicator.source, indicator.valid, indicator.good, tuple(sorted(set(indicator.thresholds_ms))))


def source_request(name: str, source: Source, folder: Path, *, place: str | None = None) -> SourceRequest:
    """Return what to open for a source of the document.

    Parameters
    ----------
    folder : Path
        The workbook's folder; a source lies in it or below, links followed.
    place : str, optional
        A path or URL the user gave instead, which may lie anywhere.
    """
    wanted = place if place is not None else source.url or source.path
    url = wanted if is_url(wanted) else None
    path = Path(wanted) if place is not None else folder / source.path
    return SourceRequest(
        path, name, source.format, dict(source.columns), source.where, source.time_zone, source.log_format,
        inside=folder if place is None else None, url=url,
    )  # fmt: skip


def check_expressions(workbook: Workbook) -> tuple[Finding, ...]:
    """Report every expression of a workbook that is outside the predicate language; no data is read."""
    texts = [
        (f"indicators[{number}].{part}", getattr(indicator, part))
        for number, indicator in enumerate(workbook.indicators)
        for part in ("valid", "good")
    ]
    for name, source in workbook.sources.items():
        texts += [(f"sources.{name}.columns.{column}", text) for column, text in source.columns.items() if not _is_plain_name(text)]
        texts += [(f"sources.{name}.where", source.where)] if source.where else []
    found = []
    for where, text in texts:
        try:
            parse_expression(text)
        except PredicateError as error:
            found.append(finding_of(error, where=where))
    return tuple(found)


def _is_plain_name(text: str) -> bool:
    """Whether a mapping names a column, perhaps an odd one such as ``sc-status``, and is no expression."""
    return all(char.isalnum() or char in "_-@. " for char in text)


def _open_all(
    workbook: Workbook, folder: Path, names: Collection[str], places: Mapping[str, str], stack: ExitStack, progress: Callable[[str], None]
) -> tuple[dict[str, RequestTable], list[Finding]]:
    opened: dict[str, RequestTable] = {}
    findings = [
        Finding("unknown-source", f"the workbook has no source {name!r}", hint=nearest_hint(name, workbook.sources))
        for name in places
        if name not in workbook.sources
    ]
    for name in names:
        progress(f"{name}: opening")
        request = source_request(name, workbook.sources[name], folder, place=places.get(name))
        try:
            opened[name] = stack.enter_context(open_anywhere(request, folder=folder))
        except FindingsError as error:
            findings.extend(_in_document(found, name) for found in error.findings)
    return opened, findings


def _in_document(found: Finding, source: str) -> Finding:
    """Point a source's finding at the source's place in the document."""
    if found.where == source or not found.where:
        return found.at(where=f"sources.{source}")
    return found.at(where=f"sources.{found.where}") if found.where.startswith(f"{source}.") else found


def reduce_workbook(
    workbook: Workbook,
    folder: Path,
    *,
    only: Collection[str] | None = None,
    places: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> History:
    """Reduce the requests behind a workbook's indicators, each source read once.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        The workbook's folder, from which source paths are read.
    only : collection of str, optional
        Ids of the indicators wanted; all by default.
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    progress : callable, optional
        Told each step.

    Raises
    ------
    FindingsError
        With everything that keeps a source or an indicator from being counted.
    """
    indicators = [indicator for indicator in workbook.indicators if only is None or indicator.id in only]
    names = list(dict.fromkeys(indicator.source for indicator in indicators))
    with ExitStack() as stack:
        opened, findings = _open_all(workbook, folder, names, places or {}, stack, progress)
        if has_errors(findings):
            raise FindingsError(findings)
        return reduce_requests(opened, [query_of(indicator) for indicator in indicators], progress=progress)


def check_data(
    workbook: Workbook, folder: Path, *, places: Mapping[str, str] | None = None
) -> tuple[tuple[Finding, ...], dict[str, tuple[int, int]]]:
    """Open every source, compile every expression on its real columns, and count what is valid and good.

    Returns
    -------
    (tuple of Finding, dict)
        What is wrong, and for each indicator that can be counted its valid and its good rows (events, where rows are
        counts), whatever their latency.
    """
    totals: dict[str, tuple[int, int]] = {}
    names = list(dict.fromkeys(indicator.source for indicator in workbook.indicators if indicator.source in workbook.sources))
    with ExitStack() as stack:
        opened, findings = _open_all(workbook, folder, names, places or {}, stack, lambda step: None)
        for source in opened.values():
            findings.extend(_in_document(found, source.name) for found in source.findings)
        for number, indicator in enumerate(workbook.indicators):
            if indicator.source not in opened:
                continue
            try:
                compiled = compile_indicator(query_of(indicator), opened[indicator.source].table, format=opened[indicator.source].format)
                totals[indicator.id] = count_totals(opened[indicator.source].table, compiled)
                if not totals[indicator.id][0]:
                    findings.append(_nothing_valid(number, opened[indicator.source]))
            except FindingsError as error:
                findings.extend(found.at(where=found.where.replace(indicator.id, f"indicators[{number}]", 1)) for found in error.findings)
    return tuple(findings), totals


def _nothing_valid(number: int, source: RequestTable) -> Finding:
    return Finding(
        "nothing-valid",
        f"none of {source.n_rows_used:,} rows of {source.name} is valid",
        severity="warning",
        where=f"indicators[{number}].valid",
        hint="compare the condition with the values its columns really hold, spelling and case included",
    )
