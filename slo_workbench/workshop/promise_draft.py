"""Draft an objective: name the indicator and the window that a promise will be about, before any number is spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.workshop.decisions import Decision, decide
from slo_workbench.workshop.opening import Workshop

__all__ = ["PromiseDraft", "draft_objective"]

USUAL_WINDOW = "28d"


@dataclass(frozen=True)
class PromiseDraft:
    """The objective that a notebook speaks of, and what drafting it changed; shows itself as that decision.

    Parameters
    ----------
    objective_id : str
    decision : Decision
        Empty where the objective is there already.
    """

    objective_id: str
    decision: Decision

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.decision._repr_mimebundle_(include, exclude)


def draft_objective(
    workshop: Workshop, objective_id: str = "", indicator_id: str = "", *, window: str = "", threshold_ms: float = 0.0
) -> PromiseDraft:
    r"""Return the objective of that id (the first for an empty one), or draft one for an indicator where there is none.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        For a draft, its id; made of the indicator and the window where it is empty.
    indicator_id : str
        What a draft is for; without it nothing is written.
    window : str
        Of a draft; four weeks by default.
    threshold_ms : float
        Of a draft whose indicator has several thresholds; 0 takes the smallest.

    Raises
    ------
    FindingsError
        When there is no such objective, and no indicator to draft one for.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from slo_workbench.workshop.opening import open_workshop
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "workbook.yaml")
    >>> _ = file.write_text("service: {name: shop}\nsources: {log: {path: log.csv}}\njourneys:\n- {id: buy, name: Buy}\n"
    ...     "indicators:\n- {id: buy-ok, journey: buy, kind: availability, specification: orders that work,\n"
    ...     "   measured_at: server_log, source: log, valid: 'true', good: status < 500}\n")
    >>> draft = draft_objective(open_workshop(str(file)), indicator_id="buy-ok")
    >>> draft.objective_id, draft.decision.said
    ('buy-ok-28d', 'Written to workbook.yaml: indicator, window of the objective buy-ok-28d.')
    >>> folder.cleanup()
    """
    there = _there(workshop, objective_id, indicator_id)
    if there:
        return PromiseDraft(there, Decision(f"objective {there}", "", f"The promise in hand is {there}, as {workshop.path.name} has it."))
    if not indicator_id:
        known = ", ".join(one.id for one in workshop.workbook.indicators)
        hint = f"write indicator_id in the parameters; there is: {known}" if known else "choose an indicator in notebook 03 first"
        wanted = f"there is no objective {objective_id!r} yet" if objective_id else "the workbook promises nothing yet"
        raise FindingsError([Finding("no-objective", f"{wanted}, and no indicator is named to draft one for", hint=hint)])
    indicator = workshop.indicator(indicator_id)
    chosen = threshold_ms or (min(indicator.thresholds_ms) if len(indicator.thresholds_ms) > 1 else None)
    drafted = objective_id or f"{indicator.id}-{window or USUAL_WINDOW}"
    decision = decide(workshop.path, "objective", drafted, indicator=indicator.id, window=window or USUAL_WINDOW, threshold_ms=chosen)
    return PromiseDraft(drafted, decision)


def _there(workshop: Workshop, objective_id: str, indicator_id: str) -> str:
    """Return the id of the objective meant, where the workbook has it; an indicator without an id means its first objective."""
    objectives = workshop.workbook.objectives
    if objective_id:
        return objective_id if any(one.id == objective_id for one in objectives) else ""
    return next((one.id for one in objectives if not indicator_id or one.indicator == indicator_id), "")
