"""Rules that span statements: whoever is created, destroyed or deactivated must be so at the right time."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from slo_workbench.document.findings import nearest_hint
from slo_workbench.journeys.sequence import Activation, Box, Declaration, Destroy, Diagram, Message, Statement, names_in, walk
from slo_workbench.journeys.source_lines import FindingList

__all__ = ["check_consistency"]


def check_consistency(diagram: Diagram, found: FindingList) -> None:
    """Add a finding for each activation that ends without a beginning, and each life without its message.

    Mermaid refuses the whole diagram in these cases.
    """
    statements = list(walk(diagram.statements))
    _check_activations(statements, found)
    _check_lives(statements, found)
    _check_boxes(diagram.boxes, found)
    known = {person.name for person in diagram.participants}
    for item in statements:
        if isinstance(item, Activation | Destroy) and item.name not in known:
            hint = nearest_hint(item.name, known)
            found.add("unknown-participant", f"there is no participant {item.name!r}", (item.line, item.column), hint=hint)


def _check_boxes(boxes: tuple[Box, ...], found: FindingList) -> None:
    first_box: dict[str, Box] = {}
    for box in boxes:
        for name in box.names:
            if first_box.setdefault(name, box) is not box:
                found.add("participant-in-two-boxes", f"{name!r} stands in two boxes", (box.line, box.column), hint="declare it in one box")


def _check_activations(statements: list[Statement], found: FindingList) -> None:
    # Branches are read one after the other, as Mermaid does: a reply in each branch of an alt may end the activation only once.
    n_active: Counter[str] = Counter()
    for item in statements:
        ended = None
        if isinstance(item, Message):
            n_active[item.receiver] += item.activates
            ended = item.sender if item.deactivates else None
        elif isinstance(item, Activation):
            n_active[item.name] += item.begins
            ended = None if item.begins else item.name
        if ended is None:
            continue
        if n_active[ended] > 0:
            n_active[ended] -= 1
        else:
            hint = f"begin it first: activate {ended}, or ->>+{ended}; in each branch of an alt, end it after the alt instead"
            found.add("not-active", f"{ended!r} is not active here, so it cannot be deactivated", (item.line, item.column), hint=hint)


def _check_lives(statements: list[Statement], found: FindingList) -> None:
    waiting: Declaration | Destroy | None = None
    known: set[str] = set()
    for item in statements:
        if isinstance(item, Declaration) and item.creates and item.participant.name in known:
            name = item.participant.name
            hint = "create it before anything else names it, or leave the word create out"
            found.add("created-too-late", f"{name!r} is there already", (item.line, item.column), hint=hint)
        known.update(names_in(item))
        if isinstance(item, Message):
            _check_birth_or_death(waiting, item, found)
            waiting = None
        elif isinstance(item, Destroy) or (isinstance(item, Declaration) and item.creates):
            _check_birth_or_death(waiting, None, found)
            waiting = item
    _check_birth_or_death(waiting, None, found)


def _check_birth_or_death(waiting: Declaration | Destroy | None, message: Message | None, found: FindingList) -> None:
    """Mermaid refuses a wrong message; that no message follows at all it does not notice."""
    severity: Literal["error", "warning"] = "error" if message else "warning"
    if isinstance(waiting, Declaration):
        name = waiting.participant.name
        if message is None or message.receiver != name:
            hint = f"let the next message be the one that creates it: Sender->>{name}: …"
            text = f"no message follows that creates {name!r}"
            found.add("not-created", text, (waiting.line, waiting.column), hint=hint, severity=severity)
    elif waiting is not None and (message is None or waiting.name not in (message.sender, message.receiver)):
        hint = f"let the next message be the last one from or to {waiting.name}"
        text = f"no message of {waiting.name!r} follows that ends it"
        found.add("not-destroyed", text, (waiting.line, waiting.column), hint=hint, severity=severity)
