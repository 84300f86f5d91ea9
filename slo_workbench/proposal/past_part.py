"""The part of a proposal that makes the promise on past days, and tells what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["past_part"]

MOST_PROMISES = 12


def past_part(case: ProposalCase) -> Fragment:
    """Return in one sentence how often such promises were kept, and the last ones one by one."""
    past = case.assessment.past
    if past is None:
        return paragraphs("There is no such promise to try on the past.")
    if not past.n_promises:
        return paragraphs(past.sentence)
    last = past.promises.tail(MOST_PROMISES).to_dict("records")
    rows = [
        (
            f"{row['made_on']:%Y-%m-%d}",
            f"{counted(row['n_days'], 'day')} of history",
            format_share(row["target"]),
            format_share(row["sli"]),
            "kept" if row["is_kept"] else "✗ missed",
        )
        for row in last
    ]
    hidden = past.n_promises - len(rows)
    more = paragraphs(f"{counted(hidden, 'earlier one')} not shown.", css_class="aside") if hidden else paragraphs()
    return together(paragraphs(past.sentence), table(case.texts.header("past"), rows, numbers=(1, 2, 3)), more)
