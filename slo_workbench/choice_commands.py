"""The commands with which a room chooses: ``vote``, ``reveal`` and ``choose``."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.journey_commands import candidates_of
from slo_workbench.text_tables import terminal_columns
from slo_workbench.workshop.choosing_candidates import ChoiceHints, choose_candidates, note_on_number, read_thresholds_ms, refuse_unknown

if TYPE_CHECKING:
    from slo_workbench.ballots.ballot_box import BallotBox, Revealed

__all__ = ["choose", "reveal", "vote"]

GOOD, FOUND = 0, 1
FIRST_DAY = date(2000, 1, 1)
HINTS = ChoiceHints(
    nothing="name what is chosen with --take, and what is not with --reject CANDIDATE=WHY; see slo-workbench candidates",
    take_first="add --take {}",
    cannot_count="add the source and run this again, or reject it for now: --reject '{}=not measured yet'",
    no_threshold="say within how many milliseconds: --threshold-ms {}=300,1000",
)

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


def _score(candidate: str, text: str) -> dict[str, Any]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or any(part not in ("1", "2", "3", "4", "5") for part in parts):
        raise UnusableValue(
            f"{candidate} takes three whole numbers from 1 to 5, for happiness, measurability and cost: {candidate}=5,4,3; not {text!r}"
        )
    return dict(zip(("happiness", "measurability", "cost"), map(int, parts), strict=True))


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
    known = candidates_of(given, with_data=False).ids
    scores = _pairs(given.scores, "a score is written CANDIDATE=5,4,3")
    comments = _pairs(given.comment, "--comment takes CANDIDATE=TEXT")
    dots = {id: read_dots(id, text) for id, text in _pairs(given.dots, "--dots takes CANDIDATE=NUMBER").items()}
    dissent = _pairs(given.dissent, "--dissent takes CANDIDATE=TEXT")
    refuse_unknown([*scores, *dissent, *comments, *dots], known)
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
    known = candidates_of(given, with_data=False).ids

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

    by, on = [read_name(name, "--by") for name in given.by], _day(given.on)
    reasons = _pairs(given.reject, "--reject takes CANDIDATE=WHY")
    listed = _pairs(given.threshold_ms, "--threshold-ms takes CANDIDATE=MS, such as buy-latency=300,800")
    thresholds = {id: read_thresholds_ms(id, text) for id, text in listed.items()}
    box, standing = _box(given), candidates_of(given)
    before = standing.view.journey.choice
    made = choose_candidates(
        given.workbook, standing, box, take=given.take, reject=reasons, thresholds=thresholds, decided_by=by, decided_on=on,
        is_trial=given.dry_run, hints=HINTS,
    )  # fmt: skip
    print(made.diff or "nothing changed", end="" if made.diff else "\n")
    for id in made.already:
        print(f"{id} is an indicator already and stays as it is written")
    if not by and not made.room.voters and (before.decided_on != on or not before.decided_by):
        print("nobody is named; --by says who decided")
    if made.still_open:
        print(f"still open: {', '.join(made.still_open)}")
    if (note := note_on_number(made.n_indicators)) is not None:
        print(render_findings([note]))
    return _tell(given, made.room.findings)
