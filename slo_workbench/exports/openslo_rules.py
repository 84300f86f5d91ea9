"""The rules of OpenSLO v1, as a checker of our own.

Written from the specification's text and from what its Go validator accepts (OpenSLO, Apache-2.0,
https://github.com/OpenSLO/OpenSLO, README.md, and https://github.com/OpenSLO/go-sdk, ``pkg/openslo/v1``). Stricter
where the code is lax: at least one objective, a target above 0, and the indicator's op and value only where they
belong.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from slo_workbench.document.findings import Finding, nearest_hint

__all__ = ["check_openslo"]

KINDS = ("DataSource", "SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "Service")
METHODS = ("Occurrences", "Timeslices", "RatioTimeslices")
OPERATORS = ("lte", "gte", "lt", "gt")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_KEY = re.compile(r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DURATION = re.compile(r"[1-9][0-9]*[mhdwMQY]")
_Problem = tuple[str, str]


def check_openslo(documents: Sequence[Any]) -> tuple[Finding, ...]:
    """Give everything that breaks OpenSLO v1 in plain documents, and references that lead nowhere among them.

    Parameters
    ----------
    documents : sequence
        As :func:`~slo_workbench.exports.yaml_documents.read_documents` gives them.

    Examples
    --------
    >>> broken = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "My shop"}, "spec": {}}
    >>> print(check_openslo([broken])[0])
    error[openslo] [0].metadata.name: 'My shop' is no name: lower-case letters, digits and hyphens, at most 63
    """
    found = [(f"[{number}]{where}", message) for number, each in enumerate(documents) for where, message in _document(each)]
    found += _references(documents)
    return tuple(Finding("openslo", message, where=where) for where, message in found)


def _document(document: Any) -> Iterator[_Problem]:
    if not isinstance(document, Mapping):
        yield "", "a document is keys and values"
        return
    if document.get("apiVersion") != "openslo/v1":
        yield ".apiVersion", f"expected openslo/v1, found {document.get('apiVersion')!r}"
    kind = document.get("kind")
    if kind not in KINDS:
        yield ".kind", f"there is no kind {kind!r}; {nearest_hint(str(kind), KINDS)}"
        return
    yield from _unknown(document, ("apiVersion", "kind", "metadata", "spec"), "")
    yield from _metadata(document.get("metadata"), ".metadata")
    spec = document.get("spec")
    if not isinstance(spec, Mapping):
        yield ".spec", "a spec is keys and values"
        return
    yield from _description(spec, ".spec")
    checks = {
        "SLO": _slo, "SLI": _sli, "AlertPolicy": _policy, "AlertCondition": _condition, "AlertNotificationTarget": _notification,
        "DataSource": _data_source,
    }  # fmt: skip
    if kind in checks:
        yield from checks[kind](spec, ".spec")


def _unknown(part: Mapping[str, Any], known: Sequence[str], where: str) -> Iterator[_Problem]:
    for key in part:
        if key not in known:
            yield f"{where}.{key}", f"there is no key {key!r} here; {nearest_hint(key, known)}"


def _metadata(metadata: Any, where: str) -> Iterator[_Problem]:
    if not isinstance(metadata, Mapping):
        yield where, "metadata is keys and values, with a name"
        return
    yield from _unknown(metadata, ("name", "displayName", "labels", "annotations"), where)
    yield from _name(metadata.get("name"), f"{where}.name")
    title = metadata.get("displayName", "")
    if not isinstance(title, str) or len(title) > 63:
        yield f"{where}.displayName", "a display name is text of at most 63 characters"
    for key, value in _entries(metadata.get("labels")):
        if not _KEY.fullmatch(key):
            yield f"{where}.labels.{key}", "a label's key has letters, digits, '-', '_' and '.', at most 63"
        if not (isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))):
            yield f"{where}.labels.{key}", "a label is text or a list of texts"
    for key, value in _entries(metadata.get("annotations")):
        prefix, slash, name = key.rpartition("/")
        if not _KEY.fullmatch(name) or (slash and (len(prefix) > 253 or not _PREFIX.fullmatch(prefix))):
            yield f"{where}.annotations.{key}", "an annotation's key is a name, with a DNS name and '/' before it or without"
        if prefix == "openslo.com":
            yield f"{where}.annotations.{key}", "the prefix openslo.com is reserved"
        if not isinstance(value, str):
            yield f"{where}.annotations.{key}", "an annotation is text"


def _entries(part: Any) -> Sequence[tuple[str, Any]]:
    return list(part.items()) if isinstance(part, Mapping) else []


def _name(name: Any, where: str) -> Iterator[_Problem]:
    if not isinstance(name, str) or not _LABEL.fullmatch(name):
        yield where, f"{name!r} is no name: lower-case letters, digits and hyphens, at most 63"


def _description(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    text = spec.get("description", "")
    if not isinstance(text, str) or len(text) > 1050:
        yield f"{where}.description", "a description is text of at most 1050 characters"


def _one_of(part: Mapping[str, Any], names: Sequence[str], where: str) -> Iterator[_Problem]:
    given = [name for name in names if part.get(name) is not None]
    if len(given) != 1:
        yield where, f"exactly one of {', '.join(names)} is needed, found {' and '.join(given) or 'none'}"


def _list(part: Mapping[str, Any], name: str) -> list[Any]:
    value = part.get(name)
    return value if isinstance(value, list) else []


def _slo(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    known = ("description", "service", "indicator", "indicatorRef", "budgetingMethod", "timeWindow", "objectives", "alertPolicies")
    yield from _unknown(spec, known, where)
    if not isinstance(spec.get("service"), str) or not spec["service"]:
        yield f"{where}.service", "an SLO names its service"
    if spec.get("budgetingMethod") not in METHODS:
        yield f"{where}.budgetingMethod", f"a budgeting method is one of {', '.join(METHODS)}"
    windows = _list(spec, "timeWindow")
    if len(windows) != 1:
        yield f"{where}.timeWindow", f"exactly one time window is needed, found {len(windows)}"
    for number, window in enumerate(windows):
        yield from _window(window, f"{where}.timeWindow[{number}]")
    yield from _indicators(spec, where)
    for number, objective in enumerate(_list(spec, "objectives")):
        yield from _objective(objective, spec, f"{where}.objectives[{number}]")
    if not _list(spec, "objectives"):
        yield f"{where}.objectives", "at least one objective is needed"
    for number, policy in enumerate(_list(spec, "alertPolicies")):
        yield from _reference_or_inline(policy, "alertPolicyRef", "AlertPolicy", _policy, f"{where}.alertPolicies[{number}]")


def _indicators(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    objectives = [each for each in _list(spec, "objectives") if isinstance(each, Mapping)]
    places = [(spec, where)] if not any("indicator" in each or "indicatorRef" in each for each in objectives) else []
    if not places:
        if "indicator" in spec or "indicatorRef" in spec:
            yield where, "indicators stand at the SLO or at its objectives, not at both"
        places = [(each, f"{where}.objectives[{number}]") for number, each in enumerate(objectives)]
    for part, at in places:
        yield from _one_of(part, ("indicator", "indicatorRef"), at)
        inline = part.get("indicator")
        if isinstance(inline, Mapping):
            yield from _metadata(inline.get("metadata"), f"{at}.indicator.metadata")
            inner = inline.get("spec")
            yield from _sli(inner if isinstance(inner, Mapping) else {}, f"{at}.indicator.spec")
        elif part.get("indicatorRef") is not None:
            yield from _name(part["indicatorRef"], f"{at}.indicatorRef")


def _window(window: Any, where: str) -> Iterator[_Problem]:
    if not isinstance(window, Mapping):
        yield where, "a time window is keys and values"
        return
    yield from _duration(window.get("duration"), f"{where}.duration")
    calendar = window.get("calendar")
    if bool(window.get("isRolling")) == (calendar is not None):
        yield where, "a window either rolls or has a calendar"
    if not isinstance(calendar, Mapping):
        return
    try:
        datetime.strptime(str(calendar.get("startTime")), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        yield f"{where}.calendar.startTime", "a start is written as 2024-01-01 00:00:00"
    try:
        zoneinfo.ZoneInfo(str(calendar.get("timeZone")))
    except (LookupError, ValueError, OSError):
        yield f"{where}.calendar.timeZone", f"there is no time zone {calendar.get('timeZone')!r}"


def _duration(duration: Any, where: str) -> Iterator[_Problem]:
    if not isinstance(duration, str) or not _DURATION.fullmatch(duration):
        yield where, f"{duration!r} is no duration: a whole number and one of m h d w M Q Y"


def _number(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _objective(objective: Any, spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    if not isinstance(objective, Mapping):
        yield where, "an objective is keys and values"
        return
    yield from _one_of(objective, ("target", "targetPercent"), where)
    for name, top in (("target", 1), ("targetPercent", 100)):
        number = _number(objective.get(name))
        if objective.get(name) is not None and (number is None or not 0 < number < top):
            yield f"{where}.{name}", f"a {name} is a number above 0 and below {top}"
    method = spec.get("budgetingMethod")
    slices = _number(objective.get("timeSliceTarget"))
    if method == "Timeslices" and (slices is None or not 0 < slices <= 1):
        yield f"{where}.timeSliceTarget", "Timeslices need a timeSliceTarget above 0, at most 1"
    if method in ("Timeslices", "RatioTimeslices"):
        yield from _duration(objective.get("timeSliceWindow"), f"{where}.timeSliceWindow")
    indicator = objective.get("indicator", spec.get("indicator"))
    inner = indicator.get("spec") if isinstance(indicator, Mapping) else None
    if isinstance(inner, Mapping) and "thresholdMetric" in inner:
        if objective.get("op") not in OPERATORS or _number(objective.get("value")) is None:
            yield where, f"a thresholdMetric needs op ({', '.join(OPERATORS)}) and value"
    elif isinstance(inner, Mapping) and ("op" in objective or "value" in objective):
        yield where, "op and value belong to a thresholdMetric"
    weight = objective.get("compositeWeight")
    if weight is not None and not (_number(weight) or Decimal(0)) > 0:
        yield f"{where}.compositeWeight", "a weight is a number above 0"


def _sli(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    yield from _unknown(spec, ("description", "thresholdMetric", "ratioMetric"), where)
    yield from _one_of(spec, ("thresholdMetric", "ratioMetric"), where)
    ratio = spec.get("ratioMetric")
    if isinstance(ratio, Mapping):
        at = f"{where}.ratioMetric"
        yield from _unknown(ratio, ("counter", "good", "bad", "total", "raw", "rawType"), at)
        yield from _one_of(ratio, ("total", "raw"), at)
        yield from _one_of(ratio, ("good", "bad") if "total" in ratio else ("raw", "good", "bad"), at)
        if "raw" in ratio and ratio.get("rawType") not in ("success", "failure"):
            yield f"{at}.rawType", "a raw metric is a success or a failure"
        for name in ("good", "bad", "total", "raw"):
            if name in ratio:
                yield from _metric(ratio[name], f"{at}.{name}")
    if "thresholdMetric" in spec:
        yield from _metric(spec["thresholdMetric"], f"{where}.thresholdMetric")


def _metric(metric: Any, where: str) -> Iterator[_Problem]:
    source = metric.get("metricSource") if isinstance(metric, Mapping) else None
    if not isinstance(source, Mapping) or not (isinstance(source.get("spec"), Mapping) and source["spec"]):
        yield f"{where}.metricSource.spec", "a metric names its source, with a query or the like"
    elif source.get("metricSourceRef"):
        yield from _name(source["metricSourceRef"], f"{where}.metricSource.metricSourceRef")


def _reference_or_inline(part: Any, name: str, kind: str, check: Any, where: str) -> Iterator[_Problem]:
    if not isinstance(part, Mapping):
        yield where, f"write {name}, or a whole {kind}"
        return
    yield from _one_of(part, (name, "spec"), where)
    if part.get(name) is not None:
        yield from _name(part[name], f"{where}.{name}")
    elif isinstance(part.get("spec"), Mapping):
        if part.get("kind") != kind:
            yield f"{where}.kind", f"expected {kind}"
        yield from _metadata(part.get("metadata"), f"{where}.metadata")
        yield from check(part["spec"], f"{where}.spec")


def _policy(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    flags = ("alertWhenNoData", "alertWhenBreaching", "alertWhenResolved")
    yield from _unknown(spec, ("description", *flags, "conditions", "notificationTargets"), where)
    conditions, targets = _list(spec, "conditions"), _list(spec, "notificationTargets")
    if len(conditions) != 1:
        yield f"{where}.conditions", f"exactly one condition is needed, found {len(conditions)}"
    if not targets:
        yield f"{where}.notificationTargets", "at least one notification target is needed"
    for number, each in enumerate(conditions):
        yield from _reference_or_inline(each, "conditionRef", "AlertCondition", _condition, f"{where}.conditions[{number}]")
    for number, each in enumerate(targets):
        at = f"{where}.notificationTargets[{number}]"
        yield from _reference_or_inline(each, "targetRef", "AlertNotificationTarget", _notification, at)


def _condition(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    yield from _unknown(spec, ("description", "severity", "condition"), where)
    if not isinstance(spec.get("severity"), str) or not spec["severity"]:
        yield f"{where}.severity", "a condition has a severity"
    condition = spec.get("condition")
    if not isinstance(condition, Mapping):
        yield f"{where}.condition", "a condition is keys and values"
        return
    at = f"{where}.condition"
    if condition.get("kind") != "burnrate":
        yield f"{at}.kind", "the only kind of condition is burnrate"
    if condition.get("op") not in OPERATORS:
        yield f"{at}.op", f"an op is one of {', '.join(OPERATORS)}"
    if _number(condition.get("threshold")) is None:
        yield f"{at}.threshold", "a threshold is a number"
    yield from _duration(condition.get("lookbackWindow"), f"{at}.lookbackWindow")
    if "alertAfter" in condition:
        yield from _duration(condition["alertAfter"], f"{at}.alertAfter")


def _notification(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    yield from _unknown(spec, ("description", "target"), where)
    if not isinstance(spec.get("target"), str) or not spec["target"]:
        yield f"{where}.target", "a notification target says whom it tells"


def _data_source(spec: Mapping[str, Any], where: str) -> Iterator[_Problem]:
    if not isinstance(spec.get("type"), str) or not spec["type"]:
        yield f"{where}.type", "a data source has a type"


def _references(documents: Sequence[Any]) -> list[_Problem]:
    """Look for names that no document has, and for names that two have."""
    named: dict[tuple[str, str], int] = {}
    found: list[_Problem] = []
    for number, each in enumerate(documents):
        metadata = each.get("metadata") if isinstance(each, Mapping) else None
        if isinstance(metadata, Mapping) and isinstance(metadata.get("name"), str):
            key = str(each.get("kind")), metadata["name"]
            if key in named:
                found.append((f"[{number}].metadata.name", f"the {key[0]} {key[1]!r} is there already, in document {named[key]}"))
            named.setdefault(key, number)
    for number, each in enumerate(documents):
        if isinstance(each, Mapping):
            found += [(f"[{number}]{where}", message) for where, message in _dangling(each.get("spec"), named, ".spec")]
    return found


def _dangling(part: Any, named: Mapping[tuple[str, str], int], where: str) -> Iterator[_Problem]:
    kinds = {
        "indicatorRef": "SLI",
        "alertPolicyRef": "AlertPolicy",
        "conditionRef": "AlertCondition",
        "targetRef": "AlertNotificationTarget",
    }
    stack = [(part, where)]
    while stack:
        value, at = stack.pop()
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in kinds and isinstance(inner, str) and (kinds[key], inner) not in named:
                    yield f"{at}.{key}", f"no {kinds[key]} here is called {inner!r}"
                stack.append((inner, f"{at}.{key}"))
        elif isinstance(value, list):
            stack += [(inner, f"{at}[{number}]") for number, inner in enumerate(value)]
