"""Which SQL a workbook may send to a database: one SELECT, with functions that only compute.

Workbooks come from other people and run with the reader's rights, so nothing that writes, reads a server's files,
sleeps or opens connections gets through; what is not known to be harmless is refused. Whoever needs more makes a view.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from slo_workbench.document.findings import Finding, FindingsError

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["check_query"]

LONGEST_QUERY = 20_000
# Classes of sqlglot: functions it knows by name in any dialect.
_HARMLESS = frozenset({
    "Abs", "And", "AnyValue", "ArgMax", "ArgMin", "Array", "ArrayAny", "Avg", "Between", "Case", "Cast", "CastToStrType", "Ceil",
    "Coalesce", "Concat", "ConcatWs", "Contains", "Count", "CountIf", "CurrentDate", "CurrentTimestamp", "Date", "DateAdd", "DateDiff",
    "DateFromParts", "DateSub", "DateTrunc", "Datetime", "DatetimeAdd", "DatetimeDiff", "DatetimeSub", "DatetimeTrunc", "Day",
    "DayOfMonth", "DayOfWeek", "DayOfWeekIso", "DayOfYear", "DenseRank", "EndsWith", "Exists", "Exp", "Extract", "First", "FirstValue",
    "Floor", "Greatest", "GroupConcat", "Hour", "If", "Initcap", "IsInf", "IsNan", "JSONBExtract", "JSONBExtractScalar", "JSONExtract",
    "JSONExtractScalar", "Lag", "Last", "LastValue", "Lead", "Least", "Left", "Length", "Ln", "Log", "LogicalAnd", "LogicalOr", "Lower",
    "MakeInterval", "Max", "Median", "Min", "Minute", "Mode", "Month", "NthValue", "Ntile", "Nullif", "Nvl2", "Or", "PercentRank",
    "PercentileCont", "PercentileDisc", "Pow", "Quantile", "Quarter", "Rank", "RegexpExtract", "RegexpILike", "RegexpLike",
    "RegexpReplace", "Replace", "Reverse", "Right", "Round", "RowNumber", "Second", "Sign", "Split", "SplitPart", "Sqrt", "StartsWith",
    "StrPosition", "StrToDate", "StrToTime", "StrToUnix", "Substring", "Sum", "Time", "TimeStrToDate", "TimeStrToTime", "TimeStrToUnix",
    "TimeToStr", "TimeToUnix", "TimeTrunc", "Timestamp", "TimestampAdd", "TimestampDiff", "TimestampSub", "TimestampTrunc", "ToChar",
    "ToNumber", "Translate", "Trim", "Trunc", "TryCast", "TsOrDsToDate", "TsOrDsToTime", "TsOrDsToTimestamp", "Typeof", "Unicode",
    "UnixMicros", "UnixMillis", "UnixSeconds", "UnixToStr", "UnixToTime", "UnixToTimeStr", "Upper", "Week", "WeekOfYear", "Xor", "Year",
})  # fmt: skip
# Functions that sqlglot does not know, by the name a database gives them.
_HARMLESS_NAMES = frozenset({
    "btrim", "date_part", "datetime", "division", "epoch", "epoch_ms", "epoch_us", "from_unixtime", "glob", "ifnull", "instr", "isnull",
    "iif", "julianday", "ltrim", "make_date", "make_timestamp", "make_timestamptz", "mod", "nvl", "regexp_match",
    "regexp_substr", "rtrim", "strftime", "timezone", "to_date", "to_timestamp", "unixepoch",
})  # fmt: skip
_NOT_A_SELECT = (
    "Insert", "Update", "Delete", "Merge", "Create", "Drop", "Alter", "Copy", "Command", "Into", "Lock", "Set", "Use", "Attach", "Detach",
    "Pragma", "Commit", "Rollback", "Transaction", "Kill", "TruncateTable", "LoadData", "Export", "Install", "Execute", "Declare",
    "Placeholder", "Parameter", "SessionParameter",
)  # fmt: skip
_INSTEAD = "make a view in the database and name it: ?table=VIEW"


def check_query(query: str, *, dialect: str, source: str) -> str:
    """Return a query that was found to be one harmless SELECT, written anew from its syntax tree.

    What is sent is what was checked: a text that two parsers read in two ways has no second reading left.

    Parameters
    ----------
    query : str
    dialect : str
        The database's name for sqlglot, such as ``postgres``.
    source : str
        Name for the findings.

    Raises
    ------
    FindingsError
        ``query-syntax`` or ``query-refused``.

    Examples
    --------
    >>> check_query("select ts as time, code as status from hits;", dialect="postgres", source="requests")
    'SELECT ts AS time, code AS status FROM hits'
    >>> check_query("select pg_read_file('/etc/passwd')", dialect="postgres", source="requests")
    Traceback (most recent call last):
    slo_workbench.document.findings.FindingsError: error[query-refused] requests: the function pg_read_file(…) may not stand in a query
        hint: make a view in the database and name it: ?table=VIEW
    1 error
    """
    from sqlglot import exp

    tree = _parsed(query, dialect, source)
    if not isinstance(tree, exp.Query):
        raise _refused(
            f"a query is one SELECT; this is {_kind(tree)}", source, "write ?query=SELECT … FROM …, or name a table: ?table=NAME"
        )
    for node in tree.walk():
        name = type(node).__name__
        if name in _NOT_A_SELECT:
            raise _refused(f"a query only reads; this holds {_kind(node)}", source, _INSTEAD)
        if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and str(node.this).lower() not in _HARMLESS_NAMES:
            raise _refused(f"the function {str(node.this).lower()}(…) may not stand in a query", source, _INSTEAD)
        if isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and name not in _HARMLESS:
            raise _refused(f"the function {node.sql_name().lower()}(…) may not stand in a query", source, _INSTEAD)
        if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
            raise _refused("a function of a schema may not stand in a query", source, _INSTEAD)
    return tree.sql(dialect=dialect, comments=False)


def _parsed(query: str, dialect: str, source: str) -> exp.Expression:
    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    # what it cannot parse it logs and calls a command, which is refused here anyway
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    if len(query) > LONGEST_QUERY:
        raise _refused(f"the query has {len(query):,} characters, more than {LONGEST_QUERY:,}", source, _INSTEAD)
    try:
        statements = [one for one in sqlglot.parse(query, dialect=dialect) if one is not None]
    except (SqlglotError, RecursionError) as error:
        first = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        at = f": {first.get('description')}, line {first.get('line')}, character {first.get('col')}" if first else ""
        hint = "write ?query=SELECT … FROM …, percent-encoded in a URL: %20 for a blank, %25 for a %"
        raise FindingsError([Finding("query-syntax", f"the query cannot be read{at}", where=source, hint=hint)]) from None
    if len(statements) != 1:
        raise _refused(f"a query is one SELECT; this holds {len(statements)} statements", source, "leave out the ';'")
    return cast("exp.Expression", statements[0])


def _kind(node: object) -> str:
    return {"Command": "a command", "Lock": "FOR UPDATE", "Into": "INTO"}.get(type(node).__name__, type(node).__name__.upper())


def _refused(message: str, source: str, hint: str) -> FindingsError:
    return FindingsError([Finding("query-refused", message, where=source, hint=hint)])
