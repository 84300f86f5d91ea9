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
MOST_WITH_COUNTS = 3
FEW_INCIDENTS = 30


def replay_sentences(replay: IncidentReplay) -> tuple[str, ...]:
    """Say which incidents would have been visible, which not and why, and what stood out that nobody noted; times are UTC, said once."""
    return (_recall(replay), *_hidden(replay), *_without_data(replay), *_runs(replay), _rule(replay))


def _recall(replay: IncidentReplay) -> str:
    n, shown = replay.n_with_data, replay.n_shown
    if n == 0:
        n_all = counted(len(replay.incidents), "incident")
        return f"The data tells nothing of {'the one incident' if len(replay.incidents) == 1 else f'any of the {n_all}'}."
    if n == 1:
        return f"The one incident with data would {'' if shown else 'not '}have been visible."
    told = f"{format_count(shown)} of {counted(n, 'incident')} with data would have been visible"
    if n >= FEW_INCIDENTS:
        return f"{told}."
    low, high = wilson_interval(shown, n)
    return f"{told}; with so few, anything from {low * 100:.0f} to {high * 100:.0f} % may be true."


def _hidden(replay: IncidentReplay) -> list[str]:
    told = []
    for verdict, words in (("faint", "would have been faint"), ("not shown", "would not have been visible")):
        chosen = replay.incidents[replay.incidents["verdict"] == verdict]
        if len(chosen):
            told.append(
                f"{_listed([_why(replay, incident) for incident in chosen['incident'].head(MOST_WITH_COUNTS)], n_all=len(chosen))} {words}."
            )
    return told


def _why(replay: IncidentReplay, incident: str) -> str:
    """Name an incident with the counts of the indicator in which it stood out most."""
    rows = replay.table[(replay.table["incident"] == incident) & (replay.table["valid"] > 0)]
    row = rows.sort_values("excess_bad", ascending=False, kind="stable").iloc[0]
    if row["excess_bad"] <= 0:
        return f"{incident} (no more bad than usual in {counted(len(rows), 'indicator')})"
    usual = f"usually {format_share(float(row['usual_bad_share']))}"
    few = "; too few to tell" if row["valid"] < 5 else ""
    return f"{incident} ({format_count(row['bad'])} of {counted(row['valid'], replay.event)} bad in {row['indicator']}, {usual}{few})"


def _without_data(replay: IncidentReplay) -> list[str]:
    words = {
        "no data": "cannot be judged, as an indicator had no data then",
        "outside the data": "happened outside the time of the data",
        "no indicator": "touched only journeys without an indicator",
    }
    told = []
    for verdict, what in words.items():
        names = replay.incidents.loc[replay.incidents["verdict"] == verdict, "incident"].tolist()
        if names:
            told.append(f"{counted(len(names), 'incident')} {what}: {_listed(names[:MOST_NAMED], n_all=len(names))}.")
    return told


def _runs(replay: IncidentReplay) -> list[str]:
    runs = replay.runs
    if runs.empty:
        return ["Nothing else stood out in any indicator."]
    missed = runs[runs["incident"].isna()]
    told = f"{counted(len(runs), 'stretch', 'stretches')} stood out in an indicator"
    there = "at the time of a listed incident of its journey"
    there += f", give or take {replay.slack_minutes} min" if replay.slack_minutes else ""
    if missed.empty:
        return [f"{told}, {'all ' if len(runs) > 1 else ''}{there}."]
    if len(missed) == len(runs):
        told += f", {'none' if len(runs) > 1 else 'not'} {there}"
    else:
        told += f": {format_count(len(runs) - len(missed))} {there}; {format_count(len(missed))} not"
    asides = _asides(replay, missed)
    worst = missed.sort_values("bad", ascending=False, kind="stable").head(MOST_WITH_COUNTS)
    names = [_run_words(row, replay.event) for _, row in worst.iterrows()]
    return [
        f"{told}{f' ({asides})' if asides else ''}.",
        f"Not on the list{', worst first' if len(missed) > 1 else ''}: {_listed(names, n_all=len(missed))}. "
        "Did nobody notice, did nobody note it, or did it not matter? Ask.",
    ]


def _asides(replay: IncidentReplay, missed: pd.DataFrame) -> str:
    elsewhere = int(missed["other_incident"].notna().sum())
    unkept = int(((missed["end"] <= replay.list_start) | (missed["start"] >= replay.list_end)).sum())
    parts = (
        f"{format_count(elsewhere)} at the time of an incident in another journey" if elsewhere else "",
        f"{format_count(unkept)} before the first or after the last entry of the list" if unkept else "",
    )
    return ", ".join(filter(None, parts))


def _run_words(row: pd.Series, event: str) -> str:
    return f"{row['indicator']} on {row['start']:%Y-%m-%d from %H:%M} ({format_count(row['bad'])} of {counted(row['valid'], event)} bad)"


def _rule(replay: IncidentReplay) -> str:
    budget = " and, where there is a target, 1 % of the budget" if replay.table["budget_share"].notna().any() else ""
    around = f", in the noted time or up to {replay.slack_minutes} min around it" if replay.slack_minutes else ", in the noted time"
    return (
        f"Visible means at least 5 more bad {replay.event}s than usual, beyond chance (5 standard deviations), "
        f"twice the usual share{budget}{around}. All times are UTC."
    )


def _listed(names: Sequence[str], *, n_all: int) -> str:
    """Join the first names of many, and count the rest."""
    shown = [*names, *([f"{format_count(n_all - len(names))} more"] if n_all > len(names) else [])]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
