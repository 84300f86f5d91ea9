"""One objective with everything a proposal says about it, as pieces of a page.

The proposal notebook calls this and holds no arithmetic of its own. What several parts need is worked out once, here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slo_workbench.analysis.assessment import Assessment, assess
from slo_workbench.analysis.pool import pool_of
from slo_workbench.atomic_files import replace_text
from slo_workbench.ballots.signatures import Signatures, read_signatures
from slo_workbench.document import SLI_MENU, Finding, FindingsError, nearest_hint, read_workbook
from slo_workbench.document.model import Indicator, Journey, Objective, Workbook
from slo_workbench.history.from_workbook import reduce_workbook
from slo_workbench.history.history import History
from slo_workbench.history.pool import read_pool
from slo_workbench.history.store import read_history
from slo_workbench.journeys import parse_diagram
from slo_workbench.progress import Tell, silent
from slo_workbench.proposal import evidence
from slo_workbench.proposal.alerts_part import replayed_alerts
from slo_workbench.proposal.budget_part import budget_part, followed_budget, policy_part, replayed_policy
from slo_workbench.proposal.coverage_part import coverage_part
from slo_workbench.proposal.data_part import data_part
from slo_workbench.proposal.dissent_part import Objection, dissent_part, objections_of
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, together
from slo_workbench.proposal.incidents_part import incidents_part
from slo_workbench.proposal.indicator_part import indicator_part
from slo_workbench.proposal.journey_part import choice_part, journey_part
from slo_workbench.proposal.over_time_part import over_time_part
from slo_workbench.proposal.plain_promise import PLAIN_KINDS
from slo_workbench.proposal.provenance_part import provenance_part
from slo_workbench.proposal.result_text import result_text
from slo_workbench.proposal.review_part import review_part
from slo_workbench.proposal.risks_part import risks_of
from slo_workbench.proposal.sign_off_part import sign_off_part
from slo_workbench.proposal.summary_part import summary_part
from slo_workbench.proposal.target_part import target_part
from slo_workbench.proposal.team_incidents_part import replayed_incidents
from slo_workbench.proposal.texts import DEFAULT_LANGUAGE, FixedTexts, read_texts
from slo_workbench.sources.files import fingerprint
from slo_workbench.sources.intervals import event_of
from slo_workbench.units import format_ms, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_replay import AlertReplay
    from slo_workbench.analysis.budget_over_time import BudgetOverTime
    from slo_workbench.analysis.incident_replay import IncidentReplay
    from slo_workbench.analysis.policy_replay import PolicyReplay
    from slo_workbench.analysis.revenue import ValueAtRisk
    from slo_workbench.analysis.risks import RiskCatalogue
    from slo_workbench.analysis.user_coverage import UserCoverage
    from slo_workbench.proposal.changes_since import Changes

__all__ = ["DEFAULT_SEED", "ProposalCase", "assessment_of", "case_of", "open_case"]

DEFAULT_SEED = 20260302


@dataclass(frozen=True)
class ProposalCase:
    """An objective of a workbook, assessed on its History.

    Parameters
    ----------
    workbook : Workbook
    objective : Objective
    history : History
    assessment : Assessment
    seed : int
        Seed of every draw.
    workbook_sha256 : str
        Fingerprint of the workbook's file.
    folder : str
        Where the workbook lies, and with it the lists that it names.
    workbook_file : str
        The workbook itself; empty where it lies in no file.
    as_of : str
        The day the proposal is made, such as ``2026-05-04``; empty when nobody says.
    language : str
        Of the fixed texts, see :func:`slo_workbench.proposal.texts.read_texts`.
    against : str
        The ``result.json`` of an earlier proposal to compare with; empty for none.
    """

    workbook: Workbook
    objective: Objective
    history: History
    assessment: Assessment
    seed: int
    workbook_sha256: str = ""
    folder: str = "."
    workbook_file: str = ""
    as_of: str = ""
    language: str = DEFAULT_LANGUAGE
    against: str = ""

    # -------------------------------------------------------------------------------------------------- what it is about

    @property
    def indicator(self) -> Indicator:
        """The objective's indicator."""
        return self.workbook.indicator(self.objective.indicator)

    @property
    def journey(self) -> Journey:
        """The journey the indicator speaks for."""
        return self.workbook.journey(self.indicator.journey)

    @property
    def texts(self) -> FixedTexts:
        """The fixed texts, in the language asked for."""
        return read_texts(self.language)

    @property
    def threshold_words(self) -> str:
        """The threshold as part of a sentence; empty when there is none."""
        threshold = self.workbook.threshold_ms_of(self.objective)
        return "" if threshold is None else f" within {format_ms(threshold)}"

    @property
    def counted(self) -> str:
        """What the source's rows are, where they are no requests; ``request`` for all others."""
        return event_of(self.history.source_of(self.indicator.id).format, "request")

    @property
    def resolution_minutes(self) -> int:
        """How far apart the counts of the source lie."""
        return self.history.source_of(self.indicator.id).resolution_minutes

    @property
    def is_measured(self) -> bool:
        """Whether the history has any valid event."""
        return self.assessment.n_valid > 0

    @property
    def promise(self) -> str:
        """The promise in one exact sentence, or that there is none."""
        target = self.assessment.target
        what = f"valid {self.assessment.event}s of the journey “{self.journey.name}”"
        if target is None or not self.is_measured:
            return f"No promise can be made for {what} yet."
        return f"Over {self.objective.window.words}, {format_share(target)} of {what} are good{self.threshold_words}."

    # -------------------------------------------------------------------------------------------------- worked out once

    @cached_property
    def diagram(self) -> tuple[Any, tuple[Finding, ...]]:
        """The parsed diagram of the journey, and what was not understood in it."""
        return parse_diagram(self.journey.diagram)

    @cached_property
    def users(self) -> UserCoverage | None:
        """Whom the target covers; ``None`` without one."""
        return evidence.coverage_of_users(self)

    @cached_property
    def money(self) -> ValueAtRisk:
        """What money hangs on good and on bad events."""
        return evidence.value_of(self)

    @cached_property
    def followed(self) -> BudgetOverTime | None:
        """The budget day by day; ``None`` without one."""
        return followed_budget(self, self.assessment.target) if self.has_budget and self.assessment.target is not None else None

    @cached_property
    def policy_replay(self) -> PolicyReplay | None:
        """The policy on the days of the history; ``None`` where there is nothing to play."""
        return replayed_policy(self)

    @cached_property
    def alerts(self) -> AlertReplay | None:
        """The alerts on the history; ``None`` without target or tiers."""
        return replayed_alerts(self)

    @cached_property
    def risks(self) -> RiskCatalogue | None:
        """The risks against the budget; ``None`` without a target."""
        return risks_of(self)

    @cached_property
    def remembered(self) -> IncidentReplay | None:
        """The team's own incidents of the journey, held against the indicator; ``None`` where there are none."""
        return replayed_incidents(self)

    @cached_property
    def dissent(self) -> tuple[Objection, ...]:
        """Who does not agree about how the journey is measured."""
        return objections_of(self)

    @cached_property
    def signatures(self) -> Signatures:
        """Who signed the promise."""
        return read_signatures(self.folder, self.workbook, self.objective.id)

    @cached_property
    def figures(self) -> dict[str, Any]:
        """All figures for other programs, as they are read from a file."""
        from slo_workbench.proposal.result_json import figures_of

        return dict(json.loads(json.dumps(figures_of(self), allow_nan=False)))

    @cached_property
    def changes(self) -> Changes | None:
        """What changed since an earlier proposal; ``None`` where it is compared with none."""
        from slo_workbench.proposal.changes_since import changes_since
        from slo_workbench.proposal.earlier_proposals import read_earlier

        if not self.against:
            return None
        earlier = read_earlier(Path(self.against), service=self.workbook.service.name, objective=self.objective.id)
        return changes_since(earlier, self.figures)

    @property
    def has_budget(self) -> bool:
        """Whether there is a target with something to spend, and a complete day to spend it on."""
        target = self.assessment.target
        return target is not None and 0 < target < 1 and not self.assessment.daily.empty

    def findings(self) -> tuple[Finding, ...]:
        """Return what is odd in the data, the target or the diagram; notes of the diagram are left out."""
        odd = [finding.at(where=f"diagram of {self.journey.id}") for finding in self.diagram[1] if finding.severity != "note"]
        target = self.assessment.target
        ceiling = (
            evidence.ceiling_of_journey(self.journey).findings(target, where=f"dependencies of {self.journey.id}")
            if target is not None
            else ()
        )
        return (*self.assessment.findings, *ceiling, *odd)

    # -------------------------------------------------------------------------------------------------- sections

    def title(self) -> Fragment:
        """Return the heading: service, journey, and what is promised of it."""
        service = self.workbook.service.title or self.workbook.service.name
        line = f"{service} · {self.journey.name} · {PLAIN_KINDS[self.indicator.kind]}"
        return Fragment(f'<p class="subtitle">{escape(line)}</p>', line)

    def summary(self) -> Fragment:
        """Return the first page: the promise, for whom, how sure, what it costs, and what happens when it is missed."""
        since = paragraphs(None if self.changes is None else self.changes.headline, css_class="since-last")
        return together(summary_part(self), since)

    def journey_section(self) -> Fragment:
        """Return the journey in words, as a diagram with its SLIs, and how they were chosen."""
        return together(journey_part(self.workbook, self.journey), choice_part(self.journey, texts=self.texts, with_dissent=False))

    def indicator_section(self) -> Fragment:
        """Return the indicator in words and as predicates."""
        return indicator_part(self)

    def data_section(self) -> Fragment:
        """Return what the data is: span, rows read, used and refused, gaps, files."""
        return data_part(self)

    def sli_over_time(self) -> Fragment:
        """Return the picture of the SLI by day and by window."""
        return over_time_part(self)

    def incidents_section(self) -> Fragment:
        """Return the worst incidents found in the counts, with their share of the budget."""
        return incidents_part(self)

    def target_section(self) -> Fragment:
        """Return the fit: sentences, picture and how it came about; or why there is none."""
        return target_part(self)

    def budget_section(self) -> Fragment:
        """Return the budget in events and in minutes of full outage."""
        return budget_part(self)

    def policy_section(self) -> Fragment:
        """Return what happens when the budget is spent."""
        return policy_part(self)

    def coverage_section(self) -> Fragment:
        """Return the ways to fail that no indicator of the journey sees."""
        return coverage_part(self.workbook, self.journey, texts=self.texts)

    def dissent_section(self) -> Fragment:
        """Return who does not agree, and why."""
        return dissent_part(self)

    def findings_section(self) -> Fragment:
        """Return :meth:`findings` as a list."""
        return findings_list(self.findings())

    def sign_off_section(self) -> Fragment:
        """Return who signed, and the lines on which the others sign."""
        return sign_off_part(self)

    def review_section(self) -> Fragment:
        """Return when it is looked at again, and what earlier reviews found."""
        return review_part(self)

    def provenance_section(self) -> Fragment:
        """Return what it takes to make this page again."""
        return provenance_part(self)

    def result(self) -> dict[str, Any]:
        """Return the proposal's figures for other programs."""
        from slo_workbench.proposal.result_json import result_of

        return result_of(self)

    def write_result(self, path: str) -> None:
        """Write :meth:`result` as JSON; an empty path writes nothing."""
        if path:
            replace_text(Path(path), result_text(self.result()))


def open_case(
    workbook_path: str, objective_id: str, *, history_dir: str = "", seed: int = DEFAULT_SEED, places: Mapping[str, str] | None = None,
    progress: Tell = silent, as_of: str = "", language: str = DEFAULT_LANGUAGE, against: str = "",
) -> ProposalCase:  # fmt: skip
    """Open one objective of a workbook and assess it.

    Parameters
    ----------
    workbook_path : str
    objective_id : str
    history_dir : str
        Folder of a History reduced from this workbook; empty reduces the requests now.
    seed : int
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    progress : callable, optional
        Told each step.
    as_of : str
        The day the proposal is made.
    language : str
        Of the fixed texts.
    against : str
        The ``result.json`` of an earlier proposal to compare with; empty for none.

    Raises
    ------
    FindingsError
        When the workbook, its sources or the id are wrong, or the earlier proposal is none of this objective.
    UnusableValue
        When there are no texts in that language.
    """
    read_texts(language)  # before anything is counted
    path = Path(workbook_path)
    workbook = read_workbook(path)
    try:
        objective = workbook.objective(objective_id)
    except KeyError:
        hint = nearest_hint(objective_id, [item.id for item in workbook.objectives])
        raise FindingsError([Finding("unknown-objective", f"there is no objective {objective_id!r}", file=str(path), hint=hint)]) from None
    history = read_history(Path(history_dir)) if history_dir else reduce_workbook(
        workbook, path.parent, only={objective.indicator}, places=places, progress=progress
    )  # fmt: skip
    if objective.indicator not in [query.id for query in history.provenance.indicators]:
        message = f"the History in {history_dir} does not count {objective.indicator!r}"
        raise FindingsError([Finding("indicator-not-counted", message, hint="it was made from another workbook; propose again")])
    return replace(case_of(workbook, objective, history, path=path, seed=seed, as_of=as_of, language=language), against=against)


def case_of(
    workbook: Workbook, objective: Objective, history: History, *, path: Path, seed: int = DEFAULT_SEED, as_of: str = "",
    language: str = DEFAULT_LANGUAGE, assessment: Assessment | None = None,
) -> ProposalCase:  # fmt: skip
    """Return the case of one objective on a History that counts its indicator; assessed now, where it was not before.

    ``path`` is the workbook's.
    """
    assessed = assessment or assessment_of(workbook, objective, history, folder=path.parent, seed=seed)
    return ProposalCase(
        workbook, objective, history, assessed, seed, fingerprint(path).sha256, str(path.parent), str(path), as_of, language
    )


def assessment_of(workbook: Workbook, objective: Objective, history: History, *, folder: Path, seed: int = DEFAULT_SEED) -> Assessment:
    """Assess one objective of a workbook on a History that counts its indicator; the pool lies in the workbook's ``folder``."""
    return assess(
        history,
        objective.indicator,
        threshold_ms=workbook.threshold_ms_of(objective),
        window=objective.window,
        confidence=objective.confidence,
        rng=np.random.default_rng(seed),
        stated_target=objective.target,
        time_zone=workbook.service.time_zone,
        event=event_of(history.source_of(objective.indicator).format, SLI_MENU[workbook.indicator(objective.indicator).kind].event),
        is_aspirational=objective.ambition == "aspirational",
        exclusions=workbook.exclusions,
        pool=pool_of(read_pool(workbook.pool, folder=folder, inside=folder), time_zone=workbook.service.time_zone) or None,
    )
