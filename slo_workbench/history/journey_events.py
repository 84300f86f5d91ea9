"""Events of the steps of a journey one by one, for questions about whole visits that sums cannot answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.indicators import CompiledIndicator, compile_indicator
from slo_workbench.history.user_events import MOST_EVENTS
from slo_workbench.sources.rows import RequestTable

__all__ = ["read_journey_events"]


def read_journey_events(source: RequestTable, queries: Sequence[IndicatorQuery]) -> pd.DataFrame:
    """Read the valid events of several indicators of one source, the steps of a journey, in one scan.

    Events without a user are read as well, so that what is left out of a question about visits can be counted.
    A request that is valid for two indicators is an event of both. Steps of other sources are read apart and put below.

    Parameters
    ----------
    source : RequestTable
    queries : sequence of IndicatorQuery
        The steps; each with at most one threshold, within which an event is good.

    Returns
    -------
    DataFrame
        ``user`` (missing where the row has none), ``time`` (datetime64[us], UTC without zone), ``step`` (the query's id; a
        categorical in the order of the queries) and ``is_good``; one row an event, in no order.

    Raises
    ------
    FindingsError
        Without a column ``user``, for rows that are counts or samples, for expressions that cannot be used, and for more
        events than memory should hold.
    UnusableValue
        Without queries, with two of one id, or with one of several thresholds.
    """
    ids = [query.id for query in queries]
    if not ids or len(set(ids)) < len(ids):
        raise UnusableValue(f"a journey has at least one step, and each is named once; not {', '.join(ids) or 'none'}")
    several = [query.id for query in queries if len(query.thresholds_ms) > 1]
    if several:
        raise UnusableValue(f"a step is good within one threshold; {several[0]} has several, so choose one")
    table: Any = source.table
    _refuse_rows_without_users(source)
    outcomes = _outcomes(source, queries)
    any_valid = outcomes["valid_0"]
    for number in range(1, len(queries)):
        any_valid = any_valid | outcomes[f"valid_{number}"]
    n_rows = int(table.filter(any_valid).count().to_pyarrow().as_py())
    if n_rows > MOST_EVENTS:
        message = f"{n_rows:,} events are more than are read one by one ({MOST_EVENTS:,})"
        hint = "choose some days in the source: where: time >= '2026-03-02'"
        raise FindingsError([Finding("too-many-events", message, where=source.name, hint=hint)])
    # chosen first: what is computed of a row has the name of no column yet
    seen: pd.DataFrame = table.filter(any_valid).select("user", "time", **outcomes).to_pandas()
    return _one_row_an_event(seen, ids)


def _refuse_rows_without_users(source: RequestTable) -> None:
    columns = source.table.columns
    if "user" not in columns:
        hint = "if a column tells it, map it in the source: columns: {user: …}"
        raise FindingsError([Finding("user-column-missing", "the requests do not say whose they are", where=source.name, hint=hint)])
    if "weight" in columns:
        message = "a row stands for several requests, so visits have holes that nobody can see"
        hint = "take a source with a row for each request, or sum the steps by weight instead"
        raise FindingsError([Finding("rows-are-samples", message, where=source.name, hint=hint)])


def _outcomes(source: RequestTable, queries: Sequence[IndicatorQuery]) -> dict[str, Any]:
    """Return for each query, by number, whether a row is valid and whether it is good."""
    findings: list[Finding] = []
    outcomes: dict[str, Any] = {}
    for number, query in enumerate(queries):
        try:
            indicator = compile_indicator(query, source.table, format=source.format)
        except FindingsError as error:
            findings.extend(error.findings)
            continue
        if indicator.is_counted:
            message = "its rows are counts, which belong to no user"
            findings.append(
                Finding("counts-without-users", message, where=query.id, hint="name an indicator that is counted from requests")
            )
            continue
        valid: Any = indicator.valid
        outcomes[f"valid_{number}"] = valid.fill_null(False)
        outcomes[f"good_{number}"] = _is_good(indicator, source.table).fill_null(False)
    if findings:
        raise FindingsError(list(dict.fromkeys(findings)))
    return outcomes


def _is_good(indicator: CompiledIndicator, table: Any) -> Any:
    good: Any = indicator.good
    return good & (table["latency_ms"] <= indicator.thresholds_ms[0]) if indicator.thresholds_ms else good


def _one_row_an_event(seen: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Turn one row a request, with an outcome for each step, into one row an event."""
    users, times = seen["user"].astype(object), pd.DatetimeIndex(seen["time"]).as_unit("us")
    valid = [seen[f"valid_{number}"].to_numpy(dtype=bool) for number in range(len(ids))]
    places = np.concatenate([np.flatnonzero(chosen) for chosen in valid])
    steps = np.repeat(np.arange(len(ids)), [int(chosen.sum()) for chosen in valid])
    good = np.concatenate([seen[f"good_{number}"].to_numpy(dtype=bool)[chosen] for number, chosen in enumerate(valid)])
    columns = {
        "user": users.to_numpy()[places],
        "time": times[places],
        "step": pd.Categorical.from_codes(steps, categories=pd.Index(list(ids))),
        "is_good": good,
    }
    return pd.DataFrame(columns)
