"""Candidates from work behind the requests: handed over, started by a clock, written to be kept."""

from __future__ import annotations

from collections.abc import Iterator

from slo_workbench.journeys.candidate import Candidate, CandidateContext, id_of
from slo_workbench.journeys.coverage import is_write
from slo_workbench.journeys.exchanges import Exchange

__all__ = ["candidates_of_stores", "candidates_of_timetables", "candidates_of_work"]


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
    """Freshness and coverage of what is handed over, from the first step to the last; more where the steps say so."""
    for first, steps in _chains(context).items():
        if context.exchanges.by_call[first].kind == "schedule":
            continue
        last = [one for one in steps if one.is_asynchronous][-1]
        begin, end = context.text(first), context.text(last.call)
        whole = f"from “{begin}” to “{end}”" if last.call != first else f"of “{begin}”"
        nobody = f"nobody waits for “{begin}”, so nobody gets an error when it does not happen"
        yield Candidate(
            id_of(context, "freshness"), "freshness", (last.call,), f"The share of items that are done soon enough, {whole}.",
            f"{nobody}; people notice by waiting", context.work("freshness"),
        )  # fmt: skip
        yield Candidate(
            id_of(context, "coverage"), "coverage", (last.call,), f"The share of items that are done at all, {whole}.",
            f"{nobody}; what gets lost is counted only by comparing both ends", context.work("coverage"),
        )  # fmt: skip
        work = [one for one in steps if one.kind == "work"]
        if work:
            yield _done_right(context, work[-1])
        if any(branch.word == "loop" for one in steps for branch in one.branches):
            yield Candidate(
                id_of(context, "throughput"), "throughput", (last.call,), f"The share of minutes in which items were done as fast as they came, {whole}.",
                "it works through many items: when it falls behind, everybody waits longer", context.work("throughput"),
            )  # fmt: skip


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
    """Durability of what is written to be there later."""
    for one in context.exchanges:
        if one.kind == "store" and is_write(one, context.diagram, context.roles):
            store = context.label(one.callee)
            yield Candidate(
                id_of(context, "durability"), "durability", (one.call,), f"The share of what “{context.text(one.call)}” put into {store} that can be read back.",
                f"it is written to {store} to be there later; a loss shows only when somebody looks", context.work("durability"),
            )  # fmt: skip
