"""What people put into the folders of a room: the base of all of it, its names and times, and the way to YAML text and back."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainSerializer, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from slo_workbench.document.field_types import Identifier, Part
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint, printable
from slo_workbench.document.validation import explain_validation_error
from slo_workbench.document.yaml_nodes import ParsedYaml, parse_yaml
from slo_workbench.document.yaml_text import render_entries
from slo_workbench.errors import UnusableValue

__all__ = [
    "CastPart", "CountedFile", "Line", "Name", "PersonPart", "Reason", "RevealPart", "RoomPart", "RoomPartT", "Sha256", "UtcTime",
    "checked_part", "is_identifier", "one_line", "parse_part", "read_name", "read_role", "render_part",
]  # fmt: skip

MOST_FINDINGS_OF_A_FILE = 5
_REFUSED = {
    "name-steers": "it holds control characters or turns the direction of what follows; type it anew",
    "name-invisible": "it shows nothing when it is printed; write one that others can read",
    "string_too_short": "it is empty; write one",
    "string_too_long": "it is longer than 80 characters; shorten it",
}
_HINTS = {
    "points-out-of-range": "5 is best and 1 is worst; what you cannot judge is left out with its candidate",
    "time-not-utc": "Z at the end stands for UTC",
    "name-steers": "type the name anew",
    "name-invisible": "write a name that others can read",
}
# Marks that turn the direction of what follows would reorder a sentence that prints the name.
_TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    r"""Write a name one way: on one line, accents composed, so that what looks the same is the same.

    Examples
    --------
    >>> one_line(" Zoe\u0301\n Example ")
    'Zoé Example'
    """
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _read_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _checked_line(text: str) -> str:
    if _TURNS_TEXT.search(text) or any(unicodedata.category(char) == "Cc" for char in text):
        raise PydanticCustomError("name-steers", "a name holds no control characters, as {value} does", {"value": repr(text)})
    return text


def _checked_name(text: str) -> str:
    if not any(unicodedata.category(char)[0] in "LNPS" for char in text):
        raise PydanticCustomError("name-invisible", "a name shows something when it is printed; {value} does not", {"value": repr(text)})
    return _checked_line(text)


def _read_utc(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("time-not-utc", "a time carries its zone, as 2026-03-02T09:30:00Z; not {value}", {"value": repr(value)[:60]})


def _write_utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


Line = Annotated[str, StringConstraints(max_length=80), BeforeValidator(_read_line), AfterValidator(_checked_line)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80), BeforeValidator(_read_line), AfterValidator(_checked_name)]
UtcTime = Annotated[datetime, BeforeValidator(_read_utc), PlainSerializer(_write_utc, return_type=str)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]


def is_identifier(text: str) -> bool:
    """Whether a text is an id as the workbook has them: lower-case letters, digits and hyphens, at most 63."""
    try:
        return bool(TypeAdapter(Identifier).validate_python(text))
    except ValidationError:
        return False


def read_name(text: str, what: str = "a name") -> str:
    r"""Give a name as it is kept, or say with ``UnusableValue`` why it is none: empty, too long, unreadable, or steering the terminal.

    Examples
    --------
    >>> read_name(" Zoe\u0301 ")
    'Zoé'
    >>> read_name("a\x1b[2J", "--by")
    Traceback (most recent call last):
    ...
    slo_workbench.errors.UnusableValue: --by cannot be 'a\x1b[2J': it holds control characters or turns the direction of what follows; type it anew
    """
    return _read(TypeAdapter(Name), text, what)


def read_role(text: str, what: str = "a role") -> str:
    """Give a role as it is kept, which may be empty, or say why it is none, as :func:`read_name` does."""
    return _read(TypeAdapter(Line), text, what)


def _read(kind: TypeAdapter[str], text: str, what: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        why = _REFUSED.get(error.errors(include_url=False)[0]["type"], "it is no text; type it anew")
    raise UnusableValue(f"{what} cannot be '{printable(text[:80])}': {why}")


class RoomPart(Part):
    """Anything that lies in a folder of a room; the folder is called by what it is about.

    A kind of part says with ``TOPIC`` the key that holds what it is about (``journey``), with ``FOLDER`` where such folders lie
    (``votes``), with ``NOUN`` what a reader calls it (``a ballot``), and with ``INNER`` the part that stands one level further in.
    """

    TOPIC: ClassVar[str]
    FOLDER: ClassVar[str]
    NOUN: ClassVar[str]
    INNER: ClassVar[type[BaseModel] | None] = None

    version: Literal[1] = Field(default=1, description="Version of this format.")

    @property
    def topic(self) -> str:
        """Id of what it is about."""
        return str(getattr(self, self.TOPIC))


class PersonPart(RoomPart):
    """What one person wrote; each person has one such file in a folder."""

    participant: Name = Field(description="Name as people write it, 1 to 80 characters on one line.")
    role: Line = Field(default="", description="What the participant answers for, such as 'product' or 'operations'.")

    @property
    def called(self) -> str:
        """The name, with the role where there is one."""
        return f"{self.participant} ({self.role})" if self.role else self.participant


class CastPart(PersonPart):
    """What one person gave silently, unseen until the reveal."""

    cast_at: UtcTime = Field(description="When it was cast, with its zone; kept as UTC.")


class CountedFile(Part):
    """A file as it was when all were revealed."""

    participant: Name = Field(description="Whose file it is.")
    file: str = Field(description="Name of the file in the box.")
    sha256: Sha256 = Field(description="SHA-256 of the file's bytes, in hexadecimal digits.")


class RevealPart(RoomPart):
    """The marker that a box is revealed: from then on nothing is cast."""

    NOUN: ClassVar[str] = "a reveal"
    INNER: ClassVar[type[BaseModel] | None] = CountedFile

    revealed_at: UtcTime = Field(description="When all was revealed, with the zone; kept as UTC.")
    counted: tuple[CountedFile, ...] = Field(description="The files that count.", min_length=1)


RoomPartT = TypeVar("RoomPartT", bound=RoomPart)


def checked_part(kind: type[RoomPartT], **fields: Any) -> RoomPartT:
    """Give the part of these fields; what cannot be one raises ``FindingsError`` that says why.

    Examples
    --------
    >>> from slo_workbench.ballots.ballot import Ballot
    >>> checked_part(Ballot, journey="buy", participant="developer", cast_at="2026-03-02T09:30Z", scores={}).called
    'developer'
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise FindingsError(_explained(error, kind)) from None


def render_part(part: RoomPart) -> str:
    """Write a ballot, reveal, dissent, estimate or signature as YAML text; :func:`parse_part` gives the same back.

    Examples
    --------
    >>> from slo_workbench.ballots.ballot import RecordedDissent
    >>> print(render_part(RecordedDissent(journey="buy-ticket", participant="product", dissent={"uptime": "Nobody feels it."})), end="")
    version: 1
    journey: buy-ticket
    participant: product
    dissent:
      uptime: Nobody feels it.
    """
    return "\n".join(render_entries({"version": part.version, **part.model_dump(exclude_defaults=True)}, 0)) + "\n"


def parse_part(text: str, kind: type[RoomPartT]) -> tuple[RoomPartT | None, tuple[Finding, ...]]:
    r"""Give the part that a text describes, or why it is none; never raises for what a text may hold.

    At most five findings are told of one text: it is a stranger's, and one is enough to leave it out.

    Examples
    --------
    >>> from slo_workbench.ballots.ballot import Ballot
    >>> _, findings = parse_part("journey: buy-ticket\nparticipant: a\ncast_at: 2026-03-02T09:30Z\nscors: {}\n", Ballot)
    >>> for finding in findings: print(finding)
    error[missing-key] scores: the key 'scores' is missing
        hint: add a line 'scores: …'. Candidate id to its score.
    4:1: error[unknown-key] scors: there is no key 'scors' here
        hint: did you mean 'scores'?
    """
    parsed = parse_yaml(text)
    if parsed.findings:
        return None, parsed.findings[:MOST_FINDINGS_OF_A_FILE]
    if not isinstance(parsed.data, dict):
        return None, (Finding("wrong-type", f"{kind.NOUN} is keys and values", hint="begin with a line 'version: 1'"),)
    try:
        return kind.model_validate(parsed.data), ()
    except ValidationError as error:
        return None, tuple(_placed(finding, parsed) for finding in _explained(error, kind))


def _explained(error: ValidationError, kind: type[RoomPart]) -> list[Finding]:
    """Explain what pydantic refused; the document's own explanation knows only the keys of a workbook."""
    found = []
    for details, finding in zip(error.errors(include_url=False), explain_validation_error(error), strict=True):
        path = details["loc"]
        keys = (kind if len(path) <= 1 else kind.INNER or kind).model_fields
        name = str(path[-1]) if path else ""
        if finding.code == "unknown-key":
            finding = finding.at(hint=nearest_hint(name, keys))
        elif finding.code == "missing-key":
            finding = finding.at(hint=f"add a line '{name}: …'. {keys[name].description}")
        elif finding.code == "unknown-version":
            finding = finding.at(message=finding.message.replace("workbook", kind.NOUN.split()[-1]))
        elif details["type"] == "string_unicode":
            finding = finding.at(message="the text holds half a character (a lone surrogate)", hint="type it anew")
        else:
            finding = finding.at(hint=_HINTS.get(finding.code, finding.hint))
        found.append(finding)
        if len(found) == MOST_FINDINGS_OF_A_FILE:
            break
    return found


def _placed(finding: Finding, parsed: ParsedYaml) -> Finding:
    places = parsed.key_positions if finding.code in ("unknown-key", "bad-id") else parsed.positions
    place = places.get(finding.where)
    return finding.at(line=place[0], column=place[1]) if place else finding
