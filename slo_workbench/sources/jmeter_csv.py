"""JMeter's results as separated values, with a header row or without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.files import first_lines
from slo_workbench.sources.rows import RawRows, SourceRequest
from slo_workbench.sources.text_files import SEPARATORS, find_columns, identifier, read_separated, split_values

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_jmeter_csv", "read_jmeter_csv"]

# The columns that JMeter 5 writes unless told otherwise, in its order; JMeter 3.1 to 4 leaves out URL, JMeter 3.0 sentBytes as well.
_DEFAULT = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success", "failureMessage",
    "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency", "IdleTime", "Connect",
)  # fmt: skip
_WITHOUT_HEADER = {
    17: _DEFAULT,
    16: tuple(name for name in _DEFAULT if name != "URL"),
    15: tuple(name for name in _DEFAULT if name not in ("URL", "sentBytes")),
}
_NEEDED = {"timeStamp", "elapsed", "label"}


def is_jmeter_csv(lines: Sequence[str]) -> bool:
    """Whether the first line is a header of JMeter's, or a result in its default order of columns."""
    return any(set(split_values(lines[0], sign)) >= _NEEDED for sign in SEPARATORS) or _separator_without_header(lines[0]) is not None


def _separator_without_header(line: str) -> str | None:
    for separator in SEPARATORS:
        values = split_values(line, separator)
        is_result = len(values) in _WITHOUT_HEADER and re.fullmatch(r"\d{12,13}", values[0]) and values[1].isdecimal()
        if is_result and values[7] in ("true", "false"):
            return separator
    return None


def read_jmeter_csv(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read JMeter's CSV results, whatever separates them; a row with too few or too many values is refused.

    ``status`` is the response code where that is a number; ``response_code`` keeps it as it stands, such as ``Non HTTP
    response code: java.net.SocketTimeoutException``. ``success`` is JMeter's own verdict, assertions included.
    ``route`` is the label. Other columns keep their names; ``Latency`` is JMeter's word for the time to the first byte.

    Raises
    ------
    FindingsError
        ``column-missing`` without timeStamp, elapsed or label.

    References
    ----------
    Apache JMeter, *Introduction to listeners: CSV log format*, https://jmeter.apache.org/usermanual/listeners.html#csvlogs.
    """
    first = next((line for line in first_lines(files[0]) if line.strip()), "")
    without = _separator_without_header(first)
    separator, columns = (without, _WITHOUT_HEADER[len(split_values(first, without))]) if without else find_columns(files)
    if missing := sorted(_NEEDED - set(columns)):
        message = f"{files[0].name} has no column {', '.join(missing)}"
        raise FindingsError([Finding("column-missing", message, where=request.name, hint="let JMeter save it, or name the format csv")])
    raw = read_separated(connection, files, columns, separator, table=f"given_{table}", has_header=without is None)
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {_meanings(columns)} FROM given_{table}; DROP TABLE given_{table}")
    return RawRows(connection.table(table), raw.n_rows_read, raw.refusals, raw.findings)


def _meanings(columns: Sequence[str]) -> str:
    meant = {"time": '"timeStamp"', "route": "label::VARCHAR", "latency_ms": "elapsed"}
    if "responseCode" in columns:
        meant |= {"status": 'nullif(TRY_CAST("responseCode" AS INTEGER), 0)', "response_code": '"responseCode"::VARCHAR'}
    if "success" in columns:
        meant["success"] = "CASE lower(success::VARCHAR) WHEN 'true' THEN true WHEN 'false' THEN false END"
    told = {"timestamp", "label", "elapsed", "responsecode", *meant}
    others = {name: identifier(name) for name in columns if name.lower() not in told}
    return ", ".join(f"{sql} AS {identifier(name)}" for name, sql in (meant | others).items())
