"""The JSON schema of ``workbook.yaml``: editors complete keys and underline mistakes with it."""

from __future__ import annotations

import json
from typing import Any

from slo_workbench.document.model import Workbook

__all__ = ["schema_text", "workbook_schema"]


def workbook_schema() -> dict[str, Any]:
    """Give the schema, draft 2020-12; every property says what it is for, and unknown keys are refused.

    What a schema cannot say, such as an objective of an unknown indicator, is found by ``slo-workbench check`` only.

    Examples
    --------
    >>> workbook_schema()["title"], sorted(workbook_schema()["required"])
    ('SLO workbook', ['service'])
    """
    schema = Workbook.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        part["properties"] = {name: _readable_property(details) for name, details in part["properties"].items()}
        part.pop("title", None)
    for name, field in Workbook.model_fields.items():
        schema["properties"][name].setdefault("description", field.description)
    # keys that match no pattern would otherwise be let through
    schema["properties"]["sources"].setdefault("additionalProperties", False)
    schema.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SLO workbook",
        "description": "What a team decides about its service levels.",
        **schema,
    }


def schema_text() -> str:
    """Give the schema as the text of ``workbook.schema.json``."""
    return json.dumps(workbook_schema(), indent=2, ensure_ascii=False) + "\n"


def _readable_property(details: dict[str, Any]) -> dict[str, Any]:
    """Drop titles that only repeat the key, and defaults that are internal values and not what one would write."""
    kept = {name: value for name, value in details.items() if name != "title"}
    if not isinstance(kept.get("default"), str | int | None):
        del kept["default"]
    return kept
