"""Candidates from work behind the requests: handed over, started by a clock, written to be kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slo_workbench.journeys.candidate import Candidate, CandidateContext, id_of, listed
from slo_workbench.journeys.coverage import is_write
from slo_workbench.journeys.exchanges import Exchange

__all__ = ["candidates_of_stores", "candidates_of_timetables", "candidates_of_work"]

MOST_WAYS = 8

_TELEMETRY = re.compile(r"\b(?:analytics|telemetry|tracking|heartbeats?|metrics|beacon|logs?|logging)\b", re.IGNORECASE)


def _chains(context: CandidateContext) -> dict[int, list[Exchange]]:
    """Return the chains of work that nobody waits for, by their first call; those that a clock starts are left out."""
    chains: dict[int, list[Exchange]] = {}
    for one in context.exchanges:
        asynchronous = [
            call for call in (one.call, *context.exchanges.ancestors(one.call)) if context.exchanges.by_call[call].is_asynchronous
        ]
        if asynchronous:
            chains.setdefault(asynchronous[-1], []).append(one)
    return chains


def candidates_of_work(context: CandidateContext) -> Iterator[Candidate]:
    """Freshness and coverage of what is handed over, from the first step to the one people wait for; more where the steps say so.

    Work that goes the same way is suggested once; where there are more than eight ways, once for whoever hands it over. What only measures
    the service itself, such as analytics, is left out.
    """
    ways: dict[tuple[str, str], list[list[Exchange]]] = {}
    for first, steps in _chains(context).items():
        begin = context.exchanges.by_call[first]
        if begin.kind != "schedule" and not _is_telemetry(context, begin):
            ways.setdefault((begin.caller, begin.callee), []).append(steps)
    if len(ways) > MOST_WAYS:
        by_caller: dict[tuple[str, str], list[list[Exchange]]] = {}
        for (caller, _), chains in ways.items():
            by_caller.setdefault((caller, ""), []).extend(chains)
        ways = by_caller
    for chains in ways.values():
        yield from _of_one_way(context, chains)


def _is_telemetry(context: CandidateContext, one: Exchange) -> bool:
    return bool(_TELEMETRY.search(f"{context.label(one.callee)} {context.text(one.call)}"))


def _of_one_way(context: CandidateContext, chains: Sequence[Sequence[Exchange]]) -> Iterator[Candidate]:
    ends = [end for steps in chains for end in _ends(context, steps)]
    calls = tuple(dict.fromkeys(end.call for end in ends))
    steps = [one for chain in chains for one in chain]
    begin = context.text(chains[0][0].call)
    texts = list(dict.fromkeys(context.text(end.call) for end in ends))
    told = " or ".join(f"“{text}”" for text in texts[:3]) + (" or others" if len(texts) > 3 else "")
    if calls == (chains[0][0].call,):
        told += f" to {context.label(chains[0][0].callee)}"
    if told == f"“{begin}”" and calls != (chains[0][0].call,):
        told += f" for {context.label(ends[0].callee)}"
    whole = f"of {told}" if calls == (chains[0][0].call,) or len(chains) > 1 else f"from “{begin}” to {told}"
    nobody = f"nobody waits for “{begin}”, so nobody gets an error when it does not happen"
    yield Candidate(
        id_of(context, "freshness"), "freshness", calls, f"The share of items that are done soon enough, {whole}.",
        f"{nobody}; people notice by waiting", context.work("freshness"),
    )  # fmt: skip
    yield Candidate(
        id_of(context, "coverage"), "coverage", calls, f"The share of items that are done at all, {whole}.",
        f"{nobody}; what gets lost is counted only by comparing both ends", context.work("coverage"),
    )  # fmt: skip
    work = [one for one in steps if one.kind == "work"]
    if work:
        yield _done_right(context, work[-1])
    if any(branch.word == "loop" for one in steps for branch in one.branches):
        yield Candidate(
            id_of(context, "throughput"), "throughput", calls, f"The share of minutes in which items were done as fast as they came, {whole}.",
            "it works through many items: when it falls behind, everybody waits longer", context.work("throughput"),
        )  # fmt: skip


def _ends(context: CandidateContext, steps: Sequence[Exchange]) -> list[Exchange]:
    """Return where a chain of work has done what people wait for.

    The first delivery, with its alternatives in other branches of the same choice; what happens only at times (``opt``) is no end. Without a
    delivery, the last write to a store, else the last hand-over.
    """
    certain = [one for one in steps if context.exchanges.is_certain(one.call)]
    deliveries = [one for one in certain if one.kind == "delivery"]
    # what reaches people counts before what is handed to a third party for them, and no receipt to whoever began it is what others wait for
    to_people = [one for one in deliveries if context.roles.role_of[one.callee] in ("user", "client")]
    deliveries = [one for one in to_people if one.callee != steps[0].caller] or to_people or deliveries
    if deliveries:
        first = deliveries[0]
        return [one for one in deliveries if one is first or _excludes(one, first)]
    writes = [one for one in certain if one.kind == "store" and is_write(one, context.diagram, context.roles)]
    asynchronous = [one for one in certain if one.is_asynchronous] or [one for one in steps if one.is_asynchronous]
    return [(writes or asynchronous)[-1]]


def _excludes(one: Exchange, other: Exchange) -> bool:
    """Whether two steps stand in different branches of one choice."""
    frames = {branch.frame: branch.section for branch in one.branches if branch.word in ("alt", "else")}
    return any(frames.get(branch.frame, branch.section) != branch.section for branch in other.branches)


def _done_right(context: CandidateContext, work: Exchange) -> Candidate:
    return Candidate(
        id_of(context, "correctness"), "correctness", (work.call,), f"The share of items for which “{context.text(work.call)}” gave the right result.",
        f"{context.label(work.callee)} makes something that can be wrong without any error", context.work("correctness"),
    )  # fmt: skip


def candidates_of_timetables(context: CandidateContext) -> Iterator[Candidate]:
    """Completion and coverage of what a clock starts, and whether its results are right and in time."""
    for first, steps in _chains(context).items():
        start = context.exchanges.by_call[first]
        if start.kind != "schedule":
            continue
        job = context.label(start.callee)
        yield Candidate(
            id_of(context, "completion"), "completion", (first,), f"The share of runs of {job} due that were finished in time.",
            f"{context.label(start.caller)} starts it and nobody looks: a run that never starts leaves no trace", context.work("completion"),
        )  # fmt: skip
        work = [one for one in steps if one.kind == "work"]
        outgoing = [one for one in steps if one.kind in ("delivery", "hand_over")]
        counted = (work or outgoing or [start])[-1]
        yield Candidate(
            id_of(context, "coverage"), "coverage", (counted.call,), f"The share of what {job} should work through that it did.",
            "a run can end well and leave half of its work undone", context.work("coverage"),
        )  # fmt: skip
        if work:
            yield _done_right(context, work[-1])
        if outgoing:
            yield Candidate(
                id_of(context, "freshness"), "freshness", (outgoing[-1].call,),
                f"The share of “{context.text(outgoing[-1].call)}” that leave {context.label(outgoing[-1].caller)} soon enough after they were due.",
                "who waits for it notices when it is late", context.work("freshness"),
            )  # fmt: skip


def candidates_of_stores(context: CandidateContext) -> Iterator[Candidate]:
    """Durability of what is written to be there later, store by store."""
    writes: dict[str, list[Exchange]] = {}
    for one in context.exchanges:
        if one.kind == "store" and is_write(one, context.diagram, context.roles):
            writes.setdefault(one.callee, []).append(one)
    for name, exchanges in writes.items():
        store, what = context.label(name), listed(list(dict.fromkeys(context.text(one.call) for one in exchanges)))
        yield Candidate(
            id_of(context, "durability"), "durability", tuple(one.call for one in exchanges),
            f"The share of what {what} put into {store} that can be read back.",
            f"it is written to {store} to be there later; a loss shows only when somebody looks", context.work("durability"),
        )  # fmt: skip
