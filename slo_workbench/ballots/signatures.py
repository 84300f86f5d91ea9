"""Signatures under objectives: one file a person in ``signatures/<objective>/`` beside the workbook, and what they are worth now.

A signature is what somebody wrote under a promise, not a proof of who wrote it: whoever may write the folder may sign. It stands for the
promise as it was; when the document promises something else, it is told apart and does not count.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from slo_workbench.ballots.room_files import file_name_of, one_file_each, read_room_files, write_room_file
from slo_workbench.ballots.room_part import checked_part
from slo_workbench.ballots.signature import Decision, Signature, changes_since, promise_of, promise_sentence, promise_sha256
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.document.yaml_file import read_workbook
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["ROLES_THAT_SIGN", "OutdatedSignature", "Signatures", "read_signatures", "record_signature", "role_that_signs"]

ROLES_THAT_SIGN = ("Product", "Engineering", "Operations")
_ALSO_CALLED = {
    "Engineering": ("engineer", "engineers", "development", "developer", "developers", "dev"),
    "Operations": ("operation", "operator", "operators", "ops"),
}
_ROLES = {name.casefold(): role for role in ROLES_THAT_SIGN for name in (role, *_ALSO_CALLED.get(role, ()))}


def role_that_signs(role: str) -> str:
    """Return for which of the three somebody signs, by another name, too; empty when it is none of them.

    Examples
    --------
    >>> role_that_signs("development"), role_that_signs("Dev"), role_that_signs("business")
    ('Engineering', 'Engineering', '')
    """
    return _ROLES.get(" ".join(role.split()).casefold(), "")


@dataclass(frozen=True)
class OutdatedSignature:
    """A signature for an earlier version of a promise.

    Parameters
    ----------
    signature : Signature
    changes : tuple of str
        What has changed since, one part of a sentence each.
    day : date
        When it was signed, in the service's time zone.
    """

    signature: Signature
    changes: tuple[str, ...]
    day: date

    @property
    def sentence(self) -> str:
        """Who signed what, and what is different now."""
        one = self.signature
        return f"{one.called} {_said(one)} an earlier version on {self.day}: {'; '.join(self.changes)}."


@dataclass(frozen=True)
class Signatures:
    """Who signed an objective.

    Parameters
    ----------
    objective : str
    valid : tuple of Signature
        For the promise as it stands; with decisions ``agree`` and ``disagree``. By role (product, engineering, operations, others), then name.
    outdated : tuple of OutdatedSignature
        For an earlier version; they do not count.
    findings : tuple of Finding
        Files that are no signatures, named and left out.
    """

    objective: str
    valid: tuple[Signature, ...]
    outdated: tuple[OutdatedSignature, ...]
    findings: tuple[Finding, ...]

    @property
    def agreeing(self) -> tuple[Signature, ...]:
        """Those who agree."""
        return tuple(one for one in self.valid if one.decision == "agree")

    @property
    def disagreeing(self) -> tuple[Signature, ...]:
        """Those who do not."""
        return tuple(one for one in self.valid if one.decision == "disagree")

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """Product, Engineering and Operations, without those for which somebody has signed or disagreed."""
        heard = {role_that_signs(one.role) for one in self.valid}
        return tuple(role for role in ROLES_THAT_SIGN if role not in heard)

    @property
    def roles_not_agreeing(self) -> tuple[str, ...]:
        """Product, Engineering and Operations, without those for which somebody agrees and nobody disagrees."""
        agree, disagree = ({role_that_signs(one.role) for one in some} for some in (self.agreeing, self.disagreeing))
        return tuple(role for role in ROLES_THAT_SIGN if role not in agree - disagree)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Who signed, who does not agree, which signatures are for an earlier version, and who is missing."""
        agree = (
            f"Signed by {len(self.agreeing)}: {_listed(self.agreeing)}." if self.agreeing else "Nobody has signed what stands there now."
        )
        said = [agree]
        for one in self.disagreeing:
            note = " ".join(one.note.split())
            said.append(f"{one.called} does not agree{f': {note}' if note else ''}{'' if note.endswith(('.', '!', '?')) else '.'}")
        if self.outdated:
            verb = "is" if len(self.outdated) == 1 else "are"
            does = "does" if len(self.outdated) == 1 else "do"
            said.append(f"{counted(len(self.outdated), 'signature')} {verb} for an earlier version and {does} not count.")
            said += [one.sentence for one in self.outdated]
        if self.missing_roles:
            said.append(f"Not heard yet: {', '.join(self.missing_roles)}.")
        return tuple(said)


def record_signature(
    workbook_path: str | os.PathLike[str], objective_id: str, *, participant: str, role: str, at: datetime, decision: Decision = "agree",
    note: str = "", seen_sha256: str | None = None,
) -> Path:  # fmt: skip
    r"""Sign an objective as it stands in the workbook, in the place of one's earlier signature; return the file.

    Parameters
    ----------
    workbook_path : path
    objective_id : str
    participant, role : str
        Who signs, and for whom: product, engineering, operations, business, or in their own words.
    at : datetime
        The time now, with its zone.
    decision : {"agree", "disagree"}
    note : str
        What they add.
    seen_sha256 : str, optional
        Fingerprint of the promise that the person has before their eyes; when the workbook promises something else by now, nothing is signed.

    Raises
    ------
    FindingsError
        When the workbook cannot be read, there is no such objective, or the name, role or note are none.
    UnusableValue
        When the objective has no target, or is another than was seen.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> text = '''
    ... service: {name: shop}
    ... sources: {logs: {path: logs.csv}}
    ... journeys: [{id: buy, name: Buy}]
    ... indicators:
    ...   - {id: up, journey: buy, kind: availability, specification: It works., measured_at: server_log, source: logs,
    ...      valid: "true", good: "status < 500"}
    ... objectives: [{id: up-28d, indicator: up, target: 99.9%}]
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text(text)
    ...     for role in ("product", "operations"):
    ...         _ = record_signature(file, "up-28d", participant=f"head of {role}", role=role, at=datetime(2026, 3, 2, tzinfo=UTC))
    ...     print(*read_signatures(folder, read_workbook(file), "up-28d").sentences, sep="\n")
    ...     _ = file.write_text(text.replace("99.9%", "99.5%"))
    ...     print(read_signatures(folder, read_workbook(file), "up-28d").sentences[2])
    Signed by 2: head of product (product), head of operations (operations).
    Not heard yet: Engineering.
    head of product (product) signed an earlier version on 2026-03-02: the target was 99.9 % and is 99.5 % now.
    """
    workbook = read_workbook(workbook_path)
    objective = _objective(workbook, objective_id)
    promise = promise_of(workbook, objective)
    digest = promise_sha256(objective.id, promise)
    if seen_sha256 is not None and seen_sha256 != digest:
        raise UnusableValue(f"'{objective.id}' was changed since you looked at it, so nothing is signed; read it again, then sign")
    signature = checked_part(
        Signature, objective=objective.id, participant=participant, role=role, decision=decision, note=note, signed_at=at,
        sentence=promise_sentence(workbook, objective), sha256=digest, signed=promise,
    )  # fmt: skip
    file = _folder(Path(workbook_path).parent, objective.id) / file_name_of(signature.participant)
    write_room_file(file, signature)
    return file


def read_signatures(folder: str | os.PathLike[str], workbook: Workbook, objective_id: str) -> Signatures:
    """Give who signed an objective; the example stands at :func:`record_signature`.

    Parameters
    ----------
    folder : path
        Where the workbook lies.
    workbook : Workbook
        As it stands now: signatures for anything else are outdated.
    objective_id : str

    Raises
    ------
    FindingsError
        When there is no such objective.
    """
    objective = _objective(workbook, objective_id)
    now = promise_of(workbook, objective) if objective.target is not None else None
    digest = promise_sha256(objective.id, now) if now else ""
    files, findings = one_file_each(read_room_files(_folder(Path(folder), objective.id), Signature, about=objective.id))
    signed = sorted((file.part for file in files if file.part), key=_by_role)
    outdated = [
        OutdatedSignature(one, changes_since(one.signed, now) or ("its fingerprint is another",), one.day_in(workbook.service.time_zone))
        for one in signed
        if one.sha256 != digest
    ]
    return Signatures(objective.id, tuple(one for one in signed if one.sha256 == digest), tuple(outdated), tuple(findings))


def _folder(folder: Path, objective_id: str) -> Path:
    return folder / "signatures" / objective_id


def _objective(workbook: Workbook, objective_id: str) -> Objective:
    try:
        return workbook.objective(objective_id)
    except KeyError:
        hint = nearest_hint(objective_id, [one.id for one in workbook.objectives])
        raise FindingsError([Finding("unknown-objective", f"there is no objective {objective_id!r}", hint=hint)]) from None


def _by_role(one: Signature) -> tuple[int, str, str]:
    known = role_that_signs(one.role)
    return ROLES_THAT_SIGN.index(known) if known else len(ROLES_THAT_SIGN), one.role.casefold(), one.participant


def _said(one: Signature) -> str:
    return "signed" if one.decision == "agree" else "did not agree with"


def _listed(signatures: Sequence[Signature]) -> str:
    return ", ".join(one.called for one in signatures)
