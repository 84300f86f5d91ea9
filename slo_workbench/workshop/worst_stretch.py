"""The worst stretch of a history in a few rows, so that a burn rate can be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.errors import TooLittleData
from slo_workbench.proposal.counted_series import counted_series

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["worst_stretch"]

HOUR_MINUTES = 60
MOST_ROWS = 12
ROW_MINUTES = (1, 5, 10, 15, 30, 60, 120, 240, 720, 1440)


def worst_stretch(case: ProposalCase) -> pd.DataFrame:
    """Return the counts of the incident with most bad events, all of them in a dozen rows: ``from (zone)``, ``minutes, valid, good, bad``.

    Where no incident stands out, the hour with most bad events; where nothing was bad, the busiest hour. Times are those of the service.

    Raises
    ------
    TooLittleData
        When nothing was valid.
    """
    series = counted_series(case)
    if not series["valid"].sum():
        raise TooLittleData(
            f"no {case.assessment.event} of the history is valid, so nothing burnt the budget: look at valid in notebook 02"
        )
    counts: pd.DataFrame = series.assign(bad=series["valid"] - series["good"])[["minute", "valid", "good", "bad"]]
    resolution = case.history.source_of(case.indicator.id).resolution_minutes
    return _in_few_rows(_chosen(series, counts, resolution), resolution, case.workbook.service.time_zone)


def _chosen(series: pd.DataFrame, counts: pd.DataFrame, resolution_minutes: int) -> pd.DataFrame:
    incidents = find_incidents(series, bin_minutes=max(HOUR_MINUTES, resolution_minutes))
    if len(incidents):
        worst = incidents.iloc[int(incidents["bad"].to_numpy().argmax())]
        stretch: pd.DataFrame = counts[(counts["minute"] >= worst["start"]) & (counts["minute"] < worst["end"])]
        return stretch
    hours = counts["minute"].dt.floor("h")
    by_hour = counts.groupby(hours)[["bad", "valid"]].sum().sort_values(["bad", "valid"])
    busiest: pd.DataFrame = counts[hours == by_hour.index[-1]] if len(by_hour) else counts
    return busiest


def _in_few_rows(counts: pd.DataFrame, resolution_minutes: int, time_zone: str) -> pd.DataFrame:
    """Add minutes up to rows of one length, so that everything that is summed by hand can be seen."""
    start = counts["minute"].min()
    since = (counts["minute"] - start).dt.total_seconds() / 60
    span = int(since.max()) + resolution_minutes if len(counts) else resolution_minutes
    step = next((length for length in ROW_MINUTES if length >= resolution_minutes and span <= MOST_ROWS * length), -(-span // MOST_ROWS))
    rows = counts.groupby((since // step).astype(int))[["valid", "good", "bad"]].sum()
    began = (start + pd.to_timedelta(rows.index * step, unit="min")).tz_localize("UTC").tz_convert(time_zone)
    rows.insert(0, f"from ({time_zone})", began.strftime("%Y-%m-%d %H:%M"))
    rows.insert(1, "minutes", step)
    return rows.reset_index(drop=True)
