"""Check yourself: whether the workbook, a journey, its requests, its indicators and their thresholds hold what the room decided.

Each check returns a line that begins with ✓, or raises :class:`CheckFailed` with what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError, has_errors, nearest_hint
from slo_workbench.document.model import Indicator, Journey
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.units import counted, format_count, format_days, format_ms, format_share
from slo_workbench.workshop.check_failed import CheckFailed

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = [
    "UNNAMED",
    "CheckFailed",
    "check_document",
    "check_first_indicator",
    "check_indicators",
    "check_journey",
    "check_service",
    "check_source",
    "check_threshold",
]

UNNAMED = "my-service"
"""What an empty workbook calls the service, until somebody gives it a name."""
FEWEST_DAYS = 28
MOST_INDICATORS = 5
MOST_REFUSED_SHARE = 0.01
LEAST_WITHIN = 0.5
"""A threshold that more than half of the valid events miss is a wish, and no promise can be made of it."""


def check_document(workshop: Workshop) -> str:
    """Check that the workbook can be read and holds no mistake.

    Raises
    ------
    CheckFailed

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from slo_workbench.workshop.opening import open_workshop
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}")
    ...     print(check_document(open_workshop(str(file))))
    ✓ workbook.yaml is valid: 0 sources, 0 journeys, 0 indicators, 0 objectives.
    """
    try:
        checked = workshop.checked
    except FindingsError as error:
        raise _failed(f"{workshop.path.name} has mistakes", error.findings) from None
    workbook = checked.workbook
    assert workbook is not None
    parts = {"source": workbook.sources, "journey": workbook.journeys, "indicator": workbook.indicators, "objective": workbook.objectives}
    told = ", ".join(counted(len(there), name) for name, there in parts.items())
    warnings = [found for found in checked.findings if found.severity == "warning"]
    odd = f" {counted(len(warnings), 'warning')} to look at, such as: {warnings[0].message}." if warnings else ""
    return f"✓ {workshop.path.name} is valid: {told}.{odd}"


def _failed(wrong: str, findings: Sequence[Finding]) -> CheckFailed:
    worst = next((found for found in findings if found.severity == "error"), findings[0])
    return CheckFailed(f"{wrong}: {worst.message}", worst.hint or "look at the findings above")


def check_service(workshop: Workshop) -> str:
    """Check that the workbook says what the service is, and who answers for it.

    Raises
    ------
    CheckFailed
    """
    service = workshop.workbook.service
    wanted = {"owner": "which team answers for the service", "description": "what the service does, for somebody who does not know it"}
    for name, words in wanted.items():
        if not getattr(service, name):
            raise CheckFailed(f"the service has no {name}", f"write {name} in the parameters: {words}")
    unnamed = (
        f" It is still called {service.name} in files and rules: write service_name in the parameters." if service.name == UNNAMED else ""
    )
    return (
        f"✓ {service.title or service.name} is described, and {service.owner} answers for it; days are cut in {service.time_zone}.{unnamed}"
    )


def check_journey(workshop: Workshop, journey_id: str = "") -> str:
    """Check that a journey says who its users are and why it matters, and has a diagram that can be read.

    Raises
    ------
    CheckFailed
    """
    from slo_workbench.journeys import parse_diagram

    journey = _journey(workshop, journey_id)
    for name, words in {"users": "who they are and how many", "why": "why it matters to them and to the business"}.items():
        if not getattr(journey, name):
            raise CheckFailed(f"the journey {journey.id} does not say {words}", f"write {name} in the parameters")
    if not journey.diagram.strip():
        raise CheckFailed(f"the journey {journey.id} has no diagram", "draw it in the editor above, and apply it")
    diagram, findings = parse_diagram(journey.diagram)
    if has_errors(findings):
        raise _failed(f"the diagram of {journey.id} cannot be read", findings)
    if not diagram.messages:
        raise CheckFailed(
            f"the diagram of {journey.id} has no messages", "draw who asks whom for what, such as User->>Service: GET /orders"
        )
    people = counted(len(diagram.participants), "participant")
    return f"✓ {journey.name} ({journey.id}): users and reason are written down; the diagram has {people} and {counted(len(diagram.messages), 'message')}."


def _journey(workshop: Workshop, journey_id: str) -> Journey:
    there = [one.id for one in workshop.workbook.journeys]
    if not there:
        raise CheckFailed("the workbook has no journey yet", "give it a name in the parameters of notebook 01, or start one in its editor")
    if journey_id and journey_id not in there:
        raise CheckFailed(
            f"the workbook has no journey {journey_id!r} yet", f"{nearest_hint(journey_id, there)}; a new one is decided in notebook 01"
        )
    return workshop.journey(journey_id)


def check_source(workshop: Workshop, source_id: str = "") -> str:
    """Check that the workbook names the requests, that they can be read, and that few rows were refused.

    Raises
    ------
    CheckFailed
    """
    from slo_workbench.workshop.requests_at_hand import requests_at_hand

    sources = workshop.workbook.sources
    if not sources or (source_id and source_id not in sources):
        wanted = f"the source {source_id}" if source_id else "any requests"
        raise CheckFailed(f"the workbook does not name {wanted} yet", "write requests_path in the parameters, and run the notebook again")
    try:
        hand = requests_at_hand(workshop, source_id)
    except SloWorkbenchError as error:
        raise _failed(
            "the requests cannot be read", error.findings if isinstance(error, FindingsError) else [Finding("", str(error))]
        ) from None
    account = hand.account
    refused_share = account.n_rows_refused / max(account.n_rows_read, 1)
    if refused_share > MOST_REFUSED_SHARE:
        message = f"{format_share(refused_share)} of {counted(account.n_rows_read, 'row')} of {hand.name} were refused"
        raise CheckFailed(message, "look at the examples among the findings above; mend the export or the mapping")
    n_days = hand.shape.n_days
    short = f" That is short: {FEWEST_DAYS} days hold four weekends, and a target needs them." if n_days < FEWEST_DAYS - 1 else ""
    return f"✓ {hand.name}: {counted(hand.n_rows, 'row')} over {format_days(n_days)} can be read, {format_count(account.n_rows_refused)} refused.{short}"


def check_first_indicator(workshop: Workshop, source_id: str = "") -> str:
    """Check that an indicator counts the requests of a source.

    Raises
    ------
    CheckFailed
    """
    name = source_id or next(iter(workshop.workbook.sources), "")
    there = [one for one in workshop.workbook.indicators if one.source == name]
    if not there:
        raise CheckFailed(
            f"no first SLI yet: nothing counts the requests of {name or 'any source'}", "write valid and good in the parameters"
        )
    return f"✓ {name}: {counted(len(there), 'indicator')}, the first {there[0].id} with {counted(_n_valid(workshop, there[0]), 'valid event')}."


def check_indicators(workshop: Workshop, journey_id: str = "") -> str:
    """Check that a journey has indicators, at most five, and that each of them counts something.

    Raises
    ------
    CheckFailed
    """
    journey = _journey(workshop, journey_id)
    indicators = [one for one in workshop.workbook.indicators if one.journey == journey.id]
    # the same specification measured twice is one SLI
    specified = [one for one in indicators if one.same_as is None]
    if not specified:
        raise CheckFailed(f"the journey {journey.id} has no indicator yet", "take one of the candidates in notebook 03")
    if len(specified) > MOST_INDICATORS:
        message = f"the journey {journey.id} has {counted(len(specified), 'indicator')}"
        raise CheckFailed(message, f"keep the {MOST_INDICATORS} that follow users' happiness best: more is more work, and less signal")
    counts = [f"{one.id} {counted(_n_valid(workshop, one), 'valid event')}" for one in specified]
    n_rejected = len(journey.choice.rejected)
    rejected = f" {counted(n_rejected, 'candidate')} not taken, with the reason." if n_rejected else ""
    return f"✓ {journey.name} ({journey.id}) is measured by {counted(len(specified), 'SLI')}: {', '.join(counts)}.{rejected}"


def _n_valid(workshop: Workshop, indicator: Indicator) -> int:
    try:
        history = workshop.history_of(indicator.id)
    except SloWorkbenchError as error:
        raise _failed(
            f"{indicator.id} cannot be counted", error.findings if isinstance(error, FindingsError) else [Finding("", str(error))]
        ) from None
    n_valid = int(history.series_of(indicator.id, min(indicator.thresholds_ms, default=None))["valid"].sum())
    if not n_valid:
        hint = "compare its condition with the values that the columns hold in notebook 02, spelling and case included"
        raise CheckFailed(f"no event is valid for {indicator.id}", hint)
    return n_valid


def check_threshold(workshop: Workshop, indicator_id: str = "") -> str:
    """Check that an indicator has a threshold, that at least half of its valid events are good within it, and that not all good ones are.

    Raises
    ------
    CheckFailed
    """
    from slo_workbench.workshop.thresholds_at_hand import thresholds_at_hand

    try:
        found = thresholds_at_hand(workshop, indicator_id)
    except SloWorkbenchError as error:
        raise _failed(
            "there are no times to answer", error.findings if isinstance(error, FindingsError) else [Finding("", str(error))]
        ) from None
    indicator, frontier = found.indicator, found.frontier
    if not indicator.thresholds_ms:
        raise CheckFailed(
            f"{indicator.id} has no threshold yet", "write thresholds_ms in the parameters, such as 3000, and run the notebook again"
        )
    told = []
    for threshold in sorted(indicator.thresholds_ms):
        share, _ = frontier.share_within(threshold)
        if share < LEAST_WITHIN:
            message = f"only {format_share(share)} of the valid {found.event}s of {indicator.id} are good within {format_ms(threshold)}"
            raise CheckFailed(message, "that is a wish; take a longer threshold, and keep the wish as an aspirational target")
        if threshold > float(frontier.table["threshold_ms"].iloc[-1]):
            message = f"no {found.event} of {indicator.id} ever took {format_ms(threshold)}"
            raise CheckFailed(message, "such a threshold never decides anything; take one that users would notice")
        told.append(f"{format_share(share)} within {format_ms(threshold)}")
    return f"✓ {indicator.id}: {' and '.join(told)} of {counted(frontier.n_valid, f'valid {found.event}')} were good."
