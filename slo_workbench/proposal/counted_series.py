"""The counts that a promise is judged by: of its threshold, without excluded times, complete days only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.exclusions import without_excluded

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["counted_series", "counted_span"]


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
