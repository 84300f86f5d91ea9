"""The parts of a proposal about its error budget over time and about the policy, replayed."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from slo_workbench.analysis.budget_over_time import BudgetOverTime, budget_over_time
from slo_workbench.analysis.budget_spenders import IncidentSpending, spend_by_incident
from slo_workbench.analysis.policy_replay import PolicyReplay, replay_policy
from slo_workbench.document.model import PolicyClause
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.plots.budget_burn_down import budget_burn_down_alt_text, draw_budget_burn_down
from slo_workbench.plots.style import plot_style
from slo_workbench.proposal.counted_series import counted_series, counted_span, days_with_holes_as_nothing
from slo_workbench.proposal.fragments import Fragment, heading, paragraphs, picture, table, together
from slo_workbench.units import format_share

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.proposal.case import ProposalCase

__all__ = [
    "budget_over_time_part",
    "budget_part",
    "followed_budget",
    "incident_spending",
    "policy_part",
    "policy_replay_part",
    "replayed_policy",
]

MINUTES_AN_HOUR, MINUTES_A_DAY = 60, 1440


def budget_part(case: ProposalCase) -> Fragment:
    """Return the budget in events and in minutes of full outage."""
    budget = case.assessment.budget
    if budget is None:
        return paragraphs("Without a target there is no error budget.")
    # an hour of outage means nothing for counts that come once a day
    by_day = case.resolution_minutes > MINUTES_AN_HOUR
    return paragraphs(*(sentence for place, sentence in enumerate(budget.sentences) if not (by_day and place == 1)))


def policy_part(case: ProposalCase) -> Fragment:
    """Return what happens when the budget is spent."""
    policy = case.workbook.policy
    if case.objective.ambition == "aspirational":
        return paragraphs("The target is aspirational: it shows where the team wants to be and triggers no policy.")
    if not policy.clauses:
        return paragraphs("There is no error budget policy yet; a target without one changes nothing.")
    rows = [
        (f"{format_share(clause.budget_spent)} spent{_by(clause)}", clause.action, clause.owner or "–", clause.escalation or "–")
        for clause in policy.clauses
    ]
    agreed = f"Agreed by {', '.join(policy.agreed_by)}" if policy.agreed_by else "Not agreed yet"
    agreed += f" on {policy.agreed_on}." if policy.agreed_on else "."
    exempt = f"Exempt: {policy.exempt}" if policy.exempt else None
    return together(table(case.texts.header("policy"), rows), paragraphs(agreed, exempt))


def _by(clause: PolicyClause) -> str:
    return " by one incident alone" if clause.by == "incident" else ""


def budget_over_time_part(case: ProposalCase) -> Fragment:
    """Return what was left of the budget day by day, how fast it burns, and how long it lasts; nothing without a target."""
    one, target = case.assessment, case.assessment.target
    try:
        found = case.followed
    except SloWorkbenchError as error:
        return paragraphs(str(error))
    if found is None or target is None:
        return paragraphs()
    if len(found.judged) < 2:
        return paragraphs(*found.sentences)
    last = found.frame.iloc[-1]
    left = last["left_share" if found.window.period is None else "so_far_left_share"]
    title = f"{left * 100:.0f} % of the budget of {format_share(target)} is left" if last["is_judged"] else ""
    with plot_style():
        ax = draw_budget_burn_down(found.frame, window=found.window, incidents=one.incidents, title=title)
        drawn = picture(ax, alt=budget_burn_down_alt_text(found.frame, window=found.window))
    return together(heading(case.texts.heading("budget-days")), drawn, paragraphs(*found.sentences))


def followed_budget(case: ProposalCase, target: Decimal) -> BudgetOverTime:
    """Follow the budget day by day, on counts as fine as there are, so that the last hours' burn is known.

    Raises
    ------
    SloWorkbenchError
        When the counts or the target do not allow it.
    """
    one, step = case.assessment, case.resolution_minutes
    span = counted_span(case)
    follow = partial(budget_over_time, target=target, window=one.window, time_zone=case.workbook.service.time_zone, event=one.event)
    if step >= MINUTES_A_DAY or span is None:
        return follow(one.daily)
    return follow(counted_series(case), start=span[0], end=span[1], resolution_minutes=step)


def replayed_policy(case: ProposalCase) -> PolicyReplay | None:
    """Return the days on which each clause would have been in force, under the target and its alternatives; ``None`` without a policy.

    Raises
    ------
    SloWorkbenchError
        When the counts or the target do not allow it.
    """
    one, target, clauses = case.assessment, case.assessment.target, case.workbook.policy.clauses
    if target is None or not clauses or not case.has_budget or case.objective.ambition == "aspirational":
        return None
    return replay_policy(
        days_with_holes_as_nothing(case), clauses=clauses, targets=_targets(case, target), window_days=one.window.days,
        incidents=_incidents(case, target), time_zone=case.workbook.service.time_zone, period=one.window.period,
    )  # fmt: skip


def policy_replay_part(case: ProposalCase) -> Fragment:
    """Return on how many days each clause would have been in force; nothing without a policy."""
    try:
        found = case.policy_replay
    except SloWorkbenchError as error:
        return paragraphs(f"The policy cannot be replayed: {error}", css_class="aside")
    if found is None:
        return paragraphs()
    rows = [
        (format_share(row["target"]), row["clause"], f"{row['n_days_in_force']} of {row['n_days_judged']}", f"{row['days_a_year']:.0f}")
        for row in found.table.to_dict("records")
    ]
    shown = table(case.texts.header("policy-replay"), rows, numbers=(0, 2, 3))
    return together(heading(case.texts.heading("policy-replay")), paragraphs(found.sentences[0]), shown)


def incident_spending(case: ProposalCase, target: Decimal) -> IncidentSpending:
    """Return what each incident of the history spent; days without data are no days without traffic."""
    return spend_by_incident(
        counted_series(case), target=target, window_days=case.assessment.window.days, resolution_minutes=case.resolution_minutes,
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
