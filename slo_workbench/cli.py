"""The command ``slo-workbench``: the only place that catches everything.

Exit status: 0 good, 1 findings, 2 wrong usage.
"""

from __future__ import annotations

import io
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench import (
    alert_commands,
    choice_commands,
    data_commands,
    export_commands,
    journey_commands,
    measurement_commands,
    promise_commands,
    proposal_commands,
    room_commands,
    workshop_commands,
)
from slo_workbench.arguments import build_parser, read_day, trusted_places
from slo_workbench.document.findings import Finding, FindingsError, is_clean, nearest_hint, render_findings
from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.progress import show_progress
from slo_workbench.text_tables import without_controls

if TYPE_CHECKING:
    from slo_workbench.document.model import Objective, Workbook
    from slo_workbench.history.from_workbook import EventTotals

__all__ = ["main"]

GOOD, FOUND, USAGE, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character still gets the line
    given = build_parser().parse_args(arguments)
    try:
        return _COMMANDS[given.command](given)
    except FindingsError as error:
        print(render_findings(error.findings), file=sys.stderr)
    except UnusableValue as error:
        _say(str(error))
        return USAGE
    except SloWorkbenchError as error:
        _say(str(error))
    except KeyboardInterrupt:
        print("slo-workbench: stopped; what is written is whole, and the rest is as it was", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        _say(f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}")
    except Exception as error:
        if "interrupted" in str(error).lower() and type(error).__name__ in ("RuntimeError", "InterruptException"):
            print("slo-workbench: stopped; what was there before is as it was", file=sys.stderr)
            return STOPPED
        if given.debug:
            raise
        _say(f"{type(error).__name__}: {error} (run again with --debug to see where)")
    if given.debug:
        import traceback

        traceback.print_exc()
    return FOUND


def _say(message: str) -> None:
    """Print a message that may hold what strangers wrote."""
    print(without_controls(f"slo-workbench: {message}"), file=sys.stderr)


# ----------------------------------------------------------------------------------------------- commands


def _check(given: Namespace) -> int:
    from slo_workbench.document import check_workbook, has_errors
    from slo_workbench.document.promises import find_promise_problems
    from slo_workbench.history.from_workbook import check_data, check_expressions

    checked = check_workbook(given.workbook)
    findings = list(checked.findings)
    totals: dict[str, EventTotals] = {}
    if checked.workbook is not None:
        later = [*check_expressions(checked.workbook), *find_promise_problems(checked.workbook, as_of=read_day(given.as_of))]
        if not given.no_data and not has_errors([*findings, *later]):
            with show_progress("opening sources"):
                found_in_data, totals = check_data(checked.workbook, given.workbook.parent, places=trusted_places(given, checked.workbook))
            later += [
                *found_in_data,
                *_pool_findings(checked.workbook, given.workbook.parent),
                *_list_findings(checked.workbook, given.workbook.parent),
            ]
        later += [
            *_alert_findings(checked.workbook),
            *_impossible_promises(checked.workbook, totals),
            *_diagram_findings(checked),
            *_emptiness(checked.workbook),
        ]
        findings += [_placed(found, checked, given.workbook) for found in later]
    print(render_findings(findings, source_lines=checked.lines))
    for indicator, counts in totals.items():
        aside = " (thresholds aside)" if checked.workbook and checked.workbook.indicator(indicator).thresholds_ms else ""
        print(f"{indicator}: {counts.valid:,} valid, {counts.valid - counts.good:,} of them not good{aside}")
    if checked.workbook is not None:
        spoken_for = {indicator.journey for indicator in checked.workbook.indicators}
        bare = [journey.id for journey in checked.workbook.journeys if journey.diagram.strip() and journey.id not in spoken_for]
        if bare:
            print(f"next: slo-workbench candidates {given.workbook} {bare[0]}")
    return GOOD if is_clean(findings) else FOUND


def _impossible_promises(workbook: Workbook, totals: Mapping[str, EventTotals]) -> list[Finding]:
    """Return targets whose budget is less than one event, and those above what the journey's dependencies leave possible."""
    from slo_workbench.analysis.dependency_ceiling import Dependency, ceiling_of

    found: list[Finding] = []
    journeys = {journey.id: journey for journey in workbook.journeys}
    journey_of = {indicator.id: journeys.get(indicator.journey) for indicator in workbook.indicators}
    for number, one in enumerate(workbook.objectives):
        if one.target is None or one.status == "retired":
            continue
        where = f"objectives[{number}].target"
        counts = totals.get(one.indicator)
        if counts is not None and counts.n_days >= 1:
            found += _too_few_events(one, counts, where)
        journey = journey_of.get(one.indicator)
        if journey is not None and journey.dependencies:
            ceiling = ceiling_of(
                [Dependency(each.name, each.target, is_hard=each.is_hard, copies=each.copies) for each in journey.dependencies]
            )
            found += [finding.at(where=where) for finding in ceiling.findings(one.target, where=where)]
    return found


def _too_few_events(objective: Objective, counts: EventTotals, where: str) -> list[Finding]:
    events = counts.valid / counts.n_days * objective.window.days
    allowed = float(1 - (objective.target or 0)) * events
    if allowed >= 1:
        return []
    message = (
        f"about {events:,.0f} valid events come in {objective.window.words}, so one bad event breaks the target: {allowed:.2g} are allowed"
    )
    hint = "take a longer window, a lower target, or count several journeys together; slo-workbench fit tells what the history supports"
    return [Finding("budget-below-one-event", message, severity="warning", where=where, hint=hint)]


def _alert_findings(workbook: Workbook) -> list[Finding]:
    """Return what is wrong with the tiers of alerts, for the windows and targets they would watch; what is only noted is told by ``alerts``."""
    from slo_workbench.analysis.alert_tier_findings import tier_findings
    from slo_workbench.analysis.alert_tiers import tiers_of

    found: list[Finding] = []
    for objective in workbook.objectives:
        if objective.target is None or objective.status == "retired" or objective.ambition == "aspirational":
            continue
        tiers, findings = tiers_of(workbook.alerting, objective.window.days)
        of_tiers = [one for tier in tiers for one in tier_findings(tier, target=objective.target, window_days=objective.window.days)]
        told = [finding.at(where="alerting") for finding in findings] + [
            finding.at(where="alerting", message=f"{objective.id}, {finding.where}: {finding.message}") for finding in of_tiers
        ]
        found += [finding for finding in told if finding.severity != "note"]
    return list(dict.fromkeys(found))


def _list_findings(workbook: Workbook, folder: Path) -> list[Finding]:
    """Read the lists of incidents and tickets that the workbook names."""
    from slo_workbench.sources.daily_numbers import read_daily_numbers
    from slo_workbench.sources.team_lists import team_file, team_incidents

    found: list[Finding] = []
    try:
        found += team_incidents(workbook, folder)[1]
    except FindingsError as error:
        found += [finding.at(where="incidents") for finding in error.findings]
    try:
        found += read_daily_numbers(team_file(folder, workbook.tickets, where="tickets"))[1] if workbook.tickets else ()
    except FindingsError as error:
        found += [finding.at(where="tickets") for finding in error.findings]
    return found


def _pool_findings(workbook: Any, folder: Path) -> list[Finding]:
    from slo_workbench.history.pool import read_pool

    try:
        read_pool(workbook.pool, folder=folder, inside=folder)
    except FindingsError as error:
        return list(error.findings)
    return []


def _emptiness(workbook: Any) -> list[Finding]:
    if workbook.sources or workbook.journeys or workbook.indicators:
        return []
    hint = "name your requests under sources, then draw a journey; slo-workbench start DIR --example shows every part filled in"
    return [Finding("workbook-empty", "nothing is filled in yet but the service", severity="note", hint=hint)]


def _diagram_findings(checked: Any) -> list[Finding]:
    """Return what is wrong in the journeys' diagrams, at its line in the workbook."""
    from slo_workbench.journeys import parse_diagram

    found: list[Finding] = []
    for number, journey in enumerate(checked.workbook.journeys):
        where = f"journeys[{number}].diagram"
        place = checked.position_of(where)
        if journey.diagram and place is not None:
            diagram, odd = parse_diagram(journey.diagram)
            found += [_inside(finding, where, place[0], checked.lines) for finding in odd]
            found += _unknown_participants(journey, {name for one in diagram.participants for name in (one.name, one.shown)}, number)
    return found


def _unknown_participants(journey: Any, known: set[str], number: int) -> list[Finding]:
    return [
        Finding(
            "unknown-participant", f"the diagram has no participant {one.name!r}", severity="warning",
            where=f"journeys[{number}].dependencies[{place}].name", hint=nearest_hint(one.name, sorted(known)),
        )
        for place, one in enumerate(journey.dependencies) if one.name not in known
    ]  # fmt: skip


def _inside(finding: Finding, where: str, key_line: int, lines: Sequence[str]) -> Finding:
    """Move a finding from its line in the diagram to its line in the workbook."""
    is_block = lines[key_line - 1].rstrip().endswith(("|", "|-", "|+"))  # the text of a block begins below its key
    line = key_line + (finding.line or 1) - (0 if is_block else 1)
    return finding.at(where=where, file=None, line=line, column=None)


def _placed(found: Finding, checked: Any, file: Path) -> Finding:
    if found.line is not None:
        return found.at(file=str(file))
    place = checked.position_of(found.where) if found.where else None
    return found if place is None else found.at(file=str(file), line=place[0], column=place[1])


def _schema(given: Namespace) -> int:
    from slo_workbench.atomic_files import replace_text
    from slo_workbench.document import schema_text

    if given.result:
        from slo_workbench.proposal.result_schema import result_schema_text as schema_text
    if given.out is None:
        print(schema_text(), end="")
    else:
        replace_text(given.out, schema_text())
        print(f"wrote {given.out}")
    return GOOD


def _sample(given: Namespace) -> int:
    from slo_workbench.sample import write_sample

    with show_progress(f"making {given.weeks} weeks"):
        made = write_sample(given.out, seed=given.seed, weeks=given.weeks, scale=given.scale)
    size = sum(made.n_bytes.values()) / 1e6
    print(
        f"{made.n_requests:,} requests and {made.n_deliveries:,} deliveries of {made.weeks} weeks, seed {made.seed}: {size:.1f} MB in {made.folder}"
    )
    return GOOD


_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "start": workshop_commands.start, "lab": workshop_commands.lab, "check": _check, "schema": _schema, "sample": _sample, "reduce": data_commands.reduce,
    "users": data_commands.users, "fit": data_commands.fit, "propose": proposal_commands.propose, "draw": journey_commands.draw,
    "learn": journey_commands.learn, "candidates": journey_commands.candidates, "gaps": journey_commands.gaps,
    "compare": measurement_commands.compare, "compose": measurement_commands.compose, "vote": choice_commands.vote,
    "reveal": choice_commands.reveal, "choose": choice_commands.choose,
    "alerts": alert_commands.alerts, "budget": promise_commands.budget, "policy": promise_commands.policy, "outage": promise_commands.outage,
    "estimate": room_commands.estimate, "sign": room_commands.sign,
    "export": export_commands.export, "import": export_commands.import_file,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
