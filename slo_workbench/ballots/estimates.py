"""Silent estimates of a room, from the workbook's place: cast, who has answered, reveal, and what they say together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from slo_workbench.ballots.estimate import Estimate, EstimateUnit, read_estimate, written_estimate
from slo_workbench.ballots.estimate_box import EstimateBox, EstimateStatus
from slo_workbench.ballots.room_part import checked_part, is_identifier
from slo_workbench.document.findings import Finding, printable
from slo_workbench.errors import UnusableValue
from slo_workbench.text_tables import text_table
from slo_workbench.units import counted

__all__ = [
    "EstimateSummary", "RevealedEstimates", "cast_estimate", "estimate_box", "estimate_status", "estimated_questions",
    "reopen_estimates", "reveal_estimates", "summarise_estimates",
]  # fmt: skip

MOST_NAMES_TOLD = 4


@dataclass(frozen=True)
class EstimateSummary:
    """What revealed estimates say together; all of one unit.

    Parameters
    ----------
    question : str
    unit : {"share", "ms", "count", "money"}
    n : int
        How many answered.
    median, lowest, highest : Decimal
        Exact; of an even number the median is the middle of the two in the middle.
    lowest_by, highest_by : tuple of str
        Who gave them, with their roles.
    currency : str
        In which money is told.
    """

    question: str
    unit: EstimateUnit
    n: int
    median: Decimal
    lowest: Decimal
    highest: Decimal
    lowest_by: tuple[str, ...]
    highest_by: tuple[str, ...]
    currency: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary in words: the middle and the range, how far apart they lie, and who speaks first."""
        if self.n == 1:
            return (f"Only {self.lowest_by[0]} answered '{self.question}': {self._written(self.median)}.",)
        if self.lowest == self.highest:
            return (f"All {self.n} who answered '{self.question}' say {self._written(self.median)}.",)
        two = "these two" if len(self.lowest_by) == len(self.highest_by) == 1 else "them"
        return (
            f"{counted(self.n, 'participant')} answered '{self.question}'. The median is {self._written(self.median)}, "
            f"from {self._written(self.lowest)} to {self._written(self.highest)}.",
            self._spread,
            f"Let {two} speak first: {_listed(self.lowest_by)} gave the lowest, {self._written(self.lowest)}; "
            f"{_listed(self.highest_by)} the highest, {self._written(self.highest)}.",
        )

    @property
    def _spread(self) -> str:
        apart = self.highest - self.lowest
        if self.unit != "share":
            said = f"They lie {self._written(apart)} apart"
            return f"{said}: the highest is {_times(self.highest / self.lowest)} the lowest." if self.lowest else f"{said}."
        points = written_estimate(apart, "share").removesuffix(" %")
        said = f"They lie {points} percentage point{'' if points == '1' else 's'} apart"
        missing, most_missing = 1 - self.highest, 1 - self.lowest
        if not missing or self.lowest * 2 < 1:
            return f"{said}."
        # of a target it is the rest that counts: 99.9 % allows a tenth of what 99 % does
        return (
            f"{said}: the lowest leaves {_times(most_missing / missing)} as much to 100 % as the highest, "
            f"{self._written(most_missing)} against {self._written(missing)}."
        )

    def _written(self, value: Decimal) -> str:
        return written_estimate(value, self.unit, currency=self.currency)


@dataclass(frozen=True)
class RevealedEstimates:
    """Revealed estimates, lowest first, their summary (``None`` when none counts), and what is wrong with files."""

    question: str
    estimates: tuple[Estimate, ...]
    summary: EstimateSummary | None
    findings: tuple[Finding, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary in words."""
        return self.summary.sentences if self.summary else (f"No estimate of '{self.question}' counts.",)

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """A table's rows, lowest first: who, in which role, the estimate, the reason."""
        currency = self.summary.currency if self.summary else ""
        return [(one.participant, one.role, written_estimate(one.value, one.unit, currency=currency), one.reason) for one in self.estimates]

    def text(self, *, columns: int = 120) -> str:
        """Write them for a terminal: the table, then the sentences."""
        table = text_table(("who", "role", "estimate", "reason"), self.rows, columns=columns)
        return "\n".join([table, "", *map(printable, self.sentences)])


def estimate_box(workbook_path: str | os.PathLike[str], question: str) -> EstimateBox:
    """Return the box of a question beside a workbook; ``UnusableValue`` when the question's id is none.

    Examples
    --------
    >>> estimate_box("shop/workbook.yaml", "buy-target").folder.parts[-3:]
    ('shop', 'estimates', 'buy-target')
    """
    if not is_identifier(question):
        message = "a question is called by lower-case letters, digits and hyphens, such as buy-too-slow, at most 63"
        raise UnusableValue(f"{message}; not {printable(question[:80])!r}")
    return EstimateBox(Path(workbook_path).parent / "estimates" / question)


def estimated_questions(workbook_path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the questions that somebody answered, by name; whatever else lies among them is left out.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     workbook = Path(folder, "workbook.yaml")
    ...     _ = cast_estimate(workbook, "buy-target", participant="product", value="99.9%", at=now)
    ...     print(estimated_questions(workbook))
    ('buy-target',)
    """
    folder = Path(workbook_path).parent / "estimates"
    if folder.is_symlink() or not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if is_identifier(one.name) and one.is_dir() and not one.is_symlink()))


def cast_estimate(
    workbook_path: str | os.PathLike[str], question: str, *, participant: str, value: str | int | Decimal, at: datetime,
    unit: str | None = None, role: str = "", reason: str = "",
) -> Path:  # fmt: skip
    """Answer a question silently, in the place of one's earlier answer; return the file, ``estimates/<question>/<participant>.yaml``.

    Parameters
    ----------
    workbook_path : path
    question : str
        Id of the question, as the room agreed: lower-case letters, digits and hyphens.
    participant : str
    value : str, int or Decimal
        ``300ms``, ``1.5s``, ``99.9%``, or a plain number with ``unit``. No binary float: shares are exact.
    at : datetime
        The time now, with its zone.
    unit : {"share", "ms", "count", "money"}, optional
        Needed where the value does not tell it.
    role, reason : str
        In which role, and why; both may be empty.

    Raises
    ------
    UnusableValue
        When the value or the question is none, or the estimates are revealed.
    FindingsError
        When the name, the role or the time cannot be read.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     workbook = Path(folder, "workbook.yaml")
    ...     for who, answer in (("product", "2s"), ("developer", "500ms"), ("operations", "1s")):
    ...         _ = cast_estimate(workbook, "buy-too-slow", participant=who, value=answer, at=now)
    ...     print(estimate_status(workbook, "buy-too-slow").sentence)
    ...     for sentence in reveal_estimates(workbook, "buy-too-slow", at=now).sentences: print(sentence)
    3 participants answered 'buy-too-slow': developer, operations, product. No estimate is shown before the reveal.
    3 participants answered 'buy-too-slow'. The median is 1 s, from 500 ms to 2 s.
    They lie 1.5 s apart: the highest is 4 times the lowest.
    Let these two speak first: developer gave the lowest, 500 ms; product the highest, 2 s.
    """
    box = estimate_box(workbook_path, question)
    if isinstance(value, bool | float):
        raise UnusableValue(
            f"an estimate is given as text or a whole number, such as '99.9%' or 300, and not as the binary float {value!r}"
        )
    meant, number = read_estimate(f"{value:f}" if isinstance(value, Decimal) else str(value), unit)
    return box.cast(
        checked_part(
            Estimate, question=question, participant=participant, role=role, cast_at=at, unit=meant, value=number, reason=reason
        )
    )  # fmt: skip


def estimate_status(workbook_path: str | os.PathLike[str], question: str) -> EstimateStatus:
    """Tell who has answered a question, never what before the reveal.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     workbook = Path(folder, "workbook.yaml")
    ...     _ = cast_estimate(workbook, "buy-target", participant="product", value="99.9%", at=now)
    ...     print(estimate_status(workbook, "buy-target").participants)
    ('product',)
    """
    return estimate_box(workbook_path, question).status()


def reveal_estimates(
    workbook_path: str | os.PathLike[str], question: str, *, at: datetime, unit: EstimateUnit | None = None, currency: str = ""
) -> RevealedEstimates:
    """Close a question and give its estimates; a second time nothing is written and the same is given.

    Parameters
    ----------
    workbook_path : path
    question : str
    at : datetime
        The time now, with its zone.
    unit : str, optional
        The unit that counts; the most usual one when left out.
    currency : str
        How money is told, such as EUR.

    Raises
    ------
    TooLittleData
        When nobody has answered.
    UnusableValue
        When the question's id is none, the time has no zone, or nobody answered in the unit.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     workbook = Path(folder, "workbook.yaml")
    ...     _ = cast_estimate(workbook, "buy-target", participant="product", value="99.9%", at=now)
    ...     print(reveal_estimates(workbook, "buy-target", at=now).text())
    who      role  estimate  reason
    -------  ----  --------  ------
    product        99.9 %
    <BLANKLINE>
    Only product answered 'buy-target': 99.9 %.
    """
    estimates, findings = estimate_box(workbook_path, question).reveal(at=at, unit=unit)
    summary = summarise_estimates(estimates, currency=currency) if estimates else None
    return RevealedEstimates(question, _lowest_first(estimates), summary, findings)


def reopen_estimates(workbook_path: str | os.PathLike[str], question: str) -> Path | None:
    """Let people answer again; return where the marker of the reveal was put, ``None`` when nothing was revealed.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     workbook = Path(folder, "workbook.yaml")
    ...     _ = cast_estimate(workbook, "buy-target", participant="product", value="99.9%", at=now)
    ...     _ = reveal_estimates(workbook, "buy-target", at=now)
    ...     print(reopen_estimates(workbook, "buy-target").name)
    revealed-1.yaml.old
    """
    return estimate_box(workbook_path, question).reopen()


def summarise_estimates(estimates: Sequence[Estimate], *, currency: str = "") -> EstimateSummary:
    """Give the median and the range of estimates of one question and unit, and who stands at its ends.

    Raises
    ------
    UnusableValue
        When there is none, or they are of several questions or units.

    Examples
    --------
    >>> said = {"question": "buy-target", "cast_at": "2026-03-02T09:30Z", "unit": "share"}
    >>> room = [Estimate(**said, participant=who, value=value) for who, value in (("product", "99.9%"), ("operations", "99%"))]
    >>> summary = summarise_estimates(room)
    >>> summary.median, summary.sentences[1]
    (Decimal('0.9945'), 'They lie 0.9 percentage points apart: the lowest leaves 10 times as much to 100 % as the highest, 1 % against 0.1 %.')
    """
    if len({(one.question, one.unit) for one in estimates}) != 1:
        raise UnusableValue("a summary is of one or more estimates of one question, all in one unit")
    ordered = _lowest_first(estimates)
    values = [one.value for one in ordered]
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    lowest_by, highest_by = (tuple(one.called for one in ordered if one.value == end) for end in (values[0], values[-1]))
    first = ordered[0]
    return EstimateSummary(first.question, first.unit, len(ordered), median, values[0], values[-1], lowest_by, highest_by, currency)


def _lowest_first(estimates: Sequence[Estimate]) -> tuple[Estimate, ...]:
    return tuple(sorted(estimates, key=lambda one: (one.value, one.participant)))


def _times(ratio: Decimal) -> str:
    shown = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}".removesuffix(".0")
    return "not even 1.1 times" if shown == "1" else f"{shown} times"


def _listed(names: Sequence[str]) -> str:
    shown = list(names) if len(names) <= MOST_NAMES_TOLD else [*names[: MOST_NAMES_TOLD - 1], f"{len(names) - MOST_NAMES_TOLD + 1} others"]
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
