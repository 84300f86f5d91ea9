"""A choice of alert tiers played over the history of an objective: what it would have cost and caught, beside other choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting
from slo_workbench.document.changes import put_part
from slo_workbench.document.findings import Finding, FindingsError, has_errors
from slo_workbench.document.model import Workbook
from slo_workbench.errors import TooLittleData
from slo_workbench.units import format_duration, format_share
from slo_workbench.workshop.alert_choices import (
    CHOICE_HEADER,
    OUTAGE_HEADER,
    TIER_HEADER,
    choice_cells,
    incident_call,
    outage_cells,
    preset_choices,
    tier_cells,
    tiers_that_can_fire,
)
from slo_workbench.workshop.decisions import Decision, decide

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.analysis.alert_replay import AlertReplay
    from slo_workbench.analysis.alert_tiers import AlertTier
    from slo_workbench.analysis.simulated_outages import SimulatedOutages
    from slo_workbench.proposal.case import ProposalCase
    from slo_workbench.proposal.fragments import Fragment
    from slo_workbench.workshop.opening import Workshop

__all__ = ["ReplayedAlertChoice", "decide_alerting", "read_alerting", "replay_alert_choice", "target_to_alert_on"]

THIS, AS_IT_IS = "this choice", "as it is in the workbook"


@dataclass(frozen=True)
class ReplayedAlertChoice:
    """What a choice of tiers would have done; shows itself in a notebook.

    Parameters
    ----------
    alerting : Alerting
        What was chosen, as the workbook would hold it.
    title : str
        Which promise it watches.
    window_days : int
    tiers : tuple of AlertTier
        Those that were replayed.
    played : AlertReplay or None
        ``None`` when no tier can fire.
    all_compared : DataFrame
        This choice, what the workbook has, and the published sets, a row each; see :func:`slo_workbench.analysis.alert_replay.compare_tier_choices`.
    outages : SimulatedOutages or None
    findings : tuple of Finding
        Of the settings, the tiers, the list of incidents.
    case : ProposalCase
        The objective with its history.
    """

    alerting: Alerting
    title: str
    window_days: int
    tiers: tuple[AlertTier, ...]
    played: AlertReplay | None
    all_compared: pd.DataFrame
    outages: SimulatedOutages | None
    findings: tuple[Finding, ...]
    case: ProposalCase = field(repr=False, compare=False)

    @property
    def compared(self) -> pd.DataFrame:
        """The choices side by side, without the workbook's where this choice is the same."""
        if self.alerting != self.case.workbook.alerting:
            return self.all_compared
        others = self.all_compared[self.all_compared["choice"] != AS_IT_IS]
        return others.replace({"choice": {THIS: f"{THIS}, {AS_IT_IS}"}}).reset_index(drop=True)

    @property
    def message(self) -> str:
        """The result in one line: pages a month, incidents paged, what is false."""
        if self.played is None or not self.played.tiers:
            return "Nobody would be called."
        row = self.compared.iloc[0]
        false = int(row["n_false_pages"])
        told = f"{row['n_paged']:.0f} of {row['n_incidents']:.0f} incidents paged" if row["n_incidents"] else "no incident to page"
        return f"{row['pages_a_month']:.1f} pages a month: {told}, {false or 'no'} page{'' if false == 1 else 's'} for nothing."

    @property
    def sentences(self) -> tuple[str, ...]:
        """The promise that is watched, and what would have happened, with the rules it rests on."""
        is_called = self.case.objective.ambition != "aspirational"
        called = "" if is_called else "The objective is aspirational: nobody is called for it. This is what its alerts would do."
        if self.played is None:
            nobody = (
                "No tier is left that can fire, so nobody would be called." if self.findings else "Every tier is off, so nobody is called."
            )
            return tuple(filter(None, (f"{self.title}.", called, nobody)))
        return tuple(filter(None, (f"{self.title}.", called, *self.played.sentences)))

    def tier_table(self) -> Fragment:
        """Return the tiers that were replayed."""
        return _table(TIER_HEADER, [tier_cells(tier, self.window_days) for tier in self.tiers], "The tiers")

    def table(self) -> Fragment:
        """Return this choice beside what the workbook has and the published sets."""
        return _table(CHOICE_HEADER, map(choice_cells, self.compared.to_dict("records")), "Choices side by side, over the same history")

    def incident_table(self) -> Fragment:
        """Return what would have been called in each incident, and how late."""
        records = self.played.by_incident.to_dict("records") if self.played is not None else []
        rows = [
            (
                f"{row['incident']}",
                f"{row['start']:%Y-%m-%d %H:%M}",
                row["verdict"],
                incident_call(row, "page"),
                incident_call(row, "ticket"),
            )
            for row in records
        ]
        return _table(("incident", "start (UTC)", "verdict", "page after", "ticket after"), rows, "Incident by incident")

    def outage_table(self) -> Fragment:
        """Return what happens in outages that stay the same."""
        records = self.outages.by_share.to_dict("records") if self.outages is not None else []
        return _table(OUTAGE_HEADER, map(outage_cells, records), "Outages that begin at once and stay the same, at even traffic")

    def picture(self) -> Fragment:
        """Return when somebody would have been called in each incident, as a picture."""
        from slo_workbench.plots.alert_calls import alert_calls_alt_text, draw_alert_calls
        from slo_workbench.plots.style import plot_style
        from slo_workbench.proposal.fragments import paragraphs, picture

        if self.played is None or self.played.by_incident.empty:
            return paragraphs("There is no incident to draw.")
        with plot_style():
            ax = draw_alert_calls(self.played.by_incident, title=self._how_soon())
            return picture(ax, alt=alert_calls_alt_text(self.played.by_incident))

    def _how_soon(self) -> str:
        """Return what the picture says in a line."""
        row = self.compared.iloc[0]
        if not row["n_paged"]:
            return "No incident would have been paged"
        middle, worst = (format_duration(row[f"{which}_page_delay_minutes"]) for which in ("median", "worst"))
        if row["n_paged"] == 1:
            return f"The page would have come {worst} after the incident began"
        return f"Half of the pages come within {middle}, the slowest after {worst}"

    def fragment(self) -> Fragment:
        """Return all of it, as a notebook shows it."""
        from slo_workbench.proposal.fragments import findings_list, paragraphs, together

        *said, rules = self.sentences if self.played is not None else (*self.sentences, "")
        parts = [
            paragraphs(self.message, css_class="promise"),
            paragraphs(*said),
            self.picture(),
            self.table(),
            self.tier_table(),
            self.incident_table(),
        ]
        parts += [self.outage_table(), paragraphs(*self.outages.sentences)] if self.outages is not None else []
        odd = [findings_list(self.findings)] if self.findings else []
        return together(*parts, *odd, paragraphs(rules, css_class="aside"))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.fragment()._repr_mimebundle_()


def _table(header: Iterable[str], rows: Iterable[Iterable[str]], caption: str) -> Fragment:
    from slo_workbench.proposal.fragments import paragraphs, table

    body = [tuple(row) for row in rows]
    return table(tuple(header), body, caption=caption) if body else paragraphs()


def read_alerting(preset: str, tiers: Iterable[AlertTierSetting | Mapping[str, Any]], *, otherwise: Alerting) -> Alerting:
    """Return a choice as the workbook would hold it; ``otherwise`` where nothing is chosen, and its preset where only tiers are.

    Raises
    ------
    FindingsError
        For a preset or a tier that the workbook would refuse, with the field.

    Examples
    --------
    >>> read_alerting("", [{"id": "page-fast", "long": "2h"}], otherwise=Alerting(preset="sloth")).preset
    'sloth'
    """
    from pydantic import ValidationError

    from slo_workbench.document.validation import explain_validation_error

    chosen = [one if isinstance(one, AlertTierSetting) else dict(one) for one in tiers]
    if not preset and not chosen:
        return otherwise
    try:
        return Alerting.model_validate({"preset": preset or otherwise.preset, "tiers": chosen})
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=("alerting",))) from None


def target_to_alert_on(case: ProposalCase) -> tuple[Decimal, str]:
    """Return the target that alerts watch, and the promise in words.

    Raises
    ------
    TooLittleData
        When there is none, and the history supports none.
    """
    target = case.assessment.target
    if target is None or not case.is_measured or not 0 < target < 1:
        raise TooLittleData(f"{case.objective.id} has no target to watch, and its history supports none: {case.assessment.sentence}")
    whose = "its target" if case.objective.target is not None else "what the history supports"
    return target, f"{case.objective.id}: {format_share(target)} over {case.objective.window.words} ({whose})"


def replay_alert_choice(
    workshop: Workshop, objective_id: str = "", preset: str = "", tiers: Iterable[AlertTierSetting | Mapping[str, Any]] = (), *,
    beside: ReplayedAlertChoice | None = None,
) -> ReplayedAlertChoice:  # fmt: skip
    """Replay a choice of alert tiers over the history of an objective, beside what the workbook has and the published sets.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first one for an empty id.
    preset : str
        Where tiers start: ``workbook``, ``sloth`` or ``pyrra``; empty for the workbook's choice.
    tiers : iterable of AlertTierSetting or mapping
        Tiers that differ from the preset, or come on top, such as ``{"id": "page-fast", "long": "2h"}``. With neither a preset nor tiers it is
        what the workbook has.
    beside : ReplayedAlertChoice, optional
        An earlier replay; as long as the workbook is the same, the rows of the other choices are taken from it.

    Raises
    ------
    FindingsError
        For settings that the workbook would refuse, or a source that cannot be read.
    TooLittleData
        When there is no target to watch.
    """
    from slo_workbench.analysis.alert_replay import replay_alerts
    from slo_workbench.analysis.alert_tiers import tiers_of
    from slo_workbench.analysis.simulated_outages import simulate_outages
    from slo_workbench.proposal.counted_series import counted_series

    case = workshop.case(objective_id)
    alerting = read_alerting(preset, tiers, otherwise=case.workbook.alerting)
    target, title = target_to_alert_on(case)
    days = case.objective.window.days
    wanted, found = tiers_of(alerting, days)
    if has_errors(found):
        raise FindingsError(found)
    firing, broken = tiers_that_can_fire(wanted, target=target, window_days=days)
    asked, odd = _asked(case, target)
    series = counted_series(case)
    played = replay_alerts(series, firing, **asked, event=case.assessment.event) if firing else None
    compared = _compared(case, firing, alerting, series, asked, beside)
    outages = simulate_outages(firing, target=target, window_days=days) if firing else None
    findings = (*found, *broken, *odd, *(played.findings if played is not None else ()))
    return ReplayedAlertChoice(alerting, title, days, firing, played, compared, outages, findings, case)


def _asked(case: ProposalCase, target: Decimal) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return what every replay of an objective is asked, and what is odd in the team's list of incidents."""
    from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS
    from slo_workbench.sources.team_lists import team_incidents

    listed, odd = team_incidents(case.workbook, Path(case.folder))
    resolution = case.history.source_of(case.indicator.id).resolution_minutes
    return {
        "target": target, "window_days": case.objective.window.days, "incidents": listed, "journey": case.indicator.journey,
        "resolution_minutes": resolution, "days_with_data": float(len(case.assessment.daily)), "fewest_bad_events": FEWEST_BAD_EVENTS,
    }, odd  # fmt: skip


def _compared(
    case: ProposalCase, firing: tuple[AlertTier, ...], alerting: Alerting, series: pd.DataFrame, asked: dict[str, Any],
    beside: ReplayedAlertChoice | None,
) -> pd.DataFrame:  # fmt: skip
    """Return this choice first, then what the workbook has where that is another, then the published sets."""
    import pandas as pd

    from slo_workbench.analysis.alert_replay import compare_tier_choices
    from slo_workbench.analysis.alert_tiers import tiers_of

    written, days = case.workbook.alerting, asked["window_days"]
    others: dict[str, tuple[AlertTier, ...]] = {AS_IT_IS: tiers_of(written, days)[0], **preset_choices(days)}
    own = compare_tier_choices(series, {THIS: firing}, **asked)
    is_same = beside is not None and beside.case is case
    rows = beside.all_compared.iloc[1:] if beside is not None and is_same else compare_tier_choices(series, others, **asked)
    return pd.concat([own, rows], ignore_index=True)


def decide_alerting(path: Path, alerting: Alerting, *, seen: Workbook | None = None) -> Decision:
    """Write a choice of tiers into the workbook: the preset, and only the tiers that differ from it.

    Raises
    ------
    FindingsError
        As for :func:`slo_workbench.workshop.decisions.decide`.
    """
    tiers = [_written(one) for one in alerting.tiers]
    if tiers:
        return decide(path, "alerting", seen=seen, preset=alerting.preset, tiers=tiers)
    # "no tier differs" is a decision here, and no field left empty
    before = path.read_bytes().decode("utf-8-sig")
    diff = put_part(path, "alerting", "", seen=seen, preset=alerting.preset, tiers=[])
    said = (
        f"Written to {path.name}: preset of the alerting, as published."
        if diff
        else f"{path.name} says so already: preset of the alerting."
    )
    return Decision("alerting", diff, said, before if diff else "")


def _written(setting: AlertTierSetting) -> dict[str, Any]:
    fields = setting.model_dump(exclude_defaults=True)
    return {"id": setting.id, **{name: value for name, value in fields.items() if name != "id"}}
