"""What a History cannot tell: each user's requests one by one, for user-uptime, customers, and what people do after a bad request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.proposal.fragments import Fragment, paragraphs, table, together
from slo_workbench.units import counted, format_count, format_share

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["UserQuestions", "ask_users"]

COLUMNS = {"user": "object", "time": "datetime64[us]", "is_good": "bool", "value_cents": "int64"}


@dataclass(frozen=True)
class UserQuestions:
    """The events of users, and the questions about them; every answer is a piece of a page, also where nobody can tell.

    Parameters
    ----------
    events : DataFrame
        ``user, time, is_good, value_cents``: valid events of the indicator, one row each; empty where no user is known.
    around : DataFrame
        The same of all requests of the source, so that a purchase elsewhere in it is seen.
    event : str
        What one event is called.
    refusal : str
        Why nobody can tell; empty where somebody can.
    seed : int
        Of random draws.
    gaps : DataFrame
        ``start, end`` (UTC) of stretches of the source without data.
    time_zone : str
        In which times are told.
    """

    events: pd.DataFrame
    around: pd.DataFrame
    event: str
    refusal: str
    seed: int
    gaps: pd.DataFrame
    time_zone: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.summary()._repr_mimebundle_(include, exclude)

    def summary(self) -> Fragment:
        """Return how many events and users there are, or why nobody can tell."""
        if self.refusal:
            return paragraphs(self.refusal)
        n_users, n_valid = self.events["user"].nunique(), counted(len(self.events), f"valid {self.event}")
        each = f"{len(self.events) / n_users:.1f}" if n_users else "0"
        return paragraphs(
            f"Over the whole history, days that the data covers only in part included, {n_valid} carry a user; {counted(n_users, 'user')} stand "
            f"behind them, each counted once, with {each} {self.event}s each on average.",
            "Other totals of users on this page count something else, and say what: one window, or all requests of the source.",
        )

    def uptime(self, *, cutoff_minutes: float = 30) -> Fragment:
        """Return for how much of the users' time the service was up, and the worst hour and day of it."""
        from slo_workbench.analysis.user_minutes import user_minutes
        from slo_workbench.analysis.user_uptime import user_uptime, windowed_user_uptime

        def answer() -> tuple[str, ...]:
            first, up, down = user_minutes(self.events, cutoff_minutes=cutoff_minutes)
            lengths = [length for length in (60, 1440) if length <= len(up)] or [len(up)]
            worst = windowed_user_uptime(
                up, down, first_minute=first, window_minutes=lengths, events=self.events, gaps=self.gaps, time_zone=self.time_zone
            )
            hole = () if self.gaps.empty else (self._unknown(),)
            whole = "Over the whole history, each user counted once:"
            return (whole, *user_uptime(self.events, cutoff_minutes=cutoff_minutes).sentences, *worst.sentences, *hole)

        return self._answered("For how much of their time it worked cannot be told", answer)

    def _unknown(self) -> str:
        holes = counted(len(self.gaps), "stretch", "stretches")
        return f"In {holes} without data nobody knows: for the worst windows {'it counts' if len(self.gaps) == 1 else 'they count'} as neither up nor down."

    def after_a_bad_one(self, *, within_minutes: float = 60) -> Fragment:
        """Return how many users bought soon after a bad request, and how many after a good one."""
        from slo_workbench.analysis.conversion import conversion_after

        return self._answered(
            "What people do after a bad request cannot be told",
            lambda: conversion_after(self.around, within_minutes=within_minutes, rng=np.random.default_rng(self.seed)).sentences,
        )

    def customers(self) -> Fragment:
        """Return users and customers apart: who bought something in this history, who did not, and what each met."""
        if self.refusal:
            return paragraphs(self.refusal)
        bought = self.around[(self.around["value_cents"] > 0) & self.around["is_good"]]
        if bought.empty:
            return paragraphs("No request carries money, so customers cannot be told from users: map a column to value in the source.")
        is_customer = self.events["user"].isin(set(bought["user"]))
        rows = [
            self._met(name, self.events[chosen])
            for name, chosen in (("customers: they bought", is_customer), ("other users", ~is_customer))
        ]
        header = ["Who", "Users", f"Valid {self.event}s", "Bad", "Users who met a bad one"]
        n_seen, n_bought = self.around["user"].nunique(), bought["user"].nunique()
        said = (
            "A user is anyone who uses the service; a customer is a user who pays, here: who bought something in this history. "
            f"In all requests of the source, over the whole history, there are {counted(n_seen, 'user')}, {format_count(n_bought)} of them customers; "
            f"the table counts those of them who made a {self.event} that is valid for this promise."
        )
        return together(paragraphs(said), table(header, rows, numbers=(1, 2, 3, 4)))

    def _met(self, name: str, events: pd.DataFrame) -> tuple[str, ...]:
        n_users, bad = events["user"].nunique(), events[~events["is_good"]]
        n_hit = bad["user"].nunique()
        hit = f"{format_count(n_hit)} ({format_share(n_hit / n_users)})" if n_users else "–"
        return name, format_count(n_users), format_count(len(events)), format_count(len(bad)), hit

    def _answered(self, cannot: str, answer: Any) -> Fragment:
        if self.refusal:
            return paragraphs(self.refusal)
        try:
            return paragraphs(*answer())
        except SloWorkbenchError as error:
            return paragraphs(f"{cannot}: {error}.")


def ask_users(workshop: Workshop, objective_id: str = "") -> UserQuestions:
    """Read the events of an objective's users, one by one, from its source.

    Where the source names no user, is counted already, or is too large to be read row by row, the answers say so.
    """
    from slo_workbench.history.from_workbook import query_of
    from slo_workbench.history.quality import find_gaps
    from slo_workbench.sources.intervals import event_of

    workbook, objective = workshop.workbook, workshop.objective(objective_id)
    indicator, threshold = workshop.indicator(objective.indicator), workbook.threshold_ms_of(objective)
    query = replace(query_of(indicator), thresholds_ms=() if threshold is None else (threshold,))
    try:
        events, around = _read(workshop, indicator.source, (query, replace(query, valid="true")))
        refusal = "" if len(events) else "No valid request carries a user, so nobody can speak of users here."
    except SloWorkbenchError as error:
        events = around = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
        refusal = f"Nobody can speak of users here: {_said(error)}"
    history = workshop.history_of(indicator.id)
    source = history.source_of(indicator.id)
    gaps = find_gaps(history.rows[history.rows["source"] == source.name], resolution_minutes=source.resolution_minutes)
    return UserQuestions(events, around, event_of(source.format, "request"), refusal, workshop.seed, gaps, workbook.service.time_zone)


def _read(workshop: Workshop, source: str, queries: Any) -> list[pd.DataFrame]:
    from slo_workbench.errors import UnusableValue
    from slo_workbench.history.from_workbook import is_asked_of_prometheus, source_request
    from slo_workbench.history.user_events import read_user_events
    from slo_workbench.sources.anywhere import open_anywhere

    workbook, folder = workshop.workbook, workshop.folder
    if is_asked_of_prometheus(workbook, source, {}):
        raise UnusableValue("the counters of a Prometheus know no users")
    with open_anywhere(source_request(source, workbook.sources[source], folder), folder=folder) as opened:
        return [read_user_events(opened, query) for query in queries]


def _said(error: SloWorkbenchError) -> str:
    findings = getattr(error, "findings", ())
    return "; ".join(f"{one.message}{f' ({one.hint})' if one.hint else ''}" for one in findings) + "." if findings else f"{error}."
