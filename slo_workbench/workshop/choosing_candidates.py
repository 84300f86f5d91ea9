"""From what a room takes and rejects to the workbook: indicators, rejected candidates with reasons, scores and dissent of the vote."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted
from slo_workbench.workshop.standing_candidates import StandingCandidates

if TYPE_CHECKING:
    from pydantic import BaseModel

    from slo_workbench.ballots.ballot_box import BallotBox
    from slo_workbench.document.journey_model import RejectedCandidate
    from slo_workbench.document.model import Indicator
    from slo_workbench.journeys.candidate import Candidate

__all__ = [
    "KINDS_WITH_THRESHOLDS", "ChoiceHints", "Chosen", "RoomsView", "choose_candidates", "chosen_as", "indicator_of", "note_on_number",
    "read_thresholds_ms", "refuse_unknown", "rooms_view",
]  # fmt: skip

KINDS_WITH_THRESHOLDS = ("latency", "freshness")
CHOSEN_AS = "chosen as "


@dataclass(frozen=True)
class ChoiceHints:
    """How somebody is told to do otherwise: on a board with a click, on the command line with an option; ``{}`` stands for an id."""

    nothing: str = "say which candidates are taken, or rejected and why"
    take_first: str = "take {} first"
    cannot_count: str = "bring the source and look again, or reject it for now and say that it is not measured yet"
    no_threshold: str = "say within how many milliseconds, such as 300, 1000"


@dataclass(frozen=True)
class RoomsView:
    """What a revealed vote adds to a choice: scores, dissent, who voted, and what is odd in the box; empty where nobody voted."""

    scores: tuple[Any, ...] = ()
    dissent: tuple[Any, ...] = ()
    voters: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What became of a choice.

    Parameters
    ----------
    diff : str
        Of the file; empty when nothing changed.
    taken, rejected : tuple of str
        Ids written now.
    already : tuple of str
        Asked for, but indicators before; they stay as they are written.
    still_open : tuple of str
    n_indicators : int
        Of the journey now, without second measurements of the same.
    room : RoomsView
    """

    diff: str
    taken: tuple[str, ...]
    rejected: tuple[str, ...]
    already: tuple[str, ...]
    still_open: tuple[str, ...]
    n_indicators: int
    room: RoomsView


def choose_candidates(
    path: Path,
    standing: StandingCandidates,
    box: BallotBox,
    *,
    take: Sequence[str] = (),
    reject: Mapping[str, str] | None = None,
    thresholds: Mapping[str, tuple[float, ...]] | None = None,
    decided_by: Sequence[str] = (),
    decided_on: date,
    is_trial: bool = False,
    hints: ChoiceHints = ChoiceHints(),  # noqa: B008 (frozen)
) -> Chosen:
    """Check a choice and write it to the workbook with what the room thought; see `slo_workbench.document.choosing.write_choice`.

    Parameters
    ----------
    path : Path
        The workbook.
    standing : StandingCandidates
    box : BallotBox
        Of the journey; its scores and dissent go along once they are revealed.
    take : sequence of str
        Ids of candidates that become indicators.
    reject : mapping of str to str
        Id to why not.
    thresholds : mapping of str to tuple of float
        Milliseconds, for a latency or freshness that is taken; as suggested when left out.
    decided_by : sequence of str
        Those who voted, when left out.
    decided_on : date
    is_trial : bool
        Only show what would change.
    hints : ChoiceHints

    Raises
    ------
    FindingsError
        With everything that cannot be, and nothing is written.
    UnusableValue
        When nothing is chosen, or one thing is taken and rejected.
    """
    from slo_workbench.document.choosing import write_choice

    reasons, within, view = dict(reject or {}), dict(thresholds or {}), standing.view
    made, present = {one.id: one for one, _ in standing.candidates}, [indicator.id for indicator in view.indicators]
    refuse_unknown([*take, *reasons, *within], [*made, *present])
    new = [id for id in dict.fromkeys(take) if id not in present]
    _refuse_contradictions(standing, take, new, reasons, present, hints)
    _refuse_thresholds(within, new, made, hints)
    taken = _indicators([made[id] for id in new], within, view.journey.id, standing.findings, hints)
    room = rooms_view(box, standing.ids)
    diff = write_choice(
        path, view.journey.id, take=taken, reject=[_rejected(made[id], why) for id, why in reasons.items()], scores=room.scores,
        dissent=room.dissent, decided_by=decided_by or room.voters, decided_on=decided_on, is_trial=is_trial,
    )  # fmt: skip
    already = tuple(id for id in dict.fromkeys(take) if id in present)
    still_open = tuple(one.id for one, how in standing.candidates if how == "open" and one.id not in new and one.id not in reasons)
    n_indicators = len({*(one.id for one in view.indicators if one.same_as is None), *new})
    return Chosen(diff, tuple(new), tuple(reasons), already, still_open, n_indicators, room)


def refuse_unknown(names: Sequence[str], known: Sequence[str]) -> None:
    """Raise ``FindingsError`` for every name that is no candidate."""
    findings = [
        Finding("unknown-candidate", f"there is no candidate {name!r}", hint=nearest_hint(name, known))
        for name in names
        if name not in known
    ]
    if findings:
        raise FindingsError(findings)


def read_thresholds_ms(candidate: str, text: str) -> tuple[float, ...]:
    """Read thresholds, separated by commas.

    Examples
    --------
    >>> read_thresholds_ms("buy-latency", "800, 300")
    (300.0, 800.0)
    """
    return tuple(sorted({_milliseconds(candidate, part) for part in text.split(",")}))


def _milliseconds(candidate: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise UnusableValue(f"thresholds of {candidate} are milliseconds above 0, as in {candidate}=300,800; not {text.strip()!r}")
    return number


def chosen_as(standing: str) -> str:
    """Return the indicator as which a candidate is chosen; empty where it is not.

    Examples
    --------
    >>> chosen_as("chosen as paid-orders"), chosen_as("open")
    ('paid-orders', '')
    >>> chosen_as("chosen as paid-orders, with other conditions: route = '/checkout'")
    'paid-orders'
    """
    return standing.removeprefix(CHOSEN_AS).partition(",")[0] if standing.startswith(CHOSEN_AS) else ""


def _refuse_contradictions(
    standing: StandingCandidates, take: Sequence[str], new: Sequence[str], reasons: Mapping[str, str], present: Sequence[str],
    hints: ChoiceHints,
) -> None:  # fmt: skip
    """Refuse what is taken and rejected, or an indicator already; all of it at once."""
    if not take and not reasons:
        raise UnusableValue(hints.nothing)
    both = sorted(set(take) & set(reasons))
    if both:
        raise UnusableValue(f"{both[0]} is taken and rejected; leave it in one of the two")
    chosen = {one.id: chosen_as(how) for one, how in standing.candidates if chosen_as(how)} | {id: id for id in present}
    hint = "take the indicator {!r} out of the workbook first, or leave it"
    findings = [
        Finding("rejects-indicator", f"{id!r} is an indicator already{_called(id, chosen[id])}", hint=hint.format(chosen[id]))
        for id in reasons if id in chosen
    ] + [
        Finding("taken-already", f"{id!r} is an indicator already{_called(id, chosen[id])}; it would be counted twice", hint=hint.format(chosen[id]))
        for id in new if id in chosen
    ]  # fmt: skip
    if findings:
        raise FindingsError(findings)


def _called(candidate: str, indicator: str) -> str:
    return "" if candidate == indicator else f", under the name {indicator!r}"


def _refuse_thresholds(thresholds: Mapping[str, Any], new: Sequence[str], made: Mapping[str, Candidate], hints: ChoiceHints) -> None:
    findings = []
    for id in thresholds:
        if id not in new:
            hint = f"{hints.take_first.format(id)}; thresholds of an indicator that is there are changed in the workbook"
            findings.append(Finding("threshold-unused", f"{id!r} is not taken, so no threshold is set for it", hint=hint))
        elif made[id].kind not in KINDS_WITH_THRESHOLDS:
            hint = f"leave it out; {' and '.join(KINDS_WITH_THRESHOLDS)} have thresholds"
            findings.append(Finding("threshold-unused", f"{id!r} is of the kind {made[id].kind}, which has no threshold", hint=hint))
    if findings:
        raise FindingsError(findings)


def _indicators(
    candidates: Sequence[Candidate], thresholds: Mapping[str, tuple[float, ...]], journey: str, odd: Sequence[Finding], hints: ChoiceHints
) -> list[Indicator]:
    """Make indicators of candidates, or say of all that cannot be counted what is missing, with what is odd in the data."""
    findings = []
    for one in candidates:
        if not one.skeleton.is_ready:
            message = f"{one.id} cannot be counted yet: it needs {'; '.join(one.skeleton.missing) or 'a source'}"
            findings.append(Finding("not-measurable", message, hint=hints.cannot_count.format(one.id)))
        elif one.kind == "latency" and not one.skeleton.thresholds_ms and one.id not in thresholds:
            message = f"{one.id} needs a threshold, and the data suggests none"
            findings.append(Finding("no-threshold", message, hint=hints.no_threshold.format(one.id)))
    if findings:
        raise FindingsError([*findings, *odd])
    return [indicator_of(one, journey, thresholds_ms=thresholds.get(one.id)) for one in candidates]


def indicator_of(candidate: Candidate, journey: str, *, thresholds_ms: tuple[float, ...] | None = None) -> Indicator:
    """Return the indicator that a candidate becomes when it is taken; of one without a source the source is called ``not-there-yet``."""
    from slo_workbench.document.model import Indicator

    skeleton = candidate.skeleton
    fields = {
        "id": candidate.id, "journey": journey, "kind": candidate.kind, "specification": candidate.specification,
        "measured_at": candidate.measured_at, "source": skeleton.source or "not-there-yet", "valid": skeleton.valid, "good": skeleton.good,
        "thresholds_ms": (thresholds_ms or skeleton.thresholds_ms) if candidate.kind in KINDS_WITH_THRESHOLDS else (),
        "arrows": candidate.arrows if candidate.needs_arrows or not skeleton.source else (),
    }  # fmt: skip
    return _part(Indicator, fields, candidate.id)


def _rejected(candidate: Candidate, why: str) -> RejectedCandidate:
    from slo_workbench.document.journey_model import RejectedCandidate

    fields = {"id": candidate.id, "kind": candidate.kind, "specification": candidate.specification, "reason": why}
    return _part(RejectedCandidate, fields, candidate.id)


_PartT = TypeVar("_PartT", bound="BaseModel")


def _part(kind: type[_PartT], fields: Mapping[str, Any], where: str) -> _PartT:
    from pydantic import ValidationError

    from slo_workbench.document.validation import explain_validation_error

    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=(where,))) from None


def rooms_view(box: BallotBox, known: Sequence[str]) -> RoomsView:
    """Return what a revealed vote says of candidates, as it goes into the workbook; of one that is not revealed only that it waits."""
    from slo_workbench.ballots.dissent import read_dissent
    from slo_workbench.ballots.tally import tally
    from slo_workbench.document.journey_model import CandidateScore, Dissent

    if not box.is_revealed:
        waiting = box.status().n_voted
        hint = "reveal them first, so that the choice stands on them; or go on without"
        message = f"{counted(waiting, 'vote')} on this journey {'is' if waiting == 1 else 'are'} not revealed"
        return RoomsView(findings=(Finding("votes-not-revealed", message, severity="warning", hint=hint),) if waiting else ())
    ballots, findings = box.read_all()
    recorded, odd = read_dissent(box)
    scores = [
        _part(CandidateScore, {"id": one.candidate, "n_votes": one.n_votes, **{name: point.median for name, point in one.criteria.items()}}, one.candidate)
        for one in tally(ballots, known).candidates if one.n_votes
    ]  # fmt: skip
    dissent = [
        _part(Dissent, {"about": id, "by": one.participant, "text": text}, id) for one in recorded for id, text in one.dissent.items()
    ]
    return RoomsView(tuple(scores), tuple(dissent), tuple(ballot.participant for ballot in ballots), (*findings, *odd))


def note_on_number(n_chosen: int) -> Finding | None:
    """Note that fewer than three or more than five indicators of a journey are unusual."""
    if 3 <= n_chosen <= 5:
        return None
    more = "one more failure that hurts users" if n_chosen < 3 else "those that move with the users' mood only"
    return Finding(
        "few-indicators" if n_chosen < 3 else "many-indicators", f"{counted(n_chosen, 'indicator')} for this journey; three to five are usual",
        severity="note", hint=f"look for {more}: slo-workbench gaps shows what nobody sees",
    )  # fmt: skip
