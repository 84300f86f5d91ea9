"""How far a decision has come: a status that moves one step at a time, and back when what was agreed is no longer what is promised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from slo_workbench.ballots.signatures import read_signatures
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.document.yaml_file import read_workbook
from slo_workbench.workshop.decisions import Decision, decide

__all__ = ["decide_status", "decide_target"]


def decide_status(
    path: str | os.PathLike[str], objective_id: str, *, status: str = "", owner: str = "", next_review: str | date = "", seen: Workbook | None = None
) -> Decision:  # fmt: skip
    r"""Write status, owner and next review of an objective, unless the status is a step that nothing supports yet.

    ``proposed`` needs a target, an owner and a reason; ``agreed`` needs that it was proposed, that product, engineering and operations have
    signed the promise as it stands, and, unless it is aspirational, an error budget policy with clauses. Back is always allowed.

    Parameters
    ----------
    path : path
        The workbook; signatures lie beside it.
    objective_id : str
    status : str
        draft, proposed, agreed or retired; empty keeps what the workbook says, as an empty owner and day do.
    owner : str
    next_review : str or date
    seen : Workbook, optional
        See :func:`slo_workbench.workshop.decisions.decide`.

    Raises
    ------
    FindingsError
        With all that the step lacks. Nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}\nsources: {log: {path: log.csv}}\njourneys: [{id: buy, name: Buy}]\nindicators:\n"
    ...         "- {id: up, journey: buy, kind: availability, specification: It works., measured_at: server_log, source: log,\n"
    ...         "   valid: 'true', good: status < 500}\nobjectives: [{id: up-28d, indicator: up, target: 99%, reason: Kept so far.}]\n")
    ...     print(decide_status(file, "up-28d", status="proposed", owner="Shop team").said)
    ...     try:
    ...         decide_status(file, "up-28d", status="agreed")
    ...     except FindingsError as error:
    ...         print(*(finding.message for finding in error.findings), sep="\n")
    Written to workbook.yaml: status, owner of the objective up-28d.
    nobody has signed for product, engineering and operations, so it is not agreed yet
    no error budget policy says what happens when the target is missed, so it is not agreed yet
    """
    if status:
        workbook = read_workbook(path)
        there = next((one for one in workbook.objectives if one.id == objective_id), None)
        if there is not None and there.status != status:
            lacking = tuple(_lacking(Path(path), workbook, there, status, owner or there.owner))
            if lacking:
                raise FindingsError(lacking)
    return decide(path, "objective", objective_id, seen=seen, status=status, owner=owner, next_review=next_review)


def _lacking(path: Path, workbook: Workbook, there: Objective, status: str, owner: str) -> Iterator[Finding]:
    where = f"objective {there.id}"
    if status == "proposed":
        wanted = {"target": there.target, "reason": there.reason, "owner": owner}
        made_in = {"target": "notebook 05 sets one", "reason": "notebook 05 asks for one", "owner": "name who answers for it, in owner"}
        for name, value in wanted.items():
            if not value:
                yield Finding("step-unsupported", f"it has no {name}, so it is not proposed yet", hint=made_in[name], where=where)
    if status == "agreed":
        yield from _not_agreed(path, workbook, there, where)


def _not_agreed(path: Path, workbook: Workbook, there: Objective, where: str) -> Iterator[Finding]:
    if there.status != "proposed":
        message = f"it is {there.status}, and a status moves one step at a time"
        yield Finding("step-unsupported", message, hint="decide on status proposed first, then let it be signed", where=where)
    missing = read_signatures(path.parent, workbook, there.id).roles_not_agreeing
    if missing:
        message = f"nobody has signed for {_listed([role.lower() for role in missing])}, so it is not agreed yet"
        hint = "sign in the form above; whoever does not agree says what would have to change"
        yield Finding("step-unsupported", message, hint=hint, where=where)
    if not workbook.policy.clauses and there.ambition != "aspirational":
        message = "no error budget policy says what happens when the target is missed, so it is not agreed yet"
        yield Finding("step-unsupported", message, hint="notebook 07 writes a policy; an aspirational promise needs none", where=where)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def decide_target(
    path: str | os.PathLike[str], objective_id: str, *, target: str | Decimal = "", reason: str = "", seen: Workbook | None = None, **fields: Any
) -> Decision:  # fmt: skip
    """Write a target with its reason; when the objective was agreed and promises something else now, it is proposed again.

    Parameters
    ----------
    path : path
    objective_id : str
    target, reason
        Empty keeps what the workbook says.
    seen : Workbook, optional
    **fields
        What else the promise is made of, such as ``window`` and ``threshold_ms``.

    Raises
    ------
    FindingsError
        As for :func:`slo_workbench.workshop.decisions.decide`.
    """
    workbook = read_workbook(path)
    there = next((one for one in workbook.objectives if one.id == objective_id), None)
    if there is not None and there.status == "agreed" and _is_another(there, target, fields):
        fields["status"] = "proposed"
    return decide(path, "objective", objective_id, seen=seen, target=target, reason=reason, **fields)


def _is_another(there: Objective, target: str | Decimal, fields: dict[str, Any]) -> bool:
    """Return whether the fields say something else than the objective; other ways to write the same (``4w``) do not."""
    decided = {name: value for name, value in {"target": target, **fields}.items() if value}
    try:
        asked = Objective.model_validate({**there.model_dump(), **decided})
    except ValidationError:
        return False  # refused where it is written
    return any(getattr(asked, name) != getattr(there, name) for name in decided)
