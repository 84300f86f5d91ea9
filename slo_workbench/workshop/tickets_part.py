"""Whether lost budget moves with what people complain about: support tickets by day, beside the days of the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, together

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["tickets_part"]


def tickets_part(case: ProposalCase) -> Fragment:
    """Return how tickets and lost budget go together, with the days that do not fit; or what it would take to tell."""
    from slo_workbench.analysis.tickets_against_budget import compare_tickets
    from slo_workbench.sources.daily_numbers import read_daily_numbers
    from slo_workbench.sources.team_lists import team_file

    workbook, one = case.workbook, case.assessment
    if workbook.tickets is None:
        return paragraphs("The workbook names no list of tickets: a CSV file with day and a number, below 'tickets:', would tell.")
    if one.target is None or not 0 < one.target < 1:
        return paragraphs("Without a target there is no budget to compare tickets with.")
    try:
        numbers, findings = read_daily_numbers(team_file(Path(case.folder), workbook.tickets, where="tickets"))
        found = compare_tickets(
            one.daily, numbers, target=one.target, window_days=one.window.days, rng=np.random.default_rng(case.seed), event=one.event
        )
    except (SloWorkbenchError, OSError) as error:
        return paragraphs(f"Tickets cannot be compared: {error}")
    return together(paragraphs(*found.sentences), findings_list(findings) if findings else paragraphs())
