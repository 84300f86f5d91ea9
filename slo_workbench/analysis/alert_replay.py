"""Alerts played over a history: how often they would have called, how soon after an incident began, and how often for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd

from slo_workbench.analysis.alert_answers import ALERT_VERDICTS, KnownIncidents, answered, judge_incidents, latest_answered
from slo_workbench.analysis.alert_firings import CountGrid, grid_findings, tier_firings
from slo_workbench.analysis.alert_replay_words import DAYS_A_MONTH, alert_sentences
from slo_workbench.analysis.alert_tier_findings import tier_findings
from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.analysis.count_bins import bin_minutes_of
from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue

__all__ = ["DAYS_A_MONTH", "LONGEST_SLACK_MINUTES", "AlertReplay", "compare_tier_choices", "replay_alerts"]

LONGEST_SLACK_MINUTES = 1440


@dataclass(frozen=True)
class AlertReplay:
    """What a set of tiers would have said over a history.

    Parameters
    ----------
    tiers : tuple of AlertTier
        Those that were replayed.
    target : Decimal
    window_days : int
    start, end : Timestamp
        First and last moment of the data, half-open, UTC.
    bin_minutes : int
        How far apart rules were evaluated.
    firings : DataFrame, one row a stretch in which a tier fires, in order of time
        ``tier, severity, start, end`` (first evaluation that fires, and first that does not; ``NaT`` while it fires at the end of the data),
        ``bad`` (bad events of the long window at the start), ``budget_spent_share`` (the same by the budget of an average SLO window), ``incident``
        (the one it answers, of the journey asked for) and ``other_incident`` (of another journey); ``None`` where there is none.
    alerts : DataFrame, one row a call
        Firings of one severity that overlap or touch are one call: ``severity, start, end, tiers`` (tuple of str), ``bad`` (of the
        first firing), ``is_false`` (none of its firings answers an incident of any journey).
    by_incident : DataFrame, one row an incident of the journey
        ``incident, start, end, verdict`` (of :data:`slo_workbench.analysis.alert_answers.ALERT_VERDICTS`), ``missed`` (neither page nor ticket);
        and for ``page`` and ``ticket`` each ``…_tier``, ``…_start`` (of the first that answers it), ``…_delay_minutes`` (from the incident's
        start, 0 where it came before) and ``…_budget_share`` (bad events from the incident's start until then, by the budget of an average window).
    slack_minutes : int
        How far off the noted times may be.
    is_circular : bool
        Whether the incidents were found in the same counts.
    event : str
    findings : tuple of Finding
        Tiers that were not replayed, and what is wrong with the others.
    fewest_bad_events : int
        How many bad events a page needed in its long window.
    """

    tiers: tuple[AlertTier, ...]
    target: Decimal
    window_days: int
    start: pd.Timestamp
    end: pd.Timestamp
    bin_minutes: int
    firings: pd.DataFrame
    alerts: pd.DataFrame
    by_incident: pd.DataFrame
    slack_minutes: int
    is_circular: bool
    event: str = "event"
    findings: tuple[Finding, ...] = ()
    fewest_bad_events: int = 1

    @property
    def n_days(self) -> float:
        """Days of the data, holes included."""
        return (self.end - self.start) / pd.Timedelta(days=1)

    def n_alerts(self, severity: str) -> int:
        """Return how many calls of a severity came."""
        return int((self.alerts["severity"] == severity).sum())

    def alerts_a_month(self, severity: str) -> float:
        """Return calls of a severity by 30.44 days; from fewer days than that it is more than was seen."""
        return self.n_alerts(severity) * DAYS_A_MONTH / self.n_days

    @property
    def false_firings(self) -> pd.DataFrame:
        """The firings that answer no incident of any journey."""
        return self.firings[self.firings["incident"].isna() & self.firings["other_incident"].isna()].reset_index(drop=True)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in words, with the rules it rests on."""
        return alert_sentences(self)


def replay_alerts(
    series: pd.DataFrame, tiers: Sequence[AlertTier], *, target: Decimal, window_days: int, incidents: pd.DataFrame | None = None,
    journey: str | None = None, slack_minutes: int = 30, resolution_minutes: int | None = None, days_with_data: float | None = None,
    fewest_bad_events: int = 1, event: str = "event",
) -> AlertReplay:  # fmt: skip
    """Evaluate tiers of alerts at every minute of a history, and hold what fires against the incidents.

    A tier burns when, in its long and in its short window, bad by valid events exceed its burn rate times the share that the target allows;
    counts are summed, then compared exactly. A window in which nothing was valid does not burn. At moment t a window of W minutes holds the
    events from t - W up to t; near the start of the data it holds what there is, so long windows react faster in the first days.

    A firing answers an incident that began before it and whose end, with the slack, reaches into its short window, for the bad events that
    made it fire lie there; or, where there is none, one that is noted as beginning within the slack after it. A slow ticket may so answer
    hours after an incident's end. Budgets are those of an SLO window with the average traffic of the history.

    Parameters
    ----------
    series : DataFrame
        ``minute`` (UTC without zone), ``valid, good``. Minutes without a row have no data, as have those with 0 valid events.
    tiers : sequence of AlertTier
    target : Decimal
    window_days : int
    incidents : DataFrame, optional
        ``id, start, end`` (UTC without zone), and ``journeys`` (tuple of str; empty for all). Without, incidents are found in the same
        counts: then alerts and incidents share their data, and agree better than they would with what people noticed.
    journey : str, optional
        Judge only incidents that name it, or none; the others still explain a firing.
    slack_minutes : int
        How far off noted times may be, 0 to 1440.
    resolution_minutes : int, optional
        How far apart counts lie; without, see :func:`slo_workbench.analysis.count_bins.bin_minutes_of`. Tiers whose windows are shorter, or no
        multiples, are left out with a finding.
    days_with_data : float, optional
        Days that the counts really cover, where some are holes: a hole is no day without traffic. The span of the counts without.
    fewest_bad_events : int
        How many bad events a page needs in its long window, so that one failure at night wakes nobody; exported rules ask for 2.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a target of 100 % or none, a window below a day, a slack out of range, two tiers of one id, or more good events than valid ones.
    TooLittleData
        Without a valid event.

    References
    ----------
    B. Beyer, N. R. Murphy, D. Rensin, K. Kawahara, S. Thorne (ed.), The Site Reliability Workbook, O'Reilly 2018, chapter 5, "Multiwindow,
    Multi-Burn-Rate Alerts", https://sre.google/workbook/alerting-on-slos/. States of a rule: github.com/prometheus/prometheus, rules/alerting.go.

    Examples
    --------
    >>> counts = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=1440, freq="min"), "valid": 100, "good": 100})
    >>> counts.loc[600:619, "good"] = 50
    >>> tiers = [AlertTier("page-fast", "page", 60, 5, Decimal("14.4"))]
    >>> played = replay_alerts(counts, tiers, target=Decimal("0.999"), window_days=30)
    >>> played.firings[["tier", "start", "end"]].astype(str).to_numpy().tolist()
    [['page-fast', '2026-03-02 10:02:00', '2026-03-02 10:25:00']]
    """
    grid = CountGrid.of(series, resolution_minutes or bin_minutes_of(series))
    _refuse_unusable(tiers, slack_minutes)
    known = KnownIncidents.of(incidents, series, grid, journey)
    return _replayed(
        grid, tiers, known, target=target, window_days=window_days, slack_minutes=slack_minutes, days_with_data=days_with_data,
        fewest_bad_events=fewest_bad_events, event=event,
    )  # fmt: skip


def _refuse_unusable(tiers: Sequence[AlertTier], slack_minutes: int) -> None:
    if not 0 <= slack_minutes <= LONGEST_SLACK_MINUTES:
        raise UnusableValue(f"a slack lies between 0 and {LONGEST_SLACK_MINUTES:,} minutes, not {slack_minutes:,}")
    if len({tier.id for tier in tiers}) < len(tiers):
        raise UnusableValue(f"each tier has an id of its own, not {', '.join(tier.id for tier in tiers)}")


def _replayed(
    grid: CountGrid,
    tiers: Sequence[AlertTier],
    incidents: KnownIncidents,
    *,
    target: Decimal,
    window_days: int,
    slack_minutes: int,
    days_with_data: float | None,
    fewest_bad_events: int,
    event: str,
) -> AlertReplay:
    n_days = days_with_data or grid.n_days
    per_hour = float(grid.valid_before[-1]) / (n_days * 24)
    findings: list[Finding] = []
    usable = []
    for tier in tiers:
        refused = grid_findings(tier, grid.bin_minutes)
        findings += refused or tier_findings(tier, target=target, window_days=window_days, valid_per_hour=per_hour)
        usable += [] if refused else [tier]
    allowed = float((1 - target) * int(grid.valid_before[-1]) * window_days / Decimal(str(n_days)))
    firings = _fire(grid, usable, target, allowed, fewest_bad_events)
    answers = answered(firings, incidents, slack_minutes)
    for name, mask in (("incident", incidents.is_asked), ("other_incident", ~incidents.is_asked)):
        firings[name] = latest_answered(answers & mask[:, None], incidents)
    by_incident = judge_incidents(grid, firings, incidents, answers, allowed)
    alerts = _joined(firings)
    return AlertReplay(
        tuple(usable), target, window_days, grid.start, grid.end, grid.bin_minutes, firings.drop(columns=["at", "until", "short"]), alerts,
        by_incident, slack_minutes, incidents.is_circular, event, tuple(findings), fewest_bad_events,
    )  # fmt: skip


def _fire(grid: CountGrid, tiers: Sequence[AlertTier], target: Decimal, allowed: float, fewest_bad_events: int) -> pd.DataFrame:
    """Return all firings in order of time; ``at``, ``until`` and ``short`` are minutes since the start of the data."""
    parts = []
    for tier in tiers:
        fewest = fewest_bad_events if tier.severity == "page" else 1
        first, over = tier_firings(grid, tier, tier.bad_share(target), fewest_bad_events=fewest)
        bad = grid.bad_before[first] - grid.bad_before[np.maximum(first - tier.long_minutes // grid.bin_minutes, 0)]
        until = np.where(over > grid.n_bins, np.inf, over * grid.bin_minutes)
        at = (first * grid.bin_minutes).astype(np.float64)
        columns = {"at": at, "until": until, "short": float(tier.short_minutes), "bad": bad, "budget_spent_share": bad / allowed}
        parts.append(pd.DataFrame({"tier": tier.id, "severity": tier.severity, **columns}))
    names = ["tier", "severity", "at", "until", "short", "bad", "budget_spent_share"]
    together = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: pd.Series(dtype="float64") for name in names})
    ordered = together.sort_values("at", kind="stable", ignore_index=True)
    ordered.insert(2, "start", _times(grid.start, ordered["at"]))
    ordered.insert(3, "end", _times(grid.start, ordered["until"]))
    return ordered


def _times(start: pd.Timestamp, minutes: pd.Series) -> pd.Series:
    """Turn minutes since the start into times; infinity is no time."""
    return start + pd.to_timedelta(minutes.astype(np.float64).replace(np.inf, np.nan), unit="min")


def _joined(firings: pd.DataFrame) -> pd.DataFrame:
    """Join firings of one severity that overlap or touch: the rows of one severity are one rule, joined by "or"."""
    parts = []
    for severity in ("page", "ticket"):
        chosen = firings[firings["severity"] == severity].reset_index(drop=True)
        if chosen.empty:
            continue
        at, until = (chosen[name].to_numpy(dtype=np.float64) for name in ("at", "until"))
        first = np.flatnonzero(at > np.concatenate([[-np.inf], np.maximum.accumulate(until)[:-1]]))
        part = chosen.loc[first, ["severity", "start", "bad"]].reset_index(drop=True)
        # a start and the latest end of the same firings, in minutes
        longest = pd.Series(np.maximum.reduceat(until, first) - at[first])
        part.insert(2, "end", part["start"] + pd.to_timedelta(longest.replace(np.inf, np.nan), unit="min"))
        names = chosen["tier"].tolist()
        part.insert(3, "tiers", [tuple(dict.fromkeys(names[one:after])) for one, after in pairwise([*first.tolist(), len(names)])])
        answers_nothing = (chosen["incident"].isna() & chosen["other_incident"].isna()).to_numpy(dtype=bool)
        parts.append(part.assign(is_false=np.logical_and.reduceat(answers_nothing, first)))
    if not parts:
        return firings.reindex(columns=["severity", "start", "end", "tiers", "bad", "is_false"]).astype({"is_false": bool})
    return pd.concat(parts).sort_values("start", kind="stable", ignore_index=True)


def compare_tier_choices(
    series: pd.DataFrame, choices: Mapping[str, Sequence[AlertTier]], *, target: Decimal, window_days: int,
    incidents: pd.DataFrame | None = None, journey: str | None = None, slack_minutes: int = 30, resolution_minutes: int | None = None,
    days_with_data: float | None = None, fewest_bad_events: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Replay several sets of tiers over one history and put what they cost and catch side by side.

    Parameters
    ----------
    series : DataFrame
        ``minute, valid, good``; this and the rest as for :func:`replay_alerts`.
    choices : mapping of str to sequence of AlertTier
        Sets of tiers by name.

    Returns
    -------
    DataFrame, one row a choice
        ``choice, n_tiers, n_refused`` (tiers that these counts cannot replay), ``pages_a_month, tickets_a_month`` (of 30.44 days), ``n_incidents``
        (judged, within the data), ``n_paged, n_ticket_only, n_already_firing, n_missed``, ``median_page_delay_minutes, worst_page_delay_minutes``,
        ``median_page_budget_share, worst_page_budget_share`` (NaN where nothing was paged), ``n_false_pages, n_false_tickets``.
        Where a choice has refused tiers its calls are too few, and what it misses too much.

    Examples
    --------
    >>> from slo_workbench.analysis.alert_tiers import preset_tiers
    >>> counts = pd.DataFrame({"minute": pd.date_range("2026-03-02", periods=1440, freq="min"), "valid": 100, "good": 100})
    >>> counts.loc[600:619, "good"] = 50
    >>> choices = {name: preset_tiers(name, 28) for name in ("workbook", "pyrra")}
    >>> table = compare_tier_choices(counts, choices, target=Decimal("0.999"), window_days=28)
    >>> table[["choice", "n_paged", "n_missed", "worst_page_delay_minutes"]].to_numpy().tolist()
    [['workbook', 1, 0, 2.0], ['pyrra', 1, 0, 4.0]]
    """
    grid = CountGrid.of(series, resolution_minutes or bin_minutes_of(series))
    known = KnownIncidents.of(incidents, series, grid, journey)
    rows = []
    for name, tiers in choices.items():
        _refuse_unusable(tiers, slack_minutes)
        played = _replayed(
            grid, tiers, known, target=target, window_days=window_days, slack_minutes=slack_minutes, days_with_data=days_with_data,
            fewest_bad_events=fewest_bad_events, event="event",
        )  # fmt: skip
        rows.append({"choice": name, "n_tiers": len(tiers), "n_refused": len(tiers) - len(played.tiers), **_figures(played)})
    return pd.DataFrame(rows)


def _figures(played: AlertReplay) -> dict[str, float]:
    verdicts = played.by_incident["verdict"]
    delays, budgets = (played.by_incident[f"page_{name}"].dropna() for name in ("delay_minutes", "budget_share"))
    counts = {f"n_{verdict.replace(' ', '_')}": int((verdicts == verdict).sum()) for verdict in ALERT_VERDICTS[:4]}
    is_false = played.alerts["is_false"]
    return {
        "pages_a_month": played.alerts_a_month("page"),
        "tickets_a_month": played.alerts_a_month("ticket"),
        "n_incidents": sum(counts.values()),
        **counts,
        "median_page_delay_minutes": float(delays.median()),
        "worst_page_delay_minutes": float(delays.max()),
        "median_page_budget_share": float(budgets.median()),
        "worst_page_budget_share": float(budgets.max()),
        "n_false_pages": int((is_false & (played.alerts["severity"] == "page")).sum()),
        "n_false_tickets": int((is_false & (played.alerts["severity"] == "ticket")).sum()),
    }
