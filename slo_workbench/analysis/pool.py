"""The days of a team's other services, ready to be drawn from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from slo_workbench.analysis.windows import complete_days_of
from slo_workbench.errors import TooLittleData
from slo_workbench.history.history import History

__all__ = ["pool_of"]


def pool_of(histories: Sequence[History], *, time_zone: str = "UTC") -> list[pd.DataFrame]:
    """Return daily counts of every indicator of other services' Histories, each as one service of the pool.

    Of an indicator with thresholds the largest counts, as what is slower than that is trouble to anyone.

    Returns
    -------
    list of DataFrame
        ``day, valid, good`` of complete days; indicators without any are left out.
    """
    services = []
    for history in histories:
        for query in history.provenance.indicators:
            daily, _ = complete_days_of(history, query.id, max(query.thresholds_ms, default=None), time_zone=time_zone)
            if (daily["valid"] > 0).any():
                services.append(daily)
    if histories and not services:
        raise TooLittleData("no service of the pool has a day with a valid event; name others, or none")
    return services
