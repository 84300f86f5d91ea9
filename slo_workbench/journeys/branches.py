"""What the branches of a diagram tell: the status an answer names, and which failures a branch answers all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slo_workbench.journeys.exchanges import Branch, Exchange, Exchanges
from slo_workbench.journeys.sequence import Diagram

__all__ = ["MAY_BE_SECOND_BEST", "branches_that_hide", "messages_in_branches", "status_in"]

# At the beginning only, and not before a plural: "409 choose others" is a status, "order 410" and "500 products" are none.
_STATUS = re.compile(
    r"\s*(?:HTTP(?:/[\d.]+)?\s*:?\s*|status(?: code)?\s*[:=]?\s*)?([1-5]\d\d)\b(?![.,]\d)(?!\s+\w+s\b)(?!\s*(?:m|km|ms|s|h|g|kg|%|€|\$)\b)",
    re.I,
)
_KNOWN = frozenset(
    [*range(100, 104), *range(200, 209), 226, *range(300, 309), *range(400, 419), *range(421, 427), 428, 429, 431, 451, 499, *range(500, 512), *range(520, 528)]
)  # fmt: skip
MAY_BE_SECOND_BEST = re.compile(
    r"\b(?:degraded|stale|fall-?back|partial(?:ly)?|incomplete|out of date|second best)\b"
    r"|\b(?:old|cached|default|previous)\s+(?:\w+\s+)?(?:list|copy|value|results?|version|answer|page|data|prices?|image|response)\b",
    re.IGNORECASE,
)
"""Words by which a diagram says that an answer can be good enough to be sent and still not be the full, fresh one."""
_FAILED = re.compile(
    r"\b(?:down|time-?out|timed out|times out|fail\w*|error|unavailable|unreachable|offline|no answer|broken|slow)\b", re.IGNORECASE
)
_CHOICES = ("alt", "else", "opt", "break", "critical", "option")


def status_in(text: str) -> int | None:
    """Return the HTTP status that an answer's text begins with.

    Examples
    --------
    >>> status_in("409 choose others"), status_in("HTTP 503"), status_in("201 order 410")
    (409, 503, 201)
    >>> status_in("order 410"), status_in("500 products, all old"), status_in("410 m")
    (None, None, None)
    """
    found = _STATUS.match(text)
    return int(found.group(1)) if found and int(found.group(1)) in _KNOWN else None


def messages_in_branches(exchanges: Exchanges) -> dict[Branch, tuple[int, ...]]:
    """Return the messages of every branch of a choice, in the order of the diagram; loops and parallel parts are none."""
    found: dict[Branch, list[int]] = {}
    for number, branches in exchanges.branches_of.items():
        for branch in branches:
            if branch.word in _CHOICES:
                found.setdefault(branch, []).append(number)
    return {branch: tuple(numbers) for branch, numbers in found.items()}


def branches_that_hide(diagram: Diagram, exchanges: Exchanges) -> Mapping[int, str]:
    r"""Return the calls whose failure a branch answers all the same, with that branch.

    A branch hides a call's failure when its condition tells of one (``else timeout``) or its texts of an answer that is second best, when
    it answers somebody who waits for the call, with a status below 400 or none, and when it does not make the call itself.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.exchanges import read_exchanges
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor U\n U->>Shop: GET /\n Shop->>Prices: price\n alt known\n Prices-->>Shop: 5\n"
    ...                            " Shop-->>U: 200\n else timeout\n Shop-->>U: 200 default price\n end")
    >>> dict(branches_that_hide(diagram, read_exchanges(diagram, read_roles(diagram))))
    {1: 'else timeout'}
    """
    found: dict[int, str] = {}
    for branch, numbers in messages_in_branches(exchanges).items():
        texts = [branch.label, *(diagram.messages[number].shown for number in numbers)]
        if not (_FAILED.search(branch.label) or any(MAY_BE_SECOND_BEST.search(text) for text in texts)):
            continue
        answered = {
            call
            for number in numbers
            if (status_in(diagram.messages[number].shown) or 200) < 400
            for call in exchanges.reply_of.get(number, ())
        }
        for exchange in exchanges:
            if exchange.call not in answered and exchange.call < numbers[-1] and _is_hidden(exchange, branch, numbers, answered, exchanges):
                found.setdefault(exchange.call, branch.shown)
    return found


def _is_hidden(exchange: Exchange, branch: Branch, numbers: tuple[int, ...], answered: set[int], exchanges: Exchanges) -> bool:
    """Whether somebody who waits for the call is answered in the branch, which goes another way."""
    goes_there_too = any(exchanges.by_call[number].callee == exchange.callee for number in numbers if number in exchanges.by_call)
    waits = bool(answered & set(exchanges.waiting(exchange.call)))
    return waits and exchange.call not in numbers and not goes_there_too and _meets(exchange, branch)


def _meets(exchange: Exchange, branch: Branch) -> bool:
    """Whether both can happen in one run, or stand in two branches of one choice."""
    return all(one.frame != branch.frame or one.section != branch.section for one in exchange.branches)
