"""The commands about a promise: ``budget``, ``policy`` and ``outage``."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.arguments import DEFAULT_SEED, trusted_places
from slo_workbench.document.findings import Finding, FindingsError, is_clean, printable, render_findings
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.progress import show_progress
from slo_workbench.text_tables import terminal_columns, text_table
from slo_workbench.units import counted, format_share, parse_share, parse_window

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.document.model import Indicator, Objective, Workbook
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["OpenedPromise", "budget", "opened_promise", "outage", "policy", "write_picture"]

GOOD, FOUND = 0, 1


@dataclass(frozen=True)
class OpenedPromise:
    """An objective with its counts and the target to judge by: its own, the one given, or the one that its history supports."""

    case: ProposalCase
    series: pd.DataFrame
    target: Decimal
    whose: str

    @property
    def workbook(self) -> Workbook:
        """The workbook it is from."""
        return self.case.workbook

    @property
    def objective(self) -> Objective:
        """What is promised."""
        return self.case.objective

    @property
    def indicator(self) -> Indicator:
        """What is measured."""
        return self.case.indicator

    @property
    def daily(self) -> pd.DataFrame:
        """``day, valid, good`` of complete days."""
        return self.case.assessment.daily

    @property
    def event(self) -> str:
        """What one event is called."""
        return self.case.assessment.event

    @property
    def window_days(self) -> int:
        """Days of the window; calendar periods count as 7, 30 and 91."""
        return self.objective.window.days

    @property
    def resolution_minutes(self) -> int:
        """How far apart the counts lie."""
        return self.case.history.source_of(self.indicator.id).resolution_minutes

    @property
    def left_out(self) -> str:
        """What of the history does not count; empty when nothing."""
        from slo_workbench.proposal.counted_series import left_out_sentence

        return left_out_sentence(self.case)

    @property
    def title(self) -> str:
        """What is judged, and by which target."""
        return f"{self.objective.id}: {format_share(self.target)} over {self.objective.window.words} ({self.whose})"


def opened_promise(given: Namespace) -> OpenedPromise:
    """Open the objective that the arguments name.

    Raises
    ------
    TooLittleData
        When it has no target and its history supports none.
    """
    from slo_workbench.document import read_workbook
    from slo_workbench.proposal.case import open_case
    from slo_workbench.proposal.counted_series import counted_series

    places = trusted_places(given, read_workbook(given.workbook))
    with show_progress() as tell:
        case = open_case(str(given.workbook), given.objective, places=places, progress=tell)
    wanted = getattr(given, "target", None)
    target = parse_share(wanted) if wanted else case.assessment.target
    if target is None:
        raise TooLittleData(f"{given.objective} has no target, and its history supports none: {case.assessment.sentence}")
    if not 0 < target < 1:
        raise UnusableValue(f"a target lies between 0 and 100 %, both excluded; not {format_share(target)}")
    whose = "as given" if wanted else "its target" if case.objective.target is not None else "what the history supports"
    return OpenedPromise(case, counted_series(case), target, whose)


def budget(given: Namespace) -> int:
    """Tell what was spent of an error budget, by what, and how long what is left lasts."""
    from slo_workbench.analysis.budget import error_budget
    from slo_workbench.proposal.budget_part import followed_budget, incident_spending

    _refuse_unknown_picture(given.out)
    opened = opened_promise(given)
    allowed = error_budget(
        opened.daily, opened.series, target=opened.target, window_days=opened.window_days, resolution_minutes=opened.resolution_minutes,
        event=opened.event,
    )  # fmt: skip
    over_time = followed_budget(opened.case, opened.target)
    print(f"{opened.title}\n\n" + "\n".join([*allowed.sentences[:2], "", *filter(None, [*over_time.sentences, opened.left_out])]))
    spent = incident_spending(opened.case, opened.target)
    groups = _groups(given, opened) if given.group_by else None
    print("\nWhat spent it\n" + "\n".join(spent.sentences))
    if groups is not None:
        whole = "Over the whole history, times that are excluded elsewhere included."
        print("\n".join([f"\nBy {given.group_by}", *map(printable, groups.sentences), whole]))
    findings = _tickets(given, opened)
    if given.out:
        _draw_burn_down(given.out, over_time, spent.table)
    if findings:
        print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _groups(given: Namespace, opened: OpenedPromise) -> Any:
    from slo_workbench.analysis.budget_spenders import spend_by_group
    from slo_workbench.history.from_workbook import is_asked_of_prometheus, query_of, source_request
    from slo_workbench.history.group_counts import count_by_column
    from slo_workbench.sources.anywhere import open_anywhere

    places = trusted_places(given, opened.workbook)
    name, folder = opened.indicator.source, given.workbook.parent
    if is_asked_of_prometheus(opened.workbook, name, places):
        raise UnusableValue("the counters of a Prometheus have no columns here; group them by a label there")
    threshold = opened.workbook.threshold_ms_of(opened.objective)
    query = replace(query_of(opened.indicator), thresholds_ms=() if threshold is None else (threshold,))
    request = source_request(name, opened.workbook.sources[name], folder, place=places.get(name))
    with show_progress(f"counting by {given.group_by}"), open_anywhere(request, folder=folder) as source:
        counts = count_by_column(source, query, given.group_by)
    return spend_by_group(counts, target=opened.target, column=given.group_by, event=opened.event)


def _tickets(given: Namespace, opened: OpenedPromise) -> tuple[Finding, ...]:
    """Tell whether tickets follow the budget, where the user or the workbook names them."""
    from slo_workbench.analysis.tickets_against_budget import compare_tickets
    from slo_workbench.sources.daily_numbers import read_daily_numbers
    from slo_workbench.sources.team_lists import team_file

    path = given.tickets
    if path is None and opened.workbook.tickets is not None:
        path = team_file(given.workbook.parent, opened.workbook.tickets, where="tickets")
    if path is None:
        return ()
    import numpy as np

    numbers, findings = read_daily_numbers(path)
    try:
        found = compare_tickets(
            opened.daily,
            numbers,
            target=opened.target,
            window_days=opened.window_days,
            rng=np.random.default_rng(DEFAULT_SEED),
            event=opened.event,
        )
    except TooLittleData as error:
        return (*findings, Finding("tickets-not-compared", str(error), severity="note", hint="keep two weeks of days at least"))
    print("\nDoes it move with the tickets?\n" + "\n".join(found.sentences))
    return findings


def _draw_burn_down(out: Path, over_time: Any, incidents: Any) -> None:
    from slo_workbench.plots.budget_burn_down import draw_budget_burn_down

    last = over_time.frame.iloc[-1]
    left = last["left_share" if over_time.window.period is None else "so_far_left_share"]
    title = f"{left * 100:.0f} % of the budget of {format_share(over_time.target)} is left" if last["is_judged"] else ""
    write_picture(out, lambda: draw_budget_burn_down(over_time.frame, window=over_time.window, incidents=incidents, title=title))


def policy(given: Namespace) -> int:
    """Replay the error budget policy, or print some to start from."""
    if given.examples:
        return _print_example_policies()
    if given.workbook is None or given.objective is None:
        raise UnusableValue("name a workbook and an objective, or --examples")
    from slo_workbench.analysis.policy_replay import replay_policy
    from slo_workbench.proposal.budget_part import incident_spending
    from slo_workbench.proposal.counted_series import days_with_holes_as_nothing

    opened = opened_promise(given)
    clauses = opened.workbook.policy.clauses
    if not clauses:
        hint = "write some under 'policy: clauses:'; slo-workbench policy --examples prints policies to start from"
        raise FindingsError([Finding("no-policy", "the workbook has no error budget policy", hint=hint)])
    targets = {opened.whose: opened.target}
    targets |= {format_share(share): share for share in map(parse_share, given.targets)}
    incidents = incident_spending(opened.case, opened.target)
    found = replay_policy(
        days_with_holes_as_nothing(opened.case), clauses=clauses, targets=targets, window_days=opened.window_days, incidents=incidents.table,
        time_zone=opened.workbook.service.time_zone, period=opened.objective.window.period,
    )  # fmt: skip
    print(f"{opened.title}\n\n{_policy_table(found.table, {clause.id: clause.action for clause in clauses})}\n")
    if opened.objective.ambition == "aspirational":
        print("The objective is aspirational: none of its clauses applies. This is what they would do.")
    print("\n".join(filter(None, [*found.sentences, opened.left_out])))
    if given.out:
        from slo_workbench.plots.policy_calendar import draw_policy_calendar

        write_picture(given.out, lambda: draw_policy_calendar(found.calendar, found.table))
    return GOOD


def _policy_table(table: pd.DataFrame, action_of: dict[str, str]) -> str:
    rows = [
        (format_share(row["target"]), row["clause"], format_share(row["budget_spent"]), f"{row['n_days_in_force']} of {row['n_days_judged']}",
         f"{row['days_a_year']:.0f}", row["longest_days"], action_of[str(row["clause"])])
        for row in table.to_dict("records")
    ]  # fmt: skip
    header = ["target", "clause", "at", "days in force", "days a year", "longest", "what is done"]
    return text_table(header, rows, columns=terminal_columns())


def _print_example_policies() -> int:
    from slo_workbench.document.example_policies import example_policies, render_policy

    for name, example in example_policies().items():
        print(f"# {name}\n{render_policy(example)}\n")
    return GOOD


def outage(given: Namespace) -> int:
    """Calculate between targets, minutes of full outage and bad events."""
    from slo_workbench.analysis.outage_calculator import allow, allow_bad_events, allow_minutes, format_minutes, outage_table

    window = parse_window(given.window)
    valid = None if given.valid is None else _whole(given.valid, "--valid")
    if sum(value is not None for value in (given.target, given.minutes, given.bad)) > 1:
        raise UnusableValue("one of a target, --minutes and --bad: the others follow from it")
    if given.target is not None:
        found = allow(parse_share(given.target), window_days=window.days, valid_events=valid)
    elif given.minutes is not None:
        if not math.isfinite(given.minutes):
            raise UnusableValue(f"--minutes is a number of minutes, not {given.minutes}")
        found = allow_minutes(Decimal(str(given.minutes)), window_days=window.days, valid_events=valid)
    elif given.bad is not None:
        if valid is None:
            raise UnusableValue("--bad says how many; of how many valid events, --valid says")
        found = allow_bad_events(_whole(given.bad, "--bad"), valid_events=valid, window_days=window.days)
    elif valid is not None:
        raise UnusableValue("--valid goes with a target, --minutes or --bad")
    else:
        table = outage_table()
        header = ["target", *(f"in {counted(int(days), 'day')}" for days in table.columns[1:])]
        rows = [(format_share(row[0]), *(format_minutes(cell) for cell in row[1:])) for row in table.itertuples(index=False)]
        print(f"Minutes of full outage that a target allows\n{text_table(header, rows, columns=terminal_columns())}")
        return GOOD
    print("\n".join(found.sentences))
    return GOOD


def _whole(number: float, option: str) -> int:
    if not (0 < number < 1e15 and float(number).is_integer()):
        raise UnusableValue(f"{option} is a whole number above 0, not {number:g}")
    return int(number)


def _refuse_unknown_picture(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in (".png", ".svg"):
        raise UnusableValue(f"--out ends in .png or .svg, not {out.name!r}")


def write_picture(out: Path, draw: Callable[[], Any]) -> None:
    """Draw in the workbook's style and write the picture whole, as .png or .svg."""
    from slo_workbench.plots.style import plot_style

    _refuse_unknown_picture(out)
    kind = out.suffix.lower().removeprefix(".")
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.tmp")
    try:
        with plot_style():
            draw().figure.savefig(temporary, format=kind, metadata={"Date": None} if kind == "svg" else None)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    print(f"wrote {out}")
