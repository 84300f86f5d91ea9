"""Candidates from requests: what users and their devices ask for and wait for, and what only they can see of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from slo_workbench.document.sli_menu import SliKind
from slo_workbench.journeys.branches import MAY_BE_SECOND_BEST, status_in
from slo_workbench.journeys.candidate import Candidate, CandidateContext, id_of, listed, short_name
from slo_workbench.journeys.counted_arrows import Endpoint, endpoint_in
from slo_workbench.journeys.exchanges import Exchange
from slo_workbench.journeys.predicate_skeleton import Skeleton
from slo_workbench.journeys.request_predicates import request_skeleton

__all__ = ["candidates_of_client", "candidates_of_requests", "candidates_of_third_parties"]

_CONFLICTS = (409, 410, 412)
MOST_REQUESTS_APART = 4


@dataclass(frozen=True)
class _Group:
    """Requests for one thing: the same method and path, or the same text."""

    told: str
    exchanges: tuple[Exchange, ...]

    @property
    def calls(self) -> tuple[int, ...]:
        """Positions of its messages."""
        return tuple(one.call for one in self.exchanges)

    @property
    def endpoint(self) -> Endpoint | None:
        """What it asks for, where its text says so."""
        return endpoint_in(self.exchanges[0].message.text)


def candidates_of_requests(context: CandidateContext) -> Iterator[Candidate]:
    """Availability of all requests together and of each, latency, and quality and correctness where the diagram hints at them.

    With more than four different requests, availability and latency are suggested for all together only.
    """
    groups = _groups(context)
    names = _names(context, groups)
    apart = groups if len(groups) <= MOST_REQUESTS_APART else []
    if len(groups) > 1:
        yield _availability(context, groups)
    if groups and not apart:
        yield _latency(context, groups)
    for group in apart:
        yield _availability(context, [group], *names[group.told])
        yield _latency(context, [group], *names[group.told])
    for group in groups:
        yield from _quality(context, group, *names[group.told])
        yield from _correctness(context, group, *names[group.told])


def _groups(context: CandidateContext) -> list[_Group]:
    found: dict[str, list[Exchange]] = {}
    for one in context.exchanges:
        if one.kind == "request":
            endpoint = endpoint_in(one.message.text)
            found.setdefault(endpoint.shown if endpoint else f"“{context.text(one.call)}”", []).append(one)
    return [_Group(told, tuple(exchanges)) for told, exchanges in found.items()]


def _names(context: CandidateContext, groups: Sequence[_Group]) -> dict[str, tuple[str, ...]]:
    """Return what tells requests of one journey apart in ids: a word of the path, and the method where two share it."""
    if len(groups) == 1:
        return {groups[0].told: ()}
    words = {group.told: short_name(context, group.exchanges[0]) for group in groups}
    shared = Counter(words.values())
    return {
        group.told: (group.endpoint.method, words[group.told]) if group.endpoint and shared[words[group.told]] > 1 else (words[group.told],)
        for group in groups
    }


def _skeleton(context: CandidateContext, kind: SliKind, groups: Sequence[_Group], *, conflict: int | None = None) -> Skeleton:
    """Return the predicates; without them when an arrow names no path, for then the rows cannot be told."""
    endpoints = [group.endpoint for group in groups]
    named = [endpoint for endpoint in endpoints if endpoint is not None] if all(endpoints) else []
    made = request_skeleton(kind, named, context.shapes, conflict=conflict)
    texts = {context.text(one.call) for group in groups for one in group.exchanges}
    if len(groups) == 1 and groups[0].endpoint and len(texts) > 1:
        note = f"{groups[0].told} carries {listed(sorted(texts))}: tell them apart by a column, and see whether an error can come as 200"
        made = replace(made, notes=(*made.notes, note))
    return made


def _told(groups: Sequence[_Group]) -> str:
    names = [group.told for group in groups]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _availability(context: CandidateContext, groups: Sequence[_Group], *name: str) -> Candidate:
    first = groups[0].exchanges[0]
    asks = f"{context.label(first.caller)} asks {context.label(first.callee)} and waits: without an answer the journey stops"
    together = "; they are counted together, so the most frequent one hides the others" if len(groups) > 1 else ""
    specification = f"The share of {_told(groups)} requests that are answered without an error or a refusal."
    calls = tuple(call for group in groups for call in group.calls)
    skeleton = _skeleton(context, "availability", groups)
    return Candidate(id_of(context, "availability", *name), "availability", calls, specification, asks + together, skeleton)


def _latency(context: CandidateContext, groups: Sequence[_Group], *name: str) -> Candidate:
    calls = tuple(call for group in groups for call in group.calls)
    behind = [other for other in context.exchanges if set(calls) & set(context.exchanges.waiting(other.call))]
    waits = f"; it waits for {listed([context.text(other.call) for other in behind])}" if behind else ""
    together = (
        f"; {len(groups)} different requests share a threshold here: give those that people wait for one of their own"
        if len(groups) > 1
        else ""
    )
    specification = f"The share of {_told(groups)} requests that are answered well, and soon enough."
    reason = f"{context.label(groups[0].exchanges[0].caller)} waits for the answer{waits}{together}"
    return Candidate(id_of(context, "latency", *name), "latency", calls, specification, reason, _skeleton(context, "latency", groups))


def _quality(context: CandidateContext, group: _Group, *name: str) -> Iterator[Candidate]:
    texts = [text for one in group.exchanges for text in _inside(context, one)]
    hints = list(dict.fromkeys(text for text in texts if MAY_BE_SECOND_BEST.search(text)))
    if hints:
        specification = f"The share of {group.told} answers that are the full, fresh answer and not second best."
        reason = f"the diagram says {listed(hints)}: an answer can be good enough to be 200 and still be second best"
        yield Candidate(
            id_of(context, "quality", *name), "quality", group.calls, specification, reason, _skeleton(context, "quality", [group])
        )


def _inside(context: CandidateContext, one: Exchange) -> list[str]:
    """Return the texts of what happens until a request is answered, conditions of branches included."""
    exchanges = context.exchanges
    within = [other for other in exchanges if one.call in exchanges.waiting(other.call)]
    numbers = sorted({number for other in [one, *within] for number in (other.call, *other.replies)} - {one.call})
    labels = [branch.label for number in numbers for branch in exchanges.branches_of[number]]
    return list(dict.fromkeys([*(context.text(number) for number in numbers), *filter(None, labels)]))


def _correctness(context: CandidateContext, group: _Group, *name: str) -> Iterator[Candidate]:
    for reply in (reply for one in group.exchanges for reply in one.replies):
        status = status_in(context.text(reply))
        if status in _CONFLICTS:
            specification = f"The share of answered {group.told} requests for which what was shown before still held (no {status})."
            reason = f"“{context.text(reply)}” tells people that what they were shown is no longer so"
            skeleton = _skeleton(context, "correctness", [group], conflict=status)
            yield Candidate(id_of(context, "correctness", *name), "correctness", group.calls, specification, reason, skeleton)
            return


def candidates_of_third_parties(context: CandidateContext) -> Iterator[Candidate]:
    """Calls from the user's device straight to somebody else: nothing of ours is on the way."""
    for one in context.exchanges:
        if one.kind == "third_party" and context.roles.role_of[one.caller] in ("user", "client"):
            whom = context.label(one.callee)
            name = short_name(context, one)
            for kind, what in (("availability", "that come back without an error"), ("latency", "that come back soon enough")):
                yield Candidate(
                    id_of(context, kind, name), kind, (one.call,),  # type: ignore[arg-type]
                    f"The share of “{context.text(one.call)}” calls from {context.label(one.caller)} to {whom} {what}.",
                    f"{whom} is not ours, and the call does not pass any machine of ours: only the client sees it",
                    Skeleton(None, "step = '…'", "outcome = 'success'", missing=("events sent by the app or page itself",)), is_client_only=True,
                )  # fmt: skip


def candidates_of_client(context: CandidateContext) -> Iterator[Candidate]:
    """Return one candidate that sees the journey from where the user is."""
    requests = [one for one in context.exchanges if one.kind == "request"]
    interactions = [one for one in context.exchanges if one.kind == "interaction"]
    others = [one for one in context.exchanges if one.kind == "third_party" and context.roles.role_of[one.caller] not in ("user", "client")]
    if not requests or not (interactions or others):
        return
    reasons = [
        f"{context.label(one.callee)} is not ours: it can refuse, hang or charge while our servers see a clean answer" for one in others
    ]
    reasons += ["what never reaches a server, and the app or page itself, is seen only there"] if interactions else []
    yield Candidate(
        id_of(context, "availability", "client"), "availability", tuple(one.call for one in requests),
        f"The share of times that people begin “{context.journey.name}” and get what they came for, as the app or page itself sees it.",
        "; ".join(dict.fromkeys(reasons)),
        Skeleton(None, "step = 'started'", "outcome = 'success'", missing=("events sent by the app or page itself",)), is_client_only=True,
    )  # fmt: skip
