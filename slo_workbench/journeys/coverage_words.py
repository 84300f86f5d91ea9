"""Coverage as people read it: what no SLI sees, what would, and what each branch counts as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slo_workbench.journeys.coverage import ModeCoverage
from slo_workbench.journeys.journey_view import JourneyView
from slo_workbench.journeys.wording import first_line
from slo_workbench.text_tables import text_table
from slo_workbench.units import counted

__all__ = ["branch_rows", "coverage_sentences", "gap_rows", "gaps_by_mode", "gaps_text", "when_fails_text"]


def coverage_sentences(view: JourneyView, *, with_name: bool = True) -> tuple[str, ...]:
    """Say how much the chosen SLIs see of the journey."""
    name = f"{view.journey.name} ({view.journey.id}): " if with_name else ""
    coverage = view.coverage
    n_seen = len(coverage.modes) - len(coverage.gaps)
    blind = len(coverage.blind)
    see = f"{counted(len(view.indicators), 'indicator')} {'sees' if len(view.indicators) == 1 else 'see'}"
    return (
        f"{name}{see} {n_seen} of {counted(len(coverage.modes), 'way', 'ways')} in which the journey can fail.",
        f"{blind} of {counted(len(view.diagram.messages), 'message')} {'is' if blind == 1 else 'are'} seen by none." if blind else "Every message is seen.",
    )  # fmt: skip


def gap_rows(view: JourneyView) -> tuple[tuple[str, str, str, str], ...]:
    """Return what no SLI sees: message, arrow, what can happen, what would see it."""
    return tuple((*_arrow(view, gap.call), gap.mode.words, _remedy(gap)) for gap in view.coverage.gaps)


def _remedy(gap: ModeCoverage) -> str:
    if not gap.hidden_by:
        return gap.mode.remedy
    return f"quality: “{gap.hidden_by}” answers all the same, so that only the answer's quality tells"


def gaps_by_mode(view: JourneyView) -> tuple[tuple[str, str, str], ...]:
    """Return what no SLI sees, each way to fail once: what can happen, on which arrows, what would see it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for _, arrow, what, remedy in gap_rows(view):
        arrows.setdefault((what, remedy), []).append(arrow)
    return tuple((what, "; ".join(dict.fromkeys(where)), remedy) for (what, remedy), where in arrows.items())


def _arrow(view: JourneyView, call: int) -> tuple[str, str]:
    message = view.diagram.messages[call]
    labels = {person.name: " ".join(person.shown.split()) for person in view.diagram.participants}
    return str(call + 1), f"{labels[message.sender]} → {labels[message.receiver]}: {first_line(message.shown)}"


def branch_rows(view: JourneyView) -> tuple[tuple[str, ...], ...]:
    """Return what each branch counts as: branch, answer, then one cell for each indicator that sees it."""
    rows = []
    for one in view.branches:
        told = "; ".join(f"{verdict}: {id}" for id, verdict in one.verdicts.items())
        rows.append(
            (one.branch.shown, str(one.status) if one.status else "no status named", told or ("seen" if one.is_seen else "seen by none"))
        )
    return tuple(rows)


def gaps_text(view: JourneyView, *, columns: int = 120) -> str:
    """Write the whole answer: sentences, gaps, branches."""
    return "\n".join(_lines(view, columns))


def _lines(view: JourneyView, columns: int) -> Iterator[str]:
    yield from coverage_sentences(view)
    gaps = gap_rows(view)
    if gaps:
        yield "\nSeen by no indicator: change one, add one, or write it down as a risk"
        yield text_table(["no", "arrow", "what can happen", "what would see it"], gaps, columns=columns)
    branches = branch_rows(view)
    if branches:
        yield "\nBranches, and what they count as"
        yield text_table(["branch", "answer", "counts as"], branches, columns=columns)


def when_fails_text(view: JourneyView, participant: str, modes: Sequence[ModeCoverage], *, columns: int = 120) -> str:
    """Write what the indicators would show if a participant were down or slow."""
    if not modes:
        return f"Nobody asks {participant} for anything in this journey."
    rows = []
    for one in modes:
        who = [*one.counts, *(f"{id} (through the answer)" for id in one.through)]
        rows.append((*_arrow(view, one.call), one.mode.words, ", ".join(who) or "nobody"))
    n_seen = sum(one.is_seen for one in modes)
    head = f"If {participant} fails: {n_seen} of {counted(len(modes), 'way', 'ways')} to fail would show."
    return f"{head}\n{text_table(['no', 'arrow', 'what happens', 'who sees it'], rows, columns=columns)}"
