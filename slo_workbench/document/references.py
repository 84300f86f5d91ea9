"""Do the parts of a workbook fit together? Names that lead nowhere, thresholds nobody measures, promises nobody owns."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.document.model import Indicator, Journey, Objective, Policy, Workbook
from slo_workbench.document.yaml_nodes import path_of
from slo_workbench.units import counted, format_ms

__all__ = ["Parts", "find_reference_problems", "find_reference_problems_in_parts"]

# Three to five kinds of SLI, says The Art of SLOs (Google, CC BY 4.0): fewer leave failures unseen, more are load without signal.
FEWEST_INDICATORS_OF_A_JOURNEY, MOST_INDICATORS_OF_A_JOURNEY = 3, 5
_NAMED_LISTS = ("journeys", "indicators", "objectives", "risks")
_LINKS = (
    ("indicators", "journey", "journeys"),
    ("indicators", "source", "sources"),
    ("indicators", "same_as", "indicators"),
    ("objectives", "indicator", "indicators"),
)
_PartT = TypeVar("_PartT", bound=BaseModel)


@dataclass(frozen=True)
class Parts:
    """The parts of a workbook that can be read, whatever the others look like.

    Parameters
    ----------
    policy : Policy, optional
        ``None`` when it cannot be read.
    journeys, indicators, objectives : mapping of path to part
        Those that can be read.
    names : mapping of kind to (path, id) pairs
        Every id that is written, also of parts that are broken otherwise, so that one mistake is reported once.
        A kind is absent when its whole section cannot be read: then nothing is known about its names.
    links : tuple of (path, kind, id)
        Every name of another part that is written, also in broken parts.
    time_zones : mapping of path to name
    """

    policy: Policy | None = None
    journeys: Mapping[str, Journey] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    objectives: Mapping[str, Objective] = field(default_factory=dict)
    names: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    links: tuple[tuple[str, str, str], ...] = ()
    time_zones: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Parts:
        """Read each part for itself from the plain data of a file."""
        return cls(
            policy=_readable(Policy, data.get("policy", {})),
            journeys=_readable_parts(Journey, "journeys", data),
            indicators=_readable_parts(Indicator, "indicators", data),
            objectives=_readable_parts(Objective, "objectives", data),
            names=dict(_written_names(data)),
            links=tuple(_written_links(data)),
            time_zones=dict(_written_zones(data)),
        )

    def known(self, kind: str) -> set[str] | None:
        """Give the names of a kind, ``None`` when its section cannot be read."""
        return {name for _, name in self.names[kind]} if kind in self.names else None


def find_reference_problems(workbook: Workbook) -> tuple[Finding, ...]:
    """Give what does not fit together in a workbook whose parts are each in order.

    Nothing here looks at a clock or at data: a review date in the past is no finding.

    Examples
    --------
    >>> from slo_workbench.document.model import Objective, Service, Workbook
    >>> lonely = Workbook(service=Service(name="shop"), objectives=(Objective(id="fast", indicator="latency"),))
    >>> [finding.code for finding in find_reference_problems(lonely)]
    ['unknown-indicator']
    """
    return find_reference_problems_in_parts(Parts.of_data(workbook.model_dump()))


def find_reference_problems_in_parts(parts: Parts) -> tuple[Finding, ...]:
    """Give what does not fit together among the parts that can be read."""
    checks = (
        _repeated_names(parts),
        _unknown_time_zones(parts),
        _unknown_names(parts),
        _journey_problems(parts),
        _indicator_problems(parts),
        _objective_problems(parts),
        _promises_without_owner(parts),
        _targets_without_policy(parts),
    )
    return tuple(finding for check in checks for finding in check)


def _readable(part_class: type[_PartT], data: Any) -> _PartT | None:
    try:
        return part_class.model_validate(data)
    except ValidationError:
        return None


def _readable_parts(part_class: type[_PartT], section: str, data: Mapping[str, Any]) -> dict[str, _PartT]:
    read = {where: _readable(part_class, value) for where, value in _written_parts(section, data)}
    return {where: part for where, part in read.items() if part is not None}


def _written_parts(section: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    written = data.get(section, ())
    pairs = written.items() if isinstance(written, dict) else enumerate(written) if isinstance(written, list | tuple) else ()
    return ((path_of((section, key)), value) for key, value in pairs)


def _written_names(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    if isinstance(data.get("sources", {}), dict):
        yield "sources", tuple((path_of(("sources", name)), name) for name in data.get("sources", {}))
    for section in _NAMED_LISTS:
        if isinstance(data.get(section, ()), list | tuple):
            yield section, tuple(_ids(section, data))
    policy = data.get("policy")
    if isinstance(policy, dict):
        yield "policy.clauses", tuple((f"policy.{where}", name) for where, name in _ids("clauses", policy))


def _written_links(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for section, key, kind in _LINKS:
        for where, value in _written_parts(section, data):
            if isinstance(value, dict) and isinstance(value.get(key), str):
                yield f"{where}.{key}", kind, value[key].strip()
    for where, value in _written_parts("exclusions", data):
        names = value.get("indicators") if isinstance(value, dict) else None
        for number, name in enumerate(names if isinstance(names, list | tuple) else ()):
            if isinstance(name, str):
                yield f"{where}.indicators[{number}]", "indicators", name.strip()


def _written_zones(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for where, value in (("service", data.get("service")), *_written_parts("sources", data), *_written_parts("exclusions", data)):
        if isinstance(value, dict) and isinstance(value.get("time_zone"), str):
            yield f"{where}.time_zone", value["time_zone"].strip()


def _ids(section: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for where, value in _written_parts(section, data):
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            yield where, value["id"]


def _repeated_names(parts: Parts) -> Iterator[Finding]:
    for names in parts.names.values():
        first: dict[str, str] = {}
        for where, name in names:
            if name in first:
                yield Finding(
                    "duplicate-id", f"the id {name!r} is taken by {first[name]}", hint="give this one an id of its own", where=f"{where}.id"
                )
            first.setdefault(name, where)


def _unknown_time_zones(parts: Parts) -> Iterator[Finding]:
    for where, zone in parts.time_zones.items():
        if not _is_time_zone(zone):
            hint = f"{nearest_hint(zone, _zones_like(zone))} zones are called Europe/Berlin or UTC"
            yield Finding("unknown-time-zone", f"there is no time zone {zone!r}", hint=hint, where=where)


@lru_cache(maxsize=64)
def _is_time_zone(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        # OSError: the name of a folder of zones, such as "Europe", or one longer than a file name may be
        return False
    return True


def _zones_like(zone: str) -> set[str]:
    """Every zone, and for a bare city the zone that ends in it, so that 'Berlin' finds 'Europe/Berlin'."""
    zones = zoneinfo.available_timezones()
    city = zone.strip().replace(" ", "_").lower()
    return {name for name in zones if name.lower().rpartition("/")[2] == city} or zones


def _journey_problems(parts: Parts) -> Iterator[Finding]:
    # two measurements of one specification are one SLI
    indicators = Counter(indicator.journey for indicator in parts.indicators.values() if indicator.same_as is None)
    for where, journey in parts.journeys.items():
        if not journey.diagram.strip():
            hint = "draw it as a Mermaid sequenceDiagram; each arrow is a place to measure"
            yield Finding("no-diagram", "the journey has no diagram", severity="note", hint=hint, where=where)
        if indicators[journey.id] > MOST_INDICATORS_OF_A_JOURNEY:
            message = f"{indicators[journey.id]} indicators speak for this journey"
            hint = "three to five usually say more than many; keep those that move with the users' mood"
            yield Finding("many-indicators", message, severity="note", hint=hint, where=where)
        elif indicators[journey.id] < FEWEST_INDICATORS_OF_A_JOURNEY and journey.choice.decided_on:
            n = indicators[journey.id]
            message = f"{counted(n, 'indicator')} {'speaks' if n == 1 else 'speak'} for this journey" if n else "no indicator speaks for it"
            hint = f"three to five see most of what can go wrong; 'slo-workbench candidates WORKBOOK {journey.id}' suggests some"
            yield Finding("few-indicators", message, severity="note", hint=hint, where=where)
        yield from _choice_problems(where, journey, parts)


def _choice_problems(where: str, journey: Journey, parts: Parts) -> Iterator[Finding]:
    chosen = {indicator.id for indicator in parts.indicators.values()}
    rejected = [one.id for one in journey.choice.rejected]
    for number, id in enumerate(rejected):
        if id in chosen:
            hint = "take it out of one of the two"
            yield Finding("rejected-and-chosen", f"{id!r} is rejected here, and is an indicator all the same", severity="warning",
                          hint=hint, where=f"{where}.choice.rejected[{number}]")  # fmt: skip
    known = {*chosen, *rejected, *(score.id for score in journey.choice.scores)}
    for number, one in enumerate(journey.choice.dissent):
        if one.about not in known:
            hint = nearest_hint(one.about, known)
            yield Finding("unknown-candidate", f"there is no candidate or indicator {one.about!r}", severity="warning", hint=hint,
                          where=f"{where}.choice.dissent[{number}].about")  # fmt: skip


def _unknown_names(parts: Parts) -> Iterator[Finding]:
    for where, kind, name in parts.links:
        known = parts.known(kind)
        if known is not None and name not in known:
            singular = kind.removesuffix("s")
            hint = nearest_hint(name, known) if known else f"there is no {singular} yet; add one below '{kind}:'"
            yield Finding(f"unknown-{singular}", f"there is no {singular} {name!r}", hint=hint, where=where)


def _indicator_problems(parts: Parts) -> Iterator[Finding]:
    for where, indicator in parts.indicators.items():
        if indicator.kind == "latency" and not indicator.thresholds_ms:
            hint = "add 'thresholds_ms: [300, 1000]', the milliseconds within which an answer feels quick, and tolerable"
            yield Finding("no-threshold", "a latency indicator needs a threshold", hint=hint, where=where)
        if indicator.same_as == indicator.id:
            hint = "name the other measurement of the specification, or take the line out"
            yield Finding("same-as-itself", "an indicator is no second measurement of itself", hint=hint, where=f"{where}.same_as")


def _objective_problems(parts: Parts) -> Iterator[Finding]:
    indicators = {indicator.id: indicator for indicator in parts.indicators.values()}
    for where, objective in parts.objectives.items():
        if objective.indicator in indicators:
            yield from _threshold_problem(objective, indicators[objective.indicator], where)


def _threshold_problem(objective: Objective, indicator: Indicator, where: str) -> Iterator[Finding]:
    wanted, measured = objective.threshold_ms, indicator.thresholds_ms
    listed = ", ".join(format_ms(threshold) for threshold in measured)
    if wanted is None and len(measured) > 1:
        hint = f"add 'threshold_ms: {measured[0]:g}', or another of its thresholds"
        yield Finding("threshold-needed", f"the indicator {indicator.id!r} has several thresholds: {listed}", hint=hint, where=where)
    elif wanted is not None and not measured:
        hint = f"remove the line, or add 'thresholds_ms: [{wanted:g}]' to the indicator"
        yield Finding("unknown-threshold", f"the indicator {indicator.id!r} has no thresholds", hint=hint, where=f"{where}.threshold_ms")
    elif wanted is not None and wanted not in measured:
        nearest = min(measured, key=lambda threshold: abs(threshold - wanted))
        message = f"{format_ms(wanted)} is not a threshold of the indicator {indicator.id!r}, which has {listed}"
        hint = f"the nearest is {nearest:g}; or add {wanted:g} to the indicator's thresholds_ms"
        yield Finding("unknown-threshold", message, hint=hint, where=f"{where}.threshold_ms")


def _promises_without_owner(parts: Parts) -> Iterator[Finding]:
    for where, objective in parts.objectives.items():
        if objective.ambition == "aspirational" and not objective.reason:
            hint = "say which need it comes from: it is not read off the history"
            yield Finding(
                "aspiration-without-reason", "an aspirational objective has no reason", severity="warning", hint=hint, where=where
            )
        wanted = {"owner": objective.owner, "reason": objective.reason, "next_review": objective.next_review}
        if objective.ambition == "aspirational":
            del wanted["reason"]
        lacking = [f"'{name}'" for name, value in wanted.items() if not value]
        if objective.status in ("proposed", "agreed") and lacking:
            message = f"the objective is {objective.status} but lacks {' and '.join(lacking)}"
            hint = "a promise needs somebody who answers for it, a reason and a day to look again"
            yield Finding("promise-incomplete", message, severity="warning", hint=hint, where=where)


def _targets_without_policy(parts: Parts) -> Iterator[Finding]:
    has_target = any(objective.target is not None and objective.status != "retired" for objective in parts.objectives.values())
    if parts.policy is None or parts.policy.clauses:
        return
    for where, objective in parts.objectives.items():
        if objective.status == "agreed" and objective.target is not None and objective.ambition != "aspirational":
            hint = "an agreed promise needs a policy that says what happens when it is missed; or call it proposed again"
            yield Finding("agreed-without-policy", "the objective is agreed without a policy", severity="note", hint=hint, where=where)
    if has_target:
        hint = "say under 'policy: clauses:' what is done when half of the error budget, and all of it, is spent"
        yield Finding(
            "no-policy", "there are targets, but nothing happens when they are missed", severity="note", hint=hint, where="policy"
        )
