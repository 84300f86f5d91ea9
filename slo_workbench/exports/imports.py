"""A workbook to start from, made of objectives that a team keeps in OpenSLO, Sloth or Pyrra already.

Targets, windows and selectors come over exactly. What a workbook asks for and those files do not have - where
requests lie, what users come for, why a target is what it is - is left to be filled in, and each gap is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from slo_workbench.document.findings import Finding, has_errors, nearest_hint
from slo_workbench.document.model import Workbook
from slo_workbench.document.references import find_reference_problems
from slo_workbench.document.sli_menu import MeasuringPoint, SliKind
from slo_workbench.document.validation import validate_workbook
from slo_workbench.exports.events import Events
from slo_workbench.exports.reading import ReadTarget
from slo_workbench.exports.reading_openslo import read_openslo
from slo_workbench.exports.reading_pyrra import read_pyrra
from slo_workbench.exports.reading_sloth import read_sloth
from slo_workbench.exports.selectors import Selector
from slo_workbench.exports.yaml_documents import read_documents
from slo_workbench.units import CALENDAR_PERIODS, counted, format_share

__all__ = ["IMPORT_FORMATS", "import_workbook"]

_Read = Callable[[str], tuple[tuple[ReadTarget, ...], tuple[Finding, ...]]]
IMPORT_FORMATS: dict[str, _Read] = {"openslo": read_openslo, "sloth": read_sloth, "pyrra": read_pyrra}
SOURCE, SOURCE_URL = "prometheus", "http://localhost:9090"
USUAL_WINDOW_DAYS = 30
MOST_TARGETS = 1_000
LONGEST_ID = 63
_FILL_IN = "fill in: the selector of {what} events"


def import_workbook(text: str, *, format: str | None = None, service: str | None = None) -> tuple[Workbook | None, tuple[Finding, ...]]:
    r"""Make a workbook of another tool's file; whatever the file holds becomes findings, never an exception.

    Parameters
    ----------
    text : str
        YAML, of one document or several.
    format : {"openslo", "sloth", "pyrra"}, optional
        Recognised when left out.
    service : str, optional
        Whose objectives are wanted, when the file has several services; the first otherwise.

    Returns
    -------
    (Workbook or None, tuple of Finding)
        One journey for each group of objectives, without diagram; a Prometheus as source, whose address and days are
        to be filled in; every objective a draft. ``None`` when nothing could be read.

    Examples
    --------
    >>> text = '''
    ... version: prometheus/v1
    ... service: shop
    ... slos:
    ...   - name: answered
    ...     objective: 99.9
    ...     sli:
    ...       events:
    ...         error_query: sum(rate(requests{code=~"5.."}[{{.window}}]))
    ...         total_query: sum(rate(requests[{{.window}}]))
    ... '''
    >>> workbook, findings = import_workbook(text)
    >>> workbook.objective("answered").target, workbook.indicators[0].selectors.bad
    (Decimal('0.999'), 'requests{code=~"5.."}')
    """
    chosen, findings = _chosen_format(text, format)
    if chosen is None:
        return None, findings
    targets, told = IMPORT_FORMATS[chosen](text)
    found = list(told)
    of_service = _of_one_service(targets, service, found)
    if not of_service:
        found.append(Finding("nothing-to-import", "no objective could be read", hint="see the findings above"))
        return None, tuple(found)
    if len(of_service) > MOST_TARGETS:
        message = f"the file has {len(of_service):,} objectives; at most {MOST_TARGETS:,} fit into a workbook"
        return None, (*found, Finding("file-too-large", message, hint="split it by service"))
    workbook, problems = validate_workbook(_Skeleton(of_service, found).data())
    found += problems
    if workbook is not None:
        found += find_reference_problems(workbook)
    return (workbook if workbook is not None and not has_errors(problems) else None), tuple(found)


def _chosen_format(text: str, format: str | None) -> tuple[str | None, tuple[Finding, ...]]:
    if format is not None:
        if format in IMPORT_FORMATS:
            return format, ()
        message = f"there is no import format {format!r}"
        return None, (Finding("unknown-format", message, hint=nearest_hint(format, IMPORT_FORMATS)),)
    documents, findings = read_documents(text)
    for document in documents:
        data = document.data if isinstance(document.data, dict) else {}
        api, version = str(data.get("apiVersion", "")), data.get("version")
        for name, is_it in (
            ("openslo", api.startswith("openslo/")),
            ("sloth", version == "prometheus/v1"),
            ("pyrra", api.startswith("pyrra.dev/")),
        ):
            if is_it:
                return name, ()
    hint = "OpenSLO begins with apiVersion: openslo/v1, Sloth with version: prometheus/v1, Pyrra with apiVersion: pyrra.dev/v1alpha1"
    return None, (*findings, Finding("format-unknown", "the text is none of OpenSLO, Sloth and Pyrra", hint=hint))


def _of_one_service(targets: Sequence[ReadTarget], service: str | None, findings: list[Finding]) -> list[ReadTarget]:
    names = list(dict.fromkeys(target.service for target in targets))
    if not names:
        return []
    if service is not None and service not in names:
        findings.append(Finding("unknown-service", f"there is no service {service!r} in the file", hint=nearest_hint(service, names)))
        return []
    chosen = service if service is not None else names[0]
    if len(names) > 1:
        others = ", ".join(name[:LONGEST_ID] for name in names if name != chosen)
        message = f"the file has {len(names)} services; this workbook is for {chosen!r}, without {others[:300]}"
        findings.append(Finding("other-services", message, "warning", "import each into a workbook of its own"))
    return [target for target in targets if target.service == chosen]


@dataclass
class _Skeleton:
    """Turns targets of one service into the plain data of a workbook, and notes what is to be filled in."""

    targets: Sequence[ReadTarget]
    findings: list[Finding]
    _taken: dict[str, set[str]] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        service = self._identifier(self.targets[0].service or "service", "service")
        journeys = {name: self._identifier(name or service, "journeys") for name in dict.fromkeys(each.journey for each in self.targets)}
        parts = [self._parts(target, journeys[target.journey]) for target in self.targets]
        self._note(
            "sources.prometheus", "the Prometheus is a placeholder", f"write its address instead of {SOURCE_URL}, and since: and until:"
        )
        self._note(
            "journeys",
            f"{counted(len(journeys), 'journey')} named after the objectives' groups",
            "draw a diagram of each, and say who it is for",
        )
        source = {"url": SOURCE_URL, "description": "Filled in by the import: write your Prometheus' address, and since and until."}
        return {
            "version": 1,
            "service": {"name": service},
            "sources": {SOURCE: source},
            "journeys": [{"id": id, "name": name or service} for name, id in journeys.items()],
            "indicators": [indicator for indicator, _ in parts],
            "objectives": [objective for _, objective in parts],
        }

    def _note(self, where: str, message: str, hint: str, severity: Any = "note") -> None:
        self.findings.append(Finding("to-fill-in", message, severity, hint, where))

    def _identifier(self, text: str, kind: str) -> str:
        """Give a short name that the workbook takes, unique among its kind; a changed one is told."""
        plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_ID].rstrip("-") or "unnamed"
        taken = self._taken.setdefault(kind, set())
        name = next(each for each in _numbered(plain) if each not in taken)
        taken.add(name)
        if name != text and text:
            message = f"{text[:LONGEST_ID]!r} is called {name!r} here"
            self.findings.append(Finding("renamed", message, "note", "short names have lower-case letters, digits and hyphens", kind))
        return name

    def _parts(self, target: ReadTarget, journey: str) -> tuple[dict[str, Any], dict[str, Any]]:
        id = self._identifier(target.objective or target.name, "objectives")
        where = f"indicators[{len(self._taken['objectives']) - 1}]"
        events = target.events
        kind, point = self._kind_and_point(target, id, where)
        indicator: dict[str, Any] = {
            "id": id,
            "journey": journey,
            "kind": kind,
            "specification": target.description or f"The share of events that are good, by {target.name}.",
            "measured_at": point,
            "source": SOURCE,
            **self._counted(events, id, where),
        }
        # the exact share as text: no binary float comes between
        objective = {"id": id, "indicator": id, "window": self._window(target, id), "target": format_share(target.target).replace(" ", "")}
        return indicator, objective | ({"owner": target.owner} if target.owner else {})

    def _kind_and_point(self, target: ReadTarget, id: str, where: str) -> tuple[str, str]:
        kinds: tuple[str, ...] = get_args(SliKind)
        points: tuple[str, ...] = get_args(MeasuringPoint)
        has_threshold = target.events is not None and target.events.histogram is not None
        # a latency indicator without a threshold would be no valid workbook
        is_known = target.kind in kinds and (target.kind != "latency" or has_threshold)
        kind = target.kind if is_known else "latency" if has_threshold else "availability"
        point = target.measured_at if target.measured_at in points else "application_metric"
        if (kind, point) != (target.kind, target.measured_at):
            self._note(where, f"{id!r} is taken for {kind}, measured as {point}", "correct kind: and measured_at: where that is wrong")
        return kind, point

    def _window(self, target: ReadTarget, id: str) -> str:
        if target.calendar in CALENDAR_PERIODS:
            return str(target.calendar)
        if target.window_days is None:
            message = f"the window of {id!r} is not said; {USUAL_WINDOW_DAYS} days, Sloth's own, stand for it"
            self._note(f"objectives: {id}", message, "write the one that is in force", severity="warning")
        return f"{target.window_days or USUAL_WINDOW_DAYS}d"

    def _counted(self, events: Events | None, id: str, where: str) -> dict[str, Any]:
        if events is None:
            self._note(
                where, f"how the events of {id!r} are counted could not be read", "write valid:, good: and selectors:", severity="warning"
            )
            return {"valid": _FILL_IN.format(what="valid"), "good": _FILL_IN.format(what="good")}
        selectors = {name: str(value) for name in ("valid", "bad", "good", "histogram") if (value := getattr(events, name)) is not None}
        counted: dict[str, Any] = {"valid": str(events.valid), "selectors": selectors}
        if events.histogram is not None and events.threshold_seconds is not None:
            return counted | {"good": str(events.histogram), "thresholds_ms": [float(events.threshold_seconds * 1000)]}
        good = events.good or _good_of(events)
        if good is None:
            self._note(
                where,
                f"what is good of {id!r} does not follow from what is bad",
                "write the selector of good events as good:",
                severity="warning",
            )
        return counted | {"good": str(good) if good else _FILL_IN.format(what="good")}


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, MOST_TARGETS + 2):
        yield f"{name[: LONGEST_ID - 5].rstrip('-')}-{number}"


def _good_of(events: Events) -> Selector | None:
    """Give the counter of good events, where the bad ones are the valid ones with one condition more."""
    bad = events.bad
    if bad is None or bad.metric != events.valid.metric:
        return None
    more = [matcher for matcher in bad.matchers if matcher not in events.valid.matchers]
    is_part = all(matcher in bad.matchers for matcher in events.valid.matchers)
    return events.valid.having(more[0].opposite()) if is_part and len(more) == 1 else None
