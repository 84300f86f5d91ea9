"""Whether fewer people go on to buy after a bad request than after a good one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_duration, format_share

__all__ = ["FEWEST_USERS", "Conversion", "conversion_after"]

FEWEST_USERS = 30
N_DRAWS = 2_000


@dataclass(frozen=True)
class Conversion:
    """How often something was bought soon after a good and after a bad event, each user weighing the same.

    Parameters
    ----------
    within_minutes : float
    after_good_share, after_bad_share : float
        Mean over users of the share of their events of that outcome that a purchase followed; 0 to 1.
    low, high : float
        Of the difference good less bad, 5 and 95 % of 2,000 draws of users.
    n_users_good, n_users_bad : int
        Users with a good event, and with a bad one; many have both.
    """

    within_minutes: float
    after_good_share: float
    after_bad_share: float
    low: float
    high: float
    n_users_good: int
    n_users_bad: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in words, and what it does not show."""
        reach = format_duration(self.within_minutes)
        points = (self.after_good_share - self.after_bad_share) * 100
        sure = "so the data shows no difference" if self.low <= 0 <= self.high else "so more than luck is at work"
        return (
            f"A purchase followed within {reach} after {format_share(self.after_good_share)} of the good events of a user and after "
            f"{format_share(self.after_bad_share)} of the bad ones ({counted(self.n_users_good, 'user')} and {format_count(self.n_users_bad)}, each weighing the same).",
            f"The difference is {points:.1f} points; 90 of 100 draws of users lie between {self.low * 100:.1f} and {self.high * 100:.1f}, {sure}.",
            "It is no proof of a cause: who meets a bad request may be someone who asks more often, or at a busier hour.",
        )


def conversion_after(events: pd.DataFrame, *, within_minutes: float, rng: np.random.Generator) -> Conversion:
    """Compare how many users buy after a bad event with how many buy after a good one.

    Parameters
    ----------
    events : DataFrame, one row an event
        ``user``, ``time`` (datetime), ``is_good`` (bool) and ``value_cents`` (int64, above 0 where something was bought). An event
        that is itself a purchase is not asked what came after it.
    within_minutes : float
        How soon after the event a purchase must come.
    rng : numpy.random.Generator

    Raises
    ------
    UnusableValue
        When the time is not above 0.
    TooLittleData
        When fewer than 30 users have a good or a bad event that is no purchase, or nobody bought anything.
    """
    if not within_minutes > 0:
        raise UnusableValue(f"a purchase comes more than 0 minutes after, not {within_minutes}")
    users = pd.factorize(events["user"])[0]
    moments = pd.DatetimeIndex(events["time"]).as_unit("us").asi8
    bought = (events["value_cents"].to_numpy() > 0) & events["is_good"].to_numpy(dtype=bool)
    if not bought.any():
        raise TooLittleData(
            "no event has money on it, so nothing says who bought: map the column value, and let valid hold the orders, too"
        )
    asked = events["value_cents"].to_numpy() <= 0
    has_bought = _bought_within(users, moments, bought, int(within_minutes * 60_000_000))
    frame = pd.DataFrame({"user": users[asked], "is_good": events["is_good"].to_numpy(dtype=bool)[asked], "bought": has_bought[asked]})
    by_user = frame.groupby(["user", "is_good"])["bought"].mean().unstack()
    sides = {side: by_user[side].dropna().astype(float) if side in by_user else pd.Series(dtype=float) for side in (True, False)}
    for side, name in ((True, "good"), (False, "bad")):
        if len(sides[side]) < FEWEST_USERS:
            raise TooLittleData(
                f"{counted(len(sides[side]), 'user')} with a {name} event that is no purchase: fewer than {FEWEST_USERS} say nothing; "
                "take a longer history, or a journey with more traffic"
            )
    low, high = _bounds(sides[True], sides[False], by_user.index.to_numpy(), rng)
    return Conversion(
        within_minutes, float(sides[True].mean()), float(sides[False].mean()), low, high, len(sides[True]), len(sides[False])
    )  # fmt: skip


def _bought_within(
    users: npt.NDArray[np.int64], moments: npt.NDArray[np.int64], bought: npt.NDArray[np.bool_], reach_us: int
) -> npt.NDArray[np.bool_]:
    """Return for each event whether its user bought later than it and within reach."""
    purchases = pd.DataFrame({"user": users[bought], "bought_at": moments[bought]}).sort_values("bought_at")
    each = pd.DataFrame({"user": users, "moment": moments, "place": np.arange(len(users))}).sort_values("moment")
    found = pd.merge_asof(
        each,
        purchases,
        left_on="moment",
        right_on="bought_at",
        by="user",
        direction="forward",
        allow_exact_matches=False,
        tolerance=reach_us,
    )
    result = np.zeros(len(users), dtype=bool)
    result[found["place"].to_numpy()] = found["bought_at"].notna().to_numpy()
    return result


def _bounds(good: pd.Series, bad: pd.Series, users: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[float, float]:
    """Draw users with replacement, both outcomes of each together; by Poisson weights, as that needs no index."""
    sides = [side.reindex(users) for side in (good, bad)]
    has, worth = [side.notna().to_numpy(float) for side in sides], [side.fillna(0).to_numpy() for side in sides]
    differences = []
    for _ in range(N_DRAWS // 100):
        weights = rng.poisson(1.0, (100, len(users))).astype(float)
        shares = [weights @ worth[side] / np.maximum(weights @ has[side], 1) for side in (0, 1)]
        differences.append(shares[0] - shares[1])
    low, high = np.quantile(np.concatenate(differences), [0.05, 0.95])
    return float(low), float(high)
