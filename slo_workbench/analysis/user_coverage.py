"""What the success ratio means for people: how many users had nothing bad, and how many fell below the target themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.history.history import History, SourceRecord, select_indicator
from slo_workbench.history.quality import find_gaps
from slo_workbench.units import counted, format_count, format_share

__all__ = ["FEWEST_USERS", "UserCoverage", "UserWindow", "WorstUsers", "cover_users"]

FEWEST_USERS = 100
WORST_SHARES = (Decimal("0.01"), Decimal("0.1"))
ACTIVITIES = {1: "1", 2: "2-9", 10: "10-99", 100: "100+"}
# A silence of hours changes little of what users saw in four weeks; how many days have data is told all the same.
MOST_DAYS_MISSING = 1.0
MOST_WITHOUT_USER_SHARE = 0.1
REFUSALS = ("nothing-valid", "no-user", "users-too-few")


@dataclass(frozen=True)
class WorstUsers:
    """The ``n_users`` with the most bad events: ``asked_share`` of all, rounded up, or all who had one if these are fewer.

    Where only some of the users with equally many bad events are among them, these have the valid events of an average one.
    """

    asked_share: Decimal
    n_users: int
    bad_event_share: float
    valid_event_share: float


@dataclass(frozen=True)
class UserWindow:
    """The users of one user window, or of several together: who came in two of them counts twice.

    Parameters
    ----------
    start : Timestamp
        UTC without zone; of several windows, the start of the first.
    n_windows, window_days : int
    covered_days : float
        Days for which there is data.
    n_users, n_valid, n_bad : int
        Users with a valid event, and their events.
    no_bad_share, at_target_share, below_target_share : float
        Shares of users without a bad event; whose own good divided by valid events are at or above the target; below it.
    one_bad_breaks_share : float
        Share of users with so few events that a single bad one puts them below the target.
    by_activity : DataFrame
        ``activity`` (valid events of a user in a window), ``n_users, n_valid, n_bad, n_without_bad, n_below, n_at_target,
        n_one_breaks, user_share, valid_event_share, bad_event_share``: one row a class that has users. With no bad
        event at all, their share is 0.
    worst : tuple of WorstUsers
        The worst 1 % and 10 %; empty when nothing was bad.
    """

    start: pd.Timestamp
    n_windows: int
    window_days: int
    covered_days: float
    n_users: int
    n_valid: int
    n_bad: int
    no_bad_share: float
    at_target_share: float
    below_target_share: float
    one_bad_breaks_share: float
    by_activity: pd.DataFrame
    worst: tuple[WorstUsers, ...]

    @property
    def is_complete(self) -> bool:
        """Whether a window lacks data for no more than a day."""
        return self.covered_days >= self.n_windows * (self.window_days - MOST_DAYS_MISSING)

    @property
    def words(self) -> str:
        """When it was, and for how much of it there is data."""
        day, length = f"{self.start.day} {self.start.month_name()} {self.start.year}", counted(self.window_days, "day")
        when = f"the {length} from {day}" if self.n_windows == 1 else f"{self.n_windows} windows of {length} from {day} on"
        n_days = self.n_windows * self.window_days
        return when if n_days - self.covered_days < 0.05 else f"{when} (data for {self.covered_days:.1f} of {counted(n_days, 'day')})"


@dataclass(frozen=True)
class UserCoverage:
    """How the good and bad events of an indicator fell on its users.

    ``windows`` are in order of time, partly covered ones included; ``overall`` is all complete ones together, ``None``
    without one; ``event`` is what one event is called.
    """

    indicator: str
    threshold_ms: float | None
    target: Decimal
    windows: tuple[UserWindow, ...]
    overall: UserWindow | None
    findings: tuple[Finding, ...]
    event: str = "event"

    @property
    def shown(self) -> UserWindow | None:
        """What sentences and table speak of: the complete windows, else the one with most days of data; ``None`` if refused."""
        return None if self.refusal else self.overall or max(self.windows, key=lambda window: window.covered_days)

    @property
    def refusal(self) -> Finding | None:
        """Why users cannot be spoken of, if so."""
        return next((found for found in self.findings if found.code in REFUSALS), None)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What users saw, in words; where too little is known, why, and what would help."""
        if self.shown is None:
            return (f"{self.refusal.message}: {self.refusal.hint}.",) if self.refusal else ()
        said = (self._shares(self.shown), self._few_events(self.shown), self._worst(self.shown))
        return tuple(sentence for sentence in said if sentence)

    @property
    def table(self) -> pd.DataFrame:
        """The classes of activity as text to show, one row each; no row where :attr:`sentences` refuse."""
        if self.shown is None:
            return pd.DataFrame()
        rows, each = self.shown.by_activity, f"{self.event}s"
        shares = {"of all users": "user_share", f"of all {each}": "valid_event_share", f"of all bad {each}": "bad_event_share"}
        shown = pd.DataFrame({f"{each} a user": rows["activity"], "users": rows["n_users"].map(format_count)})
        shown = shown.assign(**{name: rows[column].map(format_share) for name, column in shares.items()})
        shown["users with nothing bad"] = (rows["n_without_bad"] / rows["n_users"]).map(format_share)
        shown[f"users at {format_share(self.target)} or above"] = (rows["n_at_target"] / rows["n_users"]).map(format_share)
        return shown

    def _shares(self, window: UserWindow) -> str:
        n_clean, n_below = (int(window.by_activity[name].sum()) for name in ("n_without_bad", "n_below"))
        return (
            f"Of {counted(window.n_users, 'user')} in {window.words}{', counted anew in each' if window.n_windows > 1 else ''}, "
            f"{format_count(n_clean)} ({format_share(window.no_bad_share)}) had no bad {self.event}; {format_count(n_below)} "
            f"({format_share(window.below_target_share)}) fell below the {format_share(self.target)} target themselves."
        )

    def _few_events(self, window: UserWindow) -> str:
        if window.one_bad_breaks_share < 0.5:
            return ""
        who = "every user" if window.one_bad_breaks_share == 1 else f"{format_share(window.one_bad_breaks_share)} of users"
        fewest = counted(math.ceil(1 / (1 - self.target)), self.event)
        return f"With fewer than {fewest}, as {who} had, a single bad one is enough to fall below it."

    def _worst(self, window: UserWindow) -> str:
        success = f"The success ratio, {format_share(1 - window.n_bad / window.n_valid)} of {counted(window.n_valid, self.event)},"
        if not window.worst:
            return f"{success} hides nothing here: none was bad."
        had = [
            f"the worst {format_share(some.asked_share)} of users had {format_share(some.bad_event_share)} of all bad {self.event}s "
            f"and {format_share(some.valid_event_share)} of all {self.event}s"
            for some in window.worst
            if some.bad_event_share < 1
        ]
        if len(had) < len(window.worst):
            hit = window.worst[-1]
            who = f"{counted(hit.n_users, 'user')} ({format_share(hit.n_users / window.n_users)})"
            all_bad = f"all {counted(window.n_bad, f'bad {self.event}')}" if window.n_bad > 1 else f"the one bad {self.event}"
            had.append(f"{all_bad} fell on {who} with {format_share(hit.valid_event_share)} of all {self.event}s")
        few = ": look for scripts and for clients that try again and again" if 0.5 <= window.worst[0].bad_event_share < 1 else ""
        return f"{success} does not tell whom it hit: {'; '.join(had)}{few}."


def cover_users(
    history: History,
    indicator: str,
    *,
    threshold_ms: float | None = None,
    target: Decimal,
    user_kind: str | None = None,
    event: str = "event",
) -> UserCoverage:
    """Tell how many users had nothing bad, how many kept the target themselves, and on whom the bad events fell.

    Parameters
    ----------
    history : History
        Its user windows lie on one grid for all histories (UTC), so the first and the last are often covered in part.
        A window is complete when no more than a day of it is without data, before, after or in a gap.
    indicator : str
    threshold_ms : float, optional
        For an indicator with thresholds, one of them.
    target : Decimal
        Between 0 and 1, both excluded; compared exactly.
    user_kind : {"address"} or other str, optional
        What the user column holds. The history has only counts, so addresses cannot be told from accounts.
    event : str
        What one event is called, such as ``request``.

    Returns
    -------
    UserCoverage
        With findings ``no-user`` or ``nothing-valid`` and no window when there is nothing to tell.

    Raises
    ------
    KeyError
        When the indicator was not counted.
    UnusableValue
        When the target is no Decimal between 0 and 1, or the indicator was not counted with the threshold.

    References
    ----------
    T. Hauer et al., "Meaningful Availability", NSDI 2020: a success ratio is biased by hyper-active users and by clients
    that retry; https://www.usenix.org/conference/nsdi20/presentation/hauer

    Examples
    --------
    >>> from slo_workbench.history.history import IndicatorQuery, Provenance, SourceRecord, as_table, empty_table
    >>> query = IndicatorQuery("buy", "log", "true", "status < 500")
    >>> source = SourceRecord("log", "csv", (), 260, 260, 0, 0, {}, "2026-03-16T00:00:00Z", "2026-04-12T23:59:00Z", 1)
    >>> counts = pd.DataFrame({"valid": [1, 1, 30], "good": [1, 0, 29], "n_users": [195, 5, 2]})
    >>> users = counts.assign(indicator="buy", threshold_ms=np.nan, window_start=pd.Timestamp("2026-03-16"), value_cents=0)
    >>> tables = {name: empty_table(name) for name in ("series", "latency", "value", "rows")}
    >>> history = History(**tables, users=as_table("users", [users]), provenance=Provenance((query,), (source,), "", ""))
    >>> cover_users(history, "buy", target=Decimal("0.95"), event="order").sentences[0]
    'Of 202 users in the 28 days from 16 March 2026, 195 (96.5 %) had no bad order; 5 (2.5 %) fell below the 95 % target themselves.'
    """
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(f"a target is a Decimal between 0 and 1, such as Decimal('0.995'), not {target!r}")
    thresholds = history.query(indicator).thresholds_ms
    if threshold_ms not in (thresholds or (None,)):
        raise UnusableValue(
            f"{indicator} was counted with the thresholds {thresholds or 'none'} ms, not {threshold_ms}: choose one of them"
        )
    users = select_indicator(history.users, indicator, threshold_ms)
    spans = _spans_with_data(history, history.source_of(indicator))
    window_days = history.provenance.user_window_days
    groups = [group for _, group in users.groupby("window_start")]
    days = [_covered_days(spans, group["window_start"].min(), window_days) for group in groups]
    windows = tuple(_count(group, [each], target, window_days) for group, each in zip(groups, days, strict=True))
    complete = [number for number, window in enumerate(windows) if window.is_complete]
    overall = _count(pd.concat([groups[n] for n in complete]), [days[n] for n in complete], target, window_days) if complete else None
    findings = _findings(history, indicator, threshold_ms, windows, overall, user_kind)
    return UserCoverage(indicator, threshold_ms, target, windows, overall, tuple(findings), event)


def _spans_with_data(history: History, source: SourceRecord) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the stretches of time between gaps."""
    step = pd.Timedelta(minutes=source.resolution_minutes)
    first, last = (pd.Timestamp(text).tz_convert(None) for text in (source.first_time, source.last_time))
    gaps = find_gaps(history.rows[history.rows["source"] == source.name], resolution_minutes=source.resolution_minutes)
    return list(zip([first, *gaps["end"]], [*gaps["start"], last + step], strict=True))


def _covered_days(spans: list[tuple[pd.Timestamp, pd.Timestamp]], start: pd.Timestamp, window_days: int) -> float:
    end = start + pd.Timedelta(days=window_days)
    covered = [max(min(to, end) - max(since, start), pd.Timedelta(0)) for since, to in spans]
    return float(sum(covered, pd.Timedelta(0)) / pd.Timedelta(days=1))


def _count(users: pd.DataFrame, days: list[float], target: Decimal, window_days: int) -> UserWindow:
    """Count the users of some windows; ``days`` are those with data, by window."""
    rows = users[["valid", "good", "n_users"]].reset_index(drop=True).assign(bad=users["valid"].to_numpy() - users["good"].to_numpy())
    by_activity = _by_activity(rows, target)
    total = by_activity.drop(columns="activity").sum()
    n_users = int(total["n_users"])
    return UserWindow(
        start=users["window_start"].min(),
        n_windows=len(days),
        window_days=window_days,
        covered_days=sum(days),
        n_users=n_users,
        n_valid=int(total["n_valid"]),
        n_bad=int(total["n_bad"]),
        no_bad_share=int(total["n_without_bad"]) / n_users,
        at_target_share=(n_users - int(total["n_below"])) / n_users,
        below_target_share=int(total["n_below"]) / n_users,
        one_bad_breaks_share=int(total["n_one_breaks"]) / n_users,
        by_activity=by_activity,
        worst=_worst_users(rows) if total["n_bad"] else (),
    )


def _by_activity(rows: pd.DataFrame, target: Decimal) -> pd.DataFrame:
    numerator, denominator = target.as_integer_ratio()
    # whole numbers of Python: exact, and without an end
    pairs = [(int(valid), int(good)) for valid, good in zip(rows["valid"], rows["good"], strict=True)]
    is_below = np.array([good * denominator < numerator * valid for valid, good in pairs])
    one_breaks = np.array([(valid - 1) * denominator < numerator * valid for valid, _ in pairs])
    users = rows["n_users"]
    counts = pd.DataFrame({"n_users": users, "n_valid": rows["valid"] * users, "n_bad": rows["bad"] * users})
    counts["n_without_bad"] = users * (rows["bad"] == 0)
    counts["n_below"] = users * is_below
    counts["n_at_target"] = users * ~is_below
    counts["n_one_breaks"] = users * one_breaks
    edges = np.array(list(ACTIVITIES))
    lowest = edges[np.searchsorted(edges, rows["valid"].to_numpy(), side="right") - 1]
    classes = counts.groupby(lowest).sum()
    for share, count in (("user_share", "n_users"), ("valid_event_share", "n_valid"), ("bad_event_share", "n_bad")):
        classes[share] = classes[count] / max(1, classes[count].sum())
    classes.insert(0, "activity", [ACTIVITIES[edge] for edge in classes.index])
    return classes.reset_index(drop=True)


def _worst_users(rows: pd.DataFrame) -> tuple[WorstUsers, ...]:
    """Go down from the users with most bad events."""
    by_bad = pd.DataFrame({"bad": rows["bad"], "n_users": rows["n_users"], "n_valid": rows["valid"] * rows["n_users"]})
    hit = by_bad[by_bad["bad"] > 0].groupby("bad").sum().sort_index(ascending=False)
    n_bad, n_valid = int((hit.index * hit["n_users"]).sum()), int(by_bad["n_valid"].sum())
    found = []
    for share in WORST_SHARES:
        n_worst = min(math.ceil(share * int(rows["n_users"].sum())), int(hit["n_users"].sum()))
        before = hit["n_users"].cumsum() - hit["n_users"]
        taken = (n_worst - before).clip(0, hit["n_users"])
        theirs = float((taken * hit["n_valid"] / hit["n_users"]).sum())
        found.append(WorstUsers(share, n_worst, int((taken * hit.index).sum()) / n_bad, theirs / n_valid))
    return tuple(found)


def _findings(
    history: History,
    indicator: str,
    threshold_ms: float | None,
    windows: tuple[UserWindow, ...],
    overall: UserWindow | None,
    user_kind: str | None,
) -> list[Finding]:
    series = history.series_of(indicator, threshold_ms)
    split = [found for found in history.findings if found.code == "users-split"]
    if not windows:
        return [_nothing_to_count(history.source_of(indicator).name, indicator, int(series["valid"].sum()), is_split=bool(split))]
    found = [*split, *_partial(windows, indicator), *_without_user(series, windows, indicator)]
    n_users = overall.n_users if overall else max(window.n_users for window in windows)
    if n_users < FEWEST_USERS:
        message = f"{counted(n_users, 'user')} are too few to speak of users: one more or less changes every share by a percent or more"
        hint = "look at each of them by name; or gather more weeks; or judge by events alone"
        found.append(Finding("users-too-few", message, severity="warning", where=indicator, count=n_users, hint=hint))
    if user_kind == "address":
        message = "users are told apart by network address, and an address is not a person: an office shares one, a phone changes it"
        hint = "map an account or a lasting cookie to 'user' if the log has one; else say 'addresses', not 'users'"
        found.append(Finding("user-is-address", message, severity="warning", where=indicator, hint=hint))
    return found


def _nothing_to_count(source: str, indicator: str, n_valid: int, *, is_split: bool) -> Finding:
    if not n_valid:
        hint = "look at the valid predicate and at the source"
        return Finding("nothing-valid", "the history has no valid event, so nobody's", severity="warning", where=indicator, hint=hint)
    hint = (
        "reduce the requests of a user window together, not in parts"
        if is_split
        else f"name the column that tells users apart in the workbook, such as 'columns: {{user: customer_id}}' under sources, {source}; "
        "counts without single requests, as from Prometheus, cannot tell users apart"
    )
    return Finding("no-user", f"{source} does not say which user an event belongs to", severity="warning", where=indicator, hint=hint)


def _partial(windows: tuple[UserWindow, ...], indicator: str) -> list[Finding]:
    partial = [window for window in windows if not window.is_complete]
    if not partial:
        return []
    none_whole = len(partial) == len(windows)
    message = f"{counted(len(partial), 'user window')} of {len(windows)} {'is' if len(partial) == 1 else 'are'} covered only in part: "
    message += "; ".join(window.words for window in partial)
    hint = "users had less time to meet a bad event, so shares come out too high" if none_whole else "left out of what is said of users"
    return [Finding("user-window-partial", message, "warning" if none_whole else "note", hint=hint, where=indicator, count=len(partial))]


def _without_user(series: pd.DataFrame, windows: tuple[UserWindow, ...], indicator: str) -> list[Finding]:
    """Report valid events of the windows that belong to no known user."""
    length = pd.Timedelta(days=windows[0].window_days)
    inside = [series["valid"][(series["minute"] >= window.start) & (series["minute"] < window.start + length)].sum() for window in windows]
    n_valid, n_missing = int(sum(inside)), int(sum(inside)) - sum(window.n_valid for window in windows)
    if n_missing <= 0:
        return []
    message = f"{counted(n_missing, 'valid event')} of {format_count(n_valid)} ({format_share(n_missing / n_valid)}) name no user and are left out"
    severity: Literal["warning", "note"] = "warning" if n_missing > MOST_WITHOUT_USER_SHARE * n_valid else "note"
    hint = "look whether people who are not signed in, or requests that fail early, have an empty user"
    return [Finding("event-without-user", message, severity, hint=hint, where=indicator, count=n_missing)]
