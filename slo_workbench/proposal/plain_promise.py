"""The promise for somebody who has never heard of service levels: how many of a round number may go wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.document.sli_menu import SliKind
from slo_workbench.units import format_count, format_ms

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["PLAIN_KINDS", "out_of", "plain_promise"]

PLAIN_KINDS: dict[SliKind, str] = {
    "availability": "that it works",
    "latency": "that it is quick enough",
    "quality": "that nothing is served second-rate",
    "freshness": "that it comes in time",
    "coverage": "that nothing is left out",
    "correctness": "that what comes out is right",
    "throughput": "that it keeps pace",
    "durability": "that nothing gets lost",
    "completion": "that it is done in time",
}
"""What each kind of the SLI menu promises, without its name."""


def out_of(bad_share: Decimal) -> tuple[int, int]:
    """Return a bad share as so many of the smallest round number, from 100 on, in which it is whole.

    Examples
    --------
    >>> out_of(Decimal("0.009")), out_of(Decimal("0.0005")), out_of(Decimal("0.1"))
    ((9, 1000), (5, 10000), (10, 100))
    """
    of = 100
    while (bad_share * of) % 1:
        of *= 10
    return int(bad_share * of), of


def plain_promise(case: ProposalCase) -> str:
    """Return the promise in one sentence without a word of the trade; or that there is none."""
    one, target = case.assessment, case.assessment.target
    if target is None or not case.is_measured or not 0 < target < 1:
        return f"No promise can be made for “{case.journey.name}” yet."
    n_bad, of = out_of(1 - target)
    verb, takes = ("goes", "takes") if n_bad == 1 else ("go", "take")
    late = "" if one.threshold_ms is None else f" or {takes} longer than {format_ms(one.threshold_ms)}"
    start = "We promise that in" if one.stated_target is not None else "Suggested: in"
    start = "The goal: in" if case.objective.ambition == "aspirational" else start
    window, events = one.window.words, f"{one.event}s of “{case.journey.name}”"
    promise = f"{start} {window} at most {format_count(n_bad)} of every {format_count(of)} {events} {verb} wrong{late}"
    if one.fit is None:
        return f"{promise}."
    such = f"{one.window.period}s" if one.window.period else "stretches"
    return f"{promise}; about {one.fit.predicted.chance_of_keeping(target) * 100:.0f} of 100 such {such} should keep it."
