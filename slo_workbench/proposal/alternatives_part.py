"""The part of a proposal about other targets: what each would allow, how often it would be kept, and why it is not the one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.proposal.fragments import Fragment, paragraphs, table
from slo_workbench.units import counted, format_count, format_duration, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["Alternative", "alternatives_of", "alternatives_part"]


@dataclass(frozen=True)
class Alternative:
    """A target that could be chosen.

    Parameters
    ----------
    names : tuple of str
        ``conservative``, ``suggested``, ``stretch``, ``stated``; several where they are the same share.
    target : Decimal
    kept_share : float
        Share (0 to 1) of predicted windows that keep it.
    bad_events_allowed : int
        In a typical window.
    outage_minutes : float
        Of full outage at average traffic.
    is_chosen : bool
    reason : str
        Why it is the one, or why not, from these figures.
    """

    names: tuple[str, ...]
    target: Decimal
    kept_share: float
    bad_events_allowed: int
    outage_minutes: float
    is_chosen: bool
    reason: str


def alternatives_of(case: ProposalCase) -> tuple[Alternative, ...]:
    """Return the suggested targets and the team's own, each share once, loosest first; none without a fit."""
    one = case.assessment
    if one.fit is None:
        return ()
    named: dict[Decimal, list[str]] = {}
    for name, share in [*one.fit.suggestions.items(), *([("stated", one.stated_target)] if one.stated_target is not None else [])]:
        named.setdefault(share, []).append(name)
    if one.target is not None and one.target not in named:
        named[one.target] = ["fitted"]
    return tuple(_alternative(case, share, tuple(names)) for share, names in sorted(named.items()))


def _alternative(case: ProposalCase, target: Decimal, names: tuple[str, ...]) -> Alternative:
    one = case.assessment
    assert one.fit is not None
    predicted = one.fit.predicted
    allowed = int((1 - target) * Decimal(str(predicted.valid_events)))
    kept, minutes = predicted.chance_of_keeping(target), float(1 - target) * one.window.days * 1440
    return Alternative(names, target, kept, allowed, minutes, target == one.target, _reason(case, target, kept, allowed))


def _reason(case: ProposalCase, target: Decimal, kept: float, allowed: int) -> str:
    one, chosen = case.assessment, case.assessment.target
    assert one.fit is not None
    assert chosen is not None
    if target == chosen:
        return _own_reason(case)
    asked = float(one.confidence)
    n_chosen = int((1 - chosen) * Decimal(str(one.fit.predicted.valid_events)))
    if target < chosen:
        more = counted(allowed - n_chosen, f"more bad {one.event}")
        return f"Looser: it would let {more} pass in a window before anybody acts."
    if kept < asked:
        return f"Tighter: {(1 - kept) * 100:.0f} of 100 windows would miss it, and {(1 - asked) * 100:.3g} of 100 are accepted."
    fewer = counted(n_chosen - allowed, f"fewer bad {one.event}")
    return f"Tighter, and the history supports it, with {fewer} in a window; the team chose more room."


def _own_reason(case: ProposalCase) -> str:
    one = case.assessment
    if one.stated_target is None:
        return f"Taken, as {format_share(one.confidence)} of windows should keep it; nobody has decided on it yet."
    given = " ".join(case.objective.reason.split())
    return f"The team's choice: {given}" if given else "The team's choice; no reason is written down."


def alternatives_part(case: ProposalCase) -> Fragment:
    """Return the targets with how many windows would keep each, what it allows, and why it was not taken."""
    found = alternatives_of(case)
    if not found:
        return paragraphs("Without a target from the history there is nothing to compare.")
    rows = [
        (
            f"{'✓ ' if each.is_chosen else ''}{' and '.join(each.names)}",
            format_share(each.target),
            f"{each.kept_share * 100:.0f} of 100",
            format_count(each.bad_events_allowed),
            format_duration(each.outage_minutes),
            each.reason,
        )
        for each in found
    ]
    return table(case.texts.header("alternatives", event=case.assessment.event), rows, numbers=(1, 2, 3, 4))
