"""The part of a proposal that holds the risks of the catalogue against its budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.analysis.risks import RiskCatalogue, weigh_risks
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_duration, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["risks_of", "risks_part"]


def risks_of(case: ProposalCase) -> RiskCatalogue | None:
    """Return the workbook's risks against the target; ``None`` without one."""
    target = case.assessment.target
    if target is None or not 0 < target < 1:
        return None
    return weigh_risks(case.workbook.risks, target=target, window_days=case.assessment.window.days)


def risks_part(case: ProposalCase) -> Fragment:
    """Return which risks the budget of a year pays for and which not, the most expensive first."""
    found = case.risks
    if found is None:
        return paragraphs("Without a target there is no budget to hold risks against.")
    rows = [
        (
            row["title"],
            format_duration(row["minutes_each"]),
            format_share(row["users_hit_share"]),
            counted(row["days_between"], "day"),
            format_duration(row["bad_minutes_a_year"]),
            f"{'✗ ' if row['budget_share'] > 1 else '! ' if row['is_large'] else ''}{row['budget_share'] * 100:,.3g} %",
            f"{row['chance_share'] * 100:.0f} of 100",
            row["mitigation"] or "–",
        )
        for row in found.table.to_dict("records")
    ]
    *sentences, rule = found.sentences
    if not rows:
        return paragraphs(rule)
    return together(
        paragraphs(*sentences), table(case.texts.header("risks"), rows, numbers=(1, 2, 3, 4, 5, 6)), paragraphs(rule, css_class="aside")
    )
