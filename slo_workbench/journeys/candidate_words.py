"""Candidates as people read them on a terminal: a table, and beneath it what stands behind each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from slo_workbench.document.sli_menu import MEASURING_POINTS
from slo_workbench.journeys.candidate import Candidate
from slo_workbench.journeys.journey_view import POINT_WORDS, JourneyView
from slo_workbench.journeys.measuring_points import PointView
from slo_workbench.journeys.roles import ROLE_WORDS
from slo_workbench.journeys.wording import first_line
from slo_workbench.text_tables import text_table
from slo_workbench.units import counted, format_ms

__all__ = ["candidate_details", "candidate_records", "candidate_table", "points_text", "roles_text", "summary", "told_of_point"]

Standing = tuple[Candidate, str]


def candidate_table(candidates: Sequence[Standing], *, columns: int = 120) -> str:
    """Write one line a candidate: what it is, where it would be measured, whether the data is there, and whether it is chosen."""
    rows = [
        (one.id, one.kind, one.specification, POINT_WORDS[one.measured_at], one.skeleton.source if one.skeleton.is_ready else "missing", standing)
        for one, standing in candidates
    ]  # fmt: skip
    return text_table(["candidate", "kind", "what it says", "measured at", "data", "choice"], rows, columns=columns)


def candidate_details(view: JourneyView, candidate: Candidate, standing: str, *, columns: int = 120) -> str:
    """Write everything about one candidate: why, which arrows, which predicates, what each measuring point sees."""
    skeleton = candidate.skeleton
    lines = [f"{candidate.id} ({candidate.kind}), {standing}", *_wrapped("", candidate.specification, columns)]
    lines += _wrapped("why", candidate.reason, columns)
    lines += _wrapped("counts", "; ".join(_arrow(view, call) for call in candidate.calls), columns)
    if skeleton.missing:
        lines += _wrapped("needs", "; ".join(skeleton.missing), columns)
    lines += _wrapped("source", skeleton.source, columns) if skeleton.source else []
    lines += _wrapped("valid", skeleton.valid, columns) + _wrapped("good", skeleton.good, columns)
    if skeleton.thresholds_ms:
        lines += _wrapped("within", " or ".join(format_ms(threshold) for threshold in skeleton.thresholds_ms), columns)
    for note in skeleton.notes:
        lines += _wrapped("data", note, columns)
    for point in candidate.points:
        lines += _wrapped(POINT_WORDS[point.point], told_of_point(point), columns)
    return "\n".join(lines)


def _arrow(view: JourneyView, call: int) -> str:
    text = first_line(view.diagram.messages[call].shown)
    return f"message {call + 1}, “{text}”"


def _wrapped(label: str, text: str, columns: int) -> list[str]:
    head = f"    {label:<19}" if label else "    "
    return textwrap.wrap(
        text, columns, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False, break_long_words=False
    ) or [head.rstrip()]  # fmt: skip


def told_of_point(point: PointView) -> str:
    """Say what a point sees and misses; the same failure of several arrows is said once."""
    seen = f"sees {point.n_sees} of {point.n_possible} ways to fail"
    if not point.misses:
        return seen
    grouped: dict[str, list[str]] = {}
    for missed in point.misses:
        text, _, words = missed.rpartition(": ") if ": " in missed else ("", "", missed)
        arrow, _, what = missed.partition(": ")
        grouped.setdefault(what or words, []).append(arrow if what else text)
    return f"{seen}; misses: " + "; ".join(f"{words} ({', '.join(dict.fromkeys(arrows))})" for words, arrows in grouped.items())


def roles_text(view: JourneyView, *, columns: int = 120) -> str:
    """Write what each participant was taken for, and why: the suggestions hang on it."""
    labels = {person.name: " ".join(person.shown.split()) for person in view.diagram.participants}
    roles = view.coverage.roles
    rows = [(labels[name], ROLE_WORDS[role], roles.reason_of[name]) for name, role in roles.role_of.items()]
    return text_table(["participant", "taken for", "because"], rows, columns=columns)


def points_text(*, columns: int = 120) -> str:
    """Write what each measuring point is good for on any diagram."""
    rows = []
    for point, words in MEASURING_POINTS.items():
        rows.append((POINT_WORDS[point], words.partition(": ")[2]))
    return text_table(["measured at", "in general"], rows, columns=columns)


def candidate_records(candidates: Sequence[Standing]) -> list[dict[str, Any]]:
    """Return the candidates as plain data, for other programs."""
    return list(_records(candidates))


def _records(candidates: Sequence[Standing]) -> Iterator[dict[str, Any]]:
    for one, standing in candidates:
        yield {
            "id": one.id, "kind": one.kind, "specification": one.specification, "reason": one.reason, "messages": [call + 1 for call in one.calls],
            "measured_at": one.measured_at, "source": one.skeleton.source, "valid": one.skeleton.valid, "good": one.skeleton.good,
            "thresholds_ms": list(one.skeleton.thresholds_ms), "notes": list(one.skeleton.notes), "missing": list(one.skeleton.missing),
            "points": [
                {"point": point.point, "n_sees": point.n_sees, "n_possible": point.n_possible, "sees": list(point.sees), "misses": list(point.misses)}
                for point in one.points
            ],
            "choice": standing,
        }  # fmt: skip


def summary(view: JourneyView, candidates: Sequence[Standing]) -> str:
    """Say how many candidates there are, and how many are chosen."""
    n_chosen = len(view.indicators)
    return (
        f"{view.journey.name} ({view.journey.id}): {counted(len(candidates), 'candidate')} from {counted(len(view.diagram.messages), 'message')}; "
        f"{counted(n_chosen, 'indicator')} chosen so far, three to five are usual"
    )
