"""Who takes part in a call: services, databases, queues, and the caller outside."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from slo_workbench.journeys.traces.operations import fold_ids, shortened
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.journeys.traces.tags import KNOWN_BROKERS, KNOWN_DATABASES

__all__ = ["CALLER", "AddressBook", "Party", "PartyKind", "database_of", "make_address_book", "queue_of", "service_of"]

PartyKind = Literal["participant", "actor", "database", "queue"]
_LOCAL = re.compile(r"(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]*::?[0-9a-f:]*\]?)(?::\d+)?", re.IGNORECASE)


class Party(NamedTuple):
    """One lifeline: its name, and the kind of thing it is."""

    name: str
    kind: PartyKind = "participant"


CALLER = Party("Caller", "actor")


def service_of(span: Span) -> Party:
    """Return the service that the span ran in.

    Examples
    --------
    >>> service_of(Span(trace_id="a", span_id="1", service="shop")).name
    'shop'
    """
    return Party(shortened(span.service or "unknown service"))


def queue_of(span: Span) -> Party:
    """Return the queue or topic that the span sent to or received from.

    Examples
    --------
    >>> queue_of(Span(trace_id="a", span_id="1", kind="producer", messaging_system="kafka", destination="orders"))
    Party(name='kafka orders', kind='queue')
    """
    system = span.messaging_system or span.peer
    destination = fold_ids(span.destination)
    name = destination if system and system.lower() in destination.lower() else f"{system} {destination}".strip()
    return Party(shortened(name or span.address or f"queue of {service_of(span).name}"), "queue")


def database_of(span: Span) -> Party | None:
    """Return the database that the span called; ``None`` when it says nothing of one.

    Examples
    --------
    >>> database_of(Span(trace_id="a", span_id="1", db_system="postgresql", db_name="orders", address="10.0.0.7:5432"))
    Party(name='orders', kind='database')
    """
    peer = span.peer
    if not span.db_system and peer.lower() not in KNOWN_DATABASES:
        return None
    own_service = peer == span.service
    named = peer if peer and not own_service else span.db_name or peer
    address = "" if _LOCAL.fullmatch(span.address) else span.address
    return Party(shortened(fold_ids(named) or _host(address) or span.db_system), "database")


@dataclass(frozen=True)
class AddressBook:
    """Which service answers under a name or address, as the calls with both sides show."""

    services: Mapping[str, str]
    known_services: frozenset[str]

    def callee_of(self, span: Span) -> tuple[Party, bool]:
        """Return whom a calling span called, and whether that is known at all.

        Examples
        --------
        >>> book = AddressBook({"localhost:8083": "stock"}, frozenset({"stock"}))
        >>> book.callee_of(Span(trace_id="a", span_id="1", service="shop", kind="client", address="localhost:8083"))
        (Party(name='stock', kind='participant'), True)
        >>> book.callee_of(Span(trace_id="a", span_id="2", service="shop", kind="client"))
        (Party(name='unknown peer of shop', kind='participant'), False)
        """
        database = database_of(span)
        if database:
            return database, True
        if span.messaging_system or span.peer.lower() in KNOWN_BROKERS:
            return queue_of(span), True
        name = span.peer or span.address
        if name and name not in self.known_services:
            name = self.services.get(name, name)
        if name:
            return Party(shortened(_host(name))), True
        return Party(shortened(f"unknown peer of {service_of(span).name}")), False

    def has_learned(self, span: Span) -> bool:
        """Whether the callee's name comes from other calls to the same address."""
        name = span.peer or span.address
        return name in self.services and name not in self.known_services


def _host(name: str) -> str:
    """Return a host's name without the numbers of one machine among many, such as in ``pod-7f9c4d8b66``; its port is kept."""
    if _LOCAL.fullmatch(name):
        return name
    host, colon, port = name.partition(":")
    return fold_ids(host) + colon + port


def make_address_book(answered: Iterable[tuple[Span, Span]]) -> AddressBook:
    """Learn names and addresses from calls of which both sides are known; an address with two answering services is left out."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    services: set[str] = set()
    for client, server in answered:
        services.add(server.service)
        for name in filter(None, (client.peer, client.address)):
            seen[name][server.service] += 1
    unanimous = {name: next(iter(found)) for name, found in seen.items() if len(found) == 1 and next(iter(found))}
    return AddressBook(unanimous, frozenset(services))
