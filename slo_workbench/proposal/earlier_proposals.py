"""Earlier proposals that new ones are held against: found where the command line says, and read strictly, as they may come from anywhere."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slo_workbench.document import Finding, FindingsError
from slo_workbench.proposal.forms import FORMS
from slo_workbench.units import format_count

__all__ = ["EARLIER_FILE", "EarlierProposal", "find_earlier", "read_earlier"]

EARLIER_FILE = "earlier.json"
"""The earlier result, kept beside the proposal that tells what changed since: so that it can be made again where it lies."""
LARGEST_BYTES = 16 * 1024 * 1024
KNOWN_VERSIONS = (1,)
"""Forms of ``result.json`` that can be read."""
_FIX = "give the result.json of an earlier proposal, as 'slo-workbench propose' wrote it, or a folder of proposals"


@dataclass(frozen=True)
class EarlierProposal:
    """The result of an earlier proposal, as text."""

    text: str

    @property
    def sha256(self) -> str:
        """Fingerprint of it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def find_earlier(place: Path, *, service: str, objectives: Collection[str]) -> dict[str, EarlierProposal]:
    """Return the earlier proposals of objectives, by id; of a folder those that are there, of a file the one it is of.

    Parameters
    ----------
    place : Path
        A ``result.json``; or a folder with one, with those of a service's objectives, or with services.
    service : str
    objectives : collection of str
        Ids.

    Raises
    ------
    FindingsError
        When there is none, and when a file is something else, or of another objective or service.
    """
    if not place.is_dir():
        return _of_one_file(place, service, objectives)
    if (place / FORMS["json"]).is_file():
        return _of_one_file(place / FORMS["json"], service, objectives)
    found, findings = {}, list[Finding]()
    for objective in objectives:
        files = [folder / objective / FORMS["json"] for folder in (place / service, place)]
        file = next((one for one in files if one.is_file()), None)
        if file is None:
            continue
        try:
            found[objective] = EarlierProposal(_read(file, service, [objective])[0])
        except FindingsError as error:
            findings += error.findings
    if not found and not findings:
        message = f"there is no {FORMS['json']} of {_listed(objectives)} of the service {service!r} in this folder"
        findings = [Finding("earlier-missing", message, file=str(place), hint=_FIX)]
    if findings:
        raise FindingsError(findings)
    return found


def _of_one_file(file: Path, service: str, objectives: Collection[str]) -> dict[str, EarlierProposal]:
    text, result = _read(file, service, objectives)
    others = [one for one in objectives if one != result["objective"]]
    if others:
        message = f"it is of {result['objective']!r} alone, and {_listed(others)} would be compared with nothing"
        hint = f"add --only {result['objective']}, or give a folder of proposals"
        raise FindingsError([Finding("earlier-of-one", message, file=str(file), hint=hint)])
    return {str(result["objective"]): EarlierProposal(text)}


def read_earlier(file: Path, *, service: str, objective: str) -> dict[str, Any]:
    """Read the result of an earlier proposal of an objective.

    Raises
    ------
    FindingsError
        When it is not there, too large, no JSON, of a form that is not known, or of another objective or service.
    """
    return _read(file, service, [objective])[1]


def _read(file: Path, service: str, objectives: Collection[str]) -> tuple[str, dict[str, Any]]:
    text = _text(file)
    result = _parsed(text, file)
    _check_form(result, file)
    if result["service"] != service:
        message = f"it is of the service {result['service']!r}, and this workbook is of {service!r}"
        raise FindingsError([Finding("earlier-of-another", message, file=str(file), hint="give a proposal of the same service")])
    if result["objective"] not in objectives:
        message = f"it is of the objective {result['objective']!r}, not of {_listed(objectives)}"
        raise FindingsError([Finding("earlier-of-another", message, file=str(file), hint="give an earlier proposal of the same objective")])
    return text, result


def _text(file: Path) -> str:
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise FindingsError([Finding("earlier-missing", "it is no file", file=str(file), hint=_FIX)])
        if found.st_size > LARGEST_BYTES:
            message = f"it has {format_count(found.st_size)} bytes, and no result of a proposal has more than {format_count(LARGEST_BYTES)}"
            raise FindingsError([Finding("earlier-too-large", message, file=str(file), hint=_FIX)])
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise FindingsError([Finding("earlier-missing", f"it cannot be read: {error.strerror}", file=str(file), hint=_FIX)]) from None
    except UnicodeDecodeError:
        raise FindingsError([Finding("earlier-no-json", "it is no text in UTF-8", file=str(file), hint=_FIX)]) from None


def _parsed(text: str, file: Path) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no number")

    try:
        result = json.loads(text, parse_constant=refuse)
        if not isinstance(result, Mapping):
            raise ValueError("it is no object")
    except (ValueError, RecursionError) as error:
        raise FindingsError([Finding("earlier-no-json", f"it is no JSON of a proposal: {error}", file=str(file), hint=_FIX)]) from None
    return dict(result)


def _check_form(result: Mapping[str, Any], file: Path) -> None:
    version = result.get("result_version")
    if type(version) is not int or version not in KNOWN_VERSIONS:
        known = ", ".join(map(str, KNOWN_VERSIONS))
        message = f"its result_version is {version!r}, and this slo-workbench reads {known}"
        hint = "make the earlier proposal again with this version, or update slo-workbench"
        raise FindingsError([Finding("earlier-form", message, file=str(file), hint=hint)])
    # these take a while, and most proposals are compared with nothing
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    from slo_workbench.proposal.result_schema import result_schema

    wrong = best_match(Draft202012Validator(result_schema()).iter_errors(result))
    if wrong is not None:
        where = ".".join(str(step) for step in wrong.absolute_path)
        message = f"it has another form than a proposal's result{f', at {where}' if where else ''}: {wrong.message[:200]}"
        raise FindingsError([Finding("earlier-form", message, file=str(file), hint=_FIX)])


def _listed(objectives: Collection[str]) -> str:
    return ", ".join(repr(one) for one in objectives)
