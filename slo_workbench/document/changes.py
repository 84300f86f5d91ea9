"""Change one decision in a workbook file, and give the change as a diff that a pull request would show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Workbook
from slo_workbench.document.validation import explain_validation_error
from slo_workbench.document.yaml_file import plan_text, read_workbook

__all__ = ["PartKind", "add_part", "change_part", "set_target"]

PartKind = Literal["service", "source", "journey", "indicator", "objective", "policy", "clause", "risk"]
_SECTIONS: dict[PartKind, tuple[str, ...]] = {
    "service": ("service",),
    "source": ("sources",),
    "journey": ("journeys",),
    "indicator": ("indicators",),
    "objective": ("objectives",),
    "policy": ("policy",),
    "clause": ("policy", "clauses"),
    "risk": ("risks",),
}


def set_target(path: str | os.PathLike[str], objective_id: str, target: str | Decimal | None, *, reason: str) -> str:
    """Set the target of an objective together with the reason for it.

    Parameters
    ----------
    path : path
    objective_id : str
    target : str, Decimal or None
        Exact share such as ``"99.9%"``; ``None`` takes the target away, so that one is proposed from the history.
    reason : str
        Why; a target without a reason cannot be reviewed.

    Returns
    -------
    str
        Unified diff of the file; empty when nothing changed.

    Raises
    ------
    FindingsError
        As for :func:`change_part`, and when the reason is empty.
    """
    if not reason.strip():
        hint = "say why this target: what users notice, or what the history keeps"
        raise FindingsError([Finding("reason-missing", "a target needs a reason", hint=hint, where=f"objective {objective_id}")])
    return change_part(path, "objective", objective_id, target=target, reason=reason)


def change_part(path: str | os.PathLike[str], kind: PartKind, part_id: str, /, **fields: Any) -> str:
    r"""Change some fields of one part of a workbook file, and nothing else in the file.

    Parameters
    ----------
    path : path
    kind : {"service", "source", "journey", "indicator", "objective", "policy", "clause", "risk"}
    part_id : str
        Its id; for a source its name; empty for the service and the policy, of which there is one.
    **fields
        New values by key; ``None`` where the format allows to leave the key out.

    Returns
    -------
    str
        Unified diff of the file; empty when nothing changed.

    Raises
    ------
    FindingsError
        When the file has errors, there is no such part or key, or the result would have errors. Nothing is written then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "workbook.yaml")
    >>> _ = file.write_text("service: {name: shop}  # the web shop\nrisks:\n- id: fire\n  title: fire\n  minutes_to_detect: 5\n"
    ...     "  minutes_to_resolve: 90\n  users_hit: 100%\n  days_between: 1000  # a guess\n")
    >>> print(change_part(file, "risk", "fire", days_between=3650).replace(" \n", "\n"), end="")
    --- workbook.yaml
    +++ workbook.yaml
    @@ -5,4 +5,4 @@
       minutes_to_detect: 5
       minutes_to_resolve: 90
       users_hit: 100%
    -  days_between: 1000  # a guess
    +  days_between: 3650  # a guess
    >>> folder.cleanup()
    """
    if kind not in _SECTIONS:
        raise FindingsError([Finding("unknown-kind", f"there is no kind of part {kind!r}", hint=nearest_hint(kind, get_args(PartKind)))])
    with exclusive_change(path):
        workbook = read_workbook(path)
        changed = _with_part(workbook, _SECTIONS[kind], kind, part_id, fields)
        before, after = plan_text(changed, path)
        if after != before:
            replace_text(Path(path), after)
    return diff_of(before, after, Path(path).name)


def add_part(path: str | os.PathLike[str], section: Literal["journeys", "indicators", "objectives", "risks"], part: BaseModel) -> str:
    """Add a part at the end of a section of a workbook file; return the unified diff.

    Raises
    ------
    FindingsError
        When the file has errors, or the result would have, as with an id that is taken. Nothing is written then.
    """
    with exclusive_change(path):
        workbook = read_workbook(path)
        before, after = plan_text(workbook.model_copy(update={section: (*getattr(workbook, section), part)}), path)
        replace_text(Path(path), after)
    return diff_of(before, after, Path(path).name)


def diff_of(before: str, after: str, name: str) -> str:
    """Give the unified diff of two texts, empty when they are the same."""
    old, new = before.replace("\r\n", "\n").splitlines(), after.replace("\r\n", "\n").splitlines()
    return "".join(f"{line}\n" for line in unified_diff(old, new, name, name, lineterm=""))


def _with_part(whole: Any, section: tuple[str, ...], kind: str, part_id: str, fields: Mapping[str, Any]) -> Any:
    """Give the same workbook, policy or list with one part changed; walks down ``section`` and builds copies on the way up."""
    name, rest = section[0], section[1:]
    inner = getattr(whole, name)
    if rest:
        changed = _with_part(inner, rest, kind, part_id, fields)
    elif isinstance(inner, BaseModel):
        changed = _changed(inner, fields, (name,))
    elif isinstance(inner, dict):
        _refuse_unknown(part_id, kind, inner)
        changed = {key: _changed(part, fields, (name, key)) if key == part_id else part for key, part in inner.items()}
    else:
        _refuse_unknown(part_id, kind, [part.id for part in inner])
        prefix: tuple[str | int, ...] = (name,) if isinstance(whole, Workbook) else ("policy", name)
        changed = tuple(_changed(part, fields, (*prefix, i)) if part.id == part_id else part for i, part in enumerate(inner))
    return whole.model_copy(update={name: changed})


def _refuse_unknown(part_id: str, kind: str, known: Any) -> None:
    if part_id not in known:
        raise FindingsError([Finding("unknown-id", f"there is no {kind} {part_id!r}", hint=nearest_hint(part_id, known))])


def _changed(part: BaseModel, fields: Mapping[str, Any], at: tuple[str | int, ...]) -> BaseModel:
    if "id" in fields:
        hint = "other parts refer to it; rename it by hand wherever it stands"
        raise FindingsError([Finding("id-fixed", "the id of a part is not changed here", hint=hint)])
    try:
        return type(part).model_validate({**part.model_dump(), **fields})
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=at)) from None
