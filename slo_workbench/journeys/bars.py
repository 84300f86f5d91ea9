"""Activations: the bars on a lifeline while a participant is at work, stacked where it is called again."""

from __future__ import annotations

from collections.abc import Mapping

from slo_workbench.journeys.shapes import Rect

__all__ = ["BarStacks"]

BAR_WIDTH = 10.0
STACK_SHIFT = 4.0
SHORTEST_BAR = 14.0


class BarStacks:
    """The bars that are open on each lifeline, and those that are finished."""

    def __init__(self, x: Mapping[str, float]) -> None:
        self.x = x
        self.open: dict[str, list[float]] = {}
        self.finished: list[Rect] = []

    def begin(self, name: str, y: float) -> None:
        """Start a bar at height `y`; a lifeline that is not there gets none."""
        if name in self.x:
            self.open.setdefault(name, []).append(y)

    def end(self, name: str, y: float) -> None:
        """Finish the newest bar of the lifeline; one that was never begun is left alone."""
        stack = self.open.get(name)
        if stack:
            top = stack.pop()
            left = self.x[name] - BAR_WIDTH / 2 + STACK_SHIFT * len(stack)
            self.finished.append(Rect(left, top, BAR_WIDTH, max(y - top, SHORTEST_BAR)))

    def end_all(self, name: str, y: float) -> None:
        """Finish every bar of the lifeline."""
        while self.open.get(name):
            self.end(name, y)

    def edge(self, name: str, *, right: bool) -> float:
        """Return the x where an arrow touches the lifeline or the bars on it, from the right or from the left."""
        n_open = len(self.open.get(name, ()))
        if not n_open:
            return self.x[name]
        return self.x[name] + (BAR_WIDTH / 2 + STACK_SHIFT * (n_open - 1) if right else -BAR_WIDTH / 2)
