"""What is doubtful about a promise: its target, its pool, what was left out of the count, and its source."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.budget import ErrorBudget
from slo_workbench.analysis.exclusions import ExcludedTimes
from slo_workbench.analysis.fit import FEWEST_BUDGET_EVENTS, TargetFit
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData
from slo_workbench.history.history import History
from slo_workbench.history.quality import gap_findings
from slo_workbench.units import counted, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.assessment import Assessment

__all__ = ["exclusion_findings", "pool_findings", "refusal_finding", "source_findings", "stated_findings"]


def refusal_finding(error: TooLittleData) -> Finding:
    """Return a refusal as a finding: what, and after the semicolon what else could be done."""
    message, _, hint = str(error).partition("; ")
    return Finding("budget-too-small", message, severity="warning", hint=hint)


def pool_findings(daily: pd.DataFrame, pool: Sequence[pd.DataFrame] | None) -> list[Finding]:
    """Report a pool that holds the very history it is to help."""
    if not any(service.reset_index(drop=True).equals(daily) for service in pool or ()):
        return []
    hint = "name other services; its own days are drawn anyway"
    return [Finding("pool-is-itself", "the pool holds this very history", severity="warning", where="pool", hint=hint)]


def exclusion_findings(taken: ExcludedTimes, with_all: Assessment) -> list[Finding]:
    """Report exclusions that take out nothing, or everything."""
    if taken.n_valid == 0:
        hint = "are the times local ones of the zone meant? Of daily counts only whole days can be left out"
        message = f"{counted(len(taken.times), 'excluded stretch holds', 'excluded stretches hold')} no valid {with_all.event}: nothing was taken out"
        return [Finding("exclusion-takes-nothing", message, severity="warning", where="exclusions", hint=hint)]
    if taken.n_valid == with_all.n_valid:
        message = f"the exclusions leave no valid {with_all.event}"
        return [Finding("exclusion-always", message, severity="warning", where="exclusions", hint="look at their start, end and repeats")]
    return []


def stated_findings(stated: Decimal | None, fit: TargetFit | None, budget: ErrorBudget, *, is_aspirational: bool) -> list[Finding]:
    """Report a stated target that allows too few bad events, or lies above what the history supports."""
    if stated is None:
        return []
    found = []
    if budget.bad_events_allowed < FEWEST_BUDGET_EVENTS:
        small = budget.bad_events_allowed < 1
        found.append(
            Finding(
                "budget-too-small" if small else "budget-few-events",
                f"{format_share(stated)} allows {counted(budget.bad_events_allowed, 'bad event')} a window: "
                + ("a single failure breaks it" if small else "luck alone may spend it"),
                severity="warning",
                hint="a longer window, a similar journey counted together, time slices, synthetic traffic, or a lower target",
            )
        )
    if fit is not None and stated > fit.target:
        chance = fit.predicted.chance_of_keeping(stated)
        found.append(
            Finding(
                "target-above-fit",
                f"{format_share(stated)} is tighter than the {format_share(fit.target)} the history supports: "
                f"about {chance * 100:.0f} of 100 windows would keep it, not {float(fit.confidence) * 100:g}",
                severity="note" if chance >= 0.5 or is_aspirational else "warning",
                hint="choose the fitted target, or say in the reason what will change"
                + ("" if is_aspirational else "; or call it aspirational: then it triggers no policy"),
            )
        )
    return found


def source_findings(history: History, source: str, indicator: str) -> list[Finding]:
    """Return what was odd in the source an indicator is counted from."""
    others = {query.id for query in history.provenance.indicators} - {indicator}
    of_source = {query.source for query in history.provenance.indicators} - {source}
    mine = [found for found in history.findings if found.where.partition(".")[0] not in others | of_source]
    return [*mine, *gap_findings(history, of_source=source)]
