"""The part of a proposal about its data: where it comes from, how much there is, what is missing, and how to know it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.history.quality import find_gaps
from slo_workbench.proposal.excluded_times import excluded_times_part
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_count, format_days, format_duration

if TYPE_CHECKING:
    import pandas as pd

    from slo_workbench.proposal.case import ProposalCase

__all__ = ["data_part", "gaps_of"]

MOST_GAPS = 5


def gaps_of(case: ProposalCase) -> pd.DataFrame:
    """Return ``start, end`` (UTC) of the stretches without rows."""
    source = case.history.source_of(case.indicator.id)
    return find_gaps(case.history.rows[case.history.rows["source"] == source.name], resolution_minutes=source.resolution_minutes)


def data_part(case: ProposalCase) -> Fragment:
    """Return what the data is: span, rows read, used and refused, gaps, files with their hashes."""
    source, one, texts = case.history.source_of(case.indicator.id), case.assessment, case.texts
    rows = [
        (texts.row("rows-read"), format_count(source.n_rows_read)),
        (texts.row("rows-used"), format_count(source.n_rows_used)),
        (texts.row("rows-refused"), format_count(source.n_rows_refused)),
        (texts.row("rows-left-out"), format_count(source.n_rows_left_out)),
        (texts.row("valid"), f"{counted(one.n_valid, one.event)}, {format_count(one.n_bad)} bad"),
        (texts.row("first-last"), f"{_minute(source.first_time)} to {_minute(source.last_time)} UTC, {format_days(one.span_days)}"),
        (texts.row("gaps"), _gaps(case)),
        (texts.row("format"), source.format),
    ]
    files = [(file["name"], format_count(file["n_bytes"]), file["sha256"]) for file in source.files]
    return together(
        paragraphs(case.workbook.sources[source.name].description),
        table(["", ""], rows),
        table(texts.header("files"), files, numbers=(1,)) if files else paragraphs(),
        excluded_times_part(one, case.workbook.service.time_zone, texts=texts),
    )


def _gaps(case: ProposalCase) -> str:
    gaps = gaps_of(case)
    if gaps.empty:
        return "none: rows came all the time"
    minutes = (gaps["end"] - gaps["start"]).dt.total_seconds() / 60
    longest = gaps.assign(minutes=minutes).nlargest(MOST_GAPS, "minutes").sort_values("start")
    named = "; ".join(
        f"{start:%Y-%m-%d %H:%M} for {format_duration(length)}" for start, length in zip(longest["start"], longest["minutes"], strict=True)
    )
    more = f", the longest {MOST_GAPS}" if len(gaps) > MOST_GAPS else ""
    return f"{counted(len(gaps), 'gap')}, {format_duration(float(minutes.sum()))} together{more}: {named} (UTC)"


def _minute(iso: str) -> str:
    return iso[:16].replace("T", " ")
