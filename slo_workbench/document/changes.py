"""Change one decision in a workbook file, and give the change as a diff that a pull request would show."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Workbook
from slo_workbench.document.validation import explain_validation_error, part_class_at
from slo_workbench.document.yaml_file import plan_text, read_workbook

__all__ = ["PartKind", "change_part", "diff_of", "part_of", "put_part", "set_target"]

PartKind = Literal["service", "source", "journey", "indicator", "objective", "policy", "clause", "alerting", "risk"]
_SECTIONS: dict[PartKind, tuple[str, ...]] = {
    "service": ("service",),
    "source": ("sources",),
    "journey": ("journeys",),
    "indicator": ("indicators",),
    "objective": ("objectives",),
    "policy": ("policy",),
    "clause": ("policy", "clauses"),
    "alerting": ("alerting",),
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


def change_part(path: str | os.PathLike[str], kind: PartKind, part_id: str, /, *, seen: Workbook | None = None, **fields: Any) -> str:
    r"""Change some fields of one part of a workbook file, and nothing else in the file.

    Parameters
    ----------
    path : path
    kind : {"service", "source", "journey", "indicator", "objective", "policy", "clause", "alerting", "risk"}
    part_id : str
        Its id; for a source its name; empty for the service, the policy and the alerting, of which there is one.
    seen : Workbook, optional
        The workbook as it was when the change was thought out. Where somebody else has changed one of these very fields since, to something
        else than what is asked for now, the change is refused, so that nobody overwrites what they have not seen.
    **fields
        New values by key; ``None`` where the format allows to leave the key out.

    Returns
    -------
    str
        Unified diff of the file; empty when nothing changed.

    Raises
    ------
    FindingsError
        When the file has errors, there is no such part or key, or the result would have errors; or when somebody else was quicker (see
        ``seen``). Nothing is written then.

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
    return _change(path, kind, part_id, fields, seen=seen, may_add=False)


def put_part(path: str | os.PathLike[str], kind: PartKind, part_id: str, /, *, seen: Workbook | None = None, **fields: Any) -> str:
    r"""Change some fields of one part of a workbook file, or add the part where there is none; otherwise as :func:`change_part`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "workbook.yaml")
    >>> _ = file.write_text("service: {name: shop}\n")
    >>> print(put_part(file, "journey", "buy", name="Buy a ticket"), end="")
    --- workbook.yaml
    +++ workbook.yaml
    @@ -1 +1,5 @@
     service: {name: shop}
    +
    +journeys:
    +  - id: buy
    +    name: Buy a ticket
    >>> folder.cleanup()
    """
    return _change(path, kind, part_id, fields, seen=seen, may_add=True)


def _change(
    path: str | os.PathLike[str], kind: PartKind, part_id: str, fields: Mapping[str, Any], *, seen: Workbook | None, may_add: bool
) -> str:
    if kind not in _SECTIONS:
        raise FindingsError([Finding("unknown-kind", f"there is no kind of part {kind!r}", hint=nearest_hint(kind, get_args(PartKind)))])
    with exclusive_change(path):
        workbook = read_workbook(path)
        before_part, is_there = part_of(workbook, kind, part_id), _is_there(workbook, kind, part_id)
        changed = (
            _with_new(workbook, kind, part_id, fields)
            if may_add and not is_there
            else _with_part(workbook, _SECTIONS[kind], kind, part_id, fields)
        )
        if seen is not None:
            _refuse_unseen(
                kind, part_id, fields, seen=part_of(seen, kind, part_id), now=before_part, wanted=part_of(changed, kind, part_id)
            )
        before, after = plan_text(changed, path)
        if after != before:
            replace_text(Path(path), after)
    return diff_of(before, after, Path(path).name)


def part_of(workbook: Workbook, kind: PartKind, part_id: str) -> BaseModel | None:
    """Return one part of a workbook; ``None`` where there is none."""
    found: Any = workbook
    for name in _SECTIONS[kind]:
        found = getattr(found, name)
    if isinstance(found, BaseModel):
        return found
    parts: Iterable[tuple[str, BaseModel]] = found.items() if isinstance(found, dict) else ((part.id, part) for part in found)
    return next((part for id, part in parts if id == part_id), None)


def _is_there(workbook: Workbook, kind: PartKind, part_id: str) -> bool:
    return part_of(workbook, kind, part_id) is not None


def _refuse_unseen(
    kind: str, part_id: str, fields: Iterable[str], *, seen: BaseModel | None, now: BaseModel | None, wanted: BaseModel | None
) -> None:
    """Refuse to put a value over one that somebody else wrote since; what both want is no conflict."""
    found = []
    for name in fields:
        before, current, new = (getattr(part, name, None) for part in (seen, now, wanted))
        if current not in (before, new):
            message = f"somebody else has changed {name!r} of the {kind} {part_id}".rstrip() + " since you looked"
            found.append(
                Finding(
                    "changed-meanwhile", message, hint=f"it is now {_short(current)}; nothing is written: look at it, then decide again"
                )
            )
    if found:
        raise FindingsError(found)


def _short(value: object) -> str:
    text = repr(str(value)) if isinstance(value, str | Decimal) else "another one" if value is not None else "taken away"
    return text if len(text) <= 80 else f"{text[:79]}…"


def _with_new(workbook: Workbook, kind: PartKind, part_id: str, fields: Mapping[str, Any]) -> Workbook:
    """Give the same workbook with one part more."""
    *outer, name = _SECTIONS[kind]
    owner: Any = workbook
    for step in outer:
        owner = getattr(owner, step)
    held = getattr(owner, name)
    at = (*outer, name, part_id if isinstance(held, dict) else len(held))
    part_class = part_class_at(at)
    assert part_class is not None
    try:
        part = part_class.model_validate(fields if isinstance(held, dict) else {"id": part_id, **fields})
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=at)) from None
    grown = {**held, part_id: part} if isinstance(held, dict) else (*held, part)
    changed = owner.model_copy(update={name: grown})
    return workbook.model_copy(update={outer[0]: changed}) if outer else changed


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
