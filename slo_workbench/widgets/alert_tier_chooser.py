"""The alert tier chooser: which tiers watch the budget, and, at every change, what they would have done over the history."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting
from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.alert_tier_row import HEADINGS, IDS, WIDTHS, AlertTierRow
from slo_workbench.widgets.apply_button import ApplyButton, findings_html
from slo_workbench.widgets.card import card, shown_with
from slo_workbench.workshop.alert_choices import PRESETS
from slo_workbench.workshop.decisions import Decision
from slo_workbench.workshop.replayed_alert_choice import (
    ReplayedAlertChoice,
    decide_alerting,
    read_alerting,
    replay_alert_choice,
    target_to_alert_on,
)

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["AlertTierChooser", "alert_tier_chooser", "replay_alert_choice"]

_NEW_TIER = {"severity": "page", "long": "2h", "short": "10m", "budget_spent": "3%"}


class AlertTierChooser:
    """See :func:`alert_tier_chooser`; its controls are attributes, so that code can do what a hand does."""

    def __init__(self, workshop: Workshop, objective_id: str = "") -> None:
        import ipywidgets as widgets

        self._workshop, self._objective_id = workshop, workshop.objective(objective_id).id
        target_to_alert_on(workshop.case(self._objective_id))
        self._seen = workshop.workbook
        self._is_loading = False
        self.rows: dict[str, AlertTierRow] = {}
        self._refusal: Exception | None = None
        self.replayed: ReplayedAlertChoice | None = None
        self.preset = widgets.Dropdown(
            description="Start from", options=[(f"{name}'s tiers" if name != "workbook" else "The Site Reliability Workbook's tiers", name) for name in PRESETS],
            style={"description_width": "90px"}, layout=widgets.Layout(width="420px", max_width="100%"), tooltip="A published set of tiers",
        )  # fmt: skip
        self.add = widgets.Button(
            description="Add a tier", icon="plus", tooltip="A tier of your own on top", layout=widgets.Layout(width="auto")
        )
        self._place = widgets.VBox([])
        self.message, self.drawn, self.compared, self.incidents, self.outages = (widgets.HTML() for _ in range(5))
        titles = ("Incident by incident, and the rules", "Outages that begin at once: after how long is somebody called?")
        self.details = widgets.Accordion(children=[self.incidents, self.outages], titles=titles, selected_index=None)
        self.apply = ApplyButton(self._decide, path=workshop.path, label="Apply the alerts", after=self._start_again)
        self._load(self._seen.alerting)
        self.preset.observe(lambda change: self._take_preset(change.new), "value")
        self.add.on_click(lambda _: self._add())
        self.view = widgets.VBox([
            self.preset, widgets.HTML(_headings()), self._place, widgets.HBox([self.add]), self.message, self.drawn, self.compared, self.details, self.apply.view,
        ])  # fmt: skip

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)

    @property
    def _window_days(self) -> int:
        return self._workshop.objective(self._objective_id).window.days

    def _load(self, alerting: Alerting) -> None:
        """Put a choice into the controls, and replay it."""
        self._is_loading = True
        self.preset.value = alerting.preset
        self._is_loading = False
        settings = {one.id: one for one in alerting.tiers}
        self.rows, refused = {}, None
        try:
            for tier_id in (*IDS, *(one for one in settings if one not in IDS)):
                self._put(tier_id, settings.get(tier_id))
        except FindingsError as error:
            refused = error
        # a setting that switches off what is not there has no row, and stays
        self._kept = tuple(one for one in alerting.tiers if one.id not in self.rows)
        self._place.children = [row.view for row in self.rows.values()]
        if refused is None:
            self.replay()
        else:
            self._show_refusal(refused)

    def _put(self, tier_id: str, setting: AlertTierSetting | None) -> None:
        if tier_id in IDS or setting is None or setting.is_on or setting.long:
            row = AlertTierRow(tier_id, setting, preset=self.preset.value, window_days=self._window_days, changed=self.replay)
            self.rows[tier_id] = row

    def _take_preset(self, preset: str) -> None:
        if not self._is_loading:
            written = self._seen.alerting
            self._load(written if preset == written.preset else Alerting(preset=preset))  # type: ignore[arg-type]

    def _add(self) -> None:
        number = next(number for number in range(1, 1000) if f"own-{number}" not in self.rows)
        self._put(f"own-{number}", AlertTierSetting.model_validate({"id": f"own-{number}", **_NEW_TIER}))
        self._place.children = [row.view for row in self.rows.values()]
        self.replay()

    def choice(self) -> Alerting:
        """Return what the controls say, as the workbook would hold it.

        Raises
        ------
        SloWorkbenchError
            For what the workbook would refuse.
        """
        settings = {one.id: one for row in self.rows.values() if (one := row.setting()) is not None}
        settings |= {one.id: one for one in self._kept}
        written = [one.id for one in self._seen.alerting.tiers]
        # in the order of the workbook, so that the change is small
        order = sorted(settings, key=lambda one: written.index(one) if one in written else len(written))
        return read_alerting(self.preset.value, [settings[one] for one in order], otherwise=Alerting())

    def replay(self) -> None:
        """Replay what the controls say, or say what is wrong with it."""
        try:
            alerting = self.choice()
            found = replay_alert_choice(self._workshop, self._objective_id, alerting.preset, alerting.tiers, beside=self.replayed)
        except (SloWorkbenchError, OSError) as error:
            self._show_refusal(error)
            return
        self.replayed, self._refusal = found, None
        self._show(found)

    def _show_refusal(self, error: Exception) -> None:
        self._refusal = error
        self.message.value = card(findings_html(error), "<p>Below is the last choice that could be replayed.</p>" if self.replayed else "")

    def _show(self, found: ReplayedAlertChoice) -> None:
        from slo_workbench.proposal.fragments import findings_list

        odd = findings_list(found.findings).html if found.findings else ""
        title = f'<p style="font-size:19px"><strong>{escape(found.message)}</strong></p><p>{escape(found.title)}.</p>'
        self.message.value = card(title, odd)
        self.compared.value = card(found.table().html)
        self.drawn.value = card(found.picture().html)  # last of the two: it takes longest
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in found.sentences[1:])
        outages = found.outage_table().html + "".join(f"<p>{escape(one)}</p>" for one in (found.outages.sentences if found.outages else ()))
        self.incidents.value, self.outages.value = card(found.incident_table().html, said), card(outages)

    def _decide(self) -> Decision:
        if self._refusal is not None:
            raise self._refusal
        return decide_alerting(self._workshop.path, self.choice(), seen=self._seen)

    def _start_again(self, decision: Decision) -> None:
        if decision.is_change:
            self._seen = self._workshop.workbook
            self._load(self._seen.alerting)


def _headings() -> str:
    cells = "".join(
        f'<span style="display:inline-block;box-sizing:border-box;width:{width};margin:0 2px;padding-left:2px">{heading}</span>'
        for heading, width in zip(HEADINGS, WIDTHS.values(), strict=True)
    )
    return f'<div style="font-weight:600;font-size:14px" aria-hidden="true">{cells}</div>'


def alert_tier_chooser(workshop: Workshop, objective_id: str = "") -> AlertTierChooser:
    """Choose alert tiers, see what they would have done, and write the choice with *Apply*.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The promise whose history is replayed; the first one for an empty id. The alerting it writes is for all objectives.

    Raises
    ------
    FindingsError
        When there is no such objective.
    TooLittleData
        When it has no target, and its history supports none.

    Notes
    -----
    :func:`slo_workbench.workshop.replayed_alert_choice.replay_alert_choice` does the same without a hand on it.
    """
    return AlertTierChooser(workshop, objective_id)
