"""The part of a proposal about its target: what the history supports, as a sentence and a picture, or why nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.analysis.assessment import REFUSALS
from slo_workbench.plots.predicted_window import draw_predicted_window
from slo_workbench.plots.style import plot_style
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, together
from slo_workbench.units import format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["target_part"]


def target_part(case: ProposalCase) -> Fragment:
    """Return the fit: sentences, picture and how it came about; or why there is none, and what else could be done."""
    one = case.assessment
    if one.fit is None:
        instead = next((finding.hint for finding in one.findings if finding.code in REFUSALS), "")
        said = f"What else could be done: {instead}." if instead else None
        return together(paragraphs(one.sentence, css_class="refusal"), paragraphs(said, one.stated_sentence))
    targets = dict(one.fit.suggestions)
    if one.stated_target is not None:
        targets["stated"] = one.stated_target
    chance = one.fit.predicted.chance_of_keeping(one.target) * 100 if one.target is not None else 0
    title = f"About {chance:.0f} of 100 such windows would keep {format_share(one.target)}" if one.target is not None else ""
    with plot_style():
        ax = draw_predicted_window(one.fit.predicted.histogram(), targets, chosen=one.target, title=title)
        named = "; ".join(f"{name} {format_share(share)}" for name, share in targets.items())
        drawn = picture(ax, alt=f"Predicted SLI of the next {one.window.days} days. {title}. Targets drawn: {named}.")
    unrounded = f"Before rounding, the target would have been {one.fit.unrounded * 100:.4f} %."
    return together(
        paragraphs(case.promise if case.is_measured else None, css_class="exact"),
        paragraphs(one.sentence, one.stated_sentence, one.gap_sentence),
        drawn,
        paragraphs(*one.fit.reasons, unrounded, css_class="aside"),
    )
