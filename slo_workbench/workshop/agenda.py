"""Agendas of a workshop: 90 minutes, half a day, a day; who leads each part, and what to ask every role.

The shape follows "The Art of SLOs" by Google's Customer Reliability Engineering (CC BY 4.0): why, then practice on a journey in four steps:
choose SLIs, refine them, look for what they do not see, set targets. The timings and the prompts are this project's own, not Google's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from types import MappingProxyType

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

__all__ = ["CREDIT", "GROUND_RULES", "PLANS", "ROLES", "AgendaItem", "AgendaPlan", "agenda", "agenda_markdown"]

ROLES = ("development", "operations", "product", "business")
CREDIT = (
    "The shape of this workshop follows *The Art of SLOs* by Google's Customer Reliability Engineering "
    "(<https://sre.google/resources/practices-and-processes/art-of-slos/>, CC BY 4.0). The timings and the prompts are ours, not Google's."
)
# after the rules that open The Art of SLOs, CC BY 4.0
GROUND_RULES = (
    "We are here to learn; nobody is examined.",
    "Ask: what one person asks, three wanted to know.",
    "One speaker at a time.",
    "Assume that everybody means well.",
    "Anyone may stop the room to ask what a word means.",
)


@dataclass(frozen=True)
class AgendaItem:
    """One part of a workshop.

    Parameters
    ----------
    minutes : int
    title : str
    purpose : str
        What the room has at its end.
    notebook : str
        Number of the notebook, such as ``"03"``; empty for a break.
    leads : str
        Who speaks first: one of `ROLES`, or the facilitator.
    prompts : mapping of str to str
        What to ask each role that has not spoken.
    """

    minutes: int
    title: str
    purpose: str
    notebook: str = ""
    leads: str = "facilitator"
    prompts: Mapping[str, str] = field(default_factory=dict)

    def file(self, notebooks: Sequence[str]) -> str | None:
        """Return the notebook's file among some names.

        Examples
        --------
        >>> agenda("90min").items[0].file(["00_start_here.ipynb", "01_journeys.ipynb"])
        '00_start_here.ipynb'
        """
        return next((name for name in notebooks if self.notebook and name.startswith(f"{self.notebook}_")), None)


@dataclass(frozen=True)
class AgendaPlan:
    """The parts of a workshop in their order; together they take exactly ``minutes``."""

    name: str
    title: str
    minutes: int
    aim: str
    items: tuple[AgendaItem, ...]

    @property
    def starts_minutes(self) -> tuple[int, ...]:
        """Minutes from the beginning at which each part starts.

        Examples
        --------
        >>> agenda("90min").starts_minutes[:3]
        (0, 5, 15)
        """
        return (0, *accumulate(item.minutes for item in self.items[:-1]))


def _prompts(development: str, operations: str, product: str, business: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(ROLES, (development, operations, product, business), strict=True)))


_WELCOME = AgendaItem(
    0, "Welcome: ground rules, roles, what we leave with", "Everybody knows the aim, the rules and who decides.", "00",
    prompts=_prompts(
        "Which part of the service would you least like to be woken for?",
        "Which alert of last month was worth nothing?",
        "What did users complain about last?",
        "What would have to break for a customer to leave?",
    ),
)  # fmt: skip
_WHY = AgendaItem(
    0, "Why service level objectives", "The room can say what an SLI, an SLO and an error budget are, and why 100 % is the wrong target.", "00",
    prompts=_prompts(
        "What would you build if reliability were agreed to be good enough?",
        "How do you decide today whether an hour of errors was bad?",
        "Which is worse for users: a late feature or a slow page?",
        "Who is a user here, and who is a customer who pays?",
    ),
)  # fmt: skip
_JOURNEY = AgendaItem(
    0, "One journey, drawn together", "One critical user journey as a sequence diagram that everybody recognises.", "01", "product",
    prompts=_prompts(
        "Which call is missing on the wall, because it is always there?",
        "Where does a request wait when all is busy?",
        "How does the user know that it worked?",
        "Where in this journey is money made?",
    ),
)  # fmt: skip
_REQUESTS = AgendaItem(
    0, "What is in our requests", "We know what the data hold, their gaps, and what they cannot say.", "02", "operations",
    prompts=_prompts(
        "Which answers of the service look like a success in the log and are none?",
        "Which requests never reach the place where this was written down?",
        "Which days of the history were unusual, and why?",
        "Which weeks of the year matter most, and are they in here?",
    ),
)  # fmt: skip
_CANDIDATES = AgendaItem(
    0, "Candidate SLIs, what they do not see, a silent vote",
    "Three to five indicators chosen, with reasons, and the ways to fail that they do not see written down.", "03", "development",
    prompts=_prompts(
        "Could you build this without asking another question?",
        "Which past incident would this indicator have missed?",
        "If this number falls, do users suffer? If they suffer, does it fall?",
        "Which way to fail that nobody sees is too dear to leave out?",
    ),
)  # fmt: skip
_THRESHOLDS = AgendaItem(
    0, "How fast is fast enough", "A threshold in milliseconds, with the share of users it serves.", "04", "product",
    prompts=_prompts(
        "What would it take to halve the slowest answers?",
        "When is it slow: at peaks, after releases, for one client?",
        "At which wait do users press the button again?",
        "What does a user do who has waited too long: try again, or go?",
    ),
)  # fmt: skip
_TARGETS = AgendaItem(
    0, "A target that the history supports", "A target and a window, with the chance of keeping it.", "05", "operations",
    prompts=_prompts(
        "What is planned that makes the past a poor guide?",
        "Was the history kept good by heroes?",
        "Would users notice if we just kept this target?",
        "What does another nine cost, and who would pay for it?",
    ),
)  # fmt: skip
_USERS = AgendaItem(
    0, "Who is covered, and what hangs on it", "How many users a target serves and what money stands behind it.", "06", "business",
    prompts=_prompts(
        "Which users have an experience far from the average one?",
        "Whose bad minutes never show in the total?",
        "Which group of users would you promise more?",
        "Is the money lost for good, or only later?",
    ),
)  # fmt: skip
_BUDGET = AgendaItem(
    0, "Error budget, policy and alerts, replayed", "A policy that everybody would keep, and alerts that page when it matters.", "07", "operations",
    prompts=_prompts(
        "What do you stop doing when the budget is spent?",
        "Which of these pages would you have wanted?",
        "Which release would the policy have stopped, and would you have agreed?",
        "Who may grant an exception, and how often?",
    ),
)  # fmt: skip
_PROPOSAL = AgendaItem(
    0, "A promise to sign", "A proposal with its dissent, its next review, and the names under it.", "08", "product",
    prompts=_prompts(
        "What would make you take the signature back?",
        "Who builds the measurement, and by when?",
        "What do we tell users of this, if anything?",
        "When do we look at it again?",
    ),
)  # fmt: skip
_SECOND = AgendaItem(
    0, "A second journey, in pairs", "The four steps once more without help, on a journey that the first one does not resemble.", "01", "development",
    prompts=_prompts(
        "Which step of the first journey does not carry over?",
        "What is measured nowhere yet?",
        "Does this journey deserve the same target?",
        "Which of the two journeys would you mend first?",
    ),
)  # fmt: skip
_CLOSING = AgendaItem(
    0, "What is open, who does it by when", "Every open question has a role that owns it and a day.", "08",
    prompts=_prompts("What do you build first?", "Which alert do you switch off?", "Which doubt stays?", "Who must still hear of this?"),
)  # fmt: skip
_BREAK = AgendaItem(0, "Break", "")
_LUNCH = AgendaItem(0, "Lunch", "")


def _plan(name: str, title: str, minutes: int, aim: str, *parts: tuple[AgendaItem, int]) -> AgendaPlan:
    return AgendaPlan(name, title, minutes, aim, tuple(replace(item, minutes=minutes) for item, minutes in parts))


PLANS: Mapping[str, AgendaPlan] = MappingProxyType({
    plan.name: plan
    for plan in (
        _plan(
            "90min", "90 minutes", 90, "One journey, from a blank page to a promise to sign.",
            (_WELCOME, 5), (_JOURNEY, 10), (_REQUESTS, 10), (_CANDIDATES, 15), (_BREAK, 5), (_THRESHOLDS, 10), (_TARGETS, 15), (_BUDGET, 10),
            (_PROPOSAL, 10),
        ),
        _plan(
            "half-day", "Half a day (4 hours)", 240, "Why, and one journey with its users, its money, its budget and its alerts.",
            (_WELCOME, 10), (_WHY, 20), (_JOURNEY, 25), (_REQUESTS, 20), (_CANDIDATES, 35), (_BREAK, 15), (_THRESHOLDS, 25), (_TARGETS, 30),
            (_USERS, 15), (_BUDGET, 25), (_PROPOSAL, 20),
        ),
        _plan(
            "day", "A day (8 hours, lunch included)", 480, "Two journeys: one together, one in pairs, and what is open afterwards.",
            (_WELCOME, 15), (_WHY, 30), (_JOURNEY, 35), (_BREAK, 15), (_REQUESTS, 30), (_CANDIDATES, 45), (_LUNCH, 60), (_THRESHOLDS, 30),
            (_TARGETS, 35), (_USERS, 25), (_BREAK, 15), (_SECOND, 50), (_BREAK, 10), (_BUDGET, 40), (_PROPOSAL, 30), (_CLOSING, 15),
        ),
    )
})  # fmt: skip


def agenda(plan_name: str) -> AgendaPlan:
    """Return an agenda by its name.

    Raises
    ------
    UnusableValue
        When there is none of that name.

    Examples
    --------
    >>> agenda("half-day").minutes
    240
    """
    if plan_name not in PLANS:
        raise UnusableValue(f"there is no agenda {plan_name!r}: {nearest_hint(plan_name, PLANS)}")
    return PLANS[plan_name]


def agenda_markdown(plan: AgendaPlan, *, notebooks: Sequence[str] = ()) -> str:
    """Return an agenda as a Markdown table.

    Parameters
    ----------
    plan : AgendaPlan
    notebooks : sequence of str
        Names of the notebooks beside the page; those there are linked.

    Examples
    --------
    >>> print(agenda_markdown(agenda("90min"), notebooks=["00_start.ipynb"]).splitlines()[6])
    | 0:00 | 5 | Welcome: ground rules, roles, what we leave with | Everybody knows the aim, the rules and who decides. | [00](00_start.ipynb) | facilitator |
    """
    head = [
        f"## {plan.title}",
        "",
        plan.aim,
        "",
        "| from | minutes | what | what we have at its end | notebook | leads |",
        "|---|--:|---|---|---|---|",
    ]
    rows = [
        f"| {clock(start)} | {item.minutes} | {item.title} | {item.purpose} | {notebook_link(item, notebooks)} | {item.leads if item.notebook else ''} |"
        for start, item in zip(plan.starts_minutes, plan.items, strict=True)
    ]
    end = f"| {clock(plan.minutes)} | | End | | | |"
    return "\n".join([*head, *rows, end, ""])


def clock(minutes: int) -> str:
    """Return minutes from the beginning as hours and minutes.

    Examples
    --------
    >>> clock(95)
    '1:35'
    """
    return f"{minutes // 60}:{minutes % 60:02d}"


def notebook_link(item: AgendaItem, notebooks: Sequence[str]) -> str:
    """Return the link to a part's notebook, or its number where the file is not known."""
    file = item.file(notebooks)
    return f"[{item.notebook}]({file})" if file else item.notebook
