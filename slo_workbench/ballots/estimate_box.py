"""The silent box of a question with a number, in ``estimates/<question>/`` beside the workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError

from slo_workbench.ballots.estimate import UNIT_WORDS, Estimate, EstimateReveal, EstimateUnit
from slo_workbench.ballots.room_files import file_name_of, warning_of
from slo_workbench.ballots.room_part import CountedFile
from slo_workbench.ballots.silent_box import BoxWords, SilentBox
from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted

__all__ = ["EstimateBox", "EstimateStatus"]

RevealedFiles = tuple[tuple[Estimate, ...], tuple[Finding, ...]]


@dataclass(frozen=True)
class EstimateStatus:
    """Who has answered a question, and never what.

    Parameters
    ----------
    question : str
    participants : tuple of str
        By name; after the reveal those whose estimates count.
    findings : tuple of Finding
        Files that do not count and why, and units that differ; before the reveal without a value.
    is_revealed : bool
    revealed_at, unit
        ``None`` before the reveal, or when the marker cannot be read.
    """

    question: str
    participants: tuple[str, ...]
    findings: tuple[Finding, ...]
    is_revealed: bool = False
    revealed_at: datetime | None = None
    unit: EstimateUnit | None = None

    @property
    def n_answered(self) -> int:
        """How many have answered."""
        return len(self.participants)

    @property
    def sentence(self) -> str:
        """The status in words."""
        who = f": {', '.join(self.participants)}" if self.participants else ""
        after = "The estimates are revealed." if self.is_revealed else "No estimate is shown before the reveal."
        return f"{counted(self.n_answered, 'participant')} answered '{self.question}'{who}. {after}"


@dataclass(frozen=True)
class EstimateBox(SilentBox[Estimate, EstimateReveal]):
    """The estimates of one question.

    Parameters
    ----------
    folder : Path
        Its name is the id of the question (else ``UnusableValue``); it is made with the first estimate.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> said = {"question": "buy-target", "participant": "product", "cast_at": "2026-03-02T09:30Z", "unit": "share", "value": "99.9%"}
    >>> with TemporaryDirectory() as folder:
    ...     box = EstimateBox(Path(folder, "estimates", "buy-target"))
    ...     file = box.cast(Estimate(**said))
    ...     print(box.status().sentence)
    ...     estimates, findings = box.reveal(at=Estimate(**said).cast_at)
    1 participant answered 'buy-target': product. No estimate is shown before the reveal.
    >>> estimates[0].written, findings
    ('99.9 %', ())
    """

    words: ClassVar[BoxWords] = BoxWords(
        part="estimate", values="estimates", event="question", act="answer", done="answered", example="estimates/buy-too-slow",
        unseen_keys=("value", "unit", "reason"),
    )  # fmt: skip

    folder: Path

    @property
    def kinds(self) -> tuple[type[Estimate], type[EstimateReveal]]:
        """What is cast, and the marker of the reveal."""
        return Estimate, EstimateReveal

    @property
    def question(self) -> str:
        """Id of the question."""
        return self.topic

    def status(self) -> EstimateStatus:
        """Tell who has answered, and which files do not count; never a value before the reveal."""
        if self.is_revealed:
            marker, estimates, findings = self._revealed()
            at, unit = (marker.revealed_at, marker.unit) if marker else (None, None)
            return EstimateStatus(self.question, _names(estimates), findings, True, at, unit)
        estimates, findings = self._unseen()
        return EstimateStatus(self.question, _names(estimates), (*findings, *_units_differ(estimates)))

    def reveal(
        self, *, at: datetime, unit: EstimateUnit | None = None, before: Callable[[RevealedFiles], object] = lambda revealed: None
    ) -> RevealedFiles:
        """Close the box and give the estimates that count, by name, and the findings; a second time nothing is written.

        Parameters
        ----------
        at : datetime
            The time now, with its zone.
        unit : str, optional
            The unit that counts; when left out the one that most gave, of two such the one that was given first.
        before : callable
            Given what will be revealed, just before the box is closed: when it raises, the box stays open.

        Raises
        ------
        TooLittleData
            When nobody has answered.
        UnusableValue
            When the time has no zone, or nobody answered in the unit.
        """

        def new_marker(estimates: Sequence[Estimate], counting: tuple[CountedFile, ...]) -> EstimateReveal:
            chosen = unit or _usual_unit(estimates)
            if chosen not in {one.unit for one in estimates}:
                raise UnusableValue(f"nobody answered '{self.question}' in {chosen}; leave the unit out, or name the one they used")
            try:
                return EstimateReveal(question=self.question, revealed_at=at, unit=chosen, counted=counting)
            except ValidationError:
                raise UnusableValue(f"a reveal has a time with its zone, not {at.isoformat()}") from None

        self._close(new_marker, before)
        return self.read_all()

    def read_all(self) -> RevealedFiles:
        """Give the estimates of a revealed box and what is wrong in it, as :meth:`reveal` does; ``UnusableValue`` before the reveal."""
        return self._revealed()[1:]

    def _counting(self, marker: EstimateReveal) -> RevealedFiles:
        estimates, findings = super()._counting(marker)
        others = [
            warning_of(
                file_name_of(one.participant),
                "other-unit",
                f"the estimate of {one.participant} is {UNIT_WORDS[one.unit]}, those that count are {UNIT_WORDS[marker.unit]}; it does not count",
                "reopen the question, and let its participant answer again",
            )
            for one in estimates
            if one.unit != marker.unit
        ]
        return tuple(one for one in estimates if one.unit == marker.unit), (*findings, *others)


def _names(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    return tuple(one.participant for one in estimates)


def _usual_unit(estimates: Sequence[Estimate]) -> EstimateUnit:
    by_time = sorted(estimates, key=lambda one: (one.cast_at, one.participant))
    return Counter(one.unit for one in by_time).most_common(1)[0][0]  # of equals the first that was met


def _units_differ(estimates: Sequence[Estimate]) -> list[Finding]:
    units = list(dict.fromkeys(one.unit for one in estimates))
    if len(units) < 2:
        return []
    told = "; ".join(f"{unit} by {', '.join(one.participant for one in estimates if one.unit == unit)}" for unit in units)
    hint = "agree on one unit, and let the others answer again; at the reveal only the most usual one counts"
    return [Finding("units-differ", f"the answers have different units: {told}", severity="warning", hint=hint)]
