"""Sloth's ``prometheus/v1`` read back (Sloth, Apache-2.0, https://github.com/slok/sloth)."""

from __future__ import annotations

import re

from slo_workbench.document.findings import Finding
from slo_workbench.exports.document_fields import Fields
from slo_workbench.exports.events import WINDOW, Events, read_ratio
from slo_workbench.exports.reading import ReadTarget, days_of, target_of
from slo_workbench.exports.sloth import WINDOW_LABEL
from slo_workbench.exports.yaml_documents import read_documents

__all__ = ["read_sloth"]

_WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_BRACES = re.compile(r'\{\{\s*"\{\{"\s*\}\}')


def read_sloth(text: str, *, window_days: int | None = None) -> tuple[tuple[ReadTarget, ...], tuple[Finding, ...]]:
    """Read the objectives of Sloth's input.

    Parameters
    ----------
    text : str
    window_days : int, optional
        Sloth's ``--default-slo-period``, which no file says; our own files have it as a label.
    """
    documents, findings = read_documents(text)
    found, targets = list(findings), []
    for document in documents:
        fields = Fields(document, document.data, found)
        version = fields.text("version")
        if version != "prometheus/v1":
            fields.tell(
                "version-unread", f"only prometheus/v1 is read, not {version[:40]!r}", "version", hint="begin with 'version: prometheus/v1'"
            )
            continue
        service = fields.text("service", is_needed=True)
        common = fields.texts("labels")
        for slo in fields.parts("slos"):
            target = _target(slo, service, common, window_days)
            targets += [target] if target else []
        fields.tell_unread()
    return tuple(targets), tuple(found)


def _target(slo: Fields, service: str, common: dict[str, str], window_days: int | None) -> ReadTarget | None:
    name = slo.text("name", is_needed=True)
    labels = common | slo.texts("labels")
    target = target_of(slo, "objective", is_percent=True)
    events = _events(slo.part("sli"), name)
    owner = slo.part("alerting").texts("annotations").get("owner", "")
    days = window_days or days_of(labels.get(WINDOW_LABEL, ""))
    description = slo.text("description")
    if target is None:
        return None
    journey = labels.get("journey", "")
    return ReadTarget(
        service, f"{service}-{name}", target, days, events, objective=name, journey=journey, description=description, owner=owner
    )


def _events(sli: Fields, name: str) -> Events | None:
    if "raw" in sli or "plugin" in sli:
        message = f"the events of {name!r} are a raw ratio or a plugin's, and are not carried over"
        sli.tell("not-carried", message, severity="warning", hint="write the indicator's selectors by hand")
        sli.skip("raw", "plugin")
        return None
    events = sli.part("events")
    bad, valid = (_BRACES.sub("{{", _WINDOW.sub(WINDOW, events.text(key, is_needed=True))) for key in ("error_query", "total_query"))
    read = read_ratio(bad, valid)
    if read is None:
        message = f"the queries of {name!r} are no sums of one counter each, and are not carried over"
        events.tell("not-carried", message, severity="warning", hint="write the indicator's selectors by hand")
    return read
