"""How many users had so many valid and good events in a window.

The counts of one user are many small numbers, so those of one indicator share one sum: summing is what costs.
Where a user has more events than fit, each count gets a sum of its own instead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.history.history import as_table
from slo_workbench.history.indicators import CompiledIndicator
from slo_workbench.history.outcomes import NOT_VALID, by_state, good_states, n_states
from slo_workbench.history.request_counts import cents_of, labelled
from slo_workbench.sources.clock import steps_since_1970

__all__ = ["USER_WINDOW_DAYS", "count_users"]

USER_WINDOW_DAYS = 28
# User windows lie on one grid for all histories, so that they merge: it starts on a Monday before all times.
GRID_START = pd.Timestamp("1969-12-08")
# Sums are doubles: exact up to 2**53, quick, and without overflow where a count does not fit after all.
BITS_OF_A_SUM = 53


def count_users(table: Any, indicators: Sequence[CompiledIndicator], *, with_money: Collection[str] = ()) -> pd.DataFrame:
    """Count users by their valid and good events and add up their money: the table ``users``.

    Rows without a user are left out. Nothing is written in the engine, so a read-only database will do.

    Parameters
    ----------
    with_money : collection of str
        Ids of the indicators whose valid events have any money; for the others there is nothing to add up.
    """
    has_money = [indicator.query.id in with_money for indicator in indicators]
    frame = _count(table, indicators, has_money, packed=True)
    if len(frame) and int(frame["most"].max()) >= 2 ** min(map(_bits, indicators)):
        frame = _count(table, indicators, has_money, packed=False)
    return _as_users(frame, indicators)


def _counted_states(indicator: CompiledIndicator) -> list[range]:
    """Return the states behind each count of an indicator: valid events, then good ones for each threshold."""
    return [range(NOT_VALID + 1, n_states(indicator)), *[good_states(indicator, threshold) for threshold in _thresholds(indicator)]]


def _thresholds(indicator: CompiledIndicator) -> tuple[float | None, ...]:
    return indicator.thresholds_ms or (None,)


def _bits(indicator: CompiledIndicator) -> int:
    """Return how many bits each count of an indicator has when all of them share one sum."""
    return BITS_OF_A_SUM // len(_counted_states(indicator))


def _count(table: Any, indicators: Sequence[CompiledIndicator], has_money: Sequence[bool], *, packed: bool) -> pd.DataFrame:
    """Group by user, then by how many events users had, in one query.

    Returns
    -------
    DataFrame
        ``counter, block, valid, good, n_users, value_cents, most``; ``most`` is the largest number of events of a user.
    """
    import ibis

    per_user = _per_user(table, indicators, has_money, packed=packed)
    branches = []
    for number, indicator in enumerate(indicators):
        alike = _users_alike(per_user, number, indicator, packed=packed)
        valid, *goods = _counts_of(alike, number, indicator, packed=packed)
        for place, good in enumerate(goods):
            seen = alike.select(
                counter=ibis.literal(f"{number}:{place}"),
                block=alike["block"],
                valid=valid,
                good=good,
                n_users=alike["n_users"],
                cents=alike["cents"],
                most=alike["most"],
            )
            branches.append(seen.filter(seen["valid"] > 0))
    together = ibis.union(*branches, distinct=False) if len(branches) > 1 else branches[0]
    grouped = together.group_by("counter", "block", "valid", "good")
    frame: pd.DataFrame = grouped.aggregate(
        n_users=together["n_users"].sum(), value_cents=together["cents"].sum(), most=together["most"].max()
    ).to_pandas()
    return frame


def _users_alike(per_user: Any, number: int, indicator: CompiledIndicator, *, packed: bool) -> Any:
    """Group users whose counts for an indicator are all the same: few groups stand for many users."""
    keys = list(_sums_of(number, indicator, packed=packed))
    return per_user.group_by("block", *keys).aggregate(
        n_users=per_user.count(), cents=per_user[f"cents_{number}"].sum(), most=per_user["n_events"].max()
    )


def _per_user(table: Any, indicators: Sequence[CompiledIndicator], has_money: Sequence[bool], *, packed: bool) -> Any:
    """Group by user and window: the counts of each indicator, and the money of its valid events."""
    import ibis

    latency = table["latency_ms"] if "latency_ms" in table.columns else None
    weight = table["weight"] if "weight" in table.columns else None
    columns: dict[str, Any] = {} if weight is None else {"weight": weight}
    for number, indicator in enumerate(indicators):
        for name, amounts in _sums_of(number, indicator, packed=packed).items():
            amount: Any = by_state(indicator, latency, amounts)
            amount = amount.cast("float64") if packed else amount
            columns[name] = amount if weight is None else amount * weight
        if has_money[number]:
            columns[f"cents_{number}"] = ibis.cases((indicator.valid, cents_of(table).fill_null(0)), else_=0)
    block = steps_since_1970(table, USER_WINDOW_DAYS * 86_400, start_seconds=int(GRID_START.timestamp()))
    # users without any valid event are nobody's users, and need not be counted to find that out
    valid_somewhere = ibis.or_(*[indicator.valid for indicator in indicators])
    seen = table.filter(table["user"].notnull() & valid_somewhere).select(block=block, user=table["user"], **columns)
    sums = {name: seen[name].sum() for name in columns if name != "weight"}
    sums |= {f"cents_{number}": ibis.literal(0, type="int64") for number, money in enumerate(has_money) if not money}
    n_events = seen.count() if weight is None else seen["weight"].sum()
    return seen.group_by("block", "user").aggregate(n_events=n_events, **sums)


def _sums_of(number: int, indicator: CompiledIndicator, *, packed: bool) -> dict[str, list[int]]:
    """Return the sums of an indicator: what a row adds to each, by its state."""
    counts = _counted_states(indicator)
    if not packed:
        return {
            f"count_{number}_{place}": [int(state in states) for state in range(n_states(indicator))] for place, states in enumerate(counts)
        }
    bits = _bits(indicator)
    amounts = [sum(1 << (bits * place) for place, states in enumerate(counts) if state in states) for state in range(n_states(indicator))]
    return {f"pack_{number}": amounts}


def _counts_of(alike: Any, number: int, indicator: CompiledIndicator, *, packed: bool) -> list[Any]:
    places = range(len(_counted_states(indicator)))
    if not packed:
        return [alike[f"count_{number}_{place}"] for place in places]
    import ibis

    bits = _bits(indicator)
    # where a count did not fit, everything is counted again one by one: see count_users
    pack = ibis.cases((alike["most"] < 2**bits, alike[f"pack_{number}"]), else_=1.0)
    return [((pack / float(2 ** (bits * place))).floor() % (1 << bits)).cast("int64") for place in places]


def _as_users(frame: pd.DataFrame, indicators: Sequence[CompiledIndicator]) -> pd.DataFrame:
    starts = GRID_START + pd.to_timedelta(frame["block"].astype("int64") * USER_WINDOW_DAYS, unit="D")
    named = frame.assign(window_start=starts).sort_values(["window_start", "valid", "good"])
    parts = [
        labelled(named[named["counter"] == f"{number}:{place}"], indicator, threshold)
        for number, indicator in enumerate(indicators)
        for place, threshold in enumerate(_thresholds(indicator))
    ]
    return as_table("users", [part.astype({"n_users": np.int64}) for part in parts])
