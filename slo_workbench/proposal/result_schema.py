"""The JSON Schema of ``result.json``, for programs that read proposals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from slo_workbench.proposal.result_json import RESULT_VERSION

__all__ = ["result_schema", "result_schema_text"]

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
TARGET: Schema = {"type": "string", "pattern": r"^0(\.\d+)?(E-\d+)?$|^1$", "description": "An exact share as decimal text, 0 to 1."}
SENTENCES: Schema = {"type": "array", "items": TEXT}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Schema], *, optional: Iterable[str] = (), is_open: bool = False) -> Schema:
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": is_open}


def _rows(**properties: Schema) -> Schema:
    """Return an array of table rows, which may have further columns."""
    return {"type": "array", "items": _object(properties, is_open=True)}


def _part(description: str, **properties: Schema) -> Schema:
    """Return a part of the page: its figures, ``null`` where there is nothing to tell, or why it cannot be worked out."""
    refused = _object({"refused": TEXT, "sentences": SENTENCES})
    return {"description": description, "anyOf": [_object(properties, is_open=True), refused, {"type": "null"}]}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


_FIT = _object({
    "indicator": TEXT,
    "threshold_ms": _or_null(NUMBER),
    "target": _or_null(TARGET),
    "stated_target": _or_null(TARGET),
    "suggestions": {"type": "object", "additionalProperties": TARGET},
    "window": TEXT,
    "window_days": COUNT,
    "confidence": SHARE,
    "history": _object({"days": COUNT, "span_days": NUMBER, "valid": COUNT, "bad": COUNT, "incidents": COUNT, "sli": _or_null(SHARE)}),
    "quantiles": {"type": "object", "additionalProperties": SHARE},
    "budget": _or_null(_object({
        "target": TARGET, "bad_events_allowed": COUNT, "valid_events": NUMBER, "outage_minutes_average": NUMBER,
        "outage_minutes_peak": _or_null(NUMBER), "spent_share": _or_null(NUMBER),
    })),
    "findings": {"type": "array", "items": {"type": "object"}},
    "sentence": TEXT,
    "reasons": SENTENCES,
    "past_promises": _or_null(_object({"made": COUNT, "kept": COUNT})),
    "gap_sentence": _or_null(TEXT),
    "excluded_sentence": _or_null(TEXT),
    "past_sentence": _or_null(TEXT),
})  # fmt: skip
_SIGNATURE = {
    "participant": TEXT,
    "role": TEXT,
    "decision": {"enum": ["agree", "disagree"]},
    "note": TEXT,
    "signed_at": TEXT,
    "sentence": TEXT,
    "sha256": TEXT,
}
_FILE = _object({"name": TEXT, "n_bytes": COUNT, "sha256": TEXT}, is_open=True)
_SOURCE = _object(
    {
        "name": TEXT, "format": TEXT, "files": {"type": "array", "items": _FILE}, "n_rows_read": COUNT, "n_rows_used": COUNT, "n_rows_refused": COUNT,
        "n_rows_left_out": COUNT, "first_time": TEXT, "last_time": TEXT, "resolution_minutes": COUNT,
    },
    is_open=True,
)  # fmt: skip


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``result.json``.

    Counts are whole numbers of events, shares lie between 0 and 1 (of a budget also above), targets are exact decimal text, money is in
    hundredths of the currency, times are ISO 8601 and UTC where they name no zone, lengths carry their unit in their name.

    Examples
    --------
    >>> schema = result_schema()
    >>> schema["properties"]["plain_promise"]["description"]
    'The promise of the first page.'
    """
    properties = {**_identity(), **_figures(), **_people(), **_made()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A proposal's result.json",
        **_object(properties, optional=["changes"]),
    }


def result_schema_text() -> str:
    """Return the schema as JSON text.

    Examples
    --------
    >>> print(result_schema_text().splitlines()[1])
      "$schema": "https://json-schema.org/draft/2020-12/schema",
    """
    return json.dumps(result_schema(), indent=2, ensure_ascii=False) + "\n"


def _identity() -> dict[str, Schema]:
    return {
        "result_version": {"const": RESULT_VERSION, "description": "Version of this form."},
        "objective": _said(TEXT, "Id of the objective in the workbook."),
        "service": _said(TEXT, "Name of the service."),
        "journey": _said(TEXT, "Id of the journey."),
        "kind": _said(TEXT, "Kind of the indicator, from the SLI menu."),
        "promise": _said(TEXT, "The promise in one exact sentence."),
        "plain_promise": _said(TEXT, "The promise of the first page."),
        "summary": {"type": "object", "additionalProperties": TEXT, "description": "The answers of the first page by their question."},
        "status": {"enum": ["draft", "proposed", "agreed", "retired"], "description": "How far the decision has come."},
        "ambition": {"enum": ["achievable", "aspirational"], "description": "From data, or from a need; the latter triggers no policy."},
        "owner": _said(TEXT, "Who answers for it; empty when nobody does."),
        "reason": _said(TEXT, "Why this target, in the team's words."),
        "next_review": _said(_or_null(TEXT), "The day on which it is looked at again."),
        "next_review_sentence": _said(TEXT, "The same in words, judged on the day the proposal is made."),
        "specification": _said(TEXT, "The indicator in words."),
        "measured_at": _said(TEXT, "Where its events are counted."),
        "valid": _said(TEXT, "Condition over the columns: which events count."),
        "good": _said(TEXT, "Condition: which of these are good."),
    }


def _figures() -> dict[str, Schema]:
    alternative = {
        "names": SENTENCES, "target": TARGET, "kept_share": SHARE, "bad_events_allowed": COUNT, "outage_minutes": NUMBER,
        "is_chosen": {"type": "boolean"}, "reason": TEXT,
    }  # fmt: skip
    return {
        "fit": _said(_FIT, "Target, history, budget and how they came about."),
        "source": _said(_SOURCE, "Where the events come from: rows, files and their hashes, span."),
        "gaps": _said(_rows(start=TEXT, end=TEXT), "Stretches of time without rows."),
        "months": _said(_rows(name=TEXT, valid=COUNT, good=COUNT), "Calendar months of the history."),
        "incidents": _said(_rows(start=TEXT, end=TEXT, valid=COUNT, bad=COUNT, bad_share=SHARE), "Stretches that stood out in the counts."),
        "alternatives": _said(_rows(**alternative), "Targets that could be chosen, loosest first, with why not."),
        "past_promises": _said(
            _rows(made_on=TEXT, n_days=COUNT, target=TARGET, sli=SHARE, is_kept={"type": "boolean"}), "The promise made on past days."
        ),
        "users": _part("Whom the target covers.", target=TARGET, sentences=SENTENCES),
        "money": _part("What money hangs on good and on bad events.", currency=TEXT, sentences=SENTENCES, by_threshold=_rows()),
        "budget_over_time": _part("What was left of the budget day by day.", sentences=SENTENCES, days=_rows(end=TEXT), burns=_rows()),
        "policy": _part("The error budget policy, and its replay.", clauses=_rows(id=TEXT, action=TEXT), replay=_or_null({"type": "object"})),
        "alerts": _part("The alert tiers, and their replay.", sentences=SENTENCES, tiers=_rows(id=TEXT, burn_rate=NUMBER), by_incident=_rows()),
        "risks": _part(
            "The risk catalogue against the budget of a year.", sentences=SENTENCES, budget_minutes_a_year=NUMBER, bad_minutes_a_year=NUMBER,
            fit_together={"type": "boolean"}, by_risk=_rows(id=TEXT, bad_minutes_a_year=NUMBER, budget_share=NUMBER, chance_share=SHARE),
        ),
        "team_incidents": _part("The team's own incidents, held against the indicator.", sentences=SENTENCES, incidents=_rows(incident=TEXT, verdict=TEXT)),
        "coverage": _part("Ways to fail that no indicator sees.", sentences=SENTENCES, n_ways=COUNT, n_unseen=COUNT, gaps=_rows(what=TEXT, where=TEXT)),
    }  # fmt: skip


def _people() -> dict[str, Schema]:
    outdated = _rows(participant=TEXT, changes=SENTENCES)
    signatures = _object({"valid": _rows(**_SIGNATURE), "outdated": outdated, "left_out": _rows(file=TEXT, message=TEXT)})
    return {
        "dissent": _said(_rows(by=TEXT, about=TEXT, text=TEXT, on=TEXT), "Who does not agree about how the journey is measured."),
        "reviews": _said(_rows(date=TEXT, findings=TEXT, decisions=TEXT), "Looks back, as the workbook holds them."),
        "findings": _said(_rows(code=TEXT, message=TEXT, severity=TEXT), "What is odd in the data, the target or the diagram."),
        "signatures": _said(signatures, "Who signed the promise as it stands, or an earlier one."),
        "changes": {**_or_null(_changes()), "description": "What changed since an earlier proposal; null when it is compared with none."},
    }


def _changes() -> Schema:
    # before and now hold whatever stands, or stood, at that place
    change = {"type": "array", "items": _object({"what": TEXT, "before": {}, "now": {}, "sentence": TEXT})}
    return _object(
        {"since": TEXT, "headline": TEXT, "decisions": change, "figures": change, "data": change, "making": change, "also": TEXT}
    )


def _made() -> dict[str, Schema]:
    return {
        "seed": _said({"type": "integer"}, "Seed of every random draw."),
        "as_of": _said(TEXT, "The day it was made; empty when nobody said."),
        "language": _said(TEXT, "Of the page's fixed texts."),
        "workbook_sha256": _said(TEXT, "Fingerprint of the workbook's file."),
        "package_version": _said(TEXT, "Of the slo-workbench that counted the events."),
        "engine": _said(TEXT, "The engine that counted them."),
        "code_version": _said(TEXT, "Of the slo-workbench that made the page, with a hash of its code."),
        "versions": {"type": "object", "additionalProperties": TEXT, "description": "Of everything on which the figures depend."},
    }
