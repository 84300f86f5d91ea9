"""A number a day that people counted elsewhere, such as support tickets: separated values with a day and a number."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.clock import EARLIEST_TIME, LATEST_TIME
from slo_workbench.sources.compressed_files import readable_files, unpacked
from slo_workbench.sources.files import first_lines, unreadable
from slo_workbench.sources.stray_quotes import without_stray_quotes
from slo_workbench.units import counted

__all__ = ["DAY_NAMES", "read_daily_numbers"]

DAY_NAMES = ("day", "date", "created_on", "opened_on", "time")
"""What the column with the day may be called, best first; upper case, spaces and hyphens do not matter."""

SEPARATORS = (",", ";", "\t")
LARGEST_FILE_BYTES = 20_000_000
LARGEST_NUMBER = 10**12
MOST_LINES_NAMED = 5
_REASONS = {
    "row-length": ("more or fewer values than the header has columns", "quote values that hold the separator"),
    "row-unreadable": ("the row cannot be read", "look at its quotes"),
    "day-unreadable": ("the day cannot be read", "write days as 2026-03-02; 02/03/2026 is March to some and February to others"),
    "day-repeated": ("another row above has the same day", "give each day one row"),
    "number-missing": ("no number", "write 0 where nobody wrote; a day nobody counted is better left out"),
    "number-unreadable": ("the number cannot be read", "write it as 1234 or 12.5, without separators or units"),
    "number-unlikely": ("a number below 0 or above a million million", "is it a number of something that happened on that day?"),
}


@dataclass
class _Account:
    """What became of the rows of one file."""

    file: str
    n_rows: int = 0
    refused: dict[str, list[tuple[int | None, str]]] = field(default_factory=dict)

    def refuse(self, reason: str, line: int | None, text: str) -> None:
        self.refused.setdefault(reason, []).append((line, text))

    def findings(self) -> list[Finding]:
        found = []
        for reason, rows in self.refused.items():
            why, hint = _REASONS[reason]
            lines = [str(line) for line, _ in rows if line is not None]
            named = f" (line {', '.join(lines[:MOST_LINES_NAMED])}{', …' if len(lines) > MOST_LINES_NAMED else ''})" if lines else ""
            message = f"{len(rows):,} of {counted(self.n_rows, 'row')} refused{named}: {why}"
            line, text = rows[0]
            found.append(
                Finding(f"daily-{reason}", message, "warning", hint, file=self.file, line=line, count=len(rows), example=text.strip())
            )
        return found


class _Refused(Exception):
    """A row cannot be used; the reason is one of ``_REASONS``."""


def read_daily_numbers(path: Path, *, column: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    r"""Read a number a day from separated values (comma, semicolon, tab), packed or not.

    Parameters
    ----------
    path : Path
        A file in UTF-8 with a header, of at most 20 MB.
    column : str, optional
        The column with the number; needed when there are several besides the day.

    Returns
    -------
    (DataFrame, tuple of Finding)
        ``day`` (midnight, datetime64[us]) and ``value`` (int64 where all numbers are whole, float64 otherwise), in order of days; and
        what was refused, each with its lines. A day without a row has no number, which is not 0; a note counts such days.

    Raises
    ------
    FindingsError
        When there is no such file, it is a folder, empty or no text, has no column with a day or not one number to choose, or not a
        single usable row.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tickets.csv"
    ...     _ = path.write_text("day,tickets\n2026-03-02,8\n2026-03-03,few\n2026-03-04,10\n")
    ...     numbers, findings = read_daily_numbers(path)
    >>> numbers["value"].tolist(), [finding.code for finding in findings]
    ([8, 10], ['daily-number-unreadable', 'daily-days-missing'])
    """
    account = _Account(path.name)
    found = _read(path)
    findings = list(found.findings)
    for example in found.unreadable:
        account.n_rows += 1
        account.refuse("row-unreadable", None, example)
    day_place, value_place = _places(found.names, column, path.name)
    numbers: dict[date, Decimal] = {}
    for line, values, raw in _rows(found.text, found.separator):
        account.n_rows += 1
        try:
            if values is None:
                raise _Refused("row-unreadable")
            if len(values) != len(found.names):
                raise _Refused("row-length")
            day = _day_of(values[day_place])
            number = _number_of(values[value_place])
            if day in numbers:
                raise _Refused("day-repeated")
        except _Refused as refusal:
            # without the rows in pieces, lines are counted differently from the file's
            account.refuse(str(refusal), None if found.unreadable else line, raw)
            continue
        numbers[day] = number
    findings += account.findings()
    if not numbers:
        hint = "see what was refused" if account.refused else "there is a row for each day below the header"
        raise FindingsError([*findings, Finding("daily-no-rows", "no row can be used", file=path.name, hint=hint)])
    frame = _frame(numbers)
    return frame, (*findings, *_missing_days(frame, path.name))


@dataclass(frozen=True)
class _Read:
    """The text of a file with its columns, and the rows that a quote or the end of the file left in pieces."""

    text: str
    names: tuple[str, ...]
    separator: str
    unreadable: tuple[str, ...]
    findings: tuple[Finding, ...]


def _read(path: Path) -> _Read:
    if path.is_dir():
        raise unreadable("daily-is-folder", "", f"{path} is a folder", "name the file with the numbers in it")
    if not path.exists():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise unreadable("daily-missing", "", f"there is no file {path}", nearest_hint(path.name, near))
    try:
        first_lines(path)
    except FindingsError as error:
        if error.findings[0].code != "source-binary":
            raise
        raise unreadable("daily-binary", "", f"{path.name} is no text in UTF-8", "save it as CSV, in UTF-8") from None
    with readable_files((path,)) as files:
        header, separator = _header_of(_decoded(files.paths[0], path.name))
        with without_stray_quotes(files.paths, separator=separator, n_columns=len(header)) as (copies, stray):
            text = _decoded(copies[0], path.name)
        broken = tuple(refusal.example for refusal in (*files.refusals, *stray) for _ in range(refusal.n_rows))
        return _Read(text, tuple(map(_normalised, header)), separator, broken, files.findings)


def _decoded(path: Path, file: str) -> str:
    content = b""
    for part in unpacked(path):
        content += part
        if len(content) > LARGEST_FILE_BYTES:
            hint = "is it the requests? Here is one row a day"
            raise unreadable("daily-too-large", "", f"{file} holds more than {LARGEST_FILE_BYTES // 10**6} MB", hint)
    text = content.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise unreadable("daily-empty", "", f"{file} is empty", "was the export interrupted?")
    return text


def _header_of(text: str) -> tuple[list[str], str]:
    line = next(line for line in StringIO(text) if line.strip())
    return max(((next(csv.reader([line], delimiter=sign)), sign) for sign in SEPARATORS), key=lambda found: len(found[0]))


def _normalised(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def _places(names: Sequence[str], column: str | None, file: str) -> tuple[int, int]:
    """Return the places of the day and of the number among the columns."""
    shown = ", ".join(names) or "none"
    day = next((names.index(name) for name in DAY_NAMES if name in names), None)
    if day is None:
        hint = f"call it {DAY_NAMES[0]}; also known: {', '.join(DAY_NAMES[1:])}"
        raise FindingsError([Finding("daily-day-missing", f"no column tells the day; there is: {shown}", hint=hint, file=file, line=1)])
    others = [place for place in range(len(names)) if place != day]
    if column is not None:
        wanted = [place for place in others if names[place] == _normalised(column)]
        if len(wanted) != 1:
            message, hint = f"unknown column {column!r}", nearest_hint(_normalised(column), [names[place] for place in others])
            raise FindingsError([Finding("unknown-column", message, hint=hint, file=file, line=1)])
        return day, wanted[0]
    if len(others) != 1:
        message = f"beside the day there is one column with the number, not {len(others)}: {shown}"
        raise FindingsError([Finding("daily-number-column", message, hint="say which column holds it", file=file, line=1)])
    return day, others[0]


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str] | None, str]]:
    """Give line, values (``None`` where the row cannot be read) and text of each row below the header, blank ones left out."""
    lines = list(StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    is_header = True
    while True:
        before = reader.line_num
        try:
            values = next(reader, None)
        except csv.Error:
            yield before + 1, None, lines[min(before, len(lines) - 1)]
            continue
        if values is None:
            return
        if any(value.strip() for value in values):
            if not is_header:
                yield before + 1, values, "".join(lines[before : reader.line_num])
            is_header = False


def _day_of(text: str) -> date:
    """Read a day, also one that is written as its midnight; a time within it is no day."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _Refused("day-unreadable") from None
    is_midnight = moment.time() == datetime.min.time()
    if not is_midnight or not EARLIEST_TIME <= moment.replace(tzinfo=None) < LATEST_TIME:
        raise _Refused("day-unreadable")
    return moment.date()


def _number_of(text: str) -> Decimal:
    stripped = text.strip()
    if not stripped:
        raise _Refused("number-missing")
    try:
        number = Decimal(stripped)
    except InvalidOperation:
        raise _Refused("number-unreadable") from None
    if "_" in stripped or not number.is_finite():
        raise _Refused("number-unreadable")
    if not 0 <= number <= LARGEST_NUMBER:
        raise _Refused("number-unlikely")
    return number


def _frame(numbers: dict[date, Decimal]) -> pd.DataFrame:
    days = sorted(numbers)
    is_whole = all(number == number.to_integral_value() for number in numbers.values())
    values = pd.Series([int(numbers[day]) if is_whole else float(numbers[day]) for day in days], dtype="int64" if is_whole else "float64")
    return pd.DataFrame({"day": pd.to_datetime(pd.Series(days, dtype=object)).astype("datetime64[us]"), "value": values})


def _missing_days(frame: pd.DataFrame, file: str) -> list[Finding]:
    n_missing = (frame["day"].iloc[-1] - frame["day"].iloc[0]).days + 1 - len(frame)
    if not n_missing:
        return []
    message = f"{counted(n_missing, 'day')} between the first and the last have no number, which is not 0"
    return [Finding("daily-days-missing", message, "note", "write 0 where there was nothing", file=file, count=n_missing)]
