"""What became of a ballot that was cast, in words for the person who cast it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.document.findings import printable
from slo_workbench.units import counted

__all__ = ["what_was_cast"]


def what_was_cast(
    by: str, earlier: Ballot | None, *, scored: Sequence[str], commented: Sequence[str], dots: Mapping[str, int], known: Sequence[str]
) -> str:
    """Say what somebody scored, commented on and put dots on, what took the place of what, and what is left.

    Parameters
    ----------
    by : str
    earlier : Ballot, optional
        What the same person had cast before.
    scored, commented : sequence of str
        Ids of candidates.
    dots : mapping of str to int
    known : sequence of str
        All candidates that can be scored.

    Examples
    --------
    >>> what_was_cast("product", None, scored=["paid"], commented=[], dots={"paid": 2}, known=["paid", "fast"])
    'product scored 1 candidate and put 2 dots; not scored: fast'
    """
    before = earlier.scores if earlier else {}
    said = [f"scored {counted(len(scored), 'candidate')}"] if scored else []
    said += [f"commented on {counted(len(commented), 'candidate')}"] if commented else []
    said += [f"put {counted(sum(dots.values()), 'dot')}"] if dots else []
    parts = [f"{printable(by)} {' and '.join(said)}"]
    is_about_scores = bool(scored or commented)
    listed = {
        "in the place of earlier scores": [id for id in scored if id in before],
        "their earlier comments are gone": [id for id in scored if id in before and before[id].comment and id not in commented],
        "in the place of earlier dots on": list(earlier.dots) if earlier and dots else [],
        "kept from the earlier ballot": [id for id in before if id not in scored and is_about_scores],
        "not scored": [id for id in known if id not in scored and id not in before and is_about_scores],
    }
    return "; ".join(parts + [f"{what}: {', '.join(ids)}" for what, ids in listed.items() if ids])
