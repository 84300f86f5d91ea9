"""The drawn steps of a journey as the statements of a sequence diagram."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from slo_workbench.journeys.sequence import Declaration, Diagram, Fragment, FragmentKind, Message, Participant, Section, Statement
from slo_workbench.journeys.traces.figures import failure_text, figures_text, loop_text, opt_text
from slo_workbench.journeys.traces.merging import Step
from slo_workbench.journeys.traces.operations import shortened
from slo_workbench.journeys.traces.parties import Party, PartyKind

__all__ = ["DrawnJourney", "draw_journey"]

# Frames within frames take the width that labels need; further in, the figures at the arrow say as much.
DEEPEST_FRAMES = 4
_KIND_WORDS: dict[PartyKind, str] = {"participant": "service", "actor": "outside", "database": "database", "queue": "queue"}


@dataclass(frozen=True)
class DrawnJourney:
    """A diagram, and for each step drawn the position of its message in ``diagram.messages``, in that order."""

    diagram: Diagram
    steps: tuple[tuple[int, Step], ...]


def draw_journey(whole: Step, drawn: Collection[Step], *, title: str) -> DrawnJourney:
    """Return the diagram of the drawn steps, by the time they typically begin.

    Parameters
    ----------
    whole : Step
        As from `merge_calls`.
    drawn : collection of Step
        Each together with all that led to it.
    title : str
        Heading of the diagram.
    """
    builder = _Builder(frozenset(drawn), whole.n_calls)
    statements = tuple(builder.statements(whole, DEEPEST_FRAMES))
    declarations = tuple(Declaration(Participant(name, "", party.kind)) for party, name in builder.names.items())
    return DrawnJourney(Diagram((*declarations, *statements), title=title), tuple(enumerate_requests(builder.steps)))


def enumerate_requests(steps: list[Step | None]) -> Iterator[tuple[int, Step]]:
    """Give the steps of messages that ask, not answer, with their positions."""
    return ((position, step) for position, step in enumerate(steps) if step is not None)


@dataclass
class _Builder:
    drawn: frozenset[Step]
    n_traces: int
    names: dict[Party, str] = field(default_factory=dict)
    # One entry for each message so far, None for replies.
    steps: list[Step | None] = field(default_factory=list)

    def statements(self, above: Step, n_frames: int) -> Iterator[Statement]:
        """Give the statements of all drawn steps right below one; those that always come together share a frame."""
        steps = [step for step in above.in_order if step in self.drawn]
        for _, together in groupby(steps, key=lambda step: step.calls_by_parent):
            group = list(together)
            frames = [("opt", opt_text(group[0])), ("loop", loop_text(group[0]))]
            asked = [(kind, text) for kind, text in frames if text]
            wanted = asked[:n_frames]
            inside = [statement for step in group for statement in self._step(step, n_frames - len(wanted), is_framed=wanted == asked)]
            for kind, text in reversed(wanted):
                inside = [_frame("opt" if kind == "opt" else "loop", text, inside)]
            yield from inside

    def _step(self, step: Step, n_frames: int, *, is_framed: bool) -> Iterator[Statement]:
        caller, callee = self._name(step.caller), self._name(step.callee)
        failures = failure_text(step)
        figures = ", ".join(filter(None, (figures_text(step, self.n_traces, is_framed=is_framed), failures if step.is_async else "")))
        text = f"{step.operation}\n{figures}" if figures else step.operation
        self.steps.append(step)
        yield Message(caller, callee, text, "-)" if step.is_async else "->>", activates=not step.is_async)
        yield from self.statements(step, n_frames)
        if not step.is_async:
            self.steps.append(None)
            yield Message(callee, caller, failures, "-->>", deactivates=True)

    def _name(self, party: Party) -> str:
        """Return the party's name; where two kinds of things share one, the later says what it is."""
        if party not in self.names:
            taken = set(self.names.values())
            name = party.name
            if name in taken:
                name = f"{shortened(name)} {_KIND_WORDS[party.kind]}"
            self.names[party] = name
        return self.names[party]


def _frame(kind: FragmentKind, label: str, inside: list[Statement]) -> Fragment:
    return Fragment(kind, (Section(label, tuple(inside)),))
