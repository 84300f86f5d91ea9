"""One objective with everything a proposal says about it, as pieces of a page.

The proposal notebook calls this and holds no arithmetic of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from slo_workbench.analysis.assessment import REFUSALS, Assessment, assess
from slo_workbench.analysis.pool import pool_of
from slo_workbench.atomic_files import replace_text
from slo_workbench.document import MEASURING_POINTS, SLI_MENU, Finding, FindingsError, nearest_hint, read_workbook
from slo_workbench.document.model import Indicator, Journey, Objective, Workbook
from slo_workbench.history.from_workbook import reduce_workbook
from slo_workbench.history.history import History
from slo_workbench.history.pool import read_pool
from slo_workbench.history.store import read_history
from slo_workbench.journeys import parse_diagram
from slo_workbench.plots.predicted_window import draw_predicted_window
from slo_workbench.plots.sli_over_time import draw_sli_over_time
from slo_workbench.plots.style import plot_style
from slo_workbench.progress import Tell, silent
from slo_workbench.proposal.evidence import alternatives_part, ceiling_of_journey, users_sentence
from slo_workbench.proposal.excluded_times import excluded_times_part
from slo_workbench.proposal.fragments import Fragment, code, findings_list, paragraphs, picture, table, together
from slo_workbench.proposal.incidents_part import incidents_part
from slo_workbench.proposal.journey_part import choice_part, journey_part
from slo_workbench.proposal.sign_off_part import sign_off_part, signatures_result
from slo_workbench.sources.files import fingerprint
from slo_workbench.sources.intervals import event_of
from slo_workbench.units import counted, format_count, format_days, format_ms, format_share

__all__ = ["DEFAULT_SEED", "ProposalCase", "case_of", "open_case"]

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
    """

    workbook: Workbook
    objective: Objective
    history: History
    assessment: Assessment
    seed: int
    workbook_sha256: str = ""
    folder: str = "."

    @property
    def indicator(self) -> Indicator:
        """The objective's indicator."""
        return self.workbook.indicator(self.objective.indicator)

    @property
    def journey(self) -> Journey:
        """The journey the indicator speaks for."""
        return self.workbook.journey(self.indicator.journey)

    @property
    def threshold_words(self) -> str:
        """The threshold as part of a sentence; empty when there is none."""
        threshold = self.workbook.threshold_ms_of(self.objective)
        return "" if threshold is None else f" within {format_ms(threshold)}"

    @property
    def _counted(self) -> str:
        """What the source's rows are, where they are no requests; ``request`` for all others."""
        return event_of(self.history.source_of(self.indicator.id).format, "request")

    @property
    def is_measured(self) -> bool:
        """Whether the history has any valid event."""
        return self.assessment.n_valid > 0

    @property
    def promise(self) -> str:
        """The promise in one sentence, or that there is none."""
        target = self.assessment.target
        what = f"valid {self.assessment.event}s of the journey “{self.journey.name}”"
        if target is None or not self.is_measured:
            return f"No promise can be made for {what} yet."
        return f"Over {self.objective.window.words}, {format_share(target)} of {what} are good{self.threshold_words}."

    @cached_property
    def diagram(self) -> tuple[Any, tuple[Finding, ...]]:
        """The parsed diagram of the journey, and what was not understood in it."""
        return parse_diagram(self.journey.diagram)

    def title(self) -> Fragment:
        """Return the heading: service, journey, kind."""
        service = self.workbook.service.title or self.workbook.service.name
        line = f"{service} · {self.journey.name} · {self.indicator.kind}"
        return Fragment(f'<p class="subtitle">{escape(line)}</p>', line)

    def summary(self) -> Fragment:
        """Return the promise and what good means, how sure it is, what may go wrong, who answers and until when."""
        one = self.assessment
        facts = [
            ("Measured", f"{one.period}, {format_days(one.span_days)} of {self._counted}s" if one.period else format_days(one.span_days)),
            ("Status", f"{self.objective.status}, {self.objective.ambition}"),
            ("Owner", self.objective.owner or "nobody yet: name one"),
            ("Next review", str(self.objective.next_review or "no date yet")),
            ("Reason", self.objective.reason or "none given yet"),
        ]
        return together(
            Fragment(f'<p class="promise">{escape(self.promise)}</p>', self.promise),
            paragraphs(f"What is measured: {self.indicator.specification}"),
            self._verdict(),
            paragraphs(
                one.history_sentence,
                one.excluded_sentence,
                one.worst_window_sentence,
                one.budget.sentences[0] if one.budget else None,
                users_sentence(self),
            ),
            table(["", ""], facts),
        )

    def _verdict(self) -> Fragment:
        """Return what the history says of the promise; set apart when it does not support it."""
        one = self.assessment
        if one.fit is None:
            return paragraphs(one.sentence, one.stated_sentence, css_class="refusal")
        unsupported = one.stated_target is not None and one.stated_target > one.fit.target
        stated = paragraphs(one.stated_sentence, one.gap_sentence, css_class="refusal" if unsupported else "")
        return together(stated, paragraphs(f"What the history supports: {one.sentence}"))

    def journey_section(self) -> Fragment:
        """Return the journey: in words, as a diagram with its SLIs, what none of them sees, and how they were chosen."""
        return together(journey_part(self.workbook, self.journey), choice_part(self.journey))

    def findings(self) -> tuple[Finding, ...]:
        """Return what is odd in the data, the target or the diagram; notes of the diagram are left out."""
        odd = [finding.at(where=f"diagram of {self.journey.id}") for finding in self.diagram[1] if finding.severity != "note"]
        target = self.assessment.target
        ceiling = (
            ceiling_of_journey(self.journey).findings(target, where=f"dependencies of {self.journey.id}") if target is not None else ()
        )
        return (*self.assessment.findings, *ceiling, *odd)

    def indicator_section(self) -> Fragment:
        """Return the indicator in words and as predicates."""
        menu = SLI_MENU[self.indicator.kind]
        lines = [f"valid:  {self.indicator.valid}", f"good:   {self.indicator.good}"]
        threshold = self.workbook.threshold_ms_of(self.objective)
        if threshold is not None:
            lines.append(f"and     latency_ms <= {threshold:g}")
        measured = f"Measured at {MEASURING_POINTS[self.indicator.measured_at]}."
        share_of = menu.share_of if self._counted == "request" else f"{self._counted}s in which that held, and not of requests"
        kind = f"Kind: {self.indicator.kind} ({menu.group}), the share of {share_of}."
        return together(paragraphs(self.indicator.specification, kind, measured), code("\n".join(lines)))

    def data_section(self) -> Fragment:
        """Return what the data is: span, rows read, used and refused, files."""
        source = self.history.source_of(self.indicator.id)
        described = self.workbook.sources[source.name].description
        rows = [
            ("Rows read", format_count(source.n_rows_read)),
            ("Rows used", format_count(source.n_rows_used)),
            ("Rows refused", format_count(source.n_rows_refused)),
            ("Rows left out by where", format_count(source.n_rows_left_out)),
            (
                "Valid for this indicator",
                f"{counted(self.assessment.n_valid, self.assessment.event)}, {format_count(self.assessment.n_bad)} bad",
            ),
            (
                "First and last",
                f"{_minute(source.first_time)} to {_minute(source.last_time)} UTC, {format_days(self.assessment.span_days)}",
            ),
            ("Format", source.format),
        ]
        files = [(file["name"], format_count(file["n_bytes"]), file["sha256"][:16]) for file in source.files]
        return together(
            paragraphs(described),
            table(["", ""], rows, numbers=()),
            table(["File", "Bytes", "SHA-256 (start)"], files, numbers=(1,)),
            excluded_times_part(self.assessment, self.workbook.service.time_zone),
        )

    def sli_over_time(self) -> Fragment:
        """Return the picture of the SLI by day and by window."""
        one = self.assessment
        daily = one.daily.assign(sli=one.daily["good"] / one.daily["valid"].where(one.daily["valid"] > 0))
        title = f"{format_share(one.sli)} good over {format_days(one.span_days)}" if one.sli is not None else "No valid event"
        if daily.empty:
            return paragraphs("No day is covered completely, so there is nothing to draw." if self.is_measured else "Nothing was measured.")
        with plot_style():
            ax = draw_sli_over_time(
                daily, one.rolling, window_days=one.window.days, target=one.target, incidents=one.incidents, title=title
            )
            alt = f"SLI by day from {daily['day'].min():%Y-%m-%d} to {daily['day'].max():%Y-%m-%d}. {one.history_sentence}"
            return picture(ax, alt=alt)

    def incidents_section(self) -> Fragment:
        """Return the worst incidents found in the counts, with their share of the budget."""
        return incidents_part(self)

    def target_section(self) -> Fragment:
        """Return the fit: sentence, picture, alternatives and how it came about; or why there is none."""
        one = self.assessment
        if one.fit is None:
            instead = next((finding.hint for finding in one.findings if finding.code in REFUSALS), "")
            return together(
                paragraphs(one.sentence, css_class="refusal"), paragraphs(f"What else could be done: {instead}.", one.stated_sentence)
            )
        targets = dict(one.fit.suggestions)
        if one.stated_target is not None:
            targets["stated"] = one.stated_target
        chance = one.fit.predicted.chance_of_keeping(one.target) * 100 if one.target is not None else 0
        title = f"About {chance:.0f} of 100 such windows would keep {format_share(one.target)}" if one.target is not None else ""
        with plot_style():
            ax = draw_predicted_window(one.fit.predicted.histogram(), targets, chosen=one.target, title=title)
            drawn = picture(ax, alt=f"Predicted SLI of the next {one.window.days} days. {title}.")
        return together(
            paragraphs(one.sentence, one.past.sentence if one.past else None, one.stated_sentence),
            drawn,
            alternatives_part(one.fit, targets),
            self._reasons(),
        )

    def _reasons(self) -> Fragment:
        fit = self.assessment.fit
        assert fit is not None
        unrounded = f"Before rounding, the target would have been {fit.unrounded * 100:.4f} %."
        return paragraphs(*fit.reasons, unrounded, css_class="aside")

    def budget_section(self) -> Fragment:
        """Return the budget in events and in minutes of full outage."""
        budget = self.assessment.budget
        if budget is None:
            return paragraphs("Without a target there is no error budget.")
        by_day = self.history.source_of(self.indicator.id).resolution_minutes > 60
        # an hour of outage means nothing for counts that come once a day
        sentences = [sentence for place, sentence in enumerate(budget.sentences) if not (by_day and place == 1)]
        return paragraphs(*sentences)

    def policy_section(self) -> Fragment:
        """Return what happens when the budget is spent."""
        policy = self.workbook.policy
        if self.objective.ambition == "aspirational":
            return paragraphs("The target is aspirational: it shows where the team wants to be and triggers no policy.")
        if not policy.clauses:
            return paragraphs("There is no error budget policy yet; a target without one changes nothing.")
        rows = [
            (f"{format_share(clause.budget_spent)} spent", clause.action, clause.owner or "–", clause.escalation or "–")
            for clause in policy.clauses
        ]
        agreed = f"Agreed by {', '.join(policy.agreed_by)}" if policy.agreed_by else "Not agreed yet"
        agreed += f" on {policy.agreed_on}." if policy.agreed_on else "."
        exempt = f"Exempt: {policy.exempt}" if policy.exempt else None
        return together(table(["When", "What is done", "Who", "In dispute"], rows), paragraphs(agreed, exempt))

    def findings_section(self) -> Fragment:
        """Return :meth:`findings` as a list."""
        return findings_list(self.findings())

    def sign_off_section(self) -> Fragment:
        """Return who signed, and the lines on which the others sign."""
        return sign_off_part(self)

    def provenance_section(self) -> Fragment:
        """Return what it takes to make this page again."""
        made = self.history.provenance
        rows = [
            ("Objective", self.objective.id),
            ("Workbook (start of SHA-256)", self.workbook_sha256[:16]),
            ("slo-workbench", made.package_version),
            ("Engine", made.engine),
            ("Seed", str(self.seed)),
            ("Days cut in", self.workbook.service.time_zone),
        ]
        return table(["", ""], rows)

    def result(self) -> dict[str, Any]:
        """Return the proposal's figures for other programs."""
        provenance = self.history.provenance
        return {
            "objective": self.objective.id,
            "service": self.workbook.service.name,
            "journey": self.journey.id,
            "kind": self.indicator.kind,
            "promise": self.promise,
            "status": self.objective.status,
            "ambition": self.objective.ambition,
            "valid": self.indicator.valid,
            "good": self.indicator.good,
            "fit": self.assessment.to_json(),
            "source": asdict(self.history.source_of(self.indicator.id)),
            "findings": [{key: value for key, value in asdict(found).items() if value not in (None, "")} for found in self.findings()],
            "signatures": signatures_result(self),
            "seed": self.seed,
            "workbook_sha256": self.workbook_sha256,
            "package_version": provenance.package_version,
            "engine": provenance.engine,
        }

    def write_result(self, path: str) -> None:
        """Write :meth:`result` as JSON; an empty path writes nothing."""
        if path:
            replace_text(Path(path), json.dumps(self.result(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def _minute(iso: str) -> str:
    return iso[:16].replace("T", " ")


def open_case(
    workbook_path: str, objective_id: str, *, history_dir: str = "", seed: int = DEFAULT_SEED, places: Mapping[str, str] | None = None,
    progress: Tell = silent,
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

    Raises
    ------
    FindingsError
        When the workbook, its sources or the id are wrong.
    """
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
    return case_of(workbook, objective, history, path=path, seed=seed)


def case_of(workbook: Workbook, objective: Objective, history: History, *, path: Path, seed: int = DEFAULT_SEED) -> ProposalCase:
    """Assess one objective of a workbook on a History that counts its indicator; ``path`` is the workbook's."""
    assessment = assess(
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
        pool=pool_of(read_pool(workbook.pool, folder=path.parent, inside=path.parent), time_zone=workbook.service.time_zone) or None,
    )
    return ProposalCase(workbook, objective, history, assessment, seed, fingerprint(path).sha256, str(path.parent))
