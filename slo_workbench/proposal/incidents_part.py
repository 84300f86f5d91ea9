"""The part of a proposal that names the stretches of time in which much more failed than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_count, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["incidents_part"]

MINUTES_A_DAY = 1440
MOST_INCIDENTS = 8


def incidents_part(case: ProposalCase) -> Fragment:
    """Return the worst incidents found in the counts, with their share of the budget."""
    one, zone = case.assessment, case.workbook.service.time_zone
    if one.incidents.empty:
        return paragraphs("No stretch of time stood out.")
    allowed = one.budget.bad_events_allowed if one.budget else 0
    by_day = case.history.source_of(case.indicator.id).resolution_minutes >= MINUTES_A_DAY
    worst: Any = one.incidents.nlargest(MOST_INCIDENTS, "bad").itertuples()
    rows = [
        (
            f"{row.start:%Y-%m-%d}" if by_day else f"{row.start.tz_localize('UTC').tz_convert(zone):%Y-%m-%d %H:%M}",
            counted((row.end - row.start).days, "day") if by_day else f"{(row.end - row.start).total_seconds() / 3600:.0f} h",
            format_count(row.bad),
            format_share(row.bad_share),
            f"{row.bad / allowed * 100:,.0f} %" if allowed else "–",
        )
        for row in worst
    ]
    hidden = len(one.incidents) - len(rows)
    shown = "Found by the day." if by_day else f"Found by the hour; times in {zone}."
    shown += f" {counted(hidden, 'smaller one')} not shown." if hidden else ""
    return together(table(case.texts.header("incidents"), rows, numbers=(1, 2, 3, 4)), paragraphs(shown, css_class="aside"))
