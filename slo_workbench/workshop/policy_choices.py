"""Error budget policies to choose from: what each would have done in the past, and the choice written to the workbook."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.document.example_policies import example_policies
from slo_workbench.document.findings import nearest_hint
from slo_workbench.document.model import Policy, PolicyClause
from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, table, together
from slo_workbench.units import format_share
from slo_workbench.workshop.decisions import Decision, decide

if TYPE_CHECKING:
    from slo_workbench.analysis.policy_replay import PolicyReplay
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["decide_policy", "policies_side_by_side", "policy_calendar", "policy_named"]

OWN = "yours"


def policy_named(name: str) -> Policy:
    """Return an example policy by its name.

    Raises
    ------
    UnusableValue
        When there is no such example.

    Examples
    --------
    >>> policy_named("gentel")
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: there is no example policy 'gentel': did you mean 'gentle'?
    """
    examples = example_policies()
    if name not in examples:
        raise UnusableValue(f"there is no example policy {name!r}: {nearest_hint(name, examples)}")
    return examples[name]


def decide_policy(
    path: str | os.PathLike[str], *, policy_name: str = "", agreed_by: str = "", agreed_on: str = "", exempt: str = ""
) -> Decision:
    r"""Write a policy into the workbook: the clauses of an example by its name, and who agreed; what is empty stays as it is.

    Parameters
    ----------
    path : path
        The workbook.
    policy_name : str
        Name of an example policy whose clauses take the place of those the workbook has.
    agreed_by : str
        Who agreed, separated by commas.
    agreed_on : str
        The day, as 2026-12-31.
    exempt : str
        What does not count.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "workbook.yaml")
    >>> _ = file.write_text("service: {name: shop}\n")
    >>> print(decide_policy(file, policy_name="gentle", agreed_by="Product, Operations").said)
    Written to workbook.yaml: clauses, exempt, agreed_by of the policy.
    >>> folder.cleanup()
    """
    example = policy_named(policy_name) if policy_name else None
    names = tuple(filter(None, (name.strip() for name in agreed_by.split(","))))
    return decide(
        path, "policy", clauses=example.clauses if example else (), exempt=exempt or (example.exempt if example else ""),
        agreed_by=names, agreed_on=agreed_on,
    )  # fmt: skip


def policies_side_by_side(case: ProposalCase) -> Fragment:
    """Return on how many days the clauses of each policy, the workbook's own first, would have been in force under several targets."""
    targets = _targets(case)
    if not targets or case.assessment.daily.empty:
        return paragraphs("Without a target there is no budget, and no policy to replay.")
    policies = {OWN: case.workbook.policy, **example_policies()}
    rows: list[tuple[str, ...]] = []
    for name, policy in policies.items():
        if policy.clauses:
            rows += _rows(name, policy.clauses, _replayed(case, policy.clauses, targets), targets)
    judged = "Each cell says on how many of the days judged the clause would have been in force. A day is judged that has a whole window behind it."
    return together(table(["Policy", "Clause", "At", *targets], rows, numbers=tuple(range(2, 3 + len(targets)))), paragraphs(judged))


def _rows(name: str, clauses: Sequence[PolicyClause], found: PolicyReplay, targets: Mapping[str, Decimal]) -> list[tuple[str, ...]]:
    cells = {
        (row["clause"], row["target_name"]): f"{row['n_days_in_force']} of {row['n_days_judged']}" for row in found.table.to_dict("records")
    }
    per = {"window": "of a window", "incident": "by one incident"}
    return [
        (name, clause.id, f"{format_share(clause.budget_spent)} {per[clause.by]}", *(cells[clause.id, target] for target in targets))
        for clause in clauses
    ]


def policy_calendar(case: ProposalCase, policy_name: str = "") -> Fragment:
    """Return the days on which clauses would have been in force, drawn: of an example policy, or of the workbook's own for an empty name."""
    from slo_workbench.plots.policy_calendar import draw_policy_calendar, policy_calendar_alt_text
    from slo_workbench.plots.style import plot_style

    clauses = policy_named(policy_name).clauses if policy_name else case.workbook.policy.clauses
    target = case.assessment.target
    if target is None or not clauses or case.assessment.daily.empty:
        return paragraphs("There is no policy to draw yet, or no target: name an example policy.")
    try:
        found = _replayed(case, clauses, {"target": target})
    except SloWorkbenchError as error:
        return paragraphs(f"The policy cannot be replayed: {error}")
    with plot_style():
        drawn = draw_policy_calendar(found.calendar, found.table)
        shown = picture(drawn, alt=policy_calendar_alt_text(found.table))
    return together(shown, paragraphs(*found.sentences[:1]))


def _replayed(case: ProposalCase, clauses: Sequence[PolicyClause], targets: Mapping[str, Decimal]) -> PolicyReplay:
    from slo_workbench.analysis.policy_replay import replay_policy
    from slo_workbench.proposal.budget_part import incident_spending
    from slo_workbench.proposal.counted_series import days_with_holes_as_nothing

    window, first = case.objective.window, next(iter(targets.values()))
    by_incident = any(clause.by == "incident" for clause in clauses)
    return replay_policy(
        days_with_holes_as_nothing(case), clauses=clauses, targets=targets, window_days=window.days,
        incidents=incident_spending(case, first).table if by_incident else None, time_zone=case.workbook.service.time_zone, period=window.period,
    )  # fmt: skip


def _targets(case: ProposalCase) -> dict[str, Decimal]:
    """Return the target in hand and what the history suggests, each once, loosest first, named by the share."""
    one = case.assessment
    shares = {share for share in (one.target, *(one.fit.suggestions.values() if one.fit else ())) if share is not None and 0 < share < 1}
    return {format_share(share): share for share in sorted(shares)}
