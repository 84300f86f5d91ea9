"""The budget of a promise in requests and in minutes, by the plain arithmetic of a calculator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from slo_workbench.analysis.low_traffic import events_for_budget
from slo_workbench.analysis.outage_calculator import allow
from slo_workbench.proposal.fragments import Fragment, paragraphs
from slo_workbench.units import counted, format_duration, format_share, parse_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["budget_in_hand", "one_bad_breaks_it", "partial_outage"]

MINUTES_A_DAY = 1440
NO_TARGET = "Without a target there is no error budget; notebook 05 sets one."


def budget_in_hand(case: ProposalCase, target: str = "") -> Fragment:
    """Return what a target allows in a window of average traffic: in minutes of full outage, for longer in part, and in bad events.

    Parameters
    ----------
    case : ProposalCase
    target : str
        Such as ``99.9%``; the one in hand where it is empty.
    """
    one, share = case.assessment, parse_share(target) if target else case.assessment.target
    if share is None or not 0 < share < 1:
        return paragraphs(NO_TARGET)
    valid = math.floor(one.daily["valid"].mean() * one.window.days) if len(one.daily) else 0
    return paragraphs(*allow(share, window_days=one.window.days, valid_events=valid or None, event=one.event).sentences)


def partial_outage(case: ProposalCase, bad_share: str) -> str:
    """Say for how long a share of all requests, such as ``10%``, may fail at even traffic before the budget is gone."""
    target, window, event = case.assessment.target, case.assessment.window, case.assessment.event
    if target is None or not 0 < target < 1:
        return NO_TARGET
    share = parse_share(bad_share)
    days = float((1 - target) / share) * window.days
    how = f"{format_share(1 - target)} of {window.words}, divided by {format_share(share)}"
    if days >= window.days:
        return f"All the time: {format_share(share)} of bad {event}s is no more than {format_share(target)} allows."
    return f"For {format_duration(days * MINUTES_A_DAY)} at even traffic: {how}."


def one_bad_breaks_it(case: ProposalCase) -> str:
    """Say how many requests of one user it takes before a single bad one no longer breaks the target for them."""
    target, event = case.assessment.target, case.assessment.event
    if target is None or not 0 < target < 1:
        return NO_TARGET
    fewest = counted(events_for_budget(target, 1), event)
    return f"A user needs {fewest} in a window before one bad {event} leaves them at {format_share(target)} or above."
