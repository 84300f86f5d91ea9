"""The parts of a proposal about its error budget over time and about the policy, replayed."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from slo_workbench.analysis.budget_over_time import BudgetOverTime, budget_over_time
from slo_workbench.analysis.budget_spenders import IncidentSpending, spend_by_incident
from slo_workbench.analysis.policy_replay import replay_policy
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.plots.budget_burn_down import budget_burn_down_alt_text, draw_budget_burn_down
from slo_workbench.plots.style import plot_style
from slo_workbench.proposal.counted_series import counted_series, counted_span, days_with_holes_as_nothing
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, table, together
from slo_workbench.units import format_share

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.proposal.case import ProposalCase

__all__ = ["budget_over_time_part", "followed_budget", "incident_spending", "policy_replay_part"]

MINUTES_A_DAY = 1440


def budget_over_time_part(case: ProposalCase) -> Fragment:
    """Return what was left of the budget day by day, how fast it burns, and how long it lasts; nothing without a target."""
    one, target = case.assessment, case.assessment.target
    if target is None or one.daily.empty or not 0 < target < 1:
        return paragraphs()
    try:
        found = followed_budget(case, target)
    except SloWorkbenchError as error:
        return paragraphs(str(error))
    if len(found.judged) < 2:
        return paragraphs(*found.sentences)
    last = found.frame.iloc[-1]
    left = last["left_share" if found.window.period is None else "so_far_left_share"]
    title = f"{left * 100:.0f} % of the budget of {format_share(target)} is left" if last["is_judged"] else ""
    with plot_style():
        ax = draw_budget_burn_down(found.frame, window=found.window, incidents=one.incidents, title=title)
        drawn = picture(ax, alt=budget_burn_down_alt_text(found.frame, window=found.window))
    heading = Fragment("<h3>What was left, day by day</h3>", "What was left, day by day")
    return together(heading, drawn, paragraphs(*found.sentences))


def followed_budget(case: ProposalCase, target: Decimal) -> BudgetOverTime:
    """Follow the budget day by day, on counts as fine as there are, so that the last hours' burn is known.

    Raises
    ------
    SloWorkbenchError
        When the counts or the target do not allow it.
    """
    one, step = case.assessment, case.history.source_of(case.indicator.id).resolution_minutes
    span = counted_span(case)
    follow = partial(budget_over_time, target=target, window=one.window, time_zone=case.workbook.service.time_zone, event=one.event)
    if step >= MINUTES_A_DAY or span is None:
        return follow(one.daily)
    return follow(counted_series(case), start=span[0], end=span[1], resolution_minutes=step)


def policy_replay_part(case: ProposalCase) -> Fragment:
    """Return on how many days each clause would have been in force, under the target and its alternatives; nothing without a policy."""
    one, target, clauses = case.assessment, case.assessment.target, case.workbook.policy.clauses
    if target is None or not clauses or one.daily.empty or case.objective.ambition == "aspirational" or not 0 < target < 1:
        return paragraphs()
    try:
        incidents = _incidents(case, target)
        found = replay_policy(
            days_with_holes_as_nothing(case), clauses=clauses, targets=_targets(case, target), window_days=one.window.days, incidents=incidents,
            time_zone=case.workbook.service.time_zone, period=one.window.period,
        )  # fmt: skip
    except SloWorkbenchError as error:
        return paragraphs(f"The policy cannot be replayed: {error}", css_class="aside")
    rows = [
        (format_share(row["target"]), row["clause"], f"{row['n_days_in_force']} of {row['n_days_judged']}", f"{row['days_a_year']:.0f}")
        for row in found.table.to_dict("records")
    ]
    heading = Fragment("<h3>The policy, replayed</h3>", "The policy, replayed")
    shown = table(["Target", "Clause", "Days in force", "Days a year, by that"], rows, numbers=(0, 2, 3))
    return together(heading, paragraphs(found.sentences[0]), shown)


def incident_spending(case: ProposalCase, target: Decimal) -> IncidentSpending:
    """Return what each incident of the history spent; days without data are no days without traffic."""
    return spend_by_incident(
        counted_series(case), target=target, window_days=case.assessment.window.days, resolution_minutes=case.history.source_of(case.indicator.id).resolution_minutes,
        days_with_data=float(len(case.assessment.daily)), event=case.assessment.event,
    )  # fmt: skip


def _incidents(case: ProposalCase, target: Decimal) -> pd.DataFrame | None:
    if all(clause.by == "window" for clause in case.workbook.policy.clauses):
        return None
    return incident_spending(case, target).table


def _targets(case: ProposalCase, target: Decimal) -> dict[str, Decimal]:
    """Return the target and the suggested ones, each share once, loosest first."""
    named = {"target": target}
    if case.assessment.fit is not None:
        named |= dict(case.assessment.fit.suggestions)
    once = {share: name for name, share in reversed(named.items()) if 0 < share < 1}
    return {once[share]: share for share in sorted(once)}
