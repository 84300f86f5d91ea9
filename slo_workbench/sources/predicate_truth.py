"""What a predicate says of a request of which only some columns are known: true, false, or that it depends on the rest."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from slo_workbench.sources.predicates import ParsedExpression

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["literals_compared", "truth_of"]

Known = Mapping[str, str | int | float | bool]
_UNKNOWN = object()


def truth_of(parsed: ParsedExpression, known: Known) -> bool | None:
    """Return what a predicate says when only the columns in `known` have a value.

    Three-valued logic after Kleene: ``unknown and false`` is false, ``unknown or true`` is true. Whatever is not a comparison, a list,
    a pattern or a word between them is unknown. Text is compared as it stands, column names regardless of case.

    Parameters
    ----------
    parsed : ParsedExpression
    known : mapping of column to value

    Returns
    -------
    bool or None
        ``None`` when it depends on a column that is not known.

    Examples
    --------
    >>> from slo_workbench.sources.predicates import parse_expression
    >>> predicate = parse_expression("status < 500 and not degraded")
    >>> truth_of(predicate, {"status": 503}), truth_of(predicate, {"status": 200})
    (False, None)
    """
    values = {name.lower(): value for name, value in known.items()}
    found = _value(parsed.tree, values)
    return found if isinstance(found, bool) else None


def literals_compared(parsed: ParsedExpression) -> dict[str, frozenset[str]]:
    """Return the texts that each column is compared with, by ``=``, ``in`` or ``like``; columns in lower case.

    Examples
    --------
    >>> from slo_workbench.sources.predicates import parse_expression
    >>> sorted(literals_compared(parse_expression("route in ('/a', '/b') and method = 'GET'"))["route"])
    ['/a', '/b']
    """
    from sqlglot import exp

    found: dict[str, set[str]] = {}
    for node in parsed.tree.find_all(exp.EQ, exp.In, exp.Like, exp.ILike):
        columns = [column.name.lower() for column in node.find_all(exp.Column)]
        texts = {str(literal.this) for literal in node.find_all(exp.Literal) if literal.is_string}
        if len(set(columns)) == 1:
            found.setdefault(columns[0], set()).update(texts)
    return {column: frozenset(texts) for column, texts in found.items()}


def _value(node: exp.Expression, known: Known) -> Any:
    """Return the value of a node, or `_UNKNOWN`."""
    from sqlglot import exp

    match node:
        case exp.Paren():
            return _value(node.this, known)
        case exp.And() | exp.Or():
            return _junction(isinstance(node, exp.And), [_value(node.this, known), _value(node.expression, known)])
        case exp.Not():
            inner = _value(node.this, known)
            return (not inner) if isinstance(inner, bool) else _UNKNOWN
        case exp.Column():
            return known.get(node.name.lower(), _UNKNOWN)
        case exp.Literal() | exp.Boolean() | exp.Neg():
            return _literal(node)
        case exp.In():
            return _junction(False, [_compared(operator.eq, node.this, item, known) for item in node.expressions])
        case exp.Between():
            low = _compared(operator.ge, node.this, node.args["low"], known)
            return _junction(True, [low, _compared(operator.le, node.this, node.args["high"], known)])
        case exp.Like() | exp.ILike():
            return _like(node, known)
    comparison = _comparisons().get(type(node))
    return _compared(comparison, node.this, node.expression, known) if comparison else _UNKNOWN


def _comparisons() -> Mapping[type, Callable[[Any, Any], bool]]:
    from sqlglot import exp

    return {
        exp.EQ: operator.eq, exp.NEQ: operator.ne, exp.LT: operator.lt, exp.LTE: operator.le, exp.GT: operator.gt, exp.GTE: operator.ge,
    }  # fmt: skip


def _junction(is_and: bool, values: list[Any]) -> Any:
    """Return the ``and`` (or the ``or``) of values: one decides it, else one that is unknown leaves it open."""
    if any(value is (not is_and) for value in values):
        return not is_and
    return is_and if all(value is is_and for value in values) else _UNKNOWN


def _literal(node: exp.Expression) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        inner = _literal(node.this)
        return -inner if isinstance(inner, int | float) else _UNKNOWN
    if not isinstance(node, exp.Literal):
        return _UNKNOWN
    return str(node.this) if node.is_string else float(node.this)


def _compared(compare: Callable[[Any, Any], bool], one: exp.Expression, other: exp.Expression, known: Known) -> Any:
    left, right = _value(one, known), _value(other, known)
    both_text = isinstance(left, str) and isinstance(right, str)
    both_numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return compare(left, right) if both_text or both_numbers else _UNKNOWN


def _like(node: exp.Like | exp.ILike, known: Known) -> Any:
    from sqlglot import exp

    value, pattern = _value(node.this, known), _value(node.expression, known)
    if not isinstance(value, str) or not isinstance(pattern, str):
        return _UNKNOWN
    flags = re.DOTALL | (re.IGNORECASE if isinstance(node, exp.ILike) else re.NOFLAG)
    matches = _fits(value, pattern, flags)
    return not matches if node.args.get("negate") else matches


def _fits(text: str, pattern: str, flags: re.RegexFlag) -> bool:
    """Whether a text fits a LIKE pattern. Pieces between ``%`` are sought from left to right, so no pattern takes long."""
    first, *others = [re.compile("".join("." if char == "_" else re.escape(char) for char in piece), flags) for piece in pattern.split("%")]
    if not others:
        return first.fullmatch(text) is not None
    found = first.match(text)
    for piece in others[:-1]:
        found = piece.search(text, found.end()) if found else None
    n_last = len(pattern.rpartition("%")[2])
    start = len(text) - n_last
    return found is not None and start >= found.end() and others[-1].fullmatch(text, start) is not None
