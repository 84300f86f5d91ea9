"""Promises that need somebody's attention: reviews that are due, the same thing promised twice, nobody to answer for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from slo_workbench.document.findings import Finding, Severity
from slo_workbench.document.model import Objective, Workbook

__all__ = ["find_promise_problems"]


def find_promise_problems(workbook: Workbook, *, as_of: date) -> tuple[Finding, ...]:
    """Give what is wrong with the objectives of a workbook on a day.

    Parameters
    ----------
    workbook : Workbook
    as_of : date
        The day to judge from; a review before it is overdue.

    Examples
    --------
    >>> from slo_workbench.document.model import Service
    >>> late = Objective(id="fast", indicator="latency", target="99%", status="agreed", owner="web", reason="x", next_review="2026-01-31")
    >>> print(find_promise_problems(Workbook(service=Service(name="shop"), objectives=(late,)), as_of=date(2026, 3, 2))[0])
    warning[review-overdue] objectives[0].next_review: the review of 'fast' was due on 2026-01-31, 30 days ago
        hint: look at it again, write down what you found under 'reviews:', and set the next day
    """
    return tuple(sorted([*_overdue(workbook, as_of), *_twice(workbook), *_without_owner(workbook)], key=lambda finding: finding.where))


def _alive(workbook: Workbook) -> Iterator[tuple[int, Objective]]:
    return ((number, one) for number, one in enumerate(workbook.objectives) if one.status != "retired")


def _overdue(workbook: Workbook, as_of: date) -> Iterator[Finding]:
    hint = "look at it again, write down what you found under 'reviews:', and set the next day"
    for number, one in _alive(workbook):
        if one.next_review is not None and one.next_review < as_of:
            days = (as_of - one.next_review).days
            message = f"the review of {one.id!r} was due on {one.next_review}, {days} {'day' if days == 1 else 'days'} ago"
            # what is not agreed yet is no promise that anybody relies on
            severity: Severity = "warning" if one.status == "agreed" else "note"
            yield Finding("review-overdue", message, severity=severity, hint=hint, where=f"objectives[{number}].next_review")


def _twice(workbook: Workbook) -> Iterator[Finding]:
    first: dict[tuple[object, ...], str] = {}
    for number, one in _alive(workbook):
        key = (one.indicator, one.threshold_ms, str(one.window), one.ambition)
        if key in first:
            message = f"{one.id!r} promises the same as {first[key]!r}: one indicator, one threshold, one window"
            hint = "retire one of the two; an aspirational objective may stand beside an achievable one"
            yield Finding("duplicate-objective", message, severity="warning", hint=hint, where=f"objectives[{number}]")
        first.setdefault(key, one.id)


def _without_owner(workbook: Workbook) -> Iterator[Finding]:
    for number, one in _alive(workbook):
        # proposed and agreed ones are reported with all that they lack
        if not one.owner and one.status == "draft" and one.target is not None:
            message = f"nobody answers for {one.id!r} yet"
            yield Finding("no-owner", message, severity="note", hint="name a team: owner: …", where=f"objectives[{number}]")
