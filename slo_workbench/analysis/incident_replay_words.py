"""A replay of incidents in words, for people who are no SREs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.wilson_interval import wilson_interval
from slo_workbench.units import counted, format_count, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.incident_replay import IncidentReplay

__all__ = ["replay_sentences"]

MOST_NAMED = 5
FEW_INCIDENTS = 30


def replay_sentences(replay: IncidentReplay) -> tuple[str, ...]:
    """Say which incidents would have been visible, which not and why, and what stood out that nobody noted."""
    parts = (_recall(replay), *_hidden(replay), *_without_data(replay), *_runs(replay), _rule(replay))
    return tuple(part for part in parts if part)


def _recall(replay: IncidentReplay) -> str:
    n, shown = replay.n_with_data, replay.n_shown
    if n == 0:
        return f"The data holds none of the {counted(len(replay.incidents), 'incident')} of the list, so nothing can be said of them."
    of_all = f"{format_count(shown)} of {counted(n, 'incident')} with data would have been visible in at least one indicator"
    low, high = wilson_interval(shown, n)
    rough = f"; so few tell a share between {low * 100:.0f} and {high * 100:.0f} % with 90 % confidence" if n < FEW_INCIDENTS else ""
    return f"{of_all}{rough}."


def _hidden(replay: IncidentReplay) -> list[str]:
    told = []
    for verdict, words in (("faint", "would have been faint"), ("not shown", "would not have been visible")):
        chosen = replay.incidents[replay.incidents["verdict"] == verdict]
        if len(chosen):
            told.append(f"{_listed([_why(replay, incident) for incident in chosen['incident']])} {words}.")
    return told


def _why(replay: IncidentReplay, incident: str) -> str:
    """Name an incident with the counts of the indicator in which it stood out most."""
    rows = replay.table[(replay.table["incident"] == incident) & (replay.table["valid"] > 0)]
    row = rows.sort_values("excess_bad", ascending=False, kind="stable").iloc[0]
    if row["excess_bad"] <= 0:
        return f"{incident} (no more was bad than usual in {counted(len(rows), 'indicator')})"
    usual = f"usual are {format_share(float(row['usual_bad_share']))}"
    few = "; too few to tell" if row["valid"] < 5 else ""
    return f"{incident} ({format_count(row['bad'])} of {counted(row['valid'], replay.event)} bad in {row['indicator']}, {usual}{few})"


def _without_data(replay: IncidentReplay) -> list[str]:
    words = {
        "no data": "fell into a time without data of some indicator, and no other showed it",
        "outside the data": "happened outside the time of the data",
        "no indicator": "touched only journeys that no indicator measures, so nothing could show it",
    }
    told = []
    for verdict, what in words.items():
        names = replay.incidents.loc[replay.incidents["verdict"] == verdict, "incident"].tolist()
        if names:
            told.append(f"{counted(len(names), 'incident')} {what}: {_listed(names)}.")
    return told


def _runs(replay: IncidentReplay) -> list[str]:
    runs = replay.runs
    if runs.empty:
        return ["Nothing else stood out in any indicator."]
    missed = runs[runs["incident"].isna()]
    told = f"Of {counted(len(runs), 'stretch', 'stretches')} that stood out in an indicator, {format_count(len(runs) - len(missed))} matched an incident"
    told += f" of its journey within {replay.slack_minutes} min and {format_count(len(missed))} matched none"
    if missed.empty:
        return [f"{told}."]
    elsewhere = int(missed["other_incident"].notna().sum())
    told += f" ({format_count(elsewhere)} at the time of an incident in another journey)" if elsewhere else ""
    first, last = replay.incidents["start"].min(), replay.incidents["end"].max()
    before = int(((missed["end"] <= first) | (missed["start"] >= last)).sum())
    unkept = (
        f"; {format_count(before)} before the first or after the last entry of the list, when it may not have been kept" if before else ""
    )
    worst = missed.sort_values("bad", ascending=False, kind="stable").head(MOST_NAMED)
    names = [_run_words(row, replay.event) for _, row in worst.iterrows()]
    return [
        f"{told}{unkept}.",
        f"Not on the list, worst first: {_listed(names, n_all=len(missed))}. Nobody noticed, nobody noted, or it did not matter: ask.",
    ]


def _run_words(row: pd.Series, event: str) -> str:
    return f"{row['indicator']} from {row['start']:%Y-%m-%d %H:%M} ({format_count(row['bad'])} of {counted(row['valid'], event)} bad)"


def _rule(replay: IncidentReplay) -> str:
    budget = ", and at least 1 % of a window's budget where there is a target" if replay.table["budget_share"].notna().any() else ""
    return (
        f"Visible means at least 5 bad {replay.event}s more than usual, more than chance gives (5 standard deviations), "
        f"at least twice the usual share{budget}; between the times of the list, or up to {replay.slack_minutes} min around them."
    )


def _listed(names: Sequence[str], *, n_all: int | None = None) -> str:
    """Join names, the first few of many."""
    n_more = (n_all or len(names)) - min(len(names), MOST_NAMED)
    shown = list(names[:MOST_NAMED]) + ([f"{format_count(n_more)} more"] if n_more else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
