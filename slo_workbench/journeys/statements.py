"""One statement of a diagram, from text to data: declarations, messages, notes and the smaller lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast, get_args

from slo_workbench.document.findings import nearest_hint
from slo_workbench.journeys.arrows import ARROW_PATTERN
from slo_workbench.journeys.label_text import RESERVED_WORD, decode_label, decode_plain, unknown_entities, without_links
from slo_workbench.journeys.sequence import (
    Activation,
    ActorExtra,
    Autonumber,
    Comment,
    Declaration,
    Destroy,
    ExtraKind,
    Message,
    Note,
    NotePlacement,
    Participant,
    ParticipantKind,
    Statement,
)  # fmt: skip
from slo_workbench.journeys.source_lines import FindingList, SourceStatement

__all__ = ["read_label", "read_statement"]

_WRAP = re.compile(r":?(no)?wrap:", re.IGNORECASE)
_DECLARATION = re.compile(r"(create\s+)?(participant|actor)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_CONFIG = re.compile(r"([^@]*)@\{([^}]*)\}\s*(.*)", re.DOTALL)
_CONFIG_PAIR = re.compile(r"""\s*["']?(\w+)["']?\s*:\s*(?:"([^"]*)"\s*+|'([^']*)'\s*+|([^,"']*+))(?:,|\Z)""")
_AS = re.compile(r"(?:\A|\s)as(?:\s+|\Z)", re.IGNORECASE)
_NOTE = re.compile(r"note\s+(left\s+of|right\s+of|over)\b\s*+([^:]*+):(.*)", re.IGNORECASE | re.DOTALL)
_EXTRA = re.compile(r"(links?|properties|details)\s++([^:]*+):(.*)", re.IGNORECASE | re.DOTALL)
_AUTONUMBER = re.compile(
    r"autonumber(?:\s+(off)|\s+(\d{1,9}(?:\.\d{1,2})?|\.\d{1,2})(?:\s+(\d{1,9}(?:\.\d{1,2})?|\.\d{1,2}))?)?", re.I | re.ASCII
)
_RECEIVER = re.compile(r"\s*(?:(\(\s*\))|([+-]))?\s*(.*)", re.DOTALL)
_BAD_IN_DECLARED_NAME = re.compile(r"[<>:,@]")
_BAD_IN_USED_NAME = re.compile(r"[+<>():,/\\]")

_HOW_TO_NAME = "give it a short name: participant short as {}"


class _Reader:
    """Reads one statement; what is wrong with it goes to the findings."""

    def __init__(self, source: SourceStatement, found: FindingList) -> None:
        self.source = source
        self.found = found

    @property
    def place(self) -> tuple[int, int]:
        return self.source.line, self.source.column

    def refuse(self, code: str, message: str, hint: str, offset: int = 0) -> None:
        self.found.add(code, message, (self.source.line, self.source.column + offset), hint=hint, example=self.source.text)

    def label(self, text: str) -> tuple[str, bool | None]:
        return read_label(text, self.place, self.found)

    def name(self, text: str, *, declared: bool = False) -> str | None:
        """Return the participant's name, or None where Mermaid could not read it as one."""
        raw = text.strip()
        if not raw:
            self.refuse("participant-missing", "a participant's name is missing", "name a participant, such as Shop")
            return None
        bad = (_BAD_IN_DECLARED_NAME if declared else _BAD_IN_USED_NAME).search(raw)
        if bad:
            message = f"a participant's name cannot hold {bad.group(0)!r} here"
            self.refuse("name-not-allowed", message, _HOW_TO_NAME.format(raw), max(self.source.text.find(raw), 0) + bad.start())
            return None
        word = None if declared else RESERVED_WORD.match(raw)
        if word:
            message = f"{word.group(0)!r} is a word of the language and cannot begin a participant's name here"
            self.refuse("name-reserved", message, _HOW_TO_NAME.format(raw), max(self.source.text.find(raw), 0))
            return None
        return decode_plain(raw)


def read_label(text: str, place: tuple[int, int], found: FindingList) -> tuple[str, bool | None]:
    """Return the label people read and what ``wrap:`` or ``nowrap:`` in front of it asked for."""
    text = text.strip()
    option = _WRAP.match(text)
    wrap = None if option is None else option.group(1) is None
    if option:
        text = text[option.end() :].strip()
    if wrap is False:
        found.add("nowrap-not-drawn", "nowrap is kept, but long labels are wrapped all the same", place, severity="note")
    for code in unknown_entities(text):
        hint = "write #35; for the character #, or the number of the character"
        found.add("unknown-entity", f"{code} is no character HTML knows", place, severity="warning", hint=hint)
    return decode_label(text), wrap


def read_statement(source: SourceStatement, found: FindingList) -> Statement | None:
    """Return the statement, or None after adding a finding that says what to write instead."""
    reader = _Reader(source, found)
    if source.text.startswith("%%"):
        if source.text.startswith("%%{"):
            reader.refuse("directive-not-closed", "the directive has no closing }%%", "end the directive with }%%")
        return Comment(source.text[2:].strip(), line=source.line, column=source.column)
    word = re.match(r"[A-Za-z]+", source.text)
    if word and RESERVED_WORD.match(source.text):
        read = _READERS.get(word.group(0).lower())
        if read:
            return read(reader)
    return _read_message(reader)


def _read_declaration(reader: _Reader) -> Declaration | None:
    match = _DECLARATION.fullmatch(reader.source.text)
    if not match:
        reader.refuse("create-incomplete", "create does not say what", "write: create participant Name, or create actor Name")
        return None
    kind: ParticipantKind = "actor" if match.group(2).lower() == "actor" else "participant"
    rest, alias = match.group(3), ""
    config = _CONFIG.fullmatch(rest)
    if config:
        kind, alias = _read_config(reader, config.group(2), kind)
        rest = f"{config.group(1).strip()} {config.group(3)}"
    raw_name, *label = _AS.split(rest, maxsplit=1)
    name = reader.name(raw_name, declared=True)
    if name is None:
        return None
    if label and " " in raw_name.strip() and not config:
        message = "current Mermaid reads a name with spaces before 'as' as one long name"
        hint = f"write: {match.group(2)} {raw_name.replace(' ', '')} as {label[0]}"
        reader.found.add("space-in-name", message, reader.place, severity="warning", hint=hint)
    if label and not label[0].strip():
        hint = f"write: {match.group(2)} {raw_name.strip()} as the label people read"
        reader.found.add("label-missing", "there is no label after 'as'", reader.place, severity="warning", hint=hint)
    text, wrap = reader.label(label[0] if label and label[0] else alias)
    place = {"line": reader.source.line, "column": reader.source.column}
    participant = Participant(name, "" if text == name else text, kind, wrap, **place)
    return Declaration(participant, match.group(1) is not None, **place)


def _read_config(reader: _Reader, text: str, kind: ParticipantKind) -> tuple[ParticipantKind, str]:
    """Read ``"type": "database", "alias": "Orders"``; unknown keys and kinds are reported."""
    alias, index = "", 0
    while index < len(text) and (pair := _CONFIG_PAIR.match(text, index)) and pair.end() > index:
        key, value = pair.group(1).lower(), next((group for group in pair.groups()[1:] if group is not None), "").strip()
        index = pair.end()
        if key == "alias":
            alias = value
        elif key == "type" and value in get_args(ParticipantKind):
            kind = cast(ParticipantKind, value)
        else:
            known = get_args(ParticipantKind) if key == "type" else ("type", "alias")
            reader.refuse(
                "participant-setting", f"unknown {key} {value!r} of a participant", nearest_hint(value if key == "type" else key, known)
            )
    if text[index:].strip():
        reader.refuse("participant-setting", f"cannot read {text[index:].strip()!r}", 'write: participant DB@{ "type": "database" }')
    return kind, alias


def _read_message(reader: _Reader) -> Message | None:
    source = reader.source
    head, colon, tail = source.text.partition(":")
    arrow = ARROW_PATTERN.search(head)
    if not arrow:
        hint = "write a message as Sender->>Receiver: text, or a line that begins with participant, Note, alt, loop, …"
        reader.refuse("not-understood", "this is no statement of a sequence diagram", hint)
        return None
    raw_sender = head[: arrow.start()].rstrip()
    dot_at_sender = re.search(r"\(\s*\)\Z", raw_sender)
    receiver = _RECEIVER.fullmatch(head[arrow.end() :])
    names = [reader.name(raw_sender[: dot_at_sender.start()] if dot_at_sender else raw_sender)]
    names.append(reader.name(receiver.group(3)) if receiver else None)
    if names[0] is None or names[1] is None or receiver is None:
        return None
    if not colon:
        hint = f"write {source.text}: what is asked, or only the colon for no text"
        reader.refuse("message-without-text", "a message needs a colon after the receiver", hint, len(head))
    text, wrap = reader.label(tail)
    if without_links(text) != text:
        reader.found.add("link-not-drawn", "of a link only its words are drawn; the address is kept", reader.place, severity="note")
    return Message(
        names[0], names[1], text, arrow.group(0).lower(), activates=receiver.group(2) == "+", deactivates=receiver.group(2) == "-",
        dot_at_sender=dot_at_sender is not None, dot_at_receiver=receiver.group(1) is not None, wrap=wrap,
        line=source.line, column=source.column,
    )  # fmt: skip


def _read_note(reader: _Reader) -> Note | None:
    match = _NOTE.fullmatch(reader.source.text)
    if not match:
        hint = "write: Note right of A: text, Note left of A: text, or Note over A,B: text, with <br/> for a new line"
        reader.refuse("note-not-understood", "this note cannot be read", hint)
        return None
    placement = cast(NotePlacement, re.sub(r"\s+", " ", match.group(1).lower()))
    parts = match.group(2).split(",")
    if len(parts) > (2 if placement == "over" else 1):
        hint = "write: Note over First,Last: text; it also covers what stands between"
        reader.refuse("note-over-too-many", f"a note {placement} takes fewer than {len(parts)} participants", hint)
        return None
    names = [reader.name(part) for part in parts]
    text, wrap = reader.label(match.group(3))
    known = tuple(name for name in names if name is not None)
    return Note(placement, known, text, wrap, line=reader.source.line, column=reader.source.column) if len(known) == len(names) else None


def _read_named(reader: _Reader) -> Activation | Destroy | None:
    word, *rest = reader.source.text.split(maxsplit=1)
    name = reader.name(rest[0] if rest else "", declared=True)
    if name is None:
        return None
    place = {"line": reader.source.line, "column": reader.source.column}
    return Destroy(name, **place) if word.lower() == "destroy" else Activation(name, word.lower() == "activate", **place)


def _read_autonumber(reader: _Reader) -> Autonumber | None:
    match = _AUTONUMBER.fullmatch(reader.source.text)
    if not match:
        hint = "write: autonumber, autonumber 10, autonumber 10 5, or autonumber off"
        reader.refuse("autonumber-not-understood", "this autonumber cannot be read", hint)
        return None
    start, step = (Decimal(group) if group else None for group in match.groups()[1:])
    return Autonumber(match.group(1) is None, start, step, line=reader.source.line, column=reader.source.column)


def _read_extra(reader: _Reader) -> ActorExtra | None:
    match = _EXTRA.fullmatch(reader.source.text)
    if not match:
        reader.refuse("link-not-understood", "this line cannot be read", "write: link A: Dashboard @ https://…")
        return None
    name = reader.name(match.group(2), declared=True)
    if name is None:
        return None
    kind = cast(ExtraKind, match.group(1).lower())
    message = f"{kind} of a participant is kept, but not drawn"
    reader.found.add("actor-extra-not-drawn", message, reader.place, severity="note", example=reader.source.text)
    return ActorExtra(kind, name, reader.label(match.group(3))[0], line=reader.source.line, column=reader.source.column)


_READERS: Mapping[str, Callable[[_Reader], Statement | None]] = {
    "participant": _read_declaration, "actor": _read_declaration, "create": _read_declaration, "note": _read_note,
    "activate": _read_named, "deactivate": _read_named, "destroy": _read_named, "autonumber": _read_autonumber,
    "link": _read_extra, "links": _read_extra, "properties": _read_extra, "details": _read_extra,
}  # fmt: skip
