"""What the chosen SLIs see of a journey: arrow by arrow, failure mode by failure mode, branch by branch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from slo_workbench.document.findings import Finding
from slo_workbench.document.model import Indicator
from slo_workbench.document.sli_menu import SliKind
from slo_workbench.journeys.branches import branches_that_hide
from slo_workbench.journeys.counted_arrows import counted_arrows
from slo_workbench.journeys.exchanges import Exchange, Exchanges, read_exchanges
from slo_workbench.journeys.failure_modes import FAILURE_MODES, MODES_OF, FailureMode
from slo_workbench.journeys.roles import Roles
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.sources.predicates import PredicateError, columns_in, parse_expression

__all__ = ["Coverage", "ModeCoverage", "Sight", "cover_journey", "is_write"]

Sight = Literal["counts", "through"]
_WRITES = re.compile(
    r"(?:write|insert|save|store|put|update|append|record|persist|upload|create|hold|reserve|book|index|bulk|writes|inserts|saves|updates|creates)\b",
    re.IGNORECASE,
)
_IS_CACHE = re.compile(r"\b(?:cache|redis|memcached?)\b", re.IGNORECASE)
_CAN_BE_HIDDEN = ("fails", "slow")
_FROM_OUTSIDE = ("prober", "client")
# In a chain of work that nobody waits for, a call that fails or dawdles shows at the end: work is missing, or late.
_IN_A_CHAIN: dict[str, frozenset[SliKind]] = {"fails": frozenset({"coverage", "freshness"}), "slow": frozenset({"freshness"})}


@dataclass(frozen=True)
class ModeCoverage:
    """One way in which one arrow can fail, and who sees it.

    Parameters
    ----------
    call : int
        Position of the message.
    mode : FailureMode
    counts, through : tuple of str
        Ids of the indicators that count the arrow itself, and of those that see it in the answer to another one.
    hidden_by : str
        A branch that answers all the same, such as ``else origin down``: then the failure need not show in the answer.
    """

    call: int
    mode: FailureMode
    counts: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    hidden_by: str = ""

    @property
    def is_seen(self) -> bool:
        """Whether any indicator sees it."""
        return bool(self.counts or self.through)


@dataclass(frozen=True)
class Coverage:
    """What a set of indicators sees of one diagram."""

    diagram: Diagram
    roles: Roles
    exchanges: Exchanges
    counted: dict[str, tuple[int, ...]]
    modes: tuple[ModeCoverage, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def gaps(self) -> tuple[ModeCoverage, ...]:
        """What no indicator sees."""
        return tuple(mode for mode in self.modes if not mode.is_seen)

    @cached_property
    def blind(self) -> frozenset[int]:
        """Messages of which no indicator sees anything: calls of which every mode is a gap, and the answers to such calls alone."""
        seen = {mode.call for mode in self.modes if mode.is_seen}
        calls = {call for call in self.exchanges.by_call if call not in seen}
        return frozenset(calls | {reply for reply, answered in self.exchanges.reply_of.items() if calls.issuperset(answered)})

    def counting(self, call: int) -> tuple[str, ...]:
        """Return the ids of the indicators that count a call."""
        return tuple(id for id, calls in self.counted.items() if call in calls)

    def seeing_through(self, call: int) -> tuple[str, ...]:
        """Return the ids of the indicators that see a call only through another one."""
        ids = dict.fromkeys(id for mode in self.modes if mode.call == call for id in mode.through)
        return tuple(id for id in ids if id not in self.counting(call))

    def when_fails(self, participant: str) -> tuple[ModeCoverage, ...]:
        """Return what becomes of the calls to a participant that is down or slow: which modes those are, and who sees them."""
        return tuple(
            mode for mode in self.modes if self.exchanges.by_call[mode.call].callee == participant and mode.mode.id not in _NOT_WHEN_DOWN
        )


_NOT_WHEN_DOWN = ("wrong", "done-wrong", "forgotten", "answer-lost")


def cover_journey(diagram: Diagram, roles: Roles, indicators: Sequence[Indicator], *, exchanges: Exchanges | None = None) -> Coverage:
    r"""Tell what indicators see of a journey.

    An indicator *counts* an arrow when its measuring point stands at it. It sees others *through* it: a call that is made to answer a
    counted one fails or delays that answer; of work handed over step by step, an indicator that counts the last step sees whether all
    steps before it were done, and how late. What never reaches the measuring point it cannot see, nor an answer that gets lost behind it:
    for that it takes a prober or the client.

    Whether a failure further in really shows outside depends on what the service does about it. Where a branch says that it answers all
    the same (``else origin down``), only quality and correctness see it. Of the rest a diagram cannot tell; that is what replaying
    incidents is for (:mod:`slo_workbench.analysis.incident_replay`).

    Parameters
    ----------
    diagram : Diagram
    roles : Roles
    indicators : sequence of Indicator
    exchanges : Exchanges, optional
        Those of the diagram, where they are read already.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>Shop: POST /orders\n Shop->>Bank: pay\n Shop-)Mail queue: sold")
    >>> orders = Indicator(id="orders", journey="buy", kind="availability", specification="", measured_at="load_balancer", source="log",
    ...                    valid="route = '/orders'", good="status < 500")
    >>> coverage = cover_journey(diagram, read_roles(diagram), [orders])
    >>> [(one.call, one.mode.id) for one in coverage.modes if one.is_seen]
    [(0, 'fails'), (1, 'fails')]
    >>> sorted(coverage.blind)
    [2]
    """
    exchanges = exchanges or read_exchanges(diagram, roles)
    hiding = branches_that_hide(diagram, exchanges)
    findings = [*roles.findings, *exchanges.findings]
    counted: dict[str, tuple[int, ...]] = {}
    views = []
    for indicator in indicators:
        calls, odd = counted_arrows(indicator, diagram)
        calls = calls if indicator.arrows else _outermost(calls, exchanges)
        findings += odd
        views.append(_View(indicator, exchanges, roles, calls, hiding))
        counted[indicator.id] = views[-1].calls
    modes = tuple(
        _cover_mode(exchange, mode, views, hiding.get(exchange.call, ""))
        for exchange in exchanges
        for mode in _modes_of(exchange, exchanges, diagram, roles)
    )
    return Coverage(diagram, roles, exchanges, counted, modes, tuple(findings))


def _cover_mode(exchange: Exchange, mode: FailureMode, views: Sequence[_View], hidden_by: str) -> ModeCoverage:
    sights = {view.indicator.id: view.sight(exchange, mode) for view in views}
    counts, through = (tuple(id for id, sight in sights.items() if sight == how) for how in ("counts", "through"))
    return ModeCoverage(exchange.call, mode, counts, through, hidden_by if mode.id in _CAN_BE_HIDDEN else "")


def _outermost(calls: Sequence[int], exchanges: Exchanges) -> tuple[int, ...]:
    """Leave out calls that are made to answer another of them: a request passed on under the same path is counted once."""
    return tuple(call for call in calls if not set(exchanges.waiting(call)) & set(calls))


def _modes_of(exchange: Exchange, exchanges: Exchanges, diagram: Diagram, roles: Roles) -> list[FailureMode]:
    ids = list(MODES_OF[exchange.kind])
    if roles.role_of[exchange.callee] == "edge" and any(one.parent == exchange.call for one in exchanges):
        # what fails behind it is told of what is passed on
        ids = ["front-fails" if id == "fails" else id for id in ids]
    from_outside = roles.role_of[exchange.caller] in ("user", "client")
    if exchange.kind == "third_party" and from_outside:
        ids = ["unreached", *ids]
    if is_write(exchange, diagram, roles):
        ids.append("forgotten")
    return [FAILURE_MODES[id] for id in ids]


def is_write(exchange: Exchange, diagram: Diagram, roles: Roles) -> bool:
    """Whether an exchange puts something into a store that should be there later; what goes into a cache need not be."""
    label = next(person.shown for person in diagram.participants if person.name == exchange.callee)
    is_kept = roles.role_of[exchange.callee] == "store" and not _IS_CACHE.search(label)
    return is_kept and bool(_WRITES.match(exchange.message.text.strip()))


class _View:
    """What one indicator sees from where it is measured."""

    def __init__(self, indicator: Indicator, exchanges: Exchanges, roles: Roles, calls: Sequence[int], hiding: Mapping[int, str]) -> None:
        self.indicator = indicator
        self.exchanges = exchanges
        self.roles = roles
        self.hiding = hiding
        self.calls = tuple(dict.fromkeys(here for call in calls for here in _where_counted(indicator, call, exchanges, roles)))
        self.from_outside = indicator.measured_at in _FROM_OUTSIDE
        self.tells_by_status = indicator.kind == "correctness" and _only_status(indicator.good)

    def sight(self, exchange: Exchange, mode: FailureMode) -> Sight | None:
        """Return how a failure of this kind is seen, ``None`` when it is not."""
        if mode.id in _CAN_BE_HIDDEN and exchange.call in self.hiding and exchange.call not in self.calls:
            # it is answered all the same, and can only be second best
            return "through" if self.indicator.kind in ("quality", "correctness") and self._waits_for(exchange) else None
        chain = _chain_of(self.exchanges, exchange.call)
        kinds = mode.kinds | (_IN_A_CHAIN.get(mode.id, frozenset()) if chain is not None else frozenset())
        if self.indicator.kind not in kinds or (mode.only_from_outside and not self.from_outside):
            return None
        if exchange.call in self.calls:
            return "counts"
        if mode.id == "wrong" and self.tells_by_status:
            return None  # a 409 says that what was shown is no longer so, and nothing of other wrong answers further in
        if self._waits_for(exchange):
            return None if mode.id == "unreached" else "through"
        if mode.id == "wrong" and self._is_passed_on(exchange):
            return "through"
        if exchange.kind == "interaction" and any(exchange.call in self.exchanges.ancestors(call) for call in self.calls):
            return "through"
        is_before = any(exchange.call < call and _chain_of(self.exchanges, call) == chain for call in self.calls)
        return "through" if chain is not None and is_before else None

    def _waits_for(self, exchange: Exchange) -> bool:
        """Whether a counted call cannot be answered well without this one."""
        waiting = self.exchanges.waiting(exchange.call)
        return any(call in waiting for call in self.calls)

    def _is_passed_on(self, exchange: Exchange) -> bool:
        """Whether the front end hands on the answer to a counted call, as it is."""
        by_call = self.exchanges.by_call
        return self.roles.role_of[exchange.callee] == "edge" and any(by_call[call].parent == exchange.call for call in self.calls)


def _only_status(good: str) -> bool:
    try:
        return {column.lower() for column in columns_in(parse_expression(good))} == {"status"}
    except PredicateError:
        return False


def _where_counted(indicator: Indicator, call: int, exchanges: Exchanges, roles: Roles) -> tuple[int, ...]:
    """Return the calls that the measuring point stands at: behind a load balancer the service sees only what is passed on to it."""
    exchange = exchanges.by_call[call]
    if indicator.measured_at in ("server_log", "application_metric") and roles.role_of[exchange.callee] == "edge":
        passed_on = tuple(one.call for one in exchanges if one.parent == call and one.caller == exchange.callee)
        return passed_on or (call,)
    return (call,)


def _chain_of(exchanges: Exchanges, call: int) -> int | None:
    """Return the first call that nobody waited for on the way to this one; ``None`` when somebody waits all the way."""
    asynchronous = [one for one in (call, *exchanges.ancestors(call)) if exchanges.by_call[one].is_asynchronous]
    return asynchronous[-1] if asynchronous else None
