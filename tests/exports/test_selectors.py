import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.exports.selectors import Matcher, Selector, UnusableSelector, escaped_value, parse_selector

VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True).filter(lambda name: name != "__name__")


@given(
    st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,10}", fullmatch=True),
    st.lists(st.tuples(NAMES, st.sampled_from(["=", "!="]), VALUES), max_size=4),
)
def test_what_is_written_is_read_back_whatever_the_labels_hold(metric, labels):
    selector = Selector(metric, tuple(Matcher(*each) for each in labels))
    assert parse_selector(str(selector)) == selector


@given(VALUES)
def test_a_written_label_value_stays_on_its_line_and_has_no_invisible_sign(value):
    assert escaped_value(value).isprintable()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r'"a\\d"', r"a\d"),
        (r'"a\nb"', "a\nb"),
        (r"`a\d`", r"a\d"),
        (r'"\x41\102\u00e9\U0001F600"', "ABé😀"),
        (r'"\xc3\xa9"', "é"),
        ('"{,}"', "{,}"),
    ],
)
def test_quotes_and_escapes_mean_what_prometheus_takes_them_for(written, value):
    assert parse_selector("up{job=" + written + "}").matchers[0].value == value


@pytest.mark.parametrize("text", ["up", " up ", "up{}", "up{a='b',}", "job:up:sum{ a = 'b' , c!~`x` }"])
def test_selectors_as_people_write_them_are_read(text):
    parse_selector(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no metric name"),
        ('{job="a"}', "write the name before the brace"),
        ("http-requests", "such as http_requests"),
        ("http requests{}", "such as http_requests"),
        ("1up", "begins with a letter"),
        ("sum(rate(x[5m]))", "is an expression"),
        ("x[5m]", "adds its own window"),
        ("x offset 5m", "does not belong"),
        ('x{a="b"', "closing brace"),
        ('x{a="b}', "never closed"),
        ("x{a=b}", "stands in no quotes"),
        ("x{a}", "has no condition"),
        ('x{a-b="c"}', "has no condition"),
        ('x{"a"="c"}', "no label name"),
        ('x{__name__="y"}', "a second time"),
        (r'x{a="\d"}', "no escape"),
        ('x{a="b\nc"}', "over a line's end"),
        (r'x{a="\xff"}', "no UTF-8"),
        (r'x{a="\ud800"}', "no UTF-8"),
        (r'x{a="\UFFFFFFFF"}', "no UTF-8"),
        ('x{a=~"("}', "no regular expression"),
        ('x{a=~"(?!b)"}', "looks around"),
        ('x{a="b"} or y', "does not belong"),
        ("x{", "never closed"),
        ('x{a="b" c="d"}', "a comma"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text, said):
    with pytest.raises(UnusableSelector, match=".") as refused:
        parse_selector(text)
    assert said in str(refused.value)
    assert refused.value.hint


@given(st.text(max_size=40))
def test_no_text_brings_the_parser_down(text):
    for each in (text, "x{" + text, 'x{a="' + text):
        try:
            parse_selector(each)
        except UnusableSelector as refused:
            assert refused.hint  # noqa: PT017


def test_an_opposite_condition_chooses_exactly_the_others():
    bad = Matcher("code", "=~", "5..|429")
    assert [each.accepts(value) for value in ("500", "429", "4290", "") for each in (bad, bad.opposite())] == [
        True, False, True, False, False, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", [r"\\pL+", "(?i)get", "a(?i)b", "[[:alpha:]]+", r"\\Qa.b\\E", "[[a]", "(?:a|b)"])
def test_patterns_of_prometheus_that_python_does_not_know_are_left_to_prometheus(pattern):
    assert parse_selector('x{a=~"' + pattern + '"}').matchers[0].operator == "=~"
