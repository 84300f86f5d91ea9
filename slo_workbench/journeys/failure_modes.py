"""How each kind of exchange can fail, and which kind of SLI notices.

After the walk along the journey in "The Art of SLOs" (Google, CC BY 4.0): look for what no SLI sees, and write it down.
"""

from __future__ import annotations

from dataclasses import dataclass

from slo_workbench.document.sli_menu import SliKind
from slo_workbench.journeys.exchanges import ExchangeClass

__all__ = ["FAILURE_MODES", "MODES_OF", "FailureMode"]


@dataclass(frozen=True)
class FailureMode:
    """One way to fail.

    Parameters
    ----------
    id : str
    words : str
        What happens, as people say it.
    kinds : frozenset of SliKind
        The kinds of SLI whose good events it turns bad.
    only_from_outside : bool
        Whether nothing on the server's side can notice: only a prober or the client.
    remedy : str
        What would see it.
    """

    id: str
    words: str
    kinds: frozenset[SliKind]
    only_from_outside: bool
    remedy: str


def _mode(id: str, words: str, kinds: tuple[SliKind, ...], remedy: str, *, only_from_outside: bool = False) -> FailureMode:
    return FailureMode(id, words, frozenset(kinds), only_from_outside, remedy)


FAILURE_MODES: dict[str, FailureMode] = {
    mode.id: mode
    for mode in (
        _mode("broken", "the app or page itself does not work", ("availability", "quality", "completion"),
              "measured in the app, or by a prober that drives the page", only_from_outside=True),
        _mode("unreached", "never arrives: name, network, certificate, front end down", ("availability", "latency", "completion"),
              "a prober or the client: nobody else knows that it was sent", only_from_outside=True),
        _mode("answer-lost", "answered, but the answer does not come back", ("availability", "latency", "completion"),
              "the client: the server believes that all is well", only_from_outside=True),
        _mode("fails", "is answered with an error, or given up on", ("availability", "latency", "completion"), "availability of this request"),
        _mode("front-fails", "the front end answers with an error of its own, or gives up waiting", ("availability", "latency", "completion"),
              "availability, measured at the front end or before it"),
        _mode("slow", "is answered too late", ("latency",), "latency of this request"),
        _mode("wrong", "is answered, but wrong, stale or incomplete", ("quality", "correctness"),
              "quality, where the answer is marked; else correctness, by a prober that knows the right answer"),
        _mode("lost", "is handed over and never done", ("coverage", "completion", "freshness"),
              "coverage: count at both ends, what went in and what came out"),
        _mode("late", "is done too late", ("freshness", "throughput", "latency"), "freshness: from the hand-over to the end"),
        _mode("stuck", "fails, or never ends", ("availability", "latency", "coverage", "freshness", "completion"),
              "what is counted at the end: availability of the request, or coverage of the work"),
        _mode("done-wrong", "is done wrongly or twice", ("correctness", "quality"), "correctness: compare a sample with the right result"),
        _mode("not-started", "does not start when it is due", ("completion",),
              "completion: count the runs that were due, for a run that never starts leaves no row"),
        _mode("unfinished", "starts and leaves part of the work undone", ("coverage", "completion"), "coverage of its rows, or completion of the run"),
        _mode("forgotten", "is stored and cannot be read later", ("durability",), "durability: read back what was written, by a prober"),
    )
}  # fmt: skip

MODES_OF: dict[ExchangeClass, tuple[str, ...]] = {
    "interaction": ("broken",),
    "request": ("unreached", "fails", "slow", "wrong", "answer-lost"),
    "third_party": ("fails", "slow", "wrong"),
    "internal": ("fails", "slow", "wrong"),
    "store": ("fails", "slow", "wrong"),
    "hand_over": ("lost", "late", "done-wrong"),
    "delivery": ("lost", "late", "done-wrong"),
    "schedule": ("not-started", "unfinished", "late"),
    "work": ("stuck", "done-wrong"),
}
"""The failure modes of each class of exchange; a write to a store can be forgotten, too."""
