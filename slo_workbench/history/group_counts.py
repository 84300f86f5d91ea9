"""Valid and good events by the values of a column, counted in the engine: which route, client or host the bad ones come from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import UnusableValue
from slo_workbench.history.given_counts import refuse_impossible
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.indicators import CompiledIndicator, compile_indicator
from slo_workbench.sources.rows import RequestTable

__all__ = ["count_by_column"]


def count_by_column(source: RequestTable, query: IndicatorQuery, column: str, *, most_groups: int = 50) -> pd.DataFrame:
    """Count the valid and good events of an indicator for each value of a column.

    Only groups and their sums leave the engine. Rows that stand for several requests count by their weight. Counts that cannot be,
    such as more good than valid, are left out, as they are from the History, which reports them.

    Parameters
    ----------
    source : RequestTable
    query : IndicatorQuery
        With at most one threshold, within which an event is good.
    column : str
        Any column of the source, such as ``route`` or a column of its owner's; case does not matter where only one fits.
    most_groups : int
        How many groups are told apart, those with the most bad events; the others are one row, where they are at least two.

    Returns
    -------
    DataFrame
        ``group`` (as it stands in the data; ``None`` where the row has no value), ``valid``, ``good``, ``n_groups``; most bad events
        first. ``n_groups`` is 1, but for a last row that holds the sums of all other groups and how many they are; its ``group`` is
        ``None``, too. Groups without a valid event are left out; no row when nothing is valid.

    Raises
    ------
    FindingsError
        For an unknown column, naming the nearest, and for expressions that cannot be used.
    UnusableValue
        For fewer than one group, or an indicator with several thresholds.
    """
    if most_groups < 1:
        raise UnusableValue(f"at least one group is told apart, not {most_groups}")
    if len(query.thresholds_ms) > 1:
        raise UnusableValue(f"events are good within one threshold; {query.id} has several, so choose one")
    name = _column_named(source, column)
    indicator = compile_indicator(query, source.table, format=source.format)
    sums = _sums_by_group(source.table, indicator, name)
    ordered = sums.order_by([(sums["valid"] - sums["good"]).desc(), sums["valid"].desc(), sums["group"].asc()])
    # one more, as a row of other groups that holds a single one would only hide its name
    top = _fetched(ordered.limit(most_groups + 1))
    whole: Any = sums.aggregate(valid=sums["valid"].sum(), good=sums["good"].sum(), n_groups=sums.count()).to_pyarrow()
    totals = {key: int(whole[key][0].as_py() or 0) for key in ("valid", "good", "n_groups")}
    if totals["n_groups"] <= len(top):
        return top
    top = top.head(most_groups)
    rest = {key: totals[key] - int(top[key].sum()) for key in totals}
    return pd.concat([top, _frame([None], **{key: [number] for key, number in rest.items()})], ignore_index=True)


def _column_named(source: RequestTable, column: str) -> str:
    """Return the source's own spelling of a column."""
    known = tuple(str(name) for name in source.table.columns)
    if column in known:
        return column
    alike = [name for name in known if name.lower() == column.lower()]
    if len(alike) == 1:
        return alike[0]
    message, hint = f"unknown column {column!r}", nearest_hint(column, known)
    raise FindingsError([Finding("unknown-column", message, where=source.name, hint=hint)])


def _sums_by_group(table: Any, indicator: CompiledIndicator, column: str) -> Any:
    """Return ``group, valid, good`` as a table of the engine."""
    import ibis

    if indicator.is_counted:
        kept, _ = refuse_impossible(table, [indicator])
        valid, good = (value.cast("int64") for value in (indicator.valid, indicator.good))
        seen = kept.select(group=kept[column], valid=valid, good=good)
    else:
        weight = table["weight"].cast("int64") if "weight" in table.columns else ibis.literal(1, type="int64")
        is_valid: Any = indicator.valid
        is_good: Any = indicator.good
        if indicator.thresholds_ms:
            is_good = is_good & (table["latency_ms"] <= indicator.thresholds_ms[0])
        nothing = ibis.literal(0, type="int64")
        good = ibis.cases((is_good, weight), else_=nothing)
        valid = ibis.cases((is_valid, weight), else_=nothing)
        seen = table.select(group=table[column], valid=valid, good=ibis.cases((is_valid, good), else_=nothing))
    chosen = seen.filter(seen["valid"] > 0)
    return chosen.group_by("group").aggregate(valid=chosen["valid"].sum().cast("int64"), good=chosen["good"].sum().cast("int64"))


def _fetched(sums: Any) -> pd.DataFrame:
    rows = sums.to_pyarrow()
    numbers = {name: rows[name].to_pylist() for name in ("valid", "good")}
    return _frame(rows["group"].to_pylist(), **numbers, n_groups=[1] * rows.num_rows)


def _frame(groups: list[Any], **numbers: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {"group": pd.Series(groups, dtype=object), **{name: pd.Series(of_one, dtype="int64") for name, of_one in numbers.items()}}
    )
