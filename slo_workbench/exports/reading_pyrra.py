"""Pyrra's objectives read back (Pyrra, Apache-2.0, https://github.com/pyrra-dev/pyrra)."""

from __future__ import annotations

from slo_workbench.document.findings import Finding
from slo_workbench.exports.document_fields import Fields
from slo_workbench.exports.events import Events, events_of
from slo_workbench.exports.pyrra import JOURNEY_LABEL, SERVICE_LABEL
from slo_workbench.exports.reading import ReadTarget, days_of, target_of
from slo_workbench.exports.selectors import Selector, UnusableSelector, parse_selector
from slo_workbench.exports.yaml_documents import read_documents

__all__ = ["read_pyrra"]


def read_pyrra(text: str) -> tuple[tuple[ReadTarget, ...], tuple[Finding, ...]]:
    """Read the objectives of Pyrra's documents.

    A file without our label names no service: its namespace stands for it.
    """
    documents, findings = read_documents(text)
    found, targets = list(findings), []
    for document in documents:
        fields = Fields(document, document.data, found)
        version, kind = fields.text("apiVersion"), fields.text("kind")
        if (version, kind) != ("pyrra.dev/v1alpha1", "ServiceLevelObjective"):
            fields.tell(
                "version-unread",
                f"only pyrra.dev/v1alpha1 ServiceLevelObjectives are read, not {version[:40]!r} {kind[:40]!r}",
                "apiVersion",
            )
            continue
        target = _target(fields)
        targets += [target] if target else []
        fields.tell_unread()
    return tuple(targets), tuple(found)


def _target(fields: Fields) -> ReadTarget | None:
    metadata, spec = fields.part("metadata"), fields.part("spec")
    name, labels, namespace = metadata.text("name", is_needed=True), metadata.texts("labels"), metadata.text("namespace")
    target = target_of(spec, "target", is_percent=True)
    window = spec.text("window", is_needed=True)
    days = days_of(window)
    if window and days is None:
        spec.tell("window-unreadable", f"{window[:40]!r} is no window of whole days", "window", hint="28d is the usual choice")
    events, description = _events(spec.part("indicator"), name), spec.text("description")
    if target is None:
        return None
    service = labels.get(SERVICE_LABEL, namespace)
    objective = name.removeprefix(f"{service}-") if SERVICE_LABEL in labels else name
    journey = labels.get(JOURNEY_LABEL, "")
    return ReadTarget(service, name, target, days, events, objective=objective, journey=journey, description=description)


def _events(indicator: Fields, name: str) -> Events | None:
    kind = next((kind for kind in ("ratio", "latency") if kind in indicator), None)
    if kind is None:
        message = f"{name!r} is neither a ratio nor a latency of classic histograms, and its events are not carried over"
        indicator.tell("not-carried", message, severity="warning", hint="write the indicator's selectors by hand")
        indicator.skip("latencyNative", "bool_gauge")
        return None
    part = indicator.part(kind)
    counted = _selector(part.part("errors" if kind == "ratio" else "success"), name)
    valid = _selector(part.part("total"), name)
    return events_of(valid, counted, as_bad=kind == "ratio") if counted is not None and valid is not None else None


def _selector(part: Fields, name: str) -> Selector | None:
    text = part.text("metric", is_needed=True)
    try:
        return parse_selector(text) if text else None
    except UnusableSelector as error:
        part.tell("selector-unusable", f"in {name!r}: {error.message}", "metric", severity="warning", hint=error.hint)
        return None
