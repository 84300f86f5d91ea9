from __future__ import annotations

from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slo_workbench.sources.predicate_truth import literals_compared, truth_of
from slo_workbench.sources.predicates import compile_expression, parse_expression


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("status < 499 and status <> 429", {"status": 402}, True),
        ("status < 499 and status <> 429", {"status": 429}, False),
        ("status < 500 and not degraded", {"status": 200}, None),
        ("status < 500 and not degraded", {"status": 503}, False),
        ("route in ('/a', '/b') and client in ('web')", {"route": "/a"}, None),
        ("route in ('/a', '/b') and client in ('web')", {"route": "/c"}, False),
        ("route like '/seats/%'", {"route": "/seats/7"}, True),
        ("route not like '/seats/%'", {"route": "/seats/7"}, False),
        ("status between 200 and 399", {"status": 302}, True),
        ("ROUTE = '/a'", {"Route": "/a"}, True),
        ("status = '200'", {"status": 200}, None),
        ("lower(route) = '/a'", {"route": "/a"}, None),
        ("status is null", {"status": 200}, None),
        ("latency_ms > -1", {"latency_ms": 5}, True),
        ("true", {}, True),
        ("rows_expected", {}, None),
    ],
)
def test_a_predicate_says_what_it_can_of_a_half_known_request(text: str, known: dict[str, Any], expected: bool | None) -> None:
    assert truth_of(parse_expression(text), known) is expected


CONDITIONS = st.recursive(
    st.sampled_from(
        ["status < 500", "status <> 429", "status in (200, 201)", "route = '/a'", "route like '/%'", "status between 400 and 499"]
    ),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | st.builds("not ({})".format, inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, st.sampled_from([200, 404, 429, 500]), st.sampled_from(["/a", "/b", "x"]))
def test_of_a_whole_request_it_says_what_the_engine_says(text: str, status: int, route: str) -> None:
    table = ibis.memtable({"status": [status], "route": [route]})
    parsed = parse_expression(text)
    expected = table.select(answer=compile_expression(parsed, table)).to_pandas()["answer"].iloc[0]
    assert truth_of(parsed, {"status": status, "route": route}) is bool(expected)
    unknown = truth_of(parsed, {"status": status})
    assert unknown is None or unknown is bool(expected)


def test_the_texts_a_column_is_compared_with_are_found() -> None:
    found = literals_compared(parse_expression("(route = '/a' or Route like '/b/%') and method in ('GET', 'PUT') and status = 200"))
    assert found == {"route": {"/a", "/b/%"}, "method": {"GET", "PUT"}, "status": frozenset()}


def test_a_pattern_of_many_percent_signs_does_not_hang() -> None:
    assert truth_of(parse_expression(f"route like '{'%a' * 12}{'%' * 30}b'"), {"route": "a" * 40}) is False
