"""The part of a proposal that draws its indicator day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.plots.sli_over_time import draw_sli_over_time
from slo_workbench.plots.style import plot_style
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, together
from slo_workbench.units import format_days, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["over_time_part"]


def over_time_part(case: ProposalCase) -> Fragment:
    """Return the SLI by day and by window as a picture, with what was measured in one sentence."""
    one = case.assessment
    if one.daily.empty:
        return paragraphs("No day is covered completely, so there is nothing to draw." if case.is_measured else "Nothing was measured.")
    daily = one.daily.assign(sli=one.daily["good"] / one.daily["valid"].where(one.daily["valid"] > 0))
    title = f"{format_share(one.sli)} good over {format_days(one.span_days)}" if one.sli is not None else "No valid event"
    with plot_style():
        ax = draw_sli_over_time(daily, one.rolling, window_days=one.window.days, target=one.target, incidents=one.incidents, title=title)
        alt = f"SLI by day from {daily['day'].min():%Y-%m-%d} to {daily['day'].max():%Y-%m-%d}. {one.history_sentence}"
        drawn = picture(ax, alt=alt)
    return together(drawn, paragraphs(one.history_sentence, one.excluded_sentence, one.worst_window_sentence))
