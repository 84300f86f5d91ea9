"""Access logs of the AWS Application Load Balancer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.sources.line_patterns import REQUEST_COLUMNS, LinePattern, filled, is_mostly, read_pattern, request_steps
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_load_balancer_log", "read_load_balancer_log"]

_LOOKS_LIKE = re.compile(r"^(https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z (app|net)/\S+ \S+:\d+ ")


def is_load_balancer_log(lines: Sequence[str]) -> bool:
    """Whether at least half of the first lines look like those of an Application Load Balancer."""
    return is_mostly(_LOOKS_LIKE, lines)


_WORD, _TEXT, _TIME = r" (\S+)", r' "((?:[^"\\]|\\.)*)"', r" (-?\d+(?:\.\d+)?|-)"
# Fields in the order of the documentation, "Access log entries"; AWS adds new ones at the end. What came with
# ``domain_name`` or later (2018) may be missing in older files.
_GROUPS = {
    "type": r"(\S+)",
    "answered": _WORD,
    "load_balancer": _WORD,
    "client": _WORD,
    "target": _WORD,
    "request_processing": _TIME,
    "target_processing": _TIME,
    "response_processing": _TIME,
    "status": _WORD,
    "target_status": _WORD,
    "n_bytes_received": _WORD,
    "n_bytes": _WORD,
    "request": _TEXT,
    "user_agent": _TEXT,
    "ssl_cipher": _WORD,
    "ssl_protocol": _WORD,
    "target_group_arn": _WORD,
    "trace_id": _TEXT,
    "domain_name": f"(?:{_TEXT}",
    "chosen_cert_arn": _TEXT,
    "matched_rule_priority": _WORD,
    "created": f"(?:{_WORD}",
    "actions_executed": _TEXT,
    "redirect_url": f"(?:{_TEXT}",
    "error_reason": f"(?:{_TEXT}",
    "_target_lists": r'(?: "[^"]*" "[^"]*"',
    "classification": _TEXT,
    "classification_reason": _TEXT,
    "_more": r"(?: .*)?)?)?)?)?)?\s*",
}
_TIMES = ("request_processing", "target_processing", "response_processing")
_ASKED = r"regexp_replace(part.request, '^(\S+) \S+?://[^/ ]*', '\1 ')"
_KEPT = (
    "type", "load_balancer", "target", "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name",
    "chosen_cert_arn", "matched_rule_priority", "actions_executed", "redirect_url", "error_reason", "classification", "classification_reason",
)  # fmt: skip
_LINES = LinePattern(
    "an-aws-load-balancer-line",
    groups=_GROUPS,
    columns={
        # the first is when the answer was made; the request came at request_creation_time
        "time": f"coalesce({filled('part.created')}, part.answered)",
        **REQUEST_COLUMNS,
        "status": "TRY_CAST(part.status AS INTEGER)",
        "latency_ms": f"CASE WHEN least({', '.join(_TIMES)}) >= 0 THEN round(({' + '.join(_TIMES)}) * 1000, 3) END",
        "user": r"regexp_replace(regexp_replace(part.client, ':\d+$', ''), '^\[(.*)\]$', '\1')",
        **{f"{name}_ms": f"CASE WHEN {name} >= 0 THEN round({name} * 1000, 3) END" for name in _TIMES},
        "target_status": "TRY_CAST(part.target_status AS INTEGER)",
        "answered_at": "part.answered",
        "n_bytes": "TRY_CAST(part.n_bytes AS BIGINT)",
        "n_bytes_received": "TRY_CAST(part.n_bytes_received AS BIGINT)",
        **{name: filled(f"part.{name}") for name in _KEPT},
    },
    required="answered",
    steps=({name: f"TRY_CAST(part.{name} AS DOUBLE)" for name in _TIMES} | {"request": _ASKED}, *request_steps("request")),
)


def read_load_balancer_log(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read logs of an Application Load Balancer; a line of another shape is refused.

    ``latency_ms`` is the sum of the three processing times. AWS writes -1 for a step that did not happen (no target
    answered, the client went away): the latency is then empty, since the whole time is not known. ``time`` is when the
    request came, ``answered_at`` when it was answered; ``status`` is the load balancer's, ``target_status`` the target's.

    References
    ----------
    AWS, *Access logs for your Application Load Balancer: access log entries*,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-format.
    """
    return read_pattern(connection, files, _LINES, table=table, source=request.name)
