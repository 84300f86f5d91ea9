"""The commands with which a room chooses: ``vote``, ``reveal`` and ``choose``."""

from __future__ import annotations

import math
import shlex
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.journey_commands import standing_candidates
from slo_workbench.text_tables import terminal_columns
from slo_workbench.units import counted

if TYPE_CHECKING:
    from pydantic import BaseModel

    from slo_workbench.ballots.ballot_box import BallotBox, Revealed
    from slo_workbench.document.journey_model import RejectedCandidate
    from slo_workbench.document.model import Indicator
    from slo_workbench.journeys.candidate import Candidate

__all__ = ["choose", "reveal", "vote"]

GOOD, FOUND = 0, 1
FIRST_DAY = date(2000, 1, 1)
KINDS_WITH_THRESHOLDS = ("latency", "freshness")

# ----------------------------------------------------------------------------------------------- what was typed


def _box(given: Namespace) -> BallotBox:
    """Return the box of a journey that the workbook has; no path is made of any other text."""
    from slo_workbench.ballots.ballot_box import BallotBox
    from slo_workbench.document import read_workbook

    journeys = [journey.id for journey in read_workbook(given.workbook).journeys]
    if given.journey not in journeys:
        hint = nearest_hint(given.journey, journeys)
        raise FindingsError([Finding("unknown-journey", f"there is no journey {given.journey!r}", hint=hint)])
    return BallotBox(given.workbook.parent / "votes" / given.journey)


def _pairs(items: Sequence[str], what: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UnusableValue(f"{what}, not {item!r}")
        if name.strip() in pairs:
            raise UnusableValue(f"{name.strip()!r} stands there twice")
        pairs[name.strip()] = value.strip()
    return pairs


def _refuse_unknown(names: Sequence[str], known: Sequence[str]) -> None:
    findings = [
        Finding("unknown-candidate", f"there is no candidate {name!r}", hint=nearest_hint(name, known))
        for name in names
        if name not in known
    ]
    if findings:
        raise FindingsError(findings)


def _score(candidate: str, text: str) -> dict[str, Any]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or any(part not in ("1", "2", "3", "4", "5") for part in parts):
        raise UnusableValue(
            f"{candidate} takes three whole numbers from 1 to 5, for happiness, measurability and cost: {candidate}=5,4,3; not {text!r}"
        )
    return dict(zip(("happiness", "measurability", "cost"), map(int, parts), strict=True))


def _milliseconds(candidate: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise UnusableValue(f"thresholds of {candidate} are milliseconds above 0, as in {candidate}=300,800; not {text.strip()!r}")
    return number


def _day(text: str | None) -> date:
    today = datetime.now().astimezone().date()
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UnusableValue(f"--on takes a day such as 2026-05-04, not {text!r}") from None
    if not FIRST_DAY <= day <= today + timedelta(days=1):
        raise UnusableValue(f"--on takes the day of the decision, from {FIRST_DAY} to today, which is {today}; not {day}")
    return day


def _again(given: Namespace, command: str, rest: str) -> str:
    return f"slo-workbench {command} {shlex.quote(str(given.workbook))} {given.journey} {rest}"


def _tell(given: Namespace, findings: Sequence[Finding]) -> int:
    """Print what is odd in the box, and how the vote is reopened where that helps."""
    if findings:
        print(render_findings(findings))
    if any("reopen" in finding.hint for finding in findings):
        print(f"to reopen the vote: {_again(given, 'reveal', '--reopen')}")
    return GOOD if is_clean(findings) else FOUND


# ----------------------------------------------------------------------------------------------- vote


def vote(given: Namespace) -> int:
    """Cast a ballot, record dissent, or tell who has voted."""
    from slo_workbench.ballots.dissent import record_dissent
    from slo_workbench.ballots.dots import read_dots

    box = _box(given)
    by = _voter(given)
    given.no_data = True
    known = [one.id for one, _ in standing_candidates(given)[1]]
    scores = _pairs(given.scores, "a score is written CANDIDATE=5,4,3")
    comments = _pairs(given.comment, "--comment takes CANDIDATE=TEXT")
    dots = {id: read_dots(id, text) for id, text in _pairs(given.dots, "--dots takes CANDIDATE=NUMBER").items()}
    dissent = _pairs(given.dissent, "--dissent takes CANDIDATE=TEXT")
    _refuse_unknown([*scores, *dissent, *comments, *dots], known)
    if scores or comments or dots:
        _cast(given, box, by, {id: _score(id, text) for id, text in scores.items()}, comments, dots, known)
    for candidate, text in dissent.items():
        record_dissent(box, by, candidate, text, at=datetime.now(UTC))
        print(f"recorded that {printable(by)} does not agree about {candidate}")
    status = box.status()
    print(printable(status.sentence))
    return _tell(given, status.findings)


def _voter(given: Namespace) -> str:
    """Return who votes; refuse what cannot go together, before anything is written."""
    from slo_workbench.ballots.ballot import read_name, read_role

    options = {
        "--score": given.scores, "--comment": given.comment, "--dots": given.dots, "--dissent": given.dissent, "--role": given.role,
    }  # fmt: skip
    used = [option for option, value in options.items() if value]
    if used and given.by is None:
        raise UnusableValue(f"{used[0]} needs to know who votes; add --by NAME")
    if given.dissent and (given.scores or given.comment or given.dots):
        raise UnusableValue("scores, comments and dots come before the reveal, dissent after it; give one of the two")
    if used == ["--role"]:
        raise UnusableValue("--role tells in which role somebody scores; add --score CANDIDATE=5,4,3")
    given.role = read_role(given.role, "--role")
    return "" if given.by is None else read_name(given.by, "--by")


def _cast(
    given: Namespace, box: BallotBox, by: str, scores: Mapping[str, dict[str, Any]], comments: Mapping[str, str],
    dots: Mapping[str, int], known: Sequence[str],
) -> None:  # fmt: skip
    """Put a ballot over the earlier one of the same person, and say what became of that."""
    from slo_workbench.ballots.ballot import checked_ballot, merge_ballots
    from slo_workbench.ballots.cast_words import what_was_cast
    from slo_workbench.ballots.dots import refuse_too_many_dots
    from slo_workbench.document.exclusive_change import exclusive_change

    if box.is_revealed:
        again = _again(given, "reveal", "--reopen")
        raise UnusableValue(f"the scores of '{box.journey}' are revealed, and who has seen them votes no more; to vote again: {again}")
    with exclusive_change(given.workbook):  # beside it stand the votes: two commands of one person would lose a score
        earlier = box.ballot_of(by)
        before = {id: score.model_dump() for id, score in earlier.scores.items()} if earlier else {}
        for id in comments:
            if id not in scores and id not in before:
                raise UnusableValue(f"{id} has no score of {printable(by)} that the comment could stand beside; add --score {id}=5,4,3")
        said = {
            id: {**(scores.get(id) or before[id]), **({"comment": comments[id]} if id in comments else {})} for id in [*scores, *comments]
        }
        ballot = checked_ballot(journey=box.journey, participant=by, role=given.role, cast_at=datetime.now(UTC), scores=said, dots=dots)
        refuse_too_many_dots(ballot, each=given.dots_each)
        box.cast(merge_ballots(earlier, ballot) if earlier else ballot)
    print(what_was_cast(by, earlier, scored=list(scores), commented=list(comments), dots=dots, known=known))


# ----------------------------------------------------------------------------------------------- reveal


def reveal(given: Namespace) -> int:
    """Reveal the scores, or put the reveal aside."""
    box = _box(given)
    if given.reopen:
        aside = box.reopen()
        print(f"people can vote again; what was revealed is kept as {aside.name}" if aside else "nothing was revealed; people can vote")
        return GOOD
    given.no_data = True
    known = [one.id for one, _ in standing_candidates(given)[1]]

    def text(revealed: Revealed) -> tuple[str, tuple[Finding, ...]]:
        from slo_workbench.ballots.dissent import read_dissent
        from slo_workbench.ballots.dots import count_dots
        from slo_workbench.ballots.reveal_words import reveal_text
        from slo_workbench.ballots.tally import tally

        recorded, odd = read_dissent(box)
        ballots, findings = revealed
        dots = count_dots(ballots, known, each=given.dots_each)
        return reveal_text(tally(ballots, known), ballots, recorded, dots=dots, columns=terminal_columns()), (*findings, *odd)

    # everything is made once before the box closes: an error then leaves it open, and nobody has seen anything
    shown, findings = text(box.reveal(decided_candidates=known, at=datetime.now(UTC), before=text))
    print(shown)
    status = _tell(given, findings)
    print(f"next: {_again(given, 'choose', '--take CANDIDATE --reject CANDIDATE=WHY')}")
    print(f"to vote again: {_again(given, 'reveal', '--reopen')}")
    return status


# ----------------------------------------------------------------------------------------------- choose


def choose(given: Namespace) -> int:
    """Write the choice to the workbook."""
    from slo_workbench.ballots.ballot import read_name
    from slo_workbench.document.choosing import write_choice

    by, on = [read_name(name, "--by") for name in given.by], _day(given.on)
    reasons = _pairs(given.reject, "--reject takes CANDIDATE=WHY")
    listed = _pairs(given.threshold_ms, "--threshold-ms takes CANDIDATE=MS, such as buy-latency=300,800")
    thresholds = {id: tuple(sorted({_milliseconds(id, part) for part in text.split(",")})) for id, text in listed.items()}
    box = _box(given)
    view, found, odd = standing_candidates(given)
    made, present = {one.id: one for one, _ in found}, [indicator.id for indicator in view.indicators]
    _refuse_unknown([*given.take, *reasons, *thresholds], [*made, *present])
    new = [id for id in dict.fromkeys(given.take) if id not in present]
    _refuse_contradictions(given, reasons, new, {one.id: standing for one, standing in found}, present)
    _refuse_thresholds(thresholds, new, made)
    taken = _indicators([made[id] for id in new], thresholds, given.journey, odd)
    scores, dissent, voters, in_box = _revealed(box, list(made))
    diff = write_choice(
        given.workbook, given.journey, take=taken, reject=[_rejected(made[id], why) for id, why in reasons.items()], scores=scores,
        dissent=dissent, decided_by=by or voters, decided_on=on, is_trial=given.dry_run,
    )  # fmt: skip
    print(diff or "nothing changed", end="" if diff else "\n")
    for id in [id for id in dict.fromkeys(given.take) if id in present]:
        print(f"{id} is an indicator already and stays as it is written")
    before = view.journey.choice
    if not by and not voters and (before.decided_on != on or not before.decided_by):
        print("nobody is named; --by says who decided")
    _say_what_is_left([one.id for one, standing in found if standing == "open" and one.id not in new and one.id not in reasons])
    _note_number(len({*(one.id for one in view.indicators if one.same_as is None), *new}))
    return _tell(given, in_box)


def _refuse_contradictions(
    given: Namespace, reasons: Mapping[str, str], new: Sequence[str], standings: Mapping[str, str], present: Sequence[str]
) -> None:
    """Refuse what is taken and rejected, or an indicator already; all of it at once."""
    if not given.take and not reasons:
        raise UnusableValue("name what is chosen with --take, and what is not with --reject CANDIDATE=WHY; see slo-workbench candidates")
    both = sorted(set(given.take) & set(reasons))
    if both:
        raise UnusableValue(f"{both[0]} is taken and rejected; leave it in one of the two")
    chosen = {id: standing.removeprefix("chosen as ") for id, standing in standings.items() if standing.startswith("chosen as ")}
    chosen |= {id: id for id in present}
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


def _refuse_thresholds(thresholds: Mapping[str, Any], new: Sequence[str], made: Mapping[str, Candidate]) -> None:
    findings = []
    for id in thresholds:
        if id not in new:
            hint = f"add --take {id}; thresholds of an indicator that is there are changed in the workbook"
            findings.append(Finding("threshold-unused", f"{id!r} is not taken, so no threshold is set for it", hint=hint))
        elif made[id].kind not in KINDS_WITH_THRESHOLDS:
            hint = f"leave it out; {' and '.join(KINDS_WITH_THRESHOLDS)} have thresholds"
            findings.append(Finding("threshold-unused", f"{id!r} is of the kind {made[id].kind}, which has no threshold", hint=hint))
    if findings:
        raise FindingsError(findings)


def _indicators(
    candidates: Sequence[Candidate], thresholds: Mapping[str, tuple[float, ...]], journey: str, odd: Sequence[Finding]
) -> list[Indicator]:
    """Make indicators of candidates, or say of all that cannot be counted what is missing, with what is odd in the data."""
    findings = []
    for one in candidates:
        if not one.skeleton.is_ready:
            message = f"{one.id} cannot be counted yet: it needs {'; '.join(one.skeleton.missing) or 'a source'}"
            hint = f"add the source and run this again, or reject it for now: --reject '{one.id}=not measured yet'"
            findings.append(Finding("not-measurable", message, hint=hint))
        elif one.kind == "latency" and not one.skeleton.thresholds_ms and one.id not in thresholds:
            hint = f"say within how many milliseconds: --threshold-ms {one.id}=300,1000"
            findings.append(Finding("no-threshold", f"{one.id} needs a threshold, and the data suggests none", hint=hint))
    if findings:
        raise FindingsError([*findings, *odd])
    return [_indicator(one, thresholds.get(one.id), journey) for one in candidates]


def _indicator(candidate: Candidate, thresholds: tuple[float, ...] | None, journey: str) -> Indicator:
    from slo_workbench.document.model import Indicator

    skeleton = candidate.skeleton
    fields = {
        "id": candidate.id, "journey": journey, "kind": candidate.kind, "specification": candidate.specification,
        "measured_at": candidate.measured_at, "source": skeleton.source, "valid": skeleton.valid, "good": skeleton.good,
        "thresholds_ms": (thresholds or skeleton.thresholds_ms) if candidate.kind in KINDS_WITH_THRESHOLDS else (),
        "arrows": candidate.arrows if candidate.needs_arrows else (),
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


def _revealed(box: BallotBox, known: Sequence[str]) -> tuple[list[Any], list[Any], list[str], tuple[Finding, ...]]:
    """Return scores, dissent and voters of a revealed vote, and what is odd in the box; nothing where nobody voted."""
    from slo_workbench.ballots.dissent import read_dissent
    from slo_workbench.ballots.tally import tally
    from slo_workbench.document.journey_model import CandidateScore, Dissent

    if not box.is_revealed:
        waiting = box.status().n_voted
        hint = "reveal them first, so that the choice stands on them; or go on without"
        message = f"{counted(waiting, 'vote')} on this journey {'is' if waiting == 1 else 'are'} not revealed"
        return [], [], [], (Finding("votes-not-revealed", message, severity="warning", hint=hint),) if waiting else ()
    ballots, findings = box.read_all()
    recorded, odd = read_dissent(box)
    scores = [
        _part(CandidateScore, {"id": one.candidate, "n_votes": one.n_votes, **{name: point.median for name, point in one.criteria.items()}}, one.candidate)
        for one in tally(ballots, known).candidates if one.n_votes
    ]  # fmt: skip
    dissent = [
        _part(Dissent, {"about": id, "by": one.participant, "text": text}, id) for one in recorded for id, text in one.dissent.items()
    ]
    return scores, dissent, [ballot.participant for ballot in ballots], (*findings, *odd)


def _say_what_is_left(undecided: Sequence[str]) -> None:
    if undecided:
        print(f"still open: {', '.join(undecided)}")


def _note_number(n_chosen: int) -> None:
    """Note that fewer than three or more than five indicators are unusual."""
    if 3 <= n_chosen <= 5:
        return
    more = "one more failure that hurts users" if n_chosen < 3 else "those that move with the users' mood only"
    finding = Finding(
        "few-indicators" if n_chosen < 3 else "many-indicators", f"{counted(n_chosen, 'indicator')} for this journey; three to five are usual",
        severity="note", hint=f"look for {more}: slo-workbench gaps shows what nobody sees",
    )  # fmt: skip
    print(render_findings([finding]))
