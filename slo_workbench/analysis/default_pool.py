"""Days of services one does not have: what bad days look like elsewhere, for a history too short to have seen its own.

Distilled from the public incident history of one large service (819 incidents on ten components, March 2022 to
August 2026; github-statuses by mrshu, MIT licence, https://github.com/mrshu/github-statuses): maintenance and
incidents without impact left out, overlapping incidents of a component counted once, minutes added up by UTC day.
``bench/distil_pool.py`` makes the figures again. It is one company's history: the team's own other services know better.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["INCIDENT_DAY_SHARES", "INCIDENT_MINUTES", "default_pool"]

INCIDENT_DAY_SHARES = (0.026, 0.043, 0.047, 0.051, 0.054, 0.062, 0.073, 0.078, 0.079, 0.132)
"""For each of ten components the share of its days that had an incident."""

INCIDENT_MINUTES = (8, 17, 23, 29, 31, 39, 48, 54, 63, 70, 80, 88, 99, 115, 136, 165, 192, 248, 359, 582)
"""Minutes in incident on such a day: the 2.5, 7.5, … 97.5 % quantiles over all components."""

N_IMPACTS = 10


@cache
def default_pool(*, counts_time: bool) -> tuple[npt.NDArray[np.float64], ...]:
    """Return the days of ten services, as bad shares (0 to 1).

    Parameters
    ----------
    counts_time : bool
        Whether events are stretches of time, so that a minute in incident is a bad minute. Requests seldom fail all at once: of
        them a share is taken as bad that follows Beta(1, 2), a third on average, an assumption that no data here stands behind.

    Examples
    --------
    >>> [round(float(days.mean()), 4) for days in default_pool(counts_time=True)[:2]]
    [0.0022, 0.0037]
    """
    impacts = np.ones(1) if counts_time else 1 - np.sqrt(1 - (np.arange(N_IMPACTS) + 0.5) / N_IMPACTS)
    bad = np.outer(np.array(INCIDENT_MINUTES) / 1440, impacts).ravel()
    return tuple(np.concatenate([bad, np.zeros(round(len(bad) / share) - len(bad))]) for share in INCIDENT_DAY_SHARES)
