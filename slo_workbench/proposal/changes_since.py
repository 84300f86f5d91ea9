"""What changed between two proposals of one objective, in words: two results in, sentences out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slo_workbench.proposal.changed_decisions import changed_data, changed_decisions, changed_making
from slo_workbench.proposal.changed_figures import changed_figures
from slo_workbench.proposal.result_pair import Change, ResultPair, Steps
from slo_workbench.units import counted

__all__ = ["SECTIONS", "Changes", "changes_since"]

SECTIONS = ("decisions", "figures", "data", "making")
"""The order in which they are told."""
_NOUNS = {"decisions": "decision", "figures": "figure", "data": "fact about the data", "making": "part of how it is made"}
_PLURALS = {"data": "facts about the data", "making": "parts of how it is made"}
_MAKERS: dict[str, Callable[[ResultPair], Iterator[Change]]] = {
    "decisions": changed_decisions, "figures": changed_figures, "data": changed_data, "making": changed_making,
}  # fmt: skip
_OF_THE_DAY: tuple[Steps, ...] = (("as_of",), ("next_review_sentence",))
_OF_THE_COMPARISON: tuple[Steps, ...] = (("changes",),)
_WORDS = {
    "alternatives": "other targets", "budget_over_time": "the budget day by day", "by_activity": "users by activity", "fit": "the words on the target",
    "gaps": "stretches without data", "months": "month by month", "incidents": "what stood out", "past_promises": "promises made on past days",
    "plain_promise": "the promise of the first page", "summary": "the first page", "team_incidents": "what the team remembers",
    "users": "who is covered", "money": "the money", "policy": "the policy and its replay", "alerts": "the alerts and their replay",
    "risks": "the risks", "coverage": "what nobody would notice", "findings": "what to look at", "next_review_sentence": "the words on the next review",
    "source": "the source", "signatures": "the signatures", "dissent": "the dissent", "reviews": "earlier reviews",
}  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """What is not what it was in an earlier proposal.

    Parameters
    ----------
    since : str
        The day of the earlier one, such as ``2026-04-01``, or ``an earlier day``.
    sections : mapping of str to tuple of Change
        By the names in :data:`SECTIONS`; those without a change are left out.
    also : str
        A sentence about all that differs besides, mostly in consequence; empty when nothing does.
    """

    since: str
    sections: Mapping[str, tuple[Change, ...]]
    also: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not self.sections and not self.also

    @property
    def headline(self) -> str:
        """All of it in one line or two: how many changes there are, and the first of them."""
        if self.is_empty:
            return f"Nothing has changed since the proposal of {self.since}."
        if not self.sections:
            return f"Since the proposal of {self.since} no decision and no figure of these pages has changed, only what follows from them."
        parts = [counted(len(found), _NOUNS[name], _PLURALS.get(name)) for name, found in self.sections.items()]
        listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
        first = next((found[0] for name, found in self.sections.items() if name in ("decisions", "figures")), None)
        return f"Changed since the proposal of {self.since}: {listed}.{f' {first.sentence}' if first else ''}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every change in a sentence; the headline alone when there is none."""
        told = [one.sentence for found in self.sections.values() for one in found]
        return (*told, *filter(None, [self.also])) or (self.headline,)

    def as_json(self) -> dict[str, Any]:
        """Return it for ``result.json``."""
        rows = {name: [one.as_json() for one in self.sections.get(name, ())] for name in SECTIONS}
        return {"since": self.since, "headline": self.headline, **rows, "also": self.also}


def changes_since(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    r"""Compare two results of one objective.

    Every value that differs is told in a sentence of its own, or counted in the last one; the day of the proposal, and what only follows from it,
    is not counted as a change.

    Parameters
    ----------
    old, new : mapping
        As ``result.json`` holds them.

    Examples
    --------
    >>> history = {"days": 56, "valid": 30_979, "bad": 280}
    >>> fit = {"target": "0.991", "stated_target": "0.991", "window": "28d", "history": history, "quantiles": {}, "suggestions": {}, "threshold_ms": None}
    >>> old = {"as_of": "2026-04-01", "status": "draft", "fit": fit, "alternatives": []}
    >>> new = {**old, "as_of": "2026-05-04", "status": "agreed", "fit": {**fit, "target": "0.993", "stated_target": "0.993"}}
    >>> print(*changes_since(old, new).sentences, sep="\n")
    The team's own target was 99.1 % and is 99.3 % now.
    The status was “draft” and is “agreed” now.
    >>> changes_since(old, old).headline
    'Nothing has changed since the proposal of 2026-04-01.'
    """
    pair = ResultPair(old, new)
    found = {name: tuple(_MAKERS[name](pair)) for name in SECTIONS}
    told = [steps for changes in found.values() for change in changes for steps in change.covers]
    # on another day other words are said about the same
    silent = _OF_THE_COMPARISON + (_OF_THE_DAY if pair.differs("as_of") else ())
    rest = [steps for steps in pair.changed if not any(steps[: len(one)] == one for one in (*told, *silent))]
    return Changes(pair.day, {name: changes for name, changes in found.items() if changes}, _also(rest))


def _also(rest: list[Steps]) -> str:
    if not rest:
        return ""
    counts = Counter(_WORDS.get(str(steps[0]), str(steps[0]).replace("_", " ")) for steps in rest)
    listed = "; ".join(f"{name} ({counted(n, 'value')})" for name, n in counts.items())
    return f"Also different, mostly as it follows from this or says it in words: {listed}."
