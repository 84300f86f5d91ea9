"""The safe predicate language: a small part of SQL, read by sqlglot, turned into Ibis expressions.

Workbooks come from other people, so an expression may name columns, literals and operators and
nothing that reads, writes or runs: no sub-queries, no statements, no functions but a few listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from sqlglot import exp

__all__ = ["ALLOWED_FUNCTIONS", "PredicateError", "UnknownColumn", "columns_in", "compile_expression", "parse_expression"]

ALLOWED_FUNCTIONS = ("lower", "upper", "length", "coalesce", "abs", "starts_with", "contains")
LONGEST_EXPRESSION = 4_000
DEEPEST_EXPRESSION = 150


class PredicateError(UnusableValue):
    """An expression is outside the predicate language; ``hint`` says what to write instead."""

    def __init__(self, message: str, *, code: str = "predicate", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class UnknownColumn(PredicateError):
    """An expression names a column that the data does not have; ``hint`` names the nearest."""

    def __init__(self, column: str, known: tuple[str, ...]) -> None:
        looks_like_text = any(not (char.isalnum() or char in "_ ") for char in column)
        hint = f"text goes in single quotes: '{column}'" if looks_like_text else nearest_hint(column, known)
        super().__init__(f"unknown column {column!r}", code="unknown-column", hint=hint)
        self.column = column


@dataclass(frozen=True)
class ParsedExpression:
    """An expression that was found safe: its text and its syntax tree."""

    text: str
    tree: exp.Expression


def parse_expression(text: str) -> ParsedExpression:
    """Parse an expression and refuse everything outside the predicate language.

    Parameters
    ----------
    text : str
        Such as ``route like '/orders%' and status < 500``.

    Raises
    ------
    PredicateError
        With code ``predicate-syntax`` or ``predicate-refused``, and a hint.

    Examples
    --------
    >>> sorted(columns_in(parse_expression("status < 500 and route in ('/a', '/b')")))
    ['route', 'status']
    >>> parse_expression("read_csv('x')")
    Traceback (most recent call last):
    slo_workbench.sources.predicates.PredicateError: the function read_csv(…) is not part of the predicate language
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(text) > LONGEST_EXPRESSION:
        raise PredicateError(f"the expression has {len(text)} characters, more than {LONGEST_EXPRESSION}", code="predicate-refused")
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise PredicateError(f"cannot read {text!r}: {_first_line(error)}", code="predicate-syntax", hint=_WRITE_LIKE) from None
    if len(statements) != 1 or statements[0] is None or _has_semicolon(text):
        raise PredicateError(f"{text!r} is not one expression", code="predicate-refused", hint="one expression, with no ';'")
    tree = cast("exp.Expression", statements[0])
    _refuse_what_is_not_allowed(tree)
    return ParsedExpression(text, tree)


_WRITE_LIKE = "write it like: route = '/orders' and status < 500 (text in single quotes)"


def _first_line(error: BaseException) -> str:
    from sqlglot.errors import ParseError

    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"{first.get('description')} at character {first.get('col')}"
    return str(error).splitlines()[0][:200] if str(error) else "nested too deeply"


def _has_semicolon(text: str) -> bool:
    """Whether a ``;`` stands outside quotes."""
    import sqlglot

    return any(token.token_type.name == "SEMICOLON" for token in sqlglot.tokenize(text, read="duckdb"))


def columns_in(parsed: ParsedExpression) -> frozenset[str]:
    """Return the names of the columns an expression uses."""
    from sqlglot import exp

    return frozenset(column.name for column in parsed.tree.find_all(exp.Column))


def compile_expression(parsed: ParsedExpression, table: ir.Table) -> ir.Value:
    """Turn a parsed expression into an Ibis value over a table's columns.

    Column names match exactly, or regardless of case where only one column does.

    Raises
    ------
    UnknownColumn
        Naming the nearest column there is.
    PredicateError
        When types do not fit, such as comparing a number with text.
    """
    from ibis.common.annotations import ValidationError
    from ibis.common.exceptions import IbisError

    try:
        return _Compiler(table).value(parsed.tree)
    except PredicateError:
        raise
    except (IbisError, ValidationError, TypeError, AttributeError, NotImplementedError, ValueError, ArithmeticError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise PredicateError(
            f"the types in {parsed.text!r} do not fit: {reason}",
            code="predicate-type",
            hint="compare numbers with numbers and text with text",
        ) from None


def _refuse_what_is_not_allowed(tree: exp.Expression) -> None:
    from sqlglot import exp

    allowed = _allowed_nodes()
    for node, depth in _walk(tree):
        if depth > DEEPEST_EXPRESSION:
            raise PredicateError("the expression is nested too deeply", code="predicate-refused", hint="use in (…) instead of many or")
        if isinstance(node, exp.Column) and node.parts[:-1]:
            raise PredicateError(f"{node.sql()!r} names a table; columns stand alone", code="predicate-refused", hint=f"write {node.name}")
        if type(node) in allowed:
            _refuse_what_is_not_read(node)
            continue
        hint = _INSTEAD.get(type(node).__name__, _ALLOWED)
        raise PredicateError(f"{_describe(node)} is not part of the predicate language", code="predicate-refused", hint=hint)


_READ_PARTS = {"this", "expression", "expressions", "is_string", "quoted", "low", "high", "ifs", "true", "default", "negate"}


def _refuse_what_is_not_read(node: exp.Expression) -> None:
    """Refuse parts of a node that the compiler would pass over, and a remainder whose precedence sqlglot gets wrong."""
    from sqlglot import exp

    for part, value in node.args.items():
        if part not in _READ_PARTS and value not in (None, False, [], ""):
            raise PredicateError(
                f"{part} in {node.sql()[:60]!r} is not part of the predicate language", code="predicate-refused", hint=_ALLOWED
            )
    arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
    sides = [side for side in (node.this, node.args.get("expression")) if isinstance(side, arithmetic)]
    if (isinstance(node, exp.Mod) and sides) or (isinstance(node, arithmetic) and any(isinstance(side, exp.Mod) for side in sides)):
        hint = "put parentheses around it: (status % 100) + 1"
        raise PredicateError("% beside another operator can be read in two ways", code="predicate-refused", hint=hint)


_INSTEAD = {
    "Alias": 'a column whose name has blanks stands in double quotes: "Request time"',
    "ArrayOverlaps": "write and instead of &&",
    "DPipe": "write or instead of ||",
    "RegexpLike": "use like with % for any text",
    "Anonymous": 'a column whose name has blanks or brackets stands in double quotes: "Took (s)"; functions are lower upper length coalesce abs '
    "starts_with contains",
}
_ALLOWED = (
    "columns, numbers, 'text', true/false/null, = != < <= > >=, and/or/not, in (…), like, between, is null, + - * / %, case when, "
    + ", ".join(f"{name}(…)" for name in ALLOWED_FUNCTIONS)
)


def _walk(tree: exp.Expression) -> list[tuple[exp.Expression, int]]:
    found, queue = [], [(tree, 0)]
    while queue:
        node, depth = queue.pop()
        found.append((node, depth))
        queue.extend((child, depth + 1) for child in node.iter_expressions())
    return found


def _describe(node: exp.Expression) -> str:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}(…)"
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name().lower()}(…)"
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return "a sub-query"
    return f"{type(node).__name__.lower()} ({node.sql(dialect='duckdb')[:60]})"


def _allowed_nodes() -> set[type]:
    from sqlglot import exp

    plain = {exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.In, exp.Between, exp.Is, exp.Case, exp.If}
    operators = set(_binary_operations()) | {exp.And, exp.Or, exp.Not, exp.Neg, exp.Like, exp.ILike}
    functions = {exp.Lower, exp.Upper, exp.Length, exp.Coalesce, exp.Abs, exp.StartsWith, exp.Contains}
    return plain | operators | functions


def _binary_operations() -> Mapping[type, Callable[[Any, Any], Any]]:
    from operator import add, eq, ge, gt, le, lt, mul, ne, sub

    from sqlglot import exp

    return {
        exp.EQ: eq, exp.NEQ: ne, exp.LT: lt, exp.LTE: le, exp.GT: gt, exp.GTE: ge,
        exp.Add: add, exp.Sub: sub, exp.Mul: mul, exp.Div: _divide, exp.Mod: _remainder,
    }  # fmt: skip


# Division by nothing is an error in PostgreSQL, infinite in DuckDB and unknown in SQLite: here it is unknown.
def _divide(one: Any, other: Any) -> Any:
    return one / other.nullif(0)


def _remainder(one: Any, other: Any) -> Any:
    return one % other.nullif(0)


class _Compiler:
    """Walks a checked tree; one small method a kind of node."""

    def __init__(self, table: ir.Table) -> None:
        self.table = table
        self.columns = tuple(table.columns)

    def value(self, node: exp.Expression) -> Any:
        from sqlglot import exp

        operation = _binary_operations().get(type(node))
        if operation is not None:
            one, other = self._alike(node.this, node.expression)
            if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
                self._refuse_unless_numbers(node, one, other)
            return operation(one, other)
        match node:
            case exp.Paren():
                return self.value(node.this)
            case exp.Column():
                return self._column(node.name)
            case exp.Literal() | exp.Boolean() | exp.Null() | exp.Neg():
                return self._scalar(node)
            case exp.And():
                return self._boolean(node.this) & self._boolean(node.expression)
            case exp.Or():
                return self._boolean(node.this) | self._boolean(node.expression)
            case exp.Not():
                return ~self._boolean(node.this)
            case exp.In():
                return self._column_like(node.this).isin([self._alike(node.this, item)[1] for item in node.expressions])
            case exp.Between():
                value, low = self._alike(node.this, node.args["low"])
                return value.between(low, self._alike(node.this, node.args["high"])[1])
            case exp.Is():
                return self._is(node)
            case exp.Like() | exp.ILike():
                return self._like(node)
            case exp.Case():
                return self._case(node)
            case _:
                return self._function(node)

    def _alike(self, left: exp.Expression, right: exp.Expression) -> tuple[Any, Any]:
        """Refuse comparisons that an engine would settle by a silent cast."""
        import ibis

        one, other = self.value(left), self.value(right)
        one = one if hasattr(one, "type") else ibis.literal(one)
        other = other if hasattr(other, "type") else ibis.literal(other)
        if _family(one) and _family(other) and _family(one) != _family(other):
            raise PredicateError(
                f"{left.sql()} is {_family(one)} and {right.sql()} is {_family(other)}: they do not go together",
                code="predicate-type",
                hint="put text in single quotes, and leave numbers without; a column with decimal commas is text",
            )
        return one, other

    def _refuse_unless_numbers(self, node: exp.Expression, *values: Any) -> None:
        if not all(value.type().is_numeric() or value.type().is_null() for value in values):
            raise PredicateError(
                f"{node.sql()!r}: only numbers can be reckoned with", code="predicate-type", hint="compare times and text instead"
            )

    def _column(self, name: str) -> Any:
        if name in self.columns:
            return self.table[name]
        same = [column for column in self.columns if column.lower() == name.lower()]
        if len(same) == 1:
            return self.table[same[0]]
        raise UnknownColumn(name, self.columns)

    def _column_like(self, node: exp.Expression) -> Any:
        import ibis

        value = self.value(node)
        return value if hasattr(value, "isin") else ibis.literal(value)

    def _scalar(self, node: exp.Expression) -> Any:
        import ibis
        from sqlglot import exp

        match node:
            case exp.Null():
                return ibis.null()
            case exp.Boolean():
                return ibis.literal(bool(node.this))
            case exp.Neg():
                return -self.value(node.this)
            case exp.Literal() if node.is_string:
                return ibis.literal(node.this)
            case exp.Literal():
                number = Decimal(node.this)
                return ibis.literal(int(number) if number == number.to_integral_value() and abs(number) < 2**63 else float(number))
        return self.value(node)

    def _boolean(self, node: exp.Expression) -> Any:
        value = self.value(node)
        if not value.type().is_boolean() and not value.type().is_null():
            raise PredicateError(
                f"{node.sql()!r} is {value.type()}, not true or false", code="predicate-type", hint="compare it with something"
            )
        return value

    def _is(self, node: exp.Is) -> Any:
        from sqlglot import exp

        value = self.value(node.this)
        if isinstance(node.expression, exp.Null):
            return value.isnull()
        if isinstance(node.expression, exp.Boolean):
            import ibis

            return ibis.coalesce(value, not node.expression.this) == bool(node.expression.this)
        raise PredicateError(f"{node.sql()!r}: 'is' takes null, true or false", code="predicate-refused", hint="use = for values")

    def _like(self, node: exp.Like | exp.ILike) -> Any:
        from sqlglot import exp

        value, pattern = self.value(node.this), self._pattern(node.expression)
        matches = value.like(pattern) if isinstance(node, exp.Like) else value.ilike(pattern)
        return ~matches if node.args.get("negate") else matches

    def _pattern(self, node: exp.Expression) -> str:
        if not (type(node).__name__ == "Literal" and node.is_string):
            raise PredicateError("like takes a pattern in single quotes", code="predicate-refused", hint="route like '/orders%'")
        return str(node.this)

    def _case(self, node: exp.Case) -> Any:
        import ibis

        if node.this is not None:
            raise PredicateError("case takes conditions", code="predicate-refused", hint="case when status < 500 then 1 else 0 end")
        branches = [(self._boolean(branch.this), self.value(branch.args["true"])) for branch in node.args["ifs"]]
        otherwise = node.args.get("default")
        return ibis.cases(*branches, else_=self.value(otherwise) if otherwise is not None else None)

    def _function(self, node: exp.Expression) -> Any:
        import ibis
        from sqlglot import exp

        first = self.value(node.this)
        match node:
            case exp.Lower():
                return first.lower()
            case exp.Upper():
                return first.upper()
            case exp.Length():
                return first.length()
            case exp.Abs():
                return first.abs()
            case exp.Coalesce():
                return ibis.coalesce(first, *[self.value(item) for item in node.expressions])
            case exp.StartsWith():
                start = self.value(node.expression)
                # not startswith, which is a LIKE in SQLite: there % and _ would match anything
                return first.substr(0, start.length()) == start
            case exp.Contains():
                return first.contains(self.value(node.expression))
        raise PredicateError(f"{_describe(node)} is not part of the predicate language", code="predicate-refused", hint=_ALLOWED)


def _family(value: Any) -> str:
    kind = value.type()
    if kind.is_string():
        return "text"
    if kind.is_numeric():
        return "a number"
    if kind.is_boolean():
        return "true or false"
    return ""
