"""What is measured, laid over a diagram: which arrows SLIs count, which none of them sees, and where they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys.sequence import Diagram

__all__ = ["LEGEND", "Overlay", "Sign"]

Sign = Literal["mark", "through", "blind", "point", "target"]

LEGEND: Mapping[Sign, str] = {
    "mark": "A filled tag names an SLI that counts the arrow.",
    "through": "A hollow tag names an SLI that sees the arrow only through the answer of one above it.",
    "blind": "A faint arrow with a question mark is seen by no SLI.",
    "point": "An eye shows where SLIs are measured.",
    "target": "A bullseye shows the target of a dependency.",
}
"""What each sign means, in the order of the legend."""


@dataclass(frozen=True)
class Overlay:
    """What to show on top of a diagram.

    Parameters
    ----------
    marks : mapping from int to tuple of str
        Ids of the SLIs that count a message, by its position in ``diagram.messages``.
    through : mapping from int to tuple of str
        Ids of the SLIs that see a message only through the answer of an arrow above it.
    blind : frozenset of int
        Positions of messages that no SLI sees.
    points : mapping from str to tuple of str
        Captions of the measuring points, by the name of the participant they are at.
    targets : mapping from str to str
        What a dependency promises, such as ``"99.9 %"``, by the name of its participant.

    Examples
    --------
    >>> overlay = Overlay(marks={0: ("buy-availability",)}, blind=frozenset({1}), targets={"Pay": "99.9 %"})
    >>> overlay.tags(0), overlay.tags(1), overlay.captions("Pay")
    ((('mark', 'buy-availability'),), (('blind', '?'),), (('target', '99.9 %'),))
    >>> overlay.signs
    ('mark', 'blind', 'target')
    """

    marks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    through: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    blind: frozenset[int] = frozenset()
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)

    def tags(self, index: int) -> tuple[tuple[Sign, str], ...]:
        """Return the tags on message number `index`, each with the kind of sign it is."""
        tags: list[tuple[Sign, str]] = [("mark", text) for text in self.marks.get(index, ())]
        tags += [("through", text) for text in self.through.get(index, ())]
        return (*tags, ("blind", "?")) if index in self.blind else tuple(tags)

    def captions(self, name: str) -> tuple[tuple[Sign, str], ...]:
        """Return the captions on the card of the participant called `name`, each with the kind of sign it is."""
        captions: list[tuple[Sign, str]] = [("point", text) for text in self.points.get(name, ())]
        return (*captions, ("target", self.targets[name])) if name in self.targets else tuple(captions)

    @property
    def signs(self) -> tuple[Sign, ...]:
        """The kinds of sign that occur, in the order of the legend."""
        occurring = {
            "mark": any(self.marks.values()), "through": any(self.through.values()), "blind": self.blind,
            "point": any(self.points.values()), "target": self.targets,
        }  # fmt: skip
        return tuple(sign for sign in LEGEND if occurring[sign])

    def check(self, diagram: Diagram) -> None:
        """Refuse what the diagram does not have, messages that are seen and not seen at once, and blank texts.

        Raises
        ------
        UnusableValue
            If a message or participant is not there, if a message in `blind` has tags of SLIs, or if a text is blank.

        Examples
        --------
        >>> Overlay(blind=frozenset({3})).check(Diagram())
        Traceback (most recent call last):
        slo_workbench.errors.UnusableValue: the overlay names message 3; this diagram has 0, numbered from 0 as in diagram.messages
        """
        n_messages, names = len(diagram.messages), [person.name for person in diagram.participants]
        if wrong := sorted(index for index in {*self.marks, *self.through, *self.blind} if not 0 <= index < n_messages):
            raise UnusableValue(
                f"the overlay names message {wrong[0]}; this diagram has {n_messages}, numbered from 0 as in diagram.messages"
            )
        if unknown := sorted({*self.points, *self.targets} - {*names}):
            raise UnusableValue(f"the overlay names participant {unknown[0]!r}; this diagram has {', '.join(names) or 'none'}")
        seen = {index for index, ids in (*self.marks.items(), *self.through.items()) if ids}
        if both := sorted(seen & self.blind):
            raise UnusableValue(f"message {both[0]} is in the overlay's `blind`, yet an SLI sees it; leave it in one of the two")
        texts = [text for many in (self.marks, self.through, self.points) for some in many.values() for text in some]
        if any(not text.strip() for text in (*texts, *self.targets.values())):
            raise UnusableValue("an SLI's id or a caption in the overlay is blank; leave it out")
