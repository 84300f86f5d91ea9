"""nginx access logs in a format of one's own: the ``log_format`` text says what stands where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.access_logs import CLF_TIME
from slo_workbench.sources.line_patterns import REQUEST_COLUMNS, LinePattern, filled, milliseconds, read_pattern, request_steps, route_of
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["join_quoted_pieces", "read_nginx_log"]

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_TIME_LIST = r"-|[\d.]+(?:(?:, ?| : )(?:[\d.]+|-))*"
# What a variable can hold, where it is narrower than "anything up to the next literal character".
_SHAPES = {
    "time_local": r"\d{1,2}/[A-Za-z]{3}/\d{4}:[\d:]{8} [+-]\d{4}",
    "time_iso8601": r"[\d-]{10}T[\d:]{8}(?:[+-][\d:]+|Z)",
    "msec": r"\d+\.\d+",
    "status": r"\d{3}|-",
    "request_time": r"[\d.]+|-",
    "upstream_response_time": _TIME_LIST,
    "upstream_connect_time": _TIME_LIST,
    "upstream_header_time": _TIME_LIST,
    "scheme": "[a-z]*",
    "host": r'[^\s/"]*',
    "http_host": r'[^\s/"]*',
    "server_name": r'[^\s/"]*',
    "request_uri": r'/[^\s"]*|-',
    "is_args": r"\??",
}
_TIMES = ("msec", "time_iso8601", "time_local")  # the most exact first
_TIME_SQL = {
    "msec": "TRY(make_timestamptz((TRY_CAST(part.msec AS DECIMAL(20, 6)) * 1000000)::BIGINT))",
    "time_iso8601": "part.time_iso8601",
    "time_local": CLF_TIME.format("part.time_local"),
}
_RENAMED = {
    "request_method": "method",
    "server_protocol": "protocol",
    "remote_user": "account",
    "http_referer": "referrer",
    "http_user_agent": "user_agent",
}
_COUNTS = {"body_bytes_sent": "n_bytes", "bytes_sent": "n_bytes_sent", "request_length": "n_bytes_received"}


def join_quoted_pieces(log_format: str) -> str:
    """Return the format of a ``log_format`` directive, given whole, as its quoted pieces, or bare.

    Examples
    --------
    >>> join_quoted_pieces('''log_format timed escape=json '$remote_addr [$time_local] '
    ...                       '"$request" $status';''')
    '$remote_addr [$time_local] "$request" $status'
    """
    text = re.sub(r"^\s*log_format\s+\S+\s+", "", log_format.strip().removesuffix(";").rstrip())
    text = re.sub(r"^escape=\w+\s+", "", text)
    piece = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
    if not re.fullmatch(rf"(?:{piece})(?:\s*(?:{piece}))*", text):
        return text
    return "".join(re.sub(r"\\(['\"\\])", r"\1", found[1:-1]) for found in re.findall(piece, text))


def read_nginx_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read lines that nginx wrote by a ``log_format``; a line of another shape is refused.

    ``latency_ms`` is ``$request_time``, which is seconds and lasts until the client has the last byte, or without it
    the sum of ``$upstream_response_time``, one for each server tried. ``user`` is the first address of
    ``$http_x_forwarded_for``, or else ``$remote_addr``. Other variables become text columns of their own names.

    Raises
    ------
    FindingsError
        ``log-format-missing``, ``log-format-unreadable``, ``log-format-without-time``, or ``log-format-ambiguous`` for
        two variables without anything between them.

    References
    ----------
    nginx, *Module ngx_http_log_module: log_format*, https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format;
    lists of times: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_response_time.
    """
    place = f"{request.name}.log_format"
    if not request.log_format:
        message = "the format nginx needs the log_format its lines were written by"
        raise FindingsError([Finding("log-format-missing", message, where=place, hint="copy it from nginx.conf")])
    log_format = join_quoted_pieces(request.log_format)
    if not log_format.isprintable():
        message = "the log_format holds line ends or control characters within its quotes"
        raise FindingsError([Finding("log-format-unreadable", message, where=place, hint="copy it from nginx.conf")])
    groups = _groups(log_format, place)
    time = next((name for name in _TIMES if name in groups), None)
    if time is None:
        message = "the log_format has none of $time_local, $time_iso8601, $msec"
        raise FindingsError([Finding("log-format-without-time", message, where=place, hint="such lines say nothing of when")])
    names = [name for name in groups if not name.startswith("_")]
    columns = _columns(names) | {"time": _TIME_SQL[time]}
    steps: tuple[Mapping[str, str], ...] = request_steps("part.request") if "request" in names else ()
    pattern = LinePattern("a-line-of-this-log-format", groups, columns, time, steps)
    raw = read_pattern(connection, files, pattern, table=table, source=request.name)
    if "request_time" in names or "upstream_response_time" not in names:
        return raw
    message = "there is no $request_time; latency_ms is the sum of $upstream_response_time, without the way to the client"
    return replace(raw, findings=(*raw.findings, Finding("latency-of-upstream", message, severity="note", where=request.name)))


def _groups(log_format: str, place: str) -> dict[str, str]:
    """Turn a format into a regular expression for each variable and each text between them."""
    groups: dict[str, str] = {}
    found = list(_VARIABLE.finditer(log_format))
    end, last = 0, ""
    for number, variable in enumerate(found):
        name = (variable[1] or variable[2]).lower()  # as nginx takes them
        between = log_format[end : variable.start()]
        if number and not between and last not in _SHAPES and name not in _SHAPES:
            message = f"nothing stands between ${last} and ${name}"
            raise FindingsError([Finding("log-format-ambiguous", message, where=place, hint="put a blank between them in nginx.conf")])
        end, last = variable.end(), name
        shape = _SHAPES.get(name) or _anything_before(log_format[end : end + 1])
        is_again = name in groups or name.startswith("_")
        groups[f"_{number}" if is_again else name] = re.escape(between) + (f"(?:{shape})" if is_again else f"({shape})")
    groups["_end"] = re.escape(log_format[end:].rstrip()) + r"\s*"
    return groups


def _anything_before(literal: str) -> str:
    if literal == '"':
        return r'(?:[^"\\]|\\.)*'
    return ".*?" if literal.isspace() or not literal else rf"[^{re.escape(literal)}]*"


def _columns(names: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    text = {name: filled(f'part."{name}"') for name in names}
    if "request" in names:
        columns |= REQUEST_COLUMNS
    elif path := next((name for name in ("request_uri", "uri", "document_uri") if name in names), None):
        columns |= {"route": route_of(text[path]), "path": text[path]}
    if "status" in names:
        columns["status"] = "nullif(TRY_CAST(part.status AS INTEGER), 0)"
    taken = next((name for name in ("request_time", "upstream_response_time") if name in names), None)
    if taken:
        columns["latency_ms"] = milliseconds(text[taken]) if taken == "request_time" else _sum_of_times(text[taken])
    if "upstream_response_time" in names:
        columns["upstream_ms"] = _sum_of_times(text["upstream_response_time"])
    forwarded = f"trim(split_part({text['http_x_forwarded_for']}, ',', 1))" if "http_x_forwarded_for" in names else "NULL"
    if "remote_addr" in names or forwarded != "NULL":
        columns["user"] = f"coalesce({forwarded}, {text.get('remote_addr', 'NULL')})"
    columns |= {new: f'TRY_CAST(part."{name}" AS BIGINT)' for name, new in _COUNTS.items() if name in names}
    told = {"request", "status", "request_time", "remote_addr", *_TIMES, *_COUNTS}
    others = {_RENAMED.get(name, name): sql for name, sql in text.items() if name not in told}
    return {**others, **columns}


def _sum_of_times(text: str) -> str:
    """Return SQL for the sum, in milliseconds, of a list such as ``0.010, 0.200 : 0.005``; ``-`` adds nothing."""
    numbers = f"list_transform(regexp_extract_all({text}, '\\d+(?:\\.\\d+)?'), lambda number: TRY_CAST(number AS DOUBLE))"
    return f"round(list_sum({numbers}) * 1000, 3)"
