"""A diagram in one or two sentences, for people and programs that do not see the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from slo_workbench.journeys.sequence import Diagram, Fragment, Message, walk

__all__ = ["alt_text"]

_FRAME_WORDS = {
    "alt": ("choice", "choices"), "opt": ("optional part", "optional parts"), "loop": ("loop", "loops"), "par": ("parallel part", "parallel parts"),
    "critical": ("critical part", "critical parts"), "break": ("early end", "early ends"),
}  # fmt: skip
_LONGEST_LABEL = 60


def alt_text(diagram: Diagram) -> str:
    """Describe the diagram in one or two sentences.

    The author's own description (``accDescr``) is used where there is one.

    Examples
    --------
    >>> fan = Message("Fan", "Shop", "buy")
    >>> alt_text(Diagram((fan, Message("Shop", "Fan", "ticket", "-->>"))))
    'Sequence diagram of 2 messages between Fan and Shop. It begins with Fan to Shop: buy, and ends with Shop to Fan: ticket.'
    """
    if diagram.accessible_description:
        return " ".join(diagram.accessible_description.split())
    name = diagram.accessible_title or diagram.heading
    subject = f"Sequence diagram “{_short(name)}”" if name else "Sequence diagram"
    people = _listed([_short(person.shown) for person in diagram.participants])
    if not diagram.messages:
        return f"{subject} of {people}, without messages." if people else f"{subject} without content."
    n = len(diagram.messages)
    between = f"between {people}" if len(diagram.participants) > 1 else f"of {people} to itself"
    frames = _frames(diagram)
    first = f"{subject} of {n} message{'' if n == 1 else 's'} {between}{', with ' + frames if frames else ''}."
    begins = f" It begins with {_told(diagram, diagram.messages[0])}"
    return first + begins + (f", and ends with {_told(diagram, diagram.messages[-1])}." if n > 1 else ".")


def _frames(diagram: Diagram) -> str:
    kinds = Counter(item.kind.removesuffix("_over") for item in walk(diagram.statements) if isinstance(item, Fragment))
    return _listed([f"{n} {_FRAME_WORDS[kind][n != 1]}" for kind, n in kinds.items() if kind in _FRAME_WORDS])


def _told(diagram: Diagram, message: Message) -> str:
    shown = {person.name: _short(person.shown) for person in diagram.participants}
    label = f": {_short(message.shown)}" if message.shown else ""
    return f"{shown[message.sender]} to {shown[message.receiver]}{label}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_LABEL else flat[: _LONGEST_LABEL - 1].rstrip() + "…"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
