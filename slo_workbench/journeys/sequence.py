"""A sequence diagram as data: frozen, comparable, and independent of how it was written or will be drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias

from slo_workbench.journeys.arrows import ARROWS, ArrowStyle
from slo_workbench.journeys.label_text import decode_label, without_links

__all__ = [
    "ActorExtra", "Activation", "Autonumber", "Box", "Comment", "Declaration", "Destroy", "Diagram", "Fragment", "Message", "Note",
    "Participant", "Section", "Statement", "names_in", "walk",
]  # fmt: skip

ParticipantKind = Literal["participant", "actor", "boundary", "control", "entity", "database", "collections", "queue"]
NotePlacement = Literal["left of", "right of", "over"]
FragmentKind = Literal["alt", "opt", "loop", "par", "par_over", "critical", "break", "rect"]
ExtraKind = Literal["link", "links", "properties", "details"]


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """Where in the text a statement began; two statements are equal wherever they stand."""

    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Participant(_Placed):
    """One lifeline: the name messages use, the label people read, and the kind of thing it is."""

    name: str
    label: str = ""
    kind: ParticipantKind = "participant"
    wrap: bool | None = None

    @property
    def shown(self) -> str:
        """The label, or the name where no label was given."""
        return self.label or self.name


@dataclass(frozen=True)
class Declaration(_Placed):
    """A ``participant`` or ``actor`` line; with `creates`, the next message brings the participant into being."""

    participant: Participant
    creates: bool = False


@dataclass(frozen=True)
class Destroy(_Placed):
    """A ``destroy`` line: the participant's life ends with the next message."""

    name: str


@dataclass(frozen=True)
class Message(_Placed):
    r"""One arrow from `sender` to `receiver`.

    Parameters
    ----------
    sender, receiver : str
        Names of participants; the same twice for a message to oneself.
    text : str
        What stands above the arrow; line breaks are ``\n``.
    arrow : str
        One of the spellings in `ARROWS`.
    activates, deactivates : bool
        ``+`` begins the receiver's activation with this message, ``-`` ends the sender's.
    dot_at_sender, dot_at_receiver : bool
        ``()``: the arrow touches the lifeline with a small circle.
    wrap : bool, optional
        What ``wrap:`` or ``nowrap:`` asked for.
    """

    sender: str
    receiver: str
    text: str = ""
    arrow: str = "->>"
    activates: bool = False
    deactivates: bool = False
    dot_at_sender: bool = False
    dot_at_receiver: bool = False
    wrap: bool | None = None

    @property
    def shown(self) -> str:
        """The text as drawn: of a Markdown link, only its words."""
        return without_links(self.text)

    @property
    def style(self) -> ArrowStyle:
        """How the arrow is drawn."""
        return ARROWS[self.arrow]

    @property
    def is_reply(self) -> bool:
        """Whether the arrow is dashed, which by convention answers an earlier message."""
        return self.style.dashed


@dataclass(frozen=True)
class Note(_Placed):
    """A note beside one participant, or over one or two."""

    placement: NotePlacement
    participants: tuple[str, ...]
    text: str = ""
    wrap: bool | None = None


@dataclass(frozen=True)
class Activation(_Placed):
    """An ``activate`` or ``deactivate`` line."""

    name: str
    begins: bool = True


@dataclass(frozen=True)
class Autonumber(_Placed):
    """An ``autonumber`` line: messages after it carry numbers, or carry them no more."""

    visible: bool = True
    start: Decimal | None = None
    step: Decimal | None = None


@dataclass(frozen=True)
class Comment(_Placed):
    """A comment line, kept so that it survives rewriting."""

    text: str


@dataclass(frozen=True)
class ActorExtra(_Placed):
    """A ``link``, ``links``, ``properties`` or ``details`` line: kept as written, never drawn."""

    kind: ExtraKind
    name: str
    text: str


@dataclass(frozen=True)
class Box(_Placed):
    """A coloured group around participants."""

    label: str = ""
    colour: str = ""
    statements: tuple[Declaration | Comment, ...] = ()
    wrap: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the participants inside, in order."""
        return tuple(item.participant.name for item in self.statements if isinstance(item, Declaration))


@dataclass(frozen=True)
class Section(_Placed):
    """One branch of a fragment: its condition and what happens in it."""

    label: str = ""
    statements: tuple[Statement, ...] = ()
    wrap: bool | None = None


@dataclass(frozen=True)
class Fragment(_Placed):
    """A frame around statements: alternatives, a loop, parallel branches; ``rect`` is a coloured background."""

    kind: FragmentKind
    sections: tuple[Section, ...]
    colour: str = ""


Statement: TypeAlias = Declaration | Destroy | Message | Note | Activation | Autonumber | Comment | ActorExtra | Box | Fragment


def walk(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield every statement in the order of the text, a frame before what it holds.

    Examples
    --------
    >>> inner = Message("A", "B", "ping")
    >>> [type(item).__name__ for item in walk([Fragment("loop", (Section("daily", (inner,)),))])]
    ['Fragment', 'Message']
    """
    for statement in statements:
        yield statement
        if isinstance(statement, Box):
            yield from statement.statements
        elif isinstance(statement, Fragment):
            for section in statement.sections:
                yield from walk(section.statements)


def names_in(statement: Statement) -> tuple[str, ...]:
    """Return whom a statement brings into the diagram; ``activate`` and ``destroy`` speak of those who are there."""
    match statement:
        case Message():
            return (statement.sender, statement.receiver)
        case Note():
            return statement.participants
        case Declaration():
            return (statement.participant.name,)
        case ActorExtra():
            return (statement.name,)
        case _:
            return ()


@dataclass(frozen=True)
class Diagram:
    """A whole sequence diagram.

    Participants, boxes and messages are read off the statements, so they cannot disagree with them.

    Parameters
    ----------
    statements : tuple of Statement
        What the diagram says, in order; frames hold further statements.
    title : str
        Heading drawn above the diagram.
    accessible_title, accessible_description : str
        Texts for people who do not see the picture.
    front_matter : str
        The YAML between ``---`` lines at the top, as written.
    directives : tuple of str
        ``%%{init: …}%%`` blocks, as written; they have no effect on the drawing.

    Examples
    --------
    >>> diagram = Diagram((Message("Customer", "Shop", "POST /orders"), Message("Shop", "Customer", "201", "-->>")))
    >>> [participant.name for participant in diagram.participants]
    ['Customer', 'Shop']
    >>> diagram.messages[1].is_reply
    True
    """

    statements: tuple[Statement, ...] = ()
    title: str = ""
    accessible_title: str = ""
    accessible_description: str = ""
    front_matter: str = ""
    directives: tuple[str, ...] = ()

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """Every participant once, in the order of first mention, with the last label and kind it was given."""
        found: dict[str, Participant] = {}
        for statement in walk(self.statements):
            if isinstance(statement, Declaration):
                new = statement.participant
                found[new.name] = _merged(found.get(new.name), new)
            for name in names_in(statement):
                found.setdefault(name, Participant(name, line=statement.line, column=statement.column))
        return tuple(found.values())

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Every message in order; positions in this tuple are the message numbers other functions take."""
        return tuple(item for item in walk(self.statements) if isinstance(item, Message))

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """Every box that holds at least one participant."""
        return tuple(item for item in walk(self.statements) if isinstance(item, Box) and item.names)

    @cached_property
    def heading(self) -> str:
        """The title, or the title of the front matter where there is no other."""
        if self.title:
            return self.title
        found = re.search(r"^title:[ \t]*(.+?)[ \t]*$", self.front_matter, re.MULTILINE)
        return decode_label(found.group(1).strip("\"'")) if found else ""


def _merged(old: Participant | None, new: Participant) -> Participant:
    if old is None:
        return new
    kind = new.kind if new.kind != "participant" else old.kind
    return replace(old, label=new.label or old.label, kind=kind, wrap=old.wrap if new.wrap is None else new.wrap)
