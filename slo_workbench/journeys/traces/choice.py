"""Which steps are worth drawing when there are more than a picture can hold."""

from __future__ import annotations

from slo_workbench.journeys.traces.merging import Step

__all__ = ["drawn_steps", "n_messages"]


def n_messages(step: Step) -> int:
    """Return how many arrows a step takes: a request and its reply, or one message.

    Examples
    --------
    >>> from slo_workbench.journeys.traces.parties import Party
    >>> n_messages(Step(Party("shop"), Party("stock"))), n_messages(Step(Party("shop"), Party("mail", "queue"), is_async=True))
    (2, 1)
    """
    return 1 if step.is_async else 2


def drawn_steps(whole: Step, max_messages: int) -> frozenset[Step]:
    """Return the steps to draw: those of the most traces first, among them those that took longest in total.

    A step comes with all that led to it; what does not fit is passed over for the next that does.

    Parameters
    ----------
    whole : Step
        As from `merge_calls`.
    max_messages : int
        How many arrows the picture may have.
    """
    steps = list(whole.all_below())
    position = {step: i for i, step in enumerate(steps)}
    ranked = sorted(steps, key=lambda step: (-step.n_traces, -sum(step.durations_us), position[step]))
    drawn: set[Step] = set()
    room = max_messages
    for step in ranked:
        if room < 1:
            break
        needed = _missing_on_the_way(step, whole, drawn, room)
        cost = sum(map(n_messages, needed))
        if cost <= room:
            drawn.update(needed)
            room -= cost
    return frozenset(drawn)


def _missing_on_the_way(step: Step, whole: Step, drawn: set[Step], room: int) -> list[Step]:
    """Return the step and those above it that are not drawn yet; no more than are needed to see that they do not fit."""
    needed: list[Step] = []
    here: Step | None = step
    while here is not None and here is not whole and here not in drawn and len(needed) <= room:
        needed.append(here)
        here = here.above
    return needed
