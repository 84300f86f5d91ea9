"""How long people wait before something changes for them: limits that user research has found again and again."""

from __future__ import annotations

from html import escape

from slo_workbench.proposal.fragments import Fragment, table
from slo_workbench.units import format_ms

__all__ = ["PATIENCE_LIMITS", "SOURCE_URL", "limits_of_patience"]

SOURCE_URL = "https://www.nngroup.com/articles/response-times-3-important-limits/"
PATIENCE_LIMITS: tuple[tuple[float, str], ...] = (
    (100.0, "it feels as if it happened at once"),
    (1_000.0, "the delay is noticed, and the train of thought holds"),
    (10_000.0, "attention goes elsewhere; what takes longer should say how far it is"),
)
"""Milliseconds, and what people feel up to there; after J. Nielsen, in our own words."""


def limits_of_patience() -> Fragment:
    """Return the limits as a table, with their source.

    Examples
    --------
    >>> limits_of_patience().text.splitlines()[0]
    '100 ms  it feels as if it happened at once'
    """
    shown = table(["Up to", "What people feel"], [(format_ms(limit), words) for limit, words in PATIENCE_LIMITS], numbers=(0,))
    source = f'<p><small>After <a href="{escape(SOURCE_URL)}">J. Nielsen, Response Times: The 3 Important Limits</a>.</small></p>'
    return Fragment(shown.html + source, shown.text)
