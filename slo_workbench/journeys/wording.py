"""A diagram in a few sentences, for people and programs that do not see the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from slo_workbench.journeys.overlay import Overlay
from slo_workbench.journeys.sequence import Diagram, Fragment, Message, walk

__all__ = ["alt_text", "first_line"]

_FRAME_WORDS = {
    "alt": ("choice", "choices"), "opt": ("optional part", "optional parts"), "loop": ("loop", "loops"), "par": ("parallel part", "parallel parts"),
    "critical": ("critical part", "critical parts"), "break": ("early end", "early ends"),
}  # fmt: skip
_LONGEST_LABEL = 60
_MOST_LISTED = 4


def alt_text(diagram: Diagram, overlay: Overlay | None = None) -> str:
    """Describe the diagram in one or two sentences, and with an overlay what is seen of it and what is not.

    The author's own description (``accDescr``) is used where there is one.

    Examples
    --------
    >>> fan = Message("Fan", "Shop", "buy")
    >>> diagram = Diagram((fan, Message("Shop", "Fan", "ticket", "-->>")))
    >>> alt_text(diagram)
    'Sequence diagram of 2 messages between Fan and Shop. It begins with Fan to Shop: buy, and ends with Shop to Fan: ticket.'
    >>> alt_text(diagram, Overlay(marks={0: ("buys",)}, blind=frozenset({1}))).split(". ")[2:]
    ['SLI buys counts Fan to Shop: buy', 'No SLI sees 1 of 2 messages: Shop to Fan: ticket.']
    """
    own = " ".join(diagram.accessible_description.split())
    return " ".join([own or _described(diagram), *(_seen(diagram, overlay) if overlay else ())])


def _described(diagram: Diagram) -> str:
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


def _seen(diagram: Diagram, overlay: Overlay) -> Iterator[str]:
    """Yield a sentence for each kind of sign."""
    counted: dict[tuple[str, ...], list[int]] = {}
    for index, ids in sorted(overlay.marks.items()):
        counted.setdefault(ids, []).append(index)
    for ids, indices in counted.items():
        if ids:
            yield f"SLI{'s' * (len(ids) > 1)} {_listed(ids)} count{'s' * (len(ids) == 1)} {_told_all(diagram, indices)}."
    if through := sorted(index for index, ids in overlay.through.items() if ids):
        yield f"Seen only through the answer of an arrow above: {_told_all(diagram, through)}."
    if overlay.blind:
        blind = sorted(overlay.blind)
        yield f"No SLI sees {len(blind)} of {len(diagram.messages)} messages: {_told_all(diagram, blind)}."
    shown = {person.name: _short(person.shown) for person in diagram.participants}
    if points := [f"{name} ({text})" for key, name in shown.items() for text in overlay.points.get(key, ())]:
        yield f"Measured at {_listed(points)}."
    if targets := [f"{name} {overlay.targets[key]}" for key, name in shown.items() if key in overlay.targets]:
        yield f"Targets of dependencies: {_listed(targets)}."


def _told_all(diagram: Diagram, indices: Sequence[int]) -> str:
    told = [_told(diagram, diagram.messages[index]) for index in indices[:_MOST_LISTED]]
    more = len(indices) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


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


def first_line(text: str) -> str:
    r"""Return the first line of a message's text, on which stands what is asked.

    Examples
    --------
    >>> first_line("POST /orders\np50 12 ms"), first_line("")
    ('POST /orders', '(no text)')
    """
    return " ".join(text.strip().partition("\n")[0].split()) or "(no text)"
