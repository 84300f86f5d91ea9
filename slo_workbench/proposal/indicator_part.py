"""The part of a proposal about its indicator: the specification in words, the implementation as conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.document.sli_menu import MEASURING_POINTS, SLI_MENU
from slo_workbench.proposal.fragments import Fragment, code, paragraphs, together

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["indicator_part"]


def indicator_part(case: ProposalCase) -> Fragment:
    """Return the indicator in words and as predicates."""
    indicator, menu = case.indicator, SLI_MENU[case.indicator.kind]
    lines = [f"valid:  {indicator.valid}", f"good:   {indicator.good}"]
    threshold = case.workbook.threshold_ms_of(case.objective)
    if threshold is not None:
        lines.append(f"and     latency_ms <= {threshold:g}")
    share_of = menu.share_of if case.counted == "request" else f"{case.counted}s in which that held, and not of requests"
    return together(
        paragraphs(
            f"Specification: {indicator.specification}",
            f"Kind: {indicator.kind} ({menu.group}), the share of {share_of}.",
            f"Measured at {MEASURING_POINTS[indicator.measured_at]}.",
            "Implementation:",
        ),
        code("\n".join(lines)),
    )
