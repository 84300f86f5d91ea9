"""The SLI the next window will probably have, drawn from a service's own days and from days of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.default_pool import default_pool
from slo_workbench.errors import TooLittleData, UnusableValue

__all__ = ["DAY_WORTH", "HALF_LIFE_DAYS", "N_DRAWS", "POOL_DAYS", "PredictedWindow", "check_daily", "pool_weight", "predict_window"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_DRAWS = 4_000
DRAWS_OF_A_WEIGHTING = 10
POOL_DAYS = 28.0
DAY_WORTH = 0.7
HALF_LIFE_DAYS = 90.0


@dataclass(frozen=True)
class PredictedWindow:
    """What the next window may be like.

    Parameters
    ----------
    bad_shares : ndarray, shape (n_draws,)
        Share of bad events in each drawn window, sorted, 0 to 1.
    window_days : int
    valid_events : float
        Valid events a typical window of the history would have.
    """

    bad_shares: Floats
    window_days: int
    valid_events: float

    def quantile(self, q: float) -> float:
        """Return the SLI (0 to 1) below which a share ``q`` of the predicted windows lies."""
        return 1 - float(np.quantile(self.bad_shares, 1 - q, method="higher"))

    def histogram(self, *, n_bins: int = 60) -> pd.DataFrame:
        """Return how often which SLI was drawn, for a picture.

        Returns
        -------
        DataFrame
            ``sli_from, sli_to, share``: the worst 2 % of draws are gathered in the first bin, which
            starts where they do not squeeze the rest; all shares sum to 1.
        """
        slis = 1 - self.bad_shares
        low = float(np.quantile(slis, 0.02))
        edges = np.linspace(min(low, float(slis.max()) - 1e-9), float(slis.max()), n_bins + 1)
        counts, _ = np.histogram(np.clip(slis, edges[0], edges[-1]), bins=edges)
        return pd.DataFrame({"sli_from": edges[:-1], "sli_to": edges[1:], "share": counts / len(slis)})

    def chance_of_keeping(self, target: Decimal | float) -> float:
        """Return the share of predicted windows whose SLI is at least ``target``."""
        return float(np.mean(self.bad_shares <= float(1 - Decimal(str(target))) + 1e-15))


def check_daily(daily: pd.DataFrame, window_days: int) -> None:
    """Refuse daily counts from which nothing can be predicted.

    Raises
    ------
    UnusableValue
        For a column that is missing, counts that are missing, negative or more good than valid, a day told twice, days out of order, a
        window of less than a day.
    TooLittleData
        When no day has a valid event.
    """
    missing = [name for name in ("day", "valid", "good") if name not in daily]
    if missing:
        raise UnusableValue(f"daily counts have the columns day, valid and good; {', '.join(missing)} is not there")
    if window_days < 1 or int(window_days) != window_days:
        raise UnusableValue(f"a window lasts whole days, at least one, not {window_days}")
    odd = daily[daily[["valid", "good"]].isna().any(axis=1) | (daily["good"] < 0) | (daily["good"] > daily["valid"])]
    if len(odd):
        first = odd.iloc[0]
        message = f"{len(odd)} of {len(daily)} days have no counts, or more good events than valid ones"
        raise UnusableValue(f"{message}: {first['day']}, valid {first['valid']}, good {first['good']}; mend the counts")
    if not daily["day"].is_monotonic_increasing or daily["day"].duplicated().any():
        raise UnusableValue("days come in order, each once: sort them, and add up the counts of a day that stands there twice")
    if not (daily["valid"] > 0).any():
        raise TooLittleData("the history has no valid event; there is nothing to predict from")


def pool_weight(n_days: int) -> float:
    """Return the expected share of a predicted window's days that come from the pool, 0 to 1.

    Examples
    --------
    >>> [round(pool_weight(days), 2) for days in (28, 90, 365)]
    [0.59, 0.31, 0.1]
    """
    return POOL_DAYS / (POOL_DAYS + DAY_WORTH * n_days)


def predict_window(
    daily: pd.DataFrame,
    *,
    window_days: int,
    rng: np.random.Generator,
    pool: Sequence[pd.DataFrame] | None = None,
    counts_time: bool = False,
    n_draws: int = N_DRAWS,
) -> PredictedWindow:
    """Predict the SLI of the next window from daily counts.

    As many days as the window has are drawn, most from the service's own history and some from a pool of other
    services. The share of pool days is drawn from Beta(28, 0.7 x days), so it fades as the history grows. Own days
    are drawn as pairs of valid and bad events by weights from a Dirichlet distribution (Bayesian bootstrap): each day
    counts as 0.7, as bad days come in clusters, and as half of that every 90 days back, as services change.

    Days without events are drawn like all others: a service that rests at weekends has fewer events in a window.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good``, one row a day, in order.
    window_days : int
        Days in the window.
    rng : numpy.random.Generator
    pool : sequence of DataFrame, optional
        Daily counts of the team's other services, each weighing the same; :func:`default_pool` without. A day of theirs is never taken to be
        better than the service's own median day.
    counts_time : bool
        Whether events are stretches of time, see :func:`default_pool`.
    n_draws : int
        Rounded up to tens.

    Raises
    ------
    UnusableValue
        For counts that cannot be, see :func:`check_daily`.
    TooLittleData
        When no day has a valid event, or no day of the pool.

    Notes
    -----
    Tried in ``bench/calibration.py`` or before it, and left because they lost out of sample: week blocks of own days (too tight), runs of 2 to
    14 days or one region of a pool service in the place of single days (no better calibrated, higher loss), a Pareto tail
    beyond the worst day seen (needlessly loose with a pool, and high loss without), no recency (higher loss from 90 days on), a
    weight of the pool learnt from the own past (hardly lower loss, more misses).

    References
    ----------
    D. B. Rubin, "The Bayesian Bootstrap", Annals of Statistics 9 (1981), https://doi.org/10.1214/aos/1176345338.
    """
    check_daily(daily, window_days)
    valid = daily["valid"].to_numpy(dtype=float)
    bad = valid - daily["good"].to_numpy(dtype=float)
    n_rounds = -(-n_draws // DRAWS_OF_A_WEIGHTING)
    n_foreign = rng.binomial(window_days, rng.beta(POOL_DAYS, DAY_WORTH * len(daily), size=n_rounds * DRAWS_OF_A_WEIGHTING))
    days = _own_days(len(daily), n_rounds, window_days, rng)
    is_own = np.arange(window_days) >= n_foreign[:, None]
    extra_bad = _foreign_bad_shares(_pool_days(pool, valid, bad, counts_time=counts_time), n_foreign, rng) * valid.mean()
    total_valid = np.where(is_own, valid[days], 0).sum(axis=1) + n_foreign * valid.mean()
    total_bad = np.where(is_own, bad[days], 0).sum(axis=1) + extra_bad
    has_events = total_valid > 0
    shares = np.clip(total_bad[has_events] / total_valid[has_events], 0, 1)
    return PredictedWindow(np.sort(shares), window_days, float(valid.mean() * window_days))


def _own_days(n_days: int, n_rounds: int, window_days: int, rng: np.random.Generator) -> Ints:
    """Draw the numbers of own days, shape (draws, window_days); ten draws share one weighting of the days."""
    worth = DAY_WORTH * 0.5 ** (np.arange(n_days)[::-1] / HALF_LIFE_DAYS)
    weights = rng.standard_gamma(np.broadcast_to(np.maximum(worth, 1e-3), (n_rounds, n_days)))
    weights[:, -1] += 1e-300  # very small shapes may round to nothing at all
    ends = np.cumsum(weights, axis=1)
    ends /= ends[:, -1:]
    # one search over all rounds: the ends of round r lie between r and r + 1
    all_ends = (ends + np.arange(n_rounds)[:, None]).ravel()
    picks = rng.random((n_rounds, DRAWS_OF_A_WEIGHTING * window_days)) + np.arange(n_rounds)[:, None]
    found = np.searchsorted(all_ends, picks.ravel(), side="right").reshape(n_rounds, -1)
    days: Ints = np.clip(found - np.arange(n_rounds)[:, None] * n_days, 0, n_days - 1).reshape(-1, window_days)
    return days


def _pool_days(pool: Sequence[pd.DataFrame] | None, valid: Floats, bad: Floats, *, counts_time: bool) -> list[Floats]:
    """Return the bad shares of the pool's days, one array a service."""
    active = valid > 0
    usual = float(np.median(bad[active] / valid[active]))
    if pool is None:
        # the default pool knows incidents only; what fails on a usual day is the service's own
        return [usual + (1 - usual) * days for days in default_pool(counts_time=counts_time)]
    shares = [_bad_shares(service) for service in pool]
    shares = [service for service in shares if len(service)]
    if not shares:
        raise TooLittleData("no service of the pool has a day with valid events")
    # a service does not become better than its usual day by the company it keeps
    return [np.maximum(days, usual) for days in shares]


def _foreign_bad_shares(services: Sequence[Floats], n_foreign: Ints, rng: np.random.Generator) -> Floats:
    """Return the summed bad shares of ``n_foreign`` days: a service at random, then a day of it."""
    n_draws = int(n_foreign.sum())
    service = rng.integers(len(services), size=n_draws)
    lengths = np.array([len(days) for days in services])
    day = (rng.random(n_draws) * lengths[service]).astype(int)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return _sum_runs(np.concatenate(services)[starts[service] + day], n_foreign)


def _bad_shares(daily: pd.DataFrame) -> Floats:
    seen = daily[daily["valid"] > 0]
    shares: Floats = 1 - (seen["good"] / seen["valid"]).to_numpy(dtype=float)
    return shares


def _sum_runs(values: Floats, lengths: Ints) -> Floats:
    ends = np.concatenate([[0.0], np.cumsum(values)])[np.cumsum(lengths)]
    return np.diff(np.concatenate([[0.0], ends]))
