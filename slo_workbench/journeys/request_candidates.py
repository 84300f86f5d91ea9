"""Candidates from requests: what users and their devices ask for and wait for, and what only they can see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slo_workbench.journeys.candidate import Candidate, CandidateContext, id_of, listed, short_name
from slo_workbench.journeys.counted_arrows import Endpoint, endpoint_in
from slo_workbench.journeys.exchanges import Exchange
from slo_workbench.journeys.predicate_skeleton import Skeleton
from slo_workbench.journeys.request_predicates import request_skeleton

__all__ = ["candidates_of_client", "candidates_of_requests", "candidates_of_third_parties"]

_CONFLICT = re.compile(r"(?<!\d)(409|410|412)(?!\d)")
_MAY_BE_STALE = re.compile(r"\b(?:degraded|stale|old|fallback|partial|default|cached?|out of date)\b", re.IGNORECASE)
MOST_REQUESTS_APART = 4


def candidates_of_requests(context: CandidateContext) -> Iterator[Candidate]:
    """Availability of all requests together and of each, latency, and quality and correctness where the diagram hints at them."""
    requests = [one for one in context.exchanges if one.kind == "request"]
    if len(requests) > 1:
        yield _availability(context, requests)
    apart = requests if len(requests) <= MOST_REQUESTS_APART else []
    for one in apart:
        name = [short_name(context, one)] if len(requests) > 1 else []
        yield _availability(context, [one], *name)
        yield _latency(context, one, *name)
    for one in apart:
        name = [short_name(context, one)] if len(requests) > 1 else []
        yield from _quality(context, one, *name)
        yield from _correctness(context, one, *name)


def _endpoints(exchanges: Sequence[Exchange]) -> list[Endpoint]:
    """Return what is asked for; nothing when one of the arrows names no path, for then the rows cannot be told."""
    found = [endpoint_in(one.message.text) for one in exchanges]
    return [one for one in found if one is not None] if all(found) else []


def _told(context: CandidateContext, exchanges: Sequence[Exchange]) -> str:
    names = [endpoint.shown if (endpoint := endpoint_in(one.message.text)) else f"“{context.text(one.call)}”" for one in exchanges]
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _availability(context: CandidateContext, exchanges: Sequence[Exchange], *name: str) -> Candidate:
    first = exchanges[0]
    asks = f"{context.label(first.caller)} asks {context.label(first.callee)} and waits: without an answer the journey stops"
    together = "; they are counted together, so the most frequent one hides the others" if len(exchanges) > 1 else ""
    specification = f"The share of {_told(context, exchanges)} requests that are answered without an error or a refusal."
    skeleton = request_skeleton("availability", _endpoints(exchanges), context.shapes)
    return Candidate(
        id_of(context, "availability", *name),
        "availability",
        tuple(one.call for one in exchanges),
        specification,
        asks + together,
        skeleton,
    )


def _latency(context: CandidateContext, one: Exchange, *name: str) -> Candidate:
    behind = [other for other in context.exchanges if one.call in context.exchanges.waiting(other.call)]
    waits = f"; it waits for {listed([context.text(other.call) for other in behind])}" if behind else ""
    specification = f"The share of {_told(context, [one])} requests that are answered well, and soon enough."
    return Candidate(
        id_of(context, "latency", *name), "latency", (one.call,), specification, f"{context.label(one.caller)} waits for the answer{waits}",
        request_skeleton("latency", _endpoints([one]), context.shapes),
    )  # fmt: skip


def _quality(context: CandidateContext, one: Exchange, *name: str) -> Iterator[Candidate]:
    inside = _inside(context, one)
    hints = [text for text in inside if _MAY_BE_STALE.search(text)]
    if hints:
        specification = f"The share of {_told(context, [one])} answers that are the full, fresh answer and not second best."
        reason = f"the diagram says {listed(hints)}: an answer can be good enough to be 200 and still be second best"
        skeleton = request_skeleton("quality", _endpoints([one]), context.shapes)
        yield Candidate(id_of(context, "quality", *name), "quality", (one.call,), specification, reason, skeleton)


def _inside(context: CandidateContext, one: Exchange) -> list[str]:
    """Return the texts of what happens until a request is answered, conditions of branches included."""
    exchanges = context.exchanges
    within = [other for other in exchanges if one.call in exchanges.waiting(other.call)]
    numbers = sorted({number for other in [one, *within] for number in (other.call, *other.replies)} - {one.call})
    labels = [branch.label for number in numbers for branch in exchanges.branches_of[number]]
    return list(dict.fromkeys([*(context.text(number) for number in numbers), *filter(None, labels)]))


def _correctness(context: CandidateContext, one: Exchange, *name: str) -> Iterator[Candidate]:
    for reply in one.replies:
        found = _CONFLICT.search(context.text(reply))
        if found:
            status = int(found.group(1))
            specification = (
                f"The share of answered {_told(context, [one])} requests for which what was shown before still held (no {status})."
            )
            reason = f"“{context.text(reply)}” tells people that what they were shown is no longer so"
            skeleton = request_skeleton("correctness", _endpoints([one]), context.shapes, conflict=status)
            yield Candidate(id_of(context, "correctness", *name), "correctness", (one.call,), specification, reason, skeleton)
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
    what = listed([context.text(one.call) for one in interactions]) or context.journey.name
    yield Candidate(
        id_of(context, "availability", "client"), "availability", tuple(one.call for one in requests),
        f"The share of times that people set out to do {what} and get what they came for, as the app or page itself sees it.",
        "; ".join(dict.fromkeys(reasons)),
        Skeleton(None, "step = 'started'", "outcome = 'success'", missing=("events sent by the app or page itself",)), is_client_only=True,
    )  # fmt: skip
