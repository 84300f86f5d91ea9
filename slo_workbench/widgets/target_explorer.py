"""Two sliders, threshold and target, and what each position would mean; the button writes the position to the workbook."""

from __future__ import annotations

import math
import time
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.analysis.target_exploration import FALLBACK_TARGET
from slo_workbench.document.changes import diff_of
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.plots.target_exploration import ExplorationPicture
from slo_workbench.units import format_ms, format_share
from slo_workbench.widgets.apply_button import ApplyButton, findings_html
from slo_workbench.widgets.card import card, shown_with
from slo_workbench.widgets.target_answer import TargetAnswer, answer_of, exploration_of, explore_target
from slo_workbench.workshop.decisions import Decision, decide

if TYPE_CHECKING:
    import ipywidgets

    from slo_workbench.analysis.target_exploration import TargetExploration
    from slo_workbench.workshop.opening import Workshop
from slo_workbench.workshop.status_steps import decide_target

__all__ = ["TargetExplorer", "explore_target", "target_explorer"]

PREPARE_SECONDS = 2.0
EN_SPACE = "\u2002"


class TargetExplorer:
    """Sliders for threshold and target with their answer; :func:`explore_target` says the same without a hand on it.

    Moving a slider writes nothing. ``threshold`` and ``target`` are the sliders, ``reason`` the field for the reason, ``answer`` the
    picture and table, ``apply`` writes the position, and ``count_too`` adds the threshold to the indicator's, so that users and money
    are counted there, too.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first one for an empty id.
    """

    def __init__(self, workshop: Workshop, objective_id: str = "") -> None:
        import ipywidgets as widgets

        self.workshop, self.objective_id = workshop, workshop.objective(objective_id).id
        self._picture = ExplorationPicture()
        self.threshold = widgets.SelectionSlider(options=[("–", 0.0)], description="Good within", **_wide())
        self.target = widgets.SelectionSlider(options=[("–", FALLBACK_TARGET)], description="Target", **_wide())
        self.threshold.tooltip = "Threshold: how long an answer may take and still be good. Arrow keys move it."
        self.target.tooltip = "Target: which share is to be good. Arrow keys move it."
        self.hint = widgets.HTML("")
        self.answer = widgets.HTML("")
        self.reason = widgets.Text(description="Why", **_wide())
        self.apply = ApplyButton(self._decide, path=workshop.path, label="Apply threshold and target", after=lambda _: self._start())
        self.count_too = ApplyButton(
            self._add_threshold, path=workshop.path, label="Count this threshold too", after=lambda _: self._start(is_here=True)
        )
        self.count_too.apply.button_style = ""  # the decision is the other one
        self._start()
        for slider in (self.threshold, self.target):
            slider.observe(self._moved, names="value")
        self.view: ipywidgets.VBox = widgets.VBox(
            [self.threshold, self.target, self.hint, self.answer, self.count_too.view, self.reason, self.apply.view]
        )

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)

    @property
    def shown(self) -> TargetAnswer:
        """What is shown now."""
        return answer_of(self._exploration, self._picture, self.threshold_ms, self.target.value, objective_id=self.objective_id)

    @property
    def threshold_ms(self) -> float | None:
        """The threshold chosen now, in ms; ``None`` for an indicator without."""
        return self.threshold.value if self._exploration.own_thresholds_ms else None

    def _start(self, *, is_here: bool = False) -> None:
        """Start from the document as it is now; ``is_here`` leaves the sliders where they are."""
        here = self.threshold.value, self.target.value  # before the steps change
        self._seen = self.workshop.workbook
        self._exploration: TargetExploration = exploration_of(self.workshop, self.objective_id)
        _prepare(self._exploration)
        document_ms = self._exploration.document_threshold_ms
        threshold_ms = here[0] if is_here and document_ms is not None else document_ms
        self._is_still = True
        try:
            self._offer_thresholds(threshold_ms)
            self._offer_targets(here[1] if is_here else self._exploration.first_target(threshold_ms))
        finally:
            self._is_still = False
        objective = self.workshop.objective(self.objective_id)
        self.reason.value = ""
        self.reason.placeholder = objective.reason or "what users notice, or what the history keeps"
        self.hint.value = card(f"<p>{escape(self._exploration.why_fixed)}</p>") if self._exploration.why_fixed else ""
        self._show()

    def _offer_thresholds(self, threshold_ms: float | None) -> None:
        steps = self._exploration.thresholds_ms
        self.threshold.layout.display = None if len(steps) > 1 else "none"
        if not steps:
            return
        document_ms = self._exploration.document_threshold_ms
        every = sorted({*steps, *([threshold_ms] if threshold_ms is not None else [])})
        self.threshold.options = _steps([(f"{format_ms(one)}{' (document)' if one == document_ms else ''}", one) for one in every])
        self.threshold.value = threshold_ms

    def _offer_targets(self, target: Decimal) -> None:
        document, fitted = self._exploration.document_target, self._exploration.fitted_target(self.threshold_ms)
        said = {fitted: " (history)", document: " (document)"}
        every = sorted({*self._exploration.targets(self.threshold_ms), target})
        self.target.options = _steps([(f"{format_share(one)}{said.get(one, '')}", one) for one in every])
        self.target.value = target

    def _moved(self, change: Any) -> None:
        if self._is_still:
            return
        try:
            if change["owner"] is self.threshold:
                self._is_still = True
                # other targets are worth a step at another threshold; the one chosen stays
                self._offer_targets(self.target.value)
        except SloWorkbenchError as error:
            self.answer.value = card(findings_html(error))
            return
        finally:
            self._is_still = False
        self._show()

    def _show(self) -> None:
        try:
            shown = self.shown
            self.answer.value = shown.to_html()
        except (SloWorkbenchError, OSError) as error:
            self.answer.value = card(findings_html(error))
            return
        is_foreign = shown.found.within is not None
        self.count_too.apply.disabled = not is_foreign
        threshold_ms = shown.threshold_ms
        name = format_ms(threshold_ms) if is_foreign and threshold_ms is not None else "this threshold"
        self.count_too.apply.description = f"Count users and money at {name}, too"
        has_said = bool(self.count_too.said.value)
        self.count_too.view.layout.display = None if is_foreign or has_said else "none"

    def _decide(self) -> Decision:
        threshold_ms, exploration = self.threshold_ms, self._exploration
        own = exploration.own_thresholds_ms
        where, reason = f"objective {self.objective_id}", self.reason.value.strip()
        if threshold_ms is not None and threshold_ms not in own:
            message = (
                f"{format_ms(threshold_ms)} is not among the thresholds of {exploration.indicator}, so a promise cannot be counted there"
            )
            hint = f"press '{self.count_too.apply.description}' first, look at users and money, then apply"
            raise FindingsError([Finding("unknown-threshold", message, hint=hint, where=where)])
        is_moved = threshold_ms != exploration.document_threshold_ms
        if is_moved and not reason:
            hint = "say why this threshold: how long users wait before they mind"
            raise FindingsError([Finding("reason-missing", "another threshold needs a reason", hint=hint, where=where)])
        chosen_ms = threshold_ms if is_moved or len(own) > 1 else None
        return decide_target(
            self.workshop.path,
            self.objective_id,
            seen=self._seen,
            threshold_ms=chosen_ms,
            target=self.target.value,
            reason=reason,
        )

    def _add_threshold(self) -> Decision:
        """Add the threshold to the indicator's; objectives that named none, as there was only one, name that one first."""
        path, exploration, threshold_ms = self.workshop.path, self._exploration, self.threshold.value
        own = self._seen.indicator(exploration.indicator).thresholds_ms
        before = path.read_text(encoding="utf-8-sig")
        for objective in self._seen.objectives:
            if objective.indicator == exploration.indicator and objective.threshold_ms is None:
                decide(path, "objective", objective.id, seen=self._seen, threshold_ms=own[0])
        done = decide(path, "indicator", exploration.indicator, seen=self._seen, thresholds_ms=tuple(sorted({*own, threshold_ms})))
        self.answer.value = card(f"<p>Counting the requests within {format_ms(threshold_ms)} …</p>")
        said = f"Written to {path.name}: {format_ms(threshold_ms)} is a threshold of {exploration.indicator} now; users and money are counted there, too."
        return Decision(done.about, diff_of(before, path.read_text(encoding="utf-8-sig"), path.name), said, before)


def _steps(labelled: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return steps with labels of one length: else the slider grows and shrinks under the hand."""
    longest = max(len(label) for label, _ in labelled)
    return [(label.ljust(longest, EN_SPACE), value) for label, value in labelled]


def _prepare(exploration: TargetExploration) -> None:
    """Work out thresholds before a hand is on the slider, the document's and those next to it first; what is left waits for its move."""
    until = time.monotonic() + PREPARE_SECONDS
    exploration.prepare(exploration.document_threshold_ms)
    own, start = exploration.own_thresholds_ms, exploration.document_threshold_ms or 1.0
    for threshold_ms in sorted(exploration.thresholds_ms, key=lambda one: (one not in own, abs(math.log(one / start)))):
        if time.monotonic() > until:
            return
        exploration.prepare(threshold_ms)


def _wide() -> dict[str, Any]:
    """Return a look that gives labels the room they need and never overflows."""
    import ipywidgets as widgets

    return {"layout": widgets.Layout(width="auto", max_width="1000px"), "style": {"description_width": "initial"}}


def target_explorer(workshop: Workshop, objective_id: str = "") -> TargetExplorer:
    """Return two sliders for an objective's threshold and target, with what each position would mean.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first one for an empty id.

    Raises
    ------
    FindingsError
        When there is no such objective, or its requests cannot be counted; a notebook shows them.
    """
    return TargetExplorer(workshop, objective_id)
