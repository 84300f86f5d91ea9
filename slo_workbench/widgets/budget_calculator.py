"""The budget calculator: a target, minutes of full outage and bad requests; change one, and the others follow."""

from __future__ import annotations

from decimal import Context, Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.units import format_share
from slo_workbench.widgets.apply_button import ApplyButton, findings_html
from slo_workbench.widgets.card import card, shown_with
from slo_workbench.workshop.budget_figures import USUAL_BURN_RATE, BudgetFigures, calculate_budget, sayable_target
from slo_workbench.workshop.decisions import Decision

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop
from slo_workbench.workshop.status_steps import decide_target

__all__ = ["BudgetCalculator", "budget_calculator", "calculate_budget"]

_SHOWN = Context(prec=6)


class BudgetCalculator:
    """See :func:`budget_calculator`; its controls are attributes, so that code can do what a hand does."""

    def __init__(self, workshop: Workshop | None = None, objective_id: str = "") -> None:
        import ipywidgets as widgets

        self._workshop = workshop
        self._objective_id = workshop.objective(objective_id).id if workshop is not None else ""
        self._seen = workshop.workbook if workshop is not None else None
        self._is_following, self._given, self._event = False, "target", "request"
        self.figures: BudgetFigures | None = None
        style, layout = {"description_width": "210px"}, {"width": "440px", "max_width": "100%"}

        def field(label: str, placeholder: str, tooltip: str) -> Any:
            return widgets.Text(
                description=label, placeholder=placeholder, tooltip=tooltip, style=style, layout=dict(layout), continuous_update=False
            )

        self.target = field("Target", "99.9%", "Share of good requests, such as 99.9%; Enter calculates")
        self.minutes = field("Minutes of full outage", "40.32", "How long everything may fail in a window, at even traffic")
        self.bad = field("Bad requests", "1000", "How many requests of a window may be bad")
        self.window = field("Window", "28d", "Days, weeks, or month: 28d, 4w, month")
        self.requests = field("Expected requests a window", "1000000", "How many valid requests a window has; empty where not known")
        self.burn_rate = field("Burn rate", USUAL_BURN_RATE, "How many times faster than the target allows requests fail")
        self.reason = field("Reason for this target", "what users notice, or what the history keeps", "Why this target; Apply needs it")
        self.reason.layout.width = "auto"
        self.round = widgets.Button(
            description="Round the target", tooltip="To a target that people can say, never tighter", icon="bullseye"
        )
        self.round.layout.width = "auto"
        self.shown = widgets.HTML()
        self._start()
        for name in ("target", "minutes", "bad", "window", "requests", "burn_rate"):
            getattr(self, name).observe(lambda _, name=name: self._changed(name), "value")
        self.round.on_click(lambda _: self._round())
        fields = [self.target, self.minutes, self.bad, self.window, self.requests, self.burn_rate]
        deciding: list[Any] = []
        self.apply: ApplyButton | None = None
        if workshop is not None:
            label = "Apply the target and window"
            self.apply = ApplyButton(self._decide, path=workshop.path, label=label, after=self._start_again)
            deciding = [self.reason, self.apply.view]
        self.view = widgets.VBox([*fields, widgets.HBox([self.round], layout=widgets.Layout(margin="0 0 0 216px")), self.shown, *deciding])

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)

    def _start(self) -> None:
        """Start from the document: the objective's target, window and traffic."""
        self._given = "target"
        try:
            figures = calculate_budget(self._workshop, self._objective_id)
        except SloWorkbenchError as error:
            self.shown.value = card(findings_html(error))
            return
        self._follow(figures, all_of_them=True)
        self._show(figures)

    def _changed(self, name: str) -> None:
        if self._is_following:
            return
        # a window, a traffic or a burn rate keeps the target; one of the three decides the two others
        self._given = name if name in ("target", "minutes", "bad") else "target"
        self.calculate()

    def calculate(self) -> None:
        """Calculate from the field that was changed last, or say why not."""
        given = {"target": self.target.value, "minutes": self.minutes.value, "bad_requests": self.bad.value}
        wanted = {"bad": "bad_requests"}.get(self._given, self._given)
        try:
            if not given[wanted].strip():
                raise UnusableValue("give one of a target, minutes of full outage and bad requests")
            figures = calculate_budget(
                window=self.window.value, expected_requests=self.requests.value.strip(), burn_rate=self.burn_rate.value,
                event=self._event, **{wanted: given[wanted]},
            )  # fmt: skip
        except SloWorkbenchError as error:
            self.figures = None
            self.shown.value = card(findings_html(error))
            return
        self._follow(figures)
        self._show(figures)

    def _follow(self, figures: BudgetFigures, *, all_of_them: bool = False) -> None:
        """Set the fields that were not given; what a hand typed stays as it was typed."""
        allowance = figures.allowance
        self._event = allowance.event
        self._is_following = True
        try:
            if self._given != "target" or all_of_them:
                self.target.value = _percent(allowance.target)
            if self._given != "minutes":
                self.minutes.value = f"{_SHOWN.create_decimal(allowance.full_outage_minutes):f}"
            if self._given != "bad":
                self.bad.value = "" if allowance.bad_events is None else str(allowance.bad_events)
            if all_of_them:
                self.window.value, self.burn_rate.value = str(figures.window), USUAL_BURN_RATE
                self.requests.value = "" if allowance.valid_events is None else str(allowance.valid_events)
                for field, words in ((self.bad, "Bad {}s"), (self.requests, "Expected {}s a window")):
                    field.description = words.format(allowance.event)
        finally:
            self._is_following = False

    def _show(self, figures: BudgetFigures) -> None:
        from slo_workbench.proposal.fragments import table

        self.figures = figures
        header, rows = figures.table()
        first = figures.sentences[0]
        said = f'<p style="font-size:19px"><strong>{escape(first)}</strong></p>' + "".join(
            f"<p>{escape(one)}</p>" for one in figures.sentences[1:]
        )
        shown = table(header, rows, numbers=range(1, len(header)), caption="How long everything may fail; → is this target and this window")
        self.shown.value = card(said, shown.html)

    def _round(self) -> None:
        if self.figures is not None:
            rounded = sayable_target(self.figures.allowance.target)
            self.target.value = _percent(rounded)

    def _decide(self) -> Decision:
        assert self._workshop is not None  # without a workshop there is no button
        if self.figures is None:
            raise UnusableValue("there is nothing to apply until the figures above can be calculated")
        target, reason = _percent(self.figures.allowance.target), self.reason.value.strip()
        return decide_target(
            self._workshop.path,
            self._objective_id,
            seen=self._seen,
            target=target,
            window=str(self.figures.window),
            reason=reason,
        )

    def _start_again(self, decision: Decision) -> None:
        if decision.is_change and self._workshop is not None:
            self._seen, self.reason.value = self._workshop.workbook, ""
            self._start()


def _percent(target: Decimal) -> str:
    return format_share(target).replace(" ", "")


def budget_calculator(workshop: Workshop | None = None, objective_id: str = "") -> BudgetCalculator:
    """Calculate what a target allows, in both directions; *Apply* writes the target with its reason.

    Parameters
    ----------
    workshop : Workshop, optional
        Starts from an objective of it, and its traffic; without one there is nothing to apply to.
    objective_id : str
        The first one for an empty id.

    Raises
    ------
    FindingsError
        When there is no such objective.

    Notes
    -----
    :func:`slo_workbench.workshop.budget_figures.calculate_budget` does the same without a hand on it.
    """
    return BudgetCalculator(workshop, objective_id)
