"""What the room has said so far, as a notebook shows it: estimates, votes and signatures, each unseen until it may be seen."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.ballots.estimate import written_estimate
from slo_workbench.ballots.estimates import RevealedEstimates, estimate_box, summarise_estimates
from slo_workbench.ballots.signature import promise_sentence
from slo_workbench.ballots.signatures import Signatures, read_signatures
from slo_workbench.proposal.fragments import Fragment, paragraphs, picture, table, together
from slo_workbench.workshop.odd_files import odd_files
from slo_workbench.workshop.room_votes import ballot_box_of, revealed_votes

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["estimates_at_hand", "estimates_part", "revealed_estimates", "signatures_at_hand", "signatures_part", "votes_at_hand"]


def votes_at_hand(workshop: Workshop, journey_id: str = "") -> Fragment:
    r"""Return who has voted on a journey's candidates; after the reveal how.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from slo_workbench.workshop.opening import open_workshop
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}\njourneys: [{id: buy, name: Buy}]")
    ...     print(votes_at_hand(open_workshop(str(file))).text)
    0 participants voted on 'buy'. No score is shown before the reveal.
    """
    box = ballot_box_of(workshop, journey_id)
    if not box.is_revealed:
        status = box.status()
        return together(paragraphs(status.sentence), *odd_files(status.findings))
    shown = revealed_votes(workshop, journey_id)._repr_mimebundle_()
    return Fragment(shown["text/html"], shown["text/plain"])


def revealed_estimates(workshop: Workshop, question_id: str) -> RevealedEstimates:
    """Return the estimates of a revealed question; ``UnusableValue`` before the reveal."""
    estimates, findings = estimate_box(workshop.path, question_id).read_all()
    ordered = tuple(sorted(estimates, key=lambda one: (one.value, one.participant)))
    currency = workshop.workbook.service.currency
    return RevealedEstimates(question_id, ordered, summarise_estimates(ordered, currency=currency) if ordered else None, findings)


def estimates_at_hand(workshop: Workshop, question_id: str) -> Fragment:
    """Return who has answered a question; after the reveal what, with the median and who speaks first."""
    box = estimate_box(workshop.path, question_id)
    if box.is_revealed:
        return estimates_part(revealed_estimates(workshop, question_id))
    status = box.status()
    return together(paragraphs(status.sentence), *odd_files(status.findings))


def estimates_part(revealed: RevealedEstimates) -> Fragment:
    """Return revealed estimates as a picture, sentences and a table; the median is a place to begin, and no decision."""
    odd = odd_files(revealed.findings)
    if revealed.summary is None:
        return together(paragraphs(*revealed.sentences), *odd)
    median = written_estimate(revealed.summary.median, revealed.summary.unit, currency=revealed.summary.currency)
    advice = f"Use the median, {median}, as a place to begin: try it where targets and thresholds are tried, and decide there."
    rows = table(["who", "role", "estimate", "reason"], revealed.rows)
    return together(_strip(revealed, median), paragraphs(*revealed.sentences, advice), rows, *odd)


def _strip(revealed: RevealedEstimates, median: str) -> Fragment:
    from slo_workbench.plots.estimates_strip import draw_estimates
    from slo_workbench.plots.style import plot_style

    summary = revealed.summary
    assert summary is not None

    def written(number: float) -> str:
        # ticks lie where a picture has room, so they are rounded to what it shows
        shown = Decimal(f"{number:.12g}") if summary.unit == "share" else Decimal(f"{number:.6g}")
        return written_estimate(max(shown, Decimal(0)), summary.unit, currency=summary.currency)

    answers = [(one.called, float(one.value)) for one in revealed.estimates]
    alt = "; ".join(f"{who} {what}" for (who, _), (_, _, what, _) in zip(answers, revealed.rows, strict=True))
    with plot_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in letters that the font lacks stands in the table all the same
        ax = draw_estimates(
            answers, middle=float(summary.median), written=written, title=f"The room's middle is {median}", is_share=summary.unit == "share"
        )
        return picture(ax, alt=f"Estimates from the lowest to the highest: {alt}. Median: {median}.")


def signatures_at_hand(workshop: Workshop, objective_id: str = "") -> Fragment:
    """Return the promise of an objective in a sentence, and who has signed it as it stands."""
    workbook, objective = workshop.workbook, workshop.objective(objective_id)
    missing = f"{objective.id} has no target yet, so there is nothing to sign: notebook 05 sets one."
    promise = promise_sentence(workbook, objective) if objective.target is not None else missing
    return together(paragraphs(promise), signatures_part(read_signatures(workshop.folder, workbook, objective.id)))


def signatures_part(signatures: Signatures) -> Fragment:
    """Return signatures as sentences and a table: those that count with a sign before them, outdated ones with what changed."""
    signs = {"agree": "✓ agrees", "disagree": "✗ does not agree"}
    rows = [(one.participant, one.role, signs[one.decision], f"{one.signed_at:%Y-%m-%d}", one.note) for one in signatures.valid]
    rows += [
        (one.signature.participant, one.signature.role, "↺ outdated", f"{one.signature.signed_at:%Y-%m-%d}", "; ".join(one.changes))
        for one in signatures.outdated
    ]
    listed = [table(["who", "role", "says", "on", "note, or what changed since"], rows)] if rows else []
    return together(paragraphs(*signatures.sentences), *listed, *odd_files(signatures.findings))
