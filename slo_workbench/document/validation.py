"""From plain data to a Workbook, or to findings that say in plain words what pydantic refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.document.model import Workbook
from slo_workbench.document.yaml_nodes import path_of

__all__ = ["HINTS", "explain_validation_error", "part_class_at", "validate_workbook"]

HINTS: dict[str, str] = {
    "target-100": "choose the target that users notice, such as 99.9%; see 'slo-workbench fit'",
    "target-0": "choose the target that users notice, such as 99.9%; leave the key out to have one proposed",
    "share-unreadable": "write it with a percent sign or as a part of one: 90% or 0.9",
    "confidence-out-of-range": "90% is the usual choice",
    "source-place": "write path: requests.parquet, or url: postgresql://host/db?table=requests",
    "share-not-exact": 'write it as text, such as "99.9%"',
    "share-too-long": "nobody can measure that; 99.9% or 99.95% will do",
    "dependency-repeated": "it counts once, however many ways lead to it; copies of it are copies: 2",
    "end-not-after-start": "the end is the first moment that counts again",
    "exclusion-always": "a nightly hour repeats daily; what lasts longer than its period is better left out with where",
    "time-unreadable": "start: 2026-03-29 02:00, and the zone beside it: time_zone: Europe/London",
    "window-unreadable": "28d (four whole weeks) is the usual choice",
    "date-unreadable": "year, month, day with hyphens",
    "length-unreadable": "m is minutes, h hours, d days: 5m, 1h, 3d",
    "tier-twice": "write budget_spent: 2%, and leave burn_rate out",
    "windows-swapped": "long: 1h and short: 5m; the short one is usually a twelfth",
    "selectors-twice": "keep bad: of the two; good is what remains of valid",
    "path-empty": "write the file's name, such as requests.parquet",
    "path-outside": "copy or link the file below the workbook's folder and write the path from there",
    "bad-id": "lower-case letters, digits and hyphens, such as buy-ticket, at most 63; names for people go into 'title' or 'name'",
    "empty-text": "write a value or remove the key",
    "too-long": "keep it short; details belong in a file beside the workbook",
    "wrong-type": "write it without unit, quotes or underscores, such as 300",
    "out-of-range": "correct the number",
    "empty-value": "write a value, or remove the line to have the default",
    "unknown-version": "this program reads version 1; a newer file needs a newer slo-workbench",
}
_CODES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "unknown-choice",
    "string_pattern_mismatch": "bad-id",
    "string_too_short": "empty-text",
    "string_too_long": "too-long",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "finite_number": "out-of-range",
}
_EXPECTED = {
    "string_type": ("text", "put quotes around it to make it text"),
    "tuple_type": ("a list", "write one '- item' a line below the key, or [a, b]"),
    "dict_type": ("keys and values", "write 'name: value' lines below the key, indented by two spaces"),
    "model_type": ("keys and values", "write 'name: value' lines below it, indented by two spaces"),
}


def validate_workbook(data: Any) -> tuple[Workbook | None, tuple[Finding, ...]]:
    """Give the workbook that plain data describes, or every reason why it is none.

    Examples
    --------
    >>> workbook, findings = validate_workbook({"service": {"name": "shop", "ownr": "web"}})
    >>> workbook, findings[0].where, findings[0].hint
    (None, 'service.ownr', "did you mean 'owner'?")
    """
    if not isinstance(data, dict):
        message = f"a workbook is keys and values, not {_described(data)}"
        return None, (Finding("wrong-type", message, hint="begin with a line 'service:' and below it '  name: my-service'"),)
    try:
        return Workbook.model_validate(data), ()
    except ValidationError as error:
        return None, explain_validation_error(error)


def explain_validation_error(error: ValidationError, *, at: tuple[str | int, ...] = ()) -> tuple[Finding, ...]:
    """Turn pydantic's errors into findings.

    Parameters
    ----------
    error : pydantic.ValidationError
    at : tuple of str and int
        Path from the workbook to what was validated, such as ``("objectives", 0)``.
    """
    found = error.errors(include_url=False)
    return tuple(_explain({**details, "loc": (*at, *details["loc"])}) for details in found)


def part_class_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Give the model class of the part at a path, ``None`` where there is a plain value.

    Examples
    --------
    >>> part_class_at(("objectives", 3)).__name__, part_class_at(("sources", "logs")).__name__
    ('Objective', 'Source')
    """
    annotation: Any = Workbook
    for name in path:
        annotation = _inside(annotation, name)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _inside(annotation: Any, name: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(name))
        return field.annotation if field else None
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _inside(inner[0], name)
    return inner[1 if get_origin(annotation) is dict else 0] if inner else None


def _explain(details: Mapping[str, Any]) -> Finding:
    kind, path, given = details["type"], tuple(part for part in details["loc"] if part != "[key]"), details["input"]
    code = _CODES.get(kind, kind if "-" in kind else "wrong-type")
    message, hint = details["msg"], HINTS.get(code, "")
    name = str(path[-1]) if path else ""
    if code == "unknown-key":
        message, hint = f"there is no key {name!r} here", nearest_hint(name, _keys_at(path[:-1]))
    elif code == "missing-key":
        message, hint = f"the key {name!r} is missing", _how_to_add(path)
    elif given is None:
        code, message = "empty-value", f"nothing stands after '{name}:'" if isinstance(path[-1], str) else "this list item is empty"
        hint = HINTS[code]
    elif code == "unknown-choice":
        code, message, hint = _explain_choice(name, given, details["ctx"]["expected"])
    elif code == "wrong-type" and kind in _EXPECTED:
        expected, hint = _EXPECTED[kind]
        message = f"expected {expected}, found {_described(given)}"
    elif code == "bad-id":
        message = f"{_described(given)} is not a name that files and rules can carry"
    elif code == "out-of-range":
        message = (
            f"{message.replace('Input should be', 'expected a number').replace('number a finite', 'finite')}, found {_described(given)}"
        )
    elif code == "too-long":
        message = f"the text has {len(given):,} characters; at most {details['ctx']['max_length']:,} are allowed"
    elif code == "empty-text":
        message = f"the text of {name!r} is empty"
    return Finding(code, message, hint=hint, where=path_of(path))


def _explain_choice(name: str, given: Any, expected: str) -> tuple[str, str, str]:
    if name == "version":
        return "unknown-version", f"version {given} of the workbook format is not known", HINTS["unknown-version"]
    choices = re.findall(r"'([^']+)'", expected)
    nearest = nearest_hint(str(given), choices)
    hint = nearest if nearest.startswith("there is") else f"{nearest} there is: {', '.join(choices)}"
    return "unknown-choice", f"{_described(given)} is none of the choices for {name!r}", hint


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    part_class = part_class_at(path)
    return list(part_class.model_fields) if part_class else []


def _how_to_add(path: tuple[str | int, ...]) -> str:
    part_class = part_class_at(path[:-1])
    field = part_class.model_fields.get(str(path[-1])) if part_class else None
    meaning = f". {field.description}" if field and field.description else ""
    return f"add a line '{path[-1]}: …'{meaning}"


def _described(value: Any) -> str:
    """Say what stands there, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return f"the number {value}"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:60] + "…")
    return "a list" if isinstance(value, list | tuple) else "keys and values"
