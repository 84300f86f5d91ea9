"""What a call is named after: the same for all calls that ask for the same, whatever ids they carry."""

from __future__ import annotations

import re
from functools import lru_cache

from slo_workbench.journeys.traces.spans import Span

__all__ = ["LONGEST_NAME_CHARS", "fold_ids", "operation_of", "shortened"]

LONGEST_NAME_CHARS = 60
_VERBS = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
# An id as a whole: digits, a UUID, a long hexadecimal number, a date, an address with @, a long mix of letters and digits.
_WHOLE_ID = re.compile(
    r"\d+|\w{8}-\w{4}-\w{4}-\w{4}-\w{12}|(?=[a-f]*\d)[0-9a-f]{8,}|\d{4}-\d\d-\d\d\S*|[^\s@]+@[^\s@]+|(?=(?:[^\W\d]*\d){4})[^\W_]{12,}",
    re.IGNORECASE,
)
_ID_INSIDE = re.compile(
    r"\w{8}-\w{4}-\w{4}-\w{4}-\w{12}|(?<![^\W_])(?=[a-f]*\d)[0-9a-f]{8,}(?![^\W_])|(?<![^\W_])\d{3,}|\d{5,}", re.IGNORECASE
)
# What stands for any text in a route: "*path", "{proxy+}", ":path", "<path:rest>".
_WILDCARD = re.compile(r"\*+\w*|\{[^}]*\}|:\w+|<[^>]*>")
_STATEMENT = re.compile(r"\s*([a-z]+)\b(?:.*?\b(?:from|into|update|table|join)\s+[\"`\[]?([\w.$]+))?", re.IGNORECASE | re.DOTALL)
_STATEMENT_VERBS = frozenset((
    "ALTER", "BEGIN", "CALL", "COMMIT", "CREATE", "DEL", "DELETE", "DROP", "EXEC", "EXECUTE", "EXISTS", "EXPIRE", "GET", "GETITEM",
    "HGET", "HSET", "INCR", "INSERT", "LOCK", "MERGE", "MGET", "MSET", "PUTITEM", "QUERY", "REPLACE", "ROLLBACK", "SCAN", "SELECT",
    "SET", "TRUNCATE", "UPDATE", "UPSERT", "WITH",
))  # fmt: skip


@lru_cache(maxsize=65_536)
def fold_ids(text: str) -> str:
    """Return a path or name with ``{id}`` in place of what differs from call to call.

    Examples
    --------
    >>> fold_ids("/v2/orders/4711/lines/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed")
    '/v2/orders/{id}/lines/{id}'
    >>> fold_ids("/users/a.b@example.org/2024-05-01"), fold_ids("order-20240501 of shop7")
    ('/users/{id}/{id}', 'order-{id} of shop7')
    """
    return re.sub(r"[^/\s]+", lambda match: _folded_segment(match.group()), text)


def _folded_segment(segment: str) -> str:
    return "{id}" if _WHOLE_ID.fullmatch(segment) else _ID_INSIDE.sub("{id}", segment)


def shortened(text: str) -> str:
    """Return the text cut to the longest a name in a diagram may be.

    Examples
    --------
    >>> len(shortened("x" * 500)), shortened("GET /orders")
    (60, 'GET /orders')
    """
    return text if len(text) <= LONGEST_NAME_CHARS else text[: LONGEST_NAME_CHARS - 1].rstrip() + "…"


def operation_of(span: Span, answered_by: Span | None = None) -> str:
    """Return what is asked for: method and route, queue, statement and table, or the span's name; at most 60 characters.

    Parameters
    ----------
    span : Span
    answered_by : Span, optional
        The other side of the call, which often knows the route where the caller knows only the path.

    Examples
    --------
    >>> asked = Span(trace_id="a", span_id="1", kind="client", name="HTTP GET", method="GET", path="/orders/4711")
    >>> operation_of(asked)
    'GET /orders/{id}'
    >>> operation_of(asked, Span(trace_id="a", span_id="2", kind="server", name="show", route="/orders/:number"))
    'GET /orders/:number'
    >>> operation_of(Span(trace_id="a", span_id="3", db_system="mysql", db_statement="SELECT name FROM customers WHERE id = 7"))
    'SELECT customers'
    """
    sides = [side for side in (answered_by, span) if side is not None]
    http = _http_operation(sides)
    if http:
        return shortened(http)
    if span.db_system and (statement := _statement_operation(span.db_statement)):
        return shortened(statement)
    name = fold_ids(_without_query(next((side.name for side in sides if side.name), "")))
    destination = fold_ids(span.destination)
    if destination and destination not in name:
        name = f"{name} {destination}".strip()
    return shortened(name or span.method or span.kind or "call")


def _http_operation(sides: list[Span]) -> str:
    """Return method and the best path there is: a route, the path inside a name such as ``get /orders``, or the path of the request."""
    named = [_verb_and_path(side.name) for side in sides]
    method = next((side.method for side in sides if side.method), "") or next((verb for verb, _ in named if verb), "")
    routes = (side.route for side in sides)
    candidates = [*routes, *(path for _, path in named), *(side.path for side in sides)]
    path = next((path for path in candidates if re.search(r"[^\W\d_]", _WILDCARD.sub("", path))), next(filter(None, candidates), ""))
    if not path:
        return ""
    return f"{method} {fold_ids(_with_slash(_without_query(path)))}".strip()


def _verb_and_path(name: str) -> tuple[str, str]:
    verb, _, rest = name.partition(" ")
    if verb.upper() not in _VERBS:
        return "", ""
    return verb.upper(), rest if "/" in rest and " " not in rest else ""


def _without_query(text: str) -> str:
    return re.split(r"[?#;]", text, maxsplit=1)[0].rstrip() if "/" in text else text


def _with_slash(path: str) -> str:
    return path if path.startswith(("/", "*", "{", "^")) else f"/{path}"


def _statement_operation(statement: str) -> str:
    """Return verb and table of a statement; never its values."""
    match = _STATEMENT.match(statement)
    if not match or match.group(1).upper() not in _STATEMENT_VERBS:
        return ""
    return " ".join(filter(None, (match.group(1).upper(), fold_ids(match.group(2) or ""))))
