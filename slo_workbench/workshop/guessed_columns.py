"""What the columns of a stranger's file may mean, guessed from their names and first values, for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["guess_columns", "guessed_text", "unit_to_look_at"]

_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
_NAMES: dict[str, re.Pattern[str]] = {
    "time": re.compile(r"^(ts|t|when|date|day|.*(time(stamp)?|date_?time|_at|_ts|start(ed)?))$"),
    "status": re.compile(r"status|code|^rc$"),
    "latency_ms": re.compile(
        r"latency|duration|elapsed|took|response_?time|resp_?time|request_?time|^rt($|_)|delay"
        r"|(^|_)(ms|msecs?|s|secs?|seconds?|us|usecs?|ns|nsecs?)$|millis|micros|nanos"
    ),
    "method": re.compile(r"method|verb"),
    "route": re.compile(r"route|path|url|uri|endpoint|resource|page|label"),
    "user": re.compile(r"user|customer|account|session|visitor|client_?(id|ip)|remote_?addr|^ip$"),
    "value": re.compile(r"value|amount|price|total|revenue|basket"),
}
_FACTORS = (
    (re.compile(r"(^|_)(s|secs?|seconds?)$"), " * 1000"),
    (re.compile(r"(^|_)us$|usecs?$|micros(econds?)?$"), " / 1000"),
    (re.compile(r"(^|_)ns$|nsecs?$|nanos(econds?)?$"), " / 1000000"),
)
_MILLISECONDS = re.compile(r"(^|_)ms$|msecs?$|milli")
MOST_SECONDS = 30


def guess_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Return canonical names with the column, or expression, that they may be.

    Parameters
    ----------
    frame : DataFrame
        The first rows of the file, with its own columns.

    Returns
    -------
    dict of str to str
        In the order of the canonical columns; a column stands for one of them only.

    Examples
    --------
    >>> rows = {"ts": ["2026-03-02T10:00:00Z"], "url": ["/orders"], "code": [201], "took_s": [0.4]}
    >>> guess_columns(pd.DataFrame(rows))
    {'time': 'ts', 'status': 'code', 'latency_ms': 'took_s * 1000', 'route': 'url'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for canonical, pattern in _NAMES.items():
        fitting = [str(column) for column in frame.columns if column not in taken and _fits(canonical, pattern, str(column), frame[column])]
        exact = [column for column in fitting if column.lower() == canonical]
        if fitting:
            column = (exact or fitting)[0]
            taken.add(column)
            found[canonical] = column + (_factor(column, frame[column]) if canonical == "latency_ms" else "")
    return found


def _fits(canonical: str, pattern: re.Pattern[str], name: str, column: pd.Series[Any]) -> bool:
    """Whether a column is called like it, and its first values do not speak against it."""
    seen = column.dropna()
    is_called_so = pattern.search(name.lower()) is not None
    if canonical == "time":
        return pd.api.types.is_datetime64_any_dtype(column) or (is_called_so and (seen.empty or _are_times(seen)))
    if canonical == "method":
        return bool(len(seen)) and {str(value).upper() for value in seen.unique()} <= _METHODS
    if canonical == "route":
        return is_called_so or (bool(len(seen)) and bool(seen.astype(str).str.startswith("/").all()))
    if canonical == "user":
        return is_called_so and not pd.api.types.is_bool_dtype(column)
    if not is_called_so:
        return False
    numbers = pd.to_numeric(seen, errors="coerce").dropna()
    if canonical == "status":
        return len(numbers) > 0 and bool(numbers.between(100, 599).all())
    if canonical == "latency_ms" and len(numbers) and numbers.median() < 0:
        return False
    # an amount or a duration that was never measured has no values, and says nothing against its name
    return seen.empty or len(numbers) * 2 > len(seen)


def _are_times(seen: pd.Series[Any]) -> bool:
    """Whether values look like times: text that begins with a year, or whole numbers as seconds since 1970 (or finer) are."""
    if pd.api.types.is_numeric_dtype(seen):
        return bool((seen >= 10**8).all())
    texts = seen.astype(str)
    return bool(texts.str.contains(r"\d{4}|\d{1,2}[/.-]\d{1,2}").all())


def _factor(column: str, values: pd.Series[Any]) -> str:
    """Return what makes milliseconds of a column: by the unit in its name, else seconds where hardly any value reaches half a minute."""
    by_name = _factor_by_name(column)
    if by_name is not None:
        return by_name
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    is_in_seconds = len(numbers) > 0 and 0 < numbers.quantile(0.9) < MOST_SECONDS and bool((numbers % 1 != 0).any())
    return " * 1000" if is_in_seconds else ""


def _factor_by_name(column: str) -> str | None:
    """Return what makes milliseconds of a column whose name tells its unit; nothing where it tells none."""
    name = column.lower()
    by_name = next((factor for pattern, factor in _FACTORS if pattern.search(name)), "")
    return by_name if by_name or _MILLISECONDS.search(name) else None


def unit_to_look_at(guessed: Mapping[str, str]) -> str:
    """Return what to ask about the unit of the time to answer where its column's name does not tell it; nothing where it does.

    Examples
    --------
    >>> unit_to_look_at({"latency_ms": "took"})
    'Is took in milliseconds? If it is in seconds, write latency_ms=took * 1000.'
    >>> unit_to_look_at({"latency_ms": "took * 1000"})
    'Is took in seconds? If it is in milliseconds, write latency_ms=took.'
    >>> unit_to_look_at({"latency_ms": "ms"})
    ''
    """
    expression = guessed.get("latency_ms", "")
    column = expression.removesuffix(" * 1000")
    if not column.isidentifier() or _factor_by_name(column) is not None:
        return ""
    if column == expression:
        return f"Is {column} in milliseconds? If it is in seconds, write latency_ms={column} * 1000."
    return f"Is {column} in seconds? If it is in milliseconds, write latency_ms={column}."


def guessed_text(guessed: Mapping[str, str]) -> str:
    """Return a mapping as it is written into the parameters cell; columns called as they mean are left out.

    Examples
    --------
    >>> guessed_text({"time": "ts", "status": "status", "latency_ms": "took_s * 1000"})
    'time=ts, latency_ms=took_s * 1000'
    """
    return ", ".join(f"{canonical}={expression}" for canonical, expression in guessed.items() if canonical != expression)
