"""The counts that a promise is judged by: of its threshold, without excluded times, complete days only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.exclusions import without_excluded

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["counted_series", "counted_span", "days_with_holes_as_nothing", "left_out_sentence"]


def counted_series(case: ProposalCase) -> pd.DataFrame:
    """Return ``minute, valid, good`` (UTC) of what counts for a promise."""
    history, one = case.history, case.assessment
    counted = history if one.excluded is None else without_excluded(history, one.excluded.times, indicator=one.indicator)[0]
    series = counted.series_of(one.indicator, one.threshold_ms)
    span = counted_span(case)
    return series if span is None else series[(series["minute"] >= span[0]) & (series["minute"] < span[1])].reset_index(drop=True)


def counted_span(case: ProposalCase) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first moment of the first complete day and the end of the last, in UTC; ``None`` without a complete day."""
    daily, zone = case.assessment.daily, case.workbook.service.time_zone
    if daily.empty:
        return None
    days = (daily["day"].min(), daily["day"].max() + pd.Timedelta(days=1))
    start, end = (day.tz_localize(zone, nonexistent="shift_forward", ambiguous=True).tz_convert("UTC").tz_localize(None) for day in days)
    return start, end


def days_with_holes_as_nothing(case: ProposalCase) -> pd.DataFrame:
    """Return ``day, valid, good`` day after day, where days that were not measured or do not count have no events: neither good nor bad."""
    daily = case.assessment.daily
    days = pd.date_range(daily["day"].min(), daily["day"].max(), freq="D")
    return daily.set_index("day")[["valid", "good"]].reindex(days, fill_value=0).rename_axis("day").reset_index()


def left_out_sentence(case: ProposalCase) -> str:
    """Say what of the history does not count here: days that are not complete, and excluded times; empty when nothing is."""
    span = counted_span(case)
    whole = case.history.series_of(case.indicator.id, case.assessment.threshold_ms)
    if span is None:
        return ""
    outside = whole[(whole["minute"] < span[0]) | (whole["minute"] >= span[1])]
    told = []
    if len(outside):
        n_bad = int((outside["valid"] - outside["good"]).sum())
        told.append(
            f"{int(outside['valid'].sum()):,} valid {case.assessment.event}s ({n_bad:,} bad) on days that the data covers only in part"
        )
    if case.assessment.excluded is not None:
        told.append("the times that the workbook excludes")
    return f"Not counted: {' and '.join(told)}." if told else ""
