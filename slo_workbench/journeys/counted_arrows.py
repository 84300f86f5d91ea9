"""Which arrows of the diagram an indicator counts: those it names, or those whose route its predicate lets through."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.document.model import Indicator
from slo_workbench.journeys.sequence import Diagram, Message
from slo_workbench.sources.predicate_truth import literals_compared, truth_of
from slo_workbench.sources.predicates import ParsedExpression, PredicateError, parse_expression

__all__ = ["Endpoint", "counted_arrows", "endpoint_in", "folded_route"]

_ENDPOINT = re.compile(
    r"(?:\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b[ \t]*)?(?:https?://[^\s/,;()\"'<>]+|(?<![\w/ ])|(?<=\s))(/[^\s,;()\"'<>]*)",
    re.IGNORECASE,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_IDENTIFIER = re.compile(r"\{[^{}/]*\}|:[A-Za-z_]\w*|<[^<>/]*>|%7B[^/]*%7D|\d+|[0-9a-f]{8}-[0-9a-f-]{27,}", re.IGNORECASE)
_NO_ROUTE = "\0"


@dataclass(frozen=True)
class Endpoint:
    """What a message asks for: the method, upper case or empty, and the path without its query."""

    method: str
    route: str

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.method} {self.route}".strip()


def endpoint_in(text: str) -> Endpoint | None:
    """Return the method and path that stand in the text of a message.

    Examples
    --------
    >>> endpoint_in("POST /orders?dry=1 with the held seats")
    Endpoint(method='POST', route='/orders')
    >>> endpoint_in("GET https://api.example.org/seats")
    Endpoint(method='GET', route='/seats')
    >>> endpoint_in("order for held seats") is None, endpoint_in("search / filter") is None
    (True, True)
    """
    found = next((match for match in _ENDPOINT.finditer(text) if match.group(1) or len(match.group(2)) > 1), None)
    if found is None:
        return None
    route = found.group(2).partition("?")[0].partition("#")[0].rstrip(".:!")
    return Endpoint((found.group(1) or "").upper(), route.rstrip("/") or "/")


def folded_route(route: str) -> str:
    """Return a path with everything that stands for an id written alike.

    Examples
    --------
    >>> folded_route("/seatmap/{event_id}") == folded_route("/seatmap/:id") == folded_route("/seatmap/4711")
    True
    """
    return "/".join("{}" if _IDENTIFIER.fullmatch(part) else part for part in route.rstrip("/").lower().split("/"))


def counted_arrows(indicator: Indicator, diagram: Diagram) -> tuple[tuple[int, ...], tuple[Finding, ...]]:
    r"""Return the positions of the messages an indicator counts.

    Arrows that the indicator names (``arrows:``) are taken by their text, whatever the case. Without, a message counts when its text
    holds a path that the predicate `valid` lets through while it refuses others.

    Returns
    -------
    positions : tuple of int
    findings : tuple of Finding
        A named arrow that is not there; an indicator that counts no arrow.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> diagram, _ = parse_diagram("sequenceDiagram\n Fan->>Shop: GET /shows\n Fan->>Shop: POST /orders")
    >>> orders = Indicator(id="orders", journey="buy", kind="availability", specification="", measured_at="server_log", source="log",
    ...                    valid="route = '/orders' and client = 'web'", good="status < 500")
    >>> counted_arrows(orders, diagram)[0]
    (1,)
    """
    calls = [(number, message) for number, message in enumerate(diagram.messages) if not message.is_reply]
    if indicator.arrows:
        return _named(indicator, calls)
    found = tuple(number for number, message in calls if _lets_through(indicator.valid, message))
    if found:
        return found, ()
    hint = f"name them: arrows: ['{_flat(calls[0][1].text)}'], by their text in the diagram" if calls else "draw the journey first"
    message = f"no arrow of the diagram is known to be counted by {indicator.id!r}"
    return (), (Finding("indicator-on-no-arrow", message, severity="note", where=indicator.id, hint=hint),)


def _named(indicator: Indicator, calls: list[tuple[int, Message]]) -> tuple[tuple[int, ...], tuple[Finding, ...]]:
    texts = {_flat(message.text).casefold(): _flat(message.text) for _, message in calls}
    wanted = [_flat(text) for text in indicator.arrows]
    findings = tuple(
        Finding("unknown-arrow", f"the diagram has no arrow {text!r}", severity="warning", where=f"{indicator.id}.arrows", hint=nearest_hint(text, texts.values()))
        for text in wanted if text.casefold() not in texts
    )  # fmt: skip
    names = {text.casefold() for text in wanted}
    return tuple(number for number, message in calls if _flat(message.text).casefold() in names), findings


def _flat(text: str) -> str:
    return " ".join(text.split())


def _lets_through(valid: str, message: Message) -> bool:
    endpoint = endpoint_in(message.text)
    if endpoint is None:
        return False
    try:
        parsed = parse_expression(valid)
    except PredicateError:
        return False  # said elsewhere
    texts = literals_compared(parsed)
    methods = {column: endpoint.method for column, values in texts.items() if endpoint.method and {v.upper() for v in values} & _METHODS}
    return any(_asks_for(parsed, column, endpoint.route, values, methods) for column, values in texts.items())


def _asks_for(parsed: ParsedExpression, column: str, route: str, values: frozenset[str], methods: dict[str, str]) -> bool:
    """Whether the predicate accepts the route, in the spelling it uses itself, and refuses routes that are none."""
    spellings = [route, *(value for value in values if folded_route(value) == folded_route(route))]
    if truth_of(parsed, {column: _NO_ROUTE}) is not False:
        return False
    return any(truth_of(parsed, {column: spelling, **methods}) is not False for spelling in spellings)
