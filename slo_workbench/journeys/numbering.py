"""The numbers that ``autonumber`` puts on messages."""

from __future__ import annotations

from decimal import Decimal

from slo_workbench.journeys.sequence import Autonumber, Diagram, Message, walk

__all__ = ["message_numbers"]


def message_numbers(diagram: Diagram) -> tuple[str, ...]:
    """Return the number shown on each message, empty where none is.

    Counting goes on while numbers are switched off, as in Mermaid.

    Examples
    --------
    >>> ask = Message("A", "B")
    >>> message_numbers(Diagram((Autonumber(start=Decimal(10), step=Decimal("0.5")), ask, ask, Autonumber(visible=False), ask)))
    ('10', '10.5', '')
    """
    numbers: list[str] = []
    number, step, visible = Decimal(1), Decimal(1), False
    for statement in walk(diagram.statements):
        if isinstance(statement, Autonumber):
            visible = statement.visible
            number = number if statement.start is None else statement.start
            step = step if statement.step is None else statement.step
        elif isinstance(statement, Message):
            numbers.append(f"{number.normalize():f}" if visible else "")
            number += step
    return tuple(numbers)
