"""A list of incidents that people wrote down: separated values or JSON, in whatever words their tool uses for start and end."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint, printable
from slo_workbench.sources.clock import EARLIEST_TIME, LATEST_TIME, load_zone
from slo_workbench.sources.compressed_files import readable_files, unpacked
from slo_workbench.sources.files import first_lines, unreadable
from slo_workbench.sources.stray_quotes import without_stray_quotes
from slo_workbench.units import counted

__all__ = ["COLUMN_NAMES", "read_incidents"]

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    # when the service was down tells more than when somebody opened a ticket, so that comes first
    "start": (
        "start", "downtime_start", "impact_start", "started_at", "start_at", "start_time", "starts_at", "started", "begin", "began_at",
        "begins_at", "from", "opened_at",
    ),
    "end": (
        "end", "downtime_end", "impact_end", "ended_at", "end_at", "end_time", "ends_at", "ended", "resolved_at", "resolved", "finished_at",
        "to", "until", "closed_at",
    ),
    "id": ("id", "incident_id", "incident", "key", "number"),
    "title": ("title", "cause", "name", "summary", "description"),
    "journeys": ("journeys", "journey"),
}  # fmt: skip
"""What the columns of a list may be called, best first; upper case, spaces and hyphens do not matter."""

SEPARATORS = (",", ";", "\t")
LARGEST_LIST_BYTES = 100_000_000
LONGEST_TEXT = 120
_NOTHING = {"", "-", "null", "none", "nan", "nat", "n/a"}
_STILL_OPEN = {"open", "ongoing", "unresolved", "now"}
_EPOCH = re.compile(r"\d{9,19}(\.\d+)?")
# least size and seconds in one: the same limits as for the times of requests
_EPOCH_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1))
_REASONS = {
    "row-length": ("more or fewer values than the header has columns", "quote values that hold the separator"),
    "row-unreadable": ("the row cannot be read", "look at its quotes and brackets"),
    "start-missing": ("no start", "write when it began to hurt, as 2026-03-05T18:10:00Z"),
    "time-unreadable": ("a time cannot be read", "write times as 2026-03-05T18:10:00Z, 2026-03-05 19:10+01:00, or seconds since 1970"),
    "open": ("it has no end, so it is still open", "give it an end once it is over; until then nobody can say what it cost"),
    "end-not-after-start": ("it does not end after it starts", "ends are exclusive: a whole day ends at 00:00 of the next"),
    "id-repeated": ("another row above has the same id", "give each incident an id of its own, and one row from its start to its end"),
}  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """One entry of a list: its values by normalised column name, its line, and its text to show."""

    values: Mapping[str, object]
    text: str
    line: int | None = None


class _Refused(Exception):
    """An entry cannot be used; the reason is one of ``_REASONS``."""


@dataclass
class _Account:
    """What became of the entries of one file."""

    file: str
    n_rows: int = 0
    refused: dict[str, list[_Row]] = field(default_factory=dict)

    def refuse(self, reason: str, row: _Row) -> None:
        self.refused.setdefault(reason, []).append(row)

    def findings(self) -> list[Finding]:
        found = []
        for reason, rows in self.refused.items():
            why, hint = _REASONS[reason]
            message = f"{len(rows):,} of {counted(self.n_rows, 'incident')} refused: {why}"
            found.append(
                Finding(
                    f"incident-{reason}", message, "warning", hint, file=self.file, line=rows[0].line, count=len(rows), example=rows[0].text
                )
            )
        return found


def read_incidents(path: Path, *, time_zone: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    r"""Read a list of incidents from separated values (comma, semicolon, tab), JSON lines or a JSON list, packed or not.

    Columns are known by name, see :data:`COLUMN_NAMES`; others are left aside. Rows that cannot be used are refused and
    told: each row of the file is in the table or counted in a finding. Overlapping incidents stay apart.

    Parameters
    ----------
    path : Path
        A file in UTF-8, of at most 100 MB.
    time_zone : str, optional
        IANA zone of times that carry no zone or offset. Without it they are read as UTC, and a note says so. A local
        time that happens twice is taken as the first.

    Returns
    -------
    (DataFrame, tuple of Finding)
        ``id``, ``start``, ``end`` (datetime64[us], UTC without zone, half-open), ``title`` (empty where there is none) and
        ``journeys`` (tuple of str, empty where unknown), in order of start; and what was refused or assumed. Texts are made
        fit to be shown: control characters are spelt out, and what is longer than 120 characters is cut.

    Raises
    ------
    FindingsError
        When there is no such file, it is a folder, empty or no text, has no header or no column with a start or end, or
        not a single usable row.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "incidents.csv"
    ...     _ = path.write_text("Started at;Resolved at;Title;Journeys\n2026-03-05T18:10Z;2026-03-05T20:40Z;slow;buy,browse\n")
    ...     incidents, findings = read_incidents(path)
    >>> incidents[["start", "title", "journeys"]].to_numpy().tolist()
    [[Timestamp('2026-03-05 18:10:00'), 'slow', ('buy', 'browse')]]
    >>> [finding.code for finding in findings]
    ['incident-id-made']
    """
    zone = load_zone(time_zone, where="time_zone") if time_zone else None
    account = _Account(path.name)
    rows, findings = _read_rows(path, account)
    columns = _choose_columns(rows, path.name)
    used: list[tuple[str, datetime, datetime, str, tuple[str, ...]]] = []
    zones = {"with": 0, "without": 0}
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        try:
            start, end = _times_of(row, columns, zone, zones)
            id = _text(row.values.get(columns.get("id", ""))) or f"row-{number}"
            if id in seen:
                raise _Refused("id-repeated")
        except _Refused as refusal:
            account.refuse(str(refusal), row)
            continue
        seen.add(id)
        # two long ids may begin alike
        shown = id if len(id) <= LONGEST_TEXT else f"{id[: LONGEST_TEXT - 20]}… (row {number})"
        used.append((shown, start, end, _shortened(_text(row.values.get(columns.get("title", "")))), _journeys_of(row, columns)))
    findings += [*account.findings(), *_assumptions(rows, columns, zones, time_zone, path.name)]
    if not used:
        hint = "see what was refused" if account.refused else "a list has a row for each incident below its header"
        raise FindingsError([*findings, Finding("incident-list-no-rows", "no incident can be used", file=path.name, hint=hint)])
    frame = pd.DataFrame(used, columns=["id", "start", "end", "title", "journeys"])
    frame = frame.astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    return frame.sort_values(["start", "end"], kind="stable", ignore_index=True), tuple(findings)


def _read_rows(path: Path, account: _Account) -> tuple[list[_Row], list[Finding]]:
    """Return every entry of a file as it stands; entries that are none are refused at once."""
    if path.is_dir():
        raise unreadable("incident-list-is-folder", "", f"{path} is a folder", "name the file with the list in it")
    if not path.exists():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise unreadable("incident-list-missing", "", f"there is no file {path}", nearest_hint(path.name, near))
    _refuse_what_is_no_text(path)
    with readable_files((path,)) as files:
        content = b""
        for part in unpacked(files.paths[0]):
            content += part
            if len(content) > LARGEST_LIST_BYTES:
                hint = "is it the requests? A list of incidents has a row for each incident"
                raise unreadable("incident-list-too-large", "", f"{path.name} holds more than {LARGEST_LIST_BYTES // 10**6} MB", hint)
        text = content.decode("utf-8-sig", errors="replace")
        if not text.strip():
            raise unreadable("incident-list-empty", "", f"{path.name} is empty", "was the export interrupted?")
        is_json = text.lstrip()[0] in "[{"
        rows = _json_rows(text, account) if is_json else _separated_rows(files.paths[0], text, account)
        account.n_rows += len(rows) + sum(refusal.n_rows for refusal in files.refusals)
        for refusal in files.refusals:
            account.refuse("row-unreadable", _Row({}, refusal.example))
        findings = list(files.findings)
    if "\ufffd" in text and b"\xef\xbf\xbd" not in content:
        message = "some bytes are no UTF-8 and are shown as \ufffd"
        findings.append(Finding("incident-encoding", message, "note", "save the list as UTF-8", file=path.name))
    return rows, findings


def _refuse_what_is_no_text(path: Path) -> None:
    try:
        first_lines(path)
    except FindingsError as error:
        found = error.findings[0]
        if found.code != "source-binary":
            raise
        message = found.message if "UTF-16" in found.message else f"{path.name} is no text"
        raise unreadable("incident-list-binary", "", message, "save the list as CSV or JSON lines, in UTF-8") from None


def _separated_rows(path: Path, text: str, account: _Account) -> list[_Row]:
    line = next(line for line in _lines(text) if line.strip())
    header, separator = max(((_cells(line, sign), sign) for sign in SEPARATORS), key=lambda found: (_n_known(found[0]), len(found[0])))
    names = [_normalised(name) for name in header]
    if not _n_known(header) and any(_is_time(cell) for cell in header):
        hint = "put a first line above the rows, such as id,start,end,title,journeys"
        raise unreadable("incident-header-missing", "", f"the first line of {account.file} is a row, and no header", hint)
    with without_stray_quotes((path,), separator=separator, n_columns=len(names)) as (copies, stray):
        lines = _lines(copies[0].read_bytes().decode("utf-8-sig", errors="replace"))
    for refusal in stray:
        account.n_rows += refusal.n_rows
        for _ in range(refusal.n_rows):
            account.refuse("row-unreadable", _Row({}, refusal.example))
    rows = []
    for place, values, raw in _parsed(lines, separator):
        row = _Row(dict(zip(names, values or [], strict=False)), raw, None if stray else place)
        if values is None or len(values) != len(names):
            account.n_rows += 1
            account.refuse("row-unreadable" if values is None else "row-length", row)
        else:
            rows.append(row)
    return rows


def _parsed(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str] | None, str]]:
    """Give line, values (``None`` where the row cannot be read) and text of each row below the header, blank ones left out."""
    reader = csv.reader(lines, delimiter=separator)
    is_header = True
    while True:
        before = reader.line_num
        try:
            values = next(reader, None)
            if values is None:
                return
        except csv.Error:
            yield before + 1, None, lines[before].rstrip()
            continue
        if any(value.strip() for value in values):
            if not is_header:
                yield before + 1, values, "".join(lines[before : reader.line_num]).rstrip()
            is_header = False


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends; other signs that Python splits at, such as a vertical tab, stay in their value."""
    return list(StringIO(text, newline=""))


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator))


def _n_known(header: Sequence[str]) -> int:
    names = {_normalised(name) for name in header}
    return sum(bool(names & set(known)) for known in COLUMN_NAMES.values())


def _normalised(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def _json_rows(text: str, account: _Account) -> list[_Row]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip().startswith("["):
            line = getattr(error, "lineno", None)
            message = "the JSON list cannot be read" + (f": {error.msg}" if isinstance(error, json.JSONDecodeError) else "")
            hint = "export it again; or write JSON lines, of which single bad ones do no harm"
            raise FindingsError([Finding("incident-json-broken", message, hint=hint, file=account.file, line=line)]) from None
        entries = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        return _kept_objects([(number, _loaded(line), line.strip()) for number, line in entries], account)
    if isinstance(whole, dict):
        # status pages put the list below its name
        whole = whole["incidents"] if isinstance(whole.get("incidents"), list) else [whole]
    return _kept_objects([(None, entry, json.dumps(entry, ensure_ascii=False)) for entry in whole], account)


def _loaded(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _kept_objects(entries: Sequence[tuple[int | None, object, str]], account: _Account) -> list[_Row]:
    rows = []
    for line, entry, text in entries:
        if isinstance(entry, dict):
            rows.append(_Row({_normalised(str(name)): value for name, value in entry.items()}, text, line))
        else:
            account.n_rows += 1
            account.refuse("row-unreadable", _Row({}, text, line))
    return rows


def _choose_columns(rows: Sequence[_Row], file: str) -> dict[str, str]:
    """Return for each meaning the best known name that any row has."""
    there = dict.fromkeys(name for row in rows for name in row.values)
    best = {meaning: next((name for name in known if name in there), "") for meaning, known in COLUMN_NAMES.items()}
    found = {meaning: name for meaning, name in best.items() if name}
    missing = [meaning for meaning in ("start", "end") if meaning not in found]
    if rows and missing:
        message = (
            f"no column tells the {' and the '.join(missing)} of an incident; there is: {', '.join(name[:40] for name in list(there)[:20])}"
        )
        hint = f"call it {missing[0]}; also known: {', '.join(COLUMN_NAMES[missing[0]][1:])}"
        raise FindingsError([Finding("incident-column-missing", message, hint=hint, file=file, line=1)])
    return found


def _times_of(row: _Row, columns: Mapping[str, str], zone: tzinfo | None, zones: dict[str, int]) -> tuple[datetime, datetime]:
    texts = [_text(row.values.get(columns[name])) for name in ("start", "end")]
    if texts[0].lower() in _NOTHING:
        raise _Refused("start-missing")
    if texts[1].lower() in _NOTHING | _STILL_OPEN:
        raise _Refused("open")
    found = [_moment(text, zone) for text in texts]
    start, end = (moment for moment, _ in found)
    if end <= start:
        raise _Refused("end-not-after-start")
    zones["with" if all(has_zone for _, has_zone in found) else "without"] += 1
    return start, end


def _moment(text: str, zone: tzinfo | None) -> tuple[datetime, bool]:
    """Return a time as UTC without zone, and whether it carried a zone."""
    try:
        if _EPOCH.fullmatch(text):
            per_second = next(per_second for least, per_second in _EPOCH_UNITS if float(text) >= least)
            moment, has_zone = datetime(1970, 1, 1) + timedelta(seconds=float(text) / per_second), True
        else:
            # "2026-03-05 18:10:00 UTC" and "… +0100" are common, and no ISO 8601
            iso = re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text), flags=re.I)
            local = datetime.fromisoformat(iso)
            has_zone = local.tzinfo is not None
            aware = local if has_zone else local.replace(tzinfo=zone or UTC)
            moment = aware.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _Refused("time-unreadable") from None
    if not EARLIEST_TIME <= moment < LATEST_TIME:
        raise _Refused("time-unreadable")
    return moment, has_zone


def _is_time(text: str) -> bool:
    try:
        _moment(text.strip(), None)
    except _Refused:
        return False
    return True


def _text(value: object) -> str:
    """Return a value as one line of text that is safe to print; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return printable(" ".join(str(value).split()))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _journeys_of(row: _Row, columns: Mapping[str, str]) -> tuple[str, ...]:
    value: Any = row.values.get(columns.get("journeys", ""))
    names = [_text(one) for one in value] if isinstance(value, list) else re.split(r"[;,|]", _text(value))
    return tuple(dict.fromkeys(_shortened(name.strip()) for name in names if name.strip().lower() not in _NOTHING))


def _assumptions(
    rows: Sequence[_Row], columns: Mapping[str, str], zones: Mapping[str, int], time_zone: str | None, file: str
) -> list[Finding]:
    """Say what was taken for granted: the zone of times without one, which of several columns, and ids made up."""
    found = []
    if zones["without"] and time_zone is None:
        have = "has" if zones["without"] == 1 else "have"
        message = f"{counted(zones['without'], 'incident')} {have} times without a zone, which were read as UTC"
        severity = "warning" if zones["with"] else "note"
        hint = "say which zone they are in, such as Europe/London, or write them with an offset"
        found.append(Finding("incident-time-without-zone", message, severity, hint, file=file, count=zones["without"]))  # type: ignore[arg-type]
    there = {name for row in rows for name in row.values}
    others = [name for meaning in ("start", "end") for name in COLUMN_NAMES[meaning] if name in there and name != columns[meaning]]
    if others:
        message = f"times were taken from {columns['start']} and {columns['end']}, not from {', '.join(others)}"
        found.append(Finding("incident-columns", message, "note", "rename the column you mean to start or end", file=file))
    n_made = sum(not _text(row.values.get(columns.get("id", ""))) for row in rows)
    if n_made:
        verbs = "has no id and is called by its row" if n_made == 1 else "have no id and are called by their rows"
        message = f"{counted(n_made, 'incident')} {verbs}, such as row-1"
        found.append(Finding("incident-id-made", message, "note", "give each an id that people know it by", file=file, count=n_made))
    return found
