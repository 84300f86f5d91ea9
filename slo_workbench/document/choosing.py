"""Write down which candidates became a journey's indicators, which did not and why, and who does not agree."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.changes import diff_of
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.journey_model import CandidateScore, Dissent, JourneyChoice, RejectedCandidate
from slo_workbench.document.model import Indicator
from slo_workbench.document.yaml_file import plan_text, read_workbook

__all__ = ["write_choice"]


def write_choice(
    path: str | os.PathLike[str],
    journey_id: str,
    *,
    take: Sequence[Indicator] = (),
    reject: Sequence[RejectedCandidate] = (),
    scores: Sequence[CandidateScore] = (),
    dissent: Sequence[Dissent] = (),
    decided_by: Sequence[str] = (),
    decided_on: date,
    is_trial: bool = False,
) -> str:
    """Add indicators to a workbook and record the choice in its journey.

    What is there stays: an indicator with the id of a taken one is kept as it is written, earlier rejections and dissent remain unless they
    are about the same candidate, and one that is taken now is no longer rejected.

    Parameters
    ----------
    path : path
    journey_id : str
    take : sequence of Indicator
        Of this journey, with sources of the workbook.
    reject, scores, dissent, decided_by
        See :class:`slo_workbench.document.journey_model.JourneyChoice`.
    decided_on : date
    is_trial : bool
        Only show what would change.

    Returns
    -------
    str
        Unified diff of the file; empty when nothing changed.

    Raises
    ------
    FindingsError
        When there is no such journey, an id is taken by an indicator of another journey, or the result would have errors. Nothing is
        written then.
    """
    workbook = read_workbook(path)
    journeys = [journey.id for journey in workbook.journeys]
    if journey_id not in journeys:
        raise FindingsError([Finding("unknown-journey", f"there is no journey {journey_id!r}", hint=nearest_hint(journey_id, journeys))])
    _refuse_taken_elsewhere(take, {indicator.id: indicator.journey for indicator in workbook.indicators}, journey_id)
    new = tuple(one for one in take if one.id not in {indicator.id for indicator in workbook.indicators})
    old = workbook.journey(journey_id).choice
    taken = {one.id for one in take}
    choice = JourneyChoice(
        decided_on=decided_on,
        decided_by=tuple(dict.fromkeys(decided_by)) or old.decided_by,
        scores=_merged(old.scores, scores),
        rejected=tuple(one for one in _merged(old.rejected, reject) if one.id not in taken),
        dissent=tuple(dict.fromkeys([*old.dissent, *dissent])),
    )
    changed = tuple(journey.model_copy(update={"choice": choice}) if journey.id == journey_id else journey for journey in workbook.journeys)
    after = workbook.model_copy(update={"journeys": changed, "indicators": (*workbook.indicators, *new)})
    before_text, after_text = plan_text(after, path)
    if before_text != after_text and not is_trial:
        replace_text(Path(path), after_text)
    return diff_of(before_text, after_text, Path(path).name)


_PartT = TypeVar("_PartT", bound=CandidateScore | RejectedCandidate)


def _merged(old: Sequence[_PartT], new: Sequence[_PartT]) -> tuple[_PartT, ...]:
    """Put new parts in the place of old ones of the same id, others at the end."""
    parts: dict[str, _PartT] = {one.id: one for one in (*old, *new)}
    return tuple(parts.values())


def _refuse_taken_elsewhere(take: Sequence[Indicator], journey_of: dict[str, str], journey_id: str) -> None:
    for one in take:
        other = journey_of.get(one.id, journey_id)
        if other != journey_id:
            hint = "rename one of the two by hand"
            raise FindingsError([Finding("duplicate-id", f"the id {one.id!r} is an indicator of the journey {other!r}", hint=hint)])
