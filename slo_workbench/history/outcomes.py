"""What became of a request for every indicator at once, as one small number.

Counting each indicator by itself costs a filtered sum a threshold. Instead every row gets, for each indicator,
a small state (not valid, bad, good within the first threshold, …), and the states together make one whole
number, the row's *outcome*. Few outcomes ever occur, so one grouping by time and outcome counts everything,
and the rest is arithmetic on a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from slo_workbench.history.indicators import CompiledIndicator

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

__all__ = ["BAD", "GOOD", "LATENCY_UNKNOWN", "NOT_VALID", "OutcomeCode", "by_state", "good_states", "in_codes", "n_states"]

NOT_VALID, BAD, LATENCY_UNKNOWN, GOOD = 0, 1, 2, 3
"""States of a row for one indicator: 3 is good, or good within the first threshold, 4 within the second, …; the last
state of an indicator with thresholds is otherwise good but slower than all."""

LARGEST_CODE = 2**62


def n_states(indicator: CompiledIndicator) -> int:
    """Return how many states an indicator has."""
    return GOOD + 1 + len(indicator.thresholds_ms)


def by_state(indicator: CompiledIndicator, latency_ms: ir.Value | None, amounts: Sequence[int]) -> ir.Value:
    """Return for each row the amount that belongs to its state, an int64.

    A condition that is neither true nor false takes the other branch: not valid, or bad.
    """
    import ibis

    worth: list[Any] = [ibis.literal(int(amount), type="int64") for amount in amounts]
    good = worth[GOOD]
    if indicator.thresholds_ms:
        assert latency_ms is not None, "compile_indicator refuses thresholds without latency_ms"
        latency: Any = latency_ms
        in_time = [(latency <= threshold, worth[GOOD + place]) for place, threshold in enumerate(indicator.thresholds_ms)]
        good = ibis.cases((latency.isnull(), worth[LATENCY_UNKNOWN]), *in_time, else_=worth[-1])
    judged = ibis.cases((indicator.good, good), else_=worth[BAD])
    amount: ir.Value = ibis.cases((indicator.valid, judged), else_=worth[NOT_VALID])
    return amount


def good_states(indicator: CompiledIndicator, threshold_ms: float | None) -> range:
    """Return the states that are good, within a threshold where one is given."""
    if threshold_ms is None:
        return range(GOOD, n_states(indicator))
    return range(GOOD, GOOD + indicator.thresholds_ms.index(threshold_ms) + 1)


@dataclass(frozen=True)
class OutcomeCode:
    """The states of several indicators as digits of one number, each digit in a base of its own."""

    indicators: tuple[CompiledIndicator, ...]

    def expression(self, latency_ms: ir.Value | None) -> ir.Value:
        """Return the outcome of each row, an int64."""
        import ibis

        code: Any = ibis.literal(0, type="int64")
        for indicator, place in zip(self.indicators, self._places(), strict=True):
            code = code + by_state(indicator, latency_ms, [state * place for state in range(n_states(indicator))])
        return code

    def states(self, outcomes: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.int64]:
        """Return the states of the indicator of that number for an array of outcomes."""
        states: npt.NDArray[np.int64] = (outcomes // self._places()[number]) % n_states(self.indicators[number])
        return states

    def _places(self) -> list[int]:
        places = [1]
        for indicator in self.indicators:
            places.append(places[-1] * n_states(indicator))
        return places[:-1]


def in_codes(indicators: Sequence[CompiledIndicator]) -> tuple[OutcomeCode, ...]:
    """Divide indicators into as few codes as fit into 62 bits; two dozen fit into one.

    Examples
    --------
    >>> in_codes([])
    ()
    """
    codes: list[list[CompiledIndicator]] = []
    size = LARGEST_CODE
    for indicator in indicators:
        if size * n_states(indicator) >= LARGEST_CODE:
            codes.append([])
            size = 1
        codes[-1].append(indicator)
        size *= n_states(indicator)
    return tuple(OutcomeCode(tuple(code)) for code in codes)
