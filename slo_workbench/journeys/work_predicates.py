"""Predicates for SLIs about work that nobody waits for, fitted to the columns the data really has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from slo_workbench.document.sli_menu import SliKind
from slo_workbench.journeys.predicate_skeleton import Skeleton, round_up_ms, shown_ms
from slo_workbench.sources.source_shape import SourceShape

__all__ = ["work_skeleton"]

_DUE = re.compile(r"due|scheduled|planned", re.IGNORECASE)
_FINISHED = re.compile(r"done|finished|completed|in_time|on_time", re.IGNORECASE)
_EXPECTED = re.compile(r"expected|due|sold|input|received|total|(?<![a-z])in(?![a-z])", re.IGNORECASE)
_DONE = re.compile(r"processed|done|handled|output|delivered|completed|(?<![a-z])out(?![a-z])", re.IGNORECASE)
_WRONG = re.compile(r"wrong|incorrect|mismatch|invalid|bad", re.IGNORECASE)


def work_skeleton(kind: SliKind, words: Iterable[str], shapes: Sequence[SourceShape], *, told_of: Mapping[str, str]) -> Skeleton:
    """Return the predicates of an SLI about work that nobody waits for.

    The source is the one whose name, columns and description share most words with the journey; none where none does.

    Parameters
    ----------
    kind : {"freshness", "coverage", "correctness", "completion", "throughput", "durability"}
    words : iterable of str
        Texts of the journey: its name, its participants, its arrows.
    shapes : sequence of SourceShape
    told_of : mapping of str to str
        What the workbook says of each source.

    Examples
    --------
    >>> from slo_workbench.sources.source_shape import ColumnShape
    >>> runs = SourceShape("settlement", "csv", {name: ColumnShape(name, "whole number") for name in ("rows_expected", "rows_processed")})
    >>> found = work_skeleton("coverage", ["Settlement job"], [runs], told_of={})
    >>> found.source, found.valid, found.good
    ('settlement', 'rows_expected', 'rows_processed')
    """
    stems = _stems(words)
    # a log of requests tells nothing of work behind them
    ranked = [
        (len(stems & _stems([shape.name, *shape.columns, told_of.get(shape.name, "")])), shape) for shape in shapes if not shape.routes
    ]
    best = max(ranked, key=lambda pair: pair[0], default=(0, None))
    if best[0] == 0 or best[1] is None or kind in ("throughput", "durability"):
        return _NO_WORK_ROWS[kind]
    made = {"freshness": _freshness, "coverage": _coverage, "correctness": _correctness, "completion": _completion}[kind](best[1])
    return made or _NO_WORK_ROWS[kind]


_NO_WORK_ROWS: dict[SliKind, Skeleton] = {
    "freshness": Skeleton(None, "true", "true", missing=("a row for each item with latency_ms, from the hand-over to the end",)),
    "coverage": Skeleton(None, "items_expected", "items_processed", missing=("how many items went in, and how many came out, by time",)),
    "correctness": Skeleton(None, "items_checked", "items_checked - items_wrong", missing=("how many items were checked, and found wrong, by time",)),
    "completion": Skeleton(None, "runs_due", "runs_done_in_time", missing=("the runs that were due, from the timetable and not from the runs",)),
    "throughput": Skeleton(None, "slices", "slices_fast_enough", missing=("how much was processed in each slice of time",)),
    "durability": Skeleton(None, "records_probed", "records_read_back", missing=("a prober that reads back what was written",)),
}  # fmt: skip


def _stems(texts: Iterable[str]) -> set[str]:
    """Return the beginnings of the longer words, so that ``settled`` meets ``settlement``."""
    return {word[:6] for text in texts for word in re.findall(r"[a-z]{5,}", text.lower().replace("_", " "))} - _COMMON


_COMMON = {"source", "column", "reques", "latenc", "there", "which", "servic"}


def _freshness(shape: SourceShape) -> Skeleton | None:
    column = shape.columns.get("latency_ms")
    if column is None:
        return None
    note = f"today 90 % are done within {shown_ms(column.p90)} and 99 % within {shown_ms(column.p99)}" if column.p90 else ""
    lost = next((one for one in shape.columns.values() if one.n_null and one.name.endswith("_ms") and one.name != "latency_ms"), None)
    notes = [note, f"{lost.n_null:,} items have no {lost.name}: what never comes must count as late" if lost else ""]
    return Skeleton(shape.name, "true", "true", round_up_ms(column.p90, column.p99), tuple(filter(None, notes)))


def _coverage(shape: SourceShape) -> Skeleton | None:
    expected, done = _counts(shape, _EXPECTED), _counts(shape, _DONE)
    if expected and done:
        return Skeleton(shape.name, expected, done)
    ends = next((one for one in shape.columns.values() if one.n_null and one.name.endswith("_ms")), None)
    if ends is None:
        return None
    return Skeleton(
        shape.name, "true", f"{ends.name} is not null", notes=(f"{ends.n_null:,} of {shape.n_rows:,} items have no {ends.name}",)
    )


def _correctness(shape: SourceShape) -> Skeleton | None:
    done, wrong = _counts(shape, _DONE), _counts(shape, _WRONG)
    return Skeleton(shape.name, done, f"{done} - {wrong}") if done and wrong else None


def _completion(shape: SourceShape) -> Skeleton | None:
    due, finished = _counts(shape, _DUE), _counts(shape, _FINISHED)
    note = "see that a run that never starts has a row, too: a timetable writes it, and not the run"
    return Skeleton(shape.name, due, finished, notes=(note,)) if due and finished else None


def _counts(shape: SourceShape, pattern: re.Pattern[str]) -> str:
    return next((column.name for column in shape.columns.values() if column.kind == "whole number" and pattern.search(column.name)), "")
