"""The commands with which a room chooses: ``vote``, ``reveal`` and ``choose``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.journey_commands import standing_candidates
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.units import counted

if TYPE_CHECKING:
    from slo_workbench.ballots.ballot_box import BallotBox
    from slo_workbench.document.model import Indicator
    from slo_workbench.journeys.candidate import Candidate

__all__ = ["choose", "reveal", "vote"]

GOOD, FOUND = 0, 1


def _box(given: Namespace) -> BallotBox:
    from slo_workbench.ballots.ballot_box import BallotBox

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


def vote(given: Namespace) -> int:
    """Cast a ballot, record dissent, or tell who has voted."""
    from slo_workbench.ballots.ballot import Ballot
    from slo_workbench.ballots.dissent import record_dissent

    given.no_data = True
    _, found, _ = standing_candidates(given)
    known = [one.id for one, _ in found]
    box = _box(given)
    scores, dissent = _pairs(given.scores, "a score is written CANDIDATE=5,4,3"), _pairs(given.dissent, "--dissent takes CANDIDATE=TEXT")
    comments = _pairs(given.comment, "--comment takes CANDIDATE=TEXT")
    _refuse_unknown([*scores, *dissent, *comments], known)
    if (scores or dissent) and not given.by:
        raise UnusableValue("--by says who votes; write it")
    if scores:
        read = {id: _score(id, text, comments.get(id, "")) for id, text in scores.items()}
        ballot = Ballot.model_validate(
            {"journey": given.journey, "participant": given.by, "role": given.role, "cast_at": datetime.now(UTC), "scores": read}
        )
        box.cast(ballot)
        left = [id for id in known if id not in scores]
        print(
            f"{printable(ballot.participant)} scored {counted(len(scores), 'candidate')}"
            + (f"; not scored: {', '.join(left)}" if left else "")
        )
    for candidate, text in dissent.items():
        record_dissent(box, given.by, candidate, text)
        print(f"recorded that {printable(given.by)} does not agree about {candidate}")
    status = box.status()
    print(printable(status.sentence))
    if status.findings:
        print(render_findings(status.findings))
    return GOOD if is_clean(status.findings) else FOUND


def _score(candidate: str, text: str, comment: str) -> dict[str, Any]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or any(part not in ("1", "2", "3", "4", "5") for part in parts):
        raise UnusableValue(
            f"{candidate} takes three whole numbers from 1 to 5, for happiness, measurability and cost: {candidate}=5,4,3; not {text!r}"
        )
    happiness, measurability, cost = map(int, parts)
    return {"happiness": happiness, "measurability": measurability, "cost": cost, "comment": comment}


def reveal(given: Namespace) -> int:
    """Reveal the scores, or put the reveal aside."""
    from slo_workbench.ballots.dissent import read_dissent
    from slo_workbench.ballots.tally import CRITERIA, tally

    box = _box(given)
    if given.reopen:
        aside = box.reopen()
        print(f"people can vote again; what was revealed is kept as {aside.name}" if aside else "nothing was revealed")
        return GOOD
    given.no_data = True
    _, found, _ = standing_candidates(given)
    known = [one.id for one, _ in found]
    ballots, findings = box.reveal(decided_candidates=known, at=datetime.now(UTC))
    result = tally(ballots, known)
    rows = [
        (one.rank or "", one.candidate, "" if one.score is None else f"{float(one.score):.1f}", *(_range(one.criteria.get(name)) for name in CRITERIA),
         one.n_votes, "yes" if one.disputed else "")
        for one in result.candidates
    ]  # fmt: skip
    header = ["rank", "candidate", "score", "happiness", "measurability", "cost", "votes", "disputed"]
    print(text_table(header, rows, columns=terminal_columns()))
    print("\n" + "\n".join(printable(sentence) for sentence in result.sentences))
    recorded, odd = read_dissent(box)
    for one in recorded:
        for candidate, text in one.dissent.items():
            print(f"dissent of {printable(one.participant)} on {candidate}: {printable(text)}")
    findings = (*findings, *odd)
    if findings:
        print(render_findings(findings))
    print(f"next: slo-workbench choose {given.workbook} {given.journey} --take CANDIDATE --reject CANDIDATE=WHY")
    return GOOD if is_clean(findings) else FOUND


def _range(point: Any) -> str:
    if point is None or point.median is None:
        return ""
    middle = f"{float(point.median):g}"
    return middle if point.lowest == point.highest else f"{middle} ({point.lowest}–{point.highest})"


def choose(given: Namespace) -> int:
    """Write the choice to the workbook."""
    from slo_workbench.document.choosing import write_choice
    from slo_workbench.document.journey_model import RejectedCandidate

    view, found, _ = standing_candidates(given)
    made = {one.id: one for one, _ in found}
    reasons = _pairs(given.reject, "--reject takes CANDIDATE=WHY")
    _refuse_unknown([*given.take, *reasons], [*made, *(indicator.id for indicator in view.indicators)])
    both = sorted(set(given.take) & set(reasons))
    if both:
        raise UnusableValue(f"{both[0]} is taken and rejected; leave it in one of the two")
    if not given.take and not reasons:
        raise UnusableValue("name what is chosen with --take, and what is not with --reject CANDIDATE=WHY; see slo-workbench candidates")
    taken = [_indicator(made[id], given) for id in given.take if id in made and id not in {one.id for one in view.indicators}]
    rejected = [
        RejectedCandidate(id=id, kind=made[id].kind, specification=made[id].specification, reason=why)
        for id, why in reasons.items()
        if id in made
    ]
    scores, dissent, voters = _revealed(given, list(made))
    diff = write_choice(
        given.workbook, given.journey, take=taken, reject=rejected, scores=scores, dissent=dissent, decided_by=given.by or voters,
        decided_on=_day(given.on), is_trial=given.dry_run,
    )  # fmt: skip
    print(diff or "nothing changed", end="" if diff else "\n")
    undecided = [one.id for one, standing in found if standing == "open" and one.id not in given.take and one.id not in reasons]
    if undecided:
        print(f"still open: {', '.join(undecided)}")
    n_chosen = len({*(one.id for one in view.indicators if one.same_as is None), *(one.id for one in taken)})
    return _judge_number(n_chosen)


def _judge_number(n_chosen: int) -> int:
    if 3 <= n_chosen <= 5:
        return GOOD
    more = "one more failure that hurts users" if n_chosen < 3 else "those that move with the users' mood only"
    finding = Finding(
        "few-indicators" if n_chosen < 3 else "many-indicators", f"{counted(n_chosen, 'indicator')} for this journey; three to five are usual",
        severity="note", hint=f"look for {more}: slo-workbench gaps shows what nobody sees",
    )  # fmt: skip
    print(render_findings([finding]))
    return GOOD


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnusableValue(f"--on takes a day such as 2026-05-04, not {text!r}") from None


def _indicator(candidate: Candidate, given: Namespace) -> Indicator:
    from slo_workbench.document.model import Indicator

    skeleton = candidate.skeleton
    if not skeleton.is_ready or skeleton.source is None:
        message = f"{candidate.id} cannot be counted yet: it needs {'; '.join(skeleton.missing) or 'a source'}"
        hint = f"add the source and run this again, or reject it for now: --reject '{candidate.id}=not measured yet'"
        raise FindingsError([Finding("not-measurable", message, hint=hint)])
    with_threshold = candidate.kind in ("latency", "freshness")
    return Indicator.model_validate(
        {
            "id": candidate.id, "journey": given.journey, "kind": candidate.kind, "specification": candidate.specification,
            "measured_at": candidate.measured_at, "source": skeleton.source, "valid": skeleton.valid, "good": skeleton.good,
            "thresholds_ms": tuple(given.threshold_ms or skeleton.thresholds_ms) if with_threshold else (),
            "arrows": candidate.arrows if candidate.needs_arrows else (),
        }
    )  # fmt: skip


def _revealed(given: Namespace, known: Sequence[str]) -> tuple[list[Any], list[Any], list[str]]:
    """Return scores, dissent and voters of a revealed vote; nothing where nobody voted."""
    from slo_workbench.ballots.dissent import read_dissent
    from slo_workbench.ballots.tally import tally
    from slo_workbench.document.journey_model import CandidateScore, Dissent

    box = _box(given)
    if not box.is_revealed:
        return [], [], []
    ballots, _ = box.read_all()
    scores = [
        CandidateScore(id=one.candidate, n_votes=one.n_votes, **{name: float(point.median) for name, point in one.criteria.items()})
        for one in tally(ballots, known).candidates if one.n_votes
    ]  # fmt: skip
    dissent = [Dissent(about=id, by=one.participant, text=text) for one in read_dissent(box)[0] for id, text in one.dissent.items()]
    return scores, dissent, [ballot.participant for ballot in ballots]
