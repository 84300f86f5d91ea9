"""Write down which candidates became a journey's indicators, which did not and why, and who does not agree."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.changes import diff_of
from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.journey_model import CandidateScore, Dissent, JourneyChoice, RejectedCandidate
from slo_workbench.document.model import Indicator
from slo_workbench.document.validation import explain_validation_error
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

    What is there stays: an indicator with the id of a taken one is kept as it is written, earlier rejections remain unless they are about
    the same candidate, dissent unless the same person speaks about the same one again, and what is taken now is no longer rejected.
    Earlier names stay only where the day is the same: a decision of another day without names has nobody's. Who chooses at the same time
    as somebody else waits, and both choices are kept.

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
        When there is no such journey, an id is taken by an indicator of another journey, what is rejected is an indicator, or the result
        would have errors; or when somebody else is changing the file and is not done. Nothing is written then.
    """
    said = _said(decided_on, decided_by, scores, reject, dissent)
    with nullcontext() if is_trial else exclusive_change(path):
        workbook = read_workbook(path)
        journey_of = {indicator.id: indicator.journey for indicator in workbook.indicators}
        _refuse_unknown_journey(journey_id, [journey.id for journey in workbook.journeys])
        _refuse_taken_elsewhere(take, journey_of, journey_id)
        _refuse_rejected_indicators(reject, journey_of)
        new = tuple(one for one in take if one.id not in journey_of)
        journeys = tuple(
            one.model_copy(update={"choice": _both(one.choice, said, {taken.id for taken in take})}) if one.id == journey_id else one
            for one in workbook.journeys
        )
        after = workbook.model_copy(update={"journeys": journeys, "indicators": (*workbook.indicators, *new)})
        before_text, after_text = plan_text(after, path)
        if before_text != after_text and not is_trial:
            replace_text(Path(path), after_text)
    return diff_of(before_text, after_text, Path(path).name)


def _said(
    on: date, by: Sequence[str], scores: Sequence[CandidateScore], rejected: Sequence[RejectedCandidate], dissent: Sequence[Dissent]
) -> JourneyChoice:
    """Put what was decided now into one part; what cannot stand in a workbook becomes findings."""
    try:
        return JourneyChoice(
            decided_on=on, decided_by=tuple(dict.fromkeys(by)), scores=tuple(scores), rejected=tuple(rejected), dissent=tuple(dissent)
        )
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=("choice",))) from None


def _both(old: JourneyChoice, said: JourneyChoice, taken: set[str]) -> JourneyChoice:
    return JourneyChoice(
        decided_on=said.decided_on,
        decided_by=said.decided_by or (old.decided_by if old.decided_on == said.decided_on else ()),
        scores=_merged(old.scores, said.scores),
        rejected=tuple(one for one in _merged(old.rejected, said.rejected) if one.id not in taken),
        dissent=tuple({(one.about, one.by): one for one in (*old.dissent, *said.dissent)}.values()),
    )


_PartT = TypeVar("_PartT", bound=CandidateScore | RejectedCandidate)


def _merged(old: Sequence[_PartT], new: Sequence[_PartT]) -> tuple[_PartT, ...]:
    """Put new parts in the place of old ones of the same id, others at the end."""
    parts: dict[str, _PartT] = {one.id: one for one in (*old, *new)}
    return tuple(parts.values())


def _refuse_unknown_journey(journey_id: str, known: Sequence[str]) -> None:
    if journey_id not in known:
        raise FindingsError([Finding("unknown-journey", f"there is no journey {journey_id!r}", hint=nearest_hint(journey_id, known))])


def _refuse_rejected_indicators(reject: Sequence[RejectedCandidate], indicators: Collection[str]) -> None:
    hint = "take the indicator out of the workbook first, or leave it"
    found = [Finding("rejects-indicator", f"{one.id!r} is an indicator already", hint=hint) for one in reject if one.id in indicators]
    if found:
        raise FindingsError(found)


def _refuse_taken_elsewhere(take: Sequence[Indicator], journey_of: dict[str, str], journey_id: str) -> None:
    for one in take:
        other = journey_of.get(one.id, journey_id)
        if other != journey_id:
            hint = "rename one of the two by hand"
            raise FindingsError([Finding("duplicate-id", f"the id {one.id!r} is an indicator of the journey {other!r}", hint=hint)])
