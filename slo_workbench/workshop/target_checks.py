"""Check yourself: whether what the room decided about a promise is valid, and lies in what the data support.

Each check returns a line that begins with ✓, or raises :class:`CheckFailed` with what is wrong and what to do.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.document.findings import has_errors
from slo_workbench.units import counted, format_share
from slo_workbench.workshop.check_failed import CheckFailed

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase
    from slo_workbench.workshop.opening import Workshop

__all__ = ["check_alerts", "check_policy", "check_promise", "check_proposal", "check_target"]

LOOSEST_TIMES = 10
"""A target that allows so many times more bad events than the history supports is spent by nothing short of a catastrophe."""


def check_target(workshop: Workshop, objective_id: str = "") -> str:
    """Check that an objective has a target with a reason, and that the target lies in the range that the history supports.

    An achievable target is no tighter than the history supports with the confidence asked for, and not ten times looser; an aspirational
    one may be tighter. Where the history is too short for any, the target must be aspirational.

    Raises
    ------
    CheckFailed
    """
    case = workshop.case(objective_id)
    one, objective = case.assessment, case.objective
    if objective.target is None:
        instead = f"; the history supports {format_share(one.fit.target)}" if one.fit else ""
        raise CheckFailed(f"{objective.id} has no target yet", f"write target and reason in the parameters, or use the form above{instead}")
    if not objective.reason:
        raise CheckFailed(f"the target of {objective.id} stands there without a reason", "write down why this target, for the next review")
    if one.budget is not None and one.budget.bad_events_allowed < 1:
        message = f"{format_share(objective.target)} allows less than one bad {one.event} a window"
        raise CheckFailed(message, "take a longer window, count it together with a similar journey, or promise less")
    in_range = _in_range(case, objective.target)
    return f"✓ {objective.id}: {format_share(objective.target)} over {objective.window.words} is valid and has a reason. {in_range}"


def _in_range(case: ProposalCase, target: Decimal) -> str:
    one, is_aspirational = case.assessment, case.objective.ambition == "aspirational"
    if one.fit is None:
        if is_aspirational:
            return f"It is aspirational, and no data support it yet: {one.sentence}"
        raise CheckFailed(f"the history cannot carry this target. {one.sentence}", "call it aspirational, or gather more days")
    supported = one.fit.target
    chance = one.fit.predicted.chance_of_keeping(target) * 100
    if target > supported and not is_aspirational:
        message = f"{format_share(target)} is tighter than the history supports: about {chance:.0f} of 100 such windows would keep it"
        raise CheckFailed(message, f"choose {format_share(supported)} or less, or call it aspirational and say which need it comes from")
    if 1 - target > LOOSEST_TIMES * (1 - supported):
        message = f"{format_share(target)} allows more than {LOOSEST_TIMES} times as many bad {one.event}s as the history supports"
        raise CheckFailed(message, f"nothing short of a catastrophe would spend that; look at {format_share(supported)} again")
    if target > supported:
        return (
            f"It is aspirational: about {chance:.0f} of 100 such windows would keep it, and the history supports {format_share(supported)}."
        )
    return f"It lies in what the history supports, up to {format_share(supported)}: about {chance:.0f} of 100 such windows would keep it."


def check_promise(workshop: Workshop, objective_id: str = "") -> str:
    """Check that somebody owns the promise, that it has a reason, and that a day is set to look at it again.

    Raises
    ------
    CheckFailed
    """
    objective = workshop.objective(objective_id)
    wanted = {
        "owner": "write in owner which team answers for it",
        "reason": "write in reason why this target",
        "next_review": "write in next_review a day such as 2027-05-03",
    }
    for name, what_to_do in wanted.items():
        if not getattr(objective, name):
            raise CheckFailed(f"{objective.id} has no {name.replace('_', ' ')}", what_to_do)
    return f"✓ {objective.id}: {objective.ambition}, answered for by {objective.owner}, looked at again on {objective.next_review}."


def check_policy(workshop: Workshop) -> str:
    """Check that a policy says what is done, by whom, and at the latest when all of the budget is spent.

    Raises
    ------
    CheckFailed
    """
    policy = workshop.workbook.policy
    if not policy.clauses:
        raise CheckFailed(
            "there is no error budget policy", "name an example in policy_name, such as gentle, and change it to what you would do"
        )
    nobody = [clause.id for clause in policy.clauses if not clause.owner]
    if nobody:
        raise CheckFailed(f"nobody does what {', '.join(nobody)} asks for", "give each clause an owner")
    if all(clause.by == "incident" for clause in policy.clauses):
        raise CheckFailed("no clause looks at the whole window", "add one for the day on which the budget is gone: budget_spent: 100%")
    agreed = f"agreed by {', '.join(policy.agreed_by)}" if policy.agreed_by else "still open: who agrees to it (agreed_by)"
    return f"✓ The policy has {counted(len(policy.clauses), 'clause')}, each with somebody who acts; {agreed}."


def check_alerts(workshop: Workshop, objective_id: str = "") -> str:
    """Check that the tiers of alerts can fire for the target, and only while it is in danger.

    Raises
    ------
    CheckFailed
    """
    from slo_workbench.analysis.alert_tier_findings import tier_findings
    from slo_workbench.analysis.alert_tiers import tiers_of

    case = workshop.case(objective_id)
    target, window_days = case.assessment.target, case.objective.window.days
    if target is None or not 0 < target < 1:
        raise CheckFailed(f"{case.objective.id} has no target to watch", "notebook 05 sets one")
    if case.objective.ambition == "aspirational":
        return f"✓ {case.objective.id} is aspirational: nobody is called for it."
    tiers, findings = tiers_of(workshop.workbook.alerting, window_days)
    odd = [*findings, *(found for tier in tiers for found in tier_findings(tier, target=target, window_days=window_days))]
    if has_errors(odd):
        worst = next(found for found in odd if found.severity == "error")
        raise CheckFailed(worst.message, worst.hint or "change the tier below 'alerting:'")
    if not tiers:
        raise CheckFailed("no tier of alerts is switched on", "choose a preset")
    return f"✓ {counted(len(tiers), 'tier')} of alerts ({workshop.workbook.alerting.preset}) can fire for {format_share(target)}, and only while it is in danger."


def check_proposal(workshop: Workshop, objective_id: str = "", *, out_dir: str = "") -> str:
    """Check that the proposal is written, and says what the workbook says now.

    Raises
    ------
    CheckFailed
    """
    import json

    from slo_workbench.sources.files import fingerprint
    from slo_workbench.workshop.proposing import proposal_folder

    objective = workshop.objective(objective_id)
    folder = proposal_folder(workshop, out_dir) / workshop.workbook.service.name / objective.id
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CheckFailed(f"the proposal of {objective.id} is not written", "run the cell that writes it") from None
    if result.get("workbook_sha256") != fingerprint(workshop.path).sha256:
        raise CheckFailed(f"{workshop.path.name} was changed after the proposal of {objective.id} was written", "write it again")
    return f"✓ The proposal of {objective.id} says what {workshop.path.name} says now: {objective.status}, next review {objective.next_review or 'not set'}."
