"""Whether the chosen indicators would have shown the incidents that people remember, and what else they show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.count_bins import add_up_bins, bin_minutes_of
from slo_workbench.analysis.incident_replay_words import replay_sentences
from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_share

__all__ = ["LONGEST_SLACK_MINUTES", "VERDICTS", "IncidentReplay", "replay_incidents"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]

LEAST_EXCESS_EVENTS = 5
SIGMAS = 5.0
TIMES_USUAL = 2.0
LEAST_BUDGET_SHARE = 0.01
LONGEST_SLACK_MINUTES = 1440
VERDICTS = ("shown", "faint", "not shown", "no data", "outside the data")
"""What an indicator may say of an incident, the clearest first."""

SHOWN, FAINT, NOT_SHOWN, NO_DATA, OUTSIDE = range(len(VERDICTS))
NO_INDICATOR = "no indicator"
MICROSECONDS_A_MINUTE = 60_000_000


@dataclass(frozen=True)
class IncidentReplay:
    """Which incidents of a list each indicator would have shown, and what stood out that is not on the list.

    Parameters
    ----------
    table : DataFrame, one row for each incident and indicator of its journeys
        ``incident, indicator, valid, bad`` (events), ``usual_bad_share`` (0 to 1, outside all incidents), ``excess_bad`` (events above
        the usual share; NaN without data), ``budget_share`` (excess by the budget of a window; NaN without a target or data), ``n_minutes_with_data``,
        ``slack_minutes`` (by how much the stretch was widened on both sides to see it; 0 as written) and ``verdict``.
    incidents : DataFrame, one row an incident of the list that concerns the journeys asked for
        ``incident, title, start, end, indicator`` (which shows it best; ``None`` where none does) and ``verdict``: one of
        :data:`VERDICTS`, or ``no indicator`` where none measures its journeys.
    runs : DataFrame, one row a stretch in which an indicator stands out
        ``indicator, start, end, valid, bad, bad_share``, ``incident`` (of the list, in a journey of the indicator) and
        ``other_incident`` (at that time, in other journeys); ``None`` where there is none.
    slack_minutes : int
    list_start, list_end : Timestamp
        First start and last end of the whole list, incidents of other journeys included.
    event : str
    findings : tuple of Finding
    """

    table: pd.DataFrame
    incidents: pd.DataFrame
    runs: pd.DataFrame
    slack_minutes: int
    list_start: pd.Timestamp
    list_end: pd.Timestamp
    event: str = "event"
    findings: tuple[Finding, ...] = ()

    @property
    def n_with_data(self) -> int:
        """Incidents for which the data can answer."""
        return int(self.incidents["verdict"].isin(VERDICTS[:NO_DATA]).sum())

    @property
    def n_shown(self) -> int:
        """Incidents that at least one indicator shows."""
        return int((self.incidents["verdict"] == VERDICTS[SHOWN]).sum())

    @property
    def recall_share(self) -> float | None:
        """Incidents shown by those with data; ``None`` without any."""
        return self.n_shown / self.n_with_data if self.n_with_data else None

    @property
    def precision_share(self) -> float | None:
        """Stretches that stand out and match an incident by all that stand out; ``None`` when nothing does."""
        return float(self.runs["incident"].notna().mean()) if len(self.runs) else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in words, with the rule it rests on."""
        return replay_sentences(self)


@dataclass(frozen=True)
class _Counts:
    """An indicator's bins, and sums of valid and bad events before each and after the last; all times in microseconds."""

    starts: Ints
    valid: Ints
    bad: Ints
    bin_length: int

    @classmethod
    def of(cls, series: pd.DataFrame, bin_minutes: int) -> _Counts:
        binned = add_up_bins(series, bin_minutes)
        valid, good = (binned[name].to_numpy(dtype=np.int64) for name in ("valid", "good"))
        return cls(_microseconds(binned["minute"]), valid, valid - good, bin_minutes * MICROSECONDS_A_MINUTE)

    @property
    def end(self) -> int:
        return int(self.starts[-1]) + self.bin_length

    def inside(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """Return the first bin that overlaps each stretch, and the first one behind it."""
        return np.searchsorted(self.starts, starts - self.bin_length, side="right"), np.searchsorted(self.starts, ends, side="left")

    def is_covered(self, starts: Ints, ends: Ints) -> Bools:
        """Return which bins overlap any of the stretches."""
        first, behind = self.inside(starts, ends)
        depth = np.bincount(first, minlength=len(self.starts) + 1) - np.bincount(np.maximum(first, behind), minlength=len(self.starts) + 1)
        covered: Bools = np.cumsum(depth)[:-1] > 0
        return covered


def replay_incidents(
    series: Mapping[str, pd.DataFrame], incidents: pd.DataFrame, *, journeys_of: Mapping[str, str] | None = None,
    journeys: Collection[str] | None = None, budgets: Mapping[str, tuple[Decimal, int]] | None = None,
    resolution_minutes: Mapping[str, int] | None = None, slack_minutes: int = 30, event: str = "event",
) -> IncidentReplay:  # fmt: skip
    """Ask of each incident of a list whether the indicators of its journeys would have shown it, and of what they show whether it is listed.

    An incident is **shown** when its bad events exceed what the usual share would give by at least five, by five standard
    deviations of a Poisson count (chance alone does that to at most 1 stretch in 1,600), are at least twice the usual, and
    the excess is at least 1 % of a window's budget, where there is a target: below that nobody would look up. It is **faint**
    when it is beyond chance but below twice the usual or 1 % of the budget. The usual share is that of all bins outside all incidents.
    Errors come in bursts, so five deviations of Poisson are fewer of theirs; twice the usual share guards against that on busy days.

    People note times late and round them. So what is not shown between start and end is looked at once more with ``slack_minutes``
    on both sides, as far as no other incident lies there; a bin longer than the slack is not widened. A bin counts for an
    incident when it overlaps it, so one hour in a daily count is judged by that day.

    What stands out is found in bins of an hour, but matched by the same counts, times and slack as the verdicts: it belongs to
    an incident only when the part of it between those times is beyond chance itself, or is at least half of what was bad beyond
    the usual. So trouble 45 minutes before an incident, with a slack of 30, is neither shown nor matched.

    Parameters
    ----------
    series : mapping of str to DataFrame
        Indicator to ``minute, valid, good``.
    incidents : DataFrame
        ``id, start, end`` (UTC without zone), ``title``, ``journeys`` (tuple of str; empty for all), as
        :func:`slo_workbench.sources.incident_list.read_incidents` gives them.
    journeys_of : mapping of str to str, optional
        Indicator to its journey; without, every incident is asked of every indicator.
    journeys : collection of str, optional
        Judge only incidents that name one of these, or none; of the others only the time is used. All without.
    budgets : mapping, optional
        Indicator to target and window in days.
    resolution_minutes : mapping of str to int, optional
        How far apart counts lie; without, see :func:`slo_workbench.analysis.count_bins.bin_minutes_of`.
    slack_minutes : int
        How far off the times of the list may be; also for matching what stands out with it.
    event : str
        What one event is called.

    Raises
    ------
    TooLittleData
        Without incidents, or without an indicator that has a valid event.
    UnusableValue
        For a target of 100 % or none, a window below a day or a slack that is not 0 to 1440 minutes.

    References
    ----------
    Recall and precision of an indicator: S. Thurgood, D. Ferguson et al., "Implementing SLOs", in The Site Reliability Workbook,
    O'Reilly 2018, https://sre.google/workbook/implementing-slos/

    Examples
    --------
    >>> minutes = pd.date_range("2026-03-02", periods=1440, freq="min")
    >>> counts = pd.DataFrame({"minute": minutes, "valid": 10, "good": 10})
    >>> counts.loc[600:619, "good"] = 5
    >>> times = {"start": pd.to_datetime(["2026-03-02 10:00", "2026-03-02 15:00"]), "end": pd.to_datetime(["2026-03-02 10:20", "2026-03-02 16:00"])}
    >>> listed = pd.DataFrame({"id": ["down", "rumour"], **times, "title": "", "journeys": [(), ()]})
    >>> replay_incidents({"buy": counts}, listed).table[["incident", "valid", "bad", "verdict"]].to_numpy().tolist()
    [['down', 200, 100, 'shown'], ['rumour', 600, 0, 'not shown']]
    """
    _refuse_unusable(series, incidents, budgets or {}, slack_minutes)
    starts, ends = (_microseconds(incidents[name]) for name in ("start", "end"))
    tables, runs = [], []
    for indicator, counts in series.items():
        if not (counts["valid"] > 0).any():
            continue
        bin_minutes = (resolution_minutes or {}).get(indicator) or bin_minutes_of(counts)
        asked = _is_asked(incidents, None if journeys_of is None else journeys_of.get(indicator, ""))
        noted = _Noted.of(_Counts.of(counts, bin_minutes), starts, ends, slack_minutes)
        judged = _judge(noted, (budgets or {}).get(indicator))
        judged.insert(0, "indicator", indicator)
        judged.insert(0, "incident", incidents["id"].to_numpy())
        tables.append(judged[asked].assign(place=np.flatnonzero(asked)))
        found = find_incidents(counts, bin_minutes=max(60, bin_minutes))
        runs.append(_matched(found, incidents["id"].tolist(), noted, asked).assign(indicator=indicator))
    if not tables:
        raise TooLittleData("no indicator has a valid event, so nothing can be replayed: reduce requests of the time of the incidents")
    table = pd.concat(tables, ignore_index=True).sort_values("place", kind="stable", ignore_index=True)
    concerned = np.array(
        [journeys is None or not named or not set(journeys).isdisjoint(named) for named in incidents["journeys"]], dtype=bool
    )
    per_incident = _best_of_each(table, incidents)[concerned].reset_index(drop=True)
    together = pd.concat([run for run in runs if len(run)] or runs[:1], ignore_index=True)
    names = ["indicator", "start", "end", "valid", "bad", "bad_share", "incident", "other_incident"]
    table["verdict"] = [VERDICTS[rank] for rank in table["rank"]]
    return IncidentReplay(
        table.drop(columns=["place", "rank", "sigmas"]), per_incident, together[names], slack_minutes, incidents["start"].min(),
        incidents["end"].max(), event, _findings(series, incidents[concerned], journeys, journeys_of),
    )  # fmt: skip


def _refuse_unusable(
    series: Mapping[str, pd.DataFrame], incidents: pd.DataFrame, budgets: Mapping[str, tuple[Decimal, int]], slack_minutes: int
) -> None:
    if incidents.empty or not series:
        raise TooLittleData("a replay needs at least one incident and one indicator: note the last outages, however roughly")
    if not 0 <= slack_minutes <= LONGEST_SLACK_MINUTES:
        raise UnusableValue(f"a slack lies between 0 and {LONGEST_SLACK_MINUTES:,} minutes, not {slack_minutes:,}")
    for indicator, (target, window_days) in budgets.items():
        if not 0 < target < 1:
            raise UnusableValue(f"the target of {indicator} lies above 0 % and below 100 %, not {format_share(target)}")
        if window_days < 1:
            raise UnusableValue(f"the window of {indicator} lasts at least a day, not {window_days}")


def _microseconds(times: pd.Series) -> Ints:
    return pd.DatetimeIndex(times).as_unit("us").asi8


def _is_asked(incidents: pd.DataFrame, journey: str | None) -> Bools:
    """Return which incidents an indicator of a journey is asked about: those that name it, or none."""
    return np.array([journey is None or not named or journey in named for named in incidents["journeys"]], dtype=bool)


@dataclass(frozen=True)
class _Noted:
    """The noted times of all incidents in one indicator's counts: the slack that its bins allow, and the share that is usually bad."""

    counts: _Counts
    starts: Ints
    ends: Ints
    slack_minutes: int
    usual: float

    @classmethod
    def of(cls, counts: _Counts, starts: Ints, ends: Ints, slack_minutes: int) -> _Noted:
        slack = slack_minutes * MICROSECONDS_A_MINUTE if counts.bin_length <= slack_minutes * MICROSECONDS_A_MINUTE else 0
        near = counts.is_covered(starts - slack, ends + slack)
        # where incidents cover all of the data, what is usual among them must do
        usual = counts.bad[~near].sum() / counts.valid[~near].sum() if not near.all() else float(np.median(counts.bad / counts.valid))
        return cls(counts, starts, ends, slack // MICROSECONDS_A_MINUTE, usual)

    @property
    def slack(self) -> int:
        return self.slack_minutes * MICROSECONDS_A_MINUTE

    def sums(self, *, with_slack: bool, since: int | None = None, until: int | None = None) -> tuple[Ints, Ints, Ints]:
        """Return valid and bad events and bins of each incident, of a part of the time only; slack takes no bins of other incidents."""

        def part(starts: Ints, ends: Ints, only: Bools | None = None) -> tuple[Ints, Ints, Ints]:
            clipped = starts if since is None else np.maximum(starts, since), ends if until is None else np.minimum(ends, until)
            return _sums(self.counts, *clipped, only=only)

        valid, bad, n_bins = part(self.starts, self.ends)
        if not with_slack or not self.slack:
            return valid, bad, n_bins
        alone = ~self.counts.is_covered(self.starts, self.ends)
        for more in (part(self.starts - self.slack, self.starts, alone), part(self.ends, self.ends + self.slack, alone)):
            valid, bad, n_bins = valid + more[0], bad + more[1], n_bins + more[2]
        return valid, bad, n_bins


def _judge(noted: _Noted, budget: tuple[Decimal, int] | None) -> pd.DataFrame:
    """Return counts and verdict of every incident, as written or with slack, whichever shows it better."""
    counts, allowed = noted.counts, _budget_events(noted.counts, budget)
    judged = _verdicts(*noted.sums(with_slack=False), noted.usual, allowed).assign(slack_minutes=0)
    if noted.slack:
        wide = _verdicts(*noted.sums(with_slack=True), noted.usual, allowed).assign(slack_minutes=noted.slack_minutes)
        is_better = (wide["rank"] < judged["rank"]) & (judged["rank"] < NO_DATA)
        judged = wide.where(is_better, judged).astype(judged.dtypes)
    is_outside = (noted.ends <= counts.starts[0]) | (noted.starts >= counts.end)
    judged["rank"] = np.where(is_outside, OUTSIDE, judged["rank"])
    longest = -((noted.starts - noted.ends) // MICROSECONDS_A_MINUTE) + 2 * judged["slack_minutes"].to_numpy()
    judged["n_minutes_with_data"] = np.minimum(judged["n_minutes_with_data"] * (counts.bin_length // MICROSECONDS_A_MINUTE), longest)
    names = ["valid", "bad", "usual_bad_share", "excess_bad", "budget_share", "n_minutes_with_data", "slack_minutes", "rank", "sigmas"]
    return judged[names]


def _budget_events(counts: _Counts, budget: tuple[Decimal, int] | None) -> float:
    """Return how many events a typical window lets be bad; NaN without a target."""
    if budget is None:
        return float("nan")
    target, window_days = budget
    days = Decimal(counts.end - int(counts.starts[0])) / (1440 * MICROSECONDS_A_MINUTE)
    return float((1 - target) * int(counts.valid.sum()) * window_days / days)


def _sums(counts: _Counts, starts: Ints, ends: Ints, *, only: Bools | None = None) -> tuple[Ints, Ints, Ints]:
    """Return valid and bad events and bins with data of each stretch, of chosen bins only; none of a stretch that ends before it starts."""
    chosen = np.ones(len(counts.starts), dtype=bool) if only is None else only
    first, behind = counts.inside(starts, ends)
    behind = np.where(starts < ends, np.maximum(first, behind), first)
    sums = [np.concatenate([[0], np.cumsum(numbers)]) for numbers in (counts.valid * chosen, counts.bad * chosen, chosen)]
    valid, bad, n_bins = (before[behind] - before[first] for before in sums)
    return valid, bad, n_bins


def _is_beyond_chance(bad: Ints, expected: Floats) -> Bools:
    excess: Floats = bad - expected
    return (excess >= LEAST_EXCESS_EVENTS) & (excess >= SIGMAS * np.sqrt(expected))


def _verdicts(valid: Ints, bad: Ints, n_bins: Ints, usual: float, allowed: float) -> pd.DataFrame:
    expected: Floats = usual * valid
    excess = np.where(valid > 0, bad - expected, np.nan)
    budget_share = excess / allowed
    is_small = (bad < TIMES_USUAL * expected) | (budget_share < LEAST_BUDGET_SHARE)
    rank = np.select([valid == 0, ~_is_beyond_chance(bad, expected), is_small], [NO_DATA, NOT_SHOWN, FAINT], default=SHOWN)
    columns = {
        "valid": valid, "bad": bad, "usual_bad_share": usual, "excess_bad": excess, "budget_share": budget_share,
        "n_minutes_with_data": n_bins, "rank": rank, "sigmas": excess / np.sqrt(np.maximum(expected, 1)),
    }  # fmt: skip
    return pd.DataFrame(columns)


def _best_of_each(table: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Return one verdict an incident; while an indicator had no data and no other shows it, nobody can know."""
    ordered = table.sort_values(["place", "rank", "sigmas"], ascending=[True, True, False], kind="stable")
    groups = ordered.groupby("place")
    best = groups[["rank", "indicator"]].first()
    worst = groups["rank"].max()
    unknown = (best["rank"] == NOT_SHOWN) & (worst >= NO_DATA)
    best.loc[unknown, "rank"] = NO_DATA
    verdicts = best["rank"].map(dict(enumerate(VERDICTS))).reindex(range(len(incidents)), fill_value=NO_INDICATOR)
    names = best["indicator"].astype(object).where(best["rank"] <= FAINT, None).reindex(range(len(incidents)))
    found = incidents[["id", "title", "start", "end"]].rename(columns={"id": "incident"}).reset_index(drop=True)
    shows = pd.Series([name if isinstance(name, str) else None for name in names], dtype=object)
    return found.assign(indicator=shows, verdict=verdicts.to_numpy())


def _matched(runs: pd.DataFrame, ids: list[str], noted: _Noted, asked: Bools) -> pd.DataFrame:
    """Say for each run which incident of the list it overlaps longest, in the indicator's journey and in others."""
    own: list[str | None] = []
    other: list[str | None] = []
    whole = runs["bad"] - noted.usual * runs["valid"]
    for start, end, excess in zip(_microseconds(runs["start"]), _microseconds(runs["end"]), whole, strict=True):
        valid, bad, n_bins = noted.sums(with_slack=True, since=start, until=end)
        expected: Floats = noted.usual * valid
        is_inside = (n_bins > 0) & ((bad - expected >= excess / 2) | _is_beyond_chance(bad, expected))
        overlap = np.minimum(noted.ends + noted.slack, end) - np.maximum(noted.starts - noted.slack, start)
        for found, among in ((own, asked & is_inside), (other, ~asked & is_inside)):
            found.append(ids[int(np.where(among, overlap, -1).argmax())] if among.any() else None)
    return runs.assign(incident=pd.Series(own, dtype=object), other_incident=pd.Series(other, dtype=object))


def _findings(
    series: Mapping[str, pd.DataFrame], incidents: pd.DataFrame, journeys: Collection[str] | None, journeys_of: Mapping[str, str] | None
) -> tuple[Finding, ...]:
    found = []
    for indicator, counts in series.items():
        if not (counts["valid"] > 0).any():
            found.append(Finding("indicator-without-data", "it has no valid event and was left out", "warning", where=indicator))
    named = pd.Series([journey for of_one in incidents["journeys"] for journey in of_one], dtype=object)
    measured = set((journeys_of or {}).values())
    for journey, n_incidents in named.value_counts().items() if journeys_of is not None else ():
        if journey not in measured and (journeys is None or journey in journeys):
            names = "names" if n_incidents == 1 else "name"
            message = f"no indicator measures the journey {journey!r}, which {counted(n_incidents, 'incident')} of the list {names}"
            found.append(Finding("journey-not-measured", message, "warning", "choose an SLI for it", count=int(n_incidents)))
    return tuple(found)
