"""The first page of a proposal: all that a director needs, in words that need no explanation, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_workbench.analysis.revenue import format_money
from slo_workbench.document.model import PolicyClause
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.proposal.plain_promise import out_of, plain_promise
from slo_workbench.units import Window, counted, format_count, format_days, format_duration, format_share

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["summary_lines", "summary_part"]

MOST_CLAUSES = 3
MINUTES_AN_HOUR, MINUTES_A_DAY = 60, 1440
_STATUS = {
    "draft": "a draft, not put to anybody yet", "proposed": "proposed, not agreed yet", "agreed": "agreed", "retired": "retired, no longer in force",
}  # fmt: skip
_EVENTS = {
    "request": "A request is one time that a page or app asks the service for something.",
    "item": "An item is one thing that the service has to deliver or to work through.",
    "slice": "A slice is a short stretch of time, judged as a whole.",
    "run": "A run is one time that the work is due.",
}
"""What is counted, for somebody who has never counted it."""


def summary_part(case: ProposalCase) -> Fragment:
    """Return the promise in one sentence and what stands behind it, as questions and answers."""
    promise = plain_promise(case)
    one = case.assessment
    refused = one.fit is None and one.stated_target is None
    lines = summary_lines(case)
    shown = table(["", ""], [(case.texts.summary(name), said) for name, said in lines.items()])
    return together(
        Fragment('<div class="summary">'),
        paragraphs(promise, css_class="promise"),
        paragraphs(one.sentence, css_class="refusal") if refused else paragraphs(),
        shown,
        Fragment("</div>"),
    )


def summary_lines(case: ProposalCase) -> dict[str, str]:
    """Return the answers of the first page by the name of their question; without one what has none."""
    answers = {
        "for-whom": _for_whom(case),
        "going-well": " ".join(filter(None, (_sentence(case.indicator.specification), _EVENTS.get(case.assessment.event, "")))),
        "since-when": _since_when(case),
        "how-sure": _how_sure(case),
        "cost": _cost(case),
        "missed": _missed(case),
        "people": _people(case),
        "money": _money(case),
        "who-decides": _who_decides(case),
        "asked": _asked(case),
        "doubts": _doubts(case),
    }
    return {name: said for name, said in answers.items() if said}


def _sentence(text: str) -> str:
    """Return what people wrote as a sentence."""
    stripped = " ".join(text.split())
    return stripped if not stripped or stripped[-1] in ".!?" else f"{stripped}."


def _for_whom(case: ProposalCase) -> str:
    return " ".join(filter(None, (_sentence(case.journey.users), _sentence(case.journey.why))))


def _since_when(case: ProposalCase) -> str:
    one = case.assessment
    if not case.is_measured:
        return f"Nothing was measured: no {one.event} of the records counts."
    period = f" ({one.period})" if one.period else ""
    records = "records" if case.counted == "request" else f"{case.counted}s"
    late = "" if one.threshold_ms is None else " or took too long"
    spells = f"; {counted(len(one.incidents), 'bad spell')} stood out" if len(one.incidents) else ""
    said = (
        f"Measured over {format_days(one.span_days)} of {records}{period}: of {counted(one.n_valid, one.event)}, "
        f"{format_count(one.n_bad)} went wrong{late} ({format_share(one.n_bad / one.n_valid)}){spells}."
    )
    return f"{said} {_left_out(case)}".strip()


def _left_out(case: ProposalCase) -> str:
    one = case.assessment
    if one.excluded is None or one.with_excluded is None or not one.with_excluded.n_valid:
        return ""
    are = "is" if len(one.excluded.times) == 1 else "are"
    with_all = one.with_excluded.n_bad / one.with_excluded.n_valid
    return (
        f"{counted(len(one.excluded.times), 'stretch', 'stretches')} of time ({format_duration(one.excluded.n_minutes)} together) {are} left out of "
        f"the count; with them, {format_share(with_all)} went wrong."
    )


def _how_sure(case: ProposalCase) -> str:
    one = case.assessment
    if one.target is None or not case.is_measured:
        return ""
    if one.fit is None:
        return f"Nobody knows: {_lower(one.sentence)}"
    chance = one.fit.predicted.chance_of_keeping(one.target)
    asked = f"the team asked for at least {float(one.confidence) * 100:g} of 100"
    said = f"About {chance * 100:.0f} of 100 coming {_stretches(one.window)} should keep it; {asked}."
    if one.stated_target is not None and one.stated_target > one.fit.target:
        n_bad, of = out_of(1 - one.fit.target)
        said += f" The records do not support it: with that certainty they support at most {format_count(n_bad)} of every {format_count(of)} {one.event}s going wrong."
    return " ".join(filter(None, (said, _past(case))))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _stretches(window: Window) -> str:
    return f"calendar {window.period}s" if window.period else f"stretches of {window.words}"


def _past(case: ProposalCase) -> str:
    past = case.assessment.past
    if past is None or not past.n_promises:
        return "The records are too short to try such a promise on the past."
    if past.n_promises == 1:
        kept = "kept" if past.n_kept else "not kept"
        return f"Made in the same way on a past day, such a promise was {kept}, the one time it can be tried: too little to judge by."
    few = ", too few tries to judge by" if past.n_promises < 5 else ""
    return f"Made in the same way on past days, such promises were kept {past.n_kept} of {counted(past.n_promises, 'time')}{few}."


def _cost(case: ProposalCase) -> str:
    budget, one = case.assessment.budget, case.assessment
    if budget is None:
        return ""
    by_day = case.resolution_minutes > MINUTES_AN_HOUR
    outage = ""
    if not by_day:
        outage = f", as many as if nothing at all worked for {format_duration(budget.outage_minutes_average)} of usual traffic"
        if budget.outage_minutes_peak is not None:
            outage += f", or {format_duration(budget.outage_minutes_peak)} of the busiest"
    said = [
        f"{counted(budget.bad_events_allowed, one.event)} may go wrong in {one.window.words}, of about {format_count(budget.valid_events)}{outage}."
    ]
    if budget.spent_share is not None:
        said.append(f"The last {counted(budget.window_days, 'day')} used {budget.spent_share * 100:,.0f} % of that room.")
    return " ".join((*said, *_needed(case, by_day=by_day)))


def _needed(case: ProposalCase, *, by_day: bool) -> Iterator[str]:
    """Say what keeping the promise takes beyond what the service does now."""
    one = case.assessment
    if one.fit is None or one.stated_target is None:
        return
    gap = float(one.stated_target - one.fit.target)
    if gap <= 0:
        yield "Going by the records, keeping it takes no more than the service does now."
        return
    fewer = counted(round(gap * one.fit.predicted.valid_events), f"fewer {one.event}")
    minutes = "" if by_day else f", or {format_duration(gap * one.window.days * MINUTES_A_DAY)} less of nothing working"
    yield (
        f"Keeping it that surely takes {fewer} going wrong in {one.window.words}{minutes}, than the records allow for; "
        "what that work costs is not part of this page."
    )


def _missed(case: ProposalCase) -> str:
    policy = case.workbook.policy
    if case.objective.ambition == "aspirational":
        return "Nothing: it is a goal, and says where the team wants to be."
    if not policy.clauses:
        return "Nothing yet: the team has not written down what it does then, so the promise changes nothing."
    clauses = sorted(policy.clauses, key=lambda clause: clause.budget_spent)
    told = [_clause(clause) for clause in clauses[:MOST_CLAUSES]]
    disputes = list(dict.fromkeys(_sentence(clause.escalation) for clause in clauses if clause.escalation))
    agreed = "" if policy.agreed_by else "These rules are not agreed yet."
    return " ".join(filter(None, (*told, f"In dispute: {' '.join(disputes)}" if disputes else "", agreed)))


def _clause(clause: PolicyClause) -> str:
    share = {Decimal(1): "all", Decimal("0.5"): "half"}.get(clause.budget_spent, format_share(clause.budget_spent))
    used = f"When {share} of that room is used" if clause.by == "window" else f"When one bad spell alone uses {share} of that room"
    return f"{used}: {_sentence(clause.action)}"


def _people(case: ProposalCase) -> str:
    found = case.users
    shown = None if found is None else found.shown
    if shown is None:
        return "" if found is None else "Not known: the records do not say, or not well enough, who asked."
    n_clean, n_below = (int(shown.by_activity[name].sum()) for name in ("n_without_bad", "n_below"))
    all_times = "This counts all times, those that are left out elsewhere included." if case.assessment.excluded is not None else ""
    twice = ", counted anew in each" if shown.n_windows > 1 else ""
    said = (
        f"Of {counted(shown.n_users, 'user')} in {shown.words}{twice}, {format_count(n_clean)} ({format_share(shown.no_bad_share)}) met nothing that went "
        f"wrong; for {format_count(n_below)} ({format_share(shown.below_target_share)}) more went wrong than the promise allows. {all_times}"
    )
    return said.strip()


def _money(case: ProposalCase) -> str:
    found, one, currency = case.money, case.assessment, case.workbook.service.currency
    if found.table.empty:
        return ""
    row = found.chosen
    if "window_bad_cents" not in row:
        return f"In {format_days(found.span_days)}, {format_money(row['bad_cents'], currency, is_rounded=True)} hung on {one.event}s that went wrong."
    mean, low, high = (format_money(row[f"window_bad_cents{end}"], currency, is_rounded=True) for end in ("", "_low", "_high"))
    used = ""
    if one.target is not None and 0 < one.target < 1:
        used = f" With all of that room used, it would be about {format_money(found.cents_at_risk(one.target), currency, is_rounded=True)}."
    return (
        f"In {counted(found.window_days, 'usual day')} about {mean} hangs on {one.event}s that go wrong ({low} to {high} in 90 of 100 such "
        f"stretches).{used} Less than that is lost: people try again."
    )


def _who_decides(case: ProposalCase) -> str:
    objective = case.objective
    owner = f"{objective.owner} answers for it" if objective.owner else "Nobody answers for it yet: name somebody"
    said = (f"{owner}; it is {_STATUS[objective.status]}.", *_signed(case), *_objections(case), _again(objective.next_review, case.as_of))
    return " ".join(said)


def _signed(case: ProposalCase) -> Iterator[str]:
    signatures = case.signatures
    if signatures.agreeing:
        yield f"Signed by {_listed([one.role for one in signatures.agreeing])}."
    if signatures.missing_roles and case.objective.target is not None:
        yield f"{'Still to sign' if signatures.valid else 'To sign'}: {_listed(signatures.missing_roles)}."


def _objections(case: ProposalCase) -> Iterator[str]:
    against = [one.role for one in case.signatures.disagreeing]
    if against:
        yield f"Not in agreement: {_listed(against)}."
    if case.dissent:
        yield f"{counted(len(case.dissent), 'objection')} to how it is measured {'is' if len(case.dissent) == 1 else 'are'} on record."


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _again(next_review: date | None, as_of: str) -> str:
    if next_review is None:
        return "No day is set on which it is looked at again."
    day = f"{next_review.day} {next_review:%B %Y}"
    if as_of and str(next_review) < as_of:
        return f"It should have been looked at again on {day}."
    return f"It holds until it is looked at again on {day}."


def _asked(case: ProposalCase) -> str:
    one = case.assessment
    if one.target is None or not case.is_measured:
        return "Decide what to measure, or wait for more records: what would help stands under “What to look at”."
    if one.stated_target is None:
        return "Decide on the number: the one above is what the records support, and nobody has chosen it yet."
    if case.objective.status == "agreed":
        return _asked_once_agreed(case)
    what = "as a goal" if case.objective.ambition == "aspirational" else "with what it costs and what happens when it is missed"
    return f"Agree to it, {what}, or say why not: the lines to sign are near the end."


def _asked_once_agreed(case: ProposalCase) -> str:
    """Return what is asked of a promise that is called agreed; its signatures may have been lost to a change, or never been there."""
    lacking = []
    if case.signatures.roles_not_agreeing:
        lacking.append(f"nobody has signed it as it stands for {_listed([role.lower() for role in case.signatures.roles_not_agreeing])}")
    if not case.workbook.policy.clauses and case.objective.ambition != "aspirational":
        lacking.append("nothing is written down for when it is missed")
    if lacking:
        return f"Complete the agreement: it is called agreed, but {', and '.join(lacking)}."
    return "Nothing new: it is agreed. Say so when it no longer fits."


def _doubts(case: ProposalCase) -> str:
    n = sum(finding.severity != "note" for finding in case.findings())
    return f"{counted(n, 'doubt')} about the records or the number {'is' if n == 1 else 'are'} listed under “What to look at”." if n else ""
