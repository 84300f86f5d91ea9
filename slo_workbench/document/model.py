"""The workbook document: what a team decides about its service levels.

Frozen pydantic models, unknown keys refused. The document knows no data, no engine and no picture;
references between its parts are looked at in :mod:`slo_workbench.document.references`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from slo_workbench.document.alerting_model import Alerting, Selectors
from slo_workbench.document.field_types import (
    ColumnName,
    Confidence,
    Day,
    ExactShare,
    ExactTarget,
    Expression,
    FormatName,
    Identifier,
    Milliseconds,
    Moment,
    Number,
    Part,
    RelativePath,
    SloWindow,
    Text,
)  # fmt: skip
from slo_workbench.document.journey_model import Journey
from slo_workbench.document.sli_menu import MeasuringPoint, SliKind
from slo_workbench.units import Window

__all__ = [
    "Indicator",
    "Journey",
    "Objective",
    "Policy",
    "PolicyClause",
    "Review",
    "Risk",
    "Service",
    "Source",
    "Workbook",
]


class Service(Part):
    """The service whose levels are promised."""

    name: Identifier = Field(description="Short name, lower case with hyphens; goes into file and rule names.")
    title: Text = Field(default="", description="Name as people say it.")
    description: Text = Field(default="", description="What the service does, for a reader who does not know it.")
    owner: Text = Field(default="", description="Team that answers for it.")
    time_zone: Text = Field(default="UTC", description="IANA zone in which calendar days, weeks and months are cut.")
    currency: Text = Field(default="", description="Currency of order values, such as EUR.")


class Source(Part):
    """Where requests (or counts) lie, and how their columns are called."""

    path: RelativePath = Field(
        default="", description="File, pattern or folder of Parquet files below the workbook's folder; plain, .gz or .zst."
    )
    url: Expression | None = Field(
        default=None,
        description=(
            "Instead of a path: a database, a cluster or a Prometheus, such as postgresql://host/db?table=requests or http://prometheus:9090. "
            "Keep passwords out of it."
        ),
    )
    since: Day | None = Field(default=None, description="First day asked of a Prometheus, UTC, as 2026-03-02.")
    until: Day | None = Field(default=None, description="Day after the last that is asked of a Prometheus, UTC.")
    format: FormatName = Field(default="auto", description="Format of the file; recognised when 'auto'.")
    log_format: Expression | None = Field(default=None, description="nginx's log_format, for logs written with it.")
    columns: dict[ColumnName, Expression] = Field(
        default_factory=dict,
        description=(
            "Canonical name (time, route, method, status, latency_ms, user, value, weight) to the file's column or an expression over them."
        ),
    )
    where: Expression | None = Field(
        default=None, description="Predicate choosing the rows that belong here, such as component = 'Webhooks'."
    )
    time_zone: Text | None = Field(default=None, description="IANA zone of times that carry none.")
    description: Text = Field(default="", description="What the data is, how it was taken, what is left out.")

    @model_validator(mode="after")
    def _has_one_place(self) -> Source:
        if bool(self.path) == bool(self.url):
            raise PydanticCustomError("source-place", "a source has either a path or a url")
        return self


class Indicator(Part):
    """A service level indicator: good events of valid events, and where they are counted."""

    id: Identifier = Field(description="Short name, by which objectives refer to it.")
    journey: Identifier = Field(description="The journey it speaks for.")
    kind: SliKind = Field(description="Kind from the SLI menu.")
    specification: Text = Field(description="The SLI in words: the share of … that …")
    measured_at: MeasuringPoint = Field(description="Where the events are counted.")
    source: Identifier = Field(description="Name of the source below 'sources'.")
    arrows: tuple[Text, ...] = Field(
        default=(),
        description="Texts of the arrows in the journey's diagram that it counts, such as 'POST /orders'; found by route where left out.",
    )
    same_as: Identifier | None = Field(
        default=None, description="The indicator whose specification this one measures at another place; the two can be compared."
    )
    valid: Expression = Field(
        description=(
            "Predicate over the columns: which events count. For counts files: the column holding valid events. "
            "For a Prometheus: the selector of a counter of valid events."
        )
    )
    good: Expression = Field(
        description=(
            "Predicate: which valid events are good. For counts files: the column holding good events. For a Prometheus: the selector of a "
            "counter of good events, or with thresholds_ms that of a histogram, without _bucket."
        )
    )
    thresholds_ms: tuple[Milliseconds, ...] = Field(
        default=(),
        description="Latency or freshness thresholds in milliseconds; each gives a ratio of its own. An event must be good and in time.",
    )
    selectors: Selectors = Field(default=Selectors(), description="How its events are called in Prometheus; needed for exports.")


class Objective(Part):
    """A service level objective: a target for an indicator over a window."""

    id: Identifier = Field(description="Short name; goes into the names of rules and alerts.")
    indicator: Identifier = Field(description="The indicator it sets a target for.")
    threshold_ms: Milliseconds | None = Field(
        default=None, description="Which of the indicator's thresholds, in milliseconds; not needed when it has only one."
    )
    window: SloWindow = Field(default=Window(28), description="28d, 4w, or week, month, quarter.")
    target: ExactTarget | None = Field(
        default=None, description="Exact share such as 0.999 or 99.9%, between 0 and 1 exclusive. Left out: proposed from the history."
    )
    ambition: Literal["achievable", "aspirational"] = Field(
        default="achievable", description="Achievable: from data. Aspirational: from a stated need, triggers no policy."
    )
    confidence: Confidence = Field(default=Decimal("0.9"), description="How sure the promise should be: share of windows that keep it.")
    reason: Text = Field(default="", description="Why this threshold, target and window.")
    owner: Text = Field(default="", description="Who answers for it.")
    status: Literal["draft", "proposed", "agreed", "retired"] = Field(default="draft", description="How far the decision has come.")
    next_review: Day | None = Field(default=None, description="Day on which it is looked at again, as 2026-12-31.")


class PolicyClause(Part):
    """One rule of the error budget policy."""

    id: Identifier = Field(description="Short name of the clause.")
    budget_spent: ExactShare = Field(description="Share of the error budget spent at which the clause applies; 100% is all of it.")
    by: Literal["window", "incident"] = Field(
        default="window", description="Whether the share counts what the whole window spent, or one incident alone."
    )
    action: Text = Field(description="What is done.")
    owner: Text = Field(default="", description="Who does it.")
    escalation: Text = Field(default="", description="Who decides when people disagree.")


class Policy(Part):
    """What happens when the error budget is spent."""

    agreed_by: tuple[Text, ...] = Field(default=(), description="Who agreed: product, development and operations.")
    agreed_on: Day | None = Field(default=None, description="Day of the agreement, as 2026-12-31.")
    exempt: Text = Field(default="", description="What does not count, such as load tests.")
    clauses: tuple[PolicyClause, ...] = Field(default=(), description="What is done at which share of the budget spent.")


class Exclusion(Part):
    """A stretch of time that does not count, such as announced maintenance; figures are told with and without it."""

    start: Moment = Field(description="Local time it begins, as 2026-03-29 02:00.")
    end: Moment = Field(description="Local time it ends; not included.")
    time_zone: Text | None = Field(default=None, description="IANA zone of both; that of the service when left out.")
    reason: Text = Field(description="Why it does not count.")
    author: Text = Field(description="Who decided that.")
    repeats: Literal["never", "daily", "weekly"] = Field(default="never", description="At the same local time, each day or each week.")
    repeats_until: Day | None = Field(
        default=None, description="Last day on which it may begin again; to the end of the history when left out."
    )
    indicators: tuple[Identifier, ...] = Field(default=(), description="For which indicators; for all when left out.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Exclusion:
        if self.end <= self.start:
            raise PydanticCustomError("end-not-after-start", "an exclusion ends after it starts")
        longest = {"never": None, "daily": 1, "weekly": 7}[self.repeats]
        if longest is not None and (self.end - self.start).total_seconds() >= longest * 86_400:
            raise PydanticCustomError("exclusion-always", "an exclusion that repeats before it ends leaves no time that counts")
        return self


class Risk(Part):
    """Something that could spend the budget; minutes and days after the CRE risk catalogue."""

    id: Identifier = Field(description="Short name of the risk.")
    title: Text = Field(description="What could happen, in words.")
    minutes_to_detect: Number = Field(ge=0, description="Minutes until somebody or something notices.")
    minutes_to_resolve: Number = Field(ge=0, description="Minutes from noticing to users being well again.")
    users_hit: ExactShare = Field(description="Share of users or of the function hit.")
    days_between: Number = Field(gt=0, description="Days between failures of this kind.")
    mitigation: Text = Field(default="", description="What would make it rarer, shorter or smaller.")


class Review(Part):
    """A look back at the objectives."""

    date: Day = Field(description="Day of the review, as 2026-12-31.")
    attendees: tuple[Text, ...] = Field(default=(), description="Who took part.")
    findings: Text = Field(default="", description="What was seen, such as a sad user inside the objective.")
    decisions: Text = Field(default="", description="What was decided.")


class Workbook(Part):
    """Everything a team has decided, as read from ``workbook.yaml``."""

    version: Literal[1] = Field(default=1, description="Version of this format.")
    service: Service = Field(description="The service whose levels are promised.")
    sources: dict[Identifier, Source] = Field(default_factory=dict, description="Short name to where requests or counts lie.")
    pool: tuple[RelativePath, ...] = Field(
        default=(),
        description="The team's other services: folders of Histories or files of daily counts, from which days unlike one's own are drawn.",
    )
    incidents: RelativePath | None = Field(
        default=None, description="The team's own list of incidents: CSV or JSON with start, end, and id, title, journeys."
    )
    tickets: RelativePath | None = Field(default=None, description="Support tickets a day: CSV with day and a number.")
    journeys: tuple[Journey, ...] = Field(default=(), description="What users come for, each with its sequence diagram.")
    indicators: tuple[Indicator, ...] = Field(default=(), description="What is measured: good events of valid events.")
    objectives: tuple[Objective, ...] = Field(default=(), description="What is promised: targets for indicators over windows.")
    policy: Policy = Field(default=Policy(), description="What happens when the error budget is spent.")
    alerting: Alerting = Field(default=Alerting(), description="How the team is told that the budget burns.")
    exclusions: tuple[Exclusion, ...] = Field(
        default=(), description="Times that do not count; every figure is told with and without them."
    )
    risks: tuple[Risk, ...] = Field(default=(), description="What could spend the budget.")
    reviews: tuple[Review, ...] = Field(default=(), description="Looks back at the objectives.")

    def indicator(self, indicator_id: str) -> Indicator:
        """Return the indicator of that id; ``KeyError`` when there is none."""
        return _by_id(self.indicators, indicator_id)

    def journey(self, journey_id: str) -> Journey:
        """Return the journey of that id; ``KeyError`` when there is none."""
        return _by_id(self.journeys, journey_id)

    def objective(self, objective_id: str) -> Objective:
        """Return the objective of that id; ``KeyError`` when there is none."""
        return _by_id(self.objectives, objective_id)

    def threshold_ms_of(self, objective: Objective) -> float | None:
        """Return the threshold an objective means, in ms: its own, or its indicator's only one."""
        if objective.threshold_ms is not None:
            return objective.threshold_ms
        thresholds = self.indicator(objective.indicator).thresholds_ms
        return thresholds[0] if len(thresholds) == 1 else None


_PartT = TypeVar("_PartT", Journey, Indicator, Objective)


def _by_id(parts: tuple[_PartT, ...], wanted: str) -> _PartT:
    for part in parts:
        if part.id == wanted:
            return part
    raise KeyError(wanted)
