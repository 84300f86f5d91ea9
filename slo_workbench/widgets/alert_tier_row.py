"""One row of the alert tier chooser: a tier's controls, and the setting that says how it differs from the published tier."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from slo_workbench.document.alerting_model import Alerting, AlertTierSetting
from slo_workbench.document.findings import FindingsError, has_errors
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.workshop.budget_figures import read_number

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_tiers import AlertTier
    from slo_workbench.document.alerting_model import Preset

__all__ = ["AlertTierRow", "length_text"]

IDS = ("page-fast", "page-slow", "ticket-day", "ticket-slow")
WIDTHS = {"is_on": "120px", "severity": "78px", "long": "62px", "short": "62px", "budget": "84px", "burn_rate": "84px", "pending": "70px"}
HEADINGS = ("Tier", "Calls", "Long", "Short", "Budget", "Burn rate", "Pending")
_TOOLTIPS = {
    "is_on": "Whether this tier is used",
    "severity": "A page wakes somebody, a ticket goes on a list",
    "long": "Long window, such as 1h: that it matters",
    "short": "Short window, such as 5m: that it still goes on",
    "budget": "Share of the budget that is spent when it fires, such as 2%; the burn rate follows",
    "burn_rate": "How many times faster than allowed the budget burns, such as 14.4; the budget follows",
    "pending": "How long it must burn before it fires, such as 2m; 0m for none",
}


def length_text(minutes: int) -> str:
    """Write minutes as the workbook holds a length.

    Examples
    --------
    >>> length_text(5), length_text(360), length_text(4320), length_text(0)
    ('5m', '6h', '3d', '0m')
    """
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


class AlertTierRow:
    """Controls of one tier.

    Parameters
    ----------
    tier_id : str
    setting : AlertTierSetting or None
        How the workbook changes the published tier, or what it adds; ``None`` for the tier as published.
    preset : {"workbook", "sloth", "pyrra"}
    window_days : int
    changed : callable
        Called after a hand has changed something.

    Raises
    ------
    FindingsError
        When there is no such tier.
    """

    def __init__(
        self, tier_id: str, setting: AlertTierSetting | None, *, preset: Preset, window_days: int, changed: Callable[[], None]
    ) -> None:
        import ipywidgets as widgets

        self.id, self._written, self._preset, self._window_days, self._told = tier_id, setting, preset, window_days, changed
        self._is_following, self._decides = False, ""
        tier = self._tier(setting)

        def text(name: str, value: str) -> Any:
            box = widgets.Text(value=value, continuous_update=False, tooltip=f"{tier_id}: {_TOOLTIPS[name]}", placeholder=name)
            box.layout.width = WIDTHS[name]
            return box

        self.is_on = widgets.Checkbox(
            value=setting is None or setting.is_on, description=tier_id, indent=False, tooltip=f"{tier_id}: {_TOOLTIPS['is_on']}"
        )
        self.severity = widgets.Dropdown(options=["page", "ticket"], value=tier.severity, tooltip=f"{tier_id}: {_TOOLTIPS['severity']}")
        self.is_on.layout.width, self.severity.layout.width = WIDTHS["is_on"], WIDTHS["severity"]
        self.long, self.short = text("long", length_text(tier.long_minutes)), text("short", length_text(tier.short_minutes))
        self.budget, self.burn_rate = text("budget", self._budget_of(tier)), text("burn_rate", f"{float(tier.burn_rate):.6g}")
        self.pending = text("pending", length_text(tier.pending_minutes))
        self._loaded = {name: self._value(name) for name in WIDTHS}
        for name in WIDTHS:
            getattr(self, name).observe(lambda _, name=name: self._changed(name), "value")
        self.view = widgets.HBox([getattr(self, name) for name in WIDTHS], layout=widgets.Layout(flex_flow="row wrap"))

    def _value(self, name: str) -> Any:
        value = getattr(self, name).value
        return value.strip() if isinstance(value, str) else value

    def _budget_of(self, tier: AlertTier) -> str:
        return f"{float(tier.budget_spent_share(self._window_days)) * 100:.4g}%"

    def _tier(self, setting: AlertTierSetting | None) -> AlertTier:
        """Return the tier that a setting makes of the published one, on or off."""
        from slo_workbench.analysis.alert_tiers import tiers_of

        settings = () if setting is None else (setting.model_copy(update={"is_on": True}),)
        tiers, findings = tiers_of(Alerting(preset=self._preset, tiers=settings), self._window_days)
        found = next((tier for tier in tiers if tier.id == self.id), None)
        if found is None or has_errors(findings):
            raise FindingsError([finding.at(where=f"tier {self.id}") for finding in findings])
        return found

    def _changed(self, name: str) -> None:
        if self._is_following:
            return
        if name in ("budget", "burn_rate"):
            self._decides = name
        if name in ("budget", "burn_rate", "long"):
            self._follow()
        self._told()

    def _follow(self) -> None:
        """Let the burn rate follow the budget, or the other way round, as the tier itself says."""
        decided = self._decides
        try:
            tier, setting = self._tier(self._setting_of({"is_on": True})), self.setting()
        except SloWorkbenchError:
            return  # whoever is told reads the setting, and shows what is wrong
        if all(one is None or (one.budget_spent is None and one.burn_rate is None) for one in (setting, self._written)):
            self._decides = ""  # back to what was published
        self._is_following = True
        try:
            if decided != "burn_rate":
                self.burn_rate.value = f"{float(tier.burn_rate):.6g}"
            if decided != "budget":
                self.budget.value = self._budget_of(tier)
        finally:
            self._is_following = False

    def setting(self) -> AlertTierSetting | None:
        """Return how the controls differ from the published tier, by as few fields as say it; ``None`` where they do not.

        What no hand has changed stays as the workbook says it.

        Raises
        ------
        SloWorkbenchError
            For what the workbook would refuse.
        """
        if not any(self._is_changed(name) for name in WIDTHS):
            return self._written
        is_on = bool(self.is_on.value)
        if not is_on and self.id in IDS:
            return AlertTierSetting(id=self.id, is_on=False)
        setting = self._setting_of({"is_on": is_on})
        tier = self._tier(setting)
        for name in ("severity", "long", "short", "pending", "budget_spent", "burn_rate"):
            if self._is_changed(name):
                setting = self._without(setting, name, tier)
        is_as_published = setting == AlertTierSetting(id=self.id)
        return None if is_as_published else setting

    def _is_changed(self, name: str) -> bool:
        if name in ("budget", "budget_spent", "burn_rate"):
            return self._decides != ""
        return bool(self._value(name) != self._loaded[name])

    def _without(self, setting: AlertTierSetting, name: str, tier: AlertTier) -> AlertTierSetting:
        """Return a setting without a field that says nothing the published tier does not."""
        less = setting.model_copy(update={name: None})
        try:
            return less if self._tier(less) == tier else setting
        except FindingsError:
            return setting  # a tier that comes on top needs it

    def _setting_of(self, fields: dict[str, Any]) -> AlertTierSetting:
        """Return the fields of the workbook's setting with those that a hand has changed."""
        from pydantic import ValidationError

        from slo_workbench.document.validation import explain_validation_error

        written = {} if self._written is None else self._written.model_dump(exclude_none=True)
        changed = {name: self._value(name) for name in ("severity", "long", "short", "pending") if self._is_changed(name)}
        if self._decides:
            written = {name: value for name, value in written.items() if name not in ("budget_spent", "burn_rate")}
            changed |= {"budget_spent": self._value("budget")} if self._decides == "budget" else {"burn_rate": self._rate()}
        try:
            return AlertTierSetting.model_validate({**written, **changed, "id": self.id, **fields})
        except ValidationError as error:
            found = explain_validation_error(error, at=("alerting", "tiers", 0))
            raise FindingsError([finding.at(where=f"tier {self.id}") for finding in found]) from None

    def _rate(self) -> int | float:
        rate = read_number(self._value("burn_rate"), f"burn rates of {self.id}")
        return int(rate) if rate == rate.to_integral_value() else float(rate)
