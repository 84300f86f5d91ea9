r"""Plain Prometheus selectors, ``metric{label="value"}``: read, checked, and written again with the escapes they need.

Expressions, ranges and offsets are refused: every format puts its own ``rate`` and window around a selector.

References
----------
"Querying basics" and "Expression language: string literals", Prometheus documentation (Apache-2.0),
https://prometheus.io/docs/prometheus/latest/querying/basics/.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

from slo_workbench.errors import UnusableValue

__all__ = ["Matcher", "Selector", "UnusableSelector", "compiled", "escaped_value", "parse_selector", "read_selector"]

Operator = Literal["=", "!=", "=~", "!~"]
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_SPACE = re.compile(r"\s*")
_OPPOSITE: dict[Operator, Operator] = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_WRITTEN = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What RE2 understands and Python does not, or otherwise: such patterns are left to Prometheus.
_RE2_ONLY = re.compile(r"\\[pPzQC]|\(\?[a-zA-Z]*-?[a-zA-Z]*[):]|\[\[:")
_LOOK_AROUND = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!]|<[=!])|\\[1-9])")
EXAMPLE = """http_requests_total{job="shop",code=~"5.."}"""


class UnusableSelector(UnusableValue):
    """A text is no plain selector; ``hint`` says what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        self.message, self.hint = message, hint
        super().__init__(f"{message}: {hint}")


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern; what Python will read otherwise some day (``[[``), it reads as today, like RE2."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        return re.compile(pattern, re.DOTALL)


@dataclass(frozen=True)
class Matcher:
    """One condition on a label; an absent label has the empty value."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{escaped_value(self.value)}"'

    def accepts(self, value: str) -> bool:
        """Whether a series with that value is chosen; patterns are anchored, as in Prometheus."""
        equal = value == self.value if self.operator in ("=", "!=") else compiled(self.value).fullmatch(value) is not None
        return equal == (self.operator in ("=", "=~"))

    def opposite(self) -> Matcher:
        """Give the condition that chooses exactly the others."""
        return replace(self, operator=_OPPOSITE[self.operator])


@dataclass(frozen=True)
class Selector:
    r"""A metric and the conditions on its labels.

    Examples
    --------
    >>> str(Selector("up", (Matcher("job", "=", 'the "shop"'),)))
    'up{job="the \\"shop\\""}'
    """

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return self.metric + ("{" + ",".join(map(str, self.matchers)) + "}" if self.matchers else "")

    def having(self, *matchers: Matcher) -> Selector:
        """Give the selector with more conditions."""
        return replace(self, matchers=(*self.matchers, *matchers))

    def called(self, metric: str) -> Selector:
        """Give the selector of another metric with the same conditions."""
        return replace(self, metric=metric)

    def accepts(self, metric: str, labels: Mapping[str, str]) -> bool:
        """Whether it chooses that series."""
        return metric == self.metric and all(each.accepts(labels.get(each.label, "")) for each in self.matchers)


def parse_selector(text: str) -> Selector:
    r"""Read a text that is one selector and nothing else.

    Raises
    ------
    UnusableSelector
        With a hint: an expression, a range, a quote or brace that is never closed, a metric or label that is no name.

    Examples
    --------
    >>> str(parse_selector(" http_requests_total { code =~ '5..' , job=\"a\\\\b\" } "))
    'http_requests_total{code=~"5..",job="a\\\\b"}'
    """
    selector, end = read_selector(text, 0)
    rest = text[end:].strip()
    if rest.startswith("["):
        raise UnusableSelector(f"the range {rest[:20]} stands behind the selector", "leave it out; every export adds its own window")
    if rest.startswith("("):
        raise UnusableSelector(f"{text[:60]!r} is an expression", f"write the selector of a counter, such as {EXAMPLE}")
    if rest:
        name = re.sub(r"[^a-zA-Z0-9_:]+", "_", text.split("{")[0].strip()).strip("_")
        hint = f"a name has letters, digits, _ and : only, such as {name}; or this is an expression, where a selector such as {EXAMPLE} is needed"
        raise UnusableSelector(f"{rest[:40]!r} does not belong to a selector", hint)
    return selector


def read_selector(text: str, start: int) -> tuple[Selector, int]:
    """Read the selector that begins at an offset; also give where it ends.

    Raises
    ------
    UnusableSelector
    """
    at = _skip(text, start)
    name = _METRIC.match(text, at)
    if name is None:
        if text[at : at + 1] == "{":
            raise UnusableSelector("the selector has no metric name", f"write the name before the brace, such as {EXAMPLE}")
        written = text[at:].split("{")[0].strip()[:40]
        raise UnusableSelector(f"{written!r} is no metric name", f"a name begins with a letter, _ or :, such as {EXAMPLE}")
    brace = _skip(text, name.end())
    if text[brace : brace + 1] != "{":
        return Selector(name[0]), name.end()
    matchers, end = _read_matchers(text, brace + 1)
    return Selector(name[0], matchers), end


def _read_matchers(text: str, at: int) -> tuple[tuple[Matcher, ...], int]:
    matchers: list[Matcher] = []
    while True:
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return tuple(matchers), at + 1
        matcher, at = _read_matcher(text, at)
        matchers.append(matcher)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "}":
            found = f"{text[at : at + 20]!r} stands" if text[at:] else "the text ends"
            raise UnusableSelector(f"{found} where a comma or the closing brace should be", f"as in {EXAMPLE}")


def _read_matcher(text: str, at: int) -> tuple[Matcher, int]:
    label = _LABEL.match(text, at)
    if label is None:
        found = f"{text[at : at + 20]!r} is no label name" if text[at:] else "the brace is never closed"
        raise UnusableSelector(found, f"labels have letters, digits and _, and values stand in quotes, as in {EXAMPLE}")
    operator = _OPERATOR.match(text, _skip(text, label.end()))
    if operator is None:
        raise UnusableSelector(
            f"the label {label[0]!r} has no condition", 'write = , != , =~ or !~ and a value in quotes, as in job="shop"'
        )
    value, end = _read_string(text, _skip(text, operator.end()), label[0])
    matcher = Matcher(label[0], cast(Operator, operator[0]), value)
    if matcher.label == "__name__":
        raise UnusableSelector(
            "the label __name__ names the metric a second time", f"write the name before the brace only, as in {EXAMPLE}"
        )
    if matcher.operator in ("=~", "!~"):
        _check_pattern(matcher)
    return matcher, end


def _check_pattern(matcher: Matcher) -> None:
    if _LOOK_AROUND.search(matcher.value):
        raise UnusableSelector(f"{matcher} looks around or back", "Prometheus's regular expressions (RE2) cannot; list the values as a|b")
    if _RE2_ONLY.search(matcher.value.replace("(?:", "")):
        return
    try:
        compiled(matcher.value)
    except (re.error, OverflowError, RecursionError) as error:
        hint = "close every bracket, and put \\\\ before a sign that means itself"
        raise UnusableSelector(f"{matcher} is no regular expression ({error})", hint) from None


def _read_string(text: str, at: int, label: str) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote not in ("'", '"', "`") or not quote:
        raise UnusableSelector(f"the value of {label!r} stands in no quotes", f'write {label}="…"')
    end = at + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" and quote != "`" else 1
    if end >= len(text):
        raise UnusableSelector(f"the quote after {label!r} is never closed", f"close it with {quote}")
    written = text[at + 1 : end]
    return written if quote == "`" else _unescaped(written, label), end + 1


def _unescaped(written: str, label: str) -> str:
    if "\n" in written:
        raise UnusableSelector(f"the value of {label!r} goes over a line's end", "write a line's end as \\n")
    content, at = bytearray(), 0
    try:
        while at < len(written):
            escape = _ESCAPE.match(written, at) if written[at] == "\\" else None
            if written[at] == "\\" and escape is None:
                raise UnusableSelector(
                    f"{written[at : at + 2]!r} in {label!r} is no escape", "a backslash that means itself is written twice"
                )
            content += _bytes_of(escape) if escape else written[at].encode()
            at = escape.end() if escape else at + 1
        return content.decode()
    except (UnicodeError, ValueError, OverflowError) as error:
        if isinstance(error, UnusableSelector):
            raise
        raise UnusableSelector(f"the value of {label!r} is no UTF-8 text", "write its characters as they are") from None


def _bytes_of(escape: re.Match[str]) -> bytes:
    named, octal, byte, *points = escape.groups()
    if named:
        return _ESCAPED[named].encode()
    if octal or byte:
        return bytes([int(octal, 8) if octal else int(byte, 16)])
    return chr(int(points[0] or points[1], 16)).encode()


def escaped_value(value: str) -> str:
    r"""Write a label value the way it stands between double quotes in PromQL.

    Examples
    --------
    >>> print(escaped_value('C:\\shop "new"'))
    C:\\shop \"new\"
    """
    return "".join(_WRITTEN.get(char) or (char if char.isprintable() else _as_code(char)) for char in value)


def _as_code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
