"""``result.json``: every figure of a proposal's page for other programs, in the form that ``result_schema`` describes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from slo_workbench.analysis.calendar_windows import calendar_sli
from slo_workbench.analysis.uncovered_users import uncovered_sentence
from slo_workbench.code_version import code_version
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.journeys.coverage_words import coverage_sentences, gaps_by_mode
from slo_workbench.proposal.alternatives_part import alternatives_of
from slo_workbench.proposal.coverage_part import view_of
from slo_workbench.proposal.data_part import gaps_of
from slo_workbench.proposal.plain_promise import plain_promise
from slo_workbench.proposal.plain_values import plain, plain_rows
from slo_workbench.proposal.review_part import review_sentence
from slo_workbench.proposal.sign_off_part import signatures_result
from slo_workbench.proposal.summary_part import summary_lines
from slo_workbench.proposal.versions import versions

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["RESULT_VERSION", "figures_of", "result_of"]

RESULT_VERSION = 1


def result_of(case: ProposalCase) -> dict[str, Any]:
    """Return all that ``result.json`` holds: the figures, and what changed since an earlier proposal, if it is compared with one."""
    return {**case.figures, "changes": None if case.changes is None else case.changes.as_json()}


def figures_of(case: ProposalCase) -> dict[str, Any]:
    """Return the figures of a proposal as plain values; what could not be worked out says why under ``refused``."""
    provenance, objective = case.history.provenance, case.objective
    return {
        "result_version": RESULT_VERSION,
        "objective": objective.id,
        "service": case.workbook.service.name,
        "journey": case.journey.id,
        "kind": case.indicator.kind,
        "promise": case.promise,
        "plain_promise": plain_promise(case),
        "summary": summary_lines(case),
        "status": objective.status,
        "ambition": objective.ambition,
        "owner": objective.owner,
        "reason": objective.reason,
        "next_review": None if objective.next_review is None else str(objective.next_review),
        "next_review_sentence": review_sentence(case),
        "specification": case.indicator.specification,
        "measured_at": case.indicator.measured_at,
        "valid": case.indicator.valid,
        "good": case.indicator.good,
        "fit": case.assessment.to_json(),
        "source": plain(asdict(case.history.source_of(case.indicator.id))),
        "gaps": plain_rows(gaps_of(case)),
        "months": plain_rows(calendar_sli(case.assessment.daily, "month")) if not case.assessment.daily.empty else [],
        "incidents": plain_rows(case.assessment.incidents),
        "alternatives": [plain(asdict(one)) for one in alternatives_of(case)],
        "past_promises": [] if case.assessment.past is None else plain_rows(case.assessment.past.promises),
        **{name: _told(make, case) for name, make in _PARTS.items()},
        "dissent": [plain(asdict(one)) for one in case.dissent],
        "reviews": plain([one.model_dump(mode="json") for one in case.workbook.reviews]),
        "findings": [{key: value for key, value in asdict(found).items() if value not in (None, "")} for found in case.findings()],
        "signatures": signatures_result(case),
        "seed": case.seed,
        "as_of": case.as_of,
        "language": case.language,
        "workbook_sha256": case.workbook_sha256,
        "package_version": provenance.package_version,
        "engine": provenance.engine,
        "code_version": code_version(),
        "versions": versions(),
    }


def _told(make: Callable[[ProposalCase], dict[str, Any] | None], case: ProposalCase) -> dict[str, Any] | None:
    """Return a part; where it cannot be worked out, why."""
    try:
        return make(case)
    except SloWorkbenchError as error:
        return {"refused": str(error), "sentences": []}


def _users(case: ProposalCase) -> dict[str, Any] | None:
    found = case.users
    if found is None:
        return None
    window = found.shown
    shown = {} if window is None else {
        "start": plain(window.start), "n_windows": window.n_windows, "window_days": window.window_days, "covered_days": plain(window.covered_days),
        "n_users": window.n_users, "no_bad_share": plain(window.no_bad_share), "below_target_share": plain(window.below_target_share),
        "by_activity": plain_rows(window.by_activity), "worst": [plain(asdict(one)) for one in window.worst],
        "uncovered_sentence": uncovered_sentence(window, event=found.event),
    }  # fmt: skip
    return {"target": str(found.target), "sentences": list(found.sentences), **shown}


def _money(case: ProposalCase) -> dict[str, Any] | None:
    found, target = case.money, case.assessment.target
    at_risk = None
    if not found.table.empty and target is not None and 0 < target < 1 and "window_bad_cents" in found.table:
        at_risk = found.cents_at_risk(target)
    return {
        "currency": found.currency, "sentences": list(found.sentences), "limits": list(found.limits), "by_threshold": plain_rows(found.table),
        "cents_at_risk": at_risk, "span_days": plain(found.span_days),
    }  # fmt: skip


def _budget(case: ProposalCase) -> dict[str, Any] | None:
    found = case.followed
    if found is None:
        return None
    return {"sentences": list(found.sentences), "days": plain_rows(found.frame), "burns": plain_rows(found.burns)}


def _policy(case: ProposalCase) -> dict[str, Any]:
    found = case.policy_replay
    replay = None if found is None else {"sentences": list(found.sentences), "by_clause": plain_rows(found.table)}
    return {**case.workbook.policy.model_dump(mode="json"), "replay": replay}


def _alerts(case: ProposalCase) -> dict[str, Any] | None:
    if case.objective.ambition == "aspirational":
        return None
    found = case.alerts
    if found is None:
        return None
    tiers = [
        {
            "id": tier.id, "severity": tier.severity, "long_minutes": tier.long_minutes, "short_minutes": tier.short_minutes,
            "burn_rate": plain(float(tier.burn_rate)), "budget_spent_share": plain(float(tier.budget_spent_share(found.window_days))),
        } for tier in found.tiers
    ]  # fmt: skip
    sentences = list(found.sentences) if found.tiers else []
    return {"sentences": sentences, "tiers": tiers, "by_incident": plain_rows(found.by_incident)}


def _risks(case: ProposalCase) -> dict[str, Any] | None:
    found = case.risks
    if found is None:
        return None
    return {
        "sentences": list(found.sentences), "budget_minutes_a_year": plain(found.budget_minutes_a_year),
        "bad_minutes_a_year": plain(found.bad_minutes_a_year), "fit_together": found.fit_together, "by_risk": plain_rows(found.table),
    }  # fmt: skip


def _remembered(case: ProposalCase) -> dict[str, Any] | None:
    found = case.remembered
    if found is None:
        return None
    return {"sentences": list(found.sentences), "incidents": plain_rows(found.incidents), "by_indicator": plain_rows(found.table)}


def _coverage(case: ProposalCase) -> dict[str, Any] | None:
    view = view_of(case.workbook, case.journey)
    if view is None:
        return None
    gaps = [{"what": what, "where": where, "remedy": remedy} for what, where, remedy in gaps_by_mode(view)]
    return {
        "sentences": list(coverage_sentences(view, with_name=False)), "n_ways": len(view.coverage.modes), "n_unseen": len(view.coverage.gaps),
        "gaps": gaps,
    }  # fmt: skip


_PARTS: dict[str, Callable[[ProposalCase], dict[str, Any] | None]] = {
    "users": _users,
    "money": _money,
    "budget_over_time": _budget,
    "policy": _policy,
    "alerts": _alerts,
    "risks": _risks,
    "team_incidents": _remembered,
    "coverage": _coverage,
}
