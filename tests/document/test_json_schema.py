"""The schema that editors use: complete, documented, and of one mind with the model."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from slo_workbench.document import schema_text, workbook_schema
from slo_workbench.document.yaml_nodes import parse_yaml


def problems(data: Any) -> list[str]:
    return [error.validator for error in jsonschema.Draft202012Validator(workbook_schema()).iter_errors(data)]


def test_it_is_a_schema_of_draft_2020_12_without_id() -> None:
    jsonschema.Draft202012Validator.check_schema(workbook_schema())
    assert workbook_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in workbook_schema()
    assert json.loads(schema_text()) == workbook_schema()


def test_every_part_and_every_key_says_what_it_is_for() -> None:
    schema = workbook_schema()
    parts = {"Workbook": schema, **schema["$defs"]}
    silent = [
        (part, key) for part, details in parts.items() for key, value in details["properties"].items() if not value.get("description")
    ]
    assert silent == []
    assert [part for part, details in parts.items() if not details.get("description")] == []


def test_the_example_satisfies_it(example: str) -> None:
    assert problems(parse_yaml(example).data) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 1\nextra: 1"),
        ("owner: 'web team'", "ownr: web"),
        ("{path: data", "{pth: 1, path: data"),
        ("name: Buy a ticket", "name: Buy a ticket\n  extra: 1"),
        ("kind: latency", "kind: latency\n        extra: 1"),
        ("target: 0.950", "target: 0.950\n    extra: 1"),
        ("{id: freeze", "{extra: 1, id: freeze"),
        ("  requests: {", "  My Requests: {"),
        ("target: 0.950", "target: 95"),
        ("window: 4w", "window: 30 days"),
        ("kind: latency", "kind: latncy"),
    ],
)
def test_it_refuses_what_the_model_refuses(example: str, old: str, new: str) -> None:
    assert old in example
    assert problems(parse_yaml(example.replace(old, new)).data) != []


def test_the_formats_an_editor_offers_are_those_that_are_read():
    from typing import get_args

    from slo_workbench.document.model import FormatName
    from slo_workbench.sources.formats import FORMATS

    assert set(get_args(FormatName)) == {"auto", *FORMATS}
