"""The worst stretch of a history, minute by minute, so that a burn rate can be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.proposal.counted_series import counted_series

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["worst_stretch"]

HOUR_MINUTES = 60


def worst_stretch(case: ProposalCase) -> pd.DataFrame:
    """Return the counts of the incident with most bad events: ``minute`` (UTC), ``valid, good, bad``.

    Where no incident stands out, the hour with most bad events; where nothing was bad, the busiest hour.
    """
    series = counted_series(case)
    counts: pd.DataFrame = series.assign(bad=series["valid"] - series["good"])[["minute", "valid", "good", "bad"]]
    step = case.history.source_of(case.indicator.id).resolution_minutes
    incidents = find_incidents(series, bin_minutes=max(HOUR_MINUTES, step))
    if len(incidents):
        worst = incidents.iloc[int(incidents["bad"].to_numpy().argmax())]
        chosen = (counts["minute"] >= worst["start"]) & (counts["minute"] < worst["end"])
        stretch: pd.DataFrame = counts[chosen].reset_index(drop=True)
        return stretch
    hours = counts["minute"].dt.floor("h")
    by_hour = counts.groupby(hours)[["bad", "valid"]].sum().sort_values(["bad", "valid"])
    busiest: pd.DataFrame = counts[hours == by_hour.index[-1]] if len(by_hour) else counts
    return busiest.reset_index(drop=True)
