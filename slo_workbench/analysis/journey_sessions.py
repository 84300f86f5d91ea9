"""How many visits got through a journey of several steps: every step good, or good in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.wilson_interval import wilson_interval
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_days, format_duration, format_share

__all__ = ["LONGEST_GAP_MINUTES", "JourneySessions", "Retries", "compose_sessions"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Retries = Literal["last", "any"]
MICROSECONDS_A_MINUTE = 60_000_000
LONGEST_GAP_MINUTES = 43_200


@dataclass(frozen=True)
class JourneySessions:
    """Visits to a journey, and how many of them went well.

    Parameters
    ----------
    sessions : DataFrame, one row a visit
        ``user, start, end`` (UTC without zone, of its first and last event), ``n_events, is_good`` (every event was good),
        ``is_good_after_retries`` (each step it reached was good in the end) and ``ended_bad`` (its last event was bad).
    daily : DataFrame
        ``day`` (local, of the start), ``valid`` (visits), ``good, good_after_retries``; 0 visits on days without any.
    funnel : DataFrame, one row a step in order
        ``step``, ``n_sessions`` that reached it, ``n_good`` with every event of it good, ``n_good_after_retries``, ``n_events, n_bad``.
    gap_minutes : float
    retries : {"last", "any"}
    n_without_user : int
        Valid events left out, as nobody knows whose they are.
    n_at_edge : int
        Visits that may have begun before the data or gone on after it.
    time_zone : str
    findings : tuple of Finding
    """

    sessions: pd.DataFrame
    daily: pd.DataFrame
    funnel: pd.DataFrame
    gap_minutes: float
    retries: Retries
    n_without_user: int
    n_at_edge: int
    time_zone: str = "UTC"
    findings: tuple[Finding, ...] = ()

    @property
    def n_sessions(self) -> int:
        """Visits."""
        return len(self.sessions)

    @property
    def n_users(self) -> int:
        """Users with a visit."""
        return int(self.sessions["user"].nunique())

    @property
    def sli_share(self) -> float:
        """Visits without a bad event by all, 0 to 1."""
        return float(self.sessions["is_good"].mean())

    @property
    def sli_after_retries_share(self) -> float:
        """Visits that got through in the end by all, 0 to 1."""
        return float(self.sessions["is_good_after_retries"].mean())

    @property
    def users_all_good_share(self) -> float:
        """Users of whose visits every one was without a bad event, by all users."""
        return float(self.sessions.groupby("user", observed=True)["is_good"].all().mean())

    def interval(self, *, after_retries: bool = False, confidence: float = 0.9) -> tuple[float, float]:
        """Return an interval of the share of good visits in which users, not visits, are independent of each other.

        Visits of one user are alike. The variance of the share is that of a ratio of sums over users, and Wilson's interval is taken
        at as many independent visits as would give that variance, at most as there are.

        References
        ----------
        The variance of a ratio over clusters: W. G. Cochran, "Sampling Techniques", 3rd ed., Wiley 1977, chapter 9A; an interval of a
        share at the effective sample size: E. L. Korn, B. I. Graubard, Survey Methodology 24 (1998), pp. 193-201, there Clopper-Pearson's
        """
        name = "is_good_after_retries" if after_retries else "is_good"
        by_user = self.sessions.groupby("user", observed=True)[name].agg(["sum", "size"]).to_numpy(dtype=float)
        n, share = self.n_sessions, float(by_user[:, 0].sum()) / self.n_sessions
        spread = float(((by_user[:, 0] - share * by_user[:, 1]) ** 2).sum())
        # of all good or all bad visits nothing tells how alike those of a user are: each user counts as one
        effective = min(share * (1 - share) * n**2 / spread, n) if spread else float(self.n_users)
        return wilson_interval(share * effective, effective, confidence=confidence)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The visits in words, with what they do not tell."""
        return (*self._shares(), self._funnel(), *self._limits())

    def _shares(self) -> tuple[str, str]:
        low, high = (format_share(end) for end in self.interval())
        days = format_days((self.sessions["end"].max() - self.sessions["start"].min()) / pd.Timedelta(days=1))
        mended = " Retries mended the difference." if self.sli_after_retries_share > self.sli_share else ""
        in_the_end = "the last event" if self.retries == "last" else "at least one event"
        return (
            f"{format_share(self.sli_share)} of {counted(self.n_sessions, 'visit')} of {counted(self.n_users, 'user')} in {days} met no bad event "
            f"(90 % interval {low} to {high}); {format_share(self.users_all_good_share)} of the users met none in any visit.",
            f"{format_share(self.sli_after_retries_share)} got through in the end: of each step they reached, {in_the_end} was good.{mended}",
        )

    def _funnel(self) -> str:
        parts = [
            f"{row['step']} was reached by {format_count(row['n_sessions'])} and went well for {format_share(row['n_good'] / row['n_sessions'])}"
            if row["n_sessions"]
            else f"{row['step']} was reached by none"
            for row in self.funnel.to_dict("records")
        ]
        return f"By step: {'; '.join(parts)}."

    def _limits(self) -> tuple[str, ...]:
        ended = int(self.sessions["ended_bad"].sum())
        left_out = "has no user and was left out" if self.n_without_user == 1 else "have no user and were left out"
        all_events = int(self.sessions["n_events"].sum()) + self.n_without_user
        return (
            f"{counted(ended, 'visit')} ended with a bad event; who gave up because of it and who was leaving anyway, nobody can tell.",
            f"A visit ends with a pause of more than {format_duration(self.gap_minutes)}; "
            f"{counted(self.n_at_edge, 'visit')} near an end of the data may be cut.",
            *([f"{format_count(self.n_without_user)} of {counted(all_events, 'valid event')} {left_out}."] if self.n_without_user else []),
            "Where a user is an address, many people may be one and one person may be many.",
        )


def compose_sessions(
    events: pd.DataFrame, *, steps: Sequence[str], gap_minutes: float = 30, retries: Retries = "last", time_zone: str = "UTC"
) -> JourneySessions:
    """Cut each user's events into visits, and ask of each whether every step went well.

    A visit **is good** when every valid event of it was good, and **after retries** when each step it reached was: by the last event
    of the step, or by any of them. A visit need not reach every step. Of events of one user at one moment a bad one comes last.

    Parameters
    ----------
    events : DataFrame, one row an event
        ``user`` (may be missing), ``time`` (datetime, UTC without zone), ``step``, ``is_good`` (bool), in any order, such as
        :func:`slo_workbench.history.journey_events.read_journey_events` reads them; steps that are not named are left aside.
    steps : sequence of str
        The steps of the journey in their order.
    gap_minutes : float
        A longer pause ends a visit. 30 minutes are usual in web analytics; no length of pause is right for everyone.
    retries : {"last", "any"}
        Whether a step went well in the end by its last event, or by any.
    time_zone : str
        IANA zone in which days are cut.

    Raises
    ------
    UnusableValue
        For steps that are none or named twice, a gap not above 0, other retries, or columns that are missing.
    TooLittleData
        When no event of the steps has a user.

    References
    ----------
    Journeys over several requests as SLIs: S. Thurgood, D. Ferguson et al., "Implementing SLOs", in The Site Reliability Workbook, O'Reilly
    2018, https://sre.google/workbook/implementing-slos/ ; visits by a pause of 30 minutes: L. D. Catledge, J. E. Pitkow, "Characterizing
    Browsing Strategies in the World-Wide Web", Computer Networks and ISDN Systems 27 (1995), doi.org/10.1016/0169-7552(95)00043-7 (25.5 there)

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-02 10:00", "2026-03-02 10:05", "2026-03-02 10:06", "2026-03-02 12:00"])
    >>> events = pd.DataFrame({"user": "ann", "time": times, "step": ["list", "buy", "buy", "list"], "is_good": [True, False, True, True]})
    >>> found = compose_sessions(events, steps=["list", "buy"])
    >>> found.n_sessions, found.sli_share, found.sli_after_retries_share
    (2, 0.5, 1.0)
    >>> found.funnel[["step", "n_sessions", "n_good", "n_good_after_retries"]].to_numpy().tolist()
    [['list', 2, 2, 2], ['buy', 1, 0, 1]]
    """
    _refuse_unusable(events, steps, gap_minutes, retries)
    of_journey = events[events["step"].isin(list(steps))]
    known = of_journey[of_journey["user"].notna()]
    if known.empty:
        raise TooLittleData(f"no event of {', '.join(steps)} has a user, so there are no visits: sum the steps' events instead")
    ordered, session = _in_visits(known, steps, gap_minutes)
    outcomes = _steps_of_visits(ordered, session)
    sessions = _visits(ordered, session, outcomes, retries)
    return JourneySessions(
        sessions=sessions, daily=_by_day(sessions, time_zone), funnel=_funnel(outcomes, steps, retries), gap_minutes=float(gap_minutes), retries=retries,
        n_without_user=len(of_journey) - len(known), n_at_edge=_at_edge(sessions, of_journey["time"], gap_minutes), time_zone=time_zone,
        findings=_findings(ordered, steps, len(of_journey)),
    )  # fmt: skip


def _refuse_unusable(events: pd.DataFrame, steps: Sequence[str], gap_minutes: float, retries: str) -> None:
    missing = [name for name in ("user", "time", "step", "is_good") if name not in events]
    if missing or not (pd.api.types.is_datetime64_any_dtype(events["time"]) and pd.api.types.is_bool_dtype(events["is_good"])):
        raise UnusableValue(
            f"events have user, time (datetime), step and is_good (True or False); {', '.join(missing) or 'a type'} is not so"
        )
    if not steps or len(set(steps)) < len(steps):
        raise UnusableValue(f"a journey has at least one step, and each is named once; not {', '.join(steps) or 'none'}")
    if not 0 < gap_minutes <= LONGEST_GAP_MINUTES:
        raise UnusableValue(f"a pause that ends a visit lasts more than 0 and at most {LONGEST_GAP_MINUTES:,} minutes, not {gap_minutes:g}")
    if retries not in ("last", "any"):
        raise UnusableValue(f"a step went well by its 'last' event or by 'any', not {retries!r}")


def _in_visits(known: pd.DataFrame, steps: Sequence[str], gap_minutes: float) -> tuple[pd.DataFrame, Ints]:
    """Return events in order of user and time, with the place of their step, and the number of their visit."""
    users = pd.factorize(known["user"], sort=True)[0]
    moments = pd.DatetimeIndex(known["time"]).as_unit("us").asi8
    good = known["is_good"].to_numpy(dtype=bool)
    place = known["step"].astype(object).map({step: number for number, step in enumerate(steps)}).to_numpy(dtype=np.int64)
    order = np.lexsort((place, ~good, moments, users))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(users[order]) != 0) | (np.diff(moments[order]) > gap_minutes * MICROSECONDS_A_MINUTE)
    ordered = known.iloc[order][["user", "time", "is_good"]].assign(step=place[order]).reset_index(drop=True)
    return ordered, np.cumsum(is_new) - 1


def _steps_of_visits(ordered: pd.DataFrame, session: Ints) -> pd.DataFrame:
    """Return one row a visit and step it reached: events, good ones, and whether the last was good."""
    grouped = ordered.groupby([session, ordered["step"].to_numpy()])["is_good"]
    found = grouped.agg(["size", "sum", "last"]).rename_axis(["session", "step"]).reset_index()
    return found.rename(columns={"size": "n_events", "sum": "n_good"})


def _is_mended(outcomes: pd.DataFrame, retries: Retries) -> pd.Series:
    return outcomes["last"].astype(bool) if retries == "last" else outcomes["n_good"] > 0


def _visits(ordered: pd.DataFrame, session: Ints, outcomes: pd.DataFrame, retries: Retries) -> pd.DataFrame:
    grouped = ordered.groupby(session)
    found = grouped.agg(
        user=("user", "first"), start=("time", "first"), end=("time", "last"), n_events=("is_good", "size"), is_good=("is_good", "all"),
        last=("is_good", "last"),
    )  # fmt: skip
    found["is_good_after_retries"] = _is_mended(outcomes, retries).groupby(outcomes["session"]).all()
    found["ended_bad"] = ~found["last"].astype(bool)
    return found.drop(columns="last").sort_values(["start", "user"], kind="stable", ignore_index=True)


def _by_day(sessions: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    local = sessions["start"].dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(time_zone)).dt.tz_localize(None).dt.normalize()
    counts = pd.DataFrame({"valid": 1, "good": sessions["is_good"], "good_after_retries": sessions["is_good_after_retries"]})
    daily = counts.groupby(local.rename("day")).sum()
    days = pd.date_range(daily.index.min(), daily.index.max(), freq="D", name="day", unit="us")
    return daily.reindex(days, fill_value=0).astype("int64").reset_index()


def _funnel(outcomes: pd.DataFrame, steps: Sequence[str], retries: Retries) -> pd.DataFrame:
    marked = outcomes.assign(
        n_sessions=1, n_bad=outcomes["n_events"] - outcomes["n_good"], n_mended=_is_mended(outcomes, retries),
        n_all_good=outcomes["n_good"] == outcomes["n_events"],
    )  # fmt: skip
    names = {
        "n_sessions": "n_sessions",
        "n_all_good": "n_good",
        "n_mended": "n_good_after_retries",
        "n_events": "n_events",
        "n_bad": "n_bad",
    }
    sums = marked.groupby("step")[list(names)].sum().rename(columns=names).reindex(range(len(steps)), fill_value=0).astype("int64")
    sums.insert(0, "step", list(steps))
    return sums.reset_index(drop=True)


def _at_edge(sessions: pd.DataFrame, times: pd.Series, gap_minutes: float) -> int:
    gap = pd.Timedelta(minutes=gap_minutes)
    is_near = (sessions["start"] - times.min() <= gap) | (times.max() - sessions["end"] <= gap)
    return int(is_near.sum())


def _findings(ordered: pd.DataFrame, steps: Sequence[str], n_events: int) -> tuple[Finding, ...]:
    reached = set(ordered["step"])
    found = [
        Finding("step-without-events", "no visit reached it", "warning", "compare its name and expressions with the data", where=step)
        for number, step in enumerate(steps)
        if number not in reached
    ]
    n_without = n_events - len(ordered)
    if n_without:
        message = f"{format_count(n_without)} of {counted(n_events, 'event')} have no user and belong to no visit"
        found.append(Finding("events-without-user", message, "note", "they are in the sums of events", count=n_without))
    return tuple(found)
