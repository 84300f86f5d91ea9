"""The part of a proposal on which people sign: who has signed, who does not agree, and lines for those not heard yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slo_workbench.ballots.signature import Signature
from slo_workbench.ballots.signatures import OutdatedSignature, Signatures
from slo_workbench.proposal.fragments import Fragment, heading, paragraphs, table, together

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["sign_off_part", "signatures_result"]


def sign_off_part(case: ProposalCase) -> Fragment:
    """Return who signed the objective and when, then empty lines for the roles not heard; signatures for an earlier version stand apart."""
    signatures = case.signatures
    heard = [_row(one, case.workbook.service.time_zone) for one in signatures.valid]
    is_open = case.assessment.target is not None and case.is_measured
    empty = [(role, "", "") for role in signatures.missing_roles] if is_open else []
    parts = []
    if heard or empty:
        signed = table(case.texts.header("signatures"), [*heard, *empty])
        parts.append(Fragment(f'<div class="signatures">{signed.html}</div>', signed.text))
    else:
        parts.append(paragraphs("There is nothing to sign yet."))
    if is_open and case.objective.target is None:
        parts.append(
            paragraphs("The target is a suggestion: decide on it and write it into the workbook before anybody signs.", css_class="aside")
        )
    return together(*parts, *_apart(case, signatures))


def _apart(case: ProposalCase, signatures: Signatures) -> list[Fragment]:
    """Return what does not count: signatures for an earlier version, and files that are none."""
    left_out = [f"Left out: {finding.file}: {finding.message}." for finding in signatures.findings]
    parts = [paragraphs(*left_out, css_class="aside")] if left_out else []
    if signatures.outdated:
        said = [_outdated_sentence(one) for one in signatures.outdated]
        parts = [
            heading(case.texts.heading("earlier-version")),
            paragraphs("These do not count: what they stand for was changed afterwards.", *said),
            *parts,
        ]
    return parts


def _outdated_sentence(one: OutdatedSignature) -> str:
    note = " ".join(one.signature.note.split())
    return f"{one.sentence}{f' They added: {note}' if note else ''}"


def _row(one: Signature, time_zone: str) -> tuple[str, str, str]:
    role = one.role[:1].upper() + one.role[1:]
    note = " ".join(one.note.split())
    decided = "signed" if one.decision == "agree" else "does not agree"
    return role, one.participant, f"{one.day_in(time_zone)}, {decided}{f': {note}' if note else ''}"


def signatures_result(case: ProposalCase) -> dict[str, Any]:
    """Return the signatures of an objective for other programs: those that count, those for an earlier version, and files left out."""
    signatures = case.signatures
    return {
        "valid": [_facts(one) for one in signatures.valid],
        "outdated": [{**_facts(one.signature), "changes": list(one.changes)} for one in signatures.outdated],
        "left_out": [{"file": finding.file, "code": finding.code, "message": finding.message} for finding in signatures.findings],
    }


def _facts(one: Signature) -> Mapping[str, str]:
    facts = one.model_dump(include={"participant", "role", "decision", "note", "signed_at", "sentence", "sha256"})
    return {key: str(value) for key, value in facts.items()}
