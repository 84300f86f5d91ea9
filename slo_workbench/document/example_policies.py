"""Three error budget policies to start from: take one, strike out what nobody would do, and agree on the rest.

They are suggestions in our own words. What makes a policy is that product, development and operations have agreed to it, which no
example can; so ``agreed_by`` is empty, and the owners are roles for the team to fill.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from slo_workbench.document.model import Policy, PolicyClause, Service, Workbook
from slo_workbench.document.yaml_merge import written_values
from slo_workbench.document.yaml_text import render_entries

__all__ = ["example_policies", "render_policy"]

_HALF, _ALL = Decimal("0.5"), Decimal(1)

GENTLE = Policy(
    exempt="Load tests announced a day ahead, and events that were counted as bad although nobody was hurt.",
    clauses=(
        PolicyClause(
            id="look",
            budget_spent=_HALF,
            action="The team looks in its weekly meeting at what spent the budget, and writes down what it finds.",
            owner="Development",
        ),
        PolicyClause(
            id="repair-first",
            budget_spent=_ALL,
            action="What spent most comes first in the next planning; releases go on.",
            owner="Product",
            escalation="Product and development decide together.",
        ),
    ),
)

FOUR_THRESHOLDS = Policy(
    exempt="A company-wide network fault, users out of scope such as load tests, and events counted as bad although nobody was hurt.",
    clauses=(
        PolicyClause(
            id="notify",
            budget_spent=Decimal("0.25"),
            action="Operations is told and looks for the cause.",
            owner="Operations",
        ),
        PolicyClause(
            id="hand-to-developers",
            budget_spent=_HALF,
            action="Operations hands the matter to the developers, who put somebody on it.",
            owner="Development",
        ),
        PolicyClause(
            id="hold-features",
            budget_spent=_ALL,
            action=(
                "For objectives over about a month: while the cause is not known, no features are released; "
                "repairs for reliability and security are."
            ),
            owner="Development",
            escalation="Heads of product and development.",
        ),
        PolicyClause(
            id="call-executives",
            budget_spent=_ALL,
            action="For objectives over about a quarter: while the cause is not known, executives decide what is put aside for reliability.",
            owner="Operations",
            escalation="The executive whom all three name in advance.",
        ),
    ),
)

STRICT = Policy(
    exempt="Load tests announced a day ahead, and events that were counted as bad although nobody was hurt.",
    clauses=(
        PolicyClause(
            id="learn-from-incident",
            budget_spent=Decimal("0.2"),
            by="incident",
            action="A postmortem without blame within a week; at least one of its actions goes to the top of the list.",
            owner="Development",
        ),
        PolicyClause(
            id="look",
            budget_spent=Decimal("0.25"),
            action="Whoever is on call finds out what spends the budget, and tells the team.",
            owner="Operations",
        ),
        PolicyClause(
            id="slow-down",
            budget_spent=_HALF,
            action="Releases go to one machine of ten first and wait there for a day; no risky migrations.",
            owner="Development",
        ),
        PolicyClause(
            id="freeze",
            budget_spent=_ALL,
            action="No changes but urgent and security fixes, and the team works on reliability, until the window is back within its target.",
            owner="Development",
            escalation="One executive, named in advance, decides about exceptions and disputes, in writing.",
        ),
    ),
)


def example_policies() -> Mapping[str, Policy]:
    """Return policies to start from, the gentlest first.

    ``gentle`` looks and plans; ``four-thresholds`` passes the matter on, from operations to developers, to those who decide about
    features, to executives; ``strict`` stops changes. A clause of the document cannot ask whether a cause is known or how long a window is,
    so ``four-thresholds`` says both in words: its last two clauses come at the same share, for objectives of different length.

    References
    ----------
    Thresholds in a row: Google Cloud, "Site Reliability Engineering: Measuring and Managing Reliability", coursera.org.
    Freeze, and postmortems from a fifth of the budget on: S. Thurgood, "Example Error Budget Policy", in The Site Reliability Workbook,
    O'Reilly 2018, appendix B, https://sre.google/workbook/error-budget-policy/

    Examples
    --------
    >>> {name: [clause.id for clause in policy.clauses] for name, policy in example_policies().items()}["gentle"]
    ['look', 'repair-first']
    """
    return MappingProxyType({"gentle": GENTLE, "four-thresholds": FOUR_THRESHOLDS, "strict": STRICT})


def render_policy(policy: Policy) -> str:
    """Write a policy as it stands in a workbook, to be pasted there.

    Examples
    --------
    >>> print(render_policy(Policy(clauses=(PolicyClause(id="look", budget_spent="50%", action="We look."),))), end="")
    policy:
      clauses:
        - id: look
          budget_spent: 50%
          action: We look.
    """
    values = written_values(Workbook(service=Service(name="any"), policy=policy))
    return "\n".join(render_entries({"policy": values.get("policy", {})}, 0)) + "\n"
