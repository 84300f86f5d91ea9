"""The commands for a room of people: ``estimate`` and ``sign``."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime

from slo_workbench.document.findings import Finding, is_clean, printable, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.text_tables import terminal_columns

__all__ = ["estimate", "sign"]

GOOD, FOUND = 0, 1

# ----------------------------------------------------------------------------------------------- estimate


def estimate(given: Namespace) -> int:
    """Cast an estimate, reveal all, reopen the question, or tell who has answered."""
    from slo_workbench.ballots.estimates import estimate_status, estimated_questions, reopen_estimates

    currency = _currency(given)
    _refuse_what_does_not_go_together(given)
    if given.question is None:
        return _tell_questions(given, estimated_questions(given.workbook))
    if given.reopen:
        aside = reopen_estimates(given.workbook, given.question)
        print(f"people can answer again; what was revealed is kept as {aside.name}" if aside else "nothing was revealed; people can answer")
        return GOOD
    if given.reveal:
        return _reveal(given, currency)
    if given.value is not None:
        _cast(given)
    status = estimate_status(given.workbook, given.question)
    print(printable(status.sentence))
    if not status.participants and (others := estimated_questions(given.workbook)):
        print(f"questions that somebody answered: {', '.join(others)}")
    return _tell(given, status.findings)


def _currency(given: Namespace) -> str:
    """Read the workbook, beside which the answers lie, before anything is written."""
    from slo_workbench.document import read_workbook

    return read_workbook(given.workbook).service.currency


def _refuse_what_does_not_go_together(given: Namespace) -> None:
    answer = {"--value": given.value, "--by": given.by, "--role": given.role, "--reason": given.reason}
    used = [option for option, value in answer.items() if value]
    end = "--reveal" if given.reveal else "--reopen" if given.reopen else ""
    if used and end:
        raise UnusableValue(f"{used[0]} belongs to an answer and {end} to all of them; give one of the two")
    if given.question is None and (used or end):
        raise UnusableValue(f"{(used or [end])[0]} needs to know which question; name it after the workbook, such as buy-too-slow")
    if (used or given.unit) and not end and (given.value is None or given.by is None):
        raise UnusableValue("an answer takes both --value NUMBER and --by NAME")


def _cast(given: Namespace) -> None:
    from slo_workbench.ballots.estimates import cast_estimate, estimate_box
    from slo_workbench.ballots.room_part import read_name, read_role

    by, role = read_name(given.by, "--by"), read_role(given.role, "--role")
    box = estimate_box(given.workbook, given.question)
    if box.is_revealed:
        again = _again(given, "--reopen")
        message = f"the estimates of '{given.question}' are revealed, and who has seen them answers no more; to answer again: {again}"
        raise UnusableValue(message)
    had_one = box.cast_by(by) is not None
    cast_estimate(
        given.workbook, given.question, participant=by, role=role, value=given.value, unit=given.unit, reason=given.reason,
        at=datetime.now(UTC),
    )  # fmt: skip
    print(f"{printable(by)} answered{', in the place of an earlier answer' if had_one else ''}")


def _reveal(given: Namespace, currency: str) -> int:
    from slo_workbench.ballots.estimates import reveal_estimates

    revealed = reveal_estimates(given.workbook, given.question, at=datetime.now(UTC), unit=given.unit, currency=currency)
    print(revealed.text(columns=terminal_columns()))
    status = _tell(given, revealed.findings)
    print(f"to answer again: {_again(given, '--reopen')}")
    return status


def _tell_questions(given: Namespace, questions: Sequence[str]) -> int:
    from slo_workbench.ballots.estimates import estimate_status

    if not questions:
        print(
            f"nobody has answered a question yet; slo-workbench estimate {shlex.quote(str(given.workbook))} QUESTION --by NAME --value 300ms"
        )
    statuses = [estimate_status(given.workbook, question) for question in questions]
    for status in statuses:
        print(printable(status.sentence))
    return _tell(given, [finding for status in statuses for finding in status.findings])


def _again(given: Namespace, rest: str) -> str:
    return f"slo-workbench estimate {shlex.quote(str(given.workbook))} {given.question} {rest}"


def _tell(given: Namespace, findings: Sequence[Finding]) -> int:
    """Print what is odd in the folder, and how a question is reopened where that helps."""
    if findings:
        print(render_findings(findings))
    if any("reopen" in finding.hint for finding in findings):
        print(f"to reopen the question: {_again(given, '--reopen')}")
    return GOOD if is_clean(findings) else FOUND


# ----------------------------------------------------------------------------------------------- sign


def sign(given: Namespace) -> int:
    """Sign an objective, or tell who has signed it."""
    from slo_workbench.ballots.room_part import read_name
    from slo_workbench.ballots.signature import promise_sentence
    from slo_workbench.ballots.signatures import read_signatures, record_signature
    from slo_workbench.document import read_workbook

    used = [option for option in ("role", "disagree", "note") if getattr(given, option)]
    if given.by is None and used:
        raise UnusableValue(f"--{used[0]} needs to know who signs; add --by NAME")
    if given.by is not None:
        if not given.role.strip():
            raise UnusableValue("a signature says for whom: --role product, engineering, operations, business, or in your own words")
        by, role = read_name(given.by, "--by"), read_name(given.role, "--role")
        record_signature(
            given.workbook, given.objective, participant=by, role=role, decision="disagree" if given.disagree else "agree",
            note=given.note, at=datetime.now(UTC),
        )  # fmt: skip
    workbook = read_workbook(given.workbook)
    signatures = read_signatures(given.workbook.parent, workbook, given.objective)
    objective = workbook.objective(given.objective)
    promise = promise_sentence(workbook, objective) if objective.target is not None else f"{objective.id} has no target yet."
    for sentence in (promise, *signatures.sentences):
        print(printable(sentence))
    if signatures.findings:
        print(render_findings(signatures.findings))
    return GOOD if is_clean(signatures.findings) else FOUND
