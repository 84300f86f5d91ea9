"""A `Diagram` written as Mermaid text that reads back as the same diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slo_workbench.journeys.colours import split_colour
from slo_workbench.journeys.label_text import encode_label, encode_line, encode_name, encode_plain
from slo_workbench.journeys.sequence import (
    Activation,
    ActorExtra,
    Autonumber,
    Box,
    Comment,
    Declaration,
    Destroy,
    Diagram,
    Fragment,
    Message,
    Note,
    Participant,
    Statement,
)  # fmt: skip

__all__ = ["to_mermaid"]

_INDENT = "    "
_BRANCH_WORD = {"alt": "else", "par": "and", "par_over": "and", "critical": "option"}


def to_mermaid(diagram: Diagram) -> str:
    """Return the diagram as Mermaid text, one statement a line, frames indented.

    Reading the text again gives an equal diagram. White space and the position of titles and directives are normalised.

    Examples
    --------
    >>> from slo_workbench.journeys.sequence import Diagram, Fragment, Message, Section
    >>> shop = Message("Fan", "Shop", "buy; now")
    >>> print(to_mermaid(Diagram((Fragment("loop", (Section("daily", (shop,)),)),), title="Buy")))
    sequenceDiagram
        title Buy
        loop daily
            Fan->>Shop: buy#59; now
        end
    <BLANKLINE>
    """
    lines: list[str] = []
    if diagram.front_matter:
        lines += ["---", diagram.front_matter, "---"]
    lines += [*diagram.directives, "sequenceDiagram", *(_INDENT + line for line in _headings(diagram))]
    lines += _lines(diagram.statements, _INDENT)
    return "\n".join(lines) + "\n"


def _headings(diagram: Diagram) -> Iterator[str]:
    if diagram.title:
        yield f"title {encode_label(diagram.title)}"
    if diagram.accessible_title:
        yield "accTitle: " + encode_line(diagram.accessible_title)
    if diagram.accessible_description:
        yield "accDescr { " + encode_plain(diagram.accessible_description) + " }"


def _lines(statements: Iterable[Statement], indent: str) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Fragment):
            yield from _fragment(statement, indent)
        elif isinstance(statement, Box):
            yield indent + _box_line(statement)
            yield from _lines(statement.statements, indent + _INDENT)
            yield indent + "end"
        else:
            yield indent + _line(statement)


def _box_line(box: Box) -> str:
    label = _label(box.label, box.wrap)
    # A label that begins with the name of a colour needs a colour before it.
    colour = box.colour or ("transparent" if split_colour(label)[0] else "")
    return " ".join(filter(None, ("box", colour, label)))


def _fragment(fragment: Fragment, indent: str) -> Iterator[str]:
    word: str = fragment.kind
    for section in fragment.sections:
        label = encode_line(fragment.colour) if fragment.kind == "rect" else _label(section.label, section.wrap)
        yield indent + f"{word} {label}".rstrip()
        yield from _lines(section.statements, indent + _INDENT)
        word = _BRANCH_WORD.get(fragment.kind, word)
    yield indent + "end"


def _label(text: str, wrap: bool | None) -> str:
    return {True: "wrap:", False: "nowrap:", None: ""}[wrap] + encode_label(text)


def _line(statement: Statement) -> str:
    match statement:
        case Message():
            return _message(statement)
        case Declaration():
            return ("create " if statement.creates else "") + _participant(statement.participant)
        case Note():
            names = ",".join(map(encode_name, statement.participants))
            return f"Note {statement.placement} {names}: {_label(statement.text, statement.wrap)}".rstrip()
        case Activation():
            return f"{'activate' if statement.begins else 'deactivate'} {encode_name(statement.name)}"
        case Destroy():
            return f"destroy {encode_name(statement.name)}"
        case Autonumber():
            numbers = (format(number, "f") for number in (statement.start, statement.step) if number is not None)
            return " ".join(["autonumber", *numbers]) if statement.visible else "autonumber off"
        case ActorExtra():
            return f"{statement.kind} {encode_name(statement.name)}: {encode_label(statement.text)}".rstrip()
        case Comment():
            return f"%% {statement.text}".rstrip()
        case _:
            raise TypeError(f"{type(statement).__name__} is no statement of a sequence diagram")


def _participant(participant: Participant) -> str:
    word = "actor" if participant.kind == "actor" else "participant"
    kind = "" if participant.kind in ("participant", "actor") else f'@{{ "type": "{participant.kind}" }}'
    is_labelled = participant.label or participant.wrap is not None
    label = f" as {_label(participant.shown, participant.wrap)}" if is_labelled else ""
    return f"{word} {encode_name(participant.name)}{kind}{label}"


def _message(message: Message) -> str:
    sender = encode_name(message.sender) + ("()" if message.dot_at_sender else "")
    mark = "()" if message.dot_at_receiver else "+" if message.activates else "-" if message.deactivates else ""
    return f"{sender}{message.arrow}{mark}{encode_name(message.receiver)}: {_label(message.text, message.wrap)}".rstrip()
