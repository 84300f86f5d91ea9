"""The room's choice of SLIs as a decision: written to the workbook, shown as a change, and never over what others chose meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.units import counted
from slo_workbench.workshop.candidates_at_hand import CandidatesAtHand, candidates_at_hand
from slo_workbench.workshop.choosing_candidates import Chosen, choose_candidates, chosen_as, note_on_number
from slo_workbench.workshop.decisions import Decision, text_of
from slo_workbench.workshop.room_votes import ballot_box_of

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["decide_choice"]


def decide_choice(
    workshop: Workshop,
    journey_id: str = "",
    *,
    take: Sequence[str] = (),
    reject: Mapping[str, str] | None = None,
    thresholds_ms: Mapping[str, Sequence[float]] | None = None,
    decided_by: Sequence[str] = (),
    decided_on: date | None = None,
    seen: CandidatesAtHand | None = None,
) -> Decision:
    """Take candidates as indicators and reject others, with reasons; the scores and the dissent of a revealed vote go along.

    Nothing taken and nothing rejected decides nothing.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.
    take : sequence of str
        Ids of candidates.
    reject : mapping of str to str
        Id to why not.
    thresholds_ms : mapping of str to sequence of float
        For a latency or freshness that is taken; as the data suggests when left out.
    decided_by : sequence of str
        Who decided; those who voted when left out.
    decided_on : date, optional
        Today when left out.
    seen : CandidatesAtHand, optional
        The candidates as they were looked at; one on which somebody else has decided otherwise since is not decided over.

    Raises
    ------
    FindingsError
        With everything that cannot be, such as a candidate that cannot be counted yet, and nothing is written.
    """
    reasons, journey = dict(reject or {}), workshop.journey(journey_id)
    about = f"choice of SLIs for {journey.id}"
    if not take and not reasons:
        return Decision(about, "", f"Nothing is decided here, so {workshop.path.name} stays as it is: {about}.")
    now = candidates_at_hand(workshop, journey.id)
    if seen is not None:
        _refuse_changed(seen, now, take, reasons)
    before, earlier, on = text_of(workshop.path), now.view.journey.choice, decided_on or datetime.now().astimezone().date()
    made = choose_candidates(
        workshop.path, now.standing, ballot_box_of(workshop, journey.id), take=take, reject=reasons,
        thresholds={id: tuple(values) for id, values in (thresholds_ms or {}).items()}, decided_by=decided_by,
        decided_on=on,
    )  # fmt: skip
    is_named = bool(decided_by or made.room.voters or (earlier.decided_on == on and earlier.decided_by))
    said = _said(workshop.path.name, made) + ("" if is_named or not made.diff else " Nobody is named as having decided.")
    return Decision(about, made.diff, said, before if made.diff else "")


def _refuse_changed(seen: CandidatesAtHand, now: CandidatesAtHand, take: Sequence[str], reasons: Mapping[str, str]) -> None:
    """Refuse to decide over what somebody else has decided otherwise since it was looked at."""
    before = {one.id: one.standing for one in seen.candidates}
    findings = []
    for one in now.candidates:
        is_asked_for = (one.id in take and chosen_as(one.standing)) or reasons.get(one.id) == one.rejected_because != ""
        if one.id not in (*take, *reasons) or is_asked_for or before.get(one.id, one.standing) == one.standing:
            continue
        message = f"somebody else has decided on {one.id!r} meanwhile: it is {one.standing}"
        findings.append(Finding("changed-meanwhile", message, hint="look at it as it is now, talk about it, and decide again"))
    if findings:
        raise FindingsError(findings)


def _said(file_name: str, made: Chosen) -> str:
    """Say what was written, what stays open, and what is unusual about it."""
    written = [f"taken {', '.join(made.taken)}"] if made.taken else []
    written += [f"rejected {', '.join(made.rejected)}"] if made.rejected else []
    said = [f"Written to {file_name}: {'; '.join(written)}." if made.diff else f"{file_name} says so already."]
    said += [f"{id} is an indicator already and stays as it is written." for id in made.already]
    if made.diff and made.room.scores:
        said.append(f"With it the scores of {counted(len(made.room.voters), 'participant')}.")
    said += [f"Still open: {', '.join(made.still_open)}."] if made.still_open else []
    note = note_on_number(made.n_indicators)
    said += [f"{finding.message[0].upper()}{finding.message[1:]}." for finding in (note, *made.room.findings) if finding is not None]
    return " ".join(said)
