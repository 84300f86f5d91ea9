from contextlib import suppress

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.sources.predicates import PredicateError, UnknownColumn, columns_in, compile_expression, parse_expression

ROWS = {
    "status": [200, 404, 429, 500, None],
    "route": ["/a", "/b", "/orders/{id}", None, "it's"],
    "latency_ms": [1.5, 20.0, None, 400.0, 0.1],
    "degraded": [False, True, None, False, True],
}


def evaluate(engine, text):
    table = engine.create_table("rows_to_judge", ibis.memtable(ROWS).to_pyarrow(), overwrite=True)
    return compile_expression(parse_expression(text), table).to_pyarrow().to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status < 500 and status <> 429", [True, True, False, False, None]),
        ("STATUS = 200", [True, False, False, False, None]),
        ("route in ('/a', '/b')", [True, True, False, None, False]),
        ("route not in ('/a')", [False, True, True, None, True]),
        ("route like '/orders%'", [False, False, True, None, False]),
        ("route = 'it''s'", [False, False, False, None, True]),
        ("latency_ms between 1 and 100", [True, True, None, False, False]),
        ("latency_ms is null", [False, False, True, False, False]),
        ("route is not null and not degraded", [True, False, None, False, False]),
        ("degraded is true", [False, True, False, False, True]),
        ("degraded is not true", [True, False, True, True, False]),
        ("coalesce(latency_ms, 30000) > 300", [False, False, True, True, False]),
        ("latency_ms * 2 + 1 <= 4", [True, False, None, False, True]),
        ("case when status >= 500 then 1 else 0 end", [0, 0, 0, 1, 0]),
        ("starts_with(lower(route), '/a') or false", [True, False, False, None, False]),
        ("-status < -450", [False, False, False, True, None]),
        ("route not like '/a%'", [False, True, True, None, True]),
        ("route not ilike '/A'", [False, True, True, None, True]),
        ("status not between 300 and 450", [True, False, False, True, None]),
        ("(status % 100) + 1 = 5", [False, True, False, False, None]),
        ("status % 100 = 0", [True, False, False, True, None]),
        ("status / 0 > 1", [None, None, None, None, None]),
    ],
)
def test_an_expression_means_what_sql_means(engine, text, expected):
    assert evaluate(engine, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')", "getenv('HOME') = 'x'", "status in (select 1)", "exists(select 1)", "select 1", "status = 1; drop table x",
        "status = 1;", "status::text = '1'", "cast(status as text) = '1'", "x.status = 1", "a[1]", "{'a': 1}", "*", "count(*) > 1", "$1", "?",
        "status = :name", "now() > 1", "status ~ 'a'", "route || 'a' = 'b'", "status = any([1])", "sum(status) over () > 1",
        "array[1]", "drop table x", "attach 'x' as y", "copy x to 'y'", "pragma version", "route like status", "with x as (select 1) select 1",
        "status is 5", "1 + status % 2 = 1", "status % 2 * 10 = 0", "status % -2 = 0", "- status % 2 = 0", "case status when 1 then 2 end", "", "   ", "-- nothing",
    ],
)  # fmt: skip
def test_everything_outside_the_language_is_refused_with_a_reason(engine, text):
    with pytest.raises(PredicateError) as caught:
        evaluate(engine, text)
    assert caught.value.code.startswith("predicate")
    assert str(caught.value)


def test_an_unknown_column_names_the_nearest(engine):
    with pytest.raises(UnknownColumn) as caught:
        evaluate(engine, "latncy_ms < 3")
    assert caught.value.hint == "did you mean 'latency_ms'?"


@pytest.mark.parametrize(
    "text",
    [
        "status in (1, 'a')",
        "status between 'a' and 'b'",
        "contains(route, 1)",
        "route + 1 = 2",
        "status = 'abc'",
        "route < 5",
        "status and degraded",
        "route like 'a' + 1",
    ],
)
def test_types_that_do_not_fit_are_an_error_and_no_silent_cast(engine, text):
    with pytest.raises(PredicateError):
        evaluate(engine, text)


def test_the_columns_of_an_expression_are_known_before_any_data_is():
    assert columns_in(parse_expression("a < 1 and coalesce(b, c) in (1, 2)")) == {"a", "b", "c"}


WORDS = "status route ( ) ' < = and or not in like 1 'a' , ; select -- /* */ .".split()


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_either_parsed_or_refused_and_never_crashes(text):
    with suppress(PredicateError):
        parse_expression(text)


def test_a_semicolon_inside_a_quoted_name_or_text_is_text():
    assert columns_in(parse_expression('"odd;name" = 1')) == {"odd;name"}
    parse_expression("route = 'a;b'")


def test_thousands_of_nested_parentheses_are_refused():
    with pytest.raises(PredicateError):
        parse_expression("(" * 1900 + "1" + ")" * 1900)
