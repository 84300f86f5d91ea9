"""The pages of a workshop's folder that come from its agenda: one for everybody, one for the facilitator."""

from __future__ import annotations

from collections.abc import Sequence

from slo_workbench.workshop.agenda import (
    CREDIT,
    GROUND_RULES,
    PLANS,
    AgendaItem,
    AgendaPlan,
    agenda,
    agenda_markdown,
    clock,
    notebook_link,
)

__all__ = ["agendas_page", "facilitator_page"]

_BEFORE = (
    "Choose the agenda and **one** journey; ask who owns it, and invite development, operations, product and business: four to eight people.",
    "Bring requests of eight weeks or more, and run `slo-workbench check workbook.yaml` until it has no finding left.",
    "Run every notebook once from top to bottom on the machine that will stand in the room, and enlarge the letters (*View > Appearance*).",
    "Read the prompts below; put the clock where everybody sees it.",
)


def agendas_page(first: str, *, notebooks: Sequence[str] = ()) -> str:
    """Return all agendas as one page, the chosen one first.

    Parameters
    ----------
    first : str
        Name of the agenda, such as ``"90min"``.
    notebooks : sequence of str
        Names of the notebooks beside the page.

    Examples
    --------
    >>> [line for line in agendas_page("day").splitlines() if line.startswith("## ")]
    ['## A day (8 hours, lunch included)', '## 90 minutes', '## Half a day (4 hours)']
    """
    chosen = agenda(first)
    others = [plan for plan in PLANS.values() if plan is not chosen]
    tables = "\n".join(agenda_markdown(plan, notebooks=notebooks) for plan in (chosen, *others))
    return f"# Agenda\n\n{tables}\n{CREDIT}\n"


def facilitator_page(plan_name: str, *, notebooks: Sequence[str] = ()) -> str:
    """Return what the facilitator prepares, says at the beginning, and asks each role, part by part.

    Examples
    --------
    >>> "### 0:05 (10 minutes) One journey, drawn together" in facilitator_page("90min")
    True
    """
    plan = agenda(plan_name)
    before = "\n".join(f"- {line}" for line in _BEFORE)
    rules = "\n".join(f"{number}. {rule}" for number, rule in enumerate(GROUND_RULES, start=1))
    return (
        f"# For the facilitator: {plan.title}\n\n{plan.aim}\n\n## Before\n\n{before}\n\n## Ground rules, to open with\n\n{rules}\n\n"
        f"## Part by part\n\nWhen a part runs over, cut the talk and keep the decision: every notebook ends in one. Whoever disagrees with it "
        f"has that written down beside it.\n\n{_parts(plan, notebooks)}\n{CREDIT}\n"
    )


def _parts(plan: AgendaPlan, notebooks: Sequence[str]) -> str:
    return "\n".join(_part(start, item, notebooks) for start, item in zip(plan.starts_minutes, plan.items, strict=True))


def _part(start_minutes: int, item: AgendaItem, notebooks: Sequence[str]) -> str:
    title = f"### {clock(start_minutes)} ({item.minutes} minutes) {item.title}\n"
    if not item.notebook:
        return title
    prompts = "\n".join(f"- *{role}*: {prompt}" for role, prompt in item.prompts.items())
    return f"{title}\n{item.purpose} Notebook {notebook_link(item, notebooks)}; first speaks: {item.leads}.\n\n{prompts}\n"
