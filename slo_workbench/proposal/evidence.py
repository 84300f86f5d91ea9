"""Parts of a proposal that answer the room's questions: which users a target covers, what money hangs on it, how fast is fast."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from slo_workbench.analysis.assessment import Assessment
from slo_workbench.analysis.budgeting_methods import compare_budgeting
from slo_workbench.analysis.calendar_windows import calendar_sli, summarize_windows
from slo_workbench.analysis.dependency_ceiling import Ceiling, Dependency, ceiling_of
from slo_workbench.analysis.latency_frontier import latency_frontier
from slo_workbench.analysis.low_traffic import low_traffic
from slo_workbench.analysis.revenue import ValueAtRisk, format_money, value_at_risk
from slo_workbench.analysis.uncovered_users import uncovered_sentence
from slo_workbench.analysis.user_coverage import UserCoverage, cover_users
from slo_workbench.document.model import Journey
from slo_workbench.errors import TooLittleData
from slo_workbench.plots.style import plot_style
from slo_workbench.plots.users_covered import draw_users_covered, users_covered_alt_text
from slo_workbench.proposal.counted_series import counted_series
from slo_workbench.proposal.fragments import Fragment, findings_list, heading, paragraphs, picture, table, together
from slo_workbench.sources.formats import ADDRESS_FORMATS
from slo_workbench.units import counted, format_count, format_ms, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = [
    "budgeting_part",
    "ceiling_of_journey",
    "coverage_of_users",
    "dependencies_part",
    "latency_part",
    "money_part",
    "months_part",
    "traffic_part",
    "users_part",
    "value_of",
]

SLICE_MINUTES = 5
MOST_PERIODS = 24


def _of_all_times(one: Assessment) -> str | None:
    return None if one.excluded is None else "This counts all times, those that are left out elsewhere included."


def users_part(case: ProposalCase) -> Fragment:
    """Return how many users the target covers, by how much they use the service; or why nobody can tell."""
    found = case.users
    if found is None:
        return paragraphs("Without a target there is nothing to cover.")
    rows, window = found.table, found.shown
    if rows.empty or window is None:
        return paragraphs(*found.sentences)
    shown = table(list(rows.columns), rows.itertuples(index=False), numbers=range(1, len(rows.columns)))
    odd = findings_list(found.findings) if found.findings else paragraphs()
    uncovered = uncovered_sentence(window, event=found.event)
    n_below = int(window.by_activity["n_below"].sum())
    title = f"{counted(n_below, 'user')} of {format_count(window.n_users)} fell below {format_share(found.target)}"
    with plot_style():
        ax = draw_users_covered(window.by_activity, target=found.target, event=found.event, title=title)
        drawn = picture(ax, alt=users_covered_alt_text(window.by_activity, target=found.target, event=found.event))
    return together(
        paragraphs(*found.sentences[:1], uncovered), drawn, paragraphs(*found.sentences[1:], _of_all_times(case.assessment)), shown, odd
    )


def coverage_of_users(case: ProposalCase) -> UserCoverage | None:
    """Return whom the target covers; ``None`` without a target to cover anybody."""
    history, one = case.history, case.assessment
    if one.target is None or not 0 < one.target < 1:
        return None
    source = history.source_of(one.indicator)
    is_address = source.format in ADDRESS_FORMATS and "user" not in case.workbook.sources[source.name].columns
    return cover_users(
        history,
        one.indicator,
        threshold_ms=one.threshold_ms,
        target=one.target,
        event=one.event,
        user_kind="address" if is_address else None,
    )


def value_of(case: ProposalCase) -> ValueAtRisk:
    """Return what money hangs on good and on bad events."""
    one = case.assessment
    return value_at_risk(
        case.history, one.indicator, threshold_ms=one.threshold_ms, rng=np.random.default_rng(case.seed), currency=case.workbook.service.currency,
        target=one.target, window_days=one.window.days, time_zone=case.workbook.service.time_zone, event=one.event,
    )  # fmt: skip


def money_part(case: ProposalCase) -> Fragment:
    """Return what money hangs on good and on bad events, for each threshold; or that none is known."""
    found, currency = case.money, case.workbook.service.currency
    if found.table.empty:
        return paragraphs(*found.sentences, f"What to do: {found.findings[0].hint}.")
    rows = [
        (
            "–" if row["threshold_ms"] is None or row["threshold_ms"] != row["threshold_ms"] else format_ms(row["threshold_ms"]),
            format_money(row["good_cents"], currency, is_rounded=True),
            format_money(row["bad_cents"], currency, is_rounded=True),
        )
        for row in found.table.to_dict("records")
    ]
    shown = table(case.texts.header("money"), rows, numbers=(1, 2)) if len(rows) > 1 else paragraphs()
    return together(paragraphs(*found.sentences, _of_all_times(case.assessment)), shown, paragraphs(*found.limits[1:], css_class="aside"))


def months_part(case: ProposalCase) -> Fragment:
    """Return the best, worst and a typical window, and every month (or quarter, where there are many) of the history."""
    one = case.assessment
    if one.daily.empty:
        return paragraphs()
    try:
        summary = summarize_windows(one.rolling, event=one.event).sentences if len(one.rolling) else ()
    except TooLittleData as error:
        summary = (str(error),)
    months = calendar_sli(one.daily, "month")
    periods = months if len(months) <= MOST_PERIODS else calendar_sli(one.daily, "quarter")
    rows = [
        (
            row["name"],
            format_count(row["valid"]),
            format_share(row["sli"]) if row["valid"] else "no data",
            f"{row['n_days_seen']} of {row['n_days']}",
        )
        for row in periods.to_dict("records")
    ]
    return together(paragraphs(*summary), table(case.texts.header("months", event=one.event), rows, numbers=(1, 2, 3)))


def latency_part(case: ProposalCase) -> Fragment:
    """Return which thresholds and targets go together; nothing where there are no latencies."""
    one, time_zone = case.assessment, case.workbook.service.time_zone
    if one.threshold_ms is None:
        return paragraphs()
    try:
        found = latency_frontier(case.history, one.indicator, window_days=one.window.days, time_zone=time_zone, event=one.event)
    except TooLittleData as error:
        return paragraphs(str(error))
    shares = (Decimal("0.5"), Decimal("0.9"), Decimal("0.95"), Decimal("0.99"), Decimal("0.999"))
    rows = []
    for share in shares:
        try:
            _, high = found.quantile_bounds(float(share))
            rows.append((format_share(share), format_ms(float(f"{high:.3g}"))))
        except TooLittleData:
            rows.append((format_share(share), "never: too many fail"))
    header = case.texts.header("latency", event=one.event)
    title = heading(case.texts.heading("latency"))
    return together(title, paragraphs(*found.sentences, _of_all_times(one)), table(header, rows, numbers=(1,)))


def budgeting_part(case: ProposalCase) -> Fragment:
    """Return how the last window is judged by events and by slices of five minutes, where counts are that fine."""
    history, one, zone = case.history, case.assessment, case.workbook.service.time_zone
    step = history.source_of(one.indicator).resolution_minutes
    if one.target is None or one.daily.empty or step > SLICE_MINUTES or not 0 < one.target < 1:
        return paragraphs()
    series = counted_series(case)
    try:
        found = compare_budgeting(
            series, target=one.target, slice_minutes=SLICE_MINUTES, slice_target=one.target,
            window_days=one.window.days, time_zone=zone, resolution_minutes=step, event=one.event,
        )  # fmt: skip
    except TooLittleData as error:
        return paragraphs(str(error))
    return paragraphs(*found.sentences, css_class="aside")


def ceiling_of_journey(journey: Journey) -> Ceiling:
    """Return what the dependencies of a journey leave possible."""
    return ceiling_of([Dependency(one.name, one.target, is_hard=one.is_hard, copies=one.copies) for one in journey.dependencies])


def dependencies_part(case: ProposalCase) -> Fragment:
    """Return the ceiling from the journey's hard dependencies; nothing where none are named."""
    if not case.journey.dependencies:
        return paragraphs()
    rows = [(one.name, format_share(one.target), "hard" if one.is_hard else "soft", one.copies) for one in case.journey.dependencies]
    shown = table(case.texts.header("dependencies"), rows, numbers=(1, 3))
    return together(heading(case.texts.heading("dependencies")), shown, paragraphs(*ceiling_of_journey(case.journey).sentences))


def traffic_part(case: ProposalCase) -> Fragment:
    """Return what one bad event costs, and the remedies where the budget is a few events only."""
    one = case.assessment
    if one.target is None or not (one.daily["valid"] > 0).any() or not 0 < one.target < 1:
        return paragraphs()
    return paragraphs(*low_traffic(one.daily, target=one.target, window_days=one.window.days, event=one.event).sentences)
