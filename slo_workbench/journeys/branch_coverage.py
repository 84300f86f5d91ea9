"""What the chosen SLIs make of each branch: a refusal, a choice, an answer from an old cache; good, bad, or not seen at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from slo_workbench.document.model import Indicator
from slo_workbench.journeys.branches import messages_in_branches, status_in
from slo_workbench.journeys.coverage import Coverage
from slo_workbench.journeys.exchanges import Branch
from slo_workbench.sources.predicate_truth import truth_of
from slo_workbench.sources.predicates import PredicateError, columns_in, parse_expression

__all__ = ["BranchCoverage", "Verdict", "cover_branches"]

Verdict = Literal["good", "bad", "not counted", "not told apart"]


@dataclass(frozen=True)
class BranchCoverage:
    """One branch of an ``alt``, ``opt``, ``break`` or ``critical``.

    Parameters
    ----------
    branch : Branch
    messages : tuple of int
        Positions of the messages in it.
    status : int, optional
        The status that an answer in it names.
    verdicts : mapping of indicator id to {"good", "bad", "not counted", "not told apart"}
        What each indicator that counts the answered request makes of it; without a status nobody can tell.
    is_seen : bool
        Whether any indicator sees anything of the branch.
    """

    branch: Branch
    messages: tuple[int, ...]
    status: int | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    is_seen: bool = False


def cover_branches(coverage: Coverage, indicators: Sequence[Indicator]) -> tuple[BranchCoverage, ...]:
    r"""Tell for every branch what the indicators make of it.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> from slo_workbench.journeys.coverage import cover_journey
    >>> from slo_workbench.journeys.roles import read_roles
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>Shop: POST /orders\n alt paid\n Shop-->>Fan: 201\n"
    ...                            " else full\n Shop-->>Fan: 429 later\n end")
    >>> orders = Indicator(id="orders", journey="buy", kind="availability", specification="", measured_at="load_balancer", source="log",
    ...                    valid="route = '/orders'", good="status < 500 and status <> 429")
    >>> coverage = cover_journey(diagram, read_roles(diagram), [orders])
    >>> [(one.branch.shown, dict(one.verdicts)) for one in cover_branches(coverage, [orders])]
    [('alt paid', {'orders': 'good'}), ('else full', {'orders': 'bad'})]
    """
    return tuple(_covered(branch, numbers, coverage, indicators) for branch, numbers in messages_in_branches(coverage.exchanges).items())


def _covered(branch: Branch, numbers: tuple[int, ...], coverage: Coverage, indicators: Sequence[Indicator]) -> BranchCoverage:
    reply_of, by_call = coverage.exchanges.reply_of, coverage.exchanges.by_call
    answers = [number for number in numbers if number in reply_of]
    status = next(filter(None, (status_in(coverage.diagram.messages[number].shown) for number in answers)), None)
    verdicts: dict[str, Verdict] = {}
    for indicator in indicators:
        counted = set(coverage.counted.get(indicator.id, ()))
        answered = {call for number in answers for call in reply_of[number]}
        if counted & answered and indicator.kind not in ("freshness", "throughput"):
            verdicts[indicator.id] = _verdict(indicator, status)
        elif any(counted & set(coverage.exchanges.waiting(call)) for call in answered):
            verdicts[indicator.id] = "not told apart"
    is_seen = bool(verdicts) or any(number in by_call and number not in coverage.blind for number in numbers)
    return BranchCoverage(branch, numbers, status, verdicts, is_seen)


def _verdict(indicator: Indicator, status: int | None) -> Verdict:
    if status is None:
        return "not told apart"
    try:
        valid, good = parse_expression(indicator.valid), parse_expression(indicator.good)
    except PredicateError:
        return "not told apart"
    if truth_of(valid, {"status": status}) is False:
        return "not counted"
    said = truth_of(good, {"status": status})
    if said is None or "status" not in {column.lower() for column in columns_in(good)}:
        return "not told apart"
    return "good" if said else "bad"
