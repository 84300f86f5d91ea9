"""A replay of alerts in words, for people who are no SREs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from slo_workbench.analysis.alert_tiers import tier_words
from slo_workbench.units import counted, format_count, format_days, format_duration, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.alert_replay import AlertReplay

__all__ = ["DAYS_A_MONTH", "alert_sentences"]

MOST_NAMED = 5
DAYS_A_MONTH = 30.44


def alert_sentences(replay: AlertReplay) -> tuple[str, ...]:
    """Say how many calls would have come, which incidents they answer and how late, and what they answer nothing with; times are UTC."""
    if not replay.tiers:
        return (f"No tier can be replayed on counts that lie {format_duration(replay.bin_minutes)} apart.",)
    return (_calls(replay), *_paged(replay), *_others(replay), *_false(replay), *_circular(replay), _rule(replay))


def _calls(replay: AlertReplay) -> str:
    parts = []
    for severity in ("page", "ticket"):
        n = replay.n_alerts(severity)
        parts.append(f"{counted(n, severity)} ({replay.alerts_a_month(severity):.2g} a month)" if n else f"no {severity}")
    told = f"In {format_days(replay.n_days)} of data there would have been {' and '.join(parts)}"
    if replay.n_days < DAYS_A_MONTH:
        told += "; the data is shorter than a month, so the next may differ much"
    n_open = int(replay.alerts["end"].isna().sum())
    told += f"; {counted(n_open, 'call')} still {'goes' if n_open == 1 else 'go'} on at its end" if n_open else ""
    return f"{told}."


def _paged(replay: AlertReplay) -> list[str]:
    judged = replay.by_incident[~replay.by_incident["verdict"].isin(("no data", "outside the data"))]
    paged = judged[judged["verdict"] == "paged"]
    if judged.empty:
        return ["There is no incident with data to hold them against."]
    if paged.empty:
        all_of_them = f"None of the {counted(len(judged), 'incident')} would"
        return [f"{'The one incident would not' if len(judged) == 1 else all_of_them} have been paged."]
    delays, shares = paged["page_delay_minutes"], paged["page_budget_share"]
    late = f"{format_duration(delays.iloc[0])} after it began, with {_percent(shares.iloc[0])} of the budget of {counted(replay.window_days, 'day')} spent by it"
    if len(paged) > 1:
        late = (
            f"half of them within {format_duration(delays.median())} and the slowest after {format_duration(delays.max())}, with "
            f"{_percent(shares.median())} (at worst {_percent(shares.max())}) of the budget of {counted(replay.window_days, 'day')} spent by then"
        )
    if len(judged) == 1:
        return [f"The one incident would have been paged {late}."]
    return [f"{format_count(len(paged))} of {counted(len(judged), 'incident')} would have been paged, {late}."]


def _others(replay: AlertReplay) -> list[str]:
    words = {
        "ticket only": "would have given a ticket, but no page",
        "already firing": "began while a page from before still fired, and gave no new one",
        "missed": "would have given neither page nor ticket",
        "no data": "cannot be judged, as there was no data then",
        "outside the data": "happened outside the time of the data",
    }
    told = []
    for verdict, what in words.items():
        names = replay.by_incident.loc[replay.by_incident["verdict"] == verdict, "incident"].astype(str).tolist()
        if names:
            told.append(f"{counted(len(names), 'incident')} {what}: {_listed(names)}.")
    return told


def _false(replay: AlertReplay) -> list[str]:
    told = []
    around = f", give or take {format_duration(replay.slack_minutes)}" if replay.slack_minutes else ""
    for severity in ("page", "ticket"):
        false = replay.alerts[replay.alerts["is_false"] & (replay.alerts["severity"] == severity)]
        if len(false):
            calls = zip(false["start"], false["tiers"], false["bad"], strict=True)
            names = [f"{start:%Y-%m-%d %H:%M} by {' and '.join(ids)} ({counted(bad, f'bad {replay.event}')})" for start, ids, bad in calls]
            n = replay.n_alerts(severity)
            told.append(
                f"{format_count(len(false))} of {counted(n, severity)} {'answers' if len(false) == 1 else 'answer'} no incident{around}: {_listed(names)}."
            )
    return told


def _circular(replay: AlertReplay) -> list[str]:
    if not replay.is_circular:
        return []
    return [
        "The incidents were found in the same counts, in bins of an hour or more: alerts and incidents agree better than they would with a list of what people "
        "noticed, and delays are up to an hour too long. Give a list of incidents."
    ]


def _rule(replay: AlertReplay) -> str:
    tiers = "; ".join(tier_words(tier, replay.window_days) for tier in replay.tiers)
    every = "minute" if replay.bin_minutes == 1 else format_duration(replay.bin_minutes)
    fewest = replay.fewest_bad_events
    at_least = f" A page needs at least {fewest} bad {replay.event}s in its long window." if fewest > 1 else ""
    return (
        f"Evaluated every {every} against {format_share(replay.target)} over {counted(replay.window_days, 'day')}: {tiers}. Both windows must burn; windows "
        f"without {replay.event}s do not. Calls of one severity at a time are one.{at_least} All times are UTC."
    )


def _listed(names: Sequence[str]) -> str:
    """Join the first names of many, and count the rest."""
    shown = list(names[:MOST_NAMED])
    shown += [f"{format_count(len(names) - len(shown))} more"] if len(names) > len(shown) else []
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _percent(share: float) -> str:
    return format_share(share, digits=2) if not pd.isna(share) else "an unknown part"
