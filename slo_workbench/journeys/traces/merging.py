"""Calls of many traces laid on top of each other: one step for all that were asked the same on the same way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from slo_workbench.journeys.traces.calls import Call
from slo_workbench.journeys.traces.parties import CALLER, Party
from slo_workbench.journeys.traces.trees import NO_PARENT

__all__ = ["Step", "merge_calls"]

_Key = tuple[Party, Party, str, bool]


@dataclass(eq=False)
class Step:
    """All calls from one caller to one callee for one operation, below one other step.

    Parameters
    ----------
    caller, callee : Party
    operation : str
    is_async : bool
    above : Step, optional
        The step that led to it; ``None`` for the one that stands for the whole traces.
    durations_us : list of int
        Of the calls that have one.
    n_calls, n_errors, n_traces : int
    calls_by_parent : dict of int to int
        Number of the call of `above` to how many calls it led to.
    offsets_us : list of int
        From each call of `above` to the first call it led to.
    """

    caller: Party
    callee: Party
    operation: str = ""
    is_async: bool = False
    above: Step | None = None
    below: dict[_Key, Step] = field(default_factory=dict)
    durations_us: list[int] = field(default_factory=list)
    n_calls: int = 0
    n_errors: int = 0
    n_traces: int = 0
    calls_by_parent: dict[int, int] = field(default_factory=dict)
    offsets_us: dict[int, int] = field(default_factory=dict)
    _last_trace: int = NO_PARENT

    def all_below(self) -> Iterator[Step]:
        """Give every step below this one, each after the one that led to it."""
        waiting = list(self.below.values())
        while waiting:
            step = waiting.pop()
            yield step
            waiting.extend(step.below.values())

    @property
    def in_order(self) -> list[Step]:
        """The steps right below by when they typically begin."""
        return sorted(self.below.values(), key=lambda step: (step.typical_offset_us, step.callee, step.operation))

    @property
    def typical_offset_us(self) -> float:
        """Median time from the call above to the first call of this step."""
        return median(self.offsets_us.values()) if self.offsets_us else 0.0

    def step_for(self, call: Call) -> Step:
        """Return the step right below that the call belongs to, made if it is the first of its kind."""
        key = call.caller, call.callee, call.operation, call.is_async
        if key not in self.below:
            self.below[key] = Step(call.caller, call.callee, call.operation, call.is_async, self)
        return self.below[key]

    def count(self, call: Call, *, trace: int, parent_number: int, parent_start_us: int) -> int:
        """Add one call and return its number within the step."""
        if call.duration_us is not None:
            self.durations_us.append(call.duration_us)
        self.n_errors += call.is_error
        self.n_traces += self._last_trace != trace
        self._last_trace = trace
        self.calls_by_parent[parent_number] = self.calls_by_parent.get(parent_number, 0) + 1
        offset_us = call.start_us - parent_start_us
        self.offsets_us[parent_number] = min(offset_us, self.offsets_us.get(parent_number, offset_us))
        self.n_calls += 1
        return self.n_calls - 1


def merge_calls(traces: Iterable[Sequence[Call]]) -> Step:
    """Return the step that stands for the whole traces, with all others below it.

    Parameters
    ----------
    traces : iterable of sequence of Call
        For each trace its calls, each after the one that led to it.

    Examples
    --------
    >>> shop = Party("shop")
    >>> buy = Call(CALLER, shop, "buy", 0, 900, False, False, NO_PARENT)
    >>> pay = Call(shop, Party("bank"), "pay", 100, 500, True, False, 0)
    >>> whole = merge_calls([[buy, pay], [buy], [buy, pay, pay]])
    >>> whole.n_calls, [(step.operation, step.n_calls, step.n_traces) for step in whole.all_below()]
    (3, [('buy', 3, 3), ('pay', 3, 2)])
    """
    whole = Step(CALLER, CALLER)
    for trace, calls in enumerate(traces):
        whole.n_calls += 1
        whole.n_traces += 1
        placed: list[tuple[Step, int]] = []
        for call in calls:
            above, number = placed[call.parent] if call.parent != NO_PARENT else (whole, trace)
            start_us = calls[call.parent if call.parent != NO_PARENT else 0].start_us
            step = above.step_for(call)
            placed.append((step, step.count(call, trace=trace, parent_number=number, parent_start_us=start_us)))
    return whole
