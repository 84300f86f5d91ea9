"""Messages put together to exchanges: a request with its answers, and what was asked meanwhile to answer it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from slo_workbench.document.findings import Finding
from slo_workbench.document.journey_model import ParticipantRole
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram, Fragment, Message, Statement

__all__ = ["Branch", "Exchange", "ExchangeClass", "Exchanges", "read_exchanges"]

ExchangeClass = Literal["interaction", "request", "third_party", "hand_over", "delivery", "schedule", "store", "work", "internal"]
_BRANCH_WORD = {"alt": "else", "par": "and", "par_over": "and", "critical": "option"}
_MAY_NOT_HAPPEN = ("opt", "break", "loop")
_MAY_NOT_HAPPEN_AT_ALL = ("opt", "break")
_ALTERNATIVES = ("alt", "critical")


@dataclass(frozen=True)
class Branch:
    """One section of a frame, such as ``else taken meanwhile``; `frame` counts the frames from 0."""

    frame: int
    section: int
    word: str
    label: str

    @property
    def shown(self) -> str:
        """The branch as people read it."""
        return f"{self.word} {self.label}".strip()


@dataclass(frozen=True)
class Exchange:
    """A message that asks or hands over something, and the messages that answer it.

    Parameters
    ----------
    call : int
        Position of the message in ``diagram.messages``.
    message : Message
    kind : ExchangeClass
        What passes between whom: see `read_exchanges`.
    is_asynchronous : bool
        Whether nobody waits for an answer.
    replies : tuple of int
        Positions of the answers, more than one where branches answer differently.
    parent : int, optional
        Position of the call during which this one was made.
    branches : tuple of Branch
        The frames' sections around the call, outermost first.
    """

    call: int
    message: Message
    kind: ExchangeClass
    is_asynchronous: bool
    replies: tuple[int, ...] = ()
    parent: int | None = None
    branches: tuple[Branch, ...] = ()

    @property
    def caller(self) -> str:
        """Who asks."""
        return self.message.sender

    @property
    def callee(self) -> str:
        """Who is asked."""
        return self.message.receiver


@dataclass(frozen=True)
class Exchanges:
    """All exchanges of a diagram by the position of their call, and the branches of every message."""

    by_call: Mapping[int, Exchange]
    branches_of: Mapping[int, tuple[Branch, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.by_call.values())

    def ancestors(self, call: int) -> tuple[int, ...]:
        """Return the calls during which this one was made, nearest first."""
        found: list[int] = []
        parent = self.by_call[call].parent
        while parent is not None:
            found.append(parent)
            parent = self.by_call[parent].parent
        return tuple(found)

    def waiting(self, call: int) -> tuple[int, ...]:
        """Return the calls that cannot be answered well when this one is not: ancestors up to the first that waits for nobody."""
        found: list[int] = []
        here = self.by_call[call]
        while not here.is_asynchronous and here.parent is not None:
            here = self.by_call[here.parent]
            found.append(here.call)
        return tuple(found)

    def chain_of(self, call: int) -> int:
        """Return the first asynchronous call that led to this one, or the outermost call."""
        return ([call, *self.ancestors(call)])[-1]

    @cached_property
    def _n_sections(self) -> dict[int, int]:
        sections: dict[int, set[int]] = {}
        for branch in (branch for branches in self.branches_of.values() for branch in branches):
            sections.setdefault(branch.frame, set()).add(branch.section)
        return {frame: len(numbers) for frame, numbers in sections.items()}

    def is_certain(self, call: int) -> bool:
        """Whether a call is made each time, or one of its alternatives is: not in an ``opt`` or ``break``, nor in a choice with one branch."""
        return not any(
            branch.word in _MAY_NOT_HAPPEN_AT_ALL or (branch.word in _ALTERNATIVES and self._n_sections[branch.frame] == 1)
            for branch in self.branches_of[call]
        )

    @cached_property
    def reply_of(self) -> dict[int, tuple[int, ...]]:
        """The calls that each reply answers: a reply that passes over others answers them too."""
        found: dict[int, list[int]] = {}
        for exchange in self:
            for reply in exchange.replies:
                found.setdefault(reply, []).append(exchange.call)
        return {reply: tuple(calls) for reply, calls in found.items()}


def read_exchanges(diagram: Diagram, roles: Roles) -> Exchanges:
    r"""Put the messages of a diagram together to exchanges.

    An answer is a dashed arrow back to whoever asked; it may pass over those between, as ``Seats-->>App`` over the load balancer. What is
    asked by somebody who has not answered yet is asked for that answer. A solid arrow with an open head, any arrow to or from a queue and
    any from a clock waits for nobody; a dashed arrow back is a receipt then. Where a diagram has no dashed arrow at all, solid arrows back
    to whoever waits are answers. Classes:

    - ``interaction``: a user does something on a device. ``request``: user or device asks the system.
    - ``third_party``: anybody asks somebody else's system. ``delivery``: the system hands something to a user or a third party.
    - ``hand_over``: one part hands work to another without waiting. ``schedule``: a clock starts something.
    - ``store``: something is read from or written to a store. ``work``: a message to oneself. ``internal``: the rest.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>Shop: GET /\n Shop->>DB: read\n DB-->>Shop: rows\n Shop-->>Fan: 200")
    >>> exchanges = read_exchanges(diagram, read_roles(diagram))
    >>> [(one.call, one.kind, one.replies, one.parent) for one in exchanges]
    [(0, 'request', (3,), None), (1, 'store', (2,), 0)]
    """
    reader = _Reader(roles, answers_are_solid=False)
    reader.read(diagram.statements, (), [])
    findings: tuple[Finding, ...] = ()
    if not any(message.is_reply for message in diagram.messages):
        solid = _Reader(roles, answers_are_solid=True)
        solid.read(diagram.statements, (), [])
        if solid.replies:
            reader, findings = solid, (_SOLID_ANSWERS,)
    by_call = {
        call: Exchange(call, message, kind, is_asynchronous, tuple(reader.replies.get(call, ())), parent, reader.branches_of[call])
        for call, message, kind, is_asynchronous, parent in reader.calls
    }
    return Exchanges(by_call, dict(reader.branches_of), findings)


_SOLID_ANSWERS = Finding(
    "answers-drawn-solid", "no arrow is dashed, so arrows back to whoever waits are taken for answers", severity="note", where="diagram",
    hint="draw answers dashed: Shop-->>Fan: 201",
)  # fmt: skip
_Open = list[int]


class _Reader:
    """Walks the statements with the calls that are open: asked and not yet answered."""

    def __init__(self, roles: Roles, *, answers_are_solid: bool) -> None:
        self.roles = roles
        self.answers_are_solid = answers_are_solid
        self.n_messages = self.n_frames = 0
        self.calls: list[tuple[int, Message, ExchangeClass, bool, int | None]] = []
        self.message_of: dict[int, Message] = {}
        self.is_asynchronous: dict[int, bool] = {}
        self.replies: dict[int, list[int]] = {}
        self.branches_of: dict[int, tuple[Branch, ...]] = {}

    def read(self, statements: Iterable[Statement], branches: tuple[Branch, ...], open_calls: _Open) -> _Open:
        """Read statements and return the calls that are open after them."""
        for item in statements:
            if isinstance(item, Message):
                self._message(item, branches, open_calls)
            elif isinstance(item, Fragment):
                open_calls = self._fragment(item, branches, open_calls)
        return open_calls

    def _fragment(self, fragment: Fragment, branches: tuple[Branch, ...], before: _Open) -> _Open:
        frame, self.n_frames = self.n_frames, self.n_frames + 1
        outcomes: list[_Open] = [list(before)] if fragment.kind in _MAY_NOT_HAPPEN else []
        running = list(before)
        for number, section in enumerate(fragment.sections):
            word = _BRANCH_WORD.get(fragment.kind, fragment.kind) if number else fragment.kind
            inner = branches if fragment.kind == "rect" else (*branches, Branch(frame, number, word.replace("_over", ""), section.label))
            start = list(before) if fragment.kind in _ALTERNATIVES else running
            running = self.read(section.statements, inner, start)
            outcomes += [running] if fragment.kind in _ALTERNATIVES else []
        outcomes += [] if fragment.kind in _ALTERNATIVES else [running]
        # still open after the frame is what some way through it leaves open
        kept = dict.fromkeys(call for outcome in outcomes for call in outcome)
        return sorted(kept)

    def _message(self, message: Message, branches: tuple[Branch, ...], open_calls: _Open) -> None:
        number, self.n_messages = self.n_messages, self.n_messages + 1
        self.branches_of[number] = branches
        is_answer = message.is_reply or (self.answers_are_solid and message.style.head != "open")
        if is_answer and message.sender != message.receiver and self._answer(number, message, open_calls):
            return
        parent = next((call for call in reversed(open_calls) if self._causes(call, message)), None)
        is_asynchronous = self._waits_for_nobody(message)
        self.calls.append((number, message, self._class_of(message, is_asynchronous), is_asynchronous, parent))
        self.message_of[number], self.is_asynchronous[number] = message, is_asynchronous
        if message.sender != message.receiver:
            open_calls.append(number)

    def _answer(self, number: int, message: Message, open_calls: _Open) -> bool:
        """Close what the reply answers; ``False`` when it answers nothing."""
        mine = [call for call in open_calls if self.message_of[call].sender == message.receiver]
        asked = [call for call in mine if not self.is_asynchronous[call]]
        direct = [call for call in asked if self.message_of[call].receiver == message.sender]
        over = [call for call in asked if message.sender in self._reached_from(call, open_calls)]
        if not direct and not over:
            return message.is_reply and self._acknowledge(number, message, mine)
        first = (direct or over)[-1]
        answered = [call for call in open_calls[open_calls.index(first) :] if not self.is_asynchronous[call]]
        for call in answered if not direct else [first]:
            self.replies.setdefault(call, []).append(number)
        for call in answered:
            open_calls.remove(call)
        return True

    def _acknowledge(self, number: int, message: Message, mine: _Open) -> bool:
        """Take a dashed arrow back from whom work was handed to for a receipt; the work goes on."""
        handed = [call for call in mine if self.message_of[call].receiver == message.sender]
        if handed:
            self.replies.setdefault(handed[-1], []).append(number)
        return bool(handed)

    def _reached_from(self, call: int, open_calls: _Open) -> set[str]:
        """Return who is working on an open call: its receiver, whom that one asked, and so on."""
        reached = {self.message_of[call].receiver}
        for later in open_calls[open_calls.index(call) + 1 :]:
            if self.message_of[later].sender in reached:
                reached.add(self.message_of[later].receiver)
        return reached

    def _causes(self, call: int, message: Message) -> bool:
        """Whether a message is sent to do what an open call asks; what people do after they got something, they do of their own accord."""
        acts_alone = self._role(message.sender) == "user" and self.is_asynchronous[call]
        return self.message_of[call].receiver == message.sender and not acts_alone

    def _waits_for_nobody(self, message: Message) -> bool:
        style = message.style
        return (
            style.head == "open"
            or style.dashed
            or "queue" in (self._role(message.receiver), self._role(message.sender))
            or (self._role(message.sender) == "scheduler")
        )

    def _role(self, name: str) -> ParticipantRole:
        return self.roles.role_of[name]

    def _class_of(self, message: Message, is_asynchronous: bool) -> ExchangeClass:
        caller, callee = self._role(message.sender), self._role(message.receiver)
        if message.sender == message.receiver:
            return "work"
        if caller == "scheduler":
            return "schedule"
        if callee in ("user", "client"):
            return "interaction" if caller in ("user", "client") else "delivery"
        if callee == "third_party":
            return "delivery" if is_asynchronous and caller not in ("user", "client") else "third_party"
        if caller in ("user", "client"):
            return "hand_over" if is_asynchronous else "request"
        if callee == "store":
            return "store"
        return "hand_over" if is_asynchronous else "internal"
