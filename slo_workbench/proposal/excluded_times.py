"""The part of a proposal that says which times do not count, who decided so, and what the figures would be if they did."""

from __future__ import annotations

from slo_workbench.analysis.assessment import Assessment
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.proposal.texts import FixedTexts, read_texts

__all__ = ["excluded_times_part"]

MOST_SHOWN = 20


def excluded_times_part(one: Assessment, time_zone: str, *, texts: FixedTexts | None = None) -> Fragment:
    """Return sentence and table; nothing where everything counts."""
    if one.excluded is None:
        return paragraphs()
    times = one.excluded.times
    local = {name: times[name].dt.tz_localize("UTC").dt.tz_convert(time_zone).dt.strftime("%Y-%m-%d %H:%M") for name in ("start", "end")}
    rows = list(zip(local["start"], local["end"], times["reason"], times["author"], strict=True))
    more = f"The first {MOST_SHOWN} of {len(rows)} stretches:" if len(rows) > MOST_SHOWN else None
    header = (texts or read_texts()).header("excluded", zone=time_zone)
    return together(paragraphs(one.excluded_sentence, more), table(header, rows[:MOST_SHOWN], numbers=()))
